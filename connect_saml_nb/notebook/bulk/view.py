"""The bulk notebook: many captures -> who fails, why, and what fixes most; and the directory audit.

`BulkModel` holds the state and decides, without widgets; `BulkView` shows it; `show()` puts both on the page. What
takes long runs in a thread beside the kernel's, so that the page answers and can stop it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, BinaryIO, cast

import IPython.display

from connect_saml_nb.notebook import components, result, users_panel, widgets
from connect_saml_nb.notebook.aws_account import Account
from connect_saml_nb.notebook.bulk import audit_panels, panels
from connect_saml_nb.notebook.bulk.model import BulkModel, Tab
from connect_saml_nb.notebook.guided.model import UsersFrom

if TYPE_CHECKING:
    from collections.abc import Callable

    from connect_saml_nb.notebook.bulk.table import Row

__all__ = ["Account", "BulkModel", "BulkView", "show"]

_HEAD = """
<p>Give a folder, an archive or tickets with <strong>many recordings</strong> (HAR files), say where the
<strong>Connect users</strong> are, and read which causes there are, how many people each concerns, and
<strong>what fixes most of them</strong>. Every sign-in can be opened with its whole diagnosis.</p>
<p class="cs-quiet">The recordings are read on the machine on which this notebook runs and are sent nowhere. What is
shown here is not saved with the notebook.</p>
"""
_USERS_WORDS = {"invite": "Drop the saved list here, or", "choose": "Choose a file…", "accept": ".json,.csv,.txt,.gz"}
_EXPORT_WORDS = {
    "invite": "Drop the identity provider’s export here, or",
    "choose": "Choose a file…",
    "accept": ".csv,.json,.jsonl,.ldif,.ldf,.txt,.gz",
}


class BulkPanel(widgets.Panel):
    """A panel with what this page's tables and charts need."""

    _css = widgets.style("bulk/bulk.css")


class BulkView:
    """The page: panels and uploads. Each handler calls the model once; `refresh` shows what it says."""

    def __init__(self, model: BulkModel) -> None:
        self.model = model
        self.boundary = widgets.Boundary(self._alert)
        self._thread: threading.Thread | None = None
        self._job = ""
        then = self._then
        self.head = BulkPanel(self.boundary)
        self.intake = BulkPanel(
            self.boundary, fields={"intake": then(model.choose_intake), "source": then(model.set_source)}
        )
        self.users = BulkPanel(
            self.boundary,
            actions={
                "list": then(lambda _: model.list_instances()),
                "ask": then(lambda _: model.ask_aws(self._counted)),
                "read": then(lambda _: model.read_users()),
            },
            fields={
                "users": then(model.choose_users),
                "users_path": then(model.set_users_path),
                "instance": then(model.account.set_instance),
                "alias": then(model.account.choose_instance),
                "region": then(model.account.set_region),
                "profile": then(model.account.set_profile),
            },
        )
        self.users_upload = widgets.Upload(self.boundary, self._received_users, _USERS_WORDS)
        self.run = BulkPanel(
            self.boundary,
            actions={
                "begin": lambda _: self._start(model.begin),
                "go_on": lambda _: self._start(model.go_on),
                "stop": lambda _: model.stop(),
                "forget": then(lambda sure: model.forget(surely=sure == "surely")),
            },
            fields={"folder": then(model.set_folder)},
        )
        self.alert = BulkPanel(self.boundary)
        self.result = BulkPanel(
            self.boundary,
            actions={
                "tab": then(model.choose_tab),
                "show": self._show,
                "open": self._open,
                "sort": then(model.sort),
                "page": then(lambda page: model.ask(page=int(page))),
                "ungroup": then(lambda _: model.ask(group="", value="")),
                "find_text": self._find_text,
                "clocks": then(lambda _: model.show_rows(sort="clock", down=True)),
                "output": lambda name: self._save(name, model.output, self.result),
            },
            fields={
                "group": then(model.choose_group),
                "find": then(lambda text: model.ask(text=text)),
                "verdict": then(lambda verdict: model.ask(verdict=verdict)),
            },
        )
        self.detail = BulkPanel(
            self.boundary, actions={"close": self._close_row, "users": lambda _: self.users.goto("users")}
        )
        audit = model.audit
        self.audit_input = BulkPanel(
            self.boundary,
            actions={"compare": lambda _: self._compare(), "audit_stop": lambda _: audit.stop()},
            fields={
                "audit_path": then(audit.set_path),
                "audit_column": then(audit.choose_column),
                "audit_list": then(audit.choose_list),
            },
        )
        self.export_upload = widgets.Upload(self.boundary, self._received_export, _EXPORT_WORDS)
        self.audit = BulkPanel(
            self.boundary,
            actions={
                "audit_part": then(audit.choose_part),
                "audit_page": then(audit.turn),
                "audit_output": lambda form: self._save(form, audit.output, self.audit),
            },
            fields={"audit_find": then(audit.set_text)},
        )
        self.widget = widgets.Page(
            [
                *(self.head, self.intake, self.users, self.users_upload, self.run, self.alert, self.result),
                *(self.detail, self.audit_input, self.export_upload, self.audit),
            ]
        )
        self.refresh()

    def close(self) -> None:
        """Stop what runs, and take the page away, in the browser too."""
        self.model.stop()
        self.model.audit.stop()
        self.wait()
        for part in (*self.widget.children, self.widget):
            part.close()

    # Handlers.

    def _then(self, do: Callable[[str], object]) -> Callable[[str], None]:
        return widgets.following(do, self.refresh)

    @property
    def is_busy(self) -> bool:
        """Whether a run or a comparison is at work."""
        return bool(self._job)

    def _start(self, begin: Callable[[], None]) -> None:
        if not self.is_busy:
            self._then(lambda _: begin())("")
            self._in_thread("run", lambda: self.model.work(self._show_progress), "result")

    def _compare(self) -> None:
        if not self.is_busy:
            self._then(lambda _: self.model.audit.begin())("")
            self._in_thread("audit", lambda: self.model.audit.work(self._show_audit_progress), "audit")

    def _save(self, name: str, make: Callable[[str], tuple[str, bytes]], panel: BulkPanel) -> None:
        """Let the browser save an output; a large one takes a while."""
        if self.is_busy:
            self._alert(components.notice("Wait until what is at work is done, then save."))
        else:
            self._in_thread("save", lambda: panel.download(*make(name)))

    def _in_thread(self, job: str, work: Callable[[], None], place: str = "") -> None:
        """Work beside the kernel's own thread; what goes wrong there ends at the same boundary."""

        def go() -> None:
            with self.boundary.guard():
                try:
                    work()
                finally:
                    self._job = ""
                    self.refresh()
                if place:
                    self.result.goto(place)

        self._job = job
        self._thread = threading.Thread(target=go, daemon=True, name="connect-saml")
        self._thread.start()
        self.refresh()

    def wait(self, seconds: float = 30) -> None:
        """Wait until nothing is at work."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(seconds)

    def _show_progress(self) -> None:
        self.run.show(panels.run_html(self.model, is_busy=True))

    def _show_audit_progress(self) -> None:
        self.audit_input.show(audit_panels.input_html(self.model.audit, is_busy=True))

    def _counted(self, count: int) -> None:
        self.users.show(users_panel.users_html(self.model, f"AWS is answering: {count:,} users so far …"))

    def _received_users(self, name: str, file: BinaryIO) -> None:
        self._then(lambda _: self.model.receive_users(name, file))("")

    def _received_export(self, name: str, file: BinaryIO) -> None:
        self._then(lambda _: self.model.audit.receive(name, file))("")

    def _show(self, wanted: str) -> None:
        kind, _, name = wanted.partition(":")
        asked = {"verdict": name} if kind == "verdict" else {"group": kind, "value": name}
        self._then(lambda _: self.model.show_rows(**asked))("")
        self.result.goto("result")

    def _find_text(self, text: str) -> None:
        self._then(lambda _: self.model.show_rows(text=text))("")
        self.result.goto("result")

    def _open(self, number: str) -> None:
        self._then(self.model.open_row)(number)
        self.detail.goto("detail")

    def _close_row(self, _: str) -> None:
        self._then(lambda _: self.model.close_row())("")
        self.result.goto("result")

    def _alert(self, html: str) -> None:
        self.alert.show(f'<div role="alert" data-at="alert" tabindex="-1">{html}</div>' if html else "")
        if html:
            self.alert.goto("alert")

    # What the panels show.

    def refresh(self) -> None:
        """Show what the model says."""
        model, is_audit = self.model, self.model.tab is Tab.AUDIT
        job = self._job
        self.head.show(_HEAD)
        self.intake.show(panels.intake_html(model))
        self.users.show(users_panel.users_html(model))
        _show_if(self.users_upload, is_shown=model.users_from is UsersFrom.FILE)
        self.run.show(panels.run_html(model, is_busy=job == "run"))
        self.result.show(panels.result_html(model, is_saving=job == "save"))
        self.detail.show(self._detail_html())
        asked = audit_panels.input_html(model.audit, is_busy=job == "audit") if is_audit else ""
        self.audit_input.show(asked)
        _show_if(self.export_upload, is_shown=is_audit)
        self.audit.show(audit_panels.audit_html(model.audit) if is_audit else "")

    def _detail_html(self) -> str:
        opened = self.model.detail
        if opened is None or self.model.tab is not Tab.CAPTURES:
            return ""
        row, diagnosis = opened
        close = panels.act("Close it, back to the table", "close")
        shown = result.result([diagnosis], _place(row))
        return f'<div class="cs-detail"><p data-at="detail" tabindex="-1">{close}</p>{shown}{close}</div>'


def _place(row: Row) -> tuple[int, int]:
    return (0, row.sign_in)


def _show_if(widget: widgets.Upload, *, is_shown: bool) -> None:
    widget.layout.display = "" if is_shown else "none"


#: What AWS answered, kept while the kernel runs: running the cell again does not ask again.
_ACCOUNT = Account()
_SHOWN: list[BulkView] = []


def show() -> None:
    """Show the bulk page in the notebook; an earlier one is closed, and what it was doing is stopped."""
    while _SHOWN:
        _SHOWN.pop().close()
    _SHOWN.append(BulkView(BulkModel(account=_ACCOUNT)))
    display = cast("Callable[[object], None]", IPython.display.display)
    display(_SHOWN[0].widget)
