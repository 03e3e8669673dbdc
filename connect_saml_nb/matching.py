r"""Names x users -> matches: which Connect user could be meant by a RoleSessionName, and why it is not found.

AWS compares exactly (letter case too), so EXACT is the only pass; every other step finds and explains. Each step asks
what ALONE, after taking white space out, NFKC and casefolding, makes two names equal:

* `exact`: the same text.
* `space`: equal without white space. It is taken out wherever it stands, inside too: no username can hold any.
* `case`: equal after Unicode's full casefolding as well, which knows no locale: `ß` is `ss`, the Kelvin sign is `k`,
  and Turkish `İ` and `ı` are not `i`.
* `unicode`: equal after NFKC, or without invisible characters, accents and look-alikes. Accents count because usernames
  are ASCII: of `josé`, only `jose` can exist. Digits are never look-alikes (`l` is not `1`, `O` is not `0`).
* `domain`: the same local part, another domain. `local-part`: one has a domain, the other is the local part alone.
* `tag`: equal without `+tag` in the local part (RFC 5233).
* `windows-name`: the alias in `DOMAIN\alias`, `DOMAIN/alias`, `alias#EXT#@tenant` or `alias_home.example#EXT#@tenant`
  (there also `alias@home.example`) is the other name or its local part.
* `spelling`: one character more, fewer or other, or two neighbours swapped, in local parts of 5 to 100 characters each
  under the same domain (or none), where no changed character is a digit: `agent001` is never `agent002`.

Pure: no clock, no files, no pandas.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.model.saml import NAME_ID, ROLE, ROLE_SESSION_NAME
from connect_saml_nb.model.users import AttributeMatch, Match, MatchKind, User

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from connect_saml_nb.model.saml import Assertion

# Unicode 14 confusables.txt (UTS #39), its Cyrillic, Greek and Latin letters that pass for one ASCII letter in ordinary
# type. That file's prototype of every I-shape is `l`; here a capital stays `I`, as in UTS #39's intentional.txt.
_LOOK_ALIKES = str.maketrans(
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

_LADDER = {step: place for place, step in enumerate(MatchKind)}
# RoleSessionName ends at 64 characters (AWS STS), AgentUsername at 100 (Connect API model). What is far longer is
# compared exactly only: normalising takes quadratic time on long runs of combining marks.
_LONGEST_NAME = 1000
_SPELLING_LENGTHS = range(5, 101)
_SCANS_BEFORE_INDEX = 8

# What a username may hold needs no Unicode and no alias: it is only put in small letters. Nearly every name is so.
_ORDINARY = re.compile(rf"[A-Za-z0-9_.@-]{{1,{_LONGEST_NAME}}}")
_WINDOWS_NAME = re.compile(r"[^\\/]+[\\/]+([^\\/]+)")
# Microsoft Entra guests: external-id documentation, "claims-mapping" (UPN claim behaviour for B2B users).
_GUEST_MARK = "#ext#"


_MOST_ATTRIBUTE_VALUES, _LONGEST_VALUE = 40, 128


def find_attributes(index: UserIndex, assertion: Assertion) -> tuple[AttributeMatch, ...]:
    """The users that the NameID or another attribute than RoleSessionName and Role names, exact matches first.

    One letter more or less counts in a NameID only: department names and the like are near to many a username.
    """
    found = (
        AttributeMatch(attribute, value, match)
        for attribute, value in islice(_values(assertion), _MOST_ATTRIBUTE_VALUES)
        for match in index.find(value)
        if match.step is not MatchKind.SPELLING or attribute == NAME_ID
    )
    return tuple(sorted(found, key=lambda found: _LADDER[found.match.step]))


def _values(assertion: Assertion) -> Iterator[tuple[str, str]]:
    if assertion.name_id and len(assertion.name_id) <= _LONGEST_VALUE:
        yield NAME_ID, assertion.name_id
    for attribute in assertion.attributes:
        if attribute.name not in {ROLE, ROLE_SESSION_NAME}:
            yield from ((attribute.name, value) for value in attribute.values if len(value) <= _LONGEST_VALUE)


# --- the ladder, for two names -----------------------------------------------------------------------------


class _Form(NamedTuple):
    """A name in every form that a step compares."""

    text: str
    space: str
    case: str
    skeleton: str
    plain: str
    local: str
    domain: str
    bare: str
    aliases: tuple[str, ...]


def _without_space(text: str) -> str:
    return "".join(text.split())


def _plain(text: str) -> str:
    """The base of the later steps."""
    return _without_space(unicodedata.normalize("NFKC", text).casefold())


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


def _skeleton(text: str) -> str:
    """The name as it looks in ASCII: no accents, nothing invisible, look-alikes as the letters that they look like."""
    seen = "".join(filter(_shows, unicodedata.normalize("NFKD", text)))
    return unicodedata.normalize("NFC", seen.translate(_LOOK_ALIKES).casefold())


def _split(plain: str) -> tuple[str, str]:
    """Local part and domain at the last `@`; no domain unless text stands on both sides."""
    local, _, domain = plain.rpartition("@")
    return (local, domain) if local and domain else (plain, "")


def _bare(local: str) -> str:
    """The local part without its `+tag`."""
    return local.partition("+")[0] or local


def _aliases(plain: str) -> tuple[str, ...]:
    """The names inside a Windows form, most complete first; none where it is not one."""
    guest, mark, tenant = plain.rpartition(_GUEST_MARK)
    if guest and mark and (not tenant or tenant.startswith("@")):
        local, _, home = guest.rpartition("_")
        return (f"{local}@{home}", local, guest) if local and "." in home else (guest,)
    windows = _WINDOWS_NAME.fullmatch(plain)
    return (windows[1],) if windows else ()


def _form(name: str) -> _Form:
    if _ORDINARY.fullmatch(name):
        plain = name.lower()
        local, domain = _split(plain)
        return _Form(name, name, plain, plain, plain, local, domain, local, ())
    if len(name) > _LONGEST_NAME:
        return _Form(name, name, name, name, name, name, "", name, ())
    space = _without_space(name)
    plain = _plain(space)
    local, domain = _split(plain)
    return _Form(name, space, space.casefold(), _skeleton(space), plain, local, domain, _bare(local), _aliases(plain))


def _names_the_other(one: _Form, other: _Form) -> bool:
    return any(alias in (other.plain, other.local) or alias in other.aliases for alias in one.aliases)


def _one_edit(one: str, other: str) -> str:
    """The characters that differ where exactly one edit (or swap of neighbours) makes the texts equal, else `""`."""
    if one == other or abs(len(one) - len(other)) > 1:
        return ""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    at = next((i for i, c in enumerate(shorter) if c != longer[i]), len(shorter))
    if len(longer) > len(shorter):
        return longer[at] if longer[at + 1 :] == shorter[at:] else ""
    if longer[at + 1 :] == shorter[at + 1 :]:
        return longer[at] + shorter[at]
    swapped = longer[at : at + 2] == shorter[at : at + 2][::-1] and longer[at + 2 :] == shorter[at + 2 :]
    return longer[at : at + 2] if swapped else ""


def _misspelt(one: str, other: str) -> bool:
    """Whether two local parts of fitting length differ by one edit without a digit."""
    edit = _one_edit(one, other)
    return edit != "" and not any(map(str.isdigit, edit))


def _is_spelling(one: _Form, other: _Form) -> bool:
    lengths = len(one.local) in _SPELLING_LENGTHS and len(other.local) in _SPELLING_LENGTHS
    return lengths and one.domain == other.domain and _misspelt(one.local, other.local)


def _near(one: _Form, other: _Form) -> MatchKind | None:
    """The first step before spelling that makes the two equal."""
    if one.text == other.text:
        return MatchKind.EXACT
    if one.space == other.space:
        return MatchKind.SPACE
    if one.case == other.case:
        return MatchKind.CASE
    if one.plain == other.plain or one.skeleton == other.skeleton:
        return MatchKind.UNICODE
    if one.local == other.local:
        return MatchKind.DOMAIN if one.domain and other.domain else MatchKind.LOCAL_PART
    if one.bare == other.bare and one.domain == other.domain:
        return MatchKind.TAG
    if _names_the_other(one, other) or _names_the_other(other, one):
        return MatchKind.WINDOWS_NAME
    return None


def step_between(name: str, username: str) -> MatchKind | None:
    """The first step of the ladder that alone makes the two equal, or None. It is the same both ways round."""
    one, other = _form(name), _form(username)
    return _near(one, other) or (MatchKind.SPELLING if _is_spelling(one, other) else None)


# --- the ladder, for a list of users -----------------------------------------------------------------------


def _keys(form: _Form) -> set[str]:
    """Local parts of which two names share one if any step before spelling makes them equal."""
    keys = {form.local}
    if form.bare != form.local:
        keys.add(form.bare)
    if form.skeleton != form.plain:
        keys.add(_split(form.skeleton)[0])
    if form.case != form.plain:
        keys.add(_split(form.case)[0])
    for alias in form.aliases:
        keys |= {alias, _split(alias)[0]}
    return keys


def _keys_of(name: str) -> Iterable[str]:
    """`_keys`, without making every form of an ordinary name."""
    return (_split(name.lower())[0],) if _ORDINARY.fullmatch(name) else _keys(_form(name))


def _parts_of(name: str) -> tuple[str, str]:
    """Local part and domain as the forms have them."""
    if _ORDINARY.fullmatch(name):
        return _split(name.lower())
    form = _form(name)
    return form.local, form.domain


def _deletions(local: str) -> set[str]:
    """The text without one of its characters that is no digit."""
    return {local[:i] + local[i + 1 :] for i, c in enumerate(local) if not c.isdigit()}


class _SameLength:
    """The local parts of one length under one domain; a deletion index (as SymSpell's) once it is asked often."""

    def __init__(self, length: int, users: dict[str, list[User]]) -> None:
        self._length = length
        self._users = users
        self._asked = 0

    @cached_property
    def _by_deletion(self) -> dict[str, Sequence[str]]:
        index: dict[str, Sequence[str]] = {}
        for local in self._users:
            alone = (local,)
            for rest in _deletions(local):
                known = index.setdefault(rest, alone)
                if isinstance(known, list):
                    known.append(local)
                elif known is not alone:
                    index[rest] = [*known, local]
        return index

    def misspelt(self, local: str, deletions: AbstractSet[str]) -> Iterator[User]:
        """The users whose local part is one edit away from `local`."""
        self._asked += 1
        few = self._asked <= _SCANS_BEFORE_INDEX
        for candidate in self._users if few else self._candidates(local, deletions):
            if _misspelt(local, candidate):
                yield from self._users[candidate]

    def _candidates(self, local: str, deletions: AbstractSet[str]) -> Iterable[str]:
        if self._length < len(local):
            return deletions & self._users.keys()
        if self._length > len(local):
            return self._by_deletion.get(local, ())
        index = self._by_deletion
        return {candidate for rest in deletions if rest in index for candidate in index[rest]}


class UserIndex:
    """The users of one list, ready to be found by name.

    A user listed twice (the same username and user id) counts once. What spelling needs is made when it is first used.
    """

    def __init__(self, users: Iterable[User]) -> None:
        self._users = tuple({(user.username, user.user_id): user for user in users}.values())
        self._by_local: dict[str, list[User]] = {}
        for user in self._users:
            for key in _keys_of(user.username):
                self._by_local.setdefault(key, []).append(user)

    def __len__(self) -> int:
        return len(self._users)

    def find(self, name: str, *, spelling: bool = True) -> tuple[Match, ...]:
        """Every user that could be meant, each with its step, ordered by the ladder and then by username.

        Spelling is tried only where no earlier step finds any user, and not at all with `spelling=False`.
        """
        form = _form(name)
        found = self._find_near(form)
        if not found and spelling:
            found = [Match(MatchKind.SPELLING, user) for user in self._find_misspelt(form)]
        if len(found) > 1:
            found.sort(key=lambda match: (_LADDER[match.step], match.user.username, match.user.user_id))
        return tuple(found)

    def case_variants(self, name: str) -> tuple[User, ...]:
        """The users equal to `name` except for letter case, the exact one too, ordered by username."""
        folded = name.casefold()
        case_variants = (user for user in self._sharing_a_key(_form(name)) if user.username.casefold() == folded)
        return tuple(sorted(case_variants, key=_by_username))

    def duplicates(self) -> tuple[tuple[User, ...], ...]:
        """Groups of two or more users that are equal except for letter case, each ordered by username."""
        return self._duplicates

    @cached_property
    def _duplicates(self) -> tuple[tuple[User, ...], ...]:
        groups: dict[str, list[User]] = {}
        for user in self._users:
            groups.setdefault(user.username.casefold(), []).append(user)
        return tuple(tuple(sorted(groups[key], key=_by_username)) for key in sorted(groups) if len(groups[key]) > 1)

    def _sharing_a_key(self, form: _Form) -> Iterable[User]:
        keys = _keys(form)
        if len(keys) == 1:
            return self._by_local.get(form.local, ())
        shared = (user for key in keys for user in self._by_local.get(key, ()))
        return {id(user): user for user in shared}.values()

    def _find_near(self, form: _Form) -> list[Match]:
        found = []
        for user in self._sharing_a_key(form):
            step = MatchKind.EXACT if user.username == form.text else _near(form, _form(user.username))
            if step:
                found.append(Match(step, user))
        return found

    @cached_property
    def _by_length(self) -> dict[tuple[str, int], _SameLength]:
        places: dict[tuple[str, int], dict[str, list[User]]] = {}
        for user in self._users:
            local, domain = _parts_of(user.username)
            if len(local) in _SPELLING_LENGTHS:
                places.setdefault((domain, len(local)), {}).setdefault(local, []).append(user)
        return {place: _SameLength(place[1], users) for place, users in places.items()}

    def _find_misspelt(self, form: _Form) -> Iterator[User]:
        if len(form.local) not in _SPELLING_LENGTHS:
            return
        deletions = _deletions(form.local)
        for length in range(len(form.local) - 1, len(form.local) + 2):
            if place := self._by_length.get((form.domain, length)):
                yield from place.misspelt(form.local, deletions)


def _by_username(user: User) -> tuple[str, str]:
    return (user.username, user.user_id)


def find_all(
    names: Iterable[str], users: Iterable[User] | UserIndex, *, spelling: bool = True
) -> Iterator[tuple[str, tuple[Match, ...]]]:
    """Each different name once, in the order of its first appearance, with what `UserIndex.find` gives for it."""
    index = users if isinstance(users, UserIndex) else UserIndex(users)
    seen: set[str] = set()
    for name in names:
        if name not in seen:
            seen.add(name)
            yield name, index.find(name, spelling=spelling)


# --- what a name may hold ----------------------------------------------------------------------------------

# AWS STS API reference, AssumeRoleWithSAML and AssumedRoleUser: RoleSessionName, [\w+=,.@-]* from 2 to 64 characters.
_STS_NAME = re.compile(r"[a-zA-Z_0-9+=,.@-]{2,64}")
# Amazon Connect API reference, CreateUser, Username: up to 64 of [a-zA-Z0-9_-.\@]+ with SAML, `@` only in email format
# ("Incorrect: testuser@example"). A backslash, if `\@` means one, is refused by STS.
_NOT_IN_BOTH = re.compile(r"[^A-Za-z0-9_.@-]")
_EMAIL = re.compile(r"[^@]+@[^@.]+(\.[^@.]+)+")
_SHORTEST, _LONGEST = 2, 64


def passes_sts(name: str) -> bool:
    """Whether AWS STS accepts `name` as a RoleSessionName: 2 to 64 of A-Z a-z 0-9 _ + = , . @ - and nothing else."""
    return _STS_NAME.fullmatch(name) is not None


def impossible_reason(name: str) -> str | None:
    """Why `name` can never be both a RoleSessionName and a Connect username, by AWS's documented patterns, or None."""
    if not _SHORTEST <= len(name) <= _LONGEST:
        return f"A Connect user's name for SAML has {_SHORTEST} to {_LONGEST} characters; this one has {len(name)}."
    if bad := _NOT_IN_BOTH.search(name):
        return (
            "A Connect user's name for SAML holds only letters A-Z and a-z, digits, and _ . @ -; "
            f"this one has {_shown(bad[0])} at character {bad.start() + 1}."
        )
    if "@" in name and not _EMAIL.fullmatch(name):
        return (
            "A Connect user's name may hold @ only as an email address with a dotted domain, "
            f"such as user@example.com; {name} is not one."
        )
    return None


# --- the difference, for people ----------------------------------------------------------------------------

_WORDS = {" ": "a space", "\t": "a tab", "\n": "a line break", "\r": "a carriage return"}
_MOST_COMPARED = 128
_MOST_SHOWN = 64
_MOST_FACTS = 6


def _shown(character: str) -> str:
    """A character that is safe to show anywhere: visible ASCII as it is, anything else by number and name."""
    if character in _WORDS:
        return _WORDS[character]
    if character.isascii() and character.isprintable():
        return character
    known = unicodedata.name(character, "control character" if unicodedata.category(character) == "Cc" else "")
    return f"U+{ord(character):04X} {known}".rstrip()


def _quoted(text: str) -> str:
    """A run of text that is safe to show anywhere; one character that cannot be seen is named."""
    if len(text) == 1 and not (text.isascii() and text.isprintable() and text != " "):
        return _shown(text)
    return f"‘{_run(text)}’"


def _run(text: str) -> str:
    visible = "".join(c if c.isascii() and c.isprintable() else f"[U+{ord(c):04X}]" for c in text[:_MOST_SHOWN])
    return f"{visible}{'…' if len(text) > _MOST_SHOWN else ''}"


def _place(start: int, end: int, whole: str) -> str:
    if start == 0:
        return "at the start"
    return "at the end" if end == len(whole) else f"at character {start + 1}"


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _case_fact(pairs: Sequence[tuple[int, str, str]]) -> str:
    shown = pairs[:_MOST_FACTS]
    where = _listed([str(at + 1) for at, _, _ in shown])
    more = f" and {len(pairs) - len(shown)} more" if len(pairs) > len(shown) else ""
    what = ", ".join(f"{_shown(a)}/{_shown(b)}" for _, a, b in shown)
    return f"letter case differs at character{'s' if len(pairs) > 1 else ''} {where}{more}: {what}"


def _seen_as(character: str) -> str:
    """One character to align by: what it looks like without case, or itself."""
    skeleton = _skeleton(character)
    return skeleton if len(skeleton) == 1 else character


def _facts_of_pairs(pairs: Sequence[tuple[int, str, str]]) -> Iterator[str]:
    cases = [pair for pair in pairs if pair[1].casefold() == pair[2].casefold()]
    if cases:
        yield _case_fact(cases)
    for at, a, b in pairs:
        if a.casefold() != b.casefold():
            kind = "" if a.isascii() else "the look-alike "
            yield f"{kind}{_shown(a)} for {_shown(b)} at character {at + 1}"


def _facts_of_text(one: str, other: str, whole: str) -> Iterator[str]:
    """What differs between two texts, of which `one` begins `whole`."""
    blocks = SequenceMatcher(None, [*map(_seen_as, one)], [*map(_seen_as, other)], autojunk=False).get_opcodes()
    aligned = [(i1 + n, j1 + n) for op, i1, i2, j1, _ in blocks if op == "equal" for n in range(i2 - i1)]
    yield from _facts_of_pairs([(i, one[i], other[j]) for i, j in aligned if one[i] != other[j]])
    for op, i1, i2, j1, j2 in blocks:
        if op != "equal":
            yield _fact_of_edit(one[i1:i2], other[j1:j2], _place(i1, i2, whole))


def _fact_of_edit(mine: str, theirs: str, place: str) -> str:
    if not theirs:
        return f"{'' if mine in _WORDS else 'extra '}{_quoted(mine)} {place}"
    if not mine:
        return f"{_quoted(theirs)} is missing {place}"
    return f"{_quoted(mine)} for {_quoted(theirs)} {place}"


def _swap_fact(one: str, other: str) -> str:
    """The fact where two neighbours are swapped and nothing else differs, else `""`."""
    edit = _one_edit(one, other)
    if len(one) != len(other) or sorted(one) != sorted(other) or not edit:
        return ""
    at = next(i for i, c in enumerate(one) if c != other[i])
    return f"{_shown(edit[0])} and {_shown(edit[1])} are swapped at characters {at + 1} and {at + 2}"


def _domain_fact(domain: str, other: str) -> str:
    if domain and other:
        return f"other domain: {_run(domain)}, not {_run(other)}"
    return f"no domain, the other has {_run(other)}" if other else f"a domain, {_run(domain)}, the other has none"


def _facts(one: str, other: str) -> Iterator[str]:
    (local, domain), (other_local, other_domain) = _split(one), _split(other)
    if _near(_form(domain), _form(other_domain)):
        swap = _swap_fact(one, other)
        yield from [swap] if swap else _facts_of_text(one, other, one)
        return
    yield _domain_fact(domain, other_domain)
    if local != other_local:
        yield from _facts_of_text(local, other_local, one)


def _first_difference(one: str, other: str) -> str:
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"they differ from character {at + 1} on, and have {len(one)} and {len(other)} characters"


def difference(name: str, other: str) -> str:
    """What `name` has that `other` has not, in one sentence for people, such as `a space at the end`.

    Characters are counted from 1 in `name`. Safe to show for any text: only visible ASCII appears as it is.
    """
    if name == other:
        return "no difference"
    if max(len(name), len(other)) > _MOST_COMPARED:
        return _first_difference(name, other)
    facts = [*_facts(name, other)]
    more = f"; and {len(facts) - _MOST_FACTS} more differences" if len(facts) > _MOST_FACTS else ""
    return "; ".join(facts[:_MOST_FACTS]) + more
