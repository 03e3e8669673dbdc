"""Decrypting: assertions that other software encrypted, keys that do not fit, and keys that show nothing."""

from __future__ import annotations

import base64
import contextlib
import copy
import pickle
import re
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st
from signed import DATA, ENCRYPTED, KEY, made_certificate, made_key, metadata, read, xml

from connect_saml_nb import signature
from connect_saml_nb.errors import EvidenceError
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import MessageState

if TYPE_CHECKING:
    from pathlib import Path

    from connect_saml_nb.model.saml import SamlMessage

PLAIN = xml("samlp")
OTHERS = "samlp-encrypted-for-another"
FROM_SAMLP = tuple(name for name in ENCRYPTED if not name.endswith("inherited-prefixes"))
_ENCRYPTED_KEY = re.compile(rb"<xenc:EncryptedKey>.*?</xenc:EncryptedKey>", re.DOTALL)
GCM = "encrypted-xmlsec-oaep-aes256-gcm"
CBC = "encrypted-xmlsec-oaep-aes128-cbc"


def _pem(
    key: object, form: serialization.PrivateFormat = serialization.PrivateFormat.PKCS8, password: bytes | None = None
) -> bytes:
    protection = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, protection)  # type: ignore[attr-defined]


OURS = signature.read_key(KEY)
STRANGERS = signature.read_key(_pem(made_key()))


def _decrypted(name: str, key: signature.PrivateKey = OURS) -> SamlMessage:
    return signature.decrypt(read(xml(name)), key)


def _values(message: SamlMessage) -> list[tuple[str, ...]]:
    return [(a.name, *a.values) for a in message.assertions[0].attributes]


# --- what other software encrypted -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENCRYPTED)
def test_what_other_software_encrypted_is_read(name: str) -> None:
    """libxmlsec1 and xml-encryption: RSA-OAEP in all its forms, RSA 1.5, AES-CBC and AES-GCM."""
    message = _decrypted(name)
    assert (message.state, message.problem) == (MessageState.READ, None)


@pytest.mark.parametrize("name", FROM_SAMLP)
def test_every_value_is_the_original(name: str) -> None:
    """Letter for letter."""
    assert _values(_decrypted(name)) == _values(read(PLAIN))


@pytest.mark.parametrize("name", FROM_SAMLP)
def test_the_signature_inside_is_proven(name: str) -> None:
    """It was made before the assertion was encrypted."""
    assert signature.verify(_decrypted(name), metadata("samlp")).proven


def test_prefixes_that_the_assertion_inherits_are_put_back() -> None:
    """libxmlsec1 leaves their declarations out; the signature holds all the same."""
    assert signature.verify(_decrypted("encrypted-xmlsec-inherited-prefixes"), metadata("pysaml2")).proven


def test_a_decrypted_message_says_so() -> None:
    """A reader should know where the values come from."""
    assert tuple(map(str, _decrypted(GCM).notes)) == (
        "The assertion was encrypted; it was decrypted with the key given.",
    )


def test_the_message_keeps_its_own_bytes() -> None:
    """The Response's signature is over the encrypted form."""
    message = _decrypted(GCM)
    assert (message.xml, message.decrypted[0][:15]) == (xml(GCM), b"<saml:Assertion")


def test_what_was_decrypted_is_not_in_the_repr() -> None:
    """As the message's other bytes."""
    assert "<saml:Assertion" not in repr(_decrypted(GCM))


def test_a_plain_message_stays_as_it_is() -> None:
    """There is nothing to decrypt."""
    message = read(PLAIN)
    assert signature.decrypt(message, OURS) is message


def test_an_encrypted_assertion_beside_a_plain_one_is_read_too() -> None:
    """After it, in the message's order."""
    plain = re.search(rb"<saml:Assertion.*</saml:Assertion>", PLAIN, re.DOTALL)[0]
    both = read(xml(GCM).replace(b"<saml:EncryptedAssertion", plain + b"<saml:EncryptedAssertion", 1))
    message = signature.decrypt(both, OURS)
    assert [a.name_id for a in message.assertions] == ["maria.garcia@corp.example"] * 2


def test_an_encrypted_assertion_alone_is_read() -> None:
    """As a person may paste it."""
    alone = re.search(rb"<saml:EncryptedAssertion.*</saml:EncryptedAssertion>", xml(GCM), re.DOTALL)[0]
    assert signature.decrypt(read(alone), OURS).state is MessageState.READ


def _key_beside(data: bytes, *others: bytes) -> bytes:
    """The EncryptedKey beside the EncryptedData, as Shibboleth and AD FS write it, with a RetrievalMethod to it."""
    key = _ENCRYPTED_KEY.search(data)[0]
    pointer = b'<ds:RetrievalMethod Type="http://www.w3.org/2001/04/xmlenc#EncryptedKey" URI="#_key"/>'
    pointed = data.replace(key, pointer)
    beside = key.replace(b"<xenc:EncryptedKey", b'<xenc:EncryptedKey xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="_key"', 1)  # fmt: skip
    return pointed.replace(b"</xenc:EncryptedData>", b"</xenc:EncryptedData>" + b"".join(others) + beside)


def test_a_key_beside_the_data_is_found() -> None:
    """A RetrievalMethod points to it."""
    assert signature.decrypt(read(_key_beside(xml(GCM))), OURS).state is MessageState.READ


def test_of_several_recipients_the_one_that_fits_is_taken() -> None:
    """One assertion, encrypted for two."""
    strangers = re.search(rb"<e:EncryptedKey.*</e:EncryptedKey>", xml(OTHERS), re.DOTALL)[0]
    strangers = strangers.replace(b"<KeyInfo>", b'<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#">')
    assert signature.decrypt(read(_key_beside(xml(GCM), strangers)), OURS).state is MessageState.READ


def test_of_several_keys_the_one_that_fits_is_taken() -> None:
    """IAM holds up to two private keys."""
    (message,) = signature.prepared([read(xml(GCM))], keys=[STRANGERS, OURS])
    assert message.state is MessageState.READ


def test_a_response_signed_over_the_encrypted_assertion_covers_what_was_read() -> None:
    """The ciphertext that was decrypted is the one that is signed."""
    message = read(xml(OTHERS))
    assertion = read(PLAIN).assertions
    known = replace(message, state=MessageState.READ, assertions=assertion, decrypted=(b"<x/>",))
    assert [s.covered for s in signature.verify(known).signatures] == [True]


def test_a_response_signed_over_another_ciphertext_covers_nothing() -> None:
    """The evil response around the signed one carries a ciphertext of its own."""
    inner = xml(OTHERS)
    evil = inner.replace(b"f62EmhQ9", b"AAAAAAAA").replace(b'ID="_fd61c96d060397d705d9"', b'ID="_evil"')
    signature_xml = re.search(rb"<Signature .*?</Signature>", inner, re.DOTALL)[0]
    data = evil.replace(signature_xml, signature_xml + inner.replace(signature_xml, b"", 1), 1)
    known = replace(read(data), state=MessageState.READ, assertions=read(PLAIN).assertions, decrypted=(b"<x/>",))
    shown = signature.verify(known)
    assert ([s.state.value for s in shown.signatures], shown.covered) == (["intact"], False)


# --- keys that do not fit, and data that are damaged -------------------------------------------------------------


@pytest.mark.parametrize("name", ENCRYPTED)
def test_a_wrong_key_leaves_the_message_encrypted(name: str) -> None:
    """And says that it does not fit."""
    message = _decrypted(name, STRANGERS)
    assert (message.state, "the key given does not fit" in str(message.problem)) == (MessageState.ENCRYPTED, True)


def test_a_wrong_key_is_told_for_whom_it_was_encrypted() -> None:
    """The recipient's certificate is in the message."""
    assert str(_decrypted(OTHERS).problem) == (
        "The assertion is encrypted, and the key given does not fit: it was encrypted for another certificate "
        "(CN=aws signing,O=Corp Example, SHA-256 1ef398a3b03672fb…). Give the private key of that certificate."
    )


@pytest.mark.parametrize("name", [GCM, CBC, "encrypted-node-oaep-sha1-gcm"])
def test_damaged_data_leave_the_message_encrypted(name: str) -> None:
    """Each tenth of the ciphertext is changed once."""
    data = xml(name)
    start, end = max((m.span(1) for m in re.finditer(rb"CipherValue>([^<]+)<", data)), key=lambda s: s[1] - s[0])
    step = (end - start) // 10
    changed = (data[:i] + b"AAAA" + data[i + 4 :] for i in range(start, end - 4, step))
    values = _values(read(PLAIN))
    read_again = [signature.decrypt(read(c), OURS) for c in changed]
    # CBC has no check of its own: what still is XML there is caught by the signature inside.
    wrong = [m for m in read_again if m.state is MessageState.READ and _values(m) != values]
    assert [m for m in wrong if signature.verify(m, metadata("samlp")).proven] == []


def test_a_key_that_fits_damaged_data_is_said_to_fit() -> None:
    """The person need not look for another key."""
    data = xml("encrypted-node-oaep-sha1-gcm")
    start = data.rindex(b"CipherValue>", 0, data.rindex(b"CipherValue>")) + 40
    assert str(signature.decrypt(read(data[:start] + b"AAAA" + data[start + 4 :]), OURS).problem).startswith(
        "The key given fits, but what it decrypts is damaged"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"http://www.w3.org/2009/xmlenc11#aes256-gcm", b"http://www.w3.org/2001/04/xmlenc#tripledes-cbc"),
        (b"http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p", b"http://www.w3.org/2001/04/xmlenc#kw-aes256"),
    ],
)
def test_an_algorithm_that_is_not_read_is_named(old: bytes, new: bytes) -> None:
    """By its short name."""
    problem = str(signature.decrypt(read(xml(GCM).replace(old, new)), OURS).problem)
    assert new.decode().rpartition("#")[2] in problem


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_change_is_decrypted_without_raising(data: st.DataObject) -> None:
    """Bytes are put, cut and exchanged anywhere."""
    good = xml(data.draw(st.sampled_from(ENCRYPTED)))
    start = data.draw(st.integers(0, len(good)))
    put = data.draw(st.binary(max_size=20))
    message = read(good[:start] + put + good[start + data.draw(st.integers(0, 40)) :])
    assert isinstance(signature.decrypt(message, OURS).notes, tuple)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_as_a_message_are_decrypted_without_raising(data: bytes) -> None:
    """Also where the state says that they were read."""
    message = replace(read(xml(GCM)), xml=data + b"EncryptedAssertion")
    assert signature.decrypt(message, OURS).state is MessageState.ENCRYPTED


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_plaintext_is_read_without_raising(plain: bytes) -> None:
    """Whoever has the certificate can encrypt anything."""
    assert signature.decrypt(read(_encrypting(plain)), OURS).state in {MessageState.ENCRYPTED, MessageState.READ}


def test_a_bomb_inside_stays_encrypted() -> None:
    """What is decrypted goes through the same safe reader."""
    bomb = b"<!DOCTYPE a [<!ENTITY b 'cccccccccc'>]><a>&b;</a>"
    assert signature.decrypt(read(_encrypting(bomb)), OURS).state is MessageState.ENCRYPTED


def _encrypting(plain: bytes) -> bytes:
    """The GCM fixture with another content."""
    session, nonce = bytes(32), bytes(12)
    wrapped = OURS.unwrap().public_key().encrypt(session, OAEP(MGF1(hashes.SHA1()), hashes.SHA1(), None))  # noqa: S303 -- the default of XML Encryption
    content = nonce + AESGCM(session).encrypt(nonce, plain, None)
    values = iter([base64.b64encode(wrapped), base64.b64encode(content)])
    return re.sub(rb"(CipherValue>)[^<]+(<)", lambda m: m[1] + next(values) + m[2], xml(GCM))


# --- keys ------------------------------------------------------------------------------------------------------


def test_a_key_shows_nothing_of_itself() -> None:
    """Neither in a message, a notebook nor a traceback."""
    assert (repr(OURS), str(OURS), f"{OURS}") == ("<PrivateKey>",) * 3


@pytest.mark.parametrize("store", [pickle.dumps, copy.deepcopy])
def test_a_key_is_not_stored(store: object) -> None:
    """It does not travel to another process."""
    with pytest.raises(TypeError, match="not stored"):
        store(OURS)  # type: ignore[operator]


@pytest.mark.parametrize("form", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL])
def test_a_key_is_read_in_either_form(form: serialization.PrivateFormat) -> None:
    """PKCS#8 and PKCS#1."""
    assert repr(signature.read_key(_pem(made_key(), form))) == "<PrivateKey>"


def test_a_key_is_read_from_a_path_bytes_text_and_der(tmp_path: Path) -> None:
    """As people have them."""
    der = made_key().private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "key.der"
    path.write_bytes(der)
    keys = [signature.read_key(s) for s in (KEY, str(KEY), KEY.read_bytes(), KEY.read_text(), der, path)]
    assert [repr(k) for k in keys] == ["<PrivateKey>"] * 6


@pytest.mark.parametrize("password", ["secret", b"secret"])
def test_a_protected_key_is_read_with_its_password(password: str | bytes) -> None:
    """As text or bytes."""
    assert repr(signature.read_key(_pem(made_key(), password=b"secret"), password)) == "<PrivateKey>"


@pytest.mark.parametrize(
    ("source", "password", "words"),
    [
        (b"", None, "is no private key that can be read"),
        (b"hello", None, "is no private key that can be read"),
        (b"x" * 300_000, None, "larger than 256 KiB"),
        (_pem(made_key(), password=b"secret"), None, "needs its password"),
        (_pem(made_key(), password=b"secret"), "wrong", "the password is wrong"),
        (_pem(made_key()), "secret", "has no password"),
        (DATA / "made-up-certificate.pem", None, "is a certificate, not a private key"),
        (_pem(ec.generate_private_key(ec.SECP256R1())), None, "is no RSA key"),
        ("/no/such/key.pem", None, "There is no file"),
        (DATA, None, "is a folder"),
    ],
)
def test_what_is_no_key_is_refused_with_a_sentence(source: object, password: str | None, words: str) -> None:
    """What it is instead, and what to give."""
    with pytest.raises(EvidenceError, match=words):
        signature.read_key(source, password)  # type: ignore[arg-type]


def test_a_refused_key_leaves_no_trace_of_the_librarys_error() -> None:
    """Whose text could quote the key."""
    with pytest.raises(EvidenceError) as caught:
        signature.read_key(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"-----BEGIN PRIVATE KEY-----\n"]))
def test_any_bytes_as_a_key_are_refused(data: bytes, start: bytes) -> None:
    """Nothing else is raised."""
    with contextlib.suppress(EvidenceError):
        signature.read_key(start + data)


def test_a_made_certificate_is_no_key() -> None:
    """A person may give the wrong half."""
    with pytest.raises(EvidenceError):
        signature.read_key(base64.b64decode(made_certificate()))
