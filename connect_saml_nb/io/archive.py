"""A zip of captures, or Playwright's zip of a capture and its bodies."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
from typing import TYPE_CHECKING

from connect_saml_nb.errors import CaptureError
from connect_saml_nb.io.data import DataFile, pieces_of
from connect_saml_nb.io.problems import InputProblem
from connect_saml_nb.io.source import SIDE_FILE_LIMIT
from connect_saml_nb.io.unpack import UNPACK_ERRORS, unpack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.io.data import Data

#: The most bytes of a zip's list of members: some 100,000 members.
ZIP_LIST_LIMIT = 8 << 20
#: What the library raises on a damaged zip; RuntimeError is encryption that the flags do not show.
_DAMAGE = (*UNPACK_ERRORS, zipfile.BadZipFile, lzma.LZMAError, struct.error, RuntimeError)


class Archive:
    """A zip. Its members' names are labels; nothing is ever written under them.

    Raises CaptureError where it is damaged or lists too many members.
    """

    def __init__(self, data: Data) -> None:
        if _list_size(data) > ZIP_LIST_LIMIT:
            raise CaptureError(InputProblem.ZIP_TOO_MANY())
        try:
            self._zip = zipfile.ZipFile(io.BufferedReader(DataFile(data)))
        except _DAMAGE:
            raise CaptureError(InputProblem.ZIP_DAMAGED()) from None

    def members(self) -> list[zipfile.ZipInfo]:
        """The members that are files, in the zip's order, without macOS' own extras."""
        named = ((m, m.filename) for m in self._zip.infolist())
        return [m for m, name in named if name and not name.endswith("/") and not name.startswith("__MACOSX/")]

    def read(self, member: zipfile.ZipInfo) -> tuple[Data, bool]:
        """A member's bytes and whether they are whole. Raises CaptureError where it cannot be unpacked."""
        if member.flag_bits & 1:
            raise CaptureError(InputProblem.ZIP_PASSWORD())
        return unpack(self._pieces(member), max(member.compress_size, 1))

    def _pieces(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        try:
            with self._zip.open(member) as file:
                yield from pieces_of(file)  # type: ignore[arg-type]  # ZipExtFile is an IO[bytes]
        except _DAMAGE as error:
            raise EOFError from error

    def side_file(self, name: str) -> bytes | None:
        """A small member's bytes, or None."""
        try:
            member = self._zip.getinfo(name)
            with self._zip.open(member) as file:
                data = file.read(SIDE_FILE_LIMIT + 1)
        except (KeyError, *_DAMAGE):
            return None
        return data if len(data) <= SIDE_FILE_LIMIT else None


def _list_size(data: Data) -> int:
    """Bytes of a zip's central directory, before the library reads it whole (APPNOTE.TXT 4.3.14 and 4.3.16)."""
    tail = bytes(data[-(66 << 10) :])
    end = tail.rfind(b"PK\x05\x06")
    large = tail.rfind(b"PK\x06\x06", 0, max(end, 0))
    if large >= 0 and len(tail) >= large + 48:
        return int.from_bytes(tail[large + 40 : large + 48], "little")
    return int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0
