"""Opens inputs: paths, bytes and streams, and what is packed in gzip or zip. Only this module touches the disk.

Big inputs are mapped, not read. What has to be unpacked goes to a temporary file that only its owner can read and that
has no name, so nothing stays behind.
"""

from __future__ import annotations

import io
import lzma
import mmap
import os
import stat
import struct
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from connect_saml_nb.errors import CaptureError, ConnectSamlError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Data: TypeAlias = bytes | mmap.mmap
Input: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO

#: Inputs from this size on (bytes) are mapped instead of read.
MMAP_FROM = 4 << 20
#: The most bytes that an input may have, packed or unpacked.
INPUT_LIMIT = 4 << 30
#: Unpacked bytes for each packed one; judged from `RATIO_FREE` unpacked bytes on. Recorded HARs stay below 60.
RATIO_LIMIT = 200
RATIO_FREE = 64 << 20
#: The most bytes of a body that stands in a file of its own beside the capture or in its zip.
SIDECAR_LIMIT = 64 << 20
#: The most bytes of a zip's list of members (some 100,000 members), and of parts of a gzip.
ZIP_LIST_LIMIT = 8 << 20
GZIP_PART_LIMIT = 10_000
_CHUNK = 1 << 20
_GZIP_CHUNK = 16 << 10
_NAME_LENGTH = 200
_PATH_LENGTH = 1024
#: What the standard library raises on a damaged archive member.
_UNPACK_ERRORS = (
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    NotImplementedError,
)


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
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown if len(shown) <= _NAME_LENGTH else "…" + shown[1 - _NAME_LENGTH :]


def open_source(source: Input, name: str | None = None) -> Source:
    """Open a path, bytes or an open binary file.

    Raises CaptureError with a sentence where it cannot be opened or is too large.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return Source(label(name or "capture"), bytes(source))
    if isinstance(source, (str, os.PathLike)):
        return _open_path(source, name)
    if callable(getattr(source, "read", None)):
        return _open_stream(source, name)
    raise CaptureError("This is no capture: give a path, bytes or a file opened for reading.")


def _open_path(source: str | os.PathLike[str], name: str | None) -> Source:
    given = os.fspath(source)
    if _is_text(given):
        raise CaptureError("This is text, not the path of a file: give the text as bytes, or save it to a file first.")
    shown = label(given)
    try:
        return _map_path(Path(given), name)
    except FileNotFoundError:
        raise CaptureError(f"There is no file {shown}: check the path.") from None
    except IsADirectoryError:
        raise CaptureError(f"{shown} is a folder: give one capture in it.") from None
    except PermissionError:
        raise CaptureError(f"{shown} may not be read (permission denied): check who owns it.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a usable path"
        raise CaptureError(f"{shown} cannot be opened ({reason}).") from None


def _is_text(given: str) -> bool:
    """True for a paste given in place of a path, which must not be shown in a message."""
    return (
        "\n" in given or "SAMLResponse=" in given or given.lstrip().startswith(("<", "{")) or len(given) > _PATH_LENGTH
    )


def _map_path(path: Path, name: str | None) -> Source:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        called = label(name or path.name)
        if not stat.S_ISREG(status.st_mode):  # a pipe or device
            return Source(called, spool(_pieces(file)))
        if status.st_size > INPUT_LIMIT:
            raise _too_large()
        if status.st_size < MMAP_FROM:
            return Source(called, file.read(MMAP_FROM), path)
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return Source(called, data, path, _state(status))


def _open_stream(file: BinaryIO, name: str | None) -> Source:
    own = getattr(file, "name", None)
    called = label(name or (os.path.basename(own) if isinstance(own, str) else "") or "capture")  # noqa: PTH119 - a label, no path
    try:
        return Source(called, spool(_pieces(file)))
    except (OSError, ValueError, UnicodeError):
        raise CaptureError(f"{called} cannot be read: open it for reading in binary mode.") from None


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_CHUNK):
        yield piece.encode("utf-8", "replace") if isinstance(piece, str) else piece


def _too_large() -> CaptureError:
    return CaptureError(f"The input is larger than {INPUT_LIMIT >> 30} GiB: record the sign-in alone and export again.")


def spool(pieces: Iterable[bytes], packed: int | None = None) -> Data:
    """Gather pieces: in memory while they are few, else mapped from a nameless temporary file.

    `packed` is their size before unpacking. Raises CaptureError beyond `INPUT_LIMIT` and `RATIO_LIMIT`.
    """
    total = 0
    with tempfile.SpooledTemporaryFile(max_size=MMAP_FROM) as file:
        for piece in pieces:
            total += len(piece)
            _check_size(total, packed)
            file.write(piece)
        if total <= MMAP_FROM:
            file.seek(0)
            return file.read()
        file.flush()
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _check_size(total: int, packed: int | None) -> None:
    if total > INPUT_LIMIT:
        raise _too_large()
    if packed is not None and total > RATIO_FREE and total > packed * RATIO_LIMIT:
        raise CaptureError(
            f"The packed file grows to more than {RATIO_LIMIT} times its size, which no recording does: it is refused."
        )


def unpack(pieces: Iterator[bytes], packed: int) -> tuple[Data, bool]:
    """What comes out of a packed input, and whether it is whole (False: it is damaged or cut off after that).

    Raises CaptureError where nothing comes out or it is too large.
    """
    whole = True

    def until_damage() -> Iterator[bytes]:
        nonlocal whole
        try:
            yield from pieces
        except _UNPACK_ERRORS:
            whole = False

    data = spool(until_damage(), packed)
    if not whole and not data:
        raise CaptureError("The packed file is damaged: nothing in it can be unpacked. Get a fresh copy of it.")
    return data, whole


def gunzip(data: Data) -> tuple[Data, bool]:
    """What a gzip holds, and whether it is whole."""
    return unpack(_gunzip(data), len(data))


def _gunzip(data: Data) -> Iterator[bytes]:
    view, position = memoryview(data), 0
    for _ in range(GZIP_PART_LIMIT):
        engine = zlib.decompressobj(wbits=31)  # RFC 1952, a chain of parts
        while not engine.eof:
            if position >= len(view):
                raise EOFError
            piece = view[position : position + _GZIP_CHUNK]
            yield engine.decompress(piece, _CHUNK)
            position += len(piece) - len(engine.unconsumed_tail) - len(engine.unused_data)
        if bytes(view[position : position + 2]) != b"\x1f\x8b":
            return


def inflate(data: bytes, wbits: int, limit: int) -> bytes | None:
    """Inflated bytes; None where they are no such data, cut off, or more than `limit`."""
    engine = zlib.decompressobj(wbits=wbits)
    try:
        out = engine.decompress(data, limit)
    except zlib.error:
        return None
    return out if engine.eof else None


class Archive:
    """A zip. Its members' names are labels; nothing is ever written under them."""

    def __init__(self, data: Data) -> None:
        if _list_size(data) > ZIP_LIST_LIMIT:
            raise CaptureError("The zip has too many members: put only the captures into it.")
        try:
            self._zip = zipfile.ZipFile(io.BufferedReader(_DataFile(data)))
        except _UNPACK_ERRORS:
            raise CaptureError("The zip is damaged or cut off: get a fresh copy of it, or unpack it first.") from None

    def members(self) -> list[zipfile.ZipInfo]:
        """The members that are files, in the zip's order, without macOS' own extras."""
        return [m for m in self._zip.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]

    def read(self, member: zipfile.ZipInfo) -> tuple[Data, bool]:
        """A member's bytes and whether they are whole. Raises CaptureError where it cannot be unpacked."""
        if member.flag_bits & 1:
            raise CaptureError("The zip is protected with a password: unpack it first.")
        return unpack(self._pieces(member), max(member.compress_size, 1))

    def _pieces(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        try:
            with self._zip.open(member) as file:
                yield from _pieces(file)  # type: ignore[arg-type]  # ZipExtFile is an IO[bytes]
        except RuntimeError as error:  # encryption that the flags did not tell of
            raise EOFError from error

    def side_file(self, name: str) -> bytes | None:
        """A small member's bytes, or None."""
        try:
            member = self._zip.getinfo(name)
            with self._zip.open(member) as file:
                data = file.read(SIDECAR_LIMIT + 1)
        except (KeyError, RuntimeError, *_UNPACK_ERRORS):
            return None
        return data if len(data) <= SIDECAR_LIMIT else None


def _list_size(data: Data) -> int:
    """Bytes of a zip's central directory, before the library reads it whole (APPNOTE.TXT 4.3.14 and 4.3.16)."""
    tail = bytes(data[-(66 << 10) :])
    end = tail.rfind(b"PK\x05\x06")
    large = tail.rfind(b"PK\x06\x06", 0, max(end, 0))
    if large >= 0 and len(tail) >= large + 48:
        return int.from_bytes(tail[large + 40 : large + 48], "little")
    return int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0


class _DataFile(io.RawIOBase):
    """Bytes or a mapping as a file; a mapping itself lacks `seekable` before Python 3.13."""

    def __init__(self, data: Data) -> None:
        self._view = memoryview(data)
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: len(self._view)}[whence]
        if base + offset < 0:
            raise ValueError("negative seek position")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the base class names no type
        piece = self._view[self._position : self._position + len(buffer)]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)


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
            return file.read() if stat.S_ISREG(status.st_mode) and status.st_size <= SIDECAR_LIMIT else None
    except (OSError, ValueError):
        return None


def write_private(path: str | os.PathLike[str], text: str) -> None:
    """Write a text file that appears whole or not at all and that only its owner may read.

    Raises ConnectSamlError with a sentence where it cannot be written.
    """
    target = Path(path)
    try:
        _replace(target, text.encode("utf-8", "backslashreplace"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise ConnectSamlError(f"{label(target)} could not be written: {reason}.") from None


def _replace(target: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:50]}.")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
