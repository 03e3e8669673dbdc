"""What a fault is: a change of a spec (faults.toml, symptoms.toml), and the verdict that it leads to."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from connect_saml_nb.training.generator.spec import AccountSpec, Attempt, Saml, Spec, UserList, at_endpoint
from connect_saml_nb.training.generator.tables import convert_table, fill, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

#: How far a sign-in gets before a fault stops it: an earlier one hides a later one.
STAGES = ("provider", "post", "response", "role", "relay", "permission", "user", "connect")


class AttributeSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An attribute of the response, or so many, numbered by `$n`."""

    name: str
    values: tuple[str, ...]
    times: int = 1


class SpecChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is changed in a spec; texts are filled with the case's values.

    `pick` chooses one of several values, under a name; `users` are the Connect users beside the colleagues, `sent` the
    RoleSessionName; `absent` fields of the response or the attempt are left out; `says` is the text of the last page
    (one of these), and `screen` what the person reports where that is something else. `evidence` tells whether the
    trainee gets the account's answers. The tables are named after the parts of a `Spec`, and hold their fields.
    """

    why: str = ""
    pick: dict[str, list[str]] = msgspec.field(default_factory=dict)
    users: list[str] | None = None
    sent: str = ""
    relay: str | None = None
    endpoint: str = ""
    more_roles: list[str] = msgspec.field(default_factory=list)
    attributes: list[AttributeSpec] = msgspec.field(default_factory=list)
    signs: tuple[str, ...] = ()
    absent: list[str] = msgspec.field(default_factory=list)
    user_list: dict[str, Any] = msgspec.field(default_factory=dict)
    saml: dict[str, Any] = msgspec.field(default_factory=dict)
    attempt: dict[str, Any] = msgspec.field(default_factory=dict)
    account: dict[str, Any] = msgspec.field(default_factory=dict)
    spec: dict[str, Any] = msgspec.field(default_factory=dict)
    evidence: bool | None = None
    values: dict[str, str] = msgspec.field(default_factory=dict)
    end: str = ""
    says: tuple[str, ...] = ()
    screen: str = ""

    def __post_init__(self) -> None:
        """Refuse names of fields that are not there: a misspelt one would change nothing."""
        for changes, kinds in (
            (self.user_list, (UserList,)),
            (self.saml, (Saml,)),
            (self.attempt, (Attempt,)),
            (self.account, (AccountSpec,)),
            (self.spec, (Spec,)),
            (self.absent, (Saml, Attempt)),
        ):
            known = {name for kind in kinds for name in kind.__dataclass_fields__}
            if unknown := set(changes) - known:
                raise ValueError(f"unknown field: {', '.join(sorted(unknown))}")


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that is wrong (faults.toml says what each field is), and its changes, of which one is made."""

    name: str
    verdict: str
    rule: str
    changes: tuple[SpecChange, ...]
    stage: Literal[STAGES] = "response"  # type: ignore[valid-type] # the values are those of the constant
    points: tuple[str, ...] = ("post", "answer")
    attribute: str = ""
    silent: bool = False
    needs_user: bool = False
    signed: bool = False
    alone: bool = False
    products: tuple[str, ...] = ()
    government: bool = True
    from_stage: str = "provider"
    never_with: tuple[str, ...] = ()

    @property
    def place(self) -> int:
        """How far the sign-in gets: the position of its stage."""
        return STAGES.index(self.stage)

    def change(self, spec: Spec, random: Random) -> Spec:
        """The spec with this fault."""
        return _changed(spec, random.choice(self.changes), random)


# --- the tables ----------------------------------------------------------------------------------------------


@cache
def faults() -> tuple[Fault, ...]:
    """Everything that can be wrong in a case, and everything that can be seen beside it."""
    return (*_read("faults.toml", alone=False), *_read("symptoms.toml", alone=True))


@cache
def distractors() -> tuple[Fault, ...]:
    """What distracts in the higher levels: it looks like a fault, and leaves the verdict as it is."""
    return _read("distractors.toml", alone=False)


@cache
def earlier_attempts() -> tuple[Fault, ...]:
    """What can have stopped an attempt before the last one."""
    return _read("earlier.toml", alone=False)


def _read(file: str, *, alone: bool) -> tuple[Fault, ...]:
    return tuple(_fault(name, {"alone": alone, **row}, file) for name, row in read_table(file).items())


def _fault(name: str, row: dict[str, Any], file: str) -> Fault:
    own = {key: value for key, value in row.items() if key in Fault.__struct_fields__}
    change = {key: value for key, value in row.items() if key not in own and key != "variants"}
    changes = [_merged(change, variant) for variant in row.get("variants", [{}])]
    verdict = row.get("verdict", "")
    fault = {"rule": verdict, "verdict": verdict, **own, "name": name, "changes": changes}
    return convert_table(fault, Fault, f"{file}, {name}")


def _merged(row: Mapping[str, Any], variant: Mapping[str, Any]) -> dict[str, Any]:
    tables = {key: {**row[key], **variant[key]} for key in variant if isinstance(row.get(key), dict)}
    return {**row, **variant, **tables}


# --- changing a spec -----------------------------------------------------------------------------------------


def _changed(spec: Spec, change: SpecChange, random: Random) -> Spec:
    values = {**spec.values}
    for name, choices in change.pick.items():
        values[name] = fill(random.choice(choices), values)
    named = {**_named(change), **change.values}
    values |= fill(named, values)
    text = fill(random.choice(change.says), values) if change.says else ""
    attempt = _attempt(spec.attempt, change, values)
    if change.end:
        attempt = replace(attempt, end=change.end, text=text)
    account = replace(spec.account, **fill(change.account, values))
    product = spec.scenario.product
    if change.signs:
        product = msgspec.structs.replace(product, signs=change.signs)
    return replace(
        spec,
        scenario=replace(spec.scenario, product=product),
        attempt=attempt,
        user_list=_user_list(spec.user_list, change, values),
        account=account,
        evidence=_evidence(spec, change),
        values=values,
        screen=change.screen or text or spec.screen,
        **fill(change.spec, values),
    )


def _named(change: SpecChange) -> dict[str, str]:
    """The values that follow from the changes themselves."""
    named = {"sent": change.sent, "endpoint": change.endpoint, "relay": change.relay or ""}
    if change.users is not None:
        named["user"] = change.users[0] if change.users else "none"
    return {name: value for name, value in named.items() if value}


def _user_list(users: UserList, change: SpecChange, values: Mapping[str, str]) -> UserList:
    names = users.usernames if change.users is None else fill(change.users, values)
    return replace(users, usernames=names, **fill(change.user_list, values))


def _evidence(spec: Spec, change: SpecChange) -> bool | None:
    """What must not be given stays away; what a fault puts into the account has to be shown."""
    return change.evidence if change.evidence is not None else True if change.account else spec.evidence


def _attempt(attempt: Attempt, change: SpecChange, values: Mapping[str, str]) -> Attempt:
    if change.endpoint:
        attempt = at_endpoint(attempt, fill(change.endpoint, values))
    if change.relay is not None:
        attempt = replace(attempt, relay_state=fill(change.relay, values))
    absent: dict[str, Any] = dict.fromkeys(change.absent)
    saml = {**fill(change.saml, values), **absent, **_saml(attempt.saml, change, values)}
    fields = {**fill(change.attempt, values), **absent}
    return replace(
        attempt,
        saml=replace(attempt.saml, **{k: v for k, v in saml.items() if k in Saml.__dataclass_fields__}),
        **{k: v for k, v in fields.items() if k in Attempt.__dataclass_fields__},
    )


def _saml(saml: Saml, change: SpecChange, values: Mapping[str, str]) -> dict[str, Any]:
    """What the short words of a change mean for the response."""
    fields: dict[str, Any] = {}
    if change.more_roles:
        fields["roles"] = (*(saml.roles or ()), *fill(change.more_roles, values))
    if change.sent:
        fields["names"] = (fill(change.sent, values),)
    if change.attributes:
        fields["attributes"] = _attributes(change, values)
    return fields


def _attributes(change: SpecChange, values: Mapping[str, str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (fill(each.name, numbered), fill(each.values, numbered))
        for each in change.attributes
        for n in range(each.times)
        for numbered in ({**values, "n": f"{n:04}"},)
    )
