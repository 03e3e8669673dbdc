"""What an AWS account says."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from connect_saml_nb.model.record import Record

if TYPE_CHECKING:
    from datetime import datetime


class Replication(Record, frozen=True):
    """A Global Resiliency instance's replication; `statuses` are pairs of Region and AWS's own word for its state."""

    source_region: str
    global_sign_in_endpoint: str
    statuses: tuple[tuple[str, str], ...]


class InstanceFacts(Record, frozen=True):
    """A Connect instance as DescribeInstance or ListInstances gives it.

    `described` says that DescribeInstance was asked, which alone tells of `replication`.
    """

    id: str
    arn: str
    region: str
    account: str
    alias: str
    management_type: str
    status: str
    access_url: str
    replication: Replication | None = None
    described: bool = False


class Condition(Record, frozen=True):
    """One condition of a policy statement: `StringEquals`, `SAML:aud`, its values."""

    operator: str
    key: str
    values: tuple[str, ...]


class Statement(Record, frozen=True):
    """One statement of a policy, as it stands there. `principals` are pairs of kind (`Federated`) and value.

    `inverted` names the elements NotAction, NotResource and NotPrincipal that it has: what they mean is not judged.
    """

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[tuple[str, str], ...]
    conditions: tuple[Condition, ...]
    inverted: tuple[str, ...] = ()
    sid: str = ""


class Policy(Record, frozen=True):
    """A policy document; `problem` is a sentence where it could not be read. `document` is its JSON text."""

    hidden = ("document",)
    name: str
    statements: tuple[Statement, ...]
    document: str
    arn: str = ""
    problem: str | None = None


class RoleFacts(Record, frozen=True):
    """An IAM role. `attached` (pairs of name and ARN) and `inline` (names) are None where they were not listed.

    `policies` are the documents that were read of them; `boundary` the ARN of its permissions boundary, or `""`.
    """

    arn: str
    name: str
    role_id: str
    max_session_duration: int | None
    trust: Policy | None
    boundary: str = ""
    attached: tuple[tuple[str, str], ...] | None = None
    inline: tuple[str, ...] | None = None
    policies: tuple[Policy, ...] = ()

    @property
    def policies_complete(self) -> bool:
        """Whether every policy of the role is here and could be read."""
        if self.attached is None or self.inline is None:
            return False
        read = {p.arn or p.name for p in self.policies if p.problem is None}
        return read >= {arn for _, arn in self.attached} | set(self.inline)


class ProviderFacts(Record, frozen=True):
    """A SAML provider of IAM. `arn` is `""` where the saved answer does not say whose it is.

    `metadata` is the identity provider's metadata as IAM keeps it (public, but long).
    """

    hidden = ("metadata",)
    arn: str
    uuid: str
    valid_until: datetime | None
    created: datetime | None
    encryption: str
    metadata: str


class Simulation(Record, frozen=True):
    """What SimulatePrincipalPolicy says of one action on one resource. `role` is `""` where the answer does not tell.

    `decision` is AWS's word (`allowed`, `implicitDeny`, `explicitDeny`); `matched` names the policies that decided;
    `by_organization` and `by_boundary` are None where AWS says nothing of them.
    """

    role: str
    action: str
    resource: str
    decision: str
    matched: tuple[str, ...] = ()
    missing_context: tuple[str, ...] = ()
    by_organization: bool | None = None
    by_boundary: bool | None = None


class Denier(StrEnum):
    """What denies an action whatever else allows it."""

    ORGANIZATION = "organization"
    BOUNDARY = "boundary"
    STATEMENT = "statement"


class UserFacts(Record, frozen=True):
    """One Connect user as DescribeUser or SearchUsers gives it; `directory_user_id` as AWS has it, unexplained."""

    username: str
    user_id: str
    arn: str
    first_name: str
    last_name: str
    directory_user_id: str
    last_modified: datetime | None


class TrailEvent(Record, frozen=True):
    """One event of CloudTrail; parts that it does not have are `""`."""

    name: str
    source: str
    region: str
    time: datetime | None
    error_code: str = ""
    error_message: str = ""
    assertion_id: str = ""
    role_session_name: str = ""
    role: str = ""
    provider: str = ""
    principal_id: str = ""
    instance_id: str = ""
    request_id: str = ""
    event_id: str = ""


class TrailSearch(Record, frozen=True):
    """A look into CloudTrail: events of one name in one Region and time. `complete` says that it went to the end."""

    name: str
    region: str
    start: datetime | None
    end: datetime | None
    complete: bool


class Refusal(Record, frozen=True):
    """A question that AWS did not answer: the part, the IAM action that it needs, and why, as a sentence."""

    part: str
    action: str
    reason: str


class Evidence(Record, frozen=True):
    """What the AWS account says, each part optional; what is not here was not asked or was refused.

    `retrieved` is when AWS answered, None where unknown; `accounts` those that the IAM answers are of.
    `roles_missing` and `providers_missing` are the role names and provider ARNs that IAM says it does not have;
    `provider_arns` every SAML provider of the account, None where they were not listed. `regions_searched` are the
    Regions whose instances were listed to the end, `instances_missing` pairs of an instance ID and the Region that
    does not have it. `refused` and `not_asked` (parts) say what is not here, `notes` what a reader should see.
    """

    source: str
    retrieved: datetime | None = None
    accounts: tuple[str, ...] = ()
    instances: tuple[InstanceFacts, ...] = ()
    regions_searched: tuple[str, ...] = ()
    instances_missing: tuple[tuple[str, str], ...] = ()
    roles: tuple[RoleFacts, ...] = ()
    roles_missing: tuple[str, ...] = ()
    providers: tuple[ProviderFacts, ...] = ()
    provider_arns: tuple[str, ...] | None = None
    providers_missing: tuple[str, ...] = ()
    simulations: tuple[Simulation, ...] = ()
    users: tuple[UserFacts, ...] = ()
    events: tuple[TrailEvent, ...] = ()
    searches: tuple[TrailSearch, ...] = ()
    refused: tuple[Refusal, ...] = ()
    not_asked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
