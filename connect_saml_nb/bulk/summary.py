"""Results -> who fails, why, and what fixes most of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from connect_saml_nb.model.diagnosis import Relation
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.render.words import plain
from connect_saml_nb.rules import remedy_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from connect_saml_nb.bulk.results import Result, SignInResult
    from connect_saml_nb.model.finding import Action

#: What sign-ins are grouped by.
GROUPS = ("identity provider", "region", "instance", "role", "browser", "day")
_NAMED_FAULT, _OPEN = 2, 1  # as `verdict.rank` has them
_UNKNOWN = "(not known)"
_NO_LIST = frozenset({Relation.NONE.value, Relation.OTHER.value})


@dataclass(frozen=True, slots=True)
class VerdictCount:
    """A verdict with the captures, sign-ins and people that have it. `remedy` is what is generally to be done."""

    verdict: Verdict
    captures: int
    sign_ins: int
    people: int
    unknown_people: int
    remedy: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing to fix: a named fault at one identity provider, and how many failed sign-ins have it."""

    verdict: Verdict
    issuer: str
    sign_ins: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole run.

    A sign-in in several captures (`duplicates`) counts once, as the most informative recording has it. `groups` and
    what is in them come in the order of their number of sign-ins. `without_list` counts the sign-ins to each instance
    that no list of users was given for. `failures` are the sign-ins that did not reach Connect, whether the cause is
    named or open. `several_names` are people who were seen under several RoleSessionNames; `clock_offsets` AWS's clocks
    minus the computers', in seconds.
    """

    captures: int
    unreadable: int
    sign_ins: int
    duplicates: int
    failures: int
    people: int
    causes: tuple[VerdictCount, ...]
    things: tuple[Thing, ...]
    groups: Mapping[str, Mapping[str, Mapping[str, int]]]
    without_list: Mapping[str, int]
    several_names: Mapping[str, tuple[str, ...]]
    clock_offsets: tuple[float, ...]
    problems: Mapping[str, int]
    ranks: frozenset[int]

    @property
    def advice(self) -> str:
        """What helps most, as a sentence; `""` where no cause is named."""
        best = self.things[:2]
        if not best:
            return ""
        share = 100 * sum(thing.sign_ins for thing in best) // self.failures
        what = " and ".join(f"{t.verdict} at {plain(t.issuer)}" for t in best)
        these = "these two things" if len(best) > 1 else "this one thing"
        return f"Fixing {these} helps {share} % of the failures: {what}."


@dataclass(slots=True)
class _Tally:
    captures: int = 0
    sign_ins: int = 0
    people: set[str] = field(default_factory=set)
    unknown: int = 0


#: What is not held of a sign-in while a run is counted.
_NOT_COUNTED: Mapping[str, Any] = {
    **dict.fromkeys(("findings", "passed", "not_checked"), ()),
    **dict.fromkeys(("summary", "outcome"), ""),
    **dict.fromkeys(("landed_on", "posted_to", "relay_state", "aws_message", "provider", "chosen_role", "name_id")),
}


class _Counted(NamedTuple):
    """A sign-in with what is counted of it, and the values that it is grouped by."""

    sign_in: SignInResult
    groups: tuple[str | None, ...]

    @property
    def informative(self) -> tuple[bool, int]:
        """Orders the recordings of one sign-in by how much they tell."""
        return self.sign_in.verdict.rank != _OPEN, self.sign_in.verdict.rank


@dataclass(slots=True)
class _Making:
    """A summary in the making."""

    captures: int = 0
    unreadable: int = 0
    duplicates: int = 0
    sign_ins: dict[str | tuple[str, int], _Counted] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)
    causes: dict[Verdict, _Tally] = field(default_factory=dict)
    things: Counter[tuple[Verdict, str]] = field(default_factory=Counter)
    groups: dict[str, dict[str, Counter[str]]] = field(default_factory=lambda: {name: {} for name in GROUPS})
    without_list: Counter[str] = field(default_factory=Counter)
    names: dict[str, set[str]] = field(default_factory=dict)
    offsets: list[float] = field(default_factory=list)
    problems: Counter[str] = field(default_factory=Counter)
    ranks: set[int] = field(default_factory=set)

    def add(self, result: Result) -> None:
        self.captures += 1
        if result.verdict is None:
            self.unreadable += 1
            self.problems[result.problem or "It could not be read."] += 1
        if not result.sign_ins:
            self.ranks.add(_OPEN)
        for verdict in filter(None, {result.verdict, *(s.verdict for s in result.sign_ins)}):
            self._tally(verdict).captures += 1
        for sign_in in result.sign_ins:
            self._add_sign_in(result, sign_in)

    def _tally(self, verdict: Verdict) -> _Tally:
        return self.causes.setdefault(verdict, _Tally())

    def _add_sign_in(self, result: Result, sign_in: SignInResult) -> None:
        """Of a sign-in in several captures, keep the most informative recording."""
        counted = _Counted(replace(sign_in, **_NOT_COUNTED), group_values(result, sign_in))
        key = sign_in.fingerprint or (result.capture, sign_in.sign_in)
        known = self.sign_ins.setdefault(key, counted)
        if known is not counted:
            self.duplicates += 1
            if known.informative < counted.informative:
                self.sign_ins[key] = counted

    def count(self) -> None:
        """Count the sign-ins, once all are there."""
        for sign_in, groups in self.sign_ins.values():
            self._count(self._tally(sign_in.verdict), sign_in)
            for name, value in zip(GROUPS, groups, strict=True):
                self.groups[name].setdefault(value or _UNKNOWN, Counter())[sign_in.verdict] += 1

    def _count(self, tally: _Tally, sign_in: SignInResult) -> None:
        tally.sign_ins += 1
        self.ranks.add(sign_in.verdict.rank)
        self._count_person(tally, sign_in)
        if sign_in.verdict.rank == _NAMED_FAULT:
            self.things[sign_in.verdict, sign_in.issuer or "an identity provider that is not known"] += 1
        if sign_in.clock_offset is not None:
            self.offsets.append(sign_in.clock_offset)
        if sign_in.instance_id and sign_in.relation in _NO_LIST:
            self.without_list[f"{sign_in.instance_id} in {sign_in.region or 'a Region that is not known'}"] += 1

    def _count_person(self, tally: _Tally, sign_in: SignInResult) -> None:
        if sign_in.person is None:
            tally.unknown += 1
            return
        tally.people.add(sign_in.person)
        self.people.add(sign_in.person)
        if sign_in.role_session_name is not None:
            self.names.setdefault(sign_in.person, set()).add(sign_in.role_session_name)


def group_values(result: Result, sign_in: SignInResult) -> tuple[str | None, ...]:
    """The values of `GROUPS` for one sign-in; None where one is not known."""
    return (
        sign_in.issuer,
        sign_in.region,
        sign_in.instance_id,
        sign_in.role,
        result.browser or result.creator,
        sign_in.started.date().isoformat() if sign_in.started else None,
    )


def summarise(results: Iterable[Result]) -> Summary:
    """Summarise a run; of the sign-ins only what is counted is held.

    >>> summarise(diagnose_many("captures/", users)).advice  # doctest: +SKIP
    'Fixing this one thing helps 80 % of the failures: user-missing at https://idp.example.'
    """
    made = _Making()
    for result in results:
        made.add(result)
    made.count()
    return Summary(
        captures=made.captures,
        unreadable=made.unreadable,
        sign_ins=len(made.sign_ins),
        duplicates=made.duplicates,
        failures=sum(c.sign_in.verdict is not Verdict.SIGNED_IN for c in made.sign_ins.values()),
        people=len(made.people),
        causes=tuple(sorted((_cause(v, t) for v, t in made.causes.items()), key=_weight)),
        things=tuple(Thing(v, issuer, count) for (v, issuer), count in made.things.most_common()),
        groups={name: _ordered(values) for name, values in made.groups.items()},
        without_list=dict(made.without_list.most_common()),
        several_names={p: tuple(sorted(n)) for p, n in sorted(made.names.items()) if len(n) > 1},
        clock_offsets=tuple(sorted(made.offsets)),
        problems=dict(made.problems.most_common()),
        ranks=frozenset(made.ranks),
    )


def _ordered(values: Mapping[str, Counter[str]]) -> dict[str, dict[str, int]]:
    ordered = sorted(values.items(), key=lambda pair: (-pair[1].total(), pair[0]))
    return {value: dict(counts.most_common()) for value, counts in ordered}


def _cause(verdict: Verdict, tally: _Tally) -> VerdictCount:
    people = len(tally.people)
    return VerdictCount(verdict, tally.captures, tally.sign_ins, people, tally.unknown, remedy_of(verdict))


def _weight(cause: VerdictCount) -> tuple[int, int, str]:
    return (-cause.verdict.rank, -cause.sign_ins, cause.verdict)


# --- as text -----------------------------------------------------------------------------------------------

_MOST_SHOWN = 10
_WITHOUT_LIST = "Sign-ins to instances without a list of users"


def to_text(summary: Summary) -> str:
    """The summary for a terminal."""
    lines = [
        (
            f"{summary.captures:,} captures, {summary.sign_ins:,} sign-ins of {summary.people:,} people"
            f" ({summary.duplicates:,} recorded again), {summary.failures:,} did not reach Connect;"
            f" {summary.unreadable:,} captures could not be read."
        ),
        *filter(None, [summary.advice]),
        "",
        f"{'people':>8} {'captures':>9} {'sign-ins':>9}  cause",
        *(f"{c.people:>8,} {c.captures:>9,} {c.sign_ins:>9,}  {c.verdict}" for c in summary.causes),
    ]
    for name, values in summary.groups.items():
        lines += ["", f"By {name}:", *_group_lines(values)]
    if summary.without_list:
        each = (f"{count:>8,}  {plain(instance)}" for instance, count in summary.without_list.items())
        lines += ["", f"{_WITHOUT_LIST} (connect-saml users --instance-id ID --region REGION --output DIR):", *each]
    if summary.problems:
        lines += ["", "Not read:", *(f"{n:>8,}  {plain(p)}" for p, n in [*summary.problems.items()][:_MOST_SHOWN])]
    return "\n".join(lines) + "\n"


def _group_lines(values: Mapping[str, Mapping[str, int]]) -> list[str]:
    shown = [*values.items()][:_MOST_SHOWN]
    lines = [f"{sum(counts.values()):>8,}  {plain(value)}: {_most(counts)}" for value, counts in shown]
    more = len(values) - _MOST_SHOWN
    return [*lines, f"          and {more:,} more (all are in summary.json)"] if more > 0 else lines


def _most(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{verdict} {count:,}" for verdict, count in [*counts.items()][:4])
