"""The guided notebook as an app: only the page, no code, served by Voila on this machine only."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.notebook.lab import FIRST, _has_display, notebooks

if TYPE_CHECKING:
    from collections.abc import Sequence

TEMPLATE = "connect-saml"
_TEMPLATES = Path(__file__).resolve().parent / "templates" / "jupyter"
_NO_VOILA = (
    "The app needs Voila, which is not installed: run \"pip install 'connect-saml-nb[app]'\" (in a checkout: "
    "\"pip install -e '.[app]'\"). The same page opens in JupyterLab without it: connect-saml lab."
)


def open_app(options: Sequence[str]) -> int:
    """Serve the guided page until it is stopped; `options` are Voila's own.

    It listens on the loopback address with a token, and its template asks no other server. Without a display its
    address is printed instead of opened. Raises ConnectSamlError where Voila is missing.
    """
    try:
        from voila.app import Voila  # noqa: PLC0415 -- an extra, and a second that only this needs
    except ImportError:
        raise ConnectSamlError(_NO_VOILA) from None
    # Voila looks for templates below Jupyter's data folders only (voila 0.5.13, paths.py).
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, (str(_TEMPLATES), os.environ.get("JUPYTER_PATH"))))
    Voila.launch_instance([str(notebooks() / FIRST), *_arguments(options)])
    return 0


def _arguments(options: Sequence[str]) -> list[str]:
    """Voila's arguments: what is safe first, so that the person's own options can differ; the token always."""
    fixed = [f"--template={TEMPLATE}", "--Voila.ip=127.0.0.1", "--VoilaConfiguration.show_tracebacks=False"]
    shown = [] if _has_display() else ["--no-browser"]
    named = any(option.startswith(("--token", "--Voila.token")) for option in options)
    return [*fixed, *shown, *([] if named else ["--Voila.auto_token=True"]), *options]


if __name__ == "__main__":
    sys.exit(open_app(sys.argv[1:]))
