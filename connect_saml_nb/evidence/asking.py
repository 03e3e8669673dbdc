"""Questions to the live account, all read-only; the answers are kept as they come, but for what nobody may keep."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from connect_saml_nb.aws import session as aws
from connect_saml_nb.aws.arn import arn_owner
from connect_saml_nb.aws.errors import SIGNED_OUT, AwsProblem, Request, aws_error
from connect_saml_nb.errors import EvidenceError
from connect_saml_nb.evidence.problems import AnswerProblem, EvidenceProblem, SkipReason
from connect_saml_nb.evidence.raw import (
    CALLER,
    NOT_ASKED,
    PART_OF,
    PARTS,
    RawAnswer,
    event_of,
    is_sign_in_event,
    kebab,
    object_of,
    plain,
    rows_of,
    text_of,
    texts_of,
    trimmed_event,
)
from connect_saml_nb.model.record import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from connect_saml_nb.aws.errors import AwsError
    from connect_saml_nb.errors import Problem
    from connect_saml_nb.evidence.plan import Ask
    from connect_saml_nb.model import JsonObject

    #: Makes a boto3 client of a service in a Region.
    ClientFactory = Callable[[str, str], Any]

#: Regions with Amazon Connect (botocore 1.44, `get_available_regions("connect")`); it may lag behind AWS.
CONNECT_REGIONS = (
    *("us-east-1", "us-west-2", "ca-central-1", "eu-central-1", "eu-west-2", "af-south-1"),
    *("ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2"),
)
_GOV_REGIONS = ("us-gov-west-1",)
#: LookupEvents: 2 requests a second for an account and Region, 90 days back (CloudTrail API reference).
_TRAIL_PAUSE, _TRAIL_DAYS = 0.5, 90
_MOST_PAGES = 40
_MOST_USERS = 5
_BEFORE, _AFTER = timedelta(minutes=5), timedelta(minutes=15)


def collect(  # noqa: PLR0913 - all but the first two are optional and by name
    asks: Sequence[Ask],
    parts: Iterable[str] = PARTS,
    *,
    profile: str | None = None,
    regions: Iterable[str] = (),
    client: ClientFactory | None = None,
    progress: Callable[[str], None] | None = None,
    sleep: Callable[[float], object] = time.sleep,
    now: datetime | None = None,
) -> tuple[RawAnswer, ...]:
    """Ask AWS about sign-ins and give the raw answers, refused ones included.

    `asks` come from `plan`, `parts` are those of `PARTS`. `regions` are searched for instances besides those with
    Connect that are known. `client` makes the clients (for tests), `progress` is called with each operation before
    it is asked. What AWS refuses is an answer with a `problem`; EvidenceError is raised only where nothing can be
    asked at all (no credentials, expired session, unknown part).

    >>> answers = collect(plan(sign_ins), ["role", "provider"], profile="work")  # doctest: +SKIP
    >>> [answer.operation for answer in answers if answer.problem]  # doctest: +SKIP
    ['iam:GetSAMLProvider']
    """
    wanted = tuple(parts)
    unknown = next((part for part in wanted if part not in _PARTS), None)
    if unknown is not None:
        raise EvidenceError(EvidenceProblem.NO_SUCH_PART(part=repr(unknown[:40]), parts=", ".join(PARTS)))
    with ExitStack() as open_clients:
        factory = client or _clients(profile, open_clients)
        asker = _Asker(tuple(asks), factory, progress, sleep, now or datetime.now(UTC), tuple(regions), profile)
        if _OF_ACCOUNT.intersection(wanted):
            _ask_account(asker)
        for part in PARTS:
            if part in wanted:
                _PARTS[part](asker)
    return tuple(asker.answers)


#: What is missing in one account may be there in another.
_OF_ACCOUNT = frozenset({"role", "provider", "providers", "policies", "simulation"})


def _clients(profile: str | None, open_clients: ExitStack) -> ClientFactory:
    """Clients of the person's own AWS settings, made where they are needed; throttling is waited out."""
    session = cache(aws.session)

    @cache
    def client(service: str, region: str) -> Any:  # noqa: ANN401 - boto3 has no static type for a client
        made = aws.client(session(profile), service, region, attempts=8)
        open_clients.callback(made.close)
        return made

    return client


def _fatal(error: Exception, profile: str | None) -> EvidenceError | None:
    """The error that ends all asking; None where other questions may be answered, and for what is not boto3's."""
    found = aws_error(error)
    if found is None or found.kind not in _FATAL:
        return None
    sentence = Request(profile=profile).problem(found, instead="--evidence DIR")
    return EvidenceError(sentence)


_FATAL = SIGNED_OUT | {
    *(AwsProblem.NO_SDK, AwsProblem.PROXY, AwsProblem.CONFIG_NOT_READABLE, AwsProblem.CONFIG_NOT_FOUND),
    *(AwsProblem.CONFIG_INCOMPLETE, AwsProblem.CONFIG_NAMES_UNUSABLE),
}


@dataclass
class _Asker:
    """What is asked with, and the answers so far. A question that was answered is not asked again."""

    asks: tuple[Ask, ...]
    client: ClientFactory
    progress: Callable[[str], None] | None
    sleep: Callable[[float], object]
    now: datetime
    extra_regions: tuple[str, ...]
    profile: str | None = None
    answers: list[RawAnswer] = field(default_factory=list)
    paused: set[str] = field(default_factory=set)

    @property
    def gov(self) -> bool:
        regions = [a.region for a in self.asks] + list(self.extra_regions)
        owners = [arn_owner(a.role) for a in self.asks]
        return any(r.startswith("us-gov-") for r in regions) or any(o and o[0] == "aws-us-gov" for o in owners)

    @property
    def global_region(self) -> str:
        """Where the partition's global services are: IAM's endpoint, and CloudTrail's record of them."""
        return "us-gov-west-1" if self.gov else "us-east-1"

    def ask(self, operation: str, region: str, resource: str = "*", **parameters: Any) -> RawAnswer:  # noqa: ANN401 - as the API has them
        """One answer; a question that was asked before is answered from memory."""
        question = {key: plain(value) for key, value in parameters.items()}
        for answer in self.answers:
            if (answer.operation, answer.region, dict(answer.parameters)) == (operation, region, question):
                return answer
        return self.fetch(operation, region, resource, question, parameters)

    def fetch(
        self, operation: str, region: str, resource: str, question: JsonObject, parameters: JsonObject
    ) -> RawAnswer:
        """One answer of AWS; `question` are the parameters as they are kept."""
        if self.progress:
            self.progress(f"{operation} ({region})")
        service, _, name = operation.partition(":")
        try:
            body = getattr(self.client(service, region), _method(name))(**parameters)
        except Exception as error:
            found = aws_error(error)
            if found is None:
                raise
            if fatal := _fatal(error, self.profile):
                raise fatal from None
            problem = _unanswered(found, operation, region, resource)
            return self.keep(RawAnswer(operation, {}, question, region, self.now, found.code, problem))
        kept = _kept(operation, object_of(plain(body)))
        return self.keep(RawAnswer(operation, kept, question, region, aws.answered_at(body)))

    def keep(self, answer: RawAnswer) -> RawAnswer:
        self.answers.append(answer)
        return answer

    def skip(self, operation: str, reason: SkipReason, **values: object) -> None:
        """Record once why a question was not asked."""
        problem = AnswerProblem.NOT_ASKED(operation=operation, reason=reason(**values))
        answer = RawAnswer(operation, {}, {}, "", None, error=NOT_ASKED, problem=problem)
        if answer not in self.answers:
            self.keep(answer)

    def pages(
        self,
        operation: str,
        region: str,
        token: tuple[str, str],
        resource: str = "*",
        **parameters: Any,  # noqa: ANN401 - as above
    ) -> Iterator[RawAnswer]:
        """All pages of an answer. `token` is its name in the answer and in the question."""
        more: dict[str, Any] = {}
        for _ in range(_MOST_PAGES):
            answer = self.ask(operation, region, resource, **parameters, **more)
            yield answer
            following = answer.body.get(token[0])
            if not following:
                return
            more = {token[1]: following}


def _method(operation: str) -> str:
    """boto3's name of an operation: `GetSAMLProvider` is `get_saml_provider`."""
    return kebab(operation).replace("-", "_")


#: Actions that an operation needs besides its own (Service Authorization Reference, "Dependent actions").
_DEPENDENTS = {
    "connect:ListInstances": ("ds:DescribeDirectories",),
    "connect:DescribeInstance": ("ds:DescribeDirectories",),
    "connect:SearchUsers": ("connect:DescribeUser", "connect:ListUserProficiencies"),
}
_UNANSWERED = {
    AwsProblem.PARAMETER: AnswerProblem.MALFORMED,
    AwsProblem.DENIED: AnswerProblem.DENIED,
    AwsProblem.DENIED_EXPLICITLY: AnswerProblem.DENIED_EXPLICITLY,
    AwsProblem.THROTTLED: AnswerProblem.THROTTLED,
    # AWS answers so in a Region that the account has not switched on, too: other Regions may answer.
    AwsProblem.UNKNOWN_KEYS: AnswerProblem.UNKNOWN_KEYS,
}


def _unanswered(error: AwsError, operation: str, region: str, resource: str) -> Problem:
    """Why one question has no answer."""
    otherwise = AnswerProblem.OTHER if error.answered else AnswerProblem.NOT_REACHED
    also, part = _DEPENDENTS.get(operation), PART_OF.get(operation)
    return _UNANSWERED.get(error.kind, otherwise)(
        operation=operation,
        region=region,
        resource=resource,
        code=error.code,
        needs=f" It also needs {' and '.join(also)}." if also else "",
        how=f" connect-saml permissions {part} prints the policy." if part else "",
    )


def _kept(operation: str, body: JsonObject) -> JsonObject:
    """The answer without what evidence does not need and nobody may keep."""
    if operation == CALLER:
        return {"Account": body.get("Account"), "UserId": "", "Arn": ""}
    if operation == "iam:GetSAMLProvider":
        return {key: value for key, value in body.items() if key not in {"PrivateKeyList", "Tags"}}
    return body


def _regions(*regions: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(region for region in regions if region))


# --- the parts ---------------------------------------------------------------------------------------------


def _ask_account(asker: _Asker) -> None:
    """Whose account it is: what is missing in one account may be there in another. Needs no permission."""
    asker.ask(CALLER, asker.global_region)


def _ask_instance(asker: _Asker) -> None:
    homes = dict.fromkeys((a.instance_id, a.region) for a in asker.asks if a.instance_id and a.region)
    for instance, region in homes:
        asker.ask("connect:DescribeInstance", region, f"instance/{instance}", InstanceId=instance)
    if not homes:
        asker.skip("connect:DescribeInstance", SkipReason.NO_INSTANCE)


def _ask_instances(asker: _Asker) -> None:
    known = _GOV_REGIONS if asker.gov else CONNECT_REGIONS
    for region in _regions(*(a.region for a in asker.asks), *asker.extra_regions, *known):
        for _ in asker.pages("connect:ListInstances", region, ("NextToken", "NextToken"), MaxResults=10):
            pass


def _ask_role(asker: _Asker) -> None:
    for arn in _roles(asker, "iam:GetRole"):
        asker.ask("iam:GetRole", asker.global_region, arn, RoleName=arn.rpartition("/")[2])


def _roles(asker: _Asker, operation: str) -> tuple[str, ...]:
    """The roles' ARNs as the recording has them."""
    found = tuple(dict.fromkeys(a.role for a in asker.asks if a.role))
    if not found:
        asker.skip(operation, SkipReason.NO_ROLE)
    return found


def _ask_policies(asker: _Asker) -> None:
    for arn in _roles(asker, "iam:ListAttachedRolePolicies"):
        if not _role_body(asker, arn):
            asker.skip("iam:ListAttachedRolePolicies", SkipReason.ROLE_NOT_READ)
            continue
        _ask_attached(asker, arn)
        _ask_inline(asker, arn)


_MARKER = ("Marker", "Marker")


def _ask_attached(asker: _Asker, arn: str) -> None:
    name = arn.rpartition("/")[2]
    pages = asker.pages("iam:ListAttachedRolePolicies", asker.global_region, _MARKER, arn, RoleName=name)
    attached = [text_of(row.get("PolicyArn")) for page in pages for row in rows_of(page.body.get("AttachedPolicies"))]
    for policy in attached:
        found = asker.ask("iam:GetPolicy", asker.global_region, policy, PolicyArn=policy)
        version = text_of(object_of(found.body.get("Policy")).get("DefaultVersionId"))
        if version:
            asker.ask("iam:GetPolicyVersion", asker.global_region, policy, PolicyArn=policy, VersionId=version)


def _ask_inline(asker: _Asker, arn: str) -> None:
    name = arn.rpartition("/")[2]
    pages = asker.pages("iam:ListRolePolicies", asker.global_region, _MARKER, arn, RoleName=name)
    for policy in [policy for page in pages for policy in texts_of(page.body.get("PolicyNames") or [])]:
        asker.ask("iam:GetRolePolicy", asker.global_region, arn, RoleName=name, PolicyName=policy)


def _role_body(asker: _Asker, arn: str) -> JsonObject:
    """The role as GetRole gives it, or an empty object."""
    answer = asker.ask("iam:GetRole", asker.global_region, arn, RoleName=arn.rpartition("/")[2])
    return object_of(answer.body.get("Role"))


_ACTION = "connect:GetFederationToken"


def _ask_simulation(asker: _Asker) -> None:
    for ask in asker.asks:
        if not (ask.role and ask.instance_id and ask.region and ask.name):
            asker.skip("iam:SimulatePrincipalPolicy", SkipReason.NOT_ALL_NAMED)
            continue
        role = _role_body(asker, ask.role)
        if role:
            _simulate(asker, ask, text_of(role.get("Arn")), text_of(role.get("RoleId")))
        else:
            asker.skip("iam:SimulatePrincipalPolicy", SkipReason.ROLE_ID_NOT_READ)


def _simulate(asker: _Asker, ask: Ask, arn: str, role_id: str) -> None:
    """Both forms of the resource, each by itself: `${aws:userid}` is ROLE-ID:ROLE-SESSION-NAME."""
    partition, account = arn_owner(arn) or ("aws", "")
    home = f"arn:{partition}:connect:{ask.region}:{account}:instance/{ask.instance_id}"
    user = f"{role_id}:{ask.name}"
    context = [
        {"ContextKeyName": "aws:userid", "ContextKeyValues": [user], "ContextKeyType": "string"},
        {"ContextKeyName": "connect:InstanceId", "ContextKeyValues": [ask.instance_id], "ContextKeyType": "string"},
    ]
    for resource in (f"{home}/user/{user}", home):
        for _ in asker.pages(
            "iam:SimulatePrincipalPolicy",
            asker.global_region,
            _MARKER,
            arn,
            PolicySourceArn=arn,
            ActionNames=[_ACTION],
            ResourceArns=[resource],
            ContextEntries=context,
        ):
            pass


def _ask_provider(asker: _Asker) -> None:
    found = dict.fromkeys(a.provider for a in asker.asks if a.provider)
    for arn in found:
        asker.ask("iam:GetSAMLProvider", asker.global_region, arn, SAMLProviderArn=arn)
    if not found:
        asker.skip("iam:GetSAMLProvider", SkipReason.NO_PROVIDER)


def _ask_providers(asker: _Asker) -> None:
    asker.ask("iam:ListSAMLProviders", asker.global_region)


def _ask_users(asker: _Asker) -> None:
    suspects = dict.fromkeys((a.instance_id, a.region, a.name) for a in asker.asks)
    for instance, region, name in suspects:
        if instance and region and name:
            _ask_suspect(asker, instance, region, name)
        else:
            asker.skip("connect:SearchUsers", SkipReason.NO_USER)


def _ask_suspect(asker: _Asker, instance: str, region: str, name: str) -> None:
    """Users whose name begins like the RoleSessionName; those alike except for letter case or domain are described."""
    local = name.partition("@")[0]
    where = {"FieldName": "Username", "Value": local, "ComparisonType": "STARTS_WITH"}
    answer = asker.ask(
        "connect:SearchUsers",
        region,
        f"instance/{instance}",
        InstanceId=instance,
        MaxResults=50,
        SearchCriteria={"StringCondition": where},
    )
    rows = rows_of(answer.body.get("Users"))
    alike = [r for r in rows if text_of(r.get("Username")).partition("@")[0].casefold() == local.casefold()]
    for row in alike[:_MOST_USERS]:
        user = text_of(row.get("Id"))
        asker.ask("connect:DescribeUser", region, f"instance/{instance}/agent/{user}", InstanceId=instance, UserId=user)


# --- CloudTrail --------------------------------------------------------------------------------------------


def _ask_cloudtrail(asker: _Asker) -> None:
    for ask in dict.fromkeys(replace(ask, role="", provider="") for ask in asker.asks):
        if ask.time is None:
            asker.skip("cloudtrail:LookupEvents", SkipReason.NO_TIME)
        elif asker.now - ask.time > timedelta(days=_TRAIL_DAYS):
            asker.skip("cloudtrail:LookupEvents", SkipReason.TOO_OLD, days=_TRAIL_DAYS)
        else:
            _ask_trail(asker, ask, ask.time)


def _ask_trail(asker: _Asker, ask: Ask, at: datetime) -> None:
    """The sign-in at STS (recorded where the global services are, or in the endpoint's Region), and at Connect."""
    if ask.assertion_id:
        for region in _regions(asker.global_region, ask.endpoint_region, ask.region):
            if _look_up(asker, "AssumeRoleWithSAML", region, at, lambda e: _of_assertion(e, ask)):
                break
    for region in _regions(ask.region or asker.global_region, *_replica_regions(asker, ask)):
        _look_up(asker, "GetFederationToken", region, at, lambda e: _of_session(e, ask))


def _replica_regions(asker: _Asker, ask: Ask) -> list[str]:
    """The other Region of the instance: Connect tries both of a pair (administrator guide, `integrate-idp`)."""
    bodies = [
        a.body
        for a in asker.answers
        if a.operation == "connect:DescribeInstance" and a.parameters.get("InstanceId") == ask.instance_id
    ]
    replications = [object_of(body.get("ReplicationConfiguration")) for body in bodies]
    rows = [row for each in replications for row in rows_of(each.get("ReplicationStatusSummaryList"), 5)]
    return [text_of(row.get("Region")) for row in rows]


def _of_assertion(event: JsonObject, ask: Ask) -> bool:
    return object_of(event.get("requestParameters")).get("sAMLAssertionID") == ask.assertion_id


def _of_session(event: JsonObject, ask: Ask) -> bool:
    principal = text_of(object_of(event.get("userIdentity")).get("principalId"))
    return bool(ask.name) and principal.partition(":")[2] == ask.name


def _look_up(asker: _Asker, name: str, region: str, at: datetime, ours: Callable[[JsonObject], bool]) -> bool:
    """Whether the sign-in's own event was found; other people's events are not kept."""
    attribute = [{"AttributeKey": "EventName", "AttributeValue": name}]
    window: dict[str, Any] = {"StartTime": at - _BEFORE, "EndTime": at + _AFTER}
    more: dict[str, str] = {}
    for _ in range(_MOST_PAGES):
        if region in asker.paused:
            asker.sleep(_TRAIL_PAUSE)
        asker.paused.add(region)
        answer = _trail_page(asker, name, region, ours, {"LookupAttributes": attribute, **window, **more})
        following = text_of(answer.body.get("NextToken"))
        if rows_of(answer.body.get("Events")) or not following:
            return bool(rows_of(answer.body.get("Events")))
        more = {"NextToken": following}
    return False


def _trail_page(
    asker: _Asker, name: str, region: str, ours: Callable[[JsonObject], bool], question: JsonObject
) -> RawAnswer:
    """One page, without other people's events and with the question in few words."""
    few = {"EventName": name, "StartTime": plain(question["StartTime"]), "EndTime": plain(question["EndTime"])}
    answer = asker.fetch("cloudtrail:LookupEvents", region, "*", few, question)
    if answer.error:
        return answer
    events = [_event_row(row) for row in rows_of(answer.body.get("Events")) if _is_ours(row, ours)]
    more = {key: answer.body[key] for key in ("NextToken",) if answer.body.get(key)}
    asker.answers[-1] = replace(answer, body={"Events": events, **more})
    return asker.answers[-1]


def _is_ours(row: JsonObject, ours: Callable[[JsonObject], bool]) -> bool:
    event = event_of(row)
    return is_sign_in_event(event) and ours(event)


def _event_row(row: JsonObject) -> JsonObject:
    fields: JsonObject = {key: row[key] for key in ("EventId", "EventName", "EventTime", "EventSource") if key in row}
    return {**fields, "CloudTrailEvent": json.dumps(trimmed_event(event_of(row)))}


_PARTS: dict[str, Callable[[_Asker], None]] = {
    "instance": _ask_instance,
    "instances": _ask_instances,
    "role": _ask_role,
    "policies": _ask_policies,
    "simulation": _ask_simulation,
    "provider": _ask_provider,
    "providers": _ask_providers,
    "users": _ask_users,
    "cloudtrail": _ask_cloudtrail,
}
