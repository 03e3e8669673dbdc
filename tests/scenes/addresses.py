"""Other addresses of AWS: Connect Global Resiliency, AWS GovCloud, and odd spellings."""

from __future__ import annotations

from recorder import (
    ACCOUNT,
    CONNECT,
    FEDERATION_DENIED,
    INSTANCE,
    LIST_WITHOUT,
    NOT_ONBOARDED,
    PAIR,
    REGION,
    SIGN_IN,
    TOKEN,
    Recorder,
    Saml,
    page,
    signed_in,
    users,
)
from recorder import NAME as ANNA

from scenes.relay_state import CONSOLE_PAGE
from scenes.scene import scene
from scenes.users import MIXED_CASE

# --- Global Resiliency --------------------------------------------------------------------------------------

_GLOBAL = (
    f"https://{INSTANCE}.{REGION}.sign-in.connect.aws/saml"
    f"?&instanceId={INSTANCE}&accountId={ACCOUNT}&role=ConnectAgents&idp=AcmeIdP&destination=%2Fccp-v2"
)
_JSON = '{{"__type":"{}","message":"{}"}}'
_UNKNOWN_USER = {
    "json": (_JSON.format("UserNotOnboardedException", "User not onboarded"), "application/json"),
    "html": (page("UserNotOnboardedException"), "text/html"),
}
_NO_GROUP = {
    "json": (_JSON.format("ResourceNotFoundException", "Traffic distribution group"), "application/json"),
    "html": (page("ResourceNotFoundException"), "text/html"),
}


def at_global_address(status: int, body: str = "", mime: str = "text/html") -> Recorder:
    """The response is posted to Connect's address for all regions, without a relay state."""
    to = f"{CONNECT}/auth/sign-in?accessToken={TOKEN}" if status == 302 else ""
    saml = Saml(destination=_GLOBAL, recipient=_GLOBAL)
    return Recorder().sign_in(saml, None, status, body, endpoint=_GLOBAL, location=to, mime=mime)


def in_each_form(name: str, answers: dict[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """An answer in JSON and on a page, each under its scene's name."""
    return {f"{name}-{form}": answer for form, answer in answers.items()}


@scene("signed-in")
def global_healthy() -> Recorder:
    """This address needs no relay state."""
    return at_global_address(302).connect()


@scene(
    "replica-not-ready",
    textless=("outcome-unknown",),
    each=in_each_form("global-not-onboarded-exact", _UNKNOWN_USER),
)
def global_user_exists(answer: tuple[str, str]) -> Recorder:
    """The user exists in the list, so the replica that answered does not have it yet."""
    return at_global_address(400, *answer)


@scene("replica-not-ready")
def global_not_onboarded_at_connect() -> Recorder:
    """The user exists in the list, and Connect refuses on its own host: the replica does not have it yet."""
    recording = at_global_address(302)
    return recording.get(f"{CONNECT}/auth/sign-in?accessToken={TOKEN}", 403, page(NOT_ONBOARDED))


@scene(
    "user-case-differs",
    users=users(MIXED_CASE),
    textless=("outcome-unknown",),
    each=in_each_form("global-not-onboarded-case", _UNKNOWN_USER),
)
def global_other_case(answer: tuple[str, str]) -> Recorder:
    """The list has the name in another letter case, as it may be anywhere."""
    return at_global_address(400, *answer)


@scene(
    "user-missing",
    users=LIST_WITHOUT,
    textless=("outcome-unknown",),
    each=in_each_form("global-not-onboarded-missing", _UNKNOWN_USER),
)
def global_missing(answer: tuple[str, str]) -> Recorder:
    """The complete list has no name like it."""
    return at_global_address(400, *answer)


@scene(
    "user-not-checked",
    users=None,
    textless=("outcome-unknown",),
    each=in_each_form("global-not-onboarded-no-list", _UNKNOWN_USER),
)
def global_no_list(answer: tuple[str, str]) -> Recorder:
    """Without a list, nobody knows why the user is unknown."""
    return at_global_address(400, *answer)


@scene("replica-not-ready", textless=("outcome-unknown",), each=in_each_form("global-no-group", _NO_GROUP))
def global_no_group(answer: tuple[str, str]) -> Recorder:
    """The traffic distribution group is unknown where the response was posted."""
    return at_global_address(404, *answer)


# --- AWS GovCloud (US) --------------------------------------------------------------------------------------

_GOVCLOUD_SIGN_IN = "https://signin.amazonaws-us-gov.com/saml"
_GOVCLOUD_FEDERATE = f"https://console.amazonaws-us-gov.com/connect/federate/{INSTANCE}"


def govcloud(
    endpoint: str = _GOVCLOUD_SIGN_IN, relay_state: str | None = _GOVCLOUD_FEDERATE, location: str | None = None
) -> Recorder:
    """AWS GovCloud accepted a response."""
    saml = Saml(
        destination=endpoint,
        recipient=endpoint,
        audience="urn:amazon:webservices:govcloud",
        roles=(PAIR.replace("arn:aws:", "arn:aws-us-gov:"),),
    )
    return signed_in(saml, endpoint=endpoint, relay_state=relay_state, location=location)


@scene("signed-in", users=users(ANNA, region="us-gov-west-1"))
def healthy_govcloud() -> Recorder:
    """GovCloud has its own hosts, audience and ARNs."""
    return govcloud().federate(url=_GOVCLOUD_FEDERATE).connect()


@scene("user-case-differs", users=users(ANNA.title(), region="us-gov-west-1"))
def govcloud_case() -> Recorder:
    """The list has the name in another letter case; the address names no region to compare."""
    return govcloud().federate(403, page(NOT_ONBOARDED), url=_GOVCLOUD_FEDERATE)


@scene("federation-denied", users=users(ANNA, region="us-gov-west-1"), textless=("outcome-unknown",))
def govcloud_regional_denied() -> Recorder:
    """GovCloud's regional address, where the role lacks a permission."""
    federate = f"https://us-gov-west-1.console.amazonaws-us-gov.com/connect/federate/{INSTANCE}"
    recording = govcloud("https://us-gov-west-1.signin.amazonaws-us-gov.com/saml", federate)
    return recording.federate(403, page(FEDERATION_DENIED), url=federate)


@scene("relay-state-missing", users=None)
def govcloud_no_relay() -> Recorder:
    """Without a relay state, GovCloud's console opens."""
    console = "https://console.amazonaws-us-gov.com/console/home"
    return govcloud(relay_state=None, location=console).get(console, body=CONSOLE_PAGE)


# --- spellings ----------------------------------------------------------------------------------------------


@scene("user-missing", users=LIST_WITHOUT)
def endpoint_slash() -> Recorder:
    """AWS's address with a slash at its end is the same."""
    return signed_in(endpoint=SIGN_IN + "/").refuse()


@scene("user-case-differs", users=users(MIXED_CASE))
def relay_upper_case_instance() -> Recorder:
    """The instance's id in capital letters is the same instance."""
    relay_state = f"https://{REGION}.console.aws.amazon.com/connect/federate/{INSTANCE.upper()}"
    return signed_in(relay_state=relay_state).federate(403, page(NOT_ONBOARDED), url=relay_state)
