"""Signatures, certificates and metadata."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from connect_saml_nb.model.record import Record

if TYPE_CHECKING:
    from datetime import datetime

    from connect_saml_nb.model.saml import Assertion


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


class Verification(Record, frozen=True):
    """What verifying a response's signatures showed.

    `reason` is a sentence where nothing was verified, else None. `given` is all metadata to compare with, `metadata`
    that of the issuer (IAM's copy before a file), None where none of it is. `signed` is the assertion that an intact
    signature signs where that is not the one whose values were read. `tricks` are signs of tampering, and `doubt` says
    why what was verified may not be what was posted, as sentences.
    """

    hidden = ("signed",)
    reason: str | None = "The signatures were not verified."
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
