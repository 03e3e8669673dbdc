"""Which aspects a verdict is about: they explain it where they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.compare import field_names
from connect_saml_nb.compare.values import Weight
from connect_saml_nb.model.users import MatchKind
from connect_saml_nb.model.verdict import Verdict

if TYPE_CHECKING:
    from connect_saml_nb.compare.values import Pair

_SHAPES = (field_names.LETTERS, field_names.FORM, field_names.DOMAIN, field_names.CHARACTERS)
_RESPONSE = (
    *(
        field_names.MESSAGE,
        field_names.STATUS,
        field_names.ISSUER,
        field_names.PROVIDER,
        field_names.SIGNED,
        field_names.CERTIFICATE,
        field_names.TIME,
        field_names.DESTINATION,
        field_names.RECIPIENT,
    ),
    *(
        field_names.AUDIENCE,
        field_names.ENDPOINT,
        field_names.AWS_ATTRIBUTES,
        field_names.ROLES,
        field_names.CHARACTERS,
        field_names.NAME,
        field_names.DURATION,
        field_names.TAGS,
        field_names.SOURCE,
    ),
    *(field_names.NAME_ID_FORMAT, field_names.START),
)

#: The aspects that a verdict names, the closest first.
EXPLAINING: dict[str, tuple[str, ...]] = {
    "user-case-differs": (field_names.USER, field_names.NAME, field_names.LETTERS),
    "duplicate-profiles": (field_names.USER, field_names.NAME, field_names.LETTERS),
    "user-near-miss": (field_names.USER, field_names.NAME),
    "user-name-impossible": (field_names.CHARACTERS, field_names.NAME),
    "user-missing": (field_names.USER, field_names.NAME),
    "wrong-instance": (field_names.INSTANCE, field_names.ENDPOINT),
    "not-saml-instance": (field_names.INSTANCE,),
    "replica-not-ready": (field_names.ENDPOINT, field_names.INSTANCE),
    "federation-denied": (field_names.CHOSEN, field_names.ROLES),
    "session-expired": (field_names.MESSAGE,),
    "relay-state-missing": (field_names.RELAY,),
    "relay-state-invalid": (field_names.RELAY, field_names.INSTANCE),
    "role-not-chosen": (field_names.CHOICE, field_names.ROLES),
    "role-missing": (field_names.AWS_ATTRIBUTES, field_names.ROLES),
    "role-malformed": (field_names.ROLES, field_names.AWS_ATTRIBUTES),
    "role-session-name-missing": (field_names.AWS_ATTRIBUTES, field_names.NAME),
    "role-session-name-invalid": (field_names.CHARACTERS, field_names.NAME),
    "assertion-expired": (field_names.TIME, field_names.VALIDITY),
    "assertion-not-yet-valid": (field_names.TIME,),
    "audience-wrong": (field_names.AUDIENCE,),
    "recipient-wrong": (field_names.RECIPIENT, field_names.ENDPOINT),
    "destination-wrong": (field_names.DESTINATION, field_names.ENDPOINT),
    "signature-invalid": (field_names.SIGNED, field_names.CERTIFICATE),
    "issuer-mismatch": (field_names.ISSUER, field_names.PROVIDER),
    "provider-missing": (field_names.PROVIDER,),
    "source-identity-invalid": (field_names.SOURCE,),
    "session-duration-invalid": (field_names.DURATION,),
    "session-tags-refused": (field_names.TAGS,),
    "assertion-encrypted": (field_names.MESSAGE,),
    "assertion-redacted": (field_names.MESSAGE,),
    "assertion-damaged": (field_names.MESSAGE,),
    "idp-error": (field_names.STATUS,),
    "sign-in-blocked": (field_names.NETWORK,),
}
#: The aspects in which the cause can lie where the verdict leaves it open.
POSSIBLE: dict[str, tuple[str, ...]] = {
    "user-missing": _SHAPES,
    "user-near-miss": _SHAPES,
    "user-not-checked": (field_names.INSTANCE, field_names.NAME, *_SHAPES),
    "user-exists-but-refused": (field_names.INSTANCE, field_names.ENDPOINT, field_names.CHOSEN),
    "wrong-instance": (field_names.RELAY,),
    "federation-denied": (field_names.INSTANCE, field_names.ENDPOINT),
    "session-expired": (field_names.START, field_names.HOPS, field_names.EMBEDDED),
    "role-not-assumable": (
        field_names.CHOSEN,
        field_names.ROLES,
        field_names.PROVIDER,
        field_names.RECIPIENT,
        field_names.ENDPOINT,
        field_names.DURATION,
        field_names.TAGS,
        field_names.SOURCE,
    ),
    "signature-invalid": (field_names.ISSUER, field_names.PROVIDER),
    "not-authorized-in-connect": (field_names.PAGE, field_names.NAME),
    "assertion-redacted": (field_names.RECORDER,),
    "assertion-damaged": (field_names.RECORDER,),
    "capture-incomplete": (field_names.MESSAGE, field_names.EMBEDDED, field_names.RECORDER),
    "idp-error": (field_names.ISSUER, field_names.HOPS, field_names.START),
    "response-refused": _RESPONSE,
    "outcome-unknown": (
        *_RESPONSE,
        field_names.RELAY,
        field_names.INSTANCE,
        field_names.CHOSEN,
        field_names.CHOICE,
        field_names.EMBEDDED,
        field_names.HOPS,
    ),
}
#: The part of a name that a near miss is about.
_STEPS = {
    MatchKind.SPACE: field_names.CHARACTERS,
    MatchKind.CASE: field_names.LETTERS,
    MatchKind.UNICODE: field_names.CHARACTERS,
    MatchKind.DOMAIN: field_names.DOMAIN,
    MatchKind.LOCAL_PART: field_names.FORM,
    MatchKind.TAG: field_names.CHARACTERS,
    MatchKind.WINDOWS_NAME: field_names.FORM,
}


def explaining(pair: Pair) -> tuple[str, ...]:
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
