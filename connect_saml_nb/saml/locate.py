"""The places of an entry where a SAML message can stand (exporters differ: see `har`), and what stands there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus, urljoin

from connect_saml_nb import urls
from connect_saml_nb.model.saml import Binding
from connect_saml_nb.model.sentence import Sentence
from connect_saml_nb.saml.encoding import is_xml_text, without_escapes
from connect_saml_nb.saml.html_forms import Form, Page, read_page
from connect_saml_nb.saml.sentences import MAX_FIELDS, Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from connect_saml_nb.model.capture import Entry, Param, PostData

#: The fields that carry messages: SAML bindings 3.4.3 and 3.5.3, WS-Federation 13.2.
NAMES = {"samlresponse": "SAMLResponse", "samlrequest": "SAMLRequest", "wresult": "wresult"}
WORDS = ("SAMLRe", "samlRe", "wresult")  # what every spelling of the names has; searched for in every page
MAX_FIELD = 8192  # characters of one of the other fields
_REDIRECTION = 3  # the hundreds of a status
_MAX_PAIRS = 1000
_MAX_JSON = 16_000_000
_MAX_JSON_VALUES = 100_000
_MAX_SCRIPTS = 100
_SCRIPT_BEFORE, _SCRIPT_AFTER = 100_000, 1_000_000  # characters around the first mention of a field
_MAX_WORDS = 200  # mentions looked at in one script

_WORD = re.compile(r"samlresponse|samlrequest|wresult", re.IGNORECASE | re.ASCII)
_SEPARATOR = re.compile(r"&(?!#)")  # an HTML escape that was left in (`&#x2b;`) is part of a value
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_PART_NAME = re.compile(r"[;\s]name=(?:\"([^\"\r\n]{0,200})\"|([^\s;]{1,200}))", re.IGNORECASE)
_IN_SCRIPT = re.compile(r"[^<>]{0,80}?[\"'`]([A-Za-z0-9+/=_%&;#\s-]{100,}+)")
_ACTION = re.compile(r"action[\"']?\s{0,8}[:=,]\s{0,8}[\"']([^\"'\s<>]{1,2000}+)[\"']", re.IGNORECASE)
_NO_BODY = re.compile(
    r"^(?:image|font|audio|video|model)/|javascript|ecmascript|css|wasm|zip|pdf|protobuf|font|event-stream",
    re.IGNORECASE,
)
_DATA = re.compile(r"json|\bxml\b(?<!xhtml\+xml)", re.IGNORECASE)
_TARGET_KEYS = frozenset(
    {"action", "acsurl", "acs_url", "assertionconsumerserviceurl", "posturl", "destination", "url"}
)
_NEVER_POSTS = frozenset({"GET", "HEAD", "OPTIONS", "CONNECT", "TRACE"})


@dataclass(frozen=True, slots=True)
class Found:
    """A field that may carry a message.

    `name` is the field's right name, `sure` is False where only a value that decodes makes it a message (scripts and
    answers in JSON mention the names too), `other` the same field in the exporter's second writing of it.
    """

    name: str
    value: str = field(repr=False)
    where: str
    binding: Binding
    target: str = field(repr=False, default="")
    fields: dict[str, str] = field(repr=False, default_factory=dict)
    sure: bool = True
    notes: tuple[Sentence, ...] = ()
    other: Found | None = field(repr=False, default=None)


def find(entry: Entry) -> Iterator[Found]:
    """Everything in the entry that may be a SAML message: posted, in the URL, in the page, in the redirect."""
    yield from _in_post(entry)
    yield from _in_url(entry.url, entry.url, "request.url")
    if not _DATA.search(entry.mime_type):
        yield from _in_body(entry)
    yield from _in_redirect(entry)


def find_in_data(entry: Entry) -> Iterator[Found]:
    """Everything in an answer in JSON or XML that may be a SAML message: forms that a page's script will post."""
    if _DATA.search(entry.mime_type):
        yield from _in_body(entry)


def _right_name(name: str) -> str | None:
    return NAMES.get(name.strip().casefold())


def _name_notes(written: str, right: str) -> tuple[Sentence, ...]:
    bare = written.strip()
    return () if bare == right else (Sentence(Note.WRONG_NAME, (bare, right)),)


def _others(pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, str], tuple[Sentence, ...]]:
    """The other fields, clipped, and the notes about that; the first of two equal names counts."""
    fields: dict[str, str] = {}
    notes = []
    for name, value in pairs:
        if _right_name(name) or not name or name in fields:
            continue
        if len(fields) >= MAX_FIELDS:
            notes.append(Sentence(Note.TOO_MANY_FIELDS))
            break
        if len(value) > MAX_FIELD:
            notes.append(Sentence(Note.CLIPPED, (name[:60], MAX_FIELD)))
        fields[name[:200]] = value[:MAX_FIELD]
    return fields, tuple(notes)


def _resolved(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:  # for example a bad IPv6 host
        return address


# --- posts -------------------------------------------------------------------------------------------------


def _in_post(entry: Entry) -> list[Found]:
    post = entry.post_data if _may_post(entry) else None
    if post is None:
        return []
    first = _in_post_text(entry, post)
    second = _in_params(post.params)
    folded = bool(entry.url) and entry.method.upper() in _NEVER_POSTS
    target = "" if folded or not entry.url else entry.url
    return [_placed(found, entry, target, folded=folded) for found in _merged(first, second)]


def _may_post(entry: Entry) -> bool:
    """Any method but GET and its kin; of those only documents, on which WebKit hangs a redirected POST's data."""
    if entry.method.upper() not in _NEVER_POSTS or not entry.url:
        return True
    if entry.resource_type:
        return entry.resource_type in {"document", "iframe", "subdocument", "other"}
    return not _NO_BODY.search(entry.mime_type)


def _placed(found: Found, entry: Entry, target: str, *, folded: bool) -> Found:
    other = None if found.other is None else _placed(found.other, entry, target, folded=folded)
    binding = Binding.POST if entry.url else Binding.PASTED
    notes = (*found.notes, Sentence(Note.FOLDED)) if folded else found.notes
    return Found(found.name, found.value, found.where, binding, target, found.fields, notes=notes, other=other)


def _merged(first: list[Found], second: list[Found]) -> list[Found]:
    """Text and params are two writings of one post: the nth field of a name in one is the nth in the other."""
    spare: dict[str, list[Found]] = {}
    for found in second:
        spare.setdefault(found.name, []).append(found)
    merged = [_with_other(found, spare.get(found.name, [])) for found in first]
    return merged + [found for rest in spare.values() for found in rest]


def _with_other(found: Found, spare: list[Found]) -> Found:
    if not spare:
        return found
    other = spare.pop(0)
    fields = found.fields or other.fields
    return Found(found.name, found.value, found.where, found.binding, "", fields, notes=found.notes, other=other)


def _in_post_text(entry: Entry, post: PostData) -> list[Found]:
    text = post.text or ""
    if not _WORD.search(text):
        return []
    if not entry.url:
        return _pasted(text)
    start = text[:200].lstrip()
    if post.mime_type.lower().startswith("multipart/") or start.startswith("--"):
        return _found_in(_multipart_pairs(text), "request.postData.text")
    if start.startswith(("{", "[")):
        return list(_in_json(text, "request.postData.text", Binding.POST, sure=True))
    return _in_form_text(text, "request.postData.text")


def _pasted(text: str) -> list[Found]:
    """A message without a capture: XML, which may hold `&` and `=`, base64 with its own `+`, or a form's text."""
    where = "request.postData.text"
    name, _, value = text.partition("=")
    right = _right_name(name)
    if right and is_xml_text(value):
        return [Found(right, value, where, Binding.PASTED)]
    return _in_form_text(text if _PERCENT.search(text) else text.replace("+", "%2B"), where)


def _in_form_text(text: str, where: str) -> list[Found]:
    raw = [part.partition("=")[::2] for part in _SEPARATOR.split(text, maxsplit=_MAX_PAIRS)]
    pairs = [(unquote_plus(name).strip(), value) for name, value in raw]
    return _found_in([(n, saml_value(v) if _right_name(n) else plain_value(v)) for n, v in pairs], where)


def saml_value(raw: str) -> str:
    """A form's value that is base64 or XML, decoded once. A bare `+` becomes a space here, as for any receiver."""
    return raw if is_xml_text(raw) else unquote_plus(raw, errors="replace")


def plain_value(raw: str) -> str:
    """A form's other value, decoded; some exporters write the text decoded already, which an address shows."""
    decoded_already = "://" in raw and ("?" in raw or "%" not in raw)
    return raw if decoded_already else unquote_plus(raw, errors="replace")


def _found_in(pairs: list[tuple[str, str]], where: str) -> list[Found]:
    fields, notes = _others(pairs)
    return [
        Found(right, value, where, Binding.POST, "", fields, notes=(*_name_notes(name, right), *notes))
        for name, value in pairs
        if (right := _right_name(name))
    ]


def _multipart_pairs(text: str) -> list[tuple[str, str]]:
    text = text.replace("\r\n", "\n").lstrip()
    boundary = text.partition("\n")[0].rstrip()
    if not boundary.startswith("--"):
        return []
    parts = text.split(boundary, maxsplit=_MAX_PAIRS)
    return [pair for part in parts if (pair := _part_pair(part))]


def _part_pair(part: str) -> tuple[str, str] | None:
    head, blank, value = part.partition("\n\n")
    name = _PART_NAME.search(head[:2000])
    return (name[1] or name[2] or "", value.removesuffix("\n")) if blank and name else None


def _in_params(params: tuple[Param, ...]) -> list[Found]:
    if not any(_right_name(p.name) for p in params):
        return []
    encoded = _are_encoded(params)
    pairs = [(p.name, _param_value(p, encoded=encoded)) for p in params]
    fields, notes = _others(pairs)
    return [
        Found(right, value, f"request.postData.params[{i}].value", Binding.POST, "", fields, notes=notes)
        for i, (name, value) in enumerate(pairs)
        if (right := _right_name(name))
    ]


def _are_encoded(params: tuple[Param, ...]) -> bool:
    """Chromium writes params percent-encoded, all others decoded (har-to-curl issue 7). Base64 has no `%`."""
    messages = [p.value for p in params if _right_name(p.name)]
    if any(_PERCENT.search(v) and not is_xml_text(v) for v in messages):
        return True
    if any(c in v for v in messages for c in "+/=< "):
        return False
    return not any("://" in p.value for p in params) and any(_PERCENT.search(p.value) for p in params)


def _param_value(param: Param, *, encoded: bool) -> str:
    if _right_name(param.name):
        return saml_value(param.value) if _PERCENT.search(param.value) else param.value
    return plain_value(param.value) if encoded else param.value


# --- URLs --------------------------------------------------------------------------------------------------


def _in_url(url: str, target: str, where: str) -> Iterator[Found]:
    """The redirect binding (SAML bindings 3.4). The URL is enough: `queryString` repeats it."""
    if url.startswith(("data:", "blob:")) or not _WORD.search(url):
        return
    raw = [part.partition("=")[::2] for part in _SEPARATOR.split(urls.split(url).query, maxsplit=_MAX_PAIRS)]
    pairs = [(n, unquote_plus(v, errors="replace")) for n, v in raw]
    fields, notes = _others(pairs)
    for name, value in pairs:
        if right := _right_name(name):
            yield Found(
                right, value, where, Binding.REDIRECT, target, fields, notes=(*_name_notes(name, right), *notes)
            )


def _in_redirect(entry: Entry) -> Iterator[Found]:
    location = entry.location
    if not location and entry.status // 100 == _REDIRECTION:
        location = entry.response_header("Location") or ""
    return _in_url(location, _resolved(entry.url, location), "response.redirectURL")


# --- pages -------------------------------------------------------------------------------------------------


def _in_body(entry: Entry) -> Iterator[Found]:
    if _NO_BODY.search(entry.mime_type) or not entry.body_may_hold(*WORDS):
        return
    text = entry.body.text or ""
    if not _WORD.search(text):
        return
    where = "response.content.text"
    start = text[:200].lstrip("\ufeff \t\r\n")
    if start.startswith(("{", "[")):
        yield from _in_json(text, where, Binding.FORM, sure=False, base=entry.url)
        return
    yield from _in_html(text, entry.url, where, sure=True)
    if not start.startswith("<"):  # a script that calls itself text, such as JSONP
        yield from _in_script(text, entry.url, where)


def _in_html(text: str, base: str, where: str, *, sure: bool) -> Iterator[Found]:
    page = read_page(text)
    for form in page.forms:
        yield from _in_form(form, _target(form, page, base), where, sure=sure)
    for script in islice(filter(_WORD.search, page.scripts), _MAX_SCRIPTS):
        yield from _in_script(script, base, where)


def _target(form: Form, page: Page, base: str) -> str:
    """Where the form goes: without an action to the page itself; a field outside any form goes nowhere."""
    if form is page.forms[0]:
        return ""
    base = _resolved(base, page.base) if page.base else base
    return _resolved(base, (form.action or "").strip()) or base


def _in_form(form: Form, target: str, where: str, *, sure: bool) -> Iterator[Found]:
    fields, notes = _others(form.fields)
    for name, value in form.fields:
        if right := _right_name(name):
            told = (*_name_notes(name, right), *notes)
            yield Found(right, value, where, Binding.FORM, target, fields, sure, told)


def _in_script(script: str, base: str, where: str) -> Iterator[Found]:
    """A form that a script builds: as HTML in its strings, or as a value that follows the field's name."""
    first = _WORD.search(script)
    if not first:
        return
    text = without_escapes(script[max(0, first.start() - _SCRIPT_BEFORE) : first.start() + _SCRIPT_AFTER])
    page = read_page(text)
    action = _ACTION.search(text)
    target = _resolved(base, action[1]) if action else ""
    for form in page.forms:
        yield from _in_form(form, _target(form, page, base) or target, where, sure=False)
    for mention in islice(_WORD.finditer(text), _MAX_WORDS):
        if value := _IN_SCRIPT.match(text, mention.end()):
            yield Found(NAMES[mention[0].lower()], value[1], where, Binding.FORM, target, {}, sure=False)


# --- JSON --------------------------------------------------------------------------------------------------


def _in_json(text: str, where: str, binding: Binding, *, sure: bool, base: str = "") -> Iterator[Found]:
    try:
        document = json.loads(text.lstrip("\ufeff")) if len(text) <= _MAX_JSON else None
    except (ValueError, RecursionError, MemoryError):
        document = None
    if document is None:
        yield from _in_script(text, base, where)
        return
    for item in islice(_walk(document), _MAX_JSON_VALUES):
        if isinstance(item, dict):
            yield from _in_object(item, where, binding, sure=sure, base=base)
        elif isinstance(item, str) and "<" in item and _WORD.search(item):
            yield from _in_html(item, base, where, sure=False)


def _walk(document: object) -> Iterator[object]:
    """Every value in the document, without recursion, in the document's order."""
    waiting = [document]
    while waiting:
        item = waiting.pop()
        yield item
        if isinstance(item, dict):
            waiting.extend(reversed(item.values()))
        elif isinstance(item, list):
            waiting.extend(reversed(item))


def _in_object(item: dict[str, object], where: str, binding: Binding, *, sure: bool, base: str) -> Iterator[Found]:
    pairs = [(name, value) for name, value in item.items() if isinstance(value, str)]
    if isinstance(item.get("name"), str) and isinstance(item.get("value"), str):  # a field described as an object
        pairs.append((str(item["name"]), str(item["value"])))
    if not any(_right_name(name) for name, _ in pairs):
        return
    fields, notes = _others(pairs)
    target = next((v for n, v in pairs if n.casefold() in _TARGET_KEYS and v.strip()), "")
    for name, value in pairs:
        if right := _right_name(name):
            yield Found(right, value, where, binding, target and _resolved(base, target), fields, sure, notes)
