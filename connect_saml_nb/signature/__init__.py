"""What is signed, and by which certificate; metadata; and decryption. Never judges, never raises on content.

Verifying and decrypting need the extra `verify` (signxml, lxml, cryptography), which is loaded when it is first used.

**What stays knowable of an encrypted assertion without a key**: that there is one, for which certificate it was
encrypted and how; the Response around it (issuer, status, Destination, InResponseTo, times) and its signature, which
covers the assertion as it is, encrypted; the form's RelayState; which role was chosen where AWS asked; and everything
that AWS and Connect answered. Role, RoleSessionName, audience, recipient and the assertion's times are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import Binding, MessageKind, MessageState
from connect_saml_nb.model.sentence import Sentence
from connect_saml_nb.model.signature import MAX_VERIFIED, Unverified, Verification
from connect_saml_nb.saml import REMOVED_CIPHER, REMOVED_SIGNATURE, unsure_repairs
from connect_saml_nb.signature.keys import PrivateKey, read_key
from connect_saml_nb.signature.metadata import read_metadata
from connect_saml_nb.signature.sentences import MISSING, Decryption
from connect_saml_nb.signature.sign_in import metadata_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connect_saml_nb.model.saml import SamlMessage
    from connect_saml_nb.model.signature import Metadata
    from connect_saml_nb.model.signin import SignIn

__all__ = [
    "MISSING",
    "PrivateKey",
    "decrypt",
    "prepared",
    "read_key",
    "read_metadata",
    "signed_first",
    "verification_of",
    "verify",
]

_SIGNED_KINDS = frozenset({MessageKind.RESPONSE, MessageKind.WS_FEDERATION})

_PASTED = "The message was pasted, not recorded: tools that show a message often change its spaces or line breaks."
_REPAIRED = "The recording's copy of the message had to be repaired, so it may not be what was posted: {repairs}"


def verify(message: SamlMessage, metadata: Sequence[Metadata] = ()) -> Verification:
    """Verify every signature of a response over the bytes as recorded (and of its decrypted assertions).

    Trust comes from the metadata whose entity ID is the message's issuer; without it an intact signature is not
    trusted. No certificate's validity is judged. Never raises; `reason` says why where nothing could be verified.
    """
    given = tuple(metadata)
    known = Verification(reason=None, given=given, metadata=_of_issuer(message, given), doubt=_doubt(message))
    reason = _unverifiable(message)
    return replace(known, reason=reason) if reason else _verified(message, known)


def _verified(message: SamlMessage, known: Verification) -> Verification:
    try:
        from connect_saml_nb.signature import verification as _verifying  # noqa: PLC0415 -- the extra may be missing, and is slow to load
    except ImportError:
        return replace(known, reason=Unverified.EXTRA_MISSING)
    try:
        return _verifying.verified(message, known)
    except Exception:  # noqa: BLE001 -- a stranger's XML in three libraries; whatever it is, the diagnosis goes on
        return replace(known, reason=Unverified.FAILED)


def _unverifiable(message: SamlMessage) -> Unverified | None:
    if message.state not in {MessageState.READ, MessageState.ENCRYPTED}:
        return Unverified.NOT_READ
    if message.kind not in _SIGNED_KINDS:
        return Unverified.NO_RESPONSE
    if REMOVED_SIGNATURE.encode() in message.xml:
        return Unverified.REMOVED
    return Unverified.TOO_LARGE if len(message.xml) > MAX_VERIFIED else None


def _of_issuer(message: SamlMessage, given: Sequence[Metadata]) -> Metadata | None:
    """IAM's copy decides over a file."""
    issuer = issuer_of(message)
    ours = [m for m in given if m.entity_id == issuer]
    return next((m for m in ours if m.from_account), next(iter(ours), None))


def issuer_of(message: SamlMessage) -> str | None:
    """The assertion's issuer, else the Response's, without the white space around it."""
    issuer = message.assertion.issuer if message.assertion else None
    issuer = issuer or (message.response.issuer if message.response else None)
    return issuer.strip() if issuer else None


def _doubt(message: SamlMessage) -> str | None:
    repairs = unsure_repairs(message)
    if repairs:
        return _REPAIRED.format(repairs=" ".join(map(str, repairs)))
    return _PASTED if message.binding is Binding.PASTED else None


def verification_of(sign_in: SignIn, metadata: Sequence[Metadata] = ()) -> Verification:
    """Verify a sign-in's response where that can tell something; `reason` says so where not.

    Without metadata, and where AWS took the response, it is not worth the time that loading the extra takes.
    """
    given = metadata_of(sign_in, metadata)
    message = sign_in.message
    if message is None:
        return Verification(reason=Unverified.NO_MESSAGE, given=given)
    if not given and sign_in.accepted and len(message.assertions) <= 1:
        return Verification(reason=_unverifiable(message) or Unverified.ACCEPTED)
    return verify(message, given)


def signed_first(message: SamlMessage, verification: Verification) -> SamlMessage:
    """The message with the assertion first that an intact signature signs: values are read from the first."""
    signed = verification.signed
    if signed is None or verification.covered:
        return message
    place = next((i for i, a in enumerate(message.assertions) if replace(a, notes=()) == replace(signed, notes=())), 0)
    if not place:
        return message
    others = (*message.assertions[:place], *message.assertions[place + 1 :])
    notes = (*message.notes, Sentence(Decryption.SIGNED_FIRST))
    return replace(message, assertions=(message.assertions[place], *others), notes=notes)


def decrypt(message: SamlMessage, key: PrivateKey) -> SamlMessage:
    """Read a message's encrypted assertions with a private key. Never raises.

    The result is READ with a note that says so and `decrypted` holds the assertions' own XML; where the key does not
    fit it stays as it is, and `problem` (or a note, where another assertion could be read) says so.
    """
    if b"EncryptedAssertion" not in message.xml and b"EncryptedData" not in message.xml:
        return message
    if REMOVED_CIPHER.encode() in message.xml:
        return _still_encrypted(message, Decryption.REMOVED)
    try:
        from connect_saml_nb.signature import decryption  # noqa: PLC0415 -- the extra may be missing
    except ImportError:
        return _still_encrypted(message, Decryption.EXTRA_MISSING)
    try:
        return decryption.decrypted(message, key)
    except Exception:  # noqa: BLE001 -- a stranger's XML and ciphertext; whatever it is, the diagnosis goes on
        return _still_encrypted(message, Decryption.DAMAGED)


def _still_encrypted(message: SamlMessage, code: Decryption) -> SamlMessage:
    if message.state is MessageState.ENCRYPTED:
        return replace(message, problem=Sentence(code))
    return replace(message, notes=(*message.notes, Sentence(code)))


def prepared(
    messages: Sequence[SamlMessage], metadata: Sequence[Metadata] = (), keys: Sequence[PrivateKey] = ()
) -> tuple[SamlMessage, ...]:
    """The messages as they should be judged: decrypted where a key fits, and with the signed assertion first."""
    return tuple(_signed_first(_decrypted(message, keys), metadata) for message in messages)


def _decrypted(message: SamlMessage, keys: Sequence[PrivateKey]) -> SamlMessage:
    last = message
    for key in keys:
        last = decrypt(message, key)
        if last.decrypted:
            return last
    return last


def _signed_first(message: SamlMessage, metadata: Sequence[Metadata]) -> SamlMessage:
    """Only a message with several assertions leaves a choice."""
    return signed_first(message, verify(message, metadata)) if len(message.assertions) > 1 else message
