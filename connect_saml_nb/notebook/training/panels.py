"""The training page's panels: what the model says -> HTML. What is not due yet is not in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.notebook.sign_in import matches_table, picture, verdict_card
from connect_saml_nb.notebook.training import grading, snippets
from connect_saml_nb.notebook.training.case_panels import case_html
from connect_saml_nb.notebook.training.grading import NONE, PART_WORDS, Part
from connect_saml_nb.notebook.training.lessons import LESSONS
from connect_saml_nb.notebook.training.manual import manual_html
from connect_saml_nb.notebook.training.model import Mode
from connect_saml_nb.notebook.training.snippets import (
    Mood,
    badge,
    esc,
    folded,
    items,
    link,
    notice,
    row,
    sentence,
    table,
    value,
)
from connect_saml_nb.training import title
from connect_saml_nb.training.classroom import hints_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.notebook.training.grading import Remark
    from connect_saml_nb.notebook.training.model import TrainingModel
    from connect_saml_nb.notebook.training.progress import Work
    from connect_saml_nb.training import PracticeCase

RIGHT, WRONG = Mood("good", "✔", "right"), Mood("bad", "✖", "not right")
_MODES = (
    (Mode.LEARN, "Learn", "Seven short lessons, each with three cases to solve."),
    (Mode.ROOM, "Practise with the room", "Cases that the trainer chose: everybody gets the same."),
    (Mode.TRAIN, "I am the trainer", "Choose the cases, print the handout, collect the results."),
)


# --- the head ----------------------------------------------------------------------------------------------


def head_html(model: TrainingModel) -> str:
    """What this is, and what the person is here for."""
    intro = (
        "<p>Learn to find out why a sign-in to Amazon Connect fails: read a little, then look at recordings of made-up "
        "sign-ins and name the cause. You need not know SAML. Nothing here needs a network or an AWS account.</p>"
    )
    modes = snippets.choice("What do you want to do?", "mode", _MODES, model.mode)
    return intro + (notice(model.notice) if model.notice else "") + modes


# --- lessons -----------------------------------------------------------------------------------------------


def lesson_html(model: TrainingModel) -> str:
    """The lesson that is open: all of it, or one slide; nothing outside of lessons."""
    if model.mode is not Mode.LEARN:
        return ""
    slides = snippets.checkbox("One slide at a time, in large type (for a projector)", "slides", is_on=model.is_slides)
    return (
        f"{_path_html(model)}{slides}"
        f'<div data-key="lesson-{model.progress.lesson}-{model.slide if model.is_slides else "all"}">'
        f'<h2 data-at="lesson" tabindex="-1">Lesson {model.progress.lesson + 1} · {esc(model.lesson.title)}</h2>'
        f"{_slide_html(model) if model.is_slides else _all_slides(model)}</div>"
    )


def _path_html(model: TrainingModel) -> str:
    """All lessons, each with how far it is, and a button that opens it."""
    rows = "".join(_path_item(model, n) for n in range(len(LESSONS)))
    return f'<section role="navigation" aria-label="Lessons"><ol class="cs-path">{rows}</ol></section>'


def _path_item(model: TrainingModel, number: int) -> str:
    lesson, is_open = LESSONS[number], number == model.progress.lesson
    works = model.works(model.lesson_session(lesson))
    solved = sum(work.solved for work in works)
    done = f"{'✔ ' if solved == len(works) else ''}{solved} of {len(works)} solved"
    current = ' aria-current="step"' if is_open else ""
    return (
        f'<li{current}><button type="button" class="cs-link" data-act="lesson" data-value="{number}">'
        f"{'▸ ' if is_open else ''}{esc(lesson.title)}</button> <small>{done}</small></li>"
    )


def _all_slides(model: TrainingModel) -> str:
    return "".join(f"<h3>{esc(slide.title)}</h3>{slide.html()}" for slide in model.lesson.slides)


def _slide_html(model: TrainingModel) -> str:
    slide, count = model.lesson.slides[model.slide], len(model.lesson.slides)
    back = _button("Back", "turn", "-1", is_on=model.slide > 0)
    on = _button("Next slide", "turn", "1", is_on=model.slide < count - 1)
    place = f"<p>Slide {model.slide + 1} of {count} {back} {on}</p>"
    return f'<div class="cs-slide" data-at="slide" tabindex="-1"><h3>{esc(slide.title)}</h3>{slide.html()}{place}</div>'


def _button(name: str, action: str, argument: str = "", *, is_on: bool = True) -> str:
    off = "" if is_on else " disabled"
    return f'<button type="button" data-act="{esc(action)}" data-value="{esc(argument)}"{off}>{esc(name)}</button>'


# --- the room ----------------------------------------------------------------------------------------------


def room_html(model: TrainingModel) -> str:
    """The code of the room and the trainee's name; nothing outside of a room."""
    if model.mode is not Mode.ROOM:
        return ""
    name = snippets.text_input("Your name, for the trainer (may be empty)", "name", model.progress.name, "Ada")
    if model.progress.room is None:
        code = snippets.text_input("The trainer’s code", "code", "", "2.4-1-8-42", enter="join")
        fields = f'<div class="cs-fields">{code}{name}</div>{snippets.button("Begin", "join", main=True)}'
        upload = "<p>Or give the file <code>session.json</code> of the trainer’s zip:</p>"
        return f'<h2>The room</h2><div data-key="join">{fields}</div>{upload}'
    works = model.works(model.progress.room)
    solved = sum(work.solved for work in works)
    export = snippets.button("Export my result for the trainer", "export")
    status = snippets.status_region(f"<p>{solved} of {len(works)} cases solved.</p>")
    return (
        f'<h2>The room</h2><div data-key="joined"><div class="cs-fields">{name}</div></div>'
        f"{status}{export} {snippets.button('Leave', 'leave')}"
    )


# --- an exercise -------------------------------------------------------------------------------------------


def case_panel_html(model: TrainingModel) -> str:
    """The case as the trainee looks at it; nothing where none is open."""
    case, diagnosis = model.case, model.diagnosis
    if model.mode is Mode.TRAIN or case is None or diagnosis is None or model.is_slides:
        return ""
    report = case.report.partition(" What the screen showed:")[0]
    return (
        f"{_cases_nav(model)}"
        f'<div data-key="{esc(case.id)}"><p>{esc(report)} On the screen:</p>'
        f'<p class="cs-screen">{esc(case.screen)}</p>{items(map(esc, case.notes))}'
        f"<p>Find out why. Look at what there is, then {link('answer', 'answer the questions')} below it.</p>"
        f"{case_html(case, diagnosis, model.asked)}"
        f"{_manual(model, case)}{_files(case)}</div>"
    )


def _cases_nav(model: TrainingModel) -> str:
    works = model.works(model.session) if model.session else ()
    buttons = "".join(_case_button(n, work, is_open=n == model.number) for n, work in enumerate(works))
    level = _level_menu(model) if model.mode is Mode.LEARN else ""
    case = f"Case {model.number + 1} of {len(works)}"
    cases = f'<section role="navigation" aria-label="Cases" class="cs-cases">{buttons}</section>'
    return f'<h2 data-at="case" tabindex="-1">{case}</h2>{cases}{level}'


def _case_button(number: int, work: Work, *, is_open: bool) -> str:
    sign, words = ("✔", "solved") if work.solved else ("◐", "shown") if work.revealed else ("○", "open")
    pressed = "true" if is_open else "false"
    return (
        f'<button type="button" data-act="case" data-value="{number}" aria-pressed="{pressed}">'
        f'{"▸ " if is_open else ""}{number + 1} <span aria-hidden="true">{sign}</span>'
        f'<span class="cs-hidden"> {words}</span></button> '
    )


def _level_menu(model: TrainingModel) -> str:
    levels = (("1", "1: one clear fault"), ("2", "2: with distractors"), ("3", "3: a fault that hides another"))
    least = model.lesson.least_level
    chosen = str(model.lesson_session(model.lesson).level)
    menu = snippets.menu("Level", "level", [each for each in levels if int(each[0]) >= least], chosen)
    return f'<div class="cs-fields">{menu}{_button("Other cases", "other")}</div>'


def _manual(model: TrainingModel, case: PracticeCase) -> str:
    shown = snippets.checkbox("Manual mode: do AWS’s steps by hand on this case", "manual", is_on=model.is_manual)
    return shown + (f'<section data-at="manual" tabindex="-1">{manual_html(case)}</section>' if model.is_manual else "")


def _files(case: PracticeCase) -> str:
    users = _button("users.json", "file", "users") if case.users_file is not None else ""
    files = f"<p>To look with other tools: {_button('saml.har', 'file', 'capture')} {users}</p>"
    return folded("The case’s files", files)


# --- the answer --------------------------------------------------------------------------------------------


def answer_html(model: TrainingModel) -> str:
    """The questions, the hints that were taken, what was right, and the solution where it is due."""
    case, diagnosis = model.case, model.diagnosis
    if model.mode is Mode.TRAIN or case is None or diagnosis is None or model.is_slides:
        return ""
    shown = _solution(model, case, diagnosis) if model.work.is_over else _questions(model, case, diagnosis)
    return (
        f'<h2 data-at="answer" tabindex="-1">Your answer</h2><div data-key="{esc(case.id)}-{model.work.is_over}">'
        f"{shown}</div>"
    )


def _questions(model: TrainingModel, case: PracticeCase, diagnosis: Diagnosis) -> str:
    asked = _fix(model, case, diagnosis) if model.work.found else _cause(model, case, diagnosis)
    hint = f"Give me a hint ({model.hints_left} left)"
    return (
        f"{asked}<p>{snippets.button('Check my answer', 'check', main=True)} "
        f"{_button(hint, 'hint', is_on=model.hints_left > 0)} {_button('Show the solution', 'reveal')}</p>"
        f"{_hints(model)}{remarks_html(_due(model))}"
    )


def _due(model: TrainingModel) -> tuple[Remark, ...]:
    """The remarks that are not shown as found already."""
    return tuple(r for r in model.remarks if r.part is Part.FIX or not model.work.found)


def _cause(model: TrainingModel, case: PracticeCase, diagnosis: Diagnosis) -> str:
    """The first two questions."""
    given, asked = model.work.given, model.asked
    causes = [(name, title(name), "") for name in grading.causes(case)]
    entries = _menu(
        "Which entry shows it?", Part.ENTRY, [*grading.entries(diagnosis)], "no entry shows it", given.entry
    )
    parts = [(name, f"{name}: {means}") for name, means in grading.ATTRIBUTES.items()]
    part = _menu("Which part of the response?", Part.ATTRIBUTE, parts, "no part of it", given.attribute)
    users = [(u.username, u.username) for u in case.users.users] if case.users else []
    user = _menu("Which Connect user?", Part.USER, users, "no user of the list", given.user)
    menus = entries + (part if Part.ATTRIBUTE in asked else "") + (user if Part.USER in asked else "")
    return (
        f"{snippets.choice('1. What is the cause?', 'cause', causes, given.cause)}"
        f'<fieldset><legend>2. What shows it?</legend><div class="cs-fields">{menus}</div></fieldset>'
        '<p class="cs-quiet">When both are right, the last question follows: what has to be done?</p>'
    )


def _fix(model: TrainingModel, case: PracticeCase, diagnosis: Diagnosis) -> str:
    """What was found, and the last question."""
    found = [part for part in model.asked if part is not Part.FIX]
    right = items(map(_remark, grading.remarks(case, diagnosis, model.work.given, found)))
    fixes = [(str(n), fix, "") for n, fix in enumerate(grading.fixes(case))]
    asked = snippets.choice("3. What has to be done?", "fix", fixes, model.work.given.fix)
    return f'<div data-at="fix" tabindex="-1">{right}</div>{asked}'


def _menu(name: str, part: Part, options: Sequence[tuple[str, str]], none: str, chosen: str) -> str:
    return snippets.menu(name, part.value, [("", "— choose —"), *options, (NONE, none)], chosen)


def _hints(model: TrainingModel) -> str:
    taken = "".join(f"<li>{sentence(hint)}</li>" for hint in model.hints)
    return snippets.status_region(
        f'<div data-at="hint" tabindex="-1"><h4>Hints</h4><ol>{taken}</ol></div>' if taken else ""
    )


def remarks_html(told: Sequence[Remark]) -> str:
    """What is right and what is not, part by part."""
    listed = items(_remark(remark) for remark in told)
    right = sum(remark.is_right for remark in told)
    head = f"<h4>{right} of {len(told)} right</h4>"
    return f'<div role="status" data-at="remarks" tabindex="-1">{head + listed if told else ""}</div>'


def _remark(remark: Remark) -> str:
    mood = RIGHT if remark.is_right else WRONG
    return f"{badge(mood)} <strong>{esc(PART_WORDS[remark.part])}</strong>: {sentence(remark.text)}"


# --- the solution ------------------------------------------------------------------------------------------


def _solution(model: TrainingModel, case: PracticeCase, diagnosis: Diagnosis) -> str:
    """The trainee's answer, the right one and the toolkit's, side by side."""
    work = model.work
    tries = f"after {work.tries} {'try' if work.tries == 1 else 'tries'} and {hints_words(work.hints)}"
    head = f"✔ Solved {tries}." if work.solved else f"The solution, {tries}."
    rows = [row(cells) for cells in _compared(model, case, diagnosis)]
    sign_in_diagnosis = _decisive(diagnosis)
    card = _toolkit(sign_in_diagnosis) if sign_in_diagnosis else f"<p>{sentence(diagnosis.note or '')}</p>"
    return (
        f'<div role="status" data-at="solution" tabindex="-1"><p><strong>{esc(head)}</strong></p>'
        f"<p>{sentence(case.answer.cause)}</p></div>"
        f"{table(('', 'Your answer', 'The answer', 'The toolkit’s'), rows, 'Your answer beside the solution')}"
        f"{items(map(sentence, _also(case)))}{folded('Why the others are wrong', _why_others(case))}"
        f"<h3>What the toolkit says</h3>{card}{_onward(model)}"
    )


def _toolkit(sign_in_diagnosis: SignInDiagnosis) -> str:
    """The toolkit's verdict, where it broke, and the two names."""
    names = folded("The two names", matches_table(sign_in_diagnosis))
    return (
        f"{verdict_card(sign_in_diagnosis)}{folded('Where it broke', picture(sign_in_diagnosis))}"
        f'<div data-at="names" tabindex="-1">{names}</div>'
    )


def _decisive(diagnosis: Diagnosis) -> SignInDiagnosis | None:
    """The sign-in that gave the capture its verdict."""
    return next((j for j in reversed(diagnosis.sign_ins) if j.verdict == diagnosis.verdict), None)


def _compared(model: TrainingModel, case: PracticeCase, diagnosis: Diagnosis) -> Iterator[tuple[str, ...]]:
    answer, given, sign_in_diagnosis = case.answer, model.work.given, _decisive(diagnosis)
    finding = sign_in_diagnosis.main_finding if sign_in_diagnosis else None
    seen = sorted({p.entry for p in finding.evidence if p.entry is not None}) if finding else []
    own = title(given.cause) if given.cause else "—"
    said = diagnosis.verdict.headline if diagnosis.verdict else "—"
    yield "The cause", esc(own), esc(title(answer.verdict)), esc(said)
    entries = " or ".join(map(str, answer.entries)) or "none"
    yield "The entry", esc(given.entry or "—"), esc(entries), esc(", ".join(map(str, seen)) or "—")
    if Part.ATTRIBUTE in model.asked:
        yield "The part of the response", esc(given.attribute or "—"), esc(answer.attribute or "none"), "see below"
    if Part.USER in model.asked:
        meant = value(answer.username) if answer.username else "none"
        users = ", ".join(value(m.user.username) for m in sign_in_diagnosis.matches[:3]) if sign_in_diagnosis else ""
        yield "The Connect user", value(given.user) if given.user else "—", meant, users or "—"
    yield "The fix", sentence(grading.fix_of(case, given.fix) or "—"), sentence(answer.fix), "see below"


def _also(case: PracticeCase) -> Iterator[str]:
    """What else is in a case of level 3."""
    if case.answer.next:
        yield f"Behind it, a second fault will show when this one is gone: {case.answer.next}"
    if case.answer.earlier:
        yield case.answer.earlier


def _why_others(case: PracticeCase) -> str:
    wrong = [(title(each.name), each.why) for each in case.answer.wrong]
    told = [*wrong, *((each.name, each.why) for each in case.answer.wrong_fixes)]
    return items(f"<strong>{sentence(name)}</strong>: {sentence(why)}" for name, why in told)


def _onward(model: TrainingModel) -> str:
    count = model.session.count if model.session else 0
    if model.number + 1 < count:
        return f"<p>{_button('Next case', 'case', str(model.number + 1))}</p>"
    if model.mode is Mode.LEARN and model.progress.lesson + 1 < len(LESSONS):
        return f"<p>{_button('Next lesson', 'lesson', str(model.progress.lesson + 1))}</p>"
    return "<p>That was the last one.</p>"


# --- the foot ----------------------------------------------------------------------------------------------


def foot_html(model: TrainingModel) -> str:
    """Where the progress is, and how to begin anew."""
    kept = (
        f"<p>Your answers are kept on this computer only, in {value(model.path.name)} in the folder "
        f"{value(model.path.parent.name)}, which only you can read. Come back whenever you like. Nothing of it is "
        f"saved with the notebook.</p>{snippets.button('Forget all and begin anew', 'reset')}"
    )
    return folded("Your progress", kept)
