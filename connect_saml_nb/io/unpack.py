"""Unpacks gzip, zlib and raw deflate, within limits."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from connect_saml_nb.errors import CaptureError
from connect_saml_nb.io.data import CHUNK, spool
from connect_saml_nb.io.problems import InputProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.io.data import Data

#: What unpacking raises on damaged input.
UNPACK_ERRORS = (zlib.error, EOFError, OSError, ValueError, OverflowError)
#: The most parts of a gzip.
_PART_LIMIT = 10_000
_GZIP_CHUNK = 16 << 10


def unpack(pieces: Iterator[bytes], packed: int, limit: int | None = None) -> tuple[Data, bool]:
    """What comes out of a packed input, and whether it is whole (False: it is damaged or cut off after that).

    Raises CaptureError where nothing comes out or it is too large (`spool`).
    """
    whole = True

    def until_damage() -> Iterator[bytes]:
        nonlocal whole
        try:
            yield from pieces
        except UNPACK_ERRORS:
            whole = False

    data = spool(until_damage(), packed, limit)
    if not whole and not data:
        raise CaptureError(InputProblem.DAMAGED())
    return data, whole


def gunzip(data: Data, limit: int | None = None) -> tuple[Data, bool]:
    """What a gzip or a zlib stream holds, and whether it is whole. Raises CaptureError as `unpack`.

    >>> gunzip(zlib.compress(b"{}"))
    (b'{}', True)
    """
    return unpack(_gunzip(data), len(data), limit)


def _gunzip(data: Data) -> Iterator[bytes]:
    view, position = memoryview(data), 0
    for _ in range(_PART_LIMIT):
        engine = zlib.decompressobj(wbits=47)  # RFC 1952, a chain of parts; or one of RFC 1950
        while not engine.eof:
            if position >= len(view):
                raise EOFError
            piece = view[position : position + _GZIP_CHUNK]
            yield engine.decompress(piece, CHUNK)
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
