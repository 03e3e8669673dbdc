"""What the screen says, without a recording: every known text, any way that people enter it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from connect_saml_nb.notebook.guided import error_text
from connect_saml_nb.rules.__main__ import MESSAGES, PLACES

NOT_ONBOARDED = "Access denied. Your account has been authenticated, but has not been onboarded to this application."


def causes(text: str) -> list[str]:
    """The rules that a text leads to."""
    found = error_text.advice(text)
    return [rule.id for rule in found.rules] if found else []


@pytest.mark.parametrize(("text", "rules"), MESSAGES, ids=[text[:30] for text, _ in MESSAGES])
def test_a_known_text_leads_to_its_causes(text: str, rules: tuple[str, ...]) -> None:
    """Those that docs/RULES.md names for it."""
    assert (True, True) == (bool(causes(text)), set(causes(text)) <= set(rules))


@pytest.mark.parametrize(("text", "rules"), PLACES, ids=[text[:30] for text, _ in PLACES])
def test_what_happens_without_a_text_leads_to_its_causes(text: str, rules: tuple[str, ...]) -> None:
    """Nothing to quote, and still an answer."""
    assert (True, True) == (bool(causes(text)), set(causes(text)) <= set(rules))


@pytest.mark.parametrize(
    "text",
    [
        "ACCESS DENIED. YOUR ACCOUNT HAS BEEN AUTHENTICATED, BUT HAS NOT BEEN ONBOARDED TO THIS APPLICATION.",
        f"  \n{NOT_ONBOARDED}\n\nAmazon Web Services, Inc.",
        "アクセスが拒否されました。アカウントは認証されましたが、このアプリケーションには登録されていません。",
        f"<html><body><h1>Error</h1><p>{NOT_ONBOARDED}</p></body></html>",
    ],
    ids=["capitals", "with the page around it", "Japanese", "the page's source"],
)
def test_a_pasted_text_is_known_as_people_paste_it(text: str) -> None:
    """Any known language, more or less of the page."""
    assert causes(NOT_ONBOARDED) == causes(text)


def test_a_part_of_two_texts_asks_which_one_it_is() -> None:
    """Two of AWS's messages begin with the same words and have different causes."""
    found = error_text.advice("access denied")
    expected = (MESSAGES[0][0], MESSAGES[1][0])
    assert (expected, ()) == (found.guesses, found.rules) if found else False


def test_an_identity_providers_code_is_known() -> None:
    """The sign-in did not reach AWS."""
    assert ["idp-error"] == causes("AADSTS50105: Your administrator has configured the application …")


def test_an_unknown_text_claims_nothing() -> None:
    """And says what to do instead."""
    html = error_text.advice_panel(error_text.advice("Zugriff verweigert"))
    assert (True, []) == ("nothing is claimed about it" in html, causes("Zugriff verweigert"))


def test_no_text_gives_no_advice() -> None:
    """The page begins empty."""
    assert (None, "") == (error_text.advice("  "), error_text.advice_panel(None))


def test_every_possible_cause_says_who_does_what() -> None:
    """The next step without a recording."""
    html = error_text.advice_panel(error_text.advice(NOT_ONBOARDED))
    assert len(causes(NOT_ONBOARDED)) == len(re.findall("<details", html))


@for_any(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_no_text_breaks_the_page(text: str) -> None:
    """Whatever is pasted becomes text."""
    assert "<script" not in error_text.advice_panel(error_text.advice(f"{text}<script>{text}"))


def test_a_code_of_the_identity_provider_is_explained() -> None:
    """What Entra means by it, and who can change it."""
    found = error_text.advice("AADSTS50105: The signed in user is not assigned to a role for the application.")
    assert (True, True) == ("assign" in found.meaning, "IdP admin:" in found.meaning)
