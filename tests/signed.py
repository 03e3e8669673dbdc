"""Signed responses and metadata for the tests of `signature`: those of other software, and tampering with them."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connect_saml_nb import saml, signature

if TYPE_CHECKING:
    from connect_saml_nb.model.saml import SamlMessage
    from connect_saml_nb.model.signature import Metadata

DATA = Path(__file__).parent / "data" / "signed"
SIGNED = ("samlp", "pysaml2", "java", "wsfed-saml11")
ENCRYPTED = tuple(sorted(path.stem for path in DATA.glob("encrypted-*.xml")))
KEY = DATA / "made-up-key.pem"
ISSUERS = {
    "samlp": "urn:login.samlp.example",
    "pysaml2": "https://sso.pysaml2.example/idp",
    "java": "urn:login.samlp.example",
    "wsfed-saml11": "urn:adfs.example",
}
_CERTIFICATE = re.compile(rb"X509Certificate>([^<]+)<")


@cache
def xml(name: str) -> bytes:
    """A file's bytes."""
    return (DATA / f"{name}.xml").read_bytes()


def read(data: bytes) -> SamlMessage:
    """A message as if it had been posted."""
    return saml.read_message(data)


def certificate_of(name: str) -> str:
    """The base64 text of the certificate that signed."""
    return "".join(_CERTIFICATE.findall(xml(name))[0].decode().split())


def metadata_xml(
    issuer: str, *certificates: str, use: str = ' use="signing"', valid_until: str = "", role: str = "IDPSSO"
) -> str:
    """An EntityDescriptor with these certificates (base64 texts)."""
    keys = "".join(
        f"<KeyDescriptor{use}><KeyInfo xmlns='http://www.w3.org/2000/09/xmldsig#'><X509Data><X509Certificate>{c}"
        "</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        for c in certificates
    )
    until = f' validUntil="{valid_until}"' if valid_until else ""
    return (
        f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{issuer}"{until}>'
        f'<{role}Descriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{keys}'
        f"</{role}Descriptor></EntityDescriptor>"
    )


@cache
def metadata(name: str) -> tuple[Metadata, ...]:
    """The metadata of the identity provider that signed."""
    return signature.read_metadata(metadata_xml(ISSUERS[name], certificate_of(name)))


@cache
def made_key(name: str = "made up", bits: int = 2048) -> rsa.RSAPrivateKey:
    """The private key of a made certificate."""
    del name
    return rsa.generate_private_key(65537, bits)


@cache
def made_certificate(name: str = "made up", *, first: int = 2020, last: int = 2040, bits: int = 2048) -> str:
    """The base64 text of a self-signed certificate of this moment."""
    key = made_key(name, bits)
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(first, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(last, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


# --- wrapping ----------------------------------------------------------------------------------------------

VICTIM, EVIL = b"maria.garcia@corp.example", b"mallory@evil.example"
_RESPONSE = re.compile(rb"<(\w+):Response\b.*</\1:Response>", re.DOTALL)
_ASSERTION = re.compile(rb"<(\w+):Assertion\b.*?</\1:Assertion>", re.DOTALL)
_SIGNATURE = re.compile(rb"<(?:\w+:)?Signature\b.*?</(?:\w+:)?Signature>", re.DOTALL)
_ID = re.compile(rb'\bID="[^"]+"')


def _without_signatures(data: bytes) -> bytes:
    return _SIGNATURE.sub(b"", data)


def _evil(data: bytes) -> bytes:
    """Another person and other IDs, unsigned."""
    numbers = count()
    return _ID.sub(lambda _: b'ID="_evil%d"' % next(numbers), _without_signatures(data).replace(VICTIM, EVIL))


def _in_signature(signature_xml: bytes, content: bytes) -> bytes:
    """The content as an Object of the signature."""
    close = signature_xml.rindex(b"</")
    prefix = re.match(rb"<(?:(\w+):)?Signature", signature_xml)
    name = b":".join(filter(None, (prefix[1] if prefix else None, b"Object")))
    return signature_xml[:close] + b"<" + name + b">" + content + b"</" + name + b">" + signature_xml[close:]


def _after_issuer(data: bytes, content: bytes) -> bytes:
    place = re.search(rb"</(?:\w+:)?Issuer>", data)
    assert place
    return data[: place.end()] + content + data[place.end() :]


def wrapped(name: str, attack: int) -> bytes:
    """The attack XSW1 to XSW8 (Somorovsky and others 2012) on a response that other software signed."""
    data = _RESPONSE.search(xml(name))[0]
    response_signature = _SIGNATURE.search(data)[0]
    assertion = _ASSERTION.search(data)[0]
    assertion_signature = _SIGNATURE.search(assertion)[0]
    if attack <= 2:
        original = data.replace(response_signature, b"", 1)
        evil = _evil(data)
        if attack == 1:  # the original response inside the signature that the evil one carries
            return _after_issuer(evil, _in_signature(response_signature, original))
        return _after_issuer(evil, response_signature + original)  # ... beside it, before the evil content
    bare = data.replace(response_signature, b"", 1)
    evil = _evil(assertion)
    close = evil.rindex(b"</")
    unsigned = assertion.replace(assertion_signature, b"", 1)
    return bare.replace(
        assertion,
        {
            3: evil + assertion,
            4: evil[:close] + assertion + evil[close:],
            5: _after_issuer(evil, assertion_signature) + unsigned,
            6: _after_issuer(evil, _in_signature(assertion_signature, unsigned)),
            7: b'<samlp:Extensions xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">'
            + evil
            + b"</samlp:Extensions>"
            + assertion,
            8: assertion.replace(VICTIM, EVIL).replace(
                assertion_signature, _in_signature(assertion_signature, unsigned)
            ),
        }[attack],
    )
