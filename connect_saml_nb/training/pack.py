"""A session for a room: the same cases for everybody, as files, and the answers apart from them.

The trainee's zip holds no answer. It does hold the session's seed, with which the toolkit makes the same cases, and
their answers, again: that keeps an honest trainee from reading ahead, not a determined one.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.evidence import write_folder
from connect_saml_nb.io.source import label
from connect_saml_nb.io.write import replace_file
from connect_saml_nb.training import worksheet
from connect_saml_nb.training.cases import LEVELS, new_case, topics, verdicts
from connect_saml_nb.training.generator.build import able
from connect_saml_nb.training.generator.signing import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from connect_saml_nb.training.cases import PracticeCase

SCHEMA = "connect-saml-nb/practice-session/1"
MOST_CASES = 200


@dataclass(frozen=True, slots=True)
class Session:
    """What a room practises: of which verdicts, how hard, how many cases, from which seed."""

    verdicts: tuple[str, ...]
    level: int
    count: int
    seed: int

    def cases(self) -> tuple[PracticeCase, ...]:
        """The cases, in an order that follows from the seed; each verdict comes once before any comes again."""
        random = Random(f"connect_saml_nb session {self.seed}")  # noqa: S311 -- the room is to get the same
        order: list[str] = []
        while len(order) < self.count:
            order += random.sample(self.verdicts, len(self.verdicts))
        seeds = (random.randrange(1 << 31) for _ in range(self.count))
        return tuple(
            new_case(verdict, level=self.level, seed=seed) for verdict, seed in zip(order, seeds, strict=False)
        )

    def to_json(self) -> str:
        """The session as text, from which `read_session` makes it again."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1) + "\n"


def session(topic: Iterable[str] = (), *, level: int = 1, count: int = 10, seed: int = 0) -> Session:
    """Make a session about these topics or verdicts (all of them where none is named).

    Without the extra `verify` those about signatures are left out. Raises ConnectSamlError where nothing is left then,
    there is no such topic, verdict or level, or the count is not 1 to 200.
    """
    if level not in LEVELS:
        raise ConnectSamlError(f"There is no level {level}: the levels are 1, 2 and 3.")
    if not 1 <= count <= MOST_CASES:
        raise ConnectSamlError(f"A session has 1 to {MOST_CASES} cases, not {count}.")
    named = dict.fromkeys(verdict for each in topic for verdict in _verdicts_of(each))
    chosen = able(tuple(named) or verdicts())
    if not chosen:
        raise ConnectSamlError(MISSING)
    return Session(chosen, level, count, seed)


def _verdicts_of(name: str) -> tuple[str, ...]:
    known = topics()
    if name in known:
        return known[name]
    if name in verdicts():
        return (name,)
    names = ", ".join((*known, *verdicts()))
    raise ConnectSamlError(f"There is no topic or verdict {name[:60]!r}. There are: {names}.")


def read_session(text: str) -> Session:
    """Read what `Session.to_json` gave. Raises ConnectSamlError where it is something else."""
    try:
        row = json.loads(text)
        values = (row["schema"], list(row["verdicts"]), row["level"], int(row["count"]), int(row["seed"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        values = ("", [], 1, 1, 0)
    schema, names, level, count, seed = values
    if schema != SCHEMA:
        raise ConnectSamlError("This is no practice session; `connect-saml practice pack` writes one.")
    return session(names, level=level, count=count, seed=seed)


# --- files -------------------------------------------------------------------------------------------------


def case_files(case: PracticeCase) -> Mapping[str, bytes]:
    """The files of a case as the trainee gets them, by their names; none tells the answer."""
    files = {"report.txt": (case.report + "\n").encode(), case.capture_name: case.capture}
    if case.users_file is not None:
        files["users.json"] = case.users_file
    if case.metadata_file is not None:
        files["metadata.xml"] = case.metadata_file
    if case.account:
        with TemporaryDirectory() as folder:
            write_folder(case.account, folder)
            files |= {f"evidence/{f.name}": f.read_bytes() for f in sorted(Path(folder).iterdir())}
    return files


def answer_text(case: PracticeCase) -> str:
    """The answer of a case as JSON."""
    return json.dumps({"id": case.id, "level": case.level, "seed": case.seed, **asdict(case.answer)}, indent=1) + "\n"


def write_case(case: PracticeCase, folder: str | os.PathLike[str]) -> None:
    """Write a case's files into a new folder that only its owner may read; the answer is not among them.

    The files are dated an hour after the recording, because a list of users is as old as its file.
    Raises ConnectSamlError where the folder is not empty or cannot be written.
    """
    path = Path(folder)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_full(path)
        for name, data in case_files(case).items():
            (path / name).parent.mkdir(mode=0o700, exist_ok=True)
            replace_file(path / name, data)
            os.utime(path / name, (_saved(case).timestamp(),) * 2)
    except (OSError, ValueError) as error:
        raise _not_written(path, error) from None


def _saved(case: PracticeCase) -> datetime:
    return case.when + timedelta(hours=1)


def _refuse_full(path: Path) -> None:
    if any(path.iterdir()):
        raise ConnectSamlError(f"{label(path)} is not empty. Name a new folder.")


def write_pack(chosen: Session, path: str | os.PathLike[str]) -> tuple[Path, Path]:
    """Write a session as two zips that only their owner may read; gives the trainee's and the trainer's path.

    `path` is the trainee's (`session.zip`): a handout to print, the session, and each case's files. The trainer's lies
    beside it (`session-trainer.zip`): the answers, as a page to print and as JSON. Raises ConnectSamlError where they
    cannot be written.
    """
    target = Path(path)
    trainer = target.with_name(f"{target.stem}-trainer.zip")
    cases = chosen.cases()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_file(target, _zip(_trainee(chosen, cases)))
        replace_file(trainer, _zip(_trainer(chosen, cases)))
    except (OSError, ValueError) as error:
        raise _not_written(target, error) from None
    return target, trainer


def _not_written(path: Path, error: Exception) -> ConnectSamlError:
    reason = getattr(error, "strerror", None) or "not a usable path"
    return ConnectSamlError(f"{label(path)} could not be written: {reason}.")


def _trainee(chosen: Session, cases: tuple[PracticeCase, ...]) -> Iterator[_File]:
    yield _File("handout.html", worksheet.for_trainees(cases).encode())
    yield _File("session.json", chosen.to_json().encode())
    for number, case in enumerate(cases, 1):
        folder = f"{number:02}-{case.id}"
        yield from (_File(f"{folder}/{name}", data, _saved(case)) for name, data in case_files(case).items())


def _trainer(chosen: Session, cases: tuple[PracticeCase, ...]) -> Iterator[_File]:
    yield _File("answers.html", worksheet.for_trainer(cases).encode())
    yield _File("session.json", chosen.to_json().encode())
    for number, case in enumerate(cases, 1):
        yield _File(f"{number:02}-{case.id}.answer.json", answer_text(case).encode())


class _File(NamedTuple):
    """A file of a zip; its date does not follow from when it is written, so that its bytes do not either."""

    name: str
    data: bytes
    date: datetime = datetime(2026, 1, 1, tzinfo=UTC)


def _zip(files: Iterable[_File]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.name, file.date.timetuple()[:6])
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            archive.writestr(entry, file.data)
    return packed.getvalue()
