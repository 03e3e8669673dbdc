"""Composes a case: a scenario, its faults, what distracts; then simulates it and writes it down."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.training.generator import aws_answers, exporters, signing
from connect_saml_nb.training.generator.faults import STAGES, Fault, distractors, earlier_attempts, faults
from connect_saml_nb.training.generator.scenario import make_scenario, make_uuid
from connect_saml_nb.training.generator.simulate import SignInSimulation
from connect_saml_nb.training.generator.spec import healthy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from connect_saml_nb.evidence import RawAnswer
    from connect_saml_nb.training.generator.spec import Spec

_HIDING_LEVEL = 3


@dataclass(frozen=True, slots=True)
class MadeCase:
    """A made case. `marks` are positions of entries in the file.

    `hidden` is the fault that shows when this one is gone, `earlier` the verdict of an attempt before.
    """

    fault: Fault
    hidden: Fault | None
    earlier: str
    spec: Spec
    marks: dict[str, int]
    addresses: tuple[str, ...]
    capture: bytes = field(repr=False)
    users: bytes | None = field(repr=False)
    account: tuple[RawAnswer, ...] = field(repr=False)
    metadata: bytes | None = field(repr=False)


def make(verdict: str | None, rule: str | None, level: int, random: Random) -> MadeCase:
    """Make a case of this verdict or rule."""
    fault = random.choice(_of(verdict, rule))
    scenario = make_scenario(random, fault.products, government=fault.government)
    exporter = exporters.choose(random, level)
    spec = replace(healthy(scenario, random), exporter=exporter)
    spec = spec if level == 1 else _distracted(spec, fault, random.randrange(1, level + 1), random)
    hidden = _hidden_behind(fault, random) if level == _HIDING_LEVEL else None
    spec = hidden.change(spec, random) if hidden else spec
    spec = fault.change(spec, random)
    earlier = ""
    if level == _HIDING_LEVEL and hidden is None and _can_follow(fault):
        spec, earlier = _after_another(spec, fault, random)
    return _written(_noisy(spec, fault, level, random), fault, hidden, earlier, random)


def _of(verdict: str | None, rule: str | None) -> list[Fault]:
    if rule is None:
        found = [f for f in faults() if f.rule == f.verdict == verdict]
    else:
        found = [f for f in faults() if f.rule == rule and verdict in {None, f.verdict}]
    if not found:
        raise ConnectSamlError(f"There is no practice case of the verdict {verdict!r} in which {rule!r} is found.")
    possible = [f for f in found if signing.available() or not f.signed]
    if not possible:
        raise ConnectSamlError(signing.NEEDED)
    return possible


def able(verdicts: Sequence[str]) -> tuple[str, ...]:
    """Those of the verdicts of which cases can be made here: without the extra, none about signatures."""
    made = {f.verdict for f in faults() if f.rule == f.verdict and (signing.available() or not f.signed)}
    return tuple(v for v in verdicts if v in made)


def _distracted(spec: Spec, fault: Fault, count: int, random: Random) -> Spec:
    """The spec with some of what distracts."""
    fitting = [
        each
        for each in distractors()
        if fault.verdict not in each.never_with and fault.place >= STAGES.index(each.from_stage)
    ]
    for distractor in random.sample(fitting, count):
        spec = distractor.change(spec, random)
    return spec


# --- two faults ----------------------------------------------------------------------------------------------

#: Faults that are there before they show. (A page of Connect that is refused is not.)
_HIDING = frozenset({"user-case-differs", "user-near-miss", "user-missing", "federation-denied"})


def _hidden_behind(fault: Fault, random: Random) -> Fault | None:
    """A fault that would only show when this one is gone, or None where there can be none."""
    if fault.alone or fault.stage == "provider":  # AWS gets no response that could be wrong
        return None
    first = max(fault.place + 1, STAGES.index("relay"))
    later = [f for f in faults() if not f.alone and f.place >= first and f.verdict in _HIDING]
    if fault.needs_user:
        later = [f for f in later if f.stage != "user"]
    return random.choice(later) if later else None


def _can_follow(fault: Fault) -> bool:
    """Whether another attempt can have come before it."""
    return not fault.alone and (fault.stage != "provider" or fault.verdict == "idp-error")


def _after_another(spec: Spec, fault: Fault, random: Random) -> tuple[Spec, str]:
    """An attempt before that ended sooner: the cause of the last one was hidden behind the cause of the first.

    A named fault of an earlier attempt would be the capture's verdict where the last one's is that users are not known.
    """
    is_named = fault.verdict != "user-not-checked"
    earlier = random.choice([each for each in earlier_attempts() if (each.verdict != "capture-incomplete") == is_named])
    attempt = replace(spec.attempt, keeps_page=True, path="")
    first = earlier.change(replace(spec, attempt=attempt), random).attempt
    return replace(spec, before=(first,)), earlier.verdict


# --- writing -------------------------------------------------------------------------------------------------


def _noisy(spec: Spec, fault: Fault, level: int, random: Random) -> Spec:
    """Other requests, and evidence that is not needed."""
    if level == 1:
        return replace(spec, noise=random.randrange(2, 6))
    changed = replace(spec, noise=random.randrange(15, 45), broker=random.random() < 0.3)  # noqa: PLR2004
    changed = replace(changed, evidence=changed.evidence is not False)
    is_quiet = fault.silent and random.random() < 0.25  # noqa: PLR2004
    return replace(changed, attempt=replace(changed.attempt, keeps_page=False)) if is_quiet else changed


def _written(spec: Spec, fault: Fault, hidden: Fault | None, earlier: str, random: Random) -> MadeCase:
    simulation = SignInSimulation(spec, random)
    entries = simulation.run()
    if spec.plus_lost:
        _lose_plus(entries)
    capture, marks, addresses = exporters.write(spec.exporter, entries, f"Amazon Connect - {spec.scenario.company}")
    capture = capture[:-_CUT] if spec.file_cut else capture
    account = aws_answers.answers(spec, simulation.posted_at) if spec.evidence else ()
    metadata = (
        aws_answers.metadata(spec.scenario.product.issuer, spec.metadata_key).encode() if spec.metadata_key else None
    )
    return MadeCase(fault, hidden, earlier, spec, marks, addresses, capture, _users(spec, random), account, metadata)


_CUT = 900  # bytes: less than the last request, which is none of the sign-in's


def _lose_plus(entries: list[Any]) -> None:
    """A tool decoded the posted text as a form once too often: each + of the base64 became a space."""
    for entry in entries:
        post = entry["request"].get("postData")
        if post:
            post["text"] = post["text"].replace("%2B", "+")
            for param in post["params"]:
                param["value"] = param["value"].replace("+", " ")


def _users(spec: Spec, random: Random) -> bytes | None:
    """The list as `aws connect list-users` prints it."""
    users = spec.user_list
    if not users.is_saved:
        return None
    colleagues = (person.username for person in spec.scenario.colleagues)
    names = sorted({*colleagues, *users.usernames, *users.namesakes}, key=lambda name: (name.casefold(), name))
    body: dict[str, Any] = {"UserSummaryList": [_row(spec, name, random) for name in names]}
    if not users.complete:
        body["NextToken"] = "made-up-next-token"
    return (json.dumps(body, indent=1) + "\n").encode()


def _row(spec: Spec, username: str, random: Random) -> dict[str, Any]:
    scenario, users = spec.scenario, spec.user_list
    user_id = make_uuid(random)
    days = random.randrange(2, 400)
    changed = scenario.started.timestamp() + (90_000 if username == users.changed_later else -86_400 * days)
    return {
        "Id": user_id,
        "Arn": f"{scenario.instance_arn(users.instance, users.region)}/agent/{user_id}",
        "Username": username,
        "LastModifiedTime": round(changed, 3),
        "LastModifiedRegion": users.region or scenario.region,
    }
