"""Diagnoses as text for a terminal: control characters never reach it, and lines have at most 80 columns."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

from connect_saml_nb.facts import sign_in_facts
from connect_saml_nb.model.diagnosis import Diagnosis, Relation, SignInDiagnosis
from connect_saml_nb.model.finding import Command, Finding, MissingInput, NotChecked, Severity, Shell
from connect_saml_nb.render.words import (
    HOW_TO_CHECK,
    clock,
    fact_rows,
    list_notes,
    plain,
    remedy_lines,
    step_row,
    users_line,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connect_saml_nb.model.signin import Step

MARKS = {0: ("✓", "32"), 1: ("?", "33"), 2: ("✗", "31")}
WIDEST = 80
_NAME_WIDTH = 17


class TextLines:
    """Lines of text, in colour or not."""

    def __init__(self, *, colour: bool, width: int) -> None:
        self.colour, self.width = colour, width
        self.lines: list[str] = []

    def paint(self, text: str, code: str) -> str:
        """The text in a colour, where colours are asked for."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def line(self, text: str = "", code: str = "") -> None:
        """Add one line."""
        self.lines.append(self.paint(text, code) if code else text)

    def head(self, text: str) -> None:
        """Add a heading after an empty line."""
        self.line()
        self.line(f"  {text}", "1")

    def wrap(self, text: str, indent: int = 2, code: str = "") -> None:
        """Wrap words; what cannot be broken (ARNs, URLs) stays whole."""
        for part in _wrap(text, self.width - indent):
            self.line(" " * indent + part, code)

    def row(self, name: str, value: str) -> None:
        """Add a name and its value."""
        for part in _wrap(value, self.width - _NAME_WIDTH - 4):
            self.line(f"    {name:<{_NAME_WIDTH}}{part}")
            name = ""


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def to_text(diagnoses: Iterable[Diagnosis], *, colour: bool = False, width: int | None = None) -> str:
    """Give text for a terminal of at most 80 columns; colours only where asked for."""
    text = TextLines(colour=colour, width=min(width or shutil.get_terminal_size().columns, WIDEST))
    for number, diagnosis in enumerate(diagnoses):
        if number:
            text.line()
            text.line("─" * text.width, "2")
            text.line()
        _text_capture(text, diagnosis)
    return "\n".join(text.lines) + "\n"


def _text_capture(text: TextLines, diagnosis: Diagnosis) -> None:
    text.line(plain(diagnosis.name), "1")
    if diagnosis.verdict is None:
        text.wrap(f"✗ not read: {plain(diagnosis.problem)}", 0, "31")
        return
    count = len(diagnosis.capture.entries) if diagnosis.capture else 0
    made = f"recorded by {plain(diagnosis.creator)}, " if diagnosis.creator else ""
    text.wrap(f"{made}{count:,} request{'' if count == 1 else 's'}", 0, "2")
    text.wrap(users_line(diagnosis.users), 0, "2")
    for note in list_notes(diagnosis):
        text.wrap(note, 0, "2")
    if diagnosis.problem:
        text.wrap(f"! {plain(diagnosis.problem)}", 0, "33")
    if not diagnosis.sign_ins:
        text.line()
        text.line("? no-sign-in", "1;33")
        text.wrap(f"Nothing in this capture tries to reach Connect with SAML. {plain(diagnosis.note)}")
    for sign_in_diagnosis in diagnosis.sign_ins:
        _text_sign_in(text, sign_in_diagnosis, len(diagnosis.sign_ins))


def _text_sign_in(text: TextLines, diagnosis: SignInDiagnosis, count: int) -> None:
    sign_in = diagnosis.sign_in
    mark, code = MARKS[diagnosis.verdict.rank]
    which = f"sign-in {sign_in.number} of {count}, " if count > 1 else ""
    text.line()
    text.line(f"{mark} {diagnosis.verdict}", f"1;{code}")
    text.line(f"  {which}{clock(sign_in.started)}", "2")
    text.wrap(plain(diagnosis.summary))
    main = diagnosis.main_finding
    if main:
        _text_finding(text, main)
    _text_matches(text, diagnosis)
    text.head("The sign-in")
    for name, value in fact_rows(sign_in_facts(diagnosis)):
        text.row(name, value)
    _text_steps(text, sign_in.steps)
    _text_others(text, diagnosis)


def _text_finding(text: TextLines, finding: Finding) -> None:
    text.head("What to do")
    for line in remedy_lines(finding.remedy.actions):
        text.wrap(plain(line), 4)
    for command in _of_this_shell(finding.remedy.commands):
        text.line()
        for line in str(command).split("\n"):
            text.line("    " + plain(line), "36")
    if finding.evidence:
        text.head("Where it can be seen")
    for place in finding.evidence:
        where = f"entry {place.entry}" if place.entry is not None else place.where
        text.row(where, plain(place.detail))
    text.line()
    text.line(f"  {finding.docs}", "2")


def _text_matches(text: TextLines, diagnosis: SignInDiagnosis) -> None:
    if diagnosis.matches:
        text.head("Connect users that could be meant")
    for match in diagnosis.matches[:10]:
        text.row(match.kind.value, plain(repr(match.user.username)))
    if len(diagnosis.matches) > 10:  # noqa: PLR2004 -- as many as fit on a screen
        text.line(f"    … and {len(diagnosis.matches) - 10} more")
    if diagnosis.matches and diagnosis.relation is Relation.OTHER:
        text.line("    (of another instance than the one this sign-in went to)")


_MOST_STEPS = 25
_FEW = 4


def _text_steps(text: TextLines, steps: Sequence[Step]) -> None:
    if not steps:
        return
    text.head("Its steps")
    shown = steps if len(steps) <= _MOST_STEPS else (*steps[:12], *steps[-12:])
    for step in shown:
        index, time, method, status, role, url = step_row(step)
        line = f"    {index:>4} {time} {method:<4} {status:>3}  {role}: {url}"
        text.line(line if len(line) <= text.width else line[: text.width - 1] + "…")
    if len(shown) < len(steps):
        text.line(f"    ({len(steps) - len(shown)} steps in between are left out here)", "2")


_OTHER_SHELL = Shell.BASH if sys.platform == "win32" else Shell.POWERSHELL


def _of_this_shell(commands: Sequence[Command]) -> list[Command]:
    """The commands for the shell that is usual on this machine; every other output has them all."""
    return [command for command in commands if command.shell is not _OTHER_SHELL]


def _text_others(text: TextLines, diagnosis: SignInDiagnosis) -> None:
    others = [f for f in diagnosis.findings if f is not diagnosis.main_finding]
    if others:
        text.head("Also found")
    for finding in others:
        mark = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.INFO: "·"}[finding.severity]
        text.wrap(f"{mark} {plain(finding.message)} [{finding.rule}]", 4)
    text.head(f"Passed: {len(diagnosis.passed)}. Not checked: {len(diagnosis.not_checked)}")
    for lack, how in HOW_TO_CHECK.items():
        _text_lack(text, [n for n in diagnosis.not_checked if n.missing is lack], how)


def _text_lack(text: TextLines, lacking: Sequence[NotChecked], how: str) -> None:
    if not lacking:
        return
    text.wrap(f"{how}: {len(lacking)}", 4)
    text.wrap(", ".join(n.rule for n in lacking), 8, "2")
    for reason in dict.fromkeys(n.reason for n in lacking if n.missing is MissingInput.ANSWER):
        text.wrap(f"- {plain(reason)}", 8, "2")
