"""A zip of captures, or Playwright's zip of a capture and its bodies."""

from __future__ import annotations

import io
import lzma
import os
import struct
import zipfile
from typing import TYPE_CHECKING

from connect_saml_nb.errors import CaptureError
from connect_saml_nb.io import sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.io.sources import Data

#: The most bytes of a zip's list of members: some 100,000 members.
ZIP_LIST_LIMIT = 8 << 20
#: What the library raises on a damaged zip; RuntimeError is encryption that the flags did not tell of.
_DAMAGE = (*sources.UNPACK_ERRORS, zipfile.BadZipFile, lzma.LZMAError, struct.error, RuntimeError)


class Archive:
    """A zip. Its members' names are labels; nothing is ever written under them."""

    def __init__(self, data: Data) -> None:
        if _list_size(data) > ZIP_LIST_LIMIT:
            raise CaptureError("The zip has too many members: put only the captures into it.")
        try:
            self._zip = zipfile.ZipFile(io.BufferedReader(_DataFile(data)))
        except _DAMAGE:
            raise CaptureError("The zip is damaged or cut off: get a fresh copy of it, or unpack it first.") from None

    def members(self) -> list[zipfile.ZipInfo]:
        """The members that are files, in the zip's order, without macOS' own extras."""
        named = ((m, m.filename) for m in self._zip.infolist())
        return [m for m, name in named if name and not name.endswith("/") and not name.startswith("__MACOSX/")]

    def read(self, member: zipfile.ZipInfo) -> tuple[Data, bool]:
        """A member's bytes and whether they are whole. Raises CaptureError where it cannot be unpacked."""
        if member.flag_bits & 1:
            raise CaptureError("The zip is protected with a password: unpack it first.")
        return sources.unpack(self._pieces(member), max(member.compress_size, 1))

    def _pieces(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        try:
            with self._zip.open(member) as file:
                yield from sources.pieces_of(file)  # type: ignore[arg-type]  # ZipExtFile is an IO[bytes]
        except _DAMAGE as error:
            raise EOFError from error

    def side_file(self, name: str) -> bytes | None:
        """A small member's bytes, or None."""
        try:
            member = self._zip.getinfo(name)
            with self._zip.open(member) as file:
                data = file.read(sources.SIDECAR_LIMIT + 1)
        except (KeyError, *_DAMAGE):
            return None
        return data if len(data) <= sources.SIDECAR_LIMIT else None


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
