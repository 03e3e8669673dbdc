"""A run in a folder: what is done is on the disk, and a run that was killed goes on where it was.

`manifest.json` says what is run and with what it is judged; it appears whole or not at all. Results are lines in
`part-NNNNN.jsonl`, one for each item, the last of which may be cut off by a kill. All files are their owner's only, and
hold no secret: results are what `Result` has.
"""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import msgspec

from connect_saml_nb import sources
from connect_saml_nb.bulk import _items
from connect_saml_nb.bulk._items import LeftOut, items_of
from connect_saml_nb.bulk._results import Result  # noqa: TC001 -- msgspec reads the annotations
from connect_saml_nb.bulk._stream import Progress, Reporter, run_items
from connect_saml_nb.bulk._work import Job
from connect_saml_nb.errors import ConnectSamlError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from concurrent.futures import Executor
    from io import BufferedWriter

    from connect_saml_nb.bulk._items import Item
    from connect_saml_nb.bulk._work import Limits
    from connect_saml_nb.diagnosis import Witnesses

SCHEMA: Final = "connect-saml-nb/bulk/1"
_MANIFEST = "manifest.json"
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
    """One item's results. `state` tells whether the file was written anew since."""

    item: str
    state: str
    results: tuple[Result, ...]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Line).decode


class Run:
    """A run's folder."""

    def __init__(self, folder: str | os.PathLike[str], manifest: Manifest) -> None:
        self.folder, self.manifest = Path(folder), manifest

    # --- begin, go on, forget --------------------------------------------------------------------------------

    @staticmethod
    def begin(folder: str | os.PathLike[str], named: list[str], told: Witnesses) -> Run:
        """Begin a run in a new or empty folder. Raises ConnectSamlError where that cannot be."""
        path = Path(folder)
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(path.iterdir()):
                known = (path / _MANIFEST).exists()
                raise ConnectSamlError(
                    f"{sources.label(path)} holds a run already: go on with it (--resume), or name another folder."
                    if known
                    else f"{sources.label(path)} is not empty: name a new folder for the run."
                )
        except OSError as error:
            _stop(path, error)
        absolute = tuple(each if each.startswith(sources.S3) else str(Path(each).absolute()) for each in named)
        run = Run(path, Manifest(SCHEMA, absolute, _judged_with(told), told.time))
        run.save()
        return run

    @staticmethod
    def open(folder: str | os.PathLike[str]) -> Run:
        """Open a run that was begun. Raises ConnectSamlError where there is none."""
        path = Path(folder)
        try:
            manifest = msgspec.json.decode((path / _MANIFEST).read_bytes(), type=Manifest)
        except (OSError, msgspec.MsgspecError, ValueError):
            raise ConnectSamlError(f"{sources.label(path)} holds no run: begin one without --resume.") from None
        if manifest.schema != SCHEMA:
            raise ConnectSamlError(f"{sources.label(path)} was made by another version: begin a new run.")
        return Run(path, manifest)

    def forget(self) -> None:
        """Remove what the run and its outputs wrote, and the folder where nothing else is in it."""
        try:
            for path in self._own_files():
                path.unlink()
            with suppress(OSError):
                self.folder.rmdir()
        except OSError as error:
            _stop(self.folder, error)

    def _own_files(self) -> list[Path]:
        own = {_MANIFEST, "lock", *OUTPUTS}
        return [p for p in self.folder.iterdir() if p.name in own or p in set(self._parts())]

    def save(self) -> None:
        """Write the manifest, whole or not at all."""
        try:
            sources.replace_file(self.folder / _MANIFEST, msgspec.json.format(_encode_manifest(self.manifest)))
        except OSError as error:
            _stop(self.folder, error)

    # --- work ------------------------------------------------------------------------------------------------

    def go(
        self,
        told: Witnesses,
        *,
        executor: Executor | None = None,
        workers: int | None = None,
        limits: Limits | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        """Work on every item that is not done. What is done is on the disk when this ends, however it ends.

        Raises ConnectSamlError where the run was judged with other users, where the disk is full, and where nothing
        more can be read; the run can go on then.
        """
        if self.manifest.judged_with != _judged_with(told):
            raise ConnectSamlError("The run was begun with other user lists or another version: begin a new run.")
        job = Job(replace(told, now=self.manifest.now))
        with _locked(self.folder):
            done = self._done()
            out = LeftOut()
            left = (i for i in items_of(self.manifest.sources, out) if done.get(i.key) != _state(i))
            reporter = Reporter(progress, self._total(len(done)) if progress else None)
            with closing(run_items(left, job, executor, workers, limits)) as found:
                self._write(found, reporter)
            self.manifest = replace(self.manifest, finished=True, left_out=out.endings)
            self.save()
        reporter.tell()

    def _total(self, done: int) -> int | None:
        whole = _items.count(self.manifest.sources)
        return None if whole is None else max(0, whole - done)

    def _write(self, found: Iterator[tuple[Item, tuple[Result, ...]]], reporter: Reporter) -> None:
        file: _Part | None = None
        try:
            for item, results in found:
                if file is None or file.lines >= _LINES_IN_PART:
                    if file is not None:
                        file.close()
                    file = _Part(self._next_part())
                file.add(_encode(_Line(item.key, _state(item), results)))
                reporter.add(results)
        except OSError as error:
            _stop(self.folder, error)
        finally:
            if file is not None:
                with suppress(OSError):
                    file.close()

    def _parts(self) -> list[Path]:
        return sorted(self.folder.glob("part-[0-9][0-9][0-9][0-9][0-9].jsonl"))

    def _next_part(self) -> Path:
        return self.folder / f"part-{len(self._parts()) + 1:05}.jsonl"

    # --- what is done ----------------------------------------------------------------------------------------

    def _lines(self) -> Iterator[tuple[tuple[int, int], _Line]]:
        """Every whole line with its place; what a kill cut off is not one."""
        for number, part in enumerate(self._parts()):
            with part.open("rb") as file:
                for place, line in enumerate(file):
                    with suppress(msgspec.MsgspecError, UnicodeDecodeError):
                        yield (number, place), _decode(line)

    def _done(self) -> dict[str, str]:
        """The state of each item that was read; what another try could read is left."""
        done: dict[str, str] = {}
        for _, line in self._lines():
            if any(result.again for result in line.results):
                done.pop(line.item, None)
            else:
                done[line.item] = line.state
        return done

    def results(self) -> Generator[Result, None, None]:
        """Every capture's result, the last one of each item."""
        last = {hash(line.item): place for place, line in self._lines()}
        for place, line in self._lines():
            if last[hash(line.item)] == place:
                yield from line.results


#: The files that outputs write into the folder.
OUTPUTS = ("captures.csv", "sign_ins.csv", "findings.csv", "results.jsonl", "summary.json", "report.html", "bulk.xlsx")


def _encode_manifest(manifest: Manifest) -> bytes:
    return _encode(manifest)


def _state(item: Item) -> str:
    return item.problem or item.state


def _judged_with(told: Witnesses) -> str:
    """What the verdicts depend on beside the captures, as a digest."""
    packed = Job(replace(told, now=datetime(2000, 1, 1, tzinfo=UTC))).packed()
    return hashlib.sha256(_version().encode() + packed).hexdigest()[:32]


def _version() -> str:
    with suppress(PackageNotFoundError):
        return version("connect-saml-nb")
    return ""  # run from a checkout without having been installed


class _Part:
    """A file of lines that reach the disk within about a second."""

    def __init__(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._file: BufferedWriter = os.fdopen(os.open(path, flags, 0o600), "wb")
        self._synced = time.monotonic()
        self.lines = 0

    def add(self, line: bytes) -> None:
        self._file.write(line + b"\n")
        self._file.flush()
        self.lines += 1
        if time.monotonic() - self._synced > _SYNC_SECONDS:
            os.fsync(self._file.fileno())
            self._synced = time.monotonic()

    def close(self) -> None:
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        finally:
            self._file.close()


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
            raise ConnectSamlError(f"Another process works in {sources.label(folder)}: wait for it.") from None
        yield
    finally:
        os.close(handle)


def _stop(folder: Path, error: OSError) -> NoReturn:
    raise ConnectSamlError(
        f"{sources.label(folder)} could not be written ({error.strerror or 'unknown reason'}): make room or choose "
        "another folder. What is done is kept: go on with --resume."
    ) from None
