"""Composes a case: a world, its faults, what distracts; then plays it and writes it down."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from connect_saml_nb.practice._making import account, faults, manners, signing
from connect_saml_nb.practice._making._fault import FAULTS, Fault, Stage
from connect_saml_nb.practice._making.plan import healthy
from connect_saml_nb.practice._making.story import Story
from connect_saml_nb.practice._making.world import make_world, made_uuid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from connect_saml_nb.evidence import Answer
    from connect_saml_nb.practice._making.plan import Plan

__all__ = ["FAULTS", "Made", "make"]
del faults  # it has filled FAULTS


@dataclass(frozen=True, slots=True)
class Made:
    """A made case. `marks` are positions of entries in the file; `hidden` is the fault that does not show yet."""

    fault: Fault
    hidden: Fault | None
    plan: Plan
    marks: dict[str, int]
    capture: bytes = field(repr=False)
    users: bytes | None = field(repr=False)
    account: tuple[Answer, ...] = field(repr=False)
    metadata: bytes | None = field(repr=False)


def make(verdict: str | None, rule: str | None, level: int, random: Random) -> Made:
    """Make a case of this verdict or rule."""
    fault = random.choice(_of(verdict, rule))
    plan = replace(healthy(make_world(random)), manner=manners.choose(random, level))
    hidden = _hidden_behind(fault, random) if level == 3 else None  # noqa: PLR2004 -- the third level
    if hidden:
        plan = hidden.change(plan, random)
    plan = fault.change(plan, random)
    plan = _distracted(plan, fault, level, random)
    return _written(plan, fault, hidden, random)


def _of(verdict: str | None, rule: str | None) -> list[Fault]:
    able = [f for f in FAULTS if signing.available() or not f.signed]
    return [f for f in able if verdict in {None, f.verdict} and rule in {None, f.rule}]


def _hidden_behind(fault: Fault, random: Random) -> Fault | None:
    """A fault that would only show when this one is gone, or None where there can be none."""
    if fault.alone:
        return None
    first = max(fault.stage + 1, Stage.RELAY)
    later = [f for f in FAULTS if not f.alone and f.stage >= first and f.verdict in _HIDING]
    if fault.proven_by_users:
        later = [f for f in later if f.stage is not Stage.USER]
    return random.choice(later) if later else None


#: Faults that are there before they show. (A page of Connect that is refused is not.)
_HIDING = frozenset({"user-case-differs", "user-near-miss", "user-missing", "federation-denied"})


def _distracted(plan: Plan, fault: Fault, level: int, random: Random) -> Plan:
    """Other requests, and evidence that is not needed."""
    if level == 1:
        return replace(plan, noise=random.randrange(2, 6))
    changed = replace(plan, noise=random.randrange(15, 45), broker=random.random() < 0.3)  # noqa: PLR2004
    changed = replace(changed, account=replace(changed.account, given=not changed.account.withheld))
    quiet = fault.silent and random.random() < 0.25  # noqa: PLR2004
    return changed.with_attempt(keeps_page=False) if quiet else changed


def _written(plan: Plan, fault: Fault, hidden: Fault | None, random: Random) -> Made:
    story = Story(plan, random)
    entries = story.play()
    capture, marks = manners.write(plan.manner, entries, f"Amazon Connect - {plan.world.company}")
    held = account.answers(plan, story.posted_at, story.assertion_ids) if plan.account.given else ()
    data = account.metadata(plan.world.product.issuer, "good").encode() if fault.signed else None
    return Made(fault, hidden, plan, marks, capture, _users(plan, random), held, data)


def _users(plan: Plan, random: Random) -> bytes | None:
    """The list as `aws connect list-users` prints it."""
    world, told = plan.world, plan.listed
    if not told.given:
        return None
    names: Sequence[str] = [*(p.username for p in world.colleagues), *told.usernames]
    arn = world.instance_arn(told.instance, told.region)
    rows: list[dict[str, Any]] = []
    for name in sorted(names, key=str.casefold):
        user_id = made_uuid(random)
        changed = world.started.timestamp() + (
            7200 if name == told.changed_later else -86_400 * random.randrange(2, 400)
        )
        rows.append(
            {
                "Id": user_id,
                "Arn": f"{arn}/agent/{user_id}",
                "Username": name,
                "LastModifiedTime": round(changed, 3),
                "LastModifiedRegion": told.region or world.region,
            }
        )
    body: dict[str, Any] = {"UserSummaryList": rows}
    if not told.complete:
        body["NextToken"] = "made-up-next-token"  # noqa: S105 -- AWS's word for the next page
    return (json.dumps(body, indent=1) + "\n").encode()
