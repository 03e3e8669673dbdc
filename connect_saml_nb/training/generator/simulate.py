"""Simulates a spec: which requests the browser makes, and what answers.

Hosts, paths, form fields and texts are those of AWS's documents (Connect guide, `configure-saml`, `troubleshoot-saml`).
What AWS does not document is assumed and varied: the layout and the HTTP status of its error pages.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from connect_saml_nb.training.generator import saml_writer
from connect_saml_nb.training.generator.exporters import error_name
from connect_saml_nb.training.generator.har_writer import HarRecorder, form_page, page
from connect_saml_nb.training.generator.scenario import ingredients, make_uuid
from connect_saml_nb.training.generator.spec import SUCCESS
from connect_saml_nb.training.generator.tables import convert_table, fill, read_table
from connect_saml_nb.training.html import render, render_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from connect_saml_nb.training.generator.spec import Attempt, Spec

Json = Any
Fields = tuple[tuple[str, str], ...]
_ASSETS = ("app.js", "main.css", "logo.svg", "vendor.js", "fonts.woff2")
_SITES = ("intranet", "mail", "wiki", "calendar", "static", "metrics")
#: Ends after which another page would be another sign-in's, as far as a recording can tell.
_OPEN_ENDS = frozenset({"at-provider", "form-only"})


class ScriptedRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request of an ending (endings.toml says what each field is)."""

    get: str = ""
    response: bool = False
    is_login: bool = False
    status: tuple[int, ...] = (200,)
    title: str = ""
    text: str = "$text"
    template: str = ""
    may_be_lost: bool = False
    body: str = ""
    mime: str = "text/html; charset=utf-8"
    kind: str = "document"
    location: str = ""
    fails: bool = False
    marks: tuple[str, ...] = ()
    referer: str = ""
    wait: float = 0
    times: int = 1


class EndingSteps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The steps of an ending; a text names another ending or something that the simulation does itself."""

    steps: tuple[ScriptedRequest | str, ...]


@cache
def endings() -> Mapping[str, EndingSteps]:
    """The table of endings.toml."""
    return convert_table(read_table("endings.toml"), dict[str, EndingSteps], "endings.toml")


class SignInSimulation:
    """One recording of one spec. `posted_at` is when the response was posted last."""

    def __init__(self, spec: Spec, random: Random) -> None:
        self.spec, self.scenario, self.random = spec, spec.scenario, random
        self.recorder = HarRecorder(spec.scenario.started, random, spec.ahead)
        self.token = f"made-up-token-{random.getrandbits(96):024x}"
        self.posted_at = spec.scenario.started
        product = spec.scenario.product
        self.login_url = product.host + product.login

    def run(self) -> list[Json]:
        """The entries."""
        spec, is_closed = self.spec, self.spec.attempt.end not in _OPEN_ENDS
        self._add_noise(spec.noise // 2, pages=True)
        for attempt in (*spec.before, spec.attempt):
            self._run_attempt(attempt, is_last=attempt is spec.attempt)
        if spec.visits_help and is_closed:
            self._read_help()
        self._add_noise(spec.noise - spec.noise // 2, pages=is_closed)
        return self.recorder.entries

    def _run_attempt(self, attempt: Attempt, *, is_last: bool) -> None:
        begin = len(self.recorder.entries)
        self._run_steps(attempt.end, attempt)
        if not is_last:
            for entry in self.recorder.entries[begin:]:
                entry["_marks"] = [m if m == "lost" else f"earlier-{m}" for m in entry["_marks"]]
            self.recorder.wait(self.random.randrange(15, 90))

    def _run_steps(self, name: str, attempt: Attempt) -> None:
        for step in endings()[name].steps:
            if isinstance(step, ScriptedRequest):
                for _ in range(step.times):
                    self._request(step, attempt)
            elif step in _ACTIONS:
                _ACTIONS[step](self, attempt)
            else:
                self._run_steps(step, attempt)

    # --- other requests

    def _add_noise(self, count: int, *, pages: bool) -> None:
        for _ in range(count):
            host = f"https://{self.random.choice(_SITES)}.{self.scenario.domain}"
            if pages and self.random.random() < 0.3:  # noqa: PLR2004 -- some pages among the parts
                self.recorder.get(host + "/", body=page("Welcome", "Intranet"), marks=["lost"])
            else:
                name = self.random.choice(_ASSETS)
                kind = "image" if name.endswith("svg") else "script"
                self.recorder.get(f"{host}/assets/{name}", body="/* */", mime="application/javascript", kind=kind)

    def _read_help(self) -> None:
        """The person reads AWS's page on the errors, which holds their texts."""
        texts = ingredients().texts
        details = " ".join((*texts["not_onboarded"], *texts["denied"]))
        url = "https://docs.aws.amazon.com/connect/latest/adminguide/troubleshoot-saml.html"
        self.recorder.get(url, body=page("Troubleshoot SAML with Amazon Connect", "AWS Documentation", details))

    # --- the identity provider

    def log_in(self, _: Attempt) -> None:
        """The person signs in at the identity provider."""
        product = self.scenario.product
        self.recorder.get(product.host + product.start, body=render("login.html"), marks=["lost"])
        self.recorder.get(f"{product.host}/favicon.ico", 404, "", mime="text/html", kind="image")
        if self.spec.broker and product.broker:
            self._log_in_at_the_company()

    def _login_fields(self) -> Fields:
        return (("username", self.scenario.person.username), ("password", "made-up"))

    def _log_in_at_the_company(self) -> None:
        """The company's own identity provider signs in to the one that makes the response for AWS."""
        scenario, acs = self.scenario, self.scenario.product.broker
        company = f"https://login.{scenario.domain}"
        first = replace(
            self.spec.attempt.saml,
            names=None,
            roles=None,
            issuer=f"{company}/entity",
            destination=acs,
            recipient=acs,
            audience=f"{scenario.product.host}/sp",
            attributes=(),
            status=(SUCCESS,),
            encrypted=False,
            signed="good",
            replaced_by=None,
            cut_at=None,
        )
        response = saml_writer.write(first, scenario.product, self.recorder.now, self.random)
        fields = (("SAMLResponse", response), ("RelayState", "broker"))
        self.recorder.get(f"{company}/start", body=render("login.html"), marks=["lost"])
        self.recorder.post(f"{company}/login", self._login_fields(), body=form_page(acs, fields), marks=["lost"])
        self.recorder.post(acs, fields, 302, location=self.login_url)

    def hand_over(self, attempt: Attempt) -> Fields:
        """The identity provider's page that posts the response; gives the form's fields."""
        at = self.recorder.now + timedelta(seconds=0.5 + self.spec.ahead)
        response = saml_writer.write(attempt.saml, self.scenario.product, at, self.random)
        relay = (("RelayState", attempt.relay_state),) if attempt.relay_state is not None else ()
        fields = (("SAMLResponse", response), *relay)
        body = form_page(attempt.endpoint, fields)
        self.recorder.post(self.login_url, self._login_fields(), body=body, marks=["form", "lost"])
        self.recorder.wait(attempt.waits)
        return fields

    def _post_response(self, attempt: Attempt, step: ScriptedRequest, answer: dict[str, Any]) -> None:
        """The response is posted to AWS, after the choice of a role where there are several."""
        self.log_in(attempt)
        fields = self.hand_over(attempt)
        if attempt.chooses:
            choice = self._role_choice(attempt, fields)
            self.recorder.post(attempt.endpoint, fields, 200, choice, marks=["first-post"])
            self.recorder.wait(4)
            fields = (*fields, ("roleIndex", attempt.chooses))
        if step.template:
            answer["body"] = self._role_choice(attempt, fields)
        self.recorder.post(attempt.endpoint, fields, **answer)
        self.posted_at = self.recorder.now

    def _role_choice(self, attempt: Attempt, fields: Fields) -> str:
        """AWS's page to choose a role (recorded in 2024)."""
        roles = [each.partition(",")[0] for each in attempt.saml.roles or ()]
        names = {"company": f"{self.scenario.company}-example", "account": self.scenario.account}
        return render("role-choice.html", fields=fields, roles=roles, **names)

    # --- behind it

    def _request(self, step: ScriptedRequest, attempt: Attempt) -> None:
        values = self._values(attempt)
        self.recorder.wait(step.wait)
        answer = {
            "status": self.random.choice(step.status),
            "body": self._body(step, attempt, values),
            "location": fill(step.location, values),
            "mime": step.mime,
            "kind": step.kind,
            "error": error_name(self.spec.exporter, attempt.error) if step.fails and attempt.error else "",
            "marks": [*step.marks],
            "headers": (("Referer", fill(step.referer, values)),) if step.referer else (),
        }
        if step.response:
            self._post_response(attempt, step, answer)
        elif step.is_login:
            self.recorder.post(fill(step.get, values), self._login_fields(), **answer)
        elif url := fill(step.get, values):
            self.recorder.get(url, **answer)

    def _body(self, step: ScriptedRequest, attempt: Attempt, values: Mapping[str, str]) -> str:
        if not step.title:
            return str(fill(step.body, values))
        is_lost = step.may_be_lost and not attempt.keeps_page
        return "" if is_lost else page(fill(step.text, values), step.title)

    def _values(self, attempt: Attempt) -> Mapping[str, str]:
        scenario, client = self.scenario, "arn%3Aaws%3Asignin%3A%3A%3Aconsole%2Fconnect"
        oauth = f"https://{scenario.region}.{scenario.sign_in}/oauth"
        return {
            **self.spec.values,
            "connect": scenario.connect,
            "console_login": f"{oauth}?client_id={client}&response_type=code",
            "instance": scenario.instance,
            "login_url": self.login_url,
            "path": attempt.path,
            "relay_state": attempt.relay_state or "",
            "text": attempt.text,
            "token": self.token,
        }

    def wait_idle(self, attempt: Attempt) -> None:
        """Connect is left open."""
        self.recorder.wait(attempt.idle)

    def sign_in_by_ws_federation(self, attempt: Attempt) -> None:
        """AD FS posts a token of WS-Federation to a hub."""
        hub, idp = attempt.endpoint, f"sts.{self.scenario.domain}/adfs"
        login_url = f"https://{idp}/ls/?wa=wsignin1.0&wtrealm=urn%3Ahub"
        token = render_line(
            "ws-federation.xml",
            id=f"_{make_uuid(self.random)}",
            issuer=f"http://{idp}/services/trust",
            time=saml_writer.instant(self.recorder.now),
            name=self.scenario.person.username,
        )
        fields = (("wa", "wsignin1.0"), ("wresult", token), ("wctx", "ctx"))
        self.recorder.get(login_url, body=render("login.html"), marks=["lost"])
        self.recorder.post(login_url, self._login_fields(), body=form_page(hub, fields))
        self.recorder.post(hub, fields, 302, location="/home", marks=["answer"])


#: What the steps of endings.toml name that is no ending.
_ACTIONS: dict[str, Callable[[SignInSimulation, Attempt], object]] = {
    "log-in": SignInSimulation.log_in,
    "hand-over": SignInSimulation.hand_over,
    "wait": SignInSimulation.wait_idle,
    "ws-federation": SignInSimulation.sign_in_by_ws_federation,
}
