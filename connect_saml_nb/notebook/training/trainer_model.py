"""What a trainer does on the training page: choosing a session, its files, and the room's results. No widgets."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.training import classroom, preflight, session, topics, worksheet, write_pack

if TYPE_CHECKING:
    from connect_saml_nb.training import Session

_DIGITS = 9


class Trainer:
    """The session that a trainer chose, and what came back from the room. `folder` is where progress is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.chosen: tuple[str, ...] = ()
        self.level, self.count, self.seed = 1, 8, 1
        self.results: list[classroom.TraineeResult] = []
        self.checked: tuple[preflight.Check, ...] = ()

    def choose_topic(self, topic: str, is_on: str) -> None:
        """Add a topic to the session, or take it out; none is all."""
        wanted = {*self.chosen, topic} if is_on == "true" else {*self.chosen} - {topic}
        self.chosen = tuple(t for t in topics() if t in wanted)

    def set_number(self, field: str, text: str) -> None:
        """Set level, count or seed of the session. Raises ConnectSamlError where it is no such number."""
        number = int(text) if text.strip().isdecimal() and len(text) <= _DIGITS else -1
        if number < 0:
            raise ConnectSamlError("Enter a whole number of up to nine digits.")
        session(self.chosen, **{**self._numbers(), field: number})
        setattr(self, field, number)

    def _numbers(self) -> dict[str, int]:
        return {"level": self.level, "count": self.count, "seed": self.seed}

    @property
    def planned(self) -> Session:
        """The session that the trainer has chosen."""
        return session(self.chosen, level=self.level, count=self.count, seed=self.seed)

    @property
    def code(self) -> str:
        """Its code, to read out."""
        return classroom.code_of(self.chosen, level=self.level, count=self.count, seed=self.seed)

    def handout(self) -> tuple[str, bytes]:
        """The page to print for trainees, without answers."""
        return f"handout-{self.code}.html", worksheet.for_trainees(self.planned.cases()).encode()

    def answers(self) -> tuple[str, bytes]:
        """The page to print for the trainer, with the answers."""
        return f"answers-{self.code}.html", worksheet.for_trainer(self.planned.cases()).encode()

    def pack(self, which: str) -> tuple[str, bytes]:
        """The zip for the trainees (`trainees`), or the one with the answers (`trainer`)."""
        with TemporaryDirectory() as folder:
            for_trainees, for_trainer = write_pack(self.planned, Path(folder) / f"session-{self.code}.zip")
            path = for_trainer if which == "trainer" else for_trainees
            return path.name, path.read_bytes()

    def receive_result(self, name: str, file: BinaryIO, *, is_added: bool) -> None:
        """Take one trainee's exported file. Raises ConnectSamlError where it is something else."""
        if not is_added:
            self.results = []
        self.results.append(classroom.read_result(file.read(2 << 20), name))

    @property
    def room(self) -> classroom.Classroom | None:
        """All that was received, put together."""
        return classroom.collect(self.results) if self.results else None

    def room_csv(self) -> tuple[str, bytes]:
        """Both tables of the room as CSV. Raises ConnectSamlError without any result."""
        room = classroom.collect(self.results)
        return "room.csv", classroom.to_csv(classroom.people_table(room), classroom.struggle_table(room)).encode()

    def check_computer(self) -> None:
        """Try everything that this session needs, on this computer."""
        self.checked = preflight.checks(self.planned, self.folder if self.folder.is_dir() else None)
