"""What is going to happen in a case: what the response says, who is a user, what the account holds, how it ends.

A plan is healthy until faults change it. Each fault changes one thing, so two faults can be in one plan; the one that
comes first on the way through AWS decides what the person sees.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connect_saml_nb.model.record import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connect_saml_nb.training.generator.scenario import World

Json = dict[str, object]
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
RESPONDER = "urn:oasis:names:tc:SAML:2.0:status:Responder"
AUTHN_FAILED = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"


@dataclass(frozen=True, slots=True)
class Saml:
    """What a SAML response says. Times are seconds from the moment when it is made."""

    names: tuple[str, ...] | None
    roles: tuple[str, ...] | None
    issuer: str
    name_id: str | None
    destination: str | None
    recipient: str | None
    audience: str | None
    name_id_format: str = EMAIL
    issued: float = 0
    not_before: float = -60
    lives: float = 300
    status: tuple[str, ...] = (SUCCESS,)
    status_message: str = ""
    more: tuple[tuple[str, tuple[str, ...]], ...] = ()
    name_attribute: str = ATTRIBUTES + "RoleSessionName"
    role_attribute: str = ATTRIBUTES + "Role"
    session_ends: float | None = None
    in_response_to: str = ""
    signed: str = "good"  # by which key: good, other, expired; or broken (changed afterwards), wrapped, none
    algorithm: str = "sha256"
    comment: bool = False  # inside the name ID
    encrypted: bool = False
    replaced_by: str | None = None  # what stands in the form's field in its place
    cut_at: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """The list of Connect users that the admin saved. `usernames` stand beside the colleagues'."""

    usernames: tuple[str, ...]
    complete: bool = True
    instance: str = ""
    region: str = ""
    given: bool = True
    changed_later: str = ""  # a username that was changed after the recording


@dataclass(frozen=True, slots=True)
class Account:
    """What the AWS account holds where it differs from what makes the sign-in work."""

    management: str = "SAML"
    status: str = "ACTIVE"
    role_missing: bool = False
    real_role: str = ""  # IAM's spelling of the role's name
    trusted_provider: str = ""
    trusted_endpoints: tuple[str, ...] | None = None
    trusted_actions: tuple[str, ...] = ("sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity")
    policy: Json | None = None  # instead of the documented one
    boundary: str = ""
    providers: tuple[str, ...] | None = None
    entity_id: str = ""
    signing_key: str = "good"
    valid_until: str = "2126-01-05T00:00:00+00:00"
    provider_id: str = ""
    encryption: str = ""
    max_duration: int = 43_200
    other_instances: tuple[tuple[str, str], ...] = ()
    replica: str = ""
    people: tuple[tuple[str, str, str], ...] = ()
    given: bool = False  # whether the trainee gets it
    withheld: bool = False  # whether it must not be given, because it would tell more


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in: the response, its relay state, where it is posted, and how AWS answers (`end` and its text)."""

    saml: Saml
    relay_state: str | None
    endpoint: str
    end: str = "opened"
    text: str = ""
    status: int = 0
    keeps_page: bool = True
    waits: float = 0  # seconds between the response's making and its posting
    idle: float = 43_300  # seconds for which Connect is left open
    chooses: str = ""
    error: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole case. `screen` is what the person reports; `values` fill the answer's texts."""

    world: World
    attempt: Attempt
    listed: Listed
    account: Account = Account()
    screen: str = "Everything works."
    values: Mapping[str, str] = field(default_factory=dict)
    before: tuple[Attempt, ...] = ()
    noise: int = 3
    manner: str = "firefox"
    broker: bool = False
    metadata_key: str = ""  # whose certificate the metadata file has; none where there is no file
    plus_lost: bool = False
    file_cut: bool = False
    visits_help: bool = False
    ahead: float = 0  # seconds by which everybody's clock is ahead of the computer's

    def with_saml(self, **changes: Any) -> Plan:  # noqa: ANN401 -- fields of Saml, by name
        """The plan with other fields of the response."""
        saml = replace(self.attempt.saml, **changes)
        return replace(self, attempt=replace(self.attempt, saml=saml))

    def with_attempt(self, **changes: Any) -> Plan:  # noqa: ANN401 -- as above
        """The plan with other fields of the attempt."""
        return replace(self, attempt=replace(self.attempt, **changes))

    def with_list(self, **changes: Any) -> Plan:  # noqa: ANN401 -- as above
        """The plan with another list of users."""
        return replace(self, listed=replace(self.listed, **changes))

    def with_account(self, *, given: bool = True, **changes: Any) -> Plan:  # noqa: ANN401 -- as above
        """The plan with another account, which the trainee gets."""
        return replace(self, account=replace(self.account, given=given, **changes))

    def without_account(self) -> Plan:
        """The plan without evidence from the account."""
        return replace(self, account=replace(self.account, given=False, withheld=True))

    def at_endpoint(self, endpoint: str) -> Plan:
        """The plan with another endpoint, in the response too."""
        changed = self.with_saml(destination=endpoint, recipient=endpoint).with_attempt(endpoint=endpoint)
        return changed.telling(endpoint=endpoint)

    def signed_by(self, *elements: str) -> Plan:
        """The plan with an identity provider that signs these elements."""
        return replace(self, world=replace(self.world, product=replace(self.world.product, signs=elements)))

    def telling(self, **values: str) -> Plan:
        """The plan with more values for the answer's texts."""
        return replace(self, values={**self.values, **values})


def healthy(world: World) -> Plan:
    """A sign-in that works."""
    name = world.person.username
    saml = Saml(
        names=(name,),
        roles=(f"{world.role()},{world.provider()}",),
        issuer=world.product.issuer,
        name_id=name,
        destination=world.endpoint,
        recipient=world.endpoint,
        audience=world.audience,
    )
    attempt = Attempt(saml, world.federate() + "?destination=%2Fccp-v2", world.endpoint)
    values = {
        "person": world.person.full,
        "sent": name,
        "instance": world.instance,
        "region": world.region,
        "role": world.role(),
        "role_name": world.role_name,
        "provider": world.provider(),
        "endpoint": world.endpoint,
        "account": world.account,
        "relay": world.federate(),
        "idp": world.product.name,
    }
    return Plan(world, attempt, Listed((name,)), values=values)
