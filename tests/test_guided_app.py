"""`connect-saml app`: the guided page without code, on this machine only."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from connect_saml_nb.__main__ import main
from connect_saml_nb.notebook import voila_app

if TYPE_CHECKING:
    import pytest

TEMPLATE = voila_app._TEMPLATES / "voila" / "templates" / voila_app.TEMPLATE


def test_without_voila_a_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And names the way that needs nothing more."""
    monkeypatch.setitem(sys.modules, "voila.app", None)
    status = main(["app"])
    said = capsys.readouterr().err
    assert (3, True, True) == (status, "connect-saml-nb[app]" in said, "connect-saml lab" in said)


def test_it_listens_on_this_machine_only_and_with_a_token() -> None:
    """Voila alone has no token."""
    assert {"--Voila.ip=127.0.0.1", "--Voila.auto_token=True"} <= set(voila_app._arguments([]))


def test_a_persons_own_token_is_taken() -> None:
    """For a fixed address."""
    arguments = voila_app._arguments(["--Voila.token=mine"])
    assert (False, True) == ("--Voila.auto_token=True" in arguments, arguments[-1] == "--Voila.token=mine")


def test_a_persons_own_options_come_last() -> None:
    """So that they count."""
    assert ["--port=8899", "--theme=dark"] == voila_app._arguments(["--port=8899", "--theme=dark"])[-2:]


def test_the_template_comes_with_the_package_and_names_no_server_but_the_one_it_replaces() -> None:
    """The browser test looks at what it really asks for."""
    text = (TEMPLATE / "index.html.j2").read_text()
    assert (["https://cdn.jsdelivr.net/npm/"], True) == (
        re.findall(r"https?://[^\"']+", text),
        (TEMPLATE / "conf.json").is_file(),
    )


def test_the_notebook_that_it_serves_is_the_guided_one() -> None:
    """The same as in JupyterLab."""
    assert "guided_troubleshooting.ipynb" == Path(voila_app.FIRST).name
