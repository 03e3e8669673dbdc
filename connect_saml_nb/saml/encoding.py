"""From a field's text to a message's XML bytes, and the repairs for what browsers, proxies and mailers break.

A repair is tried only where the plain reading fails, and each that was needed is noted.
"""

from __future__ import annotations

import html
import re
import zlib
from binascii import a2b_base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connect_saml_nb.saml.sentences import MAX_TEXT, MAX_XML, MessageFault, Repair
from connect_saml_nb.urls import unquoted

if TYPE_CHECKING:
    from collections.abc import Callable

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


@dataclass(frozen=True, slots=True)
class Decoded:
    """XML bytes and the repairs that they needed; `fault` says why there is no complete XML."""

    xml: bytes = field(repr=False, default=b"")
    repairs: tuple[Repair, ...] = ()
    fault: MessageFault | None = None


# --- text --------------------------------------------------------------------------------------------------


def decode(text: str, *, deflated: bool = False, raw: bool = False) -> list[Decoded]:
    """The possible readings of a field's text, the likeliest first: more than one only for spaces in base64.

    `deflated` says that the binding deflates (redirect), `raw` that the field holds XML itself (`wresult`).
    """
    if len(text) > MAX_TEXT:
        return [Decoded(fault=MessageFault.TEXT_TOO_LONG)]
    if _is_base64(text):
        return [_from_base64(text, (), deflated=deflated)]
    if is_xml_text(text):
        return _from_xml_text(text, () if raw else (Repair.RAW,))
    return _repaired(text, deflated=deflated, raw=raw)


def _is_base64(text: str) -> bool:
    return len(text) % 4 == 0 and _STRICT.fullmatch(text) is not None


def is_xml_text(text: str) -> bool:
    """Whether the text starts like a tag."""
    return text[:1000].lstrip("\ufeff \t\r\n").startswith("<")


def _from_xml_text(text: str, repairs: tuple[Repair, ...]) -> list[Decoded]:
    plain = Decoded(_as_declared(text), repairs)
    if not (_ANY_SOFT_BREAK.search(text) or "=3D" in text):
        return [plain]
    undone = _QUOTED_BYTES.sub(lambda m: bytes([int(m[1], 16)]), _as_declared(_ANY_SOFT_BREAK.sub("", text)))
    return [plain, Decoded(undone, (*repairs, Repair.QUOTED_PRINTABLE))]


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
    text, repairs = _unwrapped(text)
    if is_xml_text(text):
        return _from_xml_text(text, repairs if raw else (*repairs, Repair.RAW))
    readings = []
    for joined, joining in _joined(text):
        base64, more = _padded(joined)
        readings.append(_from_base64(base64, (*repairs, *joining, *more), deflated=deflated))
    return readings


def _unwrapped(text: str) -> tuple[str, tuple[Repair, ...]]:
    repairs: list[Repair] = []
    for step, repair in _STEPS:
        new = step(text)
        if new != text:
            repairs.append(repair)
            text = new
    return text, tuple(repairs)


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


_STEPS: tuple[tuple[Callable[[str], str], Repair], ...] = (
    (_without_invisible, Repair.INVISIBLE),
    (_without_quotes, Repair.QUOTES),
    (_without_quoted_printable, Repair.QUOTED_PRINTABLE),
    (_without_percents, Repair.PERCENT),
    (_without_entities, Repair.ENTITY),
    (without_escapes, Repair.ESCAPE),
)


def _joined(text: str) -> list[tuple[str, tuple[Repair, ...]]]:
    """The text without white space. A space can be a `+` that a form's decoding ate, or layout."""
    lines = [line.strip("\r\n\t\v\f") for line in text.strip().splitlines()]
    joined = "".join(lines)
    around = (Repair.AROUND,) if text.strip() != text else ()
    repairs = (*around, Repair.LINES) if len(lines) > 1 else around
    with_plus = "".join("+" if c == " " else c for c in joined if c == " " or not c.isspace())
    # The last `>` of XML is a `+` where it ends a group of three bytes: a space at the end can be that letter.
    ends_in_plus = len(with_plus) % 4 == _GROUP - 1 and text.rstrip("\r\n").endswith(" ")
    last = [(with_plus + "+", (*repairs, Repair.PLUS_AS_SPACE))] if ends_in_plus else []
    if not any(c.isspace() for c in joined):
        return [*last, (joined, repairs)]
    without = "".join(joined.split())
    return [*last, (with_plus, (*repairs, Repair.PLUS_AS_SPACE)), (without, (*repairs, Repair.SPACES))]


def _padded(text: str) -> tuple[str, tuple[Repair, ...]]:
    repairs = []
    if "-" in text or "_" in text:
        text = text.replace("-", "+").replace("_", "/")
        repairs.append(Repair.URL_SAFE)
    bare = text.rstrip("=")
    right = bare + "=" * (-len(bare) % 4)
    if right != text:
        repairs.append(Repair.PADDING)
    return right, tuple(repairs)


# --- bytes -------------------------------------------------------------------------------------------------


def _from_base64(text: str, repairs: tuple[Repair, ...], *, deflated: bool) -> Decoded:
    if not _STRICT.fullmatch(text):
        part = _STRICT.match(text)
        return Decoded(_start_of_xml(part[0] if part else ""), repairs, _not_base64(text))
    if len(text.rstrip("=")) % 4 == 1:
        return Decoded(_start_of_xml(text), repairs, MessageFault.BASE64_CUT)
    decoded = _from_bytes(a2b_base64(text), deflated=deflated)
    return Decoded(decoded.xml, (*repairs, *decoded.repairs), decoded.fault)


def _not_base64(text: str) -> MessageFault:
    odd = _OTHER.search(text)
    if odd:
        return MessageFault.BASE64_CUT if text.startswith(("...", "…"), odd.start()) else MessageFault.NOT_BASE64
    return MessageFault.JOINED if "=" in text.rstrip("=") else MessageFault.BASE64_CUT


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
        return _trimmed(data, (Repair.NOT_DEFLATED,) if deflated else ())
    inflated = _inflated(data)
    if inflated is not None:
        return Decoded(inflated.xml, () if deflated else (Repair.DEFLATED,), inflated.fault)
    return _twice(data) or Decoded(fault=MessageFault.NO_INFLATE if deflated else MessageFault.NO_XML)


def _trimmed(data: bytes, repairs: tuple[Repair, ...]) -> Decoded:
    """An XML declaration must be the first thing: white space before it is the writer's fault, and harmless."""
    bare = data.lstrip(b" \t\r\n")
    return Decoded(bare, (*repairs, Repair.LEADING)) if bare is not data and bare != data else Decoded(data, repairs)


def _inflated(data: bytes) -> Decoded | None:
    """Raw deflate (SAML bindings 3.4.4.1), or the zlib and gzip wrappings that some libraries put around it."""
    for window in (-zlib.MAX_WBITS, zlib.MAX_WBITS, zlib.MAX_WBITS + 16):
        decompressor = zlib.decompressobj(window)
        try:
            xml = decompressor.decompress(data, MAX_XML + 1)
        except zlib.error:
            continue
        if len(xml) > MAX_XML:
            return Decoded(fault=MessageFault.BOMB)
        if looks_like_xml(xml):
            return Decoded(xml, (), None if decompressor.eof else MessageFault.CUT_OFF)
    return None


def _twice(data: bytes) -> Decoded | None:
    text = b"".join(data.split()).decode("ascii", errors="replace")
    if not _is_base64(text):
        return None
    inner = a2b_base64(text)
    if looks_like_xml(inner):
        return Decoded(inner, (Repair.TWICE,))
    inflated = _inflated(inner)
    return None if inflated is None else Decoded(inflated.xml, (Repair.TWICE, Repair.DEFLATED), inflated.fault)


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
