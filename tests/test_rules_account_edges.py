"""Claims and commands of the rules on the AWS account in cases that are easy to get wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from account_world import (
    HOME,
    OTHER_INSTANCE,
    PROVIDER_ARN,
    ROLE_ARN,
    connect_event,
    federation,
    get_provider,
    get_role,
    given,
    list_providers,
    listed,
    looked_up,
    missing,
    policies,
    simulated,
    trust,
)
from build import INSTANCE, NAME, assertion, message, rule, rule_context
from build import outcome as answered

from connect_saml_nb.model.finding import Remedy
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import ROLE, ROLE_SESSION_NAME, Attribute, SubjectConfirmation
from connect_saml_nb.model.signin import AwsMessage, Outcome, RolePair
from connect_saml_nb.rules.account_facts import role_pair
from connect_saml_nb.rules.rule import Found

if TYPE_CHECKING:
    from connect_saml_nb.model.account import Evidence
    from connect_saml_nb.model.diagnosis import RuleContext

STOPPED = {"outcome": Outcome.RESPONSE_STOPPED, "accepted": False}
FEDERATING = {"outcome": Outcome.FEDERATE_STOPPED}
REGIONAL = "https://us-west-2.signin.aws.amazon.com/saml"
GLOBAL = f"https://{INSTANCE}.us-west-2.sign-in.connect.aws/saml?&instanceId={INSTANCE}&token=hidden"


def world(evidence: Evidence | None = None, **changes: Any) -> RuleContext:
    """A case with evidence."""
    return replace(rule_context(**changes), evidence=evidence)


def _received(recipient: str | None, *more: Attribute) -> dict[str, Any]:
    """A sign-in whose assertion names this Recipient."""
    bearer = SubjectConfirmation("urn:oasis:names:tc:SAML:2.0:cm:bearer", recipient, None, None)
    good = (Attribute(ROLE, (f"{ROLE_ARN},{PROVIDER_ARN}",)), Attribute(ROLE_SESSION_NAME, (NAME,)))
    return {"assertion": assertion(confirmations=(bearer,), attributes=(*good, *more))}


def _commands(rule_id: str, given_case: RuleContext) -> str:
    found = rule(rule_id).ask(given_case)
    assert isinstance(found, Found)
    return "\n".join(map(str, found.commands))


def _advice(rule_id: str, given_case: RuleContext) -> str:
    found = rule(rule_id).ask(given_case)
    assert isinstance(found, Found)
    return " ".join(str(action) for action in found.remedy)


def _trust_document(text: str) -> dict[str, Any]:
    """The policy that the bash text writes."""
    start = text.index("printf '%s\\n' '") + len("printf '%s\\n' '")
    return json.loads(text[start : text.index("' > ", start)])


# --- the trust policy --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (trust(Action=None, NotAction="sts:AssumeRole"), "not-checked"),
        (trust(Principal=None, NotPrincipal={"AWS": "arn:aws:iam::111122223333:root"}), "not-checked"),
        (trust(Principal={"AWS": "*"}), "passed"),
        (trust(Principal={"AWS": "arn:aws:iam::111122223333:root"}), "found"),
    ],
)
def test_a_trust_policy_that_may_allow_is_no_proof_of_a_refusal(document: dict[str, Any], says: str) -> None:
    """NotAction and NotPrincipal are not judged; "AWS": "*" means the same as "*" (IAM user guide, Principal)."""
    assert says == answered("role-not-assumable", world(given(get_role(document)), **STOPPED))


def test_the_endpoint_is_added_to_the_statement_that_lets_people_in() -> None:
    """A statement of its own for sts:TagSession comes first in many trust policies."""
    tags = trust(Action="sts:TagSession", Condition=None)["Statement"]
    document = {"Version": "2012-10-17", "Statement": [*tags, *trust()["Statement"]]}
    text = _commands("role-not-assumable", world(given(get_role(document)), **_received(REGIONAL), **STOPPED))
    assert [REGIONAL in json.dumps(s) for s in _trust_document(text)["Statement"]] == [False, True]


@pytest.mark.parametrize(
    ("recipient", "endpoint"),
    [(GLOBAL, f"https://{INSTANCE}.us-west-2.sign-in.connect.aws/saml*"), (REGIONAL, REGIONAL)],
)
def test_the_remedy_names_the_endpoint_as_a_trust_policy_lists_it(recipient: str, endpoint: str) -> None:
    """A global one with /saml* (`integrate-idp`): a query follows, whose values are nobody's business."""
    refusal = {**_received(recipient), **STOPPED, "said": AwsMessage.NOT_AUTHORIZED, "outcome": Outcome.SAID}
    assert f"SAML:aud listing '{endpoint}'" in _advice("role-not-assumable", world(**refusal))


def test_a_global_endpoint_is_not_put_where_wildcards_are_plain_characters() -> None:
    """StringEquals takes * for itself: the endpoint gets a statement of its own."""
    refusal = {**_received(GLOBAL), **STOPPED}
    text = _commands("role-not-assumable", world(given(get_role(trust())), **refusal))
    kept, added = _trust_document(text)["Statement"]
    assert (trust()["Statement"][0], {"StringLike"}) == (kept, set(added["Condition"]))


def test_a_recipient_that_is_no_endpoint_of_aws_is_not_put_into_a_trust_policy() -> None:
    """What is wrong is then the response; a stranger's address has no place in a role's trust policy."""
    refusal = {**_received("https://stranger.example/saml"), **STOPPED}
    assert "stranger.example" not in _commands("role-not-assumable", world(given(get_role(trust())), **refusal))


def test_another_account_s_provider_is_not_put_into_a_trust_policy() -> None:
    """A capture is a stranger's file: its provider must not be let in by a pasted command."""
    theirs = "arn:aws:iam::999999999999:saml-provider/Corp"
    refusal = {**STOPPED, "said": AwsMessage.NOT_AUTHORIZED, "outcome": Outcome.SAID}
    shown = world(given(get_role(trust())), roles=(RolePair("", ROLE_ARN, theirs),), **refusal)
    assert "update-assume-role-policy" not in _commands("role-not-assumable", shown)


@pytest.mark.parametrize(
    "evidence",
    [
        given(missing("iam:GetRole", RoleName="Agent"), list_providers(PROVIDER_ARN)),
        given(get_role(trust(Principal={"Federated": PROVIDER_ARN.replace("Corp", "corp")}))),
        given(get_role(trust(Principal={"Federated": f"{PROVIDER_ARN}2"})), list_providers(f"{PROVIDER_ARN}2")),
    ],
)
def test_no_command_updates_what_iam_would_refuse(evidence: Evidence) -> None:
    """The role is not there, or the provider's name is wrong in the response, not in the trust policy."""
    assert "update-assume-role-policy" not in _commands("role-not-assumable", world(evidence, **STOPPED))


def test_the_proposed_endpoint_is_of_the_role_s_partition() -> None:
    """Where the response names no Recipient, GovCloud's endpoint is proposed for a role in GovCloud."""
    arns = [a.replace("arn:aws:", "arn:aws-us-gov:") for a in (ROLE_ARN, PROVIDER_ARN)]
    refusal = {**_received(None), **STOPPED, "said": AwsMessage.NOT_AUTHORIZED, "outcome": Outcome.SAID}
    text = _advice("role-not-assumable", world(roles=(RolePair("", *arns),), **refusal))
    assert "https://signin.amazonaws-us-gov.com/saml" in text


# --- the permission to federate ----------------------------------------------------------------------------

_USER = f"{HOME}/user/"


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": None, "NotAction": ["iam:*"], "Resource": "*"},
        {"Resource": "arn:aws:connect:*"},
        {"Resource": f"{HOME.partition(':instance')[0]}:*"},
        {"Resource": f"{_USER}AROAPRACTICEROLE00001:*"},
        {"Resource": f"{_USER}*:{NAME}"},
        {"Resource": f"{HOME}*"},
        {"Resource": "*", "Condition": {"StringNotEquals": {"connect:InstanceId": OTHER_INSTANCE}}},
        {"Resource": "*", "Condition": {"StringLike": {"connect:InstanceId": "*"}}},
    ],
)
def test_a_permission_that_holds_is_no_near_miss(statement: dict[str, Any]) -> None:
    """IAM's wildcards span colons and slashes; NotAction (PowerUserAccess has it) and negations are not judged."""
    document = federation()
    document["Statement"][0] = {k: v for k, v in {**document["Statement"][0], **statement}.items() if v is not None}
    evidence = given(get_role(), *policies(document))
    assert answered("federation-denied", world(evidence, **FEDERATING)) == "not-checked"


def test_a_condition_with_plain_characters_takes_no_wildcard() -> None:
    """StringEquals compares * as it stands."""
    condition = {"StringEquals": {"connect:InstanceId": "*"}}
    evidence = given(get_role(), *policies(federation("*", Condition=condition)))
    assert answered("federation-denied", world(evidence, **FEDERATING)) == "found"


@pytest.mark.parametrize(
    ("changes", "sure"),
    [
        ({}, True),
        ({"MissingContextValues": ["aws:SourceVpc"]}, False),
        (
            {
                "MissingContextValues": ["aws:SourceVpc"],
                "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False},
            },
            False,
        ),
        (
            {
                "MissingContextValues": ["aws:SourceVpc"],
                "OrganizationsDecisionDetail": {"AllowedByOrganizations": False},
            },
            True,
        ),
    ],
)
def test_a_denial_without_all_context_is_no_proof(changes: dict[str, Any], sure: bool) -> None:  # noqa: FBT001
    """A Deny with StringNotEquals applies where its key is missing, which in the real request may be there.

    Organization policies with conditions are not simulated at all (IAM user guide, "Testing IAM policies").
    """
    evidence = given(get_role(), *simulated("explicitDeny", "explicitDeny", **changes))
    found = rule("federation-denied").ask(world(evidence, **FEDERATING))
    assert isinstance(found, Found)
    assert found.supports_verdict is sure


def test_a_saved_simulation_of_another_role_says_nothing_of_this_one() -> None:
    """`aws iam simulate-principal-policy` does not print whose policies it asked; the role's ID is in the resource."""
    theirs = [replace(a, parameters={}) for a in simulated("implicitDeny", "implicitDeny")]
    evidence = given(get_role(RoleId="AROASOMEOTHERROLE0001"), *theirs)
    assert answered("federation-denied", world(evidence, **FEDERATING)) == "not-checked"


@pytest.mark.parametrize(
    "changes",
    [
        {"requestParameters": {"InstanceId": OTHER_INSTANCE}},
        {
            "userIdentity": {
                "principalId": f"AROAX:{NAME}",
                "sessionContext": {"sessionIssuer": {"arn": ROLE_ARN + "2"}},
            }
        },
    ],
)
@pytest.mark.parametrize("error", [{"errorCode": "AccessDenied"}, {}])
def test_cloudtrail_s_record_of_another_instance_or_role_is_not_this_sign_in_s(
    changes: dict[str, Any], error: dict[str, str]
) -> None:
    """The same name can open another instance, or come through another role, within the same minutes."""
    evidence = given(looked_up(connect_event(**changes, **error)))
    assert answered("federation-denied", world(evidence, **FEDERATING)) == "not-checked"


# --- the provider and the instance -------------------------------------------------------------------------


def test_a_plain_assertion_does_not_pass_where_encryption_is_required() -> None:
    """At the provider's own endpoint, too."""
    own = "https://signin.aws.amazon.com/saml/acs/SAMLSPCORP"
    evidence = given(get_provider(AssertionEncryptionMode="Required"))
    assert answered("provider-encryption-required", world(evidence, posted_to=own, **STOPPED)) == "found"


def test_a_decrypted_assertion_passes_where_encryption_is_required() -> None:
    """It was encrypted when it was posted."""
    own = "https://signin.aws.amazon.com/saml/acs/SAMLSPCORP"
    evidence = given(get_provider(AssertionEncryptionMode="Required"))
    shown = world(evidence, posted_to=own, message=replace(message(), decrypted=(b"<x/>",)))
    assert answered("provider-encryption-required", shown) == "passed"


def test_a_list_of_instances_does_not_tell_of_replication() -> None:
    """ListInstances gives no ReplicationConfiguration, so its absence there says nothing."""
    assert answered("replication-differs", world(given(listed("us-west-2", INSTANCE)))) == "not-checked"


def test_a_role_with_a_path_is_the_one_that_aws_s_page_names() -> None:
    """An assumed role's ARN has no path (IAM user guide, "IAM identifiers"), so the pair is found by name."""
    role = ROLE_ARN.replace("role/", "role/team/")
    pairs = (RolePair("", role, PROVIDER_ARN), RolePair("", ROLE_ARN + "2", PROVIDER_ARN))
    said = f"Access denied. arn:aws:sts::111122223333:assumed-role/Agent/{NAME}"
    pair = role_pair(world(roles=pairs, said=AwsMessage.FEDERATION_DENIED, said_text=said))
    assert pair == pairs[0]


@pytest.mark.parametrize("name", ["destination-wrong", "recipient-wrong", "provider-id-differs"])
def test_a_remedy_with_an_endpoint_names_govcloud_s_too(name: str) -> None:
    """The commercial endpoint is wrong there."""
    assert "signin.amazonaws-us-gov.com/saml" in str(Remedy(rule(name).remedy))
