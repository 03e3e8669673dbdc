"""The trainer's part of the training page: choosing a session, its files, and the room's results. Model -> HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.notebook.training import snippets
from connect_saml_nb.notebook.training.model import Mode
from connect_saml_nb.notebook.training.snippets import Mood, badge, esc, notice, row, table
from connect_saml_nb.training import LEVELS, classroom, topics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connect_saml_nb.notebook.training.model import TrainingModel
    from connect_saml_nb.training.preflight import Check

_READY, _NOT_READY = Mood("good", "✔", "ready"), Mood("bad", "✖", "not ready")
_MAY_LACK = Mood("warn", "▲", "missing, not needed")
_LEVELS = ("one clear fault", "with distractors", "a fault that hides another")


def trainer_html(model: TrainingModel) -> str:
    """The session to choose, its code and its files; nothing for trainees."""
    if model.mode is not Mode.TRAIN:
        return ""
    chosen = model.trainer
    ticks = "".join(_topic(topic, n, is_on=topic in chosen.chosen) for n, topic in enumerate(topics(), 1))
    levels = [(str(n), f"{n}: {words}") for n, words in zip(LEVELS, _LEVELS, strict=True)]
    fields = (
        snippets.menu("Level", "train_level", levels, str(chosen.level))
        + snippets.text_input("Number of cases", "train_count", str(chosen.count))
        + snippets.text_input("Seed (another number gives other cases)", "train_seed", str(chosen.seed))
    )
    code = snippets.status_region(
        f"<p class=cs-code-said>The code for the room: <strong>{esc(chosen.code)}</strong></p>"
    )
    return (
        "<h2>The session</h2><fieldset><legend>Topics (none ticked: all)</legend>"
        f"{ticks}</fieldset><div class='cs-fields'>{fields}</div>"
        f"{code}"
        "<p>Each trainee chooses ‘Practise with the room’ and enters the code: all get the same cases. The zip is for "
        "those who rather work with files. The answers are in what you download with ‘answers’ or ‘trainer’ in its "
        "name, and nowhere else before a case is over.</p>"
        f"<p>{snippets.button('Handout to print', 'handout')} "
        f"{snippets.button('Answers to print (for you)', 'answers')} "
        f"{_pack('Zip for the trainees', 'trainees')} {_pack('Zip with the answers (for you)', 'trainer')}</p>"
        f"<h2>Is this computer ready?</h2><p>{snippets.button('Check this computer', 'computer')} The fingerprint must "
        f"be the same on all computers of the room. In a terminal: "
        f"<code>connect-saml practice ready {esc(chosen.code)}</code></p>"
        f"{snippets.status_region(checks_html(chosen.checked))}"
        "<h2>The room’s results</h2><p>Collect what the trainees exported, and give all files at once.</p>"
    )


def _topic(topic: str, number: int, *, is_on: bool) -> str:
    return snippets.checkbox(f"{number}. {topic}", f"topic-{number}", is_on=is_on)


def _pack(name: str, which: str) -> str:
    return f'<button type="button" data-act="pack" data-value="{which}">{esc(name)}</button>'


def checks_html(checked: Sequence[Check]) -> str:
    """What was tried on this computer, and what was seen."""
    rows = [row((esc(c.name), badge(_mood(c)), esc(c.seen))) for c in checked]
    return table(("What", "State", "Seen"), rows, "This computer") if rows else ""


def _mood(check: Check) -> Mood:
    return _READY if check.is_ready else _NOT_READY if check.is_needed else _MAY_LACK


def results_html(model: TrainingModel) -> str:
    """Who struggled with what: a row for each trainee, and one for each case, the hardest first."""
    told = model.trainer.room if model.mode is Mode.TRAIN else None
    if told is None:
        return ""
    tables = (("Who", classroom.people_table(told)), ("With what, the hardest first", classroom.struggle_table(told)))
    shown = "".join(f"<h3>{esc(name)}</h3>{_plain_table(name, rows)}" for name, rows in tables)
    left = "".join(map(notice, told.left_out))
    return f'<div data-at="room" tabindex="-1">{left}{shown}{snippets.button("Save both tables (CSV)", "csv")}</div>'


def _plain_table(name: str, rows: Sequence[Sequence[str]]) -> str:
    return table(rows[0], [row(map(esc, cells)) for cells in rows[1:]], name)
