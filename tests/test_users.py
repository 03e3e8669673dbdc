"""Saved user lists. The `cli-*` files were printed by AWS CLI 1.45.11 asking the practice instance."""

# ruff: noqa: D103 - the names of tests state the behaviour

from __future__ import annotations

import gzip
import io
import json
import os
import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from connect_saml_nb.errors import UserListError
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.users import User, Users
from connect_saml_nb.users import age_sentence, read_user_lists, read_users, save_users

DATA = Path(__file__).parent / "data" / "users"
INSTANCE = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
NAMES = [*(f"agent{n:03}@example.com" for n in range(1, 6)), "Lee.Chen@example.com", "LEE.CHEN@example.com"]


def arn(n: int = 0, instance: str = INSTANCE, region: str = "us-west-2") -> str:
    return f"arn:aws:connect:{region}:111122223333:instance/{instance}/agent/00000000-0000-4000-8000-{n:012}"


def row(name: object, n: int = 0, **more: object) -> dict[str, object]:
    return {"Id": f"00000000-0000-4000-8000-{n:012}", "Arn": arn(n), "Username": name, **more}


def as_list(*rows: object, **more: object) -> bytes:
    return json.dumps({"UserSummaryList": list(rows), **more}).encode()


def names(users: Users) -> list[str]:
    return [user.username for user in users.users]


def told(users: Users) -> str:
    return " ".join(users.notes)


# --- what the AWS CLI prints -------------------------------------------------------------------------------

WHOLE = ["cli-json.json", "cli-text.txt", "cli-query-objects.json", "cli-text-query-objects.txt"]
CUT = ["cli-max-items.json", "cli-no-paginate.json", "cli-text-max-items.txt", "cli-text-no-paginate.txt"]
BARE_NAMES = [
    "cli-query-names.json",
    "cli-query-rows.json",
    "cli-text-query-names.txt",
    "cli-text-query-column.txt",
    "cli-text-query-rows.txt",
]
SEARCHED = ["cli-search-users.json", "cli-search-users-text.txt"]


@pytest.mark.parametrize("file", [*WHOLE, *BARE_NAMES, *SEARCHED])
def test_every_cli_form_gives_all_names(file: str) -> None:
    assert names(read_users(DATA / file)) == NAMES


@pytest.mark.parametrize("file", [*WHOLE, *BARE_NAMES])
def test_cli_form_without_a_token_is_complete(file: str) -> None:
    assert read_users(DATA / file).complete


@pytest.mark.parametrize("file", CUT)
def test_a_token_left_in_the_file_means_incomplete(file: str) -> None:
    users = read_users(DATA / file)
    assert (names(users), users.complete) == (NAMES[:3], False)


@pytest.mark.parametrize("file", SEARCHED)
def test_a_search_answer_is_not_taken_as_the_whole_list(file: str) -> None:
    users = read_users(DATA / file)
    assert (users.complete, "its search criteria are not in it" in told(users)) == (False, True)


@pytest.mark.parametrize("file", SEARCHED)
def test_a_search_answer_without_a_token_is_not_said_to_end_at_one(file: str) -> None:
    assert "NextToken" not in told(read_users(DATA / file))


@pytest.mark.parametrize("file", WHOLE)
def test_the_arns_tell_instance_region_and_account(file: str) -> None:
    users = read_users(DATA / file)
    assert (users.instance_id, users.region, users.account) == (INSTANCE, "us-west-2", "111122223333")


@pytest.mark.parametrize("file", WHOLE)
def test_all_fields_of_a_row_are_read(file: str) -> None:
    expected = User(
        NAMES[2], "00000000-0000-4000-8000-000000000002", arn(2), datetime(2025, 11, 24, 16, 0, 2, tzinfo=UTC)
    )
    assert read_users(DATA / file).users[2] == expected


@pytest.mark.parametrize("file", ["cli-query-rows.json", "cli-text-query-rows.txt"])
def test_rows_of_cells_keep_the_user_id(file: str) -> None:
    assert read_users(DATA / file).users[2].user_id == "00000000-0000-4000-8000-000000000002"


@pytest.mark.parametrize("file", [*BARE_NAMES, "cli-query-objects.json"])
def test_a_bare_list_says_that_it_cannot_know_whether_it_is_whole(file: str) -> None:
    assert "cannot say whether it is whole" in told(read_users(DATA / file))


@pytest.mark.parametrize("file", BARE_NAMES)
def test_names_without_arns_say_that_the_instance_is_unknown(file: str) -> None:
    users = read_users(DATA / file)
    assert (users.instance_id, "does not say which instance" in told(users)) == (None, True)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("cli-access-denied.txt", "the error AccessDeniedException that AWS gave to ListUsers"),
        ("cli-list-instances.json", "it lists instances, not users"),
        ("cli-table.txt", "the CLI's table output"),
    ],
)
def test_other_cli_output_is_refused_with_the_right_command(file: str, words: str) -> None:
    with pytest.raises(UserListError, match=words) as raised:
        read_users(DATA / file)
    assert "aws connect list-users --instance-id ID --region REGION --output json > users.json" in str(raised.value)


def test_text_after_a_query_that_ends_with_none_is_incomplete() -> None:
    """CLI 1.45 applies --query to its NEXTTOKEN line too, and prints None."""
    users = read_users(b"jane\tbob\nNone\n")
    assert (names(users), users.complete) == (["jane", "bob"], False)


def test_yaml_output_is_refused_with_its_name() -> None:
    with pytest.raises(UserListError, match="YAML output"):
        read_users(f"UserSummaryList:\n- Arn: {arn()}\n  Username: jane\n".encode())


# --- pages -------------------------------------------------------------------------------------------------


def test_a_list_of_pages_is_complete_when_the_last_has_no_token() -> None:
    pages = [{"UserSummaryList": [row("a")], "NextToken": "t"}, {"UserSummaryList": [row("b", 1)]}]
    users = read_users(json.dumps(pages).encode())
    assert (names(users), users.complete) == (["a", "b"], True)


def test_a_list_of_pages_is_incomplete_when_the_last_has_a_token() -> None:
    pages = [{"UserSummaryList": [row("a")], "NextToken": "t"}, {"UserSummaryList": [row("b", 1)], "NextToken": "u"}]
    assert not read_users(json.dumps(pages).encode()).complete


def test_an_empty_last_page_completes_the_list() -> None:
    pages = [{"UserSummaryList": [row("a")], "NextToken": "t"}, {"UserSummaryList": []}]
    assert read_users(json.dumps(pages).encode()).complete


def test_pages_appended_to_one_file_are_read() -> None:
    users = read_users(as_list(row("a"), NextToken="t") + b"\n" + as_list(row("b", 1)))
    assert (names(users), users.complete) == (["a", "b"], True)


def test_user_objects_one_a_line_are_read() -> None:
    text = "\n".join(json.dumps(row(name, n)) for n, name in enumerate(["a", "b"]))
    assert names(read_users(text.encode())) == ["a", "b"]


def test_an_instance_without_users_is_a_complete_empty_list() -> None:
    users = read_users(as_list())
    assert (len(users), users.complete) == (0, True)


@pytest.mark.parametrize("token", [None, ""])
def test_an_empty_token_is_none(token: str | None) -> None:
    assert read_users(as_list(row("a"), NextToken=token)).complete


@pytest.mark.parametrize("count", [1, 100, 1000])
def test_a_bare_list_of_one_user_or_one_page_is_not_taken_as_whole(count: int) -> None:
    bare = json.dumps([f"user{n}" for n in range(count)]).encode()
    assert not read_users(bare).complete


@pytest.mark.parametrize("count", [1, 100, 1000])
def test_a_list_users_answer_of_that_size_is_whole(count: int) -> None:
    assert read_users(as_list(*(row(f"user{n}", n) for n in range(count)))).complete


# --- rows --------------------------------------------------------------------------------------------------


def test_white_space_in_json_usernames_is_kept() -> None:
    assert names(read_users(as_list(row(" jane "), row("bob\u00a0", 1)))) == [" jane ", "bob\u00a0"]


@pytest.mark.parametrize("name", [None, 7, "", [], {}, "x" * 300])
def test_a_row_without_a_readable_username_is_counted(name: object) -> None:
    users = read_users(as_list(row("a"), row(name, 1)))
    assert "Left out: 1 row without a readable username" in told(users)


def test_a_list_with_unreadable_rows_is_not_complete() -> None:
    assert not read_users(as_list(row("a"), row(None, 1))).complete


def test_a_list_whose_rows_are_all_unreadable_is_refused() -> None:
    with pytest.raises(UserListError, match="none of its rows holds a username"):
        read_users(as_list(row(None)))


def test_identical_rows_are_merged_and_counted() -> None:
    users = read_users(as_list(row("a"), row("a")))
    assert (len(users), "Merged with identical ones: 1 row." in told(users)) == (1, True)


def test_equal_names_of_different_users_are_both_kept() -> None:
    assert len(read_users(as_list(row("a"), row("a", 1)))) == 2


@pytest.mark.parametrize(
    "written",
    [
        1764000000,
        1764000000.0,
        "1764000000",
        "2025-11-24T16:00:00Z",
        "2025-11-24T17:00:00+01:00",
        "2025-11-24 16:00:00",
    ],
)
def test_last_modified_is_aware_utc_in_every_form(written: object) -> None:
    users = read_users(as_list(row("a", LastModifiedTime=written)))
    assert users.users[0].last_modified == datetime(2025, 11, 24, 16, tzinfo=UTC)


@pytest.mark.parametrize("written", ["soon", 1e300, float("nan"), True, [], "9" * 12])
def test_a_time_that_cannot_be_read_is_noted(written: object) -> None:
    users = read_users(as_list(row("a", LastModifiedTime=written)))
    assert (users.users[0].last_modified, "The time of the last change cannot be read in 1 row." in told(users)) == (
        None,
        True,
    )


# --- several instances -------------------------------------------------------------------------------------


def mixed() -> bytes:
    other = {**row("b", 1), "Arn": arn(1, "11111111-2222-3333-4444-555555555555", "eu-central-1")}
    return json.dumps([{"UserSummaryList": [row("a")], "NextToken": "t"}, {"UserSummaryList": [other]}]).encode()


def test_a_file_of_two_instances_is_split() -> None:
    found = [(users.region, names(users), users.complete) for users in read_user_lists(mixed())]
    assert found == [("us-west-2", ["a"], False), ("eu-central-1", ["b"], True)]


def test_a_file_of_two_instances_is_refused_as_one_list() -> None:
    with pytest.raises(UserListError, match="users of 2 instances"):
        read_users(mixed())


def test_a_row_without_an_arn_belongs_to_the_only_instance_of_the_file() -> None:
    assert len(read_users(as_list(row("a"), {"Username": "b"}))) == 2


# --- CSV and names -----------------------------------------------------------------------------------------

#: The header of the Connect console's own CSV template.
TEMPLATE = (
    "first name,last name,email address,password,user login,routing profile name,"
    "security_profile_name_1|security_profile_name_2,phone type (soft/desk),phone number,"
    "soft phone auto accept (yes/no),ACW timeout (seconds)"
)


def test_the_console_template_gives_the_user_login() -> None:
    rows = ('Jane,Doe,jd@x.example,s3cret,jane.doe@x.example,"Basic, all",Agent,soft,,yes,0', "Bo,Li,,,bo,,,,,,")
    text = "\r\n".join([TEMPLATE, *rows])
    assert names(read_users(text.encode("utf-8-sig"))) == ["jane.doe@x.example", "bo"]


@pytest.mark.parametrize(
    "head", ["Username", "user name", "User_Name", "USER LOGIN", "Login", "Agent login", '"Username"']
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_username_header_and_delimiter_is_accepted(head: str, delimiter: str) -> None:
    text = f"Last Name{delimiter}{head}\nDoe{delimiter}jane\nLi{delimiter}bo\n"
    assert names(read_users(text.encode())) == ["jane", "bo"]


def test_a_csv_of_this_packages_users_table_is_read_whole() -> None:
    text = f"username,user_id,arn,last_modified\njane,u1,{arn()},2025-11-24 16:00:00+00:00\n"
    expected = User("jane", "u1", arn(), datetime(2025, 11, 24, 16, tzinfo=UTC))
    assert read_users(text.encode()).users == (expected,)


def test_excels_separator_line_is_skipped() -> None:
    assert names(read_users(b"sep=;\r\nname;username\r\nx;jane\r\ny;bob\r\n")) == ["jane", "bob"]


def test_a_csv_row_without_a_username_is_counted_and_blank_rows_are_not() -> None:
    users = read_users(b"username,name\njane,x\n,\n,y\n")
    assert (names(users), users.complete, "Left out: 1 row " in told(users)) == (["jane"], False, True)


def test_a_csv_with_a_header_alone_is_refused() -> None:
    with pytest.raises(UserListError, match="it holds no users"):
        read_users(b"username,name\n")


def test_a_csv_without_a_username_column_is_refused() -> None:
    with pytest.raises(UserListError, match="in a form that is known here"):
        read_users(b"first name,email address\nJane,jane@x.example\nBo,bo@x.example\n")


def test_names_one_a_line_are_read_without_blank_lines_and_line_ends() -> None:
    assert names(read_users(b"jane\r\n\r\n  bob  \r\nDOMAIN\\kim\r\n")) == ["jane", "bob", "DOMAIN\\kim"]


def test_a_json_list_of_names_is_not_mistaken_for_a_header() -> None:
    assert names(read_users(b'["jane", "login", "bob"]')) == ["jane", "login", "bob"]


# --- bytes -------------------------------------------------------------------------------------------------

TEXT = as_list(row("jürgen")).decode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_encodings_are_read(encoding: str) -> None:
    text = json.dumps({"UserSummaryList": [row("jürgen")]}, ensure_ascii=False)
    assert names(read_users(text.encode(encoding))) == ["jürgen"]


def test_a_windows_1252_csv_is_read_with_a_note() -> None:
    users = read_users("username,name\njane,Jürgen\n".encode("cp1252"))
    assert (names(users), "Windows-1252" in told(users)) == (["jane"], True)


def test_gzip_is_read_by_its_first_bytes() -> None:
    assert names(read_users(gzip.compress(as_list(row("a"))))) == ["a"]


def test_a_gzip_file_of_several_members_is_read() -> None:
    half = len(TEXT) // 2
    packed = gzip.compress(TEXT[:half].encode()) + gzip.compress(TEXT[half:].encode())
    assert names(read_users(packed)) == ["jürgen"]


def test_a_cut_off_gzip_file_is_refused() -> None:
    with pytest.raises(UserListError, match="cut off"):
        read_users(gzip.compress(as_list(*(row(str(n), n) for n in range(99))))[:-20])


def test_a_gzip_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connect_saml_nb.users.saved.MOST_BYTES", 1 << 20)
    with pytest.raises(UserListError, match="larger than 128 MiB"):
        read_users(gzip.compress(b" " * (2 << 20)))


def test_more_rows_than_any_instance_has_users_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connect_saml_nb.users.parse.MOST_USERS", 9)
    with pytest.raises(UserListError, match="No Connect instance has that many users"):
        read_users(as_list(*[None] * 5, *(row(str(n), n) for n in range(5))))


def test_more_values_than_any_list_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connect_saml_nb.users.formats.MOST_VALUES", 9)
    with pytest.raises(UserListError, match="it holds more values"):
        read_users(b"[" + b"{}," * 9 + b"{}]")


def test_text_after_the_list_is_noted() -> None:
    users = read_users(as_list(row("a")) + b"\n$ exit\n")
    assert "Text that follows the list was left out." in users.notes


def test_cut_off_json_is_refused() -> None:
    with pytest.raises(UserListError, match="cut off or damaged"):
        read_users(as_list(row("a"), row("b"))[:-30])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b" \r\n", "it is empty"),
        (b"[]", "it is an empty list"),
        (b"null\n", "the --query found nothing"),
        (b"<!DOCTYPE html><html></html>", "it is a web page"),
        (b"<samlp:Response/>", "it is XML"),
        (b'{"log": {"entries": []}}', "it is a HAR capture"),
        (b'{"message": "Forbidden"}', "it holds an error message"),
        (b'{"SecurityProfileSummaryList": []}', "another AWS command"),
        (b'{"Users": [{"UserName": "x", "UserId": "AIDA"}]}', "users of another AWS service"),
        (b'{"UserSummaryList": null}', "its list of users is not a list"),
        (b"Unable to locate credentials. You can configure...", "there were no credentials"),
        (b"usage: aws [options] <command>", "a CLI error"),
        (b"PK\x03\x04....", "a zip file or an Excel workbook"),
        (b"\x00\x01\x02\x03", "it is not text"),
        (b"Dear colleague, here is the list you asked for.\nBest regards\n", "in a form that is known here"),
        (b"[" * 5000, "cut off or damaged"),
    ],
)
def test_what_is_no_user_list_is_named(content: bytes, words: str) -> None:
    with pytest.raises(UserListError, match=words):
        read_users(content)


def test_a_message_starts_with_the_name_that_the_person_knows() -> None:
    with pytest.raises(UserListError, match=r"^users\.json: it is empty"):
        read_users(b"", name="users.json")


# --- sources -----------------------------------------------------------------------------------------------


def test_a_path_gives_its_name_and_modification_time(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    path.write_bytes(as_list(row("a")))
    os.utime(path, (1764000000, 1764000000))
    users = read_users(str(path))
    assert (users.source, users.retrieved) == ("users.json", datetime(2025, 11, 24, 16, tzinfo=UTC))


def test_bytes_have_no_time() -> None:
    assert read_users(as_list(row("a"))).retrieved is None


@pytest.mark.parametrize("file", [io.BytesIO(as_list(row("a"))), io.StringIO(as_list(row("a")).decode())])
def test_a_file_object_is_read(file: Any) -> None:
    assert names(read_users(file)) == ["a"]


def test_a_closed_file_object_is_refused() -> None:
    file = io.BytesIO()
    file.close()
    with pytest.raises(UserListError, match="could not be read"):
        read_users(file)


@pytest.mark.parametrize(
    ("path", "words"), [("nowhere.json", "no file"), ("", "is a folder without a user list"), ("a\0b", "not a usable")]
)
def test_a_path_that_cannot_be_read_is_refused(tmp_path: Path, path: str, words: str) -> None:
    with pytest.raises(UserListError, match=words):
        read_users(tmp_path / path)


# --- saving ------------------------------------------------------------------------------------------------


def lists_to_save() -> list[Users]:
    full = User("Jané\ud800 ", "u1", arn(1), datetime(2025, 1, 2, 3, 4, 5, 678901, tzinfo=UTC))
    then = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Users("live", (full, User("b")), complete=True, instance_id=INSTANCE, region="us-west-2", account="1"),
        Users("some", (User("b"),), complete=False, retrieved=then, notes=("One.", "Two.")),
        Users("none", (), complete=True),
    ]


@pytest.mark.parametrize("users", lists_to_save(), ids=lambda users: users.source)
def test_a_saved_list_reads_back_equal(tmp_path: Path, users: Users) -> None:
    save_users(users, tmp_path / "saved.json")
    assert read_users(tmp_path / "saved.json") == users


@pytest.mark.parametrize("file", [*WHOLE, *CUT, *BARE_NAMES, *SEARCHED])
def test_every_form_can_be_saved_and_read_back_equal(tmp_path: Path, file: str) -> None:
    users = read_users(DATA / file)
    save_users(users, tmp_path / "saved.json")
    assert read_users(tmp_path / "saved.json") == users


def test_a_name_given_wins_over_the_saved_one(tmp_path: Path) -> None:
    save_users(Users("live", (User("b"),), complete=True), tmp_path / "saved.json")
    assert read_users(tmp_path / "saved.json", name="mine").source == "mine"


def test_a_saved_list_that_lost_rows_is_not_complete(tmp_path: Path) -> None:
    save_users(Users("live", (User("b"),), complete=True), tmp_path / "saved.json")
    document = json.loads((tmp_path / "saved.json").read_text())
    document["UserSummaryList"].append({"Username": None})
    assert not read_users(json.dumps(document).encode()).complete


@pytest.mark.skipif(os.name == "nt", reason="POSIX file modes")
def test_a_saved_list_is_for_its_owner_only(tmp_path: Path) -> None:
    save_users(Users("live", (), complete=True), tmp_path / "saved.json")
    assert stat.S_IMODE((tmp_path / "saved.json").stat().st_mode) == 0o600


def test_saving_leaves_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "saved.json").write_text("old")
    save_users(Users("live", (), complete=True), tmp_path / "saved.json")
    assert [path.name for path in tmp_path.iterdir()] == ["saved.json"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserListError, match="could not be written"):
        save_users(Users("live", (), complete=True), tmp_path / "nowhere" / "saved.json")


# --- age ---------------------------------------------------------------------------------------------------

CAPTURED = datetime(2026, 11, 24, 2, 38, tzinfo=UTC)


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(seconds=-30), "at the time of the capture."),
        (timedelta(minutes=-61), "1 hour before the capture: what changed in between is not in it."),
        (timedelta(days=-3, hours=-2), "3 days before the capture: what changed in between is not in it."),
        (timedelta(minutes=2), "2 minutes after the capture: it also holds what changed in between."),
    ],
)
def test_the_age_is_told_against_the_capture(distance: timedelta, words: str) -> None:
    users = Users("x", (), complete=True, retrieved=CAPTURED + distance)
    assert age_sentence(users, CAPTURED) == f"The user list was made {words}"


def test_the_age_is_the_same_in_any_time_zone() -> None:
    users = Users("x", (), complete=True, retrieved=CAPTURED.astimezone(timezone(timedelta(hours=9))))
    assert age_sentence(users, CAPTURED) == "The user list was made at the time of the capture."


def test_without_a_capture_time_the_date_is_told() -> None:
    users = Users("x", (), complete=True, retrieved=CAPTURED)
    assert age_sentence(users, None) == "The user list was made on 2026-11-24 at 02:38 UTC."


def test_a_list_of_unknown_age_has_no_sentence() -> None:
    assert age_sentence(replace(Users("x", (), complete=True), retrieved=None), CAPTURED) is None
