"""The role's own policies against connect:GetFederationToken: near misses, told and never counted as a proof.

No policy engine: what decides is AWS's simulation or CloudTrail; this only says what is written wrong.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.aws.cli import ACTION
from connect_saml_nb.aws.messages import denier
from connect_saml_nb.model.account import Denier
from connect_saml_nb.model.text import Phrase, bare, joined, quoted, text
from connect_saml_nb.rules.trust_facts import allows_action, like

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.model.account import Condition, Policy, RoleFacts, Simulation, Statement


class Home(NamedTuple):
    """The instance that the permission must name, and `user`, the role session's `aws:userid` (ROLE-ID:NAME)."""

    partition: str
    region: str
    account: str
    instance: str
    user: str


_CLOSE, _COMPARED = 0.86, 100
_RESOURCE = re.compile(
    r"arn:(?P<partition>[^:]*):(?P<service>[^:]*):(?P<region>[^:]*):(?P<account>[^:]*):instance/(?P<id>[^/]*)(?P<tail>(?:/.*)?)"
)


def near_misses(role: RoleFacts, home: Home) -> tuple[Phrase, ...]:
    """What is written wrong in the role's policies, as sentences; empty where one statement is as AWS documents it."""
    readable = [(p, s) for p in role.policies for s in p.statements if s.effect == "Allow"]
    if any("NotAction" in s.inverted for _, s in readable):  # it may allow the action
        return ()
    allowing = [(p, s) for p, s in readable if allows_action(s, ACTION)]
    problems = [(p, tuple(_problems(s, home))) for p, s in allowing]
    if any(not found for _, found in problems):
        return ()
    said: list[Phrase] = [text("In the policy {}: {}.", quoted(p.name), joined("; ", found)) for p, found in problems]
    said += [sentence for p, s in readable for sentence in _wrong_actions(p, s)]
    if not said and role.policies_complete:
        return (_unnamed(len(role.policies)),)
    return tuple(dict.fromkeys(said))[:5]


def _unnamed(policies: int) -> Phrase:
    if not policies:
        return text("The role has no policy, and needs one that allows {}.", ACTION)
    which = (
        "The role's one policy does not name"
        if policies == 1
        else text("None of the role's {} policies names", policies)
    )
    return text("{} {}.", which, ACTION)


def _wrong_actions(policy: Policy, statement: Statement) -> Iterator[Phrase]:
    """Actions that are nearly connect:GetFederationToken: another service's, or misspelt."""
    if allows_action(statement, ACTION):
        return
    wanted = ACTION.casefold().partition(":")[2]
    for action in statement.actions[:_COMPARED]:
        name = action.casefold().partition(":")[2][:80]
        if name == wanted or difflib.SequenceMatcher(None, name, wanted).ratio() > _CLOSE:
            yield text("The policy {} allows {}; the action is {}.", quoted(policy.name), quoted(action), ACTION)


def _problems(statement: Statement, home: Home) -> Iterator[Phrase]:
    """Why a statement that allows the action misses the instance; nothing where one of its resources fits."""
    if statement.inverted or not statement.resources:
        return
    found = [_resource_problem(resource, home) for resource in statement.resources]
    if "" not in found:
        yield from found[:3]
    for condition in statement.conditions:
        if _names_another(condition, home.instance.casefold()):
            yield text(
                "its condition connect:InstanceId names {}, not {}",
                quoted(", ".join(condition.values[:3])),
                bare(home.instance),
            )


def _names_another(condition: Condition, instance: str) -> bool:
    """Whether a condition wants another instance; negations and other operators are not judged."""
    operator = condition.operator.rpartition(":")[2].removesuffix("IfExists")
    if condition.key.casefold() != "connect:instanceid" or operator not in {"StringEquals", "StringLike"}:
        return False
    values = [value.casefold() for value in condition.values]
    return instance not in values if operator == "StringEquals" else not any(like(v, instance) for v in values)


def _resource_problem(resource: str, home: Home) -> Phrase:
    """What is wrong with a resource, or `""`."""
    wanted_arn = f"arn:{home.partition}:connect:{home.region}:{home.account}:instance/{home.instance}/user/{home.user}"
    if like(resource.replace("${aws:userid}", home.user).casefold(), wanted_arn.casefold()):
        return ""
    found = _RESOURCE.fullmatch(resource)
    if found is None:
        return text("the resource {} is no instance's ARN with /user/${aws:userid} at its end", quoted(resource))
    named = (found["partition"], found["service"], found["region"], found["account"], found["id"])
    wanted = (home.partition, "connect", home.region, home.account, home.instance)
    words = ("partition", "service", "Region", "account", "instance")
    for word, has, should in zip(words, named, wanted, strict=True):
        if not like(has.casefold(), should.casefold()):
            return text("the resource names {} {}, not {}", word, quoted(has), quoted(should))
    return _tail_problem(found["id"], found["tail"])


def _tail_problem(instance: str, tail: str) -> Phrase:
    if tail in {"/user/${aws:userid}", "/user/*", "/*"} or (not tail and instance.endswith("*")):
        return ""
    if tail in {"/user/", "/user"}:
        return (
            "the resource ends in /user/ with nothing after it: a shell has replaced ${aws:userid} by nothing, because the "
            "policy stood in double quotes or an unquoted here-document"
        )
    if not tail:
        return "the resource ends at the instance and lacks /user/${aws:userid}"
    if tail.startswith("/agent/"):
        return text("the resource ends in {}; AWS documents /user/${aws:userid} for the federation", quoted(tail))
    return text("the resource ends in {}, not in /user/${aws:userid}", quoted(tail))


# --- what denies whatever allows ---------------------------------------------------------------------------


class Denial(NamedTuple):
    """What denies the action whatever else allows it, and which one of its kind, where that is known."""

    denier: Denier
    which: Phrase = ""


def find_denial(simulation: Simulation | None, role: RoleFacts | None, home: Home | None, said: str) -> Denial | None:
    """What denies the federation, from AWS's simulation, the role's own policies and AWS's own words (`said`)."""
    boundary = text(" {}", quoted(role.boundary)) if role and role.boundary else ""
    if simulation is not None and simulation.by_organization is False:
        return Denial(Denier.ORGANIZATION)
    if simulation is not None and simulation.by_boundary is False:
        return Denial(Denier.BOUNDARY, boundary)
    denying = next(_denying(role, home), "") if role and home else ""
    explicit = simulation is not None and simulation.decision == "explicitDeny"
    told = denier(said)
    if told is Denier.ORGANIZATION or (told is Denier.BOUNDARY and not denying):
        return Denial(told, boundary if told is Denier.BOUNDARY else "")
    if denying or explicit or told:
        return Denial(Denier.STATEMENT, denying or (_matched(simulation) if simulation else ""))
    return None


def _matched(simulation: Simulation) -> Phrase:
    return text(" ({})", joined(", ", map(quoted, simulation.matched[:3]))) if simulation.matched else ""


def _denying(role: RoleFacts, home: Home) -> Iterator[Phrase]:
    """The statements that deny the action on the instance without a condition: their Sid and their policy."""
    for policy in role.policies:
        for number, statement in enumerate(policy.statements, 1):
            if statement.effect != "Deny" or statement.inverted or statement.conditions:
                continue
            if allows_action(statement, ACTION) and any(not _resource_problem(r, home) for r in statement.resources):
                which = text("statement {}", quoted(statement.sid) if statement.sid else number)
                yield text(" ({} of the policy {})", which, quoted(policy.name))


# --- AWS's simulation --------------------------------------------------------------------------------------


def denied_words(simulation: Simulation, boundary: str) -> Phrase:
    """Why AWS's simulation denies, in words."""
    if simulation.by_organization is False:
        return "an organization policy (service control policy) does not allow it"
    if simulation.by_boundary is False:
        which = text(" {}", quoted(boundary)) if boundary else ""
        return text("the role's permissions boundary{} does not allow it", which)
    if simulation.decision == "explicitDeny":
        return text("a policy denies it explicitly{}", _matched(simulation))
    return "no policy of the role allows it"


def is_sure(simulation: Simulation) -> bool:
    """Whether a denial stands whatever context the simulation was not given.

    A Deny with StringNotEquals applies where its key is missing. Of organization policies AWS simulates only those
    without conditions (IAM user guide, "Testing IAM policies with the policy simulator").
    """
    return simulation.by_organization is False or not simulation.missing_context
