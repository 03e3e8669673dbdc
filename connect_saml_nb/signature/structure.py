"""Where signatures stand in a message, what they refer to, and signs of tampering. Needs the extra `verify`.

The attacks: J. Somorovsky and others, "On Breaking SAML: Be Whoever You Want to Be" (USENIX Security 2012), whose names
XSW1 to XSW8 are used here and everywhere; comments: CVE-2017-11427 and its kin.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator

DS = "{http://www.w3.org/2000/09/xmldsig#}"
_SAML = (
    "urn:oasis:names:tc:SAML:2.0:assertion",
    "urn:oasis:names:tc:SAML:2.0:protocol",
    "urn:oasis:names:tc:SAML:1.0:assertion",
    "urn:oasis:names:tc:SAML:1.0:protocol",
)
_ID_NAMES = frozenset({"ID", "Id", "id", "AssertionID", "ResponseID"})
_TRANSFORMS = frozenset(
    {
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        # Inclusive forms: SAML core 5.4.4 prefers the exclusive ones, some products use these.
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        "http://www.w3.org/2006/12/xml-c14n11",
        "http://www.w3.org/2006/12/xml-c14n11#WithComments",
    }
)
_MOST_TRICKS = 20
_MOST_EXAMINED = 50  # signatures
_SHOWN = 60

_EXTRA_SIGNATURE = "{where} holds more than one signature: only the first was looked at."
_ODD_PLACE = "A signature stands in {where}, where none belongs (signature wrapping looks like this)."
_OBJECT = "The signature of {where} carries a content of its own (ds:Object), which SAML does not use."
_NOT_PARENT = (
    "The signature of {where} signs another element ({what}), not the one that it stands in "
    "(signature wrapping looks like this)."
)
_NOTHING = "The signature of {where} refers to an ID that no element has."
_AMBIGUOUS = "The signature of {where} refers to an ID that several elements have."
_EMPTY = "The signature of {where} refers to the whole document instead of one element's ID, as SAML requires."
_OUTSIDE = "The signature of {where} refers to something outside the message, which SAML forbids."
_REFERENCES = "The signature of {where} has {count} references; SAML requires exactly one."
_TRANSFORM = "The signature of {where} transforms what it signs in a way that SAML does not allow ({algorithm})."
_COMMENT = "A comment or processing instruction stands inside the text of {where}: careless readers cut the text there."
_REPEATED = "The ID {value} stands {count} times in the message; IDs must be unique."
_SEVERAL = "The message holds {count} assertions; AWS expects one."
_NESTED = "{what} stands inside {where}, where none belongs (signature wrapping looks like this)."


@dataclass(frozen=True, slots=True, eq=False)
class SignaturePlace:
    """One signature: the element that it stands in and the way there, and what it refers to.

    `id_attribute` is the attribute that the reference names; `problem` a sentence where the signature must not be
    verified, since its result would say something else than it seems to.
    """

    where: str
    parent: etree._Element
    signature: etree._Element
    location: str
    id_attribute: str | None
    problem: str | None


def places_and_tricks(root: etree._Element) -> tuple[list[SignaturePlace], list[str]]:
    """Every signature of a document that stands first in its element, and signs of tampering in the document."""
    ids = _ids(root)
    expected = frozenset([root, *assertions_of(root)])
    places: list[SignaturePlace] = []
    tricks: list[str] = []
    for signature in islice(root.iter(f"{DS}Signature"), _MOST_EXAMINED):
        parent = signature.getparent()
        if parent is None:
            continue
        where = name_of(parent)
        if signature is not parent.find(f"{DS}Signature"):
            tricks.append(_EXTRA_SIGNATURE.format(where=where))
            continue
        if parent not in expected:
            tricks.append(_ODD_PLACE.format(where=where))
        if signature.find(f"{DS}Object") is not None:
            tricks.append(_OBJECT.format(where=where))
        place, trick = _place(parent, signature, ids)
        tricks += [trick] if trick else []
        places.append(place)
    tricks += [*_structure(root, expected), *_repeated(ids), *_comments(root)]
    return places, list(dict.fromkeys(tricks))[:_MOST_TRICKS]


# --- names and places --------------------------------------------------------------------------------------


def _local(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _is_saml(element: etree._Element, *names: str) -> bool:
    name = etree.QName(element)
    return name.localname in names and name.namespace in _SAML


def text_of(element: etree._Element) -> str:
    """All text of an element and the elements in it, without comments (lxml's `text` ends at the first one)."""
    return str(element.xpath("string()"))


def name_of(element: etree._Element) -> str:
    """An element's name as it may stand in a sentence."""
    name = _local(element)
    return f"the {name[:_SHOWN]}" if name.isprintable() else "an element"


def assertions_of(root: etree._Element) -> list[etree._Element]:
    """The assertions where the schema has them: in a Response, or in WS-Federation's tokens."""
    if _is_saml(root, "Response"):
        return [e for e in root.iterchildren("*") if _is_saml(e, "Assertion")]
    tokens = [e for e in root.iter("*") if _local(e) == "RequestedSecurityToken"]
    return [e for token in tokens for e in token.iterchildren("*") if _is_saml(e, "Assertion")]


def _location(element: etree._Element) -> str:
    """The way from the root to an element, as ElementPath."""
    steps: list[str] = []
    parent = element.getparent()
    while parent is not None:
        same = list(parent.iterchildren(element.tag))
        steps.append(f"{element.tag}[{next(i for i, e in enumerate(same, 1) if e is element)}]/")
        element, parent = parent, parent.getparent()
    return "./" + "".join(reversed(steps))


def _ids(root: etree._Element) -> dict[str, list[tuple[etree._Element, str]]]:
    """Every ID and who has it; by local name, since readers differ in whether they look at an attribute's namespace."""
    ids: dict[str, list[tuple[etree._Element, str]]] = defaultdict(list)
    for element in root.iter("*"):
        for name, value in element.attrib.items():
            local = str(name).rpartition("}")[2]
            if local in _ID_NAMES:
                ids[str(value)].append((element, local))
    return ids


# --- references --------------------------------------------------------------------------------------------


def _place(
    parent: etree._Element,
    signature: etree._Element,
    ids: dict[str, list[tuple[etree._Element, str]]],
) -> tuple[SignaturePlace, str | None]:
    where = name_of(parent)
    id_attribute, trick, blocks = _reference(parent, signature, ids)
    sentence = trick.format(where=where) if trick else None
    place = SignaturePlace(where, parent, signature, _location(parent), id_attribute, sentence if blocks else None)
    return place, sentence


def _reference(
    parent: etree._Element,
    signature: etree._Element,
    ids: dict[str, list[tuple[etree._Element, str]]],
) -> tuple[str | None, str | None, bool]:
    """The ID attribute that is meant, a sentence where the reference is odd, and whether it must not be followed."""
    references = signature.findall(f"{DS}SignedInfo/{DS}Reference")
    if len(references) != 1:
        return None, _REFERENCES.replace("{count}", str(len(references))), True
    algorithm = next((a for a in _transforms(references[0]) if a not in _TRANSFORMS), None)
    if algorithm is not None:
        return None, _TRANSFORM.replace("{algorithm}", _plain(algorithm)), True
    uri = references[0].get("URI")
    if uri == "":  # SAML wants the ID (core 5.4.2); for the outermost element both are the same
        return None, _EMPTY if parent.getparent() is not None else None, False
    if uri is None or not uri.startswith("#") or uri.startswith("#xpointer("):
        return None, _OUTSIDE, True
    holders = ids.get(uri[1:], [])
    if len(holders) != 1:
        return None, _AMBIGUOUS if holders else _NOTHING, True
    element, id_attribute = holders[0]
    trick = None if element is parent else _NOT_PARENT.replace("{what}", name_of(element).replace("{", ""))
    return id_attribute, trick, False


def _transforms(reference: etree._Element) -> Iterator[str]:
    return (t.get("Algorithm", "") for t in reference.iterfind(f"{DS}Transforms/{DS}Transform"))


def _plain(text: str) -> str:
    """A stranger's text as it may stand in a sentence, without what `format` would read."""
    return "".join(c if c.isprintable() and c not in "{}" else "?" for c in text)[:_SHOWN] or "nothing"


# --- structure ---------------------------------------------------------------------------------------------


def _structure(root: etree._Element, expected: frozenset[etree._Element]) -> Iterator[str]:
    count = sum(1 for e in expected if _is_saml(e, "Assertion"))
    if count > 1:
        yield _SEVERAL.format(count=count)
    for element in root.iter("*"):
        if _is_saml(element, "Assertion", "Response") and element not in expected:
            what = "An Assertion" if _is_saml(element, "Assertion") else "A Response"
            parent = element.getparent()
            yield _NESTED.format(what=what, where=name_of(root if parent is None else parent))


def _repeated(ids: dict[str, list[tuple[etree._Element, str]]]) -> Iterator[str]:
    for value, holders in ids.items():
        if len(holders) > 1:
            yield _REPEATED.format(value=repr(_plain(value)), count=len(holders))


def _comments(root: etree._Element) -> Iterator[str]:
    """Only inside text: between elements a comment changes nothing."""
    nodes = root.iter(etree.Comment, etree.ProcessingInstruction)
    parents = dict.fromkeys(p for node in nodes if (p := node.getparent()) is not None)
    for parent in parents:
        if next(parent.iterchildren("*"), None) is None and text_of(parent):
            yield _COMMENT.format(where=name_of(parent))
