"""The values that travel through the package, in the field's own words.

All are frozen. What may hold a secret (URLs with tokens, headers, bodies, SAML messages) is left out of `repr`.
Times are timezone-aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


# --- the capture -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Header:
    """One HTTP header as recorded."""

    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Param:
    """One field of a recorded form, exactly as the exporter wrote it (some percent-encode values, some decode)."""

    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PostData:
    """What was posted. `text` is None where the exporter kept none; `lost` then says why in a few words."""

    mime_type: str
    text: str | None = field(repr=False)
    params: tuple[Param, ...] = field(repr=False)
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """A response body as text (decoded from base64 and gzip/deflate where needed), or why there is none."""

    text: str | None = field(repr=False)
    lost: str = ""


class EntryParts(Protocol):
    """The parts of an entry that are read from the file only when asked for. Never raises on content."""

    def request_headers(self) -> tuple[Header, ...]:
        """Request headers in the file's order."""
        ...

    def response_headers(self) -> tuple[Header, ...]:
        """Response headers in the file's order."""
        ...

    def post_data(self) -> PostData | None:
        """What was posted, or None."""
        ...

    def body(self) -> Body:
        """The response body as text."""
        ...

    def body_may_hold(self, *words: str) -> bool:
        """False only if the body surely holds none of the words."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and its response.

    `index` is the position in the file's `log.entries`; `started` the client's clock; `status` 0 where there was no
    answer (also for -1 and other negative numbers); `location` the redirect's target as recorded (it may be relative);
    `error` the browser's own name for a network error (`net::ERR_…`, `NS_ERROR_…`), else `""`;
    `resource_type` what the exporter says (`document`, `xhr`, …) in lower case, else `""`.
    """

    index: int
    started: datetime | None
    method: str
    url: str = field(repr=False)
    status: int
    mime_type: str
    location: str = field(repr=False)
    time_ms: float | None
    error: str
    resource_type: str
    parts: EntryParts = field(repr=False, compare=False)

    @property
    def request_headers(self) -> tuple[Header, ...]:
        """Request headers in the file's order."""
        return self.parts.request_headers()

    @property
    def response_headers(self) -> tuple[Header, ...]:
        """Response headers in the file's order."""
        return self.parts.response_headers()

    @property
    def post_data(self) -> PostData | None:
        """What the request posted, or None where the request had no body."""
        return self.parts.post_data()

    @property
    def body(self) -> Body:
        """The response body."""
        return self.parts.body()

    def response_header(self, name: str) -> str | None:
        """The first response header called `name` (letter case ignored), or None."""
        wanted = name.casefold()
        return next((h.value for h in self.response_headers if h.name.casefold() == wanted), None)

    def body_may_hold(self, *words: str) -> bool:
        """False only if the body surely holds none of the ASCII `words`; cheap, and exact in letter case."""
        return self.parts.body_may_hold(*words)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a redacted capture says of one sign-in of its original, without proof.

    `verdict` is the one on the original, `removed` the rules whose answer rested on what redaction removed;
    `pseudonyms` says that names, accounts and addresses are made-up ones.
    """

    sign_in: int
    verdict: str
    removed: tuple[str, ...] = ()
    pseudonyms: bool = False


@dataclass(frozen=True, slots=True)
class Capture:
    """A capture, its entries in the order of time (of the file where times are absent or equal).

    `name` is what the person calls it; `creator` the exporter and its version; `problem` a sentence where something is
    wrong with the file though entries could be read (cut off, entries left out), else None; `stated` what a capture
    that connect_saml_nb redacted says of its original.
    """

    name: str
    creator: str
    browser: str
    entries: tuple[Entry, ...] = field(repr=False)
    problem: str | None = None
    stated: tuple[Stated, ...] = ()


# --- SAML --------------------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class Attribute:
    """One SAML attribute with all its values, in order, white space kept."""

    name: str
    values: tuple[str, ...]
    friendly_name: str = ""
    name_format: str = ""


@dataclass(frozen=True, slots=True)
class SubjectConfirmation:
    """One SubjectConfirmation; absent parts are None."""

    method: str
    recipient: str | None
    not_before: datetime | None
    not_on_or_after: datetime | None


@dataclass(frozen=True, slots=True)
class Assertion:
    """One SAML assertion (2.0, or 1.1 from a WS-Federation token); absent parts are None.

    `notes` are oddities worth telling (a comment inside a value, a time that cannot be read), as sentences.
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
    notes: tuple[str, ...] = ()

    def attribute(self, name: str) -> Attribute | None:
        """The first attribute with exactly this name, or None."""
        return next((a for a in self.attributes if a.name == name), None)


@dataclass(frozen=True, slots=True)
class Response:
    """A SAML Response; `status` are its status codes, outermost first."""

    id: str
    issuer: str | None
    destination: str | None
    in_response_to: str | None
    issued: datetime | None
    status: tuple[str, ...]
    status_message: str | None


@dataclass(frozen=True, slots=True)
class SamlMessage:
    """One SAML message at one place of a capture.

    `where` is the path inside the entry (`request.postData.text`, `response.content.text`, …); `target` the URL
    that the message was or will be posted to; `fields` the other fields of the same form (`RelayState`, `roleIndex`),
    decoded; `problem` a sentence where `state` is not READ; `xml` the decoded bytes; `decrypted` the XML of each
    assertion that was decrypted from it, standing alone.
    """

    entry: int
    where: str
    binding: Binding
    kind: MessageKind
    state: MessageState
    target: str = field(repr=False)
    problem: str | None
    response: Response | None
    assertions: tuple[Assertion, ...]
    fields: Mapping[str, str] = field(repr=False, default_factory=dict)
    xml: bytes = field(repr=False, default=b"")
    notes: tuple[str, ...] = ()
    decrypted: tuple[bytes, ...] = field(repr=False, default=())

    @property
    def relay_state(self) -> str | None:
        """The RelayState that travelled with it: None where the field is absent."""
        return self.fields.get("RelayState")

    @property
    def assertion(self) -> Assertion | None:
        """The first assertion, or None."""
        return self.assertions[0] if self.assertions else None


# --- Connect users -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class User:
    """One Connect user as ListUsers gives it."""

    username: str
    user_id: str = ""
    arn: str = ""
    last_modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Users:
    """A list of one instance's users.

    `complete` is False where more users exist than are here. `instance_id`, `region`, `account` come from the users'
    ARNs (or from the live call) and are None where the list does not tell. `retrieved` is when the list was
    made, None where unknown. `notes` are sentences that a reader of the list should see.
    """

    source: str
    users: tuple[User, ...] = field(repr=False)
    complete: bool
    instance_id: str | None = None
    region: str | None = None
    account: str | None = None
    retrieved: datetime | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.users)


class MatchStep(StrEnum):
    """The first step of the ladder that alone makes two names equal. Only EXACT is a pass: AWS compares exactly."""

    EXACT = "exact"
    SPACE = "space"
    CASE = "case"
    UNICODE = "unicode"
    DOMAIN = "domain"
    LOCAL_PART = "local-part"
    TAG = "tag"
    WINDOWS_NAME = "windows-name"
    SPELLING = "spelling"


@dataclass(frozen=True, slots=True)
class Match:
    """A Connect user that could be meant by a RoleSessionName, and the step that finds it."""

    step: MatchStep
    user: User


# --- sign-ins ----------------------------------------------------------------------------------------------


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


class Said(StrEnum):
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


@dataclass(frozen=True, slots=True)
class Step:
    """One entry's part in a sign-in."""

    entry: Entry
    role: FlowRole


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time and whose clock says so. `second` is True where the clock tells whole seconds only."""

    time: datetime
    clock: str
    second: bool = False


@dataclass(frozen=True, slots=True)
class RolePair:
    """One value of the Role attribute; parts that could not be read are None."""

    value: str
    role: str | None
    provider: str | None


@dataclass(frozen=True, slots=True)
class Network:
    """A request that the network or the browser stopped."""

    entry: int
    host: str
    error: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """One attempt to reach Connect (contract: one assertion posted to AWS, or a visit without one).

    `message` is the SAML message that counts, None where the recording holds none; `expects_message` says whether there
    must have been one. `posted_to` is where it was posted, `""` where unknown. `said` and `said_text` are the known
    text that AWS, Connect or the identity provider showed and `said_entry` where; `last` the last AWS-side page;
    `accepted` whether AWS's sign-in endpoint took the response; `opened_before` whether Connect had opened before the
    end; `embedded_in` the host of a page that holds Connect in a frame.
    """

    number: int
    started: datetime | None
    steps: tuple[Step, ...]
    message: SamlMessage | None
    expects_message: bool
    posted_to: str = field(repr=False)
    posted_at: Moment | None
    relay_state: str | None = field(repr=False)
    chosen_role: str | None
    roles: tuple[RolePair, ...]
    instance_id: str | None
    region: str | None
    outcome: Outcome
    said: Said | None
    said_text: str | None
    said_entry: int | None
    last: Entry | None
    network: Network | None
    accepted: bool = False
    opened_before: bool = False
    embedded_in: str | None = None

    @property
    def assertion(self) -> Assertion | None:
        """The assertion, where it could be read."""
        return self.message.assertion if self.message else None

    @property
    def role_session_name(self) -> str | None:
        """The first value of the RoleSessionName attribute, white space kept, or None."""
        attribute = self.assertion and self.assertion.attribute(ROLE_SESSION_NAME)
        return attribute.values[0] if attribute and attribute.values else None

    @property
    def first_entry(self) -> int | None:
        """The index of the entry to look at first: the last post of the response, else the first step."""
        posts = [s.entry.index for s in self.steps if s.role in {FlowRole.AWS_POST, FlowRole.ROLE_POST}]
        return posts[-1] if posts else next((s.entry.index for s in self.steps), None)


ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
ROLE = ATTRIBUTES + "Role"
ROLE_SESSION_NAME = ATTRIBUTES + "RoleSessionName"
SESSION_DURATION = ATTRIBUTES + "SessionDuration"
SOURCE_IDENTITY = ATTRIBUTES + "SourceIdentity"
PRINCIPAL_TAG = ATTRIBUTES + "PrincipalTag:"


# --- signatures --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Certificate:
    """An X.509 certificate: `fingerprint` is SHA-256 in hex, `key` its kind and size (`RSA 2048`)."""

    fingerprint: str
    subject: str
    not_before: datetime
    not_after: datetime
    key: str
    der: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Metadata:
    """An identity provider's metadata: who issues, and the certificates that it may sign with (expired ones too).

    `from_account` is True where it is the copy that IAM holds (iam:GetSAMLProvider), False for a file of unknown age.
    `notes` are sentences on what could not be read.
    """

    source: str
    entity_id: str
    certificates: tuple[Certificate, ...]
    valid_until: datetime | None = None
    from_account: bool = False
    notes: tuple[str, ...] = ()


class SignatureState(StrEnum):
    """What a look at one signature showed. INTACT alone does not say that the signer is the right one."""

    INTACT = "intact"
    BROKEN = "broken"  # what was signed was changed, or another key signed it
    UNREADABLE = "unreadable"  # in a form that could not be verified


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature: the element that it stands in (`Response` or `Assertion`), and its signer.

    `trusted` is True only for an intact signature whose certificate is one of the identity provider's metadata, not
    merely embedded. `covered` says that the very assertion whose values were read is what this intact signature signs.
    `certificate` is the signer's, where it is known; `problem` a sentence where the state is not INTACT.
    """

    covers: str
    state: SignatureState
    trusted: bool
    covered: bool
    certificate: Certificate | None
    algorithm: str
    digest: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying a response's signatures showed.

    `reason` is a sentence where nothing was verified, else None. `given` is all metadata to compare with, `metadata`
    that of the issuer (IAM's copy before a file), None where none of it is. `signed` is the assertion that an intact
    signature signs where that is not the one whose values were read. `tricks` are signs of tampering, and `doubt` says
    why what was verified may not be what was posted, as sentences.
    """

    reason: str | None = "The signatures were not verified."
    signatures: tuple[Signature, ...] = ()
    metadata: Metadata | None = None
    given: tuple[Metadata, ...] = ()
    signed: Assertion | None = field(default=None, repr=False)
    tricks: tuple[str, ...] = ()
    doubt: str | None = None

    @property
    def covered(self) -> bool:
        """Whether an intact signature, trusted or not, signs the assertion whose values were read."""
        return any(s.covered for s in self.signatures)

    @property
    def proven(self) -> bool:
        """Whether a trusted signature signs the assertion whose values were read, and nothing looks tampered with."""
        return not self.tricks and any(s.trusted and s.covered for s in self.signatures)


# --- evidence from the AWS account -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replication:
    """A Global Resiliency instance's replication; `statuses` are pairs of Region and AWS's own word for its state."""

    source_region: str
    global_sign_in_endpoint: str
    statuses: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class InstanceFacts:
    """A Connect instance as DescribeInstance or ListInstances gives it.

    `described` says that DescribeInstance was asked, which alone tells of `replication`.
    """

    id: str
    arn: str
    region: str
    account: str
    alias: str
    management_type: str
    status: str
    access_url: str
    replication: Replication | None = None
    described: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a policy statement: `StringEquals`, `SAML:aud`, its values."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy, as it stands there. `principals` are pairs of kind (`Federated`) and value.

    `inverted` names the elements NotAction, NotResource and NotPrincipal that it has: what they mean is not judged.
    """

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[tuple[str, str], ...]
    conditions: tuple[Condition, ...]
    inverted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document; `problem` is a sentence where it could not be read. `document` is its JSON text."""

    name: str
    statements: tuple[Statement, ...]
    document: str = field(repr=False)
    arn: str = ""
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """An IAM role. `attached` (pairs of name and ARN) and `inline` (names) are None where they were not listed.

    `policies` are the documents that were read of them; `boundary` the ARN of its permissions boundary, or `""`.
    """

    arn: str
    name: str
    role_id: str
    max_session_duration: int | None
    trust: Policy | None
    boundary: str = ""
    attached: tuple[tuple[str, str], ...] | None = None
    inline: tuple[str, ...] | None = None
    policies: tuple[Policy, ...] = ()

    @property
    def policies_complete(self) -> bool:
        """Whether every policy of the role is here and could be read."""
        if self.attached is None or self.inline is None:
            return False
        read = {p.arn or p.name for p in self.policies if p.problem is None}
        return read >= {arn for _, arn in self.attached} | set(self.inline)


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """A SAML provider of IAM. `arn` is `""` where the saved answer does not say whose it is.

    `metadata` is the identity provider's metadata as IAM keeps it (public, but long).
    """

    arn: str
    uuid: str
    valid_until: datetime | None
    created: datetime | None
    encryption: str
    metadata: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Simulation:
    """What SimulatePrincipalPolicy says of one action on one resource. `role` is `""` where the answer does not tell.

    `decision` is AWS's word (`allowed`, `implicitDeny`, `explicitDeny`); `matched` names the policies that decided;
    `by_organization` and `by_boundary` are None where AWS says nothing of them.
    """

    role: str
    action: str
    resource: str
    decision: str
    matched: tuple[str, ...] = ()
    missing_context: tuple[str, ...] = ()
    by_organization: bool | None = None
    by_boundary: bool | None = None


@dataclass(frozen=True, slots=True)
class UserFacts:
    """One Connect user as DescribeUser or SearchUsers gives it; `directory_user_id` as AWS has it, unexplained."""

    username: str
    user_id: str
    arn: str
    first_name: str
    last_name: str
    directory_user_id: str
    last_modified: datetime | None


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """One event of CloudTrail; parts that it does not have are `""`."""

    name: str
    source: str
    region: str
    time: datetime | None
    error_code: str = ""
    error_message: str = ""
    assertion_id: str = ""
    role_session_name: str = ""
    role: str = ""
    provider: str = ""
    principal_id: str = ""
    instance_id: str = ""
    request_id: str = ""
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class TrailSearch:
    """A look into CloudTrail: events of one name in one Region and time. `complete` says that it went to the end."""

    name: str
    region: str
    start: datetime | None
    end: datetime | None
    complete: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """A question that AWS did not answer: the part, the IAM action that it needs, and why, as a sentence."""

    part: str
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the AWS account says, each part optional; what is not here was not asked or was refused.

    `retrieved` is when AWS answered, None where unknown; `accounts` those that the IAM answers are of.
    `roles_missing` and `providers_missing` are the role names and provider ARNs that IAM says it does not have;
    `provider_arns` every SAML provider of the account, None where they were not listed. `regions_searched` are the
    Regions whose instances were listed to the end, `instances_missing` pairs of an instance ID and the Region that
    does not have it. `refused` and `not_asked` (parts) say what is not here, `notes` what a reader should see.
    """

    source: str
    retrieved: datetime | None = None
    accounts: tuple[str, ...] = ()
    instances: tuple[InstanceFacts, ...] = ()
    regions_searched: tuple[str, ...] = ()
    instances_missing: tuple[tuple[str, str], ...] = ()
    roles: tuple[RoleFacts, ...] = ()
    roles_missing: tuple[str, ...] = ()
    providers: tuple[ProviderFacts, ...] = ()
    provider_arns: tuple[str, ...] | None = None
    providers_missing: tuple[str, ...] = ()
    simulations: tuple[Simulation, ...] = ()
    users: tuple[UserFacts, ...] = ()
    events: tuple[TrailEvent, ...] = ()
    searches: tuple[TrailSearch, ...] = ()
    refused: tuple[Refusal, ...] = ()
    not_asked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


# --- judgement ---------------------------------------------------------------------------------------------


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class EvidencePlace:
    """Where a finding can be seen: the entry's index in the file (None for the user list), the place, the values."""

    entry: int | None
    where: str
    detail: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule found something. `verdict` is the verdict that it supports, or None."""

    rule: str
    severity: Severity
    verdict: str | None
    message: str
    remedy: str
    docs: str
    evidence: tuple[EvidencePlace, ...] = ()
    commands: tuple[str, ...] = ()


class Lack(StrEnum):
    """What a rule that could not run lacked: something that a person can give, or what this sign-in does not show."""

    USERS = "users"
    ACCOUNT = "account"
    ANSWER = "answer"  # of the account, which was asked
    METADATA = "metadata"
    KEY = "key"
    EXTRA = "extra"
    RECORDING = "recording"


@dataclass(frozen=True, slots=True)
class NotChecked:
    """A rule that could not run, and why."""

    rule: str
    reason: str
    lack: Lack = Lack.RECORDING


JsonObject = dict[str, Any]


# --- the case and its diagnosis ----------------------------------------------------------------------------


class Relation(StrEnum):
    """How the user list stands to the sign-in's instance."""

    NONE = "no list"
    SAME = "same instance"
    UNKNOWN = "not known"  # the list or the sign-in does not say its instance
    OTHER = "another instance"


@dataclass(frozen=True, slots=True)
class Case:
    """All facts about one sign-in that rules may ask; no judgement.

    `users` is the list that the sign-in is compared with and `relation` how it stands to the sign-in's instance;
    `candidates` every user that could be meant, `twins` those equal to the name but for letter case (the exact one
    among them); `others` the capture's other sign-ins; `now` the time of the diagnosis, for ages only; `verification`
    what verifying the signatures showed; `evidence` what the AWS account says, None where it was not asked.
    """

    capture: Capture
    sign_in: SignIn
    others: tuple[SignIn, ...]
    users: Users | None
    relation: Relation
    candidates: tuple[Match, ...]
    twins: tuple[User, ...]
    now: datetime
    verification: Verification = field(default_factory=Verification)
    evidence: Evidence | None = None

    @property
    def exact(self) -> User | None:
        """The user whose username is exactly the RoleSessionName, or None."""
        return next((m.user for m in self.candidates if m.step is MatchStep.EXACT), None)

    @property
    def list_is_complete(self) -> bool:
        """Whether there is a complete list that may be of this sign-in's instance."""
        ours = self.relation in {Relation.SAME, Relation.UNKNOWN}
        return ours and self.users is not None and self.users.complete


@dataclass(frozen=True, slots=True)
class Judgement:
    """The diagnosis of one sign-in: exactly one verdict, and what every rule had to say."""

    sign_in: SignIn
    verdict: str
    summary: str
    matches: tuple[Match, ...]
    findings: tuple[Finding, ...]
    passed: tuple[str, ...]
    not_checked: tuple[NotChecked, ...]
    relation: Relation = Relation.NONE
    twins: tuple[User, ...] = ()

    @property
    def main_finding(self) -> Finding | None:
        """The finding that carries the verdict, or None."""
        return next((f for f in self.findings if f.verdict == self.verdict), None)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One capture's diagnosis. `problem` is a sentence where the input could not be read, or only in part.

    `verdict` is None only where nothing could be read; `note` says in a sentence what a capture without any sign-in
    holds.
    """

    name: str
    creator: str
    problem: str | None
    verdict: str | None
    judgements: tuple[Judgement, ...]
    users: tuple[Users, ...] = ()
    note: str | None = None
    capture: Capture | None = field(default=None, repr=False)
    messages: tuple[SamlMessage, ...] = field(default=(), repr=False)

    def __repr__(self) -> str:
        """One line: the capture, its verdict and each sign-in's."""
        each = ", ".join(f"sign-in {j.sign_in.number} {j.verdict}" for j in self.judgements)
        return f"<Diagnosis of {self.name!r}: {self.verdict or 'not readable'} ({each or 'no sign-in'})>"
