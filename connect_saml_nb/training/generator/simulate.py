"""Plays a plan: which requests the browser makes, and what answers.

Hosts, paths, form fields and texts are those of AWS's documents (domain, sections 1 and 2). What AWS does not document
is assumed and varied: the layout and the HTTP status of its error pages.
"""

from __future__ import annotations

import json
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING, Any

from connect_saml_nb.model.record import replace
from connect_saml_nb.training.generator import saml_writer
from connect_saml_nb.training.generator.exporters import error_of
from connect_saml_nb.training.generator.fault import DENIED, NOT_ONBOARDED
from connect_saml_nb.training.generator.har_writer import Recorder, form_page, page
from connect_saml_nb.training.generator.scenario import made_uuid
from connect_saml_nb.training.generator.spec import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from connect_saml_nb.training.generator.spec import Attempt, Plan

Json = Any
_LOGIN = (
    '<html><head><title>Sign in</title></head><body><h1>Sign in</h1><form method="post">'
    '<input name="username"><input name="password" type="password"></form></body></html>'
)
_SIGN_IN_TITLE, _CONNECT_TITLE = "Amazon Web Services Sign-In", "Amazon Connect"
_ASSETS = ("app.js", "main.css", "logo.svg", "vendor.js", "fonts.woff2")
#: Ends after which another page would be another sign-in's, as far as a recording can tell.
_OPEN_ENDS = frozenset({"at-provider", "form-only"})
_SITES = ("intranet", "mail", "wiki", "calendar", "static", "metrics")


class Story:
    """One recording of one plan. `posted_at` is when the response was posted last."""

    def __init__(self, plan: Plan, random: Random) -> None:
        self.plan, self.world, self.random = plan, plan.world, random
        self.recorder = Recorder(plan.world.started, random, plan.ahead)
        self.token = f"made-up-token-{random.getrandbits(96):024x}"
        self.posted_at = plan.world.started

    def play(self) -> list[Json]:
        """The entries."""
        self._noise(self.plan.noise // 2, pages=True)
        for attempt in (*self.plan.before, self.plan.attempt):
            last = attempt is self.plan.attempt
            for entry in self._attempt(attempt):
                entry["_marks"] = [m if last or m == "lost" else f"earlier-{m}" for m in entry["_marks"]]
            if not last:
                self.recorder.wait(self.random.randrange(15, 90))
        if self.plan.visits_help and self.plan.attempt.end not in _OPEN_ENDS:
            self._help()
        self._noise(self.plan.noise - self.plan.noise // 2, pages=self.plan.attempt.end not in _OPEN_ENDS)
        return self.recorder.entries

    def _attempt(self, attempt: Attempt) -> list[Json]:
        begin = len(self.recorder.entries)
        _ENDS[attempt.end](self, attempt)
        return self.recorder.entries[begin:]

    # --- other requests

    def _noise(self, count: int, *, pages: bool) -> None:
        for _ in range(count):
            host = f"https://{self.random.choice(_SITES)}.{self.world.domain}"
            if pages and self.random.random() < 0.3:  # noqa: PLR2004 -- some pages among the parts
                self.recorder.get(host + "/", body=page("Welcome", "Intranet"), mark="lost")
            else:
                name = self.random.choice(_ASSETS)
                kind = "image" if name.endswith("svg") else "script"
                self.recorder.get(f"{host}/assets/{name}", body="/* */", mime="application/javascript", kind=kind)

    def _help(self) -> None:
        """The person reads AWS's page on the errors, which holds their texts."""
        url = "https://docs.aws.amazon.com/connect/latest/adminguide/troubleshoot-saml.html"
        body = page("Troubleshoot SAML with Amazon Connect", "AWS Documentation", " ".join((*NOT_ONBOARDED, DENIED)))
        self.recorder.get(url, body=body)

    # --- up to AWS's answer

    def log_in(self) -> None:
        """The person signs in at the identity provider."""
        product = self.world.product
        self.recorder.get(product.host + product.start, body=_LOGIN, mark="lost")
        self.recorder.get(f"{product.host}/favicon.ico", 404, "", mime="text/html", kind="image")
        if self.plan.broker and product.broker:
            self._broker()

    def _broker(self) -> None:
        """The company's own identity provider signs in to the one that makes the response for AWS."""
        world, acs = self.world, self.world.product.broker
        first = replace(
            self.plan.attempt.saml,
            names=None,
            roles=None,
            issuer=f"https://login.{world.domain}/entity",
            destination=acs,
            recipient=acs,
            audience=f"{world.product.host}/sp",
            more=(),
            status=(SUCCESS,),
            encrypted=False,
            signed="good",
            replaced_by=None,
            cut_at=None,
        )
        field = saml_writer.write(first, world.product, self.recorder.now, self.random)
        fields = (("SAMLResponse", field), ("RelayState", "broker"))
        self.recorder.get(f"https://login.{world.domain}/start", body=_LOGIN, mark="lost")
        self.recorder.post(
            f"https://login.{world.domain}/login",
            (("username", world.person.username), ("password", "made-up")),
            body=form_page(acs, fields),
            mark="lost",
        )
        self.recorder.post(acs, fields, 302, location=f"{world.product.host}{world.product.login}")

    def hand_over(self, attempt: Attempt) -> tuple[tuple[str, str], ...]:
        """The identity provider's page that posts the response; gives the form's fields."""
        field = saml_writer.write(
            attempt.saml,
            self.world.product,
            self.recorder.now + timedelta(seconds=0.5 + self.plan.ahead),
            self.random,
        )
        fields = [("SAMLResponse", field)]
        fields += [("RelayState", attempt.relay_state)] if attempt.relay_state is not None else []
        login = (("username", self.world.person.username), ("password", "made-up"))
        url = self.world.product.host + self.world.product.login
        body = form_page(attempt.endpoint, fields)
        self.recorder.post(url, login, body=body, mark="form")["_marks"].append("lost")
        self.recorder.wait(attempt.waits)
        return tuple(fields)

    def answered(self, attempt: Attempt, status: int, body: str = "", **more: Json) -> None:
        """The response is posted to AWS, after the choice of a role where there are several."""
        self.log_in()
        fields = self.hand_over(attempt)
        if attempt.chooses:
            chooser = self._chooser(attempt, fields)
            self.recorder.post(attempt.endpoint, fields, 200, chooser, mark="first-post")
            self.recorder.wait(4)
            fields = (*fields, ("roleIndex", attempt.chooses))
        self.recorder.post(attempt.endpoint, fields, status, body, mark="post", **more)
        self.posted_at = self.recorder.now

    def _chooser(self, attempt: Attempt, fields: tuple[tuple[str, str], ...]) -> str:
        """AWS's page to choose a role (domain 1.3)."""
        roles = [each.partition(",")[0] for each in attempt.saml.roles or ()]
        radios = "".join(
            f'<div class="saml-role"><input type="radio" name="roleIndex" value="{r}" id="{r}" class="saml-radio">'
            f'<label for="{r}" class="saml-role-description">{r.rpartition("/")[2]}</label></div>'
            for r in roles
        )
        hidden = "".join(f'<input type="hidden" name="{n}" value="{escape(v)}">' for n, v in fields)
        return (
            f"<!DOCTYPE html><html><head><title>{_SIGN_IN_TITLE}</title></head><body><h1>Select a role:</h1>"
            f'<form id="saml_form" name="saml_form" action="/saml" method="post">{hidden}<fieldset>'
            f'<div class="saml-account"><div class="saml-account-name">Account: {self.world.company}-example '
            f"({self.world.account})</div>{radios}</div></fieldset></form></body></html>"
        )

    def accepted(self, attempt: Attempt) -> None:
        """AWS takes the response and sends the browser to the relay state."""
        self.answered(attempt, 302, location=attempt.location or attempt.relay_state or "")

    # --- behind it

    def shown(self, attempt: Attempt, title: str) -> str:
        """AWS's page with the text, or nothing where the exporter kept none."""
        return page(attempt.text, title) if attempt.keeps_page else ""

    def status(self, attempt: Attempt, *assumed: int) -> int:
        """The page's HTTP status: the plan's, or one of those assumed."""
        return attempt.status or self.random.choice(assumed)

    @property
    def _home(self) -> str:
        return self.world.connect

    def opens(self) -> None:
        """Connect opens."""
        path = "/ccp-v2"
        self.recorder.get(f"{self._home}/auth/sign-in?accessToken={self.token}&destination={path}", 302, location=path)
        self.recorder.get(self._home + path, body=page("Contact Control Panel", _CONNECT_TITLE), mark="opened")
        self.recorder.get(f"{self._home}{path}/app.js", body="'use strict';", mime="text/javascript", kind="script")
        answer = json.dumps({"accessToken": self.token, "expiration": 1})
        self.recorder.get(f"{self._home}/auth/authorize", body=answer, mime="application/json", kind="xhr")

    def federates(self, attempt: Attempt) -> None:
        """The federation page lets the person in."""
        self.accepted(attempt)
        if attempt.relay_state is not None:
            to = f"{self._home}/auth/sign-in?accessToken={self.token}&destination=/ccp-v2"
            self.recorder.get(attempt.relay_state, 302, location=to)


def _opened(story: Story, attempt: Attempt) -> None:
    story.federates(attempt)
    story.opens()


def _refused_by_aws(story: Story, attempt: Attempt) -> None:
    story.answered(attempt, story.status(attempt, 200, 400, 403), story.shown(attempt, _SIGN_IN_TITLE))
    story.recorder.entries[-1]["_marks"].append("answer")


def _refused_by_federation(story: Story, attempt: Attempt) -> None:
    story.accepted(attempt)
    body = story.shown(attempt, _CONNECT_TITLE)
    story.recorder.get(attempt.relay_state or "", story.status(attempt, 200, 403), body, mark="answer")


def _not_found(story: Story, attempt: Attempt) -> None:
    story.accepted(attempt)
    story.recorder.get(attempt.relay_state or "", 404, page("Not Found", "Not Found"), mark="answer")


def _console_home(story: Story, attempt: Attempt) -> None:
    home = f"{story.world.console}/console/home?region={story.world.region}"
    story.accepted(replace(attempt, location=home))
    story.recorder.get(home, body=page("Console Home", "AWS Management Console"), mark="answer")


def _console_login(story: Story, attempt: Attempt) -> None:
    """Step 2b of domain 1.1, ending on a form."""
    story.accepted(attempt)
    login = f"https://{story.world.region}.{story.world.sign_in}/oauth?client_id=arn%3Aaws%3Asignin%3A%3A%3Aconsole%2Fconnect"
    story.recorder.get(attempt.relay_state or "", 302, location=login + "&response_type=code")
    story.recorder.get(login + "&response_type=code", body=page(attempt.text, _SIGN_IN_TITLE), mark="answer")


def _opened_of_a_pair(story: Story, attempt: Attempt) -> None:
    _opened(story, attempt)
    url = f"https://{story.world.instance}.{story.world.region}.region-discovery.connect.aws/"
    story.recorder.get(url, body="{}", mime="application/json", kind="xhr")


def _form_only(story: Story, attempt: Attempt) -> None:
    story.log_in()
    story.hand_over(attempt)


def _role_choice(story: Story, attempt: Attempt) -> None:
    story.log_in()
    fields = story.hand_over(attempt)
    body = story._chooser(attempt, fields)  # noqa: SLF001 -- of this module
    story.recorder.post(attempt.endpoint, fields, 200, body, mark="post")["_marks"].append("answer")


def _silent(story: Story, attempt: Attempt) -> None:
    error = error_of(story.plan.manner, attempt.error) if attempt.error else ""
    story.answered(attempt, 0, error=error)
    story.recorder.entries[-1]["_marks"].append("answer")


def _after_post(story: Story, attempt: Attempt) -> None:
    story.accepted(attempt)


def _blocked_connect(story: Story, attempt: Attempt) -> None:
    story.federates(attempt)
    url = f"{story.world.connect}/auth/sign-in?accessToken={story.token}&destination=/ccp-v2"
    story.recorder.get(url, 0, error=error_of(story.plan.manner, attempt.error), mark="answer")


def _at_provider(story: Story, attempt: Attempt) -> None:
    story.log_in()
    product = story.world.product
    url = product.host + product.login
    login = (("username", story.world.person.username), ("password", "made-up"))
    story.recorder.post(url, login, attempt.status or 200, page(attempt.text, "Sign in"), mark="answer")


def _connect_refuses(story: Story, attempt: Attempt) -> None:
    _opened(story, attempt)
    story.recorder.wait(20)
    url = f"{story.world.connect}{attempt.location}"
    story.recorder.get(url, 403, page(attempt.text, _CONNECT_TITLE), mark="answer")


def _connect_stops(story: Story, attempt: Attempt) -> None:
    story.federates(attempt)
    path = "/ccp-v2"
    url = f"{story.world.connect}/auth/sign-in?accessToken={story.token}&destination={path}"
    story.recorder.get(url, 302, location=path)
    story.recorder.get(story.world.connect + path, 500, page(attempt.text, _CONNECT_TITLE), mark="answer")


def _direct(story: Story, attempt: Attempt) -> None:
    url = story.world.connect + (attempt.location or "/ccp-v2")
    story.recorder.get(url, story.status(attempt, 401), page(attempt.text, _CONNECT_TITLE), mark="answer")


def _idle(story: Story, attempt: Attempt) -> None:
    _opened(story, attempt)
    story.recorder.wait(attempt.idle)
    story.recorder.get(f"{story.world.connect}/ccp-v2", 401, page(attempt.text, _CONNECT_TITLE), mark="answer")


def _embedded(story: Story, attempt: Attempt) -> None:
    desk = f"https://desk.{story.world.domain}"
    inside = (("Referer", desk + "/"),)
    home = story.world.connect
    story.recorder.get(desk + "/agent", body=page("Agent desktop", "Desk"))
    panel = page("Contact Control Panel", _CONNECT_TITLE)
    story.recorder.get(home + "/ccp-v2", body=panel, kind="iframe", headers=inside)
    for _ in range(5):
        story.recorder.wait(2)
        story.recorder.get(
            home + "/auth/authorize",
            attempt.status or 401,
            "{}",
            mime="application/json",
            kind="xhr",
            headers=inside,
            mark="answer",
        )


def _other_application(story: Story, attempt: Attempt) -> None:
    story.log_in()
    fields = story.hand_over(attempt)
    story.recorder.post(attempt.endpoint, fields, 302, location="/home", mark="answer")
    host = "/".join(attempt.endpoint.split("/")[:3])
    story.recorder.get(f"{host}/home", body=page("Your tickets", "Help desk"))


def _ws_federation(story: Story, attempt: Attempt) -> None:
    hub, idp = attempt.endpoint, f"https://sts.{story.world.domain}/adfs/ls/?wa=wsignin1.0&wtrealm=urn%3Ahub"
    at = saml_writer.instant(story.recorder.now)
    token = (
        '<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust"><t:RequestedSecurityToken>'
        '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion" MajorVersion="1" MinorVersion="1"'
        f' AssertionID="_{made_uuid(story.random)}" Issuer="http://sts.{story.world.domain}/adfs/services/trust"'
        f' IssueInstant="{at}"><saml:AttributeStatement><saml:Attribute AttributeName="upn"'
        ' AttributeNamespace="http://schemas.xmlsoap.org/ws/2005/05/identity/claims"><saml:AttributeValue>'
        f"{story.world.person.username}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>"
        "</saml:Assertion></t:RequestedSecurityToken></t:RequestSecurityTokenResponse>"
    )
    fields = (("wa", "wsignin1.0"), ("wresult", token), ("wctx", "ctx"))
    story.recorder.get(idp, body=_LOGIN, mark="lost")
    login = (("UserName", story.world.person.username), ("Password", "made-up"))
    story.recorder.post(idp, login, body=form_page(hub, fields))
    story.recorder.post(hub, fields, 302, location="/home", mark="answer")
    story.recorder.get("/".join(hub.split("/")[:3]) + "/home", body=page("Company hub", "Hub"))


def _wrong_tab(story: Story, attempt: Attempt) -> None:
    home = f"{story.world.console}/console/home"
    story.recorder.get(home, body=page(attempt.text or "Console Home", "AWS Management Console"), mark="answer")
    story.recorder.get(f"https://mail.{story.world.domain}/inbox", body=page("Inbox", "Mail"))


_ENDS: dict[str, Callable[[Story, Attempt], None]] = {
    "opened": _opened,
    "refused-by-aws": _refused_by_aws,
    "refused-by-federation": _refused_by_federation,
    "not-found": _not_found,
    "console-home": _console_home,
    "console-login": _console_login,
    "opened-of-a-pair": _opened_of_a_pair,
    "form-only": _form_only,
    "role-choice": _role_choice,
    "silent": _silent,
    "after-post": _after_post,
    "blocked-connect": _blocked_connect,
    "at-provider": _at_provider,
    "connect-refuses": _connect_refuses,
    "connect-stops": _connect_stops,
    "direct": _direct,
    "idle": _idle,
    "embedded": _embedded,
    "other-application": _other_application,
    "ws-federation": _ws_federation,
    "wrong-tab": _wrong_tab,
}
