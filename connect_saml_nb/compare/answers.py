"""What is compared: one aspect after the other, each with a sentence for people who do not know SAML."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.compare import fields
from connect_saml_nb.compare.aspect import Aspect
from connect_saml_nb.compare.fields import Seen, UnseenError
from connect_saml_nb.compare.values import Difference, NotCompared, Weight
from connect_saml_nb.compare.weights import weigh
from connect_saml_nb.matching import difference, step_between
from connect_saml_nb.model.saml import ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.compare.fields import Reader, Reading
    from connect_saml_nb.compare.values import Pair


class Same(NamedTuple):
    """An aspect that is equal in both."""

    aspect: Aspect


Answer = Difference | Same | NotCompared


class _Row(NamedTuple):
    aspect: Aspect
    read: Reader
    sentence: str
    usual: Weight = Weight.DIFFERS


_PLAIN = (
    _Row(
        Aspect.USER,
        fields.user,
        "Connect lets in only a user whose name is exactly the RoleSessionName, letter case included.",
    ),
    _Row(Aspect.MESSAGE, fields.state, "What cannot be read here can be neither compared nor checked."),
    _Row(Aspect.STATUS, fields.status, "With any status but Success the identity provider itself says no."),
    _Row(Aspect.ISSUER, fields.issuer, "The issuer must be the one in the metadata of the provider in IAM."),
    _Row(Aspect.PROVIDER, fields.provider, "The provider ARN says which identity provider in IAM AWS compares with."),
    _Row(Aspect.CHOSEN, fields.taken, "The role's policies decide whether it may sign in to Connect."),
    _Row(Aspect.ENDPOINT, fields.endpoint, "Recipient, Destination and the role's trust policy must fit the endpoint."),
    _Row(Aspect.DESTINATION, fields.destination, "Destination is the AWS endpoint that the response is posted to."),
    _Row(Aspect.RECIPIENT, fields.recipient, "Recipient is the AWS endpoint that the response is posted to."),
    _Row(Aspect.AUDIENCE, fields.audience, "AWS takes an assertion only where AWS is its audience."),
    _Row(Aspect.SIGNED, fields.signed_parts, "AWS needs a signature, made with a key of the provider in IAM."),
    _Row(
        Aspect.CERTIFICATE,
        fields.certificate,
        "The signer's certificate must be in the metadata of the provider in IAM.",
    ),
    _Row(Aspect.NAME_ID_FORMAT, fields.name_id_format, "It says what kind of name the NameID is."),
    _Row(
        Aspect.DURATION,
        partial(fields.attribute_value, "SessionDuration"),
        "SessionDuration is in seconds and may not be longer than the role allows.",
    ),
    _Row(Aspect.RELAY, fields.relay, "The RelayState takes the browser from AWS to the Connect instance."),
    _Row(Aspect.INSTANCE, fields.instance, "Each instance has users of its own."),
    _Row(Aspect.PAGE, fields.page, "It only says which page opens after the sign-in."),
    _Row(Aspect.START, fields.start, "A sign-in to Connect starts at the identity provider."),
    _Row(Aspect.HOPS, fields.hops, "The pages that the browser went through before AWS."),
    _Row(Aspect.CHOICE, fields.choice, "AWS shows it where the response offers several roles."),
    _Row(Aspect.EMBEDDED, fields.embedded, "In a frame the browser may hold back the cookies of the sign-in."),
    _Row(Aspect.NETWORK, fields.network, "What was stopped on this computer or its network never reached AWS."),
    _Row(Aspect.TIME, fields.time, "AWS takes a response only between its beginning and its end, by AWS's own clock."),
    _Row(Aspect.VALIDITY, fields.validity, "How long the identity provider lets an assertion be used."),
    _Row(
        Aspect.CLOCK, partial(fields.finding_or_reason, rule="clock-differs"), "A wrong clock misleads, AWS's decides."
    ),
    _Row(Aspect.OUTCOME, fields.outcome, "What AWS and Connect did in the end.", Weight.FOLLOWS),
)
#: What differs from person to person.
_PERSONAL = (
    _Row(Aspect.NAME_ID, fields.name_id, "The NameID says who it is; AWS goes by the RoleSessionName."),
    _Row(
        Aspect.SOURCE,
        partial(fields.attribute_value, "SourceIdentity"),
        "SourceIdentity stays in AWS's records of the session.",
    ),
    _Row(Aspect.TAGS, fields.tags, "Session tags need a permission of their own in the trust policy."),
)


def answers(pair: Pair) -> Iterator[Answer]:
    """Compare everything."""
    yield from (_compared(pair, each) for each in _PLAIN)
    yield from _roles(pair)
    yield from _name(pair)
    yield from (_personal(pair, each) for each in _PERSONAL)
    yield from _attributes(pair)
    yield _recorder(pair)


def _compared(pair: Pair, row: _Row) -> Answer:
    return _answer(pair, row.aspect, *_both(pair, row.read), row.sentence, row.usual)


def _both(pair: Pair, reader: Reader) -> tuple[Reading, Reading]:
    return fields.read(reader, pair.good), fields.read(reader, pair.bad)


def _answer(  # noqa: PLR0913, PLR0917 -- a difference is all of this
    pair: Pair, aspect: Aspect, good: Reading, bad: Reading, sentence: str, usual: Weight = Weight.DIFFERS
) -> Answer:
    unseen = [(side, str(r)) for side, r in (("GOOD", good), ("BAD", bad)) if isinstance(r, UnseenError)]
    if isinstance(good, UnseenError) or isinstance(bad, UnseenError):
        reasons = {reason for _, reason in unseen}
        both = f"in both: {unseen[0][1]}" if len(unseen) > len(reasons) else None
        return NotCompared(aspect, both or "; ".join(f"in {side}: {reason}" for side, reason in unseen))
    if good.key == bad.key:
        return Same(aspect)
    return Difference(aspect, good.shown, bad.shown, weigh(aspect, usual, pair), sentence)


def _roles(pair: Pair) -> Iterator[Answer]:
    """The roles offered; where each side offers just one, the role taken tells it already."""
    pairs = [s.roles for s in pair.sign_ins]
    if all(len(p) == 1 and p[0].role and p[0].provider for p in pairs):
        return
    what = "Each value of the Role attribute is a role ARN and a provider ARN, with a comma between."
    yield _answer(pair, Aspect.ROLES, *_both(pair, fields.roles), what)


# --- the person --------------------------------------------------------------------------------------------


def _one_person(pair: Pair) -> bool | None:
    """Whether both names are one person's, as far as names tell; None where a name is not known."""
    good, bad = pair.names
    if good is None or bad is None:
        return None
    return good == bad or step_between(good, bad) is not None


def _name(pair: Pair) -> Iterator[Answer]:
    """The name itself, and, of two people's names, how they are written."""
    good, bad = _both(pair, partial(fields.attribute_value, "RoleSessionName"))
    mine, theirs = pair.names
    if isinstance(good, UnseenError) or isinstance(bad, UnseenError) or mine is None or theirs is None or good == bad:
        yield _answer(pair, Aspect.NAME, good, bad, "The RoleSessionName says which Connect user it is.")
        return
    several = any(len(r.key) > 1 for r in (good, bad) if isinstance(r.key, tuple))
    if _one_person(pair) or several:
        what = f"Most likely one person, whose names differ: GOOD has {difference(mine, theirs)}."
        yield _answer(pair, Aspect.NAME, good, bad, "It must have exactly one value." if several else what)
    else:
        what = "Two different people: only how the names are written can matter."
        yield Difference(Aspect.NAME, good.shown, bad.shown, Weight.EXPECTED, what)
        yield from _shapes(pair, mine, theirs)
    yield _answer(pair, Aspect.CHARACTERS, fields.characters(mine), fields.characters(theirs), _CHARACTERS)


_CHARACTERS = "AWS takes letters, digits and _+=,.@- (2 to 64 of them), Connect a little less."


def _shapes(pair: Pair, good: str, bad: str) -> Iterator[Answer]:
    yield _answer(
        pair, Aspect.LETTERS, fields.letters(good), fields.letters(bad), "Connect distinguishes capital and small."
    )
    form = _answer(
        pair, Aspect.FORM, fields.form(good), fields.form(bad), "Usernames of one instance mostly have one form."
    )
    yield form
    if isinstance(form, Same):
        what = "Another domain at the end makes it another username."
        yield _answer(pair, Aspect.DOMAIN, fields.domain(good), fields.domain(bad), what)


def _personal(pair: Pair, row: _Row) -> Answer:
    """What differs from person to person: expected between two people."""
    good, bad = _both(pair, row.read)
    present = all(isinstance(r, Seen) and r.key for r in (good, bad))
    usual = Weight.EXPECTED if present and not _one_person(pair) else row.usual
    return _answer(pair, row.aspect, good, bad, row.sentence, usual)


def _recorder(pair: Pair) -> Answer:
    good, bad = (Seen(c, fields.clipped(c) or None) for c in pair.creators)
    what = "Browsers and exporters leave different parts out."
    return _answer(pair, Aspect.RECORDER, good, bad, what, Weight.EXPECTED)


# --- attribute names ---------------------------------------------------------------------------------------

_NEEDED = {name.casefold(): ATTRIBUTES + name for name in ("Role", "RoleSessionName")}
_KNOWN = {**_NEEDED, **{name.casefold(): ATTRIBUTES + name for name in ("SessionDuration", "SourceIdentity")}}


def _attributes(pair: Pair) -> Iterator[Answer]:
    try:
        good, bad = fields.attribute_names(pair.good), fields.attribute_names(pair.bad)
    except UnseenError:
        yield _answer(pair, Aspect.AWS_ATTRIBUTES, *_both(pair, fields.has_attributes), "")
        return
    yield _aws_names(pair, good, bad)
    yield _other_names(pair, good, bad)


def _for_aws(names: frozenset[str]) -> frozenset[str]:
    """AWS's attributes, and those that were meant to be one that is not there."""
    return frozenset(x for x in names if x.startswith(ATTRIBUTES) or _KNOWN.get(fields.last_part(x), x) not in names)


def _aws_names(pair: Pair, good: frozenset[str], bad: frozenset[str]) -> Answer:
    mine, theirs = _for_aws(good), _for_aws(bad)
    wrong = sorted(x for x in theirs if _KNOWN.get(fields.last_part(x), x) != x)
    facts = [f"{fields.clipped(x)} must be exactly {_KNOWN[fields.last_part(x)]}." for x in wrong]
    facts += [f"BAD has no {fields.short(x)}." for x in sorted(mine - theirs)]
    facts += [f"GOOD has no {fields.short(x)}." for x in sorted(theirs - mine) if x not in wrong]
    shown = [fields.listed(map(fields.short, sorted(x))) for x in (mine, theirs)]
    return _answer(pair, Aspect.AWS_ATTRIBUTES, Seen(mine, shown[0]), Seen(theirs, shown[1]), " ".join(facts[:5]))


def _other_names(pair: Pair, good: frozenset[str], bad: frozenset[str]) -> Answer:
    mine, theirs = good - _for_aws(good), bad - _for_aws(bad)
    shown = [fields.listed(f"only here: {x}" for x in sorted(only)) for only in (mine - theirs, theirs - mine)]
    what = "AWS's sign-in to Connect needs none of them; their values are not compared."
    return _answer(pair, Aspect.OTHER_ATTRIBUTES, Seen(mine, shown[0]), Seen(theirs, shown[1]), what)
