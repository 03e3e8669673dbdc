"""The recording stops early, or the network stopped a request, or an exporter lost a status."""

from __future__ import annotations

from recorder import (
    CONNECT,
    CONNECT_PAGE,
    FEDERATION_DENIED,
    LIST_WITHOUT,
    OTHER_INSTANCE,
    RELAY_STATE,
    ROLE,
    TOKEN,
    Recorder,
    Saml,
    page,
    signed_in,
    users,
)
from recorder import NAME as ANNA

from scenes.relay_state import CONSOLE_HOME, CONSOLE_PAGE
from scenes.response import NAME_MUST_MATCH
from scenes.role import choice, choose
from scenes.scene import scene
from scenes.users import MIXED_CASE

_MIXED_CASE = Saml(names=(MIXED_CASE,))
_CONNECT_SIGN_IN = f"{CONNECT}/connect/auth/sign-in?accessToken={TOKEN}"


def unanswered(error: str = "", saml: Saml | None = None) -> Recorder:
    """The post to AWS has no answer in the recording."""
    return Recorder().sign_in(saml, status=0, error=error)


# --- the network --------------------------------------------------------------------------------------------


@scene(
    "sign-in-blocked",
    each={
        f"blocked-{name}": error
        for name, error in {
            "chromium-client": "net::ERR_BLOCKED_BY_CLIENT",
            "chromium-response": "net::ERR_BLOCKED_BY_RESPONSE",
            "chromium-admin": "net::ERR_BLOCKED_BY_ADMINISTRATOR",
            "chromium-name": "net::ERR_NAME_NOT_RESOLVED",
            "chromium-certificate": "net::ERR_CERT_AUTHORITY_INVALID",
            "chromium-refused": "net::ERR_CONNECTION_REFUSED",
            "chromium-reset": "net::ERR_CONNECTION_RESET",
            "chromium-timed-out": "net::ERR_CONNECTION_TIMED_OUT",
            "chromium-proxy": "net::ERR_PROXY_CONNECTION_FAILED",
            "chromium-tunnel": "net::ERR_TUNNEL_CONNECTION_FAILED",
            "firefox-host": "NS_ERROR_UNKNOWN_HOST",
            "firefox-refused": "NS_ERROR_CONNECTION_REFUSED",
            "firefox-proxy": "NS_ERROR_PROXY_CONNECTION_REFUSED",
            "firefox-reset": "NS_ERROR_NET_RESET",
            "firefox-timeout": "NS_ERROR_NET_TIMEOUT",
            "firefox-certificate": "SEC_ERROR_UNKNOWN_ISSUER",
            "firefox-certificate-2": "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT",
            "webkit-connect": "Could not connect to the server.",
            "webkit-host": "A server with the specified hostname could not be found.",
            "webkit-certificate": "The certificate for this server is invalid.",
            "webkit-blocker": "The URL was blocked by a content blocker",
            "mitmproxy-tls": "Server TLS handshake failed. Certificate verify failed: unable to get local issuer"
            " certificate",
            "mitmproxy-name": "[Errno -2] Name or service not known",
            "mitmproxy-refused": "[Errno 111] Connect call failed ('127.0.0.1', 443)",
        }.items()
    },
)
def blocked_post(error: str) -> Recorder:
    """The exporter names an error by which the network or the browser stops a request."""
    return unanswered(error)


@scene("sign-in-blocked")
def blocked_federate() -> Recorder:
    """Connect's federation page cannot be reached."""
    return signed_in().federate(0, error="net::ERR_NAME_NOT_RESOLVED")


@scene("sign-in-blocked")
def blocked_connect() -> Recorder:
    """Connect's own address cannot be reached."""
    return signed_in().federate().get(_CONNECT_SIGN_IN, 0, error="net::ERR_CONNECTION_RESET")


@scene("sign-in-blocked", names=())
def blocked_direct() -> Recorder:
    """Connect's page is opened without a sign-in, and cannot be reached."""
    return Recorder().get(f"{CONNECT}/ccp-v2", 0, error="net::ERR_BLOCKED_BY_ADMINISTRATOR")


# --- no answer ----------------------------------------------------------------------------------------------


@scene(
    "capture-incomplete",
    each={
        "silent": "",
        "silent-aborted": "net::ERR_ABORTED",
        "silent-binding": "NS_BINDING_ABORTED",
        "silent-failed": "net::ERR_FAILED",
    },
)
def no_answer(error: str) -> Recorder:
    """The post has no answer and no error that names a cause; that the user exists proves nothing."""
    return unanswered(error)


@scene("capture-incomplete")
def silent_late() -> Recorder:
    """Without an answer, an assertion that has ended proves nothing; only the users can."""
    return unanswered(saml=Saml(issued=-90, lives=60))


@scene("capture-incomplete", users=None)
def silent_no_list() -> Recorder:
    """Without an answer and a list, nothing can be known."""
    return unanswered()


@scene("capture-incomplete", users=users(complete=False))
def silent_incomplete_list() -> Recorder:
    """An incomplete list cannot show that the user is missing."""
    return unanswered()


@scene("capture-incomplete", users=users(ANNA, instance=OTHER_INSTANCE))
def silent_other_instance() -> Recorder:
    """Without an answer, a user of another instance proves nothing."""
    return unanswered()


@scene("user-missing", users=LIST_WITHOUT)
def silent_missing() -> Recorder:
    """There is no answer, but the sign-in cannot work: the list has no name like it."""
    return unanswered()


@scene("user-case-differs", names=(MIXED_CASE,))
def silent_case() -> Recorder:
    """There is no answer, but the sign-in cannot work: the list has the name in another case."""
    return unanswered(saml=_MIXED_CASE)


@scene("duplicate-profiles", users=users(ANNA, ANNA.upper()), names=(MIXED_CASE,))
def silent_twins() -> Recorder:
    """There is no answer, but the sign-in cannot work: the list has the name twice in other cases."""
    return unanswered(saml=_MIXED_CASE)


@scene("user-near-miss", names=("anna.burg@acme.example",))
def silent_near() -> Recorder:
    """There is no answer, but the sign-in cannot work: the list has a name like it."""
    return unanswered(saml=Saml(names=("anna.burg@acme.example",)))


@scene("user-case-differs", names=(MIXED_CASE,))
def silent_form_only() -> Recorder:
    """The recording stops at the form that holds the response; the name is in it."""
    return Recorder().log_in().hand_over(_MIXED_CASE, RELAY_STATE)


@scene("user-case-differs", names=(MIXED_CASE,))
def silent_form_again() -> Recorder:
    """A login that was sent twice is one attempt."""
    recording = Recorder().log_in().hand_over(_MIXED_CASE, RELAY_STATE)
    return recording.hand_over(recording.now_saml(id="_qa-2", names=(MIXED_CASE,)), RELAY_STATE)


@scene("capture-incomplete")
def silent_after_post() -> Recorder:
    """The recording stops at AWS's redirect."""
    return signed_in()


@scene("capture-incomplete")
def silent_federate() -> Recorder:
    """The federation page has no answer."""
    return signed_in().federate(0)


@scene("user-case-differs", names=(MIXED_CASE,))
def silent_federate_case() -> Recorder:
    """The federation page has no answer, but the list has the name in another case."""
    return signed_in(_MIXED_CASE).federate(0)


@scene("capture-incomplete")
def silent_after_federate() -> Recorder:
    """The recording stops at the federation page's redirect."""
    return signed_in().federate()


@scene("capture-incomplete")
def silent_connect() -> Recorder:
    """Connect's page has no answer."""
    recording = signed_in().federate().get(_CONNECT_SIGN_IN, 302, location="/ccp-v2")
    return recording.get(f"{CONNECT}/ccp-v2", 0)


@scene("capture-incomplete", names=(), textless=("outcome-unknown",))
def federate_only_not_onboarded() -> Recorder:
    """Connect does not know the user, and the part of the recording that has the name is missing."""
    return Recorder().refuse()


# --- Firefox's status 0 with an answer ----------------------------------------------------------------------


def without_status(recording: Recorder) -> Recorder:
    """Firefox ESR 153 leaves the status out of answered requests at times: 0, with the headers and the body there."""
    response = recording.entries[-1]["response"]
    response["status"] = 0
    response["content"].pop("mimeType", None)
    return recording


@scene("user-missing", users=LIST_WITHOUT)
def unstatused_not_onboarded() -> Recorder:
    """A known text that can be read decides, whatever the status."""
    return without_status(signed_in().refuse())


@scene("federation-denied", textless=("capture-incomplete",))
def unstatused_denied() -> Recorder:
    """A known text that can be read decides, whatever the status."""
    return without_status(signed_in().refuse(FEDERATION_DENIED))


@scene("role-session-name-invalid", names=("Anna Berg",), textless=("capture-incomplete",))
def unstatused_name_invalid() -> Recorder:
    """A known text that can be read decides, whatever the status."""
    return without_status(Recorder().sign_in(Saml(names=("Anna Berg",)), status=400, body=page(NAME_MUST_MATCH)))


@scene("signed-in", textless=("signed-in",))
def unstatused_connect() -> Recorder:
    """Connect's page is there with its body, and goes on."""
    recording = signed_in().federate().get(_CONNECT_SIGN_IN, 302, location="/ccp-v2")
    without_status(recording.get(f"{CONNECT}/ccp-v2", 200, CONNECT_PAGE))
    return recording.api(f"{CONNECT}/connect/api/agent", 200, '{"agent":"anna"}')


@scene("relay-state-missing", textless=("capture-incomplete",))
def unstatused_console() -> Recorder:
    """The console's page is there with its body."""
    return without_status(signed_in(relay_state=None, location=CONSOLE_HOME).get(CONSOLE_HOME, body=CONSOLE_PAGE))


@scene("role-not-chosen", textless=("capture-incomplete",))
def unstatused_choice() -> Recorder:
    """The page with the roles is there with its body."""
    return without_status(choice())


@scene("user-missing", users=LIST_WITHOUT, chosen=ROLE)
def unstatused_choice_then_missing() -> Recorder:
    """The page with the roles has no status; the sign-in goes on."""
    return choose(without_status(choice()), ROLE).refuse()


@scene("user-missing", users=LIST_WITHOUT)
def unstatused_post() -> Recorder:
    """The post has no status; the sign-in goes on."""
    return without_status(Recorder().sign_in()).refuse()
