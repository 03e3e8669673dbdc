"""A session for a room: the files for trainees and for the trainer, and the commands that write them."""

from __future__ import annotations

import json
import stat
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from connect_saml_nb.__main__ import main
from connect_saml_nb.diagnosis import diagnose
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.evidence import read_folder
from connect_saml_nb.training import new_case, read_session, session, topics, verdicts, write_pack
from connect_saml_nb.training.pack import case_files, write_case
from connect_saml_nb.users import read_users

if TYPE_CHECKING:
    from pathlib import Path

NAMES = next(t for t in topics() if t == "Matching names")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A session's two zips."""
    return write_pack(session(level=2, count=12, seed=5), tmp_path_factory.mktemp("pack") / "session.zip")


def contents(path: Path) -> dict[str, str]:
    """The files of a zip as text."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_same_seed_gives_the_whole_room_the_same_cases() -> None:
    """Ten laptops, one seed."""
    chosen = session([NAMES], level=2, count=6, seed=8)
    assert chosen.cases() == read_session(chosen.to_json()).cases()


def test_each_verdict_comes_once_before_any_comes_again() -> None:
    """A short session is no row of the same."""
    chosen = session([NAMES], count=len(topics()[NAMES]), seed=1)
    assert sorted(topics()[NAMES]) == sorted(case.answer.verdict for case in chosen.cases())


def test_a_longer_session_begins_with_the_shorter_one() -> None:
    """Or the trainer could not add one more."""
    assert session(count=3, seed=2).cases() == session(count=5, seed=2).cases()[:3]


def test_a_session_without_a_topic_is_about_everything() -> None:
    """All verdicts."""
    assert verdicts() == session().verdicts


@pytest.mark.parametrize(
    "arguments", [{"topic": ["no such topic"]}, {"level": 9}, {"count": 0}, {"count": 100_000}], ids=str
)
def test_a_session_that_cannot_be_is_refused(arguments: dict[str, object]) -> None:
    """With a sentence."""
    with pytest.raises(ConnectSamlError):
        session(**arguments)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"schema": "other"}', "[" * 100_000])
def test_what_is_no_session_is_refused(text: str) -> None:
    """A stranger's file."""
    with pytest.raises(ConnectSamlError, match="no practice session"):
        read_session(text)


# --- files ---------------------------------------------------------------------------------------------------


def test_no_file_of_the_trainees_tells_an_answer(packed: tuple[Path, Path]) -> None:
    """Neither cause nor fix nor hint stands anywhere, and no file but the list of names has the verdict's name."""
    files = contents(packed[0])
    cases = session(level=2, count=12, seed=5).cases()
    texts = [t for c in cases for t in (c.answer.cause, c.answer.fix, *c.answer.hints)]
    own = {f"{n:02}-{c.id}": c.answer.verdict for n, c in enumerate(cases, 1)}
    assert [] == [(name, text) for name, held in files.items() for text in texts if text in held]
    assert [] == [name for name, held in files.items() if "/" in name and own[name.partition("/")[0]] in held]


def test_the_trainer_s_zip_has_every_answer(packed: tuple[Path, Path]) -> None:
    """As a page to print and as JSON."""
    files = contents(packed[1])
    told = [json.loads(text)["verdict"] for name, text in sorted(files.items()) if name.endswith(".answer.json")]
    cases = session(level=2, count=12, seed=5).cases()
    assert [c.answer.verdict for c in cases] == told
    assert all(f"<code>{verdict}</code>" in files["answers.html"] for verdict in told)


def test_only_the_owner_may_read_the_zips(packed: tuple[Path, Path]) -> None:
    """The answers lie beside the cases."""
    assert [0o600, 0o600] == [stat.S_IMODE(path.stat().st_mode) for path in packed]


def test_the_pages_load_nothing(packed: tuple[Path, Path]) -> None:
    """They are printed from a laptop without a network."""
    pages = contents(packed[0])["handout.html"] + contents(packed[1])["answers.html"]
    assert [] == [word for word in ("<link", "<script", "src=", "@import", "url(") if word in pages]


def test_a_session_is_packed_to_the_same_bytes(packed: tuple[Path, Path], tmp_path: Path) -> None:
    """So that two trainers can compare."""
    again = write_pack(session(level=2, count=12, seed=5), tmp_path / "again.zip")
    assert [p.read_bytes() for p in packed] == [p.read_bytes() for p in again]


def test_a_case_in_a_folder_is_diagnosed_from_its_files(tmp_path: Path) -> None:
    """As a person does who has nothing but the files."""
    made = new_case("role-not-assumable", level=2, seed=3)
    write_case(made, tmp_path / "case")
    users, evidence = read_users(tmp_path / "case" / "users.json"), read_folder(tmp_path / "case" / "evidence")
    diagnosis = diagnose(tmp_path / "case" / "saml.har", users, evidence=evidence)
    assert made.answer.verdict == diagnosis.verdict
    assert 0o600 == stat.S_IMODE((tmp_path / "case" / "saml.har").stat().st_mode)


def test_a_saved_list_is_as_old_as_the_case(tmp_path: Path) -> None:
    """Or the toolkit would say that list and recording are months apart."""
    made = new_case("user-missing", seed=1)
    write_case(made, tmp_path / "case")
    assert made.when + timedelta(hours=1) == read_users(tmp_path / "case" / "users.json").retrieved


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    """Old and new files would mix."""
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(ConnectSamlError, match="not empty"):
        write_case(new_case(), tmp_path)


def test_where_nothing_can_be_written_a_sentence_says_so(tmp_path: Path) -> None:
    """The path is a file's."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConnectSamlError, match="could not be written"):
        write_pack(session(count=1), tmp_path / "file" / "session.zip")


def test_a_case_without_a_list_has_no_file_of_it() -> None:
    """What nobody saved is not there."""
    made = next(c for c in (new_case("user-not-checked", seed=s) for s in range(40)) if c.users_file is None)
    assert "users.json" not in case_files(made)


# --- the command line ----------------------------------------------------------------------------------------


def test_new_writes_a_case_and_its_answer_only_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The answer is written nowhere by itself."""
    common = ["practice", "new", "--verdict", "audience-wrong", "--level", "2", "--seed", "4"]
    status = main([*common, "--output", str(tmp_path / "a")])
    main([*common, "--output", str(tmp_path / "b"), "--answer", str(tmp_path / "answer.json")])
    made = new_case("audience-wrong", level=2, seed=4)
    assert (0, made.capture) == (status, (tmp_path / "a" / "saml.har").read_bytes())
    assert made.report in capsys.readouterr().err
    assert "audience-wrong" == json.loads((tmp_path / "answer.json").read_text())["verdict"]
    assert [] == [f.name for f in (tmp_path / "a").rglob("*") if "answer" in f.name]


def test_new_makes_a_case_of_a_rule(tmp_path: Path) -> None:
    """`--rule`."""
    main(["practice", "new", "--rule", "clock-differs", "--output", str(tmp_path / "a")])
    assert new_case(rule="clock-differs").capture == (tmp_path / "a" / "saml.har").read_bytes()


def test_pack_writes_both_zips(tmp_path: Path) -> None:
    """And the topics can be chosen."""
    command = ["practice", "pack", "--topic", NAMES, "--cases", "3", "--seed", "6", "--output"]
    status = main([*command, str(tmp_path / "s.zip")])
    told = read_session(contents(tmp_path / "s.zip")["session.json"])
    assert (0, session([NAMES], count=3, seed=6)) == (status, told)
    assert (tmp_path / "s-trainer.zip").is_file()


def test_topics_lists_every_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    """To choose from."""
    main(["practice", "topics"])
    printed = capsys.readouterr().out.split()
    assert set(verdicts()) <= set(printed)


@pytest.mark.parametrize(
    "arguments", [("new", "--verdict", "nope"), ("pack", "--topic", "nope"), ("pack", "--cases", "0")], ids=" ".join
)
def test_a_name_that_is_not_there_is_wrong_usage(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Exit status 2, as everywhere."""
    with pytest.raises(SystemExit) as stopped:
        main(["practice", *arguments, "--output", str(tmp_path / "x")])
    assert 2 == stopped.value.code


def test_a_session_without_the_extra_has_no_case_about_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop without `verify` still practises everything else."""
    monkeypatch.setattr("connect_saml_nb.training.generator.signing.available", lambda: False)
    assert ("signature-invalid" in session().verdicts, "user-missing" in session().verdicts) == (False, True)


def test_a_session_of_nothing_but_signatures_needs_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """And says how to get it."""
    monkeypatch.setattr("connect_saml_nb.training.generator.signing.available", lambda: False)
    with pytest.raises(ConnectSamlError, match="verify"):
        session(["signature-invalid"])
