"""Which aspects a verdict is about: they explain it where they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.compare.aspect import Aspect
from connect_saml_nb.compare.values import Weight
from connect_saml_nb.model.users import MatchKind
from connect_saml_nb.model.verdict import Verdict

if TYPE_CHECKING:
    from connect_saml_nb.compare.values import Pair

_SHAPES = (Aspect.LETTERS, Aspect.FORM, Aspect.DOMAIN, Aspect.CHARACTERS)
_RESPONSE = (
    *(Aspect.MESSAGE, Aspect.STATUS, Aspect.ISSUER, Aspect.PROVIDER, Aspect.SIGNED, Aspect.CERTIFICATE, Aspect.TIME),
    *(Aspect.DESTINATION, Aspect.RECIPIENT, Aspect.AUDIENCE, Aspect.ENDPOINT, Aspect.AWS_ATTRIBUTES, Aspect.ROLES),
    *(Aspect.CHARACTERS, Aspect.NAME, Aspect.DURATION, Aspect.TAGS, Aspect.SOURCE, Aspect.NAME_ID_FORMAT),
    Aspect.START,
)

#: The aspects that a verdict names, the closest first.
EXPLAINING: dict[str, tuple[Aspect, ...]] = {
    "user-case-differs": (Aspect.USER, Aspect.NAME, Aspect.LETTERS),
    "duplicate-profiles": (Aspect.USER, Aspect.NAME, Aspect.LETTERS),
    "user-near-miss": (Aspect.USER, Aspect.NAME),
    "user-name-impossible": (Aspect.CHARACTERS, Aspect.NAME),
    "user-missing": (Aspect.USER, Aspect.NAME),
    "wrong-instance": (Aspect.INSTANCE, Aspect.ENDPOINT),
    "not-saml-instance": (Aspect.INSTANCE,),
    "replica-not-ready": (Aspect.ENDPOINT, Aspect.INSTANCE),
    "federation-denied": (Aspect.CHOSEN, Aspect.ROLES),
    "session-expired": (Aspect.MESSAGE,),
    "relay-state-missing": (Aspect.RELAY,),
    "relay-state-invalid": (Aspect.RELAY, Aspect.INSTANCE),
    "role-not-chosen": (Aspect.CHOICE, Aspect.ROLES),
    "role-missing": (Aspect.AWS_ATTRIBUTES, Aspect.ROLES),
    "role-malformed": (Aspect.ROLES, Aspect.AWS_ATTRIBUTES),
    "role-session-name-missing": (Aspect.AWS_ATTRIBUTES, Aspect.NAME),
    "role-session-name-invalid": (Aspect.CHARACTERS, Aspect.NAME),
    "assertion-expired": (Aspect.TIME, Aspect.VALIDITY),
    "assertion-not-yet-valid": (Aspect.TIME,),
    "audience-wrong": (Aspect.AUDIENCE,),
    "recipient-wrong": (Aspect.RECIPIENT, Aspect.ENDPOINT),
    "destination-wrong": (Aspect.DESTINATION, Aspect.ENDPOINT),
    "signature-invalid": (Aspect.SIGNED, Aspect.CERTIFICATE),
    "issuer-mismatch": (Aspect.ISSUER, Aspect.PROVIDER),
    "provider-missing": (Aspect.PROVIDER,),
    "source-identity-invalid": (Aspect.SOURCE,),
    "session-duration-invalid": (Aspect.DURATION,),
    "session-tags-refused": (Aspect.TAGS,),
    "assertion-encrypted": (Aspect.MESSAGE,),
    "assertion-redacted": (Aspect.MESSAGE,),
    "assertion-damaged": (Aspect.MESSAGE,),
    "idp-error": (Aspect.STATUS,),
    "sign-in-blocked": (Aspect.NETWORK,),
}
#: The aspects in which the cause can lie where the verdict leaves it open.
POSSIBLE: dict[str, tuple[Aspect, ...]] = {
    "user-missing": _SHAPES,
    "user-near-miss": _SHAPES,
    "user-not-checked": (Aspect.INSTANCE, Aspect.NAME, *_SHAPES),
    "user-exists-but-refused": (Aspect.INSTANCE, Aspect.ENDPOINT, Aspect.CHOSEN),
    "wrong-instance": (Aspect.RELAY,),
    "federation-denied": (Aspect.INSTANCE, Aspect.ENDPOINT),
    "session-expired": (Aspect.START, Aspect.HOPS, Aspect.EMBEDDED),
    "role-not-assumable": (
        *(Aspect.CHOSEN, Aspect.ROLES, Aspect.PROVIDER, Aspect.RECIPIENT, Aspect.ENDPOINT, Aspect.DURATION),
        *(Aspect.TAGS, Aspect.SOURCE),
    ),
    "signature-invalid": (Aspect.ISSUER, Aspect.PROVIDER),
    "not-authorized-in-connect": (Aspect.PAGE, Aspect.NAME),
    "assertion-redacted": (Aspect.RECORDER,),
    "assertion-damaged": (Aspect.RECORDER,),
    "capture-incomplete": (Aspect.MESSAGE, Aspect.EMBEDDED, Aspect.RECORDER),
    "idp-error": (Aspect.ISSUER, Aspect.HOPS, Aspect.START),
    "response-refused": _RESPONSE,
    "outcome-unknown": (
        *(*_RESPONSE, Aspect.RELAY, Aspect.INSTANCE, Aspect.CHOSEN, Aspect.CHOICE, Aspect.EMBEDDED, Aspect.HOPS),
    ),
}
#: The part of a name that a near miss is about.
_STEPS = {
    MatchKind.SPACE: Aspect.CHARACTERS,
    MatchKind.CASE: Aspect.LETTERS,
    MatchKind.UNICODE: Aspect.CHARACTERS,
    MatchKind.DOMAIN: Aspect.DOMAIN,
    MatchKind.LOCAL_PART: Aspect.FORM,
    MatchKind.TAG: Aspect.CHARACTERS,
    MatchKind.WINDOWS_NAME: Aspect.FORM,
}


def explaining(pair: Pair) -> tuple[Aspect, ...]:
    """The aspects that explain the bad sign-in's verdict where they differ; none where both ended alike."""
    verdict = pair.bad.verdict
    if _ended_alike(pair):
        return ()
    steps = (_STEPS.get(m.kind) for m in pair.bad.matches) if verdict == "user-near-miss" else ()
    return (*EXPLAINING.get(verdict, ()), *filter(None, steps))


def _ended_alike(pair: Pair) -> bool:
    good, verdict = pair.good, pair.bad.verdict
    if good.verdict is Verdict.SIGNED_IN:
        return verdict is Verdict.SIGNED_IN
    return good.verdict == verdict or any(f.verdict == verdict for f in good.findings)


def weigh(aspect: Aspect, usual: Weight, pair: Pair) -> Weight:
    """What a difference in this aspect says about the bad sign-in's verdict."""
    if aspect in explaining(pair):
        return Weight.EXPLAINS
    if not _ended_alike(pair) and aspect in POSSIBLE.get(pair.bad.verdict, ()):
        return Weight.POSSIBLE
    return usual


def place(aspect: Aspect, pair: Pair) -> int:
    """Where among those of its weight a difference stands: as near as its aspect is to the verdict."""
    order = (*explaining(pair), *POSSIBLE.get(pair.bad.verdict, ()))
    return order.index(aspect) if aspect in order else len(order)
