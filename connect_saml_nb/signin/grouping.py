"""Entries and messages -> sign-ins, in order, each with what AWS and Connect answered.

A sign-in is one assertion posted to AWS (the role choice posts it again: still one), or a visit to Connect outside
such a chain, or an attempt at an identity provider that ended before anything was posted to AWS.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from connect_saml_nb import urls
from connect_saml_nb.aws import messages as answers
from connect_saml_nb.aws.urls import (
    AWS_PLACES,
    ENDPOINTS,
    Federate,
    Place,
    global_sign_in,
    is_elsewhere,
    is_endpoint,
    may_be_aws,
    place_of,
    read_federate,
)
from connect_saml_nb.idp.products import product_of
from connect_saml_nb.model.saml import ROLE, ROLE_SESSION_NAME, Binding, MessageKind, MessageState
from connect_saml_nb.model.signin import AwsMessage, FlowRole, Moment, Network, Outcome, RolePair, SignIn, Step
from connect_saml_nb.signin.outcome import (
    Ending,
    answered,
    blocking_error,
    is_page,
    is_request,
    navigates,
    read_ending,
    redirects,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from connect_saml_nb.model.capture import Capture, Entry
    from connect_saml_nb.model.saml import SamlMessage

_OF_CONNECT = frozenset({Place.CONNECT, Place.CONNECT_LOGIN})
_FRAMES = frozenset({"iframe", "subdocument", "sub_frame"})
_CONNECT_SIDE = frozenset({Place.CONNECT, Place.CONNECT_LOGIN, Place.FEDERATE, Place.GLOBAL_SIGN_IN})
_PASSWORD_FIELDS = re.compile(
    r"pass(?:w(?:or)?d|wd|code)?|pwd|j_password|.*[._-]password|kennwort|loginfmt", re.IGNORECASE
)


def find_sign_ins(capture: Capture, messages: Sequence[SamlMessage]) -> tuple[SignIn, ...]:
    """Find the sign-ins of a capture, in the order of time. Empty where nothing tries to reach Connect with SAML."""
    story = _Story(messages)
    for entry in capture.entries:
        story.tell(entry)
    drafts = [d for d in story.finish() if d.is_sign_in]
    last = _identity_provider_attempt(capture, messages, drafts)
    drafts += [last] if last else []
    return tuple(_sign_in(number, draft) for number, draft in enumerate(drafts, 1))


# --- telling the entries apart into attempts ---------------------------------------------------------------


@dataclass
class _Draft:
    """A sign-in while its entries are being collected."""

    message: SamlMessage | None = None
    expects_message: bool = False
    posts: list[Entry] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)  # AWS-side, posts among them
    before: list[Step] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    ending: Ending | None = None

    @property
    def is_sign_in(self) -> bool:
        """Whether it tries to reach Connect: with a response, or by opening a page of Connect's side."""
        if self.message or self.expects_message:
            return True
        return any(
            place_of(e.url) in _CONNECT_SIDE and (is_page(e) or is_request(e)) and (answered(e) or blocking_error(e))
            for e in self.entries
        )

    @property
    def instances(self) -> AbstractSet[str]:
        """The instances that it went to, each as `_instance` names them."""
        addresses = [url for e in self.entries for url in (e.url, e.location) if url]
        # WebKit folds the federation page into Connect's, the last of the chain: the relay state names it.
        if any(place_of(e.url) is Place.CONNECT for e in self.posts):
            addresses.append(self.fields.get("RelayState", ""))
        return frozenset(filter(None, map(_instance, addresses)))

    def is_elsewhere(self, instance: str) -> bool:
        """Whether it went to an instance, named in the same way, and not to this one.

        Not known of a Global Resiliency sign-in, which can go to either of two instances.
        """
        same_kind = [i for i in self.instances if ("." in i) == ("." in instance)]
        return bool(same_kind) and instance not in same_kind and not any(global_sign_in(e.url) for e in self.posts)

    @property
    def post_indices(self) -> frozenset[int]:
        return frozenset(e.index for e in self.posts)

    def read_ending(self) -> Ending:
        """How it ended; the entries are read once, when they are complete."""
        if self.ending is None:
            many = self.message is not None and len(read_roles(self.message)) > 1
            self.ending = read_ending(self.entries, self.post_indices, may_choose=many)
        return self.ending


class _Story:
    """The entries in order, each told to the attempt that it belongs to."""

    def __init__(self, messages: Iterable[SamlMessage]) -> None:
        self.messages: dict[int, list[SamlMessage]] = {}
        for message in messages:
            self.messages.setdefault(message.entry, []).append(message)
        self.drafts: list[_Draft] = []
        self.current: _Draft | None = None  # the attempt that goes on: the last one but for visits to other instances
        self.form: SamlMessage | None = None  # handed to the browser and not yet posted
        self.before: list[Step] = []

    def tell(self, entry: Entry) -> None:
        """Tell the next entry, in the order of time."""
        if entry.index not in self.messages and not may_be_aws(entry.url):
            self._elsewhere(entry)
            return
        place = place_of(entry.url)
        posted = next((m for m in self.messages.get(entry.index, ()) if _posted_to_aws(m, place)), None)
        if posted:
            self._post(entry, posted)
        elif place in ENDPOINTS and entry.method.upper() == "POST":
            self._post_without_message(entry)
        elif place in AWS_PLACES:
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

    def _post(self, entry: Entry, message: SamlMessage) -> None:
        current = self._earlier(message)
        if current is None:
            current = self._start(message)
        elif current.message and message.state is MessageState.READ and current.message.binding is Binding.FORM:
            current.message = message
        self.before, self.form = [], None
        self.current = current
        current.fields.update(message.fields)
        current.posts.append(entry)
        current.entries.append(entry)

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

    def _post_without_message(self, entry: Entry) -> None:
        current = (self._chooses_role() and self.current) or self._start(self.form, expects=True)
        current.posts.append(entry)
        current.entries.append(entry)

    def _chooses_role(self) -> bool:
        """A second post right after a first one that AWS answered with a page."""
        posts = self.current.posts if self.current else []
        return bool(posts) and not self.form and not self.before and not redirects(posts[-1])

    def _aws_entry(self, entry: Entry) -> None:
        if self.form:  # its post is missing from the recording
            owner = self._start(self.form)
        elif self.current is None or self._is_unrecorded_attempt(entry, self.current):
            owner = self._start(None, expects=bool(self.drafts))
        else:
            owner = self._owner(entry, self.current)
        owner.entries.append(entry)

    def _owner(self, entry: Entry, current: _Draft) -> _Draft:
        """The attempt that goes on; for an entry of another instance than its own, that one's, else a new visit."""
        instance = _instance(entry.url)
        if not instance or not current.is_elsewhere(instance):
            return current
        known = next((d for d in reversed(self.drafts) if instance in d.instances), None)
        goes_on = redirects(current.entries[-1])
        if known or goes_on or not (is_page(entry) or is_request(entry)):
            return known or current
        visit = _Draft()
        self.drafts.append(visit)
        return visit

    def _is_unrecorded_attempt(self, entry: Entry, current: _Draft) -> bool:
        """Connect opens after a refusal, with other pages between: a new attempt whose response was not recorded.

        WebKitGTK 2.50.6 loses the second sign-in's post of a capture (three of three recordings).
        """
        opens = place_of(entry.url) is Place.CONNECT and is_page(entry) and answered(entry) and entry.status < 400  # noqa: PLR2004 -- HTTP errors start at 400
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

    def _elsewhere(self, entry: Entry) -> None:
        form = next((m for m in self.messages.get(entry.index, ()) if _form_for_aws(m)), None)
        if form:
            self._hand_over(form)
            self.before.append(Step(entry, FlowRole.IDP_RESPONSE))
        elif any(m.binding is Binding.POST and m.kind in _RESPONSES for m in self.messages.get(entry.index, ())):
            self.before.append(Step(entry, FlowRole.BROKER_POST))
        elif is_page(entry) and is_elsewhere(entry.url) and answered(entry):
            self.before.append(Step(entry, FlowRole.IDP_PAGE))


def _instance(url: str) -> str | None:
    """What a URL tells of the instance: its ID (federation page) or, with a dot, its alias (Connect); None without."""
    place = place_of(url)
    if place is Place.FEDERATE:
        return read_federate(url).instance_id
    # One instance has its alias under my.connect.aws and, of old, under awsapps.com.
    return f"{urls.split(url).host.partition('.')[0]}." if place in _OF_CONNECT else None


def _refused(draft: _Draft) -> bool:
    many = draft.message is not None and len(read_roles(draft.message)) > 1
    ending = read_ending(draft.entries, draft.post_indices, may_choose=many)
    return ending.outcome not in {Outcome.OPENED, Outcome.NOT_ANSWERED} and not ending.opened_before


_RESPONSES = frozenset({MessageKind.RESPONSE, MessageKind.UNKNOWN, MessageKind.WS_FEDERATION})


def _posted_to_aws(message: SamlMessage, place: Place) -> bool:
    """Whether the message went to AWS: by the place of its post (WebKit folds the post into a later AWS page)."""
    if message.kind not in {MessageKind.RESPONSE, MessageKind.UNKNOWN}:
        return False
    if message.binding is Binding.PASTED:
        return _meant_for_aws(message)
    return message.binding is Binding.POST and place in AWS_PLACES


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


def _key(message: SamlMessage) -> str:
    """What makes two messages the same one: the assertion's ID, else the response's, else the bytes."""
    if message.assertion and message.assertion.id:
        return message.assertion.id
    if message.response and message.response.id:
        return message.response.id
    return hashlib.sha256(message.xml).hexdigest() if message.xml else f"entry {message.entry}"


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
    capture: Capture, messages: Sequence[SamlMessage], drafts: Sequence[_Draft]
) -> _Draft | None:
    """The attempt at an identity provider with which the recording ends, or None."""
    if drafts and not drafts[-1].entries:
        return None
    tail = _after(capture, drafts)
    pages = [e for e in tail if is_page(e) and is_elsewhere(e.url)]
    hosts = _provider_hosts(capture, messages, {urls.split(e.url).host for e in pages})
    at_provider = [e for e in pages if urls.split(e.url).host in hosts]
    if not at_provider:
        return None
    ending = _provider_ending(at_provider)
    if ending.outcome is not Outcome.IDP_REFUSED and _is_no_attempt(tail, messages, pages, hosts, first=not drafts):
        return None
    if drafts and _is_asked_by_others(tail, messages, at_provider):
        return None
    before = [Step(e, FlowRole.IDP_PAGE) for e in at_provider]
    return _Draft(before=before, expects_message=True, ending=ending)


def _is_no_attempt(
    tail: Sequence[Entry],
    messages: Sequence[SamlMessage],
    pages: Sequence[Entry],
    hosts: AbstractSet[str],
    *,
    first: bool,
) -> bool:
    """Whether what follows is no attempt at Connect: nobody logs in again after a sign-in, or it went elsewhere."""
    if not first and not any(e.method == "POST" and _is_login(e) for e in tail):
        return True
    return _finished_elsewhere(tail, messages, pages, hosts)


def _is_asked_by_others(tail: Sequence[Entry], messages: Sequence[SamlMessage], pages: Sequence[Entry]) -> bool:
    """Whether another application sent the person there with an AuthnRequest of its own.

    Connect's sign-in begins at the identity provider (Connect guide, `configure-saml`). A broker or portal on the way
    to AWS sends a request too: a second provider is then on the way, or the sign-in before came by such a request.
    """
    later = {e.index for e in tail}
    requests = {m.entry for m in messages if m.kind is MessageKind.AUTHN_REQUEST}
    hosts = {urls.split(e.url).host for e in pages}
    return bool(requests) and requests <= later and len(hosts) == 1 and any(e.index in requests for e in pages)


def _after(capture: Capture, drafts: Sequence[_Draft]) -> tuple[Entry, ...]:
    """What was recorded after the last entry of all attempts."""
    theirs = {e.index for d in drafts for e in d.entries}
    last = max((i for i, e in enumerate(capture.entries) if e.index in theirs), default=-1)
    return capture.entries[last + 1 :]


def _provider_hosts(capture: Capture, messages: Sequence[SamlMessage], hosts: AbstractSet[str]) -> AbstractSet[str]:
    """Those of `hosts` that act as identity providers: products, receivers of requests, senders of forms, logins."""
    by_index = {e.index: e for e in capture.entries}
    sent = [by_index[m.entry] for m in messages if m.kind is MessageKind.AUTHN_REQUEST or m.binding is Binding.FORM]
    theirs = [e for e in capture.entries if urls.split(e.url).host in hosts] if hosts else []
    acting = [e for e in theirs if product_of(e.url) or _is_login(e) or "wa=wsignin1.0" in e.url]
    return {urls.split(e.url).host for e in (*sent, *acting)} & hosts


def _is_login(entry: Entry) -> bool:
    post = entry.post_data if entry.method.upper() == "POST" else None
    if post is None:
        return False
    names = [p.name for p in post.params]
    names += [pair.partition("=")[0] for pair in (post.text or "")[:20_000].split("&")]
    return any(_PASSWORD_FIELDS.fullmatch(urls.unquoted(n)[:100]) for n in names)


def _provider_ending(pages: Sequence[Entry]) -> Ending:
    final = pages[-1]
    error = blocking_error(final) if navigates(final) else None
    if error:
        network = Network(final.index, urls.split(final.url).host, error)
        return Ending(Outcome.BLOCKED, network=network, last=final)
    refusal = answers.find_refusal(final.body.text or "")
    if refusal:
        return Ending(Outcome.IDP_REFUSED, AwsMessage.IDP_REJECTED, refusal.text, final.index, last=None)
    if final.status in {401, 403} or final.status >= 500:  # noqa: PLR2004 -- HTTP
        return Ending(Outcome.IDP_REFUSED)
    return Ending(Outcome.IDP_STOPPED)


def _finished_elsewhere(
    tail: Sequence[Entry], messages: Sequence[SamlMessage], pages: Sequence[Entry], hosts: AbstractSet[str]
) -> bool:
    """Whether a sign-in to something else was finished: a response posted to it, or its own pages after the login."""
    by_index = {e.index: e for e in tail}
    for message in messages:
        receiver = by_index.get(message.entry)
        posted = message.binding is Binding.POST and message.kind in _RESPONSES
        if receiver and posted and not product_of(receiver.url):
            return True
    return urls.split(pages[-1].url).host not in hosts


# --- the values of one sign-in -----------------------------------------------------------------------------


def _sign_in(number: int, draft: _Draft) -> SignIn:
    ending = _ending(draft)
    relay_state = draft.fields.get("RelayState") if draft.message else None
    target = _target(draft, relay_state)
    pairs = read_roles(draft.message)
    first = draft.posts[0] if draft.posts else next(iter(draft.entries), None)
    started = first or next((s.entry for s in draft.before), None)
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
        outcome=ending.outcome,
        said=ending.said,
        said_text=ending.said_text,
        said_entry=ending.said_entry,
        last=ending.last,
        network=ending.network,
        accepted=ending.accepted,
        opened_before=ending.opened_before,
        in_use=ending.in_use,
        embedded_in=_embedding_host(draft) if not draft.message else None,
    )


def _ending(draft: _Draft) -> Ending:
    if draft.message and draft.message.binding is Binding.PASTED:
        return Ending(Outcome.PASTED)
    return draft.read_ending()


def _posted_to(draft: _Draft) -> str:
    """Where the response went; for a post that WebKit folded into a later page, the destination that it names."""
    endpoint = next((e.url for e in reversed(draft.posts) if place_of(e.url) in ENDPOINTS), None)
    if endpoint or not draft.message:
        return endpoint or ""
    if draft.message.binding is Binding.FORM:
        return draft.message.target
    named = [draft.message.response.destination] if draft.message.response else []
    named += [c.recipient for a in draft.message.assertions for c in a.confirmations]
    return next((n for n in named if n and is_endpoint(n)), "")


def _posted_at(posts: Sequence[Entry]) -> Moment | None:
    """When AWS judged the response: AWS's own `Date` on the last post (whole seconds), else the client's clock."""
    if not posts:
        return None
    last = posts[-1]
    date = last.response_header("Date")
    try:
        told = parsedate_to_datetime(date) if date else None
    except (ValueError, TypeError, OverflowError):
        told = None
    if told is not None and told.tzinfo is not None:
        return Moment(told, "AWS's clock (Date header)", second=True)
    return Moment(last.started, "the browser's clock") if last.started else None


def _target(draft: _Draft, relay_state: str | None) -> Federate:
    """The instance and Region: of the federation page that was opened, else of the relay state."""
    candidates = [e.url for e in reversed(draft.entries) if place_of(e.url) is Place.FEDERATE]
    candidates += [e.location for e in reversed(draft.posts) if place_of(e.location) is Place.FEDERATE]
    candidates += [relay_state] if relay_state else []
    found = [read_federate(url) for url in candidates]
    for post in draft.posts:
        if told := global_sign_in(post.url):
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
    Place.CONSOLE_LOGIN: FlowRole.CONSOLE_LOGIN,
    Place.FEDERATE: FlowRole.FEDERATE,
    Place.CONSOLE_HOME: FlowRole.CONSOLE,
    Place.CONSOLE: FlowRole.CONSOLE,
    Place.CONNECT: FlowRole.CONNECT,
    Place.CONNECT_LOGIN: FlowRole.CONNECT,
}


def _steps(draft: _Draft) -> tuple[Step, ...]:
    steps = list(draft.before)
    for entry in draft.entries:
        if entry in draft.posts and place_of(entry.url) in ENDPOINTS:
            first = entry is draft.posts[0]
            steps.append(Step(entry, FlowRole.AWS_POST if first else FlowRole.ROLE_POST))
        elif is_page(entry):
            steps.append(Step(entry, _STEP_ROLES.get(place_of(entry.url), FlowRole.AWS_PAGE)))
        elif is_request(entry):
            steps.append(Step(entry, FlowRole.CONNECT_REQUEST))
    return tuple(steps)


def _embedding_host(draft: _Draft) -> str | None:
    """The host of a page of somebody else's that holds Connect in a frame, as the browser's own headers tell."""
    for entry in draft.entries:
        if place_of(entry.url) not in _OF_CONNECT or not is_page(entry):
            continue
        headers = {h.name.casefold(): h.value for h in entry.request_headers}
        referrer = headers.get("referer", "")
        outside = place_of(referrer) not in {*AWS_PLACES, Place.IDENTITY_PROVIDER, Place.CONNECT_STATIC}
        framed = headers.get("sec-fetch-dest", "").casefold() in {"iframe", "frame"} or entry.resource_type in _FRAMES
        if framed and outside:
            return urls.split(referrer).host or "another page"
    return None
