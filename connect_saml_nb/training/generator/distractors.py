"""What distracts in the higher levels: it looks like a fault, and is none. Each change leaves the verdict as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.model.record import replace
from connect_saml_nb.training.generator.fault import Stage
from connect_saml_nb.training.generator.scenario import FIRST, Person

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from connect_saml_nb.training.generator.fault import Fault
    from connect_saml_nb.training.generator.spec import Plan

_PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


def _provider_first(plan: Plan, random: Random) -> Plan:
    """AWS takes the two ARNs in either order (domain 3)."""
    del random
    return plan.with_saml(roles=(f"{plan.world.provider()},{plan.world.role()}",))


def _opaque_name_id(plan: Plan, random: Random) -> Plan:
    """The name ID is not what Connect compares."""
    return plan.with_saml(name_id=f"p-{random.getrandbits(48):012x}", name_id_format=_PERSISTENT)


def _more_attributes(plan: Plan, random: Random) -> Plan:
    """Attributes that AWS does not read."""
    person = plan.world.person
    given = (
        ("displayName", (person.full,)),
        ("groups", ("staff", "contact-center", f"team-{random.randrange(1, 30)}")),
        ("https://aws.amazon.com/SAML/Attributes/SessionDuration", (random.choice(("3600", "28800")),)),
    )
    return plan.with_saml(more=given)


def _wrong_clock(plan: Plan, random: Random) -> Plan:
    """The computer's clock is wrong; AWS and the identity provider agree."""
    return replace(plan, ahead=random.choice((-1500.0, -400.0, 350.0, 2100.0)))


def _namesakes(plan: Plan, random: Random) -> Plan:
    """Colleagues of the same family name."""
    world, person = plan.world, plan.world.person
    local = person.username.partition("@")[0]
    mark = next((m for m in "._" if local == f"{person.first}{m}{person.last}".lower()), "")
    if not mark:
        return plan
    unlike = [f for f in FIRST if f[0] != person.first[0] and f[-1] != person.first[-1]]
    others = (
        Person(first, person.last, f"{first}{mark}{person.last}@{world.domain}".lower())
        for first in random.sample(unlike, 2)
    )
    return replace(plan, world=replace(world, colleagues=(*world.colleagues, *others)))


def _help_page(plan: Plan, random: Random) -> Plan:
    """The person read AWS's help, which holds other errors' texts."""
    del random
    return replace(plan, visits_help=True)


def _second_role(plan: Plan, random: Random) -> Plan:
    """There is a choice of two roles, and the right one was chosen."""
    del random
    world = plan.world
    second = f"{world.role(world.role_name + '-Reports')},{world.provider()}"
    return plan.with_saml(roles=(*(plan.attempt.saml.roles or ()), second)).with_attempt(chooses=world.role())


_ALWAYS = (_provider_first, _opaque_name_id, _more_attributes, _wrong_clock, _namesakes, _help_page)


def distracted(plan: Plan, fault: Fault, count: int, random: Random) -> Plan:
    """The plan with some of what distracts."""
    able: list[Callable[[Plan, Random], Plan]] = [*_ALWAYS]
    if fault.stage >= Stage.RELAY and fault.verdict not in _ONE_ROLE:
        able.append(_second_role)
    if fault.stage is Stage.POST:  # nobody answers, so only the computer's clock is there
        able.remove(_wrong_clock)
    for change in random.sample(able, count):
        plan = change(plan, random)
    return plan


#: Several roles would be a reading of 'two profiles' (domain 4.5), or there is no choice on this way.
_ONE_ROLE = frozenset({"user-exists-but-refused", "replica-not-ready", "duplicate-profiles"})
