"""What must hold of the repository itself, whatever the code does."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ("start", "check", ".ci/run", ".ci/matrix", "scripts/pin")
NOTEBOOKS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "notebooks").glob("*.ipynb"))
CELL_LINES = 10
SAMPLES_BYTES = 5_000_000
SKIPPED_FOLDERS = {
    ".git",
    ".venv",
    ".hypothesis",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "__pycache__",
    "build",
    "dist",
}

# Written so that this file does not match itself.
REGISTRY = re.compile(r"pypi\.org|python[h]osted|npmjs\.org|debian\.org|--(?:extra-)?index[-]url|--find[-]links")
MACHINE_PATH = re.compile(r"(?<![\w.*~$}-])/(?:[r]oot|[h]ome|[U]sers|[w]ork)/[\w.]")

CORE = (
    *("model", "urls", "errors", "places", "sources", "har", "saml", "users", "match", "evidence"),
    *("signature", "signin", "rules", "verdict", "diagnosis", "report", "__main__"),
)
HEAVY = ("pandas", "numpy", "boto3", "botocore", "ipywidgets", "anywidget", "IPython", "jupyterlab", "jupyter_server")


def tracked_files() -> list[str]:
    """The files that git knows or would add; every file where there is no git."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout  # noqa: S603 # fixed
    except (OSError, subprocess.CalledProcessError):
        paths = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file() and path.name != ".coverage")
        return sorted(path.as_posix() for path in paths if not SKIPPED_FOLDERS.intersection(path.parts))
    return sorted(name for name in listed.split("\0") if (ROOT / name).is_file())


def lines_matching(pattern: re.Pattern[str]) -> list[str]:
    """`file:line: text` for each match in a tracked text file."""
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in tracked_files()
        for number, line in enumerate((ROOT / name).read_text(errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def pins(name: str) -> list[Requirement]:
    """The requirements of a file, without comments and the line that installs the checkout."""
    lines = (line.strip() for line in (ROOT / name).read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-e"))]


def pyproject() -> dict[str, object]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def unsatisfied(wanted: list[str], pinned: list[Requirement]) -> list[str]:
    """The wanted requirements that no pin satisfies."""
    versions = {canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in pinned}
    requirements = [Requirement(line) for line in wanted]
    return [str(r) for r in requirements if not r.specifier.contains(versions.get(canonicalize_name(r.name), "0"))]


def cells(notebook: str, kind: str) -> list[str]:
    """The sources of a notebook's cells of one kind."""
    content = json.loads((ROOT / notebook).read_text())
    return ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == kind]


def loaded_modules(*imported: str) -> set[str]:
    """The heavy modules that a fresh Python has loaded after these imports."""
    code = f"import sys, {', '.join(imported)}; print(' '.join(m for m in {HEAVY!r} if m in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True)  # noqa: S603 # our own
    return set(run.stdout.split())


def is_there(module: str) -> bool:
    """Whether the package has this module yet."""
    return (ROOT / "connect_saml_nb" / f"{module}.py").exists() or (ROOT / "connect_saml_nb" / module).is_dir()


# --- files ---


def test_no_tracked_file_names_a_package_registry() -> None:
    """Which registry a machine uses is that machine's own setting."""
    assert [] == lines_matching(REGISTRY)


def test_no_tracked_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    """Paths are relative to the checkout, or made up from the environment."""
    assert [] == lines_matching(MACHINE_PATH)


def test_the_licence_is_mit_and_names_its_holder() -> None:
    """LICENSE is what pyproject.toml says."""
    text = (ROOT / "LICENSE").read_text()
    assert ("MIT License", True) == (text.splitlines()[0], "The connect_saml_nb team" in text)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_executable_and_runs_in_bash(name: str) -> None:
    """`./start` works as it was cloned."""
    path = ROOT / name
    assert (True, "#!/usr/bin/env bash") == (os.access(path, os.X_OK), path.read_text().splitlines()[0])


def test_the_changelog_has_the_version_of_the_package() -> None:
    """A version without an entry is not released."""
    version = pyproject()["project"]["version"]  # type: ignore[index]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_samples_stay_small() -> None:
    """A clone stays quick."""
    size = sum(
        path.stat().st_size
        for path in (ROOT / "data" / "samples").rglob("*")
        if path.is_file() and path.name != ".coverage"
    )
    assert size < SAMPLES_BYTES


# --- requirements ---


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_one_exact_version(name: str) -> None:
    """What was tested is what gets installed."""
    assert [] == [str(pin) for pin in pins(name) if [s.operator for s in pin.specifier] != ["=="]]


def test_requirements_install_the_checkout_with_its_extras() -> None:
    """One command installs all that the notebooks use."""
    assert "-e .[verify,excel]" in (ROOT / "requirements.txt").read_text().splitlines()


def test_requirements_satisfy_what_the_package_needs() -> None:
    """After a change of pyproject.toml, scripts/pin was run."""
    project = pyproject()["project"]
    optional = project["optional-dependencies"]  # type: ignore[index]
    wanted = [*project["dependencies"], *optional["verify"], *optional["excel"]]  # type: ignore[index]
    assert [] == unsatisfied(wanted, pins("requirements.txt"))


def test_dev_requirements_satisfy_the_dev_group() -> None:
    """After a change of pyproject.toml, scripts/pin was run."""
    assert [] == unsatisfied(pyproject()["dependency-groups"]["dev"], pins("requirements-dev.txt"))  # type: ignore[index]


def test_both_requirement_files_agree() -> None:
    """Adding the tools of the check changes no package of the product."""
    product = {(pin.name, str(pin.marker)): str(pin.specifier) for pin in pins("requirements.txt")}
    dev = {(pin.name, str(pin.marker)): str(pin.specifier) for pin in pins("requirements-dev.txt")}
    assert [] == [key for key in product.keys() & dev.keys() if product[key] != dev[key]]


# --- imports ---


def test_the_bare_import_loads_nothing_heavy() -> None:
    """`import connect_saml_nb` is instant: its names are resolved when they are used."""
    assert set() == loaded_modules("connect_saml_nb")


def test_the_core_and_the_command_line_load_nothing_heavy() -> None:
    """`connect-saml diagnose` on a small capture feels instant."""
    assert set() == loaded_modules(*(f"connect_saml_nb.{module}" for module in CORE if is_there(module)))


# --- notebooks ---


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_notebook_keeps_no_output(notebook: str) -> None:
    """Outputs of a diagnosis hold a person's data; they never get into the repository."""
    code = [cell for cell in json.loads((ROOT / notebook).read_text())["cells"] if cell["cell_type"] == "code"]
    assert [] == [cell for cell in code if cell["outputs"] or cell["execution_count"] is not None]


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_notebook_keeps_no_widget_state(notebook: str) -> None:
    """A widget's saved state holds what was typed into it."""
    assert "widgets" not in json.loads((ROOT / notebook).read_text())["metadata"]


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_the_code_cells_of_a_notebook_are_short(notebook: str) -> None:
    """At most ten lines each: the logic lives in the package."""
    assert [] == [source for source in cells(notebook, "code") if len(source.splitlines()) > CELL_LINES]


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_notebook_holds_no_logic(notebook: str) -> None:
    """No definition, loop, condition or handler."""
    logic = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try)
    code = "\n".join(re.sub(r"(?m)^\s*[%!].*$", "", source) for source in cells(notebook, "code"))
    assert [] == [ast.unparse(node) for node in ast.walk(ast.parse(code)) if isinstance(node, logic)]


def test_fuzzing_uses_names_that_are_there() -> None:
    """Atheris is not everywhere, so no other test would see that a fuzz target can no longer be loaded."""
    tree = ast.parse((ROOT / "fuzz" / "fuzz.py").read_text())
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and (n.module or "").startswith("connect_saml")]
    wanted = {(n.module or "", alias.name) for n in nodes for alias in n.names}
    assert set() == {(module, name) for module, name in wanted if not hasattr(importlib.import_module(module), name)}
