"""What is said of a message that was decrypted, or could not be; and the extra that is needed for it."""

from __future__ import annotations

from enum import Enum

from connect_saml_nb.model.signature import Unverified

#: The extra that verifying and decrypting need.
MISSING = Unverified.EXTRA_MISSING.value


class Decryption(Enum):
    """What came of decrypting a message's assertions, and of putting the signed one first."""

    DECRYPTED = "The assertion was encrypted; it was decrypted with the key given."
    DAMAGED = "The assertion is encrypted in a form that could not be looked into, so the key given did not help."
    NO_FIT = (
        "The assertion is encrypted, and the key given does not fit: it was encrypted for another certificate{}. "
        "Give the private key of that certificate."
    )
    FITS = "The key given fits, but what it decrypts is damaged: record the sign-in again, and do not edit the capture."
    UNKNOWN_ALGORITHM = (
        "The assertion is encrypted with an algorithm that is not read here ({}); read are RSA-OAEP, RSA 1.5, "
        "AES-CBC and AES-GCM."
    )
    ELSEWHERE = "The encrypted assertion's data are not in the message itself, so they cannot be read."
    REMOVED = "What was encrypted was removed by redaction: only the original can be decrypted."
    EXTRA_MISSING = MISSING
    SIGNED_FIRST = (
        "The first assertion of the message is not the one that its signature signs; "
        "the values were read from the signed one."
    )
