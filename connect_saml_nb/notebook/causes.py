"""What was found, what was ruled out, and what was not checked and how it could be: values -> HTML."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.model.finding import MissingInput
from connect_saml_nb.model.signin import AwsMessage, Outcome
from connect_saml_nb.model.users import MatchKind
from connect_saml_nb.notebook.components import (
    RULES_BY_ID,
    SEVERITIES,
    badge,
    command,
    docs_link,
    esc,
    evidence_list,
    folded,
    items,
    remedy_list,
    row,
    sentence,
    table,
)
from connect_saml_nb.rules.rule import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect_saml_nb.model.diagnosis import SignInDiagnosis
    from connect_saml_nb.model.finding import Finding, NotChecked


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
    why: str


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
        return Cause(text, State.IN, str(found.message))
    skipped = next((n for n in diagnosis.not_checked if n.rule in rules), None)
    if skipped or not set(rules) & set(diagnosis.passed):
        return Cause(text, State.OPEN, str(skipped.reason) if skipped else "This was not looked at.")
    return Cause(text, *_unfound(text, {f.rule for f in diagnosis.findings}, diagnosis))


def _unfound(text: str, found: set[str], diagnosis: SignInDiagnosis) -> tuple[State, str]:
    """What it means that the rules looked and found nothing: never more than they can know."""
    if text == _TWICE:
        looked = "neither users that differ only in letter case, nor another name, role or identity provider here."
        return State.UNSEEN, f"AWS does not say what it means by it. Looked for: {looked}"
    if text == _DIFFERS and "user-missing" in found:
        return State.ASK, "No username is like it. Has the person quite another one?"
    if text == _MISSING and "user-near-miss" in found:
        return State.ASK, "A user of almost this name is there. Is that this person?"
    if text == _MISSING and "user-name-impossible" in found:
        return State.ASK, "The name in the response can be nobody’s. Has the person a Connect user of another name?"
    if text == _DIFFERS and not any(m.step is MatchKind.EXACT for m in diagnosis.matches):
        return State.IN, "No username is exactly the name in the response; which user is meant is not clear."
    return State.OUT, _OUT[text]


_OUT = {
    _DIFFERS: "The list holds exactly the name in the response.",
    _MISSING: "The list holds the user who is meant.",
}


def causes_table(diagnosis: SignInDiagnosis) -> str:
    """The three causes side by side; nothing where they are not the question."""
    causes = not_onboarded_causes(diagnosis)
    cells = "".join(
        f'<div class="cs-cause cs-cause-{c.state.name.lower()}"><p class="cs-over"><strong>'
        f'<span aria-hidden="true">{c.state.value[0]}</span> {c.state.value[1]}</strong></p>'
        f"<p><strong>{esc(c.text)}</strong></p><p>{sentence(c.why)}</p></div>"
        for c in causes
    )
    return f'<h4>What AWS names as causes</h4><div class="cs-causes">{cells}</div>' if cells else ""


# --- everything that was looked at -------------------------------------------------------------------------


def findings_list(diagnosis: SignInDiagnosis) -> str:
    """Every finding: what, how bad, what to do, where."""
    if not diagnosis.findings:
        return "<p>Nothing was found.</p>"
    return "".join(_finding(finding, diagnosis) for finding in diagnosis.findings)


def _finding(finding: Finding, diagnosis: SignInDiagnosis) -> str:
    rule = RULES_BY_ID.get(finding.rule)
    return (
        '<div class="cs-finding">'
        f"<p>{badge(SEVERITIES[finding.severity])} <strong>{esc(rule.title if rule else finding.rule)}</strong> "
        f"<code>{esc(finding.rule)}</code></p>"
        f'<p dir="ltr">{sentence(finding.message)}</p>{evidence_list(finding, diagnosis)}'
        f"{folded('What to do', remedy_list(finding.remedy.actions) + ''.join(map(command, finding.remedy.commands)))}"
        f"<p>{docs_link(finding.docs)}</p></div>"
    )


def _question(rule: str) -> str:
    known = RULES_BY_ID.get(rule)
    return known.explanation.partition("\n")[0] if known else rule


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


def not_checked_list(diagnosis: SignInDiagnosis) -> str:
    """Each question that could not be answered, why, and how it could be; alike ones together."""
    if not diagnosis.not_checked:
        return "<p>Everything was checked.</p>"
    grouped: dict[tuple[str, str], list[str]] = {}
    for each in diagnosis.not_checked:
        grouped.setdefault((str(each.reason), how_to_enable(each, diagnosis)), []).append(each.rule)
    rows = [
        row((items(esc(_question(rule)) for rule in rules), esc(reason), esc(how) or "—"))
        for (reason, how), rules in grouped.items()
    ]
    return table(("Questions", "Why they were not checked", "How they can be"), rows, "What was not checked")


def passed_list(diagnosis: SignInDiagnosis) -> Iterator[str]:
    """Each question that was answered well."""
    return (f"✔ {esc(_question(rule))} <code>{esc(rule)}</code>" for rule in diagnosis.passed)
