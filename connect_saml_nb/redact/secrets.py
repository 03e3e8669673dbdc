"""What was taken out: each secret once, what stands in its place, and how to find it again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: The fewest characters of a secret that is looked for; shorter ones stand in ordinary words by chance.
LEAST = 8
#: The most characters of a secret's start that are kept to find it; tokens differ within their first hundreds.
_KEPT = 512
_LONE_WORD = re.compile(r"[A-Za-z]+|[a-z]+(?:[-_ .][a-z]+)*")
_NO_SECRET = re.compile(
    r"https?://.*|arn:.*|urn:.*|[a-z]+/[a-z0-9.+-]+(?:;.*)?|[a-z]{2,4}(?:-[a-z]+)+-\d|(?:[\w-]+\.)+[a-z]{2,}|[\d.:,TZ+-]+",
    re.IGNORECASE,
)
_MARK = re.compile(r"removed(?:-\d{1,9})?")
_FEW = 16
#: From so many secrets on, one walk over the text is quicker than a search for each.
_MANY = 200


class Secrets:
    """The values that were hidden. Equal values get equal marks, so that what belonged together still does."""

    def __init__(self) -> None:
        self._marks: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        self._starts: dict[str, list[str]] = {}
        self._kept: set[str] = set()
        self._settled = False

    def __len__(self) -> int:
        return len(self._kinds)

    def mark(self, value: str, kind: str, *, credential: bool = False) -> str:
        """What stands in place of a value; `kind` says in a word or two what it was."""
        if not value.strip() or _MARK.fullmatch(value):
            return value
        if credential or _is_telling(value):
            self._remember(value, kind)
        return self._marks.setdefault(value, f"removed-{len(self._marks) + 1}")

    def keep(self, text: str) -> None:
        """Say that a text stays on purpose: what stands in it is no secret, whatever else holds it too."""
        self._kept.add(text[:8192])

    def _remember(self, value: str, kind: str) -> None:
        start = value[:_KEPT]
        if self._settled or len(start) < LEAST or start in self._kinds:
            return
        self._kinds[start] = kind
        self._starts.setdefault(start[:LEAST], []).append(start)

    def settle(self) -> None:
        """Forget the secrets that also stand where values are kept on purpose (a username as a login field)."""
        folded = self._folded()
        for text in self._kept:
            for secret in self._found(text.casefold(), folded):
                self._kinds.pop(secret, None)
        self._settled = True
        self._starts = {}
        for secret in self._kinds:
            self._starts.setdefault(secret[:LEAST], []).append(secret)

    def _folded(self) -> dict[str, list[tuple[str, str]]]:
        folded: dict[str, list[tuple[str, str]]] = {}
        for secret in self._kinds:
            low = secret.casefold()
            folded.setdefault(low[:LEAST], []).append((low, secret))
        return folded

    @staticmethod
    def _found(text: str, starts: dict[str, list[tuple[str, str]]]) -> Iterator[str]:
        for position in range(len(text) - LEAST + 1):
            for low, secret in starts.get(text[position : position + LEAST], ()):
                if text.startswith(low, position):
                    yield secret

    def find(self, text: str) -> str | None:
        """The kind of a secret that stands in a text; None where none does."""
        if len(self._kinds) < _MANY:
            return next((kind for secret, kind in self._kinds.items() if secret in text), None)
        if self._starts.keys().isdisjoint(_windows(text)):
            return None
        at = (self._longest_at(text, position) for position in range(len(text) - LEAST + 1))
        return next((self._kinds[secret] for secret in at if secret), None)

    def scrub(self, text: str) -> str:
        """The text with every secret in it replaced by its mark."""
        if self.find(text) is None:
            return text
        out: list[str] = []
        position = 0
        while position < len(text):
            secret = self._longest_at(text, position)
            out.append(self._marks.get(secret, "removed") if secret else text[position])
            position += len(secret) or 1
        return "".join(out)

    def _longest_at(self, text: str, position: int) -> str:
        candidates = self._starts.get(text[position : position + LEAST], ())
        return max((s for s in candidates if text.startswith(s, position)), key=len, default="")

    def kinds(self) -> Iterable[str]:
        """What kinds of secrets were found."""
        return sorted(set(self._kinds.values()))


def _windows(text: str) -> Iterator[str]:
    """Every run of `LEAST` characters."""
    return map("".join, zip(*(text[i:] for i in range(LEAST)), strict=False))


#: The start of an XML message in base64: other messages start so, too.
_MESSAGE = re.compile(r"P[A-P][A-Za-z0-9+/%]{98}")
_BETWEEN_WORDS = re.compile(r"[^A-Za-z0-9_~-]+")


def _is_telling(value: str) -> bool:
    """Whether a hidden value is particular enough to be looked for: no word, path, address, media type or time."""
    start = value[:_KEPT]
    if len(value) < LEAST or any(c.isspace() for c in start) or _NO_SECRET.fullmatch(start) or _MESSAGE.match(start):
        return False
    words = _BETWEEN_WORDS.split(unquote(start))
    return any(len(w) >= _FEW or (len(w) >= LEAST and _LONE_WORD.fullmatch(w) is None) for w in words)
