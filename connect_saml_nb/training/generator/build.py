"""Composes a case: a world, its faults, what distracts; then plays it and writes it down."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.model.record import replace
from connect_saml_nb.training.generator import aws_answers, exporters, faults, signing, symptoms
from connect_saml_nb.training.generator.distractors import distracted
from connect_saml_nb.training.generator.fault import FAULTS, INVALID, Fault, Stage, sts
from connect_saml_nb.training.generator.scenario import made_uuid, make_world
from connect_saml_nb.training.generator.simulate import Story
from connect_saml_nb.training.generator.spec import healthy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from connect_saml_nb.evidence import RawAnswer
    from connect_saml_nb.training.generator.spec import Attempt, Plan

__all__ = ["FAULTS", "Made", "able", "make"]
del faults, symptoms  # they have filled FAULTS
_HIDING_LEVEL = 3


@dataclass(frozen=True, slots=True)
class Made:
    """A made case. `marks` are positions of entries in the file.

    `hidden` is the fault that shows when this one is gone, `earlier` the verdict of an attempt before.
    """

    fault: Fault
    hidden: Fault | None
    earlier: str
    plan: Plan
    marks: dict[str, int]
    addresses: tuple[str, ...]
    capture: bytes = field(repr=False)
    users: bytes | None = field(repr=False)
    account: tuple[RawAnswer, ...] = field(repr=False)
    metadata: bytes | None = field(repr=False)


def make(verdict: str | None, rule: str | None, level: int, random: Random) -> Made:
    """Make a case of this verdict or rule."""
    fault = random.choice(_of(verdict, rule))
    plan = replace(healthy(make_world(random)), manner=exporters.choose(random, level), noise=0 if level == 1 else 1)
    plan = plan if level == 1 else distracted(plan, fault, random.randrange(1, level + 1), random)
    hidden = _hidden_behind(fault, random) if level == _HIDING_LEVEL else None
    plan = hidden.change(plan, random) if hidden else plan
    plan = fault.change(plan, random)
    earlier = ""
    if level == _HIDING_LEVEL and hidden is None and _can_follow(fault):
        plan, earlier = _after_another(plan, fault, random)
    return _written(_noisy(plan, fault, level, random), fault, hidden, earlier, random)


def _of(verdict: str | None, rule: str | None) -> list[Fault]:
    if rule is None:
        found = [f for f in FAULTS if f.rule == f.verdict == verdict]
    else:
        found = [f for f in FAULTS if f.rule == rule and verdict in {None, f.verdict}]
    if not found:
        raise ConnectSamlError(f"There is no practice case of the verdict {verdict!r} in which {rule!r} is found.")
    possible = [f for f in found if signing.available() or not f.signed]
    if not possible:
        raise ConnectSamlError(signing.NEEDED)
    return possible


def able(verdicts: Sequence[str]) -> tuple[str, ...]:
    """Those of the verdicts of which cases can be made here: without the extra, none about signatures."""
    made = {f.verdict for f in FAULTS if f.rule == f.verdict and (signing.available() or not f.signed)}
    return tuple(v for v in verdicts if v in made)


# --- two faults ----------------------------------------------------------------------------------------------

#: Faults that are there before they show. (A page of Connect that is refused is not.)
_HIDING = frozenset({"user-case-differs", "user-near-miss", "user-missing", "federation-denied"})


def _hidden_behind(fault: Fault, random: Random) -> Fault | None:
    """A fault that would only show when this one is gone, or None where there can be none."""
    if fault.alone or fault.stage is Stage.PROVIDER:  # AWS gets no response that could be wrong
        return None
    first = max(fault.stage + 1, Stage.RELAY)
    later = [f for f in FAULTS if not f.alone and f.stage >= first and f.verdict in _HIDING]
    if fault.proven_by_users:
        later = [f for f in later if f.stage is not Stage.USER]
    return random.choice(later) if later else None


def _can_follow(fault: Fault) -> bool:
    """Whether another attempt can have come before it."""
    return not fault.alone and (fault.stage is not Stage.PROVIDER or fault.verdict == "idp-error")


def _after_another(plan: Plan, fault: Fault, random: Random) -> tuple[Plan, str]:
    """An attempt before that ended sooner: the cause of the last one was hidden behind the cause of the first."""
    make_earlier, verdict = random.choice(_NOT_JUDGED if fault.verdict == "user-not-checked" else _EARLIER)
    return replace(plan, before=(make_earlier(plan.attempt, random),)), verdict


def _too_late(attempt: Attempt, random: Random) -> Attempt:
    text = sts("Token must be redeemed within 5 minutes of issuance", random, 400, "ExpiredTokenException")
    waits = float(random.randrange(420, 1500))
    return replace(attempt, end="refused-by-aws", text=text, status=0, keeps_page=True, waits=waits, location="")


def _other_audience(attempt: Attempt, random: Random) -> Attempt:
    del random
    saml = replace(attempt.saml, audience="urn:amazon:webservice")
    return replace(attempt, saml=saml, end="refused-by-aws", text=INVALID, status=0, keeps_page=True, location="")


def _stopped(attempt: Attempt, random: Random) -> Attempt:
    del random
    return replace(attempt, end="silent", error="aborted", location="")


_EARLIER = ((_too_late, "assertion-expired"), (_other_audience, "audience-wrong"))
#: A named fault would be the capture's verdict (contract T8).
_NOT_JUDGED = ((_stopped, "capture-incomplete"),)


# --- writing -------------------------------------------------------------------------------------------------


def _noisy(plan: Plan, fault: Fault, level: int, random: Random) -> Plan:
    """Other requests, and evidence that is not needed."""
    if level == 1:
        return replace(plan, noise=random.randrange(2, 6))
    changed = replace(plan, noise=random.randrange(15, 45), broker=random.random() < 0.3)  # noqa: PLR2004
    changed = replace(changed, account=replace(changed.account, given=not changed.account.withheld))
    quiet = fault.silent and random.random() < 0.25  # noqa: PLR2004
    return changed.with_attempt(keeps_page=False) if quiet else changed


def _written(plan: Plan, fault: Fault, hidden: Fault | None, earlier: str, random: Random) -> Made:
    story = Story(plan, random)
    entries = story.play()
    if plan.plus_lost:
        _lose_plus(entries)
    capture, marks, addresses = exporters.write(plan.manner, entries, f"Amazon Connect - {plan.world.company}")
    capture = capture[:-_CUT] if plan.file_cut else capture
    held = aws_answers.answers(plan, story.posted_at) if plan.account.given else ()
    data = aws_answers.metadata(plan.world.product.issuer, plan.metadata_key).encode() if plan.metadata_key else None
    return Made(fault, hidden, earlier, plan, marks, addresses, capture, _users(plan, random), held, data)


_CUT = 900  # bytes: less than the last request, which is none of the sign-in's


def _lose_plus(entries: list[Any]) -> None:
    """A tool decoded the posted text as a form once too often: each + of the base64 became a space."""
    for entry in entries:
        post = entry["request"].get("postData")
        if post:
            post["text"] = post["text"].replace("%2B", "+")
            for param in post["params"]:
                param["value"] = param["value"].replace("+", " ")


def _users(plan: Plan, random: Random) -> bytes | None:
    """The list as `aws connect list-users` prints it."""
    told = plan.listed
    if not told.given:
        return None
    names: Sequence[str] = [*(p.username for p in plan.world.colleagues), *told.usernames]
    body: dict[str, Any] = {"UserSummaryList": [_row(plan, n, random) for n in sorted(names, key=str.casefold)]}
    if not told.complete:
        body["NextToken"] = "made-up-next-token"
    return (json.dumps(body, indent=1) + "\n").encode()


def _row(plan: Plan, username: str, random: Random) -> dict[str, Any]:
    world, told = plan.world, plan.listed
    user_id = made_uuid(random)
    days = random.randrange(2, 400)
    changed = world.started.timestamp() + (90_000 if username == told.changed_later else -86_400 * days)
    return {
        "Id": user_id,
        "Arn": f"{world.instance_arn(told.instance, told.region)}/agent/{user_id}",
        "Username": username,
        "LastModifiedTime": round(changed, 3),
        "LastModifiedRegion": told.region or world.region,
    }
