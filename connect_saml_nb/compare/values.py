"""What a comparison is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from connect_saml_nb.model.verdict import Verdict

if TYPE_CHECKING:
    from connect_saml_nb.compare.aspect import Aspect
    from connect_saml_nb.model.diagnosis import SignInDiagnosis
    from connect_saml_nb.model.signin import SignIn


class Weight(StrEnum):
    """What a difference says about the bad sign-in's verdict, the most telling first."""

    EXPLAINS = "explains"  # the verdict is about this very thing
    POSSIBLE = "possible"  # the verdict leaves the cause open, and this can be it
    DIFFERS = "differs"  # it differs, and the verdict is about something else
    FOLLOWS = "follows"  # the failure's own trace
    EXPECTED = "expected"  # it differs between any two people or recordings


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same in both sign-ins.

    `good` and `bad` are fit to be shown (clipped, secrets masked), None where there is none. `sentence` says what it
    means.
    """

    aspect: Aspect
    good: str | None
    bad: str | None
    weight: Weight
    sentence: str

    @property
    def explains(self) -> bool:
        """Whether the verdict of the bad sign-in is about this."""
        return self.weight is Weight.EXPLAINS


@dataclass(frozen=True, slots=True)
class NotCompared:
    """What could not be compared, and why."""

    aspect: Aspect
    reason: str


@dataclass(frozen=True, slots=True)
class Side:
    """The sign-in that was taken from one diagnosis; `sign_in_diagnosis` is None where that holds none.

    `verdict` is the sign-in's; without one the capture's (`no-sign-in`), None where it could not be read. `count` is
    how many sign-ins the capture holds, `problem` a sentence where it could not be read, or only in part.
    """

    name: str
    creator: str
    sign_in_diagnosis: SignInDiagnosis | None
    verdict: Verdict | None
    count: int
    problem: str | None = None

    @property
    def signed_in(self) -> bool:
        """Whether the sign-in reached Connect."""
        return self.verdict is Verdict.SIGNED_IN


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two sign-ins, what explains the bad one's verdict first.

    `same` are the aspects that are equal in both, `not_compared` those that could not be compared; `notes` are
    sentences to be read before the differences.
    """

    good: Side
    bad: Side
    differences: tuple[Difference, ...]
    same: tuple[Aspect, ...]
    not_compared: tuple[NotCompared, ...]
    notes: tuple[str, ...] = ()

    def weighing(self, *weights: Weight) -> tuple[Difference, ...]:
        """The differences of these weights, in their order."""
        return tuple(d for d in self.differences if d.weight in weights)


@dataclass(frozen=True, slots=True)
class Pair:
    """The two diagnoses that are compared, and the recorders' names."""

    good: SignInDiagnosis
    bad: SignInDiagnosis
    creators: tuple[str, str] = field(default=("", ""))

    @property
    def sign_ins(self) -> tuple[SignIn, SignIn]:
        """The good and the bad sign-in."""
        return self.good.sign_in, self.bad.sign_in

    @property
    def names(self) -> tuple[str | None, str | None]:
        """Both RoleSessionNames."""
        return self.good.sign_in.role_session_name, self.bad.sign_in.role_session_name
