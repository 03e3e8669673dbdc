"""Is the cause fixed? A verdict against the one before it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from connect_saml_nb.model.text import Text, joined, quoted, text
from connect_saml_nb.model.verdict import Verdict

if TYPE_CHECKING:
    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis


class Change(Enum):
    """What became of a cause: its sign, its mood, and words."""

    GONE = ("✔", "good", "The cause is fixed")
    STAYS = ("✖", "bad", "The cause is still there")
    OTHER = ("✖", "bad", "That cause is fixed, but there is another one")
    OPEN = ("?", "open", "Not decided")


@dataclass(frozen=True, slots=True)
class Recheck:
    """What became of a cause, and why as sentences."""

    change: Change
    why: Text


def recheck_capture(before: SignInDiagnosis, second: Diagnosis) -> Recheck:
    """Say what a second recording shows of the cause of the first: by its last sign-in, for that is the newest."""
    if not second.sign_ins:
        return Recheck(Change.OPEN, text("The second recording cannot tell: {}", second.problem or second.note or ""))
    after = second.sign_ins[-1]
    other = _other_person(before, after)
    if after.verdict is Verdict.SIGNED_IN:
        return Recheck(Change.OPEN if other else Change.GONE, other or after.summary)
    return Recheck(_change(before, after), joined(" ", (_now(after), other)))


def recheck_list(before: SignInDiagnosis, after: SignInDiagnosis, what: str) -> Recheck:
    """Say what a newer list of users shows of the cause: the recording itself is as old as it was."""
    if after.verdict == "user-exists-but-refused" and before.verdict != after.verdict:
        why = f"By {what}, exactly this user is there. The recording is older than that: let the person sign in again."
        return Recheck(Change.GONE, text(why))
    change = _change(before, after)
    unchanged = f" Nothing that matters is different by {what}." if change is Change.STAYS else ""
    return Recheck(change, joined("", (_now(after), unchanged)))


def _change(before: SignInDiagnosis, after: SignInDiagnosis) -> Change:
    if after.verdict == before.verdict:
        return Change.STAYS if after.verdict.rank else Change.GONE
    return Change.OPEN if after.verdict.is_open else Change.OTHER


def _now(after: SignInDiagnosis) -> Text:
    return text("Now: {}. {}", after.verdict.headline, after.summary)


def _other_person(before: SignInDiagnosis, after: SignInDiagnosis) -> Text:
    names = before.sign_in.role_session_name, after.sign_in.role_session_name
    name_ids = [j.sign_in.assertion.name_id if j.sign_in.assertion else None for j in (before, after)]
    if None in names or names[0] == names[1] or (name_ids[0] is not None and name_ids[0] == name_ids[1]):
        return Text()
    if (names[0] or "").casefold() == (names[1] or "").casefold():
        return Text()
    return text("The second recording is of {}, the first of {}: is it the same person?", *map(quoted, reversed(names)))
