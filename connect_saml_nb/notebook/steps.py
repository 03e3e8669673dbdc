"""A sign-in as a picture, a time bar and a table of its requests: values -> HTML, everything escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb import urls
from connect_saml_nb.model.signin import FlowRole
from connect_saml_nb.notebook.components import esc, folded, items, row, shown_url, table, value, when
from connect_saml_nb.render import sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.model.capture import Entry
    from connect_saml_nb.model.diagnosis import SignInDiagnosis
    from connect_saml_nb.model.signin import Step

_STEPS_SHOWN = 40
_FIELDS_SHOWN = 30


# --- the picture and the time bar --------------------------------------------------------------------------


def picture(diagnosis: SignInDiagnosis) -> str:
    """The sign-in as a sequence diagram, with the same in words below it."""
    words = folded("The picture in words", items(map(esc, sequence.to_words(diagnosis))))
    return f'<div class="cs-picture">{sequence.to_svg(diagnosis)}</div>{words}'


def time_bar(diagnosis: SignInDiagnosis) -> str:
    """When the response was issued, valid and posted, with the same in words below it."""
    drawn = sequence.time_bar_svg(diagnosis)
    words = sequence.time_bar_words(diagnosis)
    if not drawn:
        return "".join(f"<p>{esc(line)}</p>" for line in words)
    return f'<div class="cs-picture">{drawn}</div>{folded("The times in words", items(map(esc, words)))}'


# --- the requests ------------------------------------------------------------------------------------------

#: What each role means, for people.
EXPLAINED = {
    FlowRole.IDP_PAGE: "the company’s sign-in page",
    FlowRole.IDP_RESPONSE: "the identity provider hands the SAML response to the browser",
    FlowRole.BROKER_POST: "the response goes to another application first",
    FlowRole.AWS_POST: "the browser posts the response to AWS",
    FlowRole.ROLE_POST: "the person chose a role",
    FlowRole.AWS_PAGE: "a page of AWS’s sign-in",
    FlowRole.CONSOLE_LOGIN: "the AWS console asks for a login",
    FlowRole.FEDERATE: "AWS looks for the Connect user",
    FlowRole.CONSOLE: "the AWS console",
    FlowRole.CONNECT: "Amazon Connect itself",
    FlowRole.CONNECT_REQUEST: "a request of a Connect page",
}


def steps_table(diagnosis: SignInDiagnosis) -> str:
    """The sign-in's requests in order; the ones that findings point to and the one where it ended are marked."""
    steps = diagnosis.sign_in.steps
    if not steps:
        return "<p>The recording shows no request of this sign-in.</p>"
    marked = {p.entry for f in diagnosis.findings if f.verdict == diagnosis.verdict for p in f.evidence}
    last = diagnosis.sign_in.last.index if diagnosis.sign_in.last else None
    rows = [_step_row(step, marked, last) for step in steps]
    head = ("Entry", "Time (UTC)", "What it is", "Request (secrets hidden)", "Status")
    shown = table(head, rows[:_STEPS_SHOWN], "Steps of the sign-in")
    rest = rows[_STEPS_SHOWN:]
    day = f"<p>{when(diagnosis.sign_in.started)}. Entries are counted from 0, as in the file.</p>"
    return day + shown + (folded(f"{len(rest):,} more steps", table(head, rest, "More steps")) if rest else "")


def _step_row(step: Step, marked: set[int | None], last: int | None) -> str:
    entry = step.entry
    time = f"{entry.started:%H:%M:%S}.{entry.started.microsecond // 1000:03d}" if entry.started else "—"
    here = "here" if entry.index in marked else ""
    flag = '<span class="cs-flag">► see here</span> ' if here else ""
    ended = '<br><span class="cs-flag">■ the sign-in ended here</span>' if entry.index == last else ""
    what = f"{flag}<strong>{esc(step.role.value)}</strong><br>{EXPLAINED[step.role]}{ended}"
    cells = (
        str(entry.index),
        f'<span class="cs-nowrap">{time}</span>',
        what,
        f"{esc(entry.method)} {value(shown_url(entry.url))}{folded('Request', _request(entry))}",
        esc(entry.status or entry.error or "no answer"),
    )
    return row(cells, at=f"entry-{entry.index}", mark=f"cs-{here}" if here else "")


def _request(entry: Entry) -> str:
    """What was asked and answered: names, sizes and addresses, never what a secret can be in."""
    pairs = [
        ("Took", f"{entry.time_ms:,.0f} ms" if entry.time_ms is not None else None),
        ("Answer", esc(entry.mime_type) or None),
        ("Sent on to", value(shown_url(entry.location)) if entry.location else None),
        ("Network error", esc(entry.error) or None),
        ("Posted fields", items(_fields(entry)) or None),
    ]
    rows = "".join(f"<dt>{name}</dt><dd>{shown}</dd>" for name, shown in pairs if shown)
    return f'<dl class="cs-pair">{rows}</dl>'


def _fields(entry: Entry) -> Iterator[str]:
    """The names of what was posted; the relay state's address, of everything else only the length."""
    posted = entry.post_data
    if posted is None:
        return
    pairs = [(p.name, p.value) for p in posted.params]
    if not pairs and posted.text and "form-urlencoded" in posted.mime_type:
        pairs = list(urls.split(f"https://form/?{posted.text}").parameters)
    for name, text in pairs[:_FIELDS_SHOWN]:
        shown = value(shown_url(urls.unquoted(text))) if name == "RelayState" else f"{len(text):,} characters, hidden"
        yield f"{value(name)}: {shown}"
    if len(pairs) > _FIELDS_SHOWN:
        yield f"… and {len(pairs) - _FIELDS_SHOWN:,} more fields"
    if posted.lost:
        yield f"not recorded: {esc(posted.lost)}"
