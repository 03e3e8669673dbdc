"""A run's tables as DataFrames, CSV, Parquet, Excel and JSON Lines, and its summary as JSON and as one page.

All files are their owner's only. In tables, cells that a spreadsheet would take for a formula or a link are defused,
and control characters are shown as such; `results.jsonl` and DataFrames hold the values as they are.
"""

from __future__ import annotations

import csv
import json
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import msgspec

from connect_saml_nb.bulk.problems import RunProblem
from connect_saml_nb.bulk.results import Duplicates
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.io.problems import InputProblem
from connect_saml_nb.io.spreadsheet import EXCEL_ROWS, Cell, Sheet, csv_cell, csv_text, workbook
from connect_saml_nb.io.write import new_file, write_errors, write_private
from connect_saml_nb.render import tables as frames
from connect_saml_nb.render.tables import BULK_COLUMNS, bulk_frame
from connect_saml_nb.text import escape_formula, printable_json

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator
    from pathlib import Path

    from connect_saml_nb.bulk.results import Result, SignInResult
    from connect_saml_nb.bulk.run import Run
    from connect_saml_nb.bulk.summary import Summary
    from connect_saml_nb.render.tables import Frame

Row: TypeAlias = dict[str, Cell]
#: Takes one result after the other.
Sink: TypeAlias = "Callable[[Result], None]"

#: The columns of the table `sign_ins` that are fields of a SignInResult.
_SIGN_IN_FIELDS = tuple(name for name in BULK_COLUMNS["sign_ins"] if name not in {"capture", "duplicate_of"})


def rows(table: str) -> Callable[[Result], Iterator[Row]]:
    """What makes the rows of one of the tables from results, to be called with one after the other."""
    if table == "sign_ins":
        duplicates = Duplicates()
        return lambda result: _sign_in_rows(result, duplicates)
    return _capture_rows if table == "captures" else _finding_rows


def _capture_rows(result: Result) -> Iterator[Row]:
    yield {
        "capture": result.capture,
        "creator": result.creator or None,
        "verdict": result.verdict,
        "sign_ins": len(result.sign_ins),
        "problem": result.problem,
        "note": result.note,
        "browser": result.browser or None,
        "entries": result.entries,
        "source": result.source,
        "member": result.member or None,
        "size": result.size,
    }


def _sign_in_rows(result: Result, duplicates: Duplicates) -> Iterator[Row]:
    for sign_in in result.sign_ins:
        row = {name: getattr(sign_in, name) for name in _SIGN_IN_FIELDS}
        yield {**row, "capture": result.capture, "duplicate_of": duplicates.first(result, sign_in)}


def _finding_rows(result: Result) -> Iterator[Row]:
    for sign_in in result.sign_ins:
        yield from _findings_of(result.capture, sign_in)


def _findings_of(capture: str, sign_in: SignInResult) -> Iterator[Row]:
    key: Row = {"capture": capture, "sign_in": sign_in.sign_in}
    absent: Row = dict.fromkeys(("severity", "message", "remedy", "verdict"))
    for finding in sign_in.findings:
        yield {**key, "outcome": "found", **asdict(finding)}
    for rule in sign_in.not_checked:
        yield {**key, "rule": rule, "outcome": "not-checked", **absent}
    for rule in sign_in.passed:
        yield {**key, "rule": rule, "outcome": "passed", **absent}


def tables(results: Iterable[Result]) -> dict[str, Frame]:
    """The tables `captures`, `sign_ins` and `findings` as DataFrames, with the types of `BULK_COLUMNS`.

    >>> tables(diagnose_many("captures/", users))["sign_ins"]["verdict"].value_counts()  # doctest: +SKIP
    """
    every = [*results]
    return {table: bulk_frame(table, chain.from_iterable(map(rows(table), every))) for table in BULK_COLUMNS}


# --- files -------------------------------------------------------------------------------------------------

#: What can be written beside CSV, JSON Lines and the page, each with an extra of its own.
EXTRAS = ("excel", "parquet")


def write_all(run: Run, summary: Summary, extras: Container[str] = ()) -> None:
    """Write every output of a run into its folder. Raises ConnectSamlError where that cannot be.

    `extras` are those of `EXTRAS` that are wanted.

    >>> write_all(run, summarise(run.results()), ["excel"])  # doctest: +SKIP
    """
    folder = run.folder
    listed: list[Result] = []
    with ExitStack() as stack:
        sinks = [stack.enter_context(_csv_sink(table, folder / f"{table}.csv")) for table in BULK_COLUMNS]
        sinks.append(stack.enter_context(_jsonl_sink(folder / "results.jsonl")))
        for result in run.results():
            for add in sinks:
                add(result)
            if len(listed) < PAGE_ROWS:
                listed.append(result)
    write_private(folder / "summary.json", to_json(summary))
    write_private(folder / "report.html", to_html(summary, listed))
    for table in BULK_COLUMNS if "parquet" in extras else ():
        write_parquet(run.results(), table, folder / f"{table}.parquet")
    if "excel" in extras:
        write_excel(run.results(), folder / "bulk.xlsx")


def write_csv(results: Iterable[Result], table: str, path: Path) -> None:
    """One table as CSV in UTF-8 with a BOM, which Excel needs to know it. Raises ConnectSamlError."""
    with _csv_sink(table, path) as add:
        for result in results:
            add(result)


@contextmanager
def _csv_sink(table: str, path: Path) -> Iterator[Sink]:
    rows_of, columns = rows(table), BULK_COLUMNS[table]
    with _file(path) as file, csv_text(file) as text:
        writer = csv.writer(text)
        writer.writerow(columns)
        yield lambda result: writer.writerows([csv_cell(row[name]) for name in columns] for row in rows_of(result))


def write_jsonl(results: Iterable[Result], path: Path) -> None:
    """One JSON object for each capture, a line each. Raises ConnectSamlError."""
    with _jsonl_sink(path) as add:
        for result in results:
            add(result)


@contextmanager
def _jsonl_sink(path: Path) -> Iterator[Sink]:
    encode = msgspec.json.Encoder().encode
    with _file(path) as file:

        def add(result: Result) -> None:
            file.write(printable_json(encode(result).decode()).encode() + b"\n")

        yield add


def write_parquet(results: Iterable[Result], table: str, path: Path) -> None:
    """One table as Parquet (extra `parquet`), with the columns' types. Raises ConnectSamlError."""
    each = chain.from_iterable(map(rows(table), results))
    with _file(path) as file:
        frames.write_parquet(file, table, map(_defused, each))


def _defused(row: Row) -> Row:
    return {name: escape_formula(value) if isinstance(value, str) else value for name, value in row.items()}


_MODULES = {"excel": "xlsxwriter", "parquet": "pyarrow"}


def check_extras(extras: Container[str]) -> None:
    """Raise ConnectSamlError where an output is wanted whose extra is missing."""
    for extra, module in _MODULES.items():
        if extra in extras and find_spec(module) is None:
            raise ConnectSamlError(InputProblem.NO_EXTRA(name=extra.capitalize(), extra=extra))


def write_excel(results: Iterable[Result], path: Path) -> None:
    """The tables as sheets of a workbook (extra `excel`), of the findings only what was found.

    Raises ConnectSamlError where they have more rows than Excel takes.
    """
    with _file(path) as file, workbook(file) as book:
        sheets = [(table, Sheet(book, table, columns), rows(table)) for table, columns in BULK_COLUMNS.items()]
        for result in results:
            for table, sheet, rows_of in sheets:
                _add_rows(sheet, table, (row for row in rows_of(result) if row.get("outcome") not in _NOT_FOUND))


_NOT_FOUND = frozenset({"passed", "not-checked"})


def _add_rows(sheet: Sheet, table: str, found: Iterable[Row]) -> None:
    for row in found:
        if sheet.is_full:
            raise ConnectSamlError(RunProblem.EXCEL_ROWS(rows=EXCEL_ROWS, table=table))
        sheet.add(row[name] for name in BULK_COLUMNS[table])


@contextmanager
def _file(path: Path) -> Iterator[BinaryIO]:
    """A file that appears whole or not at all, its owner's only."""
    with write_errors(path, code=RunProblem.OUTPUT_NOT_WRITTEN), new_file(path) as file:
        yield file


# --- the summary -------------------------------------------------------------------------------------------


def to_json(summary: Summary) -> str:
    """The whole summary, with its advice, as JSON."""
    document: dict[str, Any] = {"schema": "connect-saml-nb/bulk-summary/1", "advice": summary.advice}
    document |= msgspec.to_builtins(summary)
    document["several_names"] = [{"person": person, "names": names} for person, names in summary.several_names.items()]
    del document["ranks"]
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return printable_json(text) + "\n"


#: The most captures that the page lists; all are in the tables, and the page says so.
PAGE_ROWS = 10_000


def to_html(summary: Summary, results: Iterable[Result] = ()) -> str:
    """One self-contained page: no script, no request to anywhere."""
    from connect_saml_nb.render import html  # noqa: PLC0415 -- 30 ms that only a page needs

    return html.render("bulk_report.html", s=summary, results=[*islice(results, PAGE_ROWS)])
