"""Which aspects a verdict is about: they explain it where they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.compare import _names as n
from connect_saml_nb.compare._values import Weight
from connect_saml_nb.model import MatchStep
from connect_saml_nb.verdict import SIGNED_IN

if TYPE_CHECKING:
    from connect_saml_nb.compare._values import Pair

_SHAPES = (n.LETTERS, n.FORM, n.DOMAIN, n.CHARACTERS)
_RESPONSE = (
    *(n.MESSAGE, n.STATUS, n.ISSUER, n.PROVIDER, n.SIGNED, n.CERTIFICATE, n.TIME, n.DESTINATION, n.RECIPIENT),
    *(n.AUDIENCE, n.ENDPOINT, n.AWS_ATTRIBUTES, n.ROLES, n.CHARACTERS, n.NAME, n.DURATION, n.TAGS, n.SOURCE),
    *(n.NAME_ID_FORMAT, n.START),
)

#: The aspects that a verdict names, the closest first.
EXPLAINING: dict[str, tuple[str, ...]] = {
    "user-case-differs": (n.USER, n.NAME, n.LETTERS),
    "duplicate-profiles": (n.USER, n.NAME, n.LETTERS),
    "user-near-miss": (n.USER, n.NAME),
    "user-name-impossible": (n.CHARACTERS, n.NAME),
    "user-missing": (n.USER, n.NAME),
    "wrong-instance": (n.INSTANCE, n.ENDPOINT),
    "not-saml-instance": (n.INSTANCE,),
    "replica-not-ready": (n.ENDPOINT, n.INSTANCE),
    "federation-denied": (n.CHOSEN, n.ROLES),
    "session-expired": (n.MESSAGE,),
    "relay-state-missing": (n.RELAY,),
    "relay-state-invalid": (n.RELAY, n.INSTANCE),
    "role-not-chosen": (n.CHOICE, n.ROLES),
    "role-missing": (n.AWS_ATTRIBUTES, n.ROLES),
    "role-malformed": (n.ROLES, n.AWS_ATTRIBUTES),
    "role-session-name-missing": (n.AWS_ATTRIBUTES, n.NAME),
    "role-session-name-invalid": (n.CHARACTERS, n.NAME),
    "assertion-expired": (n.TIME, n.VALIDITY),
    "assertion-not-yet-valid": (n.TIME,),
    "audience-wrong": (n.AUDIENCE,),
    "recipient-wrong": (n.RECIPIENT, n.ENDPOINT),
    "destination-wrong": (n.DESTINATION, n.ENDPOINT),
    "signature-invalid": (n.SIGNED, n.CERTIFICATE),
    "issuer-mismatch": (n.ISSUER, n.PROVIDER),
    "provider-missing": (n.PROVIDER,),
    "source-identity-invalid": (n.SOURCE,),
    "session-duration-invalid": (n.DURATION,),
    "session-tags-refused": (n.TAGS,),
    "assertion-encrypted": (n.MESSAGE,),
    "assertion-redacted": (n.MESSAGE,),
    "assertion-damaged": (n.MESSAGE,),
    "idp-error": (n.STATUS,),
    "sign-in-blocked": (n.NETWORK,),
}
#: The aspects in which the cause can lie where the verdict leaves it open.
POSSIBLE: dict[str, tuple[str, ...]] = {
    "user-missing": _SHAPES,
    "user-near-miss": _SHAPES,
    "user-not-checked": (n.INSTANCE, n.NAME, *_SHAPES),
    "user-exists-but-refused": (n.INSTANCE, n.ENDPOINT, n.CHOSEN),
    "wrong-instance": (n.RELAY,),
    "federation-denied": (n.INSTANCE, n.ENDPOINT),
    "session-expired": (n.START, n.HOPS, n.EMBEDDED),
    "role-not-assumable": (n.CHOSEN, n.ROLES, n.PROVIDER, n.RECIPIENT, n.ENDPOINT, n.DURATION, n.TAGS, n.SOURCE),
    "signature-invalid": (n.ISSUER, n.PROVIDER),
    "not-authorized-in-connect": (n.PAGE, n.NAME),
    "assertion-redacted": (n.RECORDER,),
    "assertion-damaged": (n.RECORDER,),
    "capture-incomplete": (n.MESSAGE, n.EMBEDDED, n.RECORDER),
    "idp-error": (n.ISSUER, n.HOPS, n.START),
    "response-refused": _RESPONSE,
    "outcome-unknown": (*_RESPONSE, n.RELAY, n.INSTANCE, n.CHOSEN, n.CHOICE, n.EMBEDDED, n.HOPS),
}
#: The part of a name that a near miss is about.
_STEPS = {
    MatchStep.SPACE: n.CHARACTERS,
    MatchStep.CASE: n.LETTERS,
    MatchStep.UNICODE: n.CHARACTERS,
    MatchStep.DOMAIN: n.DOMAIN,
    MatchStep.LOCAL_PART: n.FORM,
    MatchStep.TAG: n.CHARACTERS,
    MatchStep.WINDOWS_NAME: n.FORM,
}


def explaining(pair: Pair) -> tuple[str, ...]:
    """The aspects that explain the bad sign-in's verdict where they differ; none where both ended alike."""
    verdict = pair.bad.verdict
    if _ended_alike(pair):
        return ()
    steps = (_STEPS.get(m.step) for m in pair.bad.matches) if verdict == "user-near-miss" else ()
    return (*EXPLAINING.get(verdict, ()), *filter(None, steps))


def _ended_alike(pair: Pair) -> bool:
    good, verdict = pair.good, pair.bad.verdict
    if good.verdict == SIGNED_IN:
        return verdict == SIGNED_IN
    return good.verdict == verdict or any(f.verdict == verdict for f in good.findings)


def weigh(aspect: str, usual: Weight, pair: Pair) -> Weight:
    """What a difference in this aspect says about the bad sign-in's verdict."""
    if aspect in explaining(pair):
        return Weight.EXPLAINS
    if not _ended_alike(pair) and aspect in POSSIBLE.get(pair.bad.verdict, ()):
        return Weight.POSSIBLE
    return usual


def place(aspect: str, pair: Pair) -> int:
    """Where among those of its weight a difference stands: as near as its aspect is to the verdict."""
    order = (*explaining(pair), *POSSIBLE.get(pair.bad.verdict, ()))
    return order.index(aspect) if aspect in order else len(order)
