"""The bulk notebook: many captures -> who fails, why, and what fixes most; and the directory audit.

`BulkModel` holds the state and decides, without widgets; `BulkView` shows it; `show()` puts both on the page. What
takes long runs in a thread beside the kernel's, so that the page answers and can stop it.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from connect_saml_nb.notebook import users_panel, widgets
from connect_saml_nb.notebook.aws_account import Account
from connect_saml_nb.notebook.bulk import panels
from connect_saml_nb.notebook.bulk.model import BulkModel, Intake, Tab
from connect_saml_nb.notebook.bulk.table import RowFilter
from connect_saml_nb.notebook.users_panel import UsersFrom
from connect_saml_nb.render.html import render

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Account", "BulkModel", "BulkView", "show"]

_EXPORT_WORDS = {
    "invite": "Drop the identity provider’s export here, or",
    "choose": "Choose a file…",
    "accept": ".csv,.json,.jsonl,.ldif,.ldf,.txt,.gz",
}


class BulkPanel(widgets.Panel):
    """A panel with what this page's tables and charts need."""

    _css = widgets.style("bulk/bulk.css")


class BulkView(widgets.View):
    """The page: panels and uploads. Each handler calls the model once; `refresh` shows what it says."""

    def __init__(self, model: BulkModel) -> None:
        super().__init__(BulkPanel)
        self.model = model
        self._thread: threading.Thread | None = None
        self._job = ""
        follow, click, read, boundary = self.follow, self.click, self.read, self.boundary
        self.head = BulkPanel(boundary)
        self.intake = BulkPanel(
            boundary, fields={"intake": read(Intake, model.choose_intake), "source": follow(model.set_source)}
        )
        self.users = BulkPanel(
            boundary,
            actions={
                "list": click(model.account.list_instances),
                "ask": click(self._list_users),
                "read": click(model.read_users),
            },
            fields=users_panel.users_fields(self, model),
        )
        self.users_upload = widgets.Upload(boundary, follow(model.receive_users), users_panel.UPLOAD_WORDS)
        self.run = BulkPanel(
            boundary,
            actions={
                "begin": widgets.press(partial(self._start, model.begin)),
                "go_on": widgets.press(partial(self._start, model.go_on)),
                "stop": widgets.press(model.stop),
                "forget": follow(lambda answer: model.forget(surely=answer == "surely")),
            },
            fields={"folder": follow(model.set_folder)},
        )
        self.result = BulkPanel(
            boundary,
            actions={
                "tab": read(Tab, model.choose_tab),
                "show": read(RowFilter.read, model.show_rows, "result/result"),
                "open": read(int, model.open_row, "detail/detail"),
                "sort": follow(model.sort),
                "page": read(int, lambda page: model.change_filter(page=page)),
                "ungroup": click(lambda: model.change_filter(group="", value="")),
                "find_text": follow(lambda text: model.show_rows(RowFilter(text=text)), "result/result"),
                "clocks": click(lambda: model.show_rows(RowFilter(sort="clock", down=True))),
                "output": lambda name: self._save(name, model.output, self.result),
            },
            fields={
                "group": follow(model.choose_group),
                "find": follow(lambda text: model.change_filter(text=text)),
                "verdict": follow(lambda verdict: model.change_filter(verdict=verdict)),
            },
        )
        self.detail = BulkPanel(
            boundary,
            actions={
                "close": click(model.close_row, "result/result"),
                "users": widgets.press(lambda: self.users.goto("users")),
            },
        )
        audit = model.audit
        self.audit_input = BulkPanel(
            boundary,
            actions={"compare": widgets.press(self._compare), "audit_stop": widgets.press(audit.stop)},
            fields={
                "audit_path": follow(audit.set_path),
                "audit_column": follow(audit.choose_column),
                "audit_list": read(int, audit.choose_list),
            },
        )
        self.export_upload = widgets.Upload(boundary, follow(audit.receive), _EXPORT_WORDS)
        self.audit = BulkPanel(
            boundary,
            actions={
                "audit_part": follow(audit.choose_part),
                "audit_page": read(int, audit.turn),
                "audit_output": lambda form: self._save(form, audit.output, self.audit),
            },
            fields={"audit_find": follow(audit.set_text)},
        )
        self.lay_out(
            *(self.head, self.intake, self.users, self.users_upload, self.run, self.alert, self.result),
            *(self.detail, self.audit_input, self.export_upload, self.audit),
        )

    def close(self) -> None:
        """Stop what runs, and take the page away, in the browser too."""
        self.model.stop()
        self.model.audit.stop()
        self.wait()
        super().close()

    # Handlers.

    @property
    def is_busy(self) -> bool:
        """Whether a run or a comparison is at work."""
        return bool(self._job)

    def _start(self, begin: Callable[[], None]) -> None:
        if not self.is_busy:
            self.follow(begin)()
            self._in_thread("run", lambda: self.model.work(self._show_progress), "result")

    def _compare(self) -> None:
        if not self.is_busy:
            self.follow(self.model.audit.begin)()
            self._in_thread("audit", lambda: self.model.audit.work(self._show_audit_progress), "audit")

    def _save(self, name: str, make: Callable[[str], tuple[str, bytes]], panel: BulkPanel) -> None:
        """Let the browser save an output; a large one takes a while."""
        if self.is_busy:
            self._alert(widgets.notice("Wait until what is at work is done, then save.", "warn"))
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
        self.refresh()  # before the thread begins: what it shows at its end must not be overwritten
        self._thread = threading.Thread(target=go, daemon=True, name="connect-saml")
        self._thread.start()

    def wait(self, seconds: float = 30) -> None:
        """Wait until nothing is at work."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(seconds)

    def _show_progress(self) -> None:
        self.run.show(panels.run_panel(self.model, is_busy=True))

    def _show_audit_progress(self) -> None:
        self.audit_input.show(panels.audit_input_panel(self.model.audit, is_busy=True))

    def _list_users(self) -> None:
        self.model.ask_aws(lambda count: self._show_users(f"AWS is answering: {count:,} users so far …"))

    def _show_users(self, progress: str = "") -> None:
        self.users.show(users_panel.users_panel(self.model, progress))

    # What the panels show.

    def refresh(self) -> None:
        """Show what the model says."""
        model, is_audit = self.model, self.model.tab is Tab.AUDIT
        job = self._job
        self.head.show_of((), lambda: render("bulk/head.html"))
        self.intake.show(render("bulk/intake.html", model=model))
        self._show_users()
        widgets.show_if(self.users_upload, is_shown=model.users_from is UsersFrom.FILE)
        self.run.show(panels.run_panel(model, is_busy=job == "run"))
        self.result.show(panels.result_panel(model, is_saving=job == "save"))
        self.detail.show(panels.detail_panel(model))
        audit_input = panels.audit_input_panel(model.audit, is_busy=job == "audit") if is_audit else ""
        self.audit_input.show(audit_input)
        widgets.show_if(self.export_upload, is_shown=is_audit)
        self.audit.show(panels.audit_panel(model.audit) if is_audit else "")


#: What AWS answered, kept while the kernel runs: running the cell again does not ask again.
_ACCOUNT = Account()


def show() -> None:
    """Show the bulk page in the notebook; an earlier one is closed, and what it was doing is stopped."""
    widgets.show_view(BulkView, lambda: BulkModel(account=_ACCOUNT))
