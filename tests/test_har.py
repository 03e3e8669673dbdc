"""A capture's bytes become the same values whatever exporter wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest

from connect_saml_nb import har

DATA = Path(__file__).parent / "data" / "har"


@pytest.mark.parametrize("path", sorted(DATA.glob("*-*.har")), ids=lambda path: path.stem)
def test_a_recorded_sign_in_is_read_whole(path: Path) -> None:
    """Real exports hold the SAMLResponse in exactly one POST to AWS."""
    capture = har.read_capture(path)
    posts = [e for e in capture.entries if e.post_data and "SAMLResponse=" in (e.post_data.text or "")]
    assert ([e.url for e in posts], capture.problem) == (["https://signin.aws.amazon.com/saml"], None)
