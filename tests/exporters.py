"""Writes a complete capture as every other exporter does, each in its own dialect of HAR.

What each does was recorded or read from the exporters' own source (DevTools `HAR Writer`, Playwright `harTracer`,
WebKit `HARBuilder`, mitmproxy `savehar`, chrome-har, chrome-har-capturer, puppeteer-har) or seen in real files of
others. What a dialect loses is named in the words that the expectations use.
"""

from __future__ import annotations

import base64
import copy
import gzip
import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Any
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PLACEHOLDER = "AUTH_ed8a3aab"


# --- looking at entries ------------------------------------------------------------------------------------


def header(headers: list[Json], name: str) -> str:
    """A header's value, or ""."""
    return next((h["value"] for h in headers if h["name"].lower() == name), "")


def kind_of(entry: Json) -> str:
    """What the entry is: document, iframe, xhr, script, image, other."""
    if "_kind" in entry:
        return str(entry["_kind"])
    if "_resourceType" in entry:
        return str(entry["_resourceType"])
    dest = header(entry["request"]["headers"], "sec-fetch-dest")
    if not dest:
        path = urlsplit(entry["request"]["url"]).path
        dest = "image" if path.endswith(".ico") else "script" if path.endswith(".js") else "document"
    return {"empty": "xhr"}.get(dest, dest)


def is_document(entry: Json) -> bool:
    """Whether the entry is a page."""
    return kind_of(entry) in {"document", "iframe"}


def redirects(entry: Json) -> bool:
    """Whether the answer sends the browser elsewhere."""
    return entry["response"]["status"] in REDIRECTS


def is_aws(entry: Json) -> bool:
    """Whether the request goes to AWS or Connect."""
    host = urlsplit(entry["request"]["url"]).hostname or ""
    return host.endswith((".aws.amazon.com", ".connect.aws", ".awsapps.com", ".amazonaws-us-gov.com")) or host in {
        "signin.aws.amazon.com",
        "console.aws.amazon.com",
    }


def posts_saml(entry: Json) -> bool:
    """Whether the request posts a response to AWS."""
    return (
        entry["request"]["method"] == "POST"
        and is_aws(entry)
        and "SAMLResponse" in json.dumps(entry["request"].get("postData", {}))
    )


def _complete(har: Json) -> Json:
    """A copy to change, each entry with its kind; a status of 0 with a body is Firefox's own quirk and is undone."""
    har = copy.deepcopy(har)
    for entry in har["log"]["entries"]:
        entry["_kind"] = kind_of(entry)
        response = entry["response"]
        if response["status"] == 0 and response["content"].get("text"):
            response["status"] = 200
            response["content"]["mimeType"] = header(response["headers"], "content-type")
    return har


def _entries(har: Json) -> list[Json]:
    return list(har["log"]["entries"])


def _creator(har: Json, name: str, version: str, browser: tuple[str, str] | None = None) -> None:
    har["log"]["creator"] = {"name": name, "version": version}
    har["log"].pop("browser", None)
    if browser:
        har["log"]["browser"] = {"name": browser[0], "version": browser[1]}


def _strip_kind(har: Json) -> None:
    for entry in har["log"]["entries"]:
        entry.pop("_kind", None)
        entry.pop("_resourceType", None)


def _named_kind(entry: Json, **names: str) -> None:
    kind = entry.pop("_kind")
    entry["_resourceType"] = names.get(kind, kind)


def _no_cookies(entry: Json) -> None:
    for side in ("request", "response"):
        entry[side]["cookies"] = []
        entry[side]["headers"] = [
            h for h in entry[side]["headers"] if h["name"].lower() not in {"cookie", "set-cookie", "authorization"}
        ]


def _no_body(entry: Json) -> None:
    entry["response"]["content"].pop("text", None)


def _redirect_mime(entry: Json) -> None:
    if redirects(entry):
        entry["response"]["content"] = {"size": 0, "mimeType": "x-unknown"}


def _pretty(har: Json) -> bytes:
    return _utf8(har, indent=2)


def _one_line(har: Json) -> bytes:
    return _utf8(har, separators=(",", ":"))


def _utf8(har: Json, **style: Json) -> bytes:
    """Letters as they are; half a character can only be written escaped."""
    try:
        return json.dumps(har, ensure_ascii=False, **style).encode()
    except UnicodeEncodeError:
        return json.dumps(har, **style).encode()


def _zulu(entry: Json) -> None:
    entry["startedDateTime"] = _time(entry).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _time(entry: Json) -> datetime:
    return datetime.fromisoformat(entry["startedDateTime"]).astimezone(UTC)


# --- browsers ----------------------------------------------------------------------------------------------


def _last_bodies_only(entries: list[Json]) -> None:
    """Chromium and WebKit keep the bodies of the last document and its parts."""
    pages = [
        i for i, e in enumerate(entries) if e["_kind"] == "document" and not redirects(e) and e["response"]["status"]
    ]
    last = pages[-1] if pages else 0
    for entry in entries[:last]:
        _no_body(entry)


def _devtools(har: Json, *, cookies: bool) -> Json:
    har = _complete(har)
    _creator(har, "WebInspector", "537.36")
    entries = _entries(har)
    _last_bodies_only(entries)
    for entry in entries:
        _zulu(entry)
        _redirect_mime(entry)
        entry["response"].setdefault("_error", None)
        entry["response"]["content"]["mimeType"] = (
            entry["response"]["content"].get("mimeType") or "x-unknown"
        ).partition(";")[0]
        post = entry["request"].get("postData")
        if post:
            post["params"] = [
                dict(zip(("name", "value"), p.partition("=")[::2], strict=True)) for p in post["text"].split("&")
            ]
        if not cookies:
            _no_cookies(entry)
        _named_kind(entry, xhr="fetch", image="other", iframe="document")
    return har


def devtools_sanitized(har: Json) -> bytes:
    """Chromium's default export."""
    return _pretty(_devtools(har, cookies=False))


def devtools_sensitive(har: Json) -> bytes:
    """Chromium's export with cookies."""
    return _pretty(_devtools(har, cookies=True))


def devtools_cached(har: Json) -> bytes:
    """Chromium where even the last document's body was evicted."""
    made = _devtools(har, cookies=False)
    for entry in _entries(made):
        _no_body(entry)
    return _pretty(made)


def firefox(har: Json) -> bytes:
    """Firefox as it is."""
    har = copy.deepcopy(har)
    _strip_kind(har)
    return _pretty(har)


def firefox_unanswered(har: Json) -> bytes:
    """Firefox ESR 153 gives pages that the browser left a status of 0, with their bodies and headers."""
    har = copy.deepcopy(har)
    for entry in _entries(har):
        if is_document(entry) and not is_aws(entry):
            entry["response"]["status"] = 0
            entry["response"]["content"].pop("mimeType", None)
    _strip_kind(har)
    return _pretty(har)


def firefox_unstatused(har: Json) -> bytes:
    """Firefox where the status of every answered page is missing: headers and bodies are there."""
    har = copy.deepcopy(har)
    for entry in _entries(har):
        if is_document(entry):
            entry["response"]["status"] = 0
    _strip_kind(har)
    return _pretty(har)


def firefox_old(har: Json) -> bytes:
    """Firefox up to 56: postData on every GET, forms with text and no params, local times, `time` null."""
    har = _complete(har)
    _creator(har, "Firefox", "56.0.2", ("Firefox", "56.0.2"))
    har["log"]["version"] = "1.1"
    for entry in _entries(har):
        post = entry["request"].setdefault("postData", {"mimeType": "", "params": [], "text": ""})
        post["params"] = []
        entry["time"] = None
        entry["startedDateTime"] = (
            _time(entry).astimezone(timezone(timedelta(hours=2))).isoformat(timespec="milliseconds")
        )
    _strip_kind(har)
    return _pretty(har)


def firefox_no_bodies(har: Json) -> bytes:
    """Firefox with `includeResponseBodies` off; the comment is in the browser's language."""
    har = _complete(har)
    for entry in _entries(har):
        _no_body(entry)
        entry["response"]["content"]["comment"] = "Les corps des réponses ne sont pas inclus."
    _strip_kind(har)
    return _pretty(har)


def _fold(entries: list[Json]) -> list[Json]:
    """WebKit: a redirect chain is one entry, the last one's, with the first one's posted data, method GET."""
    folded: list[Json] = []
    chain: Json | None = None
    for entry in entries:
        if not is_document(entry):
            folded.append(entry)
            continue
        first = chain or entry
        if redirects(entry):
            chain = first
            continue
        if first is not entry:
            entry["_last_time"] = entry["startedDateTime"]
            entry["startedDateTime"] = first["startedDateTime"]
            post = first["request"].get("postData")
            if post:
                entry["request"]["postData"] = {"mimeType": "", "text": post["text"], "params": []}
        folded.append(entry)
        chain = None
    if chain is not None:  # the target never came: the entry still has its first request
        folded.append(chain)
    return folded


def _shuffled(entries: list[Json]) -> list[Json]:
    """Another order than that of time, always the same."""
    return [*entries[1::2], *entries[::2]]


def _webkit(har: Json, *, chain_times: bool = False) -> Json:
    har = _complete(har)
    _creator(har, "WebKit Web Inspector", "1.0")
    har["log"]["pages"] = [
        {"startedDateTime": "2026-11-24T03:00:00.000Z", "id": "page_0", "title": "x", "pageTimings": {}}
    ]
    entries = _entries(har)
    _last_bodies_only(entries)
    entries = _fold(entries)
    for entry in entries:
        _zulu(entry)
        if not chain_times:
            entry.pop("_last_time", None)
        entry["startedDateTime"] = entry.pop("_last_time", entry["startedDateTime"])
        entry["pageref"] = "page_0"
        entry["response"]["redirectURL"] = ""
        content = entry["response"]["content"]
        content["mimeType"] = (content.get("mimeType") or "").partition(";")[0]
        if "text" not in content:
            content["text"] = ""
        entry["_fetchType"] = "Network Load"
        entry["_priority"] = "high"
    har["log"]["entries"] = entries
    _strip_kind(har)
    return har


def webkit(har: Json) -> bytes:
    """Safari and other WebKit."""
    return _pretty(_webkit(har))


def webkit_shuffled(har: Json) -> bytes:
    """WebKit lists entries in its table's order."""
    made = _webkit(har)
    made["log"]["entries"] = _shuffled(_entries(made))
    return _pretty(made)


def webkit_chain_times(har: Json) -> bytes:
    """WebKit where the folded entry has the time of its last request."""
    return _pretty(_webkit(har, chain_times=True))


# --- tools -------------------------------------------------------------------------------------------------


def _playwright(har: Json) -> Json:
    har = _complete(har)
    _creator(har, "Playwright", "1.65.2", ("chromium", "156.0.8078.79"))
    for entry in _entries(har):
        _zulu(entry)
        _redirect_mime(entry)
        entry["_frameref"] = "frame@1"
        entry["_monotonicTime"] = 1.5
        if entry["response"]["redirectURL"]:
            entry["response"]["redirectURL"] = urljoin(entry["request"]["url"], entry["response"]["redirectURL"])
        if not entry["response"]["status"]:
            entry["response"]["status"], entry["time"] = -1, -1
            error = entry["response"].pop("_error", None)
            if error:
                entry["response"]["_failureText"] = error
        _named_kind(entry, xhr="fetch")
    return har


def playwright_embed(har: Json) -> bytes:
    """Playwright `record_har`, content embed."""
    return _one_line(_playwright(har))


def playwright_http1(har: Json) -> bytes:
    """Playwright over HTTP/1.1."""
    made = _playwright(har)
    for entry in _entries(made):
        entry["request"]["httpVersion"] = entry["response"]["httpVersion"] = "HTTP/1.1"
    return _one_line(made)


def playwright_omit(har: Json) -> bytes:
    """Playwright, content omit: no bodies, posted text empty."""
    made = _playwright(har)
    for entry in _entries(made):
        _no_body(entry)
        if "postData" in entry["request"]:
            entry["request"]["postData"]["text"] = ""
    return _one_line(made)


def playwright_minimal(har: Json) -> bytes:
    """Playwright, mode minimal: also without sizes, cookies, timings, pages, and text at all."""
    made = json.loads(playwright_omit(har))
    made["log"].pop("pages", None)
    for entry in _entries(made):
        for key in ("timings", "cache", "pageref", "_frameref", "_monotonicTime"):
            entry.pop(key, None)
        entry["time"] = -1
        entry["request"].get("postData", {}).pop("text", None)
        entry["response"]["content"] = {
            "size": -1,
            "mimeType": entry["response"]["content"].get("mimeType") or "x-unknown",
        }
        for side in ("request", "response"):
            entry[side]["cookies"], entry[side]["headersSize"], entry[side]["bodySize"] = [], -1, -1
    return _one_line(made)


def playwright_attach(har: Json) -> bytes:
    """Playwright, content attach: a zip in which each body, posted or answered, is a file."""
    made = _playwright(har)
    files: dict[str, bytes] = {}
    for number, entry in enumerate(_entries(made)):
        content = entry["response"]["content"]
        if content.get("text"):
            content["_file"] = f"{number:040x}.html"
            files[content["_file"]] = content.pop("text").encode()
        post = entry["request"].get("postData")
        if post:
            post["_file"] = f"{number + 1000:040x}.dat"
            files[post["_file"]] = post["text"].encode()
            post["text"] = ""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("har.har", _one_line(made))
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def _own_request(entry: Json, url: str) -> Json:
    own = copy.deepcopy(entry)
    own["request"] |= {"url": url, "method": "GET", "headers": [], "cookies": []}
    own["request"].pop("postData", None)
    own["response"] = {
        "status": 0,
        "statusText": "",
        "httpVersion": "",
        "headers": [],
        "cookies": [],
        "content": {},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
        "_transferSize": 0,
        "_error": "[Errno -2] Name or service not known",
    }
    return own


def mitmproxy(har: Json) -> bytes:
    """mitmproxy: no pages, microseconds, out of order, the browser's own requests among the others."""
    har = _complete(har)
    _creator(har, "mitmproxy", "11.0.2")
    har["log"]["pages"] = []
    entries = _entries(har)
    for number, entry in enumerate(entries):
        entry["startedDateTime"] = (_time(entry) + timedelta(microseconds=number)).isoformat(timespec="microseconds")
        entry.pop("pageref", None)
        if not entry["response"]["status"]:
            entry["response"]["content"] = {}
    if entries:
        entries.insert(1, _own_request(entries[0], "https://update.googleapis.com/service/update2/json"))
        entries.append(_own_request(entries[0], "http://clients2.google.com/time/1/current?cup2key=9"))
        if len(entries) > 5:
            entries[2], entries[3] = entries[3], entries[2]
    har["log"]["entries"] = entries
    _strip_kind(har)
    return _pretty(har)


def chromehar(har: Json) -> bytes:
    """chrome-har 1.3.1 (browsertime, sitespeed.io): posted data in params only, decoded; size twice the real one."""
    har = _complete(har)
    _creator(har, "chrome-har", "1.3.1")
    for entry in _entries(har):
        _zulu(entry)
        entry["_initiator_type"] = "other"
        post = entry["request"].get("postData")
        if post:
            post.pop("text", None)
        content = entry["response"]["content"]
        content["size"] = 2 * len(content.get("text") or "")
        _redirect_mime(entry)
        _named_kind(entry, xhr="fetch", image="other")
    return _pretty(har)


def chromehar_old(har: Json) -> bytes:
    """puppeteer-har 1.1.2 with chrome-har 0.11.12: text without params, no bodies, no cookies, one line."""
    har = _complete(har)
    _creator(har, "chrome-har", "0.11.12")
    for entry in _entries(har):
        _zulu(entry)
        _no_body(entry)
        _no_cookies(entry)
        _redirect_mime(entry)
        entry["request"].get("postData", {}).pop("params", None)
    _strip_kind(har)
    return _one_line(har)


def chrome_har_capturer(har: Json) -> bytes:
    """chrome-har-capturer 0.14.4: no Cookie or Set-Cookie at all; the page's title is its address."""
    har = _complete(har)
    _creator(har, "Chrome HAR Capturer", "0.14.4")
    for entry in _entries(har):
        _zulu(entry)
        _no_cookies(entry)
        _redirect_mime(entry)
    _strip_kind(har)
    har["log"]["pages"] = [
        {"id": "page_1", "title": "https://idp.example/", "startedDateTime": "2026-11-24T03:00:00.000Z"}
    ]
    return _pretty(har)


def charles(har: Json) -> bytes:
    """Charles 4: forms in params only, no pages, null for absent."""
    har = _complete(har)
    _creator(har, "Charles Proxy", "4.2.6")
    har["log"].pop("pages", None)
    for entry in _entries(har):
        entry.pop("pageref", None)
        entry["startedDateTime"] = (
            _time(entry).astimezone(timezone(timedelta(hours=1))).isoformat(timespec="milliseconds")
        )
        entry["request"].get("postData", {}).pop("text", None)
        response = entry["response"]
        response["redirectURL"] = response["redirectURL"] or None
        response["statusText"] = None
        if response["content"].get("text"):
            response["content"]["text"] = base64.b64encode(
                response["content"]["text"].encode(errors="replace")
            ).decode()
            response["content"]["encoding"] = "base64"
        response["_charlesStatus"] = "COMPLETE"
    _strip_kind(har)
    return _pretty(har)


def fiddler(har: Json) -> bytes:
    """Fiddler 5: BOM, dates of seven digits with an offset, posted data as text on every request, no pages."""
    har = _complete(har)
    _creator(har, "Fiddler", "5.0.20173.50948")
    har["log"]["pages"] = []
    for entry in _entries(har):
        local = _time(entry).astimezone(timezone(timedelta(hours=-4)))
        entry["startedDateTime"] = local.strftime("%Y-%m-%dT%H:%M:%S.%f") + "7-04:00"
        post = entry["request"].setdefault("postData", {"mimeType": "", "text": ""})
        post.pop("params", None)
        if redirects(entry):
            entry["response"]["content"] = {"size": 0, "mimeType": "", "comment": "Body length was 0"}
    _strip_kind(har)
    return b"\xef\xbb\xbf" + _pretty(har)


def fiddler_old(har: Json) -> bytes:
    """Fiddler 2: params only."""
    made = json.loads(fiddler(har).removeprefix(b"\xef\xbb\xbf"))
    for entry in _entries(made):
        post = entry["request"].pop("postData")
        if post["text"]:
            params = [{"name": n, "value": v} for n, v in parse_qsl(post["text"], keep_blank_values=True)]
            entry["request"]["postData"] = {"mimeType": "application/x-www-form-urlencoded", "params": params}
    return b"\xef\xbb\xbf" + _pretty(made)


def insomnia(har: Json) -> bytes:
    """Insomnia: postData empty on GET, only few headers."""
    har = _complete(har)
    _creator(har, "Insomnia REST Client", "insomnia.desktop.app:v7.0")
    for entry in _entries(har):
        entry["request"].setdefault("postData", {"mimeType": "", "text": ""}).pop("params", None)
        entry["request"]["headers"] = []
        entry["request"]["settingEncodeUrl"] = True
    _strip_kind(har)
    return _pretty(har)


def browsermob(har: Json) -> bytes:
    """BrowserMob: `comment` everywhere, params only, -999 for no answer, null as the word."""
    har = _complete(har)
    _creator(har, "BrowserMob Proxy", "2.1.5")
    for entry in _entries(har):
        entry["comment"] = ""
        entry["request"].get("postData", {}).pop("text", None)
        response = entry["response"]
        for part in (*entry["request"]["headers"], *response["headers"], response["content"], entry["timings"]):
            part["comment"] = ""
        if not response["status"]:
            response |= {"status": -999, "statusText": "NO RESPONSE"}
            entry.pop("timings")
    _strip_kind(har)
    return _pretty(har)


# --- sanitised, incomplete, damaged ------------------------------------------------------------------------


def _replaced(har: Json, by: Callable[[str], str]) -> Json:
    """The messages replaced wherever they stand, as har-capture 0.15.1 does: text, params and pages."""
    har = _complete(har)
    values = {
        p["value"]
        for e in _entries(har)
        for p in e["request"].get("postData", {}).get("params", [])
        if p["name"] in {"SAMLResponse", "wresult"} and p["value"]
    }
    text = json.dumps(har)
    for value in values:
        for written in {value, quote(value, safe=""), quote(value)}:
            text = text.replace(json.dumps(written)[1:-1], by(value))
    made = json.loads(text)
    _strip_kind(made)
    return made


def har_capture(har: Json) -> bytes:
    """har-capture 0.15.1: AUTH_ and eight letters in place of the message."""
    return _pretty(_replaced(har, lambda _: PLACEHOLDER))


def har_sanitizer(har: Json) -> bytes:
    """Cloudflare's har-sanitizer."""
    return _pretty(_replaced(har, lambda _: "[SAMLResponse redacted]"))


def starred(har: Json) -> bytes:
    """A message of which a tool left the first letters."""
    return _pretty(_replaced(har, lambda v: v[:24] + "*****"))


def no_post_data(har: Json) -> bytes:
    """An exporter that loses what is posted, and pages' bodies with it (Chromium 61 for posts answered by a redirect)."""
    made = _devtools(har, cookies=False)
    for entry in _entries(made):
        if posts_saml(entry) or "SAMLResponse" in json.dumps(entry["request"].get("postData", {})):
            entry["request"].pop("postData", None)
            entry["request"]["bodySize"] = 0
        if "SAMLResponse" in (entry["response"]["content"].get("text") or ""):
            _no_body(entry)
    return _pretty(made)


def no_preserve_log(har: Json) -> bytes:
    """DevTools without Preserve log: what came before the last page reached by redirects is gone."""
    made = _devtools(har, cookies=False)
    entries = _entries(made)
    first = next((i for i, e in enumerate(entries) if posts_saml(e)), 0)
    made["log"]["entries"] = entries[first:]
    return _pretty(made)


def _until_answer(har: Json) -> tuple[Json, int | None]:
    har = _complete(har)
    return har, next((i for i, e in enumerate(_entries(har)) if posts_saml(e)), None)


def midway_firefox(har: Json) -> bytes:
    """Saved while AWS had not answered: Firefox has the post with status 0."""
    made, at = _until_answer(har)
    if at is not None:
        entries = _entries(made)[: at + 1]
        entries[-1]["response"] |= {
            "status": 0,
            "headers": [],
            "content": {"mimeType": None, "size": 0, "text": ""},
            "redirectURL": "",
        }
        made["log"]["entries"] = entries
    _strip_kind(made)
    return _pretty(made)


def midway_playwright(har: Json) -> bytes:
    """The same of Playwright: -1."""
    return playwright_embed(json.loads(midway_firefox(har)))


def midway_mitmproxy(har: Json) -> bytes:
    """The same of mitmproxy: no post, the response only in the identity provider's page."""
    made, at = _until_answer(har)
    if at is not None:
        made["log"]["entries"] = _entries(made)[:at]
    return mitmproxy(made)


def midway_devtools(har: Json) -> bytes:
    """The same of Chromium: no post, and no body of the identity provider's page."""
    made, at = _until_answer(har)
    if at is not None:
        made["log"]["entries"] = _entries(made)[:at]
        for entry in made["log"]["entries"]:
            if "SAMLResponse" in (entry["response"]["content"].get("text") or ""):
                _no_body(entry)
    return devtools_sanitized(made)


def cut_off(har: Json) -> bytes:
    """A file cut off in an entry that comes after everything that matters."""
    made = copy.deepcopy(har)
    _strip_kind(made)
    extra = copy.deepcopy(_entries(made)[0]) if _entries(made) else {}
    extra["request"] = {"method": "GET", "url": "https://stats.example/", "headers": []}
    extra["response"] = {"status": 200, "headers": [], "content": {"text": "x" * 4000}}
    made["log"]["entries"].append(extra)
    made["log"] = {k: made["log"][k] for k in ("version", "creator", "entries")}
    return _pretty(made)[:-2500]


def utf16(har: Json) -> bytes:
    """A file that an editor saved as UTF-16."""
    return firefox(har).decode().encode("utf-16")


def gzipped(har: Json) -> bytes:
    """A `.har.gz`."""
    return gzip.compress(firefox(har))


def zipped(har: Json) -> bytes:
    """A zip with one HAR in a folder."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("captures/saml.har", firefox(har))
    return packed.getvalue()


def base64_posts(har: Json) -> bytes:
    """`postData.encoding` base64 (Reqable, martian) and base64 bodies, some packed with gzip as sent."""
    made = _complete(har)
    for number, entry in enumerate(_entries(made)):
        post = entry["request"].get("postData")
        if post:
            post |= {"text": base64.b64encode(post["text"].encode()).decode(), "encoding": "base64", "params": []}
        content = entry["response"]["content"]
        if content.get("text"):
            raw = content["text"].encode()
            raw = gzip.compress(raw) if number % 2 else raw
            content |= {"text": base64.b64encode(raw).decode(), "encoding": "base64"}
    _strip_kind(made)
    return _pretty(made)


def _messages(har: Json, change: Callable[[str], str], *, text: Callable[[str], str] | None = None) -> Json:
    made = _complete(har)
    for entry in _entries(made):
        post = entry["request"].get("postData")
        for param in post["params"] if post else ():
            if param["name"] == "SAMLResponse":
                param["value"] = change(param["value"])
        if post and "SAMLResponse=" in post["text"]:
            pairs = [p.partition("=")[::2] for p in post["text"].split("&")]
            as_text = text or (lambda v: quote(change(v), safe=""))
            decoded = [
                (n, as_text(dict(parse_qsl(f"x={v}", keep_blank_values=True))["x"]) if n == "SAMLResponse" else v)
                for n, v in pairs
            ]
            post["text"] = "&".join(f"{n}={v}" for n, v in decoded)
    _strip_kind(made)
    return made


def wrapped_base64(har: Json) -> bytes:
    """Base64 in lines of 76 letters."""
    return _pretty(_messages(har, lambda v: "\r\n".join(re.findall(".{1,76}", v))))


def unknown_types(har: Json) -> bytes:
    """A tool with names of its own for what kind of request an entry is."""
    made = _devtools(har, cookies=False)
    for entry in _entries(made):
        entry["_resourceType"] = "other" if entry["startedDateTime"].endswith(("1Z", "4Z", "7Z")) else "navigation"
    return _pretty(made)


def plus_as_space(har: Json) -> bytes:
    """A tool that decoded the text as a form once too often: `+` became a space, nothing is encoded."""
    made = _messages(har, lambda v: v.replace("+", " "), text=lambda v: v.replace("+", " "))
    return _pretty(made)


def bare_text(har: Json) -> bytes:
    """Posted text that is not percent-encoded at all, without params."""
    made = _messages(har, str, text=str)
    for entry in _entries(made):
        entry["request"].get("postData", {}).pop("params", None)
    return _pretty(made)


def lower_case_escapes(har: Json) -> bytes:
    """Percent-encoding in small letters, as some proxies and .NET write it."""
    made = _messages(
        har, str, text=lambda v: quote(v, safe="").replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d")
    )
    return _pretty(made)


def without_padding(har: Json) -> bytes:
    """Base64 that lost its padding."""
    return _pretty(_messages(har, lambda v: v.rstrip("=")))


def lone_surrogate(har: Json) -> bytes:
    """One entry with half a character and a number beyond bounds: strict reading refuses the file."""
    made = copy.deepcopy(har)
    _strip_kind(made)
    for entry in _entries(made)[:1]:
        entry["comment"] = "\ud800"
        entry["response"]["bodySize"] = float("nan")
    return json.dumps(made).encode()


def escaped(har: Json) -> bytes:
    """JSON that escapes `&`, `=`, `/` and `<`."""
    text = firefox(har).decode()
    return re.sub(r"[&=<>+]|(?<=[a-z])/", lambda m: f"\\u{ord(m[0]):04x}" if m[0] != "/" else "\\/", text).encode()


def equal_times(har: Json) -> bytes:
    """Times of whole seconds: many entries are of the same time, the file's order counts."""
    made = copy.deepcopy(har)
    _strip_kind(made)
    for entry in _entries(made):
        entry["startedDateTime"] = _time(entry).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _pretty(made)


def no_times(har: Json) -> bytes:
    """No times at all."""
    made = copy.deepcopy(har)
    _strip_kind(made)
    for entry in _entries(made):
        entry["startedDateTime"] = ""
    return _pretty(made)


def no_headers(har: Json) -> bytes:
    """No headers at all (har-sanitizers, Insomnia): AWS's Date is gone."""
    made = copy.deepcopy(har)
    _strip_kind(made)
    for entry in _entries(made):
        entry["request"]["headers"] = entry["response"]["headers"] = []
    return _pretty(made)


class Dialect(NamedTuple):
    """How an exporter writes a capture, and what it loses.

    `text` is AWS's page, `saml` the response, `answer` AWS's answer to the post, `folded` redirects, `earlier` the
    bodies of earlier pages.
    """

    write: Callable[[Json], bytes]
    loses: frozenset[str]


DIALECTS: dict[str, Dialect] = {
    write.__name__: Dialect(write, frozenset(loses.split()))
    for write, loses in (
        (firefox, ""),
        (firefox_unanswered, ""),
        (firefox_unstatused, "status"),
        (firefox_old, ""),
        (firefox_no_bodies, "text"),
        (devtools_sanitized, "earlier"),
        (devtools_sensitive, "earlier"),
        (devtools_cached, "text"),
        (webkit, "earlier folded"),
        (webkit_shuffled, "earlier folded"),
        (webkit_chain_times, "earlier folded"),
        (playwright_embed, ""),
        (playwright_http1, ""),
        (playwright_omit, "text"),
        (playwright_minimal, "text"),
        (playwright_attach, ""),
        (mitmproxy, ""),
        (chromehar, ""),
        (chromehar_old, "text"),
        (chrome_har_capturer, ""),
        (charles, ""),
        (fiddler, ""),
        (fiddler_old, ""),
        (insomnia, "headers"),
        (browsermob, ""),
        (har_capture, "saml"),
        (har_sanitizer, "saml"),
        (starred, "saml"),
        (no_post_data, "saml earlier"),
        (no_preserve_log, "earlier idp"),
        (midway_firefox, "answer"),
        (midway_playwright, "answer"),
        (midway_mitmproxy, "answer"),
        (midway_devtools, "answer saml"),
        (cut_off, ""),
        (utf16, ""),
        (gzipped, ""),
        (zipped, ""),
        (base64_posts, ""),
        (wrapped_base64, ""),
        (plus_as_space, ""),
        (unknown_types, "earlier"),
        (bare_text, ""),
        (lower_case_escapes, ""),
        (without_padding, ""),
        (lone_surrogate, ""),
        (escaped, ""),
        (equal_times, ""),
        (no_times, ""),
        (no_headers, "headers"),
    )
}
