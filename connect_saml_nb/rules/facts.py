"""Small questions about a case that several rules ask, and the words that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb import urls
from connect_saml_nb.aws import messages
from connect_saml_nb.idp.products import product_of, setting
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.signin import AwsMessage, FlowRole, Outcome
from connect_saml_nb.model.text import Phrase, Value, bare, quoted, text, verbatim
from connect_saml_nb.rules.rule import Answer, Found, Rule, evidence_at, idp_admin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from connect_saml_nb.idp.products import Topic
    from connect_saml_nb.model.diagnosis import RuleContext
    from connect_saml_nb.model.finding import Action, EvidencePlace
    from connect_saml_nb.model.saml import Attribute

CONNECT_SAML = "https://docs.aws.amazon.com/connect/latest/adminguide/configure-saml.html"
TROUBLESHOOT = "https://docs.aws.amazon.com/connect/latest/adminguide/troubleshoot-saml.html"
IAM_TROUBLESHOOT = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_saml.html"
IAM_ASSERTIONS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html"
GLOBAL_RESILIENCY = "https://docs.aws.amazon.com/connect/latest/adminguide/integrate-idp.html"
NETWORK = "https://docs.aws.amazon.com/connect/latest/adminguide/ccp-networking.html"
HAR_HELP = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_saml_view-saml-response.html"
CREATE_USER = "https://docs.aws.amazon.com/connect/latest/APIReference/API_CreateUser.html"
BROWSERS = "https://docs.aws.amazon.com/connect/latest/adminguide/connect-supported-browsers.html"
AUTHENTICATION_PROFILES = "https://docs.aws.amazon.com/connect/latest/adminguide/authentication-profiles.html"
EMBEDDING = "https://docs.aws.amazon.com/connect/latest/adminguide/app-integration.html"
STS_SAML = "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html"
SESSION_TAGS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html"


def says(context: RuleContext, *texts: AwsMessage) -> bool:
    """Whether the sign-in ended with one of these known texts."""
    return context.sign_in.said in texts


def was_accepted(context: RuleContext) -> bool:
    """Whether AWS's sign-in endpoint took the response: the browser was sent on, or got to a place behind it.

    A visit without a response, to Connect's page of an older session say, shows nothing of a response.
    """
    return context.sign_in.accepted and (context.sign_in.message is not None or context.sign_in.expects_message)


def not_onboarded(context: RuleContext) -> bool:
    """Whether AWS said that no Connect user matches."""
    return says(context, AwsMessage.NOT_ONBOARDED)


def beyond_federation(context: RuleContext) -> bool:
    """Whether the role was allowed to federate: Connect opened, or the federation page looked for the user."""
    reached = {Outcome.OPENED, Outcome.REFUSED_IN_CONNECT, Outcome.CONNECT_STOPPED}
    return context.sign_in.outcome in reached or context.sign_in.opened_before or not_onboarded(context)


def said_evidence(context: RuleContext) -> tuple[EvidencePlace, ...]:
    """Where the known text stands."""
    sign_in = context.sign_in
    if sign_in.said_text is None:
        return ()
    return (evidence_at(sign_in.said_entry, "response.content.text", verbatim(sign_in.said_text)),)


def message_evidence(context: RuleContext, detail: Phrase) -> tuple[EvidencePlace, ...]:
    """A value of the SAML response, where it was posted."""
    message = context.sign_in.message
    return (evidence_at(message.entry, message.where, detail),) if message else ()


def last_evidence(context: RuleContext, detail: Phrase) -> tuple[EvidencePlace, ...]:
    """The last AWS-side page."""
    last = context.sign_in.last
    return (evidence_at(last.index, "response", detail),) if last else ()


def users_evidence(context: RuleContext, detail: Phrase) -> tuple[EvidencePlace, ...]:
    """The list of Connect users."""
    return (evidence_at(None, "users", text("{} ({})", detail, bare(context.users.source))),) if context.users else ()


def named(value: str | None) -> Phrase:
    """A value in quotes behind what it is called in a sentence; nothing where it is absent or cannot be read."""
    return "" if value is None else text(" {}", quoted(value))


def attribute(context: RuleContext, name: str) -> Attribute | None:
    """The assertion's attribute with exactly this name."""
    return context.sign_in.assertion.attribute(name) if context.sign_in.assertion else None


def shown(page: str) -> Value:
    """A page's text, fit to be shown."""
    return verbatim(messages.shown_text(page))


# --- the identity provider's product -----------------------------------------------------------------------

_AT_PROVIDER = frozenset({FlowRole.IDP_PAGE, FlowRole.IDP_RESPONSE, FlowRole.BROKER_POST})


def product(context: RuleContext) -> str | None:
    """The identity provider's product: by the assertion's issuer, else by the pages that came before AWS's."""
    message = context.sign_in.message
    issuers = [context.sign_in.assertion.issuer] if context.sign_in.assertion else []
    issuers += [message.response.issuer] if message and message.response else []
    visited = [s.entry.url for s in context.sign_in.steps if s.role in _AT_PROVIDER]
    return product_of(next(filter(None, issuers), None), visited)


def names_setting(*topics: Topic) -> Callable[[Rule], Rule]:
    """Let what a rule finds also name the very setting in the identity provider's product, where it is documented."""

    def extend(asked: Rule) -> Rule:
        def ask(context: RuleContext) -> Answer:
            answer = asked.ask(context)
            if not isinstance(answer, Found):
                return answer
            return replace(answer, remedy=with_settings(context, answer.remedy or asked.remedy, *topics))

        return replace(asked, ask=ask)

    return extend


def with_settings(context: RuleContext, remedy: Iterable[Action], *topics: Topic) -> tuple[Action, ...]:
    """A remedy, and after it what the identity provider's product calls the settings of these topics, if known."""
    name = product(context) or ""
    settings = dict.fromkeys(s for topic in topics if (s := setting(name, topic)))
    return (*remedy, *(idp_admin("{} (see {}).", s.text, s.docs, condition=name) for s in settings))


def was_posted_to(context: RuleContext) -> Phrase:
    """The endpoint that the response was posted to, fit to be shown."""
    return quoted(urls.mask(context.sign_in.posted_to))
