"""The Role attribute: pairs of a role and a SAML provider."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from connect_saml_nb.model.saml import ROLE
from connect_saml_nb.model.signin import RolePair

if TYPE_CHECKING:
    from connect_saml_nb.model.saml import SamlMessage

_ARN = re.compile(r"arn:[a-z0-9-]*:iam::[^,\s]*?:(role|saml-provider)/[^,\s]+")


def read_roles(message: SamlMessage | None) -> tuple[RolePair, ...]:
    """The values of every Role attribute; several pairs in one value (some Okta settings join them) become several."""
    attributes = message.assertion.attributes if message and message.assertion else ()
    return tuple(pair for a in attributes if a.name == ROLE for value in a.values for pair in _pairs(value))


def _pairs(value: str) -> list[RolePair]:
    found = [(m[1], m[0]) for m in _ARN.finditer(value[:100_000])]
    roles = [arn for kind, arn in found if kind == "role"]
    providers = [arn for kind, arn in found if kind == "saml-provider"]
    if len(roles) < 2 or len(roles) != len(providers):  # noqa: PLR2004 -- one pair, or what is left of one
        return [RolePair(value, roles[0] if roles else None, providers[0] if providers else None)]
    return [RolePair(value, r, p) for r, p in zip(roles, providers, strict=True)]
