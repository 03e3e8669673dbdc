"""The difference between two names, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.matching.characters import WORDS, shown, skeleton
from connect_saml_nb.matching.index import near_step, one_edit, split
from connect_saml_nb.model.text import bare, joined, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connect_saml_nb.model.text import Phrase, Text, Value

_MOST_COMPARED = 128
_MOST_SHOWN = 64
_MOST_FACTS = 6


def _is_visible(name: str) -> bool:
    return name.isascii() and name.isprintable()


def _quoted(name: str) -> Phrase:
    """A run of text that is safe to show anywhere; one character that cannot be seen is named."""
    if len(name) == 1 and (name == " " or not _is_visible(name)):
        return shown(name)
    return text("‘{}’", _run(name))


def _run(name: str) -> Value:
    visible = "".join(c if _is_visible(c) else f"[U+{ord(c):04X}]" for c in name[:_MOST_SHOWN])
    return bare(f"{visible}{'…' if len(name) > _MOST_SHOWN else ''}")


def _place(start: int, end: int, whole: str) -> str:
    if start == 0:
        return "at the start"
    return "at the end" if end == len(whole) else f"at character {start + 1}"


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _case_fact(pairs: Sequence[tuple[int, str, str]]) -> Text:
    first = pairs[:_MOST_FACTS]
    where = _listed([str(at + 1) for at, _, _ in first])
    more = f" and {len(pairs) - len(first)} more" if len(pairs) > len(first) else ""
    what = joined(", ", (text("{}/{}", shown(a), shown(b)) for _, a, b in first))
    return text("letter case differs at character{} {}{}: {}", "s" if len(pairs) > 1 else "", where, more, what)


def _aligned_as(character: str) -> str:
    """One character to align by: what it looks like without case, or itself."""
    folded = skeleton(character)
    return folded if len(folded) == 1 else character


def _facts_of_pairs(pairs: Sequence[tuple[int, str, str]]) -> Iterator[Text]:
    cases = [pair for pair in pairs if pair[1].casefold() == pair[2].casefold()]
    if cases:
        yield _case_fact(cases)
    for at, a, b in pairs:
        if a.casefold() != b.casefold():
            kind = "" if a.isascii() else "the look-alike "
            yield text("{}{} for {} at character {}", kind, shown(a), shown(b), at + 1)


def _facts_of_text(one: str, other: str, whole: str) -> Iterator[Text]:
    """What differs between two texts, of which `one` begins `whole`."""
    from difflib import SequenceMatcher  # noqa: PLC0415 -- only for a name that is not found

    blocks = SequenceMatcher(None, [*map(_aligned_as, one)], [*map(_aligned_as, other)], autojunk=False).get_opcodes()
    aligned = [(i1 + n, j1 + n) for op, i1, i2, j1, _ in blocks if op == "equal" for n in range(i2 - i1)]
    yield from _facts_of_pairs([(i, one[i], other[j]) for i, j in aligned if one[i] != other[j]])
    for op, i1, i2, j1, j2 in blocks:
        if op != "equal":
            yield _fact_of_edit(one[i1:i2], other[j1:j2], _place(i1, i2, whole))


def _fact_of_edit(mine: str, theirs: str, place: str) -> Text:
    if not theirs:
        return text("{}{} {}", "" if mine in WORDS else "extra ", _quoted(mine), place)
    if not mine:
        return text("{} is missing {}", _quoted(theirs), place)
    return text("{} for {} {}", _quoted(mine), _quoted(theirs), place)


def _swap_fact(one: str, other: str) -> Text | None:
    """The fact where two neighbours are swapped and nothing else differs."""
    edit = one_edit(one, other)
    if len(one) != len(other) or sorted(one) != sorted(other) or not edit:
        return None
    at = 1 + next(i for i, c in enumerate(one) if c != other[i])
    return text("{} and {} are swapped at characters {} and {}", shown(edit[0]), shown(edit[1]), at, at + 1)


def _domain_fact(domain: str, other: str) -> Text:
    if domain and other:
        return text("other domain: {}, not {}", _run(domain), _run(other))
    if other:
        return text("no domain, the other has {}", _run(other))
    return text("a domain, {}, the other has none", _run(domain))


def _facts(one: str, other: str) -> Iterator[Text]:
    (local, domain), (other_local, other_domain) = split(one), split(other)
    if near_step(domain, other_domain):
        swap = _swap_fact(one, other)
        yield from [swap] if swap else _facts_of_text(one, other, one)
        return
    yield _domain_fact(domain, other_domain)
    if local != other_local:
        yield from _facts_of_text(local, other_local, one)


def _first_difference(one: str, other: str) -> Text:
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return text("they differ from character {} on, and have {} and {} characters", at + 1, len(one), len(other))


def difference(name: str, other: str) -> Text:
    """What `name` has that `other` has not, in one sentence for people, such as `a space at the end`.

    Characters are counted from 1 in `name`. Safe to show for any text: only visible ASCII appears as it is.
    """
    if name == other:
        return text("no difference")
    if max(len(name), len(other)) > _MOST_COMPARED:
        return _first_difference(name, other)
    facts = [*_facts(name, other)]
    more = f"; and {len(facts) - _MOST_FACTS} more differences" if len(facts) > _MOST_FACTS else ""
    return text("{}{}", joined("; ", facts[:_MOST_FACTS]), more)
