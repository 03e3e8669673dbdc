"""Bytes of any size: in memory while they are few, otherwise mapped from a file.

What has to be unpacked goes to a temporary file that only its owner can read and that has no name, so nothing stays
behind.
"""

from __future__ import annotations

import io
import mmap
import os
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from connect_saml_nb.errors import CaptureError
from connect_saml_nb.io.problems import InputProblem

if TYPE_CHECKING:
    from collections.abc import Buffer, Iterable, Iterator  # type: ignore[attr-defined]

Data: TypeAlias = bytes | mmap.mmap

#: Inputs from this size on (bytes) are mapped instead of read.
MMAP_FROM = 4 << 20
#: The most bytes that an input may have, packed or unpacked.
INPUT_LIMIT = 4 << 30
#: Unpacked bytes for each packed one; judged from `RATIO_FREE` unpacked bytes on. Recorded HARs stay below 60.
RATIO_LIMIT = 200
RATIO_FREE = 64 << 20
#: How many bytes are read at a time.
CHUNK = 1 << 20


class DataFile(io.RawIOBase):
    """Bytes or a mapping as a file, without a copy; a mapping itself lacks `seekable` before Python 3.13."""

    def __init__(self, data: Data) -> None:
        self._view = memoryview(data)
        self._position = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read from anywhere."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place. Raises ValueError where it lies before the beginning."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: len(self._view)}[whence]
        if base + offset < 0:
            raise ValueError("negative seek position")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Buffer) -> int:
        """Fill a buffer as far as there are bytes; how many there were."""
        target = memoryview(buffer)
        piece = self._view[self._position : self._position + len(target)]
        target[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)


def mapped(descriptor: int) -> mmap.mmap:
    """A file's bytes without a copy; on Linux all pages are mapped at once, as all will be read."""
    if hasattr(mmap, "MAP_POPULATE"):
        return mmap.mmap(descriptor, 0, flags=mmap.MAP_SHARED | mmap.MAP_POPULATE, prot=mmap.PROT_READ)
    return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)


def pieces_of(file: BinaryIO, size: int | None = None) -> Iterator[bytes]:
    """A file's bytes from where it stands, a piece at a time; at most `size` of them."""
    left = INPUT_LIMIT + 1 if size is None else size
    while left > 0 and (piece := file.read(min(left, CHUNK))):
        left -= len(piece)
        yield piece.encode("utf-8", "replace") if isinstance(piece, str) else piece


def spool(pieces: Iterable[bytes], packed: int | None = None, limit: int | None = None) -> Data:
    """Gather pieces: in memory while they are few, otherwise mapped from a nameless temporary file.

    `packed` is their size before unpacking. Raises CaptureError beyond `limit` bytes (`INPUT_LIMIT`) and `RATIO_LIMIT`.
    """
    import tempfile  # noqa: PLC0415 - few inputs need it, and start-up should feel instant

    total = 0
    with tempfile.SpooledTemporaryFile(max_size=MMAP_FROM) as file:
        for piece in pieces:
            total += len(piece)
            _check_size(total, packed, limit or INPUT_LIMIT)
            try:
                file.write(piece)
            except OSError:
                raise CaptureError(InputProblem.NO_ROOM(folder=tempfile.gettempdir())) from None
        if total <= MMAP_FROM:
            file.seek(0)
            return file.read()
        file.flush()
        return mapped(file.fileno())


def _check_size(total: int, packed: int | None, limit: int) -> None:
    if total > limit:
        raise too_large()
    if packed is not None and total > RATIO_FREE and total > packed * RATIO_LIMIT:
        raise CaptureError(InputProblem.GROWS(ratio=RATIO_LIMIT))


def too_large() -> CaptureError:
    """The error for an input beyond `INPUT_LIMIT`."""
    return CaptureError(InputProblem.TOO_LARGE(gib=INPUT_LIMIT >> 30))
