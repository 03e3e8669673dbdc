"""What was ruled in and out of AWS's own causes, and what was not checked and how it could be."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.model.finding import MissingInput
from connect_saml_nb.model.signin import AwsMessage, Outcome
from connect_saml_nb.model.users import MatchKind
from connect_saml_nb.rules import RULES
from connect_saml_nb.rules.rule import Requirement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connect_saml_nb.model.diagnosis import SignInDiagnosis
    from connect_saml_nb.model.finding import NotChecked
    from connect_saml_nb.model.text import Text

RULES_BY_ID = {rule.id: rule for rule in RULES}

# --- AWS's three causes of 'not onboarded' -----------------------------------------------------------------


class State(Enum):
    """What the evidence says of one possible cause: its sign, and words."""

    IN = ("✖", "ruled in")
    OUT = ("✔", "ruled out")
    UNSEEN = ("○", "no sign of it")
    OPEN = ("–", "not checked")
    ASK = ("?", "only you can know")


class Cause(NamedTuple):
    """One of AWS's causes, in AWS's words, and what the evidence says of it."""

    text: str
    state: State
    why: Text | str


#: Amazon Connect administrator guide, "Troubleshoot SAML".
_DIFFERS = "The username in Amazon Connect doesn't match the RoleSessionName SAML attribute."
_MISSING = "The user doesn't exist in Amazon Connect."
_TWICE = "The user has two separate profiles assigned to them with SSO."
#: The rules that look for each.
_LOOKED_FOR = {
    _DIFFERS: ("user-case-differs", "user-near-miss", "user-name-impossible"),
    _MISSING: ("user-missing",),
    _TWICE: ("duplicate-profiles",),
}


def not_onboarded_causes(diagnosis: SignInDiagnosis) -> tuple[Cause, ...]:
    """AWS's three causes, each with what the evidence says; none where AWS did not look for a user in vain."""
    sign_in = diagnosis.sign_in
    if sign_in.said is not AwsMessage.NOT_ONBOARDED and sign_in.outcome is not Outcome.FEDERATE_STOPPED:
        return ()
    return tuple(_cause(diagnosis, text, rules) for text, rules in _LOOKED_FOR.items())


def _cause(diagnosis: SignInDiagnosis, text: str, rules: Sequence[str]) -> Cause:
    found = next((f for f in diagnosis.findings if f.rule in rules), None)
    if found:
        return Cause(text, State.IN, found.message)
    skipped = next((n for n in diagnosis.not_checked if n.rule in rules), None)
    if skipped or not set(rules) & set(diagnosis.passed):
        return Cause(text, State.OPEN, skipped.reason if skipped else "This was not looked at.")
    return Cause(text, *_unfound(text, {f.rule for f in diagnosis.findings}, diagnosis))


def _unfound(text: str, found: set[str], diagnosis: SignInDiagnosis) -> tuple[State, str]:
    """What it means that the rules looked and found nothing: never more than they can know."""
    if text == _TWICE:
        looked = "neither users that differ only in letter case, nor another name, role or identity provider here."
        return State.UNSEEN, f"AWS does not say what it means by it. Looked for: {looked}"
    if text == _DIFFERS and "user-missing" in found:
        return State.ASK, "No username is like it. Does the person have a completely different one?"
    if text == _MISSING and "user-near-miss" in found:
        return State.ASK, "There is a user with almost this name. Is it this person?"
    if text == _MISSING and "user-name-impossible" in found:
        return (
            State.ASK,
            "Nobody can have the name in the response. Does the person have a Connect user under another name?",
        )
    if text == _DIFFERS and not any(m.kind is MatchKind.EXACT for m in diagnosis.matches):
        return State.IN, "No username is exactly the name in the response; which user is meant is not clear."
    return State.OUT, _OUT[text]


_OUT = {
    _DIFFERS: "The list holds exactly the name in the response.",
    _MISSING: "The list holds the user who is meant.",
}


# --- what was not checked ----------------------------------------------------------------------------------


def question(rule: str) -> str:
    """What a rule asks."""
    known = RULES_BY_ID.get(rule)
    return known.question if known else rule


#: How a person who sits before this page makes a check possible, by what the check needs.
_ENABLE = {
    Requirement.USERS: "Step 2: ask AWS, or give a saved list of all users of this instance.",
    Requirement.NAME: "Record again so that the SAML response is in the recording (step 1, ‘How to make a good "
    "recording’).",
    Requirement.MESSAGE: "Record again from the company’s portal on, so that the SAML response is in it (step 1).",
    Requirement.RESPONSE: "Record again from the company’s portal on, so that the SAML response is in it (step 1).",
    Requirement.ASSERTION: "Record again from the company’s portal on, so that the SAML response is in it (step 1).",
    Requirement.POST: "Record again, and stop only after AWS’s page has loaded (step 1).",
}
_GIVE = {
    MissingInput.ACCOUNT: "Step 4, ‘Check more’: ask the AWS account (it only reads), or read a folder that its "
    "administrator saved.",
    MissingInput.ANSWER: "Step 4, ‘Check more’: ask the AWS account again, with a profile that may ask this.",
    MissingInput.METADATA: "Step 4, ‘Check more’: give the identity provider’s metadata.",
    MissingInput.KEY: "Step 4, ‘Check more’: give the key that decrypts. Or ask the identity provider’s "
    "administrator what it sends.",
    MissingInput.EXTRA: "Install the extra ‘verify’: pip install 'connect-saml-nb[verify]'.",
}


def how_to_enable(skipped: NotChecked, diagnosis: SignInDiagnosis) -> str:
    """What makes a check possible, as a sentence; its own reason says it where nothing is known here."""
    if skipped.missing in _GIVE:
        return _GIVE[skipped.missing]
    known = RULES_BY_ID.get(skipped.rule)
    needs = known.needs if known else ()
    lacking = next((n for n in reversed(needs) if n is Requirement.USERS or diagnosis.sign_in.assertion is None), None)
    if skipped.rule == "wrong-instance":
        return "Step 2: give the list of the other instance too, if the person could belong there."
    return _ENABLE.get(lacking, "") if lacking else ""


class Unanswered(NamedTuple):
    """Questions that could not be answered, all for one reason, and how they could be."""

    questions: tuple[str, ...]
    reason: str
    how: str


def unanswered(diagnosis: SignInDiagnosis) -> list[Unanswered]:
    """Each question that could not be answered; those that share reason and way out are put together."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for each in diagnosis.not_checked:
        grouped.setdefault((str(each.reason), how_to_enable(each, diagnosis)), []).append(question(each.rule))
    return [Unanswered(tuple(questions), reason, how) for (reason, how), questions in grouped.items()]
