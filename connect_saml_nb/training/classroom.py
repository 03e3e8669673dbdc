"""A room's results: one exported file for each trainee, collected into one table. No server.

A file holds what its trainee did, not the answers. Files are untrusted: they are read strictly, up to a size.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.io.source import label
from connect_saml_nb.training.cases import title, topics, verdicts
from connect_saml_nb.training.pack import Session, session

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

SCHEMA = "connect-saml-nb/practice-result/1"
_LARGEST = 1 << 20
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What a trainee did with one case.

    `number` counts from 1; `tries` are answers that were checked, `hints` those that were taken; `solved` says that
    all of an answer was right before the solution was shown, `revealed` that it was shown; `missed` the parts that were
    wrong at some try, `named` the wrong causes that were named.
    """

    number: int
    case: str
    tries: int = 0
    hints: int = 0
    solved: bool = False
    revealed: bool = False
    missed: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TraineeResult:
    """What one trainee exports."""

    name: str
    session: Session
    cases: tuple[CaseResult, ...]
    schema: str = SCHEMA

    def to_json(self) -> bytes:
        """The result as a file's bytes."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


def read_result(source: str | os.PathLike[str] | bytes, name: str = "result") -> TraineeResult:
    """Read what `TraineeResult.to_json` gave. Raises ConnectSamlError, with the file's name, where it is not that."""
    data, shown = (
        (source, label(name)) if isinstance(source, bytes) else (_bytes(Path(source)), label(Path(source).name))
    )
    try:
        read = msgspec.json.decode(data, type=TraineeResult) if len(data) <= _LARGEST else None
        checked = read and session(read.session.verdicts, **_numbers(read.session))
    except (msgspec.MsgspecError, ConnectSamlError, ValueError, RecursionError):
        read = checked = None
    if read is None or read.schema != SCHEMA or checked != read.session or not _is_sound(read):
        raise ConnectSamlError(f"{shown} is no result of a practice session: export it again from the training page.")
    return read


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise ConnectSamlError(f"{label(path.name)} cannot be read: {reason}.") from None


def _numbers(chosen: Session) -> dict[str, int]:
    return {"level": chosen.level, "count": chosen.count, "seed": chosen.seed}


def _is_sound(read: TraineeResult) -> bool:
    numbers = [case.number for case in read.cases]
    known = all(set(case.named) <= set(verdicts()) for case in read.cases)
    return known and len(set(numbers)) == len(numbers) and all(0 < n <= read.session.count for n in numbers)


# --- a code to read out ------------------------------------------------------------------------------------

_CODE = re.compile(r"\s*(\d(?:\.\d)*)-([1-3])-(\d{1,3})-(\d{1,9})\s*", re.ASCII)


def code_of(chosen: Sequence[str], *, level: int, count: int, seed: int) -> str:
    """A session of whole topics as a short code to read out: `2.4-1-8-42` is topics 2 and 4, level 1, 8 cases, seed 42.

    Topics count from 1 in the order of `topics()`; 0 is all of them.
    """
    numbers = [str(n) for n, topic in enumerate(topics(), 1) if topic in chosen]
    return f"{'.'.join(numbers) or '0'}-{level}-{count}-{seed}"


def read_code(text: str) -> Session:
    """The session of a code. Raises ConnectSamlError where it is none."""
    found, names = _CODE.fullmatch(text), [*topics()]
    numbers = [int(n) for n in found[1].split(".")] if found else [-1]
    if not found or not all(0 <= n <= len(names) for n in numbers):
        raise ConnectSamlError("This is no code of a session. One looks like 2.4-1-8-42; ask the trainer for it.")
    chosen = [] if 0 in numbers else [names[n - 1] for n in numbers]
    return session(chosen, level=int(found[2]), count=int(found[3]), seed=int(found[4]))


# --- the tables --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Struggle:
    """How a room got on with one case. `first_try` are those who had all of it right at once; `others` did not try."""

    number: int
    case: str
    verdict: str
    first_try: int
    solved: int
    revealed: int
    not_solved: int
    not_tried: int
    hints: int
    missed: str
    tempted_by: str


@dataclass(frozen=True, slots=True)
class Classroom:
    """All results of one session; `left_out` says, a sentence each, which results are of another one."""

    session: Session
    results: tuple[TraineeResult, ...]
    left_out: tuple[str, ...] = ()


def collect(results: Iterable[TraineeResult]) -> Classroom:
    """Put a room's results together: those of the session that most have. Raises ConnectSamlError without any."""
    every = list(results)
    if not every:
        raise ConnectSamlError("There is no result: let each trainee export one from the training page.")
    counted = Counter(result.session for result in every)
    chosen = max(counted, key=lambda each: counted[each])
    other = (f"{_name(r)} is left out: the result is of another session." for r in every if r.session != chosen)
    mine = sorted((r for r in every if r.session == chosen), key=lambda r: r.name.casefold())
    return Classroom(chosen, tuple(mine), tuple(other))


def _name(result: TraineeResult) -> str:
    return label(result.name)[:_LONGEST_NAME] or "(no name)"


def hints_words(count: int) -> str:
    """So many hints, in words."""
    return f"{count} hint" if count == 1 else f"{count} hints"


def _word(case: CaseResult | None) -> str:
    """How a trainee got on with a case, in a word."""
    if case is None or not (case.tries or case.revealed):
        return "not tried"
    if case.solved:
        many = "at once" if case.tries == 1 else f"{case.tries} tries"
        return many + (f", {hints_words(case.hints)}" if case.hints else "")
    return "shown" if case.revealed else f"open after {case.tries}"


def people_table(room: Classroom) -> tuple[tuple[str, ...], ...]:
    """A head and a row for each trainee: name, how many were solved, and each case in a word."""
    numbers = range(1, room.session.count + 1)
    head = ("Name", "Solved", *(f"Case {n}" for n in numbers))
    return (head, *(_person(result, numbers) for result in room.results))


def _person(result: TraineeResult, numbers: Iterable[int]) -> tuple[str, ...]:
    by_number = {case.number: case for case in result.cases}
    solved = sum(case.solved for case in result.cases)
    return (_name(result), f"{solved} of {result.session.count}", *(_word(by_number.get(n)) for n in numbers))


def struggles(room: Classroom) -> tuple[Struggle, ...]:
    """How the room got on with each case, the hardest first. Makes the cases again, and so tells their causes."""
    rows = [_struggle(room, n, c.id, c.answer.verdict) for n, c in enumerate(room.session.cases(), 1)]
    return tuple(sorted(rows, key=_ease))


def _ease(each: Struggle) -> tuple[int, ...]:
    """What sorts the hardest first: those who did not get there, then those who did not at once, then hints."""
    return (-each.revealed - each.not_solved, each.first_try - each.solved, -each.hints, each.number)


def _struggle(room: Classroom, number: int, case: str, verdict: str) -> Struggle:
    done = [c for r in room.results for c in r.cases if c.number == number and (c.tries or c.revealed)]
    missed = Counter(part for c in done for part in c.missed)
    tempted = Counter(name for c in done for name in c.named)
    return Struggle(
        number=number,
        case=case,
        verdict=verdict,
        first_try=sum(c.solved and c.tries == 1 for c in done),
        solved=sum(c.solved for c in done),
        revealed=sum(c.revealed and not c.solved for c in done),
        not_solved=sum(not c.solved and not c.revealed for c in done),
        not_tried=len(room.results) - len(done),
        hints=sum(c.hints for c in done),
        missed=", ".join(f"{part} ({n})" for part, n in missed.most_common()),
        tempted_by=", ".join(f"{name} ({n})" for name, n in tempted.most_common(3)),
    )


def struggle_table(room: Classroom) -> tuple[tuple[str, ...], ...]:
    """A head and a row for each case, the hardest first."""
    head = ("Case", "Cause", "At once", "Solved", "Shown", "Open", "Not tried", "Hints", "Missed", "Tempted by")
    return (head, *(_struggle_row(each) for each in struggles(room)))


def _struggle_row(each: Struggle) -> tuple[str, ...]:
    counts = (each.first_try, each.solved, each.revealed, each.not_solved, each.not_tried, each.hints)
    cause = f"{title(each.verdict)} ({each.verdict})"
    return (str(each.number), cause, *map(str, counts), each.missed or "–", each.tempted_by or "–")


def to_csv(*tables: Sequence[Sequence[str]]) -> str:
    """Tables as CSV, an empty line between them. A cell that a spreadsheet would take for a formula gets a quote."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number, each in enumerate(tables):
        writer.writerows([[]] if number else [])
        writer.writerows([_plain(cell) for cell in row] for row in each)
    return text.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def to_text(table: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table as lines of text, in columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    for row in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
