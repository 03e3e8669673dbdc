"""What may stay and what is hidden, value by value: an allow-list, so that what nobody thought of is hidden.

KINDS OF SECRETS, and how each is found:

* cookies, Authorization and every header that is not in `KEPT_HEADERS`: by the header's name
* query values, form fields and JSON strings that are not in `SHOWN`: by not being there
* fragments, user information, `;name=value` parts and opaque parts of a path: by their place in a URL
* signatures, digests, encrypted data, keys: by their element (`_saml`)
* tokens and one-time codes in texts that people see: by their form (`looks_secret`, `_CODE`)
* all of these once more wherever they stand in what is kept: by their value (`_secrets`)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, unquote_plus

from connect_saml_nb import saml, urls
from connect_saml_nb.aws.urls import UUID, may_be_aws
from connect_saml_nb.saml.rewrite import Spot, rewrite_field

if TYPE_CHECKING:
    from collections.abc import Callable

    from connect_saml_nb.redact.secrets import Secrets

_NESTED = 4
#: The most pairs of a query or form that are looked at; the core reads no more (`urls`, `saml`).
MOST_PAIRS = 1000
#: Headers whose value stays (as a URL or a text without secrets).
KEPT_HEADERS = frozenset(
    {
        *("date", "content-type", "content-length", "age", "expires", "last-modified", "cache-control", "vary"),
        *("user-agent", "accept-language", "upgrade-insecure-requests", "x-frame-options"),
        *("sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site", "sec-fetch-user", "sec-purpose"),
        *("sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "strict-transport-security", "x-amzn-errortype"),
    }
)
URL_HEADERS = frozenset({"location", "referer", "origin", "content-location", ":path", "host", ":authority"})
#: Headers that are named, so that a reader sees that they were there.
NAMED_HEADERS = frozenset(
    {
        *("cookie", "set-cookie", "authorization", "proxy-authorization", "www-authenticate", "etag", "accept"),
        *("accept-encoding", "content-encoding", "content-security-policy", "x-amz-security-token", "x-amz-date"),
        *("server", "via", "x-csrf-token", "x-xsrf-token", "x-requested-with", "x-api-key"),
        *("x-amzn-requestid", "x-amz-cf-id"),
    }
)
_CREDENTIAL = re.compile(
    r"cookie|auth|token|secret|passw|passwd|pwd|passcode|otp|csrf|xsrf|session|sid\b|credential|api-?key|signature|code",
    re.IGNORECASE,
)
#: Fields whose value stays: what the contract shows (docs/contract.md 2), and where a sign-in is to go.
_URL_FIELDS = frozenset({"relaystate", "wreply", "wtrealm", "action", "acsurl", "url"})
_ARN_FIELDS = frozenset({"roleindex"})
#: What a shown field may hold where it is posted: forms call many things `role` or `destination`.
_PLACE_LIKE = re.compile(r"\s*(?:https?://|/|arn:|urn:|[a-z]{2,4}(?:-[a-z]+)+-\d\s*$).*", re.DOTALL)
#: What the sign-in URL of Global Resiliency repeats of the instance and the Role attribute.
_AWS_FIELDS = frozenset({"accountid", "idp", "instanceid", "role"})
_WS_ACTION = re.compile(r"wsign(?:in|out)(?:cleanup)?1\.0")
_PLAIN_NAME = re.compile(r"[A-Za-z_$@:.-][A-Za-z0-9_$@:.\[\]-]{0,39}")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30}:)?(//[^/?#]*)?([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_OPAQUE_SCHEMES = frozenset({"data:", "blob:", "javascript:", "filesystem:", "view-source:"})
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,7}$")
#: A path's part up to what is a parameter, a query or a whole URL in it, percent-encoded or not.
_PARAMETER = re.compile(r"(.*?)((?:%(?:25)*(?:3b|3d|3f|23|3a%(?:25)*2f)|[;=])+)(.*)", re.IGNORECASE | re.DOTALL)
_PASSWORD = re.compile(r"^[^:@]*:[^@]*@")
_SHORT_NAME = re.compile(r"[A-Za-z_]{1,8}")

_ARN = r"arn:aws[a-z-]*:[^\s\"'<>,]+"
_LINK = r"https?://[^\s\"'<>]+"
_TOKEN = r"[A-Za-z0-9_~+/=%.-]{12,}"  # noqa: S105 -- a pattern
_WORDS = re.compile(
    rf"(?P<arn>{_ARN})|(?P<link>{_LINK})|(?P<uuid>{UUID.pattern})|(?P<mail>[\w.+-]{{1,64}}@[\w.-]{{1,200}})|(?P<token>{_TOKEN})",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?<![\w.:/-])\d{6,8}(?![\w:/-]|\.\d)")
_TOLD = re.compile(
    r"((?:password|passcode|token|secret|code|otp|pin)(?:\s{0,3}[:=]\s{0,3}|\s{1,3}is:?\s{1,3}(?=\S*\d)))(\S{4,})",
    re.IGNORECASE,
)
#: A JSON web token, and the IDs of AWS's access keys (IAM user guide, `reference_identifiers`).
_TOKEN_START = re.compile(r"eyJ[A-Za-z0-9_-]{10,}|(?:AKIA|ASIA)[A-Z2-7]{12,}")
_LONG = 20
_SHORT = 10
_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_BASE32_OR_HEX = re.compile(r"(?=[A-Z]*\d)[A-Z2-7]{16,}|[0-9a-f]{16,}|[0-9A-F]{16,}")
_NO_VOWEL = re.compile(r"[^AEIOUYaeiouy\d]{2,}")
_VERSION = re.compile(r"[A-Za-z-]{1,30}/[\d.]{1,30}")  # Chrome/156.0.8078.79


def looks_secret(text: str) -> bool:
    """Whether a word looks like a token: a known kind, or letters and digits mixed as no word is."""
    if _TOKEN_START.match(text):
        return True
    bare = UUID.sub("", text)
    if _VERSION.fullmatch(text) or len(bare) < _SHORT:
        return False
    return _is_mixed(bare) or any(map(_is_jumbled, re.findall(r"[A-Za-z0-9]{10,}", bare)))


def _is_mixed(text: str) -> bool:
    digits = sum(c.isdigit() for c in text)
    letters = sum(c.isalpha() for c in text)
    words = re.search(r"[a-z]{4,}[-_./][a-z]{4,}[-_./][a-z]{4,}", text)
    return len(text) >= _LONG and digits >= 3 and letters >= 3 and not words  # noqa: PLR2004 -- words do not hold three digits


def _is_jumbled(run: str) -> bool:
    """Whether letter case and digits change too often for words: `oneTwoThree4` has 3 characters to a piece."""
    if sum(c.isalpha() for c in run) < 2:  # noqa: PLR2004 -- a number with a unit
        return False
    pieces = _PIECES.findall(run)
    unspeakable = sum(_NO_VOWEL.fullmatch(piece) is not None for piece in pieces)
    return len(run) < (4 if unspeakable > 1 else 3) * len(pieces) or _BASE32_OR_HEX.fullmatch(run) is not None


def _unquoted(text: str) -> str:
    for _ in range(_NESTED if "%" in text else 0):
        text = unquote(text)
    return text


class Values:
    """Decides over single values. `alias` gives a kept value its pseudonyms (or leaves it as it is).

    `edit` decides over the places of a SAML message.
    """

    def __init__(self, secrets: Secrets, alias: Callable[[str], str]) -> None:
        self.secrets, self.alias = secrets, alias
        self.edit: Callable[[Spot, str], str] = lambda _, text: self.hide(text, "a message")

    def hide(self, value: str, kind: str) -> str:
        """A mark in the value's place; its decoded form is remembered as well."""
        credential = _CREDENTIAL.search(kind) is not None
        decoded = unquote_plus(value, errors="replace") if "%" in value or "+" in value else value
        if decoded != value:
            self.secrets.mark(decoded, kind, credential=credential)
        return self.secrets.mark(value, kind, credential=credential)

    def kept(self, text: str) -> str:
        """A value that stays: without the secrets that stand elsewhere too, under its pseudonyms."""
        return self.alias(self.secrets.scrub(text))

    # -- URLs

    def url(self, url: str, depth: int = 0) -> str:
        """A URL with its scheme, host and path; query values only where they are shown, no fragment."""
        match = _URL.fullmatch(url.strip())
        if match is None or depth > _NESTED:
            return self.hide(url, "a URL")
        scheme, host, path, query, fragment = (part or "" for part in match.groups())
        if scheme.lower() in _OPAQUE_SCHEMES:
            return scheme + self.hide(path + query, "a data URL")
        if fragment:
            self._remember_fields(fragment[1:], "a URL's fragment")
        kept = self._path(path) if host or not scheme or scheme.lower() in {"http:", "https:"} else self._odd(path)
        aws = may_be_aws(scheme + host)
        if aws:
            self.secrets.keep(kept)  # an instance's ID and the like
        named = _AWS_FIELDS if aws else frozenset()
        return self.kept(scheme + self._host(host)) + self._kept_path(kept) + self._query(query, depth, named)

    def _kept_path(self, path: str) -> str:
        return "/".join(map(self.alias, self.secrets.scrub(path).split("/")))

    def _host(self, host: str) -> str:
        person, at, bare = host.rpartition("@")
        if at:
            self.hide(person.removeprefix("//"), "a URL's password")
            bare = "//" + bare
        self.secrets.keep(urls.split("https:" + bare).host)
        return bare

    def _odd(self, text: str) -> str:
        """What follows a scheme that is no web address: `urn:amazon:webservices` stays, `about:blank` too."""
        return self.text(text)

    def _path(self, path: str) -> str:
        return "/".join(self._segment(s) for s in path.split("/"))

    def _segment(self, segment: str) -> str:
        plain = _unquoted(segment)
        if plain.lower().startswith("arn:"):
            return segment
        match = _PARAMETER.match(segment)
        bare, mark, more = match.groups() if match else (segment, "", "")
        parameter = mark + self.hide(more, "a path's parameter") if more else mark
        self._remember_fields(_unquoted(more), "a path's parameter")
        stem, extension = self._stem(_unquoted(bare))
        if _PASSWORD.search(stem) or any(looks_secret(word) for word in re.split(r"[^A-Za-z0-9_=~-]+", stem)):
            return self.hide(stem, "an opaque part of a path") + extension + parameter
        return bare + parameter

    @staticmethod
    def _stem(part: str) -> tuple[str, str]:
        found = _EXTENSION.search(part)
        return (part[: found.start()], found[0]) if found else (part, "")

    def _remember_fields(self, text: str, kind: str) -> None:
        for part in re.split("[&;?#]", text):
            name, equals, value = part.partition("=")
            self.hide(value if equals else name, kind)

    def _query(self, query: str, depth: int, shown: frozenset[str] = frozenset()) -> str:
        if not query:
            return ""
        pieces = query[1:].split("&", MOST_PAIRS)
        rest = [self.hide(pieces.pop(), "the rest of a long query")] if len(pieces) > MOST_PAIRS else []
        return "?" + "&".join([*(self._pair(*piece.partition("="), depth, shown) for piece in pieces), *rest])

    def _pair(self, name: str, equals: str, value: str, depth: int, shown: frozenset[str]) -> str:
        plain = unquote_plus(name)
        if not equals or self.name(plain, value) != plain:
            return (self.hide(name, "a query") if name else "") + equals + self.hide(value, "a query value")
        decoded = unquote_plus(value, errors="replace")
        if plain.casefold() in shown:
            new = self.shown(decoded, depth, plain)
        else:
            new = self.field(plain, decoded, depth=depth, deflated=True)
        return f"{name}={value if new == decoded else quote(new, safe='')}"

    # -- fields

    def name(self, name: str, value: str = "1") -> str:
        """A field's name, unless it cannot be one or holds a secret; without a value it may be the secret itself."""
        plain = name.strip()
        known = plain.casefold()
        if not plain or saml.right_name(plain) or known in _URL_FIELDS | _ARN_FIELDS | urls.SHOWN_QUERY_NAMES:
            return name
        is_word = _PLAIN_NAME.fullmatch(plain) and not looks_secret(plain) and self.alias(plain) == plain
        is_name = is_word and self.secrets.find(plain) is None
        return (
            name
            if is_name and (value.strip("= ") or _SHORT_NAME.fullmatch(plain))
            else self.hide(name, "a field's name")
        )

    def field(self, name: str, value: str, *, depth: int = 0, deflated: bool = False) -> str:
        """A form's or query's decoded value: messages rewritten, addresses masked, the rest hidden."""
        known = name.strip().casefold()
        if saml.right_name(name):
            return rewrite_field(name, value, self.edit, deflated=deflated)
        if known in _URL_FIELDS:
            return self.address(value, depth, f"the field {name[:40]}")
        if known in urls.SHOWN_QUERY_NAMES | _ARN_FIELDS and (deflated or _PLACE_LIKE.fullmatch(value)):
            return self.shown(value, depth, name)
        if known == "wa" and _WS_ACTION.fullmatch(value):
            return value
        return self.hide(value, f"the field {name[:40] if not looks_secret(name) else '?'}")

    def shown(self, value: str, depth: int, name: str) -> str:
        """A value that the contract shows, unless it looks like a token."""
        if "://" in value or value.startswith("/"):
            return self.address(value, depth, name) if "://" in value else self._relative(value, depth)
        if any(looks_secret(word) for word in re.split(r"[^A-Za-z0-9_=~+-]+", value)):
            return self.kept(value) if value.startswith("arn:") else self.hide(value, f"the field {name[:40]}")
        self.secrets.keep(value)
        return self.kept(value)

    def _relative(self, value: str, depth: int) -> str:
        """AWS's documents also write `destination=/ccp-v2&new_domain=true`."""
        base, ampersand, rest = value.partition("&")
        self.secrets.keep(quote(base.partition("?")[0], safe=""))
        return self.url(base, depth + 1) + (ampersand + self._query("?" + rest, depth + 1)[1:] if ampersand else "")

    def address(self, value: str, depth: int, kind: str) -> str:
        """A relay state or the like: an address without its secrets; anything else is hidden."""
        text = value.strip()
        if re.match(r"https?(?:://|%3a)", text, re.IGNORECASE):
            if "://" in text:
                lead = value[: len(value) - len(value.lstrip())]
                return lead + self.url(text, depth + 1) + value[len(value.rstrip()) :]
            plain = unquote(text)
            return quote(self.url(plain, depth + 1), safe="") if "://" in plain else self.hide(value, kind)
        instance = UUID.fullmatch(text) and kind.casefold().endswith("relaystate")
        if re.fullmatch(r"arn:aws[\w:./-]*", text) or instance or text.startswith("urn:"):
            return self.kept(value)
        return self.url(value, depth + 1) if re.match(r"/(?!/)", text) else self.hide(value, kind)

    # -- texts

    def text(self, text: str) -> str:
        """A text for people: links masked, tokens and one-time codes hidden."""
        told = _TOLD.sub(lambda m: m[1] + self._told(m[2]), self.secrets.scrub(text))
        told = _CODE.sub(lambda m: self.hide(m[0], "a code in a text"), told)
        out: list[str] = []
        position = 0
        for match in _WORDS.finditer(told):
            out += [self.alias(told[position : match.start()]), self._word(match)]
            position = match.end()
        return "".join([*out, self.alias(told[position:])])

    def _told(self, value: str) -> str:
        return self.hide(value, "a code in a text" if any(map(str.isdigit, value)) else "a word in a text")

    def _word(self, match: re.Match[str]) -> str:
        if match["link"]:
            return self.url(match[0])
        hidden = match["token"] and looks_secret(match[0])
        return self.hide(match[0], "a token in a text") if hidden else self.alias(match[0])

    # -- headers

    def header(self, name: str, value: str) -> str | None:
        """A header's new value, or None where the header goes."""
        known = name.casefold()
        if known in {"host", ":authority"}:
            return self.url("//" + value).removeprefix("//")
        if known in URL_HEADERS:
            return self.url(value)
        if known in KEPT_HEADERS:
            return self.text(value)
        self._remember_header(known, value)
        return "removed" if known in NAMED_HEADERS else None

    def _remember_header(self, name: str, value: str) -> None:
        if name in {"cookie", "set-cookie"}:
            for pair in re.split(r"[;\n]", value):
                self.hide(pair.partition("=")[2].strip(), "a cookie")
        elif name.endswith("authorization"):
            self.hide(value.partition(" ")[2].strip() or value, "an Authorization header")
        elif _CREDENTIAL.search(name) or looks_secret(value):
            self.hide(value, f"the header {name[:40]}")
