"""What is going to happen in a case: what the response says, who is a user, what the account holds, how it ends.

A spec is healthy until faults change it. Each fault changes one thing, so two faults can be in one spec; the one that
comes first on the way through AWS decides what the person sees.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from connect_saml_nb.training.generator.scenario import make_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from connect_saml_nb.training.generator.scenario import Scenario

ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"


@dataclass(frozen=True, kw_only=True)
class Saml:
    """What a SAML response says. Times are seconds from the moment when it is made; None leaves something out."""

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
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
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
class UserList:
    """The list of Connect users that the admin saved. `usernames` stand beside the colleagues'."""

    usernames: tuple[str, ...]
    complete: bool = True
    instance: str = ""
    region: str = ""
    is_saved: bool = True
    changed_later: str = ""  # a username that was changed after the recording
    namesakes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountSpec:
    """What the AWS account holds where it differs from what makes the sign-in work."""

    management: str = "SAML"
    status: str = "ACTIVE"
    role_missing: bool = False
    real_role: str = ""  # IAM's spelling of the role's name
    trusted_provider: str = ""
    trusted_endpoints: tuple[str, ...] | None = None
    trusted_actions: tuple[str, ...] = ("sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity")
    policy: Mapping[str, str] = field(default_factory=dict)  # action and resource, instead of the documented ones
    providers: tuple[str, ...] | None = None
    entity_id: str = ""
    signing_key: str = "good"
    valid_until: str = "2126-01-05T00:00:00+00:00"
    provider_id: str = ""
    encryption: str = ""
    max_duration: int = 43_200
    replica: str = ""
    people: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in: the response, its relay state, where it is posted, and how AWS answers (`end` and its text)."""

    saml: Saml
    relay_state: str | None
    endpoint: str
    end: str = "opened"
    text: str = ""
    keeps_page: bool = True
    waits: float = 0  # seconds between the response's making and its posting
    idle: float = 43_300  # seconds for which Connect is left open
    chooses: str = ""
    error: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """A whole case. `screen` is what the person reports; `values` fill the answer's texts.

    `evidence` says whether the trainee gets the account's answers: None where it does not matter.
    """

    scenario: Scenario
    attempt: Attempt
    user_list: UserList
    values: Mapping[str, str] = field(repr=False)
    account: AccountSpec = field(default_factory=AccountSpec)
    evidence: bool | None = None
    screen: str = "Everything works."
    before: tuple[Attempt, ...] = ()
    noise: int = 3
    exporter: str = "firefox"
    broker: bool = False
    metadata_key: str = ""  # whose certificate the metadata file has; none where there is no file
    plus_lost: bool = False
    file_cut: bool = False
    visits_help: bool = False
    ahead: float = 0  # seconds by which everybody's clock is ahead of the computer's


def healthy(scenario: Scenario, random: Random) -> Spec:
    """A sign-in that works."""
    name = scenario.person.username
    saml = Saml(
        names=(name,),
        roles=(f"{scenario.role()},{scenario.provider()}",),
        issuer=scenario.product.issuer,
        name_id=name,
        destination=scenario.endpoint,
        recipient=scenario.endpoint,
        audience=scenario.audience,
    )
    attempt = Attempt(saml, scenario.federate() + "?destination=%2Fccp-v2", scenario.endpoint)
    return Spec(scenario, attempt, UserList((name,)), make_values(scenario, random))


def at_endpoint(attempt: Attempt, endpoint: str) -> Attempt:
    """The attempt at another endpoint, in the response too."""
    return replace(attempt, endpoint=endpoint, saml=replace(attempt.saml, destination=endpoint, recipient=endpoint))
