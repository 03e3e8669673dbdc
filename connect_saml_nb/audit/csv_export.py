"""CSV of any dialect, as identity providers, PowerShell, csvde and Excel write it."""

from __future__ import annotations

import csv
import itertools
import re
from functools import partial
from typing import TYPE_CHECKING

from connect_saml_nb.audit.columns import is_known
from connect_saml_nb.audit.opening import LONGEST_LINE, lines_of
from connect_saml_nb.audit.problems import ExportNote, ExportProblem
from connect_saml_nb.audit.values import Table
from connect_saml_nb.errors import ConnectSamlError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect_saml_nb.audit.values import Row
    from connect_saml_nb.io.data import Data

_DELIMITERS = ",;\t|"
#: Lines before the header: Excel's `sep=;`, PowerShell's `#TYPE …`, the `version:v1.0` of Entra's bulk templates.
_PREAMBLE = re.compile(r"\s*(?:sep=.\s*|#TYPE .*|\"?version:v[0-9.]+\"?[,;\s]*)?", re.IGNORECASE)
_MOST_PREAMBLE = 20
_MOST_COLUMNS = 2_000
#: A quoted cell with more lines than any address or note has: its quotation mark is not closed.
_MOST_LINES = 200
#: The spelling by which Excel is kept from changing a cell: `="00123"`.
_KEPT_TEXT = re.compile(r'="([^"]*)"')


def csv_table(data: Data, encoding: str) -> Table:
    """The table in a CSV. Raises ConnectSamlError where it has none."""
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))  # its own, 128 KiB, is less than a photo in csvde's
    skipped = _preamble(data, encoding)
    delimiter, first = _header(data, encoding, skipped)
    headed = _is_header(first)
    columns = _names(first) if headed else tuple(f"column {i + 1}" for i in range(len(first)))
    known = not headed or any(map(is_known, first))
    notes = () if known else (ExportNote.FIRST_LINE_NAMES(columns=", ".join(columns[:8])),)
    return Table(columns, partial(_rows, data, encoding, delimiter, skipped, headed), notes=notes)


def _preamble(data: Data, encoding: str) -> int:
    """How many lines stand before the header."""
    lines = itertools.islice(lines_of(data, encoding), _MOST_PREAMBLE)
    return sum(1 for _ in itertools.takewhile(lambda line: _PREAMBLE.fullmatch(line.rstrip("\r\n")), lines))


def _header(data: Data, encoding: str, skipped: int) -> tuple[str, list[str]]:
    """The delimiter that gives the most known names, or otherwise the most cells, and the first row."""
    found = [(d, _first(data, encoding, d, skipped)) for d in _DELIMITERS]
    delimiter, cells = max(found, key=lambda pair: (sum(map(is_known, pair[1])), len(pair[1])))
    if not cells or len(cells) > _MOST_COLUMNS:
        raise ConnectSamlError(ExportProblem.NO_TABLE())
    return delimiter, cells


def _first(data: Data, encoding: str, delimiter: str, skipped: int) -> list[str]:
    lines = itertools.islice(lines_of(data, encoding), skipped, skipped + _MOST_PREAMBLE)
    try:
        return next(csv.reader(lines, delimiter=delimiter), [])
    except csv.Error:
        return []


def _is_header(cells: Sequence[str]) -> bool:
    """Whether the first row names columns: no cell of a header is a mail address."""
    return any(map(is_known, cells)) or not any("@" in cell for cell in cells)


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    """The columns' names as they can be shown, no two alike."""
    names: dict[str, None] = {}
    for number, cell in enumerate(cells, 1):
        plain = " ".join("".join(c if c.isprintable() else " " for c in cell[:200]).split())
        name = plain or f"column {number}"
        names[name if name not in names else f"{name} ({number})"] = None
    return tuple(names)


def _rows(data: Data, encoding: str, delimiter: str, skipped: int, headed: bool) -> Iterator[Row]:  # noqa: FBT001
    """The rows under the header; a row of another width than the header's is as it is."""
    quotes = [0]
    counted = _counting(itertools.islice(lines_of(data, encoding), skipped, None), quotes)
    reader = csv.reader(counted, delimiter=delimiter)
    line, width, cells = skipped + 1, 0, [""]
    try:
        for number, cells in enumerate(reader, skipped + 1):
            start, line = line, skipped + reader.line_num + 1
            width = width or len(cells)
            if line - start > _MOST_LINES or (len(cells) < width and line - start > 1):
                raise _not_closed(start)
            if any(cells) and number > skipped + headed:
                yield number, cells
    except csv.Error:
        raise _not_closed(line) from None
    if len(cells) < width and quotes[0] % 2:
        raise _not_closed(line - 1)


def _counting(lines: Iterator[str], quotes: list[int]) -> Iterator[str]:
    """The lines, with the number of quotation marks in the last one."""
    for line in lines:
        quotes[0] = line.count('"')
        yield line


def _not_closed(line: int) -> ConnectSamlError:
    return ConnectSamlError(ExportProblem.QUOTE_NOT_CLOSED(line=line))


def cell_text(cell: str) -> str:
    """A cell's text without the spelling that keeps Excel from changing it."""
    if cell.startswith('="') and (literal := _KEPT_TEXT.fullmatch(cell)):
        return literal[1]
    return cell
