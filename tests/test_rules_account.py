"""Rules about the AWS account: a case where each finds, the nearest where it passes, and each thing that it needs."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from account_world import (
    HOME,
    OTHER_INSTANCE,
    PROVIDER_ARN,
    ROLE_ARN,
    connect_event,
    described,
    described_user,
    federation,
    get_provider,
    get_role,
    given,
    list_providers,
    listed,
    looked_up,
    missing,
    mutated,
    policies,
    refused,
    saml_event,
    simulated,
    trust,
)
from build import ENDPOINT, INSTANCE, NAME, NOW, assertion, message, outcome, rule, rule_context, sign_in, users
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from connect_saml_nb.model.finding import MissingInput, Severity
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import (
    ATTRIBUTES,
    ROLE,
    ROLE_SESSION_NAME,
    SESSION_DURATION,
    SOURCE_IDENTITY,
    Attribute,
    MessageState,
)
from connect_saml_nb.model.signin import AwsMessage, Moment, Outcome, RolePair, SignIn
from connect_saml_nb.rules import RULES, examine
from connect_saml_nb.rules.verdict import verdict

if TYPE_CHECKING:
    from connect_saml_nb.model.account import Evidence
    from connect_saml_nb.model.diagnosis import RuleContext

FOUND, PASSED, NOT_CHECKED = "found", "passed", "not-checked"
NO_MESSAGE = {"message": None, "roles": ()}
ENCRYPTED = {"message": message(state=MessageState.ENCRYPTED, assertions=()), "roles": ()}
DECRYPTED = {"message": replace(message(), decrypted=(b"<Assertion/>",))}
STOPPED = {"outcome": Outcome.RESPONSE_STOPPED, "accepted": False}
FEDERATING = {"outcome": Outcome.FEDERATE_STOPPED}
REFUSED = {"said": AwsMessage.NOT_ONBOARDED, "accepted": True}
GLOBAL = f"https://{INSTANCE}.us-west-2.sign-in.connect.aws/saml?&instanceId={INSTANCE}"
OWN = "https://signin.aws.amazon.com/saml/acs/SAMLSPCORP"
NO_PROVIDER = {**STOPPED, "roles": (RolePair(ROLE_ARN, ROLE_ARN, None),)}
REPLICA = {
    "SourceRegion": "us-west-2",
    "GlobalSignInEndpoint": f"https://{INSTANCE}.us-west-2.sign-in.connect.aws/saml",
    "ReplicationStatusSummaryList": [{"Region": "us-east-1", "ReplicationStatus": "INSTANCE_REPLICATION_COMPLETE"}],
}
DENIED = {"errorCode": "AccessDenied", "errorMessage": "no"}


def _with(*attributes: Attribute) -> dict[str, Any]:
    good = (Attribute(ROLE, (f"{ROLE_ARN},{PROVIDER_ARN}",)), Attribute(ROLE_SESSION_NAME, (NAME,)))
    return {"assertion": assertion(attributes=(*good, *attributes))}


def _lasting(seconds: str) -> dict[str, Any]:
    return _with(Attribute(SESSION_DURATION, (seconds,)))


def _aud(**condition: Any) -> dict[str, Any]:
    return trust(Condition={operator: {"SAML:aud": value} for operator, value in condition.items()})


def world(evidence: Evidence | None = None, **changes: Any) -> RuleContext:
    """A case with evidence."""
    return replace(rule_context(**changes), evidence=evidence)


#: Rule, what is changed in a good sign-in (with its evidence), and what the rule then says.
TABLE: list[tuple[str, dict[str, Any], str]] = [
    # the provider
    ("provider-missing", {"said": AwsMessage.PROVIDER}, FOUND),
    (
        "provider-missing",
        {"evidence": given(list_providers("arn:aws:iam::111122223333:saml-provider/corp")), **STOPPED},
        FOUND,
    ),
    ("provider-missing", {"evidence": given(list_providers()), **STOPPED}, FOUND),
    (
        "provider-missing",
        {"evidence": given(missing("iam:GetSAMLProvider", SAMLProviderArn=PROVIDER_ARN)), **STOPPED},
        FOUND,
    ),
    ("provider-missing", {"evidence": given(list_providers(PROVIDER_ARN)), **STOPPED}, PASSED),
    ("provider-missing", {"evidence": given(get_provider()), **STOPPED}, PASSED),
    ("provider-missing", {"evidence": given(list_providers()), "accepted": True}, PASSED),
    ("provider-missing", {}, PASSED),
    ("provider-missing", STOPPED, NOT_CHECKED),
    ("provider-missing", NO_MESSAGE, NOT_CHECKED),
    ("provider-missing", {"evidence": given(refused("iam:ListSAMLProviders")), **STOPPED}, NOT_CHECKED),
    ("provider-missing", {"evidence": given(list_providers()), **NO_PROVIDER}, NOT_CHECKED),
    (
        "provider-missing",
        {"evidence": replace(given(list_providers()), accounts=("999999999999",)), **STOPPED},
        NOT_CHECKED,
    ),
    ("provider-missing", {"evidence": replace(given(list_providers()), accounts=()), **STOPPED}, NOT_CHECKED),
    ("provider-metadata-expired", {"evidence": given(get_provider(ValidUntil="2026-11-24T02:59:00Z"))}, FOUND),
    ("provider-metadata-expired", {"evidence": given(get_provider(ValidUntil="2026-11-24T03:00:02Z"))}, PASSED),
    ("provider-metadata-expired", {"evidence": given(get_provider(ValidUntil=None))}, NOT_CHECKED),
    ("provider-metadata-expired", {}, NOT_CHECKED),
    (
        "provider-metadata-expired",
        {"evidence": given(get_provider(ValidUntil="2026-11-24T02:59:00Z")), "posted_at": None, "started": None},
        NOT_CHECKED,
    ),
    ("provider-id-differs", {"evidence": given(get_provider(SAMLProviderUUID="SAMLSPNEW")), "posted_to": OWN}, FOUND),
    ("provider-id-differs", {"evidence": given(get_provider()), "posted_to": OWN}, PASSED),
    ("provider-id-differs", {"evidence": given(get_provider(SAMLProviderUUID="SAMLSPNEW"))}, NOT_CHECKED),
    ("provider-id-differs", {"posted_to": OWN}, NOT_CHECKED),
    ("provider-encryption-required", {"evidence": given(get_provider(AssertionEncryptionMode="Required"))}, FOUND),
    (
        "provider-encryption-required",
        {"evidence": given(get_provider(AssertionEncryptionMode="Required")), "posted_to": OWN, **DECRYPTED},
        PASSED,
    ),
    ("provider-encryption-required", {"evidence": given(get_provider(AssertionEncryptionMode="Allowed"))}, PASSED),
    ("provider-encryption-required", {}, NOT_CHECKED),
    (
        "provider-encryption-required",
        {"evidence": given(get_provider(AssertionEncryptionMode="Required")), **NO_MESSAGE},
        NOT_CHECKED,
    ),
    # the role
    ("role-not-assumable", {"said": AwsMessage.NOT_AUTHORIZED}, FOUND),
    ("role-not-assumable", {"evidence": given(get_role()), "said": AwsMessage.NOT_AUTHORIZED}, FOUND),
    ("role-not-assumable", {"evidence": given(missing("iam:GetRole", RoleName="Agent")), **STOPPED}, FOUND),
    ("role-not-assumable", {"evidence": given(get_role(Arn=ROLE_ARN.lower(), RoleName="agent")), **STOPPED}, FOUND),
    ("role-not-assumable", {"evidence": given(get_role(trust(Action="sts:AssumeRole"))), **STOPPED}, FOUND),
    (
        "role-not-assumable",
        {"evidence": given(get_role(trust(Principal={"Federated": PROVIDER_ARN.replace("Corp", "corp")}))), **STOPPED},
        FOUND,
    ),
    ("role-not-assumable", {"evidence": given(get_role(trust(Principal={"Service": "x"}))), **STOPPED}, FOUND),
    (
        "role-not-assumable",
        {"evidence": given(get_role(_aud(StringEquals="https://x.example/saml"))), **STOPPED},
        FOUND,
    ),
    ("role-not-assumable", {"evidence": given(get_role(_aud(StringLike="https://eu-*/saml"))), **STOPPED}, FOUND),
    (
        "role-not-assumable",
        {"evidence": given(get_role()), **STOPPED, **_with(Attribute(f"{ATTRIBUTES}PrincipalTag:a", ("x",)))},
        FOUND,
    ),
    (
        "role-not-assumable",
        {"evidence": given(get_role()), **STOPPED, **_with(Attribute(SOURCE_IDENTITY, ("jd",)))},
        FOUND,
    ),
    ("role-not-assumable", {"evidence": given(looked_up(saml_event(**DENIED))), **STOPPED}, FOUND),
    ("role-not-assumable", {"evidence": given(get_role()), **STOPPED}, PASSED),
    ("role-not-assumable", {"evidence": given(get_role(trust(Condition=None))), **STOPPED}, PASSED),
    (
        "role-not-assumable",
        {"evidence": given(get_role(_aud(StringLike="https://*signin.aws.amazon.com/saml*"))), **STOPPED},
        PASSED,
    ),
    (
        "role-not-assumable",
        {"evidence": given(get_role(_aud(StringEqualsIgnoreCase=ENDPOINT.upper()))), **STOPPED},
        PASSED,
    ),
    ("role-not-assumable", {"evidence": given(get_role(trust(Action=["sts:*"]))), **STOPPED}, PASSED),
    (
        "role-not-assumable",
        {
            "evidence": given(get_role(trust(Action=["sts:AssumeRoleWithSAML", "sts:TagSession"]))),
            **STOPPED,
            **_with(Attribute(f"{ATTRIBUTES}PrincipalTag:a", ("x",))),
        },
        PASSED,
    ),
    ("role-not-assumable", {}, PASSED),
    ("role-not-assumable", {"evidence": given(missing("iam:GetRole", RoleName="Agent"))}, PASSED),
    ("role-not-assumable", STOPPED, NOT_CHECKED),
    ("role-not-assumable", NO_MESSAGE, NOT_CHECKED),
    ("role-not-assumable", {"evidence": given(refused("iam:GetRole")), **STOPPED}, NOT_CHECKED),
    (
        "role-not-assumable",
        {"evidence": replace(given(missing("iam:GetRole", RoleName="Agent")), accounts=("999999999999",)), **STOPPED},
        NOT_CHECKED,
    ),
    ("role-not-assumable", {"evidence": given(get_role("%7Bnot json")), **STOPPED}, NOT_CHECKED),
    ("role-not-assumable", {"evidence": given(get_role()), **NO_PROVIDER}, NOT_CHECKED),
    (
        "role-not-assumable",
        {"evidence": given(get_role(trust(Condition={"StringEquals": {"SAML:sub_type": "persistent"}}))), **STOPPED},
        NOT_CHECKED,
    ),
    ("role-not-assumable", {"evidence": given(get_role(_aud(StringNotEquals=ENDPOINT))), **STOPPED}, NOT_CHECKED),
    ("role-not-assumable", {"evidence": given(get_role(_aud(StringLike="https://${aws:x}"))), **STOPPED}, NOT_CHECKED),
    (
        "role-not-assumable",
        {"evidence": given(get_role()), **STOPPED, "assertion": assertion(confirmations=())},
        NOT_CHECKED,
    ),
    ("role-not-assumable", {"evidence": given(get_role()), "roles": sign_in().roles * 2, **STOPPED}, NOT_CHECKED),
    ("session-duration-long", {"evidence": given(get_role()), **_lasting("3601")}, FOUND),
    ("session-duration-long", {"evidence": given(get_role()), **_lasting("3600")}, PASSED),
    ("session-duration-long", {}, PASSED),
    ("session-duration-long", _lasting("3601"), NOT_CHECKED),
    ("session-duration-long", {"evidence": given(get_role()), **_lasting("PT1H")}, NOT_CHECKED),
    ("session-duration-long", {"evidence": given(get_role()), **ENCRYPTED}, NOT_CHECKED),
    # the permission
    ("federation-denied", {"said": AwsMessage.FEDERATION_DENIED}, FOUND),
    (
        "federation-denied",
        {"evidence": given(get_role(), *simulated("implicitDeny", "implicitDeny")), **FEDERATING},
        FOUND,
    ),
    (
        "federation-denied",
        {"evidence": given(get_role(), *policies(federation("*", Action="connect:GetFederationTokens"))), **FEDERATING},
        FOUND,
    ),
    ("federation-denied", {"evidence": given(looked_up(connect_event(**DENIED))), **FEDERATING}, FOUND),
    ("federation-denied", {"evidence": given(get_role(), *simulated("allowed", "allowed")), **FEDERATING}, PASSED),
    ("federation-denied", {"evidence": given(get_role(), *simulated("allowed", "implicitDeny")), **FEDERATING}, PASSED),
    ("federation-denied", {"evidence": given(looked_up(connect_event())), **FEDERATING}, PASSED),
    ("federation-denied", {"evidence": given(get_role(), *simulated("implicitDeny", "implicitDeny"))}, PASSED),
    ("federation-denied", REFUSED, PASSED),
    ("federation-denied", STOPPED, NOT_CHECKED),
    ("federation-denied", {"evidence": given(refused("iam:SimulatePrincipalPolicy")), **FEDERATING}, NOT_CHECKED),
    ("federation-denied", {"evidence": given(get_role(), *simulated("perhaps", "perhaps")), **FEDERATING}, NOT_CHECKED),
    ("federation-denied", {"evidence": given(get_role(), *policies(federation())), **FEDERATING}, NOT_CHECKED),
    (
        "federation-denied",
        {"evidence": given(looked_up(connect_event(eventTime="2026-11-23T03:00:00Z", **DENIED))), **FEDERATING},
        NOT_CHECKED,
    ),
    # the instance
    ("not-saml-instance", {"evidence": given(described(IdentityManagementType="CONNECT_MANAGED")), **REFUSED}, FOUND),
    (
        "not-saml-instance",
        {"evidence": given(described(IdentityManagementType="EXISTING_DIRECTORY")), **STOPPED},
        FOUND,
    ),
    ("not-saml-instance", {"evidence": given(described()), **REFUSED}, PASSED),
    ("not-saml-instance", {"evidence": given(listed("us-west-2", INSTANCE)), **REFUSED}, PASSED),
    ("not-saml-instance", {}, PASSED),
    ("not-saml-instance", STOPPED, NOT_CHECKED),
    ("not-saml-instance", {"evidence": given(described(IdentityManagementType="NEW")), **REFUSED}, NOT_CHECKED),
    ("not-saml-instance", {"evidence": given(listed("eu-west-2", INSTANCE)), **REFUSED}, NOT_CHECKED),
    ("not-saml-instance", {"evidence": given(refused("connect:DescribeInstance")), **REFUSED}, NOT_CHECKED),
    ("instance-not-active", {"evidence": given(described(InstanceStatus="CREATION_FAILED"))}, FOUND),
    ("instance-not-active", {"evidence": given(described())}, PASSED),
    ("instance-not-active", {}, NOT_CHECKED),
    ("replication-differs", {"evidence": given(described(ReplicationConfiguration=REPLICA))}, FOUND),
    (
        "replication-differs",
        {
            "evidence": given(
                described(
                    ReplicationConfiguration={
                        **REPLICA,
                        "ReplicationStatusSummaryList": [
                            {"Region": "us-east-1", "ReplicationStatus": "INSTANCE_REPLICATION_FAILED"}
                        ],
                    }
                )
            ),
            "posted_to": GLOBAL,
        },
        FOUND,
    ),
    (
        "replication-differs",
        {
            "evidence": given(described(ReplicationConfiguration=REPLICA)),
            "posted_to": GLOBAL.replace("aaaaaaaa", "bbbbbbbb"),
        },
        FOUND,
    ),
    (
        "replication-differs",
        {"evidence": given(described(ReplicationConfiguration=REPLICA)), "posted_to": GLOBAL},
        PASSED,
    ),
    ("replication-differs", {"evidence": given(described())}, PASSED),
    ("replication-differs", {"evidence": given(listed("us-west-2", INSTANCE)), "posted_to": GLOBAL}, NOT_CHECKED),
    ("replication-differs", {}, NOT_CHECKED),
    (
        "wrong-instance",
        {"evidence": given(listed("us-west-2"), listed("eu-west-2", INSTANCE)), "outcome": Outcome.FEDERATE_NOT_FOUND},
        FOUND,
    ),
    (
        "wrong-instance",
        {"evidence": given(listed("us-west-2", OTHER_INSTANCE)), "outcome": Outcome.FEDERATE_NOT_FOUND},
        FOUND,
    ),
    (
        "wrong-instance",
        {
            "evidence": given(
                missing("connect:DescribeInstance", "us-west-2", InstanceId=INSTANCE), listed("eu-west-2", INSTANCE)
            ),
            "outcome": Outcome.FEDERATE_NOT_FOUND,
        },
        FOUND,
    ),
    ("wrong-instance", {"evidence": given(listed("us-west-2", OTHER_INSTANCE)), "listed": users(NAME)}, PASSED),
    (
        "wrong-instance",
        {
            "evidence": given(listed("us-west-2", INSTANCE), listed("eu-west-2", INSTANCE)),
            "outcome": Outcome.FEDERATE_NOT_FOUND,
        },
        NOT_CHECKED,
    ),
    (
        "wrong-instance",
        {"evidence": given(listed("eu-west-2", OTHER_INSTANCE)), "outcome": Outcome.FEDERATE_NOT_FOUND},
        NOT_CHECKED,
    ),
    ("wrong-instance", {"evidence": given(listed("us-west-2")), "outcome": Outcome.FEDERATE_NOT_FOUND}, NOT_CHECKED),
    (
        "wrong-instance",
        {
            "evidence": replace(given(listed("us-west-2", OTHER_INSTANCE)), accounts=("999999999999",)),
            "outcome": Outcome.FEDERATE_NOT_FOUND,
        },
        NOT_CHECKED,
    ),
    # CloudTrail
    (
        "cloudtrail-refused",
        {"evidence": given(looked_up(saml_event(errorCode="InvalidIdentityToken"))), **STOPPED},
        FOUND,
    ),
    ("cloudtrail-refused", {"evidence": given(looked_up(saml_event()))}, PASSED),
    ("cloudtrail-refused", {"evidence": given(looked_up(saml_event(**DENIED), saml_event()))}, PASSED),
    ("cloudtrail-refused", {}, NOT_CHECKED),
    (
        "cloudtrail-refused",
        {"evidence": given(looked_up(saml_event(requestParameters={"sAMLAssertionID": "_b"})))},
        NOT_CHECKED,
    ),
    ("cloudtrail-refused", {"evidence": given(looked_up(saml_event())), **ENCRYPTED}, NOT_CHECKED),
    (
        "cloudtrail-federation-failed",
        {"evidence": given(looked_up(connect_event(errorCode="UserNotFoundException")))},
        FOUND,
    ),
    ("cloudtrail-federation-failed", {"evidence": given(looked_up(connect_event()))}, PASSED),
    ("cloudtrail-federation-failed", {}, NOT_CHECKED),
    ("cloudtrail-federation-failed", {"evidence": given(looked_up(connect_event())), **ENCRYPTED}, NOT_CHECKED),
    (
        "cloudtrail-federation-failed",
        {"evidence": given(looked_up(connect_event(eventSource="sts.amazonaws.com", **DENIED)))},
        NOT_CHECKED,
    ),
    (
        "role-used-before",
        {
            "evidence": given(
                looked_up(
                    saml_event(
                        eventTime="2026-11-20T00:00:00Z",
                        requestParameters={
                            "roleArn": ROLE_ARN + "Old",
                            "roleSessionName": NAME,
                            "sAMLAssertionID": "_z",
                        },
                    )
                )
            )
        },
        FOUND,
    ),
    ("role-used-before", {"evidence": given(looked_up(saml_event(eventTime="2026-11-20T00:00:00Z")))}, PASSED),
    ("role-used-before", {"evidence": given(looked_up(saml_event()))}, NOT_CHECKED),
    ("role-used-before", {}, NOT_CHECKED),
    (
        "role-used-before",
        {"evidence": given(looked_up(saml_event(eventTime="2026-11-20T00:00:00Z"))), **ENCRYPTED},
        NOT_CHECKED,
    ),
    # users
    (
        "users-same-person",
        {"evidence": given(described_user(NAME, "Jane", "Doe"), described_user("jdoe", "jane", "DOE"))},
        FOUND,
    ),
    (
        "users-same-person",
        {"evidence": given(described_user(NAME, "Jane", "Doe"), described_user("joe", "Joe", "Doe"))},
        PASSED,
    ),
    ("users-same-person", {"evidence": given(described_user("a1", "", ""), described_user("b1", "", ""))}, PASSED),
    ("users-same-person", {}, NOT_CHECKED),
    ("users-same-person", {"evidence": given(described_user(NAME, "Jane", "Doe")), **ENCRYPTED}, NOT_CHECKED),
]


@pytest.mark.parametrize(("name", "changes", "expected"), TABLE)
def test_rule_says_what_the_account_shows(name: str, changes: dict[str, Any], expected: str) -> None:
    """One thing is changed in a good sign-in or its account; what the rule cannot see it does not claim."""
    assert outcome(name, world(**changes)) == expected


# --- what is said ------------------------------------------------------------------------------------------


def said(name: str, evidence: Evidence, **changes: Any) -> str:
    """The finding's message."""
    return str(examine(world(evidence, **changes), [rule(name)])[0][0].message)


def reason(name: str, evidence: Evidence | None, **changes: Any) -> str:
    """Why it is not checked."""
    return str(examine(world(evidence, **changes), [rule(name)])[2][0].reason)


@pytest.mark.parametrize(
    ("evidence", "changes", "words"),
    [
        (given(missing("iam:GetRole", RoleName="Agent")), {}, "IAM has no role 'Agent' in account 111122223333"),
        (given(get_role(Arn=ROLE_ARN.lower(), RoleName="agent")), {}, "it is capitalized differently"),
        (given(get_role(trust(Action="sts:AssumeRole"))), {}, "but not with the action sts:AssumeRoleWithSAML"),
        (
            given(get_role(trust(Principal={"Federated": PROVIDER_ARN.replace("111122223333", "999999999999")}))),
            {},
            "it is in account 999999999999",
        ),
        (given(get_role(trust(Principal={"Service": "x"}))), {}, "allows no SAML provider"),
        (
            given(get_role(_aud(StringEquals="https://x.example/saml"))),
            {},
            f"accepts SAML:aud 'https://x.example/saml', and the response's Recipient is '{ENDPOINT}'",
        ),
        (given(get_role()), _with(Attribute(f"{ATTRIBUTES}PrincipalTag:a", ("x",))), "does not allow sts:TagSession"),
        (given(get_role()), _with(Attribute(SOURCE_IDENTITY, ("jd",))), "does not allow sts:SetSourceIdentity"),
        (given(get_role()), {"assertion": assertion(name_id=None)}, "the response has no NameID"),
        (
            given(get_role(Arn=ROLE_ARN.replace("Agent", "AWSReservedSSO_A"), RoleName="AWSReservedSSO_A")),
            {"roles": (RolePair("", ROLE_ARN.replace("Agent", "AWSReservedSSO_A"), PROVIDER_ARN),)},
            "roles of IAM Identity Center",
        ),
        (given(looked_up(saml_event(**DENIED))), {}, "CloudTrail recorded 'AccessDenied' ('no')"),
        (given(get_role()), {}, "lets this response in"),
        (
            given(get_role(trust(Condition={"StringEquals": {"SAML:sub_type": "persistent"}}))),
            {},
            "What cannot be judged here: the condition 'StringEquals SAML:sub_type persistent'",
        ),
    ],
)
def test_aws_refusal_of_the_role_is_explained_by_the_account(evidence: Evidence, changes: dict, words: str) -> None:
    """AWS's one text has many causes: the evidence rules in the one that it shows, and no other."""
    assert words in said("role-not-assumable", evidence, said=AwsMessage.NOT_AUTHORIZED, **changes)


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        (given(get_role(), *simulated("implicitDeny", "implicitDeny")), "no policy of the role allows it"),
        (
            given(
                get_role(),
                *simulated("explicitDeny", "explicitDeny", MatchedStatements=[{"SourcePolicyId": "DenyAll"}]),
            ),
            "a policy denies it explicitly ('DenyAll')",
        ),
        (
            given(
                get_role(),
                *simulated(
                    "implicitDeny", "implicitDeny", OrganizationsDecisionDetail={"AllowedByOrganizations": False}
                ),
            ),
            "an organization policy (service control policy) does not allow it",
        ),
        (
            given(
                get_role(PermissionsBoundary={"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/Edge"}),
                *simulated(
                    "implicitDeny",
                    "implicitDeny",
                    PermissionsBoundaryDecisionDetail={"AllowedByPermissionsBoundary": False},
                ),
            ),
            "permissions boundary 'arn:aws:iam::111122223333:policy/Edge' does not allow it",
        ),
        (given(get_role(), *simulated("allowed", "allowed")), "the live account can differ"),
        (given(get_role(), *policies(federation(f"{HOME}/user/"))), "a shell has replaced ${aws:userid} by nothing"),
        (given(get_role(), *policies(federation(HOME))), "lacks /user/${aws:userid}"),
        (given(get_role(), *policies(federation(f"{HOME}/agent/*"))), "AWS documents /user/${aws:userid}"),
        (
            given(get_role(), *policies(federation(f"{HOME}/user/x".replace("us-west-2", "eu-west-2")))),
            "names Region 'eu-west-2', not 'us-west-2'",
        ),
        (
            given(get_role(), *policies(federation(f"{HOME}/user/x".replace("aaaaaaaa", "cccccccc")))),
            "names instance 'cccccccc-",
        ),
        (
            given(get_role(), *policies(federation(f"{HOME}/user/x".replace("1111", "2222")))),
            "names account '222222223333', not",
        ),
        (
            given(get_role(), *policies(federation(f"{HOME}/user/x".replace("arn:aws:", "arn:aws-us-gov:")))),
            "names partition 'aws-us-gov'",
        ),
        (
            given(get_role(), *policies(federation(Action="sts:GetFederationToken"))),
            "the action is connect:GetFederationToken",
        ),
        (
            given(get_role(), *policies(federation(Action="connect:GetFederationTokens"))),
            "the action is connect:GetFederationToken",
        ),
        (
            given(get_role(), *policies(federation("*", Condition={"StringEquals": {"connect:InstanceID": "other"}}))),
            "its condition connect:InstanceId names 'other'",
        ),
        (
            given(get_role(), *policies(federation(Action="s3:GetObject"))),
            "The role's one policy does not name connect:GetFederationToken",
        ),
    ],
)
def test_the_denied_permission_is_explained_by_the_account(evidence: Evidence, words: str) -> None:
    """Each cause in its own words; a near miss in the policy is quoted."""
    assert words in said("federation-denied", evidence, said=AwsMessage.FEDERATION_DENIED)


@pytest.mark.parametrize(
    "document",
    [
        federation(),
        federation("*"),
        federation(f"{HOME}/*"),
        federation(f"{HOME}/user/*"),
        federation([f"{HOME}/agent/*", f"{HOME}/user/${{aws:userid}}"]),
        federation("arn:aws:connect:*:*:instance/*"),
        federation("*", Condition={"StringEquals": {"connect:InstanceID": [INSTANCE]}}),
        federation(Action="connect:*"),
        federation(Action=["CONNECT:getfederationtoken"]),
    ],
)
def test_a_policy_as_aws_documents_it_has_no_near_miss(document: dict) -> None:
    """The correct forms are not called wrong."""
    assert "policy 'P0'" not in said(
        "federation-denied", given(get_role(), *policies(document)), said=AwsMessage.FEDERATION_DENIED
    )


def test_an_incomplete_list_of_policies_does_not_show_what_is_missing() -> None:
    """A policy that was not read may hold the permission."""
    evidence = given(get_role(), *policies(federation(Action="s3:GetObject"), whole=False))
    assert "None of the role's" not in said("federation-denied", evidence, said=AwsMessage.FEDERATION_DENIED)


@pytest.mark.parametrize(
    ("there", "words"),
    [
        (PROVIDER_ARN.replace("Corp", "corp"), "it is capitalized differently"),
        (PROVIDER_ARN.replace("Corp", "Corps"), "The closest is"),
        (PROVIDER_ARN.replace("Corp", "unlike-anything-else"), "There are:"),
    ],
)
def test_a_provider_that_may_be_meant_is_named(there: str, words: str) -> None:
    """The near miss is what the administrator has to correct."""
    assert words in said("provider-missing", given(list_providers(there)), **STOPPED)


def test_the_reason_names_the_missing_permission() -> None:
    """What was refused is asked again with the right policy."""
    assert (
        reason("role-not-assumable", given(refused("iam:GetRole")), **STOPPED)
        == "The permission iam:GetRole is missing."
    )


def test_the_reason_names_the_part_and_the_command() -> None:
    """Without evidence it says how to get it."""
    told = reason("role-not-assumable", None, **STOPPED)
    assert ("part role" in told, "aws iam get-role" in told) == (True, True)


def test_evidence_of_another_account_is_told() -> None:
    """What is missing there says nothing of the response's account."""
    evidence = replace(given(missing("iam:GetRole", RoleName="Agent")), accounts=("999999999999",))
    assert reason("role-not-assumable", evidence, **STOPPED) == (
        "The evidence is of account 999999999999, and the response names account 111122223333."
    )


def test_the_instances_that_are_there_are_named() -> None:
    """So that the relay state can be corrected."""
    evidence = given(listed("us-west-2", OTHER_INSTANCE))
    assert f"corp {OTHER_INSTANCE} in us-west-2" in said("wrong-instance", evidence, outcome=Outcome.FEDERATE_NOT_FOUND)


def test_what_was_accepted_makes_less_of_a_provider_fault() -> None:
    """AWS took it in spite of the mode that is there now."""
    evidence = given(get_provider(AssertionEncryptionMode="Required"))
    assert examine(world(evidence), [rule("provider-encryption-required")])[0][0].severity is Severity.WARNING


# --- verdicts (docs/contract.md, T4 and T5) -----------------------------------------------------------------


def judged(evidence: Evidence | None, **changes: Any) -> str:
    """The verdict of the case."""
    given_case = world(evidence, **changes)
    found, _, _ = examine(given_case, RULES)
    return verdict(given_case, frozenset(f.verdict for f in found if f.verdict))


UNREAD = {**STOPPED, "last": sign_in().last}


@pytest.mark.parametrize(
    ("evidence", "changes", "expected"),
    [
        (None, STOPPED, "outcome-unknown"),
        (given(get_role(_aud(StringEquals="https://x.example/"))), STOPPED, "role-not-assumable"),
        (given(get_role()), STOPPED, "outcome-unknown"),
        (given(list_providers(), get_role(_aud(StringEquals="https://x.example/"))), STOPPED, "provider-missing"),
        (given(missing("iam:GetRole", RoleName="Agent")), {"said": AwsMessage.INVALID_RESPONSE}, "response-refused"),
        (None, FEDERATING, "outcome-unknown"),
        (given(get_role(), *simulated("implicitDeny", "implicitDeny")), FEDERATING, "federation-denied"),
        (given(get_role(), *simulated("explicitDeny", "explicitDeny")), FEDERATING, "federation-denied"),
        (given(get_role(), *simulated("implicitDeny", "allowed")), FEDERATING, "outcome-unknown"),
        (given(get_role(), *simulated("implicitDeny")), FEDERATING, "outcome-unknown"),
        (
            given(get_role(), *simulated("implicitDeny", "implicitDeny", MissingContextValues=["aws:x"])),
            FEDERATING,
            "outcome-unknown",
        ),
        (given(get_role(), *policies(federation(HOME))), FEDERATING, "outcome-unknown"),
        (given(looked_up(connect_event(**DENIED))), FEDERATING, "federation-denied"),
        (given(described(IdentityManagementType="CONNECT_MANAGED")), REFUSED, "not-saml-instance"),
        (given(described(IdentityManagementType="CONNECT_MANAGED")), FEDERATING, "not-saml-instance"),
        (given(described()), REFUSED, "user-not-checked"),
        (
            given(listed("us-west-2"), listed("eu-west-2", INSTANCE)),
            {"outcome": Outcome.FEDERATE_NOT_FOUND},
            "wrong-instance",
        ),
        (None, {"outcome": Outcome.FEDERATE_NOT_FOUND}, "relay-state-invalid"),
        (given(listed("us-west-2")), {"outcome": Outcome.FEDERATE_NOT_FOUND}, "relay-state-invalid"),
        (given(get_role(_aud(StringEquals="https://x.example/"))), {}, "signed-in"),
        (given(described(IdentityManagementType="CONNECT_MANAGED")), {}, "signed-in"),
    ],
)
def test_the_verdict_goes_by_the_evidence_and_no_further(
    evidence: Evidence | None, changes: dict, expected: str
) -> None:
    """With the account's evidence the cause is named; without a proof it stays open."""
    assert judged(evidence, **changes) == expected


def test_a_healthy_account_gives_no_finding() -> None:
    """No healthy sign-in gets one from its own account."""
    evidence = given(
        get_role(),
        *policies(federation()),
        *simulated("allowed", "allowed"),
        get_provider(),
        list_providers(PROVIDER_ARN),
        described(),
        listed("us-west-2", INSTANCE),
        described_user(NAME, "Jane", "Doe"),
        looked_up(saml_event(), connect_event(), saml_event(eventTime=(NOW - timedelta(days=3)).isoformat())),
    )
    assert examine(world(evidence, listed=users(NAME)), RULES)[0] == ()


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("provider-missing", {"said": AwsMessage.PROVIDER}),
        ("role-not-assumable", {"said": AwsMessage.NOT_AUTHORIZED}),
        ("federation-denied", {"said": AwsMessage.FEDERATION_DENIED}),
    ],
)
def test_a_lock_out_names_the_way_in_for_emergencies(name: str, changes: dict) -> None:
    """An administrator who cannot sign in needs another door to repair it."""
    assert "Log in for emergency access" in str(examine(world(**changes), [rule(name)])[0][0].remedy)


def test_hostile_policies_hang_nothing() -> None:
    """A pattern of many wildcards against a long recipient."""
    long = "https://signin.aws.amazon.com/saml?" + "a" * 4000
    document = _aud(StringLike=["*a" * 200 + "b"])
    data = replace(assertion().confirmations[0], recipient=long)
    evidence = given(get_role(document))
    assert (
        outcome("role-not-assumable", world(evidence, **STOPPED, assertion=assertion(confirmations=(data,)))) == FOUND
    )


@drawn(st.data())
@settings(max_examples=40, deadline=None)
@pytest.mark.slow
def test_rules_take_evidence_of_any_content(data: st.DataObject) -> None:
    """Somebody else's folder: whatever its values are, every rule answers."""
    held = [
        replace(answer, body=mutated(dict(answer.body), data.draw))
        for answer in (
            *(get_role(), *policies(federation(), federation(HOME)), *simulated("implicitDeny", "allowed")),
            *(get_provider(), list_providers(PROVIDER_ARN), described(ReplicationConfiguration=REPLICA)),
            *(listed("us-west-2", OTHER_INSTANCE), looked_up(saml_event(**DENIED), connect_event(**DENIED))),
            described_user(NAME, "Jane", "Doe"),
        )
    ]
    changes = data.draw(st.sampled_from([STOPPED, FEDERATING, REFUSED, {"said": AwsMessage.NOT_AUTHORIZED}, ENCRYPTED]))
    found, passed, skipped = examine(world(given(*held), **changes), RULES)
    shown = [text for f in found for text in (str(f.message), *(str(e.detail) for e in f.evidence))]
    shown += [str(each.reason) for each in skipped]
    assert (len(found) + len(passed) + len(skipped), [text for text in shown if not text.isprintable()]) == (
        len(RULES),
        [],
    )


def test_a_folder_of_huge_policies_is_judged_quickly() -> None:
    """Ten thousand wildcards in each of fifty policies."""
    document = federation("*", Action=[f"*{n}*a*a*a*" for n in range(2000)])
    began = time.process_time()
    said("federation-denied", given(get_role(), *policies(*[document] * 50)), said=AwsMessage.FEDERATION_DENIED)
    assert time.process_time() - began < 10


def commands_of(name: str, evidence: Evidence | None, **changes: Any) -> str:
    """The finding's commands as one text."""
    return "\n".join(map(str, examine(world(evidence, **changes), [rule(name)])[0][0].remedy.commands))


def test_the_role_that_the_page_names_counts_among_several() -> None:
    """AWS says in its text which role was assumed."""
    other = RolePair("", ROLE_ARN + "Other", PROVIDER_ARN)
    text = "User: arn:aws:sts::111122223333:assumed-role/AgentOther/jane is not authorized"
    told = commands_of(
        "federation-denied", None, roles=(*sign_in().roles, other), said=AwsMessage.FEDERATION_DENIED, said_text=text
    )
    assert "--role-name AgentOther" in told


def test_a_replicated_instance_gets_the_policy_without_a_region() -> None:
    """The documented form for Global Resiliency, which holds in both Regions."""
    evidence = given(described(ReplicationConfiguration=REPLICA))
    assert '"connect:InstanceId"' in commands_of("federation-denied", evidence, said=AwsMessage.FEDERATION_DENIED)


def test_the_missing_recipient_is_put_into_the_old_trust_policy() -> None:
    """The complete new document, with what was there."""
    evidence = given(get_role(_aud(StringEquals=["https://x.example/saml"])))
    told = commands_of("role-not-assumable", evidence, **STOPPED)
    assert ("https://x.example/saml" in told, ENDPOINT in told, "WHOLE" in told) == (True, True, False)


def _federated_later(*others: SignIn) -> str:
    """What is said of a federation that failed eight minutes after the post."""
    event = connect_event(errorCode="UserNotFoundException", eventTime=(NOW + timedelta(minutes=8)).isoformat())
    return outcome("cloudtrail-federation-failed", world(given(looked_up(event)), others=others))


def test_a_late_event_is_of_this_sign_in() -> None:
    """A browser can wait."""
    assert FOUND == _federated_later()


def test_an_event_after_the_persons_next_sign_in_is_not_of_this_one() -> None:
    """People try again at once."""
    again = sign_in(posted_at=Moment(NOW + timedelta(minutes=5), "clock", second=True))
    assert NOT_CHECKED == _federated_later(again)


def test_what_the_account_was_asked_and_did_not_answer_lacks_an_answer() -> None:
    """Asking it once more does not help where it refused."""
    asked = world(given())
    lacks = {n.missing for n in examine(asked, RULES)[2]}
    assert (True, False) == (MissingInput.ANSWER in lacks, MissingInput.ACCOUNT in lacks)
