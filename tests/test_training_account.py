"""The practice account: what the real boto3 clients and an independent reading of the service models get from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from account_world import (
    HOME,
    MANAGED,
    PROVIDER_ARN,
    ROLE_ARN,
    ROLE_ID,
    account,
    connect_event,
    federation,
    saml_event,
    trust,
)
from botocore.exceptions import ClientError
from build import NOW

from connect_saml_nb.training.emulator.account import PracticeRole
from connect_saml_nb.training.emulator.base import PracticeServer, TokenBucket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.training.emulator.account import PracticeAccount


@pytest.fixture(scope="module")
def world() -> PracticeAccount:
    """One account whose clients are made once."""
    return account()


@pytest.fixture(autouse=True)
def _no_faults(world: PracticeAccount) -> Iterator[None]:
    yield
    world.faults, world.throttle_every, world.trail_bucket, world.trail_page = {}, 0, None, 50


def code(call: Any, **parameters: Any) -> tuple[str, int]:
    """The error that boto3 raises, and its HTTP status."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    return raised.value.response["Error"]["Code"], raised.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_role_has_its_trust_policy_as_boto3_reads_it(world: PracticeAccount) -> None:
    """URL-encoded on the wire, an object in Python."""
    role = world.client("iam").get_role(RoleName="Agent")["Role"]
    assert (role["Arn"], role["RoleId"], role["AssumeRolePolicyDocument"]) == (ROLE_ARN, ROLE_ID, trust())


def test_names_of_roles_compare_exactly(world: PracticeAccount) -> None:
    """Assumed: AWS says that names are case sensitive in ARNs."""
    assert code(world.client("iam").get_role, RoleName="agent") == ("NoSuchEntity", 404)


def test_inline_policies_are_read(world: PracticeAccount) -> None:
    """By the names that are listed."""
    iam = world.client("iam")
    (name,) = iam.list_role_policies(RoleName="Agent")["PolicyNames"]
    assert iam.get_role_policy(RoleName="Agent", PolicyName=name)["PolicyDocument"] == federation()


def test_managed_policies_are_read(world: PracticeAccount) -> None:
    """By ARN and default version."""
    iam = world.client("iam")
    (row,) = iam.list_attached_role_policies(RoleName="Agent")["AttachedPolicies"]
    version = iam.get_policy(PolicyArn=row["PolicyArn"])["Policy"]["DefaultVersionId"]
    found = iam.get_policy_version(PolicyArn=MANAGED, VersionId=version)["PolicyVersion"]
    assert found["Document"] == federation()


def test_lists_are_paged() -> None:
    """With Marker and IsTruncated, as boto3's paginator follows them."""
    role = PracticeRole("Agent", trust(), inline={f"P{n}": federation() for n in range(5)})
    pages = account(roles=(role,)).client("iam").get_paginator("list_role_policies")
    found = [page["PolicyNames"] for page in pages.paginate(RoleName="Agent", PaginationConfig={"PageSize": 2})]
    assert found == [["P0", "P1"], ["P2", "P3"], ["P4"]]


def test_providers_are_listed_and_read(world: PracticeAccount) -> None:
    """With the ID that stands in the provider's own endpoint."""
    iam = world.client("iam")
    (row,) = iam.list_saml_providers()["SAMLProviderList"]
    assert (row["Arn"], iam.get_saml_provider(SAMLProviderArn=row["Arn"])["SAMLProviderUUID"]) == (
        PROVIDER_ARN,
        "SAMLSPPRACTICE0001",
    )


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_saml_provider", {"SAMLProviderArn": PROVIDER_ARN + "x"}),
        ("get_role_policy", {"RoleName": "Agent", "PolicyName": "None"}),
        ("get_policy", {"PolicyArn": MANAGED + "x"}),
        ("get_policy_version", {"PolicyArn": MANAGED, "VersionId": "v9"}),
        ("simulate_principal_policy", {"PolicySourceArn": ROLE_ARN + "x", "ActionNames": ["s3:GetObject"]}),
    ],
)
def test_what_is_not_there_is_no_such_entity(world: PracticeAccount, operation: str, parameters: dict) -> None:
    """As IAM's service model has it."""
    assert code(getattr(world.client("iam"), operation), **parameters) == ("NoSuchEntity", 404)


def test_the_simulation_gives_recorded_answers() -> None:
    """And implicitDeny for what is not recorded; no policy is evaluated."""
    given = account(
        simulations={
            HOME: {"EvalDecision": "explicitDeny", "OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}
        }
    )
    found = given.client("iam").simulate_principal_policy(
        PolicySourceArn=ROLE_ARN, ActionNames=["connect:GetFederationToken"], ResourceArns=[HOME, HOME + "/user/x"]
    )["EvaluationResults"]
    assert [(r["EvalDecision"], r.get("OrganizationsDecisionDetail")) for r in found] == [
        ("explicitDeny", {"AllowedByOrganizations": False}),
        ("implicitDeny", None),
    ]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "fault"),
    [
        ("iam", "get_role", {"RoleName": "Agent"}, "AccessDenied"),
        ("cloudtrail", "lookup_events", {}, "AccessDeniedException"),
        ("connect", "list_instances", {}, "AccessDeniedException"),
    ],
)
def test_a_fault_is_the_services_own_error(
    world: PracticeAccount, service: str, operation: str, parameters: dict, fault: str
) -> None:
    """With the code that boto3 finds in each protocol."""
    names = {"get_role": "GetRole", "lookup_events": "LookupEvents", "list_instances": "ListInstances"}
    world.faults = {names[operation]: fault}
    assert code(getattr(world.client(service), operation), **parameters)[0] == fault


def test_events_are_those_of_the_region_and_name(world: PracticeAccount) -> None:
    """CloudTrail keeps each Region's events apart."""
    trail = world.client("cloudtrail", "us-east-1")
    found = trail.lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AssumeRoleWithSAML"}]
    )
    assert [(e["EventId"], e["EventTime"].timestamp()) for e in found["Events"]] == [("e1", NOW.timestamp() + 1)]


def test_events_are_paged() -> None:
    """With NextToken."""
    given = account(events=[saml_event(eventID=f"e{n}") for n in range(5)], trail_page=2)
    pages = given.client("cloudtrail", "us-east-1").get_paginator("lookup_events").paginate()
    assert [len(page["Events"]) for page in pages] == [2, 2, 1]


def test_events_outside_the_time_are_left_out(world: PracticeAccount) -> None:
    """StartTime and EndTime are inclusive."""
    trail = world.client("cloudtrail", "us-west-2")
    assert trail.lookup_events(StartTime=NOW, EndTime=NOW)["Events"] == []


def test_lookups_are_limited(world: PracticeAccount) -> None:
    """Two a second in AWS; here as the bucket says, and boto3 sees ThrottlingException."""
    world.trail_bucket = TokenBucket(rate=0, burst=0)
    trail = world.client("cloudtrail", "us-west-2", retries={"total_max_attempts": 1})
    assert code(trail.lookup_events) == ("ThrottlingException", 400)


def test_the_caller_is_of_the_account(world: PracticeAccount) -> None:
    """STS's only operation here."""
    assert world.client("sts").get_caller_identity()["Account"] == "111122223333"


def test_credentials_are_never_given_out(world: PracticeAccount) -> None:
    """AssumeRoleWithSAML is unknown to it."""
    call = world.client("sts").assume_role_with_saml
    assert code(call, RoleArn=ROLE_ARN, PrincipalArn=PROVIDER_ARN, SAMLAssertion="YWJjZA==")[0] == "InvalidAction"


def test_instances_are_listed_by_region(world: PracticeAccount) -> None:
    """Another Region has none."""
    found = [world.client("connect", r).list_instances()["InstanceSummaryList"] for r in ("us-west-2", "eu-west-2")]
    assert [[row["Arn"] for row in rows] for rows in found] == [[HOME], []]


def test_one_address_serves_all_services_over_http(world: PracticeAccount) -> None:
    """Service and Region are read from the signature."""
    import boto3  # noqa: PLC0415

    keys = {"aws_access_key_id": "practice", "aws_secret_access_key": "practice"}
    with PracticeServer(world) as url:
        iam = boto3.client("iam", region_name="us-east-1", endpoint_url=url, **keys)
        trail = boto3.client("cloudtrail", region_name="us-west-2", endpoint_url=url, **keys)
        told = (iam.get_role(RoleName="Agent")["Role"]["Arn"], trail.lookup_events()["Events"][0]["EventId"])
        iam.close()
        trail.close()
    assert told == (ROLE_ARN, connect_event()["eventID"])
