"""What came of one or several captures, as one page: the chosen sign-in below a choice of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.notebook.attributes import attribute_table
from connect_saml_nb.notebook.causes import causes_table, findings_list, not_checked_list, passed_list
from connect_saml_nb.notebook.components import (
    RULES_BY_ID,
    esc,
    folded,
    items,
    matches_table,
    notice,
    remedy_list,
    row,
    section,
    sentence,
    table,
    title_of,
    value,
    verdict_badge,
    verdict_card,
    when,
)
from connect_saml_nb.notebook.steps import picture, steps_table, time_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis

_PICKS_SHOWN = 500


def judgement_html(sign_in_diagnosis: SignInDiagnosis, diagnosis: Diagnosis) -> str:
    """Everything about one sign-in: the card first, the rest in the order in which it helps."""
    found, skipped, passed = (
        len(sign_in_diagnosis.findings),
        len(sign_in_diagnosis.not_checked),
        len(sign_in_diagnosis.passed),
    )
    return (
        verdict_card(sign_in_diagnosis, diagnosis)
        + _part("Where it broke", picture(sign_in_diagnosis), is_open=True)
        + _part(
            "The two names",
            causes_table(sign_in_diagnosis) + matches_table(sign_in_diagnosis, diagnosis),
            "names",
            is_open=True,
        )
        + _part("What the response says about the person", attribute_table(sign_in_diagnosis), is_open=True)
        + _part("Times", time_bar(sign_in_diagnosis))
        + _part("Steps of the sign-in", steps_table(sign_in_diagnosis))
        + _part(f"All findings ({found})", findings_list(sign_in_diagnosis))
        + _part(f"Not checked ({skipped}), and how it can be", not_checked_list(sign_in_diagnosis))
        + _part(f"Passed ({passed})", items(passed_list(sign_in_diagnosis)))
    )


def _part(title: str, content: str, at: str = "", *, is_open: bool = False) -> str:
    place = f' data-at="{at}" tabindex="-1"' if at else ""
    return f'<div class="cs-fold"{place}>{folded(title, content, is_open=is_open)}</div>'


# --- captures ----------------------------------------------------------------------------------------------


def capture_line(diagnosis: Diagnosis) -> str:
    """What was read, in one line, and what is wrong with it."""
    count = len(diagnosis.capture.entries) if diagnosis.capture else 0
    by = f", recorded by {value(diagnosis.creator)}" if diagnosis.creator else ""
    read = (
        f"<p>{value(diagnosis.name)}{by}: {count:,} {'entry' if count == 1 else 'entries'}.</p>"
        if diagnosis.capture
        else ""
    )
    return read + (notice(diagnosis.problem) if diagnosis.problem else "")


def no_sign_in_card(diagnosis: Diagnosis) -> str:
    """A capture without a sign-in: what it holds, and how to record a better one."""
    advice = RULES_BY_ID["capture-incomplete"].remedy
    return (
        '<article class="cs-card cs-open" data-at="verdict" tabindex="-1">'
        f'<p class="cs-over">{verdict_badge("no-sign-in")} <code>no-sign-in</code></p>'
        f"<h3>{esc(title_of('no-sign-in'))}</h3>"
        f'<p class="cs-summary">{sentence(diagnosis.note or "")}</p>'
        f"{section('What to do', remedy_list(advice))}</article>"
    )


def picker(diagnoses: Sequence[Diagnosis], chosen: tuple[int, int]) -> str:
    """Every sign-in of every capture, each with a button that shows it; nothing where there is only one."""
    picks = [(d, (at, n)) for at, d in enumerate(diagnoses) for n in range(max(1, len(d.sign_ins)))]
    if len(picks) < 2:  # noqa: PLR2004 - one needs no choice
        return ""
    rows = [_pick_row(diagnosis, place, place == chosen) for diagnosis, place in picks[:_PICKS_SHOWN]]
    more = len(picks) - _PICKS_SHOWN
    left = f"<p>… and {more:,} more, which are not listed here.</p>" if more > 0 else ""
    head = ("", "Capture", "Started", "Name in the response", "Verdict")
    count = sum(len(d.sign_ins) for d in diagnoses)
    title = f"<h3>{count:,} sign-ins: choose one</h3>"
    return f'<div class="cs-picker">{title}{table(head, rows, "Sign-ins")}{left}</div>'


def _pick_row(diagnosis: Diagnosis, place: tuple[int, int], is_chosen: bool) -> str:  # noqa: FBT001 - a private row
    sign_in_diagnosis = diagnosis.sign_ins[place[1]] if diagnosis.sign_ins else None
    sign_in = sign_in_diagnosis.sign_in if sign_in_diagnosis else None
    verdict = sign_in_diagnosis.verdict if sign_in_diagnosis else diagnosis.verdict
    what = f"{verdict_badge(verdict)} {esc(title_of(verdict))}" if verdict else esc(diagnosis.problem or "not readable")
    number = f"sign-in {sign_in.number}" if sign_in else "capture"
    pressed = "true" if is_chosen else "false"
    button = (
        f'<button type="button" class="cs-small" data-act="pick" data-value="{place[0]}:{place[1]}" '
        f'aria-pressed="{pressed}">{"● shown" if is_chosen else "Show"}'
        f'<span class="cs-hidden"> {number}</span></button>'
    )
    name = value(sign_in.role_session_name) if sign_in and sign_in.role_session_name is not None else "—"
    time = when(sign_in.started) if sign_in else "—"
    return row((button, value(diagnosis.name), time, name, what), mark="cs-here" if is_chosen else "")


def result(diagnoses: Sequence[Diagnosis], chosen: tuple[int, int]) -> str:
    """The chosen sign-in's diagnosis, below a choice where there are several. Nothing without diagnoses."""
    if not diagnoses:
        return ""
    diagnosis = diagnoses[chosen[0]]
    sign_in_diagnosis = diagnosis.sign_ins[chosen[1]] if diagnosis.sign_ins else None
    if sign_in_diagnosis:
        shown = judgement_html(sign_in_diagnosis, diagnosis)
    else:
        shown = no_sign_in_card(diagnosis) if diagnosis.verdict else ""
    key = f"{chosen[0]}:{chosen[1]}:{diagnosis.verdict}:{sign_in_diagnosis.verdict if sign_in_diagnosis else ''}"
    return f'{picker(diagnoses, chosen)}<div data-key="{esc(key)}">{capture_line(diagnosis)}{shown}</div>'
