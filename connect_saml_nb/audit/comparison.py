"""An export against one list of users, by the match kinds of `match`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connect_saml_nb.audit.advice import advice
from connect_saml_nb.audit.export import SHORTENED
from connect_saml_nb.audit.problems import ExportNote
from connect_saml_nb.audit.values import Audit, Failing, Shared, Unreached
from connect_saml_nb.matching import UserIndex, impossible_reason, passes_sts
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.users import MatchKind
from connect_saml_nb.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connect_saml_nb.audit.values import Export, ExportedPerson
    from connect_saml_nb.model.users import Match, User, Users

_MOST_MATCHES = 3
_MOST_ROWS = 5
_EVERY = 10_000
_LADDER = {step: place for place, step in enumerate(MatchKind)}


def audit(export: Export, users: Users, *, progress: Callable[[int], None] | None = None) -> Audit:
    """Say who of an export will not find a Connect user, and which Connect users nobody can sign in as.

    `progress` is called with the number of rows that were read, now and then; what it raises ends the audit.
    Raises ConnectSamlError where the export's rows end in damage.

    >>> found = audit(read_export("people.csv", users), users)  # doctest: +SKIP
    >>> found.people, found.passing, dict(found.causes)  # doctest: +SKIP
    (2000, 1990, {'user-missing': 10})
    """
    making = _Making(users)
    for count, person in enumerate(export.people(), 1):
        making.add(person)
        if progress and count % _EVERY == 0:
            progress(count)
    return making.made(export)


@dataclass(slots=True)
class _Making:
    """An audit in the making; of those who pass only their users are held."""

    users: Users
    people: int = 0
    disabled: int = 0
    shortened: int = 0
    failing: list[Failing] = field(default_factory=list)
    reached: dict[str, list[int]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    stopped: dict[str, ExportedPerson] = field(default_factory=dict)
    usernames: frozenset[str] = frozenset()
    index: UserIndex = field(default_factory=lambda: UserIndex(()))

    def __post_init__(self) -> None:
        self.usernames = frozenset(user.username for user in self.users.users)
        self.index = UserIndex(self.users.users)

    def add(self, person: ExportedPerson) -> None:
        if person.active is False:
            self.disabled += 1
            if person.name in self.usernames:
                self.stopped.setdefault(person.name, person)
            return
        self.people += 1
        if person.name in self.usernames:
            self.counts[person.name] += 1
            rows = self.reached.setdefault(person.name, [])
            if len(rows) < _MOST_ROWS:
                rows.append(person.row)
        else:
            self.failing.append(self._judged(person))

    def _judged(self, person: ExportedPerson) -> Failing:
        self.shortened += SHORTENED.fullmatch(person.name) is not None
        if not person.name.strip():
            return Failing(person, Verdict.ROLE_SESSION_NAME_MISSING)
        found = self.index.find(person.name)
        verdict = _verdict(person.name, found, complete=self.users.complete)
        return Failing(person, verdict, found[:_MOST_MATCHES], len(found))

    def made(self, export: Export) -> Audit:
        unreached = tuple(self._unreached())
        made = Audit(
            export=export,
            users=self.users,
            people=self.people,
            passing=sum(self.counts.values()),
            disabled=self.disabled,
            failing=tuple(self.failing),
            unreached=unreached,
            shared=tuple(Shared(n, c, tuple(self.reached[n])) for n, c in self.counts.items() if c > 1),
            duplicates=self.index.duplicates(),
            advice=(),
            notes=(*export.notes, *_remarks(self, export)),
        )
        return replace(made, advice=tuple(advice(made)))

    def _unreached(self) -> Iterator[Unreached]:
        nearest = self._nearest()
        case_variants = {u.username: group for group in self.index.duplicates() for u in group}
        for user in self.users.users:
            if user.username not in self.reached:
                person, step = nearest.get(user.username, (None, None))
                if stopped := self.stopped.get(user.username):
                    person, step = stopped, MatchKind.EXACT
                case_variant = next(
                    (u.username for u in case_variants.get(user.username, ()) if u.username in self.reached), ""
                )
                yield Unreached(user, person, step, case_variant)

    def _nearest(self) -> dict[str, tuple[ExportedPerson, MatchKind]]:
        """For each user the person whose name is the nearest of those who fail."""
        nearest: dict[str, tuple[ExportedPerson, MatchKind]] = {}
        for failing in self.failing:
            for match in failing.matches:
                known = nearest.get(match.user.username)
                if known is None or _LADDER[match.kind] < _LADDER[known[1]]:
                    nearest[match.user.username] = (failing.person, match.kind)
        return nearest


def _verdict(name: str, found: tuple[Match, ...], *, complete: bool) -> Verdict:
    """What the sign-in would be judged as (docs/contract.md, T5), where no user has the name exactly."""
    if not passes_sts(name):
        return Verdict.ROLE_SESSION_NAME_INVALID
    if impossible_reason(name) and not _case_variants(found):
        return Verdict.USER_NAME_IMPOSSIBLE
    if not complete:
        return Verdict.USER_NOT_CHECKED
    if case_variants := _case_variants(found):
        return Verdict.DUPLICATE_PROFILES if len(case_variants) > 1 else Verdict.USER_CASE_DIFFERS
    return Verdict.USER_NEAR_MISS if found else Verdict.USER_MISSING


def _case_variants(found: tuple[Match, ...]) -> tuple[User, ...]:
    return tuple(match.user for match in found if match.kind is MatchKind.CASE)


def _remarks(making: _Making, export: Export) -> Iterator[str]:
    if not export.complete:
        yield ExportNote.MORE_PEOPLE()
    if not making.users.complete:
        yield ExportNote.USERS_INCOMPLETE()
    if making.shortened:
        yield ExportNote.SHORTENED(count=making.shortened)
