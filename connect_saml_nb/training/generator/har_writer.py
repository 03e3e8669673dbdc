"""Writes requests down one after the other; the exporters make a HAR of them.

An entry's `_kind` says what it is (`document`, `iframe`, `xhr`, `script`, `image`) and `_marks` what the answer to the
case points at; neither gets into the file.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from connect_saml_nb.training.html import render

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

Json = Any
_FORM = "application/x-www-form-urlencoded"


def page(text: str, title: str, details: str = "") -> str:
    """A page that shows a text. The layout is assumed: AWS does not document its pages'."""
    return render("page.html", text=text, title=title, details=details)


def form_page(action: str, fields: Iterable[tuple[str, str]]) -> str:
    """A page whose form posts itself."""
    return render("form.html", action=action, fields=list(fields))


class HarRecorder:
    """A recording in the making. All servers' clocks are `ahead` of the computer's by so many seconds."""

    def __init__(self, start: datetime, random: Random, ahead: float = 0) -> None:
        self.now = start
        self.ahead = ahead
        self.random = random
        self.entries: list[Json] = []
        self.cookie = f"made-up-{random.getrandbits(64):016x}"

    def wait(self, seconds: float) -> None:
        """Let time go by."""
        self.now += timedelta(seconds=seconds)

    def get(self, url: str, status: int = 200, body: str = "", **more: Json) -> Json:
        """Write down a GET."""
        return self._write("GET", url, status, body, **more)

    def post(
        self, url: str, fields: Iterable[tuple[str, str]] = (), status: int = 200, body: str = "", **more: Json
    ) -> Json:
        """Write down a POST of a form."""
        entry = self._write("POST", url, status, body, **more)
        pairs = list(fields)
        text = urlencode(pairs, quote_via=quote, safe="")
        entry["request"]["postData"] = {
            "mimeType": _FORM,
            "params": [{"name": n, "value": v} for n, v in pairs],
            "text": text,
        }
        entry["request"]["headers"] += _headers((("Content-Type", _FORM), ("Content-Length", str(len(text)))))
        entry["request"]["bodySize"] = len(text)
        return entry

    def _write(  # noqa: PLR0913 -- what an entry can have, by name
        self,
        method: str,
        url: str,
        status: int,
        body: str,
        *,
        location: str = "",
        mime: str = "text/html; charset=utf-8",
        kind: str = "document",
        error: str = "",
        marks: Iterable[str] = (),
        headers: Iterable[tuple[str, str]] = (),
    ) -> Json:
        self.now += timedelta(milliseconds=self.random.randrange(60, 600))
        took = self.random.randrange(15, 180) if status else 0
        sent = [("Host", urlsplit(url).netloc), ("Accept", "*/*"), ("Cookie", f"session={self.cookie}")]
        sent += [("Sec-Fetch-Dest", {"xhr": "empty"}.get(kind, kind)), *headers]
        entry: Json = {
            "startedDateTime": self.now.isoformat(timespec="milliseconds"),
            "time": took,
            "request": {
                "method": method,
                "url": url,
                "httpVersion": "HTTP/2" if status else "",
                "cookies": [{"name": "session", "value": self.cookie}],
                "headers": _headers(sent),
                "queryString": [{"name": n, "value": v} for n, v in parse_qsl(urlsplit(url).query)],
                "headersSize": 400,
                "bodySize": 0,
            },
            "response": {
                "status": status,
                "statusText": "",
                "httpVersion": "HTTP/2" if status else "",
                "cookies": [],
                "headers": self._answer_headers(method, status, body, location, mime),
                "content": {"mimeType": mime if status else "x-unknown", "size": len(body.encode()), "text": body},
                "redirectURL": location,
                "headersSize": 180 if status else -1,
                "bodySize": len(body.encode()) if status else -1,
            },
            "cache": {},
            "timings": {"blocked": 0, "dns": 0, "connect": 0, "ssl": 0, "send": 0, "wait": took, "receive": 0},
            "pageref": "page_1",
            "_kind": kind,
            "_marks": [*marks],
            "_error": error,
        }
        self.entries.append(entry)
        return entry

    def _answer_headers(self, method: str, status: int, body: str, location: str, mime: str) -> Json:
        if not status:
            return []
        date = (self.now + timedelta(seconds=self.ahead)).astimezone(UTC).replace(microsecond=0)
        headers = [("content-type", mime), ("content-length", str(len(body.encode())))]
        headers += [("date", format_datetime(date, usegmt=True))]
        headers += [("location", location)] if location else []
        headers += [("set-cookie", f"session={self.cookie}; Secure; HttpOnly")] if method == "POST" else []
        return _headers(headers)


def _headers(pairs: Iterable[tuple[str, str]]) -> list[Json]:
    return [{"name": n, "value": v} for n, v in pairs]
