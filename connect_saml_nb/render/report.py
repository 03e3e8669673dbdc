"""A Diagnosis as text for a terminal, as JSON, Markdown and HTML.

Everything shown here was chosen by strangers: control characters never reach a terminal, markup never reaches a page,
and no output holds a secret (assertion, signature, cookie, token; URLs are masked).
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import textwrap
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from connect_saml_nb import urls
from connect_saml_nb.idp.products import product_of
from connect_saml_nb.model.diagnosis import Relation
from connect_saml_nb.model.finding import Action, Command, MissingInput, Severity, Shell
from connect_saml_nb.text import escape_control_characters, printable_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from connect_saml_nb.model import JsonObject
    from connect_saml_nb.model.capture import Entry
    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.model.finding import Finding, NotChecked
    from connect_saml_nb.model.signin import SignIn, Step
    from connect_saml_nb.model.users import Users

SCHEMA: Final = "connect-saml-nb/diagnosis/1"
NOT_GIVEN = "Connect users were not checked: no list was given (--users FILE, or --instance-id ID --region REGION)"


# --- shared words ------------------------------------------------------------------------------------------


def plain(text: object) -> str:
    """A stranger's text on one line, inert: what does not print is shown as its code point."""
    return escape_control_characters("" if text is None else str(text))


def remedy_lines(actions: Iterable[Action]) -> tuple[str, ...]:
    """What to do, one line for each action, beginning with who does it."""
    return tuple(str(replace(action, text=action.text.capitalized())) for action in actions)


def clock(time: datetime | None, form: str = "%Y-%m-%d %H:%M:%S UTC") -> str:
    """A time for people, or a dash."""
    return time.astimezone(UTC).strftime(form) if time else "–"


def users_line(users: Sequence[Users]) -> str:
    """What the sign-ins were compared with, as a sentence."""
    if not users:
        return NOT_GIVEN
    return "; ".join(_list_line(each) for each in users)


def _list_line(users: Users) -> str:
    where = " ".join(filter(None, (users.instance_id, users.region)))
    of = f" of instance {where}" if where else ""
    whole = "complete" if users.complete else "INCOMPLETE: nobody can be called missing"
    return plain(f"{len(users):,} Connect users{of} from {users.source} ({whole})")


def list_notes(diagnosis: Diagnosis) -> tuple[str, ...]:
    """What a reader should know of the user lists: their age against the capture, and their own notes."""
    if not diagnosis.users:
        return ()
    from connect_saml_nb.users import age_sentence  # noqa: PLC0415 -- loaded already where there is a list

    captured = next((j.sign_in.started for j in diagnosis.sign_ins if j.sign_in.started), None)
    notes = [n for each in diagnosis.users for n in (age_sentence(each, captured), *each.notes) if n]
    return tuple(map(plain, notes))


# --- JSON --------------------------------------------------------------------------------------------------


def to_json(diagnoses: Iterable[Diagnosis], *, indent: int | None = 2) -> str:
    """Give the JSON of contract `connect-saml-nb/diagnosis/1` (docs/contract.md); every key is always present."""
    text = json.dumps(document(tuple(diagnoses)), indent=indent, ensure_ascii=False)
    return printable_json(text)


def document(diagnoses: Sequence[Diagnosis]) -> JsonObject:
    """Give what `to_json` writes, as plain values."""
    lists = next((d.users for d in diagnoses if d.users), ())
    return {"schema": SCHEMA, "users": _users_json(lists), "captures": [_capture_json(d) for d in diagnoses]}


def _users_json(lists: Sequence[Users]) -> JsonObject | None:
    if not lists:
        return None
    one = lists[0] if len(lists) == 1 else None
    return {
        "source": ", ".join(u.source for u in lists),
        "count": sum(len(u) for u in lists),
        "complete": all(u.complete for u in lists),
        "instance_id": one.instance_id if one else None,
        "region": one.region if one else None,
    }


def _capture_json(diagnosis: Diagnosis) -> JsonObject:
    return {
        "capture": diagnosis.name,
        "creator": diagnosis.creator,
        "problem": diagnosis.problem or diagnosis.note,
        "verdict": diagnosis.verdict,
        "sign_ins": [_sign_in_json(j) for j in diagnosis.sign_ins],
    }


def _sign_in_json(diagnosis: SignInDiagnosis) -> JsonObject:
    sign_in = diagnosis.sign_in
    assertion, message = sign_in.assertion, sign_in.message
    response = message.response if message else None
    return {
        "verdict": diagnosis.verdict,
        "summary": str(diagnosis.summary),
        "started": _iso(sign_in.started),
        "issuer": (assertion.issuer if assertion else None) or (response.issuer if response else None),
        "name_id": assertion.name_id if assertion else None,
        "role_session_name": sign_in.role_session_name,
        "roles": [p.role for p in sign_in.roles if p.role],
        "chosen_role": sign_in.chosen_role,
        "provider": _provider(sign_in),
        "posted_to": urls.mask(sign_in.posted_to) or None,
        "relay_state": urls.mask(sign_in.relay_state),
        "instance_id": sign_in.instance_id,
        "region": sign_in.region,
        "landed_on": urls.mask(sign_in.last.url) if sign_in.last else None,
        "aws_message": sign_in.said_text,
        "matches": [
            {"username": m.user.username, "user_id": m.user.user_id, "match": m.step.value} for m in diagnosis.matches
        ],
        "findings": [_finding_json(f) for f in diagnosis.findings],
        "passed": list(diagnosis.passed),
        "not_checked": [{"rule": n.rule, "reason": str(n.reason)} for n in diagnosis.not_checked],
    }


def _finding_json(finding: Finding) -> JsonObject:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "verdict": finding.verdict,
        "message": str(finding.message),
        "remedy": str(finding.remedy),
        "docs": finding.docs,
        "evidence": [{"entry": e.entry, "where": e.where, "detail": str(e.detail)} for e in finding.evidence],
    }


def _provider(sign_in: SignIn) -> str | None:
    """The provider of the chosen role, else of the first one."""
    chosen = [p.provider for p in sign_in.roles if p.role == sign_in.chosen_role and p.provider]
    return next(iter(chosen + [p.provider for p in sign_in.roles if p.provider]), None)


def _iso(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if time else None


# --- facts of a sign-in, for every surface -----------------------------------------------------------------


def facts(sign_in: SignIn) -> tuple[tuple[str, str], ...]:
    """Name and value of what is known about a sign-in, secrets masked; what is absent is left out."""
    assertion, message = sign_in.assertion, sign_in.message
    issuer = assertion.issuer if assertion else (message.response.issuer if message and message.response else None)
    product = product_of(issuer or "")
    instance = " ".join(filter(None, (sign_in.instance_id, f"({sign_in.region})" if sign_in.region else None)))
    rows = (
        ("RoleSessionName", sign_in.role_session_name),
        ("NameID", assertion.name_id if assertion else None),
        ("Issuer", f"{issuer} ({product})" if issuer and product else issuer),
        *(("Role", p.role or p.value) for p in sign_in.roles[:5]),
        ("Chosen role", sign_in.chosen_role),
        ("Provider", _provider(sign_in)),
        ("Posted to", urls.mask(sign_in.posted_to)),
        ("Posted at", f"{clock(sign_in.posted_at.time)} by {sign_in.posted_at.clock}" if sign_in.posted_at else None),
        ("Relay state", urls.mask(sign_in.relay_state)),
        ("Instance", instance),
        ("Landed on", urls.mask(sign_in.last.url) if sign_in.last else None),
        ("AWS showed", sign_in.said_text),
    )
    return tuple((name, plain(value)) for name, value in rows if value)


def step_row(step: Step) -> tuple[str, str, str, str, str, str]:
    """Entry number, time, method, status, what it is, masked URL."""
    entry = step.entry
    return (
        str(entry.index),
        clock(entry.started, "%H:%M:%S"),
        plain(entry.method)[:8],
        str(entry.status or "–"),
        step.role.value,
        plain(_short(entry)),
    )


def _short(entry: Entry) -> str:
    parts = urls.split(entry.url)
    return parts.host + urls.without_parameters(parts.path) if parts.host else "(no address)"


# --- text --------------------------------------------------------------------------------------------------

_MARKS = {0: ("✓", "32"), 1: ("?", "33"), 2: ("✗", "31")}
_WIDEST = 80
_NAME_WIDTH = 17


class _Text:
    """Lines of text, in colour or not."""

    def __init__(self, *, colour: bool, width: int) -> None:
        self.colour, self.width = colour, width
        self.lines: list[str] = []

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def line(self, text: str = "", code: str = "") -> None:
        self.lines.append(self.paint(text, code) if code else text)

    def head(self, text: str) -> None:
        self.line()
        self.line(f"  {text}", "1")

    def wrap(self, text: str, indent: int = 2, code: str = "") -> None:
        """Wrap words; what cannot be broken (ARNs, URLs) stays whole."""
        for part in _wrap(text, self.width - indent):
            self.line(" " * indent + part, code)

    def row(self, name: str, value: str) -> None:
        for part in _wrap(value, self.width - _NAME_WIDTH - 4):
            self.line(f"    {name:<{_NAME_WIDTH}}{part}")
            name = ""


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def to_text(diagnoses: Iterable[Diagnosis], *, colour: bool = False, width: int | None = None) -> str:
    """Give text for a terminal of at most 80 columns; colours only where asked for."""
    text = _Text(colour=colour, width=min(width or shutil.get_terminal_size().columns, _WIDEST))
    for number, diagnosis in enumerate(diagnoses):
        if number:
            text.line()
            text.line("─" * text.width, "2")
            text.line()
        _text_capture(text, diagnosis)
    return "\n".join(text.lines) + "\n"


def _text_capture(text: _Text, diagnosis: Diagnosis) -> None:
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
        _text_judgement(text, sign_in_diagnosis, len(diagnosis.sign_ins))


def _text_judgement(text: _Text, diagnosis: SignInDiagnosis, count: int) -> None:
    sign_in = diagnosis.sign_in
    mark, code = _MARKS[diagnosis.verdict.rank]
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
    for name, value in facts(sign_in):
        text.row(name, value)
    _text_steps(text, sign_in.steps)
    _text_others(text, diagnosis)


def _text_finding(text: _Text, finding: Finding) -> None:
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


def _text_matches(text: _Text, diagnosis: SignInDiagnosis) -> None:
    if diagnosis.matches:
        text.head("Connect users that could be meant")
    for match in diagnosis.matches[:10]:
        text.row(match.step.value, plain(repr(match.user.username)))
    if len(diagnosis.matches) > 10:  # noqa: PLR2004 -- as many as fit on a screen
        text.line(f"    … and {len(diagnosis.matches) - 10} more")
    if diagnosis.matches and diagnosis.relation is Relation.OTHER:
        text.line("    (of another instance than the one this sign-in went to)")


_MOST_STEPS = 25
_FEW = 4


def _text_steps(text: _Text, steps: Sequence[Step]) -> None:
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


def _text_others(text: _Text, diagnosis: SignInDiagnosis) -> None:
    others = [f for f in diagnosis.findings if f is not diagnosis.main_finding]
    if others:
        text.head("Also found")
    for finding in others:
        mark = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.INFO: "·"}[finding.severity]
        text.wrap(f"{mark} {plain(finding.message)} [{finding.rule}]", 4)
    text.head(f"Checked and fine: {len(diagnosis.passed)}. Not checked: {len(diagnosis.not_checked)}")
    for lack, how in HOW_TO_CHECK.items():
        _text_lack(text, [n for n in diagnosis.not_checked if n.missing is lack], how)


#: What a person can give so that more is checked, in words for the command line.
HOW_TO_CHECK = {
    MissingInput.USERS: "With the Connect users (--users FILE, or --instance-id ID --region REGION)",
    MissingInput.ACCOUNT: "With what the AWS account says (connect-saml evidence collect CAPTURE --output DIR, then "
    "--evidence DIR)",
    MissingInput.ANSWER: "What the AWS account did not answer",
    MissingInput.METADATA: "With the identity provider's metadata (--metadata FILE)",
    MissingInput.KEY: "With the key that decrypts the assertion (--decrypt-key FILE)",
    MissingInput.EXTRA: "With the extra 'verify' (pip install 'connect-saml-nb[verify]')",
    MissingInput.RECORDING: "Not shown by this recording, or no part of this sign-in",
}


def _text_lack(text: _Text, lacking: Sequence[NotChecked], how: str) -> None:
    if not lacking:
        return
    text.wrap(f"{how}: {len(lacking)}", 4)
    text.wrap(", ".join(n.rule for n in lacking), 8, "2")
    for reason in dict.fromkeys(n.reason for n in lacking if n.missing is MissingInput.ANSWER):
        text.wrap(f"- {plain(reason)}", 8, "2")


# --- Markdown ----------------------------------------------------------------------------------------------

_MARKDOWN = re.compile(r"([\\`*_\[\]|~$])")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _md(text: object) -> str:
    """Text that Markdown, and HTML inside it, take for text."""
    return _MARKDOWN.sub(r"\\\1", plain(text)).translate(_HTML)


def _code(text: str) -> str:
    fence = "`" * (max((len(m) for m in re.findall(r"`+", text)), default=2) + 1)
    return f"{fence}bash\n{text}\n{fence}"


def to_markdown(diagnoses: Iterable[Diagnosis]) -> str:
    """Give Markdown for a ticket."""
    return "\n".join(line for d in diagnoses for line in _md_capture(d)) + "\n"


def _md_capture(diagnosis: Diagnosis) -> Iterator[str]:
    yield f"# {_md(diagnosis.name)}\n"
    if diagnosis.verdict is None:
        yield f"**Not read.** {_md(diagnosis.problem)}\n"
        return
    yield f"{_md(' '.join((users_line(diagnosis.users) + '.', *list_notes(diagnosis))))}\n"
    if diagnosis.problem:
        yield f"**{_md(diagnosis.problem)}**\n"
    if not diagnosis.sign_ins:
        yield f"**no-sign-in.** {_md(diagnosis.note)}\n"
    for sign_in_diagnosis in diagnosis.sign_ins:
        yield from _md_judgement(sign_in_diagnosis)


def _md_judgement(diagnosis: SignInDiagnosis) -> Iterator[str]:
    sign_in = diagnosis.sign_in
    yield f"## {sign_in.number}. {_md(diagnosis.verdict)} ({clock(sign_in.started)})\n"
    yield f"{_md(diagnosis.summary)}\n"
    main = diagnosis.main_finding
    if main:
        yield "### What to do\n"
        yield from (f"- {_md(line)}" for line in remedy_lines(main.remedy.actions))
        yield from ("\n" + _code("\n".join(map(plain, str(c).split("\n")))) for c in main.remedy.commands)
        yield f"\n<{main.docs}>\n"
    yield "### The sign-in\n"
    yield "| | |\n|---|---|"
    yield from (f"| {name} | {_md(value)} |" for name, value in facts(sign_in))
    yield from (f"| Connect user ({m.step.value}) | {_md(m.user.username)} |" for m in diagnosis.matches[:10])
    others = [f for f in diagnosis.findings if f is not main]
    if others:
        yield "\n### Also found\n"
        yield from (f"- {f.severity.value}: {_md(f.message)} ({_md(f.rule)})" for f in others)
    if diagnosis.not_checked:
        yield "\n### Not checked\n"
        yield from (f"- {_md(n.rule)}: {_md(n.reason)}" for n in diagnosis.not_checked)
    yield ""


# --- HTML --------------------------------------------------------------------------------------------------


def to_html(diagnoses: Iterable[Diagnosis]) -> str:
    """Give one self-contained page: no script, no request to anywhere."""
    from connect_saml_nb.render import sequence  # noqa: PLC0415 -- only the page is drawn

    shown = {"facts": facts, "step_row": step_row, "users_line": users_line, "list_notes": list_notes}
    drawn = {"to_svg": sequence.to_svg, "time_bar_svg": sequence.time_bar_svg}  # both escape every text
    return page("report.html", diagnoses=tuple(diagnoses), **shown, **drawn)


def page(template: str, **values: object) -> str:
    """One self-contained page of one of the package's templates, with the filters and the style that all have."""
    import jinja2  # noqa: PLC0415 -- 30 ms that only this needs

    loader = jinja2.PackageLoader("connect_saml_nb.render", "templates")
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters.update(plain=plain, clock=clock, remedy_lines=remedy_lines)
    return environment.get_template(template).render(**values)
