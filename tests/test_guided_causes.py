"""AWS's three causes, what was not checked, and the states of attributes: never more than the evidence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from connect_saml_nb.diagnosis import diagnose
from connect_saml_nb.model.saml import ROLE_SESSION_NAME
from connect_saml_nb.model.users import User, Users
from connect_saml_nb.notebook import causes, sign_in
from connect_saml_nb.notebook.causes import State
from connect_saml_nb.samples import practice_users, sample

if TYPE_CHECKING:
    from connect_saml_nb.model.diagnosis import SignInDiagnosis

INSTANCE = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"


def judged(name: str, *usernames: str, complete: bool = True) -> SignInDiagnosis:
    """A sample's sign-in beside these users; without any beside the practice users."""
    users = Users("list", tuple(map(User, usernames)), complete=complete, instance_id=INSTANCE, region="us-west-2")
    return diagnose(sample(name).path, users if usernames else practice_users()).sign_ins[0]


def states(diagnosis: SignInDiagnosis) -> list[State]:
    """The states of AWS's three causes: differs, missing, two profiles."""
    return [cause.state for cause in causes.not_onboarded_causes(diagnosis)]


def test_other_letters_rule_the_first_cause_in() -> None:
    """And the user is there."""
    assert [State.IN, State.OUT, State.UNSEEN] == states(judged("user-case-differs"))


def test_a_missing_user_leaves_open_whether_the_person_has_another_name() -> None:
    """Only the administrators can know that."""
    assert [State.ASK, State.IN, State.UNSEEN] == states(judged("user-missing"))


def test_two_users_of_one_name_rule_the_third_cause_in() -> None:
    """Two that differ in letter case."""
    assert State.IN == states(judged("duplicate-profiles"))[2]


def test_a_similar_user_leaves_open_whether_the_user_exists() -> None:
    """It can be another person."""
    assert [State.IN, State.ASK] == states(judged("user-case-differs", "priya.nair@other.example"))[:2]


def test_a_user_who_is_there_rules_both_out() -> None:
    """And what AWS means by two profiles is not claimed to be ruled out."""
    found = states(judged("user-case-differs", "Priya.Nair@corp.example"))
    assert [State.OUT, State.OUT, State.UNSEEN] == found


def test_an_incomplete_list_rules_nothing_out() -> None:
    """The user can be among the others."""
    assert [State.OPEN] * 3 == states(judged("user-case-differs", "any.one@corp.example", complete=False))


@pytest.mark.parametrize("name", ["federation-denied", "session-expired", "signed-in"])
def test_the_three_causes_are_no_question_elsewhere(name: str) -> None:
    """AWS names them for 'not onboarded' only."""
    assert [] == states(judged(name))


def test_every_check_that_was_not_made_says_how_it_can_be() -> None:
    """Where the person can do something about it: here, a list of users."""
    diagnosis = diagnose(sample("user-case-differs").path).sign_ins[0]
    lacking = [n for n in diagnosis.not_checked if str(n.reason).startswith("No list of Connect users was given")]
    expected = [True] * len(lacking)
    assert expected == ["Step 2" in causes.how_to_enable(n, diagnosis) for n in lacking]


def test_a_page_does_not_speak_of_the_command_line() -> None:
    """`--users` is no button."""
    diagnosed = diagnose(sample("user-case-differs").path)
    html = sign_in.result([diagnosed], (0, 0))
    assert "--users" not in html


def test_an_attribute_that_no_rule_looks_at_is_not_called_passed() -> None:
    """A mail address that AWS does not need."""
    html = sign_in.attribute_table(judged("user-case-differs"))
    row = next(r for r in re.findall("<tr.*?</tr>", html) if ">mail<" in r)
    assert (True, False) == ("no rule looks at it" in row, "passed" in row)


def test_an_attribute_that_could_not_be_compared_is_not_called_passed() -> None:
    """Without a list, the name's state is open."""
    diagnosis = diagnose(sample("signed-in").path).sign_ins[0]
    html = sign_in.attribute_table(diagnosis)
    row = next(r for r in re.findall("<tr.*?</tr>", html) if ROLE_SESSION_NAME.rpartition("/")[2] in r)
    assert "not checked: No list of Connect users was given" in row


def test_a_request_shows_the_names_of_what_was_posted_and_no_value() -> None:
    """The relay state's address is the only value."""
    html = sign_in.steps_table(judged("user-case-differs"))
    shown = re.findall(r"SAMLResponse</bdi>: ([^<]*)<", html)
    assert (True, []) == (bool(shown), [s for s in shown if not re.fullmatch(r"[\d,]+ characters, hidden", s)])


def test_the_picture_has_the_same_in_words() -> None:
    """For those who cannot see it."""
    html = sign_in.picture(judged("user-case-differs"))
    assert (1, True) == (html.count("<svg"), "It broke here (entry 5): user-case-differs." in html)


def test_times_that_are_not_known_are_said_in_words() -> None:
    """No drawing without times."""
    assert "<svg" not in sign_in.times(judged("session-expired"))
