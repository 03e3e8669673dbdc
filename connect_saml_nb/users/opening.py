"""A saved list's bytes, from wherever it is, as text."""

from __future__ import annotations

import os
import stat
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from connect_saml_nb.errors import UserListError
from connect_saml_nb.io.source import label
from connect_saml_nb.users.parse import time_of

if TYPE_CHECKING:
    from datetime import datetime

HOW_TO_SAVE = "Make one with: aws connect list-users --instance-id ID --region REGION --output json > users.json"

MOST_BYTES = 128 << 20


def opened(source: str | os.PathLike[str] | bytes | BinaryIO) -> tuple[bytes, str, datetime | None]:
    """The bytes (at most one more than allowed), a name and the time of the file."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source[: MOST_BYTES + 1]), "user list", None
    if isinstance(source, str | os.PathLike):
        return _opened_path(source)
    try:
        raw: object = source.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UserListError(f"The user list could not be read ({type(error).__name__}).") from None
    name = getattr(source, "name", None)
    shown = Path(name).name if isinstance(name, str) else "user list"
    return raw if isinstance(raw, bytes) else str(raw).encode(errors="replace"), shown, None


def _opened_path(source: str | os.PathLike[str]) -> tuple[bytes, str, datetime | None]:
    path = Path(source)
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            raw = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise UserListError(f"There is no file {label(path)}. Check the path of the user list.") from None
    except IsADirectoryError:
        raise UserListError(f"{label(path)} is a folder. Name one user list in it.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise UserListError(f"{label(path)} could not be read: {reason}.") from None
    made = time_of(status.st_mtime) if stat.S_ISREG(status.st_mode) else None
    return raw, path.name, made


_TOO_BIG = f"it is larger than {MOST_BYTES >> 20} MiB, so it is no list of Connect users. {HOW_TO_SAVE}"


def inflated(raw: bytes) -> bytes:
    """The bytes, decompressed where they are gzip."""
    if len(raw) > MOST_BYTES:
        raise UserListError(_TOO_BIG)
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    parts: list[bytes] = []
    room = MOST_BYTES
    while raw.startswith(b"\x1f\x8b"):  # a gzip file may hold several members
        part, raw = _member(raw, room + 1)
        room -= len(part)
        if room < 0:
            raise UserListError(_TOO_BIG)
        parts.append(part)
    return b"".join(parts)


def _member(raw: bytes, most: int) -> tuple[bytes, bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        part = unpacker.decompress(raw, most)
    except zlib.error:
        raise UserListError(f"its compressed content is damaged. {HOW_TO_SAVE}") from None
    if not unpacker.eof and len(part) < most:
        raise UserListError(f"its compressed content is cut off. {HOW_TO_SAVE}")
    return part, unpacker.unused_data


#: First bytes of files that people give by mistake.
_MAGIC = (
    (b"PK\x03\x04", "it is a zip file or an Excel workbook. Unpack it, or save the sheet as CSV."),
    (b"\xd0\xcf\x11\xe0", "it is an old Excel workbook. Save the sheet as CSV."),
    (b"%PDF", f"it is a PDF. {HOW_TO_SAVE}"),
)


def decoded(raw: bytes) -> tuple[str, list[str]]:
    """The text and notes on it."""
    for magic, sentence in _MAGIC:
        if raw.startswith(magic):
            raise UserListError(sentence)
    try:
        return raw.decode(_encoding(raw)).removeprefix("\ufeff"), []
    except UnicodeDecodeError:
        note = "The list is not valid UTF-8 and was read as Windows-1252: look at names with accents."
        return raw.decode("cp1252", errors="replace"), [note]


def _encoding(raw: bytes) -> str:
    """UTF-16 where a byte order mark or the zero bytes of ASCII text say so (Windows PowerShell 5.1's `>`)."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = raw[:64]
    if len(head) > 1 and not any(head[1::2]) and all(head[0::2]):
        return "utf-16-le"
    return "utf-16-be" if len(head) > 1 and not any(head[0::2]) and all(head[1::2]) else "utf-8"
