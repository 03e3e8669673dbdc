"""Diagnoses as Markdown for a ticket: what a capture holds is text in it, never markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from connect_saml_nb.facts import sign_in_facts
from connect_saml_nb.render.words import clock, fact_rows, list_notes, plain, remedy_lines, users_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis

_MARKDOWN = re.compile(r"([\\`*_\[\]|~$])")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escaped(text: object) -> str:
    """Text that Markdown, and HTML inside it, take for text."""
    return _MARKDOWN.sub(r"\\\1", plain(text)).translate(_HTML)


def code_block(text: str) -> str:
    """A block of code whose fence is longer than any in the text."""
    fence = "`" * (max((len(m) for m in re.findall(r"`+", text)), default=2) + 1)
    return f"{fence}bash\n{text}\n{fence}"


def to_markdown(diagnoses: Iterable[Diagnosis]) -> str:
    """Give Markdown for a ticket."""
    return "\n".join(line for d in diagnoses for line in _capture(d)) + "\n"


def _capture(diagnosis: Diagnosis) -> Iterator[str]:
    yield f"# {escaped(diagnosis.name)}\n"
    if diagnosis.verdict is None:
        yield f"**Not read.** {escaped(diagnosis.problem)}\n"
        return
    yield f"{escaped(' '.join((users_line(diagnosis.users) + '.', *list_notes(diagnosis))))}\n"
    if diagnosis.problem:
        yield f"**{escaped(diagnosis.problem)}**\n"
    if not diagnosis.sign_ins:
        yield f"**no-sign-in.** {escaped(diagnosis.note)}\n"
    for sign_in_diagnosis in diagnosis.sign_ins:
        yield from _sign_in(sign_in_diagnosis)


def _sign_in(diagnosis: SignInDiagnosis) -> Iterator[str]:
    sign_in = diagnosis.sign_in
    yield f"## {sign_in.number}. {escaped(diagnosis.verdict)} ({clock(sign_in.started)})\n"
    yield f"{escaped(diagnosis.summary)}\n"
    main = diagnosis.main_finding
    if main:
        yield "### What to do\n"
        yield from (f"- {escaped(line)}" for line in remedy_lines(main.remedy.actions))
        yield from ("\n" + code_block("\n".join(map(plain, str(c).split("\n")))) for c in main.remedy.commands)
        yield f"\n<{main.docs}>\n"
    yield "### The sign-in\n"
    yield "| | |\n|---|---|"
    yield from (f"| {name} | {escaped(value)} |" for name, value in fact_rows(sign_in_facts(diagnosis)))
    yield from (f"| Connect user ({m.kind.value}) | {escaped(m.user.username)} |" for m in diagnosis.matches[:10])
    others = [f for f in diagnosis.findings if f is not main]
    if others:
        yield "\n### Also found\n"
        yield from (f"- {f.severity.value}: {escaped(f.message)} ({escaped(f.rule)})" for f in others)
    if diagnosis.not_checked:
        yield "\n### Not checked\n"
        yield from (f"- {escaped(n.rule)}: {escaped(n.reason)}" for n in diagnosis.not_checked)
    yield ""
