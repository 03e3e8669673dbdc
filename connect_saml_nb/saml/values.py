"""From a parsed document to a Response and its assertions: SAML 2.0, 1.1, and the tokens inside WS-Federation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connect_saml_nb.model.saml import Assertion, Attribute, MessageKind, Response, SubjectConfirmation
from connect_saml_nb.model.sentence import Sentence
from connect_saml_nb.saml.sentences import Note
from connect_saml_nb.saml.times import read_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from xml.etree.ElementTree import Element

    from connect_saml_nb.saml.safe_xml import Document

_SAML_1 = frozenset({"urn:oasis:names:tc:SAML:1.0:assertion", "urn:oasis:names:tc:SAML:1.0:protocol"})
_SAML_2 = frozenset({"urn:oasis:names:tc:SAML:2.0:assertion", "urn:oasis:names:tc:SAML:2.0:protocol"})
_SAML = _SAML_1 | _SAML_2
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_ID_NAMES = ("ID", "AssertionID", "ResponseID", "Id")
_ENCRYPTED = frozenset({"EncryptedAssertion", "EncryptedData"})
_KINDS = {
    "Response": MessageKind.RESPONSE,
    "AuthnRequest": MessageKind.AUTHN_REQUEST,
    "LogoutRequest": MessageKind.LOGOUT_REQUEST,
    "LogoutResponse": MessageKind.LOGOUT_RESPONSE,
    "Assertion": MessageKind.RESPONSE,
    "EncryptedAssertion": MessageKind.RESPONSE,
}
_TOKEN_RESPONSES = frozenset({"RequestSecurityTokenResponse", "RequestSecurityTokenResponseCollection"})
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Content:
    """What a document says. `encrypted` is the number of encrypted assertions in it."""

    kind: MessageKind
    response: Response | None
    assertions: tuple[Assertion, ...]
    encrypted: int
    notes: tuple[Sentence, ...]


# --- elements ----------------------------------------------------------------------------------------------


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _namespace(element: Element) -> str:
    return element.tag.rpartition("}")[0].removeprefix("{")


def _children(element: Element | None, *names: str) -> list[Element]:
    """The SAML children with one of these names, whatever their prefix."""
    if element is None:
        return []
    return [child for child in element if _local(child) in names and _namespace(child) in _SAML]


def _first(element: Element | None, *names: str) -> Element | None:
    return next(iter(_children(element, *names)), None)


def _shown(name: str) -> str:
    return repr(name if len(name) <= _SHOWN else name[:_SHOWN] + "…")


# --- documents ---------------------------------------------------------------------------------------------


def kind_of(name: str) -> MessageKind:
    """The kind of message whose root element has this local name."""
    if name in _TOKEN_RESPONSES:
        return MessageKind.WS_FEDERATION
    return _KINDS.get(name, MessageKind.UNKNOWN)


def read_content(document: Document) -> Content:
    """Everything that the document says. Never raises."""
    root = document.root
    kind = kind_of(_local(root))
    if kind is MessageKind.UNKNOWN or (kind is not MessageKind.WS_FEDERATION and _namespace(root) not in _SAML):
        return Content(MessageKind.UNKNOWN, None, (), 0, (*_repairs(document), _foreign(root)))
    notes = [*_repairs(document)]
    plain, encrypted = _assertion_elements(root, kind)
    response = _response(document, root, notes) if _local(root) in {"Response", "LogoutResponse"} else None
    assertions = tuple(_assertion(document, element) for element in plain)
    notes += _misplaced(root, {*plain, *encrypted})
    notes += _repeated_ids(root)
    return Content(kind, response, assertions, len(encrypted), tuple(notes))


def _repairs(document: Document) -> Iterator[Sentence]:
    return map(Sentence, document.repairs)


def _foreign(root: Element) -> Sentence:
    namespace = _namespace(root)
    where = f"in the namespace {_shown(namespace)}" if namespace else "without a namespace"
    return Sentence(Note.NOT_SAML, (f"{_shown(_local(root))} {where}",))


def _assertion_elements(root: Element, kind: MessageKind) -> tuple[list[Element], list[Element]]:
    """The assertions, plain and encrypted, that stand where the message's schema has them."""
    if _local(root) in {"Assertion", "EncryptedAssertion"}:
        return ([root], []) if _local(root) == "Assertion" else ([], [root])
    if kind is MessageKind.RESPONSE:
        return _children(root, "Assertion"), _children(root, "EncryptedAssertion")
    if kind is MessageKind.WS_FEDERATION:
        tokens = [child for token in _tokens(root) for child in token]
        encrypted = [e for e in tokens if _local(e) in _ENCRYPTED]
        return [e for e in tokens if _local(e) == "Assertion" and _namespace(e) in _SAML], encrypted
    return [], []


def _tokens(root: Element) -> Iterator[Element]:
    """Every RequestedSecurityToken, in whichever WS-Trust version's namespace."""
    answers = [root] if _local(root) == "RequestSecurityTokenResponse" else list(root)
    return (e for answer in answers for e in answer if _local(e) == "RequestedSecurityToken")


def _misplaced(root: Element, known: set[Element]) -> list[Sentence]:
    """Assertions elsewhere in the document: what a signature-wrapping attack looks like."""
    found = [e for e in root.iter() if _local(e) in {"Assertion", "EncryptedAssertion"} and _namespace(e) in _SAML]
    if all(e in known for e in found):
        return []
    parents = {child: parent for parent in root.iter() for child in parent}
    return [Sentence(Note.MISPLACED, (_local(e), _shown(_local(parents[e])))) for e in found if e not in known][:10]


def _repeated_ids(root: Element) -> list[Sentence]:
    ids = Counter(value for e in root.iter() for name in _ID_NAMES if (value := e.get(name)))
    return [Sentence(Note.REPEATED_ID, (_shown(value), count)) for value, count in ids.items() if count > 1][:10]


# --- the Response ------------------------------------------------------------------------------------------


def _response(document: Document, root: Element, notes: list[Sentence]) -> Response:
    status = _first(root, "Status")
    return Response(
        id=root.get("ID") or root.get("ResponseID") or "",
        issuer=_text(document, _first(root, "Issuer"), "Issuer of the Response", notes),
        destination=root.get("Destination", root.get("Recipient")),
        in_response_to=root.get("InResponseTo"),
        issued=_time(root, "IssueInstant", "Response", notes),
        status=tuple(_status_codes(status)),
        status_message=_text(document, _first(status, "StatusMessage"), "StatusMessage", notes),
    )


def _status_codes(status: Element | None) -> Iterator[str]:
    code = _first(status, "StatusCode")
    while code is not None:
        yield code.get("Value", "")
        code = _first(code, "StatusCode")


# --- assertions --------------------------------------------------------------------------------------------


def _assertion(document: Document, element: Element) -> Assertion:
    return _assertion_1(document, element) if _namespace(element) in _SAML_1 else _assertion_2(document, element)


def _assertion_2(document: Document, element: Element) -> Assertion:
    notes: list[Sentence] = []
    subject = _only(element, "Subject", notes)
    name_id = _only(subject, "NameID", notes)
    conditions = _only(element, "Conditions", notes)
    if _first(subject, "EncryptedID") is not None:
        notes.append(Sentence(Note.ENCRYPTED_NAME_ID))
    return Assertion(
        id=element.get("ID", ""),
        version=element.get("Version", ""),
        issuer=_text(document, _only(element, "Issuer", notes), "Issuer", notes),
        name_id=_text(document, name_id, "NameID", notes),
        name_id_format=None if name_id is None else name_id.get("Format"),
        issued=_time(element, "IssueInstant", "Assertion", notes),
        not_before=_time(conditions, "NotBefore", "Conditions", notes),
        not_on_or_after=_time(conditions, "NotOnOrAfter", "Conditions", notes),
        audiences=_audiences(document, _children(conditions, "AudienceRestriction"), notes),
        confirmations=tuple(_confirmation_2(c, notes) for c in _children(subject, "SubjectConfirmation")),
        session_not_on_or_after=_session_end(element, notes),
        attributes=_attributes(document, element, notes),
        notes=tuple(notes),
    )


def _assertion_1(document: Document, element: Element) -> Assertion:
    """SAML 1.1: each statement has its own Subject, which must be the same (SAML core 1.1, section 2.4)."""
    notes: list[Sentence] = []
    subjects = [s for statement in element for s in _children(statement, "Subject")]
    name_id = next((n for s in subjects for n in _children(s, "NameIdentifier")), None)
    conditions = _only(element, "Conditions", notes)
    return Assertion(
        id=element.get("AssertionID", ""),
        version=f"{element.get('MajorVersion', '')}.{element.get('MinorVersion', '')}".strip("."),
        issuer=element.get("Issuer"),
        name_id=_text(document, name_id, "NameIdentifier", notes),
        name_id_format=None if name_id is None else name_id.get("Format"),
        issued=_time(element, "IssueInstant", "Assertion", notes),
        not_before=_time(conditions, "NotBefore", "Conditions", notes),
        not_on_or_after=_time(conditions, "NotOnOrAfter", "Conditions", notes),
        audiences=_audiences(document, _children(conditions, "AudienceRestrictionCondition"), notes),
        confirmations=_confirmations_1(document, subjects, notes),
        session_not_on_or_after=None,
        attributes=_attributes(document, element, notes),
        notes=tuple(notes),
    )


def _only(element: Element | None, name: str, notes: list[Sentence]) -> Element | None:
    """The first child with this name, and a note where there are several."""
    found = _children(element, name)
    if len(found) > 1:
        notes.append(Sentence(Note.SEVERAL, (len(found), name)))
    return found[0] if found else None


def _audiences(document: Document, restrictions: list[Element], notes: list[Sentence]) -> tuple[str, ...]:
    audiences = [audience for restriction in restrictions for audience in _children(restriction, "Audience")]
    return tuple(_text(document, audience, "Audience", notes) or "" for audience in audiences)


def _confirmation_2(element: Element, notes: list[Sentence]) -> SubjectConfirmation:
    data = _only(element, "SubjectConfirmationData", notes)
    return SubjectConfirmation(
        method=element.get("Method", ""),
        recipient=None if data is None else data.get("Recipient"),
        not_before=_time(data, "NotBefore", "SubjectConfirmationData", notes),
        not_on_or_after=_time(data, "NotOnOrAfter", "SubjectConfirmationData", notes),
    )


def _confirmations_1(
    document: Document, subjects: list[Element], notes: list[Sentence]
) -> tuple[SubjectConfirmation, ...]:
    """SAML 1.1 names methods only; statements repeat the same Subject, so each method is given once."""
    elements = [m for s in subjects for c in _children(s, "SubjectConfirmation") for m in c]
    methods = [_text(document, m, "ConfirmationMethod", notes) or "" for m in elements if _is_method(m)]
    return tuple(SubjectConfirmation(method, None, None, None) for method in dict.fromkeys(methods))


def _is_method(element: Element) -> bool:
    return _local(element) == "ConfirmationMethod"


def _session_end(element: Element, notes: list[Sentence]) -> datetime | None:
    statements = _children(element, "AuthnStatement")
    times = (_time(statement, "SessionNotOnOrAfter", "AuthnStatement", notes) for statement in statements)
    return next((time for time in times if time is not None), None)


def _time(element: Element | None, name: str, where: str, notes: list[Sentence]) -> datetime | None:
    text = None if element is None else element.get(name)
    if text is None:
        return None
    time, note = read_time(text, f"{name} of the {where}")
    if note:
        notes.append(note)
    return time


# --- attributes --------------------------------------------------------------------------------------------


def _attributes(document: Document, assertion: Element, notes: list[Sentence]) -> tuple[Attribute, ...]:
    statements = _children(assertion, "AttributeStatement")
    attributes = tuple(_attribute(document, a, notes) for s in statements for a in _children(s, "Attribute"))
    encrypted = sum(len(_children(s, "EncryptedAttribute")) for s in statements)
    if encrypted:
        notes.append(Sentence(Note.ENCRYPTED_ATTRIBUTES, (encrypted,)))
    counts = Counter(a.name for a in attributes)
    repeated = [Sentence(Note.REPEATED_ATTRIBUTE, (_shown(name), count)) for name, count in counts.items() if count > 1]
    notes += repeated[:10]
    return attributes


def _attribute(document: Document, element: Element, notes: list[Sentence]) -> Attribute:
    name, name_format = _attribute_name(element)
    if not name:
        notes.append(Sentence(Note.NAMELESS_ATTRIBUTE))
    values = _children(element, "AttributeValue")
    return Attribute(
        name=name,
        values=tuple(_value(document, v, name, notes) for v in values),
        friendly_name=element.get("FriendlyName", ""),
        name_format=name_format,
    )


def _attribute_name(element: Element) -> tuple[str, str]:
    """Name and format. SAML 1.1 splits a claim's URI into namespace and name (as WS-Federation's claims are made)."""
    if _namespace(element) in _SAML_2:
        return element.get("Name", ""), element.get("NameFormat", "")
    name = element.get("AttributeName", "")
    namespace = element.get("AttributeNamespace", "")
    if not namespace or not name or ":" in name.partition("/")[0].replace("PrincipalTag:", ""):
        return name, namespace
    return f"{namespace.removesuffix('/')}/{name}", ""


def _value(document: Document, element: Element, name: str, notes: list[Sentence]) -> str:
    if element.get(_NIL) in {"true", "1"}:
        notes.append(Sentence(Note.NIL_VALUE, (_shown(name),)))
    if len(element):
        notes.append(Sentence(Note.ELEMENTS_IN_VALUE, (_shown(name),)))
    return _text(document, element, f"A value of the attribute {_shown(name)}", notes) or ""


def _text(document: Document, element: Element | None, where: str, notes: list[Sentence]) -> str | None:
    """The whole text. Comments split text in careless readers (CVE-2017-11427 and its kin): told, and left out."""
    if element is None:
        return None
    if not document.interrupted.isdisjoint(element.iter()):
        notes.append(Sentence(Note.COMMENT, (where,)))
    return document.text(element)
