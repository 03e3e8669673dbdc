"""A run's sign-ins as rows that are filtered and sorted, and what the rows say of people, names and clocks. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.bulk import GROUPS, Duplicates, group_values
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from connect_saml_nb.bulk import Result, SignInResult

#: What a capture is called that could not be read, beside the verdicts.
UNREADABLE = "not read"
UNKNOWN = "(not known)"


class Person(NamedTuple):
    """A person, and the identity provider at which that is their name."""

    issuer: str
    name: str

    @classmethod
    def read(cls, text: str | None) -> Person | None:
        """The person as a run names them: issuer and name on two lines; None where nobody is named."""
        issuer, _, name = (text or "").partition("\n")
        return cls(issuer, name) if text else None


class Row(NamedTuple):
    """One sign-in, or a capture without one. `result` and `sign_in` are places; `number` is the row's in the run."""

    number: int
    result: int
    sign_in: int
    verdict: str
    name: str
    capture: str
    started: datetime | None
    groups: tuple[str, ...]
    summary: str
    person: Person | None
    offset: float | None
    duplicate_of: str
    text: str


def slim(result: Result) -> Result:
    """A result without its findings, which the diagnosis of the one capture has."""
    kept = (replace(s, findings=(), passed=(), not_checked=()) for s in result.sign_ins)
    return replace(result, sign_ins=tuple(kept))


def rows_of(results: Sequence[Result]) -> list[Row]:
    """A row for each sign-in, and one for each capture without any."""
    rows: list[Row] = []
    duplicates = Duplicates()
    for at, result in enumerate(results):
        for place, sign_in in enumerate(result.sign_ins):
            rows.append(_sign_in_row(len(rows), at, place, result, sign_in, duplicates.first(result, sign_in) or ""))
        if not result.sign_ins:
            rows.append(_capture_row(len(rows), at, result))
    return rows


def _sign_in_row(number: int, at: int, place: int, result: Result, sign_in: SignInResult, duplicate_of: str) -> Row:  # noqa: PLR0913, PLR0917 -- the parts of one row
    groups = tuple(value or UNKNOWN for value in group_values(result, sign_in))
    name = sign_in.role_session_name or ""
    return Row(
        number,
        at,
        place,
        sign_in.verdict,
        name,
        result.capture,
        sign_in.started,
        groups,
        sign_in.summary,
        Person.read(sign_in.person),
        sign_in.clock_offset,
        duplicate_of,
        "\n".join((sign_in.verdict, name, result.capture, *groups, sign_in.summary, sign_in.person or "")).casefold(),
    )


def _capture_row(number: int, at: int, result: Result) -> Row:
    verdict = result.verdict or UNREADABLE
    message = result.problem or result.note or ""
    groups = (*([UNKNOWN] * 4), result.browser or result.creator or UNKNOWN, UNKNOWN)
    text = f"{verdict}\n{result.capture}\n{message}\n{result.browser}".casefold()
    return Row(number, at, 0, verdict, "", result.capture, None, groups, message, None, None, "", text)


def common_folder(paths: Sequence[str]) -> str:
    """What all paths begin with, up to a stroke; empty where that says nothing."""
    first, last = min(paths, default=""), max(paths, default="")
    at = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    folder = first[:at].rpartition("/")[0]
    return f"{folder}/" if folder else ""


def weight(verdict: str) -> int:
    """2 for a named fault, 1 for what was not judged or read, 0 for a sign-in that worked."""
    return 1 if verdict == UNREADABLE else Verdict.named(verdict).rank


# --- which rows, and in which order ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which rows are wanted: those that hold `text`, with this verdict and this value of a group; then the order."""

    text: str = ""
    verdict: str = ""
    group: str = ""
    value: str = ""
    sort: str = "number"
    down: bool = False
    page: int = 0

    @classmethod
    def read(cls, text: str) -> RowFilter:
        """The rows that a button's value names: `verdict:NAME`, or `GROUP:VALUE`."""
        kind, _, name = text.partition(":")
        return cls(verdict=name) if kind == "verdict" else cls(group=kind, value=name)


_KEYS: Mapping[str, Callable[[Row], object]] = {
    "number": lambda row: row.number,
    "verdict": lambda row: (-weight(row.verdict), row.verdict),
    "name": lambda row: row.name.casefold(),
    "capture": lambda row: row.capture.casefold(),
    "started": lambda row: row.started.timestamp() if row.started else float("-inf"),
    "clock": lambda row: abs(row.offset) if row.offset is not None else float("-inf"),
    **{group: (lambda row, at=at: row.groups[at].casefold()) for at, group in enumerate(GROUPS)},  # type: ignore[misc]
}


def matching_rows(rows: Sequence[Row], row_filter: RowFilter) -> list[Row]:
    """The rows that are wanted, in their order."""
    words = row_filter.text.casefold().split()
    at = GROUPS.index(row_filter.group) if row_filter.group in GROUPS else None
    found = [
        row
        for row in rows
        if (not row_filter.verdict or row.verdict == row_filter.verdict)
        and (at is None or row.groups[at] == row_filter.value)
        and all(word in row.text for word in words)
    ]
    found.sort(key=_KEYS.get(row_filter.sort, _KEYS["number"]), reverse=row_filter.down)  # type: ignore[arg-type]
    return found


def verdict_counts(rows: Iterable[Row]) -> dict[str, int]:
    """How many rows have each verdict, faults first."""
    counts = Counter(row.verdict for row in rows)
    return dict(sorted(counts.items(), key=lambda pair: (-weight(pair[0]), -pair[1], pair[0])))


# --- people and names --------------------------------------------------------------------------------------


class NameUse(NamedTuple):
    """A name that a person had, from the first to the last time that it was seen."""

    name: str
    sign_ins: int
    first: datetime | None
    last: datetime | None
    verdicts: tuple[str, ...]


class RenamedPerson(NamedTuple):
    """A person with several names, in the order in which they were seen first."""

    person: Person
    names: tuple[NameUse, ...]


def renamed_people(rows: Iterable[Row]) -> list[RenamedPerson]:
    """The people who were seen under several names, those with most sign-ins first."""
    people: dict[Person, dict[str, list[Row]]] = {}
    for row in rows:
        if row.person and row.name and not row.duplicate_of:
            people.setdefault(row.person, {}).setdefault(row.name, []).append(row)
    several = ((person, names) for person, names in people.items() if len(names) > 1)
    found = [
        RenamedPerson(person, tuple(sorted(map(_name_use, names.values()), key=_first_seen)))
        for person, names in several
    ]
    return sorted(found, key=lambda each: (-sum(name.sign_ins for name in each.names), each.person))


def _name_use(rows: Sequence[Row]) -> NameUse:
    times = sorted(row.started for row in rows if row.started)
    verdicts = tuple(dict.fromkeys(row.verdict for row in rows))
    return NameUse(rows[0].name, len(rows), times[0] if times else None, times[-1] if times else None, verdicts)


def _first_seen(called: NameUse) -> tuple[bool, float, str]:
    return (called.first is None, called.first.timestamp() if called.first else 0.0, called.name)


def names_of_several(rows: Iterable[Row]) -> list[tuple[str, tuple[Person, ...]]]:
    """Names that several people have, each with the people."""
    names: dict[str, dict[Person, None]] = {}
    for row in rows:
        if row.person and row.name:
            names.setdefault(row.name, {})[row.person] = None
    return sorted((name, tuple(people)) for name, people in names.items() if len(people) > 1)


# --- clocks ------------------------------------------------------------------------------------------------

#: Where one bin of clock differences ends and the next begins, in seconds.
CLOCK_EDGES = (-3600, -300, -60, -10, 10, 60, 300, 3600)


def clock_bins(rows: Iterable[Row]) -> list[int]:
    """How many clocks lie between the edges: the first bin is below all, the last above all."""
    bins = [0] * (len(CLOCK_EDGES) + 1)
    for row in rows:
        if row.offset is not None:
            bins[sum(row.offset >= edge for edge in CLOCK_EDGES)] += 1
    return bins
