"""The known texts of AWS, Connect and identity providers, found in pages as they really are.

Texts are AWS's own (IAM user guide `troubleshoot_saml`, Connect administrator guide `troubleshoot-saml` and
`integrate-idp`) or were seen in public reports; pages may be localised or rendered by script, so a text is a bonus and
its absence says nothing.
"""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb import urls
from connect_saml_nb.idp.errors import error_codes
from connect_saml_nb.model.account import Denier
from connect_saml_nb.model.signin import AwsMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_BODY = 1_000_000
_LONGEST_TEXT = 500


class KnownMessage(NamedTuple):
    """A known text: what it says, the sentence as shown (secrets masked), and an identity provider's code or `""`."""

    said: AwsMessage
    text: str
    code: str = ""


_TEXTS: tuple[tuple[AwsMessage, re.Pattern[str]], ...] = tuple(
    (said, re.compile(pattern))
    for said, pattern in (
        (AwsMessage.NOT_ONBOARDED, r"has not been onboarded to this application|usernotonboardedexception"),
        # The documents' Japanese edition of the same text.
        (AwsMessage.NOT_ONBOARDED, r"このアプリケーションには登録されていません"),
        (AwsMessage.FEDERATION_DENIED, r"access denied[.,]? ?please contact your aws account administrator"),
        (AwsMessage.FEDERATION_DENIED, r"not authorized to perform:? ?connect:getfederationtoken"),
        (AwsMessage.INVALID_RESPONSE, r"your request included an invalid saml response"),
        (AwsMessage.NAME_REQUIRED, r"rolesessionname is required in authnresponse"),
        (AwsMessage.NAME_INVALID, r"rolesessionname in authnresponse must match"),
        (AwsMessage.NOT_AUTHORIZED, r"not authorized to perform:? ?sts:assumerolewithsaml"),
        (AwsMessage.SOURCE_IDENTITY, r"source ?identity must match"),
        (AwsMessage.SIGNATURE, r"response signature (?:is )?invalid"),
        (AwsMessage.ISSUER, r"issuer not present in specified provider"),
        (AwsMessage.AUDIENCE, r"response does not contain the required audience"),
        (AwsMessage.PROVIDER, r"specified provider doesn't exist|authsamlmanifestnotfoundexception"),
        (AwsMessage.DURATION, r"requested durationseconds exceeds (?:the )?maxsessionduration"),
        (AwsMessage.EXPIRED, r"token must be redeemed within 5 minutes|response has expired|expiredtokenexception"),
        (AwsMessage.ROLE_NOT_IN_RESPONSE, r"doesn't contain the requested role and metadata"),
        # AWS's own spelling is "SubjectConfirmatonData".
        (AwsMessage.RECIPIENT, r"must contain subjectconfirmati?ondata with a recipient"),
        (AwsMessage.DAMAGED, r"invalid base64 samlresponse"),
        (AwsMessage.DESTINATION, r"authnresponse received with invalid destination"),
        (AwsMessage.TAGS, r"packedpolicytoolarge"),
        (AwsMessage.IDP_REJECTED, r"idprejectedclaim"),
        (AwsMessage.REGION_DISABLED, r"regiondisabledexception|sts is not activated in the requested region"),
        (AwsMessage.POLICY_MALFORMED, r"malformedpolicydocument"),
        (AwsMessage.BAD_REQUEST, r"bad request\. the request was not valid and could not be processed"),
        (AwsMessage.SESSION_EXPIRED, r"your session has expired\. please log ?in again|\bsession expired\b"),
    )
)
_REPLICA = re.compile(r"\bresourcenotfoundexception\b")


#: How IAM ends its message (IAM user guide, "Troubleshoot access denied error messages"); the first that fits counts.
_DENIERS = (
    (Denier.ORGANIZATION, re.compile(r"(?:explicit deny in|because no) (?:an? )?(?:service|resource) control polic")),
    (Denier.BOUNDARY, re.compile(r"(?:explicit deny in|because no) (?:an? )?permissions boundar")),
    (Denier.STATEMENT, re.compile(r"explicit deny")),
)


def denier(text: str) -> Denier | None:
    """What denied an action, as IAM's own message tells; None where it says nothing or only that nothing allows it."""
    folded = _fold(text)
    return next((kind for kind, words in _DENIERS if words.search(folded)), None)


def find_answer(body: str, *, global_endpoint: bool = False) -> KnownMessage | None:
    """Find the known text that an AWS-side page or JSON body shows, or None.

    What a person sees comes first; a page's scripts count only where nothing is seen. Several kinds of text in one
    place are a message catalogue or a help page, no answer. `ResourceNotFoundException` counts on the
    `global_endpoint` only.
    """
    for text, general in _texts(body[:_LONGEST_BODY]):
        found = _specific(_find(text, global_endpoint=global_endpoint), general)
        if found:
            return found[0] if len({a.said for a in found}) == 1 else None
    return None


#: What AWS says beside a more specific text.
_GENERAL = frozenset({AwsMessage.INVALID_RESPONSE, AwsMessage.SESSION_EXPIRED, AwsMessage.BAD_REQUEST})
#: Connect's script and data hold the text of an ended session beside others in their message catalogues.
_GENERAL_IN_DATA = _GENERAL - {AwsMessage.SESSION_EXPIRED}


def _specific(found: list[KnownMessage], general: frozenset[AwsMessage]) -> list[KnownMessage]:
    return [a for a in found if a.said not in general] or found


def _find(text: str, *, global_endpoint: bool) -> list[KnownMessage]:
    folded = _fold(text)
    found = [(said, m) for said, pattern in _TEXTS if (m := pattern.search(folded))]
    if global_endpoint and not found and (m := _REPLICA.search(folded)):
        found = [(AwsMessage.NOT_FOUND_IN_REPLICA, m)]
    return [KnownMessage(said, _sentence(text, m)) for said, m in found]


def _fold(text: str) -> str:
    """Lower-case with plain quotes, character for character (so that positions stay)."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a capital İ becomes two characters
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    return lowered.replace("\n", " ").replace("’", "'").replace("\u00a0", " ")


def _sentence(text: str, match: re.Match[str]) -> str:
    start = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end())
    line = text[start : end if end >= 0 else None].strip()
    if len(line) > _LONGEST_TEXT:
        line = text[match.start() : match.start() + _LONGEST_TEXT]
    return shown_text(line)


_LINK = re.compile(r"https?://[^\s\"'<>]+")
_RUN = re.compile(r"[A-Za-z0-9+/_=%-]{48,}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


def shown_text(text: str) -> str:
    """Text of a page, fit to be shown: links and long opaque runs masked, control characters gone, clipped."""
    plain = _SPACES.sub(" ", _CONTROL.sub(" ", text[: 4 * _LONGEST_TEXT]))
    masked = _LINK.sub(lambda m: urls.mask(m[0]) or "", plain)
    masked = _RUN.sub(urls.HIDDEN, masked)
    return masked if len(masked) <= _LONGEST_TEXT else masked[:_LONGEST_TEXT] + urls.HIDDEN


_MARKUP = re.compile(
    r"<(?:(?P<comment>!--)|(?P<hidden>script|style|template|noscript)\b[^<>]*>|(?P<tag>[/!?]?[a-z][^<>]*)>)",
    re.IGNORECASE,
)
_BLOCK = re.compile(
    r"/?(?:p|div|h[1-6]|li|ul|ol|td|tr|table|form|body|head|title|section|article|label|pre|br)\b", re.IGNORECASE
)
_SPACES = re.compile(r"[^\S\n]+")


def _texts(page: str) -> tuple[tuple[str, frozenset[AwsMessage]], ...]:
    """What a body says, what a person sees first; with each text what is general in it."""
    if page.lstrip("\ufeff \t\r\n")[:1] in {"{", "["}:
        return ((_json_text(page), _GENERAL_IN_DATA),)
    seen, scripts = _split_page(page)
    return (seen, _GENERAL), (scripts, _GENERAL_IN_DATA)


def visible_text(page: str) -> str:
    """The text that a person sees in an HTML page (or the strings of a JSON body), one block a line."""
    return _texts(page)[0][0]


def _split_page(page: str) -> tuple[str, str]:
    """What a person sees, and what the scripts hold; each character is looked at a bounded number of times."""
    seen: list[str] = []
    scripts: list[str] = []
    position = 0
    while markup := _MARKUP.search(page, position):
        seen.append(page[position : markup.start()])
        position = markup.end()
        if markup["comment"]:
            position = _after(page, "-->", position)
        elif hidden := markup["hidden"]:
            seen.append("\n")
            start, position = position, _after(page, f"</{hidden}", position)
            if hidden.lower() == "script":
                scripts.append(page[start:position])
        elif _BLOCK.match(markup["tag"]):
            seen.append("\n")
    seen.append(page[position:])
    script = "\n".join(scripts).replace("\\n", "\n").replace('\\"', '"')
    return _tidy(html.unescape("".join(seen))), _tidy(html.unescape(script))


def _after(page: str, closing: str, position: int) -> int:
    """Where `closing` (any letter case) ends, or the end of the page."""
    found = re.compile(re.escape(closing), re.IGNORECASE).search(page, position)
    return found.end() if found else len(page)


def _tidy(text: str) -> str:
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _json_text(page: str) -> str:
    try:
        value = json.loads(page)
    except (ValueError, RecursionError):
        return _tidy(page)
    strings: list[str] = []
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            strings.append(item)
        elif isinstance(item, dict):
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)
    return _tidy("\n".join(reversed(strings)))


# --- identity providers ------------------------------------------------------------------------------------

_ENTRA = re.compile(r"\bAADSTS(\d{4,8})\b[:.]?[^\"<\\\n]{0,300}")
#: The same in the JSON of Entra's error answers, where the description is missing or in another language.
_ENTRA_JSON = re.compile(r"\"error_codes\"\s{0,9}:\s{0,9}\[([\d,\s]{4,200})\]")


def _entra_codes(page: str) -> Iterator[tuple[str, str]]:
    """Each code of Entra's in a page with the sentence that holds it."""
    yield from ((m[1], m[0]) for m in _ENTRA.finditer(page))
    lists = (m[1] for m in _ENTRA_JSON.finditer(page))
    yield from ((code, f"AADSTS{code}") for codes in lists for code in re.findall(r"\d{4,8}", codes))


def find_refusal(body: str) -> KnownMessage | None:
    """Find an identity provider's own refusal in a page, with its code (`AADSTS50105`, `Okta`, …), or None."""
    page = body[:_LONGEST_BODY]
    for code, sentence in _entra_codes(page):
        if code not in error_codes().interrupts:
            return KnownMessage(AwsMessage.IDP_REJECTED, shown_text(html.unescape(sentence)), f"AADSTS{code}")
    text = visible_text(page)
    for pattern, known in error_codes().texts:
        if m := pattern.search(text):
            return KnownMessage(AwsMessage.IDP_REJECTED, _sentence(text, m), known.code)
    return None


def find_interrupt(body: str) -> KnownMessage | None:
    """Find what Entra waits for in a page (a step of a normal sign-in, no refusal), with its code, or None."""
    interrupts = error_codes().interrupts
    codes = (code for code, _ in _entra_codes(body[:_LONGEST_BODY]) if code in interrupts)
    code = next(codes, None)
    return KnownMessage(AwsMessage.IDP_REJECTED, interrupts[code], f"AADSTS{code}") if code else None
