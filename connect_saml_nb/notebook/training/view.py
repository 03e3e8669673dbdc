"""The training notebook: short lessons, and practice cases whose cause the trainee names before the toolkit does.

`TrainingModel` holds the state, the cases and their answers, without widgets; `TrainingView` shows what is due;
`show()` puts both on the page.
"""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, BinaryIO

from connect_saml_nb.notebook import widgets
from connect_saml_nb.notebook.training import panels
from connect_saml_nb.notebook.training.grading import Part
from connect_saml_nb.notebook.training.model import Mode, TrainingModel
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


class TrainingView(widgets.View):
    """The page: panels and uploads. Each handler calls the model once; `refresh` shows what it says."""

    def __init__(self, model: TrainingModel) -> None:
        super().__init__(TrainingPanel)
        self.model, self._code = model, ""
        follow, click, boundary, trainer = self.follow, self.click, self.boundary, model.trainer
        self.head = TrainingPanel(boundary, fields={"mode": follow(model.choose_mode)})
        self.lesson = TrainingPanel(
            boundary,
            actions={
                "lesson": follow(model.choose_lesson, "lesson/lesson"),
                "turn": follow(model.turn, "lesson/slide"),
            },
            fields={"slides": follow(model.show_slides)},
        )
        self.classroom = TrainingPanel(
            boundary,
            actions={
                "join": click(lambda: model.join(self._code), "case/case"),
                "leave": click(model.leave),
                "export": widgets.press(lambda: self.classroom.download(*model.export())),
            },
            fields={"name": follow(model.set_name), "code": self._type_code},
        )
        self.session_upload = widgets.Upload(boundary, self._receive_session, _SESSION_WORDS)
        self.case = TrainingPanel(
            boundary,
            actions={
                "case": follow(model.choose_case, "case/case"),
                "other": click(model.other_cases, "case/case"),
                "file": lambda which: self.case.download(*model.file(which)),
            },
            fields={"level": follow(model.choose_level), "manual": follow(model.show_manual)},
        )
        self.answer = TrainingPanel(
            boundary,
            actions={
                "check": self._with_remarks(click(model.check)),
                "hint": click(model.hint, "answer/hint"),
                "reveal": self._with_remarks(click(model.reveal)),
                "case": follow(model.choose_case, "case/case"),
                "lesson": follow(model.choose_lesson, "lesson/lesson"),
            },
            fields={part.value: follow(partial(model.answer, part.value)) for part in Part},
        )
        self.trainer = TrainingPanel(
            boundary,
            actions={
                "handout": widgets.press(lambda: self.trainer.download(*trainer.handout())),
                "answers": widgets.press(lambda: self.trainer.download(*trainer.answers())),
                "pack": lambda which: self.trainer.download(*trainer.pack(which)),
                "computer": click(trainer.check_computer),
            },
            fields={
                **{f"topic-{n}": follow(partial(trainer.choose_topic, topic)) for n, topic in enumerate(topics(), 1)},
                **{f"train_{name}": follow(partial(trainer.set_number, name)) for name in ("level", "count", "seed")},
            },
        )
        self.results_upload = widgets.Upload(boundary, self._receive_result, _RESULT_WORDS)
        self.results = TrainingPanel(
            boundary, actions={"csv": widgets.press(lambda: self.results.download(*trainer.room_csv()))}
        )
        self.foot = TrainingPanel(boundary, actions={"reset": click(model.reset)})
        first = (self.head, self.classroom, self.session_upload, self.lesson, self.trainer)
        self.lay_out(*first, self.results_upload, self.results, self.case, self.answer, self.alert, self.foot)

    # Handlers.

    def _type_code(self, code: str) -> None:
        self._code = code

    def _receive_session(self, _: str, file: BinaryIO) -> None:
        self.follow(self.model.receive_session, "case/case")(file)

    def _receive_result(self, name: str, file: BinaryIO) -> None:
        receive = partial(self.model.trainer.receive_result, is_added=self.results_upload.is_added)
        self.follow(receive, "results/room")(name, file)

    def _with_remarks(self, handle: Callable[[str], object]) -> Callable[[str], object]:
        """Make a handler that goes on to what is said of the answer."""

        def handle_and_go(text: str) -> None:
            handle(text)
            work = self.model.work
            self.answer.goto("solution" if work.is_over else "fix" if work.found and not work.given.fix else "remarks")

        return handle_and_go

    # What the panels show.

    def refresh(self) -> None:
        """Show what the model says."""
        model = self.model
        self.head.show(panels.head_html(model))
        self.lesson.show(panels.lesson_html(model))
        self.classroom.show(panels.room_html(model))
        widgets.show_if(self.session_upload, is_shown=model.mode is Mode.ROOM and model.progress.room is None)
        self.case.show(panels.case_panel_html(model))
        self.answer.show(panels.answer_html(model))
        self.trainer.show(panels.trainer_html(model))
        widgets.show_if(self.results_upload, is_shown=model.mode is Mode.TRAIN)
        self.results.show(panels.results_html(model))
        self.foot.show(panels.foot_html(model))


def show() -> None:
    """Show the training page in the notebook; an earlier one is closed."""
    widgets.show_view(TrainingView, TrainingModel)
