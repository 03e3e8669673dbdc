"""A capture's bytes become the same values whatever exporter wrote them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from connect_saml_nb import har

if TYPE_CHECKING:
    from connect_saml_nb.model.capture import Capture, Entry

DATA = Path(__file__).parent / "data" / "har"
RECORDED = sorted(DATA.glob("*.har"))
QUIRKS = sorted((DATA / "quirks").rglob("*.har"))


def shown(capture: Capture) -> dict[str, Any]:
    """Everything that a capture says, as JSON."""
    return {
        "creator": capture.creator,
        "browser": capture.browser,
        "problem": capture.problem,
        "entries": [shown_entry(entry) for entry in capture.entries],
    }


def shown_entry(entry: Entry) -> dict[str, Any]:
    """An entry's own fields and all of its parts; what is empty is left out."""
    post, body = entry.post_data, entry.body
    fields: dict[str, Any] = {
        "index": entry.index,
        "started": entry.started and entry.started.isoformat(),
        "method": entry.method,
        "url": entry.url,
        "status": entry.status,
        "mime_type": entry.mime_type,
        "location": entry.location,
        "time_ms": entry.time_ms,
        "error": entry.error,
        "resource_type": entry.resource_type,
        "request_headers": [[h.name, h.value] for h in entry.request_headers],
        "response_headers": [[h.name, h.value] for h in entry.response_headers],
        "post": post and [post.mime_type, post.text, [[p.name, p.value] for p in post.params], post.lost],
        "body": body.text,
        "body_lost": body.lost,
    }
    return {key: value for key, value in fields.items() if value not in (None, "", [])}


@pytest.mark.parametrize("path", QUIRKS, ids=lambda path: path.stem)
def test_an_exporters_quirk_is_settled(path: Path) -> None:
    """Each sample beside its expected values: a new quirk is a new pair of files."""
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    assert expected == shown(har.read_capture(path))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_sign_in_is_read_whole(path: Path) -> None:
    """Real exports hold the SAMLResponse in exactly one POST to AWS."""
    capture = har.read_capture(path)
    posts = [e for e in capture.entries if e.post_data and "SAMLResponse=" in (e.post_data.text or "")]
    assert ([e.url for e in posts], capture.problem) == (["https://signin.aws.amazon.com/saml"], None)
