"""The sign-ins of a capture, each with the values that its entries and its response give."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import asdict

from connect_saml_nb.aws.urls import (
    AWS_KINDS,
    ENDPOINTS,
    Federate,
    UrlKind,
    global_sign_in,
    is_endpoint,
    read_federate,
    url_kind,
)
from connect_saml_nb.idp.products import product_of
from connect_saml_nb.model.saml import Binding
from connect_saml_nb.model.signin import Ending, FlowRole, Moment, Outcome, SignIn, Step
from connect_saml_nb.signin.at_provider import provider_attempt
from connect_saml_nb.signin.classify import CONNECT_KINDS, classify
from connect_saml_nb.signin.grouping import group
from connect_saml_nb.urls import split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connect_saml_nb.model.capture import Capture
    from connect_saml_nb.model.saml import SamlMessage
    from connect_saml_nb.signin.classify import ClassifiedEntry
    from connect_saml_nb.signin.grouping import Attempt

_STEP_ROLES = {
    UrlKind.CONSOLE_LOGIN: FlowRole.CONSOLE_LOGIN,
    UrlKind.FEDERATE: FlowRole.FEDERATE,
    UrlKind.CONSOLE_HOME: FlowRole.CONSOLE,
    UrlKind.CONSOLE: FlowRole.CONSOLE,
    UrlKind.CONNECT: FlowRole.CONNECT,
    UrlKind.CONNECT_LOGIN: FlowRole.CONNECT,
}


def find_sign_ins(capture: Capture, messages: Sequence[SamlMessage]) -> tuple[SignIn, ...]:
    """Find the sign-ins of a capture, in the order of time. Empty where nothing tries to reach Connect with SAML.

    `messages` are those of the same capture (`saml.find_messages`). Never raises on content.

    >>> capture = har.read_capture("saml.har")
    >>> [s.outcome for s in find_sign_ins(capture, saml.find_messages(capture))]
    [<Outcome.OPENED: 'Connect opened'>]
    """
    entries = classify(capture, messages)
    attempts = [attempt for attempt in group(entries) if attempt.is_sign_in]
    last = provider_attempt(entries, messages, attempts)
    attempts += [last] if last else []
    return tuple(_sign_in(number, attempt) for number, attempt in enumerate(attempts, 1))


def _sign_in(number: int, attempt: Attempt) -> SignIn:
    relay_state = attempt.fields.get("RelayState") if attempt.message else None
    target = _target(attempt, relay_state)
    steps = _steps(attempt)
    first = next(iter([*attempt.posts, *attempt.entries]), None)
    started = first.entry if first else next((step.entry for step in steps), None)
    return SignIn(
        number=number,
        started=started.started if started else None,
        steps=steps,
        message=attempt.message,
        expects_message=attempt.expects_message,
        posted_to=_posted_to(attempt),
        posted_at=_posted_at(attempt.posts),
        relay_state=relay_state,
        chosen_role=attempt.fields.get("roleIndex") or None,
        roles=attempt.roles,
        instance_id=target.instance_id,
        region=target.region,
        embedded_in=None if attempt.message else _embedding_host(attempt),
        **asdict(_ending(attempt)),
    )


def _ending(attempt: Attempt) -> Ending:
    is_pasted = attempt.message is not None and attempt.message.binding is Binding.PASTED
    return Ending(Outcome.PASTED) if is_pasted else attempt.ending.ending


def _posted_to(attempt: Attempt) -> str:
    """Where the response went; for a post that WebKit folded into a later page, the destination that it names."""
    endpoint = next((e.entry.url for e in reversed(attempt.posts) if e.kind in ENDPOINTS), None)
    message = attempt.message
    if endpoint or not message:
        return endpoint or ""
    if message.binding is Binding.FORM:
        return message.target
    named = [message.response.destination] if message.response else []
    named += [c.recipient for a in message.assertions for c in a.confirmations]
    return next((n for n in named if n and is_endpoint(n)), "")


def _posted_at(posts: Sequence[ClassifiedEntry]) -> Moment | None:
    """When AWS judged the response: AWS's own `Date` on the last post (whole seconds), or the client's clock."""
    if not posts:
        return None
    last = posts[-1].entry
    date = last.response_header("Date")
    time = _http_date(date) if date else None
    if time is not None and time.tzinfo is not None:
        return Moment(time, "AWS's clock (Date header)", second=True)
    return Moment(last.started, "the browser's clock") if last.started else None


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
#: The one form in which a date is to be sent (RFC 9110, section 5.6.7).
_HTTP_DATE = re.compile(rf"[A-Z][a-z]{{2}}, (\d\d) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII)


def _http_date(text: str) -> datetime | None:
    """The time in a `Date` header, or None."""
    try:
        if match := _HTTP_DATE.fullmatch(text):
            day, month, year, *clock = match.groups()
            hour, minute, second = map(int, clock)
            return datetime(int(year), 1 + _MONTHS.index(month), int(day), hour, minute, second, tzinfo=UTC)
        from email.utils import parsedate_to_datetime  # noqa: PLC0415 -- slow to import, for exotic dates only

        return parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None


def _target(attempt: Attempt, relay_state: str | None) -> Federate:
    """The instance and Region: of the federation page that was opened, otherwise of the relay state."""
    urls = [e.entry.url for e in reversed(attempt.entries) if e.kind is UrlKind.FEDERATE]
    urls += [p.entry.location for p in reversed(attempt.posts) if url_kind(p.entry.location) is UrlKind.FEDERATE]
    urls += [relay_state] if relay_state else []
    endpoints = filter(None, (global_sign_in(p.entry.url) for p in reversed(attempt.posts)))
    usable = [f for f in (*endpoints, *map(read_federate, urls)) if f.instance_id]
    return next((f for f in usable if not f.problem), next(iter(usable), Federate(None, None, "")))


def _steps(attempt: Attempt) -> tuple[Step, ...]:
    steps = list(attempt.before)
    for entry in attempt.entries:
        role = _role(entry, attempt)
        if role:
            steps.append(Step(entry.entry, role))
    return tuple(steps)


def _role(entry: ClassifiedEntry, attempt: Attempt) -> FlowRole | None:
    if entry.kind in ENDPOINTS and entry.index in attempt.post_indices:
        return FlowRole.AWS_POST if entry is attempt.posts[0] else FlowRole.ROLE_POST
    if entry.is_page:
        return _STEP_ROLES.get(entry.kind, FlowRole.AWS_PAGE)
    return FlowRole.CONNECT_REQUEST if entry.is_request else None


def _embedding_host(attempt: Attempt) -> str | None:
    """The host of a page of somebody else's that holds Connect in a frame, as the browser's own headers show."""
    for page in attempt.entries:
        if page.kind in CONNECT_KINDS and page.is_page and page.is_framed:
            referrer = page.request_header("referer")
            if _is_foreign(referrer):
                return split(referrer).host or "another page"
    return None


def _is_foreign(referrer: str) -> bool:
    """Whether a page is neither AWS's nor an identity provider's."""
    own = {*AWS_KINDS, UrlKind.CONNECT_STATIC, UrlKind.AMAZON_IDENTITY_PROVIDER}
    return url_kind(referrer) not in own and product_of(referrer) is None
