"""The least-privilege policy for whoever collects evidence: exactly the parts that are switched on, read-only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from connect_saml_nb.aws.arn import arn_of
from connect_saml_nb.errors import EvidenceError
from connect_saml_nb.evidence.problems import EvidenceProblem
from connect_saml_nb.evidence.raw import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connect_saml_nb.model import JsonObject

#: Parts of the policy: those of evidence, and the list of users (`connect-saml users`).
PERMISSION_PARTS = ("list-users", *PARTS)
_DIRECTORIES = ("ds:DescribeDirectories", "any")  # a dependent action of both (Service Authorization Reference)
#: For each part its actions, each with the kind of resource that it is allowed on.
_NEEDS: dict[str, tuple[tuple[str, str], ...]] = {
    "list-users": (("connect:ListUsers", "instance"),),
    "instance": (("connect:DescribeInstance", "instance"), _DIRECTORIES),
    "instances": (("connect:ListInstances", "any"), _DIRECTORIES),
    "role": (("iam:GetRole", "role"),),
    "policies": (
        ("iam:GetRole", "role"),
        ("iam:ListAttachedRolePolicies", "role"),
        ("iam:ListRolePolicies", "role"),
        ("iam:GetRolePolicy", "role"),
        ("iam:GetPolicy", "policy"),
        ("iam:GetPolicyVersion", "policy"),
    ),
    "simulation": (("iam:GetRole", "role"), ("iam:SimulatePrincipalPolicy", "role")),
    "provider": (("iam:GetSAMLProvider", "provider"),),
    "providers": (("iam:ListSAMLProviders", "any"),),
    "users": (
        ("connect:SearchUsers", "instance"),
        ("connect:DescribeUser", "user"),
        ("connect:ListUserProficiencies", "user"),
    ),
    "cloudtrail": (("cloudtrail:LookupEvents", "any"),),
}
_SIDS = {"instance": "Instance", "user": "Users", "role": "Role", "policy": "Policies", "provider": "Provider"}


def permission_policy(
    parts: Iterable[str] = (),
    *,
    instance_id: str | None = None,
    region: str | None = None,
    account: str | None = None,
    role: str | None = None,
) -> JsonObject:
    """Give the IAM policy that allows exactly these parts (all of `PERMISSION_PARTS` where none is named).

    What is not given stays a placeholder in capitals. `role` is a name, or an ARN where the role has a path.
    Raises EvidenceError for an unknown part or a malformed value.

    >>> permission_policy(["role"], account="111122223333", role="Agents")["Statement"][0]["Resource"]
    'arn:aws:iam::111122223333:role/Agents'
    """
    wanted = tuple(parts) or PERMISSION_PARTS
    unknown = [part for part in wanted if part not in _NEEDS]
    if unknown:
        problem = EvidenceProblem.NO_SUCH_PART(part=repr(unknown[0][:40]), parts=", ".join(PERMISSION_PARTS))
        raise EvidenceError(problem)
    resources = _resources(instance_id, region, account, role)
    grouped: dict[str, list[str]] = {}
    for part in PERMISSION_PARTS:
        for action, kind in _NEEDS[part] if part in wanted else ():
            if action not in grouped.setdefault(kind, []):
                grouped[kind].append(action)
    return {
        "Version": "2012-10-17",
        "Statement": [_statement(kind, actions, resources[kind]) for kind, actions in grouped.items()],
    }


def _statement(kind: str, actions: list[str], resource: list[str]) -> JsonObject:
    sid = f"ConnectSaml{_SIDS.get(kind, 'Lists')}"
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": actions,
        "Resource": resource[0] if len(resource) == 1 else resource,
    }


def _resources(instance: str | None, region: str | None, account: str | None, role: str | None) -> dict[str, list[str]]:
    # The instance's own ARN holds Region, account and ID.
    arn, role_arn = arn_of(instance), arn_of(role)
    if arn and arn.instance_id:
        region, account, instance = region or arn.region, account or arn.account, arn.instance_id
    if role_arn and role_arn.is_role:
        account, role = account or role_arn.account, role_arn.resource.removeprefix("role/")
    _check("instance ID", instance, r"[A-Za-z0-9-]{1,100}")
    _check("Region", region, r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")
    _check("account number", account, r"\d{12}")
    _check("role", role, r"[\w+=,.@/-]{1,576}")
    partition = "aws-us-gov" if (region or "").startswith("us-gov-") else "aws"
    home = f"arn:{partition}:connect:{region or 'REGION'}:{account or 'ACCOUNT'}:instance/{instance or 'INSTANCE-ID'}"
    iam = f"arn:{partition}:iam::{account or 'ACCOUNT'}"
    return {
        "any": ["*"],
        "instance": [home],
        "user": [f"{home}/agent/*"],
        "role": [f"{iam}:role/{role or 'ROLE'}"],
        "policy": [f"{iam}:policy/*", f"arn:{partition}:iam::aws:policy/*"],
        "provider": [f"{iam}:saml-provider/*"],
    }


def _check(what: str, value: str | None, form: str) -> None:
    if value is not None and not re.fullmatch(form, value, re.ASCII):
        raise EvidenceError(EvidenceProblem.MALFORMED(what=what, value=repr(value[:60])))
