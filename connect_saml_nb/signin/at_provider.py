"""An attempt that never left the identity provider: the recording ends there."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb import urls
from connect_saml_nb.aws.messages import find_refusal
from connect_saml_nb.model.saml import Binding, MessageKind
from connect_saml_nb.model.signin import AwsMessage, FlowRole, Network, Outcome, Step
from connect_saml_nb.signin.classify import RESPONSES
from connect_saml_nb.signin.grouping import Attempt
from connect_saml_nb.signin.outcome import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connect_saml_nb.model.capture import Entry
    from connect_saml_nb.model.saml import SamlMessage
    from connect_saml_nb.signin.classify import ClassifiedEntry

_PASSWORD_FIELDS = re.compile(
    r"pass(?:w(?:or)?d|wd|code)?|pwd|j_password|.*[._-]password|kennwort|loginfmt", re.IGNORECASE
)
_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class _Tail(NamedTuple):
    """What was recorded after the last entry of all attempts: its pages outside of AWS, and those at a provider."""

    entries: Sequence[ClassifiedEntry]
    pages: list[ClassifiedEntry]
    at_provider: list[ClassifiedEntry]


def provider_attempt(
    entries: Sequence[ClassifiedEntry], messages: Sequence[SamlMessage], attempts: Sequence[Attempt]
) -> Attempt | None:
    """The attempt at an identity provider with which the recording ends, or None.

    >>> provider_attempt(entries, messages, group(entries)).ending.outcome
    <Outcome.IDP_REFUSED: 'the identity provider refused'>
    """
    if attempts and not attempts[-1].entries:
        return None
    tail = _tail(entries, messages, attempts)
    if not tail.at_provider:
        return None
    ending = _ending(tail.at_provider[-1])
    if ending.outcome is not Outcome.IDP_REFUSED and _is_no_attempt(tail, messages, first=not attempts):
        return None
    if attempts and _is_asked_by_others(tail, messages):
        return None
    before = [Step(e.entry, FlowRole.IDP_PAGE) for e in tail.at_provider]
    return Attempt(before=before, expects_message=True, ending=ending)


def _tail(entries: Sequence[ClassifiedEntry], messages: Sequence[SamlMessage], attempts: Sequence[Attempt]) -> _Tail:
    theirs = {e.index for a in attempts for e in a.entries}
    last = max((i for i, e in enumerate(entries) if e.index in theirs), default=-1) if theirs else -1
    later = entries[last + 1 :]
    pages = [e for e in later if e.is_page and e.is_elsewhere]
    hosts = {e.url.host for e in pages} & _provider_hosts(entries, messages, {e.url.host for e in pages})
    return _Tail(later, pages, [e for e in pages if e.url.host in hosts])


def _provider_hosts(entries: Sequence[ClassifiedEntry], messages: Sequence[SamlMessage], hosts: set[str]) -> set[str]:
    """Hosts that act as identity providers: products, receivers of requests, senders of forms, logins."""
    if not hosts:
        return set()
    senders = {m.entry for m in messages if m.kind is MessageKind.AUTHN_REQUEST or m.binding is Binding.FORM}
    return {e.url.host for e in entries if e.index in senders or (e.url.host in hosts and _acts(e))}


def _acts(entry: ClassifiedEntry) -> bool:
    return bool(entry.product) or _is_login(entry.entry) or "wa=wsignin1.0" in entry.entry.url


def _is_login(entry: Entry) -> bool:
    post = entry.post_data if entry.method.upper() == "POST" else None
    if post is None:
        return False
    names = [p.name for p in post.params]
    names += [pair.partition("=")[0] for pair in (post.text or "")[:20_000].split("&")]
    return any(_PASSWORD_FIELDS.fullmatch(urls.unquoted(n)[:100]) for n in names)


def _ending(final: ClassifiedEntry) -> Progress:
    if final.blocking_error and final.navigates:
        network = Network(final.index, final.url.host, final.blocking_error)
        return Progress(Outcome.BLOCKED, network=network, last=final)
    refusal = find_refusal(final.entry.body.text or "")
    if refusal:
        return Progress(Outcome.IDP_REFUSED, AwsMessage.IDP_REJECTED, refusal.text, final.index)
    refused = final.status in _REFUSED or final.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return Progress(Outcome.IDP_REFUSED if refused else Outcome.IDP_STOPPED)


# --- what is no attempt at Connect -------------------------------------------------------------------------


def _is_no_attempt(tail: _Tail, messages: Sequence[SamlMessage], *, first: bool) -> bool:
    """Whether what follows is no attempt at Connect: nobody logs in again after a sign-in, or it went elsewhere."""
    if not first and not any(_is_login(e.entry) for e in tail.entries if e.entry.method == "POST"):
        return True
    return _finished_elsewhere(tail, messages)


def _finished_elsewhere(tail: _Tail, messages: Sequence[SamlMessage]) -> bool:
    """Whether a sign-in to something else was finished: a response posted to it, or its own pages after the login."""
    posted = {m.entry for m in messages if m.binding is Binding.POST and m.kind in RESPONSES}
    if any(e.index in posted and not e.product for e in tail.entries):
        return True
    return tail.pages[-1].url.host not in {e.url.host for e in tail.at_provider}


def _is_asked_by_others(tail: _Tail, messages: Sequence[SamlMessage]) -> bool:
    """Whether another application sent the person there with an AuthnRequest of its own.

    Connect's sign-in begins at the identity provider (Connect guide, `configure-saml`). A broker or portal on the way
    to AWS sends a request too: a second provider is then on the way, or the sign-in before came by such a request.
    """
    later = {e.index for e in tail.entries}
    requests = {m.entry for m in messages if m.kind is MessageKind.AUTHN_REQUEST}
    hosts = {e.url.host for e in tail.at_provider}
    asked = any(e.index in requests for e in tail.at_provider)
    return bool(requests) and requests <= later and len(hosts) == 1 and asked
