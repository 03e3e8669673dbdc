"""What the evidence from the AWS account says about one case, and what to say where it says nothing."""

from __future__ import annotations

import difflib
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from connect_saml_nb.aws.arn import Arn, arn_of
from connect_saml_nb.model.diagnosis import Relation
from connect_saml_nb.model.finding import EvidencePlace, MissingInput
from connect_saml_nb.model.signin import RolePair
from connect_saml_nb.model.text import Phrase, bare, joined, quoted, text, verbatim
from connect_saml_nb.rules.facts import beyond_federation
from connect_saml_nb.rules.rule import Skipped, evidence_at

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from connect_saml_nb.model.account import Evidence, InstanceFacts, ProviderFacts, RoleFacts, TrailEvent
    from connect_saml_nb.model.diagnosis import RuleContext


def role_name(arn: str | None) -> str:
    """A role's name at the end of its ARN, or `""`."""
    found = arn_of(arn)
    return found.name if found and found.resource.startswith("role/") else ""


def place(context: RuleContext, detail: Phrase) -> tuple[EvidencePlace, ...]:
    """A value that the AWS account gave."""
    if context.evidence is None:
        return ()
    asked = text(", {} UTC", f"{context.evidence.retrieved:%Y-%m-%d %H:%M}") if context.evidence.retrieved else ""
    return (evidence_at(None, "AWS account", text("{} ({}{})", detail, bare(context.evidence.source), asked)),)


def unanswered(context: RuleContext, part: str, command: str) -> Skipped:
    """Why the account's part of the evidence is not there, and which part or command would tell."""
    how = text("use connect-saml evidence collect (part {}), or: {}", part, command)
    if context.evidence is None:
        return Skipped(text("Only the AWS account can tell: {}.", how), MissingInput.ACCOUNT)
    refused = next((r for r in context.evidence.refused if r.part == part), None)
    if refused:
        return Skipped(verbatim(refused.reason), MissingInput.ANSWER)
    if part in context.evidence.not_asked:
        return Skipped(text("The evidence from the AWS account lacks this part: {}.", how), MissingInput.ANSWER)
    return Skipped(
        text("The evidence from the AWS account holds no answer about this sign-in: {}.", how), MissingInput.ANSWER
    )


# --- role and provider -------------------------------------------------------------------------------------


def role_pair(context: RuleContext) -> RolePair | None:
    """The role and provider that count: of the chosen role, else the only ones, else of the one that AWS's page names.

    None where it is open which.
    """
    pairs, role = context.sign_in.roles, context.sign_in.chosen_role
    if role is None and len(pairs) != 1:
        role = named_role(context)
        role = next((p.role for p in pairs if p.role and _without_path(p.role) == role), role)
    if role is None:
        return pairs[0] if len(pairs) == 1 else None
    return next((p for p in pairs if p.role == role), None) or RolePair("", role, None)


def _without_path(role: str) -> str:
    return role.partition(":role/")[0] + ":role/" + role.rpartition("/")[2]


_ASSUMED_ROLE = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([\w+=,.@-]+)/")


def named_role(context: RuleContext) -> str | None:
    """The role that AWS's page names, as its ARN without a path, or None."""
    named = _ASSUMED_ROLE.search(context.sign_in.said_text or "")
    return f"arn:{named[1]}:iam::{named[2]}:role/{named[3]}" if named else None


def is_reserved(role: str | None) -> bool:
    """Whether a role (its ARN) is IAM Identity Center's own, which IAM changes for nobody else."""
    return role_name(role).startswith("AWSReservedSSO_") or "/aws-reserved/sso.amazonaws.com/" in (role or "")


def instance_account(context: RuleContext) -> str | None:
    """The account of the sign-in's instance, where the account itself or the instance's list of users tells."""
    instance = instance_facts(context)
    if instance is not None and instance.account:
        return instance.account
    ours = context.users is not None and context.relation is Relation.SAME
    return context.users.account if ours and context.users else None


def looked_into(evidence: Evidence, arn: Arn | None) -> bool:
    """Whether IAM's answers are of the account of this ARN: what is missing in another account says nothing."""
    return arn is not None and arn.account in evidence.accounts


def role_facts(context: RuleContext) -> RoleFacts | None:
    """The role that the response asks for, as IAM has it; its ARN may differ in letter case or path."""
    pair = role_pair(context)
    wanted = arn_of(pair.role if pair else None)
    if context.evidence is None or wanted is None:
        return None
    name = wanted.name.casefold()
    named = [r for r in context.evidence.roles if r.name.casefold() == name]
    return next((r for r in named if (told := arn_of(r.arn)) and told.account == wanted.account), None)


def provider_facts(context: RuleContext) -> ProviderFacts | None:
    """The provider that the response names; a saved answer without an ARN is taken for it where it is the only one."""
    pair = role_pair(context)
    if context.evidence is None or pair is None or pair.provider is None:
        return None
    every = context.evidence.providers
    exact = next((p for p in every if p.arn == pair.provider), None)
    return exact or (every[0] if len(every) == 1 and not every[0].arn else None)


def near_arns(wanted: str, there: Iterable[str]) -> Phrase:
    """Which of the ARNs that are there may be meant, and how they differ, as a clause, or `""`."""
    arn, every = arn_of(wanted), tuple(there)
    if arn is None or not every:
        return ""
    for each in every:
        if difference := _arn_difference(arn, arn_of(each)):
            return text("There is {}: {}", quoted(each), difference)
    alike = [each for each in every[:_COMPARED] if len(each) < _LONG]
    close = difflib.get_close_matches(wanted, alike, 1, 0.8)
    return (
        text("The closest is {}", quoted(close[0]))
        if close
        else text("There are: {}", joined(", ", map(quoted, every[:5])))
    )


_COMPARED, _LONG = 300, 300


def _arn_difference(wanted: Arn, other: Arn | None) -> Phrase:
    if other is None or wanted.resource.casefold() != other.resource.casefold():
        return ""
    if wanted.resource != other.resource:
        return "it is capitalized differently"
    if wanted.account != other.account:
        return text("it is in account {}, not {}", bare(other.account), bare(wanted.account))
    return (
        text("it is in partition {}, not {}", bare(other.partition), bare(wanted.partition))
        if wanted.partition != other.partition
        else ""
    )


# --- instances ---------------------------------------------------------------------------------------------


def instance_facts(context: RuleContext) -> InstanceFacts | None:
    """The sign-in's instance; the two of a Global Resiliency pair have one ID in two Regions."""
    sign_in = context.sign_in
    if context.evidence is None or not sign_in.instance_id:
        return None
    same = [i for i in context.evidence.instances if i.id.casefold() == sign_in.instance_id.casefold()]
    if sign_in.region:
        return next((i for i in same if i.region == sign_in.region), None)
    return same[0] if len(same) == 1 else None


def instance_elsewhere(context: RuleContext) -> Phrase | None:
    """Why the sign-in went to an instance that is not there, while the account has another; None where unknown."""
    sign_in, evidence = context.sign_in, context.evidence
    wanted, region = (sign_in.instance_id or "").casefold(), sign_in.region or ""
    if evidence is None or not wanted or not region or instance_facts(context) or beyond_federation(context):
        return None
    gone = region in evidence.regions_searched or (wanted, region) in {
        (i.casefold(), r) for i, r in evidence.instances_missing
    }
    if not gone:
        return None
    others = [i.region for i in evidence.instances if i.id.casefold() == wanted]
    if others:
        return text(
            "Instance {} is in {}, but the sign-in went to {}.",
            bare(wanted),
            joined(", ", map(bare, others)),
            bare(region),
        )
    pair = role_pair(context)
    if not evidence.instances or not looked_into(evidence, arn_of(pair.role if pair else None)):
        return None
    there = "; ".join(f"{i.alias or 'no alias'} {i.id} in {i.region}" for i in evidence.instances[:5])
    searched = joined(", ", map(bare, evidence.regions_searched)) or bare(region)
    return text(
        "The account has no instance {} in {}. It has: {}.", quoted(sign_in.instance_id), searched, quoted(there)
    )


# --- CloudTrail --------------------------------------------------------------------------------------------


def assumed_events(context: RuleContext) -> tuple[TrailEvent, ...]:
    """CloudTrail's records of this very assertion."""
    assertion = context.sign_in.assertion
    if context.evidence is None or assertion is None or not assertion.id:
        return ()
    events = context.evidence.events
    return tuple(e for e in events if e.name == "AssumeRoleWithSAML" and e.assertion_id == assertion.id)


_BEFORE, _AFTER = timedelta(minutes=1), timedelta(minutes=15)


def federated_events(context: RuleContext) -> tuple[TrailEvent, ...]:
    """CloudTrail's records of Connect's federation of this person, at the time of the sign-in and in its instance."""
    name, moment = context.sign_in.role_session_name, context.sign_in.posted_at
    at = moment.time if moment else context.sign_in.started
    if context.evidence is None or not name or at is None:
        return ()
    events = [e for e in context.evidence.events if e.name == "GetFederationToken" and e.role_session_name == name]
    events = [e for e in events if _is_here(e, context)]
    end = min((at + _AFTER, *_later_starts(context, at)))
    return tuple(e for e in events if e.time and at - _BEFORE <= e.time <= end)


def _later_starts(context: RuleContext, at: datetime) -> list[datetime]:
    """When the same person signed in again: what was recorded after that is not of this sign-in."""
    name = context.sign_in.role_session_name
    starts = [s.posted_at.time if s.posted_at else s.started for s in context.others if s.role_session_name == name]
    return [start for start in starts if start and start > at]


def _is_here(event: TrailEvent, context: RuleContext) -> bool:
    """Whether a record can be of this sign-in's instance and role: what it does not say does not rule it out."""
    instance, told_id = context.sign_in.instance_id, event.instance_id.rpartition("/")[2]
    if instance and told_id and instance.casefold() != told_id.casefold():
        return False
    pair = role_pair(context)
    ours, theirs = arn_of(pair.role if pair else None), arn_of(event.role)
    return not (ours and theirs) or (ours.account, _name(ours)) == (theirs.account, _name(theirs))


def _name(arn: Arn) -> str:
    return arn.resource.rpartition("/")[2].casefold()


def is_denied(event: TrailEvent) -> bool:
    """Whether the record says that AWS refused for want of a permission."""
    return event.error_code in {"AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation"}


def told(event: TrailEvent) -> Phrase:
    """A refusal that CloudTrail recorded, as it may stand in a sentence."""
    words = quoted(event.error_message) if event.error_message else "no message"
    when = text(" at {} UTC", f"{event.time:%Y-%m-%d %H:%M:%S}") if event.time else ""
    return text(
        "{} ({}){}, in {}",
        quoted(event.error_code),
        words,
        when,
        bare(event.region) if event.region else "an unnamed Region",
    )
