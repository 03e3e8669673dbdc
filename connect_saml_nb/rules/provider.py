"""Did the identity provider do its part: sign the person in, and hand over a response?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.aws import messages
from connect_saml_nb.idp.errors import ErrorCode, error_code_of, status_error_code
from connect_saml_nb.idp.products import Topic
from connect_saml_nb.model.finding import Action, Actor, Severity
from connect_saml_nb.model.signin import AwsMessage, Outcome
from connect_saml_nb.model.text import Phrase, bare, quoted, text, verbatim
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.rules.facts import (
    CONNECT_SAML,
    IAM_TROUBLESHOOT,
    message_evidence,
    names_setting,
    product,
    said_evidence,
    says,
    shown,
    with_settings,
)
from connect_saml_nb.rules.rule import PASSED, Answer, Found, Requirement, Skipped, evidence_at, idp_admin, rule

if TYPE_CHECKING:
    from connect_saml_nb.model.diagnosis import RuleContext

_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_LOOK_UP = [
    idp_admin(
        "look up this error in the identity provider's sign-in log; usual causes are that the person is not assigned to the application, a policy or MFA requirement, or a changed reply URL or identifier of the application."
    )
]


@rule(
    verdict=Verdict.IDP_ERROR,
    remedy=_LOOK_UP,
    docs=IAM_TROUBLESHOOT,
)
def idp_error(context: RuleContext) -> Answer:
    """Did the identity provider sign the person in?

    It refuses on a page of its own, or it posts a Response whose status is not Success and that holds no assertion.
    """
    sign_in = context.sign_in
    response = sign_in.message.response if sign_in.message else None
    if says(context, AwsMessage.IDP_REJECTED):
        known = error_code_of(sign_in.said_text or "") or (status_error_code(response.status) if response else None)
        message = text("The identity provider refused: {}{}", verbatim(sign_in.said_text), _meaning(known))
        return Found(message, said_evidence(context), remedy=_remedy(known))
    if sign_in.outcome is Outcome.IDP_REFUSED:
        status = text(" (status {})", sign_in.steps[-1].entry.status) if sign_in.steps else ""
        named = product(context)
        who = text("The identity provider ({})", bare(named)) if named else "The identity provider"
        return Found(
            text("{} answered with an error page{}.", who, status),
            remedy=with_settings(context, _LOOK_UP, Topic.ASSIGNMENT),
        )
    if response is None:
        return Skipped("The recording holds no readable SAML response.")
    if not response.status or response.status[0] == _SUCCESS:
        return PASSED
    known = status_error_code(response.status)
    codes = shown(", ".join(code.rpartition(":")[2] for code in response.status))
    said = text(": {}", quoted(response.status_message)) if response.status_message else ""
    return Found(
        text("The identity provider's response says {}, not Success{}{}", codes, said, _meaning(known) or "."),
        message_evidence(context, codes),
        remedy=_remedy(known or error_code_of(response.status_message or "")),
    )


def _meaning(known: ErrorCode | None) -> Phrase:
    return text(". That means: {}.", known.meaning) if known else ""


def _remedy(known: ErrorCode | None) -> tuple[Action, ...]:
    return (*known.remedy, idp_admin("the code's document is {}.", known.docs)) if known else ()


@rule(
    id="idp-waits",
    title="The identity provider was waiting for a further step",
    remedy={
        Actor.PERSON: "complete the step that the identity provider asks for (such as the second factor), and keep recording until the error page appears."
    },
    docs="https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes",
    severity=Severity.INFO,
)
def idp_waits(context: RuleContext) -> Answer:
    """Where the recording ends at Microsoft Entra, did Entra ask for a further step?

    Entra gives its questions (multi-factor authentication, 'stay signed in') the form of errors; by themselves they are
    none, and a sign-in that goes on has answered them.
    """
    sign_in = context.sign_in
    if sign_in.outcome is not Outcome.IDP_STOPPED:
        return PASSED if sign_in.message else Skipped("The recording does not show an identity provider.")
    last = sign_in.steps[-1].entry if sign_in.steps else None
    waiting = (
        messages.find_interrupt(last.body.text or "") if last and last.body_may_hold("AADSTS", "error_codes") else None
    )
    if last is None or waiting is None:
        return Skipped("The last page of the identity provider does not say what it waits for.")
    where = (evidence_at(last.index, "response.content.text", bare(waiting.code)),)
    return Found(text("Entra's last page says {}: {}.", bare(waiting.code), verbatim(waiting.text)), where)


@names_setting(Topic.RELAY_STATE)
@rule(
    id="response-requested",
    title="The sign-in was started by a request, not by the identity provider",
    remedy={
        Actor.PERSON: "start from the identity provider's tile.",
        Actor.IDP_ADMIN: "give people the application's own link (IdP-initiated); Amazon Connect documents no other way to start.",
    },
    docs=CONNECT_SAML,
    severity=Severity.INFO,
    needs=[Requirement.RESPONSE],
)
def response_requested(context: RuleContext) -> Answer:
    """Did the sign-in begin at the identity provider?

    A response with InResponseTo answers a request. Connect documents sign-ins that begin at the identity provider, and says
    that it does not send people there.
    """
    message = context.sign_in.message
    request = message.response.in_response_to if message and message.response else None
    if not request or context.sign_in.outcome is Outcome.OPENED:
        return PASSED
    return Found(
        text("The response answers the request {}.", quoted(request)), message_evidence(context, "InResponseTo")
    )


RULES = (idp_error, idp_waits, response_requested)
