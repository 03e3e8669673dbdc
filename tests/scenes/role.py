"""The role: one is to be chosen, may not be assumed, or lacks the permission to federate into Connect."""

from __future__ import annotations

import json

from recorder import (
    ACCOUNT,
    FEDERATION_DENIED,
    INSTANCE,
    LIST_WITHOUT,
    PAIR,
    REGION,
    RELAY_STATE,
    ROLE,
    SECOND_PAIR,
    SECOND_ROLE,
    SIGN_IN,
    Recorder,
    Saml,
    page,
    refused,
    saml_fields,
    signed_in,
)

from scenes.scene import scene
from scenes.users import MIXED_CASE

TWO_ROLES = Saml(roles=(PAIR, SECOND_PAIR))
_TWO_ROLES_MIXED_CASE = Saml(roles=(PAIR, SECOND_PAIR), names=(MIXED_CASE,))


def chooser(saml: Saml | str) -> str:
    """AWS's page to choose a role."""
    radios = "".join(
        f'<div class="saml-role"><input type="radio" name="roleIndex" value="{r}" id="{r}" class="saml-radio">'
        f'<label for="{r}" class="saml-role-description">{r.rpartition("/")[2]}</label></div>'
        for r in (ROLE, SECOND_ROLE)
    )
    fields = "".join(f'<input type="hidden" name="{n}" value="{v}">' for n, v in saml_fields(saml, RELAY_STATE))
    return (
        "<!DOCTYPE html><html><head><title>Amazon Web Services Sign-In</title></head><body><h1>Select a role:</h1>"
        f'<form id="saml_form" name="saml_form" action="/saml" method="post">{fields}<fieldset><div class="saml-account">'
        f'<div class="saml-account-name">Account: acme ({ACCOUNT})</div>{radios}</div></fieldset></form></body></html>'
    )


def choice(saml: Saml | str = TWO_ROLES) -> Recorder:
    """AWS asks which role to take."""
    return Recorder().sign_in(saml, status=200, body=chooser(saml))


def choose(recording: Recorder, role: str, status: int = 302, body: str = "", saml: Saml = TWO_ROLES) -> Recorder:
    """The person chooses a role."""
    return recording.send(saml, status, body, extra=[("roleIndex", role)])


# --- the choice ---------------------------------------------------------------------------------------------


@scene("role-not-chosen")
def choice_ended() -> Recorder:
    """The recording ends on the page with the roles."""
    return choice()


@scene("role-not-chosen", names=(), textless=("assertion-redacted",))
def choice_ended_redacted() -> Recorder:
    """The recording ends on the page with the roles; the response was taken out."""
    return choice("AUTH_ed8a3aab")


@scene("signed-in", chosen=SECOND_ROLE)
def choice_healthy() -> Recorder:
    """The second role was chosen, and Connect opens."""
    return choose(choice(), SECOND_ROLE).finish()


@scene("federation-denied", chosen=SECOND_ROLE, textless=("outcome-unknown",))
def choice_denied() -> Recorder:
    """The second role was chosen, and it lacks a permission."""
    return choose(choice(), SECOND_ROLE).refuse(FEDERATION_DENIED)


@scene("user-missing", users=LIST_WITHOUT)
def choice_repost_without_body() -> Recorder:
    """The post of the choice has no body in the recording: it is the same sign-in."""
    recording = choice().post(SIGN_IN, [], 302, location=RELAY_STATE)
    del recording.entries[-1]["request"]["postData"]
    return recording.refuse()


@scene(
    "assertion-expired",
    chosen=ROLE,
    each={
        "choice-left-open": "Token must be redeemed within 5 minutes of issuance",
        "choice-left-open-unread": "エラー",
    },
)
def choice_left_open(text: str) -> Recorder:
    """The role was chosen eight minutes later: the time of the last post counts."""
    return choose(choice().wait(500), ROLE, 400, page(text))


@scene("role-not-assumable", chosen=ROLE, textless=("outcome-unknown",))
def choice_not_assumable() -> Recorder:
    """AWS says that the chosen role may not be assumed."""
    return choose(choice(), ROLE, 400, page("Not authorized to perform sts:AssumeRoleWithSAML"))


@scene("user-case-differs", names=(MIXED_CASE,), chosen=ROLE)
def choice_case() -> Recorder:
    """A role was chosen, and the list has the name in another letter case."""
    return choose(choice(_TWO_ROLES_MIXED_CASE), ROLE, saml=_TWO_ROLES_MIXED_CASE).refuse()


# --- the permission to federate -----------------------------------------------------------------------------


@scene("federation-denied", textless=("outcome-unknown",))
def denied() -> Recorder:
    """Connect says that the role may not federate."""
    return refused(signed_in(), FEDERATION_DENIED)


@scene("federation-denied", users=LIST_WITHOUT, textless=("user-missing",))
def denied_200() -> Recorder:
    """Connect says so on a page with status 200; that the user is missing as well does not matter yet."""
    return refused(signed_in(), FEDERATION_DENIED, 200)


@scene("federation-denied", textless=("outcome-unknown",))
def denied_role_told() -> Recorder:
    """Connect's page also shows AWS's error, which names the role and the action."""
    error = (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/ConnectAgents/anna.berg@acme.example is not authorized to perform:"
        f" connect:GetFederationToken on resource: arn:aws:connect:{REGION}:{ACCOUNT}:instance/{INSTANCE}/user/x"
    )
    return refused(signed_in(), f"{FEDERATION_DENIED}</h2><p>{error}</p><h2>")


@scene("federation-denied", names=(), textless=("assertion-redacted",))
def denied_redacted() -> Recorder:
    """Connect's text stands without the response."""
    return refused(signed_in("AUTH_ed8a3aab"), FEDERATION_DENIED)


@scene("federation-denied", names=(), textless=("assertion-encrypted",))
def denied_encrypted() -> Recorder:
    """Connect's text stands without the name."""
    return refused(signed_in(Saml(encrypted=True)), FEDERATION_DENIED)


@scene(
    "federation-denied",
    textless=("outcome-unknown",),
    each={
        "denied-spa": (
            f"https://{REGION}.console.aws.amazon.com/connect/api/federation",
            {"error": {"Message": FEDERATION_DENIED}},
            "application/json",
        ),
        "script-xhr-at-the-api": (
            f"https://connect.{REGION}.amazonaws.com/user/federate/{INSTANCE}",
            {"message": FEDERATION_DENIED},
            "application/x-amz-json-1.1",
        ),
    },
)
def denied_by_request(answer: tuple[str, object, str]) -> Recorder:
    """The page is drawn by a script; the text is in the JSON of its request, to the console or to Connect's API."""
    url, body, mime = answer
    recording = signed_in().get(RELAY_STATE, 200, "<html><body><div id='app'></div></body></html>")
    return recording.api(url, 403, json.dumps(body), mime)


@scene("federation-denied", names=(), textless=("outcome-unknown",))
def federate_only_denied() -> Recorder:
    """The recording began after the response was posted; the text tells the cause without it."""
    return Recorder().refuse(FEDERATION_DENIED)
