"""Entries and messages -> sign-ins, in order, each with what AWS and Connect answered.

A sign-in is one assertion posted to AWS (the role choice posts it again: still one), or a visit to Connect outside
such a chain, or an attempt at an identity provider that ended before anything was posted to AWS.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from msgspec import Struct, field

from connect_saml_nb.aws.urls import ENDPOINTS, UrlKind, global_sign_in
from connect_saml_nb.model.saml import ROLE_SESSION_NAME, Binding, MessageState
from connect_saml_nb.model.signin import FlowRole, Outcome, Step
from connect_saml_nb.signin.classify import CONNECT_KINDS, instance_of
from connect_saml_nb.signin.outcome import Progress, after
from connect_saml_nb.signin.roles import read_roles

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from connect_saml_nb.model.saml import SamlMessage
    from connect_saml_nb.model.signin import RolePair
    from connect_saml_nb.signin.classify import ClassifiedEntry

_CONNECT_SIDE = CONNECT_KINDS | {UrlKind.FEDERATE, UrlKind.GLOBAL_SIGN_IN}
_NOT_REFUSED = frozenset({Outcome.OPENED, Outcome.NOT_ANSWERED})


class Attempt(Struct, eq=False):
    """A sign-in while its entries are being collected, with its ending so far."""

    message: SamlMessage | None = None
    expects_message: bool = False
    posts: list[ClassifiedEntry] = []
    entries: list[ClassifiedEntry] = []  # AWS-side, posts among them
    before: list[Step] = []
    fields: dict[str, str] = {}
    ending: Progress = field(default_factory=lambda: Progress(Outcome.NOT_ANSWERED))
    post_indices: set[int] = set()
    roles: tuple[RolePair, ...] = ()
    is_global: bool = False  # posted to an endpoint of Global Resiliency
    is_folded: bool = False  # posted to a page of Connect's, as far as the recording shows
    _instances: set[str] = set()

    def __post_init__(self) -> None:
        """Read the roles that the response offers."""
        self.roles = read_roles(self.message)

    def add(self, entry: ClassifiedEntry, *, posted: bool = False) -> None:
        """Add the next AWS-side entry; `posted` says that it posted the response."""
        self.entries.append(entry)
        self._instances |= entry.instances
        if posted:
            self.posts.append(entry)
            self.post_indices.add(entry.index)
            self.is_folded |= entry.kind is UrlKind.CONNECT
            self.is_global |= global_sign_in(entry.entry.url) is not None
        self._end_after(entry)

    def replace_message(self, message: SamlMessage) -> None:
        """Take a better reading of the response."""
        self.message, self.roles = message, read_roles(message)
        self.ending = Progress(Outcome.NOT_ANSWERED)
        for entry in self.entries:
            self._end_after(entry)

    def _end_after(self, entry: ClassifiedEntry) -> None:
        posted = entry.index in self.post_indices
        self.ending = after(self.ending, entry, posted=posted, may_choose=len(self.roles) > 1)

    @property
    def is_sign_in(self) -> bool:
        """Whether it tries to reach Connect: with a response, or by opening a page of Connect's side."""
        if self.message or self.expects_message:
            return True
        opened = (e for e in self.entries if e.kind in _CONNECT_SIDE and (e.is_page or e.is_request))
        return any(e.is_answered or e.blocking_error for e in opened)

    @property
    def instances(self) -> AbstractSet[str]:
        """The instances that it went to, each as `instance_of` names them."""
        # WebKit folds the federation page into Connect's, the last of the chain: the relay state names it.
        named = instance_of(self.fields.get("RelayState", "")) if self.is_folded else None
        return self._instances | {named} if named else self._instances

    def is_elsewhere(self, instance: str) -> bool:
        """Whether it went to an instance, named in the same way, and not to this one.

        Not known of a Global Resiliency sign-in, which can go to either of two instances.
        """
        same_kind = [i for i in self.instances if ("." in i) == ("." in instance)]
        return bool(same_kind) and instance not in same_kind and not self.is_global

    @property
    def was_refused(self) -> bool:
        """Whether it ended without reaching Connect."""
        return self.ending.outcome not in _NOT_REFUSED and not self.ending.opened_before


def group(entries: Iterable[ClassifiedEntry]) -> list[Attempt]:
    """Group the entries of a capture (in the order of time) into attempts.

    >>> [len(attempt.entries) for attempt in group(classify(capture, messages))]
    [6, 4]
    """
    grouper = Grouper()
    for entry in entries:
        grouper.add(entry)
    return grouper.finish()


class Grouper:
    """Gives each entry, in the order of time, to the attempt that it belongs to."""

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.current: Attempt | None = None  # the attempt that goes on: never a mere visit to another instance
        self.form: SamlMessage | None = None  # handed to the browser and not yet posted
        self.before: list[Step] = []

    def add(self, entry: ClassifiedEntry) -> None:
        """Add the next entry."""
        if entry.post:
            self._post(entry, entry.post)
        elif not entry.is_aws:
            self._outside(entry)
        elif entry.kind in ENDPOINTS and entry.entry.method.upper() == "POST":
            self._post_without_message(entry)
        else:
            self._owner(entry).add(entry)

    def finish(self) -> list[Attempt]:
        """Give the attempts; a response that was handed to the browser and never posted is one too."""
        if self.form and not any(a.message and _key(a.message) == _key(self.form) for a in self.attempts):
            self._start(self.form)
        return self.attempts

    def _start(self, message: SamlMessage | None, *, expects: bool = False) -> Attempt:
        attempt = Attempt(message=message, expects_message=expects, before=self.before)
        attempt.fields.update(message.fields if message else {})
        self.before, self.form = [], None
        self.attempts.append(attempt)
        self.current = attempt
        return attempt

    # -- posts

    def _post(self, entry: ClassifiedEntry, message: SamlMessage) -> None:
        current = self._earlier(message)
        if current is None:
            current = self._start(message)
        elif current.message and message.state is MessageState.READ and current.message.binding is Binding.FORM:
            current.replace_message(message)
        self.before, self.form = [], None
        self.current = current
        current.fields.update(message.fields)
        current.add(entry, posted=True)

    def _earlier(self, message: SamlMessage) -> Attempt | None:
        """The attempt that posted this message before, if there is one."""
        if self.current and self.current.message and self._continues(self.current.message, message):
            return self.current
        same = (a for a in reversed(self.attempts) if a.posts and a.message and _key(a.message) == _key(message))
        return next(same, None)

    def _continues(self, first: SamlMessage, second: SamlMessage) -> bool:
        """The same response again, or an unreadable one right after an unreadable one: a reload or a role choice."""
        unread = not first.xml and not second.xml and first.state is second.state
        return _same_attempt(first, second) or (unread and self._chooses_role())

    def _post_without_message(self, entry: ClassifiedEntry) -> None:
        current = (self._chooses_role() and self.current) or self._start(self.form, expects=True)
        current.add(entry, posted=True)

    def _chooses_role(self) -> bool:
        """A second post right after a first one that AWS answered with a page."""
        posts = self.current.posts if self.current else []
        return bool(posts) and not self.form and not self.before and not posts[-1].redirects

    # -- what AWS and Connect answer

    def _owner(self, entry: ClassifiedEntry) -> Attempt:
        """The attempt that an AWS-side entry belongs to; a new one where none goes on."""
        if self.form:  # its post is missing from the recording
            return self._start(self.form)
        if self.current is None or self._is_unrecorded_attempt(entry, self.current):
            return self._start(None, expects=bool(self.attempts))
        return self._of_instance(entry, self.current)

    def _of_instance(self, entry: ClassifiedEntry, current: Attempt) -> Attempt:
        """The attempt that goes on, or that of another instance where the entry is one of that; a new visit without."""
        instance = entry.instance
        if not instance or not current.is_elsewhere(instance):
            return current
        known = next((a for a in reversed(self.attempts) if instance in a.instances), None)
        if known or current.entries[-1].redirects or not (entry.is_page or entry.is_request):
            return known or current
        visit = Attempt()
        self.attempts.append(visit)
        return visit

    def _is_unrecorded_attempt(self, entry: ClassifiedEntry, current: Attempt) -> bool:
        """Connect opens after a refusal, with other pages between: a new attempt whose response was not recorded.

        WebKitGTK 2.50.6 loses the second sign-in's post of a capture (three of three recordings).
        """
        opens = entry.kind is UrlKind.CONNECT and entry.is_page and entry.is_answered
        opens = opens and entry.status < HTTPStatus.BAD_REQUEST
        return opens and bool(self.before) and bool(current.posts) and current.was_refused

    # -- what stands outside of AWS

    def _outside(self, entry: ClassifiedEntry) -> None:
        if entry.form:
            self._hand_over(entry.form)
            self.before.append(Step(entry.entry, FlowRole.IDP_RESPONSE))
        elif entry.posts_elsewhere:
            self.before.append(Step(entry.entry, FlowRole.BROKER_POST))
        elif entry.is_page and entry.is_elsewhere and entry.is_answered:
            self.before.append(Step(entry.entry, FlowRole.IDP_PAGE))

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


# --- two messages ------------------------------------------------------------------------------------------


def _key(message: SamlMessage) -> str | bytes:
    """What makes two messages the same one: the assertion's ID, otherwise the response's, otherwise the bytes."""
    if message.assertion and message.assertion.id:
        return message.assertion.id
    if message.response and message.response.id:
        return message.response.id
    return message.xml or f"entry {message.entry}"


def _is_for_others(first: SamlMessage, second: SamlMessage) -> bool:
    """Whether two responses both say for whom they are, and differ."""
    names = _session_names(first), _session_names(second)
    return all(names) and names[0] != names[1]


def _session_names(message: SamlMessage) -> tuple[str, ...]:
    attribute = message.assertion.attribute(ROLE_SESSION_NAME) if message.assertion else None
    return attribute.values if attribute else ()


def _same_attempt(first: SamlMessage, second: SamlMessage) -> bool:
    """The same response again, or a role choice whose response cannot be read."""
    return _key(first) == _key(second) or (second.state is not MessageState.READ and "roleIndex" in second.fields)
