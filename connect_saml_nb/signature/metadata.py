"""An identity provider's metadata (SAML metadata 2.0), from a file or from what iam:GetSAMLProvider gives."""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import TYPE_CHECKING

from connect_saml_nb.errors import EvidenceError
from connect_saml_nb.io.source import label
from connect_saml_nb.model.signature import Certificate, Metadata
from connect_saml_nb.saml import Document, parse_xml, read_time
from connect_saml_nb.signature.files import opened
from connect_saml_nb.signature.sentences import MISSING

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from datetime import datetime
    from xml.etree.ElementTree import Element

_MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_MOST = 10_000_000  # characters of SAMLMetadataDocument (IAM API reference, GetSAMLProvider)
_MOST_ELEMENTS = 200_000
_MOST_PROVIDERS = 2_000
_MOST_CERTIFICATES = 20  # of one provider; IAM takes up to 10 keys
_WHAT = "identity provider metadata"
_HOW = "Download the SAML metadata XML of the identity provider's AWS application, and give that file."
_UNREADABLE = "A certificate in the metadata cannot be read."
_TOO_MANY = f"The metadata holds more than {_MOST_CERTIFICATES} signing certificates; the rest was not looked at."


def read_metadata(
    source: str | os.PathLike[str] | bytes, *, name: str | None = None, from_account: bool = False
) -> tuple[Metadata, ...]:
    """Read metadata XML from a path, its bytes or its text: one for each identity provider in it.

    A text that starts with `<` is the XML itself. `from_account` says that it is IAM's copy. Certificates need the
    extra `verify`; without it there are none, and a note says so. Raises EvidenceError with a sentence where the
    input is no identity provider's metadata.
    """
    data, own = _data(source)
    called = label(name or own)
    document = parse_xml(data, max_bytes=_MOST, max_elements=_MOST_ELEMENTS) if len(data) <= _MOST else None
    if document is None:
        raise EvidenceError(f"{called} is larger than {_MOST // 1_000_000} MB: it was not read. {_HOW}")
    if not isinstance(document, Document):
        raise EvidenceError(f"{called} is no XML that can be read safely, so it is no {_WHAT}. {_HOW}")
    found = tuple(_provider(document, e, called, from_account=from_account) for e in _providers(document.root))
    if not found:
        raise EvidenceError(f"{called} {_instead(document)}. {_HOW}")
    return found


def _data(source: str | os.PathLike[str] | bytes) -> tuple[bytes, str]:
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source[: _MOST + 1]).lstrip(b" \t\r\n"), "The metadata given"
    if isinstance(source, str) and source[:1000].lstrip("\ufeff \t\r\n").startswith("<"):
        text = source[: _MOST + 1].lstrip("\ufeff \t\r\n")
        return text.encode(errors="replace"), "The metadata given"
    data, name = opened(source, _WHAT, _MOST)
    return data.lstrip(b" \t\r\n"), name


def _providers(root: Element) -> Iterator[Element]:
    """Every EntityDescriptor that is an identity provider's, up to a bound."""
    count = 0
    for entity in root.iter(f"{_MD}EntityDescriptor"):
        if entity.get("entityID", "").strip() and entity.find(f"{_MD}IDPSSODescriptor") is not None:
            count += 1
            yield entity
        if count >= _MOST_PROVIDERS:
            return


def _instead(document: Document) -> str:
    root = document.root
    if root.find(f".//{_MD}SPSSODescriptor") is not None or root.find(f"{_MD}SPSSODescriptor") is not None:
        return f"is the metadata of a service provider (such as AWS's own), not {_WHAT}"
    if root.tag in {f"{_MD}EntityDescriptor", f"{_MD}EntitiesDescriptor"}:
        return "names no SAML 2.0 identity provider with an entity ID"
    return f"is XML, but no {_WHAT}"


def _provider(document: Document, entity: Element, source: str, *, from_account: bool) -> Metadata:
    certificates, notes = _certificates(document, entity)
    return Metadata(
        source=source,
        entity_id=entity.get("entityID", "").strip(),
        certificates=certificates,
        valid_until=_valid_until(document.root, entity),
        from_account=from_account,
        notes=notes,
    )


def _valid_until(root: Element, entity: Element) -> datetime | None:
    """The earliest of those that apply (SAML metadata 2.0, 2.3.1: an element's validity bounds what is inside)."""
    texts = [e.get("validUntil") for e in (root, entity, *entity.findall(f"{_MD}IDPSSODescriptor"))]
    times = [read_time(text, "validUntil")[0] for text in texts if text]
    return min((time for time in times if time), default=None)


def _certificates(document: Document, entity: Element) -> tuple[tuple[Certificate, ...], tuple[str, ...]]:
    try:
        from connect_saml_nb.signature.certificates import read_certificate  # noqa: PLC0415 -- the extra may be missing
    except ImportError:
        return (), (MISSING,)
    ders = list(dict.fromkeys(_ders(document, entity)))
    read = [read_certificate(der) for der in ders[:_MOST_CERTIFICATES]]
    notes = (_UNREADABLE,) if None in read else ()
    return tuple(c for c in read if c), (*notes, _TOO_MANY) if len(ders) > _MOST_CERTIFICATES else notes


def _ders(document: Document, entity: Element) -> Iterator[bytes]:
    """Signing certificates: of KeyDescriptors with use="signing" or without use (SAML metadata 2.0, 2.4.1.1)."""
    descriptors = entity.iterfind(f"{_MD}IDPSSODescriptor/{_MD}KeyDescriptor")
    for descriptor in descriptors:
        if descriptor.get("use", "signing") == "signing":
            for element in descriptor.iterfind(f"{_DS}KeyInfo/{_DS}X509Data/{_DS}X509Certificate"):
                yield der_of(document.text(element))


def der_of(text: str) -> bytes:
    """A certificate's bytes from its base64 text (some products leave PEM's lines around it); b"" where it is none."""
    lines = [line for line in text.split() if "-----" not in line and line not in {"CERTIFICATE", "BEGIN", "END"}]
    try:
        return a2b_base64("".join(lines))
    except (Base64Error, ValueError):
        return b""
