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
from connect_saml_nb.notebook.training.grading import TraineeAnswer
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

    given: TraineeAnswer = field(default_factory=TraineeAnswer)
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
class TrainingProgress:
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


def fresh() -> TrainingProgress:
    """A beginning, with cases of its own."""
    return TrainingProgress(seed=1 + randbelow(_SEEDS))


def usual_path() -> Path:
    """Where progress is kept: what the environment variable names, or a file in the home folder."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path.home() / ".connect-saml" / "training.json"


def read(path: Path) -> tuple[TrainingProgress, str]:
    """The progress in a file, and a sentence where the file was no progress; it is then put aside, not lost."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST)
        progress = msgspec.json.decode(data, type=TrainingProgress)
    except FileNotFoundError:
        return fresh(), ""
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
        return fresh(), _put_aside(path)
    return (progress, "") if _is_sound(progress) else (fresh(), _put_aside(path))


def _is_sound(progress: TrainingProgress) -> bool:
    """Whether the page can go on from there, whoever wrote the file."""
    numbers = (progress.seed, progress.lesson, progress.number, progress.room_number, *progress.rounds.values())
    is_known = progress.schema == SCHEMA and set(progress.levels.values()) <= set(LEVELS)
    return is_known and min(numbers) >= 0 and _is_session(progress.room)


def _is_session(chosen: Session | None) -> bool:
    try:
        return chosen is None or chosen == session(
            chosen.verdicts, level=chosen.level, count=chosen.count, seed=chosen.seed
        )
    except ConnectSamlError:
        return False


def _put_aside(path: Path) -> str:
    with suppress(OSError):
        path.replace(path.with_name(f"{path.name}.unreadable"))
    return "The saved progress could not be read and was put aside (its name now ends in .unreadable). You begin anew."


def write(path: Path, progress: TrainingProgress) -> None:
    """Keep the progress, whole or not at all, for its owner only. Raises ConnectSamlError where that cannot be."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, msgspec.json.encode(progress))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise ConnectSamlError(
            f"The progress could not be saved ({reason}). You can go on; it is lost at the end."
        ) from None
