"""How each browser writes a recording as a HAR.

Chromium: DevTools `HAR Log.ts`/`Writer.ts` (sanitized by default: no cookies, no Authorization; form parameters still
percent-encoded). Firefox ESR 153: netmonitor `har-builder.js`. Safari: WebKit `HARBuilder.js` (a redirect chain is one
entry; the page reference is always `page_0`). See docs/architecture.md, decision 8.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import msgspec

from connect_saml_nb.training.generator.tables import convert_table, read_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

Json = Any
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SECRET = frozenset({"cookie", "set-cookie", "authorization"})


class BrowserNames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the browsers call themselves (`agents`), and errors by name, each by browser: exporters.toml."""

    agents: dict[str, str]
    errors: dict[str, dict[str, str]]


@cache
def browser_names() -> BrowserNames:
    """The table of exporters.toml."""
    return convert_table(read_table("exporters.toml"), BrowserNames, "exporters.toml")


def write(exporter: str, entries: list[Json], title: str) -> tuple[bytes, dict[str, int], tuple[str, ...]]:
    """The file; for each mark the position of its entry in it (the last one's); and each entry's address."""
    log = _EXPORTERS[exporter](entries, title)
    marks = {mark: n for n, entry in enumerate(log["entries"]) for mark in entry["_marks"]}
    for entry in log["entries"]:
        for name in ("_kind", "_marks"):
            entry.pop(name, None)
    addresses = tuple(entry["request"]["url"].partition("?")[0] for entry in log["entries"])
    return (json.dumps({"log": log}, indent=2, ensure_ascii=False) + "\n").encode(), marks, addresses


def error_name(exporter: str, name: str) -> str:
    """What the browser calls an error."""
    return browser_names().errors[name][exporter.partition("-")[0]]


def choose(random: Random, level: int) -> str:
    """An exporter; the easiest level leaves out Safari's, in which a redirect chain is one entry."""
    easy = ("firefox", "chromium", "chromium-sensitive")
    return random.choice(easy if level == 1 else (*easy, "safari"))


def _named(entry: Json, browser: str) -> None:
    entry["request"]["headers"].append({"name": "User-Agent", "value": browser_names().agents[browser]})


def _zulu(entry: Json) -> str:
    return datetime.fromisoformat(entry["startedDateTime"]).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _redirects(entry: Json) -> bool:
    return entry["response"]["status"] in _REDIRECTS


def _log(entries: list[Json], creator: str, version: str, page: str, title: str) -> Json:
    started = entries[0]["startedDateTime"] if entries else "2026-11-24T03:00:00.000Z"
    timings = {"onContentLoad": 120, "onLoad": 240}
    return {
        "version": "1.2",
        "creator": {"name": creator, "version": version},
        "pages": [{"startedDateTime": started, "id": page, "title": title, "pageTimings": timings}],
        "entries": entries,
    }


# --- Firefox -----------------------------------------------------------------------------------------------


def _firefox(entries: list[Json], title: str) -> Json:
    for entry in entries:
        _named(entry, "firefox")
        if not entry["response"]["status"]:
            entry["response"]["content"] |= {"mimeType": ""}
        error = entry.pop("_error")
        if error:
            entry["response"]["_error"] = error
        if _redirects(entry):
            entry["response"]["content"] |= {"text": "", "comment": "Response bodies are not included."}
    log = _log(entries, "Firefox", "153.7.0", "page_1", title)
    return {**log, "browser": {"name": "Firefox", "version": "153.7.0"}}


# --- Chromium ----------------------------------------------------------------------------------------------

_TYPES = {"xhr": "fetch", "image": "other", "iframe": "document"}


def _chromium(entries: list[Json], title: str, *, cookies: bool) -> Json:
    for entry in entries:
        _named(entry, "chromium")
        entry["startedDateTime"] = _zulu(entry)
        entry["_resourceType"] = _TYPES.get(entry["_kind"], entry["_kind"])
        entry["_initiator"] = {"type": "other"}
        entry["response"]["_error"] = entry.pop("_error") or None
        _lower(entry)
        _chromium_body(entry)
        for param in entry["request"].get("postData", {}).get("params", ()):
            param["value"] = _raw(entry["request"]["postData"]["text"], param["name"])
        if not cookies:
            _sanitize(entry)
    return _log(entries, "WebInspector", "537.36", "page_1", title)


def _lower(entry: Json) -> None:
    for side in ("request", "response"):
        entry[side]["httpVersion"] = entry[side]["httpVersion"].replace("HTTP/2", "http/2.0")
        for header in entry[side]["headers"]:
            header["name"] = header["name"].lower()


def _raw(text: str, name: str) -> str:
    """A form's parameter as it stands in the text, percent-encoded (DevTools `parseParameters`)."""
    return next((v for n, _, v in (p.partition("=") for p in text.split("&")) if n == name), "")


def _chromium_body(entry: Json) -> None:
    content = entry["response"]["content"]
    if _redirects(entry) or not entry["response"]["status"]:
        entry["response"]["content"] = {"size": 0, "mimeType": "x-unknown"}
        return
    content["mimeType"] = content["mimeType"].partition(";")[0]
    if "lost" in entry["_marks"]:  # Chromium keeps no body of a page that was left
        del content["text"]


def _sanitize(entry: Json) -> None:
    for side in ("request", "response"):
        entry[side]["cookies"] = []
        entry[side]["headers"] = [h for h in entry[side]["headers"] if h["name"].lower() not in _SECRET]


# --- Safari ------------------------------------------------------------------------------------------------


def _safari(entries: list[Json], title: str) -> Json:
    folded = _fold(entries)
    for entry in folded:
        _named(entry, "safari")
        entry["startedDateTime"] = _zulu(entry)
        entry["pageref"] = "page_0"
        entry["response"]["redirectURL"] = ""
        content = entry["response"]["content"]
        content["mimeType"] = content["mimeType"].partition(";")[0]
        if "lost" in entry["_marks"]:
            content["text"] = ""
        entry["_fetchType"] = "Network Load"
        error = entry.pop("_error")
        if error:
            entry["response"]["_error"] = error
    return _log(folded, "WebKit Web Inspector", "1.0", "page_0", title)


def _fold(entries: list[Json]) -> list[Json]:
    """A redirect chain of pages as one entry: the last one's, with the first one's time and posted data."""
    folded: list[Json] = []
    chain: list[Json] = []
    for entry in entries:
        if entry["_kind"] not in {"document", "iframe"}:
            folded.append(entry)
            continue
        if chain and not _leads_to(chain[-1], entry):
            folded.append(_joined(chain))
            chain = []
        chain.append(entry)
        if not _redirects(entry):
            folded.append(_joined(chain))
            chain = []
    return folded + ([_joined(chain)] if chain else [])


def _leads_to(first: Json, second: Json) -> bool:
    target = urljoin(first["request"]["url"], first["response"]["redirectURL"])
    return bool(target == second["request"]["url"])


def _joined(chain: list[Json]) -> Json:
    first, last = chain[0], chain[-1]
    if first is not last:
        last["startedDateTime"] = first["startedDateTime"]
        last["_marks"] = [mark for entry in chain for mark in entry["_marks"]]
        if "postData" in first["request"]:
            text = first["request"]["postData"]["text"]
            last["request"]["postData"] = {"mimeType": "", "text": text, "params": []}
    return last


_EXPORTERS: dict[str, Callable[[list[Json], str], Json]] = {
    "firefox": _firefox,
    "chromium": lambda entries, title: _chromium(entries, title, cookies=False),
    "chromium-sensitive": lambda entries, title: _chromium(entries, title, cookies=True),
    "safari": _safari,
}
