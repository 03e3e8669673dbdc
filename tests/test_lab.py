"""`connect-saml lab` opens the guided notebook, where there is a display and where there is none."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def test_the_printed_address_is_the_guided_notebook(tmp_path: Path) -> None:
    """Without a display a person copies the address, and stands before the notebook."""
    environment = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    environment |= {"JUPYTER_CONFIG_DIR": str(tmp_path), "JUPYTER_DATA_DIR": str(tmp_path), "HOME": str(tmp_path)}
    command = [sys.executable, "-P", "-m", "connect_saml_nb", "lab", "--ServerApp.port=0", "--allow-root"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, text=True) as server:  # noqa: S603 -- our own command
        clock = threading.Timer(60, server.kill)
        clock.start()
        address = next((m[1] for line in server.stderr or () if (m := re.search(r"(http://\S+)", line))), "")
        clock.cancel()
        server.kill()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/lab/tree/guided_troubleshooting\.ipynb\?token=\w+", address)
