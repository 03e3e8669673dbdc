"""Posted data and pages, made anew from what is known to be needed; nothing of the old text is copied otherwise."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus

from connect_saml_nb import saml
from connect_saml_nb.aws import messages
from connect_saml_nb.aws.urls import UrlKind
from connect_saml_nb.redact.values import MOST_PAIRS
from connect_saml_nb.saml.rewrite import body_fields
from connect_saml_nb.signin import ClassifiedEntry, classify_entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from connect_saml_nb.model.capture import Entry, Param, PostData
    from connect_saml_nb.redact.values import Values

Json = Any
REMOVED = "removed"
_LONGEST_PAGE = 100_000
_DEEP = 50
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_TARGETS = frozenset({"action", "acsurl", "acs_url", "assertionconsumerserviceurl", "posturl", "destination", "url"})


# --- what was posted ---------------------------------------------------------------------------------------


def post_data(post: PostData, values: Values) -> Json:
    """The posted data in the form in which it stood: text, params, or both."""
    made: Json = {"mimeType": mime_type(post.mime_type)}
    if post.params:
        made["params"] = [_param(p, values) for p in post.params]
    if post.text is not None:
        made["text"] = _posted_text(post, post.text, values)
    return made


def mime_type(text: str) -> str:
    """A media type and its charset, without other parameters."""
    kind = re.match(r"\s*([\w.+*-]+/[\w.+*-]+|x-unknown)", text[:200])
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", text[:500], re.IGNORECASE)
    return (kind[1] if kind else "") + (f"; charset={charset[1]}" if kind and charset else "")


def _param(param: Param, values: Values) -> Json:
    name = values.name(param.name, param.value)
    if _PERCENT.search(param.value) and not param.value.lstrip().startswith("<"):
        decoded = saml.plain_value(param.value)
        new = values.field(param.name, decoded)
        return {"name": name, "value": _as_before(param.value, decoded, new, saml.plain_value)}
    return {"name": name, "value": values.field(param.name, param.value)}


def _as_before(raw: str, decoded: str, new: str, decode: Callable[[str], str]) -> str:
    """A decoded value in the writing of the raw one: percent-encoded, or as it is where it is read as such."""
    if new == decoded or (raw == decoded and decode(new) == new):
        return raw if new == decoded else new
    written = quote(new, safe="/:" if "://" in raw and raw != decoded else "")
    return written.replace("%20", "+") if "+" in raw else written


def _posted_text(post: PostData, text: str, values: Values) -> str:
    start = text[:200].lstrip()
    if post.mime_type.lower().startswith("multipart/") or start.startswith("--"):
        return _multipart(text, values)
    if start.startswith(("{", "[")):
        return _json_text(text, values)
    if start.startswith("<") or ("=" not in text):
        return values.hide(text[:4096], "a posted text")
    pieces = saml.form_pieces(text, MOST_PAIRS)
    rest = [values.hide("=".join(pieces.pop()), "the rest of a long form")] if len(pieces) > MOST_PAIRS else []
    return "&".join([*(_form_piece(name, value, values) for name, value in pieces), *rest])


def _form_piece(name: str, value: str, values: Values) -> str:
    plain = unquote_plus(name).strip()
    kept = name if values.name(plain, value) == plain else values.hide(name, "a field's name")
    decode = saml.saml_value if saml.right_name(plain) else saml.plain_value
    decoded = decode(value)
    return f"{kept}={_as_before(value, decoded, values.field(plain, decoded), decode)}"


def _multipart(text: str, values: Values) -> str:
    pairs = saml.multipart_pairs(text)
    parts = [
        f'--{REMOVED}\r\nContent-Disposition: form-data; name="{values.name(n, v)}"\r\n\r\n{values.field(n, v)}\r\n'
        for n, v in pairs
    ]
    return "".join(parts) + f"--{REMOVED}--\r\n" if parts else values.hide(text[:4096], "a posted text")


def _json_text(text: str, values: Values) -> str:
    try:
        document = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError, MemoryError):
        return REMOVED
    return json.dumps(_json(document, values, 0))


def _json(node: Json, values: Values, depth: int) -> Json:
    """JSON with its keys and shape; strings as a form's fields are, numbers gone."""
    if depth > _DEEP:
        return None
    if isinstance(node, dict):
        return _object(node, values, depth)
    if isinstance(node, list):
        return [_json(item, values, depth + 1) for item in node[:1000]]
    if isinstance(node, str):
        return values.hide(node, "a JSON value")
    return node if isinstance(node, bool) or node is None else 0


def _object(node: dict[str, Json], values: Values, depth: int) -> Json:
    described = node.get("name") if isinstance(node.get("value"), str) else None
    if isinstance(described, str):
        return {"name": values.name(described), "value": values.field(described, node["value"])}
    return {values.name(k): _member(k, v, values, depth) for k, v in node.items()}


def _member(key: str, value: Json, values: Values, depth: int) -> Json:
    if not isinstance(value, str):
        return _json(value, values, depth + 1)
    if key.casefold() in _TARGETS:
        return values.address(value, 0, "an address")
    return values.field(key, value)


# --- pages -------------------------------------------------------------------------------------------------

#: Pages whose whole text stays: the sign-in's own, where a text that nobody knows yet may say why.
_READ_WHOLE = frozenset({UrlKind.SIGN_IN, UrlKind.GLOBAL_SIGN_IN, UrlKind.FEDERATE, UrlKind.CONSOLE_LOGIN})
_ERROR = 400


def body_text(entry: Entry, values: Values) -> str | None:
    """The new text of a response's body; None where there was none."""
    may_hold_message = entry.body_may_hold("SAMLRe", "samlRe", "wresult")
    classified = classify_entry(entry)
    if not (may_hold_message or classified.is_page or (classified.is_aws and classified.is_request)):
        return None
    text = entry.body.text
    if not text:
        return text
    fields = body_fields(entry) if may_hold_message else []
    if text[:200].lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return _data(classified, text, fields, values)
    return _page(classified, text, fields, values)


def _data(entry: ClassifiedEntry, text: str, fields: list[saml.SamlField], values: Values) -> str:
    made: list[Json] = [_described(found, values) for found in fields]
    answer = messages.find_answer(text, global_endpoint=entry.kind is UrlKind.GLOBAL_SIGN_IN)
    if answer:
        made.append({"message": _answer_text(answer.text, values)})
    made += [{"error_codes": codes} for codes in _codes(text)]
    _remember_json(text, values)
    return json.dumps(made if len(made) != 1 else made[0]) if made else REMOVED


def _described(field: saml.SamlField, values: Values) -> Json:
    fields = {values.name(n): values.field(n, v) for n, v in field.fields.items()}
    return {"action": values.url(field.target), field.name: values.field(field.name, field.value), **fields}


def _remember_json(text: str, values: Values) -> None:
    try:
        document = json.loads(text[:1_000_000])
    except (ValueError, RecursionError):
        return
    _json(document, values, 0)


def _answer_text(text: str, values: Values) -> str:
    """A known text. It stays as it is, whatever else in the capture says the same words."""
    masked = values.text(text)
    values.secrets.keep(masked)
    return masked


def _codes(text: str) -> list[list[int]]:
    """Entra's `error_codes` in a page or answer."""
    found = re.findall(r"\"error_codes\"\s{0,9}:\s{0,9}\[([\d,\s]{4,200})\]", text[:1_000_000])
    return [[int(c) for c in re.findall(r"\d{4,8}", codes)] for codes in found[:10]]


def _page(entry: ClassifiedEntry, text: str, fields: list[saml.SamlField], values: Values) -> str:
    shown = _lines(entry, text, values)
    parts = [f"<p>{html.escape(line)}</p>" for line in shown]
    parts += [_form(found, values) for found in fields]
    parts += [f'<input type="radio" name="roleIndex" value="{html.escape(arn)}">' for arn in _roles(text, values)]
    parts += [f"<script>{json.dumps({'error_codes': codes})}</script>" for codes in _codes(text)]
    made = f"<html><body>{''.join(parts) or REMOVED}</body></html>"
    return made + _script_answer(entry, text, made, values)


def _lines(entry: ClassifiedEntry, text: str, values: Values) -> list[str]:
    refusals = [html.unescape(m[0]) for m in re.finditer(r"\bAADSTS\d{4,8}\b[:.]?[^\"<\\\n]{0,300}", text[:1_000_000])]
    if not _is_shown(entry, text):
        answer = messages.find_answer(text, global_endpoint=entry.kind is UrlKind.GLOBAL_SIGN_IN)
        return [_answer_text(answer.text, values)] if answer else [values.text(r) for r in dict.fromkeys(refusals)]
    lines = messages.visible_text(text)[:_LONGEST_PAGE].split("\n")
    seen = "\n".join(lines)
    return [values.text(line) for line in (*lines, *(r for r in dict.fromkeys(refusals) if r not in seen))]


def _is_shown(entry: ClassifiedEntry, text: str) -> bool:
    if entry.kind in _READ_WHOLE or (entry.is_aws and entry.status >= _ERROR):
        return True
    return not entry.is_aws and entry.is_page and messages.find_refusal(text) is not None


def _form(field: saml.SamlField, values: Values) -> str:
    fields = [(field.name, field.value), *field.fields.items()]
    written = "".join(
        f'<input type="hidden" name="{html.escape(values.name(n))}" value="{html.escape(values.field(n, v))}">'
        for n, v in fields
    )
    action = f' action="{html.escape(values.url(field.target))}"' if field.target else ""
    return f'<form method="post"{action}>{written}</form>' if action else written


_ROLE_INPUT = re.compile(r"<input[^<>]{0,2000}?name=[\"']?roleIndex[^<>]{0,2000}>", re.IGNORECASE)
_ARN = re.compile(r"arn:aws[a-z-]*:iam::[^\"'\s<>]{1,300}")


def _roles(text: str, values: Values) -> list[str]:
    inputs = _ROLE_INPUT.findall(text) if "roleIndex" in text else []
    arns = [html.unescape(m[0]) if (m := _ARN.search(found)) else REMOVED for found in inputs[:200]]
    return [values.kept(arn) for arn in arns]


def _script_answer(entry: ClassifiedEntry, old: str, new: str, values: Values) -> str:
    """The known text that only a script holds; other scripts go."""
    endpoint = entry.kind is UrlKind.GLOBAL_SIGN_IN
    before, after = (messages.find_answer(page, global_endpoint=endpoint) for page in (old, new))
    if before is None or after is not None:
        return ""
    return f"<script>{html.escape(_answer_text(before.text, values))}</script>"
