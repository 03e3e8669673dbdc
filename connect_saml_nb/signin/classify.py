"""Entries -> what each of them is in a sign-in: the kind of its URL, page or request, answered or not."""

from __future__ import annotations

import re
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING

from connect_saml_nb import urls
from connect_saml_nb.aws.urls import AWS_KINDS, ENDPOINTS, UrlKind, may_be_aws, read_federate, url_kind
from connect_saml_nb.model.record import Record

if TYPE_CHECKING:
    from connect_saml_nb.model.capture import Entry

CONNECT_KINDS = frozenset({UrlKind.CONNECT, UrlKind.CONNECT_LOGIN})
_FRAME_TYPES = frozenset({"iframe", "subdocument", "sub_frame"})
_PAGE_TYPES = _FRAME_TYPES | {"document", "main_frame"}
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
_ASSET = re.compile(
    r"[^?#]*\.(?:ico|png|jpe?g|gif|svg|webp|css|m?js|map|woff2?|ttf|mp3|wav|webmanifest|json|txt)(?:[?#]|$)",
    re.IGNORECASE,
)
_AUTHORIZE = re.compile(r"/auth/authorize/?$")

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


class ClassifiedEntry(Record, frozen=True, eq=False, dict=True):
    """An entry and what it is in a sign-in. Each property is worked out once, when it is first needed."""

    entry: Entry

    @property
    def index(self) -> int:
        """The entry's index."""
        return self.entry.index

    @property
    def status(self) -> int:
        """The HTTP status, 0 where there is none."""
        return self.entry.status

    @cached_property
    def url(self) -> urls.Url:
        """The URL, split."""
        return urls.split(self.entry.url)

    @cached_property
    def kind(self) -> UrlKind:
        """What the URL is."""
        return url_kind(self.entry.url)

    @cached_property
    def location_kind(self) -> UrlKind:
        """What the redirect's target is."""
        return url_kind(self.entry.location)

    @property
    def instances(self) -> frozenset[str]:
        """The instances that the URL and the redirect's target name, each as `instance_of` gives it."""
        named = [instance_of(self.entry.url, self.kind)]
        if self.entry.location:
            named.append(instance_of(self.entry.location, self.location_kind))
        return frozenset(filter(None, named))

    @cached_property
    def is_aws(self) -> bool:
        """Whether it belongs to AWS or Connect and can answer a sign-in."""
        return may_be_aws(self.entry.url) and self.kind in AWS_KINDS

    @cached_property
    def is_elsewhere(self) -> bool:
        """Whether it is not AWS's, or IAM Identity Center's, which is an identity provider on AWS's hosts."""
        return not may_be_aws(self.entry.url) or self.kind is UrlKind.IDENTITY_PROVIDER

    @property
    def is_endpoint(self) -> bool:
        """Whether a SAML response for AWS is posted here."""
        return self.is_aws and self.kind in ENDPOINTS

    @cached_property
    def is_page(self) -> bool:
        """Whether it is a document (or a redirect to one), not a part of a page."""
        if self.entry.resource_type in _PAGE_TYPES:
            return True
        if self.entry.resource_type in _PART_TYPES | _REQUEST_TYPES or _ASSET.match(self.entry.url):
            return False
        mime = self.entry.mime_type.lower()
        return "html" in mime or self.redirects or mime in {"", "x-unknown"}

    @cached_property
    def is_request(self) -> bool:
        """Whether it is a page's own request for data."""
        if self.entry.resource_type in _REQUEST_TYPES:
            return True
        if self.entry.resource_type in _PART_TYPES | _PAGE_TYPES:
            return False
        return "json" in self.entry.mime_type.lower() or self.asks_for_session

    @property
    def asks_for_session(self) -> bool:
        """Whether its path is the one with which a page of Connect asks whether the person is signed in."""
        return _AUTHORIZE.search(self.url.path) is not None

    @cached_property
    def redirects(self) -> bool:
        """Whether the answer sent the browser elsewhere (304 only says that its own copy is still good)."""
        status = self.entry.status
        if status == 0:
            return bool(self.entry.location) and self.is_answered
        return HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST and status != HTTPStatus.NOT_MODIFIED

    @cached_property
    def is_answered(self) -> bool:
        """Whether the recording holds an answer.

        Firefox ESR 153.7 leaves the status out (0) of some requests that are answered while the page is being left;
        their headers and bodies are there. Seen on identity providers' pages; that it can happen on AWS's is inferred.
        """
        return self.entry.status != 0 or (not self.entry.error and bool(self.entry.response_headers))

    @property
    def blocking_error(self) -> str | None:
        """The network error of an unanswered request if it names something that stops requests, otherwise None."""
        return self.entry.error[:200] if self.entry.status == 0 and _BLOCKS.search(self.entry.error) else None

    @property
    def navigates(self) -> bool:
        """Whether an unanswered request was for a page: content blockers stop telemetry on AWS's hosts, too."""
        # Sec-Fetch-Dest (Fetch metadata) tells it where the exporter does not and no answer names a type.
        destination = self.request_header("sec-fetch-dest", "document").casefold()
        return self.is_page and destination in {"document", "iframe", "frame"}

    @property
    def is_framed(self) -> bool:
        """Whether it is a page in a frame, as the browser's own header or the exporter says."""
        destination = self.request_header("sec-fetch-dest").casefold()
        return self.entry.resource_type in _FRAME_TYPES or destination in {"iframe", "frame"}

    def request_header(self, name: str, default: str = "") -> str:
        """The first request header with this name (letter case ignored), or the default."""
        return next((h.value for h in self.entry.request_headers if h.name.casefold() == name), default)


def instance_of(url: str, kind: UrlKind | None = None) -> str | None:
    """What a URL says of the instance: its ID (federation page) or, with a dot, its alias (Connect); None without."""
    kind = kind or url_kind(url)
    if kind is UrlKind.FEDERATE:
        return read_federate(url).instance_id
    # One instance has its alias under my.connect.aws and, of old, under awsapps.com.
    return f"{urls.split(url).host.partition('.')[0]}." if kind in CONNECT_KINDS else None
