"""Opens the notebooks in JupyterLab, on this machine only."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from connect_saml_nb.errors import ConnectSamlError

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST = "guided_troubleshooting.ipynb"
_WORK_FOLDER = "connect-saml-notebooks"


def notebooks() -> Path:
    """The folder of notebooks to work in: the checkout's, or a copy of the installed ones in the current folder.

    JupyterLab shows and saves beside the notebook, so the installed ones are never opened in place.
    """
    package = Path(__file__).resolve().parent.parent
    checkout = package.parent / "notebooks"
    if (checkout / FIRST).is_file():
        return checkout
    installed = package / "_notebooks"
    if not (installed / FIRST).is_file():
        raise ConnectSamlError("The notebooks are not in this installation: install connect_saml_nb again.")
    folder = Path.cwd() / _WORK_FOLDER
    folder.mkdir(exist_ok=True)
    for notebook in installed.glob("*.ipynb"):
        if not (folder / notebook.name).exists():
            shutil.copyfile(notebook, folder / notebook.name)
    return folder


def open_lab(options: Sequence[str]) -> int:
    """Run JupyterLab on the guided notebook until it is stopped; `options` are JupyterLab's own.

    It listens on the loopback address with a token; without a display its address is printed instead of opened.
    """
    try:
        from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]  # noqa: PLC0415 -- a second that only this needs
    except ImportError:
        raise ConnectSamlError("JupyterLab is not installed: run 'pip install jupyterlab'.") from None
    arguments = [
        f"--ServerApp.root_dir={notebooks()}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",  # so that the printed address opens the notebook, too
        "--ServerApp.ip=127.0.0.1",
        *options,
    ]
    if not _has_display():
        arguments.append("--no-browser")
    LabApp.launch_instance(arguments)
    return 0


def _has_display() -> bool:
    return sys.platform in {"darwin", "win32"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
