"""No connection that nobody asked for: every surface runs with sockets forbidden."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from recorder import refused, signed_in, users

from connect_saml_nb import __main__ as command
from connect_saml_nb.compare import compare
from connect_saml_nb.diagnosis import diagnose
from connect_saml_nb.redact import redact_har
from connect_saml_nb.render import sequence, tables
from connect_saml_nb.render.document import to_json
from connect_saml_nb.render.markdown import to_markdown
from connect_saml_nb.render.report import to_html
from connect_saml_nb.render.text import to_text
from connect_saml_nb.samples import practice_users

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "data" / "samples"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What tried to connect or to look up a name."""
    tried: list[str] = []

    def forbidden(name: str) -> Callable[..., Any]:
        def refuse(*_: object, **__: object) -> None:
            tried.append(name)
            raise OSError("no network in this test")

        return refuse

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, forbidden(name))
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, forbidden(name))
    return tried


def _surfaces(folder: Path) -> dict[str, Callable[[], object]]:
    data = json.dumps(refused(signed_in()).har()).encode()
    path = folder / "a.har"
    path.write_bytes(data)
    judged = diagnose(data, users())
    return {
        "diagnose": lambda: diagnose(data, users()),
        "practice users": practice_users,
        "text": lambda: to_text([judged]),
        "html": lambda: to_html([judged]),
        "markdown": lambda: to_markdown([judged]),
        "json": lambda: to_json([judged]),
        "tables": lambda: tables.tables(judged),
        "drawing": lambda: [sequence.to_svg(j) for j in judged.sign_ins],
        "compare": lambda: compare(judged, judged),
        "redact": lambda: redact_har(data, folder / "out.har"),
        "command diagnose": lambda: command.main(["diagnose", str(path)]),
        "command compare": lambda: command.main(["compare", str(path), str(path)]),
        "command redact": lambda: command.main(
            ["redact", str(path), "--output", str(folder / "o.har"), "--pseudonyms"]
        ),
        "command diagnose with a saved list": lambda: command.main(
            ["diagnose", str(SAMPLES / "user-missing.har"), "--users", str(SAMPLES / "users.json")]
        ),
    }


def test_no_surface_connects(calls: list[str], tmp_path: Path) -> None:
    """Neither a connection nor a name's look-up, whatever is asked of a capture."""
    for surface in _surfaces(tmp_path).values():
        surface()
    assert [] == calls


def test_the_guard_bites(calls: list[str]) -> None:
    """The same guard sees a connection that is made."""
    with pytest.raises(OSError, match="no network"):
        socket.create_connection(("192.0.2.1", 443), 1)
    with pytest.raises(OSError, match="no network"):
        socket.socket().connect(("192.0.2.1", 443))
    assert ["create_connection", "connect"] == calls


def test_reports_point_nowhere_by_themselves() -> None:
    """The HTML report loads nothing: no script, style, font, image or frame from an address."""
    data = json.dumps(refused(signed_in()).har()).encode()
    page = to_html([diagnose(data, users())]).lower()
    assert [] == [
        w for w in ("src=", "<link", "@import", "url(http", "<iframe", "<script", 'http-equiv="refresh') if w in page
    ]
