"""A redacted capture cannot be used to sign in, holds no secret, and is diagnosed as the original is."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import random
import stat
import zipfile
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from manners import MANNERS
from recorder import (
    COOKIE,
    INSTANCE,
    PASSWORD,
    RELAY_STATE,
    SECRETS,
    SIGN_IN,
    SIGNATURE_VALUE,
    TOKEN,
    Recorder,
    Saml,
    deflated,
    healthy,
    refused,
    signed_in,
    users,
)
from scenes import SCENES
from signxml import XMLSigner, XMLVerifier

import connect_saml_nb
from connect_saml_nb import __main__ as command
from connect_saml_nb import har, saml
from connect_saml_nb.diagnosis import diagnose
from connect_saml_nb.errors import CaptureError, ConnectSamlError
from connect_saml_nb.io.write import replace_file
from connect_saml_nb.model.capture import RedactionNote
from connect_saml_nb.model.saml import Binding, MessageKind, MessageState
from connect_saml_nb.redact import redact_har
from connect_saml_nb.redact.check import leak, views
from connect_saml_nb.redact.secrets import Secrets
from connect_saml_nb.users import read_users

Json = Any
CAPTURES = Path(__file__).parent / "data" / "captures"


def packed(recorder: Recorder) -> bytes:
    """A recording as a HAR's bytes."""
    return json.dumps(recorder.har()).encode()


def redacted(data: bytes, folder: Path, **more: Any) -> Json:
    """The redacted HAR, as JSON."""
    return json.loads(redact_har(data, folder / "out.har", **more)[0].path.read_text())


# --- the same diagnosis, without the secrets ---------------------------------------------------------------


def _sample(seed: int, count: int) -> list[tuple[int, str]]:
    """Every manner at least once, each with one scene."""
    drawn = random.Random(seed)  # noqa: S311 -- a sample, always the same
    names = sorted(MANNERS)
    return [(drawn.randrange(len(SCENES)), names[i % len(names)]) for i in range(count)]


@pytest.mark.parametrize(("scene", "manner"), _sample(7, len(MANNERS)), ids=str)
@pytest.mark.parametrize("pseudonyms", [False, True], ids=["", "pseudonyms"])
@pytest.mark.slow
def test_every_manner_keeps_its_diagnosis(scene: int, manner: str, tmp_path: Path, *, pseudonyms: bool) -> None:
    """Verdict, matches and every rule's outcome stay (or `redact_har` raises), and no secret is in the file."""
    given = SCENES[scene]
    data = MANNERS[manner][0](given.har)
    written = redact_har(data, tmp_path, pseudonyms=pseudonyms, users=(given.users,) if given.users else ())
    text = written[0].path.read_text()
    assert [] == [s for s in (*SECRETS, SIGNATURE_VALUE) if any(s in view for view in views(text))]


@pytest.mark.parametrize("scene", SCENES[::12], ids=lambda s: s.name)
def test_every_scene_keeps_its_verdicts(scene: Any, tmp_path: Path) -> None:
    """The verdicts of the contract are those of the redacted file, too."""
    written = redact_har(json.dumps(scene.har).encode(), tmp_path / "a.har", users=scene.users or ())
    judged = diagnose(written[0].path, scene.users or ())
    assert scene.verdicts == tuple(j.verdict for j in judged.sign_ins)


# --- no replay ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key_and_certificate() -> tuple[Any, Any]:
    """A key pair for signing, made on the spot."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.acme.example")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = made.serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
    return key, dated.sign(key, hashes.SHA256())


@pytest.fixture(scope="module")
def signed(key_and_certificate: tuple[Any, Any]) -> bytes:
    """A response that signxml signed."""
    xml = Saml().xml()
    start, end = xml.index("<ds:Signature "), xml.index("</ds:Signature>") + len("</ds:Signature>")
    root = etree.fromstring((xml[:start] + xml[end:]).encode())
    key, certificate = key_and_certificate
    return bytes(etree.tostring(XMLSigner().sign(root, key=key, cert=[certificate])))


def _verifies(xml: bytes, certificate: Any) -> bool:
    try:
        XMLVerifier().verify(xml, x509_cert=certificate)
    except Exception:  # noqa: BLE001 -- whatever it raises, it refuses
        return False
    return True


def test_the_response_is_refused_by_a_verifier(signed: bytes, key_and_certificate: Any, tmp_path: Path) -> None:
    """What signxml took before, it takes no longer; and the core still reads it."""
    data = packed(refused(signed_in(base64.b64encode(signed).decode())))
    written = redact_har(data, tmp_path / "out.har")
    messages = saml.find_messages(har.read_capture(written[0].path))
    posted = next(m for m in messages if m.binding is Binding.POST)
    certificate = key_and_certificate[1]
    assert (True, False, MessageState.READ, "anna.berg@acme.example") == (
        _verifies(signed, certificate),
        _verifies(posted.xml, certificate),
        posted.state,
        posted.assertion and posted.assertion.attribute(saml_name()).values[0],
    )


def saml_name() -> str:
    """The attribute's name."""
    return "https://aws.amazon.com/SAML/Attributes/RoleSessionName"


def test_the_removed_signature_is_visible(tmp_path: Path) -> None:
    """A reader of the XML sees that the signature was removed, rather than a broken one."""
    made = redact_har(packed(refused(signed_in())), tmp_path / "out.har")
    xml = saml.find_messages(har.read_capture(made[0].path))[0].xml
    assert f"<ds:SignatureValue>{saml.REMOVED_SIGNATURE}</ds:SignatureValue>".encode() in xml


def test_an_encrypted_assertion_is_no_longer_there(tmp_path: Path) -> None:
    """AWS could decrypt it for as long as it is valid, so its encrypted data goes; it still counts as encrypted."""
    made = redact_har(packed(refused(signed_in(Saml(encrypted=True)))), tmp_path / "out.har")
    message = saml.find_messages(har.read_capture(made[0].path))[0]
    assert (MessageState.ENCRYPTED, False) == (message.state, b"QUJDRA" in message.xml)


# --- place and form ----------------------------------------------------------------------------------------


def _entry(har_: Json, host_and_path: str) -> Json:
    found = [e for e in har_["log"]["entries"] if host_and_path in e["request"]["url"]]
    return next((e for e in found if "postData" in e["request"]), found[0])


def test_text_and_params_stay_two_writings_of_one_post(tmp_path: Path) -> None:
    """Text is percent-encoded, Firefox's params are not; both decode to the same message."""
    post = _entry(redacted(packed(refused(signed_in())), tmp_path), "signin.aws")["request"]["postData"]
    from_text = dict(parse_qsl(post["text"]))
    from_params = {p["name"]: p["value"] for p in post["params"]}
    assert from_text == from_params
    assert base64.b64decode(from_text["SAMLResponse"]).startswith(b"<samlp:Response")


def test_percent_encoded_params_stay_so(tmp_path: Path) -> None:
    """Chromium percent-encodes params."""
    data = MANNERS["devtools_sanitized"][0](json.loads(packed(refused(signed_in()))))
    post = _entry(redacted(data, tmp_path), "signin.aws")["request"]["postData"]
    written = {p["name"]: p["value"] for p in post["params"]}
    assert written["RelayState"].startswith("https%3A%2F%2Feu-central-1.console")
    assert b"Response" in base64.b64decode(unquote(written["SAMLResponse"]))[:20]


def test_a_deflated_request_stays_deflated(tmp_path: Path) -> None:
    """The redirect binding's message is still found, and is read as a request."""
    xml = '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r1" ProviderName="x"/>'
    recorder = Recorder()
    recorder.get(f"https://idp.acme.example/sso?SAMLRequest={deflated(xml)}&Signature=abcdefgh12345678")
    made = redact_har(packed(recorder), tmp_path / "out.har")
    found = saml.find_messages(har.read_capture(made[0].path))
    assert [(MessageKind.AUTHN_REQUEST, MessageState.READ, ())] == [(m.kind, m.state, m.notes) for m in found]


_TOKEN_RESPONSE = (
    '<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust"><t:RequestedSecurityToken>'
    "{assertion}</t:RequestedSecurityToken></t:RequestSecurityTokenResponse>"
)


def test_wresult_stays_xml(tmp_path: Path) -> None:
    """WS-Federation posts XML itself."""
    xml = Saml().xml()
    assertion = xml[xml.index("<saml:Assertion") : xml.index("</samlp:Response>")]
    recorder = Recorder()
    fields = [
        ("wa", "wsignin1.0"),
        ("wresult", _TOKEN_RESPONSE.format(assertion=assertion)),
        ("wctx", "secret-ctx-0123456789"),
    ]
    recorder.post("https://other.example/", fields)
    post = redacted(packed(recorder), tmp_path)["log"]["entries"][0]["request"]["postData"]
    written = dict(parse_qsl(post["text"]))
    assert ("wsignin1.0", True, "secret-ctx" in post["text"]) == (
        written["wa"],
        written["wresult"].startswith("<t:R"),
        False,
    )


@pytest.mark.parametrize("lead", ["", "\ufeff", "\n  "], ids=["bare", "bom", "space"])
def test_pasted_xml_can_be_redacted(tmp_path: Path, lead: str) -> None:
    """A response without a capture becomes a HAR that is read as the paste was."""
    pasted = (lead + Saml().xml()).encode()
    written = redact_har(pasted, tmp_path / "out.har")
    before, after = diagnose(pasted), diagnose(written[0].path)
    assert (before.verdict, before.sign_ins[0].sign_in.outcome) == (
        after.verdict,
        after.sign_ins[0].sign_in.outcome,
    )


_DAMAGE = {
    "cut off": lambda v: v[: len(v) // 2],
    "cut inside": lambda v: v[:401],
    "no base64": lambda v: v[:50] + "!" + v[50:],
    "no xml": lambda _: base64.b64encode(b"nothing " * 60).decode(),
    "dtd": lambda v: base64.b64encode(b"<!DOCTYPE a>" + base64.b64decode(v)).decode(),
    "entity": lambda v: base64.b64encode(b'<!DOCTYPE a [<!ENTITY x "y">]>' + base64.b64decode(v)).decode(),
    "deep": lambda _: base64.b64encode(b"<a>" * 500 + b"</a>" * 500).decode(),
}


@pytest.mark.parametrize("damage", _DAMAGE)
def test_what_cannot_be_decoded_is_not_copied(damage: str, tmp_path: Path) -> None:
    """A damaged message goes altogether; a made-up one with the same damage stands for it."""
    value = _DAMAGE[damage](Saml().base64())
    data = packed(refused(signed_in(value)))
    problem = saml.find_messages(har.read_capture(data))[0].problem
    made = redact_har(data, tmp_path / "out.har")
    text = made[0].path.read_text()
    assert problem == saml.find_messages(har.read_capture(made[0].path))[0].problem
    assert not any("anna.berg" in view for view in views(text))


# --- what stays, what goes ---------------------------------------------------------------------------------


def test_cookies_are_named_and_gone(tmp_path: Path) -> None:
    """A reader sees that there was a cookie."""
    headers = _entry(redacted(packed(healthy()), tmp_path), "signin.aws")["request"]["headers"]
    assert "removed" == next(h["value"] for h in headers if h["name"] == "Cookie")


def test_equal_values_stay_equal(tmp_path: Path) -> None:
    """The token in a redirect's target and in the request that follows has one mark, so that they still belong together."""
    made = redacted(packed(healthy()), tmp_path)["log"]["entries"]
    federate = next(e for e in made if "federate" in e["request"]["url"])
    following = made[made.index(federate) + 1]["request"]["url"]
    assert federate["response"]["redirectURL"] == following
    assert "accessToken=removed-" in following


def test_the_relay_state_keeps_what_leads_to_the_instance(tmp_path: Path) -> None:
    """Its address and destination stay; another parameter does not."""
    recorder = refused(signed_in(relay_state=RELAY_STATE + "&ticket=abcdefgh12345678"))
    post = _entry(redacted(packed(recorder), tmp_path), "signin.aws")["request"]["postData"]
    shown = dict(parse_qsl(post["text"]))["RelayState"]
    assert shown.startswith(RELAY_STATE + "&ticket=removed-")


def test_unread_entries_are_told_of_again(tmp_path: Path) -> None:
    """An entry that could not be read stays one, so that the numbers of the others stay."""
    whole = json.loads(packed(healthy()))
    whole["log"]["entries"].insert(2, "no entry")
    made = redact_har(json.dumps(whole).encode(), tmp_path / "out.har")
    assert "entry 2" in (har.read_capture(made[0].path).problem or "")


def test_the_original_file_is_what_the_diagnosis_reads(tmp_path: Path) -> None:
    """Comments, extras, pages, cookies and WebSocket messages have no place in the new file."""
    made = redacted(packed(healthy()), tmp_path)
    keys = {key for entry in made["log"]["entries"] for key in entry}
    assert {"startedDateTime", "time", "request", "response", "cache", "timings"} == keys
    assert {"version", "creator", "browser", "comment", "_connect_saml_nb", "entries"} == set(made["log"])


# --- the check ---------------------------------------------------------------------------------------------

_SECRET = "tok-9f8e7d6c5b4a"
_HIDDEN = {
    "plain": _SECRET,
    "percent": "".join(f"%{ord(c):02X}" for c in _SECRET),
    "percent twice": "".join(f"%25{ord(c):02X}" for c in _SECRET),
    "html": "".join(f"&#{ord(c)};" for c in _SECRET),
    "json": "".join(f"\\u{ord(c):04x}" for c in _SECRET),
    "hex": _SECRET.encode().hex(),
    **{f"base64 at {n}": base64.b64encode(b"x" * n + _SECRET.encode() + b"yz").decode() for n in range(3)},
    "base64 in a word": "Zq" + base64.b64encode(b"a secret: " + _SECRET.encode()).decode(),
    "base64 of base64": base64.b64encode(base64.b64encode(_SECRET.encode())).decode(),
    "url-safe base64": base64.urlsafe_b64encode(b"\xfb\xff" + b"some text around it " + _SECRET.encode()).decode(),
}


@pytest.mark.parametrize("way", _HIDDEN)
def test_the_search_finds_a_secret_in_every_encoding(way: str) -> None:
    """Whichever way a secret is written, the check finds it and says only what kind it is and where."""
    secrets = Secrets()
    secrets.mark(_SECRET, "a cookie")
    secrets.settle()
    found = leak(json.dumps({"log": {"entries": [{"request": {"url": "before " + _HIDDEN[way] + " after"}}]}}), secrets)
    assert "a cookie in the file" == found or (found or "").startswith("a cookie in log.entries[0]")


@pytest.mark.parametrize("packer", ["deflate", "zlib", "gzip"])
def test_the_search_looks_into_packed_data(packer: str) -> None:
    """Deflate (the redirect binding), zlib and gzip, in base64."""
    plain = b"<a>" + _SECRET.encode() + b"</a>"
    bare = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = {"deflate": bare.compress(plain) + bare.flush(), "zlib": zlib.compress(plain), "gzip": gzip.compress(plain)}
    secrets = Secrets()
    secrets.mark(_SECRET, "a cookie")
    secrets.settle()
    assert "a cookie in x" == leak(json.dumps({"x": base64.b64encode(data[packer]).decode()}), secrets)


def test_no_file_is_left_where_a_secret_remains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of the redactor is found by its own check, which says what kind and not what."""
    monkeypatch.setattr(
        "connect_saml_nb.redact.bodies.mime_type", lambda _: base64.b64encode(b"ab" + TOKEN.encode()).decode()
    )
    with pytest.raises(ConnectSamlError, match="check of the redacted file found") as caught:
        redact_har(packed(healthy()), tmp_path / "out.har")
    assert ([], False) == ([*tmp_path.iterdir()], TOKEN in str(caught.value))


def test_no_file_is_left_where_the_diagnosis_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A redaction that takes away what a rule needs is refused."""
    monkeypatch.setattr("connect_saml_nb.redact.entries._location", lambda *_: "")
    monkeypatch.setattr("connect_saml_nb.redact.entries.body_text", lambda *_: None)
    with pytest.raises(ConnectSamlError, match="another diagnosis"):
        redact_har(packed(refused(signed_in())), tmp_path / "out.har", users=users())
    assert [] == [*tmp_path.iterdir()]


def test_the_file_states_what_the_original_gave(tmp_path: Path) -> None:
    """The note is read back as a statement, never as a result."""
    made = redact_har(packed(refused(signed_in())), tmp_path / "out.har", users=users("Anna.Berg@acme.example"))
    told = _told(made[0].path)
    assert "The file states that the verdict on the original was user-case-differs; this was not verified." in told


def test_what_an_original_gave_stays_stated_when_it_is_redacted_again(tmp_path: Path) -> None:
    """A second redaction has no original to look at: the first one's word stays."""
    first = redact_har(packed(refused(signed_in())), tmp_path / "1.har", users=users("Anna.Berg@acme.example"))
    second = redact_har(first[0].path, tmp_path / "2.har")
    assert ("user-not-checked", True) == (second[0].verdict, "user-case-differs" in _told(second[0].path))


def test_pseudonyms_are_said_to_be_some(tmp_path: Path) -> None:
    """Nobody is to compare made-up names with a real list."""
    made = redact_har(packed(refused(signed_in())), tmp_path / "out.har", pseudonyms=True)
    assert "names, accounts and addresses are made up" in _told(made[0].path)


def test_a_redacted_signature_is_not_checked(tmp_path: Path) -> None:
    """Redaction took the signature: nothing is claimed of it but what AWS's answer shows."""
    made = redact_har(CAPTURES / "firefox-samlp-missing.har", tmp_path / "out.har")
    lacking = diagnose(made[0].path).sign_ins[0].not_checked
    reasons = {n.rule: str(n.reason) for n in lacking if n.rule.startswith("signature-")}
    removed = "The response's signature was removed by redaction: only the original can tell."
    assert dict.fromkeys(("signature-missing", "signature-wrapped"), removed) == reasons


def _told(path: Path) -> str:
    findings = diagnose(path).sign_ins[0].findings
    return next((str(f.message) for f in findings if f.rule == "capture-redacted"), "")


@pytest.mark.parametrize(
    "note",
    [
        None,
        [],
        {"schema": "connect-saml-nb/redacted/1", "stated": [{"sign_in": "x", "verdict": "<script>", "removed": [1]}]},
        {"schema": "connect-saml-nb/redacted/1", "stated": [{"sign_in": 1, "verdict": "a" * 99, "removed": []}]},
        {"schema": "connect-saml-nb/redacted/1", "stated": {"a": 1}},
        {"schema": "other", "stated": [{"sign_in": 1, "verdict": "signed-in", "removed": []}]},
    ],
)
def test_a_forged_note_says_nothing(note: Json) -> None:
    """A stranger's note is no markup, no crash, and of a known form or not there."""
    whole = json.loads(packed(healthy()))
    whole["log"]["_connect_saml_nb"] = note
    assert () == har.read_capture(json.dumps(whole).encode()).stated


def test_a_note_changes_no_diagnosis() -> None:
    """What a file states of itself never reaches a verdict."""
    whole = json.loads(packed(refused(signed_in())))
    row = {"sign_in": 1, "verdict": "signed-in", "removed": ["signature-invalid"]}
    whole["log"]["_connect_saml_nb"] = {"schema": "connect-saml-nb/redacted/1", "stated": [row]}
    assert ((RedactionNote(1, "signed-in", ("signature-invalid",)),), "user-missing") == (
        har.read_capture(json.dumps(whole).encode()).stated,
        diagnose(json.dumps(whole).encode(), users()).verdict,
    )


# --- pseudonyms --------------------------------------------------------------------------------------------

_WHO = ("anna", "berg", "acme", "210987654321", INSTANCE)


def test_no_name_is_left_under_pseudonyms(tmp_path: Path) -> None:
    """Person, organisation, account and instance are gone from the capture and the list."""
    listed = users("Anna.Berg@acme.example")
    redact_har(packed(refused(signed_in())), tmp_path / "out", pseudonyms=True, users=listed)
    texts = [v for f in sorted((tmp_path / "out").iterdir()) for v in views(f.read_text())]
    assert [] == [word for word in _WHO if any(word in text.lower() for text in texts)]


def test_files_together_have_the_same_pseudonyms(tmp_path: Path) -> None:
    """Two captures and a list that go together still do: the written list gives the written captures their verdicts."""
    captures = [packed(refused(signed_in())), packed(healthy())]
    written = redact_har(captures, tmp_path, pseudonyms=True, users=users("ANNA.berg@acme.example"))
    listed = read_users(tmp_path / "users-1.redacted.json")
    assert ["user-case-differs", "signed-in"] == [diagnose(w.path, listed).verdict for w in written]


def test_aws_and_the_way_stay_readable(tmp_path: Path) -> None:
    """AWS's hosts, paths and Regions stay, and so does the provider's part of the way."""
    written = redact_har(packed(refused(signed_in())), tmp_path / "out.har", pseudonyms=True)
    sign_in = diagnose(written[0].path).sign_ins[0].sign_in
    assert (SIGN_IN, "eu-central-1", "arn:aws:iam::") == (
        sign_in.posted_to,
        sign_in.region,
        (sign_in.roles[0].role or "")[:13],
    )


def test_two_runs_give_other_names(tmp_path: Path) -> None:
    """Pseudonyms are drawn, not worked out from the names: nobody can try names until one fits."""
    texts = {
        redact_har(packed(refused(signed_in())), tmp_path / f"{n}.har", pseudonyms=True)[0].path.read_text()
        for n in range(2)
    }
    assert 2 == len(texts)


def test_the_mapping_is_kept_only_if_asked_for(tmp_path: Path) -> None:
    """And only its owner can read it."""
    redact_har(packed(healthy()), tmp_path / "a.har", pseudonyms=True)
    redact_har(packed(healthy()), tmp_path / "b.har", pseudonyms=True, mapping=tmp_path / "map.json")
    words = json.loads((tmp_path / "map.json").read_text())["words"]
    assert ["a.har", "b.har", "map.json"] == sorted(p.name for p in tmp_path.iterdir())
    assert ({"anna", "berg", "acme"}, 0o600) == ({"anna", "berg", "acme"} & set(words), _mode(tmp_path / "map.json"))


_NEAR = (
    ("anna.berg@acme.example", "anna.brg@acme.example"),
    ("anna.berg@acme.example", "annaberg@acme.example"),
    ("anna.berg@acme.example", "anna.berg@other.example"),
    ("anna.berg@acme.example", "anna.berg"),
    ("anna+x.berg@acme.example", "anna@acme.example"),
    ("Anna Berg@acme.example", "annaberg@acme.example"),
    ("josé.núñez@acme.example", "jose.nunez@acme.example"),
    ("аnna.berg@acme.example", "anna.berg@acme.example"),
    ("ＡＮＮＡ@acme.example", "anna@acme.example"),
    ("an\u200bna.berg@acme.example", "anna.berg@acme.example"),
    ("ACME\\anna", "anna"),
    ("anna_acme.example#EXT#@tenant.onmicrosoft.com", "anna@acme.example"),
    ("strasse@acme.example", "straße@acme.example"),
    ("agent001@acme.example", "agent002@acme.example"),
    ("ﬁona@acme.example", "fiona@acme.example"),
    ("jo_acme.example#ext#@t.onmicrosoft.com", "jo_acme.example#EXT#@t.onmicrosoft.com"),
)


@pytest.mark.parametrize(("name", "username"), _NEAR)
def test_what_match_says_of_names_it_says_of_pseudonyms(name: str, username: str, tmp_path: Path) -> None:
    """Letter case, spaces, accents, look-alikes, domains, tags, Windows names and slips stay what they are."""
    listed = users(username)
    data = packed(refused(signed_in(Saml(names=(name,)))))
    before = diagnose(data, listed).sign_ins[0]
    written = redact_har(data, tmp_path, pseudonyms=True, users=listed)
    after = diagnose(written[0].path, read_users(tmp_path / "users-1.redacted.json")).sign_ins[0]
    assert (before.verdict, [m.kind for m in before.matches]) == (after.verdict, [m.kind for m in after.matches])


# --- files -------------------------------------------------------------------------------------------------


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_are_their_owners_only(tmp_path: Path) -> None:
    """Also the folder that is made for them."""
    written = redact_har([packed(healthy()), packed(healthy())], tmp_path / "new")
    assert [0o700, 0o600, 0o600] == [_mode(tmp_path / "new"), *(_mode(w.path) for w in written)]


def test_never_over_the_input(tmp_path: Path) -> None:
    """Neither by its name nor by another one of the same file."""
    path, other = tmp_path / "a.har", tmp_path / "b.har"
    path.write_bytes(packed(healthy()))
    os.link(path, other)
    for output in (path, other, tmp_path / "x" / ".." / "a.har"):
        with pytest.raises(ConnectSamlError):
            redact_har(path, output)
    assert packed(healthy()) == path.read_bytes()


def test_never_through_a_link(tmp_path: Path) -> None:
    """A link that somebody put at the output's name is not followed."""
    (tmp_path / "out.har").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConnectSamlError, match="is a link"):
        redact_har(packed(healthy()), tmp_path / "out.har")
    assert ["out.har"] == [p.name for p in tmp_path.iterdir()]


def test_an_archives_member_names_cannot_leave_the_folder(tmp_path: Path) -> None:
    """`../../x.har` and absolute names in a zip are labels; equal ones get numbers."""
    packed_zip = io.BytesIO()
    with zipfile.ZipFile(packed_zip, "w") as archive:
        for name in ("../../evil.har", "/etc/evil.har", "C:\\evil.har", "..har", "-o x.har"):
            archive.writestr(name, packed(healthy()))
    written = redact_har(packed_zip.getvalue(), tmp_path / "out")
    assert ["2-evil", "3-evil", "evil", "har", "o-x"] == sorted(w.path.name.partition(".")[0] for w in written)
    assert {tmp_path / "out"} == {w.path.parent for w in written}


def test_all_files_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the second file cannot be written, the first does not stay."""
    real, count = replace_file, iter(range(9))

    def full(target: Path, data: bytes) -> None:
        if next(count):
            raise OSError(28, "No space left on device")
        real(target, data)

    monkeypatch.setattr("connect_saml_nb.io.write.replace_file", full)
    with pytest.raises(ConnectSamlError, match="No space left on device"):
        redact_har([packed(healthy()), packed(healthy())], tmp_path / "out")
    assert [] == [*(tmp_path / "out").iterdir()]


def test_a_bad_input_among_good_ones_writes_nothing(tmp_path: Path) -> None:
    """Nobody should think that all were done."""
    with pytest.raises(CaptureError):
        redact_har([packed(healthy()), b"no capture"], tmp_path / "out")
    assert [] == [*tmp_path.iterdir()]


def test_the_public_name_is_the_same(tmp_path: Path) -> None:
    """`connect_saml_nb.redact_har`."""
    written = connect_saml_nb.redact_har(packed(healthy()), tmp_path / "out.har")
    assert ("signed-in", True) == (written[0].verdict, written[0].hidden > 0)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says what was written and how many secrets it left out, and never one of them."""
    path = tmp_path / "a.har"
    path.write_bytes(packed(healthy()))
    status = command.main(["redact", str(path), "--output", str(tmp_path / "out.har")])
    told = capsys.readouterr()
    assert (0, "", True) == (status, told.out, "out.har written" in told.err)
    assert [] == [s for s in (PASSWORD, COOKIE, TOKEN) if s in told.err]


def test_the_mapping_needs_pseudonyms(tmp_path: Path) -> None:
    """Wrong usage."""
    with pytest.raises(SystemExit) as caught:
        command.main(["redact", "a.har", "--output", str(tmp_path / "o"), "--keep-mapping", str(tmp_path / "m")])
    assert 2 == caught.value.code
