"""The notebooks: short, without logic, saved without outputs, running from top to bottom and safe to be saved then."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbclient import NotebookClient

if TYPE_CHECKING:
    from nbformat import NotebookNode

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MOST_CELLS = 8
_LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try, ast.Lambda)

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def _code(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


@each_notebook
def test_no_cell_holds_logic_or_more_than_ten_lines(path: Path) -> None:
    """Logic lives in the package, where it is tested."""
    long = [c.id for c in _code(path) if len(c.source.splitlines()) > 10]
    logic = [type(n).__name__ for c in _code(path) for n in ast.walk(ast.parse(c.source)) if isinstance(n, _LOGIC)]
    assert (long, logic) == ([], [])


@each_notebook
def test_nothing_is_saved_with_it(path: Path) -> None:
    """Outputs and widget state could hold what a capture held."""
    notebook = nbformat.read(path, as_version=4)
    outputs = [c.id for c in _code(path) if c.outputs or c.execution_count is not None]
    assert (outputs, "widgets" in notebook.metadata) == ([], False)


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def executed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """A notebook after all its cells ran; an error in one of them fails here."""
    home = tmp_path_factory.mktemp("home")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        **{name: str(home) for name in ("HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR")},
    }
    notebook = nbformat.read(request.param, as_version=4)
    client = NotebookClient(notebook, timeout=100, kernel_name="python3", resources={"metadata": {"path": str(home)}})
    client.execute(env=environment)
    return client.nb


def outputs(notebook: NotebookNode) -> list[NotebookNode]:
    """Every output of every cell."""
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def test_a_notebook_has_few_cells(executed: NotebookNode) -> None:
    """The logic lives in the package."""
    assert len(executed.cells) <= MOST_CELLS


def test_a_notebook_says_nothing_on_stderr(executed: NotebookNode) -> None:
    """Nor a warning that would frighten."""
    assert [] == [o.text for o in outputs(executed) if o.output_type == "stream"]


def test_a_page_leaves_only_a_sentence_in_its_place(executed: NotebookNode) -> None:
    """The text beside a widget in a saved notebook."""
    texts = [o.data["text/plain"] for o in outputs(executed) if "application/vnd.jupyter.widget-view+json" in o.data]
    assert ["Run this cell to open the page."] == texts


def test_a_fresh_page_keeps_no_place_of_this_machine(executed: NotebookNode) -> None:
    """Widget state, were it saved, names no folder."""
    assert str(ROOT) not in nbformat.writes(executed)
