"""What each entry of a capture is, decided in one pass: grouping and outcome only read it."""

from __future__ import annotations

import re
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING

from connect_saml_nb import urls
from connect_saml_nb.aws.messages import find_answer
from connect_saml_nb.aws.urls import (
    AWS_KINDS,
    UrlKind,
    is_endpoint,
    may_be_aws,
    read_federate,
    url_kind,
)
from connect_saml_nb.idp.products import product_of
from connect_saml_nb.model.record import Record
from connect_saml_nb.model.saml import ROLE, Binding, MessageKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connect_saml_nb.aws.messages import KnownMessage
    from connect_saml_nb.model.capture import Capture, Entry
    from connect_saml_nb.model.saml import Assertion, SamlMessage

_FRAME_TYPES = frozenset({"iframe", "subdocument", "sub_frame"})
_PAGE_TYPES = _FRAME_TYPES | {"document", "main_frame"}
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
#: Connect's request for a session's authorization, which its pages repeat.
_AUTHORIZE = re.compile(r"/auth/authorize/?$")
_ELSEWHERE = frozenset({UrlKind.ELSEWHERE, UrlKind.AMAZON_IDENTITY_PROVIDER})
CONNECT_KINDS = frozenset({UrlKind.CONNECT, UrlKind.CONNECT_LOGIN})

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


class ClassifiedEntry(Record, frozen=True, dict=True):
    """An entry and what it is in a sign-in. What most entries are never asked is worked out when it is first asked.

    `kind` is what its URL is; `is_page` says whether it is a document (or a redirect to one), not a part of a page;
    `is_answered` whether the recording holds an answer. `post` is the response that it posted to AWS, `form` the one
    for AWS that its page hands to the browser; `posts_elsewhere` whether it posts a response to somebody else.
    """

    entry: Entry
    kind: UrlKind
    is_page: bool
    is_answered: bool
    post: SamlMessage | None = None
    form: SamlMessage | None = None
    posts_elsewhere: bool = False

    @property
    def index(self) -> int:
        """The entry's position in the file."""
        return self.entry.index

    @property
    def status(self) -> int:
        """The answer's status, 0 where the recording has none."""
        return self.entry.status

    @property
    def is_aws(self) -> bool:
        """Whether it belongs to AWS or Connect and can answer a sign-in."""
        return self.kind in AWS_KINDS

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is none of AWS's, or of an identity provider on a host of Amazon's."""
        return self.kind in _ELSEWHERE

    @cached_property
    def url(self) -> urls.Url:
        """Its URL, split."""
        return urls.split(self.entry.url)

    @cached_property
    def redirects(self) -> bool:
        """Whether the answer sent the browser elsewhere."""
        return _redirects(self.entry)

    @cached_property
    def is_request(self) -> bool:
        """Whether it is a page's own request for data."""
        if self.entry.resource_type in _REQUEST_TYPES:
            return True
        if self.entry.resource_type in _PART_TYPES | _PAGE_TYPES:
            return False
        return "json" in self.entry.mime_type.lower() or self.asks_for_session

    @cached_property
    def asks_for_session(self) -> bool:
        """Whether it asks Connect whether the person is signed in."""
        return _AUTHORIZE.search(self.url.path) is not None

    @cached_property
    def navigates(self) -> bool:
        """Whether an unanswered request was for a page: content blockers stop telemetry on AWS's hosts, too."""
        # Sec-Fetch-Dest (Fetch metadata) shows it where the exporter does not and no answer names a type.
        destination = self.request_header("sec-fetch-dest", "document").casefold()
        return self.is_page and destination in {"document", "iframe", "frame"}

    @property
    def is_framed(self) -> bool:
        """Whether it is in a frame, as the browser's own header or the exporter says."""
        destination = self.request_header("sec-fetch-dest").casefold()
        return self.entry.resource_type in _FRAME_TYPES or destination in {"iframe", "frame"}

    def request_header(self, name: str, default: str = "") -> str:
        """The first request header with this name (letter case ignored), or the default."""
        return next((h.value for h in self.entry.request_headers if h.name.casefold() == name), default)

    @cached_property
    def blocking_error(self) -> str | None:
        """The network error of an unanswered request if it names something that stops requests, otherwise None."""
        return self.entry.error[:200] if self.entry.status == 0 and _BLOCKS.search(self.entry.error) else None

    @cached_property
    def known_message(self) -> KnownMessage | None:
        """The known text of AWS or Connect that the answer shows, or None."""
        text = self.entry.body.text
        return find_answer(text, global_endpoint=self.kind is UrlKind.GLOBAL_SIGN_IN) if text else None

    @cached_property
    def product(self) -> str | None:
        """The identity provider's product that its URL shows, or None."""
        return product_of(self.entry.url)

    @cached_property
    def instances(self) -> frozenset[str]:
        """The instances that its URL and its redirect name, each as `instance_of` names them."""
        return frozenset(filter(None, (self.instance, instance_of(self.entry.location))))

    @cached_property
    def instance(self) -> str | None:
        """The instance that its URL names, or None."""
        return instance_of(self.entry.url)


def classify(capture: Capture, messages: Iterable[SamlMessage] = ()) -> tuple[ClassifiedEntry, ...]:
    """Classify every entry of a capture, in order, each with the SAML messages that it carries.

    >>> [entry.kind for entry in classify(har.read_capture("saml.har"))]
    [<UrlKind.SIGN_IN: 'AWS sign-in endpoint'>, <UrlKind.FEDERATE: 'Connect federation page'>]
    """
    by_entry: dict[int, list[SamlMessage]] = {}
    for message in messages:
        by_entry.setdefault(message.entry, []).append(message)
    return tuple(classify_entry(entry, by_entry.get(entry.index, ())) for entry in capture.entries)


def classify_entry(entry: Entry, messages: Sequence[SamlMessage] = ()) -> ClassifiedEntry:
    """Classify one entry, with the SAML messages that it carries."""
    kind = url_kind(entry.url) if messages or may_be_aws(entry.url) else UrlKind.ELSEWHERE
    if not messages:
        return ClassifiedEntry(entry, kind, _is_page(entry), _answered(entry))
    return ClassifiedEntry(
        entry,
        kind,
        _is_page(entry),
        _answered(entry),
        post=next((m for m in messages if _is_posted_to_aws(m, kind)), None),
        form=next((m for m in messages if _is_form_for_aws(m)), None),
        posts_elsewhere=any(m.binding is Binding.POST and m.kind in RESPONSES for m in messages),
    )


def instance_of(url: str) -> str | None:
    """The instance that a URL names: by its ID (federation page) or, with a dot, by its alias (Connect)."""
    kind = url_kind(url)
    if kind is UrlKind.FEDERATE:
        return read_federate(url).instance_id
    # One instance has its alias under my.connect.aws and, of old, under awsapps.com.
    return f"{urls.split(url).host.partition('.')[0]}." if kind in CONNECT_KINDS else None


# --- the entry ---------------------------------------------------------------------------------------------


def _is_page(entry: Entry) -> bool:
    if entry.resource_type in _PAGE_TYPES:
        return True
    if entry.resource_type in _PART_TYPES or entry.resource_type in _REQUEST_TYPES or _ASSET.match(entry.url):
        return False
    mime = entry.mime_type.lower()
    return "html" in mime or _redirects(entry) or mime in {"", "x-unknown"}


def _redirects(entry: Entry) -> bool:
    """Whether the answer sent the browser elsewhere (304 only says that its own copy is still good)."""
    if entry.status == 0:
        return bool(entry.location) and _answered(entry)
    is_redirection = HTTPStatus.MULTIPLE_CHOICES <= entry.status < HTTPStatus.BAD_REQUEST
    return is_redirection and entry.status != HTTPStatus.NOT_MODIFIED


def _answered(entry: Entry) -> bool:
    """Whether the recording holds an answer.

    Firefox ESR 153.7 leaves the status out (0) of some requests that are answered while the page is being left; their
    headers and bodies are there. Seen on identity providers' pages; that it can happen on AWS's is inferred.
    """
    return entry.status != 0 or (not entry.error and bool(entry.response_headers))


# --- its messages ------------------------------------------------------------------------------------------

_FOR_AWS = frozenset({MessageKind.RESPONSE, MessageKind.UNKNOWN})
RESPONSES = _FOR_AWS | {MessageKind.WS_FEDERATION}


def _is_posted_to_aws(message: SamlMessage, kind: UrlKind) -> bool:
    """Whether the message went to AWS: by where it was posted (WebKit folds the post into a later AWS page)."""
    if message.kind not in _FOR_AWS:
        return False
    if message.binding is Binding.PASTED:
        return _names_aws(message)
    return message.binding is Binding.POST and kind in AWS_KINDS


def _is_form_for_aws(message: SamlMessage) -> bool:
    if message.binding is not Binding.FORM or message.kind not in _FOR_AWS:
        return False
    return is_endpoint(message.target) or (not urls.split(message.target).host and _names_aws(message))


def _names_aws(message: SamlMessage) -> bool:
    """Whether the response itself names AWS: its destination, recipient, audience or the Role attribute."""
    if message.response is None and not message.assertions:
        return True
    if message.response and is_endpoint(message.response.destination):
        return True
    return any(map(_is_for_aws, message.assertions))


def _is_for_aws(assertion: Assertion) -> bool:
    named = [*(c.recipient for c in assertion.confirmations), *assertion.audiences]
    is_audience = any(a.startswith("urn:amazon:webservices") for a in assertion.audiences)
    return is_audience or any(map(is_endpoint, named)) or assertion.attribute(ROLE) is not None
