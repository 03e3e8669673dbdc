"""Opens one input: a path, bytes or a stream. Big ones are mapped, not read."""

from __future__ import annotations

import mmap
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeAlias

from connect_saml_nb.errors import CaptureError
from connect_saml_nb.io.data import INPUT_LIMIT, MMAP_FROM, Data, mapped, pieces_of, spool, too_large
from connect_saml_nb.io.problems import InputProblem
from connect_saml_nb.text import printable

Input: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | mmap.mmap | BinaryIO

#: The most bytes of a body that stands in a file of its own beside the capture or in its zip.
SIDE_FILE_LIMIT = 64 << 20
_NAME_LENGTH = 200
_PATH_LENGTH = 1024


@dataclass(frozen=True, slots=True)
class Source:
    """An opened input: what a person calls it, its bytes, and the folder where its side files may stand."""

    name: str
    data: Data = field(repr=False)
    path: Path | None = field(repr=False, default=None)
    state: tuple[int, int, int, int] | None = field(repr=False, default=None)

    def unchanged(self) -> bool:
        """False where a mapped file was written to after it was opened: reading on could then end the process."""
        if self.path is None or self.state is None:
            return True
        try:
            now = _state(self.path.stat())
        except (OSError, ValueError):
            return True  # removed: the mapping keeps the bytes
        return now == self.state or now[:2] != self.state[:2]  # another file under its name leaves the mapping alone


def _state(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def label(name: object) -> str:
    """A file's or member's name as one short printable line."""
    text = str(name).encode("utf-8", "replace").decode()
    shown = printable(text, None)
    return shown if len(shown) <= _NAME_LENGTH else "…" + shown[1 - _NAME_LENGTH :]


def open_source(
    source: Input, name: str | None = None, *, unnamed: str = "capture", limit: int | None = None
) -> Source:
    """Open a path, bytes or an open binary file; `name` is what to call it, `unnamed` what has no name of its own.

    `limit` is the most bytes (`INPUT_LIMIT`).

    Raises CaptureError, with the code of an `InputProblem`, where it cannot be opened or is too large.

    >>> open_source(b'{"log": {}}', "pasted.har").name
    'pasted.har'
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return Source(label(name or unnamed), bytes(source))
    if isinstance(source, mmap.mmap):
        return Source(label(name or unnamed), source)
    if isinstance(source, (str, os.PathLike)):
        return _open_path(source, name, limit or INPUT_LIMIT)
    if callable(getattr(source, "read", None)):
        return _open_stream(source, name, unnamed, limit or INPUT_LIMIT)
    raise CaptureError(InputProblem.NOT_AN_INPUT())


def _open_path(source: str | os.PathLike[str], name: str | None, limit: int) -> Source:
    path = os.fspath(source)
    if isinstance(source, str) and _is_text(path):
        raise CaptureError(InputProblem.TEXT_FOR_A_PATH())
    shown = label(path)
    try:
        return _map_path(Path(path), name, limit)
    except FileNotFoundError:
        raise CaptureError(InputProblem.NO_FILE(path=shown)) from None
    except IsADirectoryError:
        raise CaptureError(InputProblem.FOLDER(path=shown)) from None
    except PermissionError:
        raise CaptureError(InputProblem.NOT_ALLOWED(path=shown)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a usable path"
        raise CaptureError(InputProblem.NOT_OPENED(path=shown, reason=reason)) from None


def _is_text(path: str) -> bool:
    """True for a paste given in place of a path, which must not be shown in a message."""
    return "\n" in path or "SAMLResponse=" in path or path.lstrip().startswith(("<", "{")) or len(path) > _PATH_LENGTH


def _map_path(path: Path, name: str | None, limit: int) -> Source:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        shown = label(name or path.name)
        if not stat.S_ISREG(status.st_mode):  # a pipe or device
            return Source(shown, spool(pieces_of(file), limit=limit))
        if status.st_size > limit:
            raise too_large()
        if status.st_size < MMAP_FROM:
            return Source(shown, file.read(MMAP_FROM), path)
        return Source(shown, mapped(file.fileno()), path, _state(status))


def _open_stream(file: BinaryIO, name: str | None, unnamed: str, limit: int) -> Source:
    own = getattr(file, "name", None)
    shown = label(name or (os.path.basename(own) if isinstance(own, str) else "") or unnamed)  # noqa: PTH119 - a label, no path
    try:
        return Source(shown, spool(pieces_of(file), limit=limit))
    except (OSError, ValueError, UnicodeError):
        raise CaptureError(InputProblem.NOT_BINARY(name=shown)) from None


def side_file(folder: Path, name: str) -> bytes | None:
    """A file of that plain name in that very folder, or None: no other folder, no link, nothing large."""
    if name in {"", ".", ".."} or any(c in name for c in '/\\:\0<>"|?*') or len(name) > _NAME_LENGTH:
        return None
    path = folder / name
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if path.is_symlink():
            return None
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - Path.open cannot refuse links
            status = os.fstat(file.fileno())
            return file.read() if stat.S_ISREG(status.st_mode) and status.st_size <= SIDE_FILE_LIMIT else None
    except (OSError, ValueError):
        return None
