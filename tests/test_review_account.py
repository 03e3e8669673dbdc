"""What reviewers found in the rules on the AWS account: each case once gave a wrong claim or a wrong command."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

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
from build import INSTANCE, NAME, assertion, case, message, rule
from build import outcome as answered

from connect_saml_nb.model import (
    PRINCIPAL_TAG,
    ROLE,
    ROLE_SESSION_NAME,
    Attribute,
    Case,
    Evidence,
    Outcome,
    RolePair,
    Said,
    SubjectConfirmation,
)
from connect_saml_nb.rules._rule import Found

STOPPED = {"outcome": Outcome.RESPONSE_STOPPED, "accepted": False}
FEDERATING = {"outcome": Outcome.FEDERATE_STOPPED}
REGIONAL = "https://us-west-2.signin.aws.amazon.com/saml"
GLOBAL = f"https://{INSTANCE}.us-west-2.sign-in.connect.aws/saml?&instanceId={INSTANCE}&token=hidden"


def world(evidence: Evidence | None = None, **changes: Any) -> Case:
    """A case with evidence."""
    return replace(case(**changes), evidence=evidence)


def _received(recipient: str | None, *more: Attribute) -> dict[str, Any]:
    """A sign-in whose assertion names this Recipient."""
    bearer = SubjectConfirmation("urn:oasis:names:tc:SAML:2.0:cm:bearer", recipient, None, None)
    good = (Attribute(ROLE, (f"{ROLE_ARN},{PROVIDER_ARN}",)), Attribute(ROLE_SESSION_NAME, (NAME,)))
    return {"assertion": assertion(confirmations=(bearer,), attributes=(*good, *more))}


def _commands(rule_id: str, given_case: Case) -> str:
    found = rule(rule_id).ask(given_case)
    assert isinstance(found, Found)
    return "\n".join(found.commands)


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
def test_the_trust_policy_lists_a_global_endpoint_as_aws_documents_it(recipient: str, endpoint: str) -> None:
    """StringLike with /saml* (`integrate-idp`): a query follows, whose values are nobody's business."""
    refusal = {**_received(recipient), **STOPPED, "said": Said.NOT_AUTHORIZED, "outcome": Outcome.SAID}
    operator = "StringLike" if endpoint.endswith("*") else "StringEquals"
    condition = _trust_document(_commands("role-not-assumable", world(**refusal)))["Statement"][0]["Condition"]
    assert {operator: {"SAML:aud": endpoint}} == condition


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
    refusal = {**STOPPED, "said": Said.NOT_AUTHORIZED, "outcome": Outcome.SAID}
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


def test_the_new_trust_policy_is_of_the_role_s_partition() -> None:
    """Where the response names no Recipient, GovCloud's endpoint is proposed for a role in GovCloud."""
    arns = [a.replace("arn:aws:", "arn:aws-us-gov:") for a in (ROLE_ARN, PROVIDER_ARN)]
    refusal = {**_received(None), **STOPPED, "said": Said.NOT_AUTHORIZED, "outcome": Outcome.SAID}
    text = _commands("role-not-assumable", world(roles=(RolePair("", *arns),), **refusal))
    assert "https://signin.amazonaws-us-gov.com/saml" in text
