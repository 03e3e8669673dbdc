"""URLs from strangers: split without raising, and shown without their secrets."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlsplit

#: Query values that may be shown (docs/contract.md, "JSON"). Everything else becomes `…`.
SHOWN_QUERY_NAMES = frozenset({"destination", "new_domain", "region", "instanceid", "role", "idp", "spentityid"})
HIDDEN = "…"
_LONGEST = 4096
_NESTED_DEPTH = 3


class Url(NamedTuple):
    """A split URL. `host` is lower-case without port; every part is `""` where it is absent."""

    scheme: str
    host: str
    path: str
    query: str
    origin: str

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """The query's names and decoded values, in order."""
        return _parameters(self.query)

    def parameter(self, name: str) -> str | None:
        """The first decoded value of query parameter `name` (letter case ignored), or None."""
        wanted = name.casefold()
        return next((v for n, v in self.parameters if n.casefold() == wanted), None)


@lru_cache(maxsize=4096)
def split(url: str) -> Url:
    """Split any text as a URL; what cannot be split has an empty scheme and host."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").rstrip(".")
        origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""
    except ValueError:  # for example a bad IPv6 host
        return Url("", "", "", "", "")
    return Url(parts.scheme.lower(), host.lower(), parts.path, parts.query, origin)


@lru_cache(maxsize=1024)
def _parameters(query: str) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(parse_qsl(query, keep_blank_values=True, max_num_fields=1000))
    except ValueError:  # more than 1000 fields
        return ()


def mask(url: str | None) -> str | None:
    """The URL with scheme, host, path and query names; values only of `SHOWN_QUERY_NAMES`.

    Fragments and user information are dropped, nested URLs follow the same rule, and text that is no URL
    shows nothing but that it is there. What stands without a value may be one itself: only a short word is a name.
    """
    return None if url is None else _mask(url, 0)


#: A value that may be a URL of its own. AWS's documents also write `destination=%2Fccp-v2%26new_domain=true`.
_NESTED = re.compile(r"[?#&]|://")


def _mask(url: str, depth: int) -> str:
    if not url:
        return ""
    if depth > _NESTED_DEPTH:
        return HIDDEN
    parts = split(url)
    if parts.scheme in {"http", "https"} and parts.origin:
        base = parts.origin + without_parameters(parts.path)
    elif not parts.scheme and not parts.host and url.startswith("/"):
        base = without_parameters(parts.path)
    else:
        return HIDDEN
    shown = "&".join(_masked_parameter(n, v, depth) for n, v in parts.parameters)
    if parts.query and not shown:
        shown = HIDDEN
    return _clip(f"{base}?{shown}" if shown else base)


_PARAMETER = re.compile(r"(;|=|%(?:25)*3[bdf])[^/]+", re.IGNORECASE)


def without_parameters(path: str) -> str:
    """The path without the values in it: servlets keep a session's ID behind `;`, others write whole URLs there."""
    return _PARAMETER.sub(rf"\1{HIDDEN}", path)


_WORD = re.compile(r"[A-Za-z_]{1,8}")


def _masked_parameter(name: str, value: str, depth: int) -> str:
    is_known = name.casefold() in SHOWN_QUERY_NAMES
    if not (is_known or value.strip("=") or _WORD.fullmatch(name)):
        return HIDDEN
    if not is_known:
        return f"{name}={HIDDEN}"
    if _NESTED.search(value):
        value = _mask(value.replace("&", "?", 1) if "?" not in value else value, depth + 1)
    shown = quote(_clip(value), safe="/:,").replace(quote(HIDDEN), HIDDEN)
    return f"{name}={shown}"


def _clip(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + HIDDEN


def unquoted(text: str) -> str:
    """Percent-decoding that leaves `+` alone and never raises."""
    return unquote(text, errors="replace")
