"""How a sign-in ended: a fold over its AWS-side entries, in which the last event decides.

Texts decide where they can be read. Where they cannot, the page at which the browser stops does (AWS's pages may be
localised, missing from the recording, or rendered by script).
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from connect_saml_nb.aws.urls import ENDPOINTS, UrlKind
from connect_saml_nb.model.record import Record, replace
from connect_saml_nb.model.signin import AwsMessage, Ending, Network, Outcome

if TYPE_CHECKING:
    from connect_saml_nb.aws.messages import KnownMessage
    from connect_saml_nb.signin.classify import ClassifiedEntry

#: Where the federation page hands the browser on to Connect: a refusal here is one of the sign-in, not of a page.
_SIGN_IN = re.compile(r"/auth/sign-in/?$")
_NOT_LET_IN = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
#: What ends a sign-in that had reached Connect; a page of Connect's that is missing or broken does not.
_CONNECT_OUTCOMES = frozenset({Outcome.SESSION_ENDED, Outcome.REFUSED_IN_CONNECT})


class Progress(Record, frozen=True):
    """How a sign-in ended, as far as its entries were read: the fields of `Ending`, with the last page classified.

    `refused_paths` are the paths of Connect's requests that were answered with 401.
    """

    outcome: Outcome
    said: AwsMessage | None = None
    said_text: str | None = None
    said_entry: int | None = None
    last: ClassifiedEntry | None = None
    network: Network | None = None
    accepted: bool = False
    opened_before: bool = False
    in_use: bool = False
    refused_paths: frozenset[str] = frozenset()

    @property
    def ending(self) -> Ending:
        """How it ended."""
        same = {name: getattr(self, name) for name in Ending.__struct_fields__ if name != "last"}
        return Ending(**same, last=self.last.entry if self.last else None)


def after(ending: Progress, entry: ClassifiedEntry, *, posted: bool, may_choose: bool) -> Progress:
    """Read the next AWS-side entry of a sign-in (in the order of time).

    `posted` says that it posted the response; `may_choose` that the assertion offers several roles, so that an unread
    page of the sign-in endpoint can be the role choice.

    >>> after(Progress(Outcome.NOT_ANSWERED), entry, posted=True, may_choose=False).outcome
    <Outcome.RESPONSE_STOPPED: "AWS's sign-in endpoint answered without going on">
    """
    if posted and entry.kind in ENDPOINTS:
        return _after_post(ending, entry, may_choose=may_choose)
    if not entry.is_answered:
        return _after_silence(ending, entry)
    if entry.kind is UrlKind.CONNECT_LOGIN:
        return _after_login(ending, entry)
    if entry.kind is UrlKind.CONNECT:
        came = ending.accepted or posted  # WebKit: a folded post is AWS's redirect to here
        return _after_connect(replace(ending, accepted=came), entry)
    if entry.is_page and entry.kind is not UrlKind.CONNECT_API:
        return _after_page(ending, entry)
    if entry.is_request or entry.kind is UrlKind.CONNECT_API:
        return _after_request(ending, entry)
    return ending


def _stop(ending: Progress, entry: ClassifiedEntry, outcome: Outcome, *, accepted: bool = False) -> Progress:
    """Record a stop, unless a known text or an opened Connect explains more."""
    if ending.outcome is Outcome.SAID:
        return replace(ending, last=entry)
    if _was_refused(ending) or (ending.outcome is Outcome.OPENED and outcome not in _CONNECT_OUTCOMES):
        return ending
    return replace(ending, outcome=outcome, last=entry, accepted=ending.accepted or accepted)


def _was_refused(ending: Progress) -> bool:
    """Whether AWS answered with an error, which leads nowhere: a page that comes later is another visit."""
    stopped = {Outcome.RESPONSE_STOPPED, Outcome.FEDERATE_STOPPED, Outcome.FEDERATE_NOT_FOUND}
    return ending.outcome in stopped and ending.last is not None and ending.last.status >= HTTPStatus.BAD_REQUEST


def _say(ending: Progress, entry: ClassifiedEntry, answer: KnownMessage) -> Progress:
    if answer.said is AwsMessage.SESSION_EXPIRED and not ending.opened_before:
        if ending.outcome is Outcome.SAID:
            return replace(ending, last=entry)
        if _was_refused(ending):
            return ending
    return replace(
        ending,
        outcome=Outcome.SAID,
        said=answer.said,
        said_text=answer.text,
        said_entry=entry.index,
        last=entry,
        network=None,
    )


def _go_on(ending: Progress, entry: ClassifiedEntry) -> Progress:
    """A redirect: what it leads to decides."""
    return replace(_stop(ending, entry, Outcome.NOT_ANSWERED), network=None)


def _after_post(ending: Progress, entry: ClassifiedEntry, *, may_choose: bool) -> Progress:
    if not entry.is_answered:
        return _after_silence(replace(ending, outcome=Outcome.NOT_ANSWERED, last=entry), entry, posted=True)
    if entry.redirects:
        fresh = replace(ending, outcome=Outcome.NOT_ANSWERED, said=None, said_text=None, said_entry=None)
        return replace(fresh, last=entry, accepted=True, network=None)
    answer = entry.known_message
    if answer and answer.said is AwsMessage.EXPIRED and ending.outcome is Outcome.SAID:
        return ending  # the page was reloaded later: the first answer is about the sign-in
    if answer:
        return _say(ending, entry, answer)
    if _offers_roles(entry) or (may_choose and entry.status in {0, HTTPStatus.OK} and not entry.entry.body.text):
        return replace(ending, outcome=Outcome.ROLE_CHOICE, last=entry, network=None)
    return replace(_stop(ending, entry, Outcome.RESPONSE_STOPPED), network=None)


def _offers_roles(entry: ClassifiedEntry) -> bool:
    # The role choice page's form, as read by several public scrapers: input.saml-radio[name=roleIndex].
    text = entry.entry.body.text if entry.entry.body_may_hold("roleIndex") else None
    return text is not None and re.search(r"name=[\"']?roleIndex", text) is not None


def _after_silence(ending: Progress, entry: ClassifiedEntry, *, posted: bool = False) -> Progress:
    error = entry.blocking_error
    if not error or not (posted or entry.navigates):
        return ending
    if ending.outcome in {Outcome.OPENED, Outcome.SAID} or _was_refused(ending):
        return ending
    network = Network(entry.index, entry.url.host, error)
    return replace(ending, outcome=Outcome.BLOCKED, network=network, last=entry)


def _after_page(ending: Progress, entry: ClassifiedEntry) -> Progress:
    if entry.redirects:
        accepted = ending.accepted or entry.kind in {UrlKind.FEDERATE, UrlKind.CONSOLE_HOME}
        return _go_on(replace(ending, accepted=accepted), entry)
    answer = entry.known_message
    if answer:
        beyond = entry.kind not in {UrlKind.SIGN_IN, UrlKind.GLOBAL_SIGN_IN}
        return _say(replace(ending, accepted=ending.accepted or beyond), entry, answer)
    if entry.kind is UrlKind.FEDERATE:
        stopped = Outcome.FEDERATE_NOT_FOUND if entry.status == HTTPStatus.NOT_FOUND else Outcome.FEDERATE_STOPPED
        return _stop(ending, entry, stopped, accepted=True)
    if entry.kind in {UrlKind.CONSOLE_HOME, UrlKind.CONSOLE}:
        return _stop(ending, entry, Outcome.CONSOLE_HOME, accepted=True)
    if entry.kind is UrlKind.CONSOLE_LOGIN:
        return _stop(ending, entry, Outcome.CONSOLE_LOGIN)
    return ending


def _after_request(ending: Progress, entry: ClassifiedEntry) -> Progress:
    """A console page that is rendered by script keeps its message in a request's JSON."""
    if entry.status < HTTPStatus.BAD_REQUEST and not entry.entry.body_may_hold(
        "onboarded", "Onboarded", "ccess denied", "ccess Denied"
    ):
        return ending
    answer = entry.known_message
    return replace(_say(ending, entry, answer), last=ending.last or entry) if answer else ending


def _after_connect(ending: Progress, entry: ClassifiedEntry) -> Progress:
    if entry.is_page:
        return _after_connect_page(ending, entry)
    if not entry.is_request:
        return ending
    if entry.status == HTTPStatus.UNAUTHORIZED:
        refused = ending.refused_paths | {entry.url.path}
        return _end_session(replace(ending, refused_paths=refused), entry)
    if entry.status == HTTPStatus.FORBIDDEN and entry.asks_for_session:
        return _stop(ending, entry, Outcome.REFUSED_IN_CONNECT)
    if entry.status >= HTTPStatus.BAD_REQUEST:
        answer = entry.known_message
        return _say(ending, entry, answer) if answer else ending
    regained = entry.url.path in ending.refused_paths and ending.outcome is Outcome.SESSION_ENDED
    works = regained or _is_unstated_connect(ending.last) or (entry.asks_for_session and _may_open(ending))
    if works or ending.outcome is Outcome.OPENED:
        return _open(ending, ending.last if ending.last and not works else entry, in_use=True)
    return ending


def _may_open(ending: Progress) -> bool:
    """Whether a session of Connect's can be this sign-in's: after a refusal before Connect it is one of another tab."""
    last = ending.last
    if ending.outcome is Outcome.NOT_ANSWERED:
        return ending.accepted or last is None
    if last is None or last.kind is not UrlKind.CONNECT:
        return False
    return ending.outcome is not Outcome.SAID or ending.said_entry == last.index


def _is_unstated_connect(last: ClassifiedEntry | None) -> bool:
    """Whether the last page is Connect's, without a status: then the answers to its requests decide."""
    return last is not None and last.status == 0 and last.kind is UrlKind.CONNECT


def _after_connect_page(ending: Progress, entry: ClassifiedEntry) -> Progress:
    if entry.redirects:
        return _go_on(ending, entry)
    answer = entry.known_message
    if answer and answer.said is AwsMessage.SESSION_EXPIRED:
        return _say(_end_session(ending, entry), entry, answer)
    if answer:
        return _say(ending, entry, answer)
    if entry.status == HTTPStatus.UNAUTHORIZED:
        return _end_session(ending, entry)
    if entry.status in _NOT_LET_IN and _SIGN_IN.search(entry.url.path) and not ending.opened_before:
        return _stop(ending, entry, Outcome.FEDERATE_STOPPED)
    if entry.status == HTTPStatus.FORBIDDEN:
        return _stop(ending, entry, Outcome.REFUSED_IN_CONNECT)
    if entry.status >= HTTPStatus.BAD_REQUEST:
        return _stop(ending, entry, Outcome.CONNECT_STOPPED)
    return _open(ending, entry) if entry.status else _go_on(ending, entry)


def _after_login(ending: Progress, entry: ClassifiedEntry) -> Progress:
    """Connect's own login: it has no session for the browser, whatever the page's status."""
    if not entry.is_page:
        return ending
    if entry.redirects:
        return _go_on(ending, entry)
    answer = entry.known_message
    ended = _end_session(ending, entry)
    return _say(ended, entry, answer) if answer else ended


def _open(ending: Progress, entry: ClassifiedEntry, *, in_use: bool = False) -> Progress:
    paths = ending.refused_paths
    return Progress(Outcome.OPENED, last=entry, accepted=True, opened_before=True, in_use=in_use, refused_paths=paths)


def _end_session(ending: Progress, entry: ClassifiedEntry) -> Progress:
    """Connect has no session; that it had one before is known only where one of its requests was answered."""
    began = ending.opened_before and (ending.in_use or ending.outcome is not Outcome.OPENED)
    return _stop(replace(ending, opened_before=began), entry, Outcome.SESSION_ENDED)
