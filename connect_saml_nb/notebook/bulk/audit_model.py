"""The directory audit as a part of the bulk page: its state and decisions, without widgets."""

from __future__ import annotations

import tempfile
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeAlias

from connect_saml_nb import audit
from connect_saml_nb.audit import Failing, Shared, Unreached
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.io.source import open_source
from connect_saml_nb.model.users import User
from connect_saml_nb.notebook.widgets import clean_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from connect_saml_nb.audit import Audit, Export
    from connect_saml_nb.io.data import Data
    from connect_saml_nb.model.users import Users
    from connect_saml_nb.notebook.bulk.table import Row

Line: TypeAlias = Failing | Unreached | Shared | User
_FILES = {"csv": "audit.csv", "json": "audit.json", "excel": "audit.xlsx"}


class StoppedError(Exception):
    """The person stopped the comparison."""


class Beside(Protocol):
    """What an audit takes from the page around it."""

    @property
    def known_lists(self) -> tuple[Users, ...]:
        """The lists of Connect users."""
        ...

    @property
    def rows(self) -> Sequence[Row]:
        """The sign-ins of the run."""
        ...


class AuditModel:
    """The export, the column, the list of users, and what came of comparing them."""

    def __init__(self, page: Beside) -> None:
        self._page = page
        self.path = ""
        self.column = ""
        self.list_number = 0
        self.export: Export | None = None
        self.audit: Audit | None = None
        self.read = 0
        self.part = ""
        self.text = ""
        self.at = 0
        self._name = ""
        self._big: Data | None = None
        self._stop = Event()

    @property
    def blockers(self) -> tuple[str, ...]:
        """What is missing before the comparison, as sentences."""
        users = "Give the Connect users in step 2 above: the audit compares the export with them."
        export = "Drop or choose the identity provider’s export, or enter its path."
        return tuple(filter(None, ("" if self._page.known_lists else users, "" if self._name or self.path else export)))

    @property
    def received(self) -> str:
        """What the export that was dropped or chosen is called; empty where there is none."""
        return self._name

    @property
    def seen(self) -> frozenset[str]:
        """The RoleSessionNames that the run's captures show."""
        return frozenset(row.name for row in self._page.rows if row.name)

    @property
    def users(self) -> Users | None:
        """The list that the export is compared with."""
        lists = self._page.known_lists
        return lists[min(self.list_number, len(lists) - 1)] if lists else None

    @property
    def lists(self) -> tuple[Users, ...]:
        """The lists to choose from."""
        return self._page.known_lists

    def set_path(self, path: str) -> None:
        """Name the export on the server; it takes the place of one that was dropped."""
        self.path = clean_path(path)
        if self.path:
            self._name, self._big = "", None
        self._forget()

    def receive(self, name: str, file: BinaryIO) -> None:
        """Take an export that was dropped or chosen."""
        self._big, self._name, self.path = open_source(file, name).data, name, ""
        self._forget()

    def _forget(self) -> None:
        self.export, self.audit, self.column, self.read = None, None, "", 0

    def choose_column(self, column: str) -> None:
        """Name the claim's column; empty to find it out."""
        self.column = column
        self.audit = None

    def choose_list(self, number: int) -> None:
        """Choose one of several lists of users."""
        self.list_number = number
        self.audit = None

    def begin(self) -> None:
        """Make ready. Raises ConnectSamlError where something is missing."""
        if self.blockers:
            raise ConnectSamlError(self.blockers[0])
        self._stop.clear()
        self.read, self.audit, self.part, self.text, self.at = 0, None, "", "", 0

    def work(self, tell: Callable[[], object]) -> None:
        """Compare; for a thread. `tell` is called now and then. Raises ConnectSamlError where it is no export."""
        users = self.users
        if users is None:
            return

        def report(count: int) -> None:
            self.read = count
            if self._stop.is_set():
                raise StoppedError
            tell()

        source = self._big if self._big is not None else self.path
        try:
            export = audit.read_export(
                source, users, column=self.column or None, seen=self.seen, name=self._name or None
            )
            self.export = export
            self.audit = audit.audit(export, users, progress=report)
        except StoppedError:
            self.audit = None

    def stop(self) -> None:
        """Stop the comparison."""
        self._stop.set()

    # What is shown.

    def choose_part(self, part: str) -> None:
        """Choose which lines are shown: a verdict, `nobody`, `shared` or `duplicate`; empty for all who fail."""
        self.part, self.at = part, 0

    def set_text(self, text: str) -> None:
        """Show only lines that hold this text."""
        self.text, self.at = text, 0

    def turn(self, page: int) -> None:
        """Show another page."""
        self.at = max(0, page)

    @property
    def chosen(self) -> Sequence[Line]:
        """The lines that are to be shown, of whatever kind, all pages."""
        found = self.audit
        if found is None:
            return ()
        kinds: dict[str, Sequence[Line]] = {"nobody": found.unreached, "shared": found.shared}
        kinds["duplicate"] = [user for group in found.duplicates for user in group]
        lines = kinds.get(self.part, found.failing)
        if self.part and self.part not in kinds:
            lines = [failing for failing in found.failing if failing.verdict == self.part]
        wanted = self.text.casefold()
        return [line for line in lines if wanted in _name_of(line).casefold()] if wanted else lines

    def output(self, form: str) -> tuple[str, bytes]:
        """The audit as a file: its name and its bytes. Raises ConnectSamlError where there is none yet."""
        if self.audit is None:
            raise ConnectSamlError("Compare first: there is nothing to save yet.")
        with tempfile.TemporaryDirectory(prefix="connect-saml-") as folder:
            path = Path(folder) / _FILES[form]
            audit.write(self.audit, path, form)
            return path.name, path.read_bytes()


def _name_of(line: Line) -> str:
    """What a line is found by."""
    if isinstance(line, Failing):
        return f"{line.person.name}\n{line.person.label}"
    return line.user.username if isinstance(line, Unreached) else line.username
