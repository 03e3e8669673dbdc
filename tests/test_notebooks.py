"""The notebooks: short, without logic, saved without outputs, and running from top to bottom."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
_LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try, ast.Lambda)

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)


def _code(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_no_cell_holds_logic_or_more_than_ten_lines(path: Path) -> None:
    """Logic lives in the package, where it is tested."""
    long = [c.id for c in _code(path) if len(c.source.splitlines()) > 10]
    logic = [type(n).__name__ for c in _code(path) for n in ast.walk(ast.parse(c.source)) if isinstance(n, _LOGIC)]
    assert (long, logic) == ([], [])


def test_nothing_is_saved_with_it(path: Path) -> None:
    """Outputs and widget state could hold what a capture held."""
    notebook = nbformat.read(path, as_version=4)
    outputs = [c.id for c in _code(path) if c.outputs or c.execution_count is not None]
    assert (outputs, "widgets" in notebook.metadata) == ([], False)


def test_it_runs_from_top_to_bottom(path: Path) -> None:
    """In a kernel of its own, and shows something."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=90, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}).execute()
    shown = [o.output_type for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    assert "error" not in shown
    assert shown != []
