"""A capture's bytes -> Capture. Every exporter's difference is settled here and nowhere else.

Three stages. *Reading* finds the entries: well-formed UTF-8 in one typed pass over the mapped file (msgspec), which
leaves headers, forms and bodies as slices of it; anything else by walking the JSON's brackets, so that one bad entry,
or a cut-off end, costs only itself. *Building* makes an Entry of each. *Parts* are read from the slices when asked for.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote, unquote, unquote_plus
from zlib import MAX_WBITS

from connect_saml_nb import sources
from connect_saml_nb.errors import CaptureError
from connect_saml_nb.model import Body, Capture, Entry, Header, Param, PostData

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable, Iterable, Iterator

    from connect_saml_nb.sources import Archive, Data, Input, Source

Json: TypeAlias = Any  # any JSON value; an object is a dict or a typed struct, see `_get`

try:
    import msgspec
except ImportError:  # a browser-only site has none
    msgspec = None  # type: ignore[assignment]

#: The most entries of one capture; a day of browsing makes some 50,000.
ENTRY_LIMIT = 200_000
#: The most bytes of JSON that are opened at once: one part of an entry, or an entry that strict reading refuses.
PART_LIMIT = 64 << 20
#: The most bytes of a body after unpacking.
BODY_LIMIT = 64 << 20
#: The most bytes of a paste (a SAML response and its form).
PASTE_LIMIT = 16 << 20
#: Longer data: URLs are clipped: they hold an image, not an address.
DATA_URL_LENGTH = 200
_SHORT, _LONG = 100, 200
_KEPT_SLICE = 4 << 20
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A member of an input that is no capture, and why, as a sentence."""

    name: str
    problem: str


# --- the two ways in ---------------------------------------------------------------------------------------


def read_capture(source: Input, *, name: str | None = None) -> Capture:
    """The one capture in a path, bytes or open file: HAR, gzip of it, zip with one HAR, or pasted SAML.

    Raises CaptureError, with a sentence for the person reading, where there is none or more than one.
    """
    opened = sources.open_source(source, name)
    if not _is_zip(opened.data):
        return _capture(opened, _folder_files(opened))
    archive = sources.Archive(opened.data)
    members = _hars(archive)
    if len(members) > 1:
        raise CaptureError(f"{opened.name} holds {len(members)} captures: read them with read_captures.")
    return _member_capture(archive, members[0], opened.name)


def read_captures(source: Input, *, name: str | None = None) -> Iterator[Capture | Unreadable]:
    """Every capture in an input, one at a time; a zip's member that cannot be read gives an Unreadable in its place.

    Raises CaptureError where the input itself cannot be read.
    """
    opened = sources.open_source(source, name)
    if not _is_zip(opened.data):
        yield _capture(opened, _folder_files(opened))
        return
    archive = sources.Archive(opened.data)
    for member in _hars(archive):
        called = sources.label(f"{opened.name}/{member.filename}")
        try:
            yield _member_capture(archive, member, called)
        except CaptureError as error:
            yield Unreadable(called, str(error))


def _is_zip(data: Data) -> bool:
    return data[:4] in {b"PK\x03\x04", b"PK\x05\x06"}


def _hars(archive: Archive) -> list[zipfile.ZipInfo]:
    """The members of a zip that can be captures. Fiddler's .saz has `raw/`, a Playwright trace `*.trace`."""
    members = archive.members()
    names = [m.filename.lower() for m in members]
    hars = [m for m, n in zip(members, names, strict=True) if n.endswith((".har", ".har.gz"))]
    if hars:
        return hars
    if any(n.startswith("raw/") and n.endswith(("_c.txt", "_s.txt")) for n in names):
        raise CaptureError("This is a Fiddler archive (.saz): in Fiddler, export the sessions as HTTPArchive v1.2.")
    if any(n.endswith(".trace") for n in names):
        raise CaptureError("This is a Playwright trace, not a HAR: record with record_har_path instead.")
    if len(members) != 1:
        raise CaptureError("There is no .har in this zip: put the exported HAR into it, or give the HAR itself.")
    return members


def _member_capture(archive: Archive, member: zipfile.ZipInfo, name: str) -> Capture:
    folder = member.filename.rpartition("/")[0]
    data, whole = archive.read(member)
    if _is_zip(data):
        raise CaptureError("It is a zip inside a zip: unpack the outer one first.")
    files = _Files(lambda file: archive.side_file(f"{folder}/{file}" if folder else file))
    return _capture(sources.Source(sources.label(name), data), files, damaged=not whole)


def _folder_files(opened: Source) -> _Files:
    """Playwright's `content: attach` without a zip writes the bodies beside the HAR."""
    path = opened.path
    return _Files(None if path is None else lambda file: sources.side_file(path.parent, file))


def _capture(opened: Source, files: _Files, *, damaged: bool = False) -> Capture:
    if opened.data[:2] == b"\x1f\x8b":
        data, whole = sources.gunzip(opened.data)
        opened, damaged = sources.Source(opened.name, data), not whole or damaged
    opened, start = _as_utf8(opened)
    start = _after(_BLANK, opened.data, start)
    head = bytes(opened.data[start : start + 4096])
    _refuse_foreign(head)
    if not _JSON_START.match(head):
        return _pasted(opened, start)
    read = _strictly(opened.data, start) or _tolerantly(opened.data, start)
    if damaged:
        read.notes.append("The packed file is damaged or cut off.")
    return _built(read, opened, files)


def _as_utf8(opened: Source) -> tuple[Source, int]:
    """The input in UTF-8 and where its text starts. UTF-16 and UTF-32 are known by their BOM or their zero bytes."""
    head = opened.data[:4]
    if head[:3] == b"\xef\xbb\xbf":  # Fiddler 4 and 5
        return opened, 3
    name = json.detect_encoding(head) if len(head) == 4 else "utf-8"  # noqa: PLR2004 - what detect_encoding looks at
    if name.startswith("utf-8"):
        return opened, 0
    text = sources.spool(_recoded(opened.data, name))
    return sources.Source(opened.name, text, opened.path), 0


def _recoded(data: Data, encoding: str) -> Iterator[bytes]:
    import codecs  # noqa: PLC0415 - rare

    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for start in range(0, len(data), _CHUNK):
        yield decoder.decode(data[start : start + _CHUNK]).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


# --- what is no capture ------------------------------------------------------------------------------------

_FOREIGN_MAGIC = {
    b"%PDF": "This is a PDF, not a HAR: give the exported .har file itself.",
    b"\x89PNG": "This is a picture, not a HAR: give the exported .har file itself.",
    b"\xff\xd8\xff": "This is a picture, not a HAR: give the exported .har file itself.",
    b"\x0a\x0d\x0d\x0a": "This is a network packet capture, not a HAR: export a HAR from the browser's Network tab.",
    b"\xd4\xc3\xb2\xa1": "This is a network packet capture, not a HAR: export a HAR from the browser's Network tab.",
    b"\xd0\xcf\x11\xe0": "This is an Office document, not a HAR: give the exported .har file itself.",
    b"bplist": "This is a property list or web archive, not a HAR: export a HAR from the Network tab.",
    b"SQLite": "This is a database, not a HAR: export a HAR from the browser's developer tools.",
    b"PK\x03\x04": "This is a zip inside another packed file: unpack the outer one first.",
    b"7z\xbc\xaf": "This is a 7z archive, which is not read here: unpack it first.",
    b"Rar!": "This is a RAR archive, which is not read here: unpack it first.",
    b"BZh": "This is packed with bzip2, which is not read here: unpack it first.",
    b"\xfd7zXZ": "This is packed with xz, which is not read here: unpack it first.",
    b"\x28\xb5\x2f\xfd": "This is packed with zstd, which is not read here: unpack it first.",
    b"\x1f\x8b": "This is packed with gzip twice: unpack it first.",
}
_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body|meta|script|div|form)\b", re.IGNORECASE | re.DOTALL
)
_FOREIGN_KEYS = {
    "UserSummaryList": "This is a list of Connect users, not a capture: give it as the users and a HAR as the capture.",
    "constants": "This is a Chrome NetLog, not a HAR: export a HAR from the Network tab of the developer tools.",
    "nbformat": "This is a Jupyter notebook, not a HAR: give the exported .har file itself.",
    "Records": "This looks like a CloudTrail log, not a HAR: give the exported .har file itself.",
    "item": "This looks like a Postman collection, not a HAR: export a HAR from the browser's developer tools.",
}
_NO_ENTRIES = "This is JSON, but no HAR (it has no log.entries): export a HAR from the browser's Network tab."
_NEITHER = (
    "This is neither a HAR nor a SAML response: give the .har file that the browser's Network tab exports, "
    "or paste the whole SAMLResponse value."
)


def _refuse_foreign(head: bytes) -> None:
    if not head:
        raise CaptureError("This file is empty: export the HAR again, and wait until it is saved.")
    for magic, sentence in _FOREIGN_MAGIC.items():
        if head.startswith(magic):
            raise CaptureError(sentence)
    if _HTML.match(head):
        raise CaptureError(
            "This is an HTML page, not a HAR: in the developer tools' Network tab choose Export HAR (Save all as HAR)."
        )
    if head.startswith((b"<charles-session", b"<?xml")) and re.search(rb"<(?:charles-session|log)\b", head):
        raise CaptureError("This is a network log in XML, not a HAR: export it as HTTP Archive (.har).")


# --- reading: strict ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Read:
    """What reading found: each entry's position, fields (None: left out), and slice where strict reading refuses it."""

    entries: Iterable[tuple[int, Json, memoryview | None]]
    creator: Json
    browser: Json
    notes: list[str]


class _Budget(threading.local):
    """Entries that strict decoding may still make, so that a file of millions of tiny ones cannot fill memory."""

    left = 0


_budget = _Budget()


def _count_entry(_: object) -> None:
    _budget.left -= 1
    if _budget.left < 0:
        raise ValueError("too many entries")


def _strict_types() -> tuple[Json, Json]:
    """The typed file and entry. Fields are the JSON's own names; Raw leaves a slice of the input, without a copy."""
    raw, text, number = msgspec.Raw, str | None, int | float | None

    def struct(name: str, types: dict[str, Json], **namespace: Json) -> Json:
        fields = [(key, kind, raw() if kind is raw else None) for key, kind in types.items()]
        return msgspec.defstruct(name, fields, gc=False, namespace={"__repr__": object.__repr__, **namespace})

    content = struct(
        "Content",
        {
            "mimeType": text,
            "text": raw,
            "encoding": text,
            "size": number,
            "comment": text,
            "_file": text,
            "_sha1": text,
        },
    )
    request = struct(
        "Request",
        {
            "method": text,
            "url": text,
            "headers": raw,
            "bodySize": number,
            "postData": raw,
            "_content": raw,
            "_requestBodyStatus": text,
        },
    )
    response = struct(
        "Response",
        {
            "status": number,
            "redirectURL": text,
            "redirectionURL": text,
            "headers": raw,
            "content": content | None,
            "_error": text,
            "_failureText": text,
        },
    )
    entry = struct(
        "Entry",
        {
            "startedDateTime": text | number,
            "time": number,
            "request": request | None,
            "response": response | None,
            "_error": text,
            "_resourceType": text,
        },
        __post_init__=_count_entry,
    )
    log = msgspec.defstruct("Log", [("entries", list[entry]), ("creator", raw, raw()), ("browser", raw, raw())])  # type: ignore[valid-type]  # made at run time
    return msgspec.defstruct("File", [("log", log)]), entry


_FILE, _ENTRY = _strict_types() if msgspec else (None, None)
_STRUCT, _RAW = (msgspec.Struct, msgspec.Raw) if msgspec else ((), ())
#: What msgspec raises on content that it refuses.
_REFUSALS = (ValueError, RecursionError, OverflowError, MemoryError)


def _strictly(data: Data, start: int) -> _Read | None:
    """Reading in one typed pass; None where the input is not well-formed in every way."""
    if not msgspec:
        return None
    _budget.left = ENTRY_LIMIT
    try:
        log = msgspec.json.decode(memoryview(data)[start:], type=_FILE).log
    except _REFUSALS:
        return None
    found = ((index, node, None) for index, node in enumerate(log.entries))
    return _Read(found, _loads(log.creator), _loads(log.browser), [])


def _loads(raw: Json) -> Json:
    """The value of a slice of JSON; None where it is empty, too large or cannot be read."""
    size = len(raw)
    if not size or size > PART_LIMIT:
        return None
    if msgspec:
        with suppress(*_REFUSALS):
            return msgspec.json.decode(raw)
    return _lenient(bytes(raw))


# --- reading: tolerant -------------------------------------------------------------------------------------

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


def _lenient(raw: bytes) -> Json:
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


_PADDING = b" \t\r\n\0"
_BLANK = re.compile(rb"[\s\0]*+")
_SPACE = re.compile(rb"[\s\0,]*+")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_FLAT = re.compile(rb'(?:[^"{}\[\]]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+', re.DOTALL)
_SCALAR = re.compile(rb'[^\s,:{}\[\]"]++')
_KEY = re.compile(rb"[A-Za-z_$][\w$]*+")
_COLON = re.compile(rb"\s*+:\s*+")
#: JSONP (`onInputData({…})`), an assignment, or the )]}' guard before the JSON.
_WRAPPER = rb"(?:(?:var |let |const |window\.)?[A-Za-z_$][\w.$]{0,60}\s*[=(]\s*|\)\]\}',?\s*)"
_START = re.compile(rb"\s*+(?:" + _WRAPPER + rb")?")
_JSON_START = re.compile(rb"(?:" + _WRAPPER + rb")?[\[{]")
_QUOTE, _OPENING, _LAST_ASCII = 0x22, b"{[", 0x7F


class _BrokenError(Exception):
    """The JSON ends early, or what follows is no JSON."""


def _skip(data: Data, position: int) -> int:
    """Where the value that starts here ends, by its brackets and quotes alone."""
    first = data[position : position + 1]
    if first in {b"{", b"["}:
        return _skip_nested(data, position)
    match = (_STRING if first == b'"' else _SCALAR).match(data, position)
    if match is None or match.end() == len(data):
        raise _BrokenError
    return match.end()


def _skip_nested(data: Data, position: int) -> int:
    depth, size, flat = 0, len(data), _FLAT.match
    while True:
        match = flat(data, position)
        position = match.end() if match else size
        if position >= size or data[position] == _QUOTE:
            raise _BrokenError
        depth += 1 if data[position] in _OPENING else -1
        position += 1
        if not depth:
            return position


class _Walk:
    """A walk through a HAR's outer brackets: where its entries and its creator stand, and how it ends."""

    def __init__(self, data: Data, start: int) -> None:
        self.data = data
        self.keys: set[str] = set()
        self.values: dict[str, tuple[int, int]] = {}
        self.entries: list[tuple[int, int]] | None = None
        self.inside = self.listed = False
        self.broken = self.more = False
        self.end = start
        with suppress(AttributeError):
            self._walk(_START.match(data, start).end())  # type: ignore[union-attr]  # it always matches

    def _walk(self, position: int) -> None:
        try:
            self.end = self._root(position)
        except _BrokenError:
            self.broken = True

    def _root(self, position: int) -> int:
        if self.data[position : position + 1] == b"[":
            return self._listed(position)
        return self._object(position, self._root_member)

    def _object(self, position: int, member: Callable[[str, int], int]) -> int:
        position += 1
        while True:
            position = _after(_SPACE, self.data, position)
            if self.data[position : position + 1] == b"}":
                return position + 1
            key, position = self._key(position)
            position = member(key, position)

    def _key(self, position: int) -> tuple[str, int]:
        match = _STRING.match(self.data, position) or _KEY.match(self.data, position)
        colon = match and _COLON.match(self.data, match.end())
        if not match or not colon:
            raise _BrokenError
        raw = match[0] if match.end() - position < _CHUNK else b""
        key = _lenient(raw) if raw[:1] == b'"' else raw.decode("ascii", "replace")
        return str(key), colon.end()

    def _root_member(self, key: str, position: int) -> int:
        self.keys.add(key)
        opening = self.data[position : position + 1]
        if key == "log" and opening == b"{":
            return self._object(position, self._log_member)
        if key == "log" and opening == b"[" and not self.listed:
            return self._listed(position)
        return self._log_member(key, position)

    def _log_member(self, key: str, position: int) -> int:
        if key == "entries" and self.data[position : position + 1] == b"[":
            self.entries = []
            return self._elements(position, self.entries)
        end = _skip(self.data, position)
        if key == "entries":
            self.entries = None
        self.values[key] = position, end
        return end

    def _listed(self, position: int) -> int:
        """A list where the log's object belongs: of logs, or of the entries themselves."""
        self.listed = True  # a list in a list of logs is none
        spans: list[tuple[int, int]] = []
        end = self._elements(position, spans)
        for start, _ in spans:
            if self.entries is None and self.data[start : start + 1] == b"{":
                self._object(start, self._root_member)
        if self.entries is None and self.keys & {"request", "response"}:
            self.entries = spans
        return end

    def _elements(self, position: int, spans: list[tuple[int, int]]) -> int:
        position += 1
        while True:
            self.inside = False
            position = _after(_SPACE, self.data, position)
            if self.data[position : position + 1] == b"]":
                return position + 1
            if len(spans) >= ENTRY_LIMIT:
                self.more = True
                raise _BrokenError
            self.inside = position < len(self.data)
            end = _skip(self.data, position)
            spans.append((position, end))
            position = end


def _after(pattern: re.Pattern[bytes], data: Data, position: int) -> int:
    match = pattern.match(data, position)
    return match.end() if match else position


def _tolerantly(data: Data, start: int) -> _Read:
    """Reading by brackets; every entry that is whole is kept."""
    walk = _Walk(data, start)
    if walk.entries is None:
        raise CaptureError(_why_no_entries(walk))
    if walk.broken and not walk.entries:
        raise CaptureError(
            "This HAR is cut off before its first entry ends: export it again, and wait until it is saved."
        )
    view = memoryview(data)
    creator, browser = (_loads(view[slice(*walk.values.get(key, (0, 0)))]) for key in ("creator", "browser"))
    found = ((index, *_opened(view[a:b])) for index, (a, b) in enumerate(walk.entries))
    return _Read(found, creator, browser, _walk_notes(walk))


def _why_no_entries(walk: _Walk) -> str:
    foreign = (sentence for key, sentence in _FOREIGN_KEYS.items() if key in walk.keys)
    if walk.broken and "log" in walk.keys:
        return "This HAR is cut off before its first entry: export it again, and wait until it is saved."
    return next(foreign, _NO_ENTRIES)


def _walk_notes(walk: _Walk) -> list[str]:
    count = len(walk.entries or ())
    if walk.more:
        return [f"The file holds more than {ENTRY_LIMIT:,} entries: only the first {ENTRY_LIMIT:,} were read."]
    if walk.broken:
        how = "cut off or damaged" if bytes(walk.data[-64:]).rstrip(_PADDING).endswith(b"}") else "cut off"
        where = f"inside entry {count}" if walk.inside else f"after entry {count - 1}"
        return [f"The file is {how} {where}: the {count} whole entries before that were read, what follows is lost."]
    rest = bytes(walk.data[walk.end : walk.end + 4096]).strip(_PADDING + b");,")
    return ["There is more text after the end of the HAR; it was ignored."] if rest else []


def _opened(slice_: memoryview) -> tuple[Json, memoryview | None]:
    """An entry's fields, and the slice to read them from again where strict reading refuses it."""
    if msgspec:
        _budget.left = 1
        with suppress(*_REFUSALS):
            return msgspec.json.decode(slice_, type=_ENTRY), None
    node = _lenient(bytes(slice_)) if len(slice_) <= PART_LIMIT else None
    return (node, slice_) if isinstance(node, dict) else (None, None)


# --- building ----------------------------------------------------------------------------------------------


def _built(read: _Read, opened: Source, files: _Files) -> Capture:
    home = _Home(opened, files)
    entries: list[Entry] = []
    lost: list[int] = []
    for index, node, slice_ in read.entries:
        if node is None:
            lost.append(index)
        else:
            entries.append(_entry(index, node, _Parts(home, None if slice_ is not None else node, slice_)))
    if lost:
        read.notes.append(_left_out(lost, len(lost) + len(entries)))
    elif not entries:
        read.notes.append("The recording holds no entries: open the Network tab before signing in, then export.")
    return Capture(
        opened.name, _product(read.creator), _product(read.browser), _ordered(entries), " ".join(read.notes) or None
    )


def _left_out(lost: list[int], total: int) -> str:
    verb = "entries were" if len(lost) > 1 else "entry was"
    return f"{len(lost)} of {total} {verb} left out because they cannot be read (the first is entry {lost[0]})."


def _ordered(entries: list[Entry]) -> tuple[Entry, ...]:
    """In the order of time; an entry without a time stays behind its neighbour in the file."""
    last = next((e.started for e in entries if e.started), None)
    keyed: list[tuple[datetime | None, Entry]] = []
    for entry in entries:
        last = entry.started or last
        keyed.append((last, entry))
    if last is not None:
        keyed.sort(key=lambda pair: pair[0] or last)
    return tuple(entry for _, entry in keyed)


def _product(value: Json) -> str:
    """A creator's or browser's name and version in one short line."""
    words = [value] if isinstance(value, str) else [_get(value, "name"), _get(value, "version")]
    return _line(" ".join(_text(w) for w in words), _SHORT)


def _entry(index: int, node: Json, parts: _Parts) -> Entry:
    request, response = _get(node, "request"), _get(node, "response")
    status = _status(_get(response, "status"))
    return Entry(
        index=index,
        started=_time(_get(node, "startedDateTime")),
        method=_line(_text(_get(request, "method")), _SHORT).upper(),
        url=_url(_text(_get(request, "url"))),
        status=status,
        mime_type=_mime_type(response),
        location=_location(response, status),
        time_ms=_duration(_get(node, "time")),
        error=_error(node, response),
        resource_type=_line(_text(_get(node, "_resourceType")), _SHORT).lower(),
        parts=parts,
    )


def _get(node: Json, key: str) -> Json:
    """A member of a JSON object, typed or not; None where there is none."""
    if isinstance(node, dict):
        return node.get(key)
    value = getattr(node, key, None) if isinstance(node, _STRUCT) else None
    return _loads(value) if isinstance(value, _RAW) else value


def _text(value: Json) -> str:
    """Text as it is, a number as its digits, "" for everything else."""
    if isinstance(value, str):
        return value
    return str(value) if _number(value) is not None else ""


def _line(text: str, limit: int) -> str:
    """Text as one printable line."""
    return _clipped(text[: 4 * limit], limit) if text else ""


@lru_cache(maxsize=1024)
def _clipped(text: str, limit: int) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _number(value: Json) -> float | None:
    """A finite number, also from its digits; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _status(value: Json) -> int:
    """An HTTP status, or 0: Playwright writes -1, BrowserMob -999 where there was no answer."""
    number = value if type(value) is int else _number(value)
    return int(number) if number is not None and 0 <= number <= 999 else 0  # noqa: PLR2004 - three digits, RFC 9110 15


def _duration(value: Json) -> float | None:
    number = _number(value)
    return number if number is not None and number >= 0 else None


_MILLISECONDS_FROM = 1e11  # seconds would be the year 5138


def _time(value: Json) -> datetime | None:
    """A date in ISO 8601 (2 to 9 fractional digits, any offset, none is UTC) or as epoch (milli)seconds, in UTC."""
    try:
        if isinstance(value, str) and not value.strip().isdigit():
            parsed = datetime.fromisoformat(value.strip())
            return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
        number = _number(value)
        if number is None or number <= 0:
            return None
        return datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS_FROM else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _url(text: str) -> str:
    clipped = text[:5].lower() == "data:" and len(text) > DATA_URL_LENGTH
    return text[:DATA_URL_LENGTH] + "…" if clipped else text


def _mime_type(response: Json) -> str:
    """The body's type as recorded, else the Content-Type header (Firefox writes null for failed requests)."""
    recorded = _text(_get(_get(response, "content"), "mimeType"))
    return _line(recorded or _header(_headers(_get(response, "headers")), "content-type"), _LONG)


def _location(response: Json, status: int) -> str:
    """Where the answer redirects to. IE 11 also writes `redirectionURL`; HTTP Toolkit leaves redirectURL empty."""
    recorded = _get(response, "redirectURL") or _get(response, "redirectionURL")
    if recorded or not (status == 201 or 300 <= status < 400) or status == 304:  # noqa: PLR2004 - RFC 9110 10.2.2
        return _text(recorded)
    return _header(_headers(_get(response, "headers")), "location")


def _error(node: Json, response: Json) -> str:
    """The network error: Chromium, WebKit and mitmproxy `_error`, Playwright `_failureText`."""
    for found in (_get(response, "_error"), _get(response, "_failureText"), _get(node, "_error")):
        if isinstance(found, str) and found.strip():
            return _line(found, _LONG)
    return ""


# --- parts -------------------------------------------------------------------------------------------------


class _Files:
    """Bodies that stand in files of their own."""

    def __init__(self, read: Callable[[str], bytes | None] | None) -> None:
        self._read = read

    def read(self, name: str) -> bytes | None:
        """The file's bytes, or None where it is not here."""
        return self._read(name) if self._read and name else None


class _Home:
    """What the parts of one capture's entries share."""

    def __init__(self, opened: Source, files: _Files) -> None:
        self.opened, self.files = opened, files
        self._last: tuple[memoryview, Json] | None = None

    def reopen(self, slice_: memoryview) -> Json:
        """The fields of an entry that strict reading refused; the last one is kept at hand."""
        last = self._last
        if last is not None and last[0] is slice_:
            return last[1]
        node = _lenient(bytes(slice_))
        if len(slice_) <= _KEPT_SLICE:
            self._last = slice_, node
        return node


_IS_BINARY = "it is binary data"
_NOT_RECORDED = "the recording does not hold it"
_CHANGED = "the file was changed after it was opened; read it again"


class _Parts:
    """An entry's parts, read from the capture's bytes when asked for."""

    __slots__ = ("_home", "_node", "_slice")

    def __init__(self, home: _Home, node: Json, slice_: memoryview | None) -> None:
        self._home, self._node, self._slice = home, node, slice_

    def _open(self, part: str) -> Json:
        node = self._node if self._slice is None else self._home.reopen(self._slice)
        return _get(node, part)

    def request_headers(self) -> tuple[Header, ...]:
        return _headers(_get(self._open("request"), "headers")) if self._home.opened.unchanged() else ()

    def response_headers(self) -> tuple[Header, ...]:
        return _headers(_get(self._open("response"), "headers")) if self._home.opened.unchanged() else ()

    def post_data(self) -> PostData | None:
        if not self._home.opened.unchanged():
            return PostData("", None, (), _CHANGED)
        return _post_data(self._open("request"), self._home.files)

    def body(self) -> Body:
        if not self._home.opened.unchanged():
            return Body(None, _CHANGED)
        return _body(self._open("response"), self._home.files)

    def body_may_hold(self, *words: str) -> bool:
        if not self._home.opened.unchanged():
            return True
        response = self._open("response") if self._slice is None else None
        content = getattr(response, "content", None)
        if content is None or not len(content.text):
            return _holds(self.body(), words)
        return _slice_may_hold(response, content, words)


def _holds(body: Body, words: tuple[str, ...]) -> bool:
    if body.text is None:
        return body.lost not in {"", _NOT_RECORDED, _IS_BINARY}
    return any(word in body.text for word in words)


# Headers and forms


def _pairs(value: Json) -> Iterator[tuple[str, Json, Json]]:
    """Names, values and items of a list of {name, value}, of [name, value] (mitmproxy reads such), or an object."""
    if isinstance(value, dict):
        for name, held in value.items():
            for one in held if isinstance(held, list) else [held]:
                yield name, one, None
    for item in value if isinstance(value, list) else ():
        if isinstance(item, dict):
            yield _text(item.get("name")), item.get("value"), item
        elif isinstance(item, list) and len(item) == 2:  # noqa: PLR2004 - a pair
            yield _text(item[0]), item[1], None


def _headers(value: Json) -> tuple[Header, ...]:
    return tuple(Header(name, _text(held)) for name, held, _ in _pairs(value) if name)


def _header(headers: tuple[Header, ...], name: str) -> str:
    return next((h.value for h in headers if h.name.casefold() == name), "")


def _params(value: Json) -> tuple[Param, ...]:
    return tuple(Param(name, _param_value(held, item)) for name, held, item in _pairs(value) if name or _text(held))


def _param_value(value: Json, item: Json) -> str:
    """A field's value; Charles 4 base64-encodes single ones and says so in `encoding`."""
    text = _text(value)
    raw = _unbase64(text) if _is_base64(_get(item, "encoding")) else None
    with suppress(UnicodeDecodeError):
        decoded = raw.decode() if raw is not None else text
        return text if decoded.lstrip().startswith("<") and "saml" in _text(_get(item, "name")).lower() else decoded
    return text


def _is_base64(encoding: Json) -> bool:
    return isinstance(encoding, str) and encoding.strip().lower() == "base64"


def _post_data(request: Json, files: _Files) -> PostData | None:
    data = _get(request, "postData")
    if isinstance(data, (str, list)):
        data = {"text" if isinstance(data, str) else "params": data}
    text = _post_text(data, files) or _post_text(_get(request, "_content"), files)  # _content: HTTP Toolkit
    body_fields = _get(data, "text")
    params = _params(_get(data, "params")) or _params(body_fields if isinstance(body_fields, (dict, list)) else None)
    lost = "" if text or params else _post_lost(request, data)
    if not text and not params and not lost:
        return None
    return PostData(_line(_text(_get(data, "mimeType")), _LONG), text or None, params, lost)


def _post_text(data: Json, files: _Files) -> str:
    """Posted text. `encoding` is no HAR 1.2, but Charles, Reqable and martian write it; `_file` is Playwright's."""
    text = _text(_get(data, "text"))
    if not text:
        raw = _side_file(data, files)
    elif _is_base64(_get(data, "encoding")):
        raw = _unbase64(text)
    else:
        return text
    return text if raw is None else _decoded(raw, _text(_get(data, "mimeType")), "").text or ""


def _post_lost(request: Json, data: Json) -> str:
    """Why a request that sent something shows nothing: Chromium 61 dropped what a redirect answered, others say so."""
    if _file_name(data):
        return "it stands in a separate file that is not here"
    told = _text(_get(request, "_requestBodyStatus")) or _text(_get(data, "comment"))
    sent = (
        _number(_header(_headers(_get(request, "headers")), "content-length"))
        or _number(_get(request, "bodySize"))
        or 0
    )
    if sent > 0:
        return f"{int(sent)} bytes were sent, but the recording does not hold them"
    return "the exporter left it out" if told.strip() else ""


def _file_name(node: Json) -> str:
    return _text(_get(node, "_file")) or _text(_get(node, "_sha1"))


def _side_file(node: Json, files: _Files) -> bytes | None:
    return files.read(_file_name(node))


# Bodies

_BASE64_TEXT = re.compile(r"[A-Za-z0-9+/_\s-]*+=*+\s*+")
_URL_SAFE = str.maketrans("-_", "+/")


def _unbase64(text: str) -> bytes | None:
    """Decoded base64 of either alphabet, with or without its padding; None where the text is none."""
    if not _BASE64_TEXT.fullmatch(text):
        return None
    bare = "".join(text.split()).rstrip("=").translate(_URL_SAFE)
    with suppress(binascii.Error, ValueError):
        return base64.b64decode(bare + "=" * (-len(bare) % 4))
    return None


def _body(response: Json, files: _Files) -> Body:
    content = _get(response, "content")
    if isinstance(content, str):
        return Body(content)
    text = _text(_get(content, "text"))
    mime_type, packing = (
        _text(_get(content, "mimeType")),
        _header(_headers(_get(response, "headers")), "content-encoding"),
    )
    raw = _body_bytes(content, text, files)
    if raw is not None:
        return _decoded(raw, mime_type, packing.lower())
    if text or (isinstance(_get(content, "text"), str) and not _body_lost(response, content)):
        return Body(text)
    return Body(None, _body_lost(response, content))


def _body_bytes(content: Json, text: str, files: _Files) -> bytes | None:
    if not text:
        return _side_file(content, files)
    if _is_base64(_get(content, "encoding")):
        return _unbase64(text)
    if text.startswith("\x1f\x8b"):  # gzip that was stored as if each byte were a letter
        with suppress(UnicodeEncodeError):
            return text.encode("latin-1")
    return None


def _body_lost(response: Json, content: Json) -> str:
    if len(getattr(content, "text", "") or "") > PART_LIMIT:
        return f"it is larger than {PART_LIMIT >> 20} MiB"
    if _file_name(content):
        return "it stands in a separate file that is not here"
    sizes = _get(content, "size"), _header(_headers(_get(response, "headers")), "content-length")
    if any((_number(size) or 0) > 0 for size in sizes) or _text(_get(content, "comment")).strip():
        return _NOT_RECORDED
    return ""


def _decoded(raw: bytes, mime_type: str, packing: str) -> Body:
    """Bytes as text: unpacked where they still are packed, in the charset that they or their type name."""
    if raw.startswith(b"\x1f\x8b\x08"):
        unpacked = sources.inflate(raw, MAX_WBITS | 16, BODY_LIMIT)
        return (
            Body(None, "it is packed with gzip and damaged or too large")
            if unpacked is None
            else _as_text(unpacked, mime_type)
        )
    if "deflate" in packing:
        tries = (sources.inflate(raw, bits, BODY_LIMIT) for bits in (MAX_WBITS, -MAX_WBITS))  # zlib, or bare
        raw = next((out for out in tries if out is not None), raw)
    body = _as_text(raw, mime_type)
    if body.text is None and packing.strip() in {"br", "zstd"}:
        return Body(None, f"it is still packed with {packing.strip()}, which is not read here")
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
        return Body(None, _IS_BINARY)
    named = _CHARSET.search(mime_type) or _CHARSET.search(raw[:1024].decode("latin-1"))  # HTML's <meta charset>
    charset = named[1].lower() if named and _CHARSETS.fullmatch(named[1].lower()) else "utf-8"
    charset = next((name for bom, name in _BOMS if raw.startswith(bom)), charset)
    with suppress(UnicodeError, LookupError):
        return Body(raw.decode(charset))
    if b"\0" in raw or (not named and _mostly_binary(raw)):
        return Body(None, _IS_BINARY)
    with suppress(LookupError):
        return Body(raw.decode(charset, "replace"))
    return Body(raw.decode("utf-8", "replace"))


def _mostly_binary(raw: bytes) -> bool:
    sample = raw[:4096]
    return sum(byte > _LAST_ASCII or byte < 9 for byte in sample) > len(sample) // 4  # noqa: PLR2004 - control characters


# Searching a body's slice without opening it

#: How base64 of gzip, zlib and zstd begins.
_PACKED_BASE64 = re.compile(rb'"(?:H4sI|eJ|eA|eF|eN|KLUv)')
_PACKED_TEXT = re.compile(rb'"(?:\\u001[fF]|\x1f)')


def _slice_may_hold(response: Json, content: Json, words: tuple[str, ...]) -> bool:
    raw = memoryview(content.text)
    if not _is_base64(content.encoding):
        return bool(_PACKED_TEXT.match(raw)) or _found(raw, words)
    start = bytes(raw[1:25])
    if _is_binary(_unbase64(start[: len(start) // 4 * 4].decode("latin-1")) or b""):
        return False
    if _PACKED_BASE64.match(raw):
        return True
    packing = _header(_headers(_get(response, "headers")), "content-encoding").lower()
    if any(name in packing for name in ("deflate", "br", "zstd")):
        return True
    return _found_base64(raw, words)


def _found(raw: memoryview, words: tuple[str, ...]) -> bool:
    """True where a word is there, or an escape that could stand for a letter of one."""
    return any(pattern.search(raw) for pattern in _plain_patterns(words))


@lru_cache(maxsize=256)
def _plain_patterns(words: tuple[str, ...]) -> tuple[re.Pattern[bytes], ...]:
    """One literal each: the standard library searches that several times faster than alternatives."""
    needles = [re.escape(json.dumps(word)[1:-1].encode()) for word in words]
    codes = "|".join(sorted({f"{ord(c):02x}" for word in words for c in word}))
    needles += [rb"\\u00(?i:" + codes.encode() + rb")"] if codes else []
    needles += [rb"\\/"] if any("/" in word for word in words) else []
    return tuple(re.compile(needle) for needle in needles)


def _found_base64(raw: memoryview, words: tuple[str, ...]) -> bool:
    """True where base64 of a word is there at any of its three offsets, or it cannot be told."""
    return any(pattern.search(raw) for pattern in _base64_patterns(words))


@lru_cache(maxsize=256)
def _base64_patterns(words: tuple[str, ...]) -> tuple[re.Pattern[bytes], ...]:
    """Words in base64, words themselves, and what shows that a text is not plain base64 in one line."""
    forms = [re.escape(form) for word in words for form in _base64_forms(word)]
    return (re.compile(rb"[\\\-_ ]"), *map(re.compile, forms), *_plain_patterns(words))


def _base64_forms(word: str) -> Iterator[bytes]:
    """The letters of a word's base64 that do not depend on its neighbours, for each offset within three bytes."""
    plain = word.encode()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + plain)
        first = -(-offset * 8 // 6)
        yield encoded[first : (offset + len(plain)) * 8 // 6]


# --- pastes ------------------------------------------------------------------------------------------------

_SAML_ROOT = re.compile(
    rb"<(?:[\w.-]{1,40}:)?(Response|Assertion|EncryptedAssertion|AuthnRequest|LogoutRequest|LogoutResponse|"
    rb"RequestSecurityTokenResponse(?:Collection)?)[\s/>]"
)
_SAML_FIELDS = ("SAMLResponse", "SAMLRequest", "wresult")
_FIELD = re.compile(r"(?:^|[?&\s'\"])(SAMLResponse|SAMLRequest|wresult)\s*[=:]\s*")


@dataclass(frozen=True, slots=True)
class _PastedParts:
    """The parts of the one entry that stands for a paste."""

    text: str = field(repr=False)

    def request_headers(self) -> tuple[Header, ...]:
        return ()

    def response_headers(self) -> tuple[Header, ...]:
        return ()

    def post_data(self) -> PostData:
        return PostData("application/x-www-form-urlencoded", self.text, ())

    def body(self) -> Body:
        return Body(None)

    def body_may_hold(self, *words: str) -> bool:  # noqa: ARG002 - the protocol's
        return False


def _pasted(opened: Source, start: int) -> Capture:
    """A capture with one entry that posts what was pasted."""
    if len(opened.data) > PASTE_LIMIT:
        raise CaptureError(_NEITHER)
    form = _pasted_form(bytes(opened.data[start:]).strip(_PADDING + b"\"'"))
    if form is None:
        raise CaptureError(_NEITHER)
    entry = Entry(0, None, "POST", "", 0, "", "", None, "", "", _PastedParts(form))
    return Capture(opened.name, "pasted", "", (entry,))


def _pasted_form(raw: bytes) -> str | None:
    if raw.startswith(b"<"):
        root = _SAML_ROOT.search(raw[: 64 << 10])
        return root and _xml_form(raw, root[1])
    text = raw.decode("utf-8", "replace")
    return _field_form(text) or _value_form(text)


def _xml_form(raw: bytes, root: bytes) -> str:
    if root.startswith(b"RequestSecurityToken"):
        return "wresult=" + quote(raw, safe="")
    return "SAMLResponse=" + quote(base64.b64encode(raw), safe="")


def _field_form(text: str) -> str | None:
    """A pasted form, also from a URL, a curl command, or the developer tools' list of form fields (`name: value`)."""
    match = _FIELD.search(text)
    if not match:
        return None
    start = max(text.rfind(c, 0, match.start(1)) for c in "? \t\r\n'\"") + 1
    rest = text[start:]
    if start:
        rest = re.split(r"['\"]|\s(?=\S*[:=])", rest, maxsplit=1)[0] if "=" in match[0] else rest
    if ":" in match[0]:
        rest = match[1] + "=" + re.split(r"[\r\n]\s*(?=\w+\s*:)", text[match.end() :], maxsplit=1)[0].strip()
    fields = [piece.partition("=") for piece in rest.split("&")]
    return "&".join(f"{quote(unquote_plus(n), safe='')}={_quoted_value(n, v)}" for n, _, v in fields if n)


def _quoted_value(name: str, value: str) -> str:
    """A field's value, percent-encoded once. A `+` of bare base64 is a letter, not a space; mailers wrap lines."""
    if name not in _SAML_FIELDS:
        return quote(unquote_plus(value.strip()), safe="")
    bare = re.sub(r"\s*[\r\n]\s*", "", value.strip())
    return quote(unquote(bare) if "%" in bare else bare, safe="")


def _value_form(text: str) -> str | None:
    """Only the value: base64 of XML, or of deflated XML, percent-encoded or not."""
    bare = "".join((unquote(text) if "%" in text else text).split())
    raw = _unbase64(bare)
    if raw is None:
        return None
    xml = raw if raw[:1] in {b"<", b"\xef"} else sources.inflate(raw, -MAX_WBITS, PASTE_LIMIT) or b""
    root = _SAML_ROOT.search(xml[: 64 << 10])
    return "SAMLResponse=" + quote(bare, safe="") if root else None
