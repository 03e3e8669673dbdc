"""Signing and encrypting of made-up responses, always to the same bytes.

The keys are made on the spot from fixed words: everybody can make them, so they protect nothing, and no private key
lies in the package. RSA with PKCS #1 v1.5 (RFC 8017, 8.2.1) gives one signature for one text; where a padding would be
random (OAEP, 7.1.1) its bytes come from the case's seed.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any

from connect_saml_nb.training.html import render_line

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from connect_saml_nb.training.generator.spec import Saml

MARK_RESPONSE, MARK_ASSERTION = "<!--signature of the response-->", "<!--signature of the assertion-->"
MISSING = (
    "The responses of this case are not signed, because the extra 'verify' is not installed "
    "(pip install 'connect-saml-nb[verify]'): leave the exercises on signatures out."
)
NEEDED = (
    "A case about signatures is made with the extra 'verify', which is not installed: "
    "pip install 'connect-saml-nb[verify]'."
)
_PLACEHOLDER = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="placeholder"/>'
_BITS = 2048


@cache
def available() -> bool:
    """Whether the extra `verify` is installed."""
    try:
        import cryptography  # noqa: F401, PLC0415 -- only a look
        import lxml  # noqa: F401, PLC0415
        import signxml  # noqa: F401, PLC0415
    except ImportError:
        return False
    return True


def finish(xml: str, saml: Saml, signs: tuple[str, ...], random: Random) -> str:
    """Sign and encrypt what the spec says; without the extra nothing is signed, and only looks encrypted."""
    if not available():
        bare = _unmarked(xml)
        return _ASSERTION.sub(lambda m: _looks_encrypted(m["p"] or "", random), bare) if saml.encrypted else bare
    done = xml
    if saml.signed != "none":
        name = saml.signed if saml.signed in {"other", "expired"} else "good"
        for where, mark in (("assertion", MARK_ASSERTION), ("response", MARK_RESPONSE)):
            if where in signs and mark in done:
                if where == "response" and saml.encrypted:
                    done = _encrypted(done, random)
                done = _signed(done, mark, name, saml.algorithm)
    if saml.encrypted and "EncryptedAssertion" not in done:
        done = _encrypted(done, random)
    return _spoilt(_unmarked(done), saml)


def _unmarked(xml: str) -> str:
    return xml.replace(MARK_RESPONSE, "").replace(MARK_ASSERTION, "")


_INDEX = re.compile(r'SessionIndex="_')
_NAME = re.compile(r"(RoleSessionName\"><[\w:]*AttributeValue>)(\w)")
_ASSERTION = re.compile(r"<(?P<p>\w+:)?Assertion\b.*</(?P=p)?Assertion>", re.DOTALL)


_OWN_SIGNATURE = re.compile(r"<ds:Signature\b.*?</ds:Signature>", re.DOTALL)


def _spoilt(xml: str, saml: Saml) -> str:
    """Change a signed value, or put an unsigned assertion before the signed one, where the spec says so."""
    if saml.signed == "wrapped":
        return _ASSERTION.sub(lambda found: _forged(found[0]) + found[0], xml, count=1)
    if saml.signed != "broken":
        return xml
    return _INDEX.sub('SessionIndex="_changed-', xml, count=1)


def _forged(assertion: str) -> str:
    bare = re.sub(r'\bID="_', 'ID="_f', _OWN_SIGNATURE.sub("", assertion), count=1)
    return _NAME.sub(lambda found: found[1] + "x." + found[2], bare, count=1)


# --- keys --------------------------------------------------------------------------------------------------


@cache
def key(name: str) -> RSAPrivateKey:
    """The RSA key of this name, the same on every computer."""
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 -- the extra

    random = Random(f"connect_saml_nb practice key {name}")  # noqa: S311 -- it is to be the same everywhere
    p, q = _prime(random), _prime(random)
    d = pow(65537, -1, (p - 1) * (q - 1))
    parts = (p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    return rsa.RSAPrivateNumbers(*parts, rsa.RSAPublicNumbers(65537, p * q)).private_key()


_SMALL = [n for n in range(3, 2000, 2) if all(n % m for m in range(3, int(n**0.5) + 1, 2))]


def _prime(random: Random) -> int:
    while True:
        found = random.getrandbits(_BITS // 2) | 1 | (3 << (_BITS // 2 - 2))
        if found % 65537 != 1 and all(found % n for n in _SMALL) and _is_prime(found, random):
            return found


def _is_prime(number: int, random: Random) -> bool:
    """Miller and Rabin's test (FIPS 186-5, B.3.1)."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(8):
        x = pow(random.randrange(2, number - 1), odd, number)
        if x not in {1, number - 1} and not any((x := x * x % number) == number - 1 for _ in range(twos - 1)):
            return False
    return True


@cache
def certificate(name: str) -> bytes:
    """The self-signed certificate of a key (DER); that of the key `expired` ended before any practice case."""
    from cryptography import x509  # noqa: PLC0415 -- the extra
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415

    first, last = (2016, 2026) if name == "expired" else (2024, 2034)
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Practice only: {name} key")])
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key(name).public_key())
        .serial_number(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) + 1)
        .not_valid_before(datetime(first, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(last, 1, 1, tzinfo=UTC))
        .sign(key(name), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


def private_pem(name: str) -> bytes:
    """A key as a file, to decrypt with."""
    from cryptography.hazmat.primitives import serialization as how  # noqa: PLC0415 -- the extra

    return key(name).private_bytes(how.Encoding.PEM, how.PrivateFormat.PKCS8, how.NoEncryption())


@cache
def _pem(name: str) -> str:
    body = base64.encodebytes(certificate(name)).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"


# --- signatures --------------------------------------------------------------------------------------------


def _signed(xml: str, mark: str, name: str, digest: str) -> str:
    """Sign the element in which the mark stands; the signature takes its place."""
    from lxml import etree  # noqa: PLC0415 -- the extra

    declaration, _, body = xml.rpartition("?>\n")
    root = etree.fromstring(body.replace(mark, _PLACEHOLDER).encode())
    holder = root.find(".//{*}Signature[@Id='placeholder']").getparent()
    made = _signer(digest).sign(holder, key=key(name), cert=_pem(name), reference_uri=holder.get("ID"))
    if holder is not root:
        parent = holder.getparent()
        parent.replace(holder, made)
        made = root
    return (declaration + "?>\n" if declaration else "") + str(etree.tostring(made, encoding="unicode"))


@cache
def _signer(digest: str) -> Any:  # noqa: ANN401 -- signxml has no types
    from signxml import algorithms as known  # noqa: PLC0415 -- the extra
    from signxml.signer import XMLSigner  # noqa: PLC0415

    class Signer(XMLSigner):
        def check_deprecated_methods(self) -> None:
            """Old algorithms are part of what is practised."""

    return Signer(
        method=known.SignatureConstructionMethod.enveloped,
        signature_algorithm=known.SignatureMethod[f"RSA_{digest.upper()}"],
        digest_algorithm=known.DigestAlgorithm[digest.upper()],
        c14n_algorithm=known.CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )


# --- encryption (XML Encryption 1.1: AES-128-GCM; the key by RSA-OAEP with SHA-1 and MGF1) --------------------


def _encrypted(xml: str, random: Random) -> str:
    """Put the encrypted assertion in the assertion's place."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 -- the extra

    secret, nonce = random.randbytes(16), random.randbytes(12)
    numbers = key("decryption").public_key().public_numbers()
    sealed = pow(int.from_bytes(_oaep(secret, 256, random)), numbers.e, numbers.n).to_bytes(256)

    def hidden(found: re.Match[str]) -> str:
        plain = _unmarked(found[0]).encode()
        return _envelope(found["p"] or "", nonce + AESGCM(secret).encrypt(nonce, plain, None), sealed)

    return _ASSERTION.sub(hidden, xml, count=1)


def _oaep(secret: bytes, size: int, random: Random) -> bytes:
    """RSA-OAEP's encoding (RFC 8017, 7.1.1) with SHA-1, no label, and padding that follows from the seed."""
    label = hashlib.sha1(b"").digest()  # noqa: S324 -- the standard's default
    block = label + bytes(size - len(secret) - 2 * 20 - 2) + b"\x01" + secret
    salt = random.randbytes(20)
    masked = _xor(block, _mask(salt, len(block)))
    return b"\0" + _xor(salt, _mask(masked, 20)) + masked


def _mask(seed: bytes, size: int) -> bytes:
    made = b"".join(hashlib.sha1(seed + n.to_bytes(4)).digest() for n in range(-(-size // 20)))  # noqa: S324 -- MGF1
    return made[:size]


def _xor(first: bytes, second: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(first, second, strict=True))


def _looks_encrypted(prefix: str, random: Random) -> str:
    return _envelope(prefix, random.randbytes(2400), random.randbytes(256))


def _envelope(prefix: str, content: bytes, sealed: bytes) -> str:
    encoded = {name: base64.b64encode(data).decode() for name, data in (("content", content), ("key", sealed))}
    return render_line("encrypted.xml", a=prefix, **encoded)
