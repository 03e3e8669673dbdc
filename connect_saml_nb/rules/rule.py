"""What a rule is, and the engine that asks every rule about a case.

A rule answers one question with found, passed or not checked. What it needs is declared and judged here, so that a rule
cannot turn 'unknown' into 'passed'.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from connect_saml_nb.model.diagnosis import Relation, RuleContext
from connect_saml_nb.model.finding import EvidencePlace, Finding, MissingInput, NotChecked, Severity
from connect_saml_nb.model.saml import MessageState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from connect_saml_nb.model.signin import AwsMessage


@dataclass(frozen=True, slots=True)
class Found:
    """The rule's question has the bad answer. `message` quotes what disagrees; the rest overrides the rule's own."""

    message: str
    evidence: tuple[EvidencePlace, ...] = ()
    remedy: str | None = None
    commands: tuple[str, ...] = ()
    severity: Severity | None = None
    supports_verdict: bool = True


@dataclass(frozen=True, slots=True)
class Passed:
    """The rule looked, and all is well."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """The rule could not look; `reason` is a sentence that says why and how it could, `lack` what was missing."""

    reason: str
    lack: MissingInput = MissingInput.RECORDING


Answer = Found | Passed | Skipped
PASSED = Passed()


class Requirement(StrEnum):
    """What a rule cannot do without."""

    MESSAGE = "a SAML response"
    RESPONSE = "a readable SAML response"
    ASSERTION = "a readable assertion"
    POST = "the response's post to AWS"
    NAME = "the RoleSessionName"
    USERS = "a complete list of the instance's Connect users"


@dataclass(frozen=True, slots=True)
class Rule:
    """One question about a sign-in, with everything a person should know about it.

    `remedy` says who does what; `docs` is the page that states the fact; `verdict` the verdict that a finding supports.
    `answered_by` is the text by which AWS answers the question itself, whatever else the recording lacks.
    """

    id: str
    title: str
    explanation: str
    remedy: str
    docs: str
    severity: Severity
    verdict: str | None
    needs: tuple[Requirement, ...]
    ask: Callable[[RuleContext], Answer]
    answered_by: AwsMessage | None = None

    def __post_init__(self) -> None:
        for name in ("id", "title", "explanation", "remedy"):
            if not getattr(self, name).strip():
                raise ValueError(f"rule {self.id!r} has no {name}")
        if not self.docs.startswith("https://"):
            raise ValueError(f"rule {self.id!r} has no documentation page")


#: What a remedy adds where every administrator may be locked out (Connect guide, `emergency-admin-login`).
EMERGENCY = (
    "Connect admin: where nobody can sign in any more, 'Log in for emergency access' on the instance's page in the AWS "
    "console lets an administrator in."
)
#: Verdicts after which the person only has to do something again, or that leave the cause open.
_NOT_LOCKED_OUT = frozenset(
    {
        *("session-expired", "role-not-chosen", "sign-in-blocked", "capture-incomplete", "outcome-unknown"),
        *("assertion-redacted", "assertion-damaged", "assertion-encrypted", "user-not-checked"),
    }
)


def _with_way_in(rule_id: str, remedy: str) -> str:
    has_it = "emergency access" in remedy
    return remedy if has_it or rule_id in _NOT_LOCKED_OUT else f"{remedy} {EMERGENCY}"


def rule(  # noqa: PLR0913 -- a rule is all of this, by name
    *,
    id: str,  # noqa: A002 -- the field's own word
    title: str,
    remedy: str,
    docs: str,
    severity: Severity = Severity.ERROR,
    needs: Iterable[Requirement] = (),
    verdict: bool = True,
    answered_by: AwsMessage | None = None,
) -> Callable[[Callable[[RuleContext], Answer]], Rule]:
    """Make a rule of a function: its docstring is the explanation; a verdict rule's id is the verdict's name."""

    def make(ask: Callable[[RuleContext], Answer]) -> Rule:
        explanation = inspect.cleandoc(ask.__doc__ or "")
        full = _with_way_in(id, remedy) if verdict else remedy
        return Rule(
            id, title, explanation, full, docs, severity, id if verdict else None, tuple(needs), ask, answered_by
        )

    return make


def skipped(need: Requirement, context: RuleContext) -> Skipped | None:
    """The answer of a rule whose case lacks what it needs, or None."""
    reason = missing(need, context)
    if reason is None:
        return None
    if need is Requirement.USERS:
        return Skipped(reason, MissingInput.USERS)
    message = context.sign_in.message
    encrypted = message is not None and message.state is MessageState.ENCRYPTED
    return Skipped(reason, MissingInput.KEY if encrypted else MissingInput.RECORDING)


def missing(need: Requirement, context: RuleContext) -> str | None:
    """Why the case lacks what is needed, as a sentence, or None."""
    message = context.sign_in.message
    if need is Requirement.MESSAGE:
        return None if message else "The recording holds no SAML response for this sign-in."
    if need is Requirement.RESPONSE:
        return missing(Requirement.MESSAGE, context) or _unread(context, response=True)
    if need is Requirement.ASSERTION:
        return missing(Requirement.MESSAGE, context) or _unread(context, response=False)
    if need is Requirement.POST:
        return None if context.sign_in.posted_at else "The recording does not show the response being posted to AWS."
    if need is Requirement.NAME:
        return missing(Requirement.ASSERTION, context) or _no_name(context)
    return _no_list(context)


def _unread(context: RuleContext, *, response: bool) -> str | None:
    message = context.sign_in.message
    if message is None or (message.response if response else message.assertion):
        return None
    if message.state is MessageState.ENCRYPTED:
        return "The assertion is encrypted, and no key to read it was given."
    return message.problem or "The SAML response holds no assertion."


def _no_name(context: RuleContext) -> str | None:
    return None if context.sign_in.role_session_name else "The assertion holds no RoleSessionName."


def _no_list(context: RuleContext) -> str | None:
    if context.users is None:
        return "No list of Connect users was given: give one with --users, or list the instance's users."
    if context.relation is Relation.OTHER:
        where = " ".join(filter(None, (context.users.instance_id, context.users.region)))
        return f"The list given is of another instance ({where}) than the one this sign-in went to."
    return (
        None
        if context.users.complete
        else "The list of Connect users is incomplete, so it cannot show what is missing."
    )


def examine(
    context: RuleContext, rules: Iterable[Rule]
) -> tuple[tuple[Finding, ...], tuple[str, ...], tuple[NotChecked, ...]]:
    """Ask every rule about the case: what was found, passed, and not checked, each in the rules' order."""
    findings: list[Finding] = []
    passed: list[str] = []
    not_checked: list[NotChecked] = []
    lacking = {need: lack for need in Requirement if (lack := skipped(need, context))}
    for each in rules:
        told = each.answered_by is not None and each.answered_by is context.sign_in.said
        lack = None if told else next((lacking[need] for need in each.needs if need in lacking), None)
        answer = lack or each.ask(context)
        if isinstance(answer, Found):
            findings.append(_finding(each, answer))
        elif isinstance(answer, Passed):
            passed.append(each.id)
        else:
            not_checked.append(NotChecked(each.id, answer.reason, answer.lack))
    return tuple(findings), tuple(passed), tuple(not_checked)


def _finding(asked: Rule, found: Found) -> Finding:
    return Finding(
        rule=asked.id,
        severity=found.severity or asked.severity,
        verdict=asked.verdict if found.supports_verdict else None,
        message=found.message,
        remedy=_with_way_in(asked.id, found.remedy) if found.remedy and asked.verdict else found.remedy or asked.remedy,
        docs=asked.docs,
        evidence=found.evidence,
        commands=found.commands,
    )


def soften(finding: Finding) -> Finding:
    """Make an error a warning: AWS or Connect let the sign-in pass in spite of it."""
    return replace(finding, severity=Severity.WARNING) if finding.severity is Severity.ERROR else finding
