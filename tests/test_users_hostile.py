"""Any bytes as a user list give users or the package's own error."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connect_saml_nb.errors import UserListError
from connect_saml_nb.users import read_user_lists

pytestmark = pytest.mark.slow

#: Words that lead deep into the reader.
WORDS = [
    "UserSummaryList", "NextToken", "Users", "User", "Username", "Arn", "Id", "LastModifiedTime", "USERSUMMARYLIST\t",
    "USERS\tarn:", "NEXTTOKEN\t", "None", "username,", "user login;", "sep=;\n", "connect-saml-nb", "schema", "notes",
    "connect-saml-nb/users/1", "complete", "retrieved", "\t", "\n", "\r", '"', ",", "[", "]", "{", "}", ":",
    "\ufeff", "\0", "arn:aws:connect:us-west-2:111122223333:instance/a/agent/b", "00000000-0000-4000-8000-000000000000",
    "1764000000.0",
]  # fmt: skip
texts = st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=30).map("".join)
keys = st.sampled_from(WORDS[:8] + WORDS[15:21])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=25,
)


def read(content: bytes) -> None:
    """Read it; only our own error may come, and what comes otherwise is whole."""
    with suppress(UserListError):
        for users in read_user_lists(content):
            assert all(isinstance(user.username, str) and user.username for user in users.users)
            assert "\n" not in users.source


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    """Random bytes."""
    read(content)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_in_gzip(content: bytes) -> None:
    """A gzip file, and one that is damaged at its end."""
    packed = gzip.compress(content)
    read(packed)
    read(packed[: len(packed) // 2] + content)


@settings(max_examples=200, deadline=None)
@given(texts, st.sampled_from(["utf-8", "utf-16", "utf-16-le", "latin-1"]))
def test_any_text(text: str, encoding: str) -> None:
    """Text made of the reader's own words."""
    read(text.encode(encoding, errors="replace"))


@settings(max_examples=200, deadline=None)
@given(values)
def test_any_json(value: object) -> None:
    """JSON of any shape with the API's keys."""
    read(json.dumps(value).encode())


@settings(max_examples=80, deadline=None)
@given(st.lists(st.dictionaries(keys, values, max_size=6), max_size=6), values, values)
def test_any_rows(rows: list[object], token: object, own: object) -> None:
    """A ListUsers answer with any rows, token and part of our own."""
    read(json.dumps({"UserSummaryList": rows, "NextToken": token, "connect-saml-nb": own}).encode())


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["source", "complete", "region", "retrieved", "notes"]), values, max_size=5))
def test_any_part_of_our_own(own: dict[str, object]) -> None:
    """What stands beside the rows in a file that claims to be `save_users`'s."""
    own["schema"] = "connect-saml-nb/users/1"
    read(json.dumps({"UserSummaryList": [{"Username": "a"}], "connect-saml-nb": own}).encode())
