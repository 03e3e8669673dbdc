"""'Signed in' needs positive evidence: a page of Connect's own that is not its login, with its application answering.

How Connect answers a visit without a session: amazon-connect-streams issues 495 (`/auth/refresh`, then `/login`),
94 (`/connect/login?landat=`) and 670 (`/auth/authorize` answered 401 every two seconds under another host's page).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from recorder import CONNECT, CONNECT_PAGE, Recorder, healthy, signed_in

from connect_saml_nb.diagnosis import diagnose

if TYPE_CHECKING:
    from connect_saml_nb.model.diagnosis import SignInDiagnosis

AWSAPPS = "https://acme.awsapps.com/connect"
CRM = ("Referer", "https://acme.lightning.force.com/")
SHELL = "<html><head><script src='/login/app.js'></script></head><body><div id='root'></div></body></html>"
STATIC = "https://d1abc.static.connect.aws/ccp/app.js"


def judged(recorder: Recorder) -> SignInDiagnosis:
    """The last sign-in of a recording, judged without users."""
    return diagnose(json.dumps(recorder.har()).encode()).sign_ins[-1]


def to_login(
    recorder: Recorder, base: str = CONNECT, page: str = "/ccp-v2/", kind: str = "document", **more: object
) -> Recorder:
    """A visit that Connect sends to its login, as the instances of today do."""
    recorder.get(base + page, 302, location=f"{base}/auth/refresh?landat=%2Fccp-v2%2F", kind=kind, **more)
    recorder.get(f"{base}/auth/refresh?landat=%2Fccp-v2%2F", 307, location=f"{base}/login", kind=kind, **more)
    recorder.get(f"{base}/login", 200, SHELL, kind=kind, **more)
    return recorder


def to_old_login(recorder: Recorder) -> Recorder:
    """The same on an instance under awsapps.com."""
    login = f"{AWSAPPS}/login?landat=%2Fconnect%2Fccp"
    recorder.get(f"{AWSAPPS}/ccp", 302, location=login)
    recorder.get(login, 200, SHELL)
    return recorder


def later(recorder: Recorder) -> Recorder:
    """The person comes back the next day."""
    recorder.wait(60_000)
    return recorder


@pytest.mark.parametrize(
    ("recorder", "verdict"),
    [
        (to_login(Recorder()), "session-expired"),
        (to_login(Recorder(), page="/home"), "session-expired"),
        (to_login(Recorder(), page="/agent-app-v2/"), "session-expired"),
        (to_old_login(Recorder()), "session-expired"),
        (to_login(later(healthy())), "session-expired"),
        (to_login(signed_in(location=f"{CONNECT}/ccp-v2/")), "session-expired"),
        (to_login(Recorder(), kind="iframe", headers=[CRM]), "capture-incomplete"),
    ],
    ids=["bookmark", "admin-home", "workspace", "awsapps", "next-day", "cookies-not-kept", "embedded"],
)
def test_a_visit_that_ends_on_connect_s_login_is_no_sign_in(recorder: Recorder, verdict: str) -> None:
    """The login page answers 200, and nobody is signed in."""
    assert verdict == judged(recorder).verdict


def test_a_login_page_on_the_way_to_connect_is_no_end() -> None:
    """Connect looks for a session, finds none, and the identity provider's sign-in follows."""
    recorder = to_login(Recorder())
    recorder.sign_in()
    recorder.federate()
    recorder.connect()
    assert "signed-in" == judged(recorder).verdict


def polling(recorder: Recorder, times: int = 4, **more: object) -> Recorder:
    """Connect's page asks whether the person is signed in, and is answered 401 each time."""
    for _ in range(times):
        recorder.wait(2)
        recorder.get(f"{CONNECT}/auth/authorize", 401, "{}", mime="application/json", kind="xhr", **more)
    return recorder


def embedded() -> Recorder:
    """A contact control panel in a CRM's page, in which no session has begun."""
    recorder = Recorder()
    recorder.get("https://acme.lightning.force.com/one/one.app", body="<html><body>CRM</body></html>")
    recorder.get(f"{CONNECT}/ccp-v2/", body=CONNECT_PAGE, kind="iframe", headers=[CRM])
    return polling(recorder)


def test_no_session_is_claimed_that_had_not_begun() -> None:
    """A page's shell is no session, and refused requests are none either."""
    diagnosis = judged(embedded())
    texts = [str(diagnosis.summary), *(str(f.message) for f in diagnosis.findings)]
    assert [] == [text for text in texts if "had opened" in text]


@pytest.mark.parametrize("words", ["approved origins", "third-party cookies", "pop-up"])
def test_an_embedded_panel_without_a_session_names_what_to_look_at(words: str) -> None:
    """Browsers hold back its cookies, Connect refuses pages that are not approved, pop-ups are blocked."""
    finding = judged(embedded()).main_finding
    assert finding is not None
    assert words in str(finding.remedy)


def blank(*, answers: bool) -> Recorder:
    """Connect's page came, and the files of its application were stopped."""
    recorder = signed_in()
    recorder.federate()
    recorder.get(f"{CONNECT}/connect/auth/sign-in?accessToken=x&destination=/ccp-v2", 302, location="/ccp-v2")
    recorder.get(f"{CONNECT}/ccp-v2", body=CONNECT_PAGE)
    for number in range(3):
        recorder.get(f"{STATIC}?{number}", 0, kind="script", error="net::ERR_NAME_NOT_RESOLVED")
    if answers:
        recorder.get(f"{CONNECT}/auth/authorize", 200, "{}", mime="application/json", kind="xhr")
    return recorder


@pytest.mark.parametrize(("answers", "verdict"), [(False, "sign-in-blocked"), (True, "signed-in")])
def test_a_blank_panel_is_not_signed_in(answers: bool, verdict: str) -> None:  # noqa: FBT001 -- a case
    """Connect needs `*.static.connect.aws` (Connect guide, `ccp-networking`)."""
    assert verdict == judged(blank(answers=answers)).verdict


def test_the_blocked_host_is_named() -> None:
    """The network team asks for it."""
    assert "d1abc.static.connect.aws" in str(judged(blank(answers=False)).summary)


def test_a_person_who_is_signed_in_by_an_older_session_is() -> None:
    """Connect's page and its requests are answered, without any SAML in the recording."""
    recorder = Recorder()
    recorder.connect()
    assert "signed-in" == judged(recorder).verdict
