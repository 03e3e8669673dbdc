"""The practice Connect instance: a stand-in of the Connect REST API that the real boto3 client and AWS CLI talk to.

One core (`PracticeInstance.handle`) and two ways in: `PracticeInstance.client()` gives a boto3 client whose requests
never leave the process, `PracticeServer` serves the same core over HTTP on the loopback address.
Requests, answers and error shapes follow the service model in botocore 1.44 (`connect/2017-08-08`); paging, limits
and throttling follow the Amazon Connect API reference ("2 requests per second, burst 5").
Assumed, because AWS does not say: the order of users, the texts of error messages, and that searches compare exactly.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from connect_saml_nb.model.record import replace
from connect_saml_nb.model.users import User, Users
from connect_saml_nb.samples import practice_clock, practice_users
from connect_saml_nb.users import connect_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from connect_saml_nb.model import JsonObject

INSTANCE_ID = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
REGION = "us-west-2"
ACCOUNT = "111122223333"
ALIAS = "practice-connect"

_DEFAULT_PAGE = 100
_LONGEST_BODY = 1 << 20
_DEEPEST_CRITERIA = 8


class Answer(NamedTuple):
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ApiError(Exception):
    """An error that the API answers with."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


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
class TokenBucket:
    """Connect's request limit: `rate` requests a second, `burst` at once. Not for several threads at once."""

    rate: float = 2.0
    burst: float = 5.0
    clock: Callable[[], float] = time.monotonic
    _tokens: float = field(init=False, repr=False)
    _last: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._tokens = self.burst
        self._last = self.clock()

    def take(self) -> bool:
        """Whether one more request is allowed now."""
        now = self.clock()
        self._tokens = min(self.burst, self._tokens + (now - self._last) * self.rate)
        self._last = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


@dataclass
class PracticeInstance:
    """A Connect instance that exists only here.

    `bucket` limits requests as AWS does; `throttle_every` answers every n-th request with ThrottlingException;
    `faults` names the error that an operation always answers with, for example `{"ListUsers": "AccessDeniedException"}`
    (any code of the AWS error list); `calls` are the operations asked for so far, in order. `time` gives the answers'
    `Date` header in seconds since 1970. `replication` is DescribeInstance's ReplicationConfiguration.
    """

    users: tuple[User, ...]
    alias: str = ALIAS
    instance_id: str = INSTANCE_ID
    region: str = REGION
    account: str = ACCOUNT
    management_type: str = "SAML"
    status: str = "ACTIVE"
    bucket: TokenBucket | None = None
    throttle_every: int = 0
    faults: Mapping[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list, repr=False)
    time: Callable[[], float] = field(default=time.time, repr=False)
    replication: JsonObject | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @classmethod
    def from_users(cls, users: Users, alias: str = ALIAS, **settings: Any) -> Self:  # noqa: ANN401 - the fields above
        """An instance that holds these users, with the list's own instance ID, Region and account where it tells."""
        told = {"instance_id": users.instance_id, "region": users.region, "account": users.account}
        known = {name: value for name, value in told.items() if value}
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
    ) -> Answer:
        """Answer one request; never raises. The headers are not looked at."""
        del headers
        try:
            operation, parameters = _route(method, path)
            with self._lock:
                self._admit(operation)
            result = _OPERATIONS[operation](self, parameters, _query(query), body)
        except ApiError as error:
            return self._answer(_STATUS.get(error.code, 400), {"message": error.message}, error.code)
        return self._answer(200, result)

    def _admit(self, operation: str) -> None:
        self.calls.append(operation)
        if code := self.faults.get(operation):
            template = _MESSAGES.get(code, f"Practice fault {code}")
            raise ApiError(code, template.format(account=self.account, operation=operation, arn=self.arn))
        limited = self.bucket is not None and not self.bucket.take()
        if limited or (self.throttle_every and len(self.calls) % self.throttle_every == 0):
            raise ApiError("ThrottlingException", _MESSAGES["ThrottlingException"])

    def _answer(self, status: int, result: JsonObject, error: str = "") -> Answer:
        headers = {
            "Content-Type": "application/json",
            "Date": formatdate(self.time(), usegmt=True),
            "x-amzn-RequestId": str(uuid.uuid4()),
        }
        if error:
            headers["x-amzn-ErrorType"] = error
        return Answer(status, headers, json.dumps(result).encode())

    def check_instance(self, instance_id: str) -> None:
        """Raise the API's error unless the request is for this instance (its ID, or its ARN)."""
        if instance_id not in {self.instance_id, self.arn}:
            raise ApiError("ResourceNotFoundException", "Instance not found")

    def client(self, **config: Any) -> Any:  # noqa: ANN401 - boto3 has no static type for a client; the keywords are Config's
        """A real boto3 Connect client for this instance; nothing leaves the process and no AWS setting is read.

        `config` goes to `botocore.config.Config`.
        """
        client = connect_client(lonely_session(), self.region, endpoint_url="https://practice.invalid", **config)
        client.meta.events.register("before-send.connect", self._before_send)
        return client

    def _before_send(self, request: Any, **_: Any) -> Any:  # noqa: ANN401 - botocore's event signature
        return answer_in_process(request, self.handle)

    def row(self) -> JsonObject:
        """The instance as ListInstances and DescribeInstance give it."""
        return _instance_row(self)


def answer_in_process(request: Any, handle: Callable[[str, str, str, bytes], Answer]) -> Any:  # noqa: ANN401 - botocore has no static types
    """What botocore takes for the HTTP response to a prepared request, so that none is sent."""
    from botocore.awsrequest import AWSResponse  # noqa: PLC0415

    url = urlsplit(request.url)
    body = request.body or b""
    answer = handle(request.method, url.path, url.query, body.encode() if isinstance(body, str) else body)
    headers: Any = dict(answer.headers)  # a plain mapping will do; the stubs name botocore's own type
    return AWSResponse(request.url, answer.status, headers, _Stream(answer.body))


class _Stream:
    """The part of a urllib3 response that botocore reads."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:  # noqa: ANN401 - urllib3's signature
        yield self._body


def lonely_session() -> Any:  # noqa: ANN401 - botocore has no static type for it
    """A botocore session that reads no configuration file, no profile and no credentials of this machine."""
    import botocore.session  # noqa: PLC0415

    nowhere = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    session = botocore.session.Session(session_vars=nowhere)
    session.set_credentials("practice", "practice")
    return session


def _partition(region: str) -> str:
    return {"us-gov": "aws-us-gov", "cn-": "aws-cn"}.get(region[:6] if region[:3] != "cn-" else "cn-", "aws")


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


def _query(query: str) -> dict[str, str]:
    with suppress(ValueError):
        return dict(parse_qsl(query, keep_blank_values=True, max_num_fields=50))
    raise ApiError("InvalidRequestException", "The query cannot be read")


class Page(NamedTuple):
    """A part of a list, and the token of the next one."""

    start: int
    stop: int
    next_token: str | None


def page_of(total: int, wanted: object, token: object, most: int) -> Page:
    """The page that a request asks for by size and token, at most `most` long. Raises the API's error."""
    start = _offset(token) if token else 0
    if start > total:
        raise ApiError("InvalidParameterException", "NextToken is not valid")
    stop = min(total, start + _size(wanted, most))
    return Page(start, stop, _token(stop) if stop < total else None)


def _size(wanted: object, most: int) -> int:
    if wanted is None:
        return min(_DEFAULT_PAGE, most)
    text = str(wanted)
    size = int(text) if re.fullmatch(r"[0-9]{1,6}", text) else 0
    if not 1 <= size <= most:
        raise ApiError("InvalidParameterException", f"MaxResults must be between 1 and {most}")
    return size


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"practice:{offset}".encode()).decode()


def _offset(token: object) -> int:
    with suppress(binascii.Error, ValueError):
        found = re.fullmatch(rb"practice:([0-9]{1,9})", base64.urlsafe_b64decode(str(token)))
        if found:
            return int(found[1])
    raise ApiError("InvalidParameterException", "NextToken is not valid")


def _with_token(result: JsonObject, page: Page) -> JsonObject:
    return {**result, "NextToken": page.next_token} if page.next_token else result


def _list_users(instance: PracticeInstance, path: tuple[str, ...], query: dict[str, str], _: bytes) -> JsonObject:
    instance.check_instance(path[0])
    page = page_of(len(instance.users), query.get("maxResults"), query.get("nextToken"), 1000)
    rows = [_summary(user, instance.region) for user in instance.users[page.start : page.stop]]
    return _with_token({"UserSummaryList": rows}, page)


def _summary(user: User, region: str) -> JsonObject:
    row: JsonObject = {"Id": user.user_id, "Arn": user.arn, "Username": user.username}
    if user.last_modified is not None:
        row |= {"LastModifiedTime": user.last_modified.timestamp(), "LastModifiedRegion": region}
    return row


def _search_users(instance: PracticeInstance, _: tuple[str, ...], __: dict[str, str], body: bytes) -> JsonObject:
    request = _json(body)
    instance.check_instance(str(request.get("InstanceId")))
    criteria = request.get("SearchCriteria") or {}
    found = [user for user in instance.users if _meets(user, criteria, 0)]
    page = page_of(len(found), request.get("MaxResults"), request.get("NextToken"), 500)
    rows = [_search_row(user) for user in found[page.start : page.stop]]
    return _with_token({"Users": rows, "ApproximateTotalCount": len(found)}, page)


def _json(body: bytes) -> JsonObject:
    with suppress(ValueError, RecursionError):
        value = json.loads(body[:_LONGEST_BODY] or b"{}")
        if isinstance(value, dict):
            return value
    raise ApiError("InvalidRequestException", "The body is not a JSON object")


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


def _describe_user(instance: PracticeInstance, path: tuple[str, ...], _: dict[str, str], __: bytes) -> JsonObject:
    instance.check_instance(path[0])
    user = next((user for user in instance.users if path[1] in {user.user_id, user.arn}), None)
    if user is None:
        raise ApiError("ResourceNotFoundException", "User not found")
    return {"User": {**_summary(user, instance.region), **_search_row(user)}}


def _list_instances(instance: PracticeInstance, _: tuple[str, ...], query: dict[str, str], __: bytes) -> JsonObject:
    page = page_of(1, query.get("maxResults"), query.get("nextToken"), 10)
    return _with_token({"InstanceSummaryList": [_instance_row(instance)][page.start : page.stop]}, page)


def _describe_instance(instance: PracticeInstance, path: tuple[str, ...], _: dict[str, str], __: bytes) -> JsonObject:
    instance.check_instance(path[0])
    more = {"ReplicationConfiguration": instance.replication} if instance.replication else {}
    return {"Instance": _instance_row(instance), **more}


def _instance_row(instance: PracticeInstance) -> JsonObject:
    return {
        "Id": instance.instance_id,
        "Arn": instance.arn,
        "IdentityManagementType": instance.management_type,
        "InstanceAlias": instance.alias,
        "CreatedTime": 1700000000,
        "InstanceStatus": instance.status,
        "InboundCallsEnabled": True,
        "OutboundCallsEnabled": True,
        "InstanceAccessUrl": instance.access_url,
    }


_OPERATIONS: dict[str, Callable[[PracticeInstance, tuple[str, ...], dict[str, str], bytes], JsonObject]] = {
    "ListUsers": _list_users,
    "SearchUsers": _search_users,
    "DescribeUser": _describe_user,
    "ListInstances": _list_instances,
    "DescribeInstance": _describe_instance,
}


# --- over HTTP ---------------------------------------------------------------------------------------------


class Answering(Protocol):
    """What can be served: a practice instance, or a whole practice account."""

    def handle(
        self, method: str, path: str, query: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Answer one request."""
        ...


class PracticeServer:
    """Serves a practice instance or account over HTTP on 127.0.0.1: `with PracticeServer(instance) as url: ...`.

    `port` 0 takes any free one.
    """

    def __init__(self, instance: Answering, port: int = 0) -> None:
        handler = type("Handler", (_Handler,), {"instance": instance})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> str:
        self._thread.start()
        return self.url

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Hands each request to the instance.

    Headers and body leave in one write: two small writes cost 40 ms a request (delayed ACK).
    """

    protocol_version = "HTTP/1.1"
    timeout = 30
    instance: Answering

    def _serve(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not re.fullmatch(r"[0-9]{1,7}", length) or int(length) > _LONGEST_BODY:
            self.close_connection = True
            self._send(Answer(413, {}, b""))
            return
        url = urlsplit(self.path)
        body = self.rfile.read(int(length))
        self._send(self.instance.handle(self.command, url.path, url.query, body, dict(self.headers.items())))

    do_GET = do_POST = _serve  # noqa: N815 - http.server finds them by these names

    def _send(self, answer: Answer) -> None:
        reason = self.responses.get(answer.status, ("",))[0]
        head = [f"HTTP/1.1 {answer.status} {reason}", f"Content-Length: {len(answer.body)}"]
        head += [f"{name}: {value}" for name, value in answer.headers.items()]
        if self.close_connection:
            head.append("Connection: close")
        self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1") + answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Stay silent."""


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
