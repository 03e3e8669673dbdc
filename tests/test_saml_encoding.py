"""From a field's text to XML: the repairs, and the damage that has no repair."""

from __future__ import annotations

import base64
import html
import quopri
from urllib.parse import quote

import pytest
from saml_fakes import B64, XML, b64, deflated, pasted_message, post_message

from connect_saml_nb.model.saml import MessageState
from connect_saml_nb.saml.sentences import MessageFault, Repair

# A message whose base64 has `+`, `/` and padding.
LINES = base64.encodebytes(XML).decode()
URL_SAFE = base64.urlsafe_b64encode(XML).decode()


def test_plain_base64_needs_no_repair() -> None:
    """Plain base64 needs no repair."""
    assert (XML, ()) == (post_message(B64).xml, post_message(B64).notes)


@pytest.mark.parametrize(
    ("value", "notes"),
    [
        (B64.replace("+", " "), (Repair.PLUS_AS_SPACE,)),
        (LINES.strip(), (Repair.LINES,)),
        (LINES.strip().replace("\n", "\r\n"), (Repair.LINES,)),
        (LINES.strip().replace("\n", "\n    "), (Repair.LINES, Repair.SPACES)),
        (LINES.replace("+", " "), (Repair.AROUND, Repair.LINES, Repair.PLUS_AS_SPACE)),
        (B64.rstrip("="), (Repair.PADDING,)),
        (B64.rstrip("=") + "====", (Repair.PADDING,)),
        (URL_SAFE, (Repair.URL_SAFE,)),
        (URL_SAFE.rstrip("="), (Repair.URL_SAFE, Repair.PADDING)),
        (quote(B64, safe=""), (Repair.PERCENT,)),
        (quote(quote(B64, safe=""), safe=""), (Repair.PERCENT,)),
        (B64.replace("+", "&#x2b;").replace("=", "&#61;"), (Repair.ENTITY,)),
        (html.escape(B64.replace("+", "&#43;")), (Repair.ENTITY,)),
        (quopri.encodestring(B64.encode()).decode(), (Repair.QUOTED_PRINTABLE,)),
        (quopri.encodestring(B64.encode()).decode().replace("\n", "\r\n"), (Repair.QUOTED_PRINTABLE,)),
        ("\ufeff" + B64, (Repair.INVISIBLE,)),
        (f'"{B64}"', (Repair.QUOTES,)),
        (B64.replace("/", "\\/").replace("+", "\\u002b"), (Repair.ESCAPE,)),
        (f" {B64}\n", (Repair.AROUND,)),
        (b64(B64.encode()), (Repair.TWICE,)),
        (b64(LINES.encode()), (Repair.TWICE,)),
        (b64(deflated(XML)), (Repair.DEFLATED,)),
        (b64(deflated(XML, 15)), (Repair.DEFLATED,)),
        (b64(deflated(XML, 31)), (Repair.DEFLATED,)),
        (b64(b"\n" + XML), (Repair.LEADING,)),
        (XML.decode(), (Repair.RAW,)),
        ("\ufeff\n" + XML.decode(), (Repair.RAW,)),
        (quopri.encodestring(XML, quotetabs=False).decode(), (Repair.RAW, Repair.QUOTED_PRINTABLE)),
        (html.escape(XML.decode()), (Repair.ENTITY, Repair.RAW)),
    ],
)
def test_repair_gives_the_message_and_is_told(value: str, notes: tuple[Repair, ...]) -> None:
    """Repair gives the message and is told."""
    found = post_message(value)
    assert (XML, notes, MessageState.READ) == (found.xml, tuple(note.code for note in found.notes), found.state)


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
        (B64[:4001], MessageFault.BASE64_CUT),
        (B64[:4000], MessageFault.CUT_OFF),
        (B64[:4001] + "...", MessageFault.BASE64_CUT),
        (B64[:4000] + "… (3,000 more)", MessageFault.BASE64_CUT),
        (XML.decode()[:3000], MessageFault.CUT_OFF),
        (b64(deflated(XML)[:1000]), MessageFault.CUT_OFF),
        (B64[:3000] + "!?" + B64[3000:], MessageFault.NOT_BASE64),
        (B64.rstrip("=") + "=" * 2 + B64, MessageFault.JOINED),
        (b64(bytes(range(256)) * 10), MessageFault.NO_XML),
        (b64(b"\x1f\x8b" + bytes(range(200)) * 5), MessageFault.NO_XML),
        ("A" * 10 + "PHNh" * 1_100_000, MessageFault.TEXT_TOO_LONG),
        (b64(deflated(b"<a>" + b" " * 50_000_000 + b"</a>")), MessageFault.BOMB),
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
    assert (MessageState.DAMAGED, problem) == (found.state, found.problem and found.problem.code)


def test_damaged_message_shows_what_it_was() -> None:
    """Damaged message shows what it was."""
    assert post_message(B64[:2000]).kind == "Response"
