"""What only the AWS account can tell: the provider, the role, its permission, the instance, AWS's own record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from connect_saml_nb import urls
from connect_saml_nb.aws import cli
from connect_saml_nb.aws.arn import arn_of, arn_owner
from connect_saml_nb.aws.urls import global_sign_in
from connect_saml_nb.model.account import Denier
from connect_saml_nb.model.diagnosis import Relation
from connect_saml_nb.model.finding import Action, Actor, Command, EvidencePlace, MissingInput, Severity
from connect_saml_nb.model.saml import SESSION_DURATION, MessageState
from connect_saml_nb.model.signin import AwsMessage, Outcome
from connect_saml_nb.model.text import Phrase, bare, joined, quoted, text, verbatim
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.rules.account_facts import (
    assumed_events,
    federated_events,
    instance_account,
    instance_elsewhere,
    instance_facts,
    is_denied,
    is_reserved,
    looked_into,
    near_arns,
    place,
    provider_facts,
    role_facts,
    role_name,
    role_pair,
    told,
    unanswered,
)
from connect_saml_nb.rules.facts import (
    CONNECT_SAML,
    GLOBAL_RESILIENCY,
    IAM_ASSERTIONS,
    IAM_TROUBLESHOOT,
    TROUBLESHOOT,
    attribute,
    beyond_federation,
    message_evidence,
    said_evidence,
    says,
    was_accepted,
)
from connect_saml_nb.rules.federation_facts import Home, denied_words, find_denial, is_sure, near_misses
from connect_saml_nb.rules.rule import (
    EMERGENCY,
    PASSED,
    Answer,
    Found,
    Requirement,
    Skipped,
    aws_admin,
    connect_admin,
    idp_admin,
    person,
    rule,
)
from connect_saml_nb.rules.trust_facts import Trust, judge_trust, listed_endpoints

if TYPE_CHECKING:
    from connect_saml_nb.model.account import RoleFacts, Simulation, UserFacts
    from connect_saml_nb.model.diagnosis import RuleContext

CLOUDTRAIL = "https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html"
SIMULATOR = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html"
MAX_SESSION = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html"
ENCRYPTION = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_saml.html"
GET_PROVIDER = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetSAMLProvider.html"
DESCRIBE_INSTANCE = "https://docs.aws.amazon.com/connect/latest/APIReference/API_DescribeInstance.html"
DESCRIBE_USER = "https://docs.aws.amazon.com/connect/latest/APIReference/API_DescribeUser.html"

# --- the provider ------------------------------------------------------------------------------------------


@rule(
    verdict=Verdict.PROVIDER_MISSING,
    remedy={
        Actor.IDP_ADMIN: "correct the provider ARN in the Role attribute.",
        Actor.AWS_ADMIN: "compare it with the output of 'aws iam list-saml-providers' in the same account, and create the provider from the identity provider's metadata if it is not there.",
    },
    docs=IAM_TROUBLESHOOT,
)
def provider_missing(context: RuleContext) -> Answer:
    """Does the SAML provider named in the Role attribute exist in IAM?

    A misspelt or deleted provider gives "Specified provider doesn't exist."
    """
    pair = role_pair(context)
    wanted = pair.provider if pair else None
    if says(context, AwsMessage.PROVIDER):
        arns = ", ".join(sorted({p.provider for p in context.sign_in.roles if p.provider}))
        names = text(": {}", quoted(arns)) if arns else ""
        message = text("AWS says that the SAML provider does not exist{}.{}", names, _near_provider(context, wanted))
        return Found(message, said_evidence(context), commands=cli.list_providers())
    if was_accepted(context):
        return PASSED
    return _provider_in_account(context, wanted)


def _near_provider(context: RuleContext, wanted: str | None) -> Phrase:
    """The provider that may be meant, as a sentence with a space before it, or nothing."""
    there = context.evidence.provider_arns if context.evidence else None
    near = near_arns(wanted, there) if wanted and there and wanted not in there else ""
    return text(" {}.", near) if near else ""


def _provider_in_account(context: RuleContext, wanted: str | None) -> Answer:
    evidence = context.evidence
    asked = unanswered(context, "providers", "aws iam list-saml-providers")
    if evidence is None or wanted is None:
        return asked
    listed = evidence.provider_arns
    if (listed and wanted in listed) or any(p.arn == wanted for p in evidence.providers):
        return PASSED
    if not looked_into(evidence, arn_of(wanted)):
        return _other_account(context, wanted) or asked
    if listed is None and wanted not in evidence.providers_missing:
        return asked
    return Found(
        text("IAM has no SAML provider {}.{}", quoted(wanted), _near_provider(context, wanted)),
        (
            *message_evidence(context, text("Role {}", quoted(wanted))),
            *place(context, "ListSAMLProviders: not among them"),
        ),
        commands=cli.list_providers(),
    )


def _other_account(context: RuleContext, arn: str) -> Skipped | None:
    """The evidence is of another account than the ARN's."""
    accounts = context.evidence.accounts if context.evidence else ()
    named = arn_of(arn)
    if not accounts or named is None:
        return None
    return Skipped(
        text(
            "The evidence is of account {}, and the response names account {}.",
            joined(", ", map(bare, accounts[:3])),
            bare(named.account),
        ),
        MissingInput.ANSWER,
    )


@rule(
    id="provider-metadata-expired",
    title="The SAML provider's metadata has expired",
    remedy=[
        aws_admin("update the provider with the identity provider's current metadata (aws iam update-saml-provider)."),
        EMERGENCY,
    ],
    docs=GET_PROVIDER,
    severity=Severity.WARNING,
)
def provider_metadata_expired(context: RuleContext) -> Answer:
    """Was the metadata that IAM keeps of the provider valid at the time of the sign-in (ValidUntil)?"""
    provider = provider_facts(context)
    moment = context.sign_in.posted_at
    at = moment.time if moment else context.sign_in.started
    if provider is None or provider.valid_until is None:
        return unanswered(context, "provider", "aws iam get-saml-provider")
    if at is None:
        return Skipped("The recording does not say when the response was posted.")
    if at <= provider.valid_until:
        return PASSED
    return Found(
        text(
            "The metadata of the SAML provider was valid until {} UTC, and the sign-in was at {} UTC.",
            f"{provider.valid_until:%Y-%m-%d %H:%M}",
            f"{at:%Y-%m-%d %H:%M}",
        ),
        place(context, text("ValidUntil {} UTC", f"{provider.valid_until:%Y-%m-%d %H:%M}")),
    )


_OWN_ENDPOINT = re.compile(r"/saml/acs/(?P<id>[^/]+)/?")


def _endpoint_id(context: RuleContext) -> str:
    """The provider's ID in a provider-specific endpoint (`/saml/acs/ID`), or `""`."""
    found = _OWN_ENDPOINT.fullmatch(urls.split(context.sign_in.posted_to).path)
    return found["id"] if found else ""


@rule(
    id="provider-id-differs",
    title="The endpoint belongs to another SAML provider",
    remedy={
        Actor.IDP_ADMIN: "set the application's reply URL (ACS) to the endpoint with the provider's own ID, https://signin.aws.amazon.com/saml/acs/ID (in GovCloud https://signin.amazonaws-us-gov.com/saml/acs/ID); a provider that was recreated in IAM has a new ID.",
        Actor.AWS_ADMIN: "'aws iam get-saml-provider' shows the ID as SAMLProviderUUID.",
    },
    docs=IAM_ASSERTIONS,
)
def provider_id_differs(context: RuleContext) -> Answer:
    """Is the ID in the endpoint (/saml/acs/ID) that of the provider in the Role attribute?

    IAM gives a provider a new ID when it is deleted and created again.
    """
    provider, told_id = provider_facts(context), _endpoint_id(context)
    if not told_id:
        return Skipped("The response was not posted to an endpoint with a provider's ID (/saml/acs/ID).")
    if provider is None or not provider.uuid:
        return unanswered(context, "provider", "aws iam get-saml-provider")
    if told_id == provider.uuid:
        return PASSED
    return Found(
        text(
            "The response was posted to the endpoint of provider {}, and the provider in IAM is {}.",
            quoted(told_id),
            quoted(provider.uuid),
        ),
        place(context, text("SAMLProviderUUID {}", quoted(provider.uuid))),
        severity=Severity.WARNING if was_accepted(context) else None,
    )


@rule(
    id="provider-encryption-required",
    title="The SAML provider accepts only encrypted assertions",
    remedy={
        Actor.IDP_ADMIN: "encrypt the assertion with the certificate from the provider's AWS metadata and set the reply URL (ACS) to https://signin.aws.amazon.com/saml/acs/ID (in GovCloud https://signin.amazonaws-us-gov.com/saml/acs/ID), with the provider's own ID.",
        Actor.AWS_ADMIN: "or set the provider's assertion encryption mode to Allowed.",
    },
    docs=ENCRYPTION,
)
def provider_encryption_required(context: RuleContext) -> Answer:
    """Where the provider requires encryption, was an encrypted assertion posted to its own endpoint?"""
    provider, message = provider_facts(context), context.sign_in.message
    if message is None or not context.sign_in.posted_to:
        return Skipped("The recording does not show where a response was posted.")
    if provider is None:
        return unanswered(context, "provider", "aws iam get-saml-provider")
    encrypted = message.state is MessageState.ENCRYPTED or bool(message.decrypted)
    if provider.encryption != "Required" or (_endpoint_id(context) and encrypted):
        return PASSED
    if _endpoint_id(context):
        return _plain_assertion(context)
    return Found(
        text(
            "The provider's assertion encryption mode is Required, which needs the endpoint /saml/acs/{}, and the response was posted to {}.",
            provider.uuid or "ID",
            quoted(urls.mask(context.sign_in.posted_to)),
        ),
        place(context, "AssertionEncryptionMode Required"),
        severity=Severity.WARNING if was_accepted(context) else None,
    )


def _plain_assertion(context: RuleContext) -> Answer:
    """Posted to the provider's own endpoint, but not encrypted, as far as it can be read."""
    if context.sign_in.assertion is None:
        return Skipped("The response could not be read, so whether its assertion is encrypted is not known.")
    return Found(
        "The provider's assertion encryption mode is Required, and the assertion that was posted is not encrypted.",
        place(context, "AssertionEncryptionMode Required"),
        severity=Severity.WARNING if was_accepted(context) else None,
    )


# --- the role ----------------------------------------------------------------------------------------------


@rule(
    verdict=Verdict.ROLE_NOT_ASSUMABLE,
    remedy={
        Actor.AWS_ADMIN: "check that the role exists under exactly this name, and that its trust policy allows sts:AssumeRoleWithSAML to this SAML provider with SAML:aud listing exactly the endpoint in use (the Recipient); sts:TagSession is needed for session tags and sts:SetSourceIdentity for a source identity.",
        Actor.IDP_ADMIN: "send a NameID.",
    },
    docs=IAM_TROUBLESHOOT,
)
def role_not_assumable(context: RuleContext) -> Answer:
    """May the identity provider assume the role?

    "Not authorized to perform sts:AssumeRoleWithSAML": the role's name, its trust policy, or a missing NameID.
    """
    refused, trust = says(context, AwsMessage.NOT_AUTHORIZED), _trust(context)
    if was_accepted(context) and not refused:
        return PASSED
    proof = (*trust.causes, *_recorded_denial(context))
    if refused:
        return _refused_role(context, trust, (*proof, *_from_response(context)))
    pair = role_pair(context)
    if proof:
        role = quoted(pair.role if pair else None)
        message = text("AWS does not let this response assume the role {}: {}.", role, joined("; ", proof))
        return Found(
            message,
            place(context, text("GetRole {}", role)),
            remedy=_trust_remedy(context),
            commands=_trust_commands(context, trust),
        )
    if role_facts(context) is None:
        return (pair and pair.role and _wrong_account(context, pair.role)) or unanswered(
            context, "role", "aws iam get-role"
        )
    return Skipped(text("This cannot be judged here: {}.", joined("; ", trust.open))) if trust.open else PASSED


def _wrong_account(context: RuleContext, arn: str) -> Skipped | None:
    """A Skipped where the evidence is of another account than the role's."""
    evidence = context.evidence
    return None if evidence is None or looked_into(evidence, arn_of(arn)) else _other_account(context, arn)


def _refused_role(context: RuleContext, trust: Trust, causes: tuple[Phrase, ...]) -> Found:
    roles = joined(", ", (quoted(p.role) for p in context.sign_in.roles if p.role))
    answer = verbatim(context.sign_in.said_text)
    message = text("AWS refuses sts:AssumeRoleWithSAML for {}: {}", roles or "the role", answer)
    return Found(
        joined(" ", (message, _why_refused(context, trust, causes))),
        (*said_evidence(context), *_role_place(context)),
        remedy=_trust_remedy(context),
        commands=_trust_commands(context, trust),
    )


def _why_refused(context: RuleContext, trust: Trust, causes: tuple[Phrase, ...]) -> Phrase:
    """What the account shows of a role that AWS refused, as a sentence, or nothing."""
    if causes:
        return text("The cause: {}.", joined("; ", causes))
    if trust.open:
        conditions = joined("; ", trust.open)
        return text("The account does not show the cause. What cannot be judged here: {}.", conditions)
    if role_facts(context) is not None:
        return "The role's trust policy in the evidence lets this response in."
    return ""


def _role_place(context: RuleContext) -> tuple[EvidencePlace, ...]:
    role = role_facts(context)
    return place(context, text("GetRole {}", quoted(role.arn))) if role else ()


def _trust(context: RuleContext) -> Trust:
    """What IAM says of the role: not there, another name, a trust policy that refuses."""
    pair, role = role_pair(context), role_facts(context)
    wanted = pair.role if pair else None
    if context.evidence is None or wanted is None or pair is None:
        return Trust(())
    name = role_name(wanted)
    if role is None:
        gone = name in context.evidence.roles_missing and looked_into(context.evidence, arn_of(wanted))
        return Trust((text("IAM has no role {} in account {}", quoted(name), bare(_account(wanted))),) if gone else ())
    if role.arn != wanted:
        why = "it is capitalized differently" if role.arn.casefold() == wanted.casefold() else "the ARNs differ"
        return Trust((text("the role in IAM is {}: {}", quoted(role.arn), why),))
    if is_reserved(role.arn):
        return Trust(("roles of IAM Identity Center (AWSReservedSSO_…) cannot be assumed with a response",))
    return judge_trust(context, role, pair.provider)


def _account(arn: str) -> str:
    found = arn_of(arn)
    return found.account if found else "unknown"


def _from_response(context: RuleContext) -> tuple[str, ...]:
    """Causes that the response itself shows; they say why only where AWS says that it refused the role."""
    assertion, pair = context.sign_in.assertion, role_pair(context)
    causes = []
    if assertion is not None and not (assertion.name_id or "").strip():
        causes.append("the response has no NameID")
    if role_facts(context) is None and pair and is_reserved(pair.role):
        causes.append("roles of IAM Identity Center (AWSReservedSSO_…) cannot be assumed with a response")
    return tuple(causes)


def _recorded_denial(context: RuleContext) -> tuple[Phrase, ...]:
    events = assumed_events(context)
    if not events or any(not e.error_code for e in events):
        return ()
    return tuple(text("CloudTrail recorded {}", told(e)) for e in events if is_denied(e))[:1]


_LOOK_AT_ROLE = "check that the role exists under exactly this name (IAM > Roles), and that its trust policy (Trust relationships) allows sts:AssumeRoleWithSAML to {} with SAML:aud listing {}, the endpoint in use; sts:TagSession is needed for session tags and sts:SetSourceIdentity for a source identity."
_SEND_NAME_ID = idp_admin("send a NameID.")


def _trust_remedy(context: RuleContext) -> list[Action]:
    """The rule's remedy with this sign-in's values; another one for a role that cannot be changed."""
    pair = role_pair(context)
    if pair is None or pair.role is None or pair.provider is None:
        return []
    if not is_reserved(pair.role):
        endpoints = listed_endpoints(context) or _default_endpoint(pair.role)
        return [aws_admin(_LOOK_AT_ROLE, quoted(pair.provider), joined(" or ", map(quoted, endpoints))), _SEND_NAME_ID]
    return [
        idp_admin(
            "send a role of your own. {} belongs to IAM Identity Center, which alone may use and change it.",
            quoted(role_name(pair.role)),
        ),
        aws_admin("create that role (IAM > Roles > Create role > SAML 2.0 federation) and let it trust the provider."),
    ]


def _trust_commands(context: RuleContext, trust: Trust) -> tuple[Command, ...]:
    """Commands that put into the trust policy what is missing; where it was not seen, only the one that shows it."""
    pair, role = role_pair(context), role_facts(context)
    if pair is None or pair.role is None or pair.provider is None or not role_name(pair.role) or is_reserved(pair.role):
        return ()
    if role is None and trust.causes:  # the role is not there: nothing can be changed of it
        return ()
    name = role.name if role else role_name(pair.role)
    if not _may_let_in(context, pair.role, pair.provider):
        return (*cli.show_trust(name), *cli.list_providers())
    if role is None or role.trust is None or not (trust.actions or trust.endpoints):
        return cli.show_trust(name)
    endpoints = trust.endpoints or (_default_endpoint(pair.role) if cli.ASSUME in trust.actions else ())
    patched = cli.patched_trust(role.trust.document, pair.provider, endpoints, trust.actions)
    return cli.update_trust(name, patched) if patched else cli.show_trust(name)


def _may_let_in(context: RuleContext, role: str, provider: str) -> bool:
    """Whether a trust policy may be changed for the provider that the response names: the response may be wrong.

    It is where the provider is another account's, is not there, or is written in another letter case than the one that
    the role trusts.
    """
    if arn_owner(role) != arn_owner(provider) or isinstance(_provider_in_account(context, provider), Found):
        return False
    facts = role_facts(context)
    trusted = [v for s in (facts.trust.statements if facts and facts.trust else ()) for _, v in s.principals]
    return provider in trusted or provider.casefold() not in {v.casefold() for v in trusted}


def _default_endpoint(role: str) -> tuple[str, ...]:
    """The global sign-in endpoint of the role's partition."""
    owner = arn_owner(role)
    hosts = {"aws-us-gov": "signin.amazonaws-us-gov.com", "aws-cn": "signin.amazonaws.cn"}
    return (f"https://{hosts.get(owner[0] if owner else '', 'signin.aws.amazon.com')}/saml",)


@rule(
    id="session-duration-long",
    title="The SessionDuration is longer than the role's maximum",
    remedy={
        Actor.IDP_ADMIN: "send a SessionDuration of at most the role's maximum, or none.",
        Actor.AWS_ADMIN: "or raise the role's maximum session duration (aws iam update-role --max-session-duration, at most 43200).",
    },
    docs=MAX_SESSION,
    severity=Severity.WARNING,
    needs=[Requirement.ASSERTION],
)
def session_duration_long(context: RuleContext) -> Answer:
    """Is the SessionDuration within the role's maximum session duration?

    AWS ties "Requested DurationSeconds exceeds MaxSessionDuration" to its API; whether it stops a sign-in in the
    browser is not documented.
    """
    sent, role = attribute(context, SESSION_DURATION), role_facts(context)
    value = sent.values[0].strip() if sent and sent.values else ""
    if sent is None:
        return PASSED
    if not re.fullmatch(r"[0-9]{1,9}", value):
        return Skipped("The SessionDuration is not a number.")
    if role is None or role.max_session_duration is None:
        return unanswered(context, "role", "aws iam get-role")
    if int(value) <= role.max_session_duration:
        return PASSED
    return Found(
        text("The SessionDuration is {} seconds, and the role's maximum is {}.", value, role.max_session_duration),
        (
            *message_evidence(context, text("SessionDuration {}", value)),
            *place(context, text("MaxSessionDuration {}", role.max_session_duration)),
        ),
        severity=Severity.INFO if was_accepted(context) else None,
    )


# --- the permission to federate ----------------------------------------------------------------------------


_PERMISSION = aws_admin(
    "allow connect:GetFederationToken on this instance in a policy of the role that was assumed (IAM > Roles > the role > "
    "Add permissions); check the account, Region and instance ID in its Resource, and look for a permissions boundary or "
    "organization policy that denies it. {}",
    cli.TEMPLATE_NOTE,
)


@rule(
    verdict=Verdict.FEDERATION_DENIED,
    remedy=[_PERMISSION],
    docs=TROUBLESHOOT,
)
def federation_denied(context: RuleContext) -> Answer:
    """May the role call connect:GetFederationToken on the instance?

    "Access denied, Please contact your AWS account administrator for assistance." The response itself was good.
    """
    if says(context, AwsMessage.FEDERATION_DENIED):
        role = _role(context)
        why = joined(" ", filter(None, (_simulated_words(context), *_near_misses(context), _boundary_hint(context))))
        return Found(
            text(
                "The role {} may not call connect:GetFederationToken on the instance.{}",
                quoted(role) if role else "that was assumed",
                text(" {}", why) if why else "",
            ),
            (*said_evidence(context), *_simulation_places(context)),
            remedy=_permission_remedy(context, role),
            commands=_policy_commands(context, role),
        )
    if beyond_federation(context):
        return PASSED
    return _federation_in_account(context)


def _federation_in_account(context: RuleContext) -> Answer:
    events = federated_events(context)
    if any(not e.error_code for e in events):
        return PASSED
    denied = next((e for e in events if is_denied(e)), None)
    if denied:
        message = text("CloudTrail recorded that connect:GetFederationToken was denied: {}.", told(denied))
        return _not_allowed(context, message, sure=True)
    user, home = _simulations(context)
    if user is None:
        near = _near_misses(context)
        if near:
            return _not_allowed(context, joined(" ", near), sure=False)
        return unanswered(context, "simulation", "aws iam simulate-principal-policy")
    if user.decision == "allowed":
        return PASSED
    surely = is_sure(user) and (home is not None and home.decision != "allowed" and is_sure(home))
    open_ = "" if surely else _open_words(user, home)
    return _not_allowed(
        context,
        joined(" ", (text("{}{}", _simulated_words(context), open_), *_near_misses(context))),
        sure=surely,
    )


def _not_allowed(context: RuleContext, message: Phrase, *, sure: bool) -> Found:
    return Found(
        message,
        _simulation_places(context) or _role_place(context),
        remedy=_permission_remedy(context, _role(context)),
        commands=_policy_commands(context, _role(context)),
        severity=None if sure else Severity.WARNING,
        supports_verdict=sure,
    )


def _open_words(user: Simulation, home: Simulation | None) -> Phrase:
    if not is_sure(user):
        return text(" The simulation lacked {}, so this is no proof.", quoted(", ".join(user.missing_context[:5])))
    if home is None:
        return " Only one form of the resource was simulated, so this is no proof."
    return " On the instance itself, without /user/…, the simulation allows it, so this is no proof."


def _simulations(context: RuleContext) -> tuple[Simulation | None, Simulation | None]:
    """AWS's simulation for this role, instance and person: of the resource with the user, and of the instance alone."""
    sign_in, role, name = context.sign_in, role_facts(context), context.sign_in.role_session_name
    if context.evidence is None or not sign_in.instance_id or not name:
        return None, None
    pair = role_pair(context)
    arns = {"", role.arn if role else "", (pair.role or "") if pair else ""}
    end = f":instance/{sign_in.instance_id}".casefold()
    ours = [
        s
        for s in context.evidence.simulations
        if (s.role in arns if s.role else _is_of(s, role))
        and s.action.casefold() == cli.ACTION.casefold()
        and _in_region(s.resource, sign_in.region)
    ]
    user = next(
        (s for s in ours if f"{end}/user/" in s.resource.casefold() and s.resource.endswith(f":{name}")),
        None,
    )
    return user, next((s for s in ours if s.resource.casefold().endswith(end)), None)


def _is_of(simulation: Simulation, role: RoleFacts | None) -> bool:
    """Whether a simulation that does not say its role may be of this one: the role's ID stands in the resource."""
    return role is None or "/user/" not in simulation.resource or f"/user/{role.role_id}:" in simulation.resource


def _in_region(resource: str, region: str | None) -> bool:
    found = arn_of(resource)
    return found is not None and (region is None or found.region == region)


def _simulated_words(context: RuleContext) -> Phrase:
    user, _ = _simulations(context)
    if user is None:
        return ""
    if user.decision == "allowed":
        return "AWS's simulation of the role's policies in the evidence allows it; the live account can differ."
    role = role_facts(context)
    return text(
        "AWS's simulation denies connect:GetFederationToken: {}.", denied_words(user, role.boundary if role else "")
    )


def _boundary_hint(context: RuleContext) -> Phrase:
    role = role_facts(context)
    return text("The role has a permissions boundary: {}.", quoted(role.boundary)) if role and role.boundary else ""


def _simulation_places(context: RuleContext) -> tuple[EvidencePlace, ...]:
    found = [s for s in _simulations(context) if s]
    return tuple(p for s in found for p in place(context, text("{} on {}", bare(s.decision), quoted(s.resource))))


def _near_misses(context: RuleContext) -> tuple[Phrase, ...]:
    role, home = role_facts(context), _home(context)
    return near_misses(role, home) if role and home else ()


def _home(context: RuleContext) -> Home | None:
    """The instance as a policy must name it; the account is the role's (one account in all of AWS's examples)."""
    role, sign_in = arn_of(_role(context)), context.sign_in
    if role is None or not sign_in.instance_id or not sign_in.region:
        return None
    facts = role_facts(context)
    user = f"{(facts and facts.role_id) or 'ROLE-ID'}:{sign_in.role_session_name or 'NAME'}"
    return Home(role.partition, sign_in.region, role.account, sign_in.instance_id, user)


def _role(context: RuleContext) -> str | None:
    """The assumed role's ARN, where it is known."""
    pair = role_pair(context)
    return pair.role if pair else None


_DENIED_BY = {
    Denier.ORGANIZATION: "an organization policy (service control policy){} denies it, not the role: ask who manages the AWS organization to allow connect:GetFederationToken (AWS Organizations > Policies). Another permission of the role does not help.",
    Denier.BOUNDARY: "the role's permissions boundary{} denies it: let who set it add connect:GetFederationToken to it (IAM > Roles > the role > Permissions boundary). Another permission of the role does not help.",
    Denier.STATEMENT: "a policy denies it explicitly{}: take connect:GetFederationToken on this instance out of that statement. Another permission of the role does not help.",
}


def _permission_remedy(context: RuleContext, role: str | None) -> list[Action]:
    """What to do instead of the rule's own remedy, where another permission is not what is missing."""
    return [*_other_place(context, role), *_denial_remedy(context)]


def _denial_remedy(context: RuleContext) -> list[Action]:
    said = " ".join((context.sign_in.said_text or "", *(e.error_message for e in federated_events(context))))
    simulation, role, home = _simulations(context)[0], role_facts(context), _home(context)
    certain = find_denial(simulation if simulation and is_sure(simulation) else None, role, home, said)
    denial = certain or find_denial(simulation, role, home, said)
    condition = "" if certain else "if the simulation is right"
    return [aws_admin(_DENIED_BY[denial.denier], denial.which, condition=condition)] if denial else []


def _other_place(context: RuleContext, role: str | None) -> list[Action]:
    """What comes first where the case shows that the role or the instance is not the right one."""
    owner, account = arn_owner(role), instance_account(context)
    if owner and account and owner[1] != account:
        return [_other_role(context, account)]
    if is_reserved(role):
        return [
            aws_admin(
                "the role belongs to IAM Identity Center: allow connect:GetFederationToken on this instance in its permission set (IAM Identity Center > Permission sets) and provision it again. IAM refuses to change the role itself. {}",
                cli.TEMPLATE_NOTE,
            )
        ]
    if context.relation is Relation.OTHER and context.exact and context.users:
        has = joined(" ", map(bare, filter(None, (context.users.instance_id, context.users.region))))
        claim = "correct the instance ID and Region in the application's relay state: {} is a user of instance {}."
        return [idp_admin(claim, quoted(context.exact.username), has)]
    elsewhere = instance_elsewhere(context)
    if elsewhere:
        return [idp_admin("correct the instance ID and Region in the application's relay state. {}", elsewhere)]
    return []


def _other_role(context: RuleContext, account: str) -> Action:
    offered = [p.role for p in context.sign_in.roles if (owner := arn_owner(p.role)) and owner[1] == account]
    if offered:
        return person("choose the role {} in account {}, the instance's own.", quoted(offered[0]), bare(account))
    return idp_admin("send a role of account {}, the instance's own.", bare(account))


def _policy_commands(context: RuleContext, role: str | None) -> tuple[Command, ...]:
    """Commands that give the role the permission; none where that is not what is missing, or a value is not known."""
    arn, name = arn_of(role), role_name(role)
    instance, region = context.sign_in.instance_id, context.sign_in.region
    if not arn or not name or not instance or not region or _permission_remedy(context, role):
        return ()
    here = instance_facts(context)
    if global_sign_in(context.sign_in.posted_to) or (here and here.replication):
        policy = cli.global_federation_policy(instance)
    else:
        policy = cli.federation_policy(arn.partition, region, arn.account, instance)
    inline = cli.put_role_policy(name, instance, policy)
    return (*inline, *cli.create_and_attach(name, arn.partition, arn.account, instance, policy))


# --- the instance ------------------------------------------------------------------------------------------

_NOT_SAML = {
    "CONNECT_MANAGED": "usernames and passwords stored in Connect",
    "EXISTING_DIRECTORY": "an existing directory (AWS Directory Service)",
}


@rule(
    verdict=Verdict.NOT_SAML_INSTANCE,
    remedy={
        Actor.CONNECT_ADMIN: "an instance's identity management cannot be changed after the instance is created; create a new instance that uses SAML 2.0, or sign in the way this instance supports."
    },
    docs=CONNECT_SAML,
)
def not_saml_instance(context: RuleContext) -> Answer:
    """Was the instance made with SAML as its identity management?

    Instances with Connect's own directory or an existing directory do not take SAML sign-ins.
    """
    if beyond_federation(context) and context.sign_in.outcome is Outcome.OPENED and context.sign_in.message:
        return PASSED
    instance = instance_facts(context)
    if instance is None or not instance.management_type:
        return unanswered(context, "instance", "aws connect describe-instance shows IdentityManagementType")
    if instance.management_type not in _NOT_SAML:
        known = instance.management_type == "SAML"
        return (
            PASSED
            if known
            else Skipped(text("The identity management {} is not known.", quoted(instance.management_type)))
        )
    return Found(
        text(
            "The instance {} in {} was created for {}, not for SAML.",
            instance.id,
            instance.region,
            _NOT_SAML[instance.management_type],
        ),
        place(context, text("IdentityManagementType {}", instance.management_type)),
        commands=cli.describe_instance(instance.id, instance.region),
    )


@rule(
    id="instance-not-active",
    title="The instance is not active",
    remedy=[
        connect_admin(
            "check the instance in the Amazon Connect console: wait while it is being created, and create it again if its creation failed."
        ),
        EMERGENCY,
    ],
    docs=DESCRIBE_INSTANCE,
)
def instance_not_active(context: RuleContext) -> Answer:
    """Is the instance's status ACTIVE?"""
    instance = instance_facts(context)
    if instance is None or not instance.status:
        return unanswered(context, "instance", "aws connect describe-instance")
    if instance.status == "ACTIVE":
        return PASSED
    return Found(
        text("The instance's status is {}.", quoted(instance.status)),
        place(context, text("InstanceStatus {}", quoted(instance.status))),
        commands=cli.describe_instance(instance.id, instance.region),
    )


@rule(
    id="replication-differs",
    title="The sign-in does not fit the instance's replication",
    remedy={
        Actor.IDP_ADMIN: "for a Global Resiliency instance set the application's reply URL (ACS) to its global sign-in endpoint (GlobalSignInEndpoint of aws connect describe-instance), with its query as AWS documents it.",
        Actor.CONNECT_ADMIN: "wait until the replication is complete in both Regions, or find out why it failed.",
    },
    docs=GLOBAL_RESILIENCY,
    severity=Severity.WARNING,
)
def replication_differs(context: RuleContext) -> Answer:
    """Global Resiliency: is the instance's replication complete, and does the sign-in use its global endpoint?

    Agents move to the other Region only where the global sign-in endpoint is used.
    """
    instance = instance_facts(context)
    if instance is None:
        return unanswered(context, "instance", "aws connect describe-instance")
    replication, asked = instance.replication, global_sign_in(context.sign_in.posted_to)
    if replication is None:
        if asked is None and instance.described:
            return PASSED
        return Skipped(
            "The evidence does not say how the instance is replicated (aws connect describe-instance shows it).",
            MissingInput.ANSWER,
        )
    problems = [
        text("the replication in {} is {}", bare(r), bare(s))
        for r, s in replication.statuses
        if s != "INSTANCE_REPLICATION_COMPLETE"
    ]
    own = urls.split(replication.global_sign_in_endpoint).host
    if asked is None and own and context.sign_in.posted_to:
        problems.append(
            text(
                "the response went to {}, not to the global sign-in endpoint",
                quoted(urls.mask(context.sign_in.posted_to)),
            )
        )
    if asked is not None and own and urls.split(context.sign_in.posted_to).host != own:
        problems.append(text("the response went to another global endpoint than the instance's own, {}", quoted(own)))
    if not problems:
        return PASSED
    return Found(
        text("{}.", joined("; ", problems).capitalized()),
        place(context, text("ReplicationConfiguration, source {}", bare(replication.source_region))),
    )


# --- CloudTrail, users -------------------------------------------------------------------------------------


@rule(
    id="cloudtrail-refused",
    title="CloudTrail recorded that AWS refused this assertion",
    remedy={Actor.AWS_ADMIN: "the recorded error says why; compare it with the other findings."},
    docs=CLOUDTRAIL,
    needs=[Requirement.ASSERTION],
)
def cloudtrail_refused(context: RuleContext) -> Answer:
    """Did AWS's own record (CloudTrail, AssumeRoleWithSAML) accept this assertion, found by its ID?"""
    events = assumed_events(context)
    if any(not e.error_code for e in events):
        return PASSED
    if not events:
        return unanswered(
            context, "cloudtrail", "aws cloudtrail lookup-events (AssumeRoleWithSAML; events appear after some minutes)"
        )
    return Found(
        text("CloudTrail recorded {}.", told(events[0])),
        place(context, text("AssumeRoleWithSAML {}", quoted(events[0].event_id))),
    )


@rule(
    id="cloudtrail-federation-failed",
    title="CloudTrail recorded that Connect's federation failed",
    remedy={
        Actor.AWS_ADMIN: "the recorded error says why: AccessDenied is the role's permission, UserNotFoundException the Connect user."
    },
    docs=CLOUDTRAIL,
    needs=[Requirement.NAME],
)
def cloudtrail_federation_failed(context: RuleContext) -> Answer:
    """Did Connect's federation (CloudTrail, GetFederationToken of connect.amazonaws.com) of this person succeed?"""
    events = federated_events(context)
    if any(not e.error_code for e in events):
        return PASSED
    if not events:
        return unanswered(
            context, "cloudtrail", "aws cloudtrail lookup-events (GetFederationToken; events appear after some minutes)"
        )
    return Found(
        text("CloudTrail recorded {}.", told(events[0])),
        place(context, text("GetFederationToken {}", quoted(events[0].event_id))),
    )


@rule(
    id="role-used-before",
    title="The person signed in through another role earlier",
    remedy={
        Actor.AWS_ADMIN: "since 17 March 2023 a user may sign in through several roles; check that the roles lead to the same instance and that both have the permission connect:GetFederationToken."
    },
    docs=CONNECT_SAML,
    severity=Severity.INFO,
    needs=[Requirement.NAME],
)
def role_used_before(context: RuleContext) -> Answer:
    """Do CloudTrail's earlier sign-ins of this person go through the same role?"""
    pair, name, started = role_pair(context), context.sign_in.role_session_name, context.sign_in.started
    events = context.evidence.events if context.evidence else ()
    earlier = [
        e
        for e in events
        if e.role_session_name == name and e.role and not e.error_code and e.time and started and e.time < started
    ]
    if pair is None or pair.role is None or not earlier:
        return unanswered(context, "cloudtrail", "aws cloudtrail lookup-events (AssumeRoleWithSAML)")
    other = next((e for e in earlier if e.role != pair.role), None)
    if other is None:
        return PASSED
    return Found(
        text(
            "{} signed in through {} at {} UTC, and now through {}.",
            quoted(name),
            quoted(other.role),
            f"{other.time:%Y-%m-%d %H:%M}",
            quoted(pair.role),
        ),
        place(context, text("AssumeRoleWithSAML {}", quoted(other.role))),
    )


@rule(
    id="users-same-person",
    title="Two Connect users have the same first and last name",
    remedy={
        Actor.CONNECT_ADMIN: "find out whether both belong to the same person, and which of the two is in use.",
        Actor.IDP_ADMIN: "send exactly that username as RoleSessionName. Remove the other one only if nothing depends on it: deleting a user cannot be undone.",
    },
    docs=DESCRIBE_USER,
    severity=Severity.INFO,
    needs=[Requirement.NAME],
)
def users_same_person(context: RuleContext) -> Answer:
    """Do the users that could be meant belong to different persons, by the first and last names that Connect has?"""
    described = context.evidence.users if context.evidence else ()
    if not described:
        return unanswered(context, "users", "aws connect search-users, aws connect describe-user")
    people: dict[tuple[str, str], list[UserFacts]] = {}
    for user in described:
        if user.first_name and user.last_name:
            people.setdefault((user.first_name.casefold(), user.last_name.casefold()), []).append(user)
    group = next((g for g in people.values() if len(g) > 1), None)
    if group is None:
        return PASSED
    names = joined(" and ", (_described(user) for user in group[:5]))
    return Found(text("{} have the same name.", names), place(context, "IdentityInfo"))


def _described(user: UserFacts) -> Phrase:
    directory = text(", DirectoryUserId {}", quoted(user.directory_user_id)) if user.directory_user_id else ""
    return text("{} ({} {}{})", quoted(user.username), quoted(user.first_name), quoted(user.last_name), directory)


RULES = (
    federation_denied,
    not_saml_instance,
    instance_not_active,
    replication_differs,
    provider_missing,
    provider_metadata_expired,
    provider_id_differs,
    provider_encryption_required,
    role_not_assumable,
    session_duration_long,
    cloudtrail_refused,
    cloudtrail_federation_failed,
    role_used_before,
    users_same_person,
)
