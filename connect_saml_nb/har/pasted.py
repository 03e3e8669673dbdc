"""SAML that is pasted without a capture around it: XML, base64, or a form. It becomes a capture of one POST."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, unquote_plus
from zlib import MAX_WBITS

from connect_saml_nb.errors import CaptureError
from connect_saml_nb.har.bodies import unbase64
from connect_saml_nb.har.problems import CaptureProblem
from connect_saml_nb.har.reading import PADDING
from connect_saml_nb.io.unpack import inflate
from connect_saml_nb.model.capture import Body, Capture, Entry, Header, PostData

if TYPE_CHECKING:
    from connect_saml_nb.io.source import Source

#: The most bytes of a paste (a SAML response and its form).
PASTE_LIMIT = 16 << 20
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


def pasted(opened: Source, start: int) -> Capture:
    """A capture with one entry that posts what was pasted."""
    if len(opened.data) > PASTE_LIMIT:
        raise CaptureError(CaptureProblem.NEITHER())
    form = _pasted_form(bytes(opened.data[start:]).strip(PADDING + b"\"'"))
    if form is None:
        raise CaptureError(CaptureProblem.NEITHER())
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
    if ":" in match[0]:
        return _form(_listed_fields(text))
    start = max(text.rfind(c, 0, match.start(1)) for c in "? \t\r\n'\"") + 1
    rest = _END.split(text[start:], maxsplit=1)[0] if start else text
    pieces = (piece.partition("=") for piece in rest.split("&"))
    return _form([[unquote_plus(name.strip()), value] for name, _, value in pieces])


#: Where a form inside a longer text ends: at a quote, or before the next `name=` (base64 may end in `=` itself).
_END = re.compile(r"['\"]|\s(?=[^\s=:]+[:=][^=\s&])")
_LISTED = re.compile(r"\s*([A-Za-z]\w{0,60})\s*:(?!//)(.*)", re.DOTALL)


def _listed_fields(text: str) -> list[list[str]]:
    """Names and values of lines `name: value`; other lines go on with the value before them."""
    fields: list[list[str]] = []
    for line in text.splitlines():
        match = _LISTED.match(line)
        if match:
            fields.append([match[1], match[2]])
        elif fields:
            fields[-1][1] += line.strip()
    return fields


def _form(fields: list[list[str]]) -> str:
    return "&".join(f"{quote(name, safe='')}={_quoted_value(name, value)}" for name, value in fields if name)


def _quoted_value(name: str, value: str) -> str:
    """A field's value, percent-encoded once. A `+` of bare base64 is a letter, not a space; mailers wrap lines."""
    if name not in _SAML_FIELDS:
        return quote(unquote_plus(value.strip()), safe="")
    bare = "".join(line.strip() for line in value.splitlines())
    return quote(unquote(bare) if "%" in bare else bare, safe="")


def _value_form(text: str) -> str | None:
    """Only the value: base64 of XML, or of deflated XML, percent-encoded or not. Spaces inside may stand for `+`."""
    value = re.sub(r"[\r\n\t]", "", unquote(text) if "%" in text else text).strip()
    holds = any(map(_holds_saml, {value.replace(" ", "+"), value.replace(" ", "")}))
    return "SAMLResponse=" + quote(value, safe="") if holds else None


def _holds_saml(base64_text: str) -> bool:
    raw = unbase64(base64_text)
    if raw is None:
        return False
    xml = raw if raw[:1] in {b"<", b"\xef"} else inflate(raw, -MAX_WBITS, PASTE_LIMIT) or b""
    return _SAML_ROOT.search(xml[: 64 << 10]) is not None
