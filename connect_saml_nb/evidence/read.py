"""Raw answers become one Evidence. The only reader: live answers and saved ones take the same way. Never raises."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote

from connect_saml_nb.aws.arn import arn_of
from connect_saml_nb.aws.times import time_of
from connect_saml_nb.evidence.raw import (
    CALLER,
    MISSING,
    PART_OF,
    PARTS,
    RawAnswer,
    event_of,
    is_sign_in_event,
    object_of,
    rows_of,
    text_of,
    texts_of,
    word_of,
)
from connect_saml_nb.model.account import (
    Condition,
    Evidence,
    InstanceFacts,
    Policy,
    ProviderFacts,
    Refusal,
    Replication,
    RoleFacts,
    Simulation,
    Statement,
    TrailEvent,
    TrailSearch,
    UserFacts,
)
from connect_saml_nb.model.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from connect_saml_nb.model import JsonObject

T = TypeVar("T")
_METADATA_LIMIT = 10_000_000  # GetSAMLProvider in the service model: SAMLMetadataDocument up to 10,000,000


def read_answers(answers: Iterable[RawAnswer], source: str, notes: Sequence[str] = ()) -> Evidence:
    """Make evidence of raw answers; `source` is what to call it, `notes` what the reader of a folder has to say.

    >>> read_answers([], "nothing").not_asked[:2]
    ('instance', 'instances')
    """
    every = tuple(answers)
    good = tuple(a for a in every if not a.error)
    roles, loose = _roles(good)
    times = [a.time for a in every if a.time]
    return Evidence(
        source=source,
        retrieved=max(times) if times else None,
        accounts=_accounts(good),
        instances=_merged(_each(good, "connect:ListInstances", _listed), _each(good, "connect:DescribeInstance", _one)),
        regions_searched=_regions_searched(good),
        instances_missing=_pairs(every, "connect:DescribeInstance", "InstanceId"),
        roles=roles,
        roles_missing=_missing(every, "iam:GetRole", "RoleName"),
        providers=_unique(_each(good, "iam:GetSAMLProvider", _provider)),
        provider_arns=_provider_arns(good),
        providers_missing=_missing(every, "iam:GetSAMLProvider", "SAMLProviderArn"),
        simulations=_unique(_each(good, "iam:SimulatePrincipalPolicy", _simulations)),
        users=_users(good),
        events=_unique(_each(good, "cloudtrail:LookupEvents", _events)),
        searches=_searches(good),
        refused=_unique(_refusal(a) for a in every if a.problem and (a.error not in MISSING or not a.parameters)),
        not_asked=_not_asked(every),
        notes=(*notes, *loose),
    )


def _of(answers: Iterable[RawAnswer], operation: str) -> list[RawAnswer]:
    return [a for a in answers if a.operation == operation]


def _each(answers: Iterable[RawAnswer], operation: str, read: Callable[[RawAnswer], Iterable[T]]) -> list[T]:
    return [value for answer in _of(answers, operation) for value in read(answer)]


def _unique(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def _not_asked(answers: Iterable[RawAnswer]) -> tuple[str, ...]:
    parts = {PART_OF.get(a.operation) for a in answers}
    return tuple(part for part in PARTS if part not in parts)


def _refusal(answer: RawAnswer) -> Refusal:
    return Refusal(PART_OF.get(answer.operation, ""), answer.operation, answer.problem)


def _missing(answers: Iterable[RawAnswer], operation: str, parameter: str) -> tuple[str, ...]:
    missing = [text_of(a.parameters.get(parameter)) for a in _of(answers, operation) if a.error in MISSING]
    return _unique(name for name in missing if name)


def _pairs(answers: Iterable[RawAnswer], operation: str, parameter: str) -> tuple[tuple[str, str], ...]:
    missing = [(text_of(a.parameters.get(parameter)), a.region) for a in _of(answers, operation) if a.error in MISSING]
    return _unique(pair for pair in missing if all(pair))


def _accounts(answers: Sequence[RawAnswer]) -> tuple[str, ...]:
    """The accounts that IAM's answers are of: what is not in one of them was not looked for."""
    accounts = [text_of(a.body.get("Account")) for a in _of(answers, CALLER)]
    arns = [text_of(object_of(a.body.get("Role")).get("Arn")) for a in _of(answers, "iam:GetRole")]
    arns += [arn for a in _of(answers, "iam:ListSAMLProviders") for arn in _listed_providers(a)]
    accounts += [found.account for arn in arns if (found := arn_of(arn))]
    return _unique(account for account in accounts if re.fullmatch(r"\d{12}", account))


# --- instances ---------------------------------------------------------------------------------------------


def _listed(answer: RawAnswer) -> Iterator[InstanceFacts]:
    for row in rows_of(answer.body.get("InstanceSummaryList")):
        yield _instance(row, answer.region)


def _one(answer: RawAnswer) -> Iterator[InstanceFacts]:
    row = object_of(answer.body.get("Instance"))
    facts = _instance(row, answer.region)
    name = "ReplicationConfiguration"  # beside the instance, in saved answers also inside it
    replication = object_of(answer.body.get(name)) or object_of(row.get(name))
    if facts.id:
        yield replace(facts, replication=_replication(replication) if replication else None, described=True)


def _instance(row: JsonObject, region: str) -> InstanceFacts:
    arn = text_of(row.get("Arn"))
    parts = arn_of(arn)
    home = parts if parts and parts.instance_id else None
    return InstanceFacts(
        id=text_of(row.get("Id")) or (home.instance_id if home else ""),
        arn=arn,
        region=home.region if home else word_of(region),
        account=home.account if home else "",
        alias=text_of(row.get("InstanceAlias")),
        management_type=word_of(row.get("IdentityManagementType")),
        status=word_of(row.get("InstanceStatus")),
        access_url=text_of(row.get("InstanceAccessUrl")),
    )


def _replication(found: JsonObject) -> Replication:
    rows = rows_of(found.get("ReplicationStatusSummaryList"))
    return Replication(
        source_region=word_of(found.get("SourceRegion")),
        global_sign_in_endpoint=text_of(found.get("GlobalSignInEndpoint")),
        statuses=tuple((word_of(r.get("Region")), word_of(r.get("ReplicationStatus"))) for r in rows),
    )


def _merged(listed: Iterable[InstanceFacts], described: Iterable[InstanceFacts]) -> tuple[InstanceFacts, ...]:
    """Each instance once; what DescribeInstance says is more."""
    found = {(i.id.casefold(), i.region): i for i in listed if i.id}
    return tuple((found | {(i.id.casefold(), i.region): i for i in described if i.id}).values())


def _regions_searched(answers: Sequence[RawAnswer]) -> tuple[str, ...]:
    """The Regions whose instances were listed to the end: the last page has no NextToken."""
    last = [a for a in _of(answers, "connect:ListInstances") if not a.body.get("NextToken")]
    regions = [a.region or next((i.region for i in _listed(a)), "") for a in last]
    return _unique(region for region in regions if region)


# --- policies and roles ------------------------------------------------------------------------------------


def _policy(name: str, raw: object, arn: str = "") -> Policy:
    """A policy document: parsed already, as JSON text, or URL-encoded as IAM's own API gives it."""
    document = _document(raw)
    if document is None:
        return Policy(name, (), "", arn, "The policy document is no JSON that can be read.")
    text = json.dumps(document)
    if len(text) > _POLICY_LIMIT:
        return Policy(name, (), "", arn, "The policy is larger than IAM takes.")
    found = document.get("Statement")
    rows = rows_of(found if isinstance(found, list) else [found], 1000)
    return Policy(name, tuple(map(_statement, rows)), text, arn, None if rows else "The policy has no statement.")


#: IAM takes 10,240 characters at most, white space not counted (IAM user guide, "IAM and AWS STS quotas").
_POLICY_LIMIT = 40_000
_MOST_ROLES, _MOST_POLICIES = 50, 200


def _document(raw: object) -> JsonObject | None:
    if isinstance(raw, str):
        try:
            raw = json.loads(unquote(raw) if raw.lstrip()[:1] == "%" else raw)
        except (ValueError, RecursionError):
            return None
    return raw if isinstance(raw, dict) else None


def _statement(row: JsonObject) -> Statement:
    return Statement(
        effect=text_of(row.get("Effect")),
        actions=texts_of(row.get("Action")),
        resources=texts_of(row.get("Resource")),
        principals=tuple(_principals(row.get("Principal"))),
        conditions=tuple(_conditions(row.get("Condition"))),
        inverted=tuple(name for name in ("NotAction", "NotResource", "NotPrincipal") if name in row),
        sid=text_of(row.get("Sid")),
    )


def _principals(raw: object) -> Iterator[tuple[str, str]]:
    if isinstance(raw, str):
        yield "*", text_of(raw)
    for kind, values in object_of(raw).items():
        yield from ((text_of(kind), value) for value in texts_of(values))


def _conditions(raw: object) -> Iterator[Condition]:
    for operator, keys in object_of(raw).items():
        for key, values in object_of(keys).items():
            rows = values if isinstance(values, list) else [values]
            plain = [json.dumps(v) if isinstance(v, bool | int | float) else v for v in rows[:1000]]
            yield Condition(text_of(operator), text_of(key), texts_of(plain))


def _roles(answers: Sequence[RawAnswer]) -> tuple[tuple[RoleFacts, ...], tuple[str, ...]]:
    """The roles with their policies, and notes on policies that belong to no role here."""
    roles = _unique(_each(answers, "iam:GetRole", _role))[:_MOST_ROLES]
    names = {role.name for role in roles}
    notes: list[str] = []
    full = [_with_policies(role, answers, alone=len(roles) == 1) for role in roles]
    for answer in answers:
        of = text_of(answer.parameters.get("RoleName")) or text_of(answer.body.get("RoleName"))
        if PART_OF.get(answer.operation) == "policies" and ((of and of not in names) or (not of and len(roles) != 1)):
            notes.append(f"{_called(answer)} is left out: there is no answer of get-role that it can belong to.")
    return tuple(full), _unique(notes) if len(notes) < _MANY else (*_unique(notes[:_MANY]), "There are more like it.")


_MANY = 10


def _called(answer: RawAnswer) -> str:
    return answer.name or f"An answer of {answer.operation}"


def _role(answer: RawAnswer) -> Iterator[RoleFacts]:
    row = object_of(answer.body.get("Role"))
    arn = text_of(row.get("Arn"))
    parts = arn_of(arn)
    name = text_of(row.get("RoleName")) or (parts.name if parts and parts.is_role else "")
    if not name:
        return
    longest, trust = row.get("MaxSessionDuration"), row.get("AssumeRolePolicyDocument")
    yield RoleFacts(
        arn=arn,
        name=name,
        role_id=text_of(row.get("RoleId")),
        max_session_duration=longest if isinstance(longest, int) and not isinstance(longest, bool) else None,
        trust=_policy("trust policy", trust) if trust is not None else None,
        boundary=text_of(object_of(row.get("PermissionsBoundary")).get("PermissionsBoundaryArn")),
    )


def _with_policies(role: RoleFacts, answers: Sequence[RawAnswer], *, alone: bool) -> RoleFacts:
    """The role with what the other answers say of its policies; unnamed ones are its own where it is the only role."""

    def ours(answer: RawAnswer) -> bool:
        of = text_of(answer.parameters.get("RoleName")) or text_of(answer.body.get("RoleName"))
        return of == role.name or (alone and not of)

    attached, inline = _attached(answers, ours), _inline(answers, ours)
    own = [
        _policy(text_of(a.body.get("PolicyName")), a.body.get("PolicyDocument"))
        for a in _of(answers, "iam:GetRolePolicy")
        if ours(a)
    ]
    arns = dict(attached or ()) if attached else {}
    managed = [p for p in _managed(answers) if p.arn in arns.values() or (alone and not p.arn)]
    return replace(role, attached=attached, inline=inline, policies=_unique((*own, *managed))[:_MOST_POLICIES])


def _attached(answers: Sequence[RawAnswer], ours: Callable[[RawAnswer], bool]) -> tuple[tuple[str, str], ...] | None:
    pages = [a for a in _of(answers, "iam:ListAttachedRolePolicies") if ours(a)]
    rows = [row for a in pages for row in rows_of(a.body.get("AttachedPolicies"))]
    found = _unique((text_of(r.get("PolicyName")), text_of(r.get("PolicyArn"))) for r in rows)
    return found if _to_the_end(pages) else None


def _inline(answers: Sequence[RawAnswer], ours: Callable[[RawAnswer], bool]) -> tuple[str, ...] | None:
    pages = [a for a in _of(answers, "iam:ListRolePolicies") if ours(a)]
    found = _unique(name for a in pages for name in texts_of(a.body.get("PolicyNames")))
    return found if _to_the_end(pages) else None


def _to_the_end(pages: Sequence[RawAnswer]) -> bool:
    return any(not a.body.get("IsTruncated") and not a.body.get("NextToken") for a in pages)


def _managed(answers: Sequence[RawAnswer]) -> Iterator[Policy]:
    """Managed policies' documents; `aws iam get-policy-version` does not print whose version it is."""
    known = [object_of(a.body.get("Policy")) for a in _of(answers, "iam:GetPolicy")]
    for answer in _of(answers, "iam:GetPolicyVersion"):
        version = object_of(answer.body.get("PolicyVersion"))
        arn = text_of(answer.parameters.get("PolicyArn"))
        if not arn and len(known) == 1:
            arn = text_of(known[0].get("Arn"))
        label = arn.rpartition("/")[2] or f"a managed policy (version {text_of(version.get('VersionId'))})"
        yield _policy(label, version.get("Document"), arn)


# --- providers ---------------------------------------------------------------------------------------------


def _provider(answer: RawAnswer) -> Iterator[ProviderFacts]:
    metadata = answer.body.get("SAMLMetadataDocument")
    yield ProviderFacts(
        arn=text_of(answer.parameters.get("SAMLProviderArn")),
        uuid=word_of(answer.body.get("SAMLProviderUUID")),
        valid_until=time_of(answer.body.get("ValidUntil")),
        created=time_of(answer.body.get("CreateDate")),
        encryption=word_of(answer.body.get("AssertionEncryptionMode")),
        metadata=metadata[:_METADATA_LIMIT] if isinstance(metadata, str) else "",
    )


def _listed_providers(answer: RawAnswer) -> list[str]:
    return [text_of(row.get("Arn")) for row in rows_of(answer.body.get("SAMLProviderList"))]


def _provider_arns(answers: Sequence[RawAnswer]) -> tuple[str, ...] | None:
    pages = _of(answers, "iam:ListSAMLProviders")
    return _unique(arn for a in pages for arn in _listed_providers(a) if arn) if pages else None


# --- simulation, users, CloudTrail -------------------------------------------------------------------------


def _simulations(answer: RawAnswer) -> Iterator[Simulation]:
    role = text_of(answer.parameters.get("PolicySourceArn"))
    for row in rows_of(answer.body.get("EvaluationResults"), 100):
        action = text_of(row.get("EvalActionName"))
        organization = object_of(row.get("OrganizationsDecisionDetail")).get("AllowedByOrganizations")
        for part in rows_of(row.get("ResourceSpecificResults"), 100) or [row]:
            boundary = object_of(part.get("PermissionsBoundaryDecisionDetail"))
            boundary = boundary or object_of(row.get("PermissionsBoundaryDecisionDetail"))
            found = Simulation(
                role=role,
                action=action,
                resource=text_of(part.get("EvalResourceName")),
                decision=text_of(part.get("EvalResourceDecision") or part.get("EvalDecision")),
                matched=tuple(text_of(m.get("SourcePolicyId")) for m in rows_of(part.get("MatchedStatements"), 50)),
                missing_context=texts_of(part.get("MissingContextValues") or []),
                by_organization=_flag(organization),
                by_boundary=_flag(boundary.get("AllowedByPermissionsBoundary")),
            )
            if found.decision in _DECISIONS:
                yield found


#: PolicyEvaluationDecisionType of the service model; anything else says nothing.
_DECISIONS = frozenset({"allowed", "implicitDeny", "explicitDeny"})


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _users(answers: Sequence[RawAnswer]) -> tuple[UserFacts, ...]:
    searched = [_user(row) for a in _of(answers, "connect:SearchUsers") for row in rows_of(a.body.get("Users"))]
    described = [_user(object_of(a.body.get("User"))) for a in _of(answers, "connect:DescribeUser")]
    return tuple({user.user_id or user.username: user for user in (*searched, *described) if user.username}.values())


def _user(row: JsonObject) -> UserFacts:
    person = object_of(row.get("IdentityInfo"))
    return UserFacts(
        username=text_of(row.get("Username")),
        user_id=text_of(row.get("Id")),
        arn=text_of(row.get("Arn")),
        first_name=text_of(person.get("FirstName")),
        last_name=text_of(person.get("LastName")),
        directory_user_id=text_of(row.get("DirectoryUserId")),
        last_modified=time_of(row.get("LastModifiedTime")),
    )


def _events(answer: RawAnswer) -> Iterator[TrailEvent]:
    for row in (*rows_of(answer.body.get("Events")), *rows_of(answer.body.get("Records"))):
        event = event_of(row)
        if is_sign_in_event(event):
            yield _event(event)


def _event(event: JsonObject) -> TrailEvent:
    parameters, identity = object_of(event.get("requestParameters")), object_of(event.get("userIdentity"))
    issuer = object_of(object_of(identity.get("sessionContext")).get("sessionIssuer"))
    principal = text_of(identity.get("principalId"))
    # Connect's event is made by the role session, whose principal is ROLE-ID:ROLE-SESSION-NAME (IAM user guide,
    # "IAM policy elements: variables"); STS's event names both in its parameters.
    session = principal.partition(":")[2] if event.get("eventSource") == "connect.amazonaws.com" else ""
    return TrailEvent(
        name=text_of(event.get("eventName")),
        source=text_of(event.get("eventSource")),
        region=word_of(event.get("awsRegion")),
        time=time_of(event.get("eventTime")),
        error_code=text_of(event.get("errorCode")),
        error_message=text_of(event.get("errorMessage")),
        assertion_id=text_of(parameters.get("sAMLAssertionID")),
        role_session_name=text_of(parameters.get("roleSessionName")) or session,
        role=text_of(parameters.get("roleArn")) or text_of(issuer.get("arn")),
        provider=text_of(parameters.get("principalArn")),
        principal_id=principal,
        instance_id=text_of(parameters.get("instanceId") or parameters.get("InstanceId")),
        request_id=text_of(event.get("requestID")),
        event_id=text_of(event.get("eventID")),
    )


def _searches(answers: Sequence[RawAnswer]) -> tuple[TrailSearch, ...]:
    """The searches that say what they looked for: one for each name, Region and time, complete at its last page."""
    found: dict[tuple[object, ...], TrailSearch] = {}
    for answer in _of(answers, "cloudtrail:LookupEvents"):
        name, region = text_of(answer.parameters.get("EventName")), answer.region
        start, end = time_of(answer.parameters.get("StartTime")), time_of(answer.parameters.get("EndTime"))
        if name and region and (start or end):
            whole = not answer.body.get("NextToken")
            found[name, region, start, end] = TrailSearch(name, region, start, end, complete=whole)
    return tuple(found.values())
