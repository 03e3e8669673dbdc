"""Behind the sign-in endpoint: relay state, federation permission, session, Connect itself."""

from __future__ import annotations

from connect_saml_nb import urls
from connect_saml_nb.model import Binding, Case, Outcome, Said, Severity
from connect_saml_nb.places import Place, endpoint_region, global_sign_in, place_of, read_federate
from connect_saml_nb.rules._facts import (
    CONNECT_SAML,
    GLOBAL_RESILIENCY,
    TROUBLESHOOT,
    beyond_federation,
    last_evidence,
    message_evidence,
    quoted,
    said_evidence,
    says,
)
from connect_saml_nb.rules._rule import PASSED, Answer, Found, Need, Skipped, rule

_RELAY_STATE_REMEDY = (
    "IdP admin: set the application's relay state (default relay state, start URL) to https://REGION.console.aws.amazon.com/connect/federate/INSTANCE-ID "
    "with the instance's Region and its ID (the UUID, not the ARN); in GovCloud https://console.amazonaws-us-gov.com/connect/federate/INSTANCE-ID. "
    "Start from the identity provider's tile: a saved link does not carry it. In IAM Identity Center leave 'Application start URL' empty."
)


def _is_global(case: Case) -> bool:
    return global_sign_in(case.sign_in.posted_to) is not None


@rule(
    id="relay-state-missing",
    title="The response has no relay state",
    remedy=_RELAY_STATE_REMEDY,
    docs=CONNECT_SAML,
    needs=[Need.MESSAGE],
)
def relay_state_missing(case: Case) -> Answer:
    """Does a relay state travel with the response?

    It tells AWS where to go; without it the person lands on the AWS console instead of Connect. Global Resiliency's own
    endpoint needs none.
    """
    sign_in = case.sign_in
    message = sign_in.message
    if _is_global(case):
        return PASSED
    if message is not None and message.binding is Binding.PASTED and sign_in.relay_state is None:
        return Skipped("Only the SAML response was given, without the form that carries the relay state.")
    if sign_in.relay_state:
        return PASSED
    landed = sign_in.outcome is Outcome.CONSOLE_HOME
    after = ": the sign-in landed on the AWS console instead of Connect" if landed else ""
    return Found(
        f"The response was posted without a relay state{after}.",
        message_evidence(case, "RelayState empty" if sign_in.relay_state == "" else "RelayState absent"),
        severity=None if landed else Severity.WARNING,
    )


@rule(
    id="relay-state-invalid",
    title="The relay state does not lead to the Connect instance",
    remedy=_RELAY_STATE_REMEDY,
    docs=CONNECT_SAML,
)
def relay_state_invalid(case: Case) -> Answer:
    """Is the relay state a federate URL with a Region and an instance ID?

    An ARN in place of the ID, another host, or a wrong Region or ID give 'not found' or the AWS console.
    """
    sign_in = case.sign_in
    followed = sign_in.last.url if sign_in.last and sign_in.outcome is Outcome.FEDERATE_NOT_FOUND else None
    relay_state = sign_in.relay_state or followed
    if _is_global(case) or not relay_state:
        return Skipped("There is no relay state to look at.")
    shown = quoted(urls.mask(relay_state))
    problem = read_federate(relay_state).problem
    stopped = sign_in.outcome in {Outcome.CONSOLE_HOME, Outcome.FEDERATE_NOT_FOUND}
    if problem:
        return Found(
            f"The relay state {shown} is no usable federate URL: {problem}.",
            message_evidence(case, f"RelayState {shown}"),
            severity=None if stopped else Severity.WARNING,
        )
    if sign_in.outcome is Outcome.FEDERATE_NOT_FOUND:
        return Found(
            f"The federation page was not found: the Region or the instance ID in the relay state {shown} is wrong, or the instance is gone.",
            last_evidence(case, "status 404"),
        )
    return PASSED


@rule(
    id="session-expired",
    title="The Connect session has ended, or Connect was opened without signing in",
    remedy="The person: sign out of the identity provider and of Connect, then start from the identity provider's tile, not from a bookmark of Connect or of the AWS console. If it comes back at once, allow cookies for the Connect and AWS hosts.",
    docs=TROUBLESHOOT,
)
def session_expired(case: Case) -> Answer:
    """Does Connect still have a session for the browser?

    Sessions end after 12 hours at the latest; Connect opened directly, without the identity provider, has none.
    """
    sign_in = case.sign_in
    if says(case, Said.SESSION_EXPIRED) or sign_in.outcome is Outcome.SESSION_ENDED:
        if sign_in.opened_before:
            why = "Connect had opened, and its session then ended"
        elif sign_in.message:
            why = "Connect did not keep the session of this sign-in (blocked cookies are the usual cause)"
        else:
            why = "Connect was opened without a sign-in through the identity provider, or an old session had ended"
        evidence = said_evidence(case) or last_evidence(case, "status 401")
        return Found(f"{why}.", evidence)
    return PASSED if sign_in.outcome is Outcome.OPENED else Skipped("The sign-in did not get as far as Connect.")


@rule(
    id="not-authorized-in-connect",
    title="Signed in, but Connect refuses the page",
    remedy="Connect admin: give the person a security profile that allows the page they open, and check the IP ranges and limits of their authentication profile.",
    docs=CONNECT_SAML,
)
def not_authorized_in_connect(case: Case) -> Answer:
    """Does Connect let the signed-in person see the page?

    The security profile must grant access to the page, and an authentication profile can refuse by IP address.
    """
    if case.sign_in.outcome is Outcome.REFUSED_IN_CONNECT:
        path = case.sign_in.last.url if case.sign_in.last else ""
        return Found(f"Connect refused {quoted(urls.mask(path))} after the sign-in.", last_evidence(case, "status 403"))
    return PASSED if case.sign_in.outcome is Outcome.OPENED else Skipped("The sign-in did not get as far as Connect.")


@rule(
    id="replica-not-ready",
    title="The person is not ready in both Regions of the instance",
    remedy="Connect admin: the user must exist under exactly this name in both instances of the pair, and must be associated with a traffic distribution group before signing in.",
    docs=GLOBAL_RESILIENCY,
)
def replica_not_ready(case: Case) -> Answer:
    """Global Resiliency: does the person exist in both Regions, with a traffic distribution group?

    UserNotOnboardedException and ResourceNotFoundException at the global sign-in endpoint say that one is missing.
    """
    if not _is_global(case):
        return Skipped("The sign-in did not use a Global Resiliency endpoint.")
    if says(case, Said.NOT_FOUND_IN_REPLICA):
        return Found(
            "The global sign-in endpoint did not find the person's resources: the traffic distribution group is missing.",
            said_evidence(case),
        )
    if says(case, Said.NOT_ONBOARDED) and case.list_is_complete and case.exact:
        return Found(
            "The user is in this list, but was not found at sign-in: it is missing in the other Region.",
            said_evidence(case),
        )
    return PASSED if case.sign_in.outcome is Outcome.OPENED else Skipped("Only one Region's users are known.")


@rule(
    id="console-asks-login",
    title="The AWS console asked for a login",
    remedy="The person: start from the identity provider's tile in a private window with cookies allowed; AWS's session from the sign-in did not reach the console.",
    docs=CONNECT_SAML,
    severity=Severity.WARNING,
    verdict=False,
)
def console_asks_login(case: Case) -> Answer:
    """Did AWS's session reach the federation page?

    Blocked cookies, another partition, or a federate URL opened directly end on the console's login form.
    """
    if case.sign_in.outcome is Outcome.CONSOLE_LOGIN:
        return Found("The sign-in ended on the login form of the AWS console.", last_evidence(case, "login form"))
    return PASSED if beyond_federation(case) else Skipped("The sign-in did not get that far.")


@rule(
    id="bad-request",
    title="An error of the time before March 2023",
    remedy="AWS admin: until 17 March 2023 a Connect user was bound to the first role that signed it in; today several roles are allowed. If it shows again, sign in with the earlier role, and ask AWS Support.",
    docs=TROUBLESHOOT,
    severity=Severity.WARNING,
    verdict=False,
)
def bad_request(case: Case) -> Answer:
    """Did AWS answer "Bad Request. The request was not valid and could not be processed."?

    AWS documented this text until 2023 for a person who had signed in before through another role.
    """
    if says(case, Said.BAD_REQUEST):
        return Found(
            "AWS answered 'Bad Request', which it documented until 2023 for a user bound to another role.",
            said_evidence(case),
        )
    return PASSED


@rule(
    id="regions-differ",
    title="A sign-in endpoint and a federation page of different Regions",
    remedy="IdP admin: compare the Region of the reply URL with the Region in the relay state. AWS advises the endpoint of the instance's Region.",
    docs=CONNECT_SAML,
    severity=Severity.INFO,
    verdict=False,
)
def regions_differ(case: Case) -> Answer:
    """Is a regional sign-in endpoint the one of the instance's Region?"""
    region = endpoint_region(case.sign_in.posted_to)
    if region is None or case.sign_in.region is None or place_of(case.sign_in.posted_to) is not Place.SIGN_IN:
        return Skipped("The endpoint or the instance names no Region.")
    if region == case.sign_in.region:
        return PASSED
    return Found(
        f"The response went to the endpoint of {region}, the instance is in {case.sign_in.region}.",
        message_evidence(case, region),
    )


RULES = (
    relay_state_missing,
    relay_state_invalid,
    regions_differ,
    console_asks_login,
    session_expired,
    not_authorized_in_connect,
    replica_not_ready,
    bad_request,
)
