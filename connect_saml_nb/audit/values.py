"""The values of an audit. What names a person is left out of `repr`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connect_saml_nb.model.users import Match, MatchKind, User, Users
    from connect_saml_nb.model.verdict import Verdict

#: A row's number as a spreadsheet shows it, and its cells.
Row: TypeAlias = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """An export's rows, read again at each call of `rows`. `complete` is False where it says that more follow."""

    columns: tuple[str, ...]
    rows: Callable[[], Iterator[Row]] = field(repr=False)
    complete: bool = True
    notes: tuple[str, ...] = ()


_SAMPLE = 2_000


def table_of(records: Callable[[], Iterator[Mapping[str, str]]]) -> Table:
    """The table of records that name their cells; its columns are the names in the first of them."""
    names = tuple(dict.fromkeys(name for each in islice(records(), _SAMPLE) for name in each))

    def rows() -> Iterator[Row]:
        for number, each in enumerate(records(), 1):
            yield number, [each.get(name, "") for name in names]

    return Table(names, rows)


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """The column that is taken for the claim, and why, as a sentence. `guessed`: neither named nor seen in captures."""

    column: str
    reason: str
    guessed: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """How many of the first rows hold a Connect username in a column: exactly, and with letter case ignored."""

    column: str
    exact: int
    folded: int


@dataclass(frozen=True, slots=True)
class ExportedPerson:
    """One row of an export, with what the claim would say.

    `row` counts as a spreadsheet does; `active` is False where the export says that the person is disabled, None where
    it does not tell; `label` names the row where `name` is empty.
    """

    row: int
    name: str = field(repr=False)
    active: bool | None = None
    label: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Export:
    """A directory export, with the column that is taken for the claim.

    `product` is the identity provider's, where the columns tell; `fits` compare every column with the Connect users, in
    the first `sampled` rows.
    """

    source: str
    product: str | None
    choice: ColumnChoice
    columns: tuple[str, ...]
    complete: bool
    notes: tuple[str, ...]
    fits: tuple[Fit, ...]
    sampled: int
    people: Callable[[], Iterator[ExportedPerson]] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Failing:
    """A person who will not find a Connect user. `verdict` is what the sign-in would be judged as.

    `matches` are the first users that could be meant, of `candidates`.
    """

    person: ExportedPerson
    verdict: Verdict
    matches: tuple[Match, ...] = field(repr=False, default=())
    candidates: int = 0

    @property
    def step(self) -> MatchKind | None:
        """How the nearest user differs, or None where none is near."""
        return self.matches[0].kind if self.matches else None


@dataclass(frozen=True, slots=True)
class Unreached:
    """A Connect user that nobody can sign in as. `person` is whose name is nearest, and `step` how it differs.

    EXACT: the person is disabled at the identity provider. `case_variant` is a user equal except for letter case whom
    somebody can sign in as, or `""`.
    """

    user: User = field(repr=False)
    person: ExportedPerson | None = None
    step: MatchKind | None = None
    case_variant: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Shared:
    """A Connect user that several people would sign in as; `rows` are the first of `count`."""

    username: str = field(repr=False)
    count: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """An export compared with one list of Connect users.

    `people` are those who may sign in, `passing` those of them whose name is exactly a Connect user's, `disabled` those
    that the identity provider stops anyway. `duplicates` are Connect users equal except for letter case. `advice` says
    what would help many at once, as sentences; `notes` what a reader should know.
    """

    export: Export
    users: Users
    people: int
    passing: int
    disabled: int
    failing: tuple[Failing, ...] = field(repr=False)
    unreached: tuple[Unreached, ...] = field(repr=False)
    shared: tuple[Shared, ...] = field(repr=False)
    duplicates: tuple[tuple[User, ...], ...] = field(repr=False)
    advice: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def causes(self) -> Mapping[Verdict, int]:
        """How many people fail for each verdict, the most first."""
        return dict(Counter(f.verdict for f in self.failing).most_common())
