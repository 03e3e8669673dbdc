"""Does AWS's sign-in endpoint accept the response: status, times, addresses?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from connect_saml_nb import urls
from connect_saml_nb.aws.arn import arn_owner
from connect_saml_nb.aws.urls import UrlKind, endpoint_region, is_endpoint, same_endpoint, url_kind
from connect_saml_nb.idp.products import Topic
from connect_saml_nb.model.finding import Action, Actor, MissingInput, Severity
from connect_saml_nb.model.signin import AwsMessage, Moment, Outcome
from connect_saml_nb.model.text import Phrase, joined, quoted, text, verbatim
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.rules.facts import (
    CONNECT_SAML,
    IAM_ASSERTIONS,
    IAM_TROUBLESHOOT,
    message_evidence,
    named,
    names_setting,
    said_evidence,
    says,
    shown,
    was_accepted,
    was_posted_to,
)
from connect_saml_nb.rules.rule import PASSED, Answer, Found, Requirement, Skipped, aws_admin, idp_admin, person, rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connect_saml_nb.model.diagnosis import RuleContext

_NO_ANSWER = "Only AWS's answer or the AWS account can tell, and this recording has neither."


@names_setting(Topic.LIFETIME)
@rule(
    verdict=Verdict.ASSERTION_NOT_YET_VALID,
    remedy={Actor.IDP_ADMIN: "synchronize the identity provider's clock with network time; it is ahead of AWS's."},
    docs=IAM_ASSERTIONS,
    needs=[Requirement.ASSERTION, Requirement.POST],
)
def assertion_not_yet_valid(context: RuleContext) -> Answer:
    """Was the assertion already valid when it was posted?

    Judged by AWS's clock where the recording has it: NotBefore of the conditions and of the subject confirmation.
    """
    moment, assertion = context.sign_in.posted_at, context.sign_in.assertion
    if moment is None or assertion is None:
        return Skipped(_NO_ANSWER)
    bounds = [t for t in (assertion.not_before, *(c.not_before for c in assertion.confirmations)) if t]
    if not bounds:
        return PASSED
    begins = max(bounds)
    if _surely_before(moment, begins):
        early = begins - moment.time
        return Found(
            text(
                "The assertion is valid from {}, and was posted {} earlier, at {}.",
                _clock(begins),
                _span(early),
                _told(moment),
            ),
            message_evidence(context, text("NotBefore {}", _clock(begins))),
        )
    return PASSED if moment.time >= begins or was_accepted(context) else _within_a_second("begins")


@names_setting(Topic.LIFETIME)
@rule(
    verdict=Verdict.ASSERTION_EXPIRED,
    remedy={
        Actor.PERSON: "sign in again from the identity provider's tile, without the back button or a page left open.",
        Actor.IDP_ADMIN: "if it happens every time, make assertions valid for at least 5 minutes and synchronize the clock with network time.",
    },
    docs=IAM_TROUBLESHOOT,
)
def assertion_expired(context: RuleContext) -> Answer:
    """Was the assertion still valid when it was posted?

    AWS takes it until NotOnOrAfter and within 5 minutes after it was issued ("Token must be redeemed within 5 minutes of
    issuance"); judged by AWS's clock where the recording has it.
    """
    if says(context, AwsMessage.EXPIRED):
        return Found(text("AWS says that the response arrived too late{}.", _times(context)), said_evidence(context))
    moment, assertion = context.sign_in.posted_at, context.sign_in.assertion
    if assertion is None or moment is None:
        return Skipped("The assertion's times or the time of its post are not in the recording.")
    ends = _ends(context)
    if not ends:
        return PASSED
    name, end = min(ends, key=lambda pair: pair[1])
    if moment.time >= end:
        return Found(
            text(
                "The assertion was valid until {} ({}), and was posted {} later, at {}.",
                _clock(end),
                name,
                _span(moment.time - end),
                _told(moment),
            ),
            message_evidence(context, text("{} {}", name, _clock(end))),
        )
    return PASSED if _surely_before(moment, end) or was_accepted(context) else _within_a_second("ends")


#: AWS's own text: "Token must be redeemed within 5 minutes of issuance".
_REDEEM = timedelta(minutes=5)


def _ends(context: RuleContext) -> list[tuple[str, datetime]]:
    assertion = context.sign_in.assertion
    if assertion is None:
        return []
    ends = [("NotOnOrAfter of its conditions", assertion.not_on_or_after)]
    ends += [("NotOnOrAfter of its subject confirmation", c.not_on_or_after) for c in assertion.confirmations]
    ends += [("5 minutes after it was issued", assertion.issued + _REDEEM if assertion.issued else None)]
    return [(name, end) for name, end in ends if end]


def _times(context: RuleContext) -> Phrase:
    ends, moment = _ends(context), context.sign_in.posted_at
    if not ends or moment is None:
        return ""
    return text(": it was valid until {} and was posted at {}", _clock(min(end for _, end in ends)), _told(moment))


def _surely_before(moment: Moment, bound: datetime) -> bool:
    """A clock that tells whole seconds may have been anywhere in its second."""
    if moment.second:
        return moment.time + timedelta(seconds=1) <= bound
    return moment.time < bound


def _within_a_second(what: str) -> Skipped:
    return Skipped(
        text(
            "The response was posted in the same second in which the assertion's validity {}; AWS's clock shows whole seconds only.",
            what,
        )
    )


def _clock(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC")


def _told(moment: Moment) -> Phrase:
    return text("{} by {}", _clock(moment.time), moment.clock)


def _span(span: timedelta) -> Phrase:
    seconds = round(span.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * length:
            return text("{} {}s", seconds // length, unit)
    return "1 second" if seconds == 1 else text("{} seconds", seconds)


@names_setting(Topic.ENDPOINT)
@rule(
    verdict=Verdict.DESTINATION_WRONG,
    remedy={
        Actor.IDP_ADMIN: "set the application's assertion consumer service (ACS, reply URL) to the AWS sign-in endpoint https://signin.aws.amazon.com/saml, or the regional one of the instance's Region (in GovCloud https://signin.amazonaws-us-gov.com/saml)."
    },
    docs=CONNECT_SAML,
)
def destination_wrong(context: RuleContext) -> Answer:
    """Is the response addressed to the endpoint that it was posted to?

    Destination is an attribute of the Response; without it there is nothing to disagree.
    """
    sign_in = context.sign_in
    response = sign_in.message.response if sign_in.message else None
    destination = response.destination if response else None
    if says(context, AwsMessage.DESTINATION):
        masked = urls.mask(destination) if destination else None
        return Found(text("AWS says that the Destination{} is invalid.", named(masked)), said_evidence(context))
    if response is None:
        return Skipped("The recording holds no readable SAML response.")
    problem = _address_problem(context, destination) if destination else None
    if problem is None:
        return PASSED
    return Found(
        text("The response's Destination {}.", problem),
        message_evidence(context, text("Destination {}", quoted(urls.mask(destination)))),
    )


def _address_problem(context: RuleContext, address: str) -> Phrase | None:
    """Why an address in the response does not fit the endpoint that it was posted to, or None."""
    posted_to = context.sign_in.posted_to
    if not is_endpoint(address):
        return text("is {}, which is no AWS sign-in endpoint", quoted(urls.mask(address)))
    if url_kind(posted_to) not in {UrlKind.SIGN_IN, UrlKind.GLOBAL_SIGN_IN} or same_endpoint(address, posted_to):
        return None
    if urls.split(address).path == "/static/saml":  # IAM's older name for the endpoint (user guide of 2023)
        return None
    return text("is {}, but it was posted to {}", quoted(urls.mask(address)), quoted(urls.mask(posted_to)))


@names_setting(Topic.ENDPOINT)
@rule(
    verdict=Verdict.RECIPIENT_WRONG,
    remedy={
        Actor.IDP_ADMIN: "set the application's Recipient (usually the same setting as the ACS or reply URL) to the AWS sign-in endpoint https://signin.aws.amazon.com/saml, or the regional one of the instance's Region (in GovCloud https://signin.amazonaws-us-gov.com/saml).",
        Actor.AWS_ADMIN: "each endpoint in use must stand in SAML:aud of the role's trust policy, which is compared with the Recipient.",
    },
    docs=IAM_ASSERTIONS,
    needs=[Requirement.ASSERTION],
    answered_by=AwsMessage.RECIPIENT,
)
def recipient_wrong(context: RuleContext) -> Answer:
    """Does the assertion's Recipient name the endpoint that it was posted to?

    AWS wants a SubjectConfirmationData with Recipient and NotOnOrAfter.
    """
    assertion = context.sign_in.assertion
    recipients = [c.recipient for c in assertion.confirmations if c.recipient] if assertion else []
    detail = text("Recipient {}", joined(", ", (quoted(urls.mask(r)) for r in recipients)) or "absent")
    if says(context, AwsMessage.RECIPIENT):
        return Found(
            "AWS says that Recipient or NotOnOrAfter is missing from the subject confirmation.", said_evidence(context)
        )
    if not recipients:
        return Found("The assertion has no Recipient, which AWS requires.", message_evidence(context, detail))
    problems = [problem for r in recipients if (problem := _address_problem(context, r))]
    if len(problems) < len(recipients):
        return PASSED
    return Found(text("The assertion's Recipient {}.", problems[0]), message_evidence(context, detail))


@names_setting(Topic.AUDIENCE)
@rule(
    verdict=Verdict.AUDIENCE_WRONG,
    remedy={
        Actor.IDP_ADMIN: "set the application's audience (entity ID, identifier, SP entity ID) to urn:amazon:webservices (GovCloud: urn:amazon:webservices:govcloud)."
    },
    docs=IAM_ASSERTIONS,
    needs=[Requirement.ASSERTION],
    answered_by=AwsMessage.AUDIENCE,
)
def audience_wrong(context: RuleContext) -> Answer:
    """Is the assertion's audience AWS?

    AWS takes urn:amazon:webservices, and sign-in endpoint URLs (Microsoft Entra's default is
    https://signin.aws.amazon.com/saml).
    """
    assertion = context.sign_in.assertion
    audiences = assertion.audiences if assertion else ()
    detail = text("Audience {}", joined(", ", map(quoted, audiences)) or "absent")
    if says(context, AwsMessage.AUDIENCE):
        has = text("; the assertion has {}", detail) if assertion else ""
        return Found(text("AWS says that the required audience is missing{}.", has), said_evidence(context))
    if any(_is_aws_audience(a) for a in audiences):
        return PASSED
    names = joined(", ", map(quoted, audiences))
    message = text("The assertion is for {}, not for AWS.", names) if audiences else "The assertion names no audience."
    return Found(message, message_evidence(context, detail))


def _is_aws_audience(audience: str) -> bool:
    name = audience.strip()
    return name in {"urn:amazon:webservices", "urn:amazon:webservices:govcloud"} or is_endpoint(name.partition("#")[0])


_LARGEST = 100_000


@rule(
    id="response-too-large",
    title="The response is larger than AWS accepts",
    remedy={Actor.IDP_ADMIN: "send fewer attribute values (group claims are the usual cause)."},
    docs=IAM_ASSERTIONS,
    severity=Severity.WARNING,
    needs=[Requirement.RESPONSE],
)
def response_too_large(context: RuleContext) -> Answer:
    """Is the base64 text of the response within AWS's 100,000 characters?"""
    message = context.sign_in.message
    size = (len(message.xml) + 2) // 3 * 4 if message else 0
    if size <= _LARGEST:
        return PASSED
    return Found(
        text("The response has {} characters; AWS accepts at most {}.", f"{size:,}", f"{_LARGEST:,}"),
        message_evidence(context, f"{size:,}"),
    )


@names_setting(Topic.NAME_ID)
@rule(
    id="subject-unusual",
    title="The subject does not meet AWS's requirements",
    remedy={
        Actor.IDP_ADMIN: "send a Subject with a NameID and exactly one SubjectConfirmation of method bearer, whose data has Recipient and NotOnOrAfter."
    },
    docs=IAM_ASSERTIONS,
    severity=Severity.WARNING,
    needs=[Requirement.ASSERTION],
)
def subject_unusual(context: RuleContext) -> Answer:
    """Does the assertion have a NameID and exactly one bearer confirmation with NotOnOrAfter?

    Without a NameID AWS answers "Not authorized to perform sts:AssumeRoleWithSAML".
    """
    assertion = context.sign_in.assertion
    if assertion is None:
        return Skipped(_NO_ANSWER)
    bearers = [c for c in assertion.confirmations if c.method.endswith("bearer")]
    problems: list[Phrase] = [] if assertion.name_id and assertion.name_id.strip() else ["it has no NameID"]
    if len(assertion.confirmations) != 1 or len(bearers) != 1:
        problems.append(
            text("it has {} confirmations, {} of them of method bearer", len(assertion.confirmations), len(bearers))
        )
    problems += ["the confirmation has no NotOnOrAfter"] if any(c.not_on_or_after is None for c in bearers) else []
    return (
        Found(text("The subject: {}.", joined("; ", problems)), message_evidence(context, "Subject"))
        if problems
        else PASSED
    )


@rule(
    id="assertion-unusual",
    title="Something in the assertion is unusual",
    remedy={
        Actor.IDP_ADMIN: "check how the application builds the assertion. A changed or wrapped assertion can be an attack."
    },
    docs=IAM_ASSERTIONS,
    severity=Severity.WARNING,
    needs=[Requirement.ASSERTION],
)
def assertion_unusual(context: RuleContext) -> Answer:
    """Is the assertion plain: one of it, no comments inside values, readable times?"""
    message = context.sign_in.message
    if message is None or message.assertion is None:
        return Skipped(_NO_ANSWER)
    notes = [*map(str, message.assertion.notes)]
    if (count := len(message.assertions)) > 1:
        notes.append(f"The response holds {count} assertions; AWS expects one, and the first was read.")
    return Found(shown(" ".join(notes)), message_evidence(context, "Assertion")) if notes else PASSED


@rule(
    verdict=Verdict.RESPONSE_REFUSED,
    remedy={
        Actor.AWS_ADMIN: "compare Role, provider, issuer and certificate with IAM (aws iam get-role, aws iam get-saml-provider); the checks that could not be made are listed below.",
        Actor.IDP_ADMIN: "compare what the application sends with AWS's page.",
    },
    docs=IAM_TROUBLESHOOT,
)
def response_refused(context: RuleContext) -> Answer:
    """Did AWS call the response invalid?

    "Your request included an invalid SAML response" has many causes; this is what remains when no check names one.
    """
    if says(context, AwsMessage.INVALID_RESPONSE, *_REFUSED):
        remedy = _REFUSED.get(context.sign_in.said, ()) if context.sign_in.said else ()
        return Found(
            text("AWS refuses the response: {}", verbatim(context.sign_in.said_text)),
            said_evidence(context),
            remedy=remedy,
        )
    return PASSED if was_accepted(context) else Skipped(_NO_ANSWER, MissingInput.ACCOUNT)


#: Texts that say more than 'invalid' (STS API reference, AssumeRoleWithSAML; the second was seen in public reports).
_REFUSED: dict[AwsMessage, Sequence[Action]] = {
    AwsMessage.ROLE_NOT_IN_RESPONSE: [
        person("start again from the identity provider's tile and choose one of the roles shown."),
        idp_admin("send the pair of the wanted role in the Role attribute."),
    ],
    AwsMessage.DAMAGED: [
        idp_admin(
            "find out what changes the response on its way (a proxy, a custom page, wrapped lines): the base64 text must arrive complete."
        ),
        person("try again without browser extensions."),
    ],
    AwsMessage.REGION_DISABLED: [
        aws_admin(
            "activate AWS STS in this Region (IAM console, Account settings), and make sure that no organization policy blocks it."
        ),
        idp_admin("or use the endpoint of another Region."),
    ],
    AwsMessage.POLICY_MALFORMED: [
        aws_admin(
            "STS was asked to use a session policy that it cannot read; a sign-in in a browser sends none, so check the tool that signed in."
        )
    ],
}


#: The formats that AWS names (IAM user guide, id_roles_providers_create_saml_assertions).
_NAME_ID_FORMATS = frozenset(
    (
        *(
            f"urn:oasis:names:tc:SAML:2.0:nameid-format:{name}"
            for name in ("persistent", "transient", "kerberos", "entity")
        ),
        *("urn:oasis:names:tc:SAML:1.1:nameid-format:" + name for name in ("emailAddress", "unspecified")),
        *(
            "urn:oasis:names:tc:SAML:1.1:nameid-format:" + name
            for name in ("X509SubjectName", "WindowsDomainQualifiedName")
        ),
        *("persistent", "transient", ""),
    )
)


@names_setting(Topic.NAME_ID)
@rule(
    id="name-id-format-unusual",
    title="The name ID has a format that AWS does not list",
    remedy={Actor.IDP_ADMIN: "set the name ID's format to persistent, transient, emailAddress or unspecified."},
    docs=IAM_ASSERTIONS,
    severity=Severity.INFO,
    needs=[Requirement.ASSERTION],
)
def name_id_format_unusual(context: RuleContext) -> Answer:
    """Does the name ID have one of the formats that AWS names?"""
    assertion = context.sign_in.assertion
    form = (assertion.name_id_format or "").strip() if assertion else ""
    if form in _NAME_ID_FORMATS:
        return PASSED
    return Found(text("The name ID has the format {}.", quoted(form)), message_evidence(context, "NameID Format"))


@rule(
    id="endpoint-in-trust-policy",
    title="The role's trust policy must list this endpoint",
    remedy={
        Actor.AWS_ADMIN: "list every sign-in endpoint in use in the condition SAML:aud of the role's trust policy, the regional and the /saml/acs/ ones too; for Connect's global endpoint write StringLike with /saml* at the end, because a query follows. The condition is compared with the Recipient, not with the Audience."
    },
    docs=CONNECT_SAML,
    severity=Severity.INFO,
)
def endpoint_in_trust_policy(context: RuleContext) -> Answer:
    """Does the sign-in use an endpoint that the usual trust policy does not list?

    AWS's example lists the global endpoint; with a regional one, one of its own for the provider (/saml/acs/…) or Global
    Resiliency's, SAML:aud must list that one too. A response that AWS took had what it needs.
    """
    posted_to = context.sign_in.posted_to
    if not is_endpoint(posted_to):
        return Skipped("The recording does not show the endpoint that the response was posted to.")
    special = endpoint_region(posted_to) is not None or "/acs/" in urls.split(posted_to).path
    if not special or was_accepted(context):
        return PASSED
    return Found(
        text("The response went to {}, which the role's trust policy must list.", was_posted_to(context)),
        message_evidence(context, was_posted_to(context)),
    )


#: The partition of an endpoint's or a console's host, by its ending (AWS General Reference; domains of the partitions).
_PARTITIONS = (
    (".aws.amazon.com", "aws"),
    (".amazonaws-us-gov.com", "aws-us-gov"),
    (".amazonaws.cn", "aws-cn"),
    (".c2shome.ic.gov", "aws-iso"),
    (".sc2shome.sgov.gov", "aws-iso-b"),
)


def _partition(url: str | None) -> str | None:
    host = "." + urls.split(url or "").host
    return next((partition for ending, partition in _PARTITIONS if host.endswith(ending)), None)


def _partitions(context: RuleContext) -> dict[str, str]:
    """Each partition that the sign-in names, with where."""
    sign_in = context.sign_in
    told = [
        ("the sign-in endpoint", _partition(sign_in.posted_to)),
        ("the relay state", _partition(sign_in.relay_state)),
    ]
    for pair in sign_in.roles:
        told += [
            (what, o[0])
            for what, arn in (("the role", pair.role), ("the SAML provider", pair.provider))
            if (o := arn_owner(arn))
        ]
    return {partition: where for where, partition in reversed(told) if partition}


@rule(
    id="partitions-differ",
    title="The sign-in mixes AWS partitions",
    remedy={
        Actor.IDP_ADMIN: "use endpoint, audience, role, provider and relay state of one partition. In GovCloud: https://signin.amazonaws-us-gov.com/saml, urn:amazon:webservices:govcloud, ARNs that begin with arn:aws-us-gov, and https://console.amazonaws-us-gov.com/connect/federate/INSTANCE-ID."
    },
    docs=CONNECT_SAML,
    severity=Severity.WARNING,
)
def partitions_differ(context: RuleContext) -> Answer:
    """Are endpoint, role, provider and relay state in the same AWS partition?

    AWS, AWS GovCloud (US) and AWS China do not know each other's accounts.
    """
    found = _partitions(context)
    if not found:
        return Skipped("Nothing in the sign-in names a partition.")
    if len(found) == 1 or context.sign_in.outcome is Outcome.OPENED:
        return PASSED
    parts = joined(", ", (text("{} is of {}", where, partition) for partition, where in sorted(found.items())))
    return Found(text("The sign-in mixes partitions: {}.", parts), message_evidence(context, parts))


@rule(
    id="partition-without-connect",
    title="The sign-in goes to a partition in which AWS lists no Amazon Connect",
    remedy={
        Actor.IDP_ADMIN: "use the endpoint and the role of the Connect instance's account: AWS's commercial Regions, or GovCloud."
    },
    docs=CONNECT_SAML,
    severity=Severity.WARNING,
)
def partition_without_connect(context: RuleContext) -> Answer:
    """Does the sign-in go to a partition that has Amazon Connect?

    AWS's own list of endpoints (botocore 1.43) names none in AWS China and the isolated partitions.
    """
    found = _partitions(context)
    if not found:
        return Skipped("Nothing in the sign-in names a partition.")
    without = sorted(p for p in found if p not in {"aws", "aws-us-gov"})
    if not without:
        return PASSED
    return Found(
        text("The partition of {} is {}, for which AWS lists no Amazon Connect.", found[without[0]], without[0]),
        message_evidence(context, without[0]),
    )


RULES = (
    assertion_not_yet_valid,
    assertion_expired,
    destination_wrong,
    recipient_wrong,
    audience_wrong,
    response_refused,
    response_too_large,
    subject_unusual,
    name_id_format_unusual,
    assertion_unusual,
    endpoint_in_trust_policy,
    partitions_differ,
    partition_without_connect,
)
