"""What the rules say of each attribute of a response, and of its other parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb import urls
from connect_saml_nb.model.saml import PRINCIPAL_TAG, ROLE, ROLE_SESSION_NAME, SESSION_DURATION, SOURCE_IDENTITY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect_saml_nb.model.diagnosis import SignInDiagnosis
    from connect_saml_nb.model.finding import Finding
    from connect_saml_nb.model.saml import Attribute
    from connect_saml_nb.model.signin import SignIn

#: The two attributes that AWS requires (its own metadata marks them so), and what they are for.
REQUIRED = {ROLE_SESSION_NAME: "must equal the Connect username exactly", ROLE: "which AWS role is taken"}
#: The rules whose answer is the state of an attribute.
_RULES = {
    ROLE_SESSION_NAME: (
        *("role-session-name-missing", "role-session-name-invalid", "user-case-differs", "duplicate-profiles"),
        *("user-near-miss", "user-name-impossible", "user-missing", "user-exists-but-refused", "user-not-checked"),
        "wrong-instance",
    ),
    ROLE: ("role-missing", "role-malformed", "role-value-spaced", "several-roles"),
    SESSION_DURATION: ("session-duration-invalid",),
    SOURCE_IDENTITY: ("source-identity-invalid",),
}
_ATTRIBUTE_OF = {rule: name for name, rules in _RULES.items() for rule in rules}


class State(NamedTuple):
    """What the rules say of an attribute: what they found, or in words that they found nothing."""

    findings: tuple[Finding, ...]
    words: str = ""


class AttributeState(NamedTuple):
    """An attribute's short name, what it is for, the attribute (None: absent), and what the rules say of it."""

    name: str
    purpose: str
    attribute: Attribute | None
    state: State
    is_linked: bool = True


def attribute_of(rule: str) -> str | None:
    """The name of the attribute that a rule looks at, or None."""
    return _ATTRIBUTE_OF.get(rule)


def short_name(attribute: str) -> str:
    """An attribute's name without the address before it: `Role`."""
    return attribute.rpartition("/")[2]


def required_attributes(diagnosis: SignInDiagnosis) -> list[AttributeState]:
    """The two attributes that AWS requires, present or not."""
    assertion = diagnosis.sign_in.assertion
    return [
        AttributeState(
            short_name(name), purpose, assertion.attribute(name) if assertion else None, _state(_RULES[name], diagnosis)
        )
        for name, purpose in REQUIRED.items()
    ]


def other_attributes(diagnosis: SignInDiagnosis) -> list[AttributeState]:
    """The response's other attributes, in its order."""
    assertion = diagnosis.sign_in.assertion
    return [_other(a, diagnosis) for a in assertion.attributes if a.name not in REQUIRED] if assertion else []


def _other(attribute: Attribute, diagnosis: SignInDiagnosis) -> AttributeState:
    tags: tuple[str, ...] = ("session-tags-refused",) if attribute.name.startswith(PRINCIPAL_TAG) else ()
    rules = _RULES.get(attribute.name, tags)
    state = _state(rules, diagnosis) if rules else State((), "– AWS does not need it; no rule looks at it")
    return AttributeState(short_name(attribute.name), "", attribute, state, is_linked=attribute.name in _RULES)


def _state(rules: Sequence[str], diagnosis: SignInDiagnosis) -> State:
    """Found, not checked with the reason, or passed only where one rule looked and none is open."""
    found = tuple(f for f in diagnosis.findings if f.rule in rules)
    skipped = [n for n in diagnosis.not_checked if n.rule in rules and n.rule != "wrong-instance"]
    if skipped and not found:
        return State((), f"– not checked: {skipped[0].reason}")
    return State(found, "✔ passed" if set(rules) & set(diagnosis.passed) else "– not checked")


def response_parts(sign_in: SignIn) -> Iterator[tuple[str, str | None]]:
    """The parts of the response beside its attributes, each with its value, None where it is absent."""
    assertion = sign_in.assertion
    if assertion is None:
        return
    yield "Identity provider (issuer)", assertion.issuer
    yield "Person at the identity provider (name ID)", assertion.name_id
    yield "Meant for (audience)", ", ".join(assertion.audiences) or None
    yield from (("To be posted to (recipient)", c.recipient) for c in assertion.confirmations)
    yield "Posted to", urls.mask(sign_in.posted_to) or None
    yield "Relay state (where AWS should go next)", urls.mask(sign_in.relay_state) or None
    yield "Role chosen", sign_in.chosen_role
    times = (assertion.issued, assertion.not_before, assertion.not_on_or_after)
    for name, time in zip(("Issued", "Valid from", "Valid until"), times, strict=True):
        yield name, f"{time:%Y-%m-%d %H:%M:%S} UTC" if time else "time not recorded"
