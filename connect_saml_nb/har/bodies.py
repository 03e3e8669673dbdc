"""Bodies as text, whatever they were stored as, and the search for words in them without opening them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias
from zlib import MAX_WBITS

from connect_saml_nb.errors import code_of
from connect_saml_nb.har.problems import LostPart
from connect_saml_nb.har.raw_json import TEXT_LIMIT, Json, header_value, headers_of, member, number_of, text_of
from connect_saml_nb.io.unpack import inflate
from connect_saml_nb.model.capture import Body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: The most bytes of a body after unpacking.
BODY_LIMIT = 64 << 20
_SEARCH_CHUNK = 256 << 10


#: Reads a body that stands in a file of its own, by the file's name; None where it is not here.
Files: TypeAlias = "Callable[[str], bytes | None]"


def file_name(node: Json) -> str:
    """The name of the file that holds a body, or `""`."""
    return text_of(member(node, "_file")) or text_of(member(node, "_sha1"))


def side_file(node: Json, files: Files) -> bytes | None:
    """The content of the file that holds a body, or None."""
    name = file_name(node)
    return files(name) if name else None


_BASE64_TEXT = re.compile(r"[A-Za-z0-9+/_\s-]*+=*+\s*+")
_URL_SAFE = str.maketrans("-_", "+/")


def is_base64(encoding: Json) -> bool:
    """Whether the exporter says that a body is in base64."""
    return isinstance(encoding, str) and encoding.strip().lower() == "base64"


def unbase64(text: str) -> bytes | None:
    """Decoded base64 of either alphabet, with or without its padding; None where the text is none."""
    if not _BASE64_TEXT.fullmatch(text):
        return None
    bare = "".join(text.split()).rstrip("=").translate(_URL_SAFE)
    with suppress(binascii.Error, ValueError):
        return base64.b64decode(bare + "=" * (-len(bare) % 4))
    return None


def body_of(response: Json, files: Files) -> Body:
    """The body of a response, or why there is none."""
    content = member(response, "content")
    if isinstance(content, str):
        return Body(content)
    text = text_of(member(content, "text"))
    mime_type, packing = (
        text_of(member(content, "mimeType")),
        header_value(headers_of(member(response, "headers")), "content-encoding"),
    )
    raw = _body_bytes(content, text, files)
    if raw is not None:
        return decoded_text(raw, mime_type, packing.lower())
    if text or (isinstance(member(content, "text"), str) and not _body_lost(response, content)):
        return Body(text)
    return Body(None, _body_lost(response, content))


def _body_bytes(content: Json, text: str, files: Files) -> bytes | None:
    if not text:
        return side_file(content, files)
    if is_base64(member(content, "encoding")):
        return unbase64(text)
    if text.startswith("\x1f\x8b"):  # gzip that was stored as if each byte were a letter
        with suppress(UnicodeEncodeError):
            return text.encode("latin-1")
    return None


def _body_lost(response: Json, content: Json) -> str:
    if len(getattr(content, "text", b"")) > TEXT_LIMIT:
        return LostPart.TOO_LARGE(mib=TEXT_LIMIT >> 20)
    if file_name(content):
        return LostPart.OTHER_FILE()
    sizes = member(content, "size"), header_value(headers_of(member(response, "headers")), "content-length")
    if any((number_of(size) or 0) > 0 for size in sizes) or text_of(member(content, "comment")).strip():
        return LostPart.NOT_RECORDED()
    return ""


def decoded_text(raw: bytes, mime_type: str, packing: str) -> Body:
    """Bytes as text: unpacked where they still are packed, in the charset that they or their type name."""
    if raw.startswith(b"\x1f\x8b\x08"):
        unpacked = inflate(raw, MAX_WBITS | 16, BODY_LIMIT)
        return Body(None, LostPart.GZIP_DAMAGED()) if unpacked is None else _as_text(unpacked, mime_type)
    if "deflate" in packing:
        tries = (inflate(raw, bits, BODY_LIMIT) for bits in (MAX_WBITS, -MAX_WBITS))  # zlib, or bare
        raw = next((out for out in tries if out is not None), raw)
    body = _as_text(raw, mime_type)
    if body.text is None and packing.strip() in {"br", "zstd"}:
        return Body(None, LostPart.STILL_PACKED(packing=packing.strip()))
    return body


_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
#: Charsets of web pages (WHATWG Encoding) that Python knows; others of its codecs are slow or no charsets.
_CHARSETS = re.compile(
    r"utf-?(?:8|16|16-?[bl]e)|(?:us-)?ascii|latin-?1|iso-?8859-\d{1,2}|windows-125\d|cp125\d|koi8-[ru]|"
    r"gb(?:2312|k|18030)|big5|euc-(?:jp|kr)|shift[_-]jis|iso-2022-jp"
)
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
#: PNG, JPEG, GIF, WebP and other RIFF, WOFF, WOFF2, TrueType, icon.
_BINARY = (
    b"\x89PNG\r\n",
    b"\xff\xd8\xff",
    b"GIF89a",
    b"GIF87a",
    b"RIFF",
    b"wOFF",
    b"wOF2",
    b"\0\1\0\0\0",
    b"\0\0\1\0",
)


def _is_binary(raw: bytes) -> bool:
    return raw.startswith(_BINARY)


def _as_text(raw: bytes, mime_type: str) -> Body:
    if _is_binary(raw):
        return Body(None, LostPart.BINARY())
    named = _CHARSET.search(mime_type) or _CHARSET.search(raw[:1024].decode("latin-1"))  # HTML's <meta charset>
    charset = named[1].lower() if named and _CHARSETS.fullmatch(named[1].lower()) else "utf-8"
    charset = next((name for bom, name in _BOMS if raw.startswith(bom)), charset)
    with suppress(UnicodeError, LookupError):
        return Body(raw.decode(charset))
    if b"\0" in raw or (not named and _mostly_binary(raw)):
        return Body(None, LostPart.BINARY())
    with suppress(LookupError):
        return Body(raw.decode(charset, "replace"))
    return Body(raw.decode("utf-8", "replace"))


def _mostly_binary(raw: bytes) -> bool:
    sample = raw[:4096]
    return sum(byte > 127 or byte < 9 for byte in sample) > len(sample) // 4  # noqa: PLR2004 - control characters


def holds(body: Body, words: tuple[str, ...]) -> bool:
    """Whether a body may hold one of the words."""
    if body.text is None:
        return bool(body.lost) and code_of(body.lost) not in {LostPart.NOT_RECORDED, LostPart.BINARY}
    return any(word in body.text for word in words)


#: How base64 of gzip, zlib and zstd begins.
_PACKED_BASE64 = re.compile(rb'"(?:H4sI|eJ|eA|eF|eN|KLUv)')
_PACKED_TEXT = re.compile(rb'"(?:\\u001[fF]|\x1f)')


def slice_may_hold(response: Json, content: Json, words: tuple[str, ...]) -> bool:
    """Whether a body, as it stands in the file, may hold one of the words."""
    raw = memoryview(content.text)
    if not is_base64(content.encoding):
        return bool(_PACKED_TEXT.match(raw)) or _found(raw, words)
    start = bytes(raw[1:25])
    if _is_binary(unbase64(start[: len(start) // 4 * 4].decode("latin-1")) or b""):
        return False
    if _PACKED_BASE64.match(raw):
        return True
    packing = header_value(headers_of(member(response, "headers")), "content-encoding").lower()
    if any(name in packing for name in ("deflate", "br", "zstd")):
        return True
    return _found_base64(raw, words)


def _chunks(raw: memoryview, overlap: int) -> Iterator[bytes]:
    for start in range(0, len(raw), _SEARCH_CHUNK):
        yield bytes(raw[start : start + _SEARCH_CHUNK + overlap])


def _found(raw: memoryview, words: tuple[str, ...]) -> bool:
    """True where a word is there, or an escape that could stand for a letter of one."""
    needles, escapes, span = _plain_needles(words)
    for chunk in _chunks(raw, span):
        if any([needle in chunk for needle in needles]):  # noqa: C419 - a list is twice as fast here
            return True
        if b"\\u00" in chunk and escapes.search(chunk):
            return True
    return False


@lru_cache(maxsize=256)
def _plain_needles(words: tuple[str, ...]) -> tuple[tuple[bytes, ...], re.Pattern[bytes], int]:
    """Words as JSON writes them, the escapes of their letters, and the most bytes that one of these spans."""
    needles = [json.dumps(word)[1:-1].encode() for word in words]
    needles += [b"\\/"] if any("/" in word for word in words) else []
    codes = "|".join(sorted({f"{ord(c):02x}" for word in words for c in word}))
    escapes = re.compile(rb"\\u00(?i:" + (codes or "$").encode() + rb")")
    return tuple(needles), escapes, max(map(len, needles), default=0) + 6


def _found_base64(raw: memoryview, words: tuple[str, ...]) -> bool:
    """True where base64 of a word is there at any of its three offsets, or where that is not certain."""
    needles = _base64_needles(words)
    span = max(map(len, needles))
    return any(needle in chunk for chunk in _chunks(raw, span) for needle in needles)


@lru_cache(maxsize=256)
def _base64_needles(words: tuple[str, ...]) -> tuple[bytes, ...]:
    """Words in base64, words themselves, and what shows that a text is not plain base64 in one line."""
    forms = [form for word in words for form in _base64_forms(word)]
    return (b"\\", b"-", b"_", b" ", *forms, *_plain_needles(words)[0])


def _base64_forms(word: str) -> Iterator[bytes]:
    """The letters of a word's base64 that do not depend on its neighbours, for each offset within three bytes."""
    plain = word.encode()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + plain)
        first = -(-offset * 8 // 6)
        yield encoded[first : (offset + len(plain)) * 8 // 6]
