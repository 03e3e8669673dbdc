"""Connect itself: its session has ended, or it refuses a page, or the recording shows several instances."""

from __future__ import annotations

import json

from recorder import (
    CONNECT,
    CONNECT_PAGE,
    FEDERATION_DENIED,
    INSTANCE,
    INVALID,
    LIST_WITHOUT,
    NOT_ONBOARDED,
    OTHER_INSTANCE,
    RELAY_STATE,
    SESSION_EXPIRED,
    TOKEN,
    Json,
    Recorder,
    Saml,
    healthy,
    page,
    refused,
    signed_in,
)
from recorder import NAME as ANNA

from scenes.scene import scene
from scenes.users import MIXED_CASE

_EXPIRED = "Your session has expired. Please log in again to continue. Sessions expire after 12 hours."
_EXPIRED_PAGE = page(_EXPIRED, "Amazon Connect")
_AUTHORIZE = f"{CONNECT}/auth/authorize"
_OTHER = "https://other-cc.my.connect.aws"


def direct(status: int, body: str, **more: Json) -> Recorder:
    """Connect's page is opened without a sign-in."""
    return Recorder().get(f"{CONNECT}/ccp-v2", status, body, **more)


def embedded(status: int, body: str) -> Recorder:
    """Connect's page is opened in a frame of another page."""
    recording = Recorder().get("https://crm.acme.example/agent", body=page("CRM", "CRM"))
    headers = [("Referer", "https://crm.acme.example/")]
    return recording.get(f"{CONNECT}/ccp-v2", status, body, kind="iframe", headers=headers)


# --- without a sign-in --------------------------------------------------------------------------------------


@scene("session-expired", names=())
def direct_401_text() -> Recorder:
    """Connect says that the session has expired."""
    return direct(401, page(SESSION_EXPIRED, "Amazon Connect"))


@scene("session-expired", names=(), textless=("signed-in",))
def direct_200_text() -> Recorder:
    """Connect says so on a page with status 200."""
    return direct(200, _EXPIRED_PAGE)


@scene("session-expired", names=())
def direct_401() -> Recorder:
    """Connect answers its own page with 401."""
    return direct(401, "")


@scene("session-expired", names=())
def direct_redirected() -> Recorder:
    """Connect says so after a redirect to its login."""
    url = f"{CONNECT}/login?destination=%2Fccp-v2"
    return direct(302, "", location="/login?destination=%2Fccp-v2").get(url, 401, page("Session expired. " + _EXPIRED))


@scene("session-expired", names=(), each={"direct-xhr-401": 1, "direct-xhr-401-again-and-again": 6})
def unauthorized_requests(times: int) -> Recorder:
    """The page is there, but its requests for a session are answered with 401."""
    recording = direct(200, CONNECT_PAGE)
    for _ in range(times):
        recording.api(_AUTHORIZE, 401)
    return recording


@scene("session-expired", "signed-in")
def direct_then_signed_in() -> Recorder:
    """The visit before the sign-in is one of its own."""
    return direct(401, page(SESSION_EXPIRED)).sign_in().finish()


@scene("session-expired", "user-case-differs", names=(MIXED_CASE,))
def direct_then_refused() -> Recorder:
    """The visit before the sign-in is one of its own, and so is the sign-in's fault."""
    recording = direct(401, page(SESSION_EXPIRED))
    return recording.sign_in(recording.now_saml(names=(MIXED_CASE,))).refuse()


@scene("session-expired", "capture-incomplete", names=())
def direct_then_idp_stopped() -> Recorder:
    """After the expired session a sign-in was begun and not finished in the recording."""
    return direct(401, page(SESSION_EXPIRED)).log_in().submit_login(body=page("Approve on your phone", "MFA"))


@scene("capture-incomplete", names=())
def embedded_401_page() -> Recorder:
    """In a frame, a 401 is what begins a sign-in in another window, which the recording does not show."""
    return embedded(401, page(SESSION_EXPIRED))


@scene("capture-incomplete", names=())
def embedded_xhr_401() -> Recorder:
    """In a frame, requests answered with 401 are what begins a sign-in in another window."""
    recording = embedded(200, CONNECT_PAGE)
    for _ in range(4):
        recording.api(_AUTHORIZE, 401)
    return recording


@scene("signed-in", names=())
def embedded_healthy() -> Recorder:
    """The frame opens with a session that the browser still has."""
    return embedded(200, CONNECT_PAGE).api(_AUTHORIZE)


# --- after a sign-in ----------------------------------------------------------------------------------------


@scene("session-expired")
def idle_page() -> Recorder:
    """Ten minutes after the sign-in, Connect says that the session has expired."""
    return healthy().wait(600).get(f"{CONNECT}/ccp-v2", 401, _EXPIRED_PAGE)


@scene("session-expired")
def idle_xhr() -> Recorder:
    """Ten minutes after the sign-in, a request is answered so."""
    answer = json.dumps({"message": "Session expired"})
    return healthy().wait(600).api(f"{CONNECT}/connect/api/agent", 401, answer)


@scene("session-expired")
def idle_redirect() -> Recorder:
    """Ten minutes after the sign-in, Connect redirects to a page that says so."""
    recording = healthy().wait(600).get(f"{CONNECT}/ccp-v2", 302, location="/login?expired=1")
    return recording.get(f"{CONNECT}/login?expired=1", 200, page(SESSION_EXPIRED))


@scene("session-expired", "signed-in", names=(ANNA, ANNA))
def idle_then_again() -> Recorder:
    """The session expired, and the person signed in again."""
    return healthy().wait(600).get(f"{CONNECT}/ccp-v2", 401, _EXPIRED_PAGE).sign_in_again().finish()


@scene("session-expired")
def connect_401_after_sign_in() -> Recorder:
    """Connect's first page after the federation says that the session has expired."""
    return signed_in().federate().get(f"{CONNECT}/ccp-v2", 401, page(SESSION_EXPIRED))


@scene("not-authorized-in-connect")
def connect_403() -> Recorder:
    """Connect's first page is refused with 403: the person is known and lacks a right."""
    recording = signed_in().federate()
    recording.get(f"{CONNECT}/connect/auth/sign-in?accessToken={TOKEN}", 302, location="/ccp-v2")
    return recording.get(f"{CONNECT}/ccp-v2", 403, page("You do not have access to this page", "Amazon Connect"))


@scene("not-authorized-in-connect")
def connect_403_later() -> Recorder:
    """The person is signed in, and Connect then refuses a page with 403."""
    return healthy().get(f"{CONNECT}/users", 403, page("Access denied", "Amazon Connect"))


@scene("outcome-unknown")
def connect_500() -> Recorder:
    """Connect fails with a text that says nothing."""
    return signed_in().federate().get(f"{CONNECT}/ccp-v2", 500, page("Something went wrong"))


# --- other tabs and other instances -------------------------------------------------------------------------


def other_tab(recording: Recorder, status: int = 200, times: int = 2) -> Recorder:
    """Connect of another tab asks for its session."""
    for _ in range(times):
        recording.api(f"{_OTHER}/auth/authorize", status)
    return recording


@scene("user-missing", users=LIST_WITHOUT)
def other_tab_not_onboarded() -> Recorder:
    """Requests of another tab after the refusal do not mean that this sign-in opened Connect."""
    return other_tab(refused(signed_in()))


@scene("federation-denied", textless=("outcome-unknown",))
def other_tab_denied() -> Recorder:
    """Requests of another tab after the refusal do not mean that this sign-in opened Connect."""
    return other_tab(refused(signed_in(), FEDERATION_DENIED))


@scene("role-missing")
def other_tab_role_missing() -> Recorder:
    """Requests of another tab after AWS's refusal do not mean that this sign-in opened Connect."""
    return other_tab(signed_in(Saml(roles=()), status=400, body=page(INVALID)))


@scene("capture-incomplete")
def other_tab_unanswered() -> Recorder:
    """Requests of another tab do not answer this sign-in's post."""
    return other_tab(signed_in(status=0))


@scene("signed-in", "session-expired")
def healthy_then_other_instance_expired() -> Recorder:
    """A visit to another instance is a sign-in of its own."""
    return healthy().get(f"{_OTHER}/ccp-v2", 401, page(SESSION_EXPIRED))


@scene("session-expired", "session-expired")
def both_instances_expire() -> Recorder:
    """A visit to another instance is a sign-in of its own, and both sessions end."""
    recording = other_tab(healthy().get(f"{_OTHER}/ccp-v2", body="<html></html>"), 401, 1)
    return recording.api(_AUTHORIZE, 401)


@scene("signed-in", "capture-incomplete", textless=("signed-in", "outcome-unknown"))
def healthy_then_federate_other_instance() -> Recorder:
    """Another instance does not know the user; the response for it is not in the recording."""
    there = RELAY_STATE.replace(INSTANCE, OTHER_INSTANCE)
    return healthy().federate(403, page(NOT_ONBOARDED), there)
