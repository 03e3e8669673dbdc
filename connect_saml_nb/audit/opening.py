"""An export's bytes as text, a line or a piece at a time: never more of it in memory than one row."""

from __future__ import annotations

import codecs
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.io.data import INPUT_LIMIT
from connect_saml_nb.io.source import label, open_source
from connect_saml_nb.io.unpack import gunzip

if TYPE_CHECKING:
    from collections.abc import Buffer, Iterator  # type: ignore[attr-defined]
    from typing import TextIO

    from connect_saml_nb.io.data import Data
    from connect_saml_nb.io.source import Input

HOW_TO_SAVE = "Export the people of the identity provider as CSV (UTF-8) or JSON."
#: The most characters of a line; a photo in a directory has at most 100 KiB.
LONGEST_LINE = 1 << 20

_MAGIC = (
    (b"PK\x03\x04", "it is a zip file or an Excel workbook. Unpack it, or save the sheet as CSV UTF-8."),
    (b"\xd0\xcf\x11\xe0", "it is an old Excel workbook. Save the sheet as CSV UTF-8."),
    (b"%PDF", f"it is a PDF. {HOW_TO_SAVE}"),
    (b"PAR1", f"it is a Parquet file. {HOW_TO_SAVE}"),
    (b"SQLite format", f"it is a database. {HOW_TO_SAVE}"),
)
_GZIP = b"\x1f\x8b"


def opened(source: Input, name: str | None) -> tuple[str, Data]:
    """What to call it, and its bytes. Raises ConnectSamlError."""
    if isinstance(source, str | os.PathLike):
        _check_path(os.fspath(source))
    found = open_source(source, name)
    data = gunzip(found.data)[0] if found.data[:2] == _GZIP else found.data
    for magic, sentence in _MAGIC:
        if data[: len(magic)] == magic:
            raise ConnectSamlError(f"{found.name}: {sentence}")
    if not data[:4096].strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        raise ConnectSamlError(f"{found.name}: it is empty. {HOW_TO_SAVE}")
    return found.name, data


def _check_path(path: str) -> None:
    """Raise the sentence for what is no file, in the words of an export."""
    try:
        if Path(path).is_dir():
            raise ConnectSamlError(f"{label(path)} is a folder. Name one export in it.")
        if Path(path).is_file() and Path(path).stat().st_size > INPUT_LIMIT:
            raise ConnectSamlError(f"{label(path)} is larger than {INPUT_LIMIT >> 30} GiB. Export fewer columns.")
    except (OSError, ValueError):
        return


class _View(io.RawIOBase):
    """A file over bytes that are somewhere already, without a copy."""

    def __init__(self, data: Data) -> None:
        self._view = memoryview(data)
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        target = memoryview(buffer)
        piece = self._view[self._at : self._at + len(target)]
        target[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def text_of(data: Data, encoding: str) -> TextIO:
    """The text from its beginning, line ends as they are."""
    return io.TextIOWrapper(io.BufferedReader(_View(data), 1 << 20), encoding, errors="replace", newline="")


def lines_of(data: Data, encoding: str) -> Iterator[str]:
    """The lines, with their ends. Raises ConnectSamlError where one is longer than any row of a directory."""
    text = text_of(data, encoding)
    while line := text.readline(LONGEST_LINE):
        if len(line) >= LONGEST_LINE and line[-1] not in "\r\n":
            raise ConnectSamlError(f"it has a line of more than {LONGEST_LINE:,} characters. {HOW_TO_SAVE}")
        yield line


def encoding_of(data: Data) -> tuple[str, tuple[str, ...]]:
    """The encoding, and a note where it is a guess."""
    head = bytes(data[:64])
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", ()
    if len(head) > 1 and not any(head[1::2]) and all(head[0::2]):
        return "utf-16-le", ()
    if len(head) > 1 and not any(head[0::2]) and all(head[1::2]):
        return "utf-16-be", ()
    if _is_utf8(data):
        return "utf-8-sig", ()
    return "cp1252", ("It is not valid UTF-8 and was read as Windows-1252: look at names with accents.",)


def _is_utf8(data: Data) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), 1 << 20):
            decoder.decode(data[start : start + (1 << 20)])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
