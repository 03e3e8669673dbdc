"""Sign-ins: which entries belong to one attempt, and how it ended."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from connect_saml_nb.model.record import Record
from connect_saml_nb.model.saml import ROLE_SESSION_NAME

if TYPE_CHECKING:
    from datetime import datetime

    from connect_saml_nb.model.capture import Entry
    from connect_saml_nb.model.saml import Assertion, SamlMessage


class Outcome(StrEnum):
    """How a sign-in ended, as far as the recording shows. The last thing that AWS or Connect did decides."""

    OPENED = "Connect opened"
    SESSION_ENDED = "Connect asked for a new sign-in"
    REFUSED_IN_CONNECT = "Connect refused a page"
    CONNECT_STOPPED = "Connect answered with an error"
    SAID = "AWS said why"  # a known text, see `SignIn.said`
    FEDERATE_NOT_FOUND = "the federation page was not found"
    FEDERATE_STOPPED = "the federation page was the last"
    CONSOLE_LOGIN = "the AWS console asked for a login"
    CONSOLE_HOME = "the AWS console opened"
    ROLE_CHOICE = "AWS asked for a role"
    RESPONSE_STOPPED = "AWS's sign-in endpoint answered without going on"
    BLOCKED = "the network or the browser stopped a request"
    NOT_ANSWERED = "the recording has no answer of AWS"
    IDP_REFUSED = "the identity provider refused"
    IDP_STOPPED = "the recording ends at the identity provider"
    PASTED = "a SAML response was given without a recording"


class AwsMessage(StrEnum):
    """A known text of AWS, Connect or an identity provider (names of what it says, not the text)."""

    NOT_ONBOARDED = "not-onboarded"
    NOT_FOUND_IN_REPLICA = "replica-not-ready"
    FEDERATION_DENIED = "federation-denied"
    SESSION_EXPIRED = "session-expired"
    BAD_REQUEST = "bad-request"
    INVALID_RESPONSE = "invalid-response"
    NAME_REQUIRED = "role-session-name-missing"
    NAME_INVALID = "role-session-name-invalid"
    NOT_AUTHORIZED = "role-not-assumable"
    SOURCE_IDENTITY = "source-identity-invalid"
    SIGNATURE = "signature-invalid"
    ISSUER = "issuer-mismatch"
    AUDIENCE = "audience-wrong"
    PROVIDER = "provider-missing"
    DURATION = "session-duration-invalid"
    EXPIRED = "assertion-expired"
    ROLE_NOT_IN_RESPONSE = "role-not-in-response"
    RECIPIENT = "recipient-wrong"
    DAMAGED = "assertion-damaged"
    DESTINATION = "destination-wrong"
    TAGS = "session-tags-refused"
    IDP_REJECTED = "idp-error"
    REGION_DISABLED = "region-disabled"
    POLICY_MALFORMED = "policy-malformed"


class FlowRole(StrEnum):
    """What an entry is in the sign-in."""

    IDP_PAGE = "identity provider"
    IDP_RESPONSE = "response handed to the browser"
    BROKER_POST = "response posted to another application"
    AWS_POST = "response posted to AWS"
    ROLE_POST = "role chosen"
    AWS_PAGE = "AWS sign-in page"
    CONSOLE_LOGIN = "AWS console login"
    FEDERATE = "Connect federation page"
    CONSOLE = "AWS console"
    CONNECT = "Connect"
    CONNECT_REQUEST = "request of a Connect page"


class Step(Record, frozen=True):
    """One entry's part in a sign-in."""

    entry: Entry
    role: FlowRole


class Moment(Record, frozen=True):
    """A point in time and whose clock says so. `second` is True where the clock tells whole seconds only."""

    time: datetime
    clock: str
    second: bool = False


class RolePair(Record, frozen=True):
    """One value of the Role attribute; parts that could not be read are None."""

    value: str
    role: str | None
    provider: str | None


class Network(Record, frozen=True):
    """A request that the network or the browser stopped."""

    entry: int
    host: str
    error: str


class Ending(Record, frozen=True):
    """How a sign-in ended.

    `said` and `said_text` are the known text that AWS, Connect or the identity provider showed and `said_entry` where;
    `last` the last AWS-side page; `accepted` whether AWS's sign-in endpoint took the response; `opened_before` whether
    Connect had opened before the end; `in_use` whether a request of its pages was answered.
    """

    outcome: Outcome
    said: AwsMessage | None = None
    said_text: str | None = None
    said_entry: int | None = None
    last: Entry | None = None
    network: Network | None = None
    accepted: bool = False
    opened_before: bool = False
    in_use: bool = False


class SignIn(Ending, frozen=True, kw_only=True, dict=True):
    """One attempt to reach Connect (contract: one assertion posted to AWS, or a visit without one), and its ending.

    `message` is the SAML message that counts, None where the recording holds none; `expects_message` says whether there
    must have been one. `posted_to` is where it was posted, `""` where unknown; `embedded_in` the host of a page that
    holds Connect in a frame.
    """

    hidden = ("posted_to", "relay_state")
    number: int
    started: datetime | None
    steps: tuple[Step, ...]
    message: SamlMessage | None
    expects_message: bool
    posted_to: str
    posted_at: Moment | None
    relay_state: str | None
    chosen_role: str | None
    roles: tuple[RolePair, ...]
    instance_id: str | None
    region: str | None
    embedded_in: str | None = None

    @property
    def assertion(self) -> Assertion | None:
        """The assertion, where it could be read."""
        return self.message.assertion if self.message else None

    @cached_property
    def role_session_name(self) -> str | None:
        """The first value of the RoleSessionName attribute, white space kept, or None."""
        attribute = self.assertion and self.assertion.attribute(ROLE_SESSION_NAME)
        return attribute.values[0] if attribute and attribute.values else None

    @property
    def first_entry(self) -> int | None:
        """The index of the entry to look at first: the last post of the response, else the first step."""
        posts = [s.entry.index for s in self.steps if s.role in {FlowRole.AWS_POST, FlowRole.ROLE_POST}]
        return posts[-1] if posts else next((s.entry.index for s in self.steps), None)
