"""A role's trust policy against one response: what it surely refuses, and what cannot be judged here.

No policy engine: a condition other than SAML:aud is quoted and left open.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb import urls
from connect_saml_nb.aws.cli import ASSUME, SOURCE, TAG
from connect_saml_nb.aws.urls import global_sign_in, is_endpoint
from connect_saml_nb.model.saml import ATTRIBUTES, PRINCIPAL_TAG, SOURCE_IDENTITY
from connect_saml_nb.model.text import Phrase, joined, quoted, text
from connect_saml_nb.rules.account_facts import near_arns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect_saml_nb.model.account import Condition, RoleFacts, Statement
    from connect_saml_nb.model.diagnosis import RuleContext


class Trust(NamedTuple):
    """Why the role refuses the response (sentences), what stays open, and which actions and endpoints are missing."""

    causes: tuple[Phrase, ...]
    open: tuple[Phrase, ...] = ()
    actions: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()


def judge_trust(context: RuleContext, role: RoleFacts, provider: str | None) -> Trust:
    """What the trust policy says of this response and provider."""
    if role.trust is None or role.trust.problem:
        return Trust((), ("its trust policy could not be read",))
    if provider is None:
        return Trust((), ("the response does not say its provider",))
    statements = role.trust.statements
    blocked = tuple(_blocked(statements))
    if any(s.effect == "Allow" and s.inverted for s in statements):
        return Trust((), blocked)
    ours = [s for s in statements if s.effect == "Allow" and _names(s, provider)]
    assuming = [s for s in ours if allows_action(s, ASSUME)]
    if not assuming:
        cause = _no_statement(statements, ours, provider)
        return Trust((cause,), blocked, (ASSUME, *_extra(context)), listed_endpoints(context))
    causes, left = _audience(context, assuming)
    missing = tuple(a for a in _extra(context) if not any(allows_action(s, a) for s in ours))
    causes += [_without(action) for action in missing]
    conditions = tuple(dict.fromkeys(quoted_condition(c) for s in assuming for c in s.conditions if not _is_aud(c)))
    endpoints = listed_endpoints(context) if causes and len(causes) > len(missing) else ()
    return Trust(
        tuple(causes), (*blocked, *left, *(text("the condition {}", c) for c in conditions)), missing, endpoints
    )


def allows_action(statement: Statement, action: str) -> bool:
    """Whether an action of the statement, wildcards included, covers this one; letter case is ignored by IAM."""
    return any(like(pattern.casefold(), action.casefold()) for pattern in statement.actions)


def like(pattern: str, text: str) -> bool:
    """IAM's wildcards: `*` any text, `?` one character (IAM user guide, "Wildcards in ARNs")."""
    start, wildcard, _ = _WILDCARD.split(pattern, maxsplit=1) if _WILDCARD.search(pattern) else (pattern, "", "")
    if not wildcard or not text.startswith(start):
        return pattern == text
    return fnmatchcase(text, pattern.replace("[", "[[]"))


_WILDCARD = re.compile(r"([*?])")


def _names(statement: Statement, provider: str) -> bool:
    # "AWS": "*" means the same as "*" (IAM user guide, "AWS JSON policy elements: Principal").
    return any(value == "*" or (kind == "Federated" and value == provider) for kind, value in statement.principals)


def _blocked(statements: Sequence[Statement]) -> Iterator[Phrase]:
    if any(s.effect == "Deny" for s in statements):
        yield "a statement with Effect Deny"
    for element in dict.fromkeys(name for s in statements for name in s.inverted):
        yield text("a statement with {}", element)


def _no_statement(statements: Sequence[Statement], ours: Sequence[Statement], provider: str) -> Phrase:
    if ours:
        return text("the trust policy names {}, but not with the action {}", quoted(provider), ASSUME)
    others = [v for s in statements for kind, v in s.principals if kind == "Federated" and s.effect == "Allow"]
    if not others:
        return text("the trust policy allows no SAML provider {}", ASSUME)
    near = near_arns(provider, others)
    return text(
        "the trust policy does not name the provider {}{}", quoted(provider), text(". {}", near) if near else ""
    )


def _extra(context: RuleContext) -> tuple[str, ...]:
    """Actions that the response needs besides AssumeRoleWithSAML."""
    names = [a.name for a in context.sign_in.assertion.attributes] if context.sign_in.assertion else []
    tags = any(n.startswith(PRINCIPAL_TAG) or n == ATTRIBUTES + "TransitiveTagKeys" for n in names)
    return (*((TAG,) if tags else ()), *((SOURCE,) if SOURCE_IDENTITY in names else ()))


def _without(action: str) -> Phrase:
    what = "session tags (PrincipalTag)" if action == TAG else "a SourceIdentity"
    return text("the response carries {}, and the trust policy does not allow {}", what, action)


# --- SAML:aud ----------------------------------------------------------------------------------------------


def _recipients(context: RuleContext) -> tuple[str, ...]:
    assertion = context.sign_in.assertion
    return tuple(dict.fromkeys(c.recipient for c in assertion.confirmations if c.recipient)) if assertion else ()


def listed_endpoints(context: RuleContext) -> tuple[str, ...]:
    """The Recipients as a trust policy lists them: AWS's endpoints only, the global one as AWS documents it.

    Global Resiliency's has a query, for which `integrate-idp` writes StringLike and `/saml*`.
    """
    ours = [r for r in _recipients(context) if is_endpoint(r)]
    listed = [f"{urls.split(r).origin}/saml*" if global_sign_in(r) else r for r in ours]
    return tuple(dict.fromkeys(r for r in listed if "?" not in r))


def _is_aud(condition: Condition) -> bool:
    return condition.key.casefold() == "saml:aud"


def _audience(context: RuleContext, statements: Sequence[Statement]) -> tuple[list[Phrase], list[Phrase]]:
    """Causes and open points of SAML:aud: one statement that takes the Recipient is enough."""
    recipients = _recipients(context)
    if not recipients and any(_is_aud(c) for s in statements for c in s.conditions):
        return [], ["SAML:aud, because the response's Recipient cannot be read"]
    answers = [_takes(s, recipients) for s in statements]
    if True in answers or not answers:
        return [], []
    listed = [v for s in statements for c in s.conditions if _is_aud(c) for v in c.values]
    shown = joined(", ", (quoted(urls.mask(v) if "?" in v else v) for v in listed[:5]))
    if None in answers:
        return [], [text("SAML:aud ({})", shown)]
    sent = joined(", ", (quoted(urls.mask(r)) for r in recipients))
    return [text("the trust policy accepts SAML:aud {}, and the response's Recipient is {}", shown, sent)], []


def _takes(statement: Statement, recipients: Sequence[str]) -> bool | None:
    """Whether the statement's SAML:aud conditions, all of them, take a Recipient; None where it cannot be told."""
    found = [_condition_takes(c, recipients) for c in statement.conditions if _is_aud(c)]
    if False in found:
        return False
    return None if None in found else True


def _condition_takes(condition: Condition, recipients: Sequence[str]) -> bool | None:
    operator = condition.operator.rpartition(":")[2].removesuffix("IfExists").casefold()
    if ":" in condition.operator and not condition.operator.casefold().startswith("foranyvalue:"):
        return None
    if any("${" in value for value in condition.values):
        return None
    if operator == "stringequals":
        return any(r in condition.values for r in recipients)
    if operator == "stringequalsignorecase":
        return any(r.casefold() == v.casefold() for r in recipients for v in condition.values)
    if operator == "stringlike":
        return any(like(v, r) for r in recipients for v in condition.values)
    return None


def quoted_condition(condition: Condition) -> Phrase:
    """A condition as it stands in the policy, fit for a sentence."""
    return quoted(f"{condition.operator} {condition.key} {', '.join(condition.values[:5])}")
