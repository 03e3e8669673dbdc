"""The bulk page's state and decisions, without widgets. Work that takes long is given as a function for a thread."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, BinaryIO

from connect_saml_nb import bulk
from connect_saml_nb.bulk import Run, diagnosis_of, inputs_from, summarise
from connect_saml_nb.errors import ConnectSamlError, UserListError
from connect_saml_nb.model.record import replace
from connect_saml_nb.notebook.aws_account import Account
from connect_saml_nb.notebook.bulk import table
from connect_saml_nb.notebook.bulk.audit_model import AuditModel
from connect_saml_nb.notebook.bulk.table import Asked, Row
from connect_saml_nb.notebook.guided.model import UsersFrom
from connect_saml_nb.samples import practice_users, samples
from connect_saml_nb.users import read_user_lists

if TYPE_CHECKING:
    from collections.abc import Callable

    from connect_saml_nb.bulk import Progress, Result, Summary
    from connect_saml_nb.diagnosis import Inputs
    from connect_saml_nb.model.diagnosis import Diagnosis
    from connect_saml_nb.model.users import Users

#: Rows of a page of the table.
PAGE = 100
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


class BulkModel:
    """What the person chose, the run, and what is shown of it."""

    def __init__(self, *, account: Account | None = None, workers: int | None = None) -> None:
        self.account = account or Account()
        self.intake = Intake.PATH
        self.source = ""
        self.folder = f"{_FOLDER}/{datetime.now(UTC):%Y-%m-%d-%H%M}"
        self.users_path = ""
        self.saved: tuple[Users, ...] = ()
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
        self.asked = Asked()
        self.detail: tuple[Row, Diagnosis] | None = None
        self.audit = AuditModel(self)
        self._users_from = {Intake.PATH: UsersFrom.NONE, Intake.SAMPLES: UsersFrom.PRACTICE}
        self._workers = workers
        self._run_lists: tuple[Users, ...] | None = None
        self._told: Inputs | None = None
        self._stop = Event()

    # --- the input -------------------------------------------------------------------------------------------

    def choose_intake(self, intake: str) -> None:
        """Choose where the captures are."""
        self.intake = Intake(intake)

    def set_source(self, text: str) -> None:
        """Name a file, folder, pattern, archive or S3 prefix on the server."""
        self.source = text.strip().strip("\"'").strip()

    def set_folder(self, text: str) -> None:
        """Name the folder of the run."""
        self.folder = text.strip().strip("\"'").strip()
        self.is_forgetting = False

    @property
    def sources(self) -> list[str]:
        """What the run is of."""
        if self.intake is Intake.SAMPLES:
            return [str(sample.path) for sample in samples()]
        return [os.path.expanduser(self.source)] if self.source else []  # noqa: PTH111 - a pattern or an S3 prefix too

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
        waiting = {
            UsersFrom.AWS: "Step 2: click ‘Ask AWS for the users’, or choose to go on without a list.",
            UsersFrom.FILE: "Step 2: give the saved list of users, or choose to go on without a list.",
        }
        no_list = waiting.get(self.users_from, "") if not self.lists else ""
        return tuple(filter(None, (missing if not self.sources else "", no_list)))

    # --- the users -------------------------------------------------------------------------------------------

    @property
    def users_sources(self) -> tuple[UsersFrom, ...]:
        """The sources that fit: practice users belong to the examples."""
        return tuple(s for s in UsersFrom if s is not UsersFrom.PRACTICE or self.intake is Intake.SAMPLES)

    @property
    def users_from(self) -> UsersFrom:
        """The chosen source of users."""
        return self._users_from[self.intake]

    @property
    def lists(self) -> tuple[Users, ...]:
        """The lists that sign-ins are compared with, each with its own instance's."""
        if self.users_from is UsersFrom.PRACTICE:
            return (practice_users(),)
        return {UsersFrom.AWS: self.account.lists, UsersFrom.FILE: self.saved}.get(self.users_from, ())

    def choose_users(self, source: str) -> None:
        """Choose where the users come from."""
        self._users_from[self.intake] = UsersFrom(source)
        if self.users_from is UsersFrom.AWS and not self.account.profiles:
            self.account.look_at_settings()

    def set_users_path(self, path: str) -> None:
        """Name a saved list on the server, or a folder of them: one for each instance."""
        self.users_path = path.strip().strip("\"'").strip()

    def read_users(self) -> None:
        """Read the saved lists on the server. Raises UserListError."""
        if not self.users_path:
            raise UserListError("Enter the path of the saved list first, or of a folder of lists.")
        self._save(read_user_lists(os.path.expanduser(self.users_path)))  # noqa: PTH111 - as above

    def receive_users(self, name: str, file: BinaryIO) -> None:
        """Take a saved list that was dropped or chosen. Raises UserListError."""
        self._save(read_user_lists(file, name=name))

    def _save(self, lists: tuple[Users, ...]) -> None:
        self.saved = lists
        self.choose_users(UsersFrom.FILE)

    def list_instances(self) -> None:
        """Ask AWS for the account's instances. Raises UserListError."""
        self.account.list_instances()

    def ask_aws(self, progress: Callable[[int], None] | None = None) -> None:
        """Ask AWS for the users of the chosen instance. Raises UserListError."""
        self.account.list_users(progress)

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
        self._run_lists, self._told = None, None
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
        self._run_lists, self._told = None, None
        self.results, self.rows = [], []

    # --- what is shown ---------------------------------------------------------------------------------------

    def choose_tab(self, tab: str) -> None:
        """Choose a part of the result."""
        self.tab = Tab(tab)

    def choose_group(self, group: str) -> None:
        """Choose what the sign-ins are grouped by."""
        self.group = group

    def ask(self, **changes: str | int | bool) -> None:
        """Change which rows are shown; the first page of them, unless a page is asked for."""
        self.asked = replace(self.asked, **({"page": 0} | changes))

    def sort(self, key: str) -> None:
        """Sort by a column; the same again turns the order round."""
        self.ask(sort=key, down=not self.asked.down if self.asked.sort == key else False)

    def show_rows(self, **changes: str | bool) -> None:
        """Show exactly these rows in the table: what was asked before is forgotten."""
        self.asked = Asked(**changes)  # type: ignore[arg-type]
        self.tab = Tab.CAPTURES

    @property
    def wanted(self) -> list[Row]:
        """The rows that were asked for, in their order."""
        return table.asked_for(self.rows, self.asked)

    def open_row(self, number: str) -> None:
        """Diagnose the capture of a row again, whole. Raises ConnectSamlError where it is no longer there."""
        row = self.rows[int(number)]
        if self._told is None:
            self._told = inputs_from(self.known_lists)
        self.detail = row, diagnosis_of(self.results[row.result], self._told)

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
