"""A capture and a user list whose every text tries to run a script, to hide or to turn the line around."""

from __future__ import annotations

import json
from urllib.parse import quote

from recorder import NOT_ONBOARDED, Recorder, Saml

INSTANCE = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
CANARY = "cAnArY"


def payload(place: str) -> str:
    """A text that calls `canary` where it becomes markup, with control and direction characters."""
    run = f"canary('{CANARY} {place}')"
    return f"""{place}'"><img src=x onerror="{run}"><svg onload="{run}"><script>{run}</script>\u202e\u200b]]>&lt;"""


def username() -> str:
    """The name in the response; the list holds it in capitals."""
    return payload("name")


def response(name: str | None = None, number: int = 0) -> Saml:
    """A SAML response with a payload wherever text may stand."""
    return Saml(
        names=(name or username(),),
        roles=(payload("role"),),
        issuer=payload("issuer"),
        name_id=payload("nameid"),
        destination=payload("destination"),
        recipient=payload("recipient"),
        audience=payload("audience"),
        attributes=((payload("attribute"), (payload("value"),)),),
        friendly_name=payload("friendly"),
        id=f"a{number + 1}",
    )


def response_xml(name: str | None = None) -> str:
    """The response as XML."""
    return response(name).xml()


def capture(name: str | None = None, sign_ins: int = 1) -> bytes:
    """A HAR in which AWS says 'not been onboarded' to every hostile sign-in."""
    destination = quote(payload("relay"))
    relay = f"https://us-west-2.console.aws.amazon.com/connect/federate/{INSTANCE}?destination={destination}"
    recording = Recorder()
    for number in range(sign_ins):
        recording.get(f"https://idp.example/{payload('path')}?x={payload('query')}")
        recording.send(response(name, number), relay_state=relay)
        recording.get(relay, 403, f"<h1>{payload('page')}</h1>{NOT_ONBOARDED}")
    recording.get(f"https://{payload('host')}/", 0, error=payload("error"))
    for entry in recording.entries:
        entry["request"]["headers"] = [{"name": payload("header"), "value": payload("header")}]
        entry["response"] |= {
            "statusText": payload("status"),
            "headers": [{"name": "Content-Type", "value": payload("type")}],
            "redirectURL": payload("redirect"),
        }
        entry["_resourceType"] = "document"  # the last field that is not hostile: other values are no pages
    har = recording.har()
    har["log"]["creator"] = {"name": payload("creator"), "version": payload("version")}
    del har["log"]["browser"]
    return json.dumps(har).encode()


def users(name: str | None = None) -> bytes:
    """A saved list that holds the name in capitals, and others."""
    rows = [
        {"Id": payload("id"), "Arn": payload("arn"), "Username": (name or username()).upper()},
        {"Id": "2", "Arn": "", "Username": payload("other")},
    ]
    return json.dumps({"UserSummaryList": rows}).encode()
