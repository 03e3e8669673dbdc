"""Decrypts assertions with a private key (XML Encryption 1.1). Needs the extra `verify`.

No maintained package does this alone: signxml has no decryption, and xmlsec must match lxml's own build.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from lxml import etree

from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import MessageState
from connect_saml_nb.model.sentence import Sentence
from connect_saml_nb.saml import read_message
from connect_saml_nb.saml.sentences import Note
from connect_saml_nb.signature.sentences import Decryption
from connect_saml_nb.signature.structure import DS, text_of
from connect_saml_nb.signature.verification import parsed
from connect_saml_nb.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from connect_saml_nb.model.saml import SamlMessage
    from connect_saml_nb.signature.keys import PrivateKey

_XENC = "{http://www.w3.org/2001/04/xmlenc#}"
_XENC11 = "{http://www.w3.org/2009/xmlenc11#}"
_MOST_ENCRYPTED = 10  # assertions of one message
_MOST_KEYS = 10  # recipients of one assertion

_ENC = "http://www.w3.org/2001/04/xmlenc#"
_ENC11 = "http://www.w3.org/2009/xmlenc11#"
#: Length of the session key in bytes, and whether it is GCM (XML Encryption 1.1, 5.2).
_CONTENT = {
    f"{_ENC}aes128-cbc": (16, False),
    f"{_ENC}aes192-cbc": (24, False),
    f"{_ENC}aes256-cbc": (32, False),
    f"{_ENC11}aes128-gcm": (16, True),
    f"{_ENC11}aes192-gcm": (24, True),
    f"{_ENC11}aes256-gcm": (32, True),
}
_IV, _NONCE, _TAG, _BLOCK = 16, 12, 16, 16  # bytes (XML Encryption 1.1, 5.2.2 and 5.2.4)
_RSA_1_5 = f"{_ENC}rsa-1_5"
_OAEP = frozenset({f"{_ENC}rsa-oaep-mgf1p", f"{_ENC11}rsa-oaep"})
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "http://www.w3.org/2000/09/xmldsig#sha1": hashes.SHA1,
    "http://www.w3.org/2001/04/xmldsig-more#sha224": hashes.SHA224,
    "http://www.w3.org/2001/04/xmlenc#sha256": hashes.SHA256,
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashes.SHA384,
    "http://www.w3.org/2001/04/xmlenc#sha512": hashes.SHA512,
    f"{_ENC11}mgf1sha1": hashes.SHA1,
    f"{_ENC11}mgf1sha224": hashes.SHA224,
    f"{_ENC11}mgf1sha256": hashes.SHA256,
    f"{_ENC11}mgf1sha384": hashes.SHA384,
    f"{_ENC11}mgf1sha512": hashes.SHA512,
}
_FIRST_TAG = re.compile(rb"\s*(?:<\?xml[^>]{0,200}\?>)?\s*<[^\s/>]{1,200}")


class _RefusedError(Exception):
    """One assertion could not be decrypted. Never leaves this module."""

    def __init__(self, problem: Sentence) -> None:
        super().__init__()
        self.problem = problem


def decrypted(message: SamlMessage, key: PrivateKey) -> SamlMessage:
    """The message with its encrypted assertions read, or with why they could not be."""
    _, root = parsed(message.xml)
    elements = [] if root is None else _encrypted(root)[:_MOST_ENCRYPTED]
    plain: list[bytes] = []
    problems: list[Sentence] = []
    for element in elements:
        try:
            plain.append(_plain(element, key.unwrap()))
        except _RefusedError as error:
            problems.append(error.problem)
    if plain:
        return _read(message, tuple(plain), problems)
    problem = next(iter(problems), Sentence(Decryption.DAMAGED))
    if message.state is MessageState.ENCRYPTED:
        return replace(message, problem=problem)
    return replace(message, notes=(*message.notes, problem)) if elements else message


def _read(message: SamlMessage, plain: tuple[bytes, ...], problems: list[Sentence]) -> SamlMessage:
    read = [read_message(xml) for xml in plain]
    notes = tuple(note for note in message.notes if note.code is not Note.PARTLY_ENCRYPTED)
    return replace(
        message,
        state=MessageState.READ,
        problem=None,
        assertions=(*message.assertions, *(a for r in read for a in r.assertions)),
        notes=(*notes, Sentence(Decryption.DECRYPTED), *(note for r in read for note in r.notes), *problems),
        decrypted=plain,
    )


def _encrypted(root: etree._Element) -> list[etree._Element]:
    """The encrypted assertions where the schema has them: in a Response, alone, or in WS-Federation's tokens."""
    name = etree.QName(root).localname
    if name == "EncryptedAssertion":
        return [root]
    tokens = [e for e in root.iter("*") if etree.QName(e).localname == "RequestedSecurityToken"]
    parents = [root] if name == "Response" else tokens
    wanted = {"EncryptedAssertion"} if name == "Response" else {"EncryptedAssertion", "EncryptedData"}
    return [e for p in parents for e in p.iterchildren("*") if etree.QName(e).localname in wanted]


# --- one assertion -----------------------------------------------------------------------------------------


def _plain(element: etree._Element, key: RSAPrivateKey) -> bytes:
    """The assertion's own XML."""
    data = element if element.tag == f"{_XENC}EncryptedData" else element.find(f"{_XENC}EncryptedData")
    content = None if data is None else _cipher_value(data)
    if data is None or content is None:
        raise _RefusedError(Sentence(Decryption.ELSEWHERE))
    algorithm = _method(data)
    if algorithm not in _CONTENT:
        raise _RefusedError(Sentence(Decryption.UNKNOWN_ALGORITHM, (_short(algorithm),)))
    keys = _encrypted_keys(element)
    for encrypted_key in keys:
        session = _session_key(encrypted_key, key, _CONTENT[algorithm][0])
        plain = _opened(content, session, gcm=_CONTENT[algorithm][1]) if session else None
        xml = _assertion(plain, element) if plain is not None else None
        if xml is not None:
            return xml
    raise _RefusedError(_why_not(keys, key))


def _assertion(plain: bytes, element: etree._Element) -> bytes | None:
    """The plaintext where it is one assertion: standing alone (SAML core 6.2), else with the prefixes around it.

    xmlsec leaves out the declarations of namespaces that the assertion inherits from the message.
    """
    for xml in (plain, _in_context(plain, element)):
        message = read_message(xml)
        if message.state is MessageState.READ and message.response is None and len(message.assertions) == 1:
            return xml
    return None


def _in_context(plain: bytes, element: etree._Element) -> bytes:
    tag = _FIRST_TAG.match(plain)
    if tag is None:
        return plain
    rest = plain[tag.end() : plain.find(b">", tag.end()) + 1]
    names = {"xmlns" + (f":{prefix}" if prefix else ""): uri for prefix, uri in element.nsmap.items()}
    missing = [f" {n}={quoteattr(uri)}".encode() for n, uri in names.items() if f" {n}=".encode() not in rest]
    return plain[: tag.end()] + b"".join(missing) + plain[tag.end() :]


# --- keys --------------------------------------------------------------------------------------------------


def _encrypted_keys(element: etree._Element) -> list[etree._Element]:
    """Inside the data's KeyInfo, beside the data, or where a RetrievalMethod points to (XML Encryption 1.1, 3.5)."""
    keys = list(element.iter(f"{_XENC}EncryptedKey"))
    wanted = {m.get("URI", "").removeprefix("#") for m in element.iter(f"{DS}RetrievalMethod")} - {""}
    root = element.getroottree().getroot()
    pointed = [k for k in root.iter(f"{_XENC}EncryptedKey") if k.get("Id") in wanted] if wanted else []
    return list(dict.fromkeys([*pointed, *keys]))[:_MOST_KEYS]


def _session_key(encrypted_key: etree._Element, key: RSAPrivateKey, length: int) -> bytes | None:
    """The unwrapped key, or None where this key does not fit."""
    wrapped = _cipher_value(encrypted_key)
    padding = _padding(encrypted_key)
    if wrapped is None or padding is None:
        return None
    try:
        session = key.decrypt(wrapped, padding)
    except ValueError:
        return None
    return session if len(session) == length else None


def _padding(encrypted_key: etree._Element) -> PKCS1v15 | OAEP | None:
    """Key transport (XML Encryption 1.1, 5.5): SHA-1 where no digest or mask function is named."""
    algorithm = _method(encrypted_key)
    if algorithm == _RSA_1_5:
        return PKCS1v15()
    method = encrypted_key.find(f"{_XENC}EncryptionMethod")
    if algorithm not in _OAEP or method is None:
        return None
    digest = _hash(method.find(f"{DS}DigestMethod"))
    mask = _hash(method.find(f"{_XENC11}MGF")) if algorithm == f"{_ENC11}rsa-oaep" else hashes.SHA1
    if digest is None or mask is None:
        return None
    return OAEP(mgf=MGF1(mask()), algorithm=digest(), label=_base64(method.find(f"{_XENC}OAEPparams")))


def _hash(element: etree._Element | None) -> type[hashes.HashAlgorithm] | None:
    return hashes.SHA1 if element is None else _HASHES.get(element.get("Algorithm", ""))


def _why_not(keys: list[etree._Element], key: RSAPrivateKey) -> Sentence:
    methods = {_method(k) for k in keys}
    unknown = sorted(methods - _OAEP - {_RSA_1_5})
    if unknown and len(unknown) == len(methods):
        return Sentence(Decryption.UNKNOWN_ALGORITHM, (_short(unknown[0]),))
    certificates = [c for k in keys for c in _recipients(k)]
    if any(c.public_key() == key.public_key() for c in certificates):
        return Sentence(Decryption.FITS)
    names = ", ".join(dict.fromkeys(_name(c) for c in certificates))
    return Sentence(Decryption.NO_FIT, (f" ({names})" if names else "",))


def _recipients(encrypted_key: etree._Element) -> Iterator[x509.Certificate]:
    for element in encrypted_key.iterfind(f"{DS}KeyInfo/{DS}X509Data/{DS}X509Certificate"):
        der = _base64(element)
        try:
            certificate = x509.load_der_x509_certificate(der or b"")
            certificate.public_key()
        except Exception:  # noqa: BLE001, S112 -- a stranger's DER: it only would have helped to say for whom
            continue
        yield certificate


def _name(certificate: x509.Certificate) -> str:
    try:
        subject = certificate.subject.rfc4514_string()
    except ValueError:
        subject = ""
    shown = printable(subject, 100)
    return f"{shown or 'no subject'}, SHA-256 {certificate.fingerprint(hashes.SHA256()).hex()[:16]}…"


# --- content -----------------------------------------------------------------------------------------------


def _opened(content: bytes, session: bytes, *, gcm: bool) -> bytes | None:
    """The plaintext, or None where the key is not the content's."""
    try:
        return _gcm(content, session) if gcm else _cbc(content, session)
    except Exception:  # noqa: BLE001 -- InvalidTag, ValueError, OverflowError: the key or the content is wrong
        return None


def _gcm(content: bytes, session: bytes) -> bytes | None:
    """Nonce, ciphertext, tag (XML Encryption 1.1, 5.2.4)."""
    if len(content) < _NONCE + _TAG:
        return None
    return AESGCM(session).decrypt(content[:_NONCE], content[_NONCE:], None)


def _cbc(content: bytes, session: bytes) -> bytes | None:
    """IV and ciphertext; the last byte tells the padding's length (XML Encryption 1.1, 5.2 and 5.2.2)."""
    decryptor = Cipher(AES(session), CBC(content[:_IV])).decryptor()
    padded = decryptor.update(content[_IV:]) + decryptor.finalize()
    padding = padded[-1] if padded else 0
    return padded[:-padding] if 1 <= padding <= _BLOCK else None


# --- elements ----------------------------------------------------------------------------------------------


def _method(element: etree._Element) -> str:
    method = element.find(f"{_XENC}EncryptionMethod")
    return "" if method is None else method.get("Algorithm", "")


def _cipher_value(element: etree._Element) -> bytes | None:
    return _base64(element.find(f"{_XENC}CipherData/{_XENC}CipherValue"))


def _base64(element: etree._Element | None) -> bytes | None:
    if element is None:
        return None
    try:
        return a2b_base64("".join(text_of(element).split()))
    except (Base64Error, ValueError):
        return None


def _short(algorithm: str) -> str:
    shown = printable(algorithm.rpartition("#")[2] or algorithm, 60)
    return shown or "none named"
