"""Finds and reads the SAML messages of a capture. Never raises on content: what cannot be read says why."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import Binding, MessageKind, MessageState, SamlMessage
from connect_saml_nb.model.sentence import Sentence
from connect_saml_nb.saml import encoding
from connect_saml_nb.saml.locate import Found, find, find_in_data
from connect_saml_nb.saml.safe_xml import parse
from connect_saml_nb.saml.sentences import MAX_MESSAGES, MessageFault, Note, Repair
from connect_saml_nb.saml.values import Content, kind_of, read_content

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connect_saml_nb.model.capture import Capture, Entry
    from connect_saml_nb.saml.encoding import Decoded

    _Reads: TypeAlias = Callable[[str, str, bool], SamlMessage]

_READINGS_KEPT = 4  # the page's form, the post and the choice of a role hold the same value
LEAST_UNSURE = 100  # characters; what a script or an answer in JSON says of a field's name is shorter, no message is

_UNREADABLE = frozenset({MessageState.DAMAGED, MessageState.REDACTED})
_ROOT = re.compile(rb"<(?:[\w.-]{1,60}:)?([A-Z][A-Za-z]{1,60})[\s/>]")
_KIND_BY_FIELD = {"SAMLResponse": MessageKind.RESPONSE, "wresult": MessageKind.WS_FEDERATION}
_NAME_PARTS = re.compile(r"[/#]")


def find_messages(capture: Capture) -> tuple[SamlMessage, ...]:
    """All SAML messages of the capture, in the order of its entries; in an entry: posted, URL, page, redirect.

    Answers in JSON, of which a long recording has thousands, are searched only where no response was found elsewhere.
    The same value at two places of one entry's post or page is one message; different entries each have their own.
    """
    reading = lru_cache(maxsize=_READINGS_KEPT)(_reading)
    messages = [message for entry in capture.entries for message in _entry_messages(entry, find, reading)]
    if any(m.kind is MessageKind.RESPONSE and m.binding is not Binding.REDIRECT for m in messages):
        return tuple(messages)
    in_data = [message for entry in capture.entries for message in _entry_messages(entry, find_in_data, reading)]
    place = {entry.index: position for position, entry in enumerate(capture.entries)}
    return tuple(sorted([*messages, *in_data], key=lambda message: place[message.entry]))


def read_message(xml: bytes) -> SamlMessage:
    """One message (or a bare assertion) from its XML bytes. What cannot be read is DAMAGED and says why."""
    return _filled(_unread("", MessageState.DAMAGED), xml)


def unsure_repairs(message: SamlMessage) -> tuple[Sentence, ...]:
    """The repairs that the message needed after which its XML may differ from what was sent."""
    return tuple(note for note in message.notes if isinstance(note.code, Repair) and note.code.is_unsure)


def short_name(attribute_name: str) -> str:
    """The last part of an attribute's name: `RoleSessionName` of `https://aws.amazon.com/SAML/Attributes/…`."""
    name = attribute_name.strip()
    parts = name.rstrip("/#").rpartition(":") if name.startswith("urn:") else ("", "", name)
    last = [part for part in _NAME_PARTS.split(parts[2]) if part]
    return last[-1] if last else attribute_name


# --- one value -------------------------------------------------------------------------------------------


def _reading(name: str, value: str, deflated: bool) -> SamlMessage:  # noqa: FBT001 -- as lru_cache asks for it
    """What a field's value says, wherever it stands."""
    try:
        return _best(name, value, deflated=deflated)
    except (RecursionError, MemoryError, ValueError):
        return _unread(name, MessageState.DAMAGED, Sentence(MessageFault.EXHAUSTED))


def _best(name: str, value: str, *, deflated: bool) -> SamlMessage:
    """The first reading that is well-formed XML; else what is wrong with the likeliest one."""
    readings = encoding.decode(value, deflated=deflated, raw=name == "wresult")
    messages = [_from_decoded(name, decoded) for decoded in readings]
    read = next((m for m in messages if m.state is not MessageState.DAMAGED), None)
    if read is not None and not (read.kind is MessageKind.UNKNOWN and len(read.xml) < encoding.SHORT):
        return read
    starts_as_xml = any(m.xml for m in messages) and read is None
    if encoding.is_placeholder(value, starts_as_xml=starts_as_xml):
        fault = MessageFault.PLACEHOLDER if value.strip() else MessageFault.EMPTY
        return _unread(name, MessageState.REDACTED, Sentence(fault, (name,)))
    return read or next((m for m in messages if m.xml), messages[0])


def _from_decoded(name: str, decoded: Decoded) -> SamlMessage:
    problem = Sentence(decoded.fault) if decoded.fault else None
    blank = replace(_unread(name, MessageState.DAMAGED, problem), notes=tuple(map(Sentence, decoded.repairs)))
    if problem:
        return replace(blank, kind=_visible_kind(decoded.xml) or blank.kind, xml=decoded.xml)
    return _filled(blank, decoded.xml)


def _unread(name: str, state: MessageState, problem: Sentence | None = None) -> SamlMessage:
    """A message of which the field's name is all that is known: what it promises."""
    return SamlMessage(
        entry=0,
        where="",
        binding=Binding.PASTED,
        kind=_KIND_BY_FIELD.get(name, MessageKind.UNKNOWN),
        state=state,
        target="",
        problem=problem,
        response=None,
        assertions=(),
    )


# --- one entry ---------------------------------------------------------------------------------------------


def _entry_messages(entry: Entry, search: Callable[[Entry], Iterator[Found]], reading: _Reads) -> list[SamlMessage]:
    messages: list[SamlMessage] = []
    seen: set[tuple[str, str, str]] = set()
    for found in search(entry):
        key = (found.where.partition(".params")[0], found.name, found.value)
        if key in seen or (not found.sure and len(found.value) < LEAST_UNSURE):
            continue
        seen.add(key)
        message = _message(entry.index, found, reading)
        if message is not None:
            messages.append(message)
        if len(messages) >= MAX_MESSAGES:
            return [*messages[:-1], replace(messages[-1], notes=(*messages[-1].notes, Sentence(Note.TOO_MANY)))]
    return messages


def _message(entry: int, found: Found, reading: _Reads = _reading) -> SamlMessage | None:
    """The message of a field, or None where a mere mention of the field's name was all there was."""
    message = _read(entry, found, reading)
    if message.state in _UNREADABLE and found.other is not None:
        second = _read(entry, found.other, reading)
        if second.state not in _UNREADABLE:
            return replace(
                second, fields=message.fields or second.fields, notes=(*second.notes, Sentence(Note.FROM_PARAMS))
            )
    if not found.sure and (not message.xml or message.kind is MessageKind.UNKNOWN):
        return None
    return message


def _read(entry: int, found: Found, reading: _Reads = _reading) -> SamlMessage:
    """The message of a field at its place; `reading` is `_reading`, or one that remembers."""
    read = reading(found.name, found.value, found.binding is Binding.REDIRECT)
    return replace(
        read,
        entry=entry,
        where=found.where,
        binding=found.binding,
        target=found.target,
        fields=found.fields,
        notes=(*found.notes, *read.notes),
    )


# --- one document ------------------------------------------------------------------------------------------


def _filled(blank: SamlMessage, xml: bytes) -> SamlMessage:
    """The message with what its XML says, or with why that cannot be read."""
    message = replace(blank, xml=xml, kind=_visible_kind(xml) or blank.kind)
    try:
        document = parse(xml)
        if isinstance(document, Sentence):
            return replace(message, problem=document)
        return _with_content(message, read_content(document))
    except (RecursionError, MemoryError):
        return replace(message, problem=Sentence(MessageFault.EXHAUSTED), xml=b"")


def _with_content(message: SamlMessage, content: Content) -> SamlMessage:
    encrypted = bool(content.encrypted) and not content.assertions
    notes = (*message.notes, *content.notes)
    if content.encrypted and content.assertions:
        notes = (*notes, Sentence(Note.PARTLY_ENCRYPTED, (content.encrypted,)))
    return replace(
        message,
        kind=content.kind,
        state=MessageState.ENCRYPTED if encrypted else MessageState.READ,
        problem=Sentence(MessageFault.ENCRYPTED) if encrypted else None,
        response=content.response,
        assertions=content.assertions,
        notes=notes,
    )


def _visible_kind(xml: bytes) -> MessageKind | None:
    """The kind that the first tag of XML shows, even where the rest cannot be read."""
    names: Iterator[re.Match[bytes]] = _ROOT.finditer(xml[:2000])
    kinds = (kind_of(match[1].decode("ascii")) for match in names)
    return next((kind for kind in kinds if kind is not MessageKind.UNKNOWN), None)
