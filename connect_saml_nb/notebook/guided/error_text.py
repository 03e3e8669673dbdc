"""What the screen says: a text or a place -> what it means, what can be the cause, and the next step. No recording."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.aws.messages import find_answer, find_refusal
from connect_saml_nb.idp.errors import error_code_of
from connect_saml_nb.model.finding import Remedy
from connect_saml_nb.model.signin import AwsMessage
from connect_saml_nb.notebook.causes import RULES_BY_ID
from connect_saml_nb.render.html import Markup, render
from connect_saml_nb.rules.__main__ import MESSAGES, PLACES

if TYPE_CHECKING:
    from connect_saml_nb.rules import Rule

_FEWEST_LETTERS = 3
_MOST_GUESSES = 6
_LONGEST = 20_000


class Advice(NamedTuple):
    """What a text or a place on the screen means. `rules` are the possible causes, `guesses` texts that are alike."""

    heard: str
    meaning: str = ""
    rules: tuple[Rule, ...] = ()
    guesses: tuple[str, ...] = ()


#: In plain words what AWS's documents say of each ("Troubleshoot SAML" of Connect and of IAM).
_MEANINGS = {
    AwsMessage.NOT_ONBOARDED: "The company’s sign-in worked, and AWS took it. Then Amazon Connect looked for the "
    "person among its users and found none of exactly that name.",
    AwsMessage.FEDERATION_DENIED: "The company’s sign-in worked. But the AWS role that the person got is not allowed "
    "to open Amazon Connect (connect:GetFederationToken).",
    AwsMessage.SESSION_EXPIRED: "Amazon Connect has no fresh sign-in of this person: the session has ended, or "
    "Connect was opened by its own address instead of from the company’s portal.",
    AwsMessage.INVALID_RESPONSE: "AWS got what the identity provider says about the person (the SAML response), and "
    "refused it. This text does not say why; the recording does in most cases.",
    AwsMessage.IDP_REJECTED: "The identity provider, the company’s own sign-in, refused: AWS was not reached.",
    AwsMessage.NOT_FOUND_IN_REPLICA: "This comes up where Amazon Connect Global Resiliency is in use: the person or "
    "the instance is not ready in the other Region.",
}


@cache
def _by_said() -> dict[AwsMessage, tuple[str, ...]]:
    """The rules that can say why, by the known text."""
    found: dict[AwsMessage, tuple[str, ...]] = {}
    for text, rules in MESSAGES:
        answer = find_answer(text, global_endpoint=True)
        if answer:
            found.setdefault(answer.said, rules)
    return found


def known_texts() -> tuple[str, ...]:
    """What can be chosen: the texts of AWS, then what is seen where no text says why."""
    return tuple(text for text, _ in (*MESSAGES, *PLACES))


def advice(text: str) -> Advice | None:
    """What the screen's text (typed, pasted or chosen) means; None where there is none."""
    screen = text.strip()[:_LONGEST]
    if not screen:
        return None
    place = dict(PLACES).get(screen)
    if place:
        return Advice(screen, rules=_causes(place))
    answer = find_answer(screen, global_endpoint=True) or find_refusal(screen)
    if answer is None:
        return Advice(screen, guesses=_guesses(screen))
    rules = _by_said().get(answer.said, _own_rules(answer.said))
    return Advice(answer.text, _meaning(answer.said, screen), _causes(rules))


def _meaning(message: AwsMessage, text: str) -> str:
    """What a text means; of an identity provider's code or words also what that very one does, and who does what."""
    general = _MEANINGS.get(message, "")
    known = error_code_of(text) if message is AwsMessage.IDP_REJECTED else None
    return f"{general} {known.product}: {known.meaning}. {Remedy(known.remedy)}" if known else general


def _own_rules(message: AwsMessage) -> tuple[str, ...]:
    """The rules of a text that MESSAGES does not list: the one of its name."""
    named = "idp-error" if message is AwsMessage.IDP_REJECTED else message.value
    return (named,) if named in RULES_BY_ID else ("response-refused",)


def _causes(rules: tuple[str, ...]) -> tuple[Rule, ...]:
    """The rules that name a cause; those that say only what was not judged are no causes."""
    known = [RULES_BY_ID[rule] for rule in rules if rule in RULES_BY_ID]
    named = [
        rule for rule in known if not (rule.verdict and rule.verdict.is_open) and rule.id != "user-exists-but-refused"
    ]
    return tuple(named or known)


def _guesses(text: str) -> tuple[str, ...]:
    """The known texts that hold every longer word of what was typed."""
    words = {w for w in re.findall(r"\w+", text.casefold()) if len(w) >= _FEWEST_LETTERS}
    fitting = [text for text in known_texts() if words and words <= set(re.findall(r"\w+", text.casefold()))]
    return tuple(fitting[:_MOST_GUESSES])


def advice_panel(found: Advice | None) -> Markup:
    """What the text means, the possible causes, and the next step; nothing without advice."""
    return render("guided/advice.html", advice=found)
