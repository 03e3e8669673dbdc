"""A room's results, the readiness check, and the trainer's commands."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connect_saml_nb.__main__ import main
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.model.record import replace
from connect_saml_nb.training import classroom, preflight, session

if TYPE_CHECKING:
    from pathlib import Path

NAMES = session(["Matching names"], count=2, seed=42)
FIRST = classroom.CaseResult(1, "case-1", tries=1, solved=True)
SECOND = classroom.CaseResult(
    2, "case-2", tries=3, hints=2, solved=True, missed=("cause", "fix"), named=("user-missing",)
)
ADA = classroom.TraineeResult("Ada", NAMES, (FIRST, SECOND))
BOB = classroom.TraineeResult(
    "=Bob", NAMES, (replace(FIRST, solved=False, revealed=True), classroom.CaseResult(2, "case-2"))
)


def test_a_result_is_read_as_it_was_written() -> None:
    """Nothing is lost on the way to the trainer."""
    assert ADA == classroom.read_result(ADA.to_json())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        ADA.to_json().replace(b"practice-result/1", b"practice-result/2"),
        ADA.to_json().replace(b'"number": 2', b'"number": 3'),
        ADA.to_json().replace(b'"number": 2', b'"number": 1'),
        ADA.to_json().replace(b'"tries": 1', b'"tries": "1"'),
        ADA.to_json().replace(b"user-missing", b"user-mising"),
        ADA.to_json() + b" " * (1 << 20),
    ],
)
def test_what_is_no_result_is_refused_with_its_name(data: bytes) -> None:
    """A sentence, whatever the file holds."""
    with pytest.raises(ConnectSamlError, match=r"one\.json is no result of a practice session"):
        classroom.read_result(data, "one.json")


@given(st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """Only the one error comes out."""
    with pytest.raises(ConnectSamlError):
        classroom.read_result(data)


def test_the_table_says_how_each_trainee_got_on() -> None:
    """A row for each, a word for each case."""
    assert (
        ("Name", "Solved", "Case 1", "Case 2"),
        ("=Bob", "0 of 2", "shown", "not tried"),
        ("Ada", "2 of 2", "at once", "3 tries, 2 hints"),
    ) == classroom.people_table(classroom.collect([ADA, BOB]))


def test_the_hardest_case_comes_first_with_its_cause_and_what_tempted() -> None:
    """Who struggled with what."""
    told = classroom.struggles(classroom.collect([ADA, BOB]))
    causes = [case.answer.verdict for case in NAMES.cases()]
    expected = [
        (1, causes[0], 1, 1, 1, 0, 0, 0, "", ""),
        (2, causes[1], 0, 1, 0, 0, 1, 2, "cause (1), fix (1)", "user-missing (1)"),
    ]
    assert expected == [
        (
            s.number,
            s.verdict,
            s.first_try,
            s.solved,
            s.revealed,
            s.not_solved,
            s.not_tried,
            s.hints,
            s.missed,
            s.tempted_by,
        )
        for s in told
    ]


def test_a_result_of_another_session_is_left_out_and_said() -> None:
    """Not mixed in, not lost silently."""
    other = replace(ADA, name="Eve", session=session(["Matching names"], count=2, seed=43))
    told = classroom.collect([ADA, other, BOB])
    assert (["=Bob", "Ada"], ("Eve is left out: the result is of another session.",)) == (
        [r.name for r in told.results],
        told.left_out,
    )


def test_no_cell_of_the_csv_is_a_formula() -> None:
    """A name is a stranger's text."""
    assert "'=Bob,0 of 2" in classroom.to_csv(classroom.people_table(classroom.collect([ADA, BOB])))


def test_a_code_is_read_as_it_was_made() -> None:
    """It is read out in a room."""
    code = classroom.code_of(["Matching names"], level=2, count=5, seed=7)
    assert ("2-2-5-7", session(["Matching names"], level=2, count=5, seed=7)) == (
        code,
        classroom.read_code(f" {code} "),
    )


# --- ready? ------------------------------------------------------------------------------------------------


def test_this_computer_is_ready(tmp_path: Path) -> None:
    """With every check, and the fingerprint of the session."""
    told = preflight.checks(NAMES, tmp_path)
    assert ([], preflight.fingerprint_of(NAMES)) == ([c for c in told if not c.is_ready], told[-1].detail)


def test_the_fingerprint_tells_sessions_apart() -> None:
    """That is what it is for."""
    assert preflight.fingerprint_of(NAMES) != preflight.fingerprint_of(replace(NAMES, seed=43))


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a sentence, and the other checks go on."""
    monkeypatch.setattr(preflight, "_NEEDED", ("no_such_package",))
    told = preflight.checks(NAMES, tmp_path)
    assert ["Missing: no_such_package. Install connect_saml_nb again."] == [c.detail for c in told if not c.is_ready]


def test_a_home_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Progress would be lost."""
    told = preflight.checks(NAMES, tmp_path / "none")
    assert ["A place for progress"] == [c.name for c in told if not c.is_ready]


def test_the_check_shuts_the_network() -> None:
    """So that 'works without a network' is tried, not claimed."""
    with preflight.no_network(), pytest.raises(OSError, match="The network is shut"):
        socket.create_connection(("127.0.0.1", 9), timeout=1)


# --- the commands ------------------------------------------------------------------------------------------


def test_the_command_prints_both_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For a trainer with a folder of files."""
    paths = []
    for number, result in enumerate((ADA, BOB)):
        paths.append(str(tmp_path / f"{number}.json"))
        (tmp_path / f"{number}.json").write_bytes(result.to_json())
    status = main(["practice", "room", *paths])
    lines = capsys.readouterr().out.splitlines()
    assert (0, ["Name", "=Bob", "Ada", "", "Case", "1", "2"]) == (status, [line.split("  ")[0] for line in lines])


def test_a_file_that_is_no_result_is_said_and_the_others_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 3: something could not be read."""
    (tmp_path / "good.json").write_bytes(ADA.to_json())
    (tmp_path / "bad.json").write_text("no")
    status = main(["practice", "room", str(tmp_path / "good.json"), str(tmp_path / "bad.json"), "--format", "json"])
    said = capsys.readouterr()
    assert (3, ["Ada"], True) == (
        status,
        [p["name"] for p in json.loads(said.out)["people"]],
        "bad.json is no result" in said.err,
    )


def test_the_readiness_command_ends_well_here(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each check."""
    status = main(["practice", "ready", "2-1-2-42"])
    assert (0, True) == (status, preflight.fingerprint_of(NAMES) in capsys.readouterr().out)


def test_a_wrong_code_is_wrong_usage() -> None:
    """Exit status 2."""
    with pytest.raises(SystemExit) as ended:
        main(["practice", "ready", "nonsense"])
    assert 2 == ended.value.code
