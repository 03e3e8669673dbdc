"""The training page's state and decisions, without widgets."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, BinaryIO

from connect_saml_nb.diagnosis import diagnose
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.model.record import replace
from connect_saml_nb.notebook.training import grading
from connect_saml_nb.notebook.training import progress as saved
from connect_saml_nb.notebook.training.grading import Part
from connect_saml_nb.notebook.training.lessons import LESSONS
from connect_saml_nb.notebook.training.trainer_model import Trainer
from connect_saml_nb.training import LEVELS, classroom, read_session, session

if TYPE_CHECKING:
    from pathlib import Path

    from connect_saml_nb.model.diagnosis import Diagnosis
    from connect_saml_nb.notebook.training.grading import Remark
    from connect_saml_nb.notebook.training.lessons import Lesson
    from connect_saml_nb.notebook.training.progress import TrainingProgress, Work
    from connect_saml_nb.training import PracticeCase, Session

#: Cases for each lesson.
EXERCISES = 3
_NAME_LENGTH = 60


class Mode(StrEnum):
    """What the person is here for."""

    LEARN = "learn"
    ROOM = "room"
    TRAIN = "train"


@lru_cache(maxsize=6)
def _cases(chosen: Session) -> tuple[PracticeCase, ...]:
    return chosen.cases()


@lru_cache(maxsize=30)
def _diagnosis(chosen: Session, number: int) -> Diagnosis:
    case = _cases(chosen)[number]
    return diagnose(case.capture, **case.collect_inputs())


class TrainingModel:
    """Where the trainee is and what was answered; `trainer` is a trainer's part. Answers stay here until due."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or saved.usual_path()
        self.progress, self.notice = saved.read(self.path)
        self.mode = Mode.ROOM if self.progress.room else Mode.LEARN
        self.is_slides, self.slide = False, 0
        self.is_manual = False
        self.remarks: tuple[Remark, ...] = ()
        self.trainer = Trainer(self.path.parent)

    # Where the trainee is.

    @property
    def lesson(self) -> Lesson:
        """The lesson that is open."""
        return LESSONS[min(self.progress.lesson, len(LESSONS) - 1)]

    @property
    def session(self) -> Session | None:
        """The cases at hand: the room's, or the lesson's; None where the trainer has given none yet."""
        return self.progress.room if self.mode is Mode.ROOM else self.lesson_session(self.lesson)

    def lesson_session(self, lesson: Lesson) -> Session:
        """The cases of a lesson, on the level that the trainee chose for it."""
        level = max(self.progress.levels.get(lesson.title, 1), lesson.least_level)
        seed = self.progress.seed + self.progress.rounds.get(lesson.title, 0)
        return session(lesson.verdicts, level=level, count=EXERCISES, seed=seed)

    @property
    def number(self) -> int:
        """Which of the cases is open, from 0."""
        number = self.progress.room_number if self.mode is Mode.ROOM else self.progress.number
        return min(number, self.session.count - 1) if self.session else 0

    @property
    def case(self) -> PracticeCase | None:
        """The case that is open."""
        return _cases(self.session)[self.number] if self.session else None

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The toolkit's own diagnosis of it: its facts are shown from the start, its verdict at the end."""
        return _diagnosis(self.session, self.number) if self.session else None

    @property
    def work(self) -> Work:
        """What was done with the open case."""
        return self._work_of(self.session, self.number) if self.session else saved.Work()

    def _work_of(self, chosen: Session, number: int) -> Work:
        return self.progress.work.get(_key(chosen, number), saved.Work())

    def works(self, chosen: Session) -> tuple[Work, ...]:
        """What was done with each of a session's cases."""
        return tuple(self._work_of(chosen, n) for n in range(chosen.count))

    # Going about.

    def choose_mode(self, mode: str) -> None:
        """Learn alone, practise with a room, or train."""
        self.mode, self.remarks = Mode(mode), ()

    def choose_lesson(self, number: str) -> None:
        """Open a lesson at its start."""
        self.slide = 0
        self._keep(lesson=_within(number, len(LESSONS)), number=0)

    def choose_case(self, number: str) -> None:
        """Open one of the cases."""
        at = _within(number, self.session.count if self.session else 1)
        self._keep(**{"room_number" if self.mode is Mode.ROOM else "number": at})

    def choose_level(self, level: str) -> None:
        """Make the lesson's cases easier or harder."""
        if level in map(str, LEVELS):
            self._keep(levels={**self.progress.levels, self.lesson.title: int(level)}, number=0)

    def other_cases(self) -> None:
        """Take new cases for the lesson; what was done with the old ones is kept."""
        title, rounds = self.lesson.title, self.progress.rounds
        self._keep(rounds={**rounds, title: rounds.get(title, 0) + 1}, number=0)

    def show_slides(self, is_on: str) -> None:
        """One slide at a time in large type, or all of the lesson."""
        self.is_slides, self.slide = is_on == "true", 0

    def turn(self, by: str) -> None:
        """Go on to the next slide (`1`) or back (`-1`)."""
        last = len(self.lesson.slides) - 1
        self.slide = max(0, min(last, self.slide + (1 if by == "1" else -1)))

    def show_manual(self, is_on: str) -> None:
        """Show the manual steps, or not."""
        self.is_manual = is_on == "true"

    # Answering.

    def answer(self, part: str, value: str) -> None:
        """Take one part of an answer; it can be changed until the solution is shown."""
        if part in self.parts_now and not self.work.is_over:
            self.remarks = tuple(r for r in self.remarks if r.part != part)
            self._did(given=replace(self.work.given, **{part: value[:300]}))

    @property
    def parts(self) -> tuple[Part, ...]:
        """What is asked of the open case: in the first lessons less than later."""
        parts = self.lesson.parts if self.mode is Mode.LEARN else tuple(Part)
        return grading.parts(self.case, parts) if self.case else ()

    @property
    def parts_now(self) -> tuple[Part, ...]:
        """The cause and what shows it first, then the fix: its choices would tell the cause."""
        return tuple(part for part in self.parts if (part is Part.FIX) == self.work.found)

    @property
    def missing(self) -> tuple[Part, ...]:
        """What is asked now and not answered yet."""
        return grading.missing(self.parts_now, self.work.given)

    def check(self) -> None:
        """Say what is right and wrong of what is asked now. Raises ConnectSamlError where a part is missing."""
        case, diagnosis, work = self.case, self.diagnosis, self.work
        if case is None or diagnosis is None or work.is_over:
            return
        if self.missing:
            parts = ", ".join(grading.PART_WORDS[part] for part in self.missing)
            raise ConnectSamlError(f"Your answer is not whole yet. Choose {parts}; if in doubt, guess.")
        self.remarks = grading.remarks(case, diagnosis, work.given, self.parts_now)
        wrong = [r.part.value for r in self.remarks if not r.is_right]
        if not wrong and not work.found:
            self._did(found=True)
            return
        named = {*work.named, *({work.given.cause} if "cause" in wrong else set())}
        missed = tuple(p.value for p in Part if p.value in {*work.missed, *wrong})
        self._did(tries=work.tries + 1, missed=missed, named=tuple(sorted(named)), solved=not wrong)

    @property
    def hints(self) -> tuple[str, ...]:
        """The hints that were taken."""
        return self.case.answer.hints[: self.work.hints] if self.case else ()

    @property
    def hints_left(self) -> int:
        """How many more there are."""
        return len(self.case.answer.hints) - self.work.hints if self.case else 0

    def hint(self) -> None:
        """Take the next hint, which tells more."""
        if self.hints_left > 0:
            self._did(hints=self.work.hints + 1)

    def reveal(self) -> None:
        """Show the solution: the case then counts as shown, not solved."""
        if self.case and self.diagnosis and not self.work.is_over:
            self.remarks = grading.remarks(self.case, self.diagnosis, self.work.given, self.parts)
            self._did(revealed=True)

    def _did(self, **changes: Any) -> None:  # noqa: ANN401 -- fields of Work
        if self.session:
            work = {**self.progress.work, _key(self.session, self.number): replace(self.work, **changes)}
            self._save(replace(self.progress, work=work))

    def _keep(self, **changes: Any) -> None:  # noqa: ANN401 -- fields of TrainingProgress
        self.remarks = ()
        self._save(replace(self.progress, **changes))

    def _save(self, progress: TrainingProgress) -> None:
        self.progress = progress
        saved.write(self.path, progress)

    def file(self, which: str) -> tuple[str, bytes]:
        """A file of the open case: its capture, or the saved list of users. Raises ConnectSamlError without one."""
        case = self.case
        if case is None or (which == "users" and case.users_file is None):
            raise ConnectSamlError("There is no such file in this case.")
        if which == "users":
            return f"{case.id}-users.json", case.users_file or b""
        return f"{case.id}-{case.capture_name}", case.capture

    # The room.

    def set_name(self, name: str) -> None:
        """The trainee's name, as the trainer is to see it."""
        self._save(replace(self.progress, name=name.strip()[:_NAME_LENGTH]))

    def join(self, code: str) -> None:
        """Take the room's cases by the code that the trainer reads out. Raises ConnectSamlError."""
        self._enter(classroom.read_code(code))

    def receive_session(self, file: BinaryIO) -> None:
        """Take the room's cases by the session file of `practice pack`. Raises ConnectSamlError."""
        self._enter(read_session(file.read(1 << 20).decode("utf-8", "replace")))

    def _enter(self, chosen: Session) -> None:
        self.mode = Mode.ROOM
        self._keep(room=chosen, room_number=0)

    def leave(self) -> None:
        """Leave the room; what was done is kept for the same code."""
        self._keep(room=None, room_number=0)

    def export(self) -> tuple[str, bytes]:
        """A file of what was done in the room, for the trainer. Raises ConnectSamlError outside of a room."""
        if self.progress.room is None:
            raise ConnectSamlError("There is no session to export: enter the trainer’s code first.")
        chosen = self.progress.room
        done = tuple(_result(n, case.id, self._work_of(chosen, n)) for n, case in enumerate(_cases(chosen)))
        result = classroom.TraineeResult(self.progress.name, chosen, done)
        word = "".join(c for c in self.progress.name if c.isalnum()) or "trainee"
        return f"result-{word}.json", result.to_json()

    def reset(self) -> None:
        """Forget everything that was done, and begin anew with other cases."""
        self.remarks, self.mode, self.slide = (), Mode.LEARN, 0
        self._save(saved.fresh())


def _key(chosen: Session, number: int) -> str:
    """A name for a case that tells nothing of it."""
    return f"{sha256(chosen.to_json().encode()).hexdigest()[:16]}:{number}"


def _result(number: int, case: str, work: Work) -> classroom.CaseResult:
    return classroom.CaseResult(
        number=number + 1,
        case=case,
        tries=work.tries,
        hints=work.hints,
        solved=work.solved,
        revealed=work.revealed,
        missed=work.missed,
        named=work.named,
    )


def _within(text: str, count: int) -> int:
    return max(0, min(count - 1, int(text) if text.isdecimal() and len(text) < 6 else 0))  # noqa: PLR2004 -- digits
