"""An export's bytes as text, a line or a piece at a time: never more of it in memory than one row."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from connect_saml_nb.audit.problems import ExportProblem
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.io.data import INPUT_LIMIT
from connect_saml_nb.io.sniff import FileKind, kind_of, text_stream
from connect_saml_nb.io.source import label, open_source
from connect_saml_nb.io.unpack import gunzip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.io.data import Data
    from connect_saml_nb.io.source import Input

#: The most characters of a line; a photo in a directory has at most 100 KiB.
LONGEST_LINE = 1 << 20
_FOREIGN = {
    FileKind.EMPTY: ExportProblem.EMPTY,
    FileKind.ZIP: ExportProblem.ZIP,
    FileKind.OFFICE: ExportProblem.OFFICE,
    FileKind.PDF: ExportProblem.PDF,
    FileKind.PARQUET: ExportProblem.PARQUET,
    FileKind.SQLITE: ExportProblem.SQLITE,
    FileKind.HTML: ExportProblem.WEB_PAGE,
    FileKind.XML: ExportProblem.WEB_PAGE,
}


def opened(source: Input, name: str | None) -> tuple[str, Data]:
    """What to call an export, and its bytes. Raises ConnectSamlError."""
    if isinstance(source, str | os.PathLike):
        _check_path(os.fspath(source))
    found = open_source(source, name)
    data = gunzip(found.data)[0] if kind_of(found.data) is FileKind.GZIP else found.data
    problem = _FOREIGN.get(kind) if (kind := kind_of(data)) else None
    if problem:
        raise ConnectSamlError(ConnectSamlError(problem()).about(found.name))
    return found.name, data


def _check_path(path: str) -> None:
    """Raise a helpful error for a folder or a file that is too large, in the words of an export."""
    try:
        if Path(path).is_dir():
            raise ConnectSamlError(ExportProblem.FOLDER(path=label(path)))
        if Path(path).is_file() and Path(path).stat().st_size > INPUT_LIMIT:
            raise ConnectSamlError(ExportProblem.TOO_LARGE(path=label(path), gib=INPUT_LIMIT >> 30))
    except (OSError, ValueError):
        return


def lines_of(data: Data, encoding: str) -> Iterator[str]:
    """The lines, with their ends. Raises ConnectSamlError where one is longer than any row of a directory."""
    text = text_stream(data, encoding)
    while line := text.readline(LONGEST_LINE):
        if len(line) >= LONGEST_LINE and line[-1] not in "\r\n":
            raise ConnectSamlError(ExportProblem.LONG_LINE(characters=LONGEST_LINE))
        yield line
