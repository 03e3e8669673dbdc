"""Finds the entries: in one typed pass where all is well-formed, otherwise by walking the JSON's brackets.

The walk costs more time, but one bad entry, or a cut-off end, then costs only itself.
"""

from __future__ import annotations

import re
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connect_saml_nb.errors import CaptureError
from connect_saml_nb.har.problems import CaptureNote, CaptureProblem
from connect_saml_nb.har.raw_json import OPENING, QUOTE, REFUSALS, Json, lenient_loads, loads, too_large
from connect_saml_nb.har.redaction_note import REDACTION_FIELD
from connect_saml_nb.io.data import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from connect_saml_nb.io.data import Data

try:
    import msgspec
except ImportError:  # a browser-only site has none
    msgspec = None  # type: ignore[assignment]

#: The most entries of one capture; a day of browsing makes some 50,000.
ENTRY_LIMIT = 200_000
#: The most brackets that are walked over, some 20 seconds' worth; 1 GB of recorded traffic has about a million.
BRACKETS_WALKED = 20_000_000
#: The most brackets inside each other; recorded traffic has about ten, and no JSON reader opens a thousand.
DEPTH_WALKED = 100_000


@dataclass(slots=True)
class Read:
    """What reading found: each entry's position, fields (None: left out), and slice where strict reading refuses it."""

    entries: Iterable[tuple[int, Json, memoryview | None]]
    creator: Json
    browser: Json
    stated: Json
    notes: list[str]


class _Budget(threading.local):
    """What reading may still spend, so that a file of nothing but brackets fills neither memory nor the afternoon."""

    entries = 0
    brackets = 0


_budget = _Budget()


def _count_entry(_: object) -> None:
    _budget.entries -= 1
    if _budget.entries < 0:
        raise ValueError("too many entries")


def _strict_types() -> tuple[Json, Json]:
    """The typed file and entry. Fields are the JSON's own names; Raw leaves a slice of the input, without a copy."""
    text, number, raw = str | None, int | float | None, msgspec.Raw

    def struct(name: str, fields: dict[Json, str], **namespace: Json) -> Json:
        """A type whose fields are given by what they hold."""
        each = [(field, kind, raw() if kind is raw else None) for kind in fields for field in fields[kind].split()]
        return msgspec.defstruct(name, each, gc=False, namespace={"__repr__": object.__repr__, **namespace})

    content = struct("Content", {text: "mimeType encoding comment _file _sha1", number: "size", raw: "text"})
    request_fields = {text: "method url _requestBodyStatus", number: "bodySize", raw: "headers postData _content"}
    request = struct("Request", request_fields)
    response_text = "redirectURL redirectionURL _error _failureText"
    response_fields = {text: response_text, number: "status", raw: "headers", content | None: "content"}
    response = struct("Response", response_fields)
    entry_fields = {
        text | number: "startedDateTime",
        text: "_error _resourceType",
        number: "time",
        request | None: "request",
        response | None: "response",
    }
    entry = struct("Entry", entry_fields, __post_init__=_count_entry)
    parts = [(name, raw, raw()) for name in ("creator", "browser", REDACTION_FIELD)]
    log = msgspec.defstruct("Log", [("entries", list[entry]), *parts])  # type: ignore[valid-type]  # made at run time
    return msgspec.defstruct("File", [("log", log)]), entry


_FILE, _ENTRY = _strict_types() if msgspec else (None, None)


def strictly(data: Data, start: int) -> Read | None:
    """Reading in one typed pass; None where the input is not well-formed in every way."""
    if not msgspec:
        return None
    _budget.entries = ENTRY_LIMIT
    try:
        log = msgspec.json.decode(memoryview(data)[start:], type=_FILE).log
    except REFUSALS:
        return None
    found = ((index, node, None) for index, node in enumerate(log.entries))
    return Read(found, loads(log.creator), loads(log.browser), loads(getattr(log, REDACTION_FIELD)), [])


PADDING = b" \t\r\n\0"
BLANK = re.compile(rb"[\s\0]*+")
_SPACE = re.compile(rb"[\s\0,]*+")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_FLAT = re.compile(rb'(?:[^"{}\[\]]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+', re.DOTALL)
_SCALAR = re.compile(rb'[^\s,:{}\[\]"]++')
_KEY = re.compile(rb"[A-Za-z_$][\w$]*+")
_COLON = re.compile(rb"\s*+:\s*+")
#: JSONP (`onInputData({…})`), an assignment, or the )]}' guard before the JSON.
_WRAPPER = rb"(?:(?:var |let |const |window\.)?[A-Za-z_$][\w.$]{0,60}\s*[=(]\s*|\)\]\}',?\s*)"
_START = re.compile(rb"\s*+(?:" + _WRAPPER + rb")?")
JSON_START = re.compile(rb"(?:" + _WRAPPER + rb")?[\[{]")


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
    for left in range(_budget.brackets, 0, -1):
        match = flat(data, position)
        position = match.end() if match else size
        if position >= size or data[position] == QUOTE:
            raise _BrokenError
        depth += 1 if data[position] in OPENING else -1
        position += 1
        if not depth:
            _budget.brackets = left
            return position
        if depth > DEPTH_WALKED:
            break
    _budget.brackets = 0
    raise _BrokenError


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
        _budget.brackets = BRACKETS_WALKED
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
            position = past(_SPACE, self.data, position)
            if self.data[position : position + 1] == b"}":
                return position + 1
            key, position = self._key(position)
            position = member(key, position)

    def _key(self, position: int) -> tuple[str, int]:
        match = _STRING.match(self.data, position) or _KEY.match(self.data, position)
        colon = match and _COLON.match(self.data, match.end())
        if not match or not colon:
            raise _BrokenError
        raw = match[0] if match.end() - position < CHUNK else b""
        key = lenient_loads(raw) if raw[:1] == b'"' else raw.decode("ascii", "replace")
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
            position = past(_SPACE, self.data, position)
            if self.data[position : position + 1] == b"]":
                return position + 1
            if len(spans) >= ENTRY_LIMIT:
                self.more = True
                raise _BrokenError
            self.inside = position < len(self.data)
            end = _skip(self.data, position)
            spans.append((position, end))
            position = end


def past(pattern: re.Pattern[bytes], data: Data, position: int) -> int:
    """The position behind the pattern, or the position itself where it does not match."""
    match = pattern.match(data, position)
    return match.end() if match else position


def tolerantly(data: Data, start: int) -> Read:
    """Reading by brackets; every entry that is whole is kept."""
    walk = _Walk(data, start)
    if walk.entries is None:
        raise CaptureError(_why_no_entries(walk))
    if walk.broken and not walk.entries:
        raise CaptureError(CaptureProblem.CUT_IN_FIRST_ENTRY())
    view = memoryview(data)
    creator, browser, stated = (
        loads(view[slice(*walk.values.get(key, (0, 0)))]) for key in ("creator", "browser", REDACTION_FIELD)
    )
    found = ((index, *_opened(view[a:b])) for index, (a, b) in enumerate(walk.entries))
    return Read(found, creator, browser, stated, _walk_notes(walk))


_FOREIGN_KEYS = {
    "UserSummaryList": CaptureProblem.USER_LIST,
    "constants": CaptureProblem.NETLOG,
    "nbformat": CaptureProblem.NOTEBOOK,
    "Records": CaptureProblem.CLOUDTRAIL,
    "item": CaptureProblem.POSTMAN,
}


def _why_no_entries(walk: _Walk) -> str:
    if walk.broken and "log" in walk.keys:
        return CaptureProblem.CUT_BEFORE_ENTRIES()
    foreign = (problem for key, problem in _FOREIGN_KEYS.items() if key in walk.keys)
    return next(foreign, CaptureProblem.OTHER_JSON)()


def _walk_notes(walk: _Walk) -> list[str]:
    count = len(walk.entries or ())
    if walk.more:
        return [CaptureNote.TOO_MANY_ENTRIES(most=ENTRY_LIMIT)]
    if walk.broken:
        how = "cut off or damaged" if bytes(walk.data[-64:]).rstrip(PADDING).endswith(b"}") else "cut off"
        where = f"inside entry {count}" if walk.inside else f"after entry {count - 1}"
        whole = "the one whole entry before that was" if count == 1 else f"the {count} whole entries before that were"
        return [CaptureNote.CUT_OFF(how=how, where=where, whole=whole)]
    rest = bytes(walk.data[walk.end : walk.end + 4096]).strip(PADDING + b");,")
    return [CaptureNote.TEXT_AFTER()] if rest else []


def _opened(slice_: memoryview) -> tuple[Json, memoryview | None]:
    """An entry's fields, and the slice to read them from again where strict reading refuses it."""
    if msgspec:
        _budget.entries = 1
        with suppress(*REFUSALS):
            return msgspec.json.decode(slice_, type=_ENTRY), None
    node = None if too_large(slice_) else lenient_loads(bytes(slice_))
    return (node, slice_) if isinstance(node, dict) else (None, None)
