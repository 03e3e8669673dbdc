"""What reading found becomes a Capture of Entries, in the order of time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connect_saml_nb.har.lazy import CaptureFile, Parts
from connect_saml_nb.har.problems import CaptureNote
from connect_saml_nb.har.raw_json import (
    LONG,
    SHORT,
    Json,
    header_value,
    headers_of,
    member,
    number_of,
    one_line,
    text_of,
)
from connect_saml_nb.har.redaction_note import stated_of
from connect_saml_nb.model.capture import Capture, Entry

if TYPE_CHECKING:
    from connect_saml_nb.har.bodies import Files
    from connect_saml_nb.har.reading import Read
    from connect_saml_nb.io.source import Source

#: Longer data: URLs are clipped: they hold an image, not an address.
DATA_URL_LENGTH = 200
_MILLISECONDS_FROM = 1e11  # seconds would be the year 5138


def built(read: Read, opened: Source, files: Files) -> Capture:
    """Build the capture from what was read."""
    home = CaptureFile(opened, files)
    entries: list[Entry] = []
    lost: list[int] = []
    for index, node, slice_ in read.entries:
        if node is None:
            lost.append(index)
        else:
            entries.append(_entry(index, node, Parts(home, None if slice_ is not None else node, slice_)))
    if lost:
        read.notes.append(_left_out(lost, len(lost) + len(entries)))
    elif not entries:
        read.notes.append(CaptureNote.NO_ENTRIES())
    return Capture(
        opened.name,
        _product(read.creator),
        _product(read.browser),
        _ordered(entries),
        " ".join(read.notes) or None,
        stated_of(read.stated),
    )


def _left_out(lost: list[int], total: int) -> str:
    if len(lost) == 1:
        return CaptureNote.ENTRY_LEFT_OUT(total=total, first=lost[0])
    return CaptureNote.ENTRIES_LEFT_OUT(count=len(lost), total=total, first=lost[0])


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
    words = [value] if isinstance(value, str) else [member(value, "name"), member(value, "version")]
    return one_line(" ".join(text_of(w) for w in words), SHORT)


def _entry(index: int, node: Json, parts: Parts) -> Entry:
    request, response = member(node, "request"), member(node, "response")
    status = _status(member(response, "status"))
    return Entry(
        index=index,
        started=_time(member(node, "startedDateTime")),
        method=one_line(text_of(member(request, "method")), SHORT).upper(),
        url=_url(text_of(member(request, "url"))),
        status=status,
        mime_type=_mime_type(response),
        location=_location(response, status),
        time_ms=_duration(member(node, "time")),
        error=_error(node, response),
        resource_type=one_line(text_of(member(node, "_resourceType")), SHORT).lower(),
        parts=parts,
    )


def _status(value: Json) -> int:
    """An HTTP status, or 0: Playwright writes -1, BrowserMob -999 where there was no answer."""
    number = value if type(value) is int else number_of(value)
    return int(number) if number is not None and 0 <= number <= 999 else 0  # noqa: PLR2004 - three digits, RFC 9110 15


def _duration(value: Json) -> float | None:
    number = number_of(value)
    return number if number is not None and number >= 0 else None


def _time(value: Json) -> datetime | None:
    """A date in ISO 8601 (2 to 9 fractional digits, any offset, none is UTC) or as epoch (milli)seconds, in UTC."""
    try:
        if isinstance(value, str) and not value.strip().isdigit():
            parsed = datetime.fromisoformat(value.strip())
            return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
        number = number_of(value)
        if number is None or number <= 0:
            return None
        return datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS_FROM else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _url(text: str) -> str:
    clipped = text[:5].lower() == "data:" and len(text) > DATA_URL_LENGTH
    return text[:DATA_URL_LENGTH] + "…" if clipped else text


def _mime_type(response: Json) -> str:
    """The body's type as recorded, otherwise the Content-Type header (Firefox writes null for failed requests)."""
    recorded = text_of(member(member(response, "content"), "mimeType"))
    return one_line(recorded or header_value(headers_of(member(response, "headers")), "content-type"), LONG)


def _location(response: Json, status: int) -> str:
    """Where the answer redirects to. IE 11 also writes `redirectionURL`; HTTP Toolkit leaves redirectURL empty."""
    recorded = member(response, "redirectURL") or member(response, "redirectionURL")
    if recorded or not (status == 201 or 300 <= status < 400) or status == 304:  # noqa: PLR2004 - RFC 9110 10.2.2
        return text_of(recorded)
    return header_value(headers_of(member(response, "headers")), "location")


def _error(node: Json, response: Json) -> str:
    """The network error: Chromium, WebKit and mitmproxy `_error`, Playwright `_failureText`."""
    for found in (member(response, "_error"), member(response, "_failureText"), member(node, "_error")):
        if isinstance(found, str) and found.strip():
            return one_line(found, LONG)
    return ""
