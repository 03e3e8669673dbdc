"""No advice can do harm: nothing is replaced unseen, overwritten, allowed in the wrong place, or created twice.

Sources: Connect administrator guide `configure-saml`, `troubleshoot-saml`; IAM user guide "Troubleshoot access denied error
messages" (whose words name the kind of policy that denies), "Roles created by IAM Identity Center".
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from account_world import ACCOUNT, ROLE_ARN, federation, get_role, given, policies, simulated, trust
from build import INSTANCE, NAME, assertion, rule, rule_context, sign_in, users

from connect_saml_nb.aws import cli
from connect_saml_nb.model.finding import Actor, Command, Shell
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import ROLE, ROLE_SESSION_NAME, Attribute
from connect_saml_nb.model.signin import AwsMessage, Outcome, RolePair
from connect_saml_nb.rules import examine

if TYPE_CHECKING:
    from connect_saml_nb.model.account import Evidence
    from connect_saml_nb.model.finding import Finding

NOT_AUTHORIZED: dict[str, Any] = {"said": AwsMessage.NOT_AUTHORIZED, "outcome": Outcome.SAID, "accepted": False}
DENIED: dict[str, Any] = {"said": AwsMessage.FEDERATION_DENIED, "outcome": Outcome.SAID}
NOT_FOUND: dict[str, Any] = {"said": AwsMessage.NOT_ONBOARDED, "outcome": Outcome.SAID}
RESERVED = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Connect_0123456789abcdef"
CHANGES = re.compile(r"aws (?:iam|connect) (?:put|create|update|attach|delete)-")


def finding(name: str, evidence: Evidence | None = None, **world: Any) -> Finding:
    """What a rule finds."""
    return examine(replace(rule_context(**world), evidence=evidence), [rule(name)])[0][0]


def scripts(name: str, evidence: Evidence | None = None, **world: Any) -> str:
    """All its commands."""
    return "\n".join(c.script for c in finding(name, evidence, **world).remedy.commands)


def advice(name: str, evidence: Evidence | None = None, **world: Any) -> list[str]:
    """What is to be done, in order."""
    return [str(action) for action in finding(name, evidence, **world).remedy.actions]


def role(arn: str) -> dict[str, Any]:
    """A sign-in into another role."""
    provider = sign_in().roles[0].provider
    return {"roles": (RolePair(f"{arn},{provider}", arn, provider),)}


# --- the trust policy --------------------------------------------------------------------------------------


def test_a_trust_policy_that_was_not_seen_is_only_shown() -> None:
    """What it holds would be lost."""
    assert "aws iam get-role --role-name Agent" == scripts("role-not-assumable", **NOT_AUTHORIZED)


def test_a_trust_policy_is_patched_and_the_old_one_kept() -> None:
    """Actions, principals and endpoints stay; what is there is saved before it is changed."""
    old = trust(
        Action=["sts:AssumeRoleWithSAML", "sts:TagSession"], Condition={"StringEquals": {"SAML:aud": ["https://x"]}}
    )
    told = scripts("role-not-assumable", given(get_role(old)), **NOT_AUTHORIZED)
    assert ("sts:TagSession" in told, "https://x" in told) == (True, True)
    assert told.index("connect-trust-before.json") < told.index("update-assume-role-policy")


def test_nothing_is_changed_of_a_role_of_identity_center() -> None:
    """IAM refuses it; the permission set is the place."""
    world = {**NOT_AUTHORIZED, **role(RESERVED)}
    assert not CHANGES.search(scripts("role-not-assumable", **world))


def test_a_permission_of_identity_center_is_set_in_its_permission_set() -> None:
    """An inline policy would be refused, or gone with the next provisioning."""
    world = {**DENIED, **role(RESERVED)}
    assert ("permission set" in advice("federation-denied", **world)[0], scripts("federation-denied", **world)) == (
        True,
        "",
    )


# --- the permission to federate ----------------------------------------------------------------------------


def test_a_policy_s_name_holds_the_instance() -> None:
    """A policy of the same name for another instance of the account would be overwritten."""
    assert f"--policy-name ConnectFederation-{INSTANCE} " in scripts("federation-denied", **DENIED)


def test_what_the_role_has_is_shown_before_it_gets_a_policy() -> None:
    """Read, show, then change."""
    told = scripts("federation-denied", **DENIED)
    assert told.index("list-role-policies") < told.index("put-role-policy")


def test_no_policy_for_a_role_of_another_account_than_the_instance() -> None:
    """It would allow an instance that is not there; the person chose the wrong role."""
    other = "arn:aws:iam::999988887777:role/Agent"
    world = {**DENIED, **role(other), "listed": replace(users(NAME), account=ACCOUNT)}
    first = finding("federation-denied", **world).remedy.actions[0]
    assert ("", Actor.IDP_ADMIN, True) == (
        scripts("federation-denied", **world),
        first.actor,
        ACCOUNT in str(first.text),
    )


def test_the_person_chooses_the_role_of_the_instance_s_account_where_it_is_offered() -> None:
    """The response names both."""
    offered = (*role("arn:aws:iam::999988887777:role/Agent")["roles"], *sign_in().roles)
    world = {
        **DENIED,
        "roles": offered,
        "chosen_role": offered[0].role,
        "listed": replace(users(NAME), account=ACCOUNT),
    }
    first = finding("federation-denied", **world).remedy.actions[0]
    assert ("", Actor.PERSON, True) == (scripts("federation-denied", **world), first.actor, ROLE_ARN in str(first.text))


def test_no_policy_for_an_instance_in_which_the_person_is_no_user() -> None:
    """The list of another instance holds the name."""
    listed = users(NAME, instance="bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee")
    assert "" == scripts("federation-denied", listed=listed, **DENIED)


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        (
            given(
                get_role(),
                *simulated(
                    "implicitDeny", "implicitDeny", OrganizationsDecisionDetail={"AllowedByOrganizations": False}
                ),
            ),
            "organization policy",
        ),
        (
            given(
                get_role(),
                *simulated(
                    "implicitDeny",
                    "implicitDeny",
                    PermissionsBoundaryDecisionDetail={"AllowedByPermissionsBoundary": False},
                ),
            ),
            "permissions boundary",
        ),
        (given(get_role(), *simulated("explicitDeny", "explicitDeny")), "denies it explicitly"),
        (
            given(get_role(), *policies(federation(), federation(Effect="Deny", Sid="NoConnectHere"))),
            "NoConnectHere",
        ),
    ],
    ids=["organization", "boundary", "explicit", "statement"],
)
def test_a_denial_is_not_met_with_another_permission(evidence: Evidence, words: str) -> None:
    """Allowing the action once more does not help; whoever made the denial has to change it."""
    told = advice("federation-denied", evidence, **DENIED)
    assert (words in told[0], CHANGES.search(scripts("federation-denied", evidence, **DENIED))) == (True, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("with an explicit deny in a service control policy", "organization policy"),
        ("because no service control policy allows the connect:GetFederationToken action", "organization policy"),
        ("because no permissions boundary allows the connect:GetFederationToken action", "permissions boundary"),
        ("with an explicit deny in an identity-based policy", "denies it explicitly"),
    ],
)
def test_aws_s_own_words_name_the_denial(text: str, words: str) -> None:
    """IAM's message says what kind of policy decided."""
    said = f"User: {ROLE_ARN} is not authorized to perform: connect:GetFederationToken on resource: x {text}"
    world = {**DENIED, "said_text": said}
    assert (words in advice("federation-denied", **world)[0], scripts("federation-denied", **world)) == (True, "")


# --- users -------------------------------------------------------------------------------------------------


def attribute(name: str, value: str) -> dict[str, Any]:
    """A sign-in whose assertion has one attribute more."""
    pair = sign_in().roles[0].value
    attributes = (Attribute(ROLE, (pair,)), Attribute(ROLE_SESSION_NAME, ("emp-4711",)), Attribute(name, (value,)))
    return {"assertion": assertion(attributes=attributes)}


OTHERS = [
    ("NameID", {"assertion": assertion(name="emp-4711", name_id="jane.doe@corp.example")}, "jane.doe@corp.example"),
    ("NameID", {"assertion": assertion(name="emp-4711", name_id="Jane.Doe@corp.example")}, "jane.doe@corp.example"),
    ("mail", attribute("urn:oid:0.9.2342.19200300.100.1.3", "jane.doe@corp.example"), "jane.doe@corp.example"),
    ("email", attribute("email", "jane.doe@corp.example"), "jane.doe@corp.example"),
]


@pytest.mark.parametrize(("what", "world", "username"), OTHERS)
def test_a_user_that_another_value_of_the_response_names_is_not_created_again(
    what: str, world: dict[str, Any], username: str
) -> None:
    """A second profile of one person is AWS's third cause of 'not onboarded'."""
    found = finding("user-missing", listed=users(username), **world, **NOT_FOUND)
    first = found.remedy.actions[0]
    assert (Actor.IDP_ADMIN, True, ()) == (first.actor, username in str(first.text), found.remedy.commands), what


def test_without_such_a_value_the_user_is_created_after_a_look() -> None:
    """The command lists users of that name first."""
    told = scripts("user-missing", listed=users("someone.else@corp.example"), **NOT_FOUND)
    assert 0 <= told.index("aws connect list-users") < told.index("aws connect create-user")


# --- every command -----------------------------------------------------------------------------------------

POLICY = cli.federation_policy("aws", "us-west-2", ACCOUNT, INSTANCE)
EVERY = {
    "inline": cli.put_role_policy("Agent", INSTANCE, POLICY),
    "managed": cli.create_and_attach("Agent", "aws", ACCOUNT, INSTANCE, POLICY),
    "trust": cli.update_trust("Agent", trust()),
    "role": cli.show_trust("Agent"),
    "user": cli.create_user(INSTANCE, "us-west-2", NAME),
    "providers": cli.list_providers(),
    "provider": cli.update_provider(f"arn:aws:iam::{ACCOUNT}:saml-provider/Corp"),
    "instance": cli.describe_instance(INSTANCE, "us-west-2"),
    "instances": cli.list_instances("us-west-2"),
}


def calls(command: Command) -> list[list[str]]:
    """The calls of the AWS CLI in a script for bash, as words."""
    lines = [line for line in command.script.splitlines() if line.startswith("aws ")]
    return [shlex.split(line.partition(" > ")[0]) for line in lines]


@pytest.mark.parametrize("name", EVERY)
def test_every_call_is_one_that_the_aws_cli_knows(name: str) -> None:
    """Operation and parameters are those of the services' models; what is required is there."""
    session, wrong = botocore.session.get_session(), []
    for call in (call for command in EVERY[name] if command.shell is not Shell.POWERSHELL for call in calls(command)):
        service = session.get_service_model(call[1])
        operation = service.operation_model("".join(p.capitalize() for p in call[2].split("-")).replace("Saml", "SAML"))
        known = {_dashed(member): member for member in operation.input_shape.members} if operation.input_shape else {}
        given_ = [
            word for word in call[3:] if word.startswith("--") and word not in {"--region", "--query", "--output"}
        ]
        wrong += [word for word in given_ if word[2:] not in known]
        required = operation.input_shape.required_members if operation.input_shape else []
        wrong += [member for member in required if f"--{_dashed(member)}" not in given_]
    assert [] == wrong


def _dashed(member: str) -> str:
    return botocore.xform_name(member, "-")


def test_what_is_no_instance_s_id_gives_no_command() -> None:
    """It would stand in a shell without quotes."""
    hostile = "$(touch pwned)"
    managed = cli.create_and_attach("Agent", "aws", ACCOUNT, hostile, POLICY)
    assert ((), ()) == (cli.put_role_policy("Agent", hostile, POLICY), managed)


def test_a_simulation_that_lacked_context_is_no_certain_denial() -> None:
    """The action says on what it depends."""
    unsure = simulated("explicitDeny", "explicitDeny", MissingContextValues=["aws:SourceIp"])
    first = finding("federation-denied", given(get_role(), *unsure), **DENIED).remedy.actions[0]
    assert "if the simulation is right" == first.condition


def test_a_user_of_another_instance_is_not_proposed() -> None:
    """A list of another instance says nothing of this one's users."""
    listed = users("jane.doe@corp.example", instance="bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee")
    sent = {"assertion": assertion(name="DOMAIN+jane", name_id="jane.doe@corp.example")}
    assert "jane.doe@corp.example" not in " ".join(advice("user-name-impossible", listed=listed, **sent, **NOT_FOUND))


@pytest.mark.parametrize("name", ["inline", "managed", "trust", "user", "provider"])
def test_every_change_is_preceded_by_a_look(name: str) -> None:
    """In the very same block."""
    first = [calls(command)[0][2] for command in EVERY[name] if command.shell is not Shell.POWERSHELL]
    assert [True] * len(first) == [operation.startswith(("get-", "list-", "describe-")) for operation in first]
