"""How a sign-in ended: its AWS-side entries, in order, read as one story whose last event decides.

Texts decide where they can be read. Where they cannot, the place where the story stops does (AWS's pages may be
localised, missing from the recording, or rendered by script).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from connect_saml_nb import urls
from connect_saml_nb.aws import messages
from connect_saml_nb.aws.urls import ENDPOINTS, Place, place_of
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.signin import AwsMessage, Network, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connect_saml_nb.aws.messages import Answer
    from connect_saml_nb.model.capture import Entry

_PAGE_TYPES = frozenset({"document", "iframe", "subdocument", "sub_frame", "main_frame"})
_ASSET = re.compile(
    r"[^?#]*\.(?:ico|png|jpe?g|gif|svg|webp|css|m?js|map|woff2?|ttf|mp3|wav|webmanifest|json|txt)(?:[?#]|$)",
    re.IGNORECASE,
)
_REQUEST_TYPES = frozenset({"xhr", "fetch", "xmlhttprequest"})
#: What DevTools (resource_types in Chromium's ResourceType.ts), WebDriver BiDi and Playwright call a page's parts. Any
#: other name, `other` among them, says nothing.
_PART_TYPES = frozenset(
    {
        *("stylesheet", "image", "imageset", "media", "font", "script", "texttrack", "manifest", "beacon", "ping"),
        *("prefetch", "eventsource", "websocket", "webtransport", "preflight", "signedexchange", "webbundle", "fedcm"),
        *("csp-violation-report", "cspviolationreport", "object", "xslt"),
    }
)
_AUTHORIZE = re.compile(r"/auth/authorize/?$")
#: Where the federation page hands the browser on to Connect: a refusal here is one of the sign-in, not of a page.
_SIGN_IN = re.compile(r"/auth/sign-in/?$")
_NOT_LET_IN = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})

#: Network errors that name something which stops a request, as browsers and proxies spell them
#: (Chromium net_error_list.h; Firefox xpc.msg and certificate errors; WebKit/CFNetwork sentences; mitmproxy).
_BLOCKS = re.compile(
    r"ERR_(?:BLOCKED|NAME|CERT|CONNECTION|PROXY|TUNNEL|SSL|ADDRESS|INTERNET|NETWORK_ACCESS|SOCKS|TIMED_OUT)\w*"
    r"|NS_ERROR_(?:UNKNOWN|PROXY|CONNECTION|NET_|OFFLINE|TRACKING|SOCKET|BLOCKED|CONTENT_BLOCKED|DOM_)\w*"
    r"|(?:SEC|SSL|MOZILLA_PKIX)_ERROR_\w+"
    r"|could not connect to the server|server with the specified hostname|certificate for this server"
    r"|network connection was lost|content blocker|blocked by|appears to be offline|secure connection"
    r"|connection (?:refused|reset|timed out)|name or service not known|certificate verify failed"
    # mitmproxy 11 hands on Python's and the system's own words ("[Errno 111] Connect call failed ('…', 443)").
    r"|connect call failed|no address associated with|failure in name resolution|no route to host"
    r"|network is unreachable"
    r"|server (?:tls handshake failed|closed connection|connection to)|getaddrinfo",
    re.IGNORECASE,
)


#: What ends a sign-in that had reached Connect; a page of Connect's that is missing or broken does not.
_CONNECT_OUTCOMES = frozenset({Outcome.SESSION_ENDED, Outcome.REFUSED_IN_CONNECT})


@dataclass(frozen=True, slots=True)
class Ending:
    """How a story ended; the fields are those of `SignIn`."""

    outcome: Outcome
    said: AwsMessage | None = None
    said_text: str | None = None
    said_entry: int | None = None
    last: Entry | None = None
    network: Network | None = None
    accepted: bool = False
    opened_before: bool = False
    in_use: bool = False


def is_page(entry: Entry) -> bool:
    """Whether the entry is a document (or a redirect to one), not a part of a page."""
    if entry.resource_type in _PAGE_TYPES:
        return True
    if entry.resource_type in _PART_TYPES | _REQUEST_TYPES:
        return False
    if _ASSET.match(entry.url):
        return False
    mime = entry.mime_type.lower()
    return "html" in mime or redirects(entry) or mime in {"", "x-unknown"}


def redirects(entry: Entry) -> bool:
    """Whether the answer sent the browser elsewhere (304 only says that its own copy is still good)."""
    if entry.status == 0:
        return bool(entry.location) and answered(entry)
    return (
        HTTPStatus.MULTIPLE_CHOICES <= entry.status < HTTPStatus.BAD_REQUEST and entry.status != HTTPStatus.NOT_MODIFIED
    )


def answered(entry: Entry) -> bool:
    """Whether the recording holds an answer.

    Firefox ESR 153.7 leaves the status out (0) of some requests that are answered while the page is being left; their
    headers and bodies are there. Seen on identity providers' pages; that it can happen on AWS's is inferred.
    """
    return entry.status != 0 or (not entry.error and bool(entry.response_headers))


def is_request(entry: Entry) -> bool:
    """Whether the entry is a page's own request for data."""
    if entry.resource_type in _REQUEST_TYPES:
        return True
    if entry.resource_type in _PART_TYPES | _PAGE_TYPES:
        return False
    return "json" in entry.mime_type.lower() or bool(_AUTHORIZE.search(urls.split(entry.url).path))


def blocking_error(entry: Entry) -> str | None:
    """The network error of an unanswered request if it names something that stops requests, else None."""
    return entry.error[:200] if entry.status == 0 and _BLOCKS.search(entry.error) else None


def read_ending(entries: Iterable[Entry], posts: frozenset[int], *, may_choose: bool) -> Ending:
    """Read the AWS-side `entries` of one sign-in in order.

    `posts` are the indices of entries that posted the response; `may_choose` says that the assertion offers several
    roles, so that an unread page of the sign-in endpoint can be the role choice.
    """
    ending = Ending(Outcome.NOT_ANSWERED)
    refused_paths: set[str] = set()
    for entry in entries:
        place = place_of(entry.url)
        if entry.index in posts and place in ENDPOINTS:
            ending = _after_post(ending, entry, may_choose=may_choose)
        elif not answered(entry):
            ending = _after_silence(ending, entry)
        elif place is Place.CONNECT_LOGIN:
            ending = _after_login(ending, entry)
        elif place is Place.CONNECT:
            came = ending.accepted or entry.index in posts  # WebKit: a folded post is AWS's redirect to here
            ending = _after_connect(replace(ending, accepted=came), entry, refused_paths)
        elif is_page(entry) and place is not Place.CONNECT_API:
            ending = _after_page(ending, entry, place)
        elif is_request(entry) or place is Place.CONNECT_API:
            ending = _after_request(ending, entry)
    return ending


def _stop(ending: Ending, entry: Entry, outcome: Outcome, *, accepted: bool = False) -> Ending:
    """The story reached a place that explains less than a known text, or than an opened Connect, does."""
    if ending.outcome is Outcome.SAID:
        return replace(ending, last=entry)
    if _was_refused(ending) or (ending.outcome is Outcome.OPENED and outcome not in _CONNECT_OUTCOMES):
        return ending
    return replace(ending, outcome=outcome, last=entry, accepted=ending.accepted or accepted)


def _was_refused(ending: Ending) -> bool:
    """Whether AWS answered with an error, which leads nowhere: a place that comes later is another visit."""
    stopped = {Outcome.RESPONSE_STOPPED, Outcome.FEDERATE_STOPPED, Outcome.FEDERATE_NOT_FOUND}
    return ending.outcome in stopped and ending.last is not None and ending.last.status >= HTTPStatus.BAD_REQUEST


def _say(ending: Ending, entry: Entry, answer: Answer) -> Ending:
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


def _go_on(ending: Ending, entry: Entry) -> Ending:
    """A redirect: what it leads to will tell."""
    return replace(_stop(ending, entry, Outcome.NOT_ANSWERED), network=None)


def _read(entry: Entry, *, endpoint: bool = False) -> Answer | None:
    text = entry.body.text
    return messages.find_answer(text, global_endpoint=endpoint) if text else None


def _after_post(ending: Ending, entry: Entry, *, may_choose: bool) -> Ending:
    if not answered(entry):
        return _after_silence(replace(ending, outcome=Outcome.NOT_ANSWERED, last=entry), entry, posted=True)
    if redirects(entry):
        fresh = replace(ending, outcome=Outcome.NOT_ANSWERED, said=None, said_text=None, said_entry=None)
        return replace(fresh, last=entry, accepted=True, network=None)
    answer = _read(entry, endpoint=place_of(entry.url) is Place.GLOBAL_SIGN_IN)
    if answer and answer.said is AwsMessage.EXPIRED and ending.outcome is Outcome.SAID:
        return ending  # the page was reloaded later: the first answer is about the sign-in
    if answer:
        return _say(ending, entry, answer)
    if _offers_roles(entry) or (may_choose and entry.status in {0, HTTPStatus.OK} and not entry.body.text):
        return replace(ending, outcome=Outcome.ROLE_CHOICE, last=entry, network=None)
    return replace(_stop(ending, entry, Outcome.RESPONSE_STOPPED), network=None)


def _offers_roles(entry: Entry) -> bool:
    # The role choice page's form, as read by several public scrapers: input.saml-radio[name=roleIndex].
    text = entry.body.text if entry.body_may_hold("roleIndex") else None
    return text is not None and re.search(r"name=[\"']?roleIndex", text) is not None


def _after_silence(ending: Ending, entry: Entry, *, posted: bool = False) -> Ending:
    error = blocking_error(entry)
    if not error or not (posted or navigates(entry)):
        return ending
    if ending.outcome in {Outcome.OPENED, Outcome.SAID} or _was_refused(ending):
        return ending
    network = Network(entry.index, urls.split(entry.url).host, error)
    return replace(ending, outcome=Outcome.BLOCKED, network=network, last=entry)


def navigates(entry: Entry) -> bool:
    """Whether an unanswered request was for a page: content blockers stop telemetry on AWS's hosts, too."""
    # Sec-Fetch-Dest (Fetch metadata) tells it where the exporter does not and no answer names a type.
    told = next((h.value for h in entry.request_headers if h.name.casefold() == "sec-fetch-dest"), "document")
    return is_page(entry) and told.casefold() in {"document", "iframe", "frame"}


def _after_page(ending: Ending, entry: Entry, place: Place) -> Ending:
    if redirects(entry):
        accepted = ending.accepted or place in {Place.FEDERATE, Place.CONSOLE_HOME}
        return _go_on(replace(ending, accepted=accepted), entry)
    answer = _read(entry, endpoint=place is Place.GLOBAL_SIGN_IN)
    if answer:
        beyond = place not in {Place.SIGN_IN, Place.GLOBAL_SIGN_IN}
        return _say(replace(ending, accepted=ending.accepted or beyond), entry, answer)
    if place is Place.FEDERATE:
        stopped = Outcome.FEDERATE_NOT_FOUND if entry.status == HTTPStatus.NOT_FOUND else Outcome.FEDERATE_STOPPED
        return _stop(ending, entry, stopped, accepted=True)
    if place in {Place.CONSOLE_HOME, Place.CONSOLE}:
        return _stop(ending, entry, Outcome.CONSOLE_HOME, accepted=True)
    if place is Place.CONSOLE_LOGIN:
        return _stop(ending, entry, Outcome.CONSOLE_LOGIN)
    return ending


def _after_request(ending: Ending, entry: Entry) -> Ending:
    """A console page that is rendered by script keeps its message in a request's JSON."""
    if entry.status < HTTPStatus.BAD_REQUEST and not entry.body_may_hold(
        "onboarded", "Onboarded", "ccess denied", "ccess Denied"
    ):
        return ending
    answer = _read(entry)
    return replace(_say(ending, entry, answer), last=ending.last or entry) if answer else ending


def _after_connect(ending: Ending, entry: Entry, refused_paths: set[str]) -> Ending:
    path = urls.split(entry.url).path
    if is_page(entry):
        return _after_connect_page(ending, entry)
    if not is_request(entry):
        return ending
    if entry.status == HTTPStatus.UNAUTHORIZED:
        refused_paths.add(path)
        return _end_session(ending, entry)
    if entry.status == HTTPStatus.FORBIDDEN and _AUTHORIZE.search(path):
        return _stop(ending, entry, Outcome.REFUSED_IN_CONNECT)
    if entry.status >= HTTPStatus.BAD_REQUEST:
        answer = _read(entry)
        return _say(ending, entry, answer) if answer else ending
    regained = path in refused_paths and ending.outcome is Outcome.SESSION_ENDED
    works = regained or _is_unstated_connect(ending.last) or (_AUTHORIZE.search(path) and _may_open(ending))
    if works or ending.outcome is Outcome.OPENED:
        return _open(ending.last if ending.last and not works else entry, in_use=True)
    return ending


def _may_open(ending: Ending) -> bool:
    """Whether a session of Connect's can be this sign-in's: after a refusal before Connect it is one of another tab."""
    last = ending.last
    if ending.outcome is Outcome.NOT_ANSWERED:
        return ending.accepted or last is None
    if last is None or place_of(last.url) is not Place.CONNECT:
        return False
    return ending.outcome is not Outcome.SAID or ending.said_entry == last.index


def _is_unstated_connect(last: Entry | None) -> bool:
    """Whether the last page is Connect's, with a status that the exporter left out: what its requests get tells."""
    return last is not None and last.status == 0 and place_of(last.url) is Place.CONNECT


def _after_connect_page(ending: Ending, entry: Entry) -> Ending:
    if redirects(entry):
        return _go_on(ending, entry)
    answer = _read(entry)
    if answer and answer.said is AwsMessage.SESSION_EXPIRED:
        return _say(_end_session(ending, entry), entry, answer)
    if answer:
        return _say(ending, entry, answer)
    if entry.status == HTTPStatus.UNAUTHORIZED:
        return _end_session(ending, entry)
    if entry.status in _NOT_LET_IN and _SIGN_IN.search(urls.split(entry.url).path) and not ending.opened_before:
        return _stop(ending, entry, Outcome.FEDERATE_STOPPED)
    if entry.status == HTTPStatus.FORBIDDEN:
        return _stop(ending, entry, Outcome.REFUSED_IN_CONNECT)
    if entry.status >= HTTPStatus.BAD_REQUEST:
        return _stop(ending, entry, Outcome.CONNECT_STOPPED)
    return _open(entry) if entry.status else _go_on(ending, entry)


def _after_login(ending: Ending, entry: Entry) -> Ending:
    """Connect's own login: it has no session for the browser, whatever the page's status."""
    if not is_page(entry):
        return ending
    if redirects(entry):
        return _go_on(ending, entry)
    answer = _read(entry)
    ended = _end_session(ending, entry)
    return _say(ended, entry, answer) if answer else ended


def _open(entry: Entry, *, in_use: bool = False) -> Ending:
    return Ending(Outcome.OPENED, last=entry, accepted=True, opened_before=True, in_use=in_use)


def _end_session(ending: Ending, entry: Entry) -> Ending:
    """Connect has no session; that it had one before is known only where one of its requests was answered."""
    began = ending.opened_before and (ending.in_use or ending.outcome is not Outcome.OPENED)
    return _stop(replace(ending, opened_before=began), entry, Outcome.SESSION_ENDED)
