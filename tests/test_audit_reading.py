"""Exports as directories, PowerShell and Excel write them, and what is none: read whole, or refused in a sentence."""

# ruff: noqa: D103 - the names of tests state the behaviour

from __future__ import annotations

import gzip
import json
import time
import tracemalloc
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connect_saml_nb import audit as auditing
from connect_saml_nb.audit import audit, read_export
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.model.users import User, Users

pytestmark = pytest.mark.slow

USERS = Users("users", (User("jane@corp.example"),), complete=True)


def people(content: bytes, **options: Any) -> list[tuple[int, str]]:
    return [(person.row, person.name) for person in read_export(content, **options).people()]


def names(content: bytes, **options: Any) -> list[str]:
    return [name for _, name in people(content, **options)]


# --- CSV ---------------------------------------------------------------------------------------------------

PLAIN = 'mail,displayName\njane@corp.example,"Doe, Jane"\nmäx@corp.example,Max\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_is_read(encoding: str) -> None:
    assert ["jane@corp.example", "mäx@corp.example"] == names(PLAIN.encode(encoding))


def test_windows_1252_is_told() -> None:
    assert "Windows-1252" in read_export(PLAIN.encode("cp1252")).notes[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter_is_read(delimiter: str) -> None:
    text = f'displayName{delimiter}mail\n"a{delimiter}b"{delimiter}jane@corp.example\n'
    assert ["jane@corp.example"] == names(text.encode())


@pytest.mark.parametrize(
    "before",
    [
        "sep=;\n",
        "#TYPE Microsoft.ActiveDirectory.Management.ADUser\n",
        "version:v1.0;;;\n",
        "\n\n",
        '"version:v1.0"\r\n',
    ],
)
def test_what_stands_before_the_header_is_left_out(before: str) -> None:
    assert ["jane@corp.example"] == names(f"{before}mail;city\njane@corp.example;Rome\n".encode())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_read(end: str) -> None:
    assert ["a@x.example", "b@x.example"] == names(f"mail,city{end}a@x.example,R{end}b@x.example,R".encode())


def test_a_line_break_in_quotes_is_part_of_its_cell() -> None:
    """A spreadsheet counts such a row as one."""
    assert [(2, "a@x.example"), (3, "b@x.example")] == people(b'city,mail\n"A\nB",a@x.example\nC,b@x.example\n')


def test_rows_are_numbered_as_a_spreadsheet_does() -> None:
    assert [(2, "a@x.example"), (4, "b@x.example")] == people(b"mail,city\na@x.example,R\n\nb@x.example,R\n")


def test_the_spelling_that_keeps_excel_from_changing_a_cell_is_taken_off() -> None:
    assert ["00123"] == names(b'login,city\n"=""00123""",R\n')


def test_numbers_that_excel_has_shortened_are_told() -> None:
    export = read_export(b"login,city\n1.23E+11,R\n", USERS)
    assert "1 names look like long numbers that Excel has shortened" in audit(export, USERS).notes[0]


def test_white_space_in_a_name_is_kept() -> None:
    """It can be in the directory, and fails there."""
    assert [" jane@corp.example "] == names(b"mail,city\n jane@corp.example ,R\n")


def test_a_list_without_a_header_is_read_whole() -> None:
    assert [(1, "a@x.example"), (2, "b@x.example")] == people(b"a@x.example\nb@x.example\n")


def test_a_header_of_unknown_names_is_told() -> None:
    assert "The first line is taken for the names of the columns: agent" in read_export(b"agent\na1\n").notes[0]


def test_columns_of_one_name_stay_apart() -> None:
    assert ("mail", "mail (2)", "column 3") == read_export(b"mail,mail,\na,b,c\n").columns


def test_a_row_that_is_too_short_has_no_claim() -> None:
    assert ["a@x.example", ""] == names(b"city,mail\nR,a@x.example\nR\n")


@pytest.mark.parametrize(
    "rest", ['"Jane,jane@corp.example\n', '"Jane,jane@corp.example', '"' + "x,y\n" * 400, '"' + "x" * (1 << 20)]
)
def test_a_quotation_mark_that_is_not_closed_loses_nobody_silently(rest: str) -> None:
    with pytest.raises(
        ConnectSamlError, match=r"quotation mark in line 3 is not closed|more than 1,048,576 characters"
    ):
        names(("displayName,mail\nA,a@x.example\n" + rest).encode())


# --- JSON and LDIF -----------------------------------------------------------------------------------------

GRAPH = {"@odata.context": "x", "value": [{"userPrincipalName": "jane@corp.example", "accountEnabled": True}]}
OKTA = [{"id": "1", "status": "ACTIVE", "profile": {"login": "jane@corp.example", "email": "x@y.example"}}]
GOOGLE = {"kind": "admin#directory#users", "users": [{"primaryEmail": "jane@corp.example", "suspended": False}]}
CENTER = {
    "Users": [{"UserName": "jane@corp.example", "UserId": "1", "IdentityStoreId": "d-1", "Emails": [{"Value": "z"}]}]
}


@pytest.mark.parametrize("document", [GRAPH, OKTA, GOOGLE, CENTER])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_answers_of_apis_are_read(document: object, encoding: str) -> None:
    assert ["jane@corp.example"] == names(json.dumps(document).encode(encoding))


def test_json_lines_are_read() -> None:
    assert ["a@x.example", "b@x.example"] == names(b'{"mail": "a@x.example"}\n{"mail": "b@x.example"}\n')


def test_pages_one_after_the_other_are_read() -> None:
    assert ["jane@corp.example"] * 2 == names(json.dumps(GRAPH).encode() * 2)


def test_a_page_that_others_follow_is_incomplete() -> None:
    page = {**GRAPH, "@odata.nextLink": "https://graph.example/next"}
    assert not read_export(json.dumps(page).encode()).complete


def test_a_json_export_larger_than_what_is_held_is_read_whole() -> None:
    rows = [{"mail": f"a{number}@x.example", "note": "ü" * 300} for number in range(2_000)]
    assert [row["mail"] for row in rows] == names(json.dumps({"value": rows}, ensure_ascii=False).encode())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"UserSummaryList": []}', "the list of Connect users"),
        (b'{"log": {"entries": []}}', "a HAR capture"),
        (b'[{"mail": "a"', "cut off or damaged"),
        (b'{"value": []}', "holds nobody"),
        (b"[" * 100_000, "cut off or damaged"),
        (b'[{"mail": "' + b"x" * (2 << 20) + b'"}]', "cut off or damaged"),
    ],
)
def test_json_that_is_no_export_is_refused(content: bytes, sentence: str) -> None:
    with pytest.raises(ConnectSamlError, match=sentence):
        names(content)


LDIF = """version: 1
# people
dn: CN=Jane,DC=corp
userPrincipalName: jane@corp.ex
 ample
userAccountControl: 512

dn:: Q049TWF4
userPrincipalName:: bcOkeEBjb3JwLmV4YW1wbGU=
userAccountControl: 514
"""


def test_ldif_is_read() -> None:
    found = [(p.row, p.name, p.active) for p in read_export(LDIF.encode()).people()]
    assert [(1, "jane@corp.example", True), (2, "mäx@corp.example", False)] == found


# --- what is no export -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "it is empty"),
        (b" \n\r\n", "it is empty"),
        (b"PK\x03\x04", "Excel workbook"),
        (b"<html>", "web page"),
        (b"mail,city\n", "no rows"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_what_is_no_export_is_refused_in_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(ConnectSamlError, match=sentence):
        read_export(content, name="export")


def test_gzip_is_read() -> None:
    assert ["jane@corp.example"] == names(gzip.compress(b"mail\njane@corp.example\n"))


def test_a_gzip_bomb_is_refused() -> None:
    with pytest.raises(ConnectSamlError, match="times its size"):
        read_export(gzip.compress(b"\0" * (80 << 20)))


def test_memory_does_not_grow_with_the_rows() -> None:
    """Of those who pass nothing is held."""

    def peak(rows: int) -> int:
        content = b"mail,city\n" + b"jane@corp.example,Rome\n" * rows
        export = read_export(content, USERS)
        tracemalloc.start()
        audit(export, USERS)
        try:
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(20_000) < peak(2_000) + 500_000


def test_an_audit_can_be_stopped() -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    export = read_export(b"mail\n" + b"a@x.example\n" * 30_000, USERS)
    with pytest.raises(KeyboardInterrupt):
        audit(export, USERS, progress=stop)


def test_twenty_thousand_hard_names_take_no_quadratic_time() -> None:
    users = Users("users", tuple(User(f"agent.{n:05}.name@corp.example") for n in range(20_000)), complete=True)
    export = read_export(b"mail\n" + b"".join(b"agnt.%05d.nme@corp.example\n" % n for n in range(20_000)))
    start = time.process_time()
    assert 20_000 == len(audit(export, users).failing)
    assert time.process_time() - start < 30


# --- any bytes ---------------------------------------------------------------------------------------------

WORDS = [
    *(
        "userPrincipalName",
        "mail",
        "login",
        "accountEnabled",
        "sep=;",
        "#TYPE x",
        "dn: ",
        "dn:: ",
        "version: 1",
        "value",
    ),
    *(",", ";", "\t", "\n", "\r", '"', "'", "=", "{", "}", "[", "]", ":", " ", "\0", "\ufeff", "jane@corp.example"),
    *("users", "profile", "@odata.nextLink", "true", "1e999", "-", '="', "\u2028", "\x85", "\\ud800"),
]
texts = st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=40).map("".join)


def audit_all(content: bytes) -> None:
    """Only our own error may come, and every row is accounted for."""
    with suppress(ConnectSamlError):
        found = audit(read_export(content, USERS), USERS)
        assert found.people == found.passing + len(found.failing)
        assert auditing.to_text(found).replace("\n", "").isprintable()
        assert auditing.to_csv(found)
        json.loads(auditing.to_json(found))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(content: bytes) -> None:
    audit_all(content)


@settings(max_examples=400, deadline=None)
@given(texts, st.sampled_from(["utf-8", "utf-16", "utf-16-be", "latin-1"]))
def test_any_text(text: str, encoding: str) -> None:
    audit_all(text.encode(encoding, errors="replace"))


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=12) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(values)
def test_any_json(value: object) -> None:
    audit_all(json.dumps(value).encode())
