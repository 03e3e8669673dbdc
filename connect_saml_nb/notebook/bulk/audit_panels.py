"""The directory audit as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb import audit
from connect_saml_nb.audit import Failing, Shared, Unreached
from connect_saml_nb.notebook import widgets
from connect_saml_nb.notebook.bulk.panels import act, many, mood_badge, second_wide, turn_html
from connect_saml_nb.notebook.components import (
    esc,
    folded,
    items,
    match_words,
    notice,
    remedy_list,
    row,
    sentence,
    table,
    value,
)

if TYPE_CHECKING:
    from connect_saml_nb.audit import Audit, Export
    from connect_saml_nb.notebook.bulk.audit_model import AuditModel, Shown

_PAGE = 100


def input_html(model: AuditModel, *, is_busy: bool) -> str:
    """The export, the column, and the button."""
    html = (
        "<h3>Who will fail before they try?</h3><p>Give what the identity provider exports (CSV, JSON or LDIF of "
        "Entra, Okta, Google Workspace, Active Directory …). It is compared with the Connect users of step 2, in both "
        "directions.</p>"
    )
    if model.received:
        html += widgets.said(f"<p>✔ {value(model.received)} is here. Another one takes its place.</p>")
    html += widgets.entry("Or its path on the server", "audit_path", model.path, "people.csv", enter="compare")
    fields = _lists_html(model) + _columns_html(model)
    html += f'<div class="cs-fields">{fields}</div>' if fields else ""
    if is_busy:
        return html + act("Stop", "audit_stop", small=False) + widgets.said(f"<p>{model.read:,} rows compared …</p>")
    missing = items(map(esc, model.blockers))
    return (
        html
        + widgets.button("Compare", "compare", main=True)
        + widgets.said(f"<p>Still missing:</p>{missing}" if missing else "")
    )


def _lists_html(model: AuditModel) -> str:
    if len(model.lists) < 2:  # noqa: PLR2004 - one needs no choice
        return ""
    options = [(str(n), f"{u.instance_id or u.source} ({len(u):,})") for n, u in enumerate(model.lists)]
    return widgets.menu("Users of", "audit_list", options, str(model.list_number))


def _columns_html(model: AuditModel) -> str:
    if model.export is None:
        return ""
    options = [("", "let it be told"), *((name, name) for name in model.export.columns)]
    return widgets.menu("Column that is sent as RoleSessionName", "audit_column", options, model.column)


# --- what came of it ---------------------------------------------------------------------------------------


def audit_html(model: AuditModel) -> str:
    """The audit: in a few sentences, what helps many, and its lines."""
    found = model.audit
    if found is None:
        return ""
    return (
        f'<div data-at="audit" tabindex="-1">{_card(found)}</div>'
        + "".join(notice(note) for note in found.notes)
        + _fits_html(found.export)
        + _causes_html(model, found)
        + _lines_html(model)
        + _save_html()
    )


def _card(found: Audit) -> str:
    mood = "bad" if found.failing else "open" if found.export.choice.guessed else "good"
    first, column, *rest = audit.summary_lines(found)
    guessed = notice(column) if found.export.choice.guessed else f"<p>{sentence(column)}</p>"
    advice = items(map(sentence, found.advice))
    helps = f"<h4>What helps many</h4>{advice}" if advice else ""
    return (
        f'<article class="cs-card cs-{mood}"><p class="cs-summary">{sentence(rest[0])}</p><p>{sentence(first)}</p>'
        f"{guessed}{items(map(sentence, rest[1:]))}{helps}</article>"
    )


def _fits_html(export: Export) -> str:
    rows = [row((value(f.column), f"{f.exact:,}", f"{f.folded:,}")) for f in export.fits[:50]]
    shown = table(("Column", "Exactly a Connect username", "Letter case ignored"), rows, "How the columns fit")
    about = f"<p>In the first {many(export.sampled, 'row')}. What fits best need not be what is sent.</p>"
    return folded("How the columns fit the Connect users", about + shown) if rows else ""


def _causes_html(model: AuditModel, found: Audit) -> str:
    rows = [
        row(
            (
                mood_badge(verdict),
                f"<strong>{esc(audit.cause(verdict).title)}</strong><br><code>{esc(verdict)}</code>"
                + folded("What to do", remedy_list(audit.cause(verdict).remedy)),
                f"{count:,}",
                act("Show", "audit_part", verdict, pressed=model.part == verdict),
            )
        )
        for verdict, count in found.causes.items()
    ]
    others = (
        ("nobody", "Connect users nobody can sign in as", len(found.unreached)),
        ("shared", "Connect users that several people would share", len(found.shared)),
        ("duplicate", "Connect users equal except for letter case", sum(map(len, found.duplicates))),
    )
    rows += [
        row(("", f"<strong>{name}</strong>", f"{count:,}", act("Show", "audit_part", part, pressed=model.part == part)))
        for part, name, count in others
        if count
    ]
    return second_wide(table(("", "What", "How many", ""), rows, "What the audit found")) if rows else ""


def _lines_html(model: AuditModel) -> str:
    lines = model.chosen
    if not lines and not model.text:
        return ""
    pages = max(1, -(-len(lines) // _PAGE))
    at = min(model.at, pages - 1)
    rows = [_line_row(line) for line in lines[at * _PAGE : (at + 1) * _PAGE]]
    turns = turn_html(at, pages).replace('data-act="page"', 'data-act="audit_page"')
    find = widgets.entry("Find", "audit_find", model.text, "a name", live=True)
    every = act("Show everybody who fails", "audit_part", "") if model.part else ""
    count = widgets.said(f"<p>{len(lines):,} lines, page {at + 1:,} of {pages:,}.</p>")
    head = ("Row", "Name that is sent", "Connect user", "How they differ", "Why")
    return f"{find}{count}{every}{turns}{table(head, rows, 'Lines of the audit')}"


def _line_row(line: Shown) -> str:
    if isinstance(line, Failing):
        user = value(line.matches[0].user.username) if line.matches else "—"
        step = esc(match_words(line.step)) if line.step else "—"
        name = value(line.person.name) if line.person.name else "—"
        return row((f"{line.person.row:,}", name, user, step, sentence(audit.reason(line))))
    if isinstance(line, Unreached):
        person = line.person
        name = value(person.name) if person else "—"
        step = esc(match_words(line.step)) if line.step else "—"
        at = f"{person.row:,}" if person else "—"
        return row((at, name, value(line.user.username), step, sentence(audit.reason_unreached(line))))
    if isinstance(line, Shared):
        why = sentence(audit.reason_shared(line))
        return row((f"{line.rows[0]:,}", value(line.username), value(line.username), "exactly the same", why))
    return row(("—", "—", value(line.username), "differs in letter case only", "One of several that differ so."))


def _save_html() -> str:
    buttons = " ".join(
        act(name, "audit_output", form)
        for form, name in (("csv", "Save as CSV"), ("excel", "Save as Excel"), ("json", "Save as JSON"))
    )
    return f"<p>{buttons}</p>"
