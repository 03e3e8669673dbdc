"""The judgement: one rule for each question, in one explicit order."""

from __future__ import annotations

from connect_saml_nb.rules import account, attributes, capture, connect, provider, response, signature, users
from connect_saml_nb.rules.rule import Rule, examine, soften

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

__all__ = ["RULES", "Rule", "examine", "soften"]
