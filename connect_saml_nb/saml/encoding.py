"""From a field's text to a message's XML bytes, and the repairs for what browsers, proxies and mailers break.

A repair is tried only where the plain reading fails, and each that was needed is told.
"""

from __future__ import annotations

import html
import re
import zlib
from binascii import a2b_base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connect_saml_nb.saml.safe_xml import CUT_OFF, MAX_XML
from connect_saml_nb.urls import unquoted

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TEXT = 4_000_000  # characters of one field: MAX_XML in base64, percent-encoded
SHORT = 200  # characters; a placeholder or a hash (SHA-512 in hex has 128) is shorter, no SAML response is
MAX_UNWRAPPINGS = 3  # percent-encodings or HTML escapes around one another
_FEW_CHARACTERS = 4
_GROUP = 4  # letters of base64 for three bytes
_ODD_SHARE = 0.05

_STRICT = re.compile(r"[A-Za-z0-9+/]++={0,2}")
_OTHER = re.compile(r"[^A-Za-z0-9+/=_-]")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ENTITY = re.compile(r"&#?[A-Za-z0-9]{1,10};")
_INVISIBLE = re.compile("[\ufeff\u200b\u200c\u200d\u2060\u00ad\u00a0]")
_SOFT_BREAK = re.compile(r"=\r?\n(?=[^\s=])")
_ANY_SOFT_BREAK = re.compile(r"=\r?\n")
_QUOTED = re.compile(r"=([0-9A-F]{2})")
_QUOTED_BYTES = re.compile(rb"=([0-9A-F]{2})")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_SCRIPT_WHITE_SPACE = {"n": "\n", "r": "\r", "t": "\t"}
_DECLARATION = re.compile(r"""<\?xml[^>]{0,80}?\sencoding\s?=\s?["']([A-Za-z][\w.-]{0,40})["']""", re.ASCII)
_HEX = re.compile(r"[0-9a-fA-F]+")
_MASK = re.compile(
    r"\*\*|…|\.\.\.|[•█▇■]|x{6}|X{6}|\[|\{\{|redact|remov|mask|hidden|sanit|scrub|filter|secret|censor|omitted",
    re.IGNORECASE,
)
_MASK_INSIDE = re.compile(r"\*\*|[•█▇■]|redact|remov|mask|hidden|sanit|scrub|secret|censor", re.IGNORECASE)
_XML_START = re.compile(r"<(?:\?xml|[A-Za-z_][\w.-]{0,60}:[A-Za-z])|xmlns", re.ASCII)

NOT_DEFLATED = "The message is not deflated, as the redirect binding wants it; it was read all the same."
DEFLATED = "The message is deflated, which the POST binding does not do; it was inflated."
TWICE = "The message was base64-encoded twice."
RAW = "The field holds XML itself rather than base64."
PLUS_AS_SPACE = (
    "The message's `+` signs were not percent-encoded, or had become spaces; they were read as `+`. "
    "A receiver may refuse such a message."
)
_SPACES = "The base64 text had spaces in it; they were taken out."
_AROUND = "White space stood around the base64 text; it was left out."
_LINES = "The base64 text was broken into lines; they were joined."
_URL_SAFE = "The base64 text uses the URL-safe alphabet (`-` and `_`)."
_PADDING = "The base64 text's padding (`=` at its end) was missing or wrong; it was put right."
_PERCENT_NOTE = "The message was percent-encoded more than once."
_ENTITY_NOTE = "HTML escapes (such as `&#x2b;`) were left in the message; they were decoded."
_QUOTED_NOTE = "The message had gone through a mail program's quoted-printable encoding; it was undone."
_INVISIBLE_NOTE = (
    "Invisible characters (a byte order mark, zero-width spaces) stood in the message; they were left out."
)
_ESCAPE_NOTE = "Backslash escapes of a script were left in the message; they were decoded."
_QUOTE_NOTE = "Quotation marks stood around the message; they were left out."
LEADING = "White space stood before the XML declaration; it was left out."
#: After these repairs the XML may differ from what was sent; the others change the text around it only.
UNSURE = frozenset(
    {RAW, PLUS_AS_SPACE, _SPACES, _ENTITY_NOTE, _QUOTED_NOTE, _INVISIBLE_NOTE, _ESCAPE_NOTE},
)

NOT_BASE64 = (
    "The SAML message has characters that base64 does not know, so it cannot be decoded. "
    "Record the sign-in again, and do not edit the capture."
)
BASE64_CUT = (
    "The SAML message's base64 text is cut off. Record the sign-in again, and export the capture without shortening it."
)
JOINED = (
    "The SAML message's base64 text has padding (`=`) in its middle: several texts were joined. "
    "Record the sign-in again, and do not edit the capture."
)
NO_XML = (
    "The SAML message can be decoded from base64, but what comes out is not XML. "
    "Record the sign-in again, and do not edit the capture."
)
NO_INFLATE = (
    "The SAML message cannot be inflated: its compressed data is damaged. "
    "Record the sign-in again, and do not edit the capture."
)
BOMB = (
    f"The SAML message inflates to more than {MAX_XML // 1024 // 1024} MiB: it was refused as unsafe. "
    "Check where the capture comes from."
)
TEXT_TOO_LONG = (
    f"The SAML message's field is longer than {MAX_TEXT:,} characters: it was not read. "
    "Check where the capture comes from."
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """XML bytes and what had to be repaired for them; `problem` is a sentence where there is no complete XML."""

    xml: bytes = field(repr=False, default=b"")
    notes: tuple[str, ...] = ()
    problem: str | None = None


# --- text --------------------------------------------------------------------------------------------------


def decode(text: str, *, deflated: bool = False, raw: bool = False) -> list[Decoded]:
    """The possible readings of a field's text, the likeliest first: more than one only for spaces in base64.

    `deflated` says that the binding deflates (redirect), `raw` that the field holds XML itself (`wresult`).
    """
    if len(text) > MAX_TEXT:
        return [Decoded(problem=TEXT_TOO_LONG)]
    if _is_base64(text):
        return [_from_base64(text, (), deflated=deflated)]
    if is_xml_text(text):
        return _from_xml_text(text, () if raw else (RAW,))
    return _repaired(text, deflated=deflated, raw=raw)


def _is_base64(text: str) -> bool:
    return len(text) % 4 == 0 and _STRICT.fullmatch(text) is not None


def is_xml_text(text: str) -> bool:
    """Whether the text starts like a tag."""
    return text[:1000].lstrip("\ufeff \t\r\n").startswith("<")


def _from_xml_text(text: str, notes: tuple[str, ...]) -> list[Decoded]:
    plain = Decoded(_as_declared(text), notes)
    if not (_ANY_SOFT_BREAK.search(text) or "=3D" in text):
        return [plain]
    undone = _QUOTED_BYTES.sub(lambda m: bytes([int(m[1], 16)]), _as_declared(_ANY_SOFT_BREAK.sub("", text)))
    return [plain, Decoded(undone, (*notes, _QUOTED_NOTE))]


def _as_declared(text: str) -> bytes:
    """XML that arrives as text, in the encoding that it declares, else in UTF-8; lone surrogates become `?`."""
    text = text.lstrip("\ufeff \t\r\n")
    declared = _DECLARATION.match(text)
    try:
        return text.encode(declared[1] if declared else "utf-8")
    except UnicodeError:  # the declared encoding does not have these characters, so it was never the text's
        bare = text[: declared.start(1)] + "utf-8" + text[declared.end(1) :] if declared else text
        return bare.encode("utf-8", errors="replace")
    except (LookupError, ValueError):  # no such encoding: the parser says so
        return text.encode("utf-8", errors="replace")


def _repaired(text: str, *, deflated: bool, raw: bool) -> list[Decoded]:
    text, notes = _unwrapped(text)
    if is_xml_text(text):
        return _from_xml_text(text, notes if raw else (*notes, RAW))
    readings = []
    for joined, joining in _joined(text):
        base64, more = _padded(joined)
        readings.append(_from_base64(base64, (*notes, *joining, *more), deflated=deflated))
    return readings


def _unwrapped(text: str) -> tuple[str, tuple[str, ...]]:
    notes: list[str] = []
    for step, note in _STEPS:
        new = step(text)
        if new != text:
            notes.append(note)
            text = new
    return text, tuple(notes)


def _without_invisible(text: str) -> str:
    return _INVISIBLE.sub("", text)


def _without_quotes(text: str) -> str:
    bare = text.strip()
    return bare.strip("\"'`") if bare[:1] in {'"', "'", "`"} else text


def _without_quoted_printable(text: str) -> str:
    if is_xml_text(text):
        return text
    return _QUOTED.sub(lambda m: chr(int(m[1], 16)), _SOFT_BREAK.sub("", text))


def _without_entities(text: str) -> str:
    return _repeated(text, _ENTITY, html.unescape)


def _without_percents(text: str) -> str:
    return _repeated(text, _PERCENT, unquoted)


def _repeated(text: str, sign: re.Pattern[str], step: Callable[[str], str]) -> str:
    for _ in range(MAX_UNWRAPPINGS):
        if is_xml_text(text) or not sign.search(text):
            break
        text = step(text)
    return text


def without_escapes(text: str) -> str:
    r"""Undo a script's backslash escapes (`\u003d`, `\x2b`, `\/`)."""
    return _ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _SCRIPT_WHITE_SPACE.get(match[3], match[3])


_STEPS: tuple[tuple[Callable[[str], str], str], ...] = (
    (_without_invisible, _INVISIBLE_NOTE),
    (_without_quotes, _QUOTE_NOTE),
    (_without_quoted_printable, _QUOTED_NOTE),
    (_without_percents, _PERCENT_NOTE),
    (_without_entities, _ENTITY_NOTE),
    (without_escapes, _ESCAPE_NOTE),
)


def _joined(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """The text without white space. A space can be a `+` that a form's decoding ate, or layout."""
    lines = [line.strip("\r\n\t\v\f") for line in text.strip().splitlines()]
    joined = "".join(lines)
    around = (_AROUND,) if text.strip() != text else ()
    notes = (*around, _LINES) if len(lines) > 1 else around
    with_plus = "".join("+" if c == " " else c for c in joined if c == " " or not c.isspace())
    # The last `>` of XML is a `+` where it ends a group of three bytes: a space at the end can be that letter.
    ends_in_plus = len(with_plus) % 4 == _GROUP - 1 and text.rstrip("\r\n").endswith(" ")
    last = [(with_plus + "+", (*notes, PLUS_AS_SPACE))] if ends_in_plus else []
    if not any(c.isspace() for c in joined):
        return [*last, (joined, notes)]
    without = "".join(joined.split())
    return [*last, (with_plus, (*notes, PLUS_AS_SPACE)), (without, (*notes, _SPACES))]


def _padded(text: str) -> tuple[str, tuple[str, ...]]:
    notes = []
    if "-" in text or "_" in text:
        text = text.replace("-", "+").replace("_", "/")
        notes.append(_URL_SAFE)
    bare = text.rstrip("=")
    right = bare + "=" * (-len(bare) % 4)
    if right != text:
        notes.append(_PADDING)
    return right, tuple(notes)


# --- bytes -------------------------------------------------------------------------------------------------


def _from_base64(text: str, notes: tuple[str, ...], *, deflated: bool) -> Decoded:
    if not _STRICT.fullmatch(text):
        part = _STRICT.match(text)
        return Decoded(_start_of_xml(part[0] if part else ""), notes, _not_base64(text))
    if len(text.rstrip("=")) % 4 == 1:
        return Decoded(_start_of_xml(text), notes, BASE64_CUT)
    decoded = _from_bytes(a2b_base64(text), deflated=deflated)
    return Decoded(decoded.xml, (*notes, *decoded.notes), decoded.problem)


def _not_base64(text: str) -> str:
    odd = _OTHER.search(text)
    if odd:
        return BASE64_CUT if text.startswith(("...", "…"), odd.start()) else NOT_BASE64
    return JOINED if "=" in text.rstrip("=") else BASE64_CUT


def _start_of_xml(text: str) -> bytes:
    """What a broken base64 text starts with, where that is XML: it tells damage from a placeholder."""
    bare = text.rstrip("=")
    data = a2b_base64(bare[: len(bare) // 4 * 4])
    return data if looks_like_xml(data) else b""


def looks_like_xml(data: bytes) -> bool:
    """Whether bytes start like an XML document, in UTF-8, UTF-16 or a one-byte encoding."""
    start = data[:1000]
    if start.startswith((b"\xff\xfe<\x00", b"\xfe\xff\x00<", b"<\x00", b"\x00<")):
        return True
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    return start[:1] == b"<" and (start[1:2].isalpha() or start[1:2] in {b"?", b"!", b"_", b""})


def _from_bytes(data: bytes, *, deflated: bool) -> Decoded:
    if looks_like_xml(data):
        return _trimmed(data, (NOT_DEFLATED,) if deflated else ())
    inflated = _inflated(data)
    if inflated is not None:
        return Decoded(inflated.xml, () if deflated else (DEFLATED,), inflated.problem)
    return _twice(data) or Decoded(problem=NO_INFLATE if deflated else NO_XML)


def _trimmed(data: bytes, notes: tuple[str, ...]) -> Decoded:
    """An XML declaration must be the first thing: white space before it is the writer's fault, and harmless."""
    bare = data.lstrip(b" \t\r\n")
    return Decoded(bare, (*notes, LEADING)) if bare is not data and bare != data else Decoded(data, notes)


def _inflated(data: bytes) -> Decoded | None:
    """Raw deflate (SAML bindings 3.4.4.1), or the zlib and gzip wrappings that some libraries put around it."""
    for window in (-zlib.MAX_WBITS, zlib.MAX_WBITS, zlib.MAX_WBITS + 16):
        decompressor = zlib.decompressobj(window)
        try:
            xml = decompressor.decompress(data, MAX_XML + 1)
        except zlib.error:
            continue
        if len(xml) > MAX_XML:
            return Decoded(problem=BOMB)
        if looks_like_xml(xml):
            return Decoded(xml, (), None if decompressor.eof else CUT_OFF)
    return None


def _twice(data: bytes) -> Decoded | None:
    text = b"".join(data.split()).decode("ascii", errors="replace")
    if not _is_base64(text):
        return None
    inner = a2b_base64(text)
    if looks_like_xml(inner):
        return Decoded(inner, (TWICE,))
    inflated = _inflated(inner)
    return None if inflated is None else Decoded(inflated.xml, (TWICE, DEFLATED), inflated.problem)


# --- placeholders ------------------------------------------------------------------------------------------


def is_placeholder(text: str, *, starts_as_xml: bool) -> bool:
    """Whether something else was put in the message's place: nothing, a word, a mask, a hash.

    `starts_as_xml` says that the start of the text decodes to XML: then only a mask counts, dots mean "cut off".
    """
    if len(text) > MAX_TEXT:
        return False
    bare = html.unescape(unquoted(text)).strip()
    if _XML_START.search(bare[:2000]):
        return False
    dense = "".join(bare.split())
    if not _OTHER.search(dense) and not _has_many_spaces(bare, dense):
        return not starts_as_xml and (len(dense) < SHORT or _is_monotonous(dense))
    if (_MASK_INSIDE if starts_as_xml else _MASK).search(dense):
        return True
    return not starts_as_xml and (len(dense) < SHORT or _is_odd(bare))


def _has_many_spaces(bare: str, dense: str) -> bool:
    return bare.count(" ") > _ODD_SHARE * len(dense)


def _is_monotonous(text: str) -> bool:
    return len(set(text)) <= _FEW_CHARACTERS or _HEX.fullmatch(text) is not None


def _is_odd(text: str) -> bool:
    return sum(1 for c in _OTHER.findall(text) if c not in "\r\n") > _ODD_SHARE * len(text)
