"""The match ladder by example: what each step finds, and what it must leave alone."""

from __future__ import annotations

import unicodedata

import pytest

from connect_saml_nb.matching import UserIndex, difference, find_all, impossible_reason, passes_sts, step_between
from connect_saml_nb.matching.characters import LOOK_ALIKES
from connect_saml_nb.model.users import Match, MatchKind, User


def index_of(*usernames: str) -> UserIndex:
    """An index of users that have only a name."""
    return UserIndex(User(username) for username in usernames)


def found(index: UserIndex, name: str) -> list[tuple[str, str]]:
    """The steps and usernames that the index finds."""
    return [(str(matching.kind), matching.user.username) for matching in index.find(name)]


EXPLAINED = [
    ("jane@corp.example", "jane@corp.example", "exact"),
    ("jane@corp.example ", "jane@corp.example", "space"),
    ("\u2003jane\u00a0", "jane", "space"),
    ("Jo Ann Smith@corp.example", "JoAnnSmith@corp.example", "space"),
    ("Priya.Nair@corp.example", "priya.nair@corp.example", "case"),
    (" JANE", "jane", "case"),
    ("STRASSE", "straße", "case"),
    ("α\u0345\u0301", "αι\u0301", "case"),  # equal when casefolded, yet not after NFKC
    ("ｊａｎｅ", "jane", "unicode"),
    ("jane\u200b", "jane", "unicode"),
    ("j\u00adane", "jane", "unicode"),
    ("\u202ejane", "jane", "unicode"),
    ("jаne", "jane", "unicode"),
    ("ΙΟΑΝΝΑ", "ioanna", "unicode"),
    ("josé", "jose", "unicode"),
    ("jose\u0301", "Jose", "unicode"),
    ("İstanbul", "istanbul", "unicode"),
    ("ısparta", "isparta", "unicode"),
    ("łukasz", "lukasz", "unicode"),
    ("jo\u0338rgen", "jorgen", "unicode"),
    ("ᵸ", "Н", "unicode"),  # NFKC alone makes a modifier letter the Cyrillic one, which looks like no ASCII letter
    ("jane@cоrp.example", "jane@corp.example", "unicode"),
    ("jane@corp.example", "jane@corp.onmicrosoft.com", "domain"),
    ("Jane@corp.example", "jane@old.example", "domain"),
    ("jane", "jane@corp.example", "local-part"),
    ("jane@corp.example", "JANE", "local-part"),
    ("jane+ccp@corp.example", "jane@corp.example", "tag"),
    ("jane+ccp", "jane", "tag"),
    ("CORP\\jane", "jane", "windows-name"),
    ("CORP\\Jane", "jane@corp.example", "windows-name"),
    ("CORP\\\\jane", "jane", "windows-name"),
    ("CORP/jane", "jane", "windows-name"),
    ("CORP\\jane@corp.example", "jane@corp.example", "windows-name"),
    ("jane.doe#EXT#@tenant.onmicrosoft.com", "jane.doe", "windows-name"),
    ("jane.doe_home.example#EXT#@tenant.onmicrosoft.com", "jane.doe@home.example", "windows-name"),
    ("jane.doe_home.example#EXT#@tenant.onmicrosoft.com", "jane.doe", "windows-name"),
    ("jane.doe_home.example#EXT#@tenant.onmicrosoft.com", "jane.doe_home.example", "windows-name"),
    ("j_doe#EXT#@tenant.onmicrosoft.com", "j_doe@corp.example", "windows-name"),
    ("CORP\\jane@corp.example", "jane@corp.example@old.example", "windows-name"),
    ("maria.garca@corp.example", "maria.garcia@corp.example", "spelling"),
    ("maria.garciaa@corp.example", "maria.garcia@corp.example", "spelling"),
    ("maria.garzia@corp.example", "maria.garcia@corp.example", "spelling"),
    ("maria.gacria@corp.example", "maria.garcia@corp.example", "spelling"),
    ("jane.doe", "janedoe", "spelling"),
    ("agant07", "agent07", "spelling"),
    ("a" * 99 + "b", "a" * 100, "spelling"),
]

UNEXPLAINED = [
    ("agent001", "agent002"),
    ("agent01", "agent001"),
    ("agent012", "agent021"),
    ("agent1a", "agenta1"),
    ("agentl", "agent1"),
    ("agentO", "agent0"),
    ("agentl1@corp.example", "agentll@corp.example"),
    ("jane", "jan"),
    ("janet", "jane"),
    ("jane", "jone"),
    ("maria.garca@corp.example", "maria.garcia@old.example"),
    ("maria.garcia@corp.example", "maria.garcia.lopez@corp.example"),
    ("maria.gracai@corp.example", "maria.garcia@corp.example"),
    ("maria.garcia@corp.exampel", "mario.garcia@corp.example"),
    ("maria.garca@corp.example", "maria.garcia"),
    ("jane+ccp@corp.example", "jane@old.example"),
    ("+jane", "+john"),
    ("j_doe#EXT#@tenant.onmicrosoft.com", "j"),
    ("jane#EXT#ra", "jane"),
    ("jane@", "jane"),
    ("@corp.example", "corp.example@"),
    ("jane@corp.example", "corp.example"),
    ("", "jane"),
]


@pytest.mark.parametrize(("name", "username", "step"), EXPLAINED)
def test_a_step_explains_the_name(name: str, username: str, step: str) -> None:
    """The first step that alone makes the two equal is named."""
    assert step_between(name, username) == step


@pytest.mark.parametrize(("name", "username", "step"), EXPLAINED)
def test_the_index_finds_what_a_step_explains(name: str, username: str, step: str) -> None:
    """The index finds the user that a step explains, among others."""
    assert found(index_of("zoe@corp.example", username, "agent999"), name) == [(step, username)]


@pytest.mark.parametrize(("name", "username"), UNEXPLAINED)
def test_a_likely_other_person_is_no_match(name: str, username: str) -> None:
    """Nothing is blamed on a user that no single step explains."""
    assert step_between(name, username) is None


def test_every_candidate_has_its_own_step() -> None:
    """All candidates are given, ordered by the ladder and then by username."""
    index = index_of("jane@b.example", "jane", "jane@a.example", "JANE@corp.example", "jane@corp.example", "john")
    assert found(index, "jane@corp.example") == [
        ("exact", "jane@corp.example"),
        ("case", "JANE@corp.example"),
        ("domain", "jane@a.example"),
        ("domain", "jane@b.example"),
        ("local-part", "jane"),
    ]


def test_spelling_is_tried_only_where_nothing_else_explains() -> None:
    """A user that another step finds hides those that are only spelt alike."""
    index = index_of("maria.garcia@old.example", "mario.garcia@corp.example")
    assert found(index, "maria.garcia@corp.example") == [("domain", "maria.garcia@old.example")]


def test_spelling_can_be_left_out() -> None:
    """A bulk run can leave the last step for later."""
    assert index_of("maria.garcia").find("maria.garca", spelling=False) == ()


def test_spelling_gives_the_same_once_its_index_exists() -> None:
    """Asking often enough to build the deletion index changes no answer."""
    index = index_of("maria.garcia", "mario.garcia", "marja.garcia", "maria.garcias", "maria.gracia", "other.person")
    answers = {index.find("marxa.garcia") for _ in range(50)}
    assert [len(answer) for answer in answers] == [2]


def test_a_user_listed_twice_is_one() -> None:
    """Pages that overlap make no second candidate."""
    user = User("jane", "id-1")
    assert UserIndex([user, User("jane", "id-1")]).find("jane") == (Match(MatchKind.EXACT, user),)


def test_two_users_of_one_name_stay_two() -> None:
    """The same username under two user ids is kept: it is a duplicate profile."""
    assert len(UserIndex([User("jane", "id-1"), User("jane", "id-2")]).find("jane")) == 2


def test_twins_hold_the_exact_user_and_those_in_other_case() -> None:
    """Twins are equal but for case, whatever else is alike."""
    index = index_of("Lee.Chen@c.example", "lee.chen@c.example", "LEE.CHEN@c.example", "lee.chen@d.example", "lee.chen")
    assert [user.username for user in index.case_variants("lee.chen@c.example")] == [
        "LEE.CHEN@c.example",
        "Lee.Chen@c.example",
        "lee.chen@c.example",
    ]


def test_duplicates_are_groups_equal_but_for_case() -> None:
    """Only groups of two or more are given."""
    index = index_of("jane", "bob", "Jane", "BOB", "ann", "jane ")
    groups = [[user.username for user in group] for group in index.duplicates()]
    assert groups == [["BOB", "bob"], ["Jane", "jane"]]


def test_an_empty_list_finds_nothing() -> None:
    """No users, no candidates."""
    assert index_of().find("maria.garcia@corp.example") == ()


def test_find_all_gives_each_name_once() -> None:
    """Names that return are not judged again."""
    assert [name for name, _ in find_all(["b", "a", "b"], [User("a")])] == ["b", "a"]


def test_find_all_takes_an_index() -> None:
    """An index that exists is used, and gives what `find` gives."""
    index = index_of("jane", "JANE")
    assert dict(find_all(["Jane"], index)) == {"Jane": index.find("Jane")}


def test_look_alikes_are_letters_that_name_their_script() -> None:
    """The table maps letters of three scripts to ASCII letters, and touches no digit."""
    scripts = {unicodedata.name(chr(seen)).split()[0] for seen in LOOK_ALIKES}
    letters = "".join(chr(ascii_letter) for ascii_letter in LOOK_ALIKES.values())
    assert (scripts, letters.isascii() and letters.isalpha()) == ({"CYRILLIC", "GREEK", "LATIN"}, True)


@pytest.mark.parametrize("name", ["\u0301\u0323" * 500_000, "a" * 1_000_000 + "@corp.example", "\\/" * 500_000])
def test_a_monstrous_name_is_answered_at_once(name: str) -> None:
    """A name far beyond AWS's limits is compared exactly only, and takes no time."""
    index = index_of("jane", name)
    assert found(index, name) == [("exact", name)]


def test_a_monstrous_name_has_no_candidates_in_spelling() -> None:
    """Spelling ends at the longest username that AWS knows."""
    assert step_between("a" * 101, "a" * 100) is None


@pytest.mark.parametrize(
    ("name", "passes"),
    [
        ("ab", True),
        ("a", False),
        ("a" * 64, True),
        ("a" * 65, False),
        ("a_b+c=d,e.f@g-h", True),
        ("ab\n", False),
        ("josé", False),
        ("a٣", False),
        ("a b", False),
        ("a\\b", False),
    ],
)
def test_sts_accepts_its_documented_pattern(name: str, passes: bool) -> None:  # noqa: FBT001 - an expectation
    """ASCII only, the whole name, 2 to 64 characters."""
    assert passes_sts(name) is passes


@pytest.mark.parametrize(
    "name", ["testuser", "testuser@example.com", "a@b.c", "Jo_Ann-Smith.2@x-y.example", "ab", "a" * 64]
)
def test_a_name_that_connect_may_hold_has_no_reason(name: str) -> None:
    """Nothing is called impossible that the documented patterns allow."""
    assert impossible_reason(name) is None


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("jane+ccp@corp.example", "+ at character 5"),
        ("jane=x", "= at character 5"),
        ("doe,jane", ", at character 4"),
        ("CORP\\jane", "\\ at character 5"),
        ("jane doe", "a space at character 5"),
        ("jane\n", "a line break at character 5"),
        ("jаne", "U+0430 CYRILLIC SMALL LETTER A at character 2"),
        ("testuser@example", "dotted domain"),
        ("jane@a@b.example", "dotted domain"),
        ("@corp.example", "dotted domain"),
        ("jane@corp.", "dotted domain"),
        ("jane@.corp", "dotted domain"),
        ("a", "this one has 1"),
        ("a" * 65, "this one has 65"),
        ("", "this one has 0"),
    ],
)
def test_an_impossible_name_has_its_reason(name: str, word: str) -> None:
    """The reason names what stands in the way."""
    assert word in str(impossible_reason(name))


@pytest.mark.parametrize(
    ("name", "other", "sentence"),
    [
        ("jane", "jane", "no difference"),
        ("Priya.Nair@c.example", "priya.nair@c.example", "letter case differs at characters 1 and 7: P/p, N/n"),
        ("Jane", "jane", "letter case differs at character 1: J/j"),
        ("jane ", "jane", "a space at the end"),
        ("\tjane", "jane", "a tab at the start"),
        ("jo ann", "joann", "a space at character 3"),
        ("jane", "jane ", "a space is missing at the end"),
        ("jаne", "jane", "the look-alike U+0430 CYRILLIC SMALL LETTER A for a at character 2"),
        ("jane\u200b", "jane", "extra U+200B ZERO WIDTH SPACE at the end"),
        ("ja\u202ene", "jane", "extra U+202E RIGHT-TO-LEFT OVERRIDE at character 3"),
        ("ja\x00ne", "jane", "extra U+0000 control character at character 3"),
        ("jane@a.example", "jane@b.example", "other domain: a.example, not b.example"),
        ("jane", "jane@b.example", "no domain, the other has b.example"),
        ("jane@b.example", "jane", "a domain, b.example, the other has none"),
        (
            "Jane@a.example",
            "jane@b.example",
            "other domain: a.example, not b.example; letter case differs at character 1: J/j",
        ),
        (
            "jane@cоrp.example",
            "jane@corp.example",
            "the look-alike U+043E CYRILLIC SMALL LETTER O for o at character 7",
        ),
        ("jane+ccp@c.example", "jane@c.example", "extra ‘+ccp’ at character 5"),
        ("CORP\\jane", "jane", "extra ‘CORP\\’ at the start"),
        ("maira", "maria", "i and r are swapped at characters 3 and 4"),
        ("mario", "maria", "‘o’ for ‘a’ at the end"),
        ("maria.garca", "maria.garcia", "‘i’ is missing at character 11"),
    ],
)
def test_a_difference_is_told_in_words(name: str, other: str, sentence: str) -> None:
    """People read which characters differ, and where."""
    assert str(difference(name, other)) == sentence


def test_many_case_differences_are_counted() -> None:
    """A long list is cut, and says so."""
    assert str(difference("MARIA.GARCIA", "maria.garcia")) == (
        "letter case differs at characters 1, 2, 3, 4, 5 and 7 and 5 more: M/m, A/a, R/r, I/i, A/a, G/g"
    )


def test_a_monstrous_difference_is_told_by_its_place() -> None:
    """Texts far beyond a name are not aligned."""
    assert str(difference("a" * 1_000_000, "a" * 999_999)) == (
        "they differ from character 1000000 on, and have 1000000 and 999999 characters"
    )
