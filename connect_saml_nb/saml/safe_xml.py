"""A stranger's XML made into a tree: no DTD, no entities, and bounds on everything that can grow."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException, DTDForbidden
from defusedxml.ElementTree import XMLParser

MAX_XML = 2 * 1024 * 1024  # bytes; AWS takes 100,000 base64 characters (IAM and STS quotas)
MAX_DEPTH = 100
MAX_ELEMENTS = 20_000
MAX_ATTRIBUTES = 200  # of one element

# Expat's error codes (xml.parsers.expat.errors).
_ENDS_EARLY = frozenset({3, 5, 6, 20})  # no element found, unclosed token, partial character, unclosed CDATA section
_UNDEFINED_ENTITY = 11
_WRONG_ENCODING = 19
_UNBOUND_PREFIX = 27

_ENTITY_DECLARATION = re.compile(rb"<\x00?!\x00?E\x00?N\x00?T\x00?I\x00?T\x00?Y")

AS_UTF8 = "The XML declares an encoding that it is not written in; it was read as UTF-8."
TOO_LARGE = (
    f"The SAML message is larger than {MAX_XML // 1024 // 1024} MiB: it was not read. Check the capture's origin."
)
CUT_OFF = (
    "The SAML message is cut off: its XML ends before it is complete. "
    "Record the sign-in again, and export the capture without shortening it."
)
_NOT_XML = (
    "The SAML message is not well-formed XML (line {line}, column {column}). "
    "Record the sign-in again; if it stays so, the identity provider writes broken XML."
)
_UNBOUND = (
    "The SAML message's XML uses a namespace prefix that it does not declare. "
    "Take the whole message, not an extract of it."
)
_DTD = (
    "The SAML message's XML has a document type declaration (DTD), which SAML forbids: it was refused as unsafe. "
    "Check where the message comes from."
)
_EXTERNAL = (
    "The SAML message's XML refers to an external document, which SAML forbids: it was refused as unsafe. "
    "Check where the message comes from."
)
_ENTITIES = (
    "The SAML message's XML declares or uses entities, which SAML forbids: it was refused as unsafe. "
    "Check where the message comes from."
)
_ENCODING = (
    "The SAML message's XML declares a text encoding that cannot be read. The identity provider should write UTF-8."
)
_TOO_DEEP = (
    f"The SAML message's XML is nested deeper than {MAX_DEPTH} elements: it was refused as unsafe. "
    "Check where the message comes from."
)
_TOO_MANY_ELEMENTS = (
    f"The SAML message's XML has more than {MAX_ELEMENTS:,} elements: it was refused as unsafe. "
    "Check where the message comes from."
)
_TOO_MANY_ATTRIBUTES = (
    f"The SAML message's XML has an element with more than {MAX_ATTRIBUTES} attributes: it was refused as unsafe. "
    "Check where the message comes from."
)
_EXHAUSTED = "The SAML message's XML is too large or too deep for this computer's memory: it was not read."


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document. `interrupted` are the elements that hold a comment or a processing instruction."""

    root: Element = field(repr=False)
    interrupted: frozenset[Element] = field(repr=False)
    notes: tuple[str, ...] = ()

    def text(self, element: Element) -> str:
        """All text of the element and the elements in it, white space kept, comments left out."""
        return "".join(element.itertext())


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a document could not be parsed, as a sentence."""

    sentence: str


class _RefusedError(Exception):
    """A bound was passed; its text is the sentence. Never leaves this module."""


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
            raise _RefusedError(_TOO_DEEP)
        if self._elements > self._max_elements:
            raise _RefusedError(_TOO_MANY_ELEMENTS)
        if attributes > MAX_ATTRIBUTES:
            raise _RefusedError(_TOO_MANY_ATTRIBUTES)

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


def parse(xml: bytes, *, max_bytes: int = MAX_XML, max_elements: int = MAX_ELEMENTS) -> Document | Problem:
    """The document, or why there is none. Never raises."""
    if len(xml) > max_bytes:
        return Problem(TOO_LARGE)
    try:
        return _parse(xml, max_elements)
    except ParseError as error:
        return _retried(xml, max_elements, error)
    except DTDForbidden as error:
        return Problem(_dtd_sentence(error, xml))
    except DefusedXmlException:
        return Problem(_ENTITIES)
    except _RefusedError as error:
        return Problem(str(error))
    except (LookupError, ValueError):  # pyexpat's answers to an unknown, multi-byte or non-text encoding
        return Problem(_ENCODING)
    except (RecursionError, MemoryError):
        return Problem(_EXHAUSTED)


def _parse(
    xml: bytes, max_elements: int, encoding: str | None = None, notes: tuple[str, ...] = ()
) -> Document | Problem:
    builder = _Builder(max_elements)
    parser = XMLParser(target=builder, encoding=encoding, forbid_dtd=True)
    parser.feed(xml)
    parser.close()
    if builder.root is None:
        return Problem(CUT_OFF)
    return Document(builder.root, frozenset(builder.interrupted), notes)


def _retried(xml: bytes, max_elements: int, error: ParseError) -> Document | Problem:
    """UTF-8 under another declaration: .NET's StringWriter declares utf-16 whatever the bytes become later."""
    if error.code != _WRONG_ENCODING:
        return Problem(_sentence(error))
    try:
        return _parse(xml, max_elements, "utf-8", (AS_UTF8,))
    except (ParseError, DefusedXmlException, _RefusedError, LookupError, ValueError, RecursionError, MemoryError):
        return Problem(_ENCODING)


def _sentence(error: ParseError) -> str:
    if error.code in _ENDS_EARLY:
        return CUT_OFF
    if error.code == _UNDEFINED_ENTITY:
        return _ENTITIES
    if error.code == _UNBOUND_PREFIX:
        return _UNBOUND
    line, column = error.position
    return _NOT_XML.format(line=line, column=column + 1)


def _dtd_sentence(error: DTDForbidden, xml: bytes) -> str:
    if error.sysid or error.pubid:
        return _EXTERNAL
    return _ENTITIES if _ENTITY_DECLARATION.search(xml) else _DTD
