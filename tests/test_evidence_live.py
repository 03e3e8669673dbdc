"""Questions to the account, asked over HTTP by real boto3 clients of the practice account."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from account_world import (
    HOME,
    MANAGED,
    OTHER_INSTANCE,
    PROVIDER_ARN,
    ROLE_ARN,
    ROLE_ID,
    USER_RESOURCE,
    account,
    connect_event,
    federation,
    instance,
    saml_event,
    trust,
)
from botocore.config import Config
from build import INSTANCE, NAME, NOW, assertion, sign_in

from connect_saml_nb import evidence
from connect_saml_nb.errors import EvidenceError
from connect_saml_nb.evidence import PARTS, PERMISSION_PARTS, collect, permission_policy, plan, read_answers
from connect_saml_nb.evidence.raw import OPERATIONS
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.signin import RolePair
from connect_saml_nb.training.emulator.account import PracticeAccount, PracticeProvider, PracticeRole
from connect_saml_nb.training.emulator.base import ApiError, PracticeServer, TokenBucket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.model.account import Evidence

ROOT = Path(__file__).resolve().parent.parent


pytestmark = pytest.mark.usefixtures("no_aws_settings")


#: One server and one set of clients for all tests of this file: making a client costs a tenth of a second.
SHARED = account()
CLIENTS: dict[tuple[str, str], Any] = {}


@pytest.fixture(scope="module", autouse=True)
def _server() -> Iterator[None]:
    """The account on the loopback address."""
    with PracticeServer(SHARED) as url:
        CLIENTS["url", ""] = url
        yield
        CLIENTS.pop(("url", ""))
        for made in CLIENTS.values():
            made.close()
        CLIENTS.clear()


def client(service: str, region: str) -> Any:
    """A client as the package makes it, for the server's address."""
    if (service, region) not in CLIENTS:
        keys = {"aws_access_key_id": "practice", "aws_secret_access_key": "practice"}
        config = Config(retries={"mode": "standard", "max_attempts": 8})
        CLIENTS[service, region] = boto3.client(
            service, region_name=region, endpoint_url=CLIENTS["url", ""], config=config, **keys
        )
    return CLIENTS[service, region]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> PracticeAccount:
    """A good account, fresh for each test, behind clients that are shared."""
    fresh = account()
    monkeypatch.setattr(SHARED, "handle", fresh.handle)
    return fresh


def asked(world: PracticeAccount, *parts: str, signed_in: Any = None, **settings: Any) -> Evidence:
    """What the account says about the good sign-in."""
    del world  # it answers through the shared clients
    given = {"client": client, "sleep": lambda _: None, "now": NOW, **settings}
    asks = plan([signed_in or sign_in()])
    return read_answers(collect(asks, parts or PARTS, **given), "practice account")


# --- what is asked and answered ----------------------------------------------------------------------------


def test_the_instance_is_described(world: PracticeAccount) -> None:
    """With what decides: SAML, Region, replication."""
    replica = {"SourceRegion": "us-west-2", "GlobalSignInEndpoint": "https://x", "ReplicationStatusSummaryList": []}
    world.instances = (instance(replication=replica),)
    (found,) = asked(world, "instance").instances
    assert (found.arn, found.management_type, found.status, found.replication and found.replication.source_region) == (
        HOME,
        "SAML",
        "ACTIVE",
        "us-west-2",
    )


def test_an_instance_that_is_not_there_is_missing_in_its_region(world: PracticeAccount) -> None:
    """That is evidence, not a refusal."""
    world.instances = ()
    found = asked(world, "instance")
    assert (found.instances_missing, found.refused) == (((INSTANCE, "us-west-2"),), ())


def test_instances_are_searched_in_every_region(world: PracticeAccount) -> None:
    """The sign-in's Region first; those given besides."""
    world.instances = tuple(instance(region=r, instance_id=OTHER_INSTANCE) for r in ("eu-west-2", "xx-east-9"))
    found = asked(world, "instances", regions=["xx-east-9"])
    assert ([i.region for i in found.instances], found.regions_searched[:2], len(found.regions_searched)) == (
        ["xx-east-9", "eu-west-2"],
        ("us-west-2", "xx-east-9"),
        11,
    )


def test_many_instances_come_in_pages(world: PracticeAccount) -> None:
    """ListInstances gives ten at a time."""
    ids = [f"{n:08}-bbbb-cccc-dddd-eeeeeeeeeeee" for n in range(23)]
    world.instances = tuple(instance(instance_id=each) for each in ids)
    assert [i.id for i in asked(world, "instances").instances] == ids


def test_a_region_whose_list_broke_off_is_not_searched(world: PracticeAccount) -> None:
    """What is not in it may be on the page that did not come."""
    world.faults = {"ListInstances": "AccessDeniedException"}
    assert asked(world, "instances").regions_searched == ()


def test_the_role_is_read_with_its_trust_policy(world: PracticeAccount) -> None:
    """Under the name at the end of its ARN."""
    (role,) = asked(world, "role").roles
    told = role.trust and (role.trust.statements[0].principals, role.trust.statements[0].actions)
    assert (role.arn, role.role_id, told) == (
        ROLE_ARN,
        ROLE_ID,
        ((("Federated", PROVIDER_ARN),), ("sts:AssumeRoleWithSAML",)),
    )


def test_a_role_that_is_not_there_is_missing_in_the_account(world: PracticeAccount) -> None:
    """And the account is known, so that this says something."""
    world.roles = ()
    found = asked(world, "role")
    assert (found.roles_missing, found.accounts) == (("Agent",), ("111122223333",))


def test_all_policies_of_the_role_are_read(world: PracticeAccount) -> None:
    """Inline and managed ones, every page of them."""
    inline = {f"P{n}": federation() for n in range(120)}
    world.roles = (PracticeRole("Agent", trust(), inline=inline, attached=(MANAGED,)),)
    (role,) = asked(world, "policies").roles
    assert (role.policies_complete, len(role.policies), role.attached) == (True, 121, (("ConnectFederation", MANAGED),))


def test_policies_are_not_complete_where_one_was_refused(world: PracticeAccount) -> None:
    """So nothing is concluded from what is not in the others."""
    world.faults = {"GetPolicyVersion": "AccessDenied"}
    (role,) = asked(world, "policies").roles
    assert (role.policies_complete, [p.name for p in role.policies]) == (False, ["Extra"])


def test_both_forms_of_the_resource_are_simulated(world: PracticeAccount) -> None:
    """With the role's ID and the RoleSessionName in the place of ${aws:userid}."""
    found = asked(world, "simulation").simulations
    assert [(s.resource, s.decision) for s in found] == [(USER_RESOURCE, "allowed"), (HOME, "allowed")]


def test_the_providers_metadata_is_kept_raw(world: PracticeAccount) -> None:
    """For the verification of signatures; it is not in the repr."""
    world.providers = (PracticeProvider("Corp", metadata="<EntityDescriptor>secretless</EntityDescriptor>"),)
    (provider,) = asked(world, "provider").providers
    assert (provider.metadata, "secretless" in repr(provider)) == (
        "<EntityDescriptor>secretless</EntityDescriptor>",
        False,
    )


def test_a_provider_that_is_not_there_is_missing(world: PracticeAccount) -> None:
    """By its ARN, and it is not in the list."""
    world.providers = (PracticeProvider("Other"),)
    found = asked(world, "provider", "providers")
    assert (found.providers_missing, found.provider_arns) == (
        (PROVIDER_ARN,),
        ("arn:aws:iam::111122223333:saml-provider/Other",),
    )


def test_only_suspects_are_described(world: PracticeAccount) -> None:
    """Not the directory: those alike to the RoleSessionName."""
    assert [u.username for u in asked(world, "users").users] == [NAME]


def test_the_assertions_own_event_is_found(world: PracticeAccount) -> None:
    """Joined on the assertion's ID; Connect's on the session name."""
    assert [(e.name, e.assertion_id, e.role) for e in asked(world, "cloudtrail").events] == [
        ("AssumeRoleWithSAML", "_a", ROLE_ARN),
        ("GetFederationToken", "", ROLE_ARN),
    ]


def test_other_peoples_events_are_not_kept(world: PracticeAccount) -> None:
    """They were looked through and left in AWS."""
    other = {"sAMLAssertionID": "_other", "roleSessionName": "else", "roleArn": ROLE_ARN}
    world.events = (saml_event(requestParameters=other, eventID="e9"), saml_event())
    answers = collect(plan([sign_in()]), ["cloudtrail"], client=client, sleep=lambda _: None, now=NOW)
    assert "_other" not in str([a.body for a in answers])


def test_a_regional_endpoints_event_is_found_in_its_region(world: PracticeAccount) -> None:
    """And the search goes through us-east-1 first."""
    world.events = (saml_event(awsRegion="eu-west-2"),)
    found = asked(world, "cloudtrail", signed_in=sign_in(posted_to="https://eu-west-2.signin.aws.amazon.com/saml"))
    assert ([e.region for e in found.events], [s.region for s in found.searches]) == (
        ["eu-west-2"],
        ["us-east-1", "eu-west-2", "us-west-2"],
    )


def test_both_regions_of_a_pair_are_looked_up(world: PracticeAccount) -> None:
    """Connect tries both; the replica's Region is known from the instance."""
    rows = [{"Region": "us-east-1", "ReplicationStatus": "INSTANCE_REPLICATION_COMPLETE"}]
    world.instances = (instance(replication={"SourceRegion": "us-west-2", "ReplicationStatusSummaryList": rows}),)
    world.events = (connect_event(awsRegion="us-east-1"),)
    assert [(e.name, e.region) for e in asked(world, "instance", "cloudtrail").events] == [
        ("GetFederationToken", "us-east-1")
    ]


def test_the_search_stops_at_the_event(world: PracticeAccount) -> None:
    """No page is read after it."""
    world.trail_page = 1
    world.events = (saml_event(), *(saml_event(eventID=f"x{n}") for n in range(9)), connect_event())
    asked(world, "cloudtrail")
    assert world.calls.count("LookupEvents") == 2


def test_lookups_are_paced(world: PracticeAccount) -> None:
    """AWS allows two a second in a Region."""
    slept: list[float] = []
    world.trail_page = 1
    other = {"sAMLAssertionID": "_other"}
    world.events = tuple(saml_event(requestParameters=other, eventID=f"x{n}") for n in range(4))
    asked(world, "cloudtrail", sleep=slept.append)
    assert slept == [0.5] * 4  # three in us-east-1, one between the two kinds in us-west-2


def test_a_recording_older_than_ninety_days_is_not_looked_up(world: PracticeAccount) -> None:
    """CloudTrail's event history ends there."""
    found = asked(world, "cloudtrail", now=NOW + timedelta(days=91))
    assert (world.calls, "older than the 90 days" in found.refused[0].reason) == ([], True)


@pytest.mark.usefixtures("world")
def test_no_secret_of_cloudtrail_is_kept() -> None:
    """Keys, tokens, addresses, user agents and tags stay in AWS."""
    answers = collect(plan([sign_in()]), ["cloudtrail"], client=client, sleep=lambda _: None, now=NOW)
    text = str([dict(a.body) for a in answers])
    assert [word for word in ("ASIA", "secret", "203.0.113", "Secret-Agent") if word in text] == []


@pytest.mark.usefixtures("world")
def test_who_asked_is_not_kept() -> None:
    """Only the account's number is."""
    (answer,) = [
        a for a in collect(plan([sign_in()]), ["role"], client=client, now=NOW) if a.operation.startswith("sts:")
    ]
    assert answer.body == {"Account": "111122223333", "UserId": "", "Arn": ""}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_calls_its_own_operations_only(part: str, world: PracticeAccount) -> None:
    """What a user did not switch on is not asked; GetRole is, where the role's ID is needed."""
    asked(world, part)
    own = {operation.partition(":")[2] for operation in OPERATIONS[part]}
    needed = {"policies": {"GetRole"}, "simulation": {"GetRole"}}.get(part, set())
    assert set(world.calls) - {"GetCallerIdentity"} <= own | needed


@pytest.mark.parametrize("part", PARTS)
def test_the_policy_of_a_part_allows_all_that_it_calls(part: str, world: PracticeAccount) -> None:
    """And nothing is asked that `permissions` does not print (GetCallerIdentity needs no permission)."""
    asked(world, part)
    actions = {a.partition(":")[2] for s in permission_policy([part])["Statement"] for a in s["Action"]}
    assert set(world.calls) - {"GetCallerIdentity"} <= actions


@pytest.mark.parametrize("part", PARTS)
def test_parts_that_were_not_asked_are_told(part: str, world: PracticeAccount) -> None:
    """So that a rule can say which would help."""
    needed = {"policies": {"role"}, "simulation": {"role"}}.get(part, set())
    assert set(asked(world, part).not_asked) == set(PARTS) - {part} - needed


def test_progress_is_told(world: PracticeAccount) -> None:
    """Each question before it is asked."""
    told: list[str] = []
    asked(world, "role", progress=told.append)
    assert told == ["sts:GetCallerIdentity (us-east-1)", "iam:GetRole (us-east-1)"]


# --- what is refused ---------------------------------------------------------------------------------------

EVERY = [(part, operation) for part, operations in OPERATIONS.items() for operation in operations]


@pytest.mark.parametrize(("part", "operation"), EVERY)
def test_a_refusal_names_the_missing_action(part: str, operation: str, world: PracticeAccount) -> None:
    """The rest is still asked; nothing is raised."""
    world.faults = {
        operation.partition(":")[2]: "AccessDenied" if operation.startswith("iam:") else "AccessDeniedException"
    }
    reasons = {r.action: r.reason for r in asked(world, part).refused}
    assert f"the permission {operation} is missing" in reasons[operation]


def test_everything_refused_is_evidence_without_facts(world: PracticeAccount) -> None:
    """Each part says why."""
    world.faults = {operation.partition(":")[2]: "AccessDenied" for _, operation in EVERY}
    found = asked(world)
    assert (found.roles, found.instances, {r.part for r in found.refused}) == ((), (), set(PARTS))


def test_dependent_actions_are_named(world: PracticeAccount) -> None:
    """ListInstances fails without ds:DescribeDirectories, too."""
    world.faults = {"ListInstances": "AccessDeniedException"}
    assert "It also needs ds:DescribeDirectories." in asked(world, "instances").refused[0].reason


def test_throttling_is_survived(world: PracticeAccount, naps: list[float]) -> None:
    """By botocore's standard retries."""
    world.throttle_every = 3
    assert (asked(world, "role", "policies", "provider").refused, bool(naps)) == ((), True)


def test_endless_throttling_is_told(world: PracticeAccount, naps: list[float]) -> None:
    """After the retries."""
    world.trail_bucket = TokenBucket(rate=0, burst=0)
    assert ("too many requests" in asked(world, "cloudtrail").refused[0].reason, bool(naps)) == (True, True)


@pytest.mark.parametrize("code", ["ExpiredToken", "SignatureDoesNotMatch"])
def test_an_expired_session_ends_it(code: str, world: PracticeAccount) -> None:
    """No other question would be answered either."""
    world.faults = {"GetCallerIdentity": code}
    with pytest.raises(EvidenceError):
        asked(world, "role")


def test_an_unknown_error_is_told_by_its_name_only(world: PracticeAccount) -> None:
    """Its message is AWS's, and may quote anything."""
    world.faults = {"GetRole": "ServiceFailure"}
    assert asked(world, "role").refused[0].reason == "AWS answered iam:GetRole in us-east-1 with ServiceFailure."


def test_an_unknown_part_is_refused(world: PracticeAccount) -> None:
    """With the parts that there are."""
    with pytest.raises(EvidenceError, match="The parts are: instance, instances, role"):
        asked(world, "everything")


def test_without_credentials_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """No request is made."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(EvidenceError, match="No AWS credentials were found"):
        collect(plan([sign_in()]), ["role"])


def test_an_unknown_profile_is_told() -> None:
    """Before any request."""
    with pytest.raises(EvidenceError, match="no AWS profile of that name"):
        collect(plan([sign_in()]), ["role"], profile="nobody")


def test_an_explicit_denial_is_told_apart(world: PracticeAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy of the organization, say: adding a permission does not help."""
    world.faults = {"GetRole": "AccessDenied"}
    told = "User: x is not authorized to perform: iam:GetRole with an explicit deny in a service control policy"
    monkeypatch.setattr(world, "admit", _raising(ApiError("AccessDenied", told)))
    assert "explicitly: ask the account's administrator" in asked(world, "role").refused[0].reason


def _raising(error: Exception) -> Any:
    def admit(operation: str, **_: Any) -> None:
        if operation != "GetCallerIdentity":
            raise error

    return admit


def test_a_region_that_is_not_switched_on_costs_only_itself(world: PracticeAccount) -> None:
    """AWS does not know the credentials there."""
    world.faults = {"ListInstances": "UnrecognizedClientException"}
    found = asked(world, "instances", "role")
    assert ("or the Region is not switched on" in found.refused[0].reason, len(found.roles)) == (True, 1)


def test_what_cannot_be_reached_is_told(monkeypatch: pytest.MonkeyPatch, naps: list[float]) -> None:
    """With where to look."""
    for key, value in {"URL": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(f"AWS_ENDPOINT_{key}", value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "practice")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "practice")
    found = read_answers(collect(plan([sign_in()]), ["role"], now=NOW), "x")
    assert (found.refused[-1].reason, bool(naps)) == (
        "iam:GetRole could not be asked in us-east-1: check the network, the proxy and the Region.",
        True,
    )


def test_a_fault_of_our_own_is_not_called_aws_refusal() -> None:
    """It is raised, so that it is found."""

    def broken(*_: str) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        collect(plan([sign_in()]), ["role"], client=broken)


# --- what a capture gives to ask ---------------------------------------------------------------------------


def test_the_plan_takes_everything_from_the_sign_in() -> None:
    """Role, provider, instance, Region, name, assertion ID and time."""
    (ask,) = plan([sign_in(posted_to="https://eu-west-2.signin.aws.amazon.com/saml")])
    assert ask == evidence.Ask(
        ROLE_ARN, PROVIDER_ARN, INSTANCE, "us-west-2", "eu-west-2", NAME, "_a", NOW + timedelta(seconds=1)
    )


def test_only_the_chosen_role_is_asked_about() -> None:
    """The others were not used."""
    other = RolePair("", ROLE_ARN + "Other", PROVIDER_ARN)
    asks = plan([sign_in(roles=(*sign_in().roles, other), chosen_role=ROLE_ARN + "Other")])
    assert [a.role for a in asks] == [ROLE_ARN + "Other"]


def test_equal_sign_ins_are_asked_about_once() -> None:
    """A capture may repeat one."""
    assert len(plan([sign_in(), sign_in(number=2)])) == 1


def test_what_the_capture_lacks_is_filled() -> None:
    """By the command's options."""
    (ask,) = plan([sign_in(instance_id=None, region=None)], instance_id=OTHER_INSTANCE, region="eu-west-2")
    assert (ask.instance_id, ask.region) == (OTHER_INSTANCE, "eu-west-2")


@pytest.mark.parametrize(
    "changes",
    [
        {"roles": (RolePair("", "arn:aws:iam::1:role/x", "arn:aws:iam::111122223333:saml-provider/../x"),)},
        {"roles": (RolePair("", "arn:aws:iam::111122223333:role/" + "x" * 600, "javascript:alert(1)"),)},
        {"roles": (RolePair("", ROLE_ARN + "\nX", PROVIDER_ARN + "\n"),)},
    ],
)
def test_malformed_values_are_not_asked_about(changes: dict) -> None:
    """A capture is a stranger's."""
    (ask,) = plan([sign_in(**changes)])
    assert (ask.role, ask.provider) == ("", "")


@pytest.mark.parametrize("region", ["us-west-2.evil.example", "us-west-2/", "evil", "US-WEST-2", "us-west-2\n"])
def test_a_region_of_another_form_is_not_asked(region: str) -> None:
    """It would become a part of a host name."""
    assert plan([sign_in(region=region)])[0].region == ""


def test_a_sign_in_without_anything_is_told_not_asked(world: PracticeAccount) -> None:
    """Each part says what the recording lacks."""
    empty = sign_in(message=None, roles=(), instance_id=None, region=None, started=None, posted_at=None, posted_to="")
    reasons = " ".join(r.reason for r in asked(world, signed_in=empty).refused)
    assert [
        w for w in ("no instance", "no role", "no provider", "no time", "RoleSessionName") if w not in reasons
    ] == []


def test_a_long_list_of_sign_ins_is_cut() -> None:
    """An account is not asked about thousands."""
    many = [sign_in(assertion=assertion(id=f"_{n}")) for n in range(100)]
    assert len(plan(many)) == 20


# --- never -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_no_code_calls_what_gives_out_credentials() -> None:
    """GetFederationToken and the AssumeRole family are not called anywhere in the package."""
    forbidden = re.compile(r"get_federation_token|assume_role|get_session_token|admin_get_emergency")
    hits = [
        f"{path.name}:{node.lineno}"
        for path in (ROOT / "connect_saml_nb").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute | ast.Constant)
        and forbidden.search(node.attr if isinstance(node, ast.Attribute) else str(node.value))
    ]
    assert hits == []


def test_every_operation_asked_is_a_read() -> None:
    """Get, List, Describe, Search, Lookup, Simulate: nothing that changes the account."""
    names = [operation.partition(":")[2] for operations in OPERATIONS.values() for operation in operations]
    assert [n for n in names if not re.match(r"Get|List|Describe|Search|Lookup|Simulate", n)] == []


def test_no_permission_is_asked_for_what_gives_out_credentials() -> None:
    """Nor for anything that writes."""
    actions = [a for s in permission_policy()["Statement"] for a in s["Action"]]
    assert [
        a
        for a in actions
        if not re.fullmatch(r"\w+:(?:Get|List|Describe|Search|Lookup|Simulate)\w+", a) or "Token" in a
    ] == []


# --- permissions -------------------------------------------------------------------------------------------


def test_the_policy_has_placeholders_where_nothing_is_given() -> None:
    """In capitals, to be filled in."""
    (statement,) = permission_policy(["list-users"])["Statement"]
    assert statement["Resource"] == "arn:aws:connect:REGION:ACCOUNT:instance/INSTANCE-ID"


def test_the_policy_is_filled_in() -> None:
    """The instance's ARN tells Region and account; a role's ARN its path."""
    policy = permission_policy(["role", "instance"], instance_id=HOME, role="arn:aws:iam::111122223333:role/team/Agent")
    assert [s["Resource"] for s in policy["Statement"]] == [HOME, "*", "arn:aws:iam::111122223333:role/team/Agent"]


def test_the_partition_is_that_of_the_region() -> None:
    """GovCloud's ARNs begin otherwise; AWS's own policies are in it, too."""
    policy = permission_policy(["policies"], region="us-gov-west-1", account="111122223333")
    assert policy["Statement"][1]["Resource"] == [
        "arn:aws-us-gov:iam::111122223333:policy/*",
        "arn:aws-us-gov:iam::aws:policy/*",
    ]


@pytest.mark.parametrize("part", PERMISSION_PARTS)
def test_a_part_alone_asks_for_less_than_all(part: str) -> None:
    """Exactly what is switched on."""
    every = {a for s in permission_policy()["Statement"] for a in s["Action"]}
    assert {a for s in permission_policy([part])["Statement"] for a in s["Action"]} < every


@pytest.mark.parametrize("given", [{"region": "x y"}, {"account": "1"}, {"role": "a b"}, {"instance_id": "a/b"}])
def test_a_malformed_value_is_refused(given: dict) -> None:
    """It would become a part of an ARN."""
    with pytest.raises(EvidenceError, match="That is no "):
        permission_policy(**given)


# --- the package's own clients -----------------------------------------------------------------------------


def test_the_clients_that_the_package_makes_find_the_same(
    world: PracticeAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With AWS's own settings for the address and the keys."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", CLIENTS["url", ""])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "practice")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "practice")
    parts = ("role", "policies", "provider", "simulation", "instance", "cloudtrail")
    live = read_answers(collect(plan([sign_in()]), parts, sleep=lambda _: None, now=NOW), "practice account")
    then = datetime(2026, 1, 1, tzinfo=UTC)
    assert replace(live, retrieved=then) == replace(asked(world, *parts), retrieved=then)
