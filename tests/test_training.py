"""The training page without a browser: what is asked, what is right, what is kept, and what is not told too early."""

from __future__ import annotations

import io
import json
import re
import stat
import zipfile
from collections import Counter
from dataclasses import asdict
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING

import pytest

from connect_saml_nb.diagnosis import diagnose
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.notebook import widgets
from connect_saml_nb.notebook.training import grading
from connect_saml_nb.notebook.training.case_panels import case_html
from connect_saml_nb.notebook.training.grading import Part
from connect_saml_nb.notebook.training.lessons import LESSONS
from connect_saml_nb.notebook.training.model import EXERCISES
from connect_saml_nb.notebook.training.view import Mode, TrainingModel, TrainingView
from connect_saml_nb.training import classroom, new_case, topics, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from connect_saml_nb.model.diagnosis import Diagnosis
    from connect_saml_nb.training import PracticeCase

each_verdict = pytest.mark.parametrize("verdict", verdicts())


@lru_cache(maxsize=50)
def made(verdict: str, level: int = 2) -> tuple[PracticeCase, Diagnosis]:
    """A case, and its diagnosis."""
    case = new_case(verdict, level=level, seed=4)
    return case, diagnose(case.capture, **case.collect_inputs())


def right(case: PracticeCase) -> grading.TraineeAnswer:
    """The right answer to a case."""
    answer = case.answer
    entry = str(answer.entries[0]) if answer.entries else grading.NONE
    fix = str(grading.fixes(case).index(answer.fix))
    return grading.TraineeAnswer(
        answer.verdict, entry, answer.attribute or grading.NONE, answer.username or grading.NONE, fix
    )


def give(model: TrainingModel, given: grading.TraineeAnswer) -> None:
    """Answer the open case, and have it checked."""
    for part, value in asdict(given).items():
        model.answer(part, value)
    model.check()
    if model.work.found:
        model.answer("fix", given.fix)
        model.check()


@pytest.fixture(autouse=True)
def _no_mistake() -> Iterator[None]:
    """No handler of the page may make a mistake of its own."""
    widgets.Boundary.unexpected.clear()
    yield
    assert [] == widgets.Boundary.unexpected


@pytest.fixture
def model(tmp_path: Path) -> TrainingModel:
    """A fresh page with a room's session about names."""
    fresh = TrainingModel(tmp_path / "own" / "training.json")
    fresh.join("2-1-3-42")
    return fresh


# --- the path ----------------------------------------------------------------------------------------------


def test_the_lessons_exercise_every_verdict() -> None:
    """Nothing of the catalogue is left out of the path."""
    assert set(verdicts()) == {v for lesson in LESSONS for v in lesson.verdicts}


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.title)
@pytest.mark.slow
def test_every_slide_can_be_shown(lesson: object) -> None:
    """Each with its text and its picture or table."""
    assert all(len(slide.html()) > 200 for slide in lesson.slides)  # type: ignore[attr-defined]


# --- what is right -----------------------------------------------------------------------------------------


@each_verdict
def test_the_right_answer_can_be_chosen_and_is_right(verdict: str) -> None:
    """Of every verdict, with distractors."""
    case, diagnosis = made(verdict)
    told = grading.remarks(case, diagnosis, right(case), grading.parts(case))
    offered = (
        {case.answer.verdict} <= set(grading.causes(case)),
        not case.answer.entries
        or {str(n) for n in case.answer.entries} & dict(grading.entries(diagnosis)).keys() != set(),
        not case.answer.attribute or case.answer.attribute in grading.ATTRIBUTES,
    )
    assert ((True, True, True), []) == (offered, [r for r in told if not r.is_right])


@each_verdict
def test_each_tempting_cause_is_answered_with_why_it_is_wrong_here(verdict: str) -> None:
    """In the case's own words, and without the right cause."""
    case, diagnosis = made(verdict)
    for wrong in case.answer.wrong:
        (told,) = grading.remarks(case, diagnosis, grading.TraineeAnswer(cause=wrong.name), (Part.CAUSE,))
        assert (False, True, False) == (told.is_right, wrong.why in told.text, case.answer.cause in told.text)


def test_each_wrong_fix_is_answered_with_why_it_does_not_help() -> None:
    """The same for what to do."""
    case, diagnosis = made("user-case-differs")
    told = [grading.remarks(case, diagnosis, grading.TraineeAnswer(fix=str(n)), (Part.FIX,))[0] for n in range(4)]
    assert sorted([*(f.why for f in case.answer.wrong_fixes), "That helps."]) == sorted(r.text for r in told)


def test_a_wrong_entry_is_answered_with_what_it_is() -> None:
    """Not with which one is right."""
    case, diagnosis = made("user-case-differs", 1)
    pages = [n for n, words in grading.entries(diagnosis) if "company’s sign-in page" in words]
    (told,) = grading.remarks(case, diagnosis, grading.TraineeAnswer(entry=pages[0]), (Part.ENTRY,))
    assert f"Entry {pages[0]} is the company’s sign-in page. The cause does not show there." == told.text


def test_the_right_choice_stands_at_no_usual_place() -> None:
    """The order of the choices gives nothing away."""
    cases = [new_case("user-missing", seed=seed) for seed in range(30)]
    places = Counter(grading.fixes(case).index(case.answer.fix) for case in cases)
    assert set(range(3)) == set(places)


# --- what is not told too early ------------------------------------------------------------------------------


def texts_to_hide(case: PracticeCase, diagnosis: Diagnosis) -> list[str]:
    """The sentences that would give a case away, of the case and of the toolkit."""
    answer = case.answer
    findings = [f for j in diagnosis.sign_ins for f in j.findings if f.verdict == diagnosis.verdict]
    told = [
        answer.cause,
        answer.fix,
        *answer.hints,
        *(w.why for w in answer.wrong),
        *(w.why for w in answer.wrong_fixes),
    ]
    return [*told, *(str(j.summary) for j in diagnosis.sign_ins), *(str(f.message) for f in findings)]


@each_verdict
def test_a_case_is_shown_without_what_the_toolkit_says_of_it(verdict: str) -> None:
    """No verdict's name, no finding, no mark where it ended."""
    case, diagnosis = made(verdict)
    html = unescape(case_html(case, diagnosis))
    told = [
        text for text in (verdict, "► see here", "ended here", "It broke here") if f"{text}" in html and text != "x"
    ]
    allowed = {"signed-in"}  # the words of an outcome that anybody sees
    assert [] == [text for text in told if text not in allowed]


@each_verdict
def test_no_answer_is_in_the_page_before_its_time(verdict: str, tmp_path: Path) -> None:
    """What the browser gets holds no sentence of the answer or of the toolkit's, in any panel."""
    path = tmp_path / "training.json"
    TrainingModel(path).join("1-1-1-1")
    told = json.loads(path.read_text())
    path.write_text(json.dumps(told | {"room": told["room"] | {"verdicts": [verdict], "seed": 4}}))
    view = TrainingView(TrainingModel(path))
    case, diagnosis = view.model.case, view.model.diagnosis
    assert case is not None
    assert diagnosis is not None
    html = unescape("".join(getattr(part, "html", "") for part in view.widget.children))
    assert (verdict, []) == (case.answer.verdict, [t for t in texts_to_hide(case, diagnosis) if t in html])
    view.close()


def test_an_open_case_tells_nothing_in_any_panel_nor_in_widget_state(model: TrainingModel) -> None:
    """HTML, synced state, progress file: the three places where a curious trainee would look."""
    view = TrainingView(model)
    case, diagnosis = model.case, model.diagnosis
    assert case is not None
    assert diagnosis is not None
    html = unescape("".join(getattr(part, "html", "") for part in view.widget.children))
    state = json.dumps([part.get_state() for part in view.widget.children], default=str)
    for place in (html, state, model.path.read_text()):
        assert [] == [text for text in texts_to_hide(case, diagnosis) if text in place]
    assert case.answer.verdict not in state
    view.close()


def test_a_hint_is_told_only_when_it_is_taken(model: TrainingModel) -> None:
    """One after the other."""
    view = TrainingView(model)
    view.answer._receive(None, {"act": "hint"}, [])
    html = unescape(view.answer.html).replace("'", "")
    assert model.case is not None
    seen = [hint[-30:].replace("'", "") in html for hint in model.case.answer.hints]
    assert [True, False, False] == seen
    view.close()


# --- answering ---------------------------------------------------------------------------------------------


def test_a_right_answer_solves_the_case_and_shows_the_toolkits_verdict(model: TrainingModel) -> None:
    """Beside the trainee's own."""
    view = TrainingView(model)
    assert model.case is not None
    give(model, right(model.case))
    view.refresh()
    shown = "What the toolkit says" in view.answer.html and "cs-card" in view.answer.html
    assert (True, 1, (), True) == (model.work.solved, model.work.tries, model.work.missed, shown)
    view.close()


def test_a_wrong_answer_is_counted_and_can_be_corrected(model: TrainingModel) -> None:
    """What was missed at first stays known."""
    case = model.case
    assert case is not None
    tempting = case.answer.wrong[0].name
    give(model, grading.TraineeAnswer(tempting, *list(asdict(right(case)).values())[1:]))
    give(model, right(case))
    assert (2, True, ("cause",), (tempting,)) == (
        model.work.tries,
        model.work.solved,
        model.work.missed,
        model.work.named,
    )


def test_the_fixes_are_offered_only_when_the_cause_was_found(model: TrainingModel) -> None:
    """They name the users and the settings, and so would tell it."""
    view, case = TrainingView(model), model.case
    assert case is not None
    before = case.answer.fix in unescape(view.answer.html)
    for part, value in asdict(right(case)).items():
        model.answer(part, value)
    view.answer._receive(None, {"act": "check"}, [])
    after = unescape(view.answer.html)
    assert (False, "", True, True) == (before, model.work.given.fix, case.answer.fix in after, model.work.found)
    view.close()


def test_half_an_answer_is_not_checked(model: TrainingModel) -> None:
    """A sentence says what is missing."""
    model.answer("cause", "user-missing")
    with pytest.raises(ConnectSamlError, match="Choose the entry, the part of the response, the Connect user;"):
        model.check()


def test_a_shown_solution_does_not_count_as_solved(model: TrainingModel) -> None:
    """And the answer cannot be changed afterwards."""
    model.reveal()
    assert model.case is not None
    model.answer("cause", model.case.answer.verdict)
    model.check()
    assert (False, True, "") == (model.work.solved, model.work.revealed, model.work.given.cause)


def test_the_first_lessons_ask_less(tmp_path: Path) -> None:
    """Attributes are asked for after they were explained."""
    model = TrainingModel(tmp_path / "training.json")
    first = model.asked
    model.choose_lesson("3")
    assert ((Part.CAUSE, Part.ENTRY, Part.FIX), True) == (first, Part.ATTRIBUTE in model.asked)


# --- progress ----------------------------------------------------------------------------------------------


def test_progress_is_resumed(model: TrainingModel) -> None:
    """After the notebook was closed."""
    assert model.case is not None
    give(model, right(model.case))
    model.choose_case("2")
    again = TrainingModel(model.path)
    assert (Mode.ROOM, 2, True) == (
        again.mode,
        again.number,
        again.session is not None and again.works(again.session)[0].solved,
    )


def test_progress_is_its_owners_alone(model: TrainingModel) -> None:
    """File and folder."""
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (model.path, model.path.parent)]
    assert [0o600, 0o700] == modes


def test_everything_can_be_forgotten(model: TrainingModel) -> None:
    """And other cases follow."""
    model.hint()
    model.reset()
    again = TrainingModel(model.path)
    assert (Mode.LEARN, {}, None) == (again.mode, again.progress.work, again.progress.room)


def test_a_damaged_progress_is_put_aside_and_said(tmp_path: Path) -> None:
    """Not lost silently."""
    path = tmp_path / "training.json"
    path.write_text("{]")
    model = TrainingModel(path)
    aside = path.with_name("training.json.unreadable").read_text()
    assert ("{]", True) == (aside, model.notice.startswith("The saved progress could not be read"))


def test_progress_from_elsewhere_opens_a_case_that_is_there(tmp_path: Path) -> None:
    """Numbers that point to no lesson or case do not stop the page."""
    path = tmp_path / "training.json"
    TrainingModel(path).choose_level("2")
    told = json.loads(path.read_text()) | {"lesson": 99, "number": 77, "name": "x" * 500}
    path.write_text(json.dumps(told))
    view = TrainingView(TrainingModel(path))
    assert ("The tricky ones", True) == (view.model.lesson.title, view.model.number < EXERCISES)
    view.close()


def test_other_cases_for_one_lesson_leave_the_others_alone(tmp_path: Path) -> None:
    """What was solved elsewhere stays solved."""
    model = TrainingModel(tmp_path / "training.json")
    before = [model.lesson_session(lesson) for lesson in LESSONS]
    model.choose_lesson("3")
    model.other_cases()
    model.choose_level("3")
    after = [model.lesson_session(lesson) for lesson in LESSONS]
    assert [3] == [n for n, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"levels": {"x": 9}},
        {"rounds": {"x": -1}},
        {"seed": -1},
        {"lesson": -1},
        {"room": {"verdicts": ["x"], "level": 1, "count": 1, "seed": 1}},
    ],
)
def test_progress_that_makes_no_sense_is_put_aside(wrong: dict[str, object], tmp_path: Path) -> None:
    """Whoever wrote it."""
    path = tmp_path / "training.json"
    TrainingModel(path).choose_level("2")
    path.write_text(json.dumps(json.loads(path.read_text()) | wrong))
    assert TrainingModel(path).notice


# --- the room ----------------------------------------------------------------------------------------------


def test_the_same_code_gives_the_room_the_same_cases(tmp_path: Path) -> None:
    """On every computer."""
    cases = []
    for name in ("one", "two"):
        model = TrainingModel(tmp_path / name)
        model.join("2.4-2-3-7")
        cases.append((model.case and model.case.capture, model.session))
    assert cases[0] == cases[1]


def test_a_trainers_session_is_the_one_of_its_code(tmp_path: Path) -> None:
    """What is planned is what the trainees get."""
    model = TrainingModel(tmp_path / "training.json")
    chosen = [*topics()][1]
    model.trainer.choose_topic(chosen, "true")
    model.trainer.set_number("count", "4")
    model.trainer.set_number("seed", "99")
    assert ("2-1-4-99", classroom.read_code("2-1-4-99")) == (model.trainer.code, model.trainer.planned)


@pytest.mark.parametrize("text", ["", "x", "0-4-1-1", "0-1-0-1", "0-1-999-1", "9-1-1-1", "1.1.-1-1-1", "٢-1-3-42"])
def test_what_is_no_code_is_refused_with_a_sentence(text: str, tmp_path: Path) -> None:
    """And the page stays as it was."""
    model = TrainingModel(tmp_path / "training.json")
    with pytest.raises(ConnectSamlError):
        model.join(text)
    assert Mode.LEARN is model.mode


def test_the_session_file_of_a_pack_opens_the_same_room(model: TrainingModel) -> None:
    """The other way beside the code."""
    model.trainer.chosen, model.trainer.count = ([*topics()][3],), 2
    name, packed = model.trainer.pack("trainees")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        model.receive_session(io.BytesIO(archive.read("session.json")))
    assert ("session-4-1-2-1.zip", model.trainer.planned) == (name, model.session)


def test_an_exported_result_tells_what_was_done_and_no_answer(model: TrainingModel) -> None:
    """It goes by mail to the trainer."""
    case = model.case
    assert case is not None
    model.set_name("Ada & <b>")
    model.hint()
    give(model, right(case))
    name, told = model.export()
    read = classroom.read_result(told)
    hidden = [t for t in (case.answer.cause, case.answer.fix, *case.answer.hints) if t in told.decode()]
    assert ("result-Adab.json", "Ada & <b>", 1, 1, True, []) == (
        name,
        read.name,
        read.cases[0].tries,
        read.cases[0].hints,
        read.cases[0].solved,
        hidden,
    )


def test_the_results_of_a_room_become_one_table_on_the_page(model: TrainingModel) -> None:
    """Strangers' names are text there."""
    model.set_name("<img src=x onerror=alert(1)>")
    told = model.export()[1]
    view = TrainingView(model)
    model.choose_mode("train")
    model.trainer.receive_result("one.json", io.BytesIO(told), is_added=False)
    model.trainer.receive_result("two.json", io.BytesIO(told), is_added=True)
    view.refresh()
    assert (2, 0) == (view.results.html.count("&lt;img src=x"), view.results.html.count("<img"))
    view.close()


def test_the_trainer_gets_handout_answers_and_both_zips(tmp_path: Path) -> None:
    """The handout tells no cause; the answers do."""
    model = TrainingModel(tmp_path / "training.json")
    model.trainer.count = 2
    cause = unescape(model.trainer.planned.cases()[0].answer.cause)
    handout, answers = (unescape(make()[1].decode()) for make in (model.trainer.handout, model.trainer.answers))
    names = [model.trainer.pack(which)[0] for which in ("trainees", "trainer")]
    assert (False, True, ["session-0-1-2-1.zip", "session-0-1-2-1-trainer.zip"]) == (
        cause in handout,
        cause in answers,
        names,
    )


@pytest.mark.parametrize(
    ("field", "text"), [("count", "0"), ("count", "201"), ("seed", "-1"), ("level", "4"), ("seed", "x")]
)
def test_a_number_that_makes_no_session_is_refused(field: str, text: str, tmp_path: Path) -> None:
    """With a sentence, and the old one stays."""
    model = TrainingModel(tmp_path / "training.json")
    before = model.trainer.code
    with pytest.raises(ConnectSamlError):
        model.trainer.set_number(field, text)
    assert before == model.trainer.code


# --- the page ----------------------------------------------------------------------------------------------


def test_slides_are_shown_one_at_a_time_and_hide_the_exercise(tmp_path: Path) -> None:
    """For a projector."""
    view = TrainingView(TrainingModel(tmp_path / "training.json"))
    view.lesson._receive(None, {"field": "slides", "value": "true"}, [])
    first = view.lesson.html
    view.lesson._receive(None, {"act": "turn", "value": "1"}, [])
    assert (True, True, "") == ("Slide 1 of 3" in first, "Slide 2 of 3" in view.lesson.html, view.answer.html)
    view.close()


def test_an_unknown_message_of_the_browser_changes_nothing(model: TrainingModel) -> None:
    """Nor does it make a mistake."""
    view = TrainingView(model)
    before = model.path.read_text()
    for message in (
        {"act": "nothing"},
        {"field": "cause"},
        {"field": "mode", "value": "learn"},
        {"act": "case", "value": "x"},
    ):
        view.answer._receive(None, message, [])
    assert before == model.path.read_text() or model.number == 0
    view.close()


def test_every_link_of_the_toolkits_card_leads_somewhere(model: TrainingModel) -> None:
    """To the entry, the attribute and the user, in whichever panel."""
    view = TrainingView(model)
    view.answer._receive(None, {"act": "reveal"}, [])
    html = "".join(getattr(part, "html", "") for part in view.widget.children)
    wanted, there = (set(re.findall(rf'data-{kind}="([^"]+)"', html)) for kind in ("goto", "at"))
    assert set() == wanted - there
    view.close()
