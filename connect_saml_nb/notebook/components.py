"""Values -> HTML: the pieces of a diagnosis as people read it. Pure functions; what they give is escaped.

Every string of a capture or a user list is a stranger's. It becomes HTML only through `esc` (and what is built on it:
`value`, `sentence`), so that nothing in it is markup, and nothing in it is invisible or turns the line around.
"""

from __future__ import annotations

import html
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb import urls
from connect_saml_nb.matching import difference
from connect_saml_nb.model.diagnosis import Relation
from connect_saml_nb.model.finding import Action, Actor, Command, Severity
from connect_saml_nb.model.saml import ROLE, ROLE_SESSION_NAME, SESSION_DURATION, SOURCE_IDENTITY
from connect_saml_nb.model.signin import Outcome
from connect_saml_nb.model.text import Text, Value, ValueKind
from connect_saml_nb.model.users import MatchKind
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.rules import RULES
from connect_saml_nb.text import escape_control_characters
from connect_saml_nb.users import age_sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.model.finding import EvidencePlace, Finding
    from connect_saml_nb.model.users import Match, Users

RULES_BY_ID = {rule.id: rule for rule in RULES}
_LONGEST = 2000
_LONGEST_URL = 300
_MARKED = 128
_MATCHES_SHOWN = 20

# --- text --------------------------------------------------------------------------------------------------


def esc(text: object) -> str:
    """A stranger's text as HTML: no markup, no invisible or direction-changing characters, not endless."""
    whole = str(text)
    clipped = whole if len(whole) <= _LONGEST else whole[:_LONGEST] + "…"
    return html.escape(escape_control_characters(clipped), quote=True)


def esc_lines(text: str) -> str:
    """As `esc`, with the line breaks kept and nothing cut off: for commands."""
    return "\n".join(html.escape(escape_control_characters(line), quote=True) for line in text.split("\n"))


def value(text: object) -> str:
    """A stranger's value, set apart from the text around it, its characters in the order of counting."""
    return f'<bdi class="cs-value" dir="ltr">{esc(text)}</bdi>'


def sentence(text: Text | str) -> str:
    """A text in which each foreign value is set apart."""
    parts = text.parts if isinstance(text, Text) else (text,)
    return "".join(esc(part) if isinstance(part, str) else _foreign(part) for part in parts)


def _foreign(part: Value) -> str:
    return value(part.raw) if part.kind is ValueKind.NAME else f"<bdi>{esc(part.raw)}</bdi>"


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


def command(text: Command | str) -> str:
    """A command to copy."""
    return (
        f'<div class="cs-code"><pre tabindex="0" aria-label="Command">{esc_lines(str(text))}</pre>'
        '<button type="button" class="cs-small" data-copy="pre">Copy</button></div>'
    )


def notice(text: str, style: str = "warn") -> str:
    """A sentence that should not be missed."""
    sign = {"warn": "▲", "bad": "✖"}.get(style, "i")
    return f'<p class="cs-notice cs-{style}"><span aria-hidden="true">{sign}</span> {sentence(text)}</p>'


def docs_link(url: str, text: str = "AWS documentation") -> str:
    """A link to a documentation page, opened only by a click and without telling where from."""
    if not url.startswith("https://"):
        return ""
    return f'<a href="{esc(url)}" target="_blank" rel="noopener noreferrer">{esc(text)} ↗</a>'


class Mood(NamedTuple):
    """How a state looks: a class for its colour, and a sign and words that say the same."""

    style: str
    sign: str
    words: str


MOODS = {0: Mood("good", "✔", "Signed in"), 1: Mood("open", "?", "Not decided"), 2: Mood("bad", "✖", "Cause found")}
SEVERITIES = {
    Severity.ERROR: Mood("bad", "✖", "error"),
    Severity.WARNING: Mood("warn", "▲", "warning"),
    Severity.INFO: Mood("info", "i", "note"),
}


def badge(mood: Mood) -> str:
    """A state as a sign and words."""
    return f'<span class="cs-badge cs-{mood.style}"><span aria-hidden="true">{mood.sign}</span> {mood.words}</span>'


# --- what to do --------------------------------------------------------------------------------------------

_ROLES = {
    Actor.CONNECT_ADMIN: "Amazon Connect administrator",
    Actor.IDP_ADMIN: "Identity provider administrator",
    Actor.AWS_ADMIN: "AWS administrator",
    Actor.PERSON: "The person who signs in",
}


def remedy_list(actions: Sequence[Action] | str) -> str:
    """What to do, for each administrator."""
    if isinstance(actions, str):
        return f"<p>{esc(actions)}</p>" if actions else ""
    each = "".join(f"<dt>{_who(a)}</dt><dd>{sentence(a.text.capitalized())}</dd>" for a in actions)
    return f'<dl class="cs-remedy">{each}</dl>' if each else ""


def _who(action: Action) -> str:
    return esc(_ROLES[action.actor] + (f" ({action.condition})" if action.condition else ""))


# --- the verdict card --------------------------------------------------------------------------------------

_TITLES = {"signed-in": "The sign-in worked", "no-sign-in": "No sign-in to Amazon Connect in this recording"}
_HINTS = {
    "user-not-checked": "choose ‘Ask AWS’ or ‘A saved list’; the verdict follows at once.",
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
    known = RULES_BY_ID.get(verdict)
    return _TITLES.get(verdict) or (known.title if known else verdict.replace("-", " ").capitalize())


def verdict_badge(verdict: str) -> str:
    """Whether a cause was found, in a sign and words."""
    return badge(MOODS[Verdict.named(verdict).rank])


def verdict_card(sign_in_diagnosis: SignInDiagnosis, diagnosis: Diagnosis) -> str:
    """The cause in one sentence, what it rests on, and what to do."""
    finding = sign_in_diagnosis.main_finding
    rule = RULES_BY_ID.get(sign_in_diagnosis.verdict)
    actions = finding.remedy.actions if finding else (rule.remedy if rule else ())
    commands = "".join(map(command, finding.remedy.commands)) if finding else ""
    hint = _HINTS.get(sign_in_diagnosis.verdict, "")
    hint = f"<p><strong>{link('users', 'Go to step 2')}</strong>: {esc(hint)}</p>" if hint else ""
    docs = finding.docs if finding else (rule.docs if rule else "")
    mood = MOODS[sign_in_diagnosis.verdict.rank]
    return (
        f'<article class="cs-card cs-{mood.style}" data-at="verdict" tabindex="-1">'
        f'<p class="cs-over">{verdict_badge(sign_in_diagnosis.verdict)} '
        f"<code>{esc(sign_in_diagnosis.verdict)}</code></p>"
        f"<h3>{esc(title_of(sign_in_diagnosis.verdict))}</h3>"
        f'<p class="cs-summary" dir="ltr">{sentence(sign_in_diagnosis.summary)}</p>'
        f"{section('What to do', hint + remedy_list(actions) + commands)}"
        f"{section('How sure this is', items(certainty(sign_in_diagnosis, diagnosis)))}"
        f"{section('Where to see it', evidence_list(finding, sign_in_diagnosis) if finding else '')}"
        f"<p>{docs_link(docs)}</p></article>"
    )


def certainty(sign_in_diagnosis: SignInDiagnosis, diagnosis: Diagnosis) -> Iterator[str]:
    """What the verdict rests on, as HTML sentences."""
    sign_in = sign_in_diagnosis.sign_in
    if sign_in_diagnosis.verdict.rank == 1:
        yield "The evidence does not decide the cause. What is missing is said here and under ‘Not checked’."
    if sign_in.said_text:
        where = _entry_link(sign_in.said_entry)
        yield f"Known text: the recording shows the message {value(sign_in.said_text)}{where}."
    elif sign_in.outcome is Outcome.OPENED:
        yield "Seen in the recording: the page of Amazon Connect opened."
    else:
        how_far = esc(sign_in.outcome.value)
        yield f"No known message could be read. The recording shows how far the sign-in got: {how_far}."
    yield from _users_certainty(sign_in_diagnosis, diagnosis)


def _entry_link(entry: int | None) -> str:
    return f" ({goto(entry)})" if entry is not None else ""


def _users_certainty(sign_in_diagnosis: SignInDiagnosis, diagnosis: Diagnosis) -> Iterator[str]:
    users = users_of(sign_in_diagnosis, diagnosis)
    if sign_in_diagnosis.sign_in.role_session_name is None:
        return
    if users is None:
        why = f"no list was given ({link('users', 'step 2')})"
        yield f"The name was <strong>not compared</strong> with the users of Amazon Connect: {why}."
        return
    whole = "a complete list" if users.complete else "an <strong>incomplete</strong> list"
    yield f"Compared with {whole} of {len(users):,} users: {value(users.source)}."
    if any(m.step is MatchKind.EXACT for m in sign_in_diagnosis.matches):
        yield f"The name in the response is {link('user-0', 'exactly the name of a Connect user')}."
    if sign_in_diagnosis.relation is Relation.OTHER:
        yield "That list is of <strong>another instance</strong> than the one this sign-in went to."
    if sign_in_diagnosis.relation is Relation.UNKNOWN:
        yield "Whether that list is of this sign-in’s instance is not known: one of the two does not say."
    age = age_sentence(users, sign_in_diagnosis.sign_in.started)
    if age:
        yield esc(age)


def users_of(sign_in_diagnosis: SignInDiagnosis, diagnosis: Diagnosis) -> Users | None:
    """The list that a sign-in was compared with, or None."""
    lists = [] if sign_in_diagnosis.relation is Relation.NONE else list(diagnosis.users)
    names = {m.user for m in sign_in_diagnosis.matches}
    for users in lists:
        same = users.instance_id and users.instance_id == sign_in_diagnosis.sign_in.instance_id
        if same or len(lists) == 1 or (names and names <= set(users.users)):
            return users
    return lists[0] if lists else None


def link(place: str, words: str) -> str:
    """A button that scrolls to the part with this `data-at`."""
    return f'<button type="button" class="cs-link" data-goto="{esc(place)}">{esc(words)}</button>'


def goto(entry: int | None) -> str:
    """A link to an entry's row among the steps."""
    return link(f"entry-{entry}", f"entry {entry}")


#: The two attributes that AWS requires (its own metadata marks them so), and what they are for.
REQUIRED = {ROLE_SESSION_NAME: "must equal the Connect username exactly", ROLE: "which AWS role is taken"}
#: The rules whose answer is the state of an attribute.
ATTRIBUTE_RULES = {
    ROLE_SESSION_NAME: (
        *("role-session-name-missing", "role-session-name-invalid", "user-case-differs", "duplicate-profiles"),
        *("user-near-miss", "user-name-impossible", "user-missing", "user-exists-but-refused", "user-not-checked"),
        "wrong-instance",
    ),
    ROLE: ("role-missing", "role-malformed", "role-value-spaced", "several-roles"),
    SESSION_DURATION: ("session-duration-invalid",),
    SOURCE_IDENTITY: ("source-identity-invalid",),
}
_ATTRIBUTE_OF = {rule: name for name, rules in ATTRIBUTE_RULES.items() for rule in rules}


def short_name(attribute: str) -> str:
    """An attribute's name without the address before it: `Role`."""
    return attribute.rpartition("/")[2]


def evidence_list(finding: Finding, diagnosis: SignInDiagnosis) -> str:
    """Each place where a finding can be seen, with links to the entry, the attribute and the user."""
    return items(_evidence_item(place, finding, diagnosis) for place in finding.evidence)


def _evidence_item(place: EvidencePlace, finding: Finding, diagnosis: SignInDiagnosis) -> str:
    if place.entry is None:
        at = "user-0" if diagnosis.matches else "names"
        return f"{link(at, 'the list of Amazon Connect users')}: {sentence(place.detail)}"
    words = _WHERE.get(place.where)
    where = f"{words} ({place.where})" if words else place.where
    is_step = any(step.entry.index == place.entry for step in diagnosis.sign_in.steps)
    entry = goto(place.entry) if is_step else f"entry {place.entry}"
    return f"{entry}{_attribute_link(place, finding, diagnosis)}, {esc(where)}: {sentence(place.detail)}"


def _attribute_link(place: EvidencePlace, finding: Finding, diagnosis: SignInDiagnosis) -> str:
    name, assertion = _ATTRIBUTE_OF.get(finding.rule), diagnosis.sign_in.assertion
    message = diagnosis.sign_in.message
    if name is None or assertion is None or message is None or place.where != message.where:
        return ""
    is_shown = name in REQUIRED or assertion.attribute(name) is not None
    return ", " + link(f"attribute-{short_name(name)}", f"attribute {short_name(name)}") if is_shown else ""


# --- the users ---------------------------------------------------------------------------------------------

_STEPS = {
    MatchKind.EXACT: "exactly the same",
    MatchKind.SPACE: "differs in white space",
    MatchKind.CASE: "differs in capital and small letters",
    MatchKind.UNICODE: "differs in characters that look alike",
    MatchKind.DOMAIN: "another mail domain",
    MatchKind.LOCAL_PART: "with and without a mail domain",
    MatchKind.TAG: "differs in a +tag",
    MatchKind.WINDOWS_NAME: "a Windows form of the name",
    MatchKind.SPELLING: "one letter differs",
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


def matches_table(sign_in_diagnosis: SignInDiagnosis, diagnosis: Diagnosis) -> str:
    """The name in the response beside each Connect user that could be meant."""
    name = sign_in_diagnosis.sign_in.role_session_name
    users = users_of(sign_in_diagnosis, diagnosis)
    if name is None:
        return "<p>The response holds no RoleSessionName that could be compared.</p>"
    if users is None:
        return "<p>No list of Amazon Connect users was given: choose one in step 2.</p>"
    whole = "" if users.complete else ", <strong>not the whole list</strong>"
    about = f"<p>{value(users.source)}: {len(users):,} users{whole}.</p>"
    notes = items(map(esc, users.notes))
    if not sign_in_diagnosis.matches:
        return f"{about}{notes}<p>No user is {value(name)} or like it.</p>"
    rows = [_match_row(name, match, n) for n, match in enumerate(sign_in_diagnosis.matches[:_MATCHES_SHOWN])]
    more = len(sign_in_diagnosis.matches) - _MATCHES_SHOWN
    left = f"<p>… and {more:,} more users that could be meant.</p>" if more > 0 else ""
    head = ("The two names", "How they differ")
    why = (
        "<p>AWS compares letter for letter: only ‘exactly the same’ is enough. Differing characters are underlined.</p>"
    )
    return about + notes + table(head, rows, "Connect users that could be meant") + left + why


def _match_row(name: str, match: Match, number: int) -> str:
    ours, theirs = marked(name, match.user.username)
    exact = match.step is MatchKind.EXACT
    words = f"<strong>{'✔ ' if exact else ''}{_STEPS[match.step]}</strong>"
    fact = "" if exact else f"<br>{esc(difference(name, match.user.username))}"
    pair = f"<dt>Response says</dt><dd>{ours}</dd><dt>Connect user</dt><dd>{theirs}</dd>"
    return row((f'<dl class="cs-pair">{pair}</dl>', words + fact), at=f"user-{number}")


def match_words(step: MatchKind) -> str:
    """How two names differ, in words."""
    return _STEPS[step]
