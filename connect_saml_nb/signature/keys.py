"""A private key from a local file, for decrypting; it is never stored, printed or passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from connect_saml_nb.errors import EvidenceError, PasswordNeededError
from connect_saml_nb.signature.files import opened
from connect_saml_nb.signature.sentences import MISSING

if TYPE_CHECKING:
    import os

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_MOST = 256 * 1024  # bytes
_WHAT = "private key"
_HOW = "Give the RSA private key that was uploaded to IAM for this SAML provider, as PEM or DER."


class PrivateKey:
    """A private key that shows nothing of itself and cannot be pickled."""

    __slots__ = ("_key",)

    def __init__(self, key: RSAPrivateKey) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "<PrivateKey>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A private key is not stored.")

    def unwrap(self) -> RSAPrivateKey:
        """The key itself, for the moment of decrypting."""
        return self._key


def read_key(source: str | os.PathLike[str] | bytes, password: str | bytes | None = None) -> PrivateKey:
    """Read an RSA private key from a file (PEM or DER, PKCS#1 or PKCS#8) or from its bytes.

    A text that starts like PEM (`-----BEGIN`) is the key itself. Raises EvidenceError with a sentence that shows
    nothing of the key; PasswordNeededError where the key has a password and none was given.
    """
    if isinstance(source, str) and source.lstrip().startswith("-----BEGIN"):
        source = source.encode(errors="replace")
    if isinstance(source, bytes | bytearray | memoryview):
        data, name = bytes(source[: _MOST + 1]), "The key given"
    else:
        data, name = opened(source, _WHAT, _MOST)
    if len(data) > _MOST:
        raise EvidenceError(f"{name} is larger than {_MOST >> 10} KiB, so it is no {_WHAT}. {_HOW}")
    return _loaded(data, name, password.encode(errors="replace") if isinstance(password, str) else password)


def _loaded(data: bytes, name: str, password: bytes | None) -> PrivateKey:
    try:
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 -- the extra may be missing
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    except ImportError:
        raise EvidenceError(MISSING) from None
    is_pem = b"-----BEGIN" in data
    load = serialization.load_pem_private_key if is_pem else serialization.load_der_private_key
    problem, error = "", EvidenceError
    try:
        key = load(data, password or None)
    except TypeError:  # cryptography's answer to a password that is missing, or given and not needed
        problem = "needs its password" if not password else "has no password, and one was given"
        error = EvidenceError if password else PasswordNeededError
    except Exception:  # noqa: BLE001 -- whatever it is, nothing of a key may reach a message
        problem = _why_not(data, is_pem=is_pem, password=password)
    if problem:
        raise error(f"{name} {problem}. {_HOW}")
    if not isinstance(key, RSAPrivateKey):
        raise EvidenceError(f"{name} is no RSA key. {_HOW}")
    return PrivateKey(key)


def _why_not(data: bytes, *, is_pem: bool, password: bytes | None) -> str:
    if is_pem and b"PRIVATE KEY" not in data:
        kind = (
            "a certificate" if b"CERTIFICATE" in data else "a public key" if b"PUBLIC KEY" in data else "something else"
        )
        return f"is {kind}, not a {_WHAT}"
    return (
        "could not be read: the password is wrong, or the file is damaged"
        if password
        else f"is no {_WHAT} that can be read"
    )
