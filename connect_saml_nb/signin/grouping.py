"""Entries and messages -> sign-ins, in order, each with what AWS and Connect answered.

A sign-in is one assertion posted to AWS (the role choice posts it again: still one), or a visit to Connect outside
such a chain, or an attempt at an identity provider that ended before anything was posted to AWS.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import asdict

from connect_saml_nb import urls
from connect_saml_nb.aws.messages import find_refusal
from connect_saml_nb.aws.urls import (
    AWS_KINDS,
    Federate,
    UrlKind,
    global_sign_in,
    is_endpoint,
    read_federate,
    url_kind,
)
from connect_saml_nb.idp.products import product_of
from connect_saml_nb.model.saml import ROLE, ROLE_SESSION_NAME, Binding, MessageKind, MessageState
from connect_saml_nb.model.signin import AwsMessage, Ending, FlowRole, Moment, Network, Outcome, RolePair, SignIn, Step
from connect_saml_nb.signin.classify import CONNECT_KINDS, ClassifiedEntry, instance_of
from connect_saml_nb.signin.outcome import EndingReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from connect_saml_nb.model.capture import Capture, Entry
    from connect_saml_nb.model.saml import SamlMessage

_CONNECT_SIDE = CONNECT_KINDS | {UrlKind.FEDERATE, UrlKind.GLOBAL_SIGN_IN}
_PASSWORD_FIELDS = re.compile(
    r"pass(?:w(?:or)?d|wd|code)?|pwd|j_password|.*[._-]password|kennwort|loginfmt", re.IGNORECASE
)


def find_sign_ins(capture: Capture, messages: Sequence[SamlMessage]) -> tuple[SignIn, ...]:
    """Find the sign-ins of a capture, in the order of time. Empty where nothing tries to reach Connect with SAML."""
    entries = [ClassifiedEntry(entry) for entry in capture.entries]
    grouper = Grouper(messages)
    for entry in entries:
        grouper.add(entry)
    drafts = [d for d in grouper.finish() if d.is_sign_in]
    last = _identity_provider_attempt(entries, messages, drafts)
    drafts += [last] if last else []
    return tuple(_sign_in(number, draft) for number, draft in enumerate(drafts, 1))


# --- entries -> attempts -----------------------------------------------------------------------------------


class _Draft(Struct, eq=False):
    """A sign-in while its entries are being collected."""

    message: SamlMessage | None = None
    expects_message: bool = False
    posts: list[ClassifiedEntry] = []
    entries: list[ClassifiedEntry] = []  # AWS-side, posts among them
    before: list[Step] = []
    fields: dict[str, str] = {}
    provider_ending: Ending | None = None  # how it ended where it never left the identity provider
    _reader: EndingReader = field(default_factory=EndingReader)
    _instances: set[str] = set()
    _post_indices: set[int] = set()
    _posted_to_connect: bool = False
    _is_global: bool = False

    def add(self, entry: ClassifiedEntry) -> None:
        """Add the next AWS-side entry."""
        self.entries.append(entry)
        self._instances |= entry.instances

    def add_post(self, entry: ClassifiedEntry) -> None:
        """Add the next AWS-side entry, one that posts the response."""
        self.add(entry)
        self.posts.append(entry)
        self._post_indices.add(entry.index)
        self._posted_to_connect |= entry.kind is UrlKind.CONNECT
        self._is_global |= global_sign_in(entry.entry.url) is not None

    @property
    def is_sign_in(self) -> bool:
        """Whether it tries to reach Connect: with a response, or by opening a page of Connect's side."""
        if self.message or self.expects_message:
            return True
        return any(
            e.kind in _CONNECT_SIDE and (e.is_page or e.is_request) and (e.is_answered or e.blocking_error)
            for e in self.entries
        )

    @property
    def instances(self) -> AbstractSet[str]:
        """The instances that it went to, each as `instance_of` names them."""
        # WebKit folds the federation page into Connect's, the last of the chain: the relay state names it.
        named = instance_of(self.fields.get("RelayState", "")) if self._posted_to_connect else None
        return self._instances | {named} if named else self._instances

    def is_elsewhere(self, instance: str) -> bool:
        """Whether it went to an instance, named in the same way, and not to this one.

        Not known of a Global Resiliency sign-in, which can go to either of two instances.
        """
        same_kind = [i for i in self.instances if ("." in i) == ("." in instance)]
        return bool(same_kind) and instance not in same_kind and not self._is_global

    def read_ending(self) -> Ending:
        """How it ended, as far as its entries are known."""
        if self.provider_ending:
            return self.provider_ending
        if self.message and self.message.binding is Binding.PASTED:
            return Ending(Outcome.PASTED)
        return self._reader.read(self.entries, self._post_indices, may_choose=len(read_roles(self.message)) > 1)


class Grouper:
    """The entries in order, each added to the attempt that it belongs to."""

    def __init__(self, messages: Iterable[SamlMessage]) -> None:
        self.messages: dict[int, list[SamlMessage]] = {}
        for message in messages:
            self.messages.setdefault(message.entry, []).append(message)
        self.drafts: list[_Draft] = []
        self.current: _Draft | None = None  # the attempt that goes on: the last one but for visits to other instances
        self.form: SamlMessage | None = None  # handed to the browser and not yet posted
        self.before: list[Step] = []

    def add(self, entry: ClassifiedEntry) -> None:
        """Add the next entry, in the order of time."""
        posted = next((m for m in self.messages.get(entry.index, ()) if _posted_to_aws(m, entry)), None)
        if posted:
            self._post(entry, posted)
        elif entry.is_endpoint and entry.entry.method.upper() == "POST":
            self._post_without_message(entry)
        elif entry.is_aws:
            self._aws_entry(entry)
        else:
            self._elsewhere(entry)

    def finish(self) -> list[_Draft]:
        """Give the attempts; a response that was handed to the browser and never posted is one too."""
        if self.form and not any(d.message and _key(d.message) == _key(self.form) for d in self.drafts):
            self._start(self.form)
        return self.drafts

    def _start(self, message: SamlMessage | None, *, expects: bool = False) -> _Draft:
        draft = _Draft(message=message, expects_message=expects, before=self.before)
        draft.fields.update(message.fields if message else {})
        self.before, self.form = [], None
        self.drafts.append(draft)
        self.current = draft
        return draft

    def _post(self, entry: ClassifiedEntry, message: SamlMessage) -> None:
        current = self._earlier(message)
        if current is None:
            current = self._start(message)
        elif current.message and message.state is MessageState.READ and current.message.binding is Binding.FORM:
            current.message = message
        self.before, self.form = [], None
        self.current = current
        current.fields.update(message.fields)
        current.add_post(entry)

    def _earlier(self, message: SamlMessage) -> _Draft | None:
        """The attempt that posted this message before, if there is one."""
        if self.current and self.current.message and self._continues(self.current.message, message):
            return self.current
        same = (d for d in reversed(self.drafts) if d.posts and d.message and _key(d.message) == _key(message))
        return next(same, None)

    def _continues(self, first: SamlMessage, second: SamlMessage) -> bool:
        """The same response again, or an unreadable one right after an unreadable one: a reload or a role choice."""
        unread = not first.xml and not second.xml and first.state is second.state
        return _same_attempt(first, second) or (unread and self._chooses_role())

    def _post_without_message(self, entry: ClassifiedEntry) -> None:
        current = (self._chooses_role() and self.current) or self._start(self.form, expects=True)
        current.add_post(entry)

    def _chooses_role(self) -> bool:
        """A second post right after a first one that AWS answered with a page."""
        posts = self.current.posts if self.current else []
        return bool(posts) and not self.form and not self.before and not posts[-1].redirects

    def _aws_entry(self, entry: ClassifiedEntry) -> None:
        if self.form:  # its post is missing from the recording
            owner = self._start(self.form)
        elif self.current is None or self._is_unrecorded_attempt(entry, self.current):
            owner = self._start(None, expects=bool(self.drafts))
        else:
            owner = self._owner(entry, self.current)
        owner.add(entry)

    def _owner(self, entry: ClassifiedEntry, current: _Draft) -> _Draft:
        """The attempt that goes on; for an entry of another instance than its own, that one's, else a new visit."""
        instance = instance_of(entry.entry.url)
        if not instance or not current.is_elsewhere(instance):
            return current
        known = next((d for d in reversed(self.drafts) if instance in d.instances), None)
        goes_on = current.entries[-1].redirects
        if known or goes_on or not (entry.is_page or entry.is_request):
            return known or current
        visit = _Draft()
        self.drafts.append(visit)
        return visit

    def _is_unrecorded_attempt(self, entry: ClassifiedEntry, current: _Draft) -> bool:
        """Connect opens after a refusal, with other pages between: a new attempt whose response was not recorded.

        WebKitGTK 2.50.6 loses the second sign-in's post of a capture (three of three recordings).
        """
        opens = entry.kind is UrlKind.CONNECT and entry.is_page and entry.is_answered and entry.status < 400  # noqa: PLR2004 -- HTTP errors start at 400
        return opens and bool(self.before) and bool(current.posts) and _refused(current)

    def _hand_over(self, form: SamlMessage) -> None:
        """A response for somebody else follows one whose post is not recorded: that one was an attempt, too.

        har-recorder 0.0.1 loses every request that is answered with a redirect, and stops there (recorded).
        """
        if self.form and _is_for_others(self.form, form):
            end = 1 + max(n for n, s in enumerate(self.before) if s.role is FlowRole.IDP_RESPONSE)
            self.before, later = self.before[:end], self.before[end:]
            self._start(self.form)
            self.before = later
        self.form = form

    def _elsewhere(self, entry: ClassifiedEntry) -> None:
        form = next((m for m in self.messages.get(entry.index, ()) if _form_for_aws(m)), None)
        if form:
            self._hand_over(form)
            self.before.append(Step(entry.entry, FlowRole.IDP_RESPONSE))
        elif any(m.binding is Binding.POST and m.kind in _RESPONSES for m in self.messages.get(entry.index, ())):
            self.before.append(Step(entry.entry, FlowRole.BROKER_POST))
        elif entry.is_page and entry.is_elsewhere and entry.is_answered:
            self.before.append(Step(entry.entry, FlowRole.IDP_PAGE))


def _refused(draft: _Draft) -> bool:
    ending = draft.read_ending()
    return ending.outcome not in {Outcome.OPENED, Outcome.NOT_ANSWERED} and not ending.opened_before


_RESPONSES = frozenset({MessageKind.RESPONSE, MessageKind.UNKNOWN, MessageKind.WS_FEDERATION})


def _posted_to_aws(message: SamlMessage, entry: ClassifiedEntry) -> bool:
    """Whether the message went to AWS: by what it was posted to (WebKit folds the post into a later AWS page)."""
    if message.kind not in {MessageKind.RESPONSE, MessageKind.UNKNOWN}:
        return False
    if message.binding is Binding.PASTED:
        return _meant_for_aws(message)
    return message.binding is Binding.POST and entry.is_aws


def _form_for_aws(message: SamlMessage) -> bool:
    if message.binding is not Binding.FORM or message.kind not in {MessageKind.RESPONSE, MessageKind.UNKNOWN}:
        return False
    return is_endpoint(message.target) or (not urls.split(message.target).host and _meant_for_aws(message))


def _meant_for_aws(message: SamlMessage) -> bool:
    """Whether the response itself names AWS: its destination, recipient, audience or the Role attribute."""
    if message.response and is_endpoint(message.response.destination):
        return True
    for assertion in message.assertions:
        recipients = [c.recipient for c in assertion.confirmations]
        audiences = assertion.audiences
        if any(map(is_endpoint, [*recipients, *audiences])) or assertion.attribute(ROLE):
            return True
        if any(a.startswith("urn:amazon:webservices") for a in audiences):
            return True
    return not message.assertions and not message.response


def _key(message: SamlMessage) -> str | bytes:
    """What makes two messages the same one: the assertion's ID, else the response's, else the bytes."""
    if message.assertion and message.assertion.id:
        return message.assertion.id
    if message.response and message.response.id:
        return message.response.id
    return message.xml or f"entry {message.entry}"


def _is_for_others(first: SamlMessage, second: SamlMessage) -> bool:
    """Whether two responses both tell for whom they are, and differ."""
    names = _session_names(first), _session_names(second)
    return all(names) and names[0] != names[1]


def _session_names(message: SamlMessage) -> tuple[str, ...]:
    attribute = message.assertion.attribute(ROLE_SESSION_NAME) if message.assertion else None
    return attribute.values if attribute else ()


def _same_attempt(first: SamlMessage, second: SamlMessage) -> bool:
    """The same response again, or a role choice whose response cannot be read."""
    return _key(first) == _key(second) or (second.state is not MessageState.READ and "roleIndex" in second.fields)


# --- an attempt that never left the identity provider ------------------------------------------------------


def _identity_provider_attempt(
    entries: Sequence[ClassifiedEntry], messages: Sequence[SamlMessage], drafts: Sequence[_Draft]
) -> _Draft | None:
    """The attempt at an identity provider with which the recording ends, or None."""
    if drafts and not drafts[-1].entries:
        return None
    tail = _after(entries, drafts)
    pages = [e for e in tail if e.is_page and e.is_elsewhere]
    hosts = _provider_hosts(entries, messages, {e.url.host for e in pages})
    at_provider = [e for e in pages if e.url.host in hosts]
    if not at_provider:
        return None
    ending = _provider_ending(at_provider)
    if ending.outcome is not Outcome.IDP_REFUSED and _is_no_attempt(tail, messages, pages, hosts, first=not drafts):
        return None
    if drafts and _is_asked_by_others(tail, messages, at_provider):
        return None
    before = [Step(e.entry, FlowRole.IDP_PAGE) for e in at_provider]
    return _Draft(before=before, expects_message=True, provider_ending=ending)


def _is_no_attempt(
    tail: Sequence[ClassifiedEntry],
    messages: Sequence[SamlMessage],
    pages: Sequence[ClassifiedEntry],
    hosts: AbstractSet[str],
    *,
    first: bool,
) -> bool:
    """Whether what follows is no attempt at Connect: nobody logs in again after a sign-in, or it went elsewhere."""
    if not first and not any(e.entry.method == "POST" and _is_login(e.entry) for e in tail):
        return True
    return _finished_elsewhere(tail, messages, pages, hosts)


def _is_asked_by_others(
    tail: Sequence[ClassifiedEntry], messages: Sequence[SamlMessage], pages: Sequence[ClassifiedEntry]
) -> bool:
    """Whether another application sent the person there with an AuthnRequest of its own.

    Connect's sign-in begins at the identity provider (Connect guide, `configure-saml`). A broker or portal on the way
    to AWS sends a request too: a second provider is then on the way, or the sign-in before came by such a request.
    """
    later = {e.index for e in tail}
    requests = {m.entry for m in messages if m.kind is MessageKind.AUTHN_REQUEST}
    hosts = {e.url.host for e in pages}
    return bool(requests) and requests <= later and len(hosts) == 1 and any(e.index in requests for e in pages)


def _after(entries: Sequence[ClassifiedEntry], drafts: Sequence[_Draft]) -> Sequence[ClassifiedEntry]:
    """What was recorded after the last entry of all attempts."""
    theirs = {e.index for d in drafts for e in d.entries}
    last = max((i for i, e in enumerate(entries) if e.index in theirs), default=-1)
    return entries[last + 1 :]


def _provider_hosts(
    entries: Sequence[ClassifiedEntry], messages: Sequence[SamlMessage], hosts: AbstractSet[str]
) -> AbstractSet[str]:
    """Those of `hosts` that act as identity providers: products, receivers of requests, senders of forms, logins."""
    by_index = {e.index: e for e in entries}
    sent = [by_index[m.entry] for m in messages if m.kind is MessageKind.AUTHN_REQUEST or m.binding is Binding.FORM]
    theirs = [e for e in entries if e.url.host in hosts] if hosts else []
    acting = [e for e in theirs if _acts_as_provider(e.entry)]
    return {e.url.host for e in (*sent, *acting)} & hosts


def _acts_as_provider(entry: Entry) -> bool:
    return product_of(entry.url) is not None or _is_login(entry) or "wa=wsignin1.0" in entry.url


def _is_login(entry: Entry) -> bool:
    post = entry.post_data if entry.method.upper() == "POST" else None
    if post is None:
        return False
    names = [p.name for p in post.params]
    names += [pair.partition("=")[0] for pair in (post.text or "")[:20_000].split("&")]
    return any(_PASSWORD_FIELDS.fullmatch(urls.unquoted(n)[:100]) for n in names)


def _provider_ending(pages: Sequence[ClassifiedEntry]) -> Ending:
    final = pages[-1]
    error = final.blocking_error if final.navigates else None
    if error:
        return Ending(Outcome.BLOCKED, network=Network(final.index, final.url.host, error), last=final.entry)
    refusal = find_refusal(final.entry.body.text or "")
    if refusal:
        return Ending(Outcome.IDP_REFUSED, AwsMessage.IDP_REJECTED, refusal.text, final.index, last=None)
    if final.status in {401, 403} or final.status >= 500:  # noqa: PLR2004 -- HTTP
        return Ending(Outcome.IDP_REFUSED)
    return Ending(Outcome.IDP_STOPPED)


def _finished_elsewhere(
    tail: Sequence[ClassifiedEntry],
    messages: Sequence[SamlMessage],
    pages: Sequence[ClassifiedEntry],
    hosts: AbstractSet[str],
) -> bool:
    """Whether a sign-in to something else was finished: a response posted to it, or its own pages after the login."""
    by_index = {e.index: e for e in tail}
    for message in messages:
        receiver = by_index.get(message.entry)
        posted = message.binding is Binding.POST and message.kind in _RESPONSES
        if receiver and posted and not product_of(receiver.entry.url):
            return True
    return pages[-1].url.host not in hosts


# --- the values of one sign-in -----------------------------------------------------------------------------


def _sign_in(number: int, draft: _Draft) -> SignIn:
    relay_state = draft.fields.get("RelayState") if draft.message else None
    target = _target(draft, relay_state)
    pairs = read_roles(draft.message)
    first = draft.posts[0] if draft.posts else next(iter(draft.entries), None)
    started = first.entry if first else next((s.entry for s in draft.before), None)
    return SignIn(
        number=number,
        started=started.started if started else None,
        steps=_steps(draft),
        message=draft.message,
        expects_message=draft.expects_message,
        posted_to=_posted_to(draft),
        posted_at=_posted_at(draft.posts),
        relay_state=relay_state,
        chosen_role=draft.fields.get("roleIndex") or None,
        roles=pairs,
        instance_id=target.instance_id,
        region=target.region,
        embedded_in=_embedding_host(draft) if not draft.message else None,
        **asdict(draft.read_ending()),
    )


def _posted_to(draft: _Draft) -> str:
    """Where the response went; for a post that WebKit folded into a later page, the destination that it names."""
    endpoint = next((e.entry.url for e in reversed(draft.posts) if e.is_endpoint), None)
    if endpoint or not draft.message:
        return endpoint or ""
    if draft.message.binding is Binding.FORM:
        return draft.message.target
    named = [draft.message.response.destination] if draft.message.response else []
    named += [c.recipient for a in draft.message.assertions for c in a.confirmations]
    return next((n for n in named if n and is_endpoint(n)), "")


def _posted_at(posts: Sequence[ClassifiedEntry]) -> Moment | None:
    """When AWS judged the response: AWS's own `Date` on the last post (whole seconds), else the client's clock."""
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


def _target(draft: _Draft, relay_state: str | None) -> Federate:
    """The instance and Region: of the federation page that was opened, else of the relay state."""
    candidates = [e.entry.url for e in reversed(draft.entries) if e.kind is UrlKind.FEDERATE]
    candidates += [e.entry.location for e in reversed(draft.posts) if e.location_kind is UrlKind.FEDERATE]
    candidates += [relay_state] if relay_state else []
    found = [read_federate(url) for url in candidates]
    for post in draft.posts:
        if told := global_sign_in(post.entry.url):
            found.insert(0, told)
    usable = [f for f in found if f.instance_id]
    return next((f for f in usable if not f.problem), next(iter(usable), Federate(None, None, "")))


_ARN = re.compile(r"arn:[a-z0-9-]*:iam::[^,\s]*?:(role|saml-provider)/[^,\s]+")


def read_roles(message: SamlMessage | None) -> tuple[RolePair, ...]:
    """The values of every Role attribute; several pairs in one value (some Okta settings join them) become several."""
    attributes = message.assertion.attributes if message and message.assertion else ()
    return tuple(pair for a in attributes if a.name == ROLE for value in a.values for pair in _pairs(value))


def _pairs(value: str) -> list[RolePair]:
    found = [(m[1], m[0]) for m in _ARN.finditer(value[:100_000])]
    roles = [arn for kind, arn in found if kind == "role"]
    providers = [arn for kind, arn in found if kind == "saml-provider"]
    if len(roles) < 2 or len(roles) != len(providers):  # noqa: PLR2004 -- one pair, or what is left of one
        return [RolePair(value, roles[0] if roles else None, providers[0] if providers else None)]
    return [RolePair(value, r, p) for r, p in zip(roles, providers, strict=True)]


_STEP_ROLES = {
    UrlKind.CONSOLE_LOGIN: FlowRole.CONSOLE_LOGIN,
    UrlKind.FEDERATE: FlowRole.FEDERATE,
    UrlKind.CONSOLE_HOME: FlowRole.CONSOLE,
    UrlKind.CONSOLE: FlowRole.CONSOLE,
    UrlKind.CONNECT: FlowRole.CONNECT,
    UrlKind.CONNECT_LOGIN: FlowRole.CONNECT,
}


def _steps(draft: _Draft) -> tuple[Step, ...]:
    steps = list(draft.before)
    posts = {e.index for e in draft.posts}
    for entry in draft.entries:
        if entry.index in posts and entry.is_endpoint:
            first = entry is draft.posts[0]
            steps.append(Step(entry.entry, FlowRole.AWS_POST if first else FlowRole.ROLE_POST))
        elif entry.is_page:
            steps.append(Step(entry.entry, _STEP_ROLES.get(entry.kind, FlowRole.AWS_PAGE)))
        elif entry.is_request:
            steps.append(Step(entry.entry, FlowRole.CONNECT_REQUEST))
    return tuple(steps)


def _embedding_host(draft: _Draft) -> str | None:
    """The host of another site's page that holds Connect in a frame, as the browser's own headers say."""
    for entry in draft.entries:
        if entry.kind in CONNECT_KINDS and entry.is_page and entry.is_framed:
            referrer = entry.request_header("referer")
            if url_kind(referrer) not in {*AWS_KINDS, UrlKind.IDENTITY_PROVIDER, UrlKind.CONNECT_STATIC}:
                return urls.split(referrer).host or "another page"
    return None
