"""The training notebook: short lessons, and practice cases whose cause the trainee names before the toolkit does.

`TrainingModel` holds the state, the cases and their answers, without widgets; `TrainingView` shows what is due;
`show()` puts both on the page.
"""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, BinaryIO, cast

import IPython.display

from connect_saml_nb.notebook import widgets
from connect_saml_nb.notebook.training import panels
from connect_saml_nb.notebook.training.model import Mode, TrainingModel
from connect_saml_nb.render.html import Markup, render
from connect_saml_nb.training import topics

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Mode", "TrainingModel", "TrainingView", "show"]

_CSS = files("connect_saml_nb.notebook.training").joinpath("training.css").read_text(encoding="utf-8")
_SESSION_WORDS = {"invite": "Drop session.json here, or", "choose": "Choose a file…", "accept": ".json"}
_RESULT_WORDS = {
    "invite": "Drop the result files here, or",
    "choose": "Choose files…",
    "several": "yes",
    "accept": ".json",
}


class TrainingPanel(widgets.Panel):
    """A panel with the training page's own looks."""

    _css = widgets.Panel._css + _CSS  # noqa: SLF001 -- anywidget's name for it


class TrainingView:
    """The page: panels and uploads. Each handler calls the model once; `refresh` shows what it says."""

    def __init__(self, model: TrainingModel) -> None:
        self.model = model
        self.boundary = widgets.Boundary(self._alert)
        then, trainer = self._then, model.trainer
        self.head = TrainingPanel(self.boundary, fields={"mode": then(model.choose_mode)})
        self.lesson = TrainingPanel(
            self.boundary,
            actions={"lesson": then(model.choose_lesson, self._to_lesson), "turn": then(model.turn, self._to_slide)},
            fields={"slides": then(model.show_slides)},
        )
        self.room = TrainingPanel(
            self.boundary,
            actions={
                "join": lambda _: self._join(),
                "leave": then(lambda _: model.leave()),
                "export": lambda _: self.room.download(*model.export()),
            },
            fields={"name": then(model.set_name), "code": self._typed},
        )
        self.session_upload = widgets.Upload(self.boundary, self._session_given, _SESSION_WORDS)
        self.case = TrainingPanel(
            self.boundary,
            actions={
                "case": then(model.choose_case, self._to_case),
                "other": then(lambda _: model.other_cases(), self._to_case),
                "file": lambda which: self.case.download(*model.file(which)),
            },
            fields={"level": then(model.choose_level), "manual": then(model.show_manual)},
        )
        self.alert = TrainingPanel(self.boundary)
        self.answer = TrainingPanel(
            self.boundary,
            actions={
                "check": then(lambda _: model.check(), self._to_remarks),
                "hint": then(lambda _: model.hint(), lambda: self.answer.goto("hint")),
                "reveal": then(lambda _: model.reveal(), self._to_remarks),
                "case": then(model.choose_case, self._to_case),
                "lesson": then(model.choose_lesson, self._to_lesson),
            },
            fields={part: then(partial(model.answer, part)) for part in ("cause", "entry", "attribute", "user", "fix")},
        )
        self.trainer = TrainingPanel(
            self.boundary,
            actions={
                "handout": lambda _: self.trainer.download(*trainer.handout()),
                "answers": lambda _: self.trainer.download(*trainer.answers()),
                "pack": lambda which: self.trainer.download(*trainer.pack(which)),
                "computer": then(lambda _: trainer.check_computer()),
            },
            fields={
                **{f"topic-{n}": then(partial(trainer.choose_topic, topic)) for n, topic in enumerate(topics(), 1)},
                **{f"train_{name}": then(partial(trainer.set_number, name)) for name in ("level", "count", "seed")},
            },
        )
        self.results_upload = widgets.Upload(self.boundary, self._result_given, _RESULT_WORDS)
        self.results = TrainingPanel(
            self.boundary, actions={"csv": lambda _: self.results.download(*trainer.room_csv())}
        )
        self.foot = TrainingPanel(self.boundary, actions={"reset": then(lambda _: model.reset())})
        self._code = ""
        self.widget = widgets.Page(
            [
                self.head,
                self.room,
                self.session_upload,
                self.lesson,
                self.trainer,
                self.results_upload,
                self.results,
                self.case,
                self.answer,
                self.alert,
                self.foot,
            ]
        )
        self.refresh()

    def close(self) -> None:
        """Take the page away, in the browser too."""
        for part in (*self.widget.children, self.widget):
            part.close()

    # Handlers.

    def _then(self, do: Callable[[str], object], after: Callable[[], None] | None = None) -> Callable[[str], None]:
        """Make a handler; `after` is done where the model did it."""

        def handle(text: str) -> None:
            try:
                do(text)
            finally:
                self.refresh()
            if after:
                after()

        return handle

    def _typed(self, code: str) -> None:
        self._code = code

    def _join(self) -> None:
        self._then(lambda _: self.model.join(self._code), self._to_case)("")

    def _session_given(self, _: str, file: BinaryIO) -> None:
        self._then(lambda _: self.model.receive_session(file), self._to_case)("")

    def _result_given(self, name: str, file: BinaryIO) -> None:
        is_added = self.results_upload.is_added
        self._then(lambda _: self.model.trainer.receive_result(name, file, is_added=is_added))("")
        self.results.goto("room")

    def _to_lesson(self) -> None:
        self.lesson.goto("lesson")

    def _to_slide(self) -> None:
        self.lesson.goto("slide")

    def _to_case(self) -> None:
        self.case.goto("case")

    def _to_remarks(self) -> None:
        work = self.model.work
        self.answer.goto("solution" if work.is_over else "fix" if work.found and not work.given.fix else "remarks")

    def _alert(self, html: str) -> None:
        self.alert.show(render("alert.html", message=Markup(html)) if html else "")
        if html:
            self.alert.goto("alert")

    # What the panels show.

    def refresh(self) -> None:
        """Show what the model says."""
        model = self.model
        self.head.show(panels.head_html(model))
        self.lesson.show(panels.lesson_html(model))
        self.room.show(panels.room_html(model))
        _show_if(self.session_upload, model.mode is Mode.ROOM and model.progress.room is None)
        self.case.show(panels.case_panel_html(model))
        self.answer.show(panels.answer_html(model))
        self.trainer.show(panels.trainer_html(model))
        _show_if(self.results_upload, model.mode is Mode.TRAIN)
        self.results.show(panels.results_html(model))
        self.foot.show(panels.foot_html(model))


def _show_if(widget: widgets.Upload, is_shown: bool) -> None:  # noqa: FBT001 - reads as a sentence
    widget.layout.display = "" if is_shown else "none"


_SHOWN: list[TrainingView] = []


def show() -> None:
    """Show the training page in the notebook; an earlier one is closed."""
    while _SHOWN:
        _SHOWN.pop().close()
    _SHOWN.append(TrainingView(TrainingModel()))
    display = cast("Callable[[object], None]", IPython.display.display)
    display(_SHOWN[0].widget)
