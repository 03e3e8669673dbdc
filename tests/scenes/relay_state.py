"""AWS accepted the response and sent the browser to the wrong place, or to none of Connect's."""

from __future__ import annotations

from recorder import (
    ACCOUNT,
    CONNECT,
    INSTANCE,
    OTHER_INSTANCE,
    REGION,
    SESSION_EXPIRED,
    Recorder,
    page,
    signed_in,
    users,
)
from recorder import NAME as ANNA

from scenes.scene import scene

CONSOLE_HOME = f"https://{REGION}.console.aws.amazon.com/console/home?region={REGION}"
CONSOLE_PAGE = page("Console Home", "AWS Management Console")
_ARN = f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/{INSTANCE}"


def in_console(relay_state: str | None, url: str = CONSOLE_HOME) -> Recorder:
    """AWS's console opens in place of Connect."""
    return signed_in(relay_state=relay_state, location=url).get(url, body=CONSOLE_PAGE)


def not_found() -> Recorder:
    """A relay state of the right form leads to a page that does not exist."""
    return signed_in().federate(404, page("Not Found"))


@scene("relay-state-missing", each={"relay-none": None, "relay-empty": ""})
def no_relay_state(relay_state: str | None) -> Recorder:
    """Without a relay state, AWS opens its console."""
    return in_console(relay_state)


@scene(
    "relay-state-missing",
    each={
        "relay-none-global-console": "https://console.aws.amazon.com/console/home?nc2=h_ct",
        "relay-none-multi-session": f"https://{ACCOUNT}-abcd.eu-central-1.console.aws.amazon.com/console/home?region=x",
    },
)
def other_console_address(url: str) -> Recorder:
    """The console has several addresses, one for each session where several are allowed."""
    return in_console(None, url)


@scene("relay-state-missing")
def relay_none_hops() -> Recorder:
    """The console opens after a redirect of its own, and asks for more."""
    recording = signed_in(relay_state=None, location=CONSOLE_HOME).get(CONSOLE_HOME, 302, location=CONSOLE_HOME + "#")
    recording.get(CONSOLE_HOME + "#", body=CONSOLE_PAGE)
    return recording.api(f"https://{REGION}.console.aws.amazon.com/console/api/x")


@scene(
    "relay-state-invalid",
    each={
        "relay-console": "https://console.aws.amazon.com/",
        "relay-text": "connect",
        "relay-arn": _ARN,
    },
)
def other_relay_state(relay_state: str) -> Recorder:
    """The relay state is not the address of Connect's federation page, and the console opened."""
    return in_console(relay_state)


@scene("relay-state-invalid")
def relay_arn_404() -> Recorder:
    """The relay state has the instance's ARN where its id belongs."""
    relay_state = f"https://{REGION}.console.aws.amazon.com/connect/federate/{_ARN}"
    return signed_in(relay_state=relay_state).get(relay_state, 404, page("Not Found"))


@scene("relay-state-invalid")
def relay_404() -> Recorder:
    """The page does not exist, and nothing shows that another instance is meant."""
    return not_found()


@scene("relay-state-invalid", users=None)
def relay_404_no_list() -> Recorder:
    """The page does not exist, and without a list nothing shows that another instance is meant."""
    return not_found()


@scene("wrong-instance", users=users(ANNA, region="us-west-2"))
def relay_404_other_region() -> Recorder:
    """The page does not exist, and the list is of an instance in another region."""
    return not_found()


@scene("wrong-instance", users=users(ANNA, instance=OTHER_INSTANCE))
def relay_404_other_instance() -> Recorder:
    """The page does not exist, and the list is of another instance."""
    return not_found()


@scene("session-expired")
def relay_instance_url() -> Recorder:
    """The relay state is the instance's own address, which shows the known text of an expired session."""
    return signed_in(relay_state=f"{CONNECT}/ccp-v2").get(f"{CONNECT}/ccp-v2", 401, page(SESSION_EXPIRED))


@scene("session-expired")
def relay_none_then_bookmark() -> Recorder:
    """The person opens a bookmark after the console: it belongs to the sign-in before it, and its text is known."""
    return in_console(None).get(f"{CONNECT}/ccp-v2", 401, page(SESSION_EXPIRED))
