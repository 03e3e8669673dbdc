"""A capture and a user list whose every text tries to run a script, to hide or to turn the line around."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote
from xml.sax.saxutils import escape

from connect_saml_nb.model.saml import ATTRIBUTES

INSTANCE = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
CANARY = "cAnArY"


def payload(place: str) -> str:
    """A text that calls `canary` where it becomes markup, with control and direction characters."""
    run = f"canary('{CANARY} {place}')"
    return f"""{place}'"><img src=x onerror="{run}"><svg onload="{run}"><script>{run}</script>\u202e\u200b]]>&lt;"""


def username() -> str:
    """The name in the response; the list holds it in capitals."""
    return payload("name")


def response_xml(name: str | None = None) -> str:
    """A SAML response with a payload wherever text may stand."""
    attributes = {
        ATTRIBUTES + "RoleSessionName": name or username(),
        ATTRIBUTES + "Role": payload("role"),
        payload("attribute"): payload("value"),
    }
    shown = "".join(
        f'<saml:Attribute Name="{escape(key, QUOTES)}" FriendlyName="{escape(payload("friendly"), QUOTES)}">'
        f"<saml:AttributeValue>{escape(text)}</saml:AttributeValue></saml:Attribute>"
        for key, text in attributes.items()
    )
    return (
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" Version="2.0" ID="r1" '
        'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" IssueInstant="2026-11-24T03:00:00Z" '
        f'Destination="{escape(payload("destination"), QUOTES)}"><saml:Issuer>{escape(payload("issuer"))}</saml:Issuer>'
        '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
        '<saml:Assertion Version="2.0" ID="a1" IssueInstant="2026-11-24T03:00:00Z">'
        f"<saml:Issuer>{escape(payload('issuer'))}</saml:Issuer><saml:Subject><saml:NameID>{escape(payload('nameid'))}"
        '</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
        f'<saml:SubjectConfirmationData Recipient="{escape(payload("recipient"), QUOTES)}"/></saml:SubjectConfirmation>'
        f"</saml:Subject><saml:Conditions><saml:AudienceRestriction><saml:Audience>{escape(payload('audience'))}"
        "</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        f"<saml:AttributeStatement>{shown}</saml:AttributeStatement></saml:Assertion></samlp:Response>"
    )


QUOTES = {'"': "&quot;"}


def entry(second: int, method: str, url: str, status: object, *, body: str = "", form: str = "") -> dict[str, object]:
    """One HAR entry with payloads in what surrounds it."""
    made: dict[str, object] = {
        "startedDateTime": f"2026-11-24T03:00:{second:02d}.000Z",
        "time": 5,
        "request": {
            "method": method,
            "url": url,
            "headers": [{"name": payload("header"), "value": payload("header")}],
        },
        "response": {
            "status": status,
            "statusText": payload("status"),
            "headers": [{"name": "Content-Type", "value": payload("type")}],
            "content": {"mimeType": "text/html", "text": body},
            "redirectURL": payload("redirect"),
        },
        "_resourceType": "document",  # the last field that is not hostile: other values are no pages
    }
    if form:
        made["request"]["postData"] = {"mimeType": "application/x-www-form-urlencoded", "text": form}  # type: ignore[index]
    return made


def capture(name: str | None = None, sign_ins: int = 1) -> bytes:
    """A HAR in which AWS says 'not been onboarded' to every hostile sign-in."""
    encoded = base64.b64encode(response_xml(name).encode()).decode()
    relay = (
        f"https://us-west-2.console.aws.amazon.com/connect/federate/{INSTANCE}?destination={quote(payload('relay'))}"
    )
    refused = (
        f"<h1>{payload('page')}</h1>Access denied. Your account has been authenticated, but has not been onboarded to "
        "this application."
    )
    entries = []
    for number in range(sign_ins):
        one = encoded if number == 0 else base64.b64encode(_other(name, number).encode()).decode()
        form = f"SAMLResponse={quote(one, safe='')}&RelayState={quote(relay, safe='')}"
        entries += [
            entry(number, "GET", f"https://idp.example/{payload('path')}?x={payload('query')}", 200),
            entry(number, "POST", "https://signin.aws.amazon.com/saml", 302, form=form),
            entry(number, "GET", relay, 403, body=refused),
        ]
    entries.append({**entry(59, "GET", f"https://{payload('host')}/", 0), "_error": payload("error")})
    creator = {"name": payload("creator"), "version": payload("version")}
    return json.dumps({"log": {"version": "1.2", "creator": creator, "entries": entries}}).encode()


def _other(name: str | None, number: int) -> str:
    return response_xml(name).replace('ID="a1"', f'ID="a{number + 1}"').replace('ID="r1"', f'ID="r{number + 1}"')


def users(name: str | None = None) -> bytes:
    """A saved list that holds the name in capitals, and others."""
    rows = [
        {"Id": payload("id"), "Arn": payload("arn"), "Username": (name or username()).upper()},
        {"Id": "2", "Arn": "", "Username": payload("other")},
    ]
    return json.dumps({"UserSummaryList": rows}).encode()
