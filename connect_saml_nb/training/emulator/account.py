"""The practice AWS account: IAM, CloudTrail and STS's GetCallerIdentity beside practice Connect instances.

The real boto3 clients talk to it in process (`PracticeAccount.client`) or over HTTP on the loopback address
(`PracticeServer(account)`). Shapes follow the service models in botocore 1.44 (`iam/2010-05-08`, query protocol;
`cloudtrail/2013-11-01`, JSON 1.1; `sts/2011-06-15`). There is no policy engine: SimulatePrincipalPolicy gives recorded
answers. Assumed, because AWS does not say: the order of lists and the texts of error messages.
"""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, quote
from xml.sax.saxutils import escape

from connect_saml_nb.training.emulator.connect import (
    ACCOUNT,
    REGION,
    Answer,
    ApiError,
    PracticeInstance,
    TokenBucket,
    answer_in_process,
    lonely_session,
    page_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from connect_saml_nb.model import JsonObject


@dataclass(frozen=True, slots=True)
class PracticeRole:
    """An IAM role. `inline` maps policy names to documents, `attached` lists ARNs of the account's managed policies."""

    name: str
    trust: JsonObject
    role_id: str = "AROAPRACTICEROLE00001"
    path: str = "/"
    max_session_duration: int = 3600
    inline: Mapping[str, JsonObject] = field(default_factory=dict)
    attached: tuple[str, ...] = ()
    boundary: str = ""


@dataclass(frozen=True, slots=True)
class PracticeProvider:
    """A SAML provider; `encryption` is `Required`, `Allowed` or `""` (AWS then leaves it out)."""

    name: str
    metadata: str = "<EntityDescriptor entityID='https://idp.example'/>"
    uuid: str = "SAMLSPPRACTICE0001"
    created: datetime = datetime(2026, 1, 5, tzinfo=UTC)
    valid_until: datetime = datetime(2126, 1, 5, tzinfo=UTC)
    encryption: str = ""


@dataclass
class PracticeAccount:
    """An AWS account that exists only here. IAM names are unique whatever their letter case, and compare exactly.

    `policies` maps ARNs to documents; `simulations` maps a resource ARN (`*` for any) to the decision's fields
    (`EvalDecision` and what else the service model has); `events` are CloudTrail events as JSON objects.
    `faults` names the error that an operation always answers with; `calls` are the operations asked for so far.
    """

    instances: tuple[PracticeInstance, ...] = ()
    roles: tuple[PracticeRole, ...] = ()
    providers: tuple[PracticeProvider, ...] = ()
    policies: Mapping[str, JsonObject] = field(default_factory=dict)
    simulations: Mapping[str, JsonObject] = field(default_factory=dict)
    events: Sequence[JsonObject] = ()
    account: str = ACCOUNT
    partition: str = "aws"
    faults: Mapping[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list, repr=False)
    trail_bucket: TokenBucket | None = None
    trail_page: int = 50
    throttle_every: int = 0
    time: Callable[[], float] = field(default=time.time, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict, init=False, repr=False)

    def handle(
        self, method: str, path: str, query: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Answer one request by the service and Region that it was signed for; never raises."""
        service, region = _scope(headers or {})
        if service == "connect":
            return self._connect(region, method, path, query, body)
        if service == "cloudtrail":
            return self._cloudtrail(region, body, headers or {})
        return self._query(service, body)

    def client(self, service: str, region: str = REGION, **config: Any) -> Any:  # noqa: ANN401 - boto3 has no static type for a client; the keywords are Config's
        """A real boto3 client; nothing leaves the process and no AWS setting is read.

        `config` goes to `botocore.config.Config`; without it the client is made once.
        """
        if config:
            return self._new_client(service, region, config)
        if (service, region) not in self._clients:
            patient = {"retries": {"mode": "standard", "max_attempts": 8}}
            self._clients[service, region] = self._new_client(service, region, patient)
        return self._clients[service, region]

    def _new_client(self, service: str, region: str, config: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as above
        import boto3  # noqa: PLC0415 - heavy
        from botocore.config import Config  # noqa: PLC0415

        session: Any = boto3.Session(botocore_session=lonely_session(), region_name=region)
        client = session.client(service, endpoint_url="https://practice.invalid", config=Config(**config))
        client.meta.events.register(f"before-send.{service}", self._before_send)
        return client

    def _before_send(self, request: Any, **_: Any) -> Any:  # noqa: ANN401 - botocore's event signature
        headers = {name: _header(value) for name, value in request.headers.items()}
        return answer_in_process(request, partial(self.handle, headers=headers))

    def _admit(self, operation: str, *, bucket: TokenBucket | None = None) -> None:
        with self._lock:
            self.calls.append(operation)
            if code := self.faults.get(operation):
                raise ApiError(code, f"Practice fault: not authorized to perform {operation}")
            limited = bucket is not None and not bucket.take()
            if limited or (self.throttle_every and len(self.calls) % self.throttle_every == 0):
                raise ApiError("ThrottlingException" if bucket else "Throttling", "Rate exceeded")

    # --- Connect ---

    def _connect(self, region: str, method: str, path: str, query: str, body: bytes) -> Answer:
        here = [i for i in self.instances if i.region == region]
        parts = (method, path, query, body)
        chosen = next((i for i in here if i.instance_id.encode() in path.encode() + body), None)
        if chosen is not None:
            return self._noted(chosen, parts)
        if path.rstrip("/") == "/instance" and len(here) == 1:
            return self._noted(here[0], parts)
        return self._list_or_miss(here, path, query)

    def _noted(self, instance: PracticeInstance, parts: tuple[str, str, str, bytes]) -> Answer:
        """The instance's own answer, with this account's faults."""
        before, own = len(instance.calls), instance.faults
        instance.faults = {**own, **self.faults}
        try:
            return instance.handle(*parts)
        finally:
            instance.faults = own
            self.calls += instance.calls[before:]

    def _list_or_miss(self, here: list[PracticeInstance], path: str, query: str) -> Answer:
        try:
            result = self._list(here, path, query)
        except ApiError as error:
            status = {"ResourceNotFoundException": 404, "AccessDeniedException": 403, "Throttling": 429}
            head = {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}
            return Answer(status.get(error.code, 400), head, json.dumps({"message": error.message}).encode())
        return self._json(result, "application/json")

    def _list(self, here: list[PracticeInstance], path: str, query: str) -> JsonObject:
        if path.rstrip("/") != "/instance":
            self._admit("DescribeInstance")
            raise ApiError("ResourceNotFoundException", "Instance not found")
        self._admit("ListInstances")
        asked = dict(parse_qsl(query))
        page = page_of(len(here), asked.get("maxResults"), asked.get("nextToken"), 10)
        more = {"NextToken": page.next_token} if page.next_token else {}
        return {"InstanceSummaryList": [i.row() for i in here[page.start : page.stop]], **more}

    def _json(self, result: JsonObject, kind: str) -> Answer:
        return Answer(200, {"Content-Type": kind, **self._head()}, json.dumps(result).encode())

    def _head(self) -> dict[str, str]:
        return {"Date": formatdate(self.time(), usegmt=True), "x-amzn-RequestId": str(uuid.uuid4())}

    # --- CloudTrail ---

    def _cloudtrail(self, region: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        kind = "application/x-amz-json-1.1"
        try:
            _check_target({name.lower(): value for name, value in headers.items()}.get("x-amz-target", ""))
            self._admit("LookupEvents", bucket=self.trail_bucket)
            return self._json(self._look_up(region, json.loads(body)), kind)
        except ApiError as error:
            told = {"__type": error.code, "message": error.message}
            return Answer(400, {"Content-Type": kind, **self._head()}, json.dumps(told).encode())

    def _look_up(self, region: str, asked: JsonObject) -> JsonObject:
        wanted = {row["AttributeKey"]: row["AttributeValue"] for row in asked.get("LookupAttributes", ())}
        start, end = asked.get("StartTime", 0), asked.get("EndTime", float("inf"))
        found = [
            _trail_row(e)
            for e in self.events
            if e.get("awsRegion") == region
            and wanted.get("EventName") in {None, e.get("eventName")}
            and start <= _seconds(e) <= end
        ]
        page = page_of(len(found), self.trail_page, asked.get("NextToken"), 50)
        more = {"NextToken": page.next_token} if page.next_token else {}
        return {"Events": found[page.start : page.stop], **more}

    # --- IAM and STS ---

    def _query(self, service: str, body: bytes) -> Answer:
        asked = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        operation = asked.get("Action", "")
        try:
            self._admit(operation)
            result = _OPERATIONS.get(operation, _unknown)(self, asked)
        except ApiError as error:
            return self._xml_error(service, error)
        name = _NAMESPACE.get(service, _NAMESPACE["iam"])
        inner = "".join(_xml(key, value) for key, value in result.items())
        text = (
            f'<{operation}Response xmlns="{name}"><{operation}Result>{inner}</{operation}Result>'
            f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></{operation}Response>"
        )
        return Answer(200, {"Content-Type": "text/xml", **self._head()}, text.encode())

    def _xml_error(self, service: str, error: ApiError) -> Answer:
        status = {"NoSuchEntity": 404, "AccessDenied": 403, "ExpiredToken": 403, "Throttling": 400}.get(error.code, 400)
        name = _NAMESPACE.get(service, _NAMESPACE["iam"])
        told = f"<Type>Sender</Type><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
        text = (
            f'<ErrorResponse xmlns="{name}"><Error>{told}</Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>'
        )
        return Answer(status, {"Content-Type": "text/xml", **self._head()}, text.encode())

    def role(self, name: str | None) -> PracticeRole:
        """The role of exactly this name. Raises the API's error."""
        found = next((r for r in self.roles if r.name == name), None)
        if found is None:
            raise ApiError("NoSuchEntity", f"The role with name {name} cannot be found.")
        return found

    def role_arn(self, role: PracticeRole) -> str:
        """The role's ARN."""
        return f"arn:{self.partition}:iam::{self.account}:role{role.path}{role.name}"

    def provider_arn(self, provider: PracticeProvider) -> str:
        """The provider's ARN."""
        return f"arn:{self.partition}:iam::{self.account}:saml-provider/{provider.name}"


_NAMESPACE = {
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}
_CREDENTIAL = re.compile(r"Credential=[^/]*/\d{8}/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/aws4_request")


def _scope(headers: Mapping[str, str]) -> tuple[str, str]:
    """Service and Region of a request, from its signature (AWS Signature Version 4, "credential scope")."""
    told = {name.lower(): value for name, value in headers.items()}.get("authorization", "")
    found = _CREDENTIAL.search(told)
    return (found["service"], found["region"]) if found else ("iam", "us-east-1")


def _header(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _check_target(target: str) -> None:
    if not target.endswith(".LookupEvents"):
        raise ApiError("UnknownOperationException", "The practice account does not know this operation")


def _unknown(_: PracticeAccount, __: Mapping[str, str]) -> JsonObject:
    raise ApiError("InvalidAction", "The practice account does not know this operation")


def _seconds(event: JsonObject) -> float:
    return datetime.fromisoformat(str(event.get("eventTime"))).timestamp()


def _trail_row(event: JsonObject) -> JsonObject:
    return {
        "EventId": str(event.get("eventID", "")),
        "EventName": event.get("eventName"),
        "EventTime": _seconds(event),
        "EventSource": event.get("eventSource"),
        "Username": "practice",
        "CloudTrailEvent": json.dumps(event),
    }


def _xml(key: str, value: object) -> str:
    """A value in the query protocol's XML."""
    if value is None:
        return ""
    return f"<{key}>{_xml_inner(value)}</{key}>"


def _xml_inner(value: object) -> str:
    if isinstance(value, dict):
        return "".join(_xml(k, v) for k, v in value.items())
    if isinstance(value, list):
        return "".join(_xml("member", v) for v in value)
    if isinstance(value, bool):
        return str(value).lower()
    return escape(value.isoformat() if isinstance(value, datetime) else str(value))


def _encoded(document: JsonObject) -> str:
    """A policy document as IAM's API has it: URL-encoded (IAM API reference, GetRolePolicy)."""
    return quote(json.dumps(document), safe="")


class _Slice(NamedTuple):
    rows: list[Any]
    marks: JsonObject


def _marked(rows: Iterable[Any], asked: Mapping[str, str]) -> _Slice:
    """A page by MaxItems and Marker."""
    every = list(rows)
    most = int(asked["MaxItems"]) if asked.get("MaxItems", "").isdecimal() else _PAGE
    start = int(asked["Marker"]) if asked.get("Marker", "").isdecimal() else 0
    stop = start + most
    more = stop < len(every)
    return _Slice(every[start:stop], {"IsTruncated": more, "Marker": str(stop) if more else None})


_PAGE = 100


def _get_role(account: PracticeAccount, asked: Mapping[str, str]) -> JsonObject:
    role = account.role(asked.get("RoleName"))
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": role.boundary}
    return {
        "Role": {
            "Path": role.path,
            "RoleName": role.name,
            "RoleId": role.role_id,
            "Arn": account.role_arn(role),
            "CreateDate": datetime(2026, 1, 5, tzinfo=UTC),
            "AssumeRolePolicyDocument": _encoded(role.trust),
            "MaxSessionDuration": role.max_session_duration,
            "PermissionsBoundary": boundary if role.boundary else None,
        }
    }


def _list_attached(account: PracticeAccount, asked: Mapping[str, str]) -> JsonObject:
    role = account.role(asked.get("RoleName"))
    found = _marked(({"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in role.attached), asked)
    return {"AttachedPolicies": found.rows, **found.marks}


def _list_inline(account: PracticeAccount, asked: Mapping[str, str]) -> JsonObject:
    found = _marked(account.role(asked.get("RoleName")).inline, asked)
    return {"PolicyNames": found.rows, **found.marks}


def _get_inline(account: PracticeAccount, asked: Mapping[str, str]) -> JsonObject:
    role, name = account.role(asked.get("RoleName")), asked.get("PolicyName", "")
    if name not in role.inline:
        raise ApiError("NoSuchEntity", f"The role policy with name {name} cannot be found.")
    return {"RoleName": role.name, "PolicyName": name, "PolicyDocument": _encoded(role.inline[name])}


def _managed(account: PracticeAccount, asked: Mapping[str, str]) -> tuple[str, JsonObject]:
    arn = asked.get("PolicyArn", "")
    if arn not in account.policies:
        raise ApiError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")
    return arn, account.policies[arn]


def _get_policy(account: PracticeAccount, asked: Mapping[str, str]) -> JsonObject:
    arn, _ = _managed(account, asked)
    return {"Policy": {"PolicyName": arn.rpartition("/")[2], "Arn": arn, "DefaultVersionId": "v1", "Path": "/"}}


def _get_policy_version(account: PracticeAccount, asked: Mapping[str, str]) -> JsonObject:
    _, document = _managed(account, asked)
    if asked.get("VersionId") != "v1":
        raise ApiError("NoSuchEntity", "The policy version does not exist.")
    return {"PolicyVersion": {"Document": _encoded(document), "VersionId": "v1", "IsDefaultVersion": True}}


def _get_provider(account: PracticeAccount, asked: Mapping[str, str]) -> JsonObject:
    arn = asked.get("SAMLProviderArn", "")
    found = next((p for p in account.providers if account.provider_arn(p) == arn), None)
    if found is None:
        raise ApiError("NoSuchEntity", f"Manifest not found for arn {arn}")
    return {
        "SAMLProviderUUID": found.uuid,
        "SAMLMetadataDocument": found.metadata,
        "CreateDate": found.created,
        "ValidUntil": found.valid_until,
        "AssertionEncryptionMode": found.encryption or None,
    }


def _list_providers(account: PracticeAccount, _: Mapping[str, str]) -> JsonObject:
    rows = [
        {"Arn": account.provider_arn(p), "ValidUntil": p.valid_until, "CreateDate": p.created}
        for p in account.providers
    ]
    return {"SAMLProviderList": rows}


def _simulate(account: PracticeAccount, asked: Mapping[str, str]) -> JsonObject:
    """The recorded answer for the resource; what is not recorded is `implicitDeny`, as for a role without policies."""
    arn = asked.get("PolicySourceArn", "")
    if arn not in map(account.role_arn, account.roles):
        raise ApiError("NoSuchEntity", f"The role {arn} cannot be found.")
    rows = [dict(_decisions(account, asked, resource)) for resource in _members(asked, "ResourceArns")]
    return {"IsTruncated": False, "EvaluationResults": rows}


def _decisions(account: PracticeAccount, asked: Mapping[str, str], resource: str) -> Iterator[tuple[str, object]]:
    yield "EvalActionName", next(_members(asked, "ActionNames"), "")
    yield "EvalResourceName", resource
    recorded = account.simulations.get(resource) or account.simulations.get("*") or {"EvalDecision": "implicitDeny"}
    yield from {"MatchedStatements": [], "MissingContextValues": [], **recorded}.items()


def _members(asked: Mapping[str, str], name: str) -> Iterator[str]:
    number = 1
    while (key := f"{name}.member.{number}") in asked:
        yield asked[key]
        number += 1


def _caller(account: PracticeAccount, _: Mapping[str, str]) -> JsonObject:
    arn = f"arn:{account.partition}:sts::{account.account}:assumed-role/Practice/you"
    return {"Arn": arn, "UserId": "AROAPRACTICEYOU00001:you", "Account": account.account}


_OPERATIONS: dict[str, Callable[[PracticeAccount, Mapping[str, str]], JsonObject]] = {
    "GetRole": _get_role,
    "ListAttachedRolePolicies": _list_attached,
    "ListRolePolicies": _list_inline,
    "GetRolePolicy": _get_inline,
    "GetPolicy": _get_policy,
    "GetPolicyVersion": _get_policy_version,
    "GetSAMLProvider": _get_provider,
    "ListSAMLProviders": _list_providers,
    "SimulatePrincipalPolicy": _simulate,
    "GetCallerIdentity": _caller,
}
