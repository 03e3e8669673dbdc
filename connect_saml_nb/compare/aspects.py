"""What is compared: one aspect after the other, each with a sentence for people who do not know SAML."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.compare import field_names, fields
from connect_saml_nb.compare.fields import Seen, Unseen
from connect_saml_nb.compare.values import Difference, NotCompared, Weight
from connect_saml_nb.compare.weights import weigh
from connect_saml_nb.matching import difference, step_between
from connect_saml_nb.model.saml import ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connect_saml_nb.compare.fields import Reading
    from connect_saml_nb.compare.values import Pair
    from connect_saml_nb.model.diagnosis import SignInDiagnosis


class Same(NamedTuple):
    """An aspect that is equal in both."""

    aspect: str


Answer = Difference | Same | NotCompared


class _Aspect(NamedTuple):
    name: str
    reader: Callable[[SignInDiagnosis], Seen]
    sentence: str
    usual: Weight = Weight.DIFFERS


_PLAIN = (
    _Aspect(
        field_names.USER,
        fields.user,
        "Connect lets in only a user whose name is exactly the RoleSessionName, letter case included.",
    ),
    _Aspect(field_names.MESSAGE, fields.state, "What cannot be read here can be neither compared nor checked."),
    _Aspect(field_names.STATUS, fields.status, "With any status but Success the identity provider itself says no."),
    _Aspect(field_names.ISSUER, fields.issuer, "The issuer must be the one in the metadata of the provider in IAM."),
    _Aspect(
        field_names.PROVIDER, fields.provider, "The provider ARN says which identity provider in IAM AWS compares with."
    ),
    _Aspect(field_names.CHOSEN, fields.taken, "The role's policies decide whether it may sign in to Connect."),
    _Aspect(
        field_names.ENDPOINT,
        fields.endpoint,
        "Recipient, Destination and the role's trust policy must fit the endpoint.",
    ),
    _Aspect(
        field_names.DESTINATION, fields.destination, "Destination is the AWS endpoint that the response is posted to."
    ),
    _Aspect(field_names.RECIPIENT, fields.recipient, "Recipient is the AWS endpoint that the response is posted to."),
    _Aspect(field_names.AUDIENCE, fields.audience, "AWS takes an assertion only where AWS is its audience."),
    _Aspect(field_names.SIGNED, fields.signed_parts, "AWS needs a signature, made with a key of the provider in IAM."),
    _Aspect(
        field_names.CERTIFICATE,
        fields.certificate,
        "The signer's certificate must be in the metadata of the provider in IAM.",
    ),
    _Aspect(field_names.NAME_ID_FORMAT, fields.name_id_format, "It says what kind of name the NameID is."),
    _Aspect(
        field_names.DURATION,
        partial(fields.attribute_value, field_names.DURATION),
        "SessionDuration is in seconds and may not be longer than the role allows.",
    ),
    _Aspect(field_names.RELAY, fields.relay, "The RelayState takes the browser from AWS to the Connect instance."),
    _Aspect(field_names.INSTANCE, fields.instance, "Each instance has users of its own."),
    _Aspect(field_names.PAGE, fields.page, "It only says which page opens after the sign-in."),
    _Aspect(field_names.START, fields.start, "A sign-in to Connect starts at the identity provider."),
    _Aspect(field_names.HOPS, fields.hops, "The pages that the browser went through before AWS."),
    _Aspect(field_names.CHOICE, fields.choice, "AWS shows it where the response offers several roles."),
    _Aspect(field_names.EMBEDDED, fields.embedded, "In a frame the browser may hold back the cookies of the sign-in."),
    _Aspect(field_names.NETWORK, fields.network, "What was stopped on this computer or its network never reached AWS."),
    _Aspect(
        field_names.TIME,
        fields.time,
        "AWS takes a response only between its beginning and its end, by AWS's own clock.",
    ),
    _Aspect(field_names.VALIDITY, fields.validity, "How long the identity provider lets an assertion be used."),
    _Aspect(
        field_names.CLOCK,
        partial(fields.finding_or_reason, rule="clock-differs"),
        "A wrong clock misleads, AWS's decides.",
    ),
    _Aspect(field_names.OUTCOME, fields.outcome, "What AWS and Connect did in the end.", Weight.FOLLOWS),
)


def answers(pair: Pair) -> Iterator[Answer]:
    """Compare everything."""
    yield from (_compared(pair, each) for each in _PLAIN)
    yield from _roles(pair)
    yield from _name(pair)
    yield from _person(
        pair, field_names.NAME_ID, fields.name_id, "The NameID says who it is; AWS goes by the RoleSessionName."
    )
    source = partial(fields.attribute_value, field_names.SOURCE)
    yield from _person(pair, field_names.SOURCE, source, "SourceIdentity stays in AWS's records of the session.")
    yield from _person(
        pair, field_names.TAGS, fields.tags, "Session tags need a permission of their own in the trust policy."
    )
    yield from _attributes(pair)
    yield _recorder(pair)


def _compared(pair: Pair, aspect: _Aspect) -> Answer:
    good, bad = fields.read(aspect.reader, pair.good), fields.read(aspect.reader, pair.bad)
    return _answer(pair, aspect.name, good, bad, aspect.sentence, aspect.usual)


def _answer(  # noqa: PLR0913, PLR0917 -- a difference is all of this
    pair: Pair, name: str, good: Reading, bad: Reading, sentence: str, usual: Weight = Weight.DIFFERS
) -> Answer:
    unseen = [(side, r.reason) for side, r in (("GOOD", good), ("BAD", bad)) if isinstance(r, Unseen)]
    if isinstance(good, Unseen) or isinstance(bad, Unseen):
        reasons = {reason for _, reason in unseen}
        both = f"in both: {unseen[0][1]}" if len(unseen) > len(reasons) else None
        return NotCompared(name, both or "; ".join(f"in {side}: {reason}" for side, reason in unseen))
    if good.key == bad.key:
        return Same(name)
    return Difference(name, good.shown, bad.shown, weigh(name, usual, pair), sentence)


def _roles(pair: Pair) -> Iterator[Answer]:
    """The roles offered; where each side offers just one, the role taken tells it already."""
    pairs = [s.roles for s in pair.sign_ins]
    if all(len(p) == 1 and p[0].role and p[0].provider for p in pairs):
        return
    what = "Each value of the Role attribute is a role ARN and a provider ARN, with a comma between."
    yield _compared(pair, _Aspect(field_names.ROLES, fields.roles, what))


# --- the person --------------------------------------------------------------------------------------------


def _one_person(pair: Pair) -> bool | None:
    """Whether both names are one person's, as far as names tell; None where a name is not known."""
    good, bad = pair.names
    if good is None or bad is None:
        return None
    return good == bad or step_between(good, bad) is not None


def _name(pair: Pair) -> Iterator[Answer]:
    """The name itself, and, of two people's names, how they are written."""
    name = partial(fields.attribute_value, field_names.NAME)
    good, bad = (fields.read(name, side) for side in (pair.good, pair.bad))
    mine, theirs = pair.names
    if isinstance(good, Unseen) or isinstance(bad, Unseen) or mine is None or theirs is None or good == bad:
        yield _answer(pair, field_names.NAME, good, bad, "The RoleSessionName says which Connect user it is.")
        return
    several = any(len(r.key) > 1 for r in (good, bad) if isinstance(r.key, tuple))
    if _one_person(pair) or several:
        what = f"Most likely one person, whose names differ: GOOD has {difference(mine, theirs)}."
        told = "It must have exactly one value." if several else what
        yield _answer(pair, field_names.NAME, good, bad, told)
    else:
        what = "Two different people: only how the names are written can matter."
        yield Difference(field_names.NAME, good.shown, bad.shown, Weight.EXPECTED, what)
        yield from _shapes(pair, mine, theirs)
    yield _answer(pair, field_names.CHARACTERS, fields.characters(mine), fields.characters(theirs), _CHARACTERS)


_CHARACTERS = "AWS takes letters, digits and _+=,.@- (2 to 64 of them), Connect a little less."


def _shapes(pair: Pair, good: str, bad: str) -> Iterator[Answer]:
    yield _answer(
        pair, field_names.LETTERS, fields.letters(good), fields.letters(bad), "Connect distinguishes capital and small."
    )
    form = _answer(
        pair, field_names.FORM, fields.form(good), fields.form(bad), "Usernames of one instance mostly have one form."
    )
    yield form
    if isinstance(form, Same):
        what = "Another domain at the end makes it another username."
        yield _answer(pair, field_names.DOMAIN, fields.domain(good), fields.domain(bad), what)


def _person(pair: Pair, name: str, reader: Callable[[SignInDiagnosis], Seen], sentence: str) -> Iterator[Answer]:
    """What differs from person to person: expected between two people."""
    good, bad = fields.read(reader, pair.good), fields.read(reader, pair.bad)
    present = all(isinstance(r, Seen) and r.key for r in (good, bad))
    usual = Weight.EXPECTED if present and not _one_person(pair) else Weight.DIFFERS
    yield _answer(pair, name, good, bad, sentence, usual)


def _recorder(pair: Pair) -> Answer:
    good, bad = (Seen(c, fields.clipped(c) or None) for c in pair.creators)
    what = "Browsers and exporters leave different parts out."
    return _answer(pair, field_names.RECORDER, good, bad, what, Weight.EXPECTED)


# --- attribute names ---------------------------------------------------------------------------------------

_NEEDED = {name.casefold(): ATTRIBUTES + name for name in ("Role", "RoleSessionName")}
_KNOWN = {**_NEEDED, **{name.casefold(): ATTRIBUTES + name for name in ("SessionDuration", "SourceIdentity")}}


def _attributes(pair: Pair) -> Iterator[Answer]:
    good, bad = (fields.read(fields.attribute_names, side) for side in (pair.good, pair.bad))
    if isinstance(good, Unseen) or isinstance(bad, Unseen):
        reading = [r if isinstance(r, Unseen) else Seen(None, None) for r in (good, bad)]
        yield _answer(pair, field_names.AWS_ATTRIBUTES, reading[0], reading[1], "")
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
    return _answer(pair, field_names.AWS_ATTRIBUTES, Seen(mine, shown[0]), Seen(theirs, shown[1]), " ".join(facts[:5]))


def _other_names(pair: Pair, good: frozenset[str], bad: frozenset[str]) -> Answer:
    mine, theirs = good - _for_aws(good), bad - _for_aws(bad)
    shown = [fields.listed(f"only here: {x}" for x in sorted(only)) for only in (mine - theirs, theirs - mine)]
    what = "AWS's sign-in to Connect needs none of them; their values are not compared."
    return _answer(pair, field_names.OTHER_ATTRIBUTES, Seen(mine, shown[0]), Seen(theirs, shown[1]), what)
