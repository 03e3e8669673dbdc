"""The tables: columns, types, what is in them and what never is."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connect_saml_nb import diagnosis, har
from connect_saml_nb.errors import ConnectSamlError, UserListError
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.saml import ROLE_SESSION_NAME
from connect_saml_nb.model.users import User, Users
from connect_saml_nb.render import tables
from connect_saml_nb.render.tables import COLUMNS
from connect_saml_nb.rules import RULES
from connect_saml_nb.samples import practice_users, sample, samples
from connect_saml_nb.training.emulator.connect import practice_instance

if TYPE_CHECKING:
    from connect_saml_nb.model.diagnosis import Diagnosis

ROOT = Path(__file__).resolve().parent.parent
USERS_FILE = ROOT / "data" / "samples" / "users.json"
FIRST_PAGE = ROOT / "data" / "samples" / "users-first-page.json"
UNREADABLE = diagnosis.unreadable("broken.har", "It is no HAR.")


def diagnosed(name: str) -> Diagnosis:
    """A sample's diagnosis with the saved list."""
    return diagnosis.diagnose(sample(name).path, practice_users())


def pasted(attributes: str) -> bytes:
    """A SAML response with these attribute statements, as somebody pastes it."""
    return (
        '<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r" Version="2.0">'
        '<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a" Version="2.0"><Issuer>urn:idp</Issuer>'
        f"<AttributeStatement>{attributes}</AttributeStatement></Assertion></p:Response>"
    ).encode()


def dtypes(frame: pd.DataFrame) -> dict[str, str]:
    """Column types by their full names."""
    names = {name: str(dtype) for name, dtype in frame.dtypes.items()}
    for name, dtype in frame.dtypes.items():
        if isinstance(dtype, pd.StringDtype):
            names[name] = f"string[{dtype.storage}]"
    return names


# --- columns and types ---


@pytest.mark.parametrize("table", COLUMNS)
@pytest.mark.parametrize("given", ["nothing", "unreadable", "sample"])
def test_columns_and_types_are_the_same_whatever_the_tables_hold(table: str, given: str) -> None:
    """An empty table can be joined like a full one."""
    diagnoses = {"nothing": [], "unreadable": [UNREADABLE], "sample": [diagnosed("duplicate-profiles")]}[given]
    expected = {name: kind.value for name, kind in COLUMNS[table].items()}
    assert list(expected.items()) == list(dtypes(tables.tables(diagnoses)[table]).items())


CONTRACT = {
    "entries": "capture entry started method url host status mime_type location time_ms role_in_flow",
    "attributes": "capture sign_in assertion issuer name_id attribute short_name friendly_name position value",
    "sign_ins": "capture sign_in started verdict role_session_name issuer chosen_role instance_id region landed_on "
    "summary",
    "users": "username user_id arn last_modified",
    "matches": "capture sign_in role_session_name match username user_id",
    "duplicates": "reading key username user_id capture sign_in why",
    "findings": "capture sign_in rule outcome severity message remedy",
    "captures": "capture creator verdict sign_ins problem",
}


def test_every_table_begins_with_the_columns_that_all_surfaces_agree_on() -> None:
    """Names and order are fixed; a table may have more columns after them."""
    first = {table: " ".join(list(COLUMNS[table])[: len(CONTRACT[table].split())]) for table in COLUMNS}
    assert first == CONTRACT


def test_missing_is_na_and_empty_is_not_missing() -> None:
    """A name that is absent, a value that is absent and one that is there and empty are three things."""
    xml = pasted('<Attribute Name="a"><AttributeValue></AttributeValue></Attribute><Attribute Name="b"/>')
    found = tables.saml_attributes(xml)
    assert [("a", 1, ""), ("b", pd.NA, pd.NA)] == list(
        found[["attribute", "position", "value"]].itertuples(index=False)
    )


def test_times_far_from_now_are_kept() -> None:
    """'Never' of a directory, 9999, does not fit into nanoseconds."""
    times = [datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC), None]
    users = Users("list", tuple(User(f"u{n}", last_modified=time) for n, time in enumerate(times)), complete=True)
    found = tables.users_frame(users)["last_modified"]
    assert times[:2] == [time.to_pydatetime() for time in found[:2]]


# --- the capture ---


def test_entries_have_their_part_in_the_sign_in() -> None:
    """The requests that make a sign-in are told from the others."""
    found = tables.load_har(sample("user-case-differs").path)
    parts = found.loc[found["sign_in"] == 1, "role_in_flow"]
    expected = [
        "identity provider",
        "response handed to the browser",
        "response posted to AWS",
        "Connect federation page",
    ]
    assert expected == list(parts)


def test_every_entry_of_the_file_is_a_row() -> None:
    """Nothing is left out, and `entry` is the place in the file."""
    path = sample("duplicate-profiles").path
    count = len(json.loads(path.read_text())["log"]["entries"])
    assert list(range(count)) == sorted(tables.load_har(path)["entry"])


def test_a_damaged_capture_says_so_beside_its_entries() -> None:
    """A table of what is left does not look whole."""
    text = sample("signed-in").path.read_bytes()
    assert "cut" in tables.load_har(text[: len(text) // 2]).attrs["problem"]


def test_every_value_of_an_attribute_is_a_row_in_order() -> None:
    """Two roles are two rows of one attribute."""
    found = tables.saml_attributes(sample("duplicate-profiles").path)
    roles = found[found["short_name"] == "Role"]
    assert [(1, "ConnectAgent"), (2, "ConnectSupervisor")] == [
        (row.position, row.value.partition(",")[0].rpartition("/")[2]) for row in roles.itertuples()
    ]


def test_an_assertion_that_the_capture_holds_several_times_is_listed_once() -> None:
    """Form, post and role choice carry the same one."""
    assert 1 == tables.saml_attributes(sample("duplicate-profiles").path)["value"].str.startswith("lee.chen")[2:3].sum()


def test_a_response_to_a_broker_is_listed_without_a_sign_in() -> None:
    """A hop to another application is shown, and is not taken for the sign-in to AWS."""
    xml = pasted('<Attribute Name="mail"><AttributeValue>jane@example.com</AttributeValue></Attribute>')
    body = "SAMLResponse=" + quote(base64.b64encode(xml).decode(), safe="")
    request = {"method": "POST", "url": "https://hub.example/acs", "postData": {"mimeType": FORM, "text": body}}
    log = {"entries": [{"startedDateTime": "2026-11-24T02:00:00Z", "request": request, "response": {"status": 200}}]}
    found = tables.saml_attributes(json.dumps({"log": log}).encode())
    assert [(pd.NA, "jane@example.com", "https://hub.example/acs")] == list(
        found[["sign_in", "value", "posted_to"]].itertuples(index=False)
    )


FORM = "application/x-www-form-urlencoded"


def test_a_response_that_cannot_be_read_is_said_beside_the_attributes() -> None:
    """No rows do not mean no response."""
    form = b"SAMLResponse=%5Bredacted%5D&RelayState="
    assert 1 == len(tables.saml_attributes(form).attrs["problems"])


@pytest.mark.parametrize(
    "secret", ["lily-auth=", "accessToken=connect", "PHNhbWxw", "SignatureValue", "X509Certificate"]
)
@pytest.mark.parametrize("name", [each.name for each in samples()])
def test_no_table_holds_a_cookie_token_or_message(name: str, secret: str) -> None:
    """What would let somebody else sign in stays in the capture."""
    text = "".join(frame.to_csv() for frame in tables.tables(diagnosed(name)).values())
    assert secret not in text


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=st.text(min_size=1, max_size=20), status=st.integers(-5, 10**20), time=st.floats() | st.text(max_size=5))
def test_hostile_entries_never_break_a_table(value: str, status: int, time: float | str) -> None:
    """Lone surrogates, control characters and impossible numbers are rows like others."""
    request = {"method": value, "url": f"https://x.example/{value}"}
    response = {"status": status, "content": {"mimeType": value}, "redirectURL": value, "_error": value}
    entry = {"startedDateTime": value, "time": time, "request": request, "response": response}
    found = tables.load_har(json.dumps({"log": {"entries": [entry]}}).encode())
    assert (1, list(COLUMNS["entries"])) == (len(found), list(found.columns))


# --- judgements ---


@pytest.mark.parametrize("name", [each.name for each in samples()])
def test_findings_have_one_row_for_each_rule_and_sign_in(name: str) -> None:
    """A rule that could not look is there too."""
    found = tables.tables(diagnosed(name))["findings"]
    assert sorted(rule.id for rule in RULES) == sorted(found["rule"])


def test_what_was_not_checked_says_why() -> None:
    """Its message is the reason, and it has no severity."""
    found = tables.tables(diagnosis.diagnose(sample("user-missing").path))["findings"]
    row = found[found["rule"] == "user-missing"].iloc[0]
    assert ("not-checked", True, True) == (row["outcome"], "No list" in row["message"], pd.isna(row["severity"]))


def test_users_equal_but_for_case_are_duplicates_of_the_sign_in_that_meant_them() -> None:
    """Both users, with the sign-in and the reason."""
    found = tables.tables(diagnosed("duplicate-profiles"))["duplicates"]
    columns = ["reading", "key", "username", "sign_in"]
    key = "lee.chen@corp.example"
    assert [("letter case", key, "LEE.CHEN@corp.example", 1), ("letter case", key, "Lee.Chen@corp.example", 1)] == list(
        found[columns].itertuples(index=False)
    )


def test_duplicates_of_the_list_are_there_without_a_sign_in_too() -> None:
    """The list's own duplicates concern people who did not sign in."""
    found = tables.tables(diagnosed("user-missing"))["duplicates"]
    assert [("LEE.CHEN@corp.example", True), ("Lee.Chen@corp.example", True)] == list(
        zip(found["username"], found["sign_in"].isna(), strict=True)
    )


def test_another_reading_of_two_profiles_is_a_row_with_its_evidence() -> None:
    """Two accounts of one identity provider in one capture."""
    logs = [json.loads(sample(name).path.read_text())["log"] for name in ("user-missing", "user-case-differs")]
    both = {"log": {**logs[0], "entries": logs[0]["entries"] + logs[1]["entries"]}}
    found = tables.tables(diagnosis.diagnose(json.dumps(both).encode()))["duplicates"]
    assert [(1, "tomas.novak@corp.example"), (2, "Priya.Nair@corp.example")] == list(
        found.loc[found["reading"] == "two accounts at the identity provider", ["sign_in", "key"]].itertuples(
            index=False
        )
    )


def test_captures_of_one_name_are_told_apart() -> None:
    """Rows of two captures never mix in a join."""
    one = diagnosed("signed-in")
    assert ["signed-in.har", "signed-in.har (2)"] == list(tables.tables([one, one])["captures"]["capture"])


def test_one_list_given_for_many_captures_is_there_once() -> None:
    """Users are of the list, not of the capture."""
    one = diagnosed("signed-in")
    assert len(one.users[0]) == len(tables.tables([one, one])["users"])


def test_an_unreadable_input_is_a_capture_with_its_problem() -> None:
    """It has no verdict and no sign-in, and is not left out."""
    row = tables.tables(UNREADABLE)["captures"].iloc[0]
    assert ("broken.har", 0, "It is no HAR.", True) == (
        row["capture"],
        row["sign_ins"],
        row["problem"],
        pd.isna(row["verdict"]),
    )


# --- users ---


def test_users_of_the_live_instance_are_listed_through_the_aws_client() -> None:
    """An instance ID is asked of AWS."""
    pytest.importorskip("boto3")
    instance = practice_instance()
    found = tables.list_users(instance.instance_id, client=instance.client())
    assert (148, True) == (len(found), found.attrs["complete"])


def test_users_of_a_saved_list_are_those_of_the_file() -> None:
    """A path is read."""
    assert [user.username for user in practice_users().users] == list(tables.list_users(USERS_FILE)["username"])


def test_an_incomplete_list_says_so_beside_its_users() -> None:
    """A table of the first page does not look whole."""
    assert False is tables.list_users(FIRST_PAGE).attrs["complete"]


def test_a_path_with_a_region_is_refused() -> None:
    """A mistyped instance ID is not taken for a file."""
    with pytest.raises(UserListError, match="no instance ID"):
        tables.list_users("aaaaaaaa-bbbb", region="us-west-2")


@pytest.mark.parametrize("path", [USERS_FILE, FIRST_PAGE])
def test_a_list_comes_back_from_its_table_as_it_was(path: Path) -> None:
    """With its completeness, instance, notes and times."""
    (before,) = tables.user_lists(path)
    assert (before,) == tables.lists_of_frame(tables.users_frame(before))


def user(*fields: object) -> User:
    """A user of these fields."""
    return User(*fields)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.builds(
            user,
            st.text(min_size=1, max_size=20),
            st.text(max_size=8),
            st.just(""),
            st.none() | st.datetimes(timezones=st.just(UTC)),
        ),
        unique=True,
    ),
    st.booleans(),
)
def test_any_list_comes_back_from_its_table_as_it_was(users: list[User], complete: bool) -> None:  # noqa: FBT001 -- drawn
    """Whatever the names are made of."""
    before = Users("list", tuple(users), complete, retrieved=datetime(2026, 1, 2, tzinfo=UTC), notes=("a note",))
    assert (before,) == tables.lists_of_frame(tables.users_frame(before))


@pytest.mark.parametrize(
    "change",
    [
        lambda users: users[users["username"] != "admin"].iloc[1:],
        lambda users: users.head(0),
        lambda users: pd.concat([users, users.head(1).assign(username="new")]),
        lambda users: users.assign(username=users["username"].str.lower()),
        lambda users: pd.DataFrame({name: users[name] for name in users.columns}),
    ],
    ids=["filtered", "emptied", "added", "changed", "attrs lost"],
)
def test_a_list_with_other_rows_is_no_longer_complete(change: object) -> None:
    """A DataFrame keeps attrs through a filter, so attrs alone prove nothing."""
    changed = change(tables.list_users(USERS_FILE))  # type: ignore[operator]
    assert [False] == [users.complete for users in tables.lists_of_frame(changed)]


def test_rows_in_another_order_are_still_the_complete_list() -> None:
    """Sorting loses nobody."""
    found = tables.list_users(USERS_FILE).sort_values("last_modified", ascending=False)
    assert [True] == [users.complete for users in tables.lists_of_frame(found)]


def test_a_table_of_ones_own_is_complete_when_its_owner_says_so() -> None:
    """The columns of ListUsers are read too."""
    users = pd.DataFrame({"Username": ["jane", 1001], "LastModifiedTime": [1764000000.0, None]})
    users.attrs["complete"] = True
    (found,) = tables.lists_of_frame(users)
    assert (True, ["jane", "1001"]) == (found.complete, [user.username for user in found.users])


def test_a_table_without_usernames_is_refused() -> None:
    """With the names of the columns that are missing."""
    with pytest.raises(UserListError, match="no column 'username'"):
        tables.lists_of_frame(pd.DataFrame({"name": ["jane"]}))


def test_several_lists_keep_apart_what_each_knows() -> None:
    """A complete list beside an incomplete one is still complete."""
    other = User(
        "jane", arn="arn:aws:connect:eu-west-2:111122223333:instance/bbbbbbbb-0000-0000-0000-000000000000/agent/1"
    )
    lists = (practice_users(), *tables.user_lists(Users("other", (other,), complete=False)))
    back = tables.lists_of_frame(tables.users_frame(lists))
    assert [("practice users", True), ("other", False)] == [(users.source, users.complete) for users in back]


def test_what_is_no_list_of_users_is_refused() -> None:
    """With a sentence."""
    with pytest.raises(UserListError, match="no list of users"):
        tables.user_lists(5)  # type: ignore[arg-type]


# --- matches ---


def test_names_are_matched_in_their_order_and_a_name_without_user_stays() -> None:
    """Every name has a row."""
    found = tables.match_users(["tomas.novak@corp.example", "MARIA.GARCIA@corp.example", None], USERS_FILE)
    expected = [
        ("tomas.novak@corp.example", pd.NA, pd.NA),
        ("MARIA.GARCIA@corp.example", "case", "maria.garcia@corp.example"),
        (pd.NA, pd.NA, pd.NA),
    ]
    assert expected == list(found[["role_session_name", "match", "username"]].itertuples(index=False))


@pytest.mark.parametrize(
    "names",
    ["Priya.Nair@corp.example", ["Priya.Nair@corp.example"], pd.Series(["Priya.Nair@corp.example"])],
    ids=["text", "list", "Series"],
)
def test_a_name_may_come_in_several_ways(names: object) -> None:
    """One, several, or a column."""
    assert ["case"] == list(tables.match_users(names, practice_users())["match"])  # type: ignore[arg-type]


@pytest.mark.parametrize("table", ["attributes", "sign_ins"])
def test_the_names_of_a_capture_keep_their_sign_in(table: str) -> None:
    """The tables of a capture can be matched as they are."""
    names = tables.tables(diagnosed("user-case-differs"))[table]
    found = tables.match_users(names, tables.list_users(USERS_FILE))
    assert [("user-case-differs.har", 1, "priya.nair@corp.example")] == list(
        found[["capture", "sign_in", "username"]].itertuples(index=False)
    )


@pytest.mark.parametrize(("users", "complete"), [(USERS_FILE, True), (FIRST_PAGE, False)])
def test_matches_say_whether_the_list_is_whole(users: Path, complete: bool) -> None:  # noqa: FBT001 -- a parameter
    """'No user' in an incomplete list is 'not in this list'."""
    assert complete is tables.match_users("jane", tables.list_users(users)).attrs["complete"]


@pytest.mark.parametrize("names", [5, [5], pd.DataFrame({"x": ["jane"]})], ids=["number", "numbers", "table"])
def test_what_are_no_names_is_refused(names: object) -> None:
    """With the package's own exception."""
    with pytest.raises(ConnectSamlError):
        tables.match_users(names, practice_users())  # type: ignore[arg-type]


def test_only_the_rolesessionname_of_the_exact_name_is_matched() -> None:
    """AWS takes no other attribute for it."""
    value = "<AttributeValue>{}</AttributeValue>"
    attributes = (
        f'<Attribute Name="{ROLE_SESSION_NAME}">{value.format("jane")}</Attribute>'
        f'<Attribute Name="RoleSessionName">{value.format("john")}</Attribute>'
    )
    found = tables.match_users(tables.saml_attributes(pasted(attributes)), practice_users())
    assert ["jane"] == list(found["role_session_name"])


def test_a_capture_that_was_read_before_is_not_read_again() -> None:
    """A Capture is taken as it is."""
    capture = replace(har.read_capture(sample("signed-in").path), name="mine")
    assert {"mine"} == set(tables.load_har(capture)["capture"])
