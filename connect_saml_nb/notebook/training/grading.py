"""What is right and wrong in a trainee's answer to a practice case, and why. Pure; no widgets.

Which cause or fix is tempting, and why it is wrong, comes with the case. The order of choices follows from the case's
`id`, which tells nothing of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.matching import difference
from connect_saml_nb.notebook.causes import RULES_BY_ID, question
from connect_saml_nb.notebook.steps import EXPLAINED
from connect_saml_nb.training import title, topics

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from connect_saml_nb.model.diagnosis import Diagnosis
    from connect_saml_nb.training import PracticeCase

NONE = "none"
_MORE_CAUSES = 4


class Part(StrEnum):
    """What a trainee says of a case."""

    CAUSE = "cause"
    ENTRY = "entry"
    ATTRIBUTE = "attribute"
    USER = "user"
    FIX = "fix"


#: How each part is called on the page and in a room's table.
PART_WORDS = {
    Part.CAUSE: "the cause",
    Part.ENTRY: "the entry",
    Part.ATTRIBUTE: "the part of the response",
    Part.USER: "the Connect user",
    Part.FIX: "the fix",
}


@dataclass(frozen=True, slots=True)
class TraineeAnswer:
    """A trainee's answer, as far as it is given: verdict, an entry's number, attribute, username, a fix's number.

    `none` says that no entry, attribute or user shows the cause; `""` that nothing was chosen yet.
    """

    cause: str = ""
    entry: str = ""
    attribute: str = ""
    user: str = ""
    fix: str = ""


class Remark(NamedTuple):
    """Whether one part of an answer is right, and a sentence that says why."""

    part: Part
    is_right: bool
    text: str


def _right(part: Part, text: str) -> Remark:
    return Remark(part, is_right=True, text=text)


def _wrong(part: Part, text: str) -> Remark:
    return Remark(part, is_right=False, text=text)


# --- what can be chosen ------------------------------------------------------------------------------------

#: What can be pointed at in a response, and what it says.
ATTRIBUTES = {
    "RoleSessionName": "the name that AWS looks for among the Connect users",
    "Role": "which role is taken, and which provider vouches for it",
    "SessionDuration": "how long the session lasts",
    "SourceIdentity": "a name that stays with the session",
    "PrincipalTag": "session tags",
    "Issuer": "who made the response",
    "NameID": "the person at the identity provider",
    "Audience": "whom the response is for",
    "Recipient": "to whom it is to be posted",
    "Destination": "where the response says it goes",
    "NotBefore": "from when it is valid",
    "NotOnOrAfter": "until when it is valid",
    "RelayState": "where AWS should go next",
    "StatusCode": "whether the identity provider agreed",
    "Signature": "the seal of who signed it",
    "SAMLResponse": "the posted field itself",
    "EncryptedAssertion": "an assertion that only the key's owner can read",
    "Response": "the whole response: no single part of it is to blame",
}


def causes(case: PracticeCase) -> tuple[str, ...]:
    """The causes to choose from: the right one, the tempting ones, and on levels 2 and 3 others of its topic."""
    answer, random = case.answer, Random(case.id)  # noqa: S311 -- an order, no secret
    tempting = [answer.verdict, *(each.name for each in answer.wrong)]
    topic = next((names for names in topics().values() if answer.verdict in names), ())
    others = [name for name in topic if name not in tempting]
    more = random.sample(others, min(_MORE_CAUSES, len(others))) if case.level > 1 else []
    return tuple(sorted({*tempting, *more}, key=title))


def fixes(case: PracticeCase) -> tuple[str, ...]:
    """The fixes to choose from."""
    choices = [case.answer.fix, *(each.name for each in case.answer.wrong_fixes)]
    return tuple(Random(case.id).sample(choices, len(choices)))  # noqa: S311 -- an order, no secret


def parts(case: PracticeCase, asked_parts: Collection[Part] = tuple(Part)) -> tuple[Part, ...]:
    """Those of `asked_parts` that can be asked of a case: the user only where somebody saved a list."""
    return tuple(p for p in Part if p in asked_parts and (p is not Part.USER or case.users_file is not None))


def missing(asked_parts: Iterable[Part], answer: TraineeAnswer) -> tuple[Part, ...]:
    """What is asked and not answered yet."""
    return tuple(p for p in asked_parts if not getattr(answer, p.value))


# --- what is right -----------------------------------------------------------------------------------------


def remarks(
    case: PracticeCase, diagnosis: Diagnosis, answer: TraineeAnswer, asked_parts: Iterable[Part]
) -> tuple[Remark, ...]:
    """One remark on each part that was asked and answered. A wrong part's remark does not tell the right answer."""
    answered = [part for part in asked_parts if getattr(answer, part.value)]
    return tuple(_REMARKS[part](case, diagnosis, getattr(answer, part.value)) for part in answered)


def _cause(case: PracticeCase, _: Diagnosis, name: str) -> Remark:
    if name == case.answer.verdict:
        return _right(Part.CAUSE, case.answer.cause)
    return _wrong(Part.CAUSE, f"Not ‘{title(name)}’. {_why_not(case, name)}")


def _why_not(case: PracticeCase, name: str) -> str:
    reason = next((each.why for each in case.answer.wrong if each.name == name), None)
    if reason:
        return reason
    if name == case.answer.next_verdict:
        return "That is there too, but the sign-in does not get so far: something before it stops it."
    if name == case.answer.earlier_verdict:
        return "That stopped an attempt before. What stopped the last one?"
    if name not in RULES_BY_ID:
        return "Nothing here shows that."
    return f"The toolkit asks for that: ‘{question(name)}’ Here the answer is no."


def _entry(case: PracticeCase, diagnosis: Diagnosis, number: str) -> Remark:
    right = [str(n) for n in case.answer.entries] or [NONE]
    if number in right:
        words = "There is no entry to point at: what would show it is missing." if number == NONE else "There it shows."
        return _right(Part.ENTRY, words)
    if number == NONE:
        return _wrong(Part.ENTRY, "One of the entries does show it.")
    return _wrong(Part.ENTRY, f"Entry {number} is {_role(diagnosis, number)}. The cause does not show there.")


def _role(diagnosis: Diagnosis, number: str) -> str:
    steps = [s for j in diagnosis.sign_ins for s in j.sign_in.steps if str(s.entry.index) == number]
    return EXPLAINED[steps[0].role] if steps else "no step of the sign-in to AWS"


def _attribute(case: PracticeCase, _: Diagnosis, name: str) -> Remark:
    right = case.answer.attribute or NONE
    if name == right:
        return _right(Part.ATTRIBUTE, _right_attribute(name))
    if name == NONE:
        return _wrong(Part.ATTRIBUTE, "A part of the response, or what travels with it, does show it.")
    means = ATTRIBUTES.get(name, "")
    return _wrong(Part.ATTRIBUTE, f"{name} says {means}. That is not what decides here.")


def _right_attribute(name: str) -> str:
    return "No part of the response shows it." if name == NONE else f"{name}: {ATTRIBUTES.get(name, 'that decides')}."


def _user(case: PracticeCase, diagnosis: Diagnosis, name: str) -> Remark:
    meant, sent = case.answer.username, _sent(diagnosis)
    if name == NONE:
        text = "A user of the list is meant: look without regard to capital letters, domain and spelling."
        return Remark(Part.USER, not meant, text if meant else "No user of the list is needed to see it.")
    if meant and name.casefold() == meant.casefold():
        return _right(Part.USER, f"The response says '{sent}'{_difference(sent, name)}.")
    if not meant and name in {sent, ""}:
        return _right(Part.USER, "That is the person’s user; it is not what decides here.")
    return _wrong(Part.USER, f"'{name}' is not who signs in: the response says '{sent}'.")


def _difference(sent: str, name: str) -> str:
    return f": {difference(sent, name)}" if sent != name else ""


def _sent(diagnosis: Diagnosis) -> str:
    names = [j.sign_in.role_session_name for j in diagnosis.sign_ins]
    return next((name for name in reversed(names) if name), "")


def _fix(case: PracticeCase, _: Diagnosis, number: str) -> Remark:
    chosen = fix_of(case, number)
    if chosen == case.answer.fix:
        return _right(Part.FIX, "That helps.")
    why = next((each.why for each in case.answer.wrong_fixes if each.name == chosen), "That is none of the fixes.")
    return _wrong(Part.FIX, why)


def fix_of(case: PracticeCase, number: str) -> str:
    """The fix of this number among `fixes`, or `""`."""
    choices = fixes(case)
    return choices[int(number)] if number.isdecimal() and int(number) < len(choices) else ""


_REMARKS: dict[Part, Callable[[PracticeCase, Diagnosis, str], Remark]] = {
    Part.CAUSE: _cause,
    Part.ENTRY: _entry,
    Part.ATTRIBUTE: _attribute,
    Part.USER: _user,
    Part.FIX: _fix,
}


def entries(diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    """The entries to point at: each step of each sign-in, or every request where there is none."""
    steps = [s for j in diagnosis.sign_ins for s in j.sign_in.steps]
    if steps:
        yield from ((str(s.entry.index), f"entry {s.entry.index}: {EXPLAINED[s.role]}") for s in steps)
    elif diagnosis.capture:
        yield from ((str(e.index), f"entry {e.index}: {e.method}") for e in diagnosis.capture.entries)
