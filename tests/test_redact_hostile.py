"""Any bytes are redacted, or refused with a sentence and without a file; and what fuzzing found stays fixed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenes import PASSWORD, RELAY_STATE, Recorder, Saml, healthy, refused, signed_in

from connect_saml_nb import har, saml
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.model import MessageKind, MessageState
from connect_saml_nb.redact import redact_har

if TYPE_CHECKING:
    from pathlib import Path

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
