"""What a file is, by its first bytes, and in which encoding its text stands."""

from __future__ import annotations

import codecs
import io
import re
from enum import StrEnum
from typing import TYPE_CHECKING

from connect_saml_nb.io.data import CHUNK, DataFile

if TYPE_CHECKING:
    from typing import TextIO

    from connect_saml_nb.io.data import Data


class FileKind(StrEnum):
    """Kinds of files that are known by how they begin."""

    EMPTY = "empty"
    GZIP = "gzip"
    ZLIB = "zlib"
    ZIP = "zip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "zstd"
    SEVEN_ZIP = "7z"
    RAR = "RAR"
    PDF = "PDF"
    PICTURE = "picture"
    OFFICE = "Office document of before 2007"
    PARQUET = "Parquet"
    SQLITE = "SQLite"
    PACKETS = "packet capture"
    PROPERTY_LIST = "property list"
    HTML = "HTML"
    XML = "XML"


_MAGIC = (
    (b"\x1f\x8b", FileKind.GZIP),  # RFC 1952
    *((start, FileKind.ZLIB) for start in (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")),  # RFC 1950
    (b"PK\x03\x04", FileKind.ZIP),
    (b"PK\x05\x06", FileKind.ZIP),  # an empty one
    (b"BZh", FileKind.BZIP2),
    (b"\xfd7zXZ", FileKind.XZ),
    (b"\x28\xb5\x2f\xfd", FileKind.ZSTD),
    (b"7z\xbc\xaf", FileKind.SEVEN_ZIP),
    (b"Rar!", FileKind.RAR),
    (b"%PDF", FileKind.PDF),
    (b"\x89PNG", FileKind.PICTURE),
    (b"\xff\xd8\xff", FileKind.PICTURE),  # JPEG
    (b"\xd0\xcf\x11\xe0", FileKind.OFFICE),
    (b"PAR1", FileKind.PARQUET),
    (b"SQLite", FileKind.SQLITE),
    (b"\x0a\x0d\x0d\x0a", FileKind.PACKETS),  # pcapng
    (b"\xd4\xc3\xb2\xa1", FileKind.PACKETS),  # pcap
    (b"bplist", FileKind.PROPERTY_LIST),
)
_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body|meta|script|div|form)\b", re.IGNORECASE | re.DOTALL
)
#: How many bytes are looked at.
HEAD = 4096
_BLANK = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"


def kind_of(data: Data | memoryview) -> FileKind | None:
    """What bytes are by how they begin; None for text and what is not known.

    >>> kind_of(b"%PDF-1.7"), kind_of(b'{"log": {}}')
    (<FileKind.PDF: 'PDF'>, None)
    """
    head = bytes(data[:HEAD])
    kind = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
    if kind is not None:
        return kind
    if not head.strip(_BLANK):
        return FileKind.EMPTY
    if _HTML.match(head):
        return FileKind.HTML
    return FileKind.XML if head.lstrip(_BLANK).startswith(b"<?xml") else None


def encoding_of(data: Data) -> tuple[str, bool]:
    """The encoding of a text, and whether it is a guess: what is neither UTF-16 nor valid UTF-8 is Windows-1252.

    UTF-16 is known by its byte order mark or the zero bytes of ASCII text (Windows PowerShell 5.1's `>`).

    >>> encoding_of("é".encode("cp1252"))
    ('cp1252', True)
    """
    head = bytes(data[:64])
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", False
    if len(head) > 1 and not any(head[1::2]) and all(head[0::2]):
        return "utf-16-le", False
    if len(head) > 1 and not any(head[0::2]) and all(head[1::2]):
        return "utf-16-be", False
    return ("utf-8-sig", False) if _is_utf8(data) else ("cp1252", True)


def _is_utf8(data: Data) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), CHUNK):
            decoder.decode(data[start : start + CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def text_stream(data: Data, encoding: str) -> TextIO:
    """The text from its beginning, line ends as they are; never more of it in memory than a piece."""
    return io.TextIOWrapper(io.BufferedReader(DataFile(data), CHUNK), encoding, errors="replace", newline="")
