"""How a sign-in ended: its AWS-side entries, in order, read as one story whose last event decides.

Texts decide where they can be read. Where they cannot, the place where the story stops does (AWS's pages may be
localised, missing from the recording, or rendered by script).
"""

from __future__ import annotations

import re
from http import HTTPStatus
from itertools import islice
from typing import TYPE_CHECKING

from connect_saml_nb.aws import messages
from connect_saml_nb.aws.urls import ENDPOINTS, UrlKind, url_kind
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.signin import AwsMessage, Ending, Network, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from connect_saml_nb.aws.messages import KnownMessage
    from connect_saml_nb.model.capture import Entry
    from connect_saml_nb.signin.classify import ClassifiedEntry

#: Where the federation page hands the browser on to Connect: a refusal here is one of the sign-in, not of a page.
_SIGN_IN = re.compile(r"/auth/sign-in/?$")
_NOT_LET_IN = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})

#: What ends a sign-in that had reached Connect; a page of Connect's that is missing or broken does not.
_CONNECT_OUTCOMES = frozenset({Outcome.SESSION_ENDED, Outcome.REFUSED_IN_CONNECT})


class EndingReader:
    """How one sign-in ended, as far as its AWS-side entries were read; each of them is read once."""

    def __init__(self) -> None:
        self._ending = Ending(Outcome.NOT_ANSWERED)
        self._refused_paths: set[str] = set()
        self._count = 0

    def read(self, events: Sequence[ClassifiedEntry], posts: AbstractSet[int], *, may_choose: bool) -> Ending:
        """Read those of `events`, the sign-in's AWS-side entries in order, that came since the last call.

        `posts` are the indices of entries that posted the response; `may_choose` says that the assertion offers
        several roles, so that an unread page of the sign-in endpoint can be the role choice.
        """
        for event in islice(events, self._count, None):
            self._ending = self._after(event, is_post=event.index in posts, may_choose=may_choose)
        self._count = len(events)
        return self._ending

    def _after(self, event: ClassifiedEntry, *, is_post: bool, may_choose: bool) -> Ending:
        ending = self._ending
        if is_post and event.kind in ENDPOINTS:
            return _after_post(ending, event, may_choose=may_choose)
        if not event.is_answered:
            return _after_silence(ending, event)
        if event.kind is UrlKind.CONNECT_LOGIN:
            return _after_login(ending, event)
        if event.kind is UrlKind.CONNECT:
            came = ending.accepted or is_post  # WebKit: a folded post is AWS's redirect to here
            return _after_connect(replace(ending, accepted=came), event, self._refused_paths)
        if event.is_page and event.kind is not UrlKind.CONNECT_API:
            return _after_page(ending, event)
        if event.is_request or event.kind is UrlKind.CONNECT_API:
            return _after_request(ending, event)
        return ending


def _stop(ending: Ending, event: ClassifiedEntry, outcome: Outcome, *, accepted: bool = False) -> Ending:
    """The story reached a place that explains less than a known text, or than an opened Connect, does."""
    if ending.outcome is Outcome.SAID:
        return replace(ending, last=event.entry)
    if _was_refused(ending) or (ending.outcome is Outcome.OPENED and outcome not in _CONNECT_OUTCOMES):
        return ending
    return replace(ending, outcome=outcome, last=event.entry, accepted=ending.accepted or accepted)


def _was_refused(ending: Ending) -> bool:
    """Whether AWS answered with an error, which leads nowhere: a place that comes later is another visit."""
    stopped = {Outcome.RESPONSE_STOPPED, Outcome.FEDERATE_STOPPED, Outcome.FEDERATE_NOT_FOUND}
    return ending.outcome in stopped and ending.last is not None and ending.last.status >= HTTPStatus.BAD_REQUEST


def _say(ending: Ending, event: ClassifiedEntry, answer: KnownMessage) -> Ending:
    if answer.said is AwsMessage.SESSION_EXPIRED and not ending.opened_before:
        if ending.outcome is Outcome.SAID:
            return replace(ending, last=event.entry)
        if _was_refused(ending):
            return ending
    return replace(
        ending,
        outcome=Outcome.SAID,
        said=answer.said,
        said_text=answer.text,
        said_entry=event.index,
        last=event.entry,
        network=None,
    )


def _go_on(ending: Ending, event: ClassifiedEntry) -> Ending:
    """A redirect: what it leads to will tell."""
    return replace(_stop(ending, event, Outcome.NOT_ANSWERED), network=None)


def _read(event: ClassifiedEntry, *, endpoint: bool = False) -> KnownMessage | None:
    text = event.entry.body.text
    return messages.find_answer(text, global_endpoint=endpoint) if text else None


def _after_post(ending: Ending, event: ClassifiedEntry, *, may_choose: bool) -> Ending:
    if not event.is_answered:
        return _after_silence(replace(ending, outcome=Outcome.NOT_ANSWERED, last=event.entry), event, posted=True)
    if event.redirects:
        fresh = replace(ending, outcome=Outcome.NOT_ANSWERED, said=None, said_text=None, said_entry=None)
        return replace(fresh, last=event.entry, accepted=True, network=None)
    answer = _read(event, endpoint=event.kind is UrlKind.GLOBAL_SIGN_IN)
    if answer and answer.said is AwsMessage.EXPIRED and ending.outcome is Outcome.SAID:
        return ending  # the page was reloaded later: the first answer is about the sign-in
    if answer:
        return _say(ending, event, answer)
    if _offers_roles(event) or (may_choose and event.status in {0, HTTPStatus.OK} and not event.entry.body.text):
        return replace(ending, outcome=Outcome.ROLE_CHOICE, last=event.entry, network=None)
    return replace(_stop(ending, event, Outcome.RESPONSE_STOPPED), network=None)


def _offers_roles(event: ClassifiedEntry) -> bool:
    # The role choice page's form, as read by several public scrapers: input.saml-radio[name=roleIndex].
    text = event.entry.body.text if event.entry.body_may_hold("roleIndex") else None
    return text is not None and re.search(r"name=[\"']?roleIndex", text) is not None


def _after_silence(ending: Ending, event: ClassifiedEntry, *, posted: bool = False) -> Ending:
    error = event.blocking_error
    if not error or not (posted or event.navigates):
        return ending
    if ending.outcome in {Outcome.OPENED, Outcome.SAID} or _was_refused(ending):
        return ending
    network = Network(event.index, event.url.host, error)
    return replace(ending, outcome=Outcome.BLOCKED, network=network, last=event.entry)


def _after_page(ending: Ending, event: ClassifiedEntry) -> Ending:
    kind = event.kind
    if event.redirects:
        accepted = ending.accepted or kind in {UrlKind.FEDERATE, UrlKind.CONSOLE_HOME}
        return _go_on(replace(ending, accepted=accepted), event)
    answer = _read(event, endpoint=kind is UrlKind.GLOBAL_SIGN_IN)
    if answer:
        beyond = kind not in {UrlKind.SIGN_IN, UrlKind.GLOBAL_SIGN_IN}
        return _say(replace(ending, accepted=ending.accepted or beyond), event, answer)
    if kind is UrlKind.FEDERATE:
        stopped = Outcome.FEDERATE_NOT_FOUND if event.status == HTTPStatus.NOT_FOUND else Outcome.FEDERATE_STOPPED
        return _stop(ending, event, stopped, accepted=True)
    if kind in {UrlKind.CONSOLE_HOME, UrlKind.CONSOLE}:
        return _stop(ending, event, Outcome.CONSOLE_HOME, accepted=True)
    if kind is UrlKind.CONSOLE_LOGIN:
        return _stop(ending, event, Outcome.CONSOLE_LOGIN)
    return ending


def _after_request(ending: Ending, event: ClassifiedEntry) -> Ending:
    """A console page that is rendered by script keeps its message in a request's JSON."""
    if event.status < HTTPStatus.BAD_REQUEST and not event.entry.body_may_hold(
        "onboarded", "Onboarded", "ccess denied", "ccess Denied"
    ):
        return ending
    answer = _read(event)
    return replace(_say(ending, event, answer), last=ending.last or event.entry) if answer else ending


def _after_connect(ending: Ending, event: ClassifiedEntry, refused_paths: set[str]) -> Ending:
    path = event.url.path
    if event.is_page:
        return _after_connect_page(ending, event)
    if not event.is_request:
        return ending
    if event.status == HTTPStatus.UNAUTHORIZED:
        refused_paths.add(path)
        return _end_session(ending, event)
    if event.status == HTTPStatus.FORBIDDEN and event.asks_for_session:
        return _stop(ending, event, Outcome.REFUSED_IN_CONNECT)
    if event.status >= HTTPStatus.BAD_REQUEST:
        answer = _read(event)
        return _say(ending, event, answer) if answer else ending
    regained = path in refused_paths and ending.outcome is Outcome.SESSION_ENDED
    works = regained or _is_unstated_connect(ending.last) or (event.asks_for_session and _may_open(ending))
    if works or ending.outcome is Outcome.OPENED:
        return _open(ending.last if ending.last and not works else event.entry, in_use=True)
    return ending


def _may_open(ending: Ending) -> bool:
    """Whether a session of Connect's can be this sign-in's: after a refusal before Connect it is one of another tab."""
    last = ending.last
    if ending.outcome is Outcome.NOT_ANSWERED:
        return ending.accepted or last is None
    if last is None or url_kind(last.url) is not UrlKind.CONNECT:
        return False
    return ending.outcome is not Outcome.SAID or ending.said_entry == last.index


def _is_unstated_connect(last: Entry | None) -> bool:
    """Whether the last page is Connect's, with a status that the exporter left out: what its requests get tells."""
    return last is not None and last.status == 0 and url_kind(last.url) is UrlKind.CONNECT


def _after_connect_page(ending: Ending, event: ClassifiedEntry) -> Ending:
    if event.redirects:
        return _go_on(ending, event)
    answer = _read(event)
    if answer and answer.said is AwsMessage.SESSION_EXPIRED:
        return _say(_end_session(ending, event), event, answer)
    if answer:
        return _say(ending, event, answer)
    if event.status == HTTPStatus.UNAUTHORIZED:
        return _end_session(ending, event)
    if event.status in _NOT_LET_IN and _SIGN_IN.search(event.url.path) and not ending.opened_before:
        return _stop(ending, event, Outcome.FEDERATE_STOPPED)
    if event.status == HTTPStatus.FORBIDDEN:
        return _stop(ending, event, Outcome.REFUSED_IN_CONNECT)
    if event.status >= HTTPStatus.BAD_REQUEST:
        return _stop(ending, event, Outcome.CONNECT_STOPPED)
    return _open(event.entry) if event.status else _go_on(ending, event)


def _after_login(ending: Ending, event: ClassifiedEntry) -> Ending:
    """Connect's own login: it has no session for the browser, whatever the page's status."""
    if not event.is_page:
        return ending
    if event.redirects:
        return _go_on(ending, event)
    answer = _read(event)
    ended = _end_session(ending, event)
    return _say(ended, event, answer) if answer else ended


def _open(last: Entry, *, in_use: bool = False) -> Ending:
    return Ending(Outcome.OPENED, last=last, accepted=True, opened_before=True, in_use=in_use)


def _end_session(ending: Ending, event: ClassifiedEntry) -> Ending:
    """Connect has no session; that it had one before is known only where one of its requests was answered."""
    began = ending.opened_before and (ending.in_use or ending.outcome is not Outcome.OPENED)
    return _stop(replace(ending, opened_before=began), event, Outcome.SESSION_ENDED)
