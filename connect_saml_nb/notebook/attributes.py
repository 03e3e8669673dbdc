"""What the response says about the person: every attribute with the state that the rules give it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb import urls
from connect_saml_nb.model.saml import PRINCIPAL_TAG
from connect_saml_nb.notebook.components import (
    ATTRIBUTE_RULES,
    REQUIRED,
    SEVERITIES,
    badge,
    esc,
    folded,
    items,
    row,
    sentence,
    short_name,
    table,
    value,
    when,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.model.diagnosis import SignInDiagnosis
    from connect_saml_nb.model.saml import Attribute
    from connect_saml_nb.model.signin import SignIn

_HEAD = ("Attribute", "Value", "State")


def attribute_table(diagnosis: SignInDiagnosis) -> str:
    """The assertion's attributes: the two that AWS requires first, present or not, the others folded."""
    assertion = diagnosis.sign_in.assertion
    if assertion is None:
        message = diagnosis.sign_in.message
        why = (message.problem if message else None) or "The recording holds no SAML response for this sign-in."
        return f"<p>{esc(str(why))}</p>"
    needed = [_required_row(name, assertion.attribute(name), diagnosis) for name in REQUIRED]
    others = [_other_row(a, diagnosis) for a in assertion.attributes if a.name not in REQUIRED]
    parts = table(("Part", "Value"), _parts(diagnosis.sign_in), "Parts of the response")
    return (
        table(_HEAD, needed, "The attributes that AWS requires")
        + (folded(f"{len(others)} other attributes", table(_HEAD, others, "Other attributes")) if others else "")
        + folded("The rest of the response", parts)
        + items(esc(str(note)) for note in assertion.notes)
    )


def _values(attribute: Attribute) -> str:
    return "<br>".join(map(value, attribute.values)) or "<em>empty</em>"


def _required_row(name: str, attribute: Attribute | None, diagnosis: SignInDiagnosis) -> str:
    shown = _values(attribute) if attribute else "<em>not in the response</em>"
    called = f"<strong>{esc(short_name(name))}</strong><br>{REQUIRED[name]}"
    return row((called, shown, _state(ATTRIBUTE_RULES[name], diagnosis)), at=f"attribute-{short_name(name)}")


def _other_row(attribute: Attribute, diagnosis: SignInDiagnosis) -> str:
    tags: tuple[str, ...] = ("session-tags-refused",) if attribute.name.startswith(PRINCIPAL_TAG) else ()
    rules = ATTRIBUTE_RULES.get(attribute.name, tags)
    at = f"attribute-{short_name(attribute.name)}" if attribute.name in ATTRIBUTE_RULES else ""
    state = _state(rules, diagnosis) if rules else "– AWS does not need it; no rule looks at it"
    return row((value(attribute.name), _values(attribute), state), at=at)


def _state(rules: tuple[str, ...], diagnosis: SignInDiagnosis) -> str:
    """What the rules say: found, not checked with the reason, or passed only where one looked and none is open."""
    found = [f for f in diagnosis.findings if f.rule in rules]
    if found:
        return "<br>".join(f"{badge(SEVERITIES[f.severity])} {sentence(f.message)}" for f in found)
    skipped = [n for n in diagnosis.not_checked if n.rule in rules and n.rule != "wrong-instance"]
    if skipped:
        return f"– not checked: {esc(str(skipped[0].reason))}"
    return "✔ passed" if set(rules) & set(diagnosis.passed) else "– not checked"


def _parts(sign_in: SignIn) -> Iterator[str]:
    assertion = sign_in.assertion
    if assertion is None:
        return
    pairs = [
        ("Identity provider (issuer)", assertion.issuer),
        ("Person at the identity provider (name ID)", assertion.name_id),
        ("Meant for (audience)", ", ".join(assertion.audiences) or None),
        *(("To be posted to (recipient)", c.recipient) for c in assertion.confirmations),
        ("Posted to", urls.mask(sign_in.posted_to) or None),
        ("Relay state (where AWS should go next)", urls.mask(sign_in.relay_state) or None),
        ("Role chosen", sign_in.chosen_role),
        ("Issued", when(assertion.issued)),
        ("Valid from", when(assertion.not_before)),
        ("Valid until", when(assertion.not_on_or_after)),
    ]
    for name, text in pairs:
        yield row((esc(name), value(text) if text is not None else "<em>absent</em>"))
    if sign_in.posted_at:
        yield row(("Posted at", f"{when(sign_in.posted_at.time)}, by {esc(sign_in.posted_at.clock)}"))
