"""What stands in one sign-in for each aspect: a value to compare and its form to be shown, or why there is none."""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64decode
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from connect_saml_nb import urls
from connect_saml_nb.aws.urls import UrlKind, endpoint_region, read_federate, url_kind
from connect_saml_nb.facts import issuer_of
from connect_saml_nb.idp.products import product_of
from connect_saml_nb.matching import impossible_reason, passes_sts
from connect_saml_nb.model.diagnosis import Relation
from connect_saml_nb.model.saml import ATTRIBUTES, PRINCIPAL_TAG, MessageState
from connect_saml_nb.model.signin import FlowRole, Outcome
from connect_saml_nb.model.users import MatchKind
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.saml import Document, parse_xml, short_name
from connect_saml_nb.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable
    from datetime import datetime, timedelta
    from xml.etree.ElementTree import Element

    from connect_saml_nb.model.diagnosis import SignInDiagnosis
    from connect_saml_nb.model.saml import Assertion, Response, SamlMessage
    from connect_saml_nb.model.signin import Moment, Step

    Reader: TypeAlias = Callable[[SignInDiagnosis], "Seen"]


class Seen(NamedTuple):
    """What stands there: `key` is compared, `shown` is shown (None: absent)."""

    key: Hashable
    shown: str | None


class UnseenError(Exception):
    """Why it is not known what stands there."""


Reading = Seen | UnseenError
_LONGEST = 300
_MOST = 5


def text(value: str | None) -> Seen:
    """A value that is compared and shown as it is, clipped."""
    return Seen(value, None if value is None else clipped(value))


def clipped(value: str) -> str:
    """A stranger's text without quotes: clipped, control characters visible."""
    return quoted(value if len(value) <= _LONGEST else value[:_LONGEST] + "…")[1:-1]


def address(value: str | None) -> Seen:
    """A URL: compared whole, shown without its secrets."""
    return Seen(value, None if value is None else clipped(urls.mask(value) or "(empty)"))


def listed(values: Iterable[str]) -> str | None:
    """Several values, at most five of them."""
    every = [*values]
    more = f" and {len(every) - _MOST} more" if len(every) > _MOST else ""
    return ", ".join(map(clipped, every[:_MOST])) + more if every else None


# --- what there is to read ---------------------------------------------------------------------------------


def read(reader: Reader, diagnosis: SignInDiagnosis) -> Reading:
    """What a reader sees in a sign-in, or why it sees nothing."""
    try:
        return reader(diagnosis)
    except UnseenError as unseen:
        return unseen


def message_of(diagnosis: SignInDiagnosis) -> SamlMessage:
    """The sign-in's SAML message."""
    if diagnosis.sign_in.message is None:
        raise UnseenError("the recording holds no SAML response")
    return diagnosis.sign_in.message


def response_of(diagnosis: SignInDiagnosis) -> Response:
    """The sign-in's response."""
    response = message_of(diagnosis).response
    if response is None:
        raise UnseenError("the response could not be read")
    return response


def assertion_of(diagnosis: SignInDiagnosis) -> Assertion:
    """The sign-in's assertion."""
    message = message_of(diagnosis)
    if message.assertion:
        return message.assertion
    if message.state is MessageState.ENCRYPTED:
        raise UnseenError("the assertion is encrypted")
    raise UnseenError("the assertion could not be read")


def finding_or_reason(diagnosis: SignInDiagnosis, rule: str) -> Seen:
    """What a rule said of the sign-in: its message where found, nothing where passed, why where not checked."""
    found = next((f for f in diagnosis.findings if f.rule == rule), None)
    if found:
        return Seen(rule, clipped(str(found.message)))
    if rule in diagnosis.passed:
        return Seen("", None)
    raise UnseenError(
        next((str(x.reason).rstrip(".") for x in diagnosis.not_checked if x.rule == rule), "it was not checked")
    )


# --- the response ------------------------------------------------------------------------------------------


def state(diagnosis: SignInDiagnosis) -> Seen:
    """Whether there is a response, and how far it can be read."""
    message = diagnosis.sign_in.message
    if message is None:
        return Seen(None, "none in the recording")
    return Seen(message.state, {MessageState.READ: "readable"}.get(message.state, message.state.value))


def status(diagnosis: SignInDiagnosis) -> Seen:
    """The response's status codes, without their common beginning."""
    codes = response_of(diagnosis).status
    return Seen(codes, listed(code.rpartition(":")[2] for code in codes))


def issuer(diagnosis: SignInDiagnosis) -> Seen:
    """Who issued the assertion, with the product's name where it can be told."""
    message = message_of(diagnosis)
    name = issuer_of(diagnosis.sign_in)
    if name is None and message.assertion is None and message.response is None:
        raise UnseenError("the response could not be read")
    product = product_of(name or "")
    return Seen(name, f"{clipped(name)} ({product})" if name and product else text(name).shown)


def destination(diagnosis: SignInDiagnosis) -> Seen:
    """The response's Destination."""
    return address(response_of(diagnosis).destination)


def recipient(diagnosis: SignInDiagnosis) -> Seen:
    """The assertion's Recipients."""
    assertion = assertion_of(diagnosis)
    found = tuple(c.recipient for c in assertion.confirmations if c.recipient)
    return Seen(found, listed(urls.mask(r) or "" for r in found))


def audience(diagnosis: SignInDiagnosis) -> Seen:
    """The assertion's audiences."""
    audiences = assertion_of(diagnosis).audiences
    return Seen(frozenset(audiences), listed(audiences))


def name_id(diagnosis: SignInDiagnosis) -> Seen:
    """The assertion's NameID."""
    return text(assertion_of(diagnosis).name_id)


def name_id_format(diagnosis: SignInDiagnosis) -> Seen:
    """The NameID's format, without its common beginning."""
    form = assertion_of(diagnosis).name_id_format
    return Seen(form, None if form is None else clipped(form.rpartition(":")[2] or form))


def start(diagnosis: SignInDiagnosis) -> Seen:
    """Whether the response answers a request (InResponseTo)."""
    answers = response_of(diagnosis).in_response_to is not None
    return Seen(answers, "answers a request (InResponseTo)" if answers else "at the identity provider")


# --- signatures --------------------------------------------------------------------------------------------

_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_CERTIFICATE = "/".join(
    f"{{http://www.w3.org/2000/09/xmldsig#}}{x}" for x in ("KeyInfo", "X509Data", "X509Certificate")
)


def _signed(diagnosis: SignInDiagnosis) -> list[tuple[str, Element]]:
    """Each signature with the name of the element that holds it."""
    message = message_of(diagnosis)
    document = parse_xml(message.xml)
    if not isinstance(document, Document):
        raise UnseenError("the response could not be read")
    elements = [e for e in document.root.iter() if e.tag.rpartition("}")[2] in {"Response", "Assertion"}]
    if not elements:
        raise UnseenError("the response could not be read")
    return [(e.tag.rpartition("}")[2], s) for e in elements for s in e.findall(_SIGNATURE)]


def signed_parts(diagnosis: SignInDiagnosis) -> Seen:
    """Which elements hold a signature of their own; inside an encrypted assertion nothing can be seen."""
    signatures = _signed(diagnosis)
    message = diagnosis.sign_in.message
    if message and message.state is MessageState.ENCRYPTED:
        raise UnseenError("the assertion is encrypted")
    parts = sorted({name for name, _ in signatures})
    return Seen(tuple(parts), " and ".join(parts) or "none")


def certificate(diagnosis: SignInDiagnosis) -> Seen:
    """The SHA-256 fingerprints of the certificates that the response embeds beside its signatures."""
    signatures = _signed(diagnosis)
    used = (_fingerprint(c.text or "") for _, s in signatures for c in s.iterfind(_CERTIFICATE))
    found = frozenset(filter(None, used))
    if not found:
        raise UnseenError("the response embeds no certificate")
    return Seen(found, listed(f"SHA-256 {f[:16]}…" for f in sorted(found)))


def _fingerprint(base64: str) -> str | None:
    try:
        return hashlib.sha256(b64decode("".join(base64.split()), validate=True)).hexdigest()
    except (binascii.Error, ValueError):
        return None


# --- roles and attributes ----------------------------------------------------------------------------------


def roles(diagnosis: SignInDiagnosis) -> Seen:
    """The roles offered, malformed values as they are."""
    assertion_of(diagnosis)  # without one it is not known which roles it offers
    pairs = diagnosis.sign_in.roles
    key = frozenset(p.role if p.role and p.provider else p.value for p in pairs)
    return Seen(key, listed(p.role if p.role and p.provider else quoted(p.value) for p in pairs))


def provider(diagnosis: SignInDiagnosis) -> Seen:
    """The provider of the role taken, else of all."""
    assertion_of(diagnosis)  # without one it is not known which roles it offers
    pairs = diagnosis.sign_in.roles
    taken = [p.provider for p in pairs if p.role == diagnosis.sign_in.chosen_role and p.provider]
    found = frozenset(taken or [p.provider for p in pairs if p.provider])
    return Seen(found, listed(sorted(found)))


def taken(diagnosis: SignInDiagnosis) -> Seen:
    """The role chosen on AWS's page, or the only one."""
    sign_in = diagnosis.sign_in
    if sign_in.chosen_role:
        return text(sign_in.chosen_role)
    assertion_of(diagnosis)
    if len(sign_in.roles) != 1:
        raise UnseenError("several or no roles are offered, and none was chosen")
    return text(sign_in.roles[0].role)


def attribute_value(short: str, diagnosis: SignInDiagnosis) -> Seen:
    """The values of one of AWS's attributes."""
    found = assertion_of(diagnosis).attribute(ATTRIBUTES + short)
    return Seen(found.values, listed(map(quoted, found.values)) or "no value") if found else Seen(None, None)


def tags(diagnosis: SignInDiagnosis) -> Seen:
    """The session tags."""
    wanted = (PRINCIPAL_TAG, ATTRIBUTES + "TransitiveTagKeys")
    found = [a for a in assertion_of(diagnosis).attributes if a.name.startswith(wanted)]
    key = frozenset((a.name, a.values) for a in found)
    names = (f"{a.name.removeprefix(ATTRIBUTES)}={listed(map(quoted, a.values)) or ''}" for a in found)
    return Seen(key, listed(names))


def attribute_names(diagnosis: SignInDiagnosis) -> frozenset[str]:
    """The names of all attributes."""
    return frozenset(a.name for a in assertion_of(diagnosis).attributes)


def has_attributes(diagnosis: SignInDiagnosis) -> Seen:
    """Whether the attributes can be read."""
    return Seen(attribute_names(diagnosis), None)


def last_part(name: str) -> str:
    """The last part of an attribute's name, in small letters: what a misnamed attribute still has."""
    return re.split(r"[/#]", name.strip().rstrip("/"))[-1].casefold()


def short(name: str) -> str:
    """An attribute's short name where it is one of AWS's, else its whole name."""
    return short_name(name) if name.startswith(ATTRIBUTES) else clipped(name)


# --- the name ----------------------------------------------------------------------------------------------


def user(diagnosis: SignInDiagnosis) -> Seen:
    """Whether Connect has a user of exactly this name."""
    name = diagnosis.sign_in.role_session_name
    if diagnosis.verdict is Verdict.SIGNED_IN:
        return Seen("known", f"{quoted(name)} is known: Connect opened" if name else "known: Connect opened")
    if diagnosis.relation is Relation.OTHER:
        raise UnseenError("the list of users is another instance's")
    if any(m.kind is MatchKind.EXACT for m in diagnosis.matches):
        return Seen("known", f"{quoted(name)} is in the list")
    if diagnosis.matches:
        near = [f"{quoted(m.user.username)} ({m.kind.value})" for m in diagnosis.matches]
        return Seen("unknown", f"no user {quoted(name)}; near it: {', '.join(near[:_MOST])}")
    rule = finding_or_reason(diagnosis, "user-missing")
    if not rule.key:
        raise UnseenError("the list does not tell")
    return Seen("unknown", f"no user {quoted(name)}, and none like it")


def letters(name: str) -> Seen:
    """In which letter case a name is written."""
    small, capital = any(c.islower() for c in name), any(c.isupper() for c in name)
    words = {
        (True, False): "small letters",
        (False, True): "capital letters",
        (True, True): "small and capital letters",
    }
    return Seen((small, capital), words.get((small, capital), "no letters"))


def form(name: str) -> Seen:
    """Whether a name is an email address, a short name or of another form."""
    bare = name.strip()
    if "\\" in bare or "/" in bare:
        kind = "with a Windows domain before it"
    elif "#ext#" in bare.casefold():
        kind = "guest name (#EXT#)"
    else:
        kind = "email address" if "@" in bare else "short name, no @"
    return Seen(kind, kind)


def domain(name: str) -> Seen:
    """What stands behind the @, in small letters."""
    _, at, behind = name.strip().rpartition("@")
    return text(behind.casefold()) if at else Seen(None, None)


def characters(name: str) -> Seen:
    """Whether AWS and Connect take a name's characters and length."""
    why = impossible_reason(name)
    key = (passes_sts(name), why is None)
    return Seen(key, f"{quoted(name)}: {why.capitalized()}" if why else "as AWS and Connect take them")


# --- the way -----------------------------------------------------------------------------------------------


def endpoint(diagnosis: SignInDiagnosis) -> Seen:
    """Where the response was posted, and which kind of endpoint that is."""
    posted_to = diagnosis.sign_in.posted_to
    if not posted_to:
        raise UnseenError("the recording does not show where the response was posted")
    parts = urls.split(posted_to)
    return Seen((parts.host, parts.path.rstrip("/")), f"{clipped(parts.host + parts.path)} ({_kind(posted_to)})")


def _kind(url: str) -> str:
    if url_kind(url) is UrlKind.GLOBAL_SIGN_IN:
        return "Global Resiliency"
    region = endpoint_region(url)
    kind = f"regional, {region}" if region else "global"
    return f"{kind}, with the provider's ID" if "/acs/" in urls.split(url).path else kind


def relay(diagnosis: SignInDiagnosis) -> Seen:
    """Whether there is a relay state, and whether it is a federate URL."""
    sign_in = diagnosis.sign_in
    if sign_in.message is None:
        raise UnseenError("the recording holds no SAML response")
    if not sign_in.relay_state:
        needless = url_kind(sign_in.posted_to) is UrlKind.GLOBAL_SIGN_IN
        return Seen("needless" if needless else None, "none (not needed here)" if needless else None)
    problem = read_federate(sign_in.relay_state).problem
    masked = clipped(urls.mask(sign_in.relay_state) or "")
    return Seen(problem, f"{masked} ({clipped(problem)})" if problem else masked)


def instance(diagnosis: SignInDiagnosis) -> Seen:
    """The Connect instance and its Region."""
    sign_in = diagnosis.sign_in
    if not sign_in.instance_id:
        raise UnseenError("neither a relay state nor a federation page tells it")
    return Seen(
        (sign_in.instance_id, sign_in.region), f"{sign_in.instance_id} ({sign_in.region or 'Region not known'})"
    )


def page(diagnosis: SignInDiagnosis) -> Seen:
    """The page of Connect that the relay state asks for."""
    relay_state = diagnosis.sign_in.relay_state
    if not relay_state:
        raise UnseenError("there is no relay state")
    wanted = urls.split(relay_state).parameter("destination")
    return Seen(wanted, clipped(urls.mask(wanted) or "") if wanted is not None else None)


_BEFORE_AWS = frozenset({FlowRole.IDP_PAGE, FlowRole.IDP_RESPONSE, FlowRole.BROKER_POST})


def hops(diagnosis: SignInDiagnosis) -> Seen:
    """The hosts before AWS, in order."""
    steps = [s for s in diagnosis.sign_in.steps if s.role in _BEFORE_AWS]
    found = [*dict.fromkeys(map(host, steps))]
    if not found:
        raise UnseenError("no page before AWS is there")
    return Seen(tuple(found), " → ".join(map(clipped, found[:_MOST])))


def host(step: Step) -> str:
    """The host of a step."""
    return urls.split(step.entry.url).host


def choice(diagnosis: SignInDiagnosis) -> Seen:
    """Whether AWS asked for a role, and was answered."""
    if any(s.role is FlowRole.ROLE_POST for s in diagnosis.sign_in.steps):
        return Seen("answered", "shown, and a role was chosen")
    asked = diagnosis.sign_in.outcome is Outcome.ROLE_CHOICE
    return Seen("open", "shown, and no role was chosen") if asked else Seen(None, "not shown")


def embedded(diagnosis: SignInDiagnosis) -> Seen:
    """The page that holds Connect in a frame."""
    inside = diagnosis.sign_in.embedded_in
    return Seen(inside, f"in a frame of {clipped(inside)}" if inside else "in a window of its own")


def network(diagnosis: SignInDiagnosis) -> Seen:
    """The request that the network or the browser stopped."""
    stopped = diagnosis.sign_in.network
    if stopped is None:
        return Seen(None, "no request was stopped")
    return Seen(
        (stopped.host, stopped.error), f"{clipped(stopped.host)}: {clipped(stopped.error)} (entry {stopped.entry})"
    )


# --- times -------------------------------------------------------------------------------------------------


def time(diagnosis: SignInDiagnosis) -> Seen:
    """Whether the response was posted while it was valid, by the rules' own judgement, and how old it was."""
    assertion = assertion_of(diagnosis)
    moment = diagnosis.sign_in.posted_at
    if moment is None:
        raise UnseenError("the recording does not show the post")
    ended = _found(diagnosis, "assertion-expired")
    early = _found(diagnosis, "assertion-not-yet-valid")
    where = "after its end" if ended else "before its beginning" if early else "while valid"
    age = _age(moment, assertion.issued) if assertion.issued else ""
    return Seen(where, f"posted {where}{age}".replace("posted while valid,", "posted"))


def _age(moment: Moment, issued: datetime) -> str:
    """How old the assertion was; a clock that tells whole seconds only can be up to one second behind."""
    age = moment.time - issued
    if moment.second and -1 <= age.total_seconds() <= 0:
        return ", in the second in which it was issued"
    return f", {span(abs(age))} {'after' if age.total_seconds() >= 0 else 'before'} it was issued"


def _found(diagnosis: SignInDiagnosis, rule: str) -> bool:
    return any(f.rule == rule for f in diagnosis.findings)


def validity(diagnosis: SignInDiagnosis) -> Seen:
    """How long the assertion is valid, to the minute: the shortest of its own times."""
    assertion = assertion_of(diagnosis)
    ends = [assertion.not_on_or_after, *(c.not_on_or_after for c in assertion.confirmations)]
    known = [end for end in ends if end]
    begin = assertion.not_before or assertion.issued
    if not known or begin is None:
        raise UnseenError("the assertion does not say from when to when it is valid")
    length = min(known) - begin
    return Seen(round(length.total_seconds() / 60), span(length))


def span(length: timedelta) -> str:
    """A span of time for people; a negative one has its sign."""
    seconds = round(length.total_seconds())
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    for unit, one in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * one:
            return f"{sign}{round(seconds / one)} {unit}s"
    return f"{sign}{seconds} second{'' if seconds == 1 else 's'}"


def outcome(diagnosis: SignInDiagnosis) -> Seen:
    """How it ended, and what AWS said."""
    sign_in = diagnosis.sign_in
    said = f": {quoted(sign_in.said_text)}" if sign_in.said_text else ""
    return Seen((sign_in.outcome, sign_in.said), f"{sign_in.outcome.value}{said}")
