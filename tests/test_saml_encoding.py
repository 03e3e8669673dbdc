"""From a field's text to XML: the repairs, and the damage that has no repair."""

from __future__ import annotations

import base64
import html
import quopri
from urllib.parse import quote

import pytest
from recorder import deflate
from saml_entries import B64, XML, b64, pasted_message, post_message

from connect_saml_nb.model.saml import MessageState
from connect_saml_nb.saml import encoding

# A message whose base64 has `+`, `/` and padding.
LINES = base64.encodebytes(XML).decode()
URL_SAFE = base64.urlsafe_b64encode(XML).decode()


def test_plain_base64_needs_no_repair() -> None:
    """Plain base64 needs no repair."""
    assert (XML, ()) == (post_message(B64).xml, post_message(B64).notes)


@pytest.mark.parametrize(
    ("value", "notes"),
    [
        (B64.replace("+", " "), (encoding.PLUS_AS_SPACE,)),
        (LINES.strip(), (encoding._LINES,)),
        (LINES.strip().replace("\n", "\r\n"), (encoding._LINES,)),
        (LINES.strip().replace("\n", "\n    "), (encoding._LINES, encoding._SPACES)),
        (LINES.replace("+", " "), (encoding._AROUND, encoding._LINES, encoding.PLUS_AS_SPACE)),
        (B64.rstrip("="), (encoding._PADDING,)),
        (B64.rstrip("=") + "====", (encoding._PADDING,)),
        (URL_SAFE, (encoding._URL_SAFE,)),
        (URL_SAFE.rstrip("="), (encoding._URL_SAFE, encoding._PADDING)),
        (quote(B64, safe=""), (encoding._PERCENT_NOTE,)),
        (quote(quote(B64, safe=""), safe=""), (encoding._PERCENT_NOTE,)),
        (B64.replace("+", "&#x2b;").replace("=", "&#61;"), (encoding._ENTITY_NOTE,)),
        (html.escape(B64.replace("+", "&#43;")), (encoding._ENTITY_NOTE,)),
        (quopri.encodestring(B64.encode()).decode(), (encoding._QUOTED_NOTE,)),
        (quopri.encodestring(B64.encode()).decode().replace("\n", "\r\n"), (encoding._QUOTED_NOTE,)),
        ("\ufeff" + B64, (encoding._INVISIBLE_NOTE,)),
        (f'"{B64}"', (encoding._QUOTE_NOTE,)),
        (B64.replace("/", "\\/").replace("+", "\\u002b"), (encoding._ESCAPE_NOTE,)),
        (f" {B64}\n", (encoding._AROUND,)),
        (b64(B64.encode()), (encoding.TWICE,)),
        (b64(LINES.encode()), (encoding.TWICE,)),
        (b64(deflate(XML)), (encoding.DEFLATED,)),
        (b64(deflate(XML, 15)), (encoding.DEFLATED,)),
        (b64(deflate(XML, 31)), (encoding.DEFLATED,)),
        (b64(b"\n" + XML), (encoding.LEADING,)),
        (XML.decode(), (encoding.RAW,)),
        ("\ufeff\n" + XML.decode(), (encoding.RAW,)),
        (quopri.encodestring(XML, quotetabs=False).decode(), (encoding.RAW, encoding._QUOTED_NOTE)),
        (html.escape(XML.decode()), (encoding._ENTITY_NOTE, encoding.RAW)),
    ],
)
def test_repair_gives_the_message_and_is_told(value: str, notes: tuple[str, ...]) -> None:
    """Repair gives the message and is told."""
    found = post_message(value)
    assert (XML, notes, MessageState.READ) == (found.xml, notes, found.state)


def test_byte_order_mark_inside_base64_is_no_fault() -> None:
    """Byte order mark inside base64 is no fault."""
    assert post_message(b64(b"\xef\xbb\xbf" + XML)).state is MessageState.READ


@pytest.mark.parametrize("name", ["iso-8859-1", "utf-16", "us-ascii", "utf-8"])
def test_xml_pasted_as_text_keeps_its_characters_whatever_it_declares(name: str) -> None:
    """The declaration speaks of bytes that are gone."""
    xml = f'<?xml version="1.0" encoding="{name}"?>' + XML.decode().replace("Priya Nair", "José")
    assertion = pasted_message(xml).assertion
    assert assertion is not None
    assert [a.values for a in assertion.attributes if a.name == "displayName"] == [("José",)]


@pytest.mark.parametrize("value", [B64.replace("+", "&#x2b;"), LINES, quote(quote(B64))])
def test_pasted_text_is_repaired_too(value: str) -> None:
    """Pasted text is repaired too."""
    assert pasted_message(value).xml == XML


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (B64[:4001], encoding.BASE64_CUT),
        (B64[:4000], encoding.CUT_OFF),
        (B64[:4001] + "...", encoding.BASE64_CUT),
        (B64[:4000] + "… (3,000 more)", encoding.BASE64_CUT),
        (XML.decode()[:3000], encoding.CUT_OFF),
        (b64(deflate(XML)[:1000]), encoding.CUT_OFF),
        (B64[:3000] + "!?" + B64[3000:], encoding.NOT_BASE64),
        (B64.rstrip("=") + "=" * 2 + B64, encoding.JOINED),
        (b64(bytes(range(256)) * 10), encoding.NO_XML),
        (b64(b"\x1f\x8b" + bytes(range(200)) * 5), encoding.NO_XML),
        ("A" * 10 + "PHNh" * 1_100_000, encoding.TEXT_TOO_LONG),
        (b64(deflate(b"<a>" + b" " * 50_000_000 + b"</a>")), encoding.BOMB),
    ],
    ids=[
        "cut",
        "cut at a byte",
        "dots",
        "ellipsis",
        "cut xml",
        "cut deflate",
        "alphabet",
        "joined",
        "no xml",
        "no gzip",
        "long",
        "bomb",
    ],
)
def test_damage_says_its_own_cause(value: str, problem: str) -> None:
    """Damage says its own cause."""
    found = post_message(value)
    assert (MessageState.DAMAGED, problem) == (found.state, found.problem)


def test_damaged_message_shows_what_it_was() -> None:
    """Damaged message shows what it was."""
    assert post_message(B64[:2000]).kind == "Response"
