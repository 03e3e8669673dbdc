"""Signatures, certificates and metadata."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from connect_saml_nb.model.record import Record

if TYPE_CHECKING:
    from datetime import datetime

    from connect_saml_nb.model.saml import Assertion


MAX_VERIFIED = 512 * 1024  # bytes; AWS takes 100,000 base64 characters (domain: STS quota), 75 KB of XML


class Certificate(Record, frozen=True):
    """An X.509 certificate: `fingerprint` is SHA-256 in hex, `key` its kind and size (`RSA 2048`)."""

    hidden = ("der",)
    fingerprint: str
    subject: str
    not_before: datetime
    not_after: datetime
    key: str
    der: bytes


class Metadata(Record, frozen=True):
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


class Signature(Record, frozen=True):
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


class Unverified(Enum):
    """Why the signatures of a response were not verified."""

    NOT_VERIFIED = "The signatures were not verified."
    LEFT_OUT = "Signatures were left out of this run."
    NO_MESSAGE = "The recording holds no SAML response whose signature could be verified."
    NOT_READ = "The SAML response could not be read, so its signatures were not verified."
    NO_RESPONSE = "The message is no SAML response; only responses are verified."
    TOO_LARGE = (
        f"The response is larger than {MAX_VERIFIED // 1024} KiB, far more than AWS takes: "
        "its signatures were not verified."
    )
    REMOVED = "The response's signature was removed by redaction: only the original can tell."
    FAILED = "The response's signatures are in a form that could not be looked into: they were not verified."
    NO_XML = "The verifying library cannot read the response's XML, so its signatures were not verified."
    ACCEPTED = (
        "AWS took the response, so its signatures were not verified again. "
        "Give the identity provider's metadata to have them verified."
    )
    EXTRA_MISSING = (
        "Signatures, certificates and encrypted assertions need the extra 'verify', which is not installed: "
        "pip install 'connect-saml-nb[verify]'."
    )

    def __str__(self) -> str:
        """The sentence."""
        return str(self.value)


class Verification(Record, frozen=True):
    """What verifying a response's signatures showed.

    `reason` says why nothing was verified, or is None. `given` is all metadata to compare with, `metadata`
    that of the issuer (IAM's copy before a file), None where none of it is. `signed` is the assertion that an intact
    signature signs where that is not the one whose values were read. `tricks` are signs of tampering, and `doubt` says
    why what was verified may not be what was posted, as sentences.
    """

    hidden = ("signed",)
    reason: Unverified | None = Unverified.NOT_VERIFIED
    signatures: tuple[Signature, ...] = ()
    metadata: Metadata | None = None
    given: tuple[Metadata, ...] = ()
    signed: Assertion | None = None
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
