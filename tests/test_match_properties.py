"""The match ladder against a slow, obvious reference, and against any text."""

from __future__ import annotations

import itertools
import unicodedata
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connect_saml_nb.matching import UserIndex, difference, find_all, impossible_reason, passes_sts, step_between
from connect_saml_nb.model.users import MatchKind, User

pytestmark = pytest.mark.slow

LADDER = list(MatchKind)
STS_ALPHABET = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@-")

# --- names that are often near each other ------------------------------------------------------------------

LOCALS = st.one_of(
    st.sampled_from(["janedoe", "jane.doe", "Jane.Doe", "agent01", "agent001", "ann", "strasse", "josef", "it_home.a"]),
    st.text("aAb1.", min_size=1, max_size=7),
)
DOMAINS = st.sampled_from(["", "", "@a.example", "@A.example", "@b.example", "@", "@@a"])
TAGS = st.sampled_from(["", "", "", "+x", "+"])
FRAMES = st.sampled_from(
    ["{}", "{}", "{}", "CORP\\{}", "corp/{}", "{}#EXT#@t.example", "{}_a.example#ext#@t.example", "{}#EXT#"]
)
NOISE = "abZ1 .@+\\_é\u0430\u0410\u00a0\u200b\u0301ßſİıKＡ"


def edited(name: str, at: int, cut: int, noise: str) -> str:
    """`name` with `cut` characters at `at` replaced by `noise`."""
    at %= len(name) + 1
    return name[:at] + noise + name[at + cut :]


def swapped(name: str, at: int) -> str:
    """`name` with two neighbours swapped."""
    at %= len(name) + 1
    return name[:at] + name[at : at + 2][::-1] + name[at + 2 :]


PLAIN_NAMES = st.builds(
    lambda frame, local, tag, domain: frame.format(local + tag + domain), FRAMES, LOCALS, TAGS, DOMAINS
)
NAMES = st.one_of(
    PLAIN_NAMES,
    st.builds(edited, PLAIN_NAMES, st.integers(0, 30), st.integers(0, 1), st.text(NOISE, max_size=1)),
    st.builds(swapped, PLAIN_NAMES, st.integers(0, 30)),
)
ANY_TEXT = st.text(st.characters(), max_size=30)


def user(name: str, user_id: str) -> User:
    """A user of that name and ID."""
    return User(name, user_id)


USER_LISTS = st.lists(st.builds(user, NAMES, st.sampled_from(["", "1", "2"])), max_size=12)

# --- the reference: each step as its sentence says ---------------------------------------------------------

LOOK_ALIKES = {"\u0430": "a", "\u0410": "A", "ı": "i"}


def spaceless(name: str) -> str:
    """The name without any white space."""
    return "".join(c for c in name if not c.isspace())


def base(name: str) -> str:
    """What the later steps compare: no white space, NFKC, casefolded, until nothing changes."""
    for _ in range(3):
        name = spaceless(unicodedata.normalize("NFKC", name).casefold())
    return name


def look(name: str) -> str:
    """The name as it looks: no accents, nothing invisible, look-alikes folded."""
    seen = [c for c in unicodedata.normalize("NFKD", spaceless(name)) if unicodedata.category(c) not in ("Mn", "Cf")]
    return "".join(LOOK_ALIKES.get(c, c) for c in seen).casefold()


def split(name: str) -> tuple[str, str]:
    """Local part and domain."""
    if "@" in name[1:-1]:
        at = name.rindex("@")
        if 0 < at < len(name) - 1:
            return name[:at], name[at + 1 :]
    return name, ""


def without_tag(name: str) -> str:
    """The name without `+tag`."""
    local, domain = split(name)
    kept = local.split("+")[0] or local
    return f"{kept}@{domain}" if domain else kept


def inner_names(name: str) -> set[str]:
    """The names inside a Windows form."""
    if name.endswith("#ext#") or "#ext#@" in name:
        alias = name[: name.rindex("#ext#")]
        local, _, home = alias.rpartition("_")
        names = {alias, local, f"{local}@{home}"} if local and "." in home else {alias}
        return names - {""}
    parts = [part for part in name.replace("/", "\\").split("\\") if part]
    return {parts[1]} if len(parts) == 2 and name[0] not in "\\/" and name[-1] not in "\\/" else set()


def distance(one: str, other: str) -> int:
    """Optimal string alignment: the textbook table of insertions, deletions, substitutions and neighbour swaps."""
    table = [[i + j for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            steps = [table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (one[i - 1] != other[j - 1])]
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 2 : j][::-1]:
                steps.append(table[i - 2][j - 2] + 1)
            table[i][j] = min(steps)
    return table[-1][-1]


def digits_touched(one: str, other: str) -> bool:
    """Whether what is left after the common start and end of the two holds a digit."""
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return any(c.isdigit() for c in one + other)


def spelt_alike(a: str, b: str) -> bool:
    """One edit, long enough, same domain, no digit."""
    (local, domain), (other, other_domain) = split(a), split(b)
    fits = domain == other_domain and min(len(local), len(other)) >= 5 and max(len(local), len(other)) <= 100
    return fits and distance(local, other) == 1 and not digits_touched(local, other)


def reference(name: str, username: str) -> str | None:
    """The first step whose sentence holds."""
    a, b = base(name), base(username)
    (local, domain), (other, other_domain) = split(a), split(b)
    inner, inner_other = inner_names(a), inner_names(b)
    steps = {
        "exact": name == username,
        "space": spaceless(name) == spaceless(username),
        "case": spaceless(name).casefold() == spaceless(username).casefold(),
        "unicode": a == b or look(name) == look(username),
        "domain": local == other and bool(domain) and bool(other_domain),
        "local-part": local == other and bool(domain) != bool(other_domain),
        "tag": without_tag(a) == without_tag(b),
        "windows-name": bool(inner & {b, other} or inner_other & {a, local} or inner & inner_other),
        "spelling": spelt_alike(a, b),
    }
    return next((step for step, holds in steps.items() if holds), None)


def brute_force(name: str, users: list[User]) -> list[tuple[str, str, str]]:
    """Every user against the name, one by one."""
    different = {(user.username, user.user_id) for user in users}
    found = [(step, *user) for user in different if (step := step_between(name, user[0]))]
    near = [row for row in found if row[0] != "spelling"]
    return sorted(near or found, key=lambda row: (LADDER.index(row[0]), row[1], row[2]))


def rows(index: UserIndex, name: str) -> list[tuple[str, str, str]]:
    """What the index finds, in comparable form."""
    return [(hit.kind, hit.user.username, hit.user.user_id) for hit in index.find(name)]


# --- properties --------------------------------------------------------------------------------------------


@settings(max_examples=800, deadline=None)
@given(NAMES, NAMES)
def test_a_pair_is_judged_as_the_reference_says(name: str, username: str) -> None:
    """The ladder is what its sentences say."""
    assert step_between(name, username) == reference(name, username)


@settings(max_examples=500, deadline=None)
@given(PLAIN_NAMES, st.integers(0, 30), st.integers(0, 1), st.text(NOISE, max_size=1))
def test_an_edited_name_is_judged_as_the_reference_says(name: str, at: int, cut: int, noise: str) -> None:
    """A name and itself with one edit."""
    changed = edited(name, at, cut, noise)
    assert step_between(changed, name) == reference(changed, name)


@settings(max_examples=500, deadline=None)
@given(PLAIN_NAMES, st.integers(0, 30))
def test_a_swapped_name_is_judged_as_the_reference_says(name: str, at: int) -> None:
    """A name and itself with two neighbours swapped."""
    assert step_between(swapped(name, at), name) == reference(swapped(name, at), name)


@settings(max_examples=500, deadline=None)
@given(st.one_of(NAMES, ANY_TEXT), st.one_of(NAMES, ANY_TEXT))
def test_a_step_is_the_same_both_ways_round(one: str, other: str) -> None:
    """Nearness has no direction."""
    assert step_between(one, other) == step_between(other, one)


@settings(max_examples=200, deadline=None)
@given(ANY_TEXT, ANY_TEXT)
def test_exact_means_the_same_text(one: str, other: str) -> None:
    """Only EXACT is a pass, and only the same text is exact."""
    assert (step_between(one, other) == MatchKind.EXACT) == (one == other)


@settings(max_examples=400, deadline=None)
@given(USER_LISTS, st.lists(NAMES, min_size=1, max_size=4))
def test_the_index_finds_what_brute_force_finds(users: list[User], names: list[str]) -> None:
    """The index is only faster."""
    index = UserIndex(users)
    assert [rows(index, name) for name in names] == [brute_force(name, users) for name in names]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(ANY_TEXT, NAMES), max_size=8), st.data())
def test_any_text_is_found_as_brute_force_finds_it(usernames: list[str], data: st.DataObject) -> None:
    """Any text can be a name or a username."""
    users = [User(username) for username in usernames]
    name = data.draw(st.one_of(ANY_TEXT, st.sampled_from([*usernames, ""]).map(str.swapcase)))
    assert rows(UserIndex(users), name) == brute_force(name, users)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text("ab1", min_size=4, max_size=6), max_size=20), st.text("ab1", min_size=4, max_size=7))
def test_the_deletion_index_finds_what_brute_force_finds(user_locals: list[str], local: str) -> None:
    """The deletion index, used from the first question on, misses no user and makes none up."""
    users = [User(f"{user_local}@a.example") for user_local in user_locals]
    with mock.patch("connect_saml_nb.matching.index._SCANS_BEFORE_INDEX", 0):
        assert rows(UserIndex(users), f"{local}@a.example") == brute_force(f"{local}@a.example", users)


def test_the_deletion_index_finds_all_of_a_dense_list() -> None:
    """Every text over three characters against every other, with many users behind one deletion."""
    texts = ["".join(characters) for length in (5, 6) for characters in itertools.product("ab1", repeat=length)]
    users = [User(text) for text in texts[::7]]
    with mock.patch("connect_saml_nb.matching.index._SCANS_BEFORE_INDEX", 0):
        index = UserIndex(users)
        found = {text: rows(index, text) for text in texts[::11]}
    assert found == {text: brute_force(text, users) for text in texts[::11]}


@settings(max_examples=100, deadline=None)
@given(USER_LISTS, st.lists(NAMES, max_size=10))
def test_bulk_gives_each_different_name_what_find_gives(users: list[User], names: list[str]) -> None:
    """`find_all` de-duplicates and changes nothing else."""
    index = UserIndex(users)
    assert list(find_all(names, users)) == [(name, index.find(name)) for name in dict.fromkeys(names)]


@settings(max_examples=200, deadline=None)
@given(USER_LISTS, NAMES)
def test_twins_are_all_that_are_equal_but_for_case(users: list[User], name: str) -> None:
    """No twin is missed or made up."""
    case_variants = {(user.username, user.user_id) for user in users if user.username.casefold() == name.casefold()}
    assert [(user.username, user.user_id) for user in UserIndex(users).case_variants(name)] == sorted(case_variants)


@settings(max_examples=200, deadline=None)
@given(USER_LISTS)
def test_duplicates_are_the_twins_of_their_members(users: list[User]) -> None:
    """Every user with a twin is in the one group of its twins."""
    index = UserIndex(users)
    with_twin = {case_variants for user in users if len(case_variants := index.case_variants(user.username)) > 1}
    assert set(index.duplicates()) == with_twin


@settings(max_examples=400, deadline=None)
@given(st.one_of(NAMES, ANY_TEXT), st.one_of(NAMES, ANY_TEXT))
def test_a_difference_is_safe_to_show(one: str, other: str) -> None:
    """Whatever the names hold, the sentence is one line of visible ASCII and its own typographic marks."""
    told = str(difference(one, other))
    assert all(c in "‘’…" or (c.isascii() and c.isprintable()) for c in told or "\n")


@settings(max_examples=200, deadline=None)
@given(st.one_of(NAMES, ANY_TEXT), st.one_of(NAMES, ANY_TEXT))
def test_only_equal_names_have_no_difference(one: str, other: str) -> None:
    """A difference is never overlooked."""
    assert (str(difference(one, other)) == "no difference") == (one == other)


@settings(max_examples=300, deadline=None)
@given(st.one_of(NAMES, ANY_TEXT, st.text("ab+@. \n", max_size=5), st.text("a", min_size=60, max_size=70)))
def test_sts_takes_2_to_64_of_its_alphabet(name: str) -> None:
    """The pattern of AWS STS, one character after the other."""
    assert passes_sts(name) == (2 <= len(name) <= 64 and set(name) <= STS_ALPHABET)


@settings(max_examples=300, deadline=None)
@given(st.one_of(NAMES, ANY_TEXT))
def test_a_reason_is_one_safe_line(name: str) -> None:
    """Whatever the name holds, the reason can be shown."""
    assert str(impossible_reason(name)).isprintable()
