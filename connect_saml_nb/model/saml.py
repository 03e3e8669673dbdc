"""SAML messages and what they say."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from connect_saml_nb.model.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from connect_saml_nb.model.sentence import Sentence


class MessageState(StrEnum):
    """How far a SAML message could be read. The four that are not READ are four different things."""

    READ = "read"
    ENCRYPTED = "encrypted"  # the message is there, its assertion is encrypted
    REDACTED = "redacted"  # the field is there, a placeholder or nothing stands in its place
    DAMAGED = "damaged"  # there is something that cannot be decoded or is refused as unsafe


class MessageKind(StrEnum):
    """What kind of message a field carries."""

    RESPONSE = "Response"
    AUTHN_REQUEST = "AuthnRequest"
    LOGOUT_REQUEST = "LogoutRequest"
    LOGOUT_RESPONSE = "LogoutResponse"
    WS_FEDERATION = "RequestSecurityTokenResponse"
    UNKNOWN = "unknown"


class Binding(StrEnum):
    """How a message travelled."""

    POST = "post"  # in a request's body
    FORM = "form"  # in a page's HTML form, about to be posted
    REDIRECT = "redirect"  # in a URL's query, deflated
    PASTED = "pasted"  # given without a capture around it


class Attribute(Record, frozen=True):
    """One SAML attribute with all its values, in order, white space kept."""

    name: str
    values: tuple[str, ...]
    friendly_name: str = ""
    name_format: str = ""


class SubjectConfirmation(Record, frozen=True):
    """One SubjectConfirmation; absent parts are None."""

    method: str
    recipient: str | None
    not_before: datetime | None
    not_on_or_after: datetime | None


class Assertion(Record, frozen=True):
    """One SAML assertion (2.0, or 1.1 from a WS-Federation token); absent parts are None.

    `notes` are oddities worth telling (a comment inside a value, a time that cannot be read).
    """

    id: str
    version: str
    issuer: str | None
    name_id: str | None
    name_id_format: str | None
    issued: datetime | None
    not_before: datetime | None
    not_on_or_after: datetime | None
    audiences: tuple[str, ...]
    confirmations: tuple[SubjectConfirmation, ...]
    session_not_on_or_after: datetime | None
    attributes: tuple[Attribute, ...]
    notes: tuple[Sentence, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        """The first attribute with exactly this name, or None."""
        return next((a for a in self.attributes if a.name == name), None)


class Response(Record, frozen=True):
    """A SAML Response; `status` are its status codes, outermost first."""

    id: str
    issuer: str | None
    destination: str | None
    in_response_to: str | None
    issued: datetime | None
    status: tuple[str, ...]
    status_message: str | None


class SamlMessage(Record, frozen=True):
    """One SAML message at one place of a capture.

    `where` is the path inside the entry (`request.postData.text`, `response.content.text`, …); `target` the URL
    that the message was or will be posted to; `fields` the other fields of the same form (`RelayState`, `roleIndex`),
    decoded; `problem` says why `state` is not READ; `xml` the decoded bytes; `decrypted` the XML of each
    assertion that was decrypted from it, standing alone.
    """

    hidden = ("target", "fields", "xml", "decrypted")
    entry: int
    where: str
    binding: Binding
    kind: MessageKind
    state: MessageState
    target: str
    problem: Sentence | None
    response: Response | None
    assertions: tuple[Assertion, ...]
    fields: Mapping[str, str] = msgspec.field(default_factory=dict)
    xml: bytes = b""
    notes: tuple[Sentence, ...] = ()
    decrypted: tuple[bytes, ...] = ()

    @property
    def relay_state(self) -> str | None:
        """The RelayState that travelled with it: None where the field is absent."""
        return self.fields.get("RelayState")

    @property
    def assertion(self) -> Assertion | None:
        """The first assertion, or None."""
        return self.assertions[0] if self.assertions else None


NAME_ID = "NameID"
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
ROLE = ATTRIBUTES + "Role"
ROLE_SESSION_NAME = ATTRIBUTES + "RoleSessionName"
SESSION_DURATION = ATTRIBUTES + "SessionDuration"
SOURCE_IDENTITY = ATTRIBUTES + "SourceIdentity"
PRINCIPAL_TAG = ATTRIBUTES + "PrincipalTag:"
