"""The training page's panels: what the model says, in the templates of `render/html/training`.

What is not due yet is not in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connect_saml_nb.model.text import joined, quoted
from connect_saml_nb.notebook.sign_in import matches_table, picture, verdict_card
from connect_saml_nb.notebook.training import grading
from connect_saml_nb.notebook.training.case_panels import case_html
from connect_saml_nb.notebook.training.grading import PART_WORDS, Part
from connect_saml_nb.notebook.training.lessons import LESSONS
from connect_saml_nb.notebook.training.manual import manual_html
from connect_saml_nb.notebook.training.model import Mode
from connect_saml_nb.render.html import Markup, render
from connect_saml_nb.training import LEVELS, classroom, title, topics

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.model.text import Text
    from connect_saml_nb.notebook.training.grading import Remark
    from connect_saml_nb.notebook.training.model import TrainingModel
    from connect_saml_nb.training import PracticeCase

_MODES = (
    (Mode.LEARN, "Learn", "Seven short lessons, each with three cases to solve."),
    (Mode.ROOM, "Practise with the room", "Cases that the trainer chose: everybody gets the same."),
    (Mode.TRAIN, "I am the trainer", "Choose the cases, print the handout, collect the results."),
)
_LEVELS = ("one clear fault", "with distractors", "a fault that hides another")


def head_html(model: TrainingModel) -> Markup:
    """What this is, and what the person is here for."""
    return render("training/head.html", model=model, modes=_MODES)


def lesson_html(model: TrainingModel) -> Markup:
    """The lesson that is open: all of it, or one slide; nothing outside of lessons."""
    if model.mode is not Mode.LEARN:
        return Markup()
    return render("training/lesson.html", model=model, lessons=[_path_item(model, n) for n in range(len(LESSONS))])


def _path_item(model: TrainingModel, number: int) -> dict[str, Any]:
    lesson = LESSONS[number]
    works = model.works(model.lesson_session(lesson))
    return {"title": lesson.title, "solved": sum(work.solved for work in works), "count": len(works)}


def room_html(model: TrainingModel) -> Markup:
    """The code of the room and the trainee's name; nothing outside of a room."""
    if model.mode is not Mode.ROOM:
        return Markup()
    works = model.works(model.progress.room) if model.progress.room else ()
    return render("training/room.html", model=model, solved=sum(work.solved for work in works), count=len(works))


# --- an exercise -------------------------------------------------------------------------------------------


def case_panel_html(model: TrainingModel) -> Markup:
    """The case as the trainee looks at it; nothing where none is open."""
    case, diagnosis = model.case, model.diagnosis
    if model.mode is Mode.TRAIN or case is None or diagnosis is None or model.is_slides:
        return Markup()
    return render(
        "training/exercise.html",
        model=model,
        works=model.works(model.session) if model.session else (),
        levels=_levels(model.lesson.least_level) if model.mode is Mode.LEARN else (),
        level=str(model.lesson_session(model.lesson).level),
        view=case_html(case, diagnosis, model.parts),
        manual=manual_html(case) if model.is_manual else "",
    )


def _levels(least: int) -> list[tuple[str, str]]:
    levels = zip(LEVELS, _LEVELS, strict=True)
    return [(str(number), f"{number}: {words}") for number, words in levels if number >= least]


# --- the answer --------------------------------------------------------------------------------------------


def answer_html(model: TrainingModel) -> Markup:
    """The questions, the hints that were taken, what was right, and the solution where it is due."""
    case, diagnosis = model.case, model.diagnosis
    if model.mode is Mode.TRAIN or case is None or diagnosis is None or model.is_slides:
        return Markup()
    content = (_solution if model.work.is_over else _questions)(model, case, diagnosis)
    return render("training/answer.html", model=model, content=content)


def _questions(model: TrainingModel, case: PracticeCase, diagnosis: Diagnosis) -> Markup:
    found = grading.remarks(case, diagnosis, model.work.given, [p for p in model.parts if p is not Part.FIX])
    return render(
        "training/questions.html",
        model=model,
        causes=[(name, title(name), "") for name in grading.causes(case)],
        entries=[*grading.entries(diagnosis)],
        attributes=[(name, f"{name}: {means}") for name, means in grading.ATTRIBUTES.items()],
        users=[(user.username, user.username) for user in case.users.users] if case.users else [],
        fixes=[(str(n), fix, "") for n, fix in enumerate(grading.fixes(case))],
        right=_remarks(found) if model.work.found else "",
        remarks=[r for r in model.remarks if r.part is Part.FIX or not model.work.found],
        words=PART_WORDS,
    )


def _remarks(remarks: Sequence[Remark]) -> Markup:
    return render("training/remarks.html", remarks=remarks, words=PART_WORDS)


def _solution(model: TrainingModel, case: PracticeCase, diagnosis: Diagnosis) -> Markup:
    """The trainee's answer, the right one and the toolkit's, side by side."""
    decisive = _decisive(diagnosis)
    return render(
        "training/solution.html",
        model=model,
        rows=[*_compared(model, case, diagnosis)],
        title=title,
        card=verdict_card(decisive) if decisive else "",
        picture=picture(decisive) if decisive else "",
        matches=matches_table(decisive) if decisive else "",
        has_next_lesson=model.mode is Mode.LEARN and model.progress.lesson + 1 < len(LESSONS),
    )


def _decisive(diagnosis: Diagnosis) -> SignInDiagnosis | None:
    """The sign-in that gave the capture its verdict."""
    return next((j for j in reversed(diagnosis.sign_ins) if j.verdict == diagnosis.verdict), None)


def _compared(model: TrainingModel, case: PracticeCase, diagnosis: Diagnosis) -> Iterator[tuple[str | Text, ...]]:
    """What the trainee answered, what is right, and what the toolkit says, for each part."""
    right, own, decisive = case.answer, model.work.given, _decisive(diagnosis)
    finding = decisive.main_finding if decisive else None
    entries = sorted({p.entry for p in finding.evidence if p.entry is not None}) if finding else []
    headline = diagnosis.verdict.headline if diagnosis.verdict else "—"
    yield "The cause", title(own.cause) if own.cause else "—", title(right.verdict), headline
    positions = " or ".join(map(str, right.entries)) or "none"
    yield "The entry", own.entry or "—", positions, ", ".join(map(str, entries)) or "—"
    if Part.ATTRIBUTE in model.parts:
        yield "The part of the response", own.attribute or "—", right.attribute or "none", "see below"
    if Part.USER in model.parts:
        yield "The Connect user", _names(own.user), _names(right.username, "none"), _matches(decisive)
    yield "The fix", grading.fix_of(case, own.fix) or "—", right.fix, "see below"


def _names(name: str, otherwise: str = "—") -> Text | str:
    return joined(", ", [quoted(name)]) if name else otherwise


def _matches(decisive: SignInDiagnosis | None) -> Text | str:
    names = [quoted(match.user.username) for match in decisive.matches[:3]] if decisive else []
    return joined(", ", names) if names else "—"


# --- the trainer's part, and the foot ----------------------------------------------------------------------


def trainer_html(model: TrainingModel) -> Markup:
    """The session to choose, its code and its files; nothing for trainees."""
    if model.mode is not Mode.TRAIN:
        return Markup()
    return render("training/trainer.html", trainer=model.trainer, topics=tuple(topics()), levels=_levels(1))


def results_html(model: TrainingModel) -> Markup:
    """Who struggled with what; nothing for trainees, and where no result was given yet."""
    room = model.trainer.room if model.mode is Mode.TRAIN else None
    if room is None:
        return Markup()
    people, struggles = classroom.people_table(room), classroom.struggle_table(room)
    tables = (("Who", people), ("With what, the hardest first", struggles))
    return render("training/results.html", room=room, tables=tables)


def foot_html(model: TrainingModel) -> Markup:
    """Where the progress is, and how to begin anew."""
    return render("training/foot.html", model=model)
