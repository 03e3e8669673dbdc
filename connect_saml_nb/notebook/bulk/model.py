"""The bulk page's state and decisions, without widgets. Work that takes long is given as a function for a thread."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb import bulk
from connect_saml_nb.bulk import Run, diagnosis_of, inputs_from, summarise
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.model.record import replace
from connect_saml_nb.notebook.aws_account import Account
from connect_saml_nb.notebook.bulk import table
from connect_saml_nb.notebook.bulk.audit_model import AuditModel
from connect_saml_nb.notebook.bulk.table import Row, RowFilter
from connect_saml_nb.notebook.users_panel import UsersModel
from connect_saml_nb.notebook.widgets import clean_path
from connect_saml_nb.samples import samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from connect_saml_nb.bulk import Progress, Result, Summary
    from connect_saml_nb.diagnosis import Inputs
    from connect_saml_nb.model.diagnosis import Diagnosis
    from connect_saml_nb.model.users import Users

_FOLDER = "~/connect-saml-runs"
_FOLDERS_SHOWN = 50


class Intake(StrEnum):
    """Where the captures are."""

    PATH = "path"
    SAMPLES = "samples"


class Tab(StrEnum):
    """The parts of the result."""

    SUMMARY = "summary"
    CAPTURES = "captures"
    PEOPLE = "people"
    CLOCKS = "clocks"
    AUDIT = "audit"
    OUTPUTS = "outputs"


class StoppedError(Exception):
    """The person stopped the work."""


class Detail(NamedTuple):
    """The row that is open, and its whole diagnosis."""

    row: Row
    diagnosis: Diagnosis


class BulkModel(UsersModel):
    """What the person chose, the run, and what is shown of it."""

    def __init__(self, *, account: Account | None = None, workers: int | None = None) -> None:
        super().__init__(account or Account())
        self.intake = Intake.PATH
        self.source = ""
        self.folder = f"{_FOLDER}/{datetime.now(UTC):%Y-%m-%d-%H%M}"
        self.run: Run | None = None
        self.progress: Progress | None = None
        self.is_stopped = False
        self.is_forgetting = False
        self.results: list[Result] = []
        self.rows: list[Row] = []
        self.common = ""
        self.summary: Summary | None = None
        self.tab = Tab.SUMMARY
        self.group = "identity provider"
        self.row_filter = RowFilter()
        self.detail: Detail | None = None
        self.audit = AuditModel(self)
        self._workers = workers
        self._run_lists: tuple[Users, ...] | None = None
        self._inputs: Inputs | None = None
        self._stop = Event()

    # --- the input -------------------------------------------------------------------------------------------

    @property
    def is_sample(self) -> bool:
        """Whether the bundled examples are looked at."""
        return self.intake is Intake.SAMPLES

    def choose_intake(self, intake: Intake) -> None:
        """Choose where the captures are."""
        self.intake = intake

    def set_source(self, text: str) -> None:
        """Name a file, folder, pattern, archive or S3 prefix on the server."""
        self.source = clean_path(text)

    def set_folder(self, text: str) -> None:
        """Name the folder of the run."""
        self.folder = clean_path(text)
        self.is_forgetting = False

    @property
    def sources(self) -> list[str]:
        """What the run is of."""
        if self.intake is Intake.SAMPLES:
            return [str(sample.path) for sample in samples()]
        return [self.source] if self.source else []

    @property
    def path(self) -> Path:
        """The folder of the run, as the system knows it."""
        return Path(os.path.expanduser(self.folder or _FOLDER))  # noqa: PTH111 - an impossible path must not raise

    @property
    def known_run(self) -> Run | None:
        """The run that is in the folder already, or None."""
        try:
            return Run.open(self.path)
        except (ConnectSamlError, ValueError):
            return None

    @property
    def known_folders(self) -> tuple[str, ...]:
        """The folders beside this one that hold a run, the newest first."""
        try:
            found = [path.parent for path in self.path.parent.glob(f"*/{bulk.MANIFEST}")]
            newest = sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)
        except (OSError, ValueError):
            return ()
        return tuple(str(path) for path in newest[:_FOLDERS_SHOWN])

    @property
    def blockers(self) -> tuple[str, ...]:
        """What is missing before a run can begin, as sentences."""
        missing = "Step 1: enter the folder, pattern or archive that holds the captures."
        return tuple(filter(None, (missing if not self.sources else "", self.users_blocker)))

    # --- the run ---------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Begin a run in the folder. Raises ConnectSamlError where that cannot be."""
        if self.blockers:
            raise ConnectSamlError(self.blockers[0])
        inputs = inputs_from(self.lists)
        self._begun(Run.begin(self.path, self.sources, inputs))

    def go_on(self) -> None:
        """Go on with the run that is in the folder. Raises ConnectSamlError where there is none."""
        self._begun(Run.open(self.path))

    def _begun(self, run: Run) -> None:
        self.run, self.progress, self.is_stopped = run, None, False
        self.summary, self.detail = None, None
        self.results, self.rows = [], []
        self._run_lists, self._inputs = None, None
        self._stop.clear()

    def work(self, tell: Callable[[], object]) -> None:
        """Do the run, and then take its results in; for a thread. `tell` is called when there is something to show.

        What was done before a stop is taken in too. Raises ConnectSamlError where it cannot go on.
        """
        if self.run is None:
            return

        def report(progress: Progress) -> None:
            self.progress = progress
            if self._stop.is_set():
                raise StoppedError
            tell()

        try:
            self.run.go(workers=self._workers, progress=report)
        except StoppedError:
            self.is_stopped = True
        finally:
            self.take_in()

    def stop(self) -> None:
        """Stop the work; what is done is kept."""
        self._stop.set()

    def take_in(self) -> None:
        """Show what the run has so far."""
        if self.run is not None:
            self.summary = summarise(self.run.results())
            self.results = [table.slim(result) for result in self.run.results()]
            self.rows = table.rows_of(self.results)
            self.common = table.common_folder([result.source for result in self.results])

    def forget(self, *, surely: bool = False) -> None:
        """Remove the run in the folder and its outputs: asked once, done when asked again."""
        if not surely:
            self.is_forgetting = True
            return
        Run.open(self.path).forget()
        self.is_forgetting = False
        self.run, self.summary, self.detail, self.progress = None, None, None, None
        self._run_lists, self._inputs = None, None
        self.results, self.rows = [], []

    # --- what is shown ---------------------------------------------------------------------------------------

    def choose_tab(self, tab: Tab) -> None:
        """Choose a part of the result."""
        self.tab = tab

    def choose_group(self, group: str) -> None:
        """Choose what the sign-ins are grouped by."""
        self.group = group

    @property
    def shown_group(self) -> str:
        """What the sign-ins are grouped by, of what there is."""
        return self.group if self.group in bulk.GROUPS else bulk.GROUPS[0]

    def change_filter(self, **changes: str | int | bool) -> None:
        """Change which rows are shown; the first page of them, unless a page is asked for."""
        self.row_filter = replace(self.row_filter, **({"page": 0} | changes))

    def sort(self, key: str) -> None:
        """Sort by a column; the same again turns the order round."""
        self.change_filter(sort=key, down=not self.row_filter.down if self.row_filter.sort == key else False)

    def show_rows(self, row_filter: RowFilter) -> None:
        """Show exactly these rows in the table: what was asked before is forgotten."""
        self.row_filter = row_filter
        self.tab = Tab.CAPTURES

    @property
    def matching(self) -> list[Row]:
        """The rows that were asked for, in their order."""
        return table.matching_rows(self.rows, self.row_filter)

    def open_row(self, number: int) -> None:
        """Diagnose the capture of a row again, whole. Raises ConnectSamlError where it is no longer there."""
        row = self.rows[number]
        if self._inputs is None:
            self._inputs = inputs_from(self.known_lists)
        self.detail = Detail(row, diagnosis_of(self.results[row.result], self._inputs))

    @property
    def known_lists(self) -> tuple[Users, ...]:
        """The lists that the run was judged with, else those of step 2."""
        if self._run_lists is None and self.run is not None:
            self._run_lists = self.run.users()
        return self._run_lists or self.lists

    def close_row(self) -> None:
        """Show the capture no longer."""
        self.detail = None

    # --- outputs ---------------------------------------------------------------------------------------------

    def output(self, name: str) -> tuple[str, bytes]:
        """One of the outputs: a file's name and its bytes. Raises ConnectSamlError where it cannot be made."""
        if self.run is None or self.summary is None:
            raise ConnectSamlError("There is no run yet: begin one first.")
        if name == "summary.json":
            return name, bulk.to_json(self.summary).encode()
        if name == "report.html":
            return name, bulk.to_html(self.summary, self.run.results()).encode("utf-8", "backslashreplace")
        with tempfile.TemporaryDirectory(prefix="connect-saml-") as folder:
            path = Path(folder) / name
            self._write(self.run, path)
            return name, path.read_bytes()

    @staticmethod
    def _write(run: Run, path: Path) -> None:
        if path.suffix == ".csv":
            bulk.write_csv(run.results(), path.stem, path)
        elif path.suffix == ".parquet":
            bulk.write_parquet(run.results(), path.stem, path)
        elif path.suffix == ".jsonl":
            bulk.write_jsonl(run.results(), path)
        else:
            bulk.write_excel(run.results(), path)
