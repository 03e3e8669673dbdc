"""A capture's bytes -> Capture. Every exporter's difference is settled here and nowhere else.

Three stages. *Reading* finds the entries: well-formed UTF-8 in one typed pass over the mapped file (msgspec), which
leaves headers, forms and bodies as slices of it; anything else by walking the JSON's brackets. *Building* makes an
Entry of each. *Parts* are read from the slices when asked for.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connect_saml_nb.errors import CaptureError
from connect_saml_nb.har.entries import built
from connect_saml_nb.har.pasted import pasted
from connect_saml_nb.har.problems import FOREIGN, CaptureNote, CaptureProblem, LostPart
from connect_saml_nb.har.reading import BLANK, JSON_START, past, strictly, tolerantly
from connect_saml_nb.har.redaction_note import REDACTION_FIELD, REDACTION_SCHEMA
from connect_saml_nb.io.data import CHUNK, spool
from connect_saml_nb.io.sniff import HEAD, FileKind, kind_of
from connect_saml_nb.io.source import Source, label, open_source, side_file
from connect_saml_nb.io.unpack import gunzip

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

    from connect_saml_nb.har.bodies import Files
    from connect_saml_nb.io.archive import Archive
    from connect_saml_nb.io.data import Data
    from connect_saml_nb.io.source import Input
    from connect_saml_nb.model.capture import Capture

__all__ = [
    "REDACTION_FIELD",
    "REDACTION_SCHEMA",
    "CaptureNote",
    "CaptureProblem",
    "LostPart",
    "Unreadable",
    "read_capture",
    "read_captures",
]

_PACKED = frozenset({FileKind.GZIP, FileKind.ZLIB})  # mitmproxy's `hardump` writes a .zhar file as zlib


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A member of an input that is no capture, and why, as a sentence."""

    name: str
    problem: str


def read_capture(source: Input, *, name: str | None = None) -> Capture:
    """The one capture in a path, bytes or open file: HAR, gzip or zlib of it, zip with one HAR, or pasted SAML.

    Raises CaptureError, with a sentence for the person reading, where there is none or more than one.

    >>> read_capture(b'{"log": {"entries": []}}', name="empty.har").problem
    'The recording holds no entries: open the Network tab before signing in, then export.'
    """
    opened = open_source(source, name)
    if not _is_zip(opened.data):
        return _capture(opened, _folder_files(opened))
    archive = _opened_zip(opened.data)
    members = _hars(archive)
    if len(members) > 1:
        raise CaptureError(CaptureProblem.SEVERAL(name=opened.name, count=len(members)))
    return _member_capture(archive, members[0], opened.name)


def read_captures(source: Input, *, name: str | None = None) -> Iterator[Capture | Unreadable]:
    """Every capture in an input, one at a time; a zip's member that cannot be read gives an Unreadable in its place.

    Raises CaptureError where the input itself cannot be read.

    >>> [type(each).__name__ for each in read_captures("captures.zip")]  # doctest: +SKIP
    ['Capture', 'Unreadable']
    """
    opened = open_source(source, name)
    if not _is_zip(opened.data):
        yield _capture(opened, _folder_files(opened))
        return
    archive = _opened_zip(opened.data)
    for member in _hars(archive):
        called = label(f"{opened.name}/{member.filename}")
        try:
            yield _member_capture(archive, member, called)
        except CaptureError as error:
            yield Unreadable(called, error.problem)


def _opened_zip(data: Data) -> Archive:
    from connect_saml_nb.io.archive import Archive  # noqa: PLC0415 - few inputs need it

    return Archive(data)


def _is_zip(data: Data) -> bool:
    return kind_of(data) is FileKind.ZIP


def _hars(archive: Archive) -> list[zipfile.ZipInfo]:
    """The members of a zip that can be captures. Fiddler's .saz has `raw/`, a Playwright trace `*.trace`."""
    members = archive.members()
    names = [m.filename.lower() for m in members]
    hars = [m for m, n in zip(members, names, strict=True) if n.endswith((".har", ".har.gz", ".zhar"))]
    if hars:
        return hars
    if any(n.startswith("raw/") and n.endswith(("_c.txt", "_s.txt")) for n in names):
        raise CaptureError(CaptureProblem.FIDDLER_ARCHIVE())
    if any(n.endswith(".trace") for n in names):
        raise CaptureError(CaptureProblem.PLAYWRIGHT_TRACE())
    if len(members) != 1:
        raise CaptureError(CaptureProblem.NONE_IN_ZIP())
    return members


def _member_capture(archive: Archive, member: zipfile.ZipInfo, name: str) -> Capture:
    folder = member.filename.rpartition("/")[0]
    data, whole = archive.read(member)
    if _is_zip(data):
        raise CaptureError(CaptureProblem.ZIP_IN_ZIP())

    def files(file: str) -> bytes | None:
        return archive.side_file(f"{folder}/{file}" if folder else file)

    return _capture(Source(label(name), data), files, damaged=not whole)


def _folder_files(opened: Source) -> Files:
    """Playwright's `content: attach` without a zip writes the bodies beside the HAR."""
    path = opened.path
    return lambda file: None if path is None else side_file(path.parent, file)


def _capture(opened: Source, files: Files, *, damaged: bool = False) -> Capture:
    if kind_of(opened.data) in _PACKED:
        data, whole = gunzip(opened.data)
        opened, damaged = Source(opened.name, data), not whole or damaged
    opened, start = _as_utf8(opened)
    start = past(BLANK, opened.data, start)
    head = bytes(opened.data[start : start + HEAD])
    _refuse_foreign(head)
    if not JSON_START.match(head):
        return pasted(opened, start)
    read = strictly(opened.data, start) or tolerantly(opened.data, start)
    if damaged:
        read.notes.append(CaptureNote.PACKED_DAMAGED())
    return built(read, opened, files)


def _refuse_foreign(head: bytes) -> None:
    """Raise CaptureError, with what to do, for what is known not to be a HAR."""
    kind = kind_of(head)
    if kind in FOREIGN:
        raise CaptureError(FOREIGN[kind]())
    if (kind is FileKind.XML or head.startswith(b"<charles-session")) and re.search(
        rb"<(?:charles-session|log)\b", head
    ):
        raise CaptureError(CaptureProblem.XML_LOG())


def _as_utf8(opened: Source) -> tuple[Source, int]:
    """The input in UTF-8 and where its text starts. UTF-16 and UTF-32 are known by their BOM or their zero bytes."""
    head = opened.data[:4]
    if head[:3] == b"\xef\xbb\xbf":  # Fiddler 4 and 5
        return opened, 3
    name = json.detect_encoding(head) if len(head) == 4 else "utf-8"  # noqa: PLR2004 - what detect_encoding looks at
    if name.startswith("utf-8"):
        return opened, 0
    text = spool(_recoded(opened.data, name))
    return Source(opened.name, text, opened.path), 0


def _recoded(data: Data, encoding: str) -> Iterator[bytes]:
    import codecs  # noqa: PLC0415 - rare

    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for start in range(0, len(data), CHUNK):
        yield decoder.decode(data[start : start + CHUNK]).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")
