"""What a trainee did so far, kept in one small file of their own: resumable, resettable, without any answer in it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import randbelow

import msgspec

from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.io.write import replace_file
from connect_saml_nb.notebook.training.grading import Given
from connect_saml_nb.training import LEVELS, Session, session

SCHEMA = "connect-saml-nb/training-progress/1"
#: Names another file for the progress.
VARIABLE = "CONNECT_SAML_TRAINING"
_LARGEST = 4 << 20
_SEEDS = 10_000


@dataclass(frozen=True, slots=True)
class Work:
    """What was done with one case: the answer as it stands, and what `practice.room.CaseResult` tells of it.

    `found` says that the cause and what shows it are right: then the fix is asked for.
    """

    given: Given = field(default_factory=Given)
    tries: int = 0
    hints: int = 0
    found: bool = False
    solved: bool = False
    revealed: bool = False
    missed: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether the solution may be shown."""
        return self.solved or self.revealed


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a trainee is. `room` is the trainer's session; `work` by case's key.

    `seed` makes the lessons' cases; `levels` and `rounds` (how often other cases were taken) are by a lesson's title.
    """

    seed: int
    schema: str = SCHEMA
    name: str = ""
    lesson: int = 0
    number: int = 0
    room: Session | None = None
    room_number: int = 0
    levels: dict[str, int] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)
    work: dict[str, Work] = field(default_factory=dict)


def fresh() -> Progress:
    """A beginning, with cases of its own."""
    return Progress(seed=1 + randbelow(_SEEDS))


def usual_path() -> Path:
    """Where progress is kept: what the environment variable names, or a file in the home folder."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path.home() / ".connect-saml" / "training.json"


def read(path: Path) -> tuple[Progress, str]:
    """The progress in a file, and a sentence where the file was no progress; it is then put aside, not lost."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST)
        told = msgspec.json.decode(data, type=Progress)
    except FileNotFoundError:
        return fresh(), ""
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
        return fresh(), _put_aside(path)
    return (told, "") if _is_sound(told) else (fresh(), _put_aside(path))


def _is_sound(told: Progress) -> bool:
    """Whether the page can go on from there, whoever wrote the file."""
    numbers = (told.seed, told.lesson, told.number, told.room_number, *told.rounds.values())
    is_known = told.schema == SCHEMA and set(told.levels.values()) <= set(LEVELS)
    return is_known and min(numbers) >= 0 and _is_session(told.room)


def _is_session(told: Session | None) -> bool:
    try:
        return told is None or told == session(told.verdicts, level=told.level, count=told.count, seed=told.seed)
    except ConnectSamlError:
        return False


def _put_aside(path: Path) -> str:
    with suppress(OSError):
        path.replace(path.with_name(f"{path.name}.unreadable"))
    return "The saved progress could not be read and was put aside (its name now ends in .unreadable). You begin anew."


def write(path: Path, progress: Progress) -> None:
    """Keep the progress, whole or not at all, for its owner only. Raises ConnectSamlError where that cannot be."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, msgspec.json.encode(progress))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise ConnectSamlError(
            f"The progress could not be saved ({reason}). You can go on; it is lost at the end."
        ) from None
