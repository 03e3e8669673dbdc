"""Verifying: what real signatures cover, who signed, and that no change of a message goes unseen."""

from __future__ import annotations

import base64
import contextlib
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from build import sign_in
from cryptography.hazmat.primitives import serialization
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from signed import (
    ISSUERS,
    SIGNED,
    certificate_of,
    made_certificate,
    made_key,
    metadata,
    metadata_xml,
    read,
    wrapped,
    xml,
)
from signxml import XMLSigner

from connect_saml_nb import signature
from connect_saml_nb.errors import EvidenceError
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import MessageState
from connect_saml_nb.model.sentence import Sentence
from connect_saml_nb.model.signature import SignatureState, Verification
from connect_saml_nb.saml.sentences import Repair

ROOT = Path(__file__).resolve().parent.parent
BOTH = [("Response", "intact"), ("Assertion", "intact")]


def states(shown: Verification) -> list[tuple[str, str]]:
    """What each signature is of, and its state."""
    return [(s.covers, s.state.value) for s in shown.signatures]


# --- real signatures -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [("samlp", BOTH), ("pysaml2", BOTH), ("java", BOTH[1:]), ("wsfed-saml11", BOTH[1:])],
)
def test_signatures_of_other_software_are_intact(name: str, expected: list) -> None:
    """node-samlp, pysaml2, Java and libxmlsec1: RSA with SHA-1, SHA-256, SHA-512, and ECDSA."""
    assert states(signature.verify(read(xml(name)), metadata(name))) == expected


@pytest.mark.parametrize("name", SIGNED)
def test_a_real_response_is_proven_with_its_metadata(name: str) -> None:
    """Trusted, and what was read is what is signed."""
    assert signature.verify(read(xml(name)), metadata(name)).proven


@pytest.mark.parametrize("name", SIGNED)
def test_without_metadata_intact_is_not_trusted(name: str) -> None:
    """The certificate that a response carries proves nothing about who sent it."""
    shown = signature.verify(read(xml(name)))
    assert (shown.covered, shown.proven, [s.trusted for s in shown.signatures if s.trusted]) == (True, False, [])


@pytest.mark.parametrize("name", SIGNED)
def test_a_real_response_shows_no_tricks(name: str) -> None:
    """No healthy response looks like an attack."""
    assert signature.verify(read(xml(name)), metadata(name)).tricks == ()


def test_the_algorithms_are_told() -> None:
    """By their short names."""
    shown = signature.verify(read(xml("java")))
    assert [(s.algorithm, s.digest) for s in shown.signatures] == [("ecdsa-sha256", "sha512")]


def test_the_signer_is_told() -> None:
    """Subject, key and validity of the certificate."""
    signer = signature.verify(read(xml("samlp"))).signatures[0].certificate
    assert signer is not None
    assert (signer.subject, signer.key, f"{signer.not_after:%Y-%m-%d}") == (
        "CN=samlp signing,O=Corp Example",
        "RSA 2048",
        "2036-11-21",
    )


def test_only_metadata_of_the_issuer_is_trusted() -> None:
    """The right certificate under another entity ID is somebody else's."""
    other = signature.read_metadata(metadata_xml("urn:other.example", certificate_of("samlp")))
    shown = signature.verify(read(xml("samlp")), other)
    assert (shown.metadata, shown.given, shown.proven) == (None, other, False)


def test_the_copy_in_iam_decides_over_a_file() -> None:
    """A file that has the new certificate does not help where IAM has the old one."""
    old = signature.read_metadata(metadata_xml(ISSUERS["samlp"], made_certificate()), from_account=True)
    shown = signature.verify(read(xml("samlp")), [*metadata("samlp"), *old])
    assert (shown.metadata, shown.proven) == (old[0], False)


def test_a_rotated_certificate_is_intact_and_not_trusted() -> None:
    """The metadata holds another certificate than the one that signed."""
    old = signature.read_metadata(metadata_xml(ISSUERS["samlp"], made_certificate()))
    shown = signature.verify(read(xml("samlp")), old)
    assert [(s.state, s.trusted) for s in shown.signatures] == [(SignatureState.INTACT, False)] * 2


def test_during_a_rotation_either_certificate_of_the_metadata_is_trusted() -> None:
    """Metadata may hold the old and the new one."""
    several = signature.read_metadata(metadata_xml(ISSUERS["samlp"], made_certificate(), certificate_of("samlp")))
    assert signature.verify(read(xml("samlp")), several).proven


def test_a_signature_without_embedded_certificate_is_verified_with_the_metadata() -> None:
    """Some products embed none."""
    bare = re.sub(rb"<KeyInfo>.*?</KeyInfo>", b"", xml("samlp"))
    response_signature = re.search(rb"<Signature .*?</Signature>", bare)[0]
    only_assertion = bare.replace(response_signature, b"", 1)  # it signs the assertion's KeyInfo, which is gone
    assert signature.verify(read(only_assertion), metadata("samlp")).proven


def test_a_signature_without_any_certificate_is_unreadable() -> None:
    """Nothing to verify it with."""
    bare = re.sub(rb"<KeyInfo>.*?</KeyInfo>", b"", xml("samlp"))
    assert {s.state for s in signature.verify(read(bare)).signatures} == {SignatureState.UNREADABLE}


def test_a_message_that_declares_a_wrong_encoding_is_verified() -> None:
    """.NET's StringWriter declares utf-16 whatever the bytes become later."""
    declared = b'<?xml version="1.0" encoding="utf-16"?>' + xml("samlp")
    assert signature.verify(read(declared), metadata("samlp")).proven


def test_an_unsigned_response_has_no_signatures() -> None:
    """That is no reason: it was looked at."""
    unsigned = re.sub(rb"<Signature .*?</Signature>", b"", xml("samlp"))
    shown = signature.verify(read(unsigned))
    assert (shown.reason, shown.signatures, shown.tricks) == (None, (), ())


# --- tampering -----------------------------------------------------------------------------------------------


def _places(data: bytes) -> list[tuple[int, int]]:
    """Every text and every attribute value of a message."""
    texts = (m.span(1) for m in re.finditer(rb">([^<]+)<", data))
    return [*texts, *(m.span(1) for m in re.finditer(rb'[\w:]="([^"]+)"', data))]


def _changed(data: bytes, start: int, end: int) -> bytes:
    """Another letter in the middle of a place, of the kinds that names, times and base64 have."""
    place = (start + end) // 2
    letter = b"5" if data[place : place + 1].isdigit() else b"Q"
    return data[:place] + (letter if data[place : place + 1] != letter else b"7") + data[place + 1 :]


def _same_values(first: bytes, second: bytes) -> bool:
    """Whether both messages say the same of the assertion."""
    return [replace(a, notes=()) for a in read(first).assertions] == [
        replace(a, notes=()) for a in read(second).assertions
    ]


@pytest.mark.parametrize("name", SIGNED)
def test_no_changed_value_is_ever_proven(name: str) -> None:
    """Each text and attribute of the message is changed, one at a time: what is proven says what was signed."""
    data = xml(name)
    changed = [_changed(data, *place) for place in _places(data)]
    proven = [c for c in changed if signature.verify(read(c), metadata(name)).proven]
    assert [c for c in proven if not _same_values(c, data)] == []


@pytest.mark.parametrize("name", ["samlp", "pysaml2", "java"])
def test_each_change_inside_the_assertion_breaks_its_signature(name: str) -> None:
    """Values, conditions, name ID, digest, signature value, algorithms: never intact."""
    data = xml(name)
    assertion = re.search(rb"<(\w+):Assertion\b.*</\1:Assertion>", data, re.DOTALL)
    key_info = [m.span() for m in re.finditer(rb"<(?:\w+:)?KeyInfo>.*?</(?:\w+:)?KeyInfo>", data, re.DOTALL)]
    inside = [p for p in _places(data) if assertion.start() < p[0] and p[1] < assertion.end()]
    places = [p for p in inside if not any(start <= p[0] < end for start, end in key_info)]
    shown = [signature.verify(read(_changed(data, *p)), metadata(name)) for p in places]
    held = [(data[slice(*p)], v) for p, v in zip(places, shown, strict=True) if v.proven]
    # Not signed: a namespace that nothing visible uses (exclusive canonicalization), and the Signature's own Id.
    unsigned = (b"http://www.w3.org/2001/XMLSchema", b"Signature2")
    assert [text for text, _ in held if not text.startswith(unsigned)] == []


def test_a_changed_name_is_told_as_a_change() -> None:
    """The key is known: what it signed was changed."""
    shown = signature.verify(read(xml("samlp").replace(b"maria.garcia@", b"Maria.Garcia@")), metadata("samlp"))
    assert [(s.state.value, s.problem) for s in shown.signatures] == [
        ("broken", "What it signs was changed after it was signed: the digest differs.")
    ] * 2


def _with_certificate(name: str, text: str) -> bytes:
    return re.sub(rb"(X509Certificate>)[^<]+", rb"\g<1>" + text.encode(), xml(name))


def test_a_certificate_put_in_place_of_the_signers_does_not_fit() -> None:
    """Whoever exchanges the embedded certificate does not become the signer."""
    assert states(signature.verify(read(_with_certificate("java", made_certificate())))) != BOTH[1:]


def test_a_response_signed_again_by_a_stranger_is_intact_and_not_trusted() -> None:
    """Anyone can sign anything with a key of their own."""
    shown = signature.verify(read(_signed_by_stranger()), metadata("samlp"))
    assert (states(shown), shown.covered, shown.proven) == ([("Response", "intact")], True, False)


@pytest.mark.parametrize(("first", "last"), [(2000, 2001), (2048, 2049)])
def test_a_certificate_out_of_its_dates_is_still_the_signers(first: int, last: int) -> None:
    """Whether it was valid at the post is a rule's question."""
    data = _signed_by_stranger(first=first, last=last)
    certificate = made_certificate("made up", first=first, last=last)
    assert signature.verify(read(data), signature.read_metadata(metadata_xml(ISSUERS["samlp"], certificate))).proven


def test_a_response_that_is_signed_as_the_whole_document_is_no_trick() -> None:
    """An empty URI, where the signature stands in the outermost element."""
    shown = signature.verify(read(_signed_by_stranger(whole=True)))
    assert (states(shown), shown.covered, shown.tricks) == ([("Response", "intact")], True, ())


def _signed_by_stranger(*, first: int = 2020, last: int = 2040, whole: bool = False) -> bytes:
    """The same person's response, signed with a made key."""
    pem = made_key("made up", 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate = (
        f"-----BEGIN CERTIFICATE-----\n{made_certificate('made up', first=first, last=last)}\n-----END CERTIFICATE-----"
    )
    root = etree.fromstring(re.sub(rb"<Signature .*?</Signature>", b"", xml("samlp")))
    signer = XMLSigner(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
    return etree.tostring(signer.sign(root, key=pem, cert=certificate, reference_uri=None if whole else root.get("ID")))


# --- wrapping and other tricks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["samlp", "pysaml2"])
@pytest.mark.parametrize("attack", range(1, 9))
def test_a_wrapped_response_is_named_and_never_proven(name: str, attack: int) -> None:
    """XSW1 to XSW8, each from a response that other software signed."""
    shown = signature.verify(read(wrapped(name, attack)), metadata(name))
    assert (bool(shown.tricks), shown.proven) == (True, False)


@pytest.mark.parametrize("name", ["samlp", "pysaml2"])
@pytest.mark.parametrize("attack", range(1, 9))
def test_a_forged_person_is_never_covered(name: str, attack: int) -> None:
    """Where the forged assertion is the one that is read, no signature covers it."""
    message = read(wrapped(name, attack))
    shown = signature.verify(message, metadata(name))
    forged = message.assertion is not None and message.assertion.name_id != "maria.garcia@corp.example"
    assert not (forged and shown.covered)


@pytest.mark.parametrize("attack", [1, 2, 3, 4, 5, 6])
def test_the_assertion_that_is_signed_instead_is_told(attack: int) -> None:
    """Whom the signature is for."""
    signed = signature.verify(read(wrapped("samlp", attack)), metadata("samlp")).signed
    assert signed is not None
    assert signed.name_id == "maria.garcia@corp.example"


@pytest.mark.parametrize("attack", [3, 5])
def test_values_can_be_read_from_what_is_signed(attack: int) -> None:
    """Of several assertions the signed one counts."""
    message = read(wrapped("samlp", attack))
    first = signature.signed_first(message, signature.verify(message, metadata("samlp")))
    before, after = ([a.name_id for a in m.assertions] for m in (message, first))
    expected = ["mallory@evil.example", "maria.garcia@corp.example"]
    assert (before, after) == (expected, expected[::-1])


def test_prepared_messages_have_the_signed_assertion_first() -> None:
    """What the diagnosis calls before it reads sign-ins."""
    (message,) = signature.prepared([read(wrapped("samlp", 3))], metadata("samlp"))
    assert (message.assertions[0].name_id, str(message.notes[-1])[:56]) == (
        "maria.garcia@corp.example",
        "The first assertion of the message is not the one that i",
    )


_REFERENCE = b'<Reference URI="#_hIbKFreuolJVmcla799KaOE4aa3F6GlV">'
_ENVELOPED = b"http://www.w3.org/2000/09/xmldsig#enveloped-signature"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"maria.garcia@corp", b"maria<!-- -->.garcia@corp", "A comment or processing instruction"),
        (b">maria.garcia@corp", b"><!-- -->maria.garcia@corp", "A comment or processing instruction"),
        (b"maria.garcia@corp", b"maria<?x?>.garcia@corp", "A comment or processing instruction"),
        (_REFERENCE, b'<Reference URI="#_f22429e96f4b1d39767d">', "signs another element (the Response)"),
        (_REFERENCE, b'<Reference URI="#_nobody">', "an ID that no element has"),
        (_REFERENCE, b'<Reference URI="">', "refers to the whole document"),
        (_REFERENCE, b"<Reference>", "something outside the message"),
        (_REFERENCE, b'<Reference URI="https://evil.example/a.xml">', "something outside the message"),
        (_REFERENCE, b'<Reference URI="#xpointer(/)">', "something outside the message"),
        (_ENVELOPED, b"http://www.w3.org/TR/1999/REC-xslt-19991116", "transforms what it signs"),
        (_ENVELOPED, b"http://www.w3.org/TR/1999/REC-xpath-19991116", "transforms what it signs"),
        (b"</Reference></SignedInfo>", b"</Reference><Reference/></SignedInfo>", "has 2 references"),
        (b"</KeyInfo></Signature>", b"</KeyInfo><Object>x</Object></Signature>", "a content of its own (ds:Object)"),
        (b"</Signature>", b"</Signature><Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/>", "more than one"),
        (b"<saml:Subject>", b"<saml:Subject ID='_f22429e96f4b1d39767d'>", "stands 2 times"),
    ],
)
def test_a_trick_is_named_and_nothing_is_proven(old: bytes, new: bytes, words: str) -> None:
    """Each by a sentence of its own."""
    shown = signature.verify(read(xml("samlp").replace(old, new)), metadata("samlp"))
    assert (any(words in t for t in shown.tricks), shown.proven) == (True, False)


def test_a_comment_between_elements_is_no_trick() -> None:
    """It changes no value."""
    data = xml("samlp").replace(b"<saml:Subject>", b"<!-- ours --><saml:Subject>")
    assert signature.verify(read(data), metadata("samlp")).tricks == ()


# --- what cannot be verified -----------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"<x/>", xml("samlp")[:3000], b"<!DOCTYPE a []>" + xml("samlp")])
def test_what_cannot_be_read_is_not_verified(data: bytes) -> None:
    """With a sentence."""
    assert signature.verify(read(data)).reason is not None


def test_a_message_far_larger_than_aws_takes_is_not_verified() -> None:
    """Verifying reads a message several times: its time is bounded."""
    data = xml("samlp").replace(b"</samlp:Response>", b" " * signature.MAX_VERIFIED + b"</samlp:Response>")
    assert "larger than 512 KiB" in str(signature.verify(read(data)).reason)


def test_many_signatures_take_no_long_time() -> None:
    """Only the first few are verified, and the rest is told."""
    one = re.search(rb"<(\w+):Assertion\b.*</\1:Assertion>", xml("samlp"), re.DOTALL)[0]
    data = xml("samlp").replace(one, one * 100)
    started = time.process_time()
    shown = signature.verify(read(data), metadata("samlp"))
    assert (time.process_time() - started < 5, len(shown.signatures)) == (True, 6)


def test_a_repaired_message_leaves_a_doubt() -> None:
    """Its bytes may not be what was posted."""
    message = replace(read(xml("samlp")), notes=(Sentence(Repair.RAW),))
    assert Repair.RAW.value in str(signature.verify(message).doubt)


# --- whether it is worth it ------------------------------------------------------------------------------------


def test_a_response_that_aws_took_is_not_verified_again() -> None:
    """It would cost a quarter of a second to load the extra, for nothing."""
    shown = signature.verification_of(sign_in(message=read(xml("samlp"))))
    assert str(shown.reason).startswith("AWS took the response")


@pytest.mark.parametrize(
    ("world", "given"),
    [({"accepted": False}, ()), ({}, metadata("samlp")), ({"message": read(wrapped("samlp", 3))}, ())],
)
def test_a_response_is_verified_where_that_can_tell_something(world: dict, given: tuple) -> None:
    """AWS did not take it, there is metadata, or it has several assertions."""
    told = sign_in(**{"message": read(xml("samlp")), **world})
    assert signature.verification_of(told, given).reason is None


def test_a_sign_in_without_a_message_says_so() -> None:
    """And keeps the metadata for the rule on the issuer."""
    shown = signature.verification_of(sign_in(message=None), metadata("samlp"))
    assert (shown.given, str(shown.reason)[:41]) == (metadata("samlp"), "The recording holds no SAML response whos")


_WITHOUT_EXTRA = """
import sys
for name in ("signxml", "lxml", "cryptography"):
    sys.modules[name] = None
from connect_saml_nb import saml, signature
from connect_saml_nb.errors import EvidenceError
message = saml.read_message(open(sys.argv[1], "rb").read())
encrypted = saml.read_message(open(sys.argv[2], "rb").read())
print(signature.verify(message).reason)
print(signature.read_metadata(sys.argv[3])[0].notes[0])
print(signature.decrypt(encrypted, None).problem)
try:
    signature.read_key(b"-----BEGIN PRIVATE KEY-----")
except EvidenceError as error:
    print(error)
"""


def test_without_the_extra_each_part_says_how_to_get_it() -> None:
    """Nothing breaks, and the entity ID can still be compared."""
    paths = [str(ROOT / f"tests/data/signed/{n}.xml") for n in ("samlp", "samlp-encrypted-for-another")]
    given = metadata_xml("urn:x", certificate_of("samlp"))
    command = [sys.executable, "-c", _WITHOUT_EXTRA, *paths, given]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 -- our own
    assert run.stdout.splitlines() == [signature.MISSING] * 4


def test_importing_the_module_loads_nothing_of_the_extra() -> None:
    """`connect-saml diagnose` stays instant."""
    code = "import sys, connect_saml_nb.signature; print([m for m in ('signxml', 'lxml', 'cryptography') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 -- our own
    assert run.stdout.strip() == "[]"


# --- hostile ---------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_verifying_never_raises_and_proves_no_change(data: st.DataObject) -> None:
    """Bytes are put, cut and exchanged anywhere; what is proven says what was signed."""
    name = data.draw(st.sampled_from(SIGNED))
    good = xml(name)
    start = data.draw(st.integers(0, len(good)))
    length = data.draw(st.integers(0, 40))
    put = data.draw(st.binary(max_size=20) | st.sampled_from([b"<!---->", b"<a/>", b"&amp;", b"\x00", b"<Signature/>"]))
    changed = good[:start] + put + good[start + length :]
    shown = signature.verify(read(changed), metadata(name))
    assert not shown.proven or _same_values(changed, good)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_as_a_message_are_verified_without_raising(data: bytes) -> None:
    """Also where the state says that they were read."""
    message = replace(read(xml("samlp")), xml=data, decrypted=(data,), state=MessageState.READ)
    assert not signature.verify(message, metadata("samlp")).proven


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_as_a_certificate_are_not_trusted(der: bytes) -> None:
    """Neither embedded nor in metadata."""
    text = base64.b64encode(der).decode()
    message = read(_with_certificate("java", text))
    given_metadata = signature.read_metadata(metadata_xml(ISSUERS["java"], text))
    assert not signature.verify(message, given_metadata).proven


# --- metadata --------------------------------------------------------------------------------------------------


def test_metadata_is_read_from_a_path_bytes_and_text(tmp_path: Path) -> None:
    """A file, a download, and what iam:GetSAMLProvider gives."""
    text = metadata_xml("urn:x", certificate_of("samlp"))
    path = tmp_path / "idp.xml"
    path.write_text(text)
    read_all = [signature.read_metadata(s) for s in (path, str(path), text.encode(), text)]
    assert [(m.source, m.entity_id, len(m.certificates)) for (m,) in read_all] == [
        ("idp.xml", "urn:x", 1),
        ("idp.xml", "urn:x", 1),
        ("The metadata given", "urn:x", 1),
        ("The metadata given", "urn:x", 1),
    ]


def test_iams_copy_is_named_and_marked() -> None:
    """The provider's ARN is its source."""
    (found,) = signature.read_metadata(metadata_xml("urn:x"), name="arn:aws:iam::1:saml-provider/X", from_account=True)
    assert (found.source, found.from_account) == ("arn:aws:iam::1:saml-provider/X", True)


@pytest.mark.parametrize(("use", "count"), [(' use="signing"', 1), ("", 1), (' use="encryption"', 0)])
def test_only_certificates_for_signing_are_taken(use: str, count: int) -> None:
    """A KeyDescriptor without use is for both."""
    (found,) = signature.read_metadata(metadata_xml("urn:x", certificate_of("samlp"), use=use))
    assert len(found.certificates) == count


def test_an_expired_certificate_is_kept() -> None:
    """It may be the one that signed."""
    (found,) = signature.read_metadata(metadata_xml("urn:x", made_certificate("old", first=2000, last=2001)))
    assert [f"{c.not_after:%Y}" for c in found.certificates] == ["2001"]


def test_a_certificate_that_cannot_be_read_is_told() -> None:
    """And the others are kept."""
    (found,) = signature.read_metadata(metadata_xml("urn:x", "AAAA", certificate_of("samlp")))
    assert (len(found.certificates), found.notes) == (1, ("A certificate in the metadata cannot be read.",))


def test_a_certificate_with_pem_lines_is_read() -> None:
    """Some products leave them in."""
    text = f"-----BEGIN CERTIFICATE-----\n{certificate_of('samlp')}\n-----END CERTIFICATE-----\n"
    assert signature.read_metadata(metadata_xml("urn:x", text))[0].certificates == metadata("samlp")[0].certificates


def test_several_identity_providers_are_each_given() -> None:
    """A federation's file; service providers in it are left out."""
    several = "".join((metadata_xml("urn:a"), metadata_xml("urn:sp", role="SPSSO"), metadata_xml("urn:b")))
    text = f'<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">{several}</EntitiesDescriptor>'
    assert [m.entity_id for m in signature.read_metadata(text)] == ["urn:a", "urn:b"]


def test_the_earliest_valid_until_counts() -> None:
    """The outer element bounds the inner one."""
    inner = metadata_xml("urn:a", valid_until="2030-01-01T00:00:00Z")
    text = (
        '<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" validUntil="2027-01-01T00:00:00Z">'
        f"{inner}</EntitiesDescriptor>"
    )
    assert str(signature.read_metadata(text)[0].valid_until) == "2027-01-01 00:00:00+00:00"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"", "no XML that can be read safely"),
        (b"not xml", "no XML that can be read safely"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "no XML that can be read safely"),
        (b"<a>" * 200 + b"</a>" * 200, "no XML that can be read safely"),
        (b"<a>" + b"<b/>" * 200_001 + b"</a>", "no XML that can be read safely"),
        (b"<a>" + b" " * 10_000_000 + b"</a>", "larger than 10 MB"),
        (b"<a/>", "XML, but no identity provider metadata"),
        (xml("samlp"), "XML, but no identity provider metadata"),
        (metadata_xml("urn:aws", role="SPSSO").encode(), "metadata of a service provider"),
        (metadata_xml("").encode(), "names no SAML 2.0 identity provider"),
        ("/no/such/file.xml", "There is no file"),
        ("tests", "is a folder"),
        ("a\x00b", "could not be read"),
    ],
)
def test_what_is_no_metadata_is_refused_with_a_sentence(source: bytes | str, words: str) -> None:
    """What it is instead, and what to give."""
    with pytest.raises(EvidenceError, match=words):
        signature.read_metadata(source)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: "<" + t))
def test_any_input_as_metadata_is_read_or_refused(source: bytes | str) -> None:
    """Nothing else is raised."""
    with contextlib.suppress(EvidenceError):
        signature.read_metadata(source)
