"""Characters of names: what they look like, and how they are shown safely."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from connect_saml_nb.model.text import bare

if TYPE_CHECKING:
    from connect_saml_nb.model.text import Phrase

# Unicode 14 confusables.txt (UTS #39), its Cyrillic, Greek and Latin letters that pass for one ASCII letter in ordinary
# type. That file's prototype of every I-shape is `l`; here a capital stays `I`, as in UTS #39's intentional.txt.
LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХѴԌԜӀҮ"  # Cyrillic capitals
    "аеѕіјорсухѵԁԛԝһӏү"  # Cyrillic small letters
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"  # Greek capitals
    "αγινορυ"  # Greek small letters
    "ıɑɡøØłŁđĐ",  # Latin: dotless i, alpha, script g; o, l, d with a stroke, which NFKD leaves whole
    "ABESIJKMHOPCTYXVGWIYaesijopcyxvdqwhlyABEZHIKMNOPTYXayivopuiagoOlLdD",
)
# Default_Ignorable_Code_Point characters and the blank Braille pattern: they show nothing, though no category says so.
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u2800")
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_VARIATION_SELECTORS = frozenset(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))


def _shows(character: str) -> bool:
    """Whether a character of NFKD text is more than an accent or nothing at all."""
    # Canonical combining classes 1 and from 200: overlays and accents; vowel signs of other scripts are lower.
    accent = unicodedata.combining(character)
    return not (
        accent == 1
        or accent >= 200  # noqa: PLR2004 - explained above
        or unicodedata.category(character) in _INVISIBLE_CATEGORIES
        or character in _BLANK_LETTERS
        or character in _VARIATION_SELECTORS
    )


def skeleton(text: str) -> str:
    """The name as it looks in ASCII: no accents, nothing invisible, look-alikes as the letters that they look like."""
    seen = "".join(filter(_shows, unicodedata.normalize("NFKD", text)))
    return unicodedata.normalize("NFC", seen.translate(LOOK_ALIKES).casefold())


WORDS = {" ": "a space", "\t": "a tab", "\n": "a line break", "\r": "a carriage return"}


def shown(character: str) -> Phrase:
    """A character that is safe to show anywhere: visible ASCII as it is, anything else by number and name."""
    if character in WORDS:
        return WORDS[character]
    if character.isascii() and character.isprintable():
        return bare(character)
    known = unicodedata.name(character, "control character" if unicodedata.category(character) == "Cc" else "")
    return f"U+{ord(character):04X} {known}".rstrip()
