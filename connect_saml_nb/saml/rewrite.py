"""Messages written again with other values in them, in the same place, form and state: what sharing a capture needs.

A field's new value is read to the same state and with the same notes as the old one. What could not be decoded is
never copied: a made-up text with the same fault takes its place.
"""

from __future__ import annotations

import re
import zlib
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

# `parse` has refused entities and DTDs and counted depth and elements before expat sees a document here.
from xml.parsers import expat

from connect_saml_nb.model.saml import Binding, MessageKind, MessageState
from connect_saml_nb.model.sentence import Sentence
from connect_saml_nb.saml import encoding, safe_xml
from connect_saml_nb.saml.locate import (
    _DATA,
    _SEPARATOR,
    _WORD,
    Found,
    _in_body,
    _multipart_pairs,
    _right_name,
    plain_value,
    saml_value,
)
from connect_saml_nb.saml.messages import LEAST_UNSURE, _message, _read
from connect_saml_nb.saml.sentences import MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, MessageFault, Repair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from enum import Enum

    from connect_saml_nb.model.capture import Entry
    from connect_saml_nb.model.saml import SamlMessage

__all__ = [
    "REMOVED_CERTIFICATE",
    "REMOVED_CIPHER",
    "REMOVED_DIGEST",
    "REMOVED_SIGNATURE",
    "Found",
    "Spot",
    "body_fields",
    "form_pieces",
    "is_data",
    "mentions_message",
    "multipart_pairs",
    "plain_value",
    "rewrite_field",
    "rewrite_xml",
    "right_name",
    "saml_value",
]

#: What stands in place of a signature's value. It is base64 (so that readers read on) and matches no signature.
REMOVED_SIGNATURE = "SIGNATURE/REMOVED/BY/REDACTION//"
REMOVED_DIGEST = "DIGEST/REMOVED/BY/REDACTION/"
REMOVED_CIPHER = "CIPHERTEXT/REMOVED/BY/REDACTION/"
REMOVED_CERTIFICATE = "CERTIFICATE/REMOVED/BY/REDACTION"

right_name = _right_name
multipart_pairs = _multipart_pairs


def mentions_message(text: str) -> bool:
    """Whether the name of a field that carries messages stands in the text."""
    return _WORD.search(text) is not None


def form_pieces(text: str, most: int) -> list[tuple[str, str]]:
    """Names and values of a posted form as they stand, not decoded; what follows the first `most` is one more."""
    return [part.partition("=")[::2] for part in _SEPARATOR.split(text, maxsplit=most)]


def body_fields(entry: Entry) -> list[Found]:
    """The fields of a response's body that hold messages, each value once."""
    kept: dict[tuple[str, str], Found] = {}
    for found in _in_body(entry):
        unsure = not found.sure and len(found.value) < LEAST_UNSURE
        if not unsure and (found.name, found.value) not in kept and _message(entry.index, found) is not None:
            kept[found.name, found.value] = found
    return list(kept.values())


def is_data(entry: Entry) -> bool:
    """Whether the answer is data (JSON, XML) rather than a page."""
    return _DATA.search(entry.mime_type) is not None


# --- XML ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a message: the element, its attribute (`""`: its text), the elements around it, outermost first.

    Names are local ones. `name` is the `Name` of the SAML attribute that the place belongs to, else `""`.
    """

    element: str
    attribute: str
    around: tuple[str, ...]
    name: str


def rewrite_xml(xml: bytes, edit: Callable[[Spot, str], str]) -> bytes | None:
    """The document in UTF-8 with every text and attribute value given by `edit`; None where it cannot be parsed.

    Comments and processing instructions stay as empty ones, behind the text that they stood in.
    """
    document = safe_xml.parse(xml)
    if isinstance(document, Sentence):
        return None
    mislabelled = Repair.AS_UTF8 in document.repairs
    writer = _Writer(edit, keep_label=mislabelled)
    parser = expat.ParserCreate("utf-8" if mislabelled else None)
    parser.buffer_text = True
    parser.ordered_attributes = True
    parser.XmlDeclHandler = writer.declaration
    parser.StartElementHandler = writer.start
    parser.EndElementHandler = writer.end
    parser.CharacterDataHandler = writer.data
    parser.CommentHandler = writer.comment
    parser.ProcessingInstructionHandler = writer.instruction
    try:
        parser.Parse(xml, True)  # noqa: FBT003 -- expat's own signature
    except (expat.ExpatError, ValueError, LookupError):
        return None
    return writer.result()


_NAME_ATTRIBUTES = ("Name", "AttributeName")
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,40}")


class _Writer:
    """Writes what expat reads. Escapes are numeric: `&amp;` would end a value in a form that is not percent-encoded."""

    def __init__(self, edit: Callable[[Spot, str], str], *, keep_label: bool) -> None:
        self._edit, self._keep_label = edit, keep_label
        self._out: list[str] = []
        self._text: list[str] = []
        self._after: list[str] = []
        self._open: list[tuple[str, str]] = []  # local names, and the SAML attribute's name

    def result(self) -> bytes:
        return "".join([*self._out, *self._after]).encode("utf-8", "replace")

    def declaration(self, version: str, label: str | None, standalone: int) -> None:
        del version, standalone
        kept = label if self._keep_label and label and _LABEL.fullmatch(label) else "UTF-8"
        self._out.append(f'<?xml version="1.0" encoding="{kept}"?>')

    def start(self, tag: str, attributes: list[str]) -> None:
        self._flush()
        local = tag.rpartition(":")[2]
        pairs = list(zip(attributes[::2], attributes[1::2], strict=True))
        named = next((v for n, v in pairs if n in _NAME_ATTRIBUTES), "") if local == "Attribute" else ""
        around = tuple(name for name, _ in self._open)
        self._open.append((local, named or (self._open[-1][1] if self._open else "")))
        written = "".join(f' {n}="{self._value(n, v, around)}"' for n, v in pairs)
        self._out.append(f"<{tag}{written}>")

    def _value(self, name: str, value: str, around: tuple[str, ...]) -> str:
        local, named = self._open[-1]
        return self._edit(Spot(local, name, around, named), value).translate(_IN_VALUE)

    def end(self, tag: str) -> None:
        self._flush()
        self._open.pop()
        self._out.append(f"</{tag}>")

    def data(self, text: str) -> None:
        self._text.append(text)

    def comment(self, text: str) -> None:
        del text
        self._after.append("<!---->")

    def instruction(self, target: str, text: str) -> None:
        del target, text
        self._after.append("<?removed?>")

    def _flush(self) -> None:
        text = "".join(self._text)
        if self._open and text:
            local, named = self._open[-1]
            spot = Spot(local, "", tuple(name for name, _ in self._open[:-1]), named)
            self._out.append((self._edit(spot, text) if text.strip() else text).translate(_IN_TEXT))
        self._out += self._after
        self._text, self._after = [], []


_IN_TEXT = {ord(c): f"&#{ord(c)};" for c in "&<>\"'\r"}
_IN_VALUE = {ord(c): f"&#{ord(c)};" for c in "&<>\"'\r\n\t"}


# --- fields ------------------------------------------------------------------------------------------------


def rewrite_field(name: str, value: str, edit: Callable[[Spot, str], str], *, deflated: bool = False) -> str:
    """A field's decoded value with its message rewritten by `edit`, in the encoding (and its flaws) of the old one."""
    found = Found(_right_name(name) or name, value, "", Binding.REDIRECT if deflated else Binding.POST)
    message = _read(0, found)
    repairs = _repairs_of(message)
    if message.state is MessageState.REDACTED:
        return "[removed]" if value.strip() else value
    xml = rewrite_xml(message.xml, edit) if message.state is not MessageState.DAMAGED else None
    if xml is None:
        return _stand_in(found, message, deflated=deflated)
    return _encoded(xml, repairs, deflated=deflated, as_xml=_is_xml(found, repairs))


def _repairs_of(message: SamlMessage) -> frozenset[Enum]:
    return frozenset(note.code for note in message.notes)


def _is_xml(found: Found, repairs: frozenset[Enum]) -> bool:
    """Whether the value was XML itself rather than base64."""
    if Repair.RAW in repairs:
        return True
    unwrapped, _ = encoding._unwrapped(found.value)  # noqa: SLF001 -- one package
    return found.name == "wresult" and encoding.is_xml_text(unwrapped)


def _encoded(xml: bytes, repairs: frozenset[Enum], *, deflated: bool, as_xml: bool) -> str:
    """The XML as a field's value with every flaw that was repaired."""
    if as_xml:
        text = xml.decode()
    else:
        packed = b"\n" + xml if Repair.LEADING in repairs else xml
        if Repair.DEFLATED in repairs or (deflated and Repair.NOT_DEFLATED not in repairs):
            packed = _deflated(packed)
        packed = b64encode(packed) if Repair.TWICE in repairs else packed
        text = b64encode(packed).decode()
    return _flawed(text, repairs)


def _flawed(text: str, repairs: frozenset[Enum]) -> str:
    for repair, flaw in _FLAWS:
        if repair in repairs:
            text = flaw(text)
    return text


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _wrapped(text: str, width: int, by: str) -> str:
    return by.join(text[i : i + width] for i in range(0, len(text), width))


def _quoted_printable(text: str) -> str:
    return text.replace("=", "=3D") if encoding.is_xml_text(text) else text[:64] + "=\n" + text[64:].replace("=", "=3D")


#: Each repair that reading tells of, and the flaw that needs it; in the opposite order of `_encoding`'s steps.
_FLAWS: tuple[tuple[Repair, Callable[[str], str]], ...] = (
    (Repair.URL_SAFE, lambda t: t.replace("+", "-").replace("/", "_")),
    (Repair.PADDING, lambda t: t.rstrip("=") if t.endswith("=") else t + "="),
    (Repair.PLUS_AS_SPACE, lambda t: t.replace("+", " ")),
    (Repair.SPACES, lambda t: _wrapped(t, 61, " ")),
    (Repair.LINES, lambda t: _wrapped(t, 76, "\n")),
    (Repair.AROUND, lambda t: "\n" + t),
    (Repair.ESCAPE, lambda t: f"\\u{ord(t[0]):04x}{t[1:]}"),
    (Repair.ENTITY, lambda t: f"&#x{ord(t[0]):x};{t[1:]}"),
    (Repair.PERCENT, lambda t: f"%{ord(t[0]):02X}{quote(t[1:], safe='')}"),
    (Repair.QUOTED_PRINTABLE, _quoted_printable),
    (Repair.QUOTES, lambda t: f'"{t}"'),
    (Repair.INVISIBLE, lambda t: "\u200b" + t),
)

# --- stand-ins ---------------------------------------------------------------------------------------------

_ROOT = '<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"'
_XML_FAULTS: dict[Enum | None, str] = {
    MessageFault.CUT_OFF: _ROOT + "><removed>",
    MessageFault.UNBOUND: "<p:Response><removed/></p:Response>",
    MessageFault.DTD: "<!DOCTYPE r>" + _ROOT + "/>",
    MessageFault.EXTERNAL: '<!DOCTYPE r SYSTEM "r">' + _ROOT + "/>",
    MessageFault.ENTITIES: '<!DOCTYPE r [<!ENTITY r "r">]>' + _ROOT + "/>",
    MessageFault.ENCODING: '<?xml version="1.0" encoding="x-removed"?>' + _ROOT + "/>",
    MessageFault.TOO_DEEP: _ROOT + ">" + "<r>" * MAX_DEPTH + "</r>" * MAX_DEPTH + "</p:Response>",
    MessageFault.TOO_MANY_ATTRIBUTES: _ROOT + "".join(f' r{i}=""' for i in range(MAX_ATTRIBUTES)) + "/>",
    MessageFault.TOO_MANY_ELEMENTS: _ROOT + ">" + "<r/>" * MAX_ELEMENTS + "</p:Response>",
}
_NOT_XML = _ROOT + "></removed>"
#: No XML, and neither short nor monotonous, which would look like a placeholder.
_NOISE = "".join(f"a message that could not be decoded stood here {i}; " for i in range(8)).encode()


def _stand_in(found: Found, message: SamlMessage, *, deflated: bool) -> str:
    """A text with the same fault (and with repairs to tell of, where there were some), and nothing of the message."""
    root = message.kind.value if message.xml and message.kind is not MessageKind.UNKNOWN else "Response"
    made = [*_faulty(message.problem, root if message.xml else "", deflated=deflated)]
    made += [_flawed(text, _repairs_of(message)) for text in made]
    wanted = _fault_of(message)
    read = [(text, _fault_of(_read(0, Found(found.name, text, "", found.binding)))) for text in made]
    same = (text for text, fault in read if fault == wanted)
    close = (text for text, fault in read if fault[::2] == wanted[::2])
    return next(same, next(close, made[0]))


def _fault_of(message: SamlMessage) -> tuple[MessageState, Enum | None, bool]:
    """The state, the fault, and whether there are notes."""
    return message.state, message.problem.code if message.problem else None, bool(message.notes)


def _faulty(problem: Sentence | None, root: str, *, deflated: bool) -> Iterator[str]:
    """Texts that may have this fault, the likeliest first; `root` is the element that the message began with, or ""."""
    head = _named(_ROOT, root)
    text = b64encode(head or _NOISE).decode()
    code = problem.code if problem else None
    if code is MessageFault.NOT_BASE64:
        yield text[:40] + "!" + text[41:]
        yield text[:40] + "!" + text[40:]
    if code is MessageFault.BASE64_CUT:
        yield text[: (len(text) - 4) // 4 * 4 + 1]
    if code is MessageFault.JOINED:
        yield b64encode(head[:40] or _NOISE[:40]).decode() * 2
    fault = _XML_FAULTS.get(code, _NOT_XML if root else "")
    made = _named(fault, root or "Response") or _NOISE
    yield b64encode(_deflated(made) if deflated and fault else made).decode()
    yield from (b64encode(made + b" " * spaces).decode().rstrip("=") for spaces in range(3))


def _named(xml: str, root: str) -> bytes:
    return xml.replace("p:Response", f"p:{root}").encode() if root else b""
