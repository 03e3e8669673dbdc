"""Verifies signatures with signxml over the very bytes that were recorded. Needs the extra `verify`.

What a signature covers is told by the bytes that the library digested, never by an ID: they are read again, and the
assertion in them is compared with the one whose values were read (xmldsig best practices: see what is signed).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import TYPE_CHECKING, Any

from cryptography import x509
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidDigest, InvalidSignature
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from connect_saml_nb.model.record import replace
from connect_saml_nb.model.signature import Certificate, Signature, SignatureState, Unverified
from connect_saml_nb.saml import Document, parse_xml, read_message
from connect_saml_nb.signature.certificates import read_certificate
from connect_saml_nb.signature.metadata import der_of
from connect_saml_nb.signature.structure import DS, Place, places_and_tricks, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from connect_saml_nb.model.saml import Assertion, SamlMessage
    from connect_saml_nb.model.signature import Verification

logging.getLogger("signxml").setLevel(logging.INFO)  # at DEBUG it logs the message itself (signxml 5.2, processor.py)

MOST_SIGNATURES = 6  # SAML has one for the Response and one for each assertion
_MOST_EMBEDDED = 5  # certificates of one KeyInfo: a signer's and its issuers'
# HMAC is left out: its key would be a secret, which no certificate gives. SHA-1 is in: which algorithms AWS takes is
# not documented, and products still sign with it; a rule calls it old.
_METHODS = frozenset(m for m in SignatureMethod if not m.name.startswith("HMAC"))
_DIGESTS = frozenset(DigestAlgorithm)

_TOO_MANY = f"The message has more than {MOST_SIGNATURES} signatures: only the first were verified."
_OTHER_SIGNED = "An intact signature signs another assertion than the one whose values were read."


class _Fault(Enum):
    """Why a signature does not hold, or could not be verified."""

    CHANGED = "What it signs was changed after it was signed: the digest differs."
    NO_KEY = "No certificate fits it: its own data were changed, or one signed that is neither embedded nor known."
    NO_CERTIFICATE = "It carries no certificate that can be read, and no metadata with one was given."
    ODD = "It is in a form that the verifying library does not take."


@dataclass(frozen=True, slots=True)
class _Look:
    """One signature with one certificate: the bytes that it signs where it is intact, or what went wrong."""

    certificate: Certificate | None
    state: SignatureState
    signed: bytes = field(repr=False, default=b"")
    fault: _Fault | None = None


@dataclass(frozen=True, slots=True)
class _Checked:
    """A signature, and the message that it signs, read from the library's bytes."""

    signature: Signature
    assertion: Assertion | None = field(repr=False, default=None)


def verified(message: SamlMessage, known: Verification) -> Verification:
    """Verify all signatures of the message and of its decrypted assertions."""
    checked: list[_Checked] = []
    tricks: list[str] = []
    for xml in (message.xml, *message.decrypted):
        parser, root = parsed(xml)
        if root is None:
            return replace(known, reason=Unverified.NO_XML)
        places, odd = places_and_tricks(root)
        tricks += odd + ([_TOO_MANY] if len(places) > MOST_SIGNATURES else [])
        checked += [_checked(xml, parser, place, message, known) for place in places[:MOST_SIGNATURES]]
    signatures = tuple(c.signature for c in checked)
    covered = any(s.covered for s in signatures)
    other = None if covered else _other(checked, message.assertion)
    tricks += [_OTHER_SIGNED] if other else []
    return replace(known, signatures=signatures, signed=other, tricks=tuple(dict.fromkeys(tricks)))


def _other(checked: Sequence[_Checked], read: Assertion | None) -> Assertion | None:
    """The assertion that an intact signature signs instead of the one that was read; a trusted one first."""
    signed = [c for c in checked if c.assertion is not None]
    first = next(iter(sorted(signed, key=lambda c: not c.signature.trusted)), None)
    return first.assertion if first and read is not None else None


# --- one document ------------------------------------------------------------------------------------------


def _parser(encoding: str | None = None) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=False,
    )


def parsed(xml: bytes) -> tuple[etree.XMLParser, etree._Element | None]:
    """The tree, or None; as UTF-8 where another encoding is declared (.NET's StringWriter declares utf-16 always)."""
    for encoding in (None, "utf-8"):
        parser = _parser(encoding)
        try:
            root = etree.fromstring(xml, parser)
        except (etree.XMLSyntaxError, ValueError, LookupError):
            continue
        return parser, None if root.getroottree().docinfo.doctype else root
    return parser, None


# --- one signature -----------------------------------------------------------------------------------------


def _checked(xml: bytes, parser: etree.XMLParser, place: Place, message: SamlMessage, known: Verification) -> _Checked:
    embedded = _embedded(place.signature)
    look = _look(xml, parser, place, embedded, known)
    intact = look.state is SignatureState.INTACT
    signed = read_message(look.signed) if intact else None
    trusted = known.metadata is not None and look.certificate in known.metadata.certificates
    signature = Signature(
        covers=etree.QName(place.parent).localname,
        state=look.state,
        trusted=intact and trusted,
        covered=signed is not None and _covers(signed, message),
        certificate=look.certificate or next(iter(embedded), None),
        algorithm=_algorithm(place.signature, "SignatureMethod"),
        digest=_algorithm(place.signature, f"Reference/{DS}DigestMethod"),
        problem=place.problem or (look.fault.value if look.fault else None),
    )
    return _Checked(signature, signed.assertion if signed else None)


def _look(
    xml: bytes, parser: etree.XMLParser, place: Place, embedded: Sequence[Certificate], known: Verification
) -> _Look:
    """Look with each certificate: the metadata's, the embedded first, then those that are embedded only."""
    if place.problem:
        return _Look(None, SignatureState.UNREADABLE)
    trusted = known.metadata.certificates if known.metadata else ()
    wanted = [*(c for c in trusted if c in embedded), *trusted, *embedded]
    looks = []
    for certificate in dict.fromkeys(wanted):
        looks.append(_look_with(xml, parser, place, certificate))
        if looks[-1].state is SignatureState.INTACT or looks[-1].fault is _Fault.CHANGED:
            return looks[-1]
    broken = next((look for look in looks if look.state is SignatureState.BROKEN), None)
    return broken or next(iter(looks), _Look(None, SignatureState.UNREADABLE, fault=_Fault.NO_CERTIFICATE))


def _look_with(xml: bytes, parser: etree.XMLParser, place: Place, certificate: Certificate) -> _Look:
    config = SignatureConfiguration(
        location=place.location, signature_methods=_METHODS, digest_algorithms=_DIGESTS, **_moment(certificate)
    )
    try:
        result = XMLVerifier().verify(
            xml,
            x509_cert=x509.load_der_x509_certificate(certificate.der),
            parser=parser,
            id_attribute=place.id_attribute,
            expect_config=config,
        )
    except InvalidDigest:  # comes after the signature's own data were found to be this key's
        return _Look(certificate, SignatureState.BROKEN, fault=_Fault.CHANGED)
    except InvalidSignature:
        return _Look(None, SignatureState.BROKEN, fault=_Fault.NO_KEY)
    except Exception:  # noqa: BLE001 -- what signxml, lxml and cryptography raise on a stranger's signature is not listed
        return _Look(None, SignatureState.UNREADABLE, fault=_Fault.ODD)
    if not isinstance(result, VerifyResult):
        return _Look(None, SignatureState.UNREADABLE, fault=_Fault.ODD)
    return _Look(certificate, SignatureState.INTACT, signed=result.signed_data)


def _moment(certificate: Certificate) -> dict[str, Any]:
    """A time at which the certificate is valid: whether it was at the post is a rule's question, here it is a key.

    signxml looks at the validity of a certificate that is given from 5.1 on; before, it has no such option.
    """
    has_option = any(f.name == "verification_time" for f in fields(SignatureConfiguration))
    return {"verification_time": certificate.not_before} if has_option else {}


def _embedded(signature: etree._Element) -> list[Certificate]:
    """The certificates that a signature carries."""
    elements = signature.findall(f"{DS}KeyInfo/{DS}X509Data/{DS}X509Certificate")[:_MOST_EMBEDDED]
    read = (read_certificate(der_of(text_of(e))) for e in elements)
    return [c for c in read if c]


def _algorithm(signature: etree._Element, name: str) -> str:
    """The short name of an algorithm: `rsa-sha256`."""
    element = signature.find(f"{DS}SignedInfo/{DS}{name}")
    text = "" if element is None else element.get("Algorithm", "")
    return "".join(c for c in text.rpartition("#")[2] if c.isprintable())[:60]


# --- what is signed ----------------------------------------------------------------------------------------


def _covers(signed: SamlMessage, message: SamlMessage) -> bool:
    """Whether the assertion that was read is in what was signed: as it is, or as the ciphertext that it came from."""
    if message.assertion is None:
        return False
    read = replace(message.assertion, notes=())
    if any(replace(a, notes=()) == read for a in signed.assertions):
        return True
    return bool(message.decrypted) and not signed.assertions and _ciphers(signed.xml) == _ciphers(message.xml) != []


def _ciphers(xml: bytes) -> list[list[tuple[str, tuple[tuple[str, str], ...], str]]]:
    """Each EncryptedAssertion of a document in full, free of what canonicalization changes."""
    document = parse_xml(xml)
    if not isinstance(document, Document):
        return []
    found = (e for e in document.root.iter() if e.tag.endswith("}EncryptedAssertion"))
    return [[_content(e) for e in element.iter()] for element in found]


def _content(element: Element) -> tuple[str, tuple[tuple[str, str], ...], str]:
    return element.tag, tuple(sorted(element.attrib.items())), (element.text or "").strip()
