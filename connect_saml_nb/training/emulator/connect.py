"""The practice Connect instance: a stand-in of the Connect REST API that the real boto3 client and AWS CLI talk to.

One core (`PracticeInstance.handle`) and two ways in: `PracticeInstance.client()` gives a boto3 client whose requests
never leave the process, `PracticeServer` serves the same core over HTTP on the loopback address.
Requests, answers and error shapes follow the service model in botocore 1.44 (`connect/2017-08-08`); paging, limits
and throttling follow the Amazon Connect API reference ("2 requests per second, burst 5").
Assumed, because AWS does not say: the order of users, the texts of error messages, and that searches compare exactly.
"""

from __future__ import annotations

import json
import re
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, unquote

from connect_saml_nb.model.record import replace
from connect_saml_nb.model.users import User, Users
from connect_saml_nb.samples import practice_clock, practice_users
from connect_saml_nb.training.emulator.base import (
    NOWHERE,
    ApiError,
    Emulator,
    HttpAnswer,
    TokenBucket,
    json_object,
    lonely_session,
    paged,
)
from connect_saml_nb.users import connect_client

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connect_saml_nb.model import JsonObject

INSTANCE_ID = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
REGION = "us-west-2"
ACCOUNT = "111122223333"
ALIAS = "practice-connect"
_DEEPEST_CRITERIA = 8

#: HTTP status of each error, from the service model; the last five are common to all AWS services.
_STATUS = {
    "InvalidRequestException": 400,
    "InvalidParameterException": 400,
    "ResourceNotFoundException": 404,
    "ThrottlingException": 429,
    "TooManyRequestsException": 429,
    "InternalServiceException": 500,
    "AccessDeniedException": 403,
    "ExpiredTokenException": 403,
    "UnrecognizedClientException": 403,
    "InvalidSignatureException": 403,
    "UnknownOperationException": 404,
}
_MESSAGES = {
    "AccessDeniedException": "User: arn:aws:sts::{account}:assumed-role/Practice/you is not authorized to perform: "
    "connect:{operation} on resource: {arn}",
    "ExpiredTokenException": "The security token included in the request is expired",
    "UnrecognizedClientException": "The security token included in the request is invalid.",
    "ThrottlingException": "Rate exceeded",
    "TooManyRequestsException": "Too Many Requests",
}


@dataclass
class PracticeInstance(Emulator):
    """A Connect instance that exists only here.

    `bucket` limits requests as AWS does; `replication` is DescribeInstance's ReplicationConfiguration.
    """

    users: tuple[User, ...]
    alias: str = ALIAS
    instance_id: str = INSTANCE_ID
    region: str = REGION
    account: str = ACCOUNT
    management_type: str = "SAML"
    status: str = "ACTIVE"
    bucket: TokenBucket | None = None
    replication: JsonObject | None = None

    @classmethod
    def from_users(cls, users: Users, alias: str = ALIAS, **settings: Any) -> Self:  # noqa: ANN401 - the fields above
        """An instance that holds these users, with the list's own instance ID, Region and account where it has them."""
        named = {"instance_id": users.instance_id, "region": users.region, "account": users.account}
        known = {name: value for name, value in named.items() if value}
        return cls(users.users, alias, **{**known, **settings})

    def __post_init__(self) -> None:
        self.users = tuple(self._whole(user) for user in self.users)

    @property
    def arn(self) -> str:
        """The instance's ARN."""
        return f"arn:{_partition(self.region)}:connect:{self.region}:{self.account}:instance/{self.instance_id}"

    @property
    def access_url(self) -> str:
        """Where people sign in."""
        return f"https://{self.alias}.my.connect.aws"

    def _whole(self, user: User) -> User:
        """The user with an ID and an ARN: made-up ones, always the same for the same name, where it has none."""
        user_id = user.user_id or str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.instance_id}/{user.username!a}"))
        return replace(user, user_id=user_id, arn=user.arn or f"{self.arn}/agent/{user_id}")

    def handle(
        self, method: str, path: str, query: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        """Answer one request; never raises. The headers are not looked at."""
        del headers
        try:
            operation, parameters = _route(method, path)
            self.admit(operation, self.bucket)
            request = json_object(body) if method == "POST" else _query(query)
            result = _OPERATIONS[operation](self, parameters, request)
        except ApiError as error:
            return error_answer(self, error)
        return self.answer(json.dumps(result), "application/json")

    def fault_message(self, code: str, operation: str) -> str:
        """What AWS says with this code."""
        template = _MESSAGES.get(code, f"Practice fault {code}")
        return template.format(account=self.account, operation=operation, arn=self.arn)

    def check_instance(self, instance_id: str) -> None:
        """Raise the API's error unless the request is for this instance (its ID, or its ARN)."""
        if instance_id not in {self.instance_id, self.arn}:
            raise ApiError("ResourceNotFoundException", "Instance not found")

    def client(self, **config: Any) -> Any:  # noqa: ANN401 - boto3 has no static type for a client; the keywords are Config's
        """A real boto3 Connect client for this instance; nothing leaves the process and no AWS setting is read.

        `config` goes to `botocore.config.Config`.
        """
        client = connect_client(lonely_session(), self.region, endpoint_url=NOWHERE, **config)
        return self.intercept(client, "connect")

    def row(self) -> JsonObject:
        """The instance as ListInstances and DescribeInstance give it."""
        return {
            "Id": self.instance_id,
            "Arn": self.arn,
            "IdentityManagementType": self.management_type,
            "InstanceAlias": self.alias,
            "CreatedTime": 1700000000,
            "InstanceStatus": self.status,
            "InboundCallsEnabled": True,
            "OutboundCallsEnabled": True,
            "InstanceAccessUrl": self.access_url,
        }


def error_answer(emulator: Emulator, error: ApiError) -> HttpAnswer:
    """An error as the Connect API answers it."""
    body, headers = json.dumps({"message": error.message}), {"x-amzn-ErrorType": error.code}
    return emulator.answer(body, "application/json", _STATUS.get(error.code, 400), **headers)


def _partition(region: str) -> str:
    return "aws-us-gov" if region.startswith("us-gov") else "aws-cn" if region.startswith("cn-") else "aws"


# --- the operations ----------------------------------------------------------------------------------------

_ROUTES = (
    ("GET", re.compile(r"/users-summary/([^/]+)/?"), "ListUsers"),
    ("POST", re.compile(r"/search-users/?"), "SearchUsers"),
    ("GET", re.compile(r"/users/([^/]+)/([^/]+)/?"), "DescribeUser"),
    ("GET", re.compile(r"/instance/?"), "ListInstances"),
    ("GET", re.compile(r"/instance/([^/]+)/?"), "DescribeInstance"),
)


def _route(method: str, path: str) -> tuple[str, tuple[str, ...]]:
    for wanted, pattern, operation in _ROUTES:
        found = pattern.fullmatch(path)
        if found and method == wanted:
            return operation, tuple(unquote(part) for part in found.groups())
    raise ApiError("UnknownOperationException", "The practice instance does not know this operation")


def _query(query: str) -> JsonObject:
    with suppress(ValueError):
        return dict(parse_qsl(query, keep_blank_values=True, max_num_fields=50))
    raise ApiError("InvalidRequestException", "The query cannot be read")


def _list_users(instance: PracticeInstance, path: tuple[str, ...], request: JsonObject) -> JsonObject:
    instance.check_instance(path[0])
    rows = [_summary(user, instance.region) for user in instance.users]
    return paged("UserSummaryList", rows, request.get("maxResults"), request.get("nextToken"), 1000)


def _summary(user: User, region: str) -> JsonObject:
    row: JsonObject = {"Id": user.user_id, "Arn": user.arn, "Username": user.username}
    if user.last_modified is not None:
        row |= {"LastModifiedTime": user.last_modified.timestamp(), "LastModifiedRegion": region}
    return row


def _search_users(instance: PracticeInstance, _: tuple[str, ...], request: JsonObject) -> JsonObject:
    instance.check_instance(str(request.get("InstanceId")))
    criteria = request.get("SearchCriteria") or {}
    rows = [_search_row(user) for user in instance.users if _meets(user, criteria, 0)]
    page = paged("Users", rows, request.get("MaxResults"), request.get("NextToken"), 500)
    return {**page, "ApproximateTotalCount": len(rows)}


def _meets(user: User, criteria: object, depth: int) -> bool:
    if not isinstance(criteria, dict) or depth > _DEEPEST_CRITERIA:
        raise ApiError("InvalidParameterException", "SearchCriteria is not valid")
    either, every = _conditions(criteria, "OrConditions"), _conditions(criteria, "AndConditions")
    string = criteria.get("StringCondition")
    return (
        (not either or any(_meets(user, part, depth + 1) for part in either))
        and all(_meets(user, part, depth + 1) for part in every)
        and (not string or _meets_string(user, string))
    )


def _conditions(criteria: JsonObject, key: str) -> list[object]:
    found = criteria.get(key) or []
    if not isinstance(found, list):
        raise ApiError("InvalidParameterException", f"{key} is not a list")
    return found


def _meets_string(user: User, condition: object) -> bool:
    if not isinstance(condition, dict):
        raise ApiError("InvalidParameterException", "StringCondition is not valid")
    first, last = _made_up_name(user.username)
    fields = {"username": user.username, "firstname": first, "lastname": last, "resourceid": user.user_id}
    value, wanted = fields.get(str(condition.get("FieldName")).casefold()), str(condition.get("Value") or "")
    compare = _COMPARISONS.get(str(condition.get("ComparisonType") or "EXACT"))
    if value is None or compare is None:
        raise ApiError("InvalidParameterException", "StringCondition is not valid")
    return compare(value, wanted)


_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "STARTS_WITH": lambda value, wanted: value.startswith(wanted),
    "CONTAINS": lambda value, wanted: wanted in value,
    "EXACT": lambda value, wanted: value == wanted,
}


def _made_up_name(username: str) -> tuple[str, str]:
    """First and last name, read off the username: the practice instance has no other source."""
    first, _, last = username.partition("@")[0].replace("_", ".").partition(".")
    return first.capitalize(), last.capitalize()


def _search_row(user: User) -> JsonObject:
    first, last = _made_up_name(user.username)
    names = {"FirstName": first, "LastName": last}
    return {"Id": user.user_id, "Arn": user.arn, "Username": user.username, "IdentityInfo": names}


def _describe_user(instance: PracticeInstance, path: tuple[str, ...], _: JsonObject) -> JsonObject:
    instance.check_instance(path[0])
    user = next((user for user in instance.users if path[1] in {user.user_id, user.arn}), None)
    if user is None:
        raise ApiError("ResourceNotFoundException", "User not found")
    return {"User": {**_summary(user, instance.region), **_search_row(user)}}


def _list_instances(instance: PracticeInstance, _: tuple[str, ...], request: JsonObject) -> JsonObject:
    return instances_page([instance], request)


def instances_page(instances: list[PracticeInstance], request: JsonObject) -> JsonObject:
    """A page of ListInstances."""
    rows = [instance.row() for instance in instances]
    return paged("InstanceSummaryList", rows, request.get("maxResults"), request.get("nextToken"), 10)


def _describe_instance(instance: PracticeInstance, path: tuple[str, ...], _: JsonObject) -> JsonObject:
    instance.check_instance(path[0])
    more = {"ReplicationConfiguration": instance.replication} if instance.replication else {}
    return {"Instance": instance.row(), **more}


_OPERATIONS: dict[str, Callable[[PracticeInstance, tuple[str, ...], JsonObject], JsonObject]] = {
    "ListUsers": _list_users,
    "SearchUsers": _search_users,
    "DescribeUser": _describe_user,
    "ListInstances": _list_instances,
    "DescribeInstance": _describe_instance,
}

# --- the default one ---------------------------------------------------------------------------------------

_PEOPLE = (
    "jane.doe@example.com",
    "john.smith@example.com",
    "Maria.Garcia@example.com",
    "wei.chen@example.com",
    "priya.nair@example.com",
    "Lee.Chen@example.com",
    "LEE.CHEN@example.com",
    "o.brien@example.com",
    "supervisor1",
    "admin",
)


def default_instance(**settings: Any) -> PracticeInstance:  # noqa: ANN401 - PracticeInstance's fields
    """The practice instance with ten made-up people, among them two whose usernames differ only in letter case."""
    modified = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    return PracticeInstance(tuple(User(name, last_modified=modified) for name in _PEOPLE), **settings)


def practice_instance() -> PracticeInstance:
    """A new practice instance with the users of the bundled list; its clock stands at the day of the recordings."""
    return PracticeInstance.from_users(practice_users(), time=practice_clock().timestamp)
