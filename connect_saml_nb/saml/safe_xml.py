"""Untrusted XML made into a tree: no DTD, no entities, and bounds on everything that can grow."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException, DTDForbidden
from defusedxml.ElementTree import XMLParser

from connect_saml_nb.model.sentence import Sentence
from connect_saml_nb.saml.sentences import MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, MAX_XML, MessageFault, Repair

# Expat's error codes (xml.parsers.expat.errors).
_ENDS_EARLY = frozenset({3, 5, 6, 20})  # no element found, unclosed token, partial character, unclosed CDATA section
_UNDEFINED_ENTITY = 11
_WRONG_ENCODING = 19
_UNBOUND_PREFIX = 27

_ENTITY_DECLARATION = re.compile(rb"<\x00?!\x00?E\x00?N\x00?T\x00?I\x00?T\x00?Y")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document. `interrupted` are the elements that hold a comment or a processing instruction."""

    root: Element = field(repr=False)
    interrupted: frozenset[Element] = field(repr=False)
    repairs: tuple[Repair, ...] = ()

    def text(self, element: Element) -> str:
        """All text of the element and the elements in it, white space kept, comments left out."""
        return "".join(element.itertext())


class _RefusedError(Exception):
    """A bound was passed. Never leaves this module."""

    def __init__(self, fault: MessageFault) -> None:
        super().__init__()
        self.fault = fault


class _Builder:
    """Builds the tree from parse events, without recursion, and counts."""

    def __init__(self, max_elements: int) -> None:
        self.root: Element | None = None
        self.interrupted: set[Element] = set()
        self._open: list[Element] = []
        self._last: Element | None = None
        self._elements = 0
        self._max_elements = max_elements

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._check(len(attributes))
        element = Element(tag, attributes)
        if self._open:
            self._open[-1].append(element)
        else:
            self.root = element
        self._open.append(element)
        self._last = None

    def _check(self, attributes: int) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise _RefusedError(MessageFault.TOO_DEEP)
        if self._elements > self._max_elements:
            raise _RefusedError(MessageFault.TOO_MANY_ELEMENTS)
        if attributes > MAX_ATTRIBUTES:
            raise _RefusedError(MessageFault.TOO_MANY_ATTRIBUTES)

    def end(self, tag: str) -> None:
        del tag
        self._last = self._open.pop()

    def data(self, text: str) -> None:
        if self._last is not None:
            self._last.tail = (self._last.tail or "") + text
        elif self._open:
            self._open[-1].text = (self._open[-1].text or "") + text

    def comment(self, text: str) -> None:
        del text
        self.interrupted.update(self._open[-1:])

    def pi(self, target: str, text: str | None = None) -> None:
        del target, text
        self.interrupted.update(self._open[-1:])

    def close(self) -> None:
        pass


def parse(xml: bytes, *, max_bytes: int = MAX_XML, max_elements: int = MAX_ELEMENTS) -> Document | Sentence:
    """The document, or why there is none. Never raises."""
    if len(xml) > max_bytes:
        return Sentence(MessageFault.TOO_LARGE)
    try:
        return _parse(xml, max_elements)
    except ParseError as error:
        return _retried(xml, max_elements, error)
    except DTDForbidden as error:
        return Sentence(_dtd_fault(error, xml))
    except DefusedXmlException:
        return Sentence(MessageFault.ENTITIES)
    except _RefusedError as error:
        return Sentence(error.fault)
    except (LookupError, ValueError):  # pyexpat's answers to an unknown, multi-byte or non-text encoding
        return Sentence(MessageFault.ENCODING)
    except (RecursionError, MemoryError):
        return Sentence(MessageFault.XML_EXHAUSTED)


def _parse(
    xml: bytes, max_elements: int, encoding: str | None = None, repairs: tuple[Repair, ...] = ()
) -> Document | Sentence:
    builder = _Builder(max_elements)
    parser = XMLParser(target=builder, encoding=encoding, forbid_dtd=True)
    parser.feed(xml)
    parser.close()
    if builder.root is None:
        return Sentence(MessageFault.CUT_OFF)
    return Document(builder.root, frozenset(builder.interrupted), repairs)


def _retried(xml: bytes, max_elements: int, error: ParseError) -> Document | Sentence:
    """UTF-8 under another declaration: .NET's StringWriter declares utf-16 whatever the bytes become later."""
    if error.code != _WRONG_ENCODING:
        return _problem(error)
    try:
        return _parse(xml, max_elements, "utf-8", (Repair.AS_UTF8,))
    except (ParseError, DefusedXmlException, _RefusedError, LookupError, ValueError, RecursionError, MemoryError):
        return Sentence(MessageFault.ENCODING)


def _problem(error: ParseError) -> Sentence:
    if error.code in _ENDS_EARLY:
        return Sentence(MessageFault.CUT_OFF)
    if error.code == _UNDEFINED_ENTITY:
        return Sentence(MessageFault.ENTITIES)
    if error.code == _UNBOUND_PREFIX:
        return Sentence(MessageFault.UNBOUND)
    line, column = error.position
    return Sentence(MessageFault.NOT_XML, (line, column + 1))


def _dtd_fault(error: DTDForbidden, xml: bytes) -> MessageFault:
    if error.sysid or error.pubid:
        return MessageFault.EXTERNAL
    return MessageFault.ENTITIES if _ENTITY_DECLARATION.search(xml) else MessageFault.DTD
