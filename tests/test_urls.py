"""URLs from strangers: split without raising, shown without their secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect_saml_nb import urls

SECRET = "s3cr3tT0ken"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (None, None),
        ("", ""),
        ("https://a.example/p?token=x#frag", "https://a.example/p?token=…"),
        ("https://user:pw@a.example:8443/p", "https://a.example:8443/p"),
        (
            "https://a.example/?destination=%2Fccp-v2&accessToken=x",
            "https://a.example/?destination=/ccp-v2&accessToken=…",
        ),
        ("/ccp-v2?code=x", "/ccp-v2?code=…"),
        ("https://a.example/?x", "https://a.example/?x=…"),
        ("https://a.example/?role=Agent&idp=Corp", "https://a.example/?role=Agent&idp=Corp"),
        (
            "https://a.example/?destination=https%3A%2F%2Fb.example%2F%3Fcode%3Dx",
            "https://a.example/?destination=https://b.example/%3Fcode%3D…",
        ),
        ("/?destination=%2Fccp-v2%26new_domain=true%26code=x", "/?destination=/ccp-v2%3Fnew_domain%3Dtrue%26code%3D…"),
        ("cookie:abc", "…"),
        ("eyJhbGciOi.secret", "…"),
        ("https://[bad/p", "…"),
    ],
)
def test_mask_keeps_names_and_only_harmless_values(url: str | None, shown: str | None) -> None:
    """What is shown names the place and no secret."""
    assert urls.mask(url) == shown


@given(st.text(alphabet=st.characters(), max_size=80))
def test_any_text_can_be_split_and_masked(text: str) -> None:
    """No text raises."""
    urls.split(text)
    assert isinstance(urls.mask(text), str)


@given(
    st.sampled_from(["code", "SAMLResponse", "access_token", "x", "Destination2"]),
    st.sampled_from(
        ["https://h.example/a?{}={}", "https://h.example/?destination=%2Fa%3F{}%3D{}", "/a?{}={}", "/#{}={}"]
    ),
)
def test_a_secret_in_the_query_or_fragment_is_never_shown(name: str, form: str) -> None:
    """Wherever a token stands in a URL, it is not in what is shown."""
    assert SECRET not in (urls.mask(form.format(name, SECRET)) or "")


@pytest.mark.parametrize(
    "query", [SECRET, f"{SECRET}==", f"x&{SECRET}&region=r", "a" * 9, f"destination=%2Fa%3F{SECRET}"]
)
def test_a_value_without_a_name_is_no_name(query: str) -> None:
    """A bare token, also one whose base64 ends in `=`, can be the whole query."""
    shown = urls.mask(f"https://h.example/p?{query}") or ""
    assert [False, False] == [SECRET in shown, "aaaaaaaaa" in shown]


def test_names_are_looked_up_without_letter_case() -> None:
    """`instanceId` and `instanceid` are one parameter."""
    assert urls.split("https://h.example/?instanceId=1").parameter("INSTANCEID") == "1"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/a;jsessionid=qZ031/b", "/a;…/b"),
        ("/a%3Bjsessionid=qZ031/b", "/a%3B…/b"),
        ("/token=qZ031/b", "/token=…/b"),
        ("/r/https%3A%2F%2Fx%2Fcb%3Fcode%3DqZ031", "/r/https%3A%2F%2Fx%2Fcb%3F…"),
        ("/r/https%253A%252F%252Fx%252Fcb%253Fcode", "/r/https%253A%252F%252Fx%252Fcb%253F…"),
        ("/ccp-v2;", "/ccp-v2;"),
    ],
)
def test_values_inside_a_path_are_masked(path: str, shown: str) -> None:
    """Servlets write the session's ID there, others whole URLs."""
    assert "https://other.example" + shown == urls.mask("https://other.example" + path)
