"""A unique secret in every place of a capture, and none of them in anything that the toolkit gives out by itself."""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import logging
import pickle
import traceback
import warnings
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from recorder import (
    CONNECT,
    FEDERATE,
    IDP,
    NOT_ONBOARDED,
    RELAY_STATE,
    SIGN_IN,
    Saml,
    deflated,
    page,
    refused,
    signed_in,
    users,
)

from connect_saml_nb import __main__ as command
from connect_saml_nb import diagnosis, har, saml, urls
from connect_saml_nb.compare import compare
from connect_saml_nb.errors import own_fault
from connect_saml_nb.redact import redact_har
from connect_saml_nb.redact.check import views
from connect_saml_nb.render import sequence, tables
from connect_saml_nb.render.document import to_json
from connect_saml_nb.render.markdown import to_markdown
from connect_saml_nb.render.report import to_html
from connect_saml_nb.render.text import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = Any


class Canaries:
    """Secrets that are made when they are planted, each with the place that it stands in."""

    def __init__(self) -> None:
        self.planted: dict[str, str] = {}

    def plant(self, place: str) -> str:
        """A new secret, in the form of a token."""
        secret = f"qZ{len(self.planted):03d}x7Canary{len(self.planted):03d}Kp94w"
        self.planted[secret] = place
        return secret

    def found(self, text: str) -> list[str]:
        """The places whose secrets stand in a text, in whichever encoding."""
        seen = {*views(text)}
        return [place for secret, place in self.planted.items() if any(secret in view for view in seen)]


def _signed(xml: str, c: Canaries) -> str:
    """The response with secrets in its signature and in everything that a diagnosis does not need."""
    value = c.plant("SignatureValue")
    xml = xml.replace(
        "<ds:SignedInfo/>",
        f"<ds:SignedInfo><ds:Reference><ds:DigestValue>{c.plant('DigestValue')}</ds:DigestValue>"
        "</ds:Reference></ds:SignedInfo>",
    )
    start, end = xml.index("<ds:SignatureValue>") + 19, xml.index("</ds:SignatureValue>")
    xml = xml[:start] + value + xml[end:]
    key = (
        f"<ds:KeyInfo><ds:KeyName>{c.plant('KeyName')}</ds:KeyName><x:EncryptedKey xmlns:x='http://www.w3.org/2001/04/xmlenc#'>"
        f"<x:CipherData><x:CipherValue>{c.plant('CipherValue of a key')}</x:CipherValue></x:CipherData></x:EncryptedKey></ds:KeyInfo>"
    )
    xml = xml.replace("</ds:SignatureValue>", f"</ds:SignatureValue>{key}")
    xml = xml.replace("<saml:AuthnStatement ", f'<saml:AuthnStatement SessionIndex="{c.plant("SessionIndex")}" ')
    xml = xml.replace(
        "</samlp:Status>", f"</samlp:Status><samlp:Extensions><e>{c.plant('Extensions')}</e></samlp:Extensions>"
    )
    return xml.replace(
        "<samlp:Status>", f"<!-- {c.plant('an XML comment')} --><?pi {c.plant('an XML instruction')}?><samlp:Status>"
    )


def _saml(c: Canaries) -> str:
    more = (
        ("sessionToken", (c.plant("a token attribute"),)),
        ("https://idp.example/claims/x", (c.plant("an odd attribute"),)),
    )
    return _signed(Saml(attributes=more).xml(), c)


def _headers(c: Canaries) -> list[tuple[str, str]]:
    return [
        ("Authorization", "Bearer " + c.plant("Authorization")),
        (
            "Proxy-Authorization",
            "Basic " + base64.b64encode(f"user:{c.plant('Proxy-Authorization')}".encode()).decode(),
        ),
        ("Cookie", f"a=1; sid={c.plant('Cookie')}; {c.plant('a nameless cookie')}"),
        ("X-Api-Key", c.plant("X-Api-Key")),
        ("X-Okta-Xsrftoken", c.plant("a header that few know")),
        (
            "Referer",
            f"{IDP}/p;jsessionid={c.plant('Referer path')}?code={c.plant('Referer query')}#{c.plant('Referer fragment')}",
        ),
        ("Origin", f"https://me:{c.plant('Origin password')}@idp.acme.example"),
        ("Sec-WebSocket-Key", c.plant("Sec-WebSocket-Key")),
    ]


def capture(c: Canaries) -> Json:
    """A refused sign-in with a secret in every place."""
    xml = _saml(c)
    value = base64.b64encode(xml.encode()).decode()
    relay = f"{RELAY_STATE}&ticket={c.plant('RelayState query')}#{c.plant('RelayState fragment')}"
    recorder = signed_in(value, relay_state=relay, headers=_headers(c), extra=[("csrf", c.plant("a form field"))])
    refused(recorder, NOT_ONBOARDED + f"</h2><script>var t='{c.plant('a script of the refusal')}'</script><h2>")
    _urls(recorder, c)
    _posts(recorder, c)
    _bodies(recorder, c)
    made = recorder.har()
    _extras(made, c)
    return made


def _urls(recorder: Any, c: Canaries) -> None:
    request = deflated(
        f"<samlp:AuthnRequest xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol' ID='_1'><!--{c.plant('request comment')}--></samlp:AuthnRequest>"
    )
    recorder.get(
        f"{IDP}/sso?SAMLRequest={request}&SigAlg=x&Signature={c.plant('query Signature')}&RelayState={c.plant('opaque RelayState')}"
    )
    recorder.get(f"https://u:{c.plant('URL password')}@other.example/a?{c.plant('bare query')}")
    recorder.get(
        f"https://other.example/reset/{c.plant('URL path')}/x?next={quote(IDP + '/?t=' + c.plant('nested query'), safe='')}"
    )
    twice = quote(quote(c.plant("query, encoded twice"), safe=""), safe="")
    recorder.get(
        f"https://other.example/cb?x={twice}", 302, location=f"/in#access_token={c.plant('Location fragment')}"
    )
    recorder.get(f"data:text/html;base64,{base64.b64encode(c.plant('data URL').encode()).decode()}")


def _posts(recorder: Any, c: Canaries) -> None:
    fields = [
        ("username", c.plant("a login name")),
        ("password", c.plant("password")),
        ("otp", c.plant("one-time code")),
    ]
    recorder.post(f"{IDP}/login", fields)
    text = json.dumps({"passcode": c.plant("JSON post"), "deep": [{"x": c.plant("deep JSON post")}]})
    for mime, posted in (
        ("application/json", text),
        (
            "multipart/form-data; boundary=q",
            f'--q\r\nContent-Disposition: form-data; name="f"\r\n\r\n{c.plant("multipart")}\r\n--q--\r\n',
        ),
        ("text/plain", c.plant("plain post")),
        ("application/x-www-form-urlencoded", f"{quote(c.plant('a field without value'))}"),
    ):
        recorder.post(f"{IDP}/x", []).entries[-1]["request"]["postData"] = {"mimeType": mime, "text": posted}


def _bodies(recorder: Any, c: Canaries) -> None:
    form = f'<form action="/n"><input type="hidden" name="flowToken" value="{c.plant("hidden input")}"></form>'
    script = f"<script>$Config={{'sCtx':'{c.plant('page script')}'}}</script><!-- {c.plant('HTML comment')} -->"
    recorder.get(f"{IDP}/page", body=page("Pick " + c.plant("visible token")) + form + script)
    token = json.dumps({"access_token": c.plant("JSON body"), "id": 12})
    recorder.get(f"{CONNECT}/auth/authorize", 403, body=token, mime="application/json", kind="xhr")
    for name, packed in (
        ("base64", str.encode),
        ("gzip", lambda t: gzip.compress(t.encode())),
        ("deflate", lambda t: zlib.compress(t.encode())),
    ):
        text = page(f"token: {c.plant(name + ' body')}")
        entry = recorder.get(FEDERATE, 403, body=text, headers=[]).entries[-1]
        entry["response"]["content"] |= {"text": base64.b64encode(packed(text)).decode(), "encoding": "base64"}
        entry["response"]["headers"].append({"name": "content-encoding", "value": name})


def _extras(made: Json, c: Canaries) -> None:
    made["log"]["comment"] = c.plant("log comment")
    made["log"]["pages"][0]["title"] = c.plant("page title")
    made["log"]["_extra"] = {"x": c.plant("log extra")}
    entry = made["log"]["entries"][0]
    entry |= {
        "comment": c.plant("entry comment"),
        "_webSocketMessages": [{"type": "send", "data": c.plant("WebSocket")}],
    }
    entry |= {
        "_initiator": {"stack": c.plant("initiator")},
        "serverIPAddress": c.plant("server address"),
        "cache": {"x": c.plant("cache")},
    }
    entry["request"] |= {
        "cookies": [{"name": "n", "value": c.plant("request cookies")}],
        "_x": c.plant("request extra"),
    }
    entry["request"]["queryString"] = [{"name": "q", "value": c.plant("queryString")}]
    entry["response"] |= {
        "cookies": [{"name": "n", "value": c.plant("response cookies")}],
        "statusText": c.plant("status text"),
    }
    entry["response"]["headers"] += [{"name": "Set-Cookie", "value": f"s={c.plant('Set-Cookie')}; Path=/"}]
    entry["response"]["headers"] += [{"name": "X-Amz-Security-Token", "value": c.plant("X-Amz-Security-Token")}]
    entry["timings"]["comment"] = c.plant("timings comment")


@pytest.fixture(scope="module")
def canaries() -> Canaries:
    """The secrets of `made`."""
    return Canaries()


@pytest.fixture(scope="module")
def made(canaries: Canaries) -> bytes:
    """The capture with a secret in every place."""
    return json.dumps(capture(canaries)).encode()


@pytest.mark.parametrize("pseudonyms", [False, True])
def test_no_canary_survives_redaction(made: bytes, canaries: Canaries, tmp_path: Path, *, pseudonyms: bool) -> None:
    """Whatever the place and the encoding, a redacted file holds none of them."""
    written = redact_har(made, tmp_path / "out.har", pseudonyms=pseudonyms)
    assert [] == canaries.found(written[0].path.read_text())


def test_the_search_would_find_them(made: bytes, canaries: Canaries) -> None:
    """The search itself works: in the capture it finds every secret, in every encoding that was planted."""
    found = {place for held in _strings(json.loads(made)) for place in canaries.found(held)}
    assert set() == {*canaries.planted.values()} - found


def _strings(node: Json) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    for held in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _strings(held)


#: What the contract shows: paths of URLs, visible texts of pages that AWS answered with, attributes of the assertion.
SHOWN = {"URL path", "Referer path", "a token attribute", "an odd attribute"}
#: A query without a name is shown as one by `urls.mask`; see `test_a_query_without_a_name_is_masked`.
NAMELESS = {"bare query"}


def _surfaces(made: bytes) -> dict[str, str]:
    """Everything that the toolkit says of a capture."""
    read = har.read_capture(made, name="canary.har")
    judged = diagnosis.diagnose(read, users("anna.berg@acme.example"))
    told = {
        "repr": repr(
            (
                read,
                judged,
                judged.sign_ins,
                saml.find_messages(read),
                read.entries,
                [e.post_data for e in read.entries],
            )
        ),
        "headers": repr([(e.request_headers, e.response_headers, e.body) for e in read.entries]),
        "text": to_text([judged]),
        "json": to_json([judged]),
        "markdown": to_markdown([judged]),
        "html": to_html([judged]),
        "tables": "".join(t.to_csv() + repr(t) for t in tables.tables(judged).values()),
        "compared": repr(compare(judged, judged)),
    }
    told["flow"] = "".join(sequence.to_svg(j) + "".join(sequence.to_words(j)) for j in judged.sign_ins)
    return told


def test_a_query_without_a_name_is_masked() -> None:
    """A token that is the whole query is no name."""
    assert "https://other.example/a?…" == urls.mask("https://other.example/a?qZ031x7Canary031Kp94w")


def test_no_canary_in_what_is_said(made: bytes, canaries: Canaries) -> None:
    """Reports, tables, drawings and reprs show none but what the contract shows."""
    found = {name: set(canaries.found(text)) - SHOWN - NAMELESS for name, text in _surfaces(made).items()}
    assert {name: set() for name in found} == found


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html"])
def test_no_canary_on_the_command_line(
    made: bytes, canaries: Canaries, tmp_path: Path, capfdbinary: Any, form: str
) -> None:
    """Neither stream of the command shows any."""
    path = tmp_path / "canary.har"
    path.write_bytes(made)
    command.main(["diagnose", str(path), "--format", form])
    out, err = capfdbinary.readouterr()
    assert set() == set(canaries.found((out + err).decode())) - SHOWN


def test_no_canary_in_a_crash(
    made: bytes, canaries: Canaries, monkeypatch: pytest.MonkeyPatch, capfd: Any, tmp_path: Path
) -> None:
    """A fault of the package's own shows its kind and place, not what it was given; logs and warnings stay silent."""
    path = tmp_path / "canary.har"
    path.write_bytes(made)

    def crash(*given: object, **more: object) -> None:
        raise ValueError(repr(given), repr(more), *given)

    monkeypatch.setattr("connect_saml_nb.diagnosis.find_sign_ins", crash)
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        command.main(["diagnose", str(path)])
    logging.getLogger().removeHandler(handler)
    out, err = capfd.readouterr()
    assert [] == canaries.found(out + err + log.getvalue() + repr([str(w.message) for w in told]))


def test_no_canary_in_a_traceback_with_locals(made: bytes, canaries: Canaries) -> None:
    """Tools that print local variables (rich, IPython's verbose mode) print reprs; values keep secrets out of those."""
    read = har.read_capture(made, name="canary.har")
    messages = saml.find_messages(read)
    with pytest.raises(ZeroDivisionError) as caught:
        _fails(read, messages)
    lines = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    held = {f.name: f.locals for f in lines.stack if f.name == "_fails"}
    assert [] == canaries.found(repr(held) + own_fault(caught.value))


def _fails(read: object, messages: object) -> float:
    del read, messages
    return 1 / 0


def test_no_temporary_file_is_left(made: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unpacking leaves nothing behind, also where the work ends in a crash."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    packed = gzip.compress(made + b" " * (5 << 20))
    with contextlib.suppress(RuntimeError):
        har.read_capture(packed)
        raise RuntimeError
    assert [] == [*tmp_path.iterdir()]


def test_no_canary_is_pickled_by_redaction(made: bytes, canaries: Canaries, tmp_path: Path) -> None:
    """What `redact_har` gives back holds counts and kinds only."""
    written = redact_har(made, tmp_path / "out.har")
    assert [] == canaries.found(pickle.dumps(written).decode("latin-1"))


def test_sign_in_still_told(made: bytes, tmp_path: Path) -> None:
    """The redacted file is still diagnosed, with the person's name and the reason."""
    listed = users("Anna.Berg@acme.example")
    written = redact_har(made, tmp_path / "out.har", users=listed)
    judged = diagnosis.diagnose(written[0].path, listed).sign_ins[0]
    assert ("user-case-differs", "anna.berg@acme.example", SIGN_IN) == (
        judged.verdict,
        judged.sign_in.role_session_name,
        judged.sign_in.posted_to,
    )
