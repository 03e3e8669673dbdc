"""The practice Connect instance, asked by the real boto3 client (and by hand with AWS CLI 1.45.11)."""

# ruff: noqa: D103 - the names of tests state the behaviour

from __future__ import annotations

import http.client
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from connect_saml_nb.model.users import User, Users
from connect_saml_nb.training.emulator.base import PracticeServer, TokenBucket
from connect_saml_nb.training.emulator.connect import INSTANCE_ID, PracticeInstance, default_instance
from connect_saml_nb.users import list_users

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

MODIFIED = datetime(2025, 11, 24, 16, tzinfo=UTC)


def practice(count: int = 3, **settings: Any) -> PracticeInstance:
    return PracticeInstance(
        tuple(User(f"agent{n}@example.com", last_modified=MODIFIED) for n in range(count)), **settings
    )


def code(raised: pytest.ExceptionInfo[BaseException]) -> str:
    """The error code that boto3 read out of an answer."""
    return str(getattr(raised.value, "response", {})["Error"]["Code"])


# --- ListUsers ---------------------------------------------------------------------------------------------


def test_a_page_holds_a_hundred_unless_asked() -> None:
    assert len(practice(101).client().list_users(InstanceId=INSTANCE_ID)["UserSummaryList"]) == 100


def test_the_last_page_has_no_token() -> None:
    assert "NextToken" not in practice(100).client().list_users(InstanceId=INSTANCE_ID)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_the_paginator_gives_every_user_once(size: int) -> None:
    instance = practice(20)
    pages = (
        instance.client()
        .get_paginator("list_users")
        .paginate(InstanceId=INSTANCE_ID, PaginationConfig={"PageSize": size})
    )
    assert [row["Username"] for page in pages for row in page["UserSummaryList"]] == [
        u.username for u in instance.users
    ]


def test_a_row_has_the_fields_of_the_api() -> None:
    row = practice().client().list_users(InstanceId=INSTANCE_ID)["UserSummaryList"][0]
    assert sorted(row) == ["Arn", "Id", "LastModifiedRegion", "LastModifiedTime", "Username"]


@pytest.mark.parametrize("query", ["maxResults=0", "maxResults=1001", "maxResults=x", "nextToken=x", "nextToken=%00"])
def test_parameters_out_of_range_are_refused(query: str) -> None:
    answer = practice().handle("GET", f"/users-summary/{INSTANCE_ID}", query, b"")
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "InvalidParameterException")


def test_another_instance_raises_boto3s_own_exception() -> None:
    client = practice().client()
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.list_users(InstanceId="another")


# --- the other operations ----------------------------------------------------------------------------------


def found(instance: PracticeInstance, criteria: dict[str, Any]) -> list[str]:
    """The usernames that SearchUsers gives."""
    answer = instance.client().search_users(InstanceId=INSTANCE_ID, SearchCriteria=criteria)
    return [row["Username"] for row in answer["Users"]]


def string(value: str, comparison: str = "EXACT", name: str = "Username") -> dict[str, Any]:
    return {"StringCondition": {"FieldName": name, "Value": value, "ComparisonType": comparison}}


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        (string("admin"), ["admin"]),
        (string("Lee", "STARTS_WITH"), ["Lee.Chen@example.com"]),
        (string(".smith@", "CONTAINS"), ["john.smith@example.com"]),
        (string("Wei", name="FirstName"), ["wei.chen@example.com"]),
        ({"OrConditions": [string("admin"), string("supervisor1")]}, ["supervisor1", "admin"]),
        ({"AndConditions": [string("admin"), string("supervisor1")]}, []),
    ],
)
def test_search_users_meets_its_criteria(criteria: dict[str, Any], expected: list[str]) -> None:
    assert found(default_instance(), criteria) == expected


def test_search_users_pages_and_counts() -> None:
    answer = practice(5).client().search_users(InstanceId=INSTANCE_ID, MaxResults=2)
    assert (len(answer["Users"]), "NextToken" in answer, answer["ApproximateTotalCount"]) == (2, True, 5)


BROKEN_CRITERIA = [
    "x",
    {"OrConditions": 7},
    {"AndConditions": ["x"]},
    {"StringCondition": 7},
    {"StringCondition": {"FieldName": "x"}},
]


@pytest.mark.parametrize("criteria", BROKEN_CRITERIA)
def test_broken_criteria_are_refused(criteria: object) -> None:
    body = json.dumps({"InstanceId": INSTANCE_ID, "SearchCriteria": criteria}).encode()
    assert practice().handle("POST", "/search-users", "", body).status == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"InstanceId": 7}', b"\xff", b"[" * 9999])
def test_a_broken_search_is_answered_with_an_error(body: bytes) -> None:
    assert practice().handle("POST", "/search-users", "", body).status in {400, 404}


def test_describe_user_gives_one_user() -> None:
    instance = default_instance()
    user = instance.client().describe_user(InstanceId=INSTANCE_ID, UserId=instance.users[0].user_id)["User"]
    assert (user["Username"], user["IdentityInfo"]) == (
        "jane.doe@example.com",
        {"FirstName": "Jane", "LastName": "Doe"},
    )


def test_describe_user_does_not_know_a_stranger() -> None:
    client = practice().client()
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.describe_user(InstanceId=INSTANCE_ID, UserId="stranger")


def test_list_and_describe_instance_agree() -> None:
    client = practice(management_type="CONNECT_MANAGED").client()
    listed = client.list_instances()["InstanceSummaryList"]
    assert listed == [client.describe_instance(InstanceId=INSTANCE_ID)["Instance"]]


def test_an_operation_that_is_not_there_is_refused() -> None:
    with pytest.raises(Exception, match="UnknownOperationException") as raised:
        practice().client().list_queues(InstanceId=INSTANCE_ID)
    assert code(raised) == "UnknownOperationException"


# --- errors and throttling ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("AccessDeniedException", 403),
        ("ExpiredTokenException", 403),
        ("InvalidRequestException", 400),
        ("ThrottlingException", 429),
        ("TooManyRequestsException", 429),
        ("InternalServiceException", 500),
    ],
)
def test_a_fault_comes_with_its_code_and_status(name: str, status: int) -> None:
    client = practice(faults={"ListUsers": name}).client(retries={"total_max_attempts": 1})
    with pytest.raises(Exception, match=name) as raised:
        client.list_users(InstanceId=INSTANCE_ID)
    response = getattr(raised.value, "response", {})
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (name, status)


def test_the_bucket_allows_a_burst_of_five_and_then_two_a_second() -> None:
    now = [0.0]
    bucket = TokenBucket(clock=lambda: now[0])
    burst = [bucket.take() for _ in range(6)]
    now[0] = 1.0
    assert (burst, [bucket.take() for _ in range(3)]) == ([True] * 5 + [False], [True, True, False])


def test_the_instance_throttles_with_its_bucket() -> None:
    instance = practice(bucket=TokenBucket(burst=2, clock=lambda: 0.0))
    statuses = [instance.handle("GET", f"/users-summary/{INSTANCE_ID}", "", b"").status for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_every_nth_call_can_be_throttled() -> None:
    instance = practice(throttle_every=3)
    statuses = [instance.handle("GET", "/instance", "", b"").status for _ in range(6)]
    assert statuses == [200, 200, 429, 200, 200, 429]


# --- making one --------------------------------------------------------------------------------------------


def test_an_instance_of_a_saved_list_has_its_identity_and_users() -> None:
    users = Users(
        "x", (User("a", "id-a"),), complete=True, instance_id="i-1", region="eu-central-1", account="999988887777"
    )
    instance = PracticeInstance.from_users(users, alias="other")
    assert instance.client().describe_instance(InstanceId="i-1")["Instance"]["Arn"] == (
        "arn:aws:connect:eu-central-1:999988887777:instance/i-1"
    )


def test_users_without_ids_get_the_same_made_up_ones_each_time() -> None:
    assert practice().users == practice().users


def test_a_listed_practice_instance_makes_the_same_instance_again() -> None:
    users = list_users(INSTANCE_ID, client=default_instance().client())
    assert PracticeInstance.from_users(users).users == default_instance().users


def test_a_govcloud_instance_has_a_govcloud_arn() -> None:
    assert practice(region="us-gov-west-1").arn.startswith("arn:aws-us-gov:connect:us-gov-west-1:")


def test_hostile_usernames_travel_unchanged() -> None:
    names = ("<script>", "a\u0000b", "\ud800", "x" * 300, " ")
    rows = PracticeInstance(tuple(map(User, names))).client().list_users(InstanceId=INSTANCE_ID)["UserSummaryList"]
    assert tuple(row["Username"] for row in rows) == names


def test_the_client_reads_no_aws_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    assert (
        practice(2).client().list_users(InstanceId=INSTANCE_ID)["UserSummaryList"][1]["Username"]
        == "agent1@example.com"
    )


# --- over HTTP ---------------------------------------------------------------------------------------------


@pytest.fixture
def connection() -> Iterator[http.client.HTTPConnection]:
    """A connection to a served practice instance."""
    with PracticeServer(practice()) as url:
        parts = urlsplit(url)
        opened = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        yield opened
        opened.close()


def test_the_server_listens_on_the_loopback_address_only() -> None:
    with PracticeServer(practice()) as url:
        assert url.startswith("http://127.0.0.1:")


def test_one_connection_serves_several_requests(connection: http.client.HTTPConnection) -> None:
    bodies = []
    for _ in range(2):
        connection.request("GET", "/instance")
        bodies.append(json.loads(connection.getresponse().read())["InstanceSummaryList"][0]["Id"])
    assert bodies == [INSTANCE_ID] * 2


@pytest.mark.parametrize("length", ["-1", "x", "9999999999", "2000000"])
def test_a_body_of_absurd_length_is_refused(connection: http.client.HTTPConnection, length: str) -> None:
    connection.putrequest("POST", "/search-users")
    connection.putheader("Content-Length", length)
    connection.endheaders()
    assert connection.getresponse().status == 413


def test_unknown_paths_get_a_json_error(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/../etc/passwd?x=%ff")
    response = connection.getresponse()
    assert (response.status, list(json.loads(response.read()))) == (404, ["message"])


def test_the_server_stops_at_the_end_of_the_block() -> None:
    with PracticeServer(practice()) as url:
        port = urlsplit(url).port
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection("127.0.0.1", port, timeout=2).connect()
