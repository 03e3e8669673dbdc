"""Values -> HTML: the pieces of a diagnosis as people read it. Pure functions; what they give is escaped.

Every string of a capture or a user list is a stranger's. It becomes HTML only through `esc` (and what is built on it:
`value`, `sentence`), so that nothing in it is markup, and nothing in it is invisible or turns the line around.
"""

from __future__ import annotations

import html
import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb import report, urls
from connect_saml_nb.match import difference
from connect_saml_nb.model import ROLE, ROLE_SESSION_NAME, FlowRole, MatchStep, Outcome, Relation, Severity
from connect_saml_nb.rules import RULES
from connect_saml_nb.users import age_sentence
from connect_saml_nb.verdict import rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from connect_saml_nb.model import (
        Attribute,
        Diagnosis,
        EvidencePlace,
        Finding,
        Judgement,
        Match,
        SignIn,
        Step,
        Users,
    )

_RULES = {rule.id: rule for rule in RULES}
_LONGEST = 2000
_LONGEST_URL = 300
_MARKED = 128
_STEPS_SHOWN = 40
_PICKS_SHOWN = 500
_MATCHES_SHOWN = 20

# --- text --------------------------------------------------------------------------------------------------


def _plain(character: str) -> str:
    """A character that can be seen as it is, any other as its code."""
    return character if character.isprintable() else f"\\u{ord(character):04x}"


def esc(text: object) -> str:
    """A stranger's text as HTML: no markup, no invisible or direction-changing characters, not endless."""
    whole = str(text)
    clipped = whole if len(whole) <= _LONGEST else whole[:_LONGEST] + "…"
    return html.escape("".join(map(_plain, clipped)), quote=True)


def esc_lines(text: str) -> str:
    """As `esc`, with the line breaks kept and nothing cut off: for commands."""
    return "\n".join(html.escape("".join(map(_plain, line)), quote=True) for line in text.split("\n"))


def value(text: object) -> str:
    """A stranger's value, set apart from the text around it, its characters in the order of counting."""
    return f'<bdi class="cs-value" dir="ltr">{esc(text)}</bdi>'


_QUOTED = re.compile(r"(?<![^\s(])'(.+?)'(?=[\s.,:;)!?]|$)")


def sentence(text: str) -> str:
    """A sentence that may quote strangers' values: each quoted one is set apart."""
    parts = _QUOTED.split(text)
    return "".join(value(part) if at % 2 else esc(part) for at, part in enumerate(parts))


def when(time: datetime | None) -> str:
    """A time in UTC, to the second."""
    return f"{time:%Y-%m-%d %H:%M:%S} UTC" if time else "time not recorded"


def shown_url(url: str | None) -> str:
    """A URL without its secrets, clipped in the middle."""
    masked = urls.mask(url) or ""
    half = _LONGEST_URL // 2
    return masked if len(masked) <= _LONGEST_URL else f"{masked[:half]} … {masked[-half:]}"


# --- building blocks ---------------------------------------------------------------------------------------


def table(head: Sequence[str], rows: Iterable[str], label: str) -> str:
    """A table in a frame that scrolls by itself. `rows` are ready HTML; `label` says what the table is."""
    cells = "".join(f'<th scope="col">{esc(name)}</th>' for name in head)
    body = "".join(rows)
    return (
        f'<div class="cs-scroll" tabindex="0" role="region" aria-label="{esc(label)}">'
        f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def row(cells: Iterable[str], at: str = "", mark: str = "") -> str:
    """A table row of ready HTML cells; `at` names it for links, `mark` is its class."""
    place = f' data-at="{esc(at)}" tabindex="-1"' if at else ""
    kind = f' class="{mark}"' if mark else ""
    return f"<tr{place}{kind}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def folded(title: str, content: str, *, is_open: bool = False) -> str:
    """A part that opens on demand."""
    return f"<details{' open' if is_open else ''}><summary>{esc(title)}</summary>{content}</details>"


def section(title: str, content: str) -> str:
    """A titled part; nothing where there is no content."""
    return f'<section class="cs-part"><h4>{esc(title)}</h4>{content}</section>' if content else ""


def items(parts: Iterable[str]) -> str:
    """A list of ready HTML items; nothing where there are none."""
    listed = "".join(f"<li>{part}</li>" for part in parts)
    return f"<ul>{listed}</ul>" if listed else ""


def command(text: str) -> str:
    """A command to copy."""
    return (
        f'<div class="cs-code"><pre tabindex="0" aria-label="Command">{esc_lines(text)}</pre>'
        '<button type="button" class="cs-small" data-copy="pre">Copy</button></div>'
    )


def docs_link(url: str, text: str = "AWS documentation") -> str:
    """A link to a documentation page, opened only by a click and without telling where from."""
    if not url.startswith("https://"):
        return ""
    return f'<a href="{esc(url)}" target="_blank" rel="noopener noreferrer">{esc(text)} ↗</a>'


class _Mood(NamedTuple):
    """How a state looks: a class for its colour, and a sign and words that say the same."""

    style: str
    sign: str
    words: str


_MOODS = {0: _Mood("good", "✔", "Signed in"), 1: _Mood("open", "?", "Not decided"), 2: _Mood("bad", "✖", "Cause found")}
_SEVERITIES = {
    Severity.ERROR: _Mood("bad", "✖", "error"),
    Severity.WARNING: _Mood("warn", "▲", "warning"),
    Severity.INFO: _Mood("info", "i", "note"),
}


def badge(mood: _Mood) -> str:
    """A state as a sign and words."""
    return f'<span class="cs-badge cs-{mood.style}"><span aria-hidden="true">{mood.sign}</span> {mood.words}</span>'


# --- what to do --------------------------------------------------------------------------------------------

_ROLES = {
    "Connect admin": "Amazon Connect administrator",
    "IdP admin": "Identity provider administrator",
    "AWS admin": "AWS administrator",
    "The person": "The person who signs in",
}


def _who(name: str) -> str:
    first, bracket, rest = name.partition(" (")
    both = " and ".join(_ROLES.get(one, one) for one in first.split(" and "))
    return esc(both + bracket + rest)


def remedy_list(remedy: str) -> str:
    """What to do, for each administrator."""
    parts = report.remedy_parts(remedy)
    general = "".join(f"<p>{sentence(what)}</p>" for who, what in parts if not who)
    each = "".join(f"<dt>{_who(who)}</dt><dd>{sentence(what)}</dd>" for who, what in parts if who)
    return general + (f'<dl class="cs-remedy">{each}</dl>' if each else "")


# --- the verdict card --------------------------------------------------------------------------------------

_TITLES = {"signed-in": "The sign-in worked", "no-sign-in": "No sign-in to Amazon Connect in this recording"}
_HINTS = {
    "user-not-checked": "On this page: choose ‘Ask AWS’ or ‘A saved list’ in step 2; the verdict follows at once.",
}
_WHERE = {
    "request.postData.text": "what the browser posted",
    "request.postData.params": "the fields that the browser posted",
    "response.content.text": "the page that came back",
    "response": "the answer",
    "request.url": "the address",
}


def title_of(verdict: str) -> str:
    """A verdict as a headline."""
    known = _RULES.get(verdict)
    return _TITLES.get(verdict) or (known.title if known else verdict.replace("-", " ").capitalize())


def verdict_badge(verdict: str) -> str:
    """Whether a cause was found, in a sign and words."""
    return badge(_MOODS[rank(verdict)])


def verdict_card(judgement: Judgement, diagnosis: Diagnosis) -> str:
    """The cause in one sentence, what it rests on, and what to do."""
    finding = judgement.main_finding
    rule = _RULES.get(judgement.verdict)
    remedy = finding.remedy if finding else (rule.remedy if rule else "")
    commands = "".join(map(command, finding.commands)) if finding else ""
    hint = f"<p>{esc(_HINTS[judgement.verdict])}</p>" if judgement.verdict in _HINTS else ""
    docs = finding.docs if finding else (rule.docs if rule else "")
    mood = _MOODS[rank(judgement.verdict)]
    return (
        f'<article class="cs-card cs-{mood.style}" data-at="verdict" tabindex="-1">'
        f'<p class="cs-over">{verdict_badge(judgement.verdict)} <code>{esc(judgement.verdict)}</code></p>'
        f"<h3>{esc(title_of(judgement.verdict))}</h3>"
        f'<p class="cs-summary" dir="ltr">{sentence(judgement.summary)}</p>'
        f"{section('What to do', hint + remedy_list(remedy) + commands)}"
        f"{section('How sure this is', items(certainty(judgement, diagnosis)))}"
        f"{section('Where to see it', items(map(evidence_item, finding.evidence)) if finding else '')}"
        f"<p>{docs_link(docs)}</p></article>"
    )


def certainty(judgement: Judgement, diagnosis: Diagnosis) -> Iterator[str]:
    """What the verdict rests on, as HTML sentences."""
    sign_in = judgement.sign_in
    if rank(judgement.verdict) == 1:
        yield "The evidence does not decide the cause. What is missing is said here and under ‘Not checked’."
    if sign_in.said_text:
        where = _entry_link(sign_in.said_entry)
        yield f"Known text: the recording shows the message {value(sign_in.said_text)}{where}."
    elif sign_in.outcome is Outcome.OPENED:
        yield "Seen in the recording: the page of Amazon Connect opened."
    else:
        how_far = esc(sign_in.outcome.value)
        yield f"No known message could be read. The recording shows how far the sign-in got: {how_far}."
    yield from _users_certainty(judgement, diagnosis)


def _entry_link(entry: int | None) -> str:
    return f" ({goto(entry)})" if entry is not None else ""


def _users_certainty(judgement: Judgement, diagnosis: Diagnosis) -> Iterator[str]:
    users = users_of(judgement, diagnosis)
    if judgement.sign_in.role_session_name is None:
        return
    if users is None:
        yield "The name was <strong>not compared</strong> with the users of Amazon Connect: no list was given (step 2)."
        return
    whole = "a complete list" if users.complete else "an <strong>incomplete</strong> list"
    yield f"Compared with {whole} of {len(users):,} users: {value(users.source)}."
    if judgement.relation is Relation.OTHER:
        yield "That list is of <strong>another instance</strong> than the one this sign-in went to."
    if judgement.relation is Relation.UNKNOWN:
        yield "Whether that list is of this sign-in’s instance is not known: one of the two does not say."
    age = age_sentence(users, judgement.sign_in.started)
    if age:
        yield esc(age)


def users_of(judgement: Judgement, diagnosis: Diagnosis) -> Users | None:
    """The list that a sign-in was compared with, or None."""
    lists = [] if judgement.relation is Relation.NONE else list(diagnosis.users)
    names = {m.user for m in judgement.matches}
    for users in lists:
        same = users.instance_id and users.instance_id == judgement.sign_in.instance_id
        if same or len(lists) == 1 or (names and names <= set(users.users)):
            return users
    return lists[0] if lists else None


def goto(entry: int | None) -> str:
    """A link to an entry's row among the steps."""
    return f'<button type="button" class="cs-link" data-goto="entry-{entry}">entry {entry}</button>'


def evidence_item(place: EvidencePlace) -> str:
    """One place where a finding can be seen."""
    if place.entry is None:
        return f"In the list of Amazon Connect users: {sentence(place.detail)}"
    words = _WHERE.get(place.where)
    where = f"{words} ({place.where})" if words else place.where
    return f"{goto(place.entry)}, {esc(where)}: {sentence(place.detail)}"


# --- the sign-in -------------------------------------------------------------------------------------------

_EXPLAINED = {
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


def steps_table(judgement: Judgement) -> str:
    """The sign-in's requests in order; the ones that findings point to and the last one are marked."""
    steps = judgement.sign_in.steps
    if not steps:
        return "<p>The recording shows no request of this sign-in.</p>"
    marked = {p.entry for f in judgement.findings if f.verdict == judgement.verdict for p in f.evidence}
    last = judgement.sign_in.last.index if judgement.sign_in.last else None
    rows = [_step_row(step, marked, last) for step in steps]
    head = ("Entry", "Time (UTC)", "What it is", "Method", "Address (secrets hidden)", "Status")
    shown = table(head, rows[:_STEPS_SHOWN], "Steps of the sign-in")
    rest = rows[_STEPS_SHOWN:]
    day = f"<p>{when(judgement.sign_in.started)}. Entries are counted from 0, as in the file.</p>"
    return day + shown + (folded(f"{len(rest):,} more steps", table(head, rest, "More steps")) if rest else "")


def _step_row(step: Step, marked: set[int | None], last: int | None) -> str:
    entry = step.entry
    time = f"{entry.started:%H:%M:%S}.{entry.started.microsecond // 1000:03d}" if entry.started else "—"
    time = f'<span class="cs-nowrap">{time}</span>'
    here = "here" if entry.index in marked else ""
    flag = '<span class="cs-flag">► see here</span> ' if here else ""
    ended = '<br><span class="cs-flag">■ the sign-in ended here</span>' if entry.index == last else ""
    what = f"{flag}<strong>{esc(step.role.value)}</strong><br>{_EXPLAINED[step.role]}{ended}"
    answer = esc(entry.status or entry.error or "no answer")
    cells = (str(entry.index), time, what, esc(entry.method), value(shown_url(entry.url)), answer)
    return row(cells, at=f"entry-{entry.index}", mark=f"cs-{here}" if here else "")


_STATES = {
    ROLE: ("role-missing", "role-malformed", "role-value-spaced", "several-roles"),
    ROLE_SESSION_NAME: (
        "role-session-name-missing",
        "role-session-name-invalid",
        "user-case-differs",
        "duplicate-profiles",
        "user-near-miss",
        "user-name-impossible",
        "user-missing",
        "user-exists-but-refused",
        "user-not-checked",
        "wrong-instance",
    ),
}
_NEEDED = {ROLE: "which AWS role is taken", ROLE_SESSION_NAME: "must equal the Connect username exactly"}


def attribute_table(judgement: Judgement) -> str:
    """The assertion's attributes: the two that AWS requires first, present or not, the others folded."""
    assertion = judgement.sign_in.assertion
    if assertion is None:
        message = judgement.sign_in.message
        why = (message.problem if message else None) or "The recording holds no SAML response for this sign-in."
        return f"<p>{esc(why)}</p>"
    needed = [_required_row(name, assertion.attribute(name), judgement) for name in (ROLE_SESSION_NAME, ROLE)]
    others = [a for a in assertion.attributes if a.name not in _NEEDED]
    head = ("Attribute", "Value", "State")
    rest = [row((value(a.name), _values(a))) for a in others]
    return (
        table(head, needed, "The attributes that AWS requires")
        + (
            folded(f"{len(rest)} other attributes", table(("Attribute", "Value"), rest, "Other attributes"))
            if rest
            else ""
        )
        + folded(
            "The rest of the response", table(("Part", "Value"), _parts(judgement.sign_in), "Parts of the response")
        )
        + items(map(esc, assertion.notes))
    )


def _values(attribute: Attribute) -> str:
    return "<br>".join(map(value, attribute.values)) or "<em>empty</em>"


def _required_row(name: str, attribute: Attribute | None, judgement: Judgement) -> str:
    shown = _values(attribute) if attribute else "<em>not in the response</em>"
    called = f"<strong>{esc(name.rpartition('/')[2])}</strong><br>{_NEEDED[name]}"
    return row((called, shown, _state(name, judgement)))


def _state(name: str, judgement: Judgement) -> str:
    found = [f for f in judgement.findings if f.rule in _STATES[name]]
    if found:
        return "<br>".join(f"{badge(_SEVERITIES[f.severity])} {sentence(f.message)}" for f in found)
    skipped = [n for n in judgement.not_checked if n.rule in _STATES[name]]
    if any(n.rule.startswith(("user-", "role-session", "role-m")) for n in skipped):
        return f"– not checked: {esc(skipped[0].reason)}"
    return "✔ passed"


def _parts(sign_in: SignIn) -> Iterator[str]:
    assertion = sign_in.assertion
    if assertion is None:
        return
    pairs = [
        ("Identity provider (issuer)", assertion.issuer),
        ("Person at the identity provider (name ID)", assertion.name_id),
        ("Meant for (audience)", ", ".join(assertion.audiences) or None),
        *(("To be posted to (recipient)", c.recipient) for c in assertion.confirmations),
        ("Posted to", urls.mask(sign_in.posted_to) or None),
        ("Relay state (where AWS should go next)", urls.mask(sign_in.relay_state) or None),
        ("Role chosen", sign_in.chosen_role),
        ("Issued", when(assertion.issued)),
        ("Valid from", when(assertion.not_before)),
        ("Valid until", when(assertion.not_on_or_after)),
    ]
    for name, text in pairs:
        yield row((esc(name), value(text) if text is not None else "<em>absent</em>"))
    if sign_in.posted_at:
        yield row(("Posted at", f"{when(sign_in.posted_at.time)}, by {esc(sign_in.posted_at.clock)}"))


# --- the users ---------------------------------------------------------------------------------------------

_STEPS = {
    MatchStep.EXACT: "exactly the same",
    MatchStep.SPACE: "differs in white space",
    MatchStep.CASE: "differs in capital and small letters",
    MatchStep.UNICODE: "differs in characters that look alike",
    MatchStep.DOMAIN: "another mail domain",
    MatchStep.LOCAL_PART: "with and without a mail domain",
    MatchStep.TAG: "differs in a +tag",
    MatchStep.WINDOWS_NAME: "a Windows form of the name",
    MatchStep.SPELLING: "one letter differs",
}


def marked(one: str, other: str) -> tuple[str, str]:
    """Both names as HTML, with the characters that differ marked (underlined, not only coloured)."""
    short, shorter = one[:_MARKED], other[:_MARKED]
    ours, theirs = [], []
    for kind, a, b, c, d in SequenceMatcher(None, short, shorter, autojunk=False).get_opcodes():
        ours.append(_run(short[a:b], differs=kind != "equal"))
        theirs.append(_run(shorter[c:d], differs=kind != "equal"))
    ends = ["…" if len(text) > _MARKED else "" for text in (one, other)]
    return _name("".join(ours) + ends[0]), _name("".join(theirs) + ends[1])


def _name(content: str) -> str:
    return f'<bdi class="cs-name" dir="ltr">{content}</bdi>'


def _run(text: str, *, differs: bool) -> str:
    if not differs:
        return esc(text)
    return f"<mark>{esc(text).replace(' ', '␠')}</mark>" if text else ""


def matches_table(judgement: Judgement, diagnosis: Diagnosis) -> str:
    """The name in the response beside each Connect user that could be meant."""
    name = judgement.sign_in.role_session_name
    users = users_of(judgement, diagnosis)
    if name is None:
        return "<p>The response holds no RoleSessionName that could be compared.</p>"
    if users is None:
        return "<p>No list of Amazon Connect users was given: choose one in step 2.</p>"
    whole = "" if users.complete else ", <strong>not the whole list</strong>"
    about = f"<p>{value(users.source)}: {len(users):,} users{whole}.</p>"
    notes = items(map(esc, users.notes))
    if not judgement.matches:
        return f"{about}{notes}<p>No user is {value(name)} or like it.</p>"
    rows = [_match_row(name, match) for match in judgement.matches[:_MATCHES_SHOWN]]
    more = len(judgement.matches) - _MATCHES_SHOWN
    left = f"<p>… and {more:,} more users that could be meant.</p>" if more > 0 else ""
    head = ("The two names", "How they differ")
    why = (
        "<p>AWS compares letter for letter: only ‘exactly the same’ is enough. Differing characters are underlined.</p>"
    )
    return about + notes + table(head, rows, "Connect users that could be meant") + left + why


def _match_row(name: str, match: Match) -> str:
    ours, theirs = marked(name, match.user.username)
    exact = match.step is MatchStep.EXACT
    words = f"<strong>{'✔ ' if exact else ''}{_STEPS[match.step]}</strong>"
    fact = "" if exact else f"<br>{esc(difference(name, match.user.username))}"
    pair = f"<dt>Response says</dt><dd>{ours}</dd><dt>Connect user</dt><dd>{theirs}</dd>"
    return row((f'<dl class="cs-pair">{pair}</dl>', words + fact))


# --- everything that was looked at -------------------------------------------------------------------------


def findings_list(judgement: Judgement) -> str:
    """Every finding: what, how bad, what to do, where."""
    if not judgement.findings:
        return "<p>Nothing was found.</p>"
    return "".join(map(_finding, judgement.findings))


def _finding(finding: Finding) -> str:
    rule = _RULES.get(finding.rule)
    return (
        '<div class="cs-finding">'
        f"<p>{badge(_SEVERITIES[finding.severity])} <strong>{esc(rule.title if rule else finding.rule)}</strong> "
        f"<code>{esc(finding.rule)}</code></p>"
        f'<p dir="ltr">{sentence(finding.message)}</p>{items(map(evidence_item, finding.evidence))}'
        f"{folded('What to do', remedy_list(finding.remedy) + ''.join(map(command, finding.commands)))}"
        f"<p>{docs_link(finding.docs)}</p></div>"
    )


def _question(rule: str) -> str:
    known = _RULES.get(rule)
    return known.explanation.partition("\n")[0] if known else rule


def not_checked_list(judgement: Judgement) -> str:
    """Each question that could not be answered, and why."""
    if not judgement.not_checked:
        return "<p>Everything was checked.</p>"
    rows = [row((esc(_question(n.rule)), esc(n.reason))) for n in judgement.not_checked]
    return table(("Question", "Why it was not checked"), rows, "What was not checked")


def passed_list(judgement: Judgement) -> str:
    """Each question that was answered well."""
    return items(f"✔ {esc(_question(rule))} <code>{esc(rule)}</code>" for rule in judgement.passed)


def judgement_html(judgement: Judgement, diagnosis: Diagnosis) -> str:
    """Everything about one sign-in: the card first, the rest in the order in which it helps."""
    found, skipped, passed = len(judgement.findings), len(judgement.not_checked), len(judgement.passed)
    return (
        verdict_card(judgement, diagnosis)
        + _part("The two names", matches_table(judgement, diagnosis), is_open=True)
        + _part("Steps of the sign-in", steps_table(judgement), is_open=True)
        + _part("What the response says about the person", attribute_table(judgement), is_open=True)
        + _part(f"All findings ({found})", findings_list(judgement))
        + _part(f"Not checked ({skipped})", not_checked_list(judgement))
        + _part(f"Passed ({passed})", passed_list(judgement))
    )


def _part(title: str, content: str, *, is_open: bool = False) -> str:
    return f'<div class="cs-fold">{folded(title, content, is_open=is_open)}</div>'


# --- captures ----------------------------------------------------------------------------------------------


def capture_line(diagnosis: Diagnosis) -> str:
    """What was read, in one line, and what is wrong with it."""
    count = len(diagnosis.capture.entries) if diagnosis.capture else 0
    by = f", recorded by {value(diagnosis.creator)}" if diagnosis.creator else ""
    read = f"<p>{value(diagnosis.name)}{by}: {count:,} entries.</p>" if diagnosis.capture else ""
    return read + (notice(diagnosis.problem) if diagnosis.problem else "")


def notice(text: str, style: str = "warn") -> str:
    """A sentence that should not be missed."""
    sign = {"warn": "▲", "bad": "✖"}.get(style, "i")
    return f'<p class="cs-notice cs-{style}"><span aria-hidden="true">{sign}</span> {sentence(text)}</p>'


def no_sign_in_card(diagnosis: Diagnosis) -> str:
    """A capture without a sign-in: what it holds, and how to record a better one."""
    advice = _RULES["capture-incomplete"].remedy
    return (
        '<article class="cs-card cs-open" data-at="verdict" tabindex="-1">'
        f'<p class="cs-over">{verdict_badge("no-sign-in")} <code>no-sign-in</code></p>'
        f"<h3>{esc(title_of('no-sign-in'))}</h3>"
        f'<p class="cs-summary">{sentence(diagnosis.note or "")}</p>'
        f"{section('What to do', remedy_list(advice))}</article>"
    )


def picker(diagnoses: Sequence[Diagnosis], chosen: tuple[int, int]) -> str:
    """Every sign-in of every capture, each with a button that shows it; nothing where there is only one."""
    picks = [(d, (at, n)) for at, d in enumerate(diagnoses) for n in range(max(1, len(d.judgements)))]
    if len(picks) < 2:  # noqa: PLR2004 - one needs no choice
        return ""
    rows = [_pick_row(diagnosis, place, place == chosen) for diagnosis, place in picks[:_PICKS_SHOWN]]
    more = len(picks) - _PICKS_SHOWN
    left = f"<p>… and {more:,} more, which are not listed here.</p>" if more > 0 else ""
    head = ("", "Capture", "Started", "Name in the response", "Verdict")
    count = sum(len(d.judgements) for d in diagnoses)
    title = f"<h3>{count:,} sign-ins: choose one</h3>"
    return f'<div class="cs-picker">{title}{table(head, rows, "Sign-ins")}{left}</div>'


def _pick_row(diagnosis: Diagnosis, place: tuple[int, int], is_chosen: bool) -> str:  # noqa: FBT001 - a private row
    judgement = diagnosis.judgements[place[1]] if diagnosis.judgements else None
    sign_in = judgement.sign_in if judgement else None
    verdict = judgement.verdict if judgement else diagnosis.verdict
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
    judgement = diagnosis.judgements[chosen[1]] if diagnosis.judgements else None
    if judgement:
        shown = judgement_html(judgement, diagnosis)
    else:
        shown = no_sign_in_card(diagnosis) if diagnosis.verdict else ""
    key = f"{chosen[0]}:{chosen[1]}:{diagnosis.verdict}:{judgement.verdict if judgement else ''}"
    return f'{picker(diagnoses, chosen)}<div data-key="{esc(key)}">{capture_line(diagnosis)}{shown}</div>'
