"""A run in a folder: what is done is on the disk, and a run that was killed goes on where it was.

`manifest.json` says what is run and with what it is judged; `users-N.json` are the user lists, so that going on needs
nothing else. Both appear whole or not at all. Results are lines in `part-NNNNN.jsonl`, one for each item, the last of
which may be cut off by a kill. All files are their owner's only, and hold no secret: results are what `Result` has.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 -- msgspec reads the annotations
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NoReturn, Self, TypeVar

import msgspec

from connect_saml_nb.bulk import items as _items
from connect_saml_nb.bulk.items import LeftOut, items_of
from connect_saml_nb.bulk.problems import RunProblem
from connect_saml_nb.bulk.results import Result  # noqa: TC001 -- msgspec reads the annotations
from connect_saml_nb.bulk.stream import Progress, Reporter, run_items
from connect_saml_nb.diagnosis import collect_inputs
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.io.discover import S3
from connect_saml_nb.io.problems import reason_of
from connect_saml_nb.io.source import label
from connect_saml_nb.io.write import replace_file
from connect_saml_nb.model.record import replace
from connect_saml_nb.users import read_users, save_users

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from concurrent.futures import Executor

    from connect_saml_nb.bulk.items import Item
    from connect_saml_nb.bulk.work import Limits
    from connect_saml_nb.diagnosis import Inputs
    from connect_saml_nb.model.users import Users

SCHEMA: Final = "connect-saml-nb/bulk/1"
MANIFEST = "manifest.json"
_LINES_IN_PART = 5000
_SYNC_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run is of. `judged_with` changes when the user lists or this package do; `now` is what ages refer to."""

    schema: str
    sources: tuple[str, ...]
    judged_with: str
    now: datetime
    finished: bool = False
    left_out: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Line:
    """One item's results. `state` changes when the file is written anew."""

    item: str
    state: str
    results: tuple[Result, ...]


class _Head(msgspec.Struct):
    """What has to be known of a line to find it again."""

    item: str


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Line).decode
_head = msgspec.json.Decoder(_Head).decode
_Decoded = TypeVar("_Decoded", _Line, _Head)


class Run:
    """A run's folder."""

    def __init__(self, folder: str | os.PathLike[str], manifest: Manifest) -> None:
        self.folder, self.manifest = Path(folder), manifest

    # --- begin, go on, forget --------------------------------------------------------------------------------

    @staticmethod
    def begin(folder: str | os.PathLike[str], named: list[str], inputs: Inputs) -> Run:
        """Begin a run in a new or empty folder. Raises ConnectSamlError where that cannot be."""
        path = Path(folder)
        absolute = tuple(map(_absolute, named))
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(path.iterdir()):
                problem = RunProblem.HOLDS_A_RUN if (path / MANIFEST).exists() else RunProblem.NOT_EMPTY
                raise ConnectSamlError(problem(folder=label(path)))
        except OSError as error:
            _stop(path, error)
        except ValueError:  # a NUL, or what the system's encoding lacks
            raise ConnectSamlError(RunProblem.NO_USABLE_PATH(folder=label(path))) from None
        run = Run(path, Manifest(SCHEMA, absolute, _judged_with(inputs), inputs.time))
        for number, users in enumerate(inputs.directory.lists, 1):
            save_users(users, path / f"users-{number}.json")
        run._save()  # last: a folder without it holds no run
        return run

    @staticmethod
    def open(folder: str | os.PathLike[str]) -> Run:
        """Open a run that was begun. Raises ConnectSamlError where there is none."""
        path = Path(folder)
        try:
            manifest = msgspec.json.decode((path / MANIFEST).read_bytes(), type=Manifest)
        except (FileNotFoundError, NotADirectoryError):
            raise ConnectSamlError(RunProblem.NO_RUN(folder=label(path))) from None
        except OSError as error:
            raise ConnectSamlError(RunProblem.NOT_READ(folder=label(path), reason=reason_of(error))) from None
        except (msgspec.MsgspecError, ValueError):
            raise ConnectSamlError(RunProblem.MANIFEST_DAMAGED(folder=label(path), manifest=MANIFEST)) from None
        if manifest.schema != SCHEMA:
            raise ConnectSamlError(RunProblem.OTHER_VERSION(folder=label(path)))
        return Run(path, manifest)

    def users(self) -> tuple[Users, ...]:
        """The user lists that it is judged with. Raises UserListError where they cannot be read."""
        paths = sorted(self.folder.glob("users-*.json"), key=lambda path: (len(path.name), path.name))
        return tuple(read_users(path) for path in paths)

    def forget(self) -> None:
        """Remove what the run and its outputs wrote, and the folder where nothing else is in it.

        Raises ConnectSamlError where another process works on it, and where something cannot be removed.
        """
        with _locked(self.folder):
            self._remove()

    def _remove(self) -> None:
        try:
            for path in self.folder.iterdir():
                if _OWN.fullmatch(path.name) and not path.is_dir():
                    path.unlink()
            with suppress(OSError):
                self.folder.rmdir()
        except OSError as error:
            _stop(self.folder, error)

    def _save(self) -> None:
        """Write the manifest, whole or not at all."""
        try:
            replace_file(self.folder / MANIFEST, msgspec.json.format(_encode(self.manifest)))
        except OSError as error:
            _stop(self.folder, error)

    # --- work ------------------------------------------------------------------------------------------------

    def go(  # noqa: PLR0913 -- the options of diagnose_many
        self,
        inputs: Inputs | None = None,
        *,
        executor: Executor | None = None,
        workers: int | None = None,
        limits: Limits | None = None,
        in_flight: int | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        """Work on every item that is not done. What is done is on the disk when this ends, however it ends.

        `inputs` are what it was begun with; the user lists are known here. An error that `progress` raises ends it.
        Raises ConnectSamlError where the run was judged with something else, where the disk is full, and where nothing
        more can be read; the run can go on then.
        """
        inputs = collect_inputs(self.users(), verify=False) if inputs is None else inputs
        if self.manifest.judged_with != _judged_with(inputs):
            raise ConnectSamlError(RunProblem.OTHER_INPUTS())
        with _locked(self.folder):
            done, retryable = self._done()
            out = LeftOut()
            total = _items.count(self.manifest.sources, lambda item: not _is_done(item, done)) if progress else None
            pending = _Pending(done, retryable)
            left = pending.left(items_of(self.manifest.sources, out))
            reporter = Reporter(progress, total)
            inputs = replace(inputs, now=self.manifest.now)
            with closing(run_items(left, inputs, executor, workers, limits, in_flight)) as found:
                self._write(found, reporter, pending)
            self.manifest = replace(self.manifest, finished=True, left_out=out.endings)
            self._save()
        reporter.report()

    def _write(self, found: Iterator[tuple[Item, tuple[Result, ...]]], reporter: Reporter, pending: _Pending) -> None:
        last = max((int(part.stem.removeprefix("part-")) for part in self._parts()), default=0)
        with _Parts(self.folder, last + 1) as parts:
            for item, results in found:
                parts.add(_encode(_Line(item.key, _state(item), results)))
                reporter.add(results)
            for key in pending.outdated():
                parts.add(_encode(_Line(key, "", ())))

    def _parts(self) -> list[Path]:
        return sorted(self.folder.glob("part-[0-9][0-9][0-9][0-9][0-9].jsonl"))

    # --- what is done ----------------------------------------------------------------------------------------

    def _lines(self, decode: Callable[[bytes], _Decoded]) -> Iterator[tuple[Path, int, _Decoded]]:
        """Every whole line with its place; what a kill cut off, or a disk damaged, is not one."""
        for part in self._parts():
            with part.open("rb") as file:
                place = 0
                for line in file:
                    with suppress(msgspec.MsgspecError, UnicodeDecodeError):
                        yield part, place, decode(line)
                    place += len(line)

    def _done(self) -> tuple[dict[str, str], set[str]]:
        """The state of each item that was read, and the items that another try could read."""
        done: dict[str, str] = {}
        retryable: set[str] = set()
        for _, _, line in self._lines(_decode):
            if any(result.again for result in line.results):
                done.pop(line.item, None)
                retryable.add(line.item)
            else:
                done[line.item] = line.state
                retryable.discard(line.item)
        return done, retryable

    def results(self) -> Generator[Result, None, None]:
        """Every capture's result, the last one of each item, in the order of the items' names: however it was done.

        A line that a disk damaged is left out; going on reads its captures anew.
        """
        last = {head.item: (part, place) for part, place, head in self._lines(_head)}
        with ExitStack() as opened:
            files = {part: opened.enter_context(part.open("rb")) for part in self._parts()}
            for item in sorted(last):
                part, place = last[item]
                files[part].seek(place)
                with suppress(msgspec.MsgspecError, UnicodeDecodeError):
                    yield from _decode(files[part].readline()).results


#: The files that outputs write into the folder.
OUTPUTS = (
    *(f"{table}.{form}" for table in ("captures", "sign_ins", "findings") for form in ("csv", "parquet")),
    *("results.jsonl", "summary.json", "report.html", "bulk.xlsx"),
)


_NAMES = "|".join([*map(re.escape, (MANIFEST, "lock", *OUTPUTS)), r"users-\d+\.json", r"part-\d{5}\.jsonl"])
_OWN = re.compile(
    rf"(?:{_NAMES})|\.(?:{_NAMES})\.[a-z0-9_]{{8}}"  # the latter as mkstemp calls them, left by a kill
)


class _Pending:
    """Pending items, and then results whose source is no longer there."""

    def __init__(self, done: dict[str, str], retryable: set[str]) -> None:
        self._done, self._retryable = done, retryable
        self._states: dict[str, str] = {}

    def left(self, items: Iterator[Item]) -> Iterator[Item]:
        """The items that are not done."""
        for item in items:
            if not item.problem:
                self._states[item.place] = item.state
            self._retryable.discard(item.key)
            is_done = _is_done(item, self._done)
            self._done.pop(item.key, None)
            if not is_done:
                yield item

    def outdated(self) -> Iterator[str]:
        """What stood for others, as a folder that could not be read does; and what was in an archive written anew.

        A file that was removed keeps its row.
        """
        yield from self._retryable
        for key, state in self._done.items():
            ends = (at for at, character in enumerate(f"{key}\n") if character == "\n")
            if any(self._states.get(key[:end], state) != state for end in ends):
                yield key


def _is_done(item: Item, done: dict[str, str]) -> bool:
    return done.get(item.key) == _state(item)


def _absolute(named: str) -> str:
    """A source wherever the run goes on. Raises ConnectSamlError where its name cannot be kept."""
    try:
        named.encode()
    except UnicodeEncodeError:
        raise ConnectSamlError(RunProblem.NAME_NOT_UTF8(source=label(named))) from None
    if named.startswith(S3):
        return named
    path = Path(named)
    is_pattern = glob.has_magic(named) and not path.is_absolute() and not os.path.lexists(path)
    return str(Path(glob.escape(str(Path.cwd())), named) if is_pattern else path.absolute())


def _state(item: Item) -> str:
    return str(item.problem or item.state)


def _judged_with(inputs: Inputs) -> str:
    """What the verdicts depend on beside the captures, as a digest."""
    lists = [(u.users, u.complete, u.instance_id, u.region, u.account, u.retrieved) for u in inputs.directory.lists]
    parts = (_version(), lists, inputs.evidence, inputs.metadata, inputs.verify)
    plain = msgspec.to_builtins(parts, enc_hook=str)  # msgspec knows str, and no class made of it
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:32]


def _version() -> str:
    with suppress(PackageNotFoundError):
        return version("connect-saml-nb")
    return ""  # run from a checkout without having been installed


class _Parts:
    """Files of lines that reach the disk within about a second. Raises ConnectSamlError where that cannot be."""

    def __init__(self, folder: Path, number: int) -> None:
        self._folder, self._number = folder, number
        self._file: BinaryIO | None = None
        self._lines, self._synced = 0, 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # what could not be written is a line that is cut off: it is done again
            self._close()

    def add(self, line: bytes) -> None:
        try:
            self._add(line + b"\n")
        except OSError as error:
            _stop(self._folder, error)

    def _add(self, line: bytes) -> None:
        if self._file is None or self._lines >= _LINES_IN_PART:
            self._close()
            self._file = self._opened()
        self._file.write(line)
        self._file.flush()
        self._lines += 1
        if time.monotonic() - self._synced > _SYNC_SECONDS:
            os.fsync(self._file.fileno())
            self._synced = time.monotonic()

    def _opened(self) -> BinaryIO:
        path = self._folder / f"part-{self._number:05}.jsonl"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._number, self._lines, self._synced = self._number + 1, 0, time.monotonic()
        return os.fdopen(os.open(path, flags, 0o600), "wb")

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with file:
                file.flush()
                os.fsync(file.fileno())


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep a second process from working in the same folder; the lock ends with the process, even a killed one."""
    try:
        import fcntl  # noqa: PLC0415 -- POSIX only
    except ImportError:
        yield
        return
    try:
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        _stop(folder, error)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConnectSamlError(RunProblem.LOCKED(folder=label(folder))) from None
        yield
    finally:
        os.close(handle)


def _stop(folder: Path, error: OSError) -> NoReturn:
    raise ConnectSamlError(RunProblem.NOT_WRITTEN(path=label(folder), reason=reason_of(error))) from None
