"""The judgement: one rule for each question, in one explicit order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.rules import account, attributes, capture, connect, provider, response, signature, users
from connect_saml_nb.rules.rule import Rule, examine, soften

if TYPE_CHECKING:
    from connect_saml_nb.model.finding import Action
    from connect_saml_nb.model.verdict import Verdict

#: Every rule, in the order in which their findings are shown.
RULES: tuple[Rule, ...] = (
    *users.RULES,
    *connect.RULES,
    *account.RULES,
    *attributes.RULES,
    *provider.RULES,
    *response.RULES,
    *signature.RULES,
    *capture.RULES,
)

_BY_VERDICT: dict[Verdict | None, Rule] = {rule.verdict: rule for rule in RULES if rule.verdict}


def remedy_of(verdict: Verdict | None) -> tuple[Action, ...]:
    """What is generally to be done about a verdict: its rule's actions; none for `signed-in` and `no-sign-in`."""
    rule = _BY_VERDICT.get(verdict)
    return rule.remedy if rule else ()


__all__ = ["RULES", "Rule", "examine", "remedy_of", "soften"]
