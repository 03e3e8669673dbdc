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
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.matching.characters import skeleton
from connect_saml_nb.model.saml import NAME_ID, ROLE, ROLE_SESSION_NAME
from connect_saml_nb.model.users import AttributeMatch, Match, MatchKind, User

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from connect_saml_nb.model.saml import Assertion

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


def split(plain: str) -> tuple[str, str]:
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
        local, domain = split(plain)
        return _Form(name, name, plain, plain, plain, local, domain, local, ())
    if len(name) > _LONGEST_NAME:
        return _Form(name, name, name, name, name, name, "", name, ())
    space = _without_space(name)
    plain = _plain(space)
    local, domain = split(plain)
    return _Form(name, space, space.casefold(), skeleton(space), plain, local, domain, _bare(local), _aliases(plain))


def _names_the_other(one: _Form, other: _Form) -> bool:
    return any(alias in (other.plain, other.local) or alias in other.aliases for alias in one.aliases)


def one_edit(one: str, other: str) -> str:
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
    edit = one_edit(one, other)
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


def near_step(name: str, username: str) -> MatchKind | None:
    """The first step before `spelling` that makes the two equal, or None."""
    return _near(_form(name), _form(username))


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
        keys.add(split(form.skeleton)[0])
    if form.case != form.plain:
        keys.add(split(form.case)[0])
    for alias in form.aliases:
        keys |= {alias, split(alias)[0]}
    return keys


def _keys_of(name: str) -> Iterable[str]:
    """`_keys`, without making every form of an ordinary name."""
    return (split(name.lower())[0],) if _ORDINARY.fullmatch(name) else _keys(_form(name))


def _parts_of(name: str) -> tuple[str, str]:
    """Local part and domain as the forms have them."""
    if _ORDINARY.fullmatch(name):
        return split(name.lower())
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
            found.sort(key=lambda match: (_LADDER[match.kind], match.user.username, match.user.user_id))
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


_MOST_ATTRIBUTE_VALUES, _LONGEST_VALUE = 40, 128


def find_attributes(index: UserIndex, assertion: Assertion) -> tuple[AttributeMatch, ...]:
    """The users that the NameID or another attribute than RoleSessionName and Role names, exact matches first.

    One letter more or less counts in a NameID only: department names and the like are near to many a username.
    """
    found = (
        AttributeMatch(attribute, value, match)
        for attribute, value in islice(_values(assertion), _MOST_ATTRIBUTE_VALUES)
        for match in index.find(value)
        if match.kind is not MatchKind.SPELLING or attribute == NAME_ID
    )
    return tuple(sorted(found, key=lambda found: _LADDER[found.match.kind]))


def _values(assertion: Assertion) -> Iterator[tuple[str, str]]:
    if assertion.name_id and len(assertion.name_id) <= _LONGEST_VALUE:
        yield NAME_ID, assertion.name_id
    for attribute in assertion.attributes:
        if attribute.name not in {ROLE, ROLE_SESSION_NAME}:
            yield from ((attribute.name, value) for value in attribute.values if len(value) <= _LONGEST_VALUE)
