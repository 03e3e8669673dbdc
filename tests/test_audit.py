"""The directory audit: who of an export will fail to sign in, and whom nobody can sign in as."""

# ruff: noqa: D103 - the names of tests state the behaviour

from __future__ import annotations

import csv
import io
import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

from connect_saml_nb import __main__ as command_line
from connect_saml_nb import audit as auditing
from connect_saml_nb.audit import Audit, audit, read_export
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.model.users import MatchKind, User, Users

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("jane@corp.example", "Max@corp.example", "ann@old.example", "gone@corp.example")


def users_of(*names: str, complete: bool = True) -> Users:
    return Users("users.json", tuple(User(name, f"id-{name}") for name in names), complete)


def audited(*people: str, users: Users | None = None, **options: Any) -> Audit:
    """An export with one column of names against the users."""
    listed = users or users_of(*NAMES)
    return audit(read_export("\n".join(("userPrincipalName", *people, "")).encode(), listed, **options), listed)


def verdicts(found: Audit) -> dict[str, str]:
    return {failing.person.name: failing.verdict for failing in found.failing}


# --- who fails, and why ------------------------------------------------------------------------------------


def test_exactly_the_username_passes() -> None:
    found = audited("jane@corp.example")
    assert (1, 1, ()) == (found.people, found.passing, found.failing)


@pytest.mark.parametrize(
    ("name", "verdict", "step"),
    [
        ("max@corp.example", "user-case-differs", MatchKind.CASE),
        ("ann@corp.example", "user-near-miss", MatchKind.DOMAIN),
        ("jane", "user-near-miss", MatchKind.LOCAL_PART),
        ("nobody@corp.example", "user-missing", None),
        ("jane+x@corp.example", "user-name-impossible", MatchKind.TAG),
        ("jane@corp", "user-name-impossible", MatchKind.DOMAIN),
        ("jane@corp.example ", "role-session-name-invalid", MatchKind.SPACE),
        ("jané@corp.example", "role-session-name-invalid", MatchKind.UNICODE),
        ("j", "role-session-name-invalid", None),
        ("j" * 65, "role-session-name-invalid", None),
    ],
)
def test_each_way_to_fail_has_the_verdict_of_its_sign_in(name: str, verdict: str, step: MatchKind | None) -> None:
    failing = audited(name).failing[0]
    assert (verdict, step) == (failing.verdict, failing.step)


def test_users_equal_but_for_case_are_two_profiles() -> None:
    found = audited("ann@x.example", users=users_of("Ann@x.example", "ANN@x.example"))
    assert {"ann@x.example": "duplicate-profiles"} == verdicts(found)


def test_nobody_is_missing_from_an_incomplete_list() -> None:
    found = audited("nobody@corp.example", "max@corp.example", users=users_of(*NAMES, complete=False))
    assert {"user-not-checked"} == set(verdicts(found).values())


def test_what_aws_refuses_fails_whatever_the_list_holds() -> None:
    found = audited("a b", users=users_of(*NAMES, complete=False))
    assert {"a b": "role-session-name-invalid"} == verdicts(found)


def test_a_row_without_the_claim_is_named_by_another_column() -> None:
    users = users_of(*NAMES)
    found = audit(read_export(b"userPrincipalName,displayName,mail\n,Jane Doe,x@y.example\n", users), users)
    assert "'x@y.example'" in auditing.reason(found.failing[0])


def test_the_reason_says_what_differs() -> None:
    found = audited("max@corp.example")
    expected = "The Connect user is 'Max@corp.example': letter case differs at character 1: m/M."
    assert expected == auditing.reason(found.failing[0])


def test_every_verdict_has_a_title_and_a_remedy() -> None:
    found = audited("max@corp.example", "ann@corp.example", "zz@y.example", "a+b@corp.example", "a b", "")
    assert all(auditing.cause(verdict).remedy for verdict in found.causes)


# --- whom nobody can sign in as ----------------------------------------------------------------------------


def unreached(found: Audit) -> dict[str, str]:
    return {each.user.username: auditing.reason_unreached(each) for each in found.unreached}


def test_users_whom_nobody_can_be_are_told_with_the_nearest_person() -> None:
    found = audited("jane@corp.example", "max@corp.example")
    expected = {
        "Max@corp.example": "Row 3 has 'max@corp.example' instead.",
        "ann@old.example": "Nobody in the export has this name or one like it.",
        "gone@corp.example": "Nobody in the export has this name or one like it.",
    }
    assert expected == unreached(found)


def test_the_twin_of_a_user_is_told() -> None:
    found = audited("a1@x.example", users=users_of("a1@x.example", "A1@x.example"))
    assert {"A1@x.example": "The person signs in as 'a1@x.example', a user equal except for letter case."} == unreached(
        found
    )


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("accountEnabled", "False"),
        ("Enabled", "no"),
        ("suspended", "true"),
        ("Status [READ ONLY]", "Suspended"),
        ("status", "DEPROVISIONED"),
        ("userAccountControl", "514"),
    ],
)
def test_who_is_disabled_at_the_provider_is_nobodys_failure(column: str, cell: str) -> None:
    users = users_of("jane@corp.example")
    export = read_export(f"userPrincipalName,{column}\njane@corp.example,{cell}\n".encode(), users)
    found = audit(export, users)
    told = "Whoever has this name is disabled at the identity provider."
    assert (0, 1, {"jane@corp.example": told}) == (found.people, found.disabled, unreached(found))


@pytest.mark.parametrize(
    ("column", "cell"), [("userAccountControl", "512"), ("status", "ACTIVE"), ("suspended", "false"), ("Enabled", "?")]
)
def test_who_is_not_known_to_be_disabled_counts(column: str, cell: str) -> None:
    users = users_of("jane@corp.example")
    export = read_export(f"userPrincipalName,{column}\njane@corp.example,{cell}\n".encode(), users)
    assert 1 == audit(export, users).passing


def test_several_people_on_one_user_are_told() -> None:
    found = audited("jane@corp.example", "jane@corp.example")
    assert [("jane@corp.example", 2, (2, 3))] == [(s.username, s.count, s.rows) for s in found.shared]


# --- which column ------------------------------------------------------------------------------------------

TWO = b"userPrincipalName,mail,accountEnabled\njane@x.example,jane@corp.example,true\n"


def test_a_named_column_is_taken() -> None:
    assert ("mail", False) == chosen(read_export(TWO, users_of(*NAMES), column="Mail"))


def chosen(export: auditing.Export) -> tuple[str, bool]:
    return export.choice.column, export.choice.guessed


def test_a_column_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(ConnectSamlError, match=r"no column of that name\. Its columns are: userPrincipalName, mail"):
        read_export(TWO, column="login")


def test_the_names_in_captures_tell_the_column() -> None:
    assert ("mail", False) == chosen(read_export(TWO, seen=["jane@corp.example"]))


def test_few_of_the_names_in_captures_make_a_guess_only() -> None:
    assert ("mail", True) == chosen(read_export(TWO, seen=["jane@corp.example", "b", "c"]))


def test_what_the_product_is_documented_to_send_goes_before_what_fits() -> None:
    """A fit cannot tell what is sent: if everybody fails, the wrong column fits."""
    assert ("userPrincipalName", True) == chosen(read_export(TWO, users_of("jane@corp.example")))


def test_a_column_that_fits_better_is_advised() -> None:
    users = users_of("jane@corp.example")
    advice = audit(read_export(TWO, users), users).advice
    assert "1 hold exactly a Connect username in 'mail', and 0 in 'userPrincipalName'" in advice[0]


def test_without_a_documented_product_the_fit_decides() -> None:
    table = b"sAMAccountName,userPrincipalName,mail\nj,jane@x,JANE@corp.example\n"
    assert ("mail", True) == chosen(read_export(table, users_of(*NAMES)))


def test_without_any_fit_the_usual_name_decides() -> None:
    assert ("userPrincipalName", True) == chosen(read_export(b"sAMAccountName,userPrincipalName,mail\nj,k,l\n"))


def test_a_column_that_cannot_be_told_is_asked_for() -> None:
    with pytest.raises(ConnectSamlError, match="Name one: givenName, surname"):
        read_export(b"givenName,surname\nJane,Doe\n")


@pytest.mark.parametrize(
    ("header", "product"),
    [
        ("userPrincipalName,displayName,mail,userType,accountEnabled", "Microsoft Entra ID"),
        (
            "User name [userPrincipalName] Required,Block sign in (Yes/No) [accountEnabled] Required",
            "Microsoft Entra ID",
        ),
        ("First Name [Required],Email Address [Required],Org Unit Path [Required]", "Google"),
        ("login,firstName,secondEmail", "Okta"),
        ("sAMAccountName,userPrincipalName", None),
    ],
)
def test_the_columns_tell_the_product(header: str, product: str | None) -> None:
    row = ",".join("x" for _ in header.split(","))
    assert product == read_export(f"{header}\n{row}\n".encode()).product


# --- advice ------------------------------------------------------------------------------------------------


def test_small_letters_are_advised_where_they_help() -> None:
    found = audited("JANE@corp.example", "zz@y.example")
    assert "IdP admin: 1 person of those who fail would pass if the name were sent in small letters." in found.advice


def test_a_domain_that_differs_for_many_is_told_once() -> None:
    found = audited("a1@new.example", "a2@new.example", users=users_of("a1@x.example", "a2@x.example"))
    told = "2 people differ from a Connect user in the domain only: the name has 'new.example', the user 'x.example'"
    assert told in found.advice[0]


def test_names_without_the_mail_domain_are_told_once() -> None:
    found = audited("jane", "gone")
    assert "2 people have a Connect user of the same name, but one of the two has no mail domain" in found.advice[0]


# --- outputs -----------------------------------------------------------------------------------------------

HOSTILE = ('"=HYPERLINK(""http://x"")"', "+1", "@SUM(A1)", "\x1b[31mred", "\u202egnp.exe", '"a\tb"')


def test_a_spreadsheet_takes_no_cell_for_a_formula() -> None:
    found = audited(*HOSTILE)
    rows = [*csv.reader(io.StringIO(auditing.to_csv(found)))][1:]
    assert not [cell for row in rows for cell in row if cell[:1] in {"=", "+", "-", "@", "\t"}]


def test_no_control_character_reaches_a_terminal() -> None:
    shown = auditing.to_text(audited(*HOSTILE, users=users_of("\x1b[2Jx")))
    assert shown.replace("\n", "").isprintable()


def test_json_holds_every_line() -> None:
    document = json.loads(auditing.to_json(audited("max@corp.example", "jane@corp.example", "jane@corp.example")))
    assert ["fails", "nobody", "nobody", "nobody", "shared"] == [line["what"] for line in document["lines"]]


@pytest.mark.parametrize("form", auditing.FORMATS)
def test_a_file_is_only_its_owners(form: str, tmp_path: Path) -> None:
    users = users_of("x\ud800y")
    auditing.write(audited("max@corp.example", users=users), tmp_path / "out", form)
    assert 0o600 == stat.S_IMODE((tmp_path / "out").stat().st_mode)


def test_a_file_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConnectSamlError, match="could not be written"):
        auditing.write(audited("x"), tmp_path / "none" / "out", "csv")


def test_nobodys_name_is_in_a_repr() -> None:
    found = audited("max@corp.example", "jane@corp.example", "jane@corp.example")
    assert "max@" not in repr((found, found.failing, found.unreached, found.shared, found.export))


# --- the command -------------------------------------------------------------------------------------------


def run(capsysbinary: pytest.CaptureFixture[bytes], *arguments: object) -> tuple[int, str, str]:
    status = command_line.main(["audit", *map(str, arguments)])
    out, err = capsysbinary.readouterr()
    return status, out.decode(), err.decode()


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """A folder with a saved list."""
    (tmp_path / "users").write_text("Username\njane@corp.example\nMax@corp.example\n")
    return tmp_path


@pytest.mark.parametrize(
    ("people", "status"),
    [("jane@corp.example\nMax@corp.example", 0), ("jane@corp.example", 0), ("max@corp.example", 1)],
)
def test_the_exit_status_says_whether_somebody_fails(
    people: str, status: int, lists: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (lists / "export.csv").write_text("mail\n" + people)
    assert status == run(capsysbinary, lists / "export.csv", "--users", lists / "users")[0]


def test_what_is_not_judged_has_a_status_of_its_own(lists: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (lists / "export.csv").write_text("mail\nnobody@corp.example\n")
    (lists / "cut").write_text(json.dumps({"UserSummaryList": [{"Username": "a"}], "NextToken": "x"}))
    assert 3 == run(capsysbinary, lists / "export.csv", "--users", lists / "cut")[0]


def test_an_export_that_is_none_is_said_in_one_sentence(
    lists: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    (lists / "export.csv").write_bytes(b"PK\x03\x04...")
    told = (
        "connect-saml: export.csv: it is a zip file or an Excel workbook. Unpack it, or save the sheet as CSV UTF-8.\n"
    )
    assert (3, "", told) == run(capsysbinary, lists / "export.csv", "--users", lists / "users")


def test_a_list_is_needed(lists: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(capsysbinary, lists / "export.csv")


def test_the_output_goes_where_it_is_wanted(lists: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (lists / "export.csv").write_text("mail\nmax@corp.example\n")
    out = lists / "out.csv"
    run(capsysbinary, lists / "export.csv", "--users", lists / "users", "--format", "csv", "--output", out)
    assert out.read_text("utf-8-sig").startswith("what,row,role_session_name,verdict,match,")
