"""DER bytes -> Certificate. Needs the extra `verify`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from connect_saml_nb.model.signature import Certificate
from connect_saml_nb.text import printable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

_SHOWN = 200


def read_certificate(der: bytes) -> Certificate | None:
    """The certificate, or None where the bytes are none that can be read."""
    try:
        loaded = x509.load_der_x509_certificate(der)
        return Certificate(
            fingerprint=hashlib.sha256(der).hexdigest(),
            subject=_subject(loaded),
            not_before=loaded.not_valid_before_utc,
            not_after=loaded.not_valid_after_utc,
            key=_kind(loaded.public_key()),
            der=der,
        )
    except Exception:  # noqa: BLE001 -- ValueError, UnsupportedAlgorithm and Rust's own: a stranger's DER
        return None


def _subject(certificate: x509.Certificate) -> str:
    try:
        text = certificate.subject.rfc4514_string()
    except ValueError:
        return ""
    return printable(text, _SHOWN)


def _kind(key: CertificatePublicKeyTypes) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, dsa.DSAPublicKey):
        return f"DSA {key.key_size}"
    return (
        f"EC {key.curve.name}"
        if isinstance(key, ec.EllipticCurvePublicKey)
        else type(key).__name__.removesuffix("PublicKey")
    )
