"""No content raises, hangs or fills memory."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from saml_fakes import ACS, B64, XML, Parts, entry, messages, page, posted

from connect_saml_nb import saml
from connect_saml_nb.model.capture import Param, PostData
from connect_saml_nb.model.saml import MessageState
from connect_saml_nb.saml.times import read_time

pytestmark = pytest.mark.slow

SIZE = 5_000_000
FIELD = "<input name=SAMLResponse value="
FRAGMENTS = st.sampled_from(
    ["SAMLResponse", "wresult=", "<form action=", "<input ", 'name="SAMLResponse"', " value=", '"', "'", ">", "<", "&",
     "=", "%", "%2B", "&#x2b;", "\\u003d", "<script>", "</script>", "<!--", "-->", "<textarea", "{", "}", "[", ":", ",",
     "\n", " ", "\ufeff", "\ud800", B64[:400], B64, "<a>", "--b\r\n", "<!DOCTYPE"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=300), st.lists(FRAGMENTS, max_size=25).map("".join))


def filled(unit: str, before: str = "", after: str = "") -> str:
    """5 MB of one unit, with something before and after."""
    return before + unit * (SIZE // len(unit)) + after


@pytest.mark.parametrize(
    "text",
    [
        filled("<input ", "SAMLResponse"),
        filled("<", "SAMLResponse"),
        filled('<input a="', "SAMLResponse"),
        filled("<input a='\"", "SAMLResponse"),
        filled("<script>SAMLResponse"),
        filled("<script>SAMLResponse</script>"),
        filled("<!--", "SAMLResponse"),
        filled("<form action=x>", "SAMLResponse"),
        filled(FIELD + "x>"),
        filled(" ", "<input name=SAMLResponse"),
        filled("a  =  ", "<input SAMLResponse "),
        filled("/", "<input SAMLResponse"),
        filled("&#x2b;", f'{FIELD}"', '">'),
        filled("%25", f'{FIELD}"', '">'),
        filled("=\n", f'{FIELD}"', '">'),
        filled("PHN ", f'{FIELD}"', '">'),
        filled("SAMLResponse'\"`", "<script>", "</script>"),
        filled("action   ", "<script>SAMLResponse", "</script>"),
        filled("\\", "<script>SAMLResponse", "</script>"),
        filled("[", '["SAMLResponse",'),
        filled('{"SAMLResponse":"x"},', "[", "1]"),
        filled("<textarea name=SAMLResponse>"),
    ],
)
def test_hostile_page_is_read_in_linear_time(text: str) -> None:
    """5 MB in a second, measured as processor time with room for a slow machine."""
    start = time.process_time()
    messages(page(text))
    assert time.process_time() - start < 3


def test_entries_that_cannot_hold_saml_cost_almost_nothing() -> None:
    """Entries that cannot hold saml cost almost nothing."""
    images = [entry(Parts(), mime_type="image/png", resource_type="image") for _ in range(30_000)]
    start = time.process_time()
    messages(*images)
    assert time.process_time() - start < 1


@given(st.one_of(st.binary(max_size=300), st.tuples(st.integers(0, len(XML)), st.binary(max_size=4))))
@settings(max_examples=300, deadline=None)
def test_any_bytes_as_xml(data: bytes | tuple[int, bytes]) -> None:
    """Any bytes, and a real message with some bytes replaced."""
    xml = data if isinstance(data, bytes) else XML[: data[0]] + data[1] + XML[data[0] + 1 :]
    message = saml.read_message(xml)
    assert (message.problem is None) == (message.state is MessageState.READ)


@given(TEXTS, st.sampled_from(["SAMLResponse", "SAMLRequest", "wresult"]), st.sampled_from([ACS, ""]))
@settings(max_examples=150, deadline=None)
def test_any_text_as_a_field(value: str, name: str, url: str) -> None:
    """Any text as a field."""
    found = messages(posted(f"{name}={value}", {name: value}, url=url))
    assert all(m.problem for m in found if m.state is not MessageState.READ)


@given(TEXTS, st.sampled_from(["text/html", "application/json", "", "multipart/form-data"]))
@settings(max_examples=300, deadline=None)
def test_any_text_everywhere(text: str, mime: str) -> None:
    """Any text everywhere."""
    post = PostData(mime, text, (Param(text, text), Param("SAMLResponse", text)))
    messages(entry(Parts(post, text + "SAMLResponse"), method=text, url=text, location=text, mime_type=mime))


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_as_a_time(text: str) -> None:
    """Any text as a time."""
    assert read_time(text, "X")[0] is None or "T" in text


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_has_a_short_name(name: str) -> None:
    """Any text has a short name."""
    assert bool(saml.short_name(name)) == bool(name)


def test_secrets_are_not_in_the_repr() -> None:
    """Secrets are not in the repr."""
    (message,) = messages(posted("SAMLResponse=hunter2&RelayState=hunter2"))
    assert "hunter2" not in repr(message)
