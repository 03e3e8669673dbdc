"""SAML responses and whole recordings made from scratch, as Firefox writes them, and lists of Connect users.

Hosts, paths, form fields and texts are those of AWS's documents; people and identifiers are made up.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlencode

from connect_saml_nb.model.users import User, Users

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Json = Any

REGION = "eu-central-1"
INSTANCE = "11111111-2222-4333-8444-555555555555"
OTHER_INSTANCE = "99999999-8888-4777-8666-555555555555"
ACCOUNT = "210987654321"
CONNECT = "https://acme.my.connect.aws"
FEDERATE = f"https://{REGION}.console.aws.amazon.com/connect/federate/{INSTANCE}"
RELAY_STATE = FEDERATE + "?destination=%2Fccp-v2"
SIGN_IN = "https://signin.aws.amazon.com/saml"
REGIONAL = f"https://{REGION}.signin.aws.amazon.com/saml"
IDP = "https://idp.acme.example"
ISSUER = "https://idp.acme.example/entity"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ConnectAgents"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/AcmeIdP"
SECOND_ROLE = f"arn:aws:iam::{ACCOUNT}:role/ConnectAdmins"
PAIR = f"{ROLE},{PROVIDER}"
SECOND_PAIR = f"{SECOND_ROLE},{PROVIDER}"
NAME = "anna.berg@acme.example"
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
PASSWORD = "Sommer-2026-geheim"
COOKIE = "qaCookieSecretValue0123456789"
TOKEN = "qaAccessTokenSecret9876543210"
#: What no message and no repr may hold.
SECRETS = (PASSWORD, COOKIE, TOKEN)

NOT_ONBOARDED = "Access Denied. Your account has been authenticated, but has not been onboarded to this application."
FEDERATION_DENIED = "Access denied, Please contact your AWS account administrator for assistance."
INVALID = "Your request included an invalid SAML response. To logout, click here."
SESSION_EXPIRED = "Session expired"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
RESPONDER = "urn:oasis:names:tc:SAML:2.0:status:Responder"


def started(seconds: float = 0) -> datetime:
    """The time of the recordings, and some seconds later."""
    return datetime(2026, 11, 24, 3, 0, 0, 250_000, UTC) + timedelta(seconds=seconds)


# --- SAML --------------------------------------------------------------------------------------------------

_STYLES = {
    "saml": ("samlp:", "saml:", 'xmlns:samlp="{p}"', 'xmlns:saml="{a}"'),
    "saml2": ("saml2p:", "saml2:", 'xmlns:saml2p="{p}"', 'xmlns:saml2="{a}"'),  # Okta, Shibboleth
    "entra": ("samlp:", "", 'xmlns:samlp="{p}"', 'xmlns="{a}"'),  # Microsoft Entra ID
    "ns": ("ns0:", "ns1:", 'xmlns:ns0="{p}"', 'xmlns:ns1="{a}"'),  # pysaml2
}
_PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
_ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
_SIGNATURE = (
    '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo/>'
    "<ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
)
SIGNATURE_VALUE = base64.b64encode(b"qa signature value, made up, not to be shown anywhere").decode()


def instant(time: datetime) -> str:
    """A time as SAML writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@dataclass(frozen=True)
class Saml:
    """What a SAML response says; `xml` writes it in one of the styles."""

    names: tuple[str, ...] | None = (NAME,)
    roles: tuple[str, ...] | None = (PAIR,)
    style: str = "saml"
    issuer: str = ISSUER
    name_id: str | None = "anna.berg"
    destination: str | None = SIGN_IN
    recipient: str | None = SIGN_IN
    audience: str | None = "urn:amazon:webservices"
    issued: float = -0.5
    not_before: float = -60
    lives: float = 300
    status: tuple[str, ...] = (SUCCESS,)
    status_message: str = ""
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    name_attribute: str = ATTRIBUTES + "RoleSessionName"
    role_attribute: str = ATTRIBUTES + "Role"
    encrypted: bool = False
    id: str = "_qa-1"
    at: datetime = field(default_factory=started)

    def xml(self) -> str:
        """The response as XML."""
        p, a, protocol, assertion = _STYLES[self.style]
        protocol, assertion = protocol.format(p=_PROTOCOL), assertion.format(a=_ASSERTION)
        destination = f' Destination="{escape(self.destination)}"' if self.destination is not None else ""
        codes = "".join(f'<{p}StatusCode Value="{c}">' for c in self.status) + f"</{p}StatusCode>" * len(self.status)
        message = f"<{p}StatusMessage>{escape(self.status_message)}</{p}StatusMessage>" if self.status_message else ""
        body = self._assertion(a, assertion) if self.status[0] == SUCCESS else ""
        return (
            ('<?xml version="1.0" encoding="UTF-8"?>\n' if self.style == "ns" else "")
            + f'<{p}Response {protocol} ID="{self.id}r" Version="2.0" IssueInstant="{self._time(self.issued)}"{destination}>'
            f"<{a}Issuer {assertion}>{escape(self.issuer)}</{a}Issuer>"
            f"<{p}Status>{codes}{message}</{p}Status>{body}</{p}Response>"
        )

    def _time(self, seconds: float) -> str:
        return instant(self.at + timedelta(seconds=seconds))

    def _assertion(self, a: str, assertion: str) -> str:
        if self.encrypted:
            return (
                f'<{a}EncryptedAssertion {assertion}><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#">'
                "<xenc:CipherData><xenc:CipherValue>" + "QUJDRA" * 300 + "</xenc:CipherValue></xenc:CipherData>"
                f"</xenc:EncryptedData></{a}EncryptedAssertion>"
            )
        recipient = f' Recipient="{escape(self.recipient)}"' if self.recipient is not None else ""
        ends = self._time(self.issued + self.lives)
        subject = f"<{a}NameID>{escape(self.name_id)}</{a}NameID>" if self.name_id is not None else ""
        audience = (
            f"<{a}AudienceRestriction><{a}Audience>{escape(self.audience)}</{a}Audience></{a}AudienceRestriction>"
            if self.audience is not None
            else ""
        )
        return (
            f'<{a}Assertion {assertion} ID="{self.id}" Version="2.0" IssueInstant="{self._time(self.issued)}">'
            f"<{a}Issuer>{escape(self.issuer)}</{a}Issuer>{_SIGNATURE.format(value=SIGNATURE_VALUE)}<{a}Subject>{subject}"
            f'<{a}SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><{a}SubjectConfirmationData'
            f' NotOnOrAfter="{ends}"{recipient}/></{a}SubjectConfirmation></{a}Subject>'
            f'<{a}Conditions NotBefore="{self._time(self.not_before)}" NotOnOrAfter="{ends}">{audience}</{a}Conditions>'
            f"<{a}AttributeStatement>{self._attributes(a)}</{a}AttributeStatement>"
            f'<{a}AuthnStatement AuthnInstant="{self._time(self.issued)}"/></{a}Assertion>'
        )

    def _attributes(self, a: str) -> str:
        pairs = [*self.attributes]
        pairs += [(self.role_attribute, self.roles)] if self.roles is not None else []
        pairs += [(self.name_attribute, self.names)] if self.names is not None else []
        return "".join(
            f'<{a}Attribute Name="{escape(name)}">'
            + "".join(f"<{a}AttributeValue>{escape(v)}</{a}AttributeValue>" for v in values)
            + f"</{a}Attribute>"
            for name, values in pairs
        )

    def base64(self) -> str:
        """The response as the form's field holds it."""
        return base64.b64encode(self.xml().encode()).decode()


def deflated(xml: str) -> str:
    """A message as the redirect binding writes it into a URL, percent-encoded."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return quote(base64.b64encode(packer.compress(xml.encode()) + packer.flush()).decode(), safe="")


# --- recordings --------------------------------------------------------------------------------------------

_FILLER = "<style>\n" + "".join(f"  .c{i} {{ margin: {i}px; }}\n" for i in range(20)) + "</style>"


def page(text: str, title: str = "Amazon Web Services Sign-In") -> str:
    """A page that shows a text, as the stand-in of the recorded captures lays it out."""
    return (
        f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>{title}</title>{_FILLER}</head>"
        f"<body><h2>{text}</h2><p></p></body></html>"
    )


def form_page(action: str, fields: Iterable[tuple[str, str]]) -> str:
    """A page whose form posts itself."""
    inputs = "".join(f'<input type="hidden" name="{n}" value="{escape(v)}">' for n, v in fields)
    return (
        f'<html><head><title>Working...</title></head><body><form method="post" name="hiddenform" action="{escape(action)}">'
        f"{inputs}<noscript><p>Script is disabled.</p></noscript></form>"
        "<script>window.setTimeout(function(){document.forms[0].submit();}, 0);</script></body></html>"
    )


CONNECT_PAGE = page("Welcome to Contact Control Panel", "Contact Control Panel").replace(
    "</body>", "<script src='/ccp-v2/app.js'></script></body>"
)
LOGIN_PAGE = (
    '<html><head><title>Log in</title></head><body><h1>Log in</h1><form method="post" action="/login">'
    '<input name="username"><input name="password" type="password"></form></body></html>'
)


class Recorder:
    """Writes requests down one after the other, as Firefox's `Save All As HAR` does, and the kind of each.

    Its methods return the recorder, so that a recording can be one expression.
    """

    def __init__(self, at: datetime | None = None, *, step: float = 0.25) -> None:
        self.now = at or started(-2)
        self.step = step
        self.entries: list[Json] = []

    def wait(self, seconds: float) -> Self:
        """Let time go by."""
        self.now += timedelta(seconds=seconds)
        return self

    def get(self, url: str, status: int = 200, body: str = "", **more: Json) -> Self:
        """Write down a GET."""
        return self._write("GET", url, status, body, **more)

    def post(
        self, url: str, fields: Iterable[tuple[str, str]] = (), status: int = 200, body: str = "", **more: Json
    ) -> Self:
        """Write down a POST of a form."""
        self._write("POST", url, status, body, **more)
        request = self.entries[-1]["request"]
        pairs = list(fields)
        text = urlencode(pairs, quote_via=quote, safe="")
        request["postData"] = {
            "mimeType": "application/x-www-form-urlencoded",
            "params": [{"name": n, "value": v} for n, v in pairs],
            "text": text,
        }
        request["headers"].append({"name": "Content-Length", "value": str(len(text))})
        request["bodySize"] = len(text)
        return self

    def script(self, url: str, body: str) -> Self:
        """Write down a script file."""
        return self.get(url, body=body, mime="application/javascript", kind="script")

    def api(self, url: str, status: int = 200, body: str = "{}", mime: str = "application/json") -> Self:
        """Write down a request by a page's script, answered in JSON."""
        return self.get(url, status, body, mime=mime, kind="xhr")

    def _write(
        self,
        method: str,
        url: str,
        status: int,
        body: str,
        *,
        location: str = "",
        mime: str = "text/html; charset=utf-8",
        kind: str = "document",
        error: str = "",
        headers: Sequence[tuple[str, str]] = (),
        dated: bool = True,
        aws_ahead: float = 0,
    ) -> Self:
        self.now += timedelta(seconds=self.step)
        date = format_datetime((self.now + timedelta(seconds=aws_ahead)).replace(microsecond=0), usegmt=True)
        received = [("content-type", mime), ("content-length", str(len(body)))] if status else []
        received += [("date", date)] if status and dated else []
        received += [("location", location)] if location else []
        received += [("set-cookie", f"session={COOKIE}; Secure")] if status and method == "POST" else []
        sent = [("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0")]
        sent += [("Cookie", f"session={COOKIE}"), ("Sec-Fetch-Dest", {"xhr": "empty"}.get(kind, kind)), *headers]
        entry: Json = {
            "startedDateTime": self.now.isoformat(timespec="milliseconds"),
            "request": {
                "bodySize": 0,
                "method": method,
                "url": url,
                "httpVersion": "HTTP/2" if status else "",
                "headers": [{"name": n, "value": v} for n, v in sent],
                "cookies": [{"name": "session", "value": COOKIE}],
                "queryString": [],
                "headersSize": 400,
            },
            "response": {
                "status": status,
                "statusText": "",
                "httpVersion": "HTTP/2" if status else "",
                "headers": [{"name": n, "value": v} for n, v in received],
                "cookies": [],
                "content": {"mimeType": mime if status else None, "size": len(body), "text": body},
                "redirectURL": location,
                "headersSize": 180,
                "bodySize": len(body),
            },
            "cache": {},
            "timings": {"blocked": 0, "dns": 0, "connect": 0, "ssl": 0, "send": 0, "wait": 20, "receive": 0},
            "time": 20,
            "pageref": "page_1",
            "_kind": kind,
        }
        if error:
            entry["response"]["_error"] = error
        self.entries.append(entry)
        return self

    # -- parts of a sign-in

    def log_in(self, host: str = IDP) -> Self:
        """Show the identity provider's login page."""
        self.get(f"{host}/start", body=LOGIN_PAGE)
        return self.get(f"{host}/favicon.ico", 404, "Not found", kind="image")

    def submit_login(self, url: str = f"{IDP}/login", user: str = "anna", status: int = 200, body: str = "") -> Self:
        """Post a login to the identity provider."""
        return self.post(url, [("username", user), ("password", PASSWORD)], status, body)

    def hand_over(self, saml: Saml | str, relay_state: str | None, action: str = SIGN_IN, host: str = IDP) -> Self:
        """Post the login; the page answers that posts the response."""
        return self.submit_login(f"{host}/login", body=form_page(action, saml_fields(saml, relay_state)))

    def send(
        self,
        saml: Saml | str | None = None,
        status: int = 302,
        body: str = "",
        *,
        endpoint: str = SIGN_IN,
        relay_state: str | None = RELAY_STATE,
        location: str | None = None,
        extra: Sequence[tuple[str, str]] = (),
        **more: Json,
    ) -> Self:
        """Post a response to AWS."""
        message = self.now_saml() if saml is None else saml
        to = location if location is not None else (relay_state or "") if status == 302 else ""
        return self.post(endpoint, [*saml_fields(message, relay_state), *extra], status, body, location=to, **more)

    def sign_in(
        self,
        saml: Saml | str | None = None,
        relay_state: str | None = RELAY_STATE,
        status: int = 302,
        body: str = "",
        *,
        endpoint: str = SIGN_IN,
        **more: Json,
    ) -> Self:
        """Go the whole way to AWS's answer to the post."""
        message = self.now_saml() if saml is None else saml
        self.log_in().hand_over(message, relay_state, endpoint)
        return self.send(message, status, body, endpoint=endpoint, relay_state=relay_state, **more)

    def sign_in_again(self, **changes: Json) -> Self:
        """Sign in with another response, made at this time."""
        return self.sign_in(self.now_saml(**{"id": "_qa-2", **changes}))

    def now_saml(self, **changes: Json) -> Saml:
        """Make a response that is good at this time."""
        return Saml(at=self.now + timedelta(seconds=4 * self.step), **changes)

    def federate(self, status: int = 302, body: str = "", url: str = RELAY_STATE, **more: Json) -> Self:
        """Open Connect's federation page."""
        to = f"{CONNECT}/connect/auth/sign-in?accessToken={TOKEN}&destination=/ccp-v2" if status == 302 else ""
        return self.get(url, status, body, location=more.pop("location", to), **more)

    def refuse(self, text: str = NOT_ONBOARDED, status: int = 403) -> Self:
        """Show a text in place of the federation page."""
        return self.federate(status, page(text))

    def connect(self, base: str = CONNECT, path: str = "/ccp-v2", body: str = CONNECT_PAGE) -> Self:
        """Open Connect."""
        self.get(f"{base}/connect/auth/sign-in?accessToken={TOKEN}&destination={path}", 302, location=path)
        self.get(base + path, body=body)
        self.script(base + path + "/app.js", "'use strict';")
        self.api(base + "/auth/authorize", body=json.dumps({"accessToken": TOKEN, "expiration": 1}))
        return self.get(base + "/favicon.ico", body="AAAA", mime="image/x-icon", kind="image")

    def finish(self) -> Self:
        """Go from the federation page into Connect."""
        return self.federate().connect()

    def har(self) -> Json:
        """The recording as a whole HAR."""
        return {
            "log": {
                "version": "1.2",
                "creator": {"name": "Firefox", "version": "153.7.0"},
                "browser": {"name": "Firefox", "version": "153.7.0"},
                "pages": [
                    {"id": "page_1", "startedDateTime": "2026-11-24T03:00:00.000Z", "title": "x", "pageTimings": {}}
                ],
                "entries": self.entries,
            }
        }


def saml_fields(saml: Saml | str, relay_state: str | None) -> list[tuple[str, str]]:
    """The form's fields."""
    value = saml.base64() if isinstance(saml, Saml) else saml
    return [("SAMLResponse", value), *([("RelayState", relay_state)] if relay_state is not None else [])]


# --- users -------------------------------------------------------------------------------------------------


def users(
    *names: str,
    complete: bool = True,
    instance: str | None = INSTANCE,
    region: str | None = REGION,
    later: bool = False,
) -> Users:
    """A list of Connect users: the given names, and some that are like nobody's."""
    changed = started(86_400) if later else started(-86_400)
    listed = (*names, *(f"agent{n:03}@acme.example" for n in range(40)))
    arn = f"arn:aws:connect:{region}:{ACCOUNT}:instance/{instance}/agent/"
    made = tuple(User(name, f"u-{i}", f"{arn}u-{i}", changed) for i, name in enumerate(listed))
    return Users("users.json", made, complete, instance, region, ACCOUNT)


LIST = users(NAME)
LIST_WITHOUT = users()


# --- sign-ins -----------------------------------------------------------------------------------------------


def refused(recorder: Recorder, text: str = NOT_ONBOARDED, status: int = 403) -> Recorder:
    """Connect's federation page refuses with a text."""
    return recorder.federate(status, page(text, "Amazon Connect"))


def signed_in(saml: Saml | str | None = None, **more: Json) -> Recorder:
    """A sign-in that AWS accepted, up to its redirect."""
    return Recorder().sign_in(saml, **more)


def healthy(saml: Saml | str | None = None, **more: Json) -> Recorder:
    """A sign-in that works."""
    return signed_in(saml, **more).finish()
