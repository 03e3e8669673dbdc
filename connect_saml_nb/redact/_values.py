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
from connect_saml_nb.places import UUID, may_be_aws

if TYPE_CHECKING:
    from collections.abc import Callable

    from connect_saml_nb.redact._secrets import Secrets

_NESTED = 4
#: The most pairs of a query or form that are looked at; the core reads no more (`urls`, `saml`).
MOST_PAIRS = 1000
#: Headers whose value stays (as a URL or a text without secrets).
KEPT_HEADERS = frozenset(
    {
        *("date", "content-type", "content-length", "age", "expires", "last-modified", "cache-control", "vary"),
        *("user-agent", "accept-language", "upgrade-insecure-requests", "x-frame-options", "server", "via"),
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
        *("x-csrf-token", "x-xsrf-token", "x-requested-with", "x-api-key", "x-amzn-requestid", "x-amz-cf-id"),
    }
)
_CREDENTIAL = re.compile(
    r"cookie|auth|token|secret|passw|passwd|pwd|passcode|otp|csrf|xsrf|session|sid\b|credential|api-?key|signature|code",
    re.IGNORECASE,
)
#: Fields whose value stays: what the contract shows (docs/contract.md 2), and where a sign-in is to go.
_URL_FIELDS = frozenset({"relaystate", "wreply", "wtrealm", "action", "acsurl", "url"})
_ARN_FIELDS = frozenset({"roleindex"})
#: What the sign-in URL of Global Resiliency repeats of the instance and the Role attribute.
_AWS_FIELDS = frozenset({"accountid", "idp", "instanceid", "role"})
_WS_ACTION = re.compile(r"wsign(?:in|out)(?:cleanup)?1\.0")
_PLAIN_NAME = re.compile(r"[A-Za-z_$@:.-][A-Za-z0-9_$@:.\[\]-]{0,39}")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30}:)?(//[^/?#]*)?([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_OPAQUE_SCHEMES = frozenset({"data:", "blob:", "javascript:", "filesystem:", "view-source:"})
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,7}$")

_ARN = r"arn:aws[a-z-]*:[^\s\"'<>,]+"
_LINK = r"https?://[^\s\"'<>]+"
_TOKEN = r"[A-Za-z0-9_~+/=%.-]{12,}"  # noqa: S105 -- a pattern
_WORDS = re.compile(
    rf"(?P<arn>{_ARN})|(?P<link>{_LINK})|(?P<uuid>{UUID.pattern})|(?P<mail>[\w.+-]{{1,64}}@[\w.-]{{1,200}})|(?P<token>{_TOKEN})",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?<![\w.:/-])\d{6,8}(?![\w:/-]|\.\d)")
_TOLD = re.compile(r"((?:password|passcode|token|secret|code|otp|pin)\s{0,3}[:=]\s{0,3})(\S{4,})", re.IGNORECASE)
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{10,}")
_LONG = 20
_VERSION = re.compile(r"[A-Za-z-]{1,30}/[\d.]{1,30}")  # Chrome/156.0.8078.79


def looks_secret(text: str) -> bool:
    """Whether a word looks like a token: a JWT, or a long run of letters and digits mixed."""
    if _JWT.match(text):
        return True
    if len(text) < _LONG or UUID.fullmatch(text) or _VERSION.fullmatch(text):
        return False
    digits = sum(c.isdigit() for c in text)
    letters = sum(c.isalpha() for c in text)
    return digits >= 3 and letters >= 3 and not re.search(r"[a-z]{4,}[-_./][a-z]{4,}[-_./][a-z]{4,}", text)  # noqa: PLR2004 -- words do not hold three digits


class Values:
    """Decides over single values. `alias` gives a kept value its pseudonyms (or leaves it as it is).

    `edit` decides over the places of a SAML message.
    """

    def __init__(self, secrets: Secrets, alias: Callable[[str], str]) -> None:
        self.secrets, self.alias = secrets, alias
        self.edit: Callable[[saml.Spot, str], str] = lambda _, text: self.hide(text, "a message")

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
        match = _URL.fullmatch(url)
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
            self.secrets.keep(path)  # an instance's ID and the like
        named = _AWS_FIELDS if aws else frozenset()
        return self.kept(scheme + self._host(host)) + self.kept(kept) + self._query(query, depth, named)

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
        bare, semicolon, more = segment.partition(";")
        parameter = semicolon + self.hide(more, "a path's parameter") if semicolon else ""
        if semicolon:
            self._remember_fields(more, "a path's parameter")
        plain = unquote(bare)
        if plain.lower().startswith("arn:"):
            return bare + parameter
        extension = _EXTENSION.search(plain)
        stem = plain[: extension.start()] if extension else plain
        if any(looks_secret(word) for word in re.split(r"[^A-Za-z0-9_=~-]+", stem)):
            return self.hide(stem, "an opaque part of a path") + (extension[0] if extension else "") + parameter
        return bare + parameter

    def _remember_fields(self, text: str, kind: str) -> None:
        for part in text.split("&"):
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
        if not equals or self.name(plain) != plain:
            return (self.hide(name, "a query") if name else "") + equals + self.hide(value, "a query value")
        decoded = unquote_plus(value, errors="replace")
        if plain.casefold() in shown:
            new = self.shown(decoded, depth, plain)
        else:
            new = self.field(plain, decoded, depth=depth, deflated=True)
        return f"{name}={value if new == decoded else quote(new, safe='')}"

    # -- fields

    def name(self, name: str) -> str:
        """A field's name, unless it cannot be one or holds a secret."""
        plain = name.strip()
        kept = _PLAIN_NAME.fullmatch(plain) and not looks_secret(plain) and self.secrets.find(plain) is None
        return name if kept or not plain else self.hide(name, "a field's name")

    def field(self, name: str, value: str, *, depth: int = 0, deflated: bool = False) -> str:
        """A form's or query's decoded value: messages rewritten, addresses masked, the rest hidden."""
        known = name.strip().casefold()
        if saml.right_name(name):
            return saml.rewrite_field(name, value, self.edit, deflated=deflated)
        if known in _URL_FIELDS:
            return self.address(value, depth, f"the field {name[:40]}")
        if known in urls.SHOWN_QUERY_NAMES or known in _ARN_FIELDS:
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
        if re.fullmatch(r"arn:aws[\w:./-]*", text) or UUID.fullmatch(text) or text.startswith("urn:"):
            return self.kept(value)
        return self.url(value, depth + 1) if re.match(r"/(?!/)", text) else self.hide(value, kind)

    # -- texts

    def text(self, text: str) -> str:
        """A text for people: links masked, tokens and one-time codes hidden."""
        told = _TOLD.sub(lambda m: m[1] + self.hide(m[2], "a code in a text"), self.secrets.scrub(text))
        told = _CODE.sub(lambda m: self.hide(m[0], "a code in a text"), told)
        out: list[str] = []
        position = 0
        for match in _WORDS.finditer(told):
            out += [self.alias(told[position : match.start()]), self._word(match)]
            position = match.end()
        return "".join([*out, self.alias(told[position:])])

    def _word(self, match: re.Match[str]) -> str:
        if match["link"]:
            return self.url(match[0])
        hidden = match["token"] and looks_secret(match[0])
        return self.hide(match[0], "a token in a text") if hidden else self.alias(match[0])

    # -- headers

    def header(self, name: str, value: str) -> str | None:
        """A header's new value, or None where the header goes."""
        known = name.casefold()
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
