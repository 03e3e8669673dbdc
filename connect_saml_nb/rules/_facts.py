"""Small questions about a case that several rules ask, and the words that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb import answers
from connect_saml_nb.model import Case, EvidencePlace, Outcome, Said

if TYPE_CHECKING:
    from connect_saml_nb.model import Attribute

CONNECT_SAML = "https://docs.aws.amazon.com/connect/latest/adminguide/configure-saml.html"
TROUBLESHOOT = "https://docs.aws.amazon.com/connect/latest/adminguide/troubleshoot-saml.html"
IAM_TROUBLESHOOT = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_saml.html"
IAM_ASSERTIONS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html"
GLOBAL_RESILIENCY = "https://docs.aws.amazon.com/connect/latest/adminguide/integrate-idp.html"
NETWORK = "https://docs.aws.amazon.com/connect/latest/adminguide/ccp-networking.html"
HAR_HELP = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_saml_view-saml-response.html"
CREATE_USER = "https://docs.aws.amazon.com/connect/latest/APIReference/API_CreateUser.html"


def says(case: Case, *texts: Said) -> bool:
    """Whether the sign-in ended with one of these known texts."""
    return case.sign_in.said in texts


def was_accepted(case: Case) -> bool:
    """Whether AWS's sign-in endpoint took the response: the browser was sent on, or got to a place behind it.

    A visit without a response, to Connect's page of an older session say, shows nothing of a response.
    """
    return case.sign_in.accepted and (case.sign_in.message is not None or case.sign_in.expects_message)


def not_onboarded(case: Case) -> bool:
    """Whether AWS said that no Connect user matches."""
    return says(case, Said.NOT_ONBOARDED)


def beyond_federation(case: Case) -> bool:
    """Whether the role was allowed to federate: Connect opened, or the federation page looked for the user."""
    reached = {Outcome.OPENED, Outcome.REFUSED_IN_CONNECT, Outcome.CONNECT_STOPPED}
    return case.sign_in.outcome in reached or case.sign_in.opened_before or not_onboarded(case)


def said_evidence(case: Case) -> tuple[EvidencePlace, ...]:
    """Where the known text stands."""
    sign_in = case.sign_in
    if sign_in.said_text is None:
        return ()
    return (EvidencePlace(sign_in.said_entry, "response.content.text", sign_in.said_text),)


def message_evidence(case: Case, detail: str) -> tuple[EvidencePlace, ...]:
    """A value of the SAML response, where it was posted."""
    message = case.sign_in.message
    return (EvidencePlace(message.entry, message.where, detail),) if message else ()


def last_evidence(case: Case, detail: str) -> tuple[EvidencePlace, ...]:
    """The last AWS-side page."""
    last = case.sign_in.last
    return (EvidencePlace(last.index, "response", detail),) if last else ()


def users_evidence(case: Case, detail: str) -> tuple[EvidencePlace, ...]:
    """The list of Connect users."""
    return (EvidencePlace(None, "users", f"{detail} ({case.users.source})"),) if case.users else ()


def quoted(text: str | None) -> str:
    """A stranger's value as it may stand in a sentence: in quotes, clipped, control characters visible."""
    if text is None:
        return "nothing"
    clipped = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return "'" + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in clipped) + "'"


_LONGEST = 200


def attribute(case: Case, name: str) -> Attribute | None:
    """The assertion's attribute with exactly this name."""
    return case.sign_in.assertion.attribute(name) if case.sign_in.assertion else None


def shown(text: str) -> str:
    """A page's text, fit to be shown."""
    return answers.shown_text(text)
