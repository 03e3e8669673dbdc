"""ARNs are read exactly, in bounds, and only where every part has the form that AWS gives it."""

from __future__ import annotations

import pytest

from connect_saml_nb.aws.arn import Arn, arn_of, arn_owner, is_provider, is_role

ROLE = "arn:aws:iam::111122223333:role/team/ConnectAgents"
PROVIDER = "arn:aws-us-gov:iam::111122223333:saml-provider/Okta"
INSTANCE = "arn:aws:connect:us-west-2:111122223333:instance/aaaaaaaa-bbbb"


def test_the_parts_of_an_arn() -> None:
    """A role's name is what stands after its path."""
    arn = arn_of(ROLE)
    assert arn == Arn("aws", "iam", "", "111122223333", "role/team/ConnectAgents")
    assert arn is not None
    assert ("ConnectAgents", ("aws", "111122223333")) == (arn.name, arn.owner)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (ROLE, (True, False)),
        (PROVIDER, (False, True)),
        (INSTANCE, (False, False)),
        (ROLE.replace(":role/", ":user/"), (False, False)),
        (ROLE.replace("iam", "sts"), (False, False)),
        (ROLE.replace("arn:aws:", "arn:other:"), (False, False)),
        (ROLE + "\u0661", (False, False)),
        (None, (False, False)),
    ],
)
def test_roles_and_providers_are_told_apart(text: str | None, kinds: tuple[bool, bool]) -> None:
    """By service, partition and resource."""
    assert kinds == (is_role(text), is_provider(text))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (INSTANCE, ("aaaaaaaa-bbbb", "")),
        (INSTANCE + "/agent/u-1", ("aaaaaaaa-bbbb", "u-1")),
        (INSTANCE + "/queue/q-1", ("", "")),
        (ROLE, ("", "")),
    ],
)
def test_a_connect_arn_names_its_instance_and_user(text: str, parts: tuple[str, str]) -> None:
    """A queue is neither."""
    arn = arn_of(text)
    assert arn is not None
    assert parts == (arn.instance_id, arn.user_id)


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "arn:aws:iam::123:role/x",
        "arn:aws:iam::\u0661\u0661\u0661\u0661\u0662\u0662\u0662\u0662\u0663\u0663\u0663\u0663:role/x",
        f" {ROLE}",
        f"{ROLE}\n",
        "arn:aws:iam::111122223333:role/" + "x" * 10_000,
        ROLE.upper(),
    ],
)
def test_what_is_no_arn_has_no_parts(text: str | None) -> None:
    """Not even an owner."""
    assert (None, None) == (arn_of(text), arn_owner(text))
