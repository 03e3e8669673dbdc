"""What a rule is, and the engine that asks every rule about a sign-in.

A rule answers one question with found, passed or not checked. What it needs is declared and judged here, so that a rule
cannot turn 'unknown' into 'passed'.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from connect_saml_nb.model.diagnosis import Relation, RuleContext
from connect_saml_nb.model.finding import (
    Action,
    Actor,
    Command,
    EvidencePlace,
    Finding,
    MissingInput,
    NotChecked,
    Remedy,
    Severity,
)
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import MessageState
from connect_saml_nb.model.text import Phrase, text
from connect_saml_nb.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from connect_saml_nb.model.signin import AwsMessage


@dataclass(frozen=True, slots=True)
class Found:
    """The rule's question has the bad answer. `message` names what disagrees; the rest overrides the rule's own."""

    message: Phrase
    evidence: tuple[EvidencePlace, ...] = ()
    remedy: Sequence[Action] = ()
    commands: tuple[Command, ...] = ()
    severity: Severity | None = None
    supports_verdict: bool = True


@dataclass(frozen=True, slots=True)
class Passed:
    """The rule looked, and all is well."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """The rule could not look; `reason` is a sentence that says why and how it could, `missing` what it lacked."""

    reason: Phrase
    missing: MissingInput = MissingInput.RECORDING


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

    `question` is what it asks, `about` what else there is to say of it, or `""`. `remedy` says who does what; `docs` is the page that states the fact; `verdict` the verdict that a finding supports,
    None for a rule that never decides. `answered_by` is the message by which AWS answers the question itself, whatever
    else the recording lacks.
    """

    id: str
    title: str
    question: str
    about: str
    remedy: tuple[Action, ...]
    docs: str
    severity: Severity
    verdict: Verdict | None
    needs: tuple[Requirement, ...]
    ask: Callable[[RuleContext], Answer]
    answered_by: AwsMessage | None = None

    def __post_init__(self) -> None:
        """Refuse an incomplete rule when it is imported."""
        for name in ("id", "title", "question", "remedy"):
            if not getattr(self, name):
                raise ValueError(f"rule {self.id!r} has no {name}: see 'Adding a rule' in CONTRIBUTING.md")
        if not self.docs.startswith("https://"):
            raise ValueError(f"rule {self.id!r} has no documentation page: see 'Adding a rule' in CONTRIBUTING.md")
        if self.verdict is not None and not isinstance(self.verdict, Verdict):
            raise ValueError(f"rule {self.id!r} has an unknown verdict: add it to connect_saml_nb/model/verdict.py")


def _action(actor: Actor, template: str, *phrases: Phrase, condition: str = "") -> Action:
    return Action(actor, text(template, *phrases), condition)


def evidence_at(entry: int | None, where: str, detail: Phrase) -> EvidencePlace:
    """A place where a finding can be seen: the entry (None outside the capture), the part of it, and what is there."""
    return EvidencePlace(entry, where, text("{}", detail))


#: What each of them has to do: `idp_admin("send {} as RoleSessionName.", quoted(username))`.
connect_admin = partial(_action, Actor.CONNECT_ADMIN)
idp_admin = partial(_action, Actor.IDP_ADMIN)
aws_admin = partial(_action, Actor.AWS_ADMIN)
person = partial(_action, Actor.PERSON)

#: What a remedy adds where every administrator may be locked out (Connect guide, `emergency-admin-login`).
EMERGENCY = connect_admin(
    "where nobody can sign in any more, 'Log in for emergency access' on the instance's page in the AWS console lets an "
    "administrator in."
)


def _with_way_in(verdict: Verdict | None, remedy: tuple[Action, ...]) -> tuple[Action, ...]:
    locked_out = verdict is not None and verdict.locks_out
    return (*remedy, EMERGENCY) if locked_out and EMERGENCY not in remedy else remedy


def rule(  # noqa: PLR0913 -- a rule is all of this, by name
    *,
    remedy: Mapping[Actor, str] | Iterable[Action],
    docs: str,
    verdict: Verdict | None = None,
    id: str = "",  # noqa: A002 -- the field's own word
    title: str = "",
    severity: Severity = Severity.ERROR,
    needs: Iterable[Requirement] = (),
    answered_by: AwsMessage | None = None,
) -> Callable[[Callable[[RuleContext], Answer]], Rule]:
    """Make a rule of a function, whose docstring is the question and what it is about. A verdict's rule has its name and its headline.

    `remedy` is a sentence for each who has something to do, or actions where one is conditional or somebody has two.
    """
    actions = (_action(*each) for each in remedy.items()) if isinstance(remedy, Mapping) else remedy

    def make(ask: Callable[[RuleContext], Answer]) -> Rule:
        question, _, about = inspect.cleandoc(ask.__doc__ or "").partition("\n\n")
        return Rule(
            id=id or (verdict.value if verdict else ""),
            title=title or (verdict.headline if verdict else ""),
            question=question,
            about=about,
            remedy=_with_way_in(verdict, tuple(actions)),
            docs=docs,
            severity=severity,
            verdict=verdict,
            needs=tuple(needs),
            ask=ask,
            answered_by=answered_by,
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


def missing(need: Requirement, context: RuleContext) -> Phrase | None:
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


def _unread(context: RuleContext, *, response: bool) -> Phrase | None:
    message = context.sign_in.message
    if message is None or (message.response if response else message.assertion):
        return None
    if message.state is MessageState.ENCRYPTED:
        return "The assertion is encrypted, and no key to read it was given."
    return str(message.problem) if message.problem else "The SAML response holds no assertion."


def _no_name(context: RuleContext) -> Phrase | None:
    return None if context.sign_in.role_session_name else "The assertion holds no RoleSessionName."


def _no_list(context: RuleContext) -> Phrase | None:
    if context.users is None:
        return "No list of Connect users was given."
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
    """Ask every rule about the sign-in: what was found, passed, and not checked, each in the rules' order."""
    findings: list[Finding] = []
    passed: list[str] = []
    not_checked: list[NotChecked] = []
    lacking = {need: unmet for need in Requirement if (unmet := skipped(need, context))}
    for each in rules:
        answer: Answer = _unmet(each, context, lacking) or each.ask(context)
        if isinstance(answer, Found):
            findings.append(_finding(each, answer))
        elif isinstance(answer, Passed):
            passed.append(each.id)
        else:
            not_checked.append(NotChecked(each.id, text("{}", answer.reason), answer.missing))
    return tuple(findings), tuple(passed), tuple(not_checked)


def _unmet(asked: Rule, context: RuleContext, lacking: dict[Requirement, Skipped]) -> Skipped | None:
    """The first of the rule's needs that is not met, unless AWS itself has answered the question."""
    if asked.answered_by is not None and asked.answered_by is context.sign_in.said:
        return None
    return next((lacking[need] for need in asked.needs if need in lacking), None)


def _finding(asked: Rule, found: Found) -> Finding:
    actions = _with_way_in(asked.verdict, tuple(found.remedy)) if found.remedy else asked.remedy
    return Finding(
        rule=asked.id,
        severity=found.severity or asked.severity,
        verdict=asked.verdict if found.supports_verdict else None,
        message=text("{}", found.message),
        remedy=Remedy(actions, found.commands),
        docs=asked.docs,
        evidence=found.evidence,
    )


def soften(finding: Finding) -> Finding:
    """Make an error a warning: AWS or Connect let the sign-in pass in spite of it."""
    return replace(finding, severity=Severity.WARNING) if finding.severity is Severity.ERROR else finding
