"""The practice AWS account: IAM, CloudTrail and STS's GetCallerIdentity beside practice Connect instances.

The real boto3 clients talk to it in process (`PracticeAccount.client`) or over HTTP on the loopback address
(`PracticeServer(account)`). Shapes follow the service models in botocore 1.44 (`iam/2010-05-08`, query protocol;
`cloudtrail/2013-11-01`, JSON 1.1; `sts/2011-06-15`). There is no policy engine: SimulatePrincipalPolicy gives recorded
answers. Assumed, because AWS does not say: the order of lists and the texts of error messages.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote
from xml.sax.saxutils import escape

from connect_saml_nb.training.emulator.base import (
    NOWHERE,
    ApiError,
    Emulator,
    HttpAnswer,
    TokenBucket,
    lonely_session,
    paged,
)
from connect_saml_nb.training.emulator.connect import ACCOUNT, REGION, PracticeInstance, error_answer, instances_page

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
class PracticeAccount(Emulator):
    """An AWS account that exists only here. IAM names are unique whatever their letter case, and compare exactly.

    `policies` maps ARNs to documents; `simulations` maps a resource ARN (`*` for any) to the decision's fields
    (`EvalDecision` and what else the service model has); `events` are CloudTrail events as JSON objects.
    """

    instances: tuple[PracticeInstance, ...] = ()
    roles: tuple[PracticeRole, ...] = ()
    providers: tuple[PracticeProvider, ...] = ()
    policies: Mapping[str, JsonObject] = field(default_factory=dict)
    simulations: Mapping[str, JsonObject] = field(default_factory=dict)
    events: Sequence[JsonObject] = ()
    account: str = ACCOUNT
    partition: str = "aws"
    trail_bucket: TokenBucket | None = None
    trail_page: int = 50
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict, init=False, repr=False)

    def handle(
        self, method: str, path: str, query: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
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
        return self.intercept(session.client(service, endpoint_url=NOWHERE, config=Config(**config)), service)

    # --- Connect ---

    def _connect(self, region: str, method: str, path: str, query: str, body: bytes) -> HttpAnswer:
        here = [i for i in self.instances if i.region == region]
        parts = (method, path, query, body)
        chosen = next((i for i in here if i.instance_id.encode() in path.encode() + body), None)
        if chosen is not None:
            return self._noted(chosen, parts)
        if path.rstrip("/") == "/instance" and len(here) == 1:
            return self._noted(here[0], parts)
        return self._list_or_miss(here, path, query)

    def _noted(self, instance: PracticeInstance, parts: tuple[str, str, str, bytes]) -> HttpAnswer:
        """The instance's own answer, with this account's faults."""
        before, own = len(instance.calls), instance.faults
        instance.faults = {**own, **self.faults}
        try:
            return instance.handle(*parts)
        finally:
            instance.faults = own
            self.calls += instance.calls[before:]

    def _list_or_miss(self, here: list[PracticeInstance], path: str, query: str) -> HttpAnswer:
        """ListInstances; whatever else is asked is about an instance that is not there."""
        try:
            if path.rstrip("/") == "/instance":
                self.admit("ListInstances", throttled="Throttling")
                return self.answer(json.dumps(instances_page(here, dict(parse_qsl(query)))), "application/json")
            self.admit("DescribeInstance", throttled="Throttling")
        except ApiError as error:
            return error_answer(self, error)
        return error_answer(self, ApiError("ResourceNotFoundException", "Instance not found"))

    # --- CloudTrail ---

    def _cloudtrail(self, region: str, body: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        kind = "application/x-amz-json-1.1"
        try:
            _check_target({name.lower(): value for name, value in headers.items()}.get("x-amz-target", ""))
            self.admit("LookupEvents", self.trail_bucket, "ThrottlingException" if self.trail_bucket else "Throttling")
            return self.answer(json.dumps(self._look_up(region, json.loads(body))), kind)
        except ApiError as error:
            return self.answer(json.dumps({"__type": error.code, "message": error.message}), kind, 400)

    def _look_up(self, region: str, request: JsonObject) -> JsonObject:
        wanted = {row["AttributeKey"]: row["AttributeValue"] for row in request.get("LookupAttributes", ())}
        start, end = request.get("StartTime", 0), request.get("EndTime", float("inf"))
        rows = [
            _trail_row(e)
            for e in self.events
            if e.get("awsRegion") == region
            and wanted.get("EventName") in {None, e.get("eventName")}
            and start <= _seconds(e) <= end
        ]
        return paged("Events", rows, self.trail_page, request.get("NextToken"), 50)

    # --- IAM and STS ---

    def _query(self, service: str, body: bytes) -> HttpAnswer:
        request = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        operation, namespace = request.get("Action", ""), _NAMESPACE.get(service, _NAMESPACE["iam"])
        try:
            self.admit(operation, throttled="Throttling")
            result = _OPERATIONS.get(operation, _unknown)(self, request)
        except ApiError as error:
            shown = _xml("Error", {"Type": "Sender", "Code": error.code, "Message": error.message})
            status = _STATUS.get(error.code, 400)
            return self._xml_answer("ErrorResponse", namespace, shown + _xml("RequestId", str(uuid.uuid4())), status)
        shown = _xml(f"{operation}Result", result) + _xml("ResponseMetadata", {"RequestId": str(uuid.uuid4())})
        return self._xml_answer(f"{operation}Response", namespace, shown)

    def _xml_answer(self, name: str, namespace: str, content: str, status: int = 200) -> HttpAnswer:
        return self.answer(f'<{name} xmlns="{namespace}">{content}</{name}>', "text/xml", status)

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


#: HTTP status of the query protocol's errors; all others are 400.
_STATUS = {"NoSuchEntity": 404, "AccessDenied": 403, "ExpiredToken": 403}
_NAMESPACE = {
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}
_CREDENTIAL = re.compile(r"Credential=[^/]*/\d{8}/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/aws4_request")


def _scope(headers: Mapping[str, str]) -> tuple[str, str]:
    """Service and Region of a request, from its signature (AWS Signature Version 4, "credential scope")."""
    signature = {name.lower(): value for name, value in headers.items()}.get("authorization", "")
    found = _CREDENTIAL.search(signature)
    return (found["service"], found["region"]) if found else ("iam", "us-east-1")


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


def _marked(name: str, rows: Iterable[Any], request: Mapping[str, str]) -> JsonObject:
    """A page by MaxItems and Marker."""
    every = list(rows)
    most, start = (int(request[key]) if request.get(key, "").isdecimal() else usual for key, usual in _PAGE.items())
    stop = start + most
    is_more = stop < len(every)
    return {name: every[start:stop], "IsTruncated": is_more, "Marker": str(stop) if is_more else None}


_PAGE = {"MaxItems": 100, "Marker": 0}


def _get_role(account: PracticeAccount, request: Mapping[str, str]) -> JsonObject:
    role = account.role(request.get("RoleName"))
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


def _list_attached(account: PracticeAccount, request: Mapping[str, str]) -> JsonObject:
    role = account.role(request.get("RoleName"))
    rows = ({"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in role.attached)
    return _marked("AttachedPolicies", rows, request)


def _list_inline(account: PracticeAccount, request: Mapping[str, str]) -> JsonObject:
    return _marked("PolicyNames", account.role(request.get("RoleName")).inline, request)


def _get_inline(account: PracticeAccount, request: Mapping[str, str]) -> JsonObject:
    role, name = account.role(request.get("RoleName")), request.get("PolicyName", "")
    if name not in role.inline:
        raise ApiError("NoSuchEntity", f"The role policy with name {name} cannot be found.")
    return {"RoleName": role.name, "PolicyName": name, "PolicyDocument": _encoded(role.inline[name])}


def _managed(account: PracticeAccount, request: Mapping[str, str]) -> tuple[str, JsonObject]:
    arn = request.get("PolicyArn", "")
    if arn not in account.policies:
        raise ApiError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")
    return arn, account.policies[arn]


def _get_policy(account: PracticeAccount, request: Mapping[str, str]) -> JsonObject:
    arn, _ = _managed(account, request)
    return {"Policy": {"PolicyName": arn.rpartition("/")[2], "Arn": arn, "DefaultVersionId": "v1", "Path": "/"}}


def _get_policy_version(account: PracticeAccount, request: Mapping[str, str]) -> JsonObject:
    _, document = _managed(account, request)
    if request.get("VersionId") != "v1":
        raise ApiError("NoSuchEntity", "The policy version does not exist.")
    return {"PolicyVersion": {"Document": _encoded(document), "VersionId": "v1", "IsDefaultVersion": True}}


def _get_provider(account: PracticeAccount, request: Mapping[str, str]) -> JsonObject:
    arn = request.get("SAMLProviderArn", "")
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


def _simulate(account: PracticeAccount, request: Mapping[str, str]) -> JsonObject:
    """The recorded answer for the resource; what is not recorded is `implicitDeny`, as for a role without policies."""
    arn = request.get("PolicySourceArn", "")
    if arn not in map(account.role_arn, account.roles):
        raise ApiError("NoSuchEntity", f"The role {arn} cannot be found.")
    rows = [dict(_decisions(account, request, resource)) for resource in _members(request, "ResourceArns")]
    return {"IsTruncated": False, "EvaluationResults": rows}


def _decisions(account: PracticeAccount, request: Mapping[str, str], resource: str) -> Iterator[tuple[str, object]]:
    yield "EvalActionName", next(_members(request, "ActionNames"), "")
    yield "EvalResourceName", resource
    recorded = account.simulations.get(resource) or account.simulations.get("*") or {"EvalDecision": "implicitDeny"}
    yield from {"MatchedStatements": [], "MissingContextValues": [], **recorded}.items()


def _members(request: Mapping[str, str], name: str) -> Iterator[str]:
    number = 1
    while (key := f"{name}.member.{number}") in request:
        yield request[key]
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
