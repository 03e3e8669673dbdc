"""Archives and mails: what is in them, without writing anything under a name that they chose.

MemberNames of members are labels only. What grows beyond measure is refused.
"""

from __future__ import annotations

import bz2
import email
import gzip
import io
import lzma
import tarfile
import zlib
from contextlib import contextmanager
from email import policy
from email.errors import MessageError
from email.header import decode_header, make_header
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from connect_saml_nb.bulk.problems import ItemProblem
from connect_saml_nb.errors import CaptureError
from connect_saml_nb.io.archive import Archive
from connect_saml_nb.io.data import CHUNK, RATIO_FREE, RATIO_LIMIT, DataFile
from connect_saml_nb.io.sniff import FileKind, kind_of
from connect_saml_nb.io.unpack import UNPACK_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    from connect_saml_nb.errors import Problem
    from connect_saml_nb.io.data import Data

#: What unpacking a tar raises on damaged input.
DAMAGE = (*UNPACK_ERRORS, tarfile.TarError, lzma.LZMAError, zlib.error)
#: The most bytes of a member of a packed tar; it is held in memory on its way to a worker.
MEMBER_LIMIT = 64 << 20
#: The most bytes of a mail, and the most parts of one or members of a nested archive.
MAIL_LIMIT = 256 << 20
PARTS_LIMIT = 10_000
#: How deep an archive or mail may stand in another.
DEPTH_LIMIT = 4
_HEADER_LIMIT = 1 << 20

_PACKED_TAR = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_CAPTURES = (".har", ".har.gz", ".zhar", ".saz")
_BOXES = (".zip", ".tar", *_PACKED_TAR, ".eml")


def is_wanted(name: str) -> bool:
    """Whether a file is taken for a capture, an archive or a mail, by its name; macOS' own extras are not."""
    lower = name.lower()
    own = lower.rpartition("/")[2]
    return lower.endswith((*_CAPTURES, *_BOXES)) and not own.startswith("._") and not lower.startswith("__macosx/")


def is_archive(name: str) -> bool:
    """Whether it is by its name something that can hold several captures, other than a plain zip of them."""
    return name.lower().endswith((".tar", *_PACKED_TAR, ".eml"))


def is_packed_tar(name: str) -> bool:
    """Whether it is by its name a tar that was packed as a whole."""
    return name.lower().endswith(_PACKED_TAR)


def is_mixed(data: Data) -> bool:
    """Whether the bytes are a zip that holds archives or mails."""
    if kind_of(data) is not FileKind.ZIP:
        return False
    try:
        names = [member.filename for member in Archive(data).members()]
    except CaptureError:
        return False
    return any(name.lower().endswith(_BOXES) for name in names)


def too_many() -> Problem:
    """The problem of what holds captures without end."""
    return ItemProblem.TOO_MANY_MEMBERS(most=PARTS_LIMIT)


def too_large() -> Problem:
    """The problem of a member beyond `MEMBER_LIMIT`."""
    return ItemProblem.MEMBER_TOO_LARGE(mib=MEMBER_LIMIT >> 20)


class MemberNames:
    """The names of an archive's or a mail's members, no two alike: the second `a.har` is called `a (2).har`."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def own(self, name: str) -> str:
        """The name of the next member, which no other one has."""
        if name not in self._given:
            self._given[name] = 1
            return name
        stem, ending = _split(name)
        while True:
            self._given[name] += 1
            distinct = f"{stem} ({self._given[name]}){ending}"
            if distinct not in self._given:
                self._given[distinct] = 1
                return distinct


def _split(name: str) -> tuple[str, str]:
    """A name, and the ending by which it is known."""
    lower = name.lower()
    ending = next((e for e in sorted((*_CAPTURES, *_BOXES), key=len, reverse=True) if lower.endswith(e)), "")
    at = len(name) - len(ending)
    return name[:at], name[at:]


# --- tar ---------------------------------------------------------------------------------------------------


def tar_members(file: BinaryIO) -> Iterator[tarfile.TarInfo]:
    """The regular files in a tar, in its order. Raises CaptureError where it is damaged."""
    try:
        with tarfile.open(fileobj=_Careful(file), mode="r:") as tar:
            yield from each_member(tar)
    except DAMAGE:
        raise CaptureError(ItemProblem.ARCHIVE_DAMAGED()) from None


def each_member(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The regular files; links, devices and sparse files are no captures."""
    while (member := tar.next()) is not None:
        tar.members.clear()  # type: ignore[attr-defined] # it would keep them all
        if member.isreg() and not member.issparse():
            yield member


class _Careful(io.RawIOBase):
    """A file for `tarfile`, read forwards only; refuses headers that would be read whole into memory."""

    def __init__(self, file: BinaryIO, packed: int | None = None) -> None:
        self._file = file
        self._packed = packed
        self._position = 0
        self.limit = _HEADER_LIMIT

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == 0 and self._packed is None:
            self._position = self._file.seek(offset)
            return self._position
        if whence != 0 or offset < self._position:
            raise OSError("read forwards only")
        while self._position < offset and self._take(min(CHUNK, offset - self._position)):
            pass
        return self._position

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= self.limit:
            raise CaptureError(ItemProblem.ARCHIVE_HEADER())
        pieces: list[bytes] = []
        while size > 0 and (piece := self._take(min(size, CHUNK))):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def _take(self, size: int) -> bytes:
        piece = self._file.read(size)
        self._position += len(piece)
        if self._packed is not None and self._position > max(RATIO_FREE, self._packed * RATIO_LIMIT):
            raise CaptureError(ItemProblem.ARCHIVE_GROWS())
        return piece


@contextmanager
def unpacked(path: str, size: int) -> Iterator[tuple[tarfile.TarFile, _Careful]]:
    """A packed tar, unpacked as it is read, together with the stream that it is read from."""
    with open(path, "rb") as raw:  # noqa: PTH123 - a path as text
        stream = _Careful(_unpacker(path, raw), size)
        with tarfile.open(fileobj=stream, mode="r:") as tar:
            yield tar, stream


def _unpacker(name: str, raw: BinaryIO) -> BinaryIO:
    lower = name.lower()
    if lower.endswith((".bz2", ".tbz2")):
        return bz2.BZ2File(raw)  # type: ignore[return-value] # a binary file in all but name
    if lower.endswith((".xz", ".txz")):
        return lzma.LZMAFile(raw)  # type: ignore[return-value] # as above
    return gzip.GzipFile(fileobj=raw)  # type: ignore[return-value] # as above


def member_bytes(tar: tarfile.TarFile, member: tarfile.TarInfo, stream: _Careful) -> bytes | None:
    """A member's bytes, or None where they are too many."""
    if member.size > MEMBER_LIMIT:
        return None
    stream.limit = MEMBER_LIMIT
    try:
        file = tar.extractfile(member)
        return file.read() if file else b""
    finally:
        stream.limit = _HEADER_LIMIT


# --- what is inside, for a worker --------------------------------------------------------------------------


def inside(name: str, data: Data) -> Iterator[tuple[str, Data | None]]:
    """The name and the bytes of everything wanted in a mail or an archive; None for what is too large.

    Raises CaptureError where it is damaged, and where nothing wanted is in it.
    """
    lower, found, names = name.lower(), 0, MemberNames()
    each = _attachments(data) if lower.endswith(".eml") else _tar(lower, data) if is_archive(lower) else _zip(data)
    for found, (inner, part) in enumerate(each, 1):
        if found > PARTS_LIMIT:
            raise CaptureError(too_many())
        yield names.own(inner), part
    if not found:
        raise CaptureError(ItemProblem.NONE_IN_ARCHIVE())


def _tar(lower: str, data: Data) -> Iterator[tuple[str, Data | None]]:
    raw = io.BufferedReader(DataFile(data))
    stream = _Careful(_unpacker(lower, raw), len(data)) if is_packed_tar(lower) else _Careful(raw)
    try:
        with tarfile.open(fileobj=stream, mode="r:") as tar:
            for member in each_member(tar):
                if is_wanted(member.name):
                    yield member.name, member_bytes(tar, member, stream)
    except DAMAGE:
        raise CaptureError(ItemProblem.ARCHIVE_DAMAGED()) from None


def _zip(data: Data) -> Iterator[tuple[str, Data | None]]:
    archive = Archive(data)
    for member in archive.members():
        if is_wanted(member.filename):
            yield member.filename, archive.read(member)[0]


def _attachments(data: Data) -> Iterator[tuple[str, Data | None]]:
    if len(data) > MAIL_LIMIT:
        raise CaptureError(ItemProblem.MAIL_TOO_LARGE(mib=MAIL_LIMIT >> 20))
    try:
        mail = email.message_from_bytes(bytes(data), policy=policy.compat32)
        for part in islice(mail.walk(), PARTS_LIMIT):
            name = _file_name(part)
            if is_wanted(name) and not part.is_multipart():
                payload = part.get_payload(decode=True)
                yield name, payload if isinstance(payload, bytes) else b""
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError):
        raise CaptureError(ItemProblem.MAIL_DAMAGED()) from None


def _file_name(part: Message) -> str:
    """An attachment's name, decoded where it is an encoded word of RFC 2047, as mail programs write it."""
    name = part.get_filename() or ""
    if "=?" not in name:
        return name
    try:
        return str(make_header(decode_header(name)))
    except (MessageError, ValueError, LookupError):
        return name
