"""Entries made by hand, for the tests of `saml`."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack
from urllib.parse import quote, quote_plus

from connect_saml_nb import saml
from connect_saml_nb.model.capture import Body, Capture, Entry, Header, Param, PostData

if TYPE_CHECKING:
    from connect_saml_nb.model.saml import SamlMessage

DATA = Path(__file__).parent / "data" / "saml"
XML = (DATA / "samlp-case.xml").read_bytes()
B64 = base64.b64encode(XML).decode()
ENCODED = quote(B64, safe="")
ACS = "https://signin.aws.amazon.com/saml"
RELAY_STATE = "https://us-west-2.console.aws.amazon.com/connect/federate/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee?destination=%2Fccp-v2"
ROLE_SESSION_NAME = "https://aws.amazon.com/SAML/Attributes/RoleSessionName"


@dataclass
class Parts:
    """An entry's parts from plain values; counts how often each was asked for."""

    post: PostData | None = None
    text: str | None = None
    headers: tuple[Header, ...] = ()
    asked: list[str] = field(default_factory=list)

    def request_headers(self) -> tuple[Header, ...]:
        """The same as the response's."""
        return self.headers

    def response_headers(self) -> tuple[Header, ...]:
        """The response's headers."""
        return self.headers

    def post_data(self) -> PostData | None:
        """What was posted."""
        self.asked.append("post")
        return self.post

    def body(self) -> Body:
        """The body."""
        self.asked.append("body")
        return Body(self.text)

    def body_may_hold(self, *words: str) -> bool:
        """Whether the body holds one of the words."""
        self.asked.append("may hold")
        return any(word in (self.text or "") for word in words)


class Changes(TypedDict, total=False):
    """What a test may set of an entry."""

    index: int
    method: str
    url: str
    status: int
    mime_type: str
    location: str
    resource_type: str


def entry(parts: Parts | None = None, **changes: Unpack[Changes]) -> Entry:
    """An entry: a page that was got, unless something else is said."""
    plain: Changes = {
        "index": 7,
        "method": "GET",
        "url": "https://idp.example/sso/start",
        "status": 200,
        "mime_type": "text/html",
        "location": "",
        "resource_type": "",
    }
    values: Changes = {**plain, **changes}
    return Entry(started=None, time_ms=None, error="", parts=parts or Parts(), **values)


def messages(*entries: Entry) -> tuple[SamlMessage, ...]:
    """The messages of a capture with these entries."""
    return saml.find_messages(Capture("test", "", "", entries))


def posted(text: str | None, params: dict[str, str] | None = None, mime: str = "", **changes: Unpack[Changes]) -> Entry:
    """A POST to AWS, unless another method or URL is given."""
    pairs = tuple(Param(name, value) for name, value in (params or {}).items())
    values: Changes = {"method": "POST", "url": ACS, **changes}
    return entry(Parts(post=PostData(mime, text, pairs)), **values)


def page(text: str, **changes: Unpack[Changes]) -> Entry:
    """A page with this body."""
    return entry(Parts(text=text), **changes)


def post_message(value: str) -> SamlMessage:
    """The message of a POST to AWS whose field holds `value`, percent-encoded as browsers do it."""
    (message,) = messages(posted(f"SAMLResponse={quote_plus(value)}"))
    return message


def pasted_message(value: str) -> SamlMessage:
    """The message of a field that was pasted as it stands."""
    (message,) = messages(posted(f"SAMLResponse={value}", url=""))
    return message


def b64(data: bytes) -> str:
    """Base64 text."""
    return base64.b64encode(data).decode()
