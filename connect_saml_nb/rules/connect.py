"""Behind the sign-in endpoint: relay state, federation permission, session, Connect itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from connect_saml_nb import urls
from connect_saml_nb.aws.arn import arn_owner
from connect_saml_nb.aws.urls import UrlKind, endpoint_region, global_sign_in, read_federate, url_kind
from connect_saml_nb.idp.products import Topic
from connect_saml_nb.model.finding import Actor, Severity
from connect_saml_nb.model.saml import Binding
from connect_saml_nb.model.signin import AwsMessage, FlowRole, Outcome, RolePair
from connect_saml_nb.model.text import quoted, text
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.rules.facts import (
    AUTHENTICATION_PROFILES,
    BROWSERS,
    CONNECT_SAML,
    EMBEDDING,
    GLOBAL_RESILIENCY,
    TROUBLESHOOT,
    beyond_federation,
    last_evidence,
    message_evidence,
    names_setting,
    said_evidence,
    says,
    was_accepted,
)
from connect_saml_nb.rules.rule import (
    PASSED,
    Answer,
    Found,
    Requirement,
    Skipped,
    connect_admin,
    evidence_at,
    idp_admin,
    person,
    rule,
)

if TYPE_CHECKING:
    from connect_saml_nb.model.capture import Entry
    from connect_saml_nb.model.diagnosis import RuleContext

_RELAY_STATE_REMEDY = [
    idp_admin(
        "set the application's relay state (default relay state, start URL) to https://REGION.console.aws.amazon.com/connect/federate/INSTANCE-ID with the instance's Region and its ID (the UUID, not the ARN); in GovCloud https://console.amazonaws-us-gov.com/connect/federate/INSTANCE-ID. Start from the identity provider's tile: a saved link does not carry it. In IAM Identity Center leave 'Application start URL' empty."
    )
]


def _is_global(context: RuleContext) -> bool:
    return global_sign_in(context.sign_in.posted_to) is not None


@names_setting(Topic.RELAY_STATE)
@rule(
    verdict=Verdict.RELAY_STATE_MISSING,
    remedy=_RELAY_STATE_REMEDY,
    docs=CONNECT_SAML,
    needs=[Requirement.MESSAGE],
)
def relay_state_missing(context: RuleContext) -> Answer:
    """Does a relay state travel with the response?

    It tells AWS where to go; without it the person lands on the AWS console instead of Connect. Global Resiliency's own
    endpoint needs none.
    """
    sign_in = context.sign_in
    message = sign_in.message
    if _is_global(context):
        return PASSED
    if message is not None and message.binding is Binding.PASTED and sign_in.relay_state is None:
        return Skipped("Only the SAML response was given, without the form that carries the relay state.")
    if sign_in.relay_state:
        return PASSED
    landed = sign_in.outcome is Outcome.CONSOLE_HOME
    after = ": the sign-in landed on the AWS console instead of Connect" if landed else ""
    return Found(
        text("The response was posted without a relay state{}.", after),
        message_evidence(context, "RelayState empty" if sign_in.relay_state == "" else "RelayState absent"),
        severity=None if landed else Severity.WARNING,
    )


@names_setting(Topic.RELAY_STATE)
@rule(
    verdict=Verdict.RELAY_STATE_INVALID,
    remedy=_RELAY_STATE_REMEDY,
    docs=CONNECT_SAML,
)
def relay_state_invalid(context: RuleContext) -> Answer:
    """Is the relay state a federate URL with a Region and an instance ID?

    An ARN in place of the ID, another host, or a wrong Region or ID give 'not found' or the AWS console.
    """
    sign_in = context.sign_in
    followed = sign_in.last.url if sign_in.last and sign_in.outcome is Outcome.FEDERATE_NOT_FOUND else None
    relay_state = sign_in.relay_state or followed
    if _is_global(context) or not relay_state:
        return Skipped("There is no relay state to check.")
    shown = quoted(urls.mask(relay_state))
    problem = _relay_problem(relay_state)
    stopped = sign_in.outcome in {Outcome.CONSOLE_HOME, Outcome.FEDERATE_NOT_FOUND}
    if problem:
        return Found(
            text("The relay state {} is no usable federate URL: {}.", shown, problem),
            message_evidence(context, text("RelayState {}", shown)),
            severity=None if stopped else Severity.WARNING,
        )
    if sign_in.outcome is Outcome.FEDERATE_NOT_FOUND:
        return Found(
            text(
                "The federation page was not found: the Region or the instance ID in the relay state {} is wrong, or the instance was deleted.",
                shown,
            ),
            last_evidence(context, "status 404"),
        )
    return PASSED


def _relay_problem(relay_state: str) -> str:
    """Why a relay state is no usable federate URL, in words, or nothing."""
    problem = read_federate(relay_state).problem
    if problem and _decoded(relay_state):
        return "it is percent-encoded once too often"
    return problem


def _decoded(relay_state: str) -> bool:
    """Whether percent-decoding makes a usable federate URL of it."""
    text = relay_state[:4096]
    for _ in range(2):
        text = urls.unquoted(text)
        if not read_federate(text).problem:
            return text != relay_state
    return False


_EMBEDDED = "Connect is embedded in another page, and its sign-in ran in a window that this recording does not hold."


@rule(
    verdict=Verdict.SESSION_EXPIRED,
    remedy={
        Actor.PERSON: "sign out of the identity provider and of Connect, then start from the identity provider's tile, not from a bookmark of Connect or of the AWS console. If it comes back at once, allow cookies for the Connect and AWS hosts."
    },
    docs=TROUBLESHOOT,
)
def session_expired(context: RuleContext) -> Answer:
    """Does Connect still have a session for the browser?

    Sessions end after 12 hours at the latest; Connect opened directly, without the identity provider, has none.
    """
    sign_in = context.sign_in
    if sign_in.embedded_in:
        return Skipped(_EMBEDDED)
    if says(context, AwsMessage.SESSION_EXPIRED) or sign_in.outcome is Outcome.SESSION_ENDED:
        if sign_in.opened_before:
            why = "Connect had opened, and its session then ended"
        elif sign_in.message:
            why = "Connect did not keep the session of this sign-in (blocked cookies are the usual cause)"
        else:
            why = "Connect was opened without a sign-in through the identity provider, or an old session had ended"
        evidence = said_evidence(context) or last_evidence(context, "status 401")
        return Found(text("{}.", why), evidence)
    if sign_in.outcome is Outcome.CONSOLE_LOGIN and not (sign_in.message or sign_in.expects_message):
        why = "The federation page was opened without a sign-in through the identity provider: AWS asked for a login"
        return Found(text("{}.", why), last_evidence(context, "login form"))
    return PASSED if sign_in.outcome is Outcome.OPENED else Skipped("The sign-in did not reach Connect.")


@rule(
    verdict=Verdict.NOT_AUTHORIZED_IN_CONNECT,
    remedy={
        Actor.CONNECT_ADMIN: "give the person a security profile that allows the page they open, and check the IP ranges (allowed and blocked) and limits of their authentication profile."
    },
    docs=CONNECT_SAML,
)
def not_authorized_in_connect(context: RuleContext) -> Answer:
    """Does Connect let the signed-in person see the page?

    The security profile must grant access to the page, and an authentication profile can refuse by IP address.
    """
    if context.sign_in.outcome is Outcome.REFUSED_IN_CONNECT:
        path = context.sign_in.last.url if context.sign_in.last else ""
        return Found(
            text("Connect refused {} after the sign-in.", quoted(urls.mask(path))), last_evidence(context, "status 403")
        )
    return PASSED if context.sign_in.outcome is Outcome.OPENED else Skipped("The sign-in did not reach Connect.")


@rule(
    verdict=Verdict.REPLICA_NOT_READY,
    remedy={
        Actor.CONNECT_ADMIN: "the user must exist under exactly this name in both instances of the pair, and must be associated with a traffic distribution group before signing in."
    },
    docs=GLOBAL_RESILIENCY,
)
def replica_not_ready(context: RuleContext) -> Answer:
    """Global Resiliency: does the person exist in both Regions, with a traffic distribution group?

    UserNotOnboardedException and ResourceNotFoundException at the global sign-in endpoint say that one is missing.
    """
    if not _is_global(context):
        return Skipped("The sign-in did not use a Global Resiliency endpoint.")
    if says(context, AwsMessage.NOT_FOUND_IN_REPLICA):
        return Found(
            "The global sign-in endpoint did not find the person's resources: the traffic distribution group is missing.",
            said_evidence(context),
        )
    if says(context, AwsMessage.NOT_ONBOARDED) and context.list_is_complete and context.exact:
        return Found(
            "The user is in this list, but was not found at sign-in: it is missing in the other Region.",
            said_evidence(context),
        )
    return PASSED if context.sign_in.outcome is Outcome.OPENED else Skipped("Only one Region's users are known.")


@rule(
    id="console-asks-login",
    title="The AWS console asked for a login",
    remedy={
        Actor.PERSON: "start from the identity provider's tile in a private window with cookies allowed; AWS's session from the sign-in did not reach the console."
    },
    docs=CONNECT_SAML,
    severity=Severity.WARNING,
)
def console_asks_login(context: RuleContext) -> Answer:
    """Did AWS's session reach the federation page?

    Blocked cookies, another partition, or a federate URL opened directly end on the console's login form.
    """
    if context.sign_in.outcome is Outcome.CONSOLE_LOGIN:
        return Found("The sign-in ended on the login form of the AWS console.", last_evidence(context, "login form"))
    return PASSED if beyond_federation(context) else Skipped("The sign-in did not get that far.")


@rule(
    id="bad-request",
    title="An error from before March 2023",
    remedy={
        Actor.AWS_ADMIN: "until 17 March 2023 a Connect user was bound to the first role that signed it in; today several roles are allowed. If it appears again, sign in with the earlier role, and ask AWS Support."
    },
    docs=TROUBLESHOOT,
    severity=Severity.WARNING,
)
def bad_request(context: RuleContext) -> Answer:
    """Did AWS answer "Bad Request. The request was not valid and could not be processed."?

    AWS documented this text until 2023 for a person who had signed in before through another role.
    """
    if says(context, AwsMessage.BAD_REQUEST):
        return Found(
            "AWS answered 'Bad Request', which it documented until 2023 for a user bound to another role.",
            said_evidence(context),
        )
    return PASSED


@rule(
    id="regions-differ",
    title="A sign-in endpoint and a federation page of different Regions",
    remedy={
        Actor.IDP_ADMIN: "compare the Region of the reply URL with the Region in the relay state. AWS recommends the endpoint of the instance's Region."
    },
    docs=CONNECT_SAML,
    severity=Severity.INFO,
)
def regions_differ(context: RuleContext) -> Answer:
    """Is a regional sign-in endpoint the one of the instance's Region?"""
    region = endpoint_region(context.sign_in.posted_to)
    if region is None or context.sign_in.region is None or url_kind(context.sign_in.posted_to) is not UrlKind.SIGN_IN:
        return Skipped("The endpoint or the instance names no Region.")
    if region == context.sign_in.region:
        return PASSED
    return Found(
        text("The response went to the endpoint of {}, the instance is in {}.", region, context.sign_in.region),
        message_evidence(context, region),
    )


@rule(
    id="relay-state-destination",
    title="The relay state leads out of Connect",
    remedy={
        Actor.CONNECT_ADMIN: "put the page that the relay state leads to on the instance's list of approved origins.",
        Actor.IDP_ADMIN: "write its address with https; http is not supported there and is turned into https.",
    },
    docs=CONNECT_SAML,
    severity=Severity.INFO,
)
def relay_state_destination(context: RuleContext) -> Answer:
    """Does the relay state's destination, if there is one, stay in Connect?

    A destination on another site must be an approved origin of the instance. A path (%2Fccp-v2) stays in Connect, in any of
    the three spellings in which AWS's documents write new_domain.
    """
    if not context.sign_in.relay_state:
        return Skipped("There is no relay state to check.")
    destination = (urls.split(context.sign_in.relay_state).parameter("destination") or "").strip()
    parts = urls.split(destination)
    if not parts.host or url_kind(destination) is UrlKind.CONNECT:
        return PASSED
    plain = ", with http" if parts.scheme == "http" else ""
    shown = quoted(urls.mask(destination))
    return Found(
        text("The relay state leads to {}{}, a page outside Connect.", shown, plain),
        message_evidence(context, text("destination {}", shown)),
    )


_SESSION_HOURS = 12


@rule(
    id="session-ended-early",
    title="Connect's session ended soon after it began",
    remedy={
        Actor.CONNECT_ADMIN: "check the authentication profile of the person's security profiles (or the default one): its periodic check, its maximum and inactivity time, and its IP ranges.",
        Actor.PERSON: "keep cookies for Connect's hosts.",
    },
    docs=AUTHENTICATION_PROFILES,
    severity=Severity.INFO,
)
def session_ended_early(context: RuleContext) -> Answer:
    """Did a session that had begun in this recording last?

    Sessions end after 12 hours; an authentication profile can end them sooner, and checks the IP address again.
    """
    sign_in = context.sign_in
    if sign_in.embedded_in:
        return Skipped(_EMBEDDED)
    if not was_accepted(context) or not (sign_in.opened_before or sign_in.outcome is Outcome.OPENED):
        return Skipped("The recording does not show the beginning of a Connect session.")
    ended = sign_in.outcome is Outcome.SESSION_ENDED or says(context, AwsMessage.SESSION_EXPIRED)
    if not ended:
        return PASSED
    last = sign_in.last.started if sign_in.last else None
    if last is None or sign_in.started is None:
        return Skipped("The recording does not show how long the session lasted.")
    minutes = max(0, round((last - sign_in.started).total_seconds() / 60))
    if minutes >= _SESSION_HOURS * 60:
        return PASSED
    after = "1 minute" if minutes == 1 else text("{} minutes", minutes)
    return Found(
        text(
            "The session ended {} after the sign-in began; without other limits it lasts {} hours.",
            after,
            _SESSION_HOURS,
        ),
        last_evidence(context, "session ended"),
    )


_AUTHORIZE = re.compile(r"/auth/authorize/?$")
#: A page asks once or twice; Connect's embedding library asks every 2 to 5 seconds (amazon-connect-streams, src/core.js:
#: AUTHORIZE_RETRY_INTERVAL, CCP_IFRAME_REFRESH_INTERVAL).
_LOOP = 3


@rule(
    id="authorize-loop",
    title="Connect asks again and again whether the person is signed in",
    remedy=[
        person(
            "allow third-party cookies for Connect's hosts (in Firefox, not the strict tracking protection) and pop-ups of the page."
        ),
        connect_admin(
            "put the embedding page's origin on the list of approved origins, in both instances with Global Resiliency."
        ),
        person("record the window in which the sign-in runs; a recording of the embedding page's tab misses it."),
    ],
    docs=EMBEDDING,
    severity=Severity.WARNING,
)
def authorize_loop(context: RuleContext) -> Answer:
    """Is Connect told once that the person is signed in, without asking again and again?

    An embedded contact control panel without a session asks /auth/authorize every few seconds and is answered 401.
    """
    asked = [s.entry for s in context.sign_in.steps if s.role is FlowRole.CONNECT_REQUEST and _asks(s.entry)]
    if not asked:
        return Skipped("The recording does not show Connect asking whether the person is signed in.")
    refused = [e for e in asked if e.status == 401]  # noqa: PLR2004 -- HTTP
    if len(refused) < _LOOP or context.sign_in.outcome is Outcome.OPENED:
        return PASSED
    host = context.sign_in.embedded_in
    where = text(" in a page of {}", quoted(host)) if host else ""
    return Found(
        text("Connect{} asked {} times whether the person is signed in, and was answered 401.", where, len(refused)),
        tuple(evidence_at(e.index, "response.status", "401") for e in refused[:3]),
    )


def _asks(entry: Entry) -> bool:
    return url_kind(entry.url) is UrlKind.CONNECT and _AUTHORIZE.search(urls.split(entry.url).path) is not None


@rule(
    id="browser-unsupported",
    title="Connect does not support this browser",
    remedy={Actor.PERSON: "use a current Chrome, Edge or Firefox on a computer."},
    docs=BROWSERS,
    severity=Severity.INFO,
)
def browser_unsupported(context: RuleContext) -> Answer:
    """Is the browser one that Connect supports?

    Chrome, Edge (Chromium), Firefox and Firefox ESR; no Safari and no browser of a phone or tablet.
    """
    agent = _user_agent(context)
    if agent is None:
        return Skipped("The recording does not name the browser that signed in.")
    problem = next((name for pattern, name in _BROWSERS if pattern.search(agent)), None)
    return Found(text("The browser that signed in is {}.", problem)) if problem else PASSED


_BROWSERS = (
    (re.compile(r"\b(?:Mobile|Android|iPhone|iPad)\b"), "one of a phone or tablet"),
    (re.compile(r"\b(?:MSIE |Trident/)"), "Internet Explorer"),
    (re.compile(r"^(?!.*\b(?:\w*Chrome|Chromium|Edge?|Firefox)/).*\bSafari/"), "Safari or another of its kind"),
)


def _user_agent(context: RuleContext) -> str | None:
    """What the browser called itself at the first request of the sign-in that tells."""
    for step in context.sign_in.steps[:5]:
        for header in step.entry.request_headers:
            if header.name.casefold() == "user-agent" and header.value.strip():
                return header.value[:1000]
    return None


# --- Global Resiliency -------------------------------------------------------------------------------------

_GLOBAL_HOSTS = (".region-discovery.connect.aws", ".sign-in.connect.aws")


@rule(
    id="global-sign-in-unused",
    title="The instance is one of a pair, and the sign-in bypassed its global endpoint",
    remedy={
        Actor.IDP_ADMIN: "use the pair's own sign-in URL (https://INSTANCE-ID.SOURCE-REGION.sign-in.connect.aws/saml with its query) in place of the AWS endpoint and a relay state; agents fail over to the other Region only with it."
    },
    docs=GLOBAL_RESILIENCY,
    severity=Severity.INFO,
)
def global_sign_in_unused(context: RuleContext) -> Answer:
    """Does an instance with Global Resiliency get its sign-ins at the global endpoint?

    "Agent failover is only supported when using the global sign-in endpoint." That the instance is one of a pair shows in
    requests to region-discovery.connect.aws.
    """
    if _is_global(context):
        return PASSED
    seen = next((e for e in context.capture.entries if _is_global_host(e.url)), None)
    if seen is None:
        return Skipped("Nothing in the recording shows that the instance has Global Resiliency.")
    if not context.sign_in.message:
        return Skipped("The recording holds no SAML response for this sign-in.")
    where = (evidence_at(seen.index, "request.url", quoted(urls.mask(seen.url))),)
    return Found("The instance has Global Resiliency, and the response went to another endpoint.", where)


def _is_global_host(url: str) -> bool:
    return ".connect.aws" in url and urls.split(url).host.endswith(_GLOBAL_HOSTS)


@rule(
    id="global-sign-in-query",
    title="The global sign-in URL and the response disagree",
    remedy={
        Actor.IDP_ADMIN: "use in the sign-in URL (ACS) exactly the instanceId, accountId, role and idp of the instance and of the response's Role attribute."
    },
    docs=GLOBAL_RESILIENCY,
    severity=Severity.WARNING,
)
def global_sign_in_query(context: RuleContext) -> Answer:
    """Do the values in the global sign-in URL's query agree with the response's Role pair?

    The URL of a Global Resiliency sign-in names instance, account, role and provider a second time.
    """
    posted_to = context.sign_in.posted_to
    target = global_sign_in(posted_to)
    if target is None:
        return Skipped("The sign-in did not use a Global Resiliency endpoint.")
    query = urls.split(posted_to)
    instance = query.parameter("instanceId")
    if instance and instance.casefold() != target.instance_id:
        return Found(
            text("The URL's instanceId {} is not the instance of its host.", quoted(instance)),
            message_evidence(context, "instanceId"),
        )
    pairs = [p for p in context.sign_in.roles if arn_owner(p.role)]
    if not pairs:
        return Skipped("The recording holds no readable Role attribute.")
    wrong = next((name for name in _QUERY if _disagrees(query.parameter(name), name, pairs)), None)
    if wrong is None:
        return PASSED
    return Found(
        text("The URL's {} {} is not that of the response's Role attribute.", wrong, quoted(query.parameter(wrong))),
        message_evidence(context, wrong),
    )


_QUERY = ("accountId", "role", "idp")


def _disagrees(told: str | None, name: str, pairs: list[RolePair]) -> bool:
    """Whether a value of the query, a name or an ARN, is none of the pairs'."""
    if not told:
        return False
    if name == "accountId":
        return told not in {owner[1] for p in pairs if (owner := arn_owner(p.role))}
    arns = [(p.role if name == "role" else p.provider) or "" for p in pairs]
    return told not in arns and told not in {arn.rpartition("/")[2] for arn in arns} | {
        arn.partition("/")[2] for arn in arns
    }


RULES = (
    relay_state_missing,
    relay_state_invalid,
    relay_state_destination,
    regions_differ,
    console_asks_login,
    session_expired,
    session_ended_early,
    authorize_loop,
    not_authorized_in_connect,
    replica_not_ready,
    global_sign_in_unused,
    global_sign_in_query,
    browser_unsupported,
    bad_request,
)
