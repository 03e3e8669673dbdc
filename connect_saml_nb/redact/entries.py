"""A capture as a new HAR, entry by entry: only what is written here is in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from connect_saml_nb.redact.bodies import body_text, mime_type, post_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from connect_saml_nb.model.capture import Capture, Entry, Header
    from connect_saml_nb.redact.values import Values

Json = Any
TIMINGS = {"send": -1, "wait": -1, "receive": -1}


def har_text(capture: Capture, values: Values, note: Json) -> str:
    """The redacted capture as the text of a HAR; entries keep their places."""
    log = {
        "version": "1.2",
        "creator": {"name": values.text(capture.creator) or "unknown", "version": ""},
        "browser": {"name": values.text(capture.browser) or "unknown", "version": ""},
        "comment": note["comment"],
        "_connect_saml_nb": note,
    }
    head = json.dumps(log, indent=1)[:-2]
    entries = ",\n".join(json.dumps(each) for each in _entries(capture, values))
    return f'{{"log": {head},\n "entries": [\n{entries}\n]}}}}\n'


def _entries(capture: Capture, values: Values) -> Iterator[Json]:
    """The entries in the file's order. `null` stands for each that could not be read: readers tell of it again."""
    at = 0
    for entry in sorted(capture.entries, key=lambda e: e.index):
        yield from [None] * (entry.index - at)
        at = entry.index + 1
        yield _entry(entry, values)
    if capture.problem and capture.entries and at == len(capture.entries):
        yield None


def _entry(entry: Entry, values: Values) -> Json:
    made = {
        "startedDateTime": entry.started.isoformat() if entry.started else "",
        "time": entry.time_ms if entry.time_ms is not None else -1,
        "request": _request(entry, values),
        "response": _response(entry, values),
        "cache": {},
        "timings": TIMINGS,
    }
    if entry.resource_type:
        made["_resourceType"] = values.text(entry.resource_type)
    return made


def _request(entry: Entry, values: Values) -> Json:
    made = {
        "method": values.text(entry.method),
        "url": values.url(entry.url),
        "httpVersion": "",
        "headers": _headers(entry.request_headers, values),
        "cookies": [],
        "queryString": [],
        "headersSize": -1,
        "bodySize": -1,
    }
    post = entry.post_data
    if post is None:
        return made
    if post.lost:
        return {**made, "bodySize": post.lost_bytes or 1}
    return {**made, "postData": post_data(post, values)}


def _response(entry: Entry, values: Values) -> Json:
    made = {
        "status": entry.status,
        "statusText": "",
        "httpVersion": "",
        "headers": _headers(entry.response_headers, values),
        "cookies": [],
        "content": _content(entry, values),
        "redirectURL": _location(entry, values),
        "headersSize": -1,
        "bodySize": -1,
    }
    return {**made, "_error": values.text(entry.error)} if entry.error else made


def _location(entry: Entry, values: Values) -> str:
    return values.url(entry.location) if entry.location else ""


def _content(entry: Entry, values: Values) -> Json:
    text = body_text(entry, values)
    made: Json = {"mimeType": mime_type(entry.mime_type), "size": len(text or "")}
    if text is not None:
        made["text"] = text
    elif entry.body_may_hold(""):
        made["size"] = 1
    return made


def _headers(headers: Iterable[Header], values: Values) -> list[Json]:
    """The headers that stay, and how many were removed, so that a reader does not take them for absent."""
    pairs = [(header.name, values.header(header.name, header.value)) for header in headers]
    made = [{"name": name, "value": value} for name, value in pairs if value is not None]
    removed = len(pairs) - len(made)
    return [*made, {"name": "x-removed-headers", "value": str(removed)}] if removed else made
