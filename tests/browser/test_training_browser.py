"""The training notebook in a real JupyterLab and a real Chromium: a whole lesson, and a room with its trainer.

The fixture fails a test on any request beyond this machine and any complaint on the console.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from typing import TYPE_CHECKING

import conftest
import pytest

from connect_saml_nb.notebook.training import grading
from connect_saml_nb.training import classroom, session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Lab, Visit
    from playwright.sync_api import Browser

    from connect_saml_nb.training import PracticeCase

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
CODE = "2-1-2-42"
SESSION = session(["Matching names"], level=1, count=2, seed=42)


@pytest.fixture(scope="module")
def training(browser: Browser, lab: Lab) -> Iterator[Visit]:
    """The training page in a notebook of its own, for all tests of this file: opening one takes longest."""
    name = f"training-{secrets.token_hex(4)}.ipynb"
    shutil.copy(conftest.ROOT / "notebooks" / "training.ipynb", lab.folder / name)
    context = browser.new_context(viewport=conftest.WINDOW, accept_downloads=True)
    opened = conftest.Visit(context.new_page(), lab, name)
    conftest._watch(opened)
    opened.page.goto(lab.notebook_url(name))
    run_all(opened)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _quiet(training: Visit) -> Iterator[None]:
    """Each test begins anew; whatever it did, nothing left this machine."""
    forget(training)
    yield
    conftest._without_complaint(training)


def run_all(visit: Visit) -> None:
    """Run every cell, and wait until the page is there."""
    visit.page.wait_for_function(
        "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.connectionStatus === 'connected'",
        timeout=60_000,
    )
    visit._command("notebook:run-all-cells")
    visit.output.get_by_text("What do you want to do?").first.wait_for(timeout=60_000)


def choose(visit: Visit, case: PracticeCase, cause: str) -> None:
    """Answer the first two questions: this cause, and all else right."""
    answer = case.answer
    visit.output.locator(f"input[name=cause][value={cause}]").check()
    menus = (
        ("Which entry shows it?", str(answer.entries[0]) if answer.entries else grading.NONE),
        ("Which part of the response?", answer.attribute or grading.NONE),
        ("Which Connect user?", answer.username or grading.NONE),
    )
    for name, value in menus:
        visit.output.get_by_role("combobox", name=name).select_option(value)
    check(visit)


def check(visit: Visit) -> None:
    """Have the answer checked."""
    visit.output.get_by_role("button", name="Check my answer").click()


def forget(visit: Visit) -> None:
    """Begin anew, as on a new computer."""
    mode(visit, "Learn")
    slides = visit.output.get_by_label("One slide at a time")
    slides.wait_for()
    slides.uncheck()
    visit.output.locator("summary", has_text="Your progress").last.click()
    visit.output.get_by_role("button", name="Forget all").click()
    visit.output.get_by_role("heading", name="Lesson 1").wait_for()
    visit.output.locator("summary", has_text="Your progress").last.click()


def join(visit: Visit) -> None:
    """Enter the room."""
    mode(visit, "Practise with the room")
    visit.output.get_by_label("The trainer’s code").fill(CODE)
    visit.output.get_by_role("button", name="Begin").click()
    visit.output.get_by_text("0 of 2 cases solved").wait_for()


def mode(visit: Visit, name: str) -> None:
    """Choose what to do."""
    visit.output.get_by_label(re.compile(f"^{name}")).first.check()


def test_a_lesson_with_wrong_and_right_answers_and_hints_in_a_room(training: Visit, tmp_path: Path) -> None:
    """Join by the code, be wrong, take a hint, be right, choose the fix, see the toolkit's verdict, export."""
    case, output = SESSION.cases()[0], training.output
    join(training)
    assert "" == output.get_by_label("Your name").input_value()
    output.get_by_label("Your name").fill("Ada")

    check(training)
    output.get_by_text("Your answer is not whole yet").wait_for()
    choose(training, case, case.answer.wrong[0].name)
    remark = output.locator("[data-at=remarks]")
    remark.get_by_text("3 of 4 right").wait_for()
    output.get_by_role("button", name="Give me a hint (3 left)").click()
    output.get_by_role("button", name="Give me a hint (2 left)").wait_for()
    choose(training, case, case.answer.verdict)
    fixes = output.locator("input[name=fix]")
    fixes.first.wait_for()
    right = grading.fixes(case).index(case.answer.fix)
    fixes.nth((right + 1) % fixes.count()).check()
    check(training)
    remark.get_by_text("0 of 1 right").wait_for()
    fixes.nth(right).check()
    check(training)
    output.get_by_text("Solved after 3 tries and 1 hint").wait_for()
    assert case.answer.verdict == training.verdict()

    with training.page.expect_download() as saved:
        output.get_by_role("button", name="Export my result").click()
    saved.value.save_as(tmp_path / "result.json")
    told = classroom.read_result(tmp_path / "result.json")
    expected = classroom.CaseResult(1, case.id, 3, 1, True, False, ("cause", "fix"), (case.answer.wrong[0].name,))  # noqa: FBT003 -- solved, not shown
    assert ("Ada", expected) == (told.name, told.cases[0])


def test_an_open_case_tells_nothing_in_the_page_or_the_saved_notebook(training: Visit) -> None:
    """Widget state is saved here on purpose: neither it nor the page's source holds a sentence of the answer."""
    case = SESSION.cases()[1]
    join(training)
    training.output.get_by_role("navigation", name="Cases").get_by_role("button").nth(1).click()
    training.output.get_by_role("heading", name="Case 2 of 2").wait_for()
    source, saved = training.page.content(), training.save()
    told = [case.answer.cause, case.answer.fix, *case.answer.hints, *(w.why for w in case.answer.wrong)]
    texts = [json.dumps(text, ensure_ascii=False)[1:-1] for text in told]
    assert [] == [text for text in (*told, *texts) if text in saved or text in source]
    assert case.answer.verdict not in saved


def test_progress_is_there_again_when_the_page_is_opened_anew(training: Visit) -> None:
    """The cell run again, as on the next morning."""
    join(training)
    training.output.get_by_role("button", name="Show the solution").click()
    training.output.get_by_role("button", name="Next case").click()
    training.output.get_by_role("heading", name="Case 2 of 2").wait_for()
    training._command("notebook:clear-all-cell-outputs")
    training.output.first.wait_for(state="detached")
    run_all(training)
    training.output.get_by_text("0 of 2 cases solved").wait_for()
    shown = training.output.get_by_role("navigation", name="Cases").get_by_role("button").all_inner_texts()
    assert ["1 ◐ shown", "▸ 2 ○ open"] == [" ".join(text.split()) for text in shown]


def test_the_keyboard_alone_answers(training: Visit) -> None:
    """Tab, arrows, space and enter; JupyterLab's own keys stay quiet."""
    join(training)
    training.output.locator("input[name=cause]").first.focus()
    training.page.keyboard.press("ArrowDown")
    training.output.locator("input[name=cause]:checked").wait_for()
    training.output.get_by_role("button", name="Give me a hint").focus()
    training.page.keyboard.press("Enter")
    training.output.get_by_role("button", name="Give me a hint (2 left)").wait_for()
    focused = training.page.evaluate("document.activeElement.dataset.at")
    assert "hint" == focused


def test_the_trainer_collects_a_room(training: Visit, tmp_path: Path) -> None:
    """The files of two trainees become one table, and the code is the one to read out."""
    done = classroom.CaseResult(1, "case", tries=2, hints=1, solved=True, missed=("cause",), named=("user-missing",))
    paths = [tmp_path / f"{name}.json" for name in ("Ada", "Bob")]
    for path in paths:
        path.write_bytes(classroom.TraineeResult(path.stem, SESSION, (done,)).to_json())
    mode(training, "I am the trainer")
    training.output.get_by_label("2. Matching names").check()
    training.output.get_by_label("Number of cases").fill("2")
    training.output.get_by_label("Seed (another number").fill("42")
    training.output.get_by_text("The code for the room").click()
    training.output.get_by_text(CODE, exact=True).first.wait_for()
    zone = training.output.locator(".cs-drop").filter(has_text="Drop the result files")
    zone.locator("input[type=file]").set_input_files(paths)
    table = training.output.get_by_role("region", name="Who").first
    table.get_by_text("Bob").wait_for()
    rows = [" | ".join(row.split("\t")) for row in table.locator("tr").all_inner_texts()]
    assert [
        "Name | Solved | Case 1 | Case 2",
        *(f"{n} | 1 of 2 | 2 tries, 1 hint | not tried" for n in ("Ada", "Bob")),
    ] == rows


def test_slides_go_by_the_keyboard(training: Visit) -> None:
    """One at a time, in large type, and no exercise below."""
    mode(training, "Learn")
    training.output.get_by_label("One slide at a time").check()
    training.output.get_by_role("button", name="Next slide").focus()
    training.page.keyboard.press("Enter")
    training.output.get_by_text("Slide 2 of 3").wait_for()
    assert 0 == training.output.get_by_role("button", name="Check my answer").count()
