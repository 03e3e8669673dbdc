"""Builds the training page as a site without installation: JupyterLite, all in the browser, no server of ours.

    python scripts/site.py FOLDER

It needs jupyterlite-core, jupyterlite-pyodide-kernel and build (pip install them), npm and pip; FOLDER can then be put
on any static web server. Everything that the page loads lies in FOLDER: nothing comes from elsewhere. Without the extra
`verify` there are no cases about signatures, and all responses are unsigned.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = "training.ipynb"
#: What jupyterlite-pyodide-kernel 0.8.6 is made for.
PYODIDE = "314.0.6"
_PYTHON, _PLATFORM = "314", "pyemscripten_2026_0_wasm32"
#: Packages of Pyodide's own lock file; npm ships the lock file without them.
_LOCKED = (
    *("asttokens", "decorator", "executing", "ipython", "jedi", "jinja2", "matplotlib-inline", "micropip", "msgspec"),
    *("packaging", "parso", "prompt-toolkit", "pure-eval", "pygments", "python-dateutil", "six", "stack-data"),
    *("traitlets", "typing-extensions", "wcwidth"),
)
_WHEELS = (
    *("anywidget", "comm", "defusedxml", "ipython-pygments-lexers", "ipywidgets", "jupyterlab-widgets", "pexpect"),
    *("psygnal", "ptyprocess", "widgetsnbextension"),
)
_FIRST_CELL = """import os, piplite
await piplite.install(["ipywidgets", "anywidget", "defusedxml", "msgspec"])
await piplite.install(["connect-saml-nb"], deps=False)
os.environ["CONNECT_SAML_TRAINING"] = "progress.json"
from connect_saml_nb.notebook.training.view import show
show()"""


def run(*command: str | Path, folder: Path | None = None) -> None:
    """Run a command to its good end."""
    subprocess.run([*map(str, command)], check=True, cwd=folder)  # noqa: S603 -- our own


def download(folder: Path, what: str, platform: str = "any") -> None:
    """Let pip fetch one wheel."""
    options = ("--quiet", "--no-deps", "--only-binary=:all:", "--python-version", _PYTHON, "--platform", platform)
    run(sys.executable, "-m", "pip", "download", *options, "--dest", folder, what)


def pyodide(static: Path) -> None:
    """Unpack Pyodide from npm, with the wheels that it lacks, and a lock file that names only what is there."""
    with TemporaryDirectory() as work:
        run("npm", "pack", "--silent", "--pack-destination", work, f"pyodide@{PYODIDE}")
        with tarfile.open(next(Path(work).glob("*.tgz"))) as archive:
            archive.extractall(work, filter="data")
        shutil.copytree(Path(work) / "package", static)
    lock = static / "pyodide-lock.json"
    lock_table = json.loads(lock.read_text())
    lock_table["packages"] = {name: locked(static, lock_table["packages"][name]) for name in _LOCKED}
    lock.write_text(json.dumps(lock_table))


def locked(static: Path, package: dict[str, Any]) -> dict[str, Any]:
    """Fetch a package of the lock file; its entry then says what was fetched (the checksums differ)."""
    before = {*static.glob("*.whl")}
    if "wasm32" in package["file_name"]:
        download(static, package["name"], _PLATFORM)
    else:
        download(static, f"{package['name']}=={package['version']}")
    (wheel,) = {*static.glob("*.whl")} - before
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    depends = [name for name in package["depends"] if name.replace("_", "-") in _LOCKED]
    changed = {"file_name": wheel.name, "version": wheel.name.split("-")[1], "sha256": digest, "depends": depends}
    return package | changed


def notebook(folder: Path) -> None:
    """The training notebook, with a first cell that installs from the site itself."""
    content = json.loads((ROOT / "notebooks" / NOTEBOOK).read_text())
    next(cell for cell in content["cells"] if cell["cell_type"] == "code")["source"] = _FIRST_CELL
    content["metadata"]["kernelspec"] = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
    folder.mkdir()
    (folder / NOTEBOOK).write_text(json.dumps(content))


def build(target: Path) -> None:
    """Build the whole site into a new folder."""
    with TemporaryDirectory() as work:
        source = Path(work)
        pyodide(source / "static" / "pyodide")
        for name in _WHEELS:
            download(source / "pypi", name)
        run(sys.executable, "-m", "build", "--wheel", "--outdir", source / "pypi", ROOT)
        notebook(source / "files")
        lite = (sys.executable, "-m", "jupyter", "lite", "build", "--lite-dir", source)
        run(*lite, "--output-dir", target.resolve(), folder=source)


if __name__ == "__main__":
    if len(sys.argv) != 2 or Path(sys.argv[1]).exists():  # noqa: PLR2004 -- the script and its folder
        sys.exit("Name one new folder for the site.")
    build(Path(sys.argv[1]))
    print(f"The site is in {sys.argv[1]}: open lab/index.html?path={NOTEBOOK} over a web server.")
