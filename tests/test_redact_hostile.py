"""Any bytes are redacted, or refused with a sentence and without a file; and what fuzzing found stays fixed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorder import ACCOUNT, NOT_ONBOARDED, PASSWORD, RELAY_STATE, Recorder, Saml, healthy, refused, signed_in, users

from connect_saml_nb import har, saml
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import MessageKind, MessageState
from connect_saml_nb.model.users import User
from connect_saml_nb.redact import bodies, redact_har, values
from connect_saml_nb.redact import saml as _saml
from connect_saml_nb.redact.check import views

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

Json = Any
_BOUNDED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_WHOLE = json.dumps(refused(signed_in()).har()).encode()
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def _redacted(data: bytes, folder: Path) -> bool:
    """Whether a file was written; no other exception than the package's own, and no file without success."""
    output = folder / "out.har"
    output.unlink(missing_ok=True)
    try:
        redact_har(data, output)
    except ConnectSamlError:
        return output.exists()
    return True


@_BOUNDED
@given(position=st.integers(0, len(_WHOLE) - 1), junk=st.binary(max_size=8), gone=st.integers(0, 40))
def test_a_damaged_capture_is_redacted_or_refused(tmp_path: Path, position: int, junk: bytes, gone: int) -> None:
    """Wherever it was damaged."""
    damaged = _WHOLE[:position] + junk + _WHOLE[position + gone :]
    written = _redacted(damaged, tmp_path)
    assert not written or PASSWORD not in (tmp_path / "out.har").read_text()


@_BOUNDED
@given(
    entry=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("request", "response", "startedDateTime", "time", "_error"), _JSON)
    )
)
def test_any_types_are_redacted_or_refused(tmp_path: Path, entry: Json) -> None:
    """Whatever stands in an entry's places."""
    _redacted(json.dumps({"log": {"entries": [entry]}}).encode(), tmp_path)


@_BOUNDED
@given(
    url=st.text(max_size=60),
    text=st.text(max_size=60),
    mime=st.sampled_from(["", "multipart/x", "application/json", "text/xml"]),
)
def test_any_text_is_redacted_or_refused(tmp_path: Path, url: str, text: str, mime: str) -> None:
    """As an address, a redirect's target, posted data and a page."""
    entry = {
        "request": {"method": "POST", "url": url, "postData": {"mimeType": mime, "text": f"SAMLResponse={text}"}},
        "response": {"status": 302, "redirectURL": text, "content": {"mimeType": mime, "text": f"SAMLResponse {text}"}},
    }
    _redacted(json.dumps({"log": {"entries": [entry]}}).encode(), tmp_path)


# --- found by fuzzing ----------------------------------------------------------------------------------------


def _text(recorder: Recorder, folder: Path) -> str:
    return redact_har(json.dumps(recorder.har()).encode(), folder / "out.har")[0].path.read_text()


def test_a_secret_inside_a_fields_name(tmp_path: Path) -> None:
    """A damaged form had `passwor<the password>=` in its text and the password in its params."""
    recorder = healthy()
    recorder.post("https://idp.acme.example/login", [("password", PASSWORD)])
    recorder.entries[-1]["request"]["postData"]["text"] = f"passwor{PASSWORD}="
    assert PASSWORD not in _text(recorder, tmp_path)


@pytest.mark.parametrize(
    "relay", [RELAY_STATE.replace("?", ";?"), RELAY_STATE.replace("?", ";jsessionid=abcdefgh1234?")]
)
def test_a_relay_state_that_is_wrong_by_a_semicolon_stays_wrong(tmp_path: Path, relay: str) -> None:
    """A path's parameter went, and a relay state that AWS refuses became a good one."""
    assert "jsessionid=abcdefgh" not in _text(refused(signed_in(relay_state=relay)), tmp_path)


def test_a_shown_value_that_is_hidden_elsewhere(tmp_path: Path) -> None:
    """The destination stood in a query where nothing is shown, and the check then took it for a secret."""
    recorder = refused(signed_in())
    recorder.get("https://other.example/?next=%2Fccp-v2&x=eu-central-1#%2Fccp-v2")
    assert "destination=%2Fccp-v2" in _text(recorder, tmp_path)


def test_the_kind_of_a_damaged_message_stays(tmp_path: Path) -> None:
    """A damaged WS-Federation token became a damaged SAML response."""
    token = '<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust"><t:X></t:RequestSecurity>'
    recorder = Recorder()
    recorder.post("https://other.example/", [("wa", "wsignin1.0"), ("wresult", token)])
    _text(recorder, tmp_path)
    message = saml.find_messages(har.read_capture(tmp_path / "out.har"))[0]
    assert (MessageKind.WS_FEDERATION, MessageState.DAMAGED) == (message.kind, message.state)


def test_a_message_in_a_misnamed_field_is_hidden(tmp_path: Path) -> None:
    """Its start is that of every message, which the check took for the secret itself."""
    recorder = refused(signed_in())
    recorder.post("https://other.example/", [("SAMLResponseSAMLResponse", Saml().base64())])
    assert "SAMLResponseSAMLResponse=removed-" in _text(recorder, tmp_path)


# --- found by review -----------------------------------------------------------------------------------------

_HEX, _LETTERS_AND_DIGITS, _MIXED, _KEY = (
    "9f8e7d6c5b4a3f2e",
    "aB3dE5fG7h9J",
    "qWxLpZrTnKvBsDfGhJkMcYtR",
    "JBSWY3DPEHPK3PXP",
)
_SITE = "https://other.example"
_URLS = {
    "path, hex": (f"{_SITE}/reset/{_HEX}", _HEX),
    "path, letters only": (f"{_SITE}/reset/{_MIXED}", _MIXED),
    "path, base32": (f"{_SITE}/reset/{_KEY}", _KEY),
    "path, name=value": (f"{_SITE}/token=pw-xyz1/x", "pw-xyz1"),
    "path, an encoded parameter": (f"{_SITE}/a%3Bsid%3Dpw-xyz1/b", "pw-xyz1"),
    "path, a whole address": (f"{_SITE}/r/https%3A%2F%2Fx.example%2Fcb%3Fcode%3Dpw-xyz1", "pw-xyz1"),
    "path, an address encoded twice": (f"{_SITE}/r/https%253A%252F%252Fx%252Fcb%253Fcode%253Dpw-xyz1", "pw-xyz1"),
    "only an encoded address": ("https%3A%2F%2Fx.example%2Fcb%3Fcode%3Dpw-xyz1", "pw-xyz1"),
    "password behind a space": (" https://anna:pw-xyz1@other.example/", "pw-xyz1"),
    "password behind one slash": ("https:/anna:pw-xyz1@other.example/", "pw-xyz1"),
    "query, base64 with padding": (f"{_SITE}/?aGVsbG93b3JsZA==", "aGVsbG93b3JsZA"),
    "query, a name without a value": (f"{_SITE}/?a=1&{_LETTERS_AND_DIGITS}=", _LETTERS_AND_DIGITS),
    "the path on AWS's side": (f"https://acme.my.connect.aws/x/{_MIXED}", _MIXED),
}


@pytest.mark.parametrize("place", _URLS)
def test_no_secret_of_a_url(tmp_path: Path, place: str) -> None:
    """Short and letters-only tokens, and parameters that are written where a path stands."""
    url, secret = _URLS[place]
    recorder = healthy()
    recorder.get(url, 302, location=url, headers=[("Referer", url)])
    assert secret not in _text(recorder, tmp_path)


_HEADERS = {
    ":authority": (":authority", "anna:pw-xyz1@other.example", "pw-xyz1"),
    "host": ("Host", "anna:pw-xyz1@other.example", "pw-xyz1"),
    "via": ("Via", "1.1 proxy-7.acme.example", "proxy-7"),
    "server": ("Server", "lb-7.acme.example", "lb-7"),
    "user-agent": ("User-Agent", f"Agent/1.0 ({_MIXED})", _MIXED),
    "content-type": ("Content-Type", f"multipart/form-data; boundary={_MIXED}", _MIXED),
}


@pytest.mark.parametrize("place", _HEADERS)
def test_no_secret_of_a_header(tmp_path: Path, place: str) -> None:
    """Headers that are kept hold addresses and words only."""
    name, value, secret = _HEADERS[place]
    recorder = healthy()
    recorder.get(f"{_SITE}/", headers=[(name, value)])
    assert secret not in _text(recorder, tmp_path)


_FORMS = {
    "a name without a value": f"{_LETTERS_AND_DIGITS}&x=1",
    "base64 with padding": "aGVsbG93b3JsZA==",
    "a name that a URL shows": "role=pw-xyz1&destination=%2B491701234567&region=aGVsbG93b3JsZA",
}


@pytest.mark.parametrize("form", _FORMS.values(), ids=_FORMS)
def test_no_secret_of_a_form(tmp_path: Path, form: str) -> None:
    """What stands without a value may be one; and a form's `role` is not the one of a sign-in URL."""
    recorder = healthy()
    recorder.post(f"{_SITE}/", [("a", "b")])
    recorder.entries[-1]["request"]["postData"] = {"mimeType": "application/x-www-form-urlencoded", "text": form}
    text = _text(recorder, tmp_path)
    assert [] == [s for s in (_LETTERS_AND_DIGITS, "aGVsbG93b3JsZA", "pw-xyz1", "491701234567") if s in text]


def test_a_json_key_that_is_a_token(tmp_path: Path) -> None:
    """Sessions are often kept by their token."""
    recorder = healthy()
    recorder.post(f"{_SITE}/", [("a", "b")])
    posted = {"mimeType": "application/json", "text": json.dumps({_LETTERS_AND_DIGITS: 1, _HEX: {"url": _UUID}})}
    recorder.entries[-1]["request"]["postData"] = posted
    text = _text(recorder, tmp_path)
    assert [] == [s for s in (_LETTERS_AND_DIGITS, _HEX, _UUID) if s in text]


_UUID = "25b223b0-6cbe-4fa6-a4c2-724fec42c6cb"


@pytest.mark.parametrize(
    "told", ["Your code is aB3dE5fG", "The secret is pw-xyz1", f"Ticket {_MIXED}", f"Ticket {_HEX}"]
)
def test_no_secret_of_a_text(tmp_path: Path, told: str) -> None:
    """AWS's own page stays as people saw it, but for what looks like a token."""
    recorder = refused(signed_in(), f"{NOT_ONBOARDED}</h2><p>{told}</p><h2>")
    text = _text(recorder, tmp_path)
    assert (True, False) == ("has not been onboarded" in text, told.rsplit(maxsplit=1)[-1] in text)


def test_words_behind_a_password_stay_words(tmp_path: Path) -> None:
    """`Password: incorrect` must not make `incorrect` a secret that is looked for everywhere."""
    recorder = refused(signed_in(), f"{NOT_ONBOARDED}</h2><p>Password: onboarded</p><h2>")
    assert "has not been onboarded" in _text(recorder, tmp_path)


def test_a_token_on_awss_side_is_looked_for(tmp_path: Path) -> None:
    """The path of AWS's address was kept as a whole, and its token then forgotten by the check."""
    recorder = refused(signed_in(), f"{NOT_ONBOARDED}</h2><p>a{_HEX}</p><h2>")
    recorder.get(f"https://acme.my.connect.aws/x/{_HEX}?accessToken={_HEX}")
    assert _HEX not in _text(recorder, tmp_path)


_TEXTS_WITH_NAMES = {
    "a mail address": ("Ask konradin@mailhost.example.", "konradin"),
    "an assumed role": (f"arn:aws:sts::{ACCOUNT}:assumed-role/R/ulfried@acme.example is not authorized", "ulfried"),
    "a bare host": ("from wombat.corp.example.", "wombat"),
    "an account at a sentence's end": ("in account 333344445555.", "333344445555"),
    "an account with hyphens": ("Account ID: 3333-4444-5555", "3333-4444-5555"),
    "an account's alias": ("Account: aardvark-prod (333344445555)", "aardvark"),
    "an IPv6 address": ("Your address is 2001:db8:7a1b::5", "7a1b"),
    "a username with a number": ("agent00417 is not known", "00417"),
}


@pytest.mark.parametrize("place", _TEXTS_WITH_NAMES)
def test_no_name_of_a_text_under_pseudonyms(tmp_path: Path, place: str) -> None:
    """AWS's page names people and places that stand nowhere else in the capture."""
    told, word = _TEXTS_WITH_NAMES[place]
    recorder = refused(signed_in(), f"{NOT_ONBOARDED}</h2><p>{told}</p><h2>")
    assert word not in _pseudonymous(recorder, tmp_path)


_HOSTS = {
    "one label": ("https://gnusrv01/x", "gnusrv"),
    "one label and a port": ("https://gnusrv01:8443/x", "gnusrv"),
    "letters beyond ASCII": ("https://ünicorn.example/x", "icorn"),
    "a dot at the end": ("https://lemur.example./x", "lemur"),
    "an ending in Punycode": ("https://lemur.xn--p1ai/x", "lemur"),
    "an IPv6 address": ("https://[2001:db8:8c2d::1]/x", "8c2d"),
    "an IPv4 address in a path": ("https://other.example/ip/198.51.100.78/x", "198.51.100.78"),
    "an address in a label": ("https://ip-10-20-30-41.other.example/", "10-20-30-41"),
    "an account's alias": ("https://capybara.signin.aws.amazon.com/console", "capybara"),
    "a bucket's host": ("https://dugong.s3.eu-central-1.amazonaws.com/x", "dugong"),
    "a bucket's path": ("https://s3.eu-central-1.amazonaws.com/narwhal/x", "narwhal"),
    "a government's agency": ("https://sso.pangolins.gov/idp/profile/SAML2", "pangolins"),
    "a realm": ("https://idp.other.example/realms/okapi/protocol/saml", "okapi"),
    "a tenant's domain": ("https://login.microsoftonline.com/pangolin.onmicrosoft.com/saml2", "pangolin"),
    "a user's path": ("https://idp.other.example/u/agent00417", "00417"),
    "a query's name": ("https://idp.other.example/?acme_sid=1", "acme"),
    "a name in the query": ("https://idp.other.example/ludmilla/?login_hint=ludmilla", "ludmilla"),
}


@pytest.mark.parametrize("place", _HOSTS)
def test_no_name_of_an_address_under_pseudonyms(tmp_path: Path, place: str) -> None:
    """Hosts of every kind, and where a path or a query names a tenant or a person."""
    url, word = _HOSTS[place]
    recorder = refused(signed_in())
    recorder.get(url, headers=[("Referer", url)])
    assert word not in _pseudonymous(recorder, tmp_path)


def test_names_of_headers_and_logins_are_learnt(tmp_path: Path) -> None:
    """Who was typed at the identity provider, and hosts that only headers name, have pseudonyms in paths, too."""
    recorder = refused(signed_in())
    recorder.post("https://idp.other.example/login", [("username", "ludmilla.hrabanus")])
    recorder.get("https://idp.other.example/u/hrabanus", headers=[("Referer", "https://kinkajou.example/kinkajou")])
    recorder.get("https://idp.other.example/tapir", headers=[("Host", "tapir.internal")])
    text = _pseudonymous(recorder, tmp_path)
    assert [] == [word for word in ("hrabanus", "kinkajou", "tapir") if word in text]


def test_an_issuer_that_is_a_word_is_a_name(tmp_path: Path) -> None:
    """Entity IDs need not be addresses."""
    recorder = refused(signed_in(Saml(issuer="walrus-idp")))
    recorder.get("https://idp.other.example/walrus")
    assert "walrus" not in _pseudonymous(recorder, tmp_path)


def test_notes_and_ids_of_a_list_name_nobody(tmp_path: Path) -> None:
    """A list's own notes, and IDs that are no UUIDs."""
    person = User("wilfriede", "id-wilfriede", "", None)
    listed = replace(users(), users=(person,), notes=("Row 3 (wilfriede) was left out.",))
    assert "wilfriede" not in _pseudonymous(refused(signed_in()), tmp_path, users=listed)


def _pseudonymous(recorder: Recorder, folder: Path, **more: Any) -> str:
    listed = more.get("users", users("agent00417"))
    redact_har(json.dumps(recorder.har()).encode(), folder / "out", pseudonyms=True, users=listed)
    return "\n".join(v for f in sorted((folder / "out").iterdir()) for v in views(f.read_text()))


_BREAKAGES: dict[str, tuple[object, str, Any]] = {
    "queries are copied": (values.Values, "_query", lambda _, query, *__: query),
    "headers are copied": (values.Values, "header", lambda _, __, value: value),
    "fields are copied": (values.Values, "field", lambda _, __, value, **___: value),
    "posted data is copied": (bodies, "_posted_text", lambda _, text, __: text),
    "messages are copied": (_saml._Edit, "__call__", lambda _, __, text: text),
    "nothing is hidden or remembered": (values.Values, "hide", lambda _, value, __: value),
}


@pytest.mark.parametrize("breakage", _BREAKAGES)
def test_the_check_does_not_believe_the_redactor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breakage: str
) -> None:
    """It takes credentials from the capture itself: a redactor that overlooks a place cannot hide that."""
    recorder = refused(signed_in())
    recorder.get(f"{_SITE}/?code={_HEX}", headers=[("Authorization", f"Bearer {_MIXED}")])
    owner, name, broken = _BREAKAGES[breakage]
    monkeypatch.setattr(owner, name, broken)
    with pytest.raises(ConnectSamlError, match="check of the redacted file found"):
        _text(recorder, tmp_path)
    assert [] == [*tmp_path.iterdir()]
