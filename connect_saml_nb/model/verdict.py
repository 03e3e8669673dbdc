"""The verdicts that a sign-in and a capture can get. The contract (docs/contract.md) fixes their names."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Self


class VerdictGroup(Enum):
    """Where the fault lies that a verdict names."""

    NONE = "nowhere: the sign-in worked"
    OPEN = "not decided"
    USERS = "Connect users"
    CONNECT = "Connect"
    ACCOUNT = "AWS account"
    RESPONSE = "SAML response"
    IDENTITY_PROVIDER = "identity provider"
    BROWSER = "browser or network"


class Verdict(StrEnum):
    """One cause. `headline` says it in at most eight words; `group` is where the fault lies."""

    headline: str
    group: VerdictGroup

    def __new__(cls, name: str, headline: str, group: VerdictGroup) -> Self:
        """A member: its name in the contract, its title, its group."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.headline, member.group = headline, group
        return member

    @classmethod
    def named(cls, name: str) -> Self:
        """The verdict of this name in the contract. Raises KeyError for another."""
        return cls._member_map_[name.upper().replace("-", "_")]  # type: ignore[return-value]

    @property
    def rank(self) -> int:
        """How much it weighs in a capture with several sign-ins: named fault (2), not decided (1), signed in (0)."""
        return {VerdictGroup.NONE: 0, VerdictGroup.OPEN: 1}.get(self.group, 2)

    @property
    def is_open(self) -> bool:
        """Whether it leaves the cause open."""
        return self.group is VerdictGroup.OPEN

    @property
    def locks_out(self) -> bool:
        """Whether it may stop every administrator of the instance, too, and not only this person."""
        harmless = {VerdictGroup.NONE, VerdictGroup.OPEN, VerdictGroup.BROWSER}
        return self.group not in harmless or self is Verdict.RESPONSE_REFUSED

    SIGNED_IN = "signed-in", "The sign-in worked", VerdictGroup.NONE
    USER_CASE_DIFFERS = "user-case-differs", "The Connect user is capitalized differently", VerdictGroup.USERS
    DUPLICATE_PROFILES = "duplicate-profiles", "The person has more than one profile", VerdictGroup.USERS
    USER_NEAR_MISS = "user-near-miss", "A Connect user has almost the same name", VerdictGroup.USERS
    USER_NAME_IMPOSSIBLE = "user-name-impossible", "No Connect user can have this name", VerdictGroup.USERS
    USER_MISSING = "user-missing", "There is no such Connect user", VerdictGroup.USERS
    USER_EXISTS_BUT_REFUSED = "user-exists-but-refused", "The user exists but was refused", VerdictGroup.USERS
    WRONG_INSTANCE = "wrong-instance", "The person is a user of another instance", VerdictGroup.USERS
    NOT_SAML_INSTANCE = "not-saml-instance", "The instance does not use SAML", VerdictGroup.CONNECT
    REPLICA_NOT_READY = "replica-not-ready", "The user is not ready in both Regions", VerdictGroup.CONNECT
    NOT_AUTHORIZED_IN_CONNECT = (
        "not-authorized-in-connect",
        "Connect refused the page after the sign-in",
        VerdictGroup.CONNECT,
    )
    FEDERATION_DENIED = "federation-denied", "The role may not open Connect", VerdictGroup.ACCOUNT
    ROLE_NOT_ASSUMABLE = "role-not-assumable", "The role cannot be assumed", VerdictGroup.ACCOUNT
    PROVIDER_MISSING = "provider-missing", "The SAML provider does not exist in IAM", VerdictGroup.ACCOUNT
    ISSUER_MISMATCH = "issuer-mismatch", "IAM does not know the issuer", VerdictGroup.ACCOUNT
    SIGNATURE_INVALID = "signature-invalid", "The signature does not match the certificate", VerdictGroup.ACCOUNT
    RELAY_STATE_MISSING = "relay-state-missing", "The response has no relay state", VerdictGroup.RESPONSE
    RELAY_STATE_INVALID = "relay-state-invalid", "The relay state does not lead to Connect", VerdictGroup.RESPONSE
    ROLE_MISSING = "role-missing", "The Role attribute is missing", VerdictGroup.RESPONSE
    ROLE_MALFORMED = "role-malformed", "A Role value is malformed", VerdictGroup.RESPONSE
    ROLE_SESSION_NAME_MISSING = (
        "role-session-name-missing",
        "The RoleSessionName attribute is missing",
        VerdictGroup.RESPONSE,
    )
    ROLE_SESSION_NAME_INVALID = "role-session-name-invalid", "AWS rejects the RoleSessionName", VerdictGroup.RESPONSE
    ASSERTION_EXPIRED = "assertion-expired", "The assertion had expired when it was posted", VerdictGroup.RESPONSE
    ASSERTION_NOT_YET_VALID = "assertion-not-yet-valid", "The assertion was not valid yet", VerdictGroup.RESPONSE
    AUDIENCE_WRONG = "audience-wrong", "The assertion is for another audience", VerdictGroup.RESPONSE
    RECIPIENT_WRONG = "recipient-wrong", "The Recipient is not the AWS endpoint", VerdictGroup.RESPONSE
    DESTINATION_WRONG = "destination-wrong", "The Destination is not the AWS endpoint", VerdictGroup.RESPONSE
    SOURCE_IDENTITY_INVALID = "source-identity-invalid", "AWS rejects the SourceIdentity", VerdictGroup.RESPONSE
    SESSION_DURATION_INVALID = "session-duration-invalid", "AWS rejects the SessionDuration", VerdictGroup.RESPONSE
    SESSION_TAGS_REFUSED = "session-tags-refused", "AWS rejects the session tags", VerdictGroup.RESPONSE
    IDP_ERROR = "idp-error", "The identity provider refused the sign-in", VerdictGroup.IDENTITY_PROVIDER
    SESSION_EXPIRED = "session-expired", "Connect has no session for this browser", VerdictGroup.BROWSER
    ROLE_NOT_CHOSEN = "role-not-chosen", "No role was chosen", VerdictGroup.BROWSER
    SIGN_IN_BLOCKED = "sign-in-blocked", "The network or browser blocked the sign-in", VerdictGroup.BROWSER
    USER_NOT_CHECKED = "user-not-checked", "Connect does not know this user", VerdictGroup.OPEN
    RESPONSE_REFUSED = "response-refused", "AWS refused the response without saying why", VerdictGroup.OPEN
    ASSERTION_ENCRYPTED = "assertion-encrypted", "The assertion is encrypted", VerdictGroup.OPEN
    ASSERTION_REDACTED = "assertion-redacted", "The SAML response was removed from the recording", VerdictGroup.OPEN
    ASSERTION_DAMAGED = "assertion-damaged", "The SAML response cannot be decoded", VerdictGroup.OPEN
    CAPTURE_INCOMPLETE = "capture-incomplete", "The recording stops before AWS answered", VerdictGroup.OPEN
    OUTCOME_UNKNOWN = "outcome-unknown", "The recording does not show the cause", VerdictGroup.OPEN
    NO_SIGN_IN = "no-sign-in", "The recording holds no sign-in to Connect", VerdictGroup.OPEN
