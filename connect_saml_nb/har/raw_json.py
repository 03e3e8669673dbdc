"""JSON values of any quality: opened from slices, asked without knowing their types. No content raises here."""

from __future__ import annotations

import json
import math
import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from connect_saml_nb.io.data import CHUNK
from connect_saml_nb.model.capture import Header

if TYPE_CHECKING:
    from collections.abc import Iterator

try:
    import msgspec
except ImportError:  # a browser-only site has none
    msgspec = None  # type: ignore[assignment]

Json: TypeAlias = Any  # any JSON value; an object is a dict or a typed struct, see `member`

#: The most bytes of JSON that are opened at once: a body's text, and a list or object (such as a whole entry).
TEXT_LIMIT = 64 << 20
PART_LIMIT = 96 << 20
#: The most opening brackets in one, and half the most strings: each makes an object many times its size.
BRACKET_LIMIT = 2_000_000
QUOTE, OPENING = 0x22, b"{["
#: How long a line may be that is shown to a person.
SHORT, LONG = 100, 200

#: What msgspec raises on content that it refuses.
REFUSALS = (ValueError, RecursionError, OverflowError, MemoryError)
#: What the types of typed structs have in common; asking a struct itself with isinstance is several times slower.
_STRUCT_KIND, _RAW = (type(msgspec.Struct), msgspec.Raw) if msgspec else (None, ())


def loads(raw: Json) -> Json:
    """The value of a slice of JSON; None where it is empty, too large or cannot be read."""
    if not len(raw) or too_large(memoryview(raw)):
        return None
    if msgspec:
        with suppress(*REFUSALS):
            return msgspec.json.decode(raw)
    return lenient_loads(bytes(raw))


def too_large(raw: memoryview) -> bool:
    """Whether a raw value is larger than what is read."""
    if raw[0] == QUOTE:
        return len(raw) > TEXT_LIMIT
    if len(raw) <= CHUNK or len(raw) > PART_LIMIT:
        return len(raw) > PART_LIMIT
    text = bytes(raw)
    strings = (text.count(b'"') - text.count(b'\\"')) // 2
    return text.count(b"{") + text.count(b"[") > BRACKET_LIMIT or strings > 2 * BRACKET_LIMIT


_LONE_SURROGATE = re.compile(
    r"\\(?:u(?:(?P<pair>[dD][89aAbB]..\\u[dD][c-fC-F]..)|(?P<lone>[dD][89a-fA-F]..))|.)", re.DOTALL
)
_UNQUOTED = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*+")|(?P<before>[{,]\s*+)(?P<key>[A-Za-z_$][\w$]*+)(?=\s*+:)|(?P<comma>,)(?=\s*+[}\]])',
    re.DOTALL,
)
_LONGEST_INT = 4000


def _int(digits: str) -> int | float:
    return int(digits) if len(digits) < _LONGEST_INT else float(digits)


_DECODER = json.JSONDecoder(strict=False, parse_int=_int)


def lenient_loads(raw: bytes) -> Json:
    """The value of one JSON text with invalid UTF-8, lone surrogates, NaN, control characters or JavaScript keys."""
    text = raw.decode("utf-8", "replace")
    if "\\ud" in text or "\\uD" in text:
        text = _LONE_SURROGATE.sub(lambda m: "\\ufffd" if m["lone"] else m[0], text)
    for repair in (str, _with_quotes):
        with suppress(ValueError, RecursionError, MemoryError):
            return _DECODER.decode(repair(text))
    return None


def _with_quotes(text: str) -> str:
    """Unquoted keys (early Firebug wrote `comment:`) get quotes, commas before a closing bracket go."""
    return _UNQUOTED.sub(lambda m: f'{m["before"]}"{m["key"]}"' if m["key"] else "" if m["comma"] else m[0], text)


def member(node: Json, key: str) -> Json:
    """A member of a JSON object, typed or not; None where there is none."""
    if isinstance(node, dict):
        return node.get(key)
    value = getattr(node, key, None) if type(type(node)) is _STRUCT_KIND else None
    return loads(value) if isinstance(value, _RAW) else value


def text_of(value: Json) -> str:
    """Text as it is, a number as its digits, "" for everything else."""
    if isinstance(value, str):
        return value
    return str(value) if number_of(value) is not None else ""


def one_line(text: str, limit: int) -> str:
    """Text as one printable line."""
    return _clipped(text[: 4 * limit], limit) if text else ""


@lru_cache(maxsize=1024)
def _clipped(text: str, limit: int) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def number_of(value: Json) -> float | None:
    """A finite number, also from its digits; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def pairs_of(value: Json) -> Iterator[tuple[str, Json, Json]]:
    """Names, values and items of a list of {name, value}, of [name, value] (mitmproxy reads such), or an object."""
    if isinstance(value, dict):
        for name, values in value.items():
            for each in values if isinstance(values, list) else [values]:
                yield name, each, None
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            yield text_of(item.get("name")), item.get("value"), item
        elif isinstance(item, list) and len(item) == 2:  # noqa: PLR2004 - a pair
            yield text_of(item[0]), item[1], None


def headers_of(value: Json) -> tuple[Header, ...]:
    """The headers of a request or a response; those without a name are left out."""
    return tuple(Header(name, text_of(content)) for name, content, _ in pairs_of(value) if name)


def header_value(headers: tuple[Header, ...], name: str) -> str:
    """The value of the first header of this name (lower case), or `""`."""
    return next((h.value for h in headers if h.name.casefold() == name), "")
