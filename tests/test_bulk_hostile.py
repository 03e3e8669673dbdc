"""Many captures under names, in folders and in run folders that nobody would make on purpose."""

from __future__ import annotations

import base64
import io
import os
import sys
import tarfile
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path

import pytest
from markupsafe import escape
from test_bulk_run import TOLD, go
from test_bulk_stream import CASE, SAMPLES, run

from connect_saml_nb import __main__ as command_line
from connect_saml_nb import bulk
from connect_saml_nb.bulk import Progress, Run
from connect_saml_nb.diagnosis import collect_inputs
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.model.record import replace
from connect_saml_nb.samples import practice_users

MISSING = (SAMPLES / "user-missing.har").read_bytes()
posix = pytest.mark.skipif(os.name != "posix", reason="other systems have no such files")


@posix
def test_a_link_to_itself_costs_its_own_row(tmp_path: Path) -> None:
    """It is met in the middle of a folder of captures."""
    (tmp_path / "a.har").write_bytes(CASE)
    (tmp_path / "b.har").symlink_to("b.har")
    assert ["user-case-differs", None] == [r.verdict for r in run(tmp_path)]


@posix
@pytest.mark.parametrize("name", ["f.har", "f.zip", "f.tar", "f.tgz", "f.eml"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, name: str) -> None:
    """A pattern can match one."""
    os.mkfifo(tmp_path / name)
    (row,) = run(tmp_path / "f.*")
    assert f"{tmp_path / name} is no file: save what it holds to a file, and name that." == row.problem


@posix
@pytest.mark.parametrize("name", ["a\nb.har", "SAMLResponse=.har", "/".join(["d" * 200] * 6 + ["a.har"])])
def test_a_name_is_never_taken_for_a_paste(tmp_path: Path, name: str) -> None:
    """What was found in a folder is a file, whatever it is called."""
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(CASE)
    assert ["user-case-differs"] == [r.verdict for r in run(tmp_path)]


@posix
@pytest.mark.parametrize("name", ["{2026}/a.har", "<a>.har"])
def test_a_relative_name_is_never_taken_for_a_paste(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder may be called by a GUID."""
    monkeypatch.chdir(tmp_path)
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_bytes(CASE)
    assert ["user-case-differs"] == [r.verdict for r in run(name)]


# --- from a row to the diagnosis of its capture ------------------------------------------------------------


def drilled(*sources: str | os.PathLike[str]) -> tuple[list[tuple[str, str | None]], list[tuple[str, str | None]]]:
    """Every row's capture and verdict, and the same as a click on the row diagnoses it again."""
    results, told = run(*sources), collect_inputs(practice_users(), verify=False)
    again = [(r.capture, bulk.diagnosis_of(r, told).verdict) for r in results]
    return [(r.capture, r.verdict) for r in results], again


def mail_of(*parts: tuple[str, bytes]) -> bytes:
    """A mail with these attached."""
    message = EmailMessage()
    message.set_content("See the files.")
    for name, data in parts:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def zip_of(*parts: tuple[str, bytes]) -> bytes:
    """A zip of these, also under names that it has already."""
    file = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(file, "w") as archive:
        for name, data in parts:
            archive.writestr(name, data)
    return file.getvalue()


def tar_of(*parts: tuple[str, bytes], mode: str = "w") -> bytes:
    """A tar of these, also under names that it has already."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in parts:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file.getvalue()


TWICE = (("c.har", CASE), ("c.har", MISSING))


@pytest.mark.parametrize(
    ("name", "content", "captures"),
    [
        ("m.eml", mail_of(*TWICE), ["c (2).har", "c.har"]),
        ("z.zip", zip_of(*TWICE), ["c (2).har", "c.har"]),
        ("t.tar", tar_of(*TWICE), ["c (2).har", "c.har"]),
        ("t.tgz", tar_of(*TWICE, mode="w:gz"), ["c (2).har", "c.har"]),
        (
            "deep.eml",
            mail_of(("z.zip", zip_of(("c.har", CASE))), ("z.zip", zip_of(("c.har", MISSING)))),
            ["z (2).zip/c.har", "z.zip/c.har"],
        ),
    ],
)
def test_captures_of_one_name_are_told_apart(tmp_path: Path, name: str, content: bytes, captures: list[str]) -> None:
    """Two attachments called alike are usual; each row opens its own."""
    (tmp_path / name).write_bytes(content)
    rows, again = drilled(tmp_path / name)
    expected = dict(
        zip((f"{tmp_path / name}/{c}" for c in captures), ["user-missing", "user-case-differs"], strict=True)
    )
    assert (expected, rows) == (dict(rows), again)


@posix
@pytest.mark.parametrize("name", [b"a\nb.har", b"a\xffb.har", "a\u202eb.har".encode(), "a\U000e0001b.har".encode()])
def test_a_name_that_cannot_be_shown_opens_its_own_capture(tmp_path: Path, name: bytes) -> None:
    """A question mark in its place would be a pattern that others match."""
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(MISSING)
    (tmp_path / "a-b.har").write_bytes(CASE)
    (tmp_path / "a?b.har").write_bytes(CASE)
    rows, again = drilled(tmp_path)
    assert (rows, 3) == (again, len(dict(rows)))


def test_members_with_long_names_open_their_own_captures(tmp_path: Path) -> None:
    """Only the beginnings of the names differ."""
    long = "d" * 150 + "/" + "e" * 150 + "/"
    parts = (("F" + long + "a.zip", zip_of(("x.har", CASE))), ("G" + long + "a.zip", zip_of(("x.har", MISSING))))
    (tmp_path / "z.zip").write_bytes(zip_of(*parts))
    rows, again = drilled(tmp_path)
    assert (rows, 2) == (again, len(dict(rows)))


@pytest.mark.parametrize(
    "name",
    ["=?UTF-8?B?QXVmemVpY2hudW5nIMOcLmhhcg==?=", "=?iso-8859-1?Q?Aufzeichnung_=DC=2Ehar?="],
)
def test_attachments_with_encoded_names_are_found(tmp_path: Path, name: str) -> None:
    """RFC 2047 does not allow them within quotes; mail programs write them all the same."""
    head = (
        f'Content-Type: application/octet-stream; name="{name}"\nContent-Disposition: attachment; filename="{name}"\n'
    )
    body = base64.encodebytes(CASE).decode()
    text = f"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n{head}"
    (tmp_path / "m.eml").write_text(f"{text}Content-Transfer-Encoding: base64\n\n{body}\n--b--\n")
    expected = [(f"{tmp_path / 'm.eml'}/Aufzeichnung Ü.har", "user-case-differs")]
    assert (expected, expected) == drilled(tmp_path)


# --- run folders -------------------------------------------------------------------------------------------


def table(done: Run) -> list[tuple[str, str | None]]:
    """The run's rows, by the last part of the captures' names."""
    return [(r.capture.rpartition("/")[2], r.verdict) for r in done.results()]


def begun(tmp_path: Path, name: str, content: bytes) -> Run:
    """A run over a folder with one file, done."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(content)
    started = Run.begin(tmp_path / "run", [str(tmp_path / "in")], TOLD)
    go(started)
    return started


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("z.zip", zip_of(("a.har", CASE), ("b.har", CASE)), zip_of(("0.har", MISSING), ("b.har", MISSING))),
        ("z.zip", zip_of(("b.har", CASE)), zip_of(("0.har", MISSING), ("b.har", MISSING))),
        ("t.tar", tar_of(("a.har", CASE), ("b.har", CASE)), tar_of(("0.har", MISSING), ("b.har", MISSING))),
        ("t.tgz", tar_of(("a.har", CASE), mode="w:gz"), tar_of(("0.har", MISSING), ("b.har", MISSING), mode="w:gz")),
    ],
)
def test_of_an_archive_written_anew_no_old_row_stays(tmp_path: Path, name: str, before: bytes, after: bytes) -> None:
    """The table is of what is there."""
    started = begun(tmp_path, name, before)
    (tmp_path / "in" / name).write_bytes(after)
    go(Run.open(started.folder))
    assert [("0.har", "user-missing"), ("b.har", "user-missing")] == table(started)


def test_a_file_that_was_removed_keeps_its_row(tmp_path: Path) -> None:
    """A disk that is away must not empty the table."""
    started = begun(tmp_path, "z.zip", zip_of(*TWICE))
    (tmp_path / "in" / "z.zip").unlink()
    go(Run.open(started.folder))
    assert {("c.har", "user-case-differs"), ("c (2).har", "user-missing")} <= {*table(started)}


@pytest.mark.parametrize(
    ("old", "new"), [(b"user-missing", b"user-missin\xff"), (b'"source":"', b'"sourze":"'), (b'"sign_ins":[', b'"sign')]
)
def test_a_line_that_was_damaged_is_done_again(tmp_path: Path, old: bytes, new: bytes) -> None:
    """Until then the other rows are shown."""
    started = begun(tmp_path, "z.zip", zip_of(*TWICE))
    (part,) = started.folder.glob("part-*.jsonl")
    first, second = sorted(part.read_bytes().splitlines(keepends=True), key=lambda line: b'"user-missing"' in line)
    part.write_bytes(second.replace(old, new, 1) + first)
    before = table(started)
    go(Run.open(started.folder))
    assert ([("c.har", "user-case-differs")], 2) == (before, len(table(started)))


def test_a_part_that_was_removed_is_done_again(tmp_path: Path) -> None:
    """Its number is not given twice."""
    started = begun(tmp_path, "a.har", CASE)
    (tmp_path / "in" / "b.har").write_bytes(MISSING)
    go(Run.open(started.folder))
    (started.folder / "part-00001.jsonl").unlink()
    go(Run.open(started.folder))
    assert [("a.har", "user-case-differs"), ("b.har", "user-missing")] == table(started)


def test_a_damaged_manifest_says_so(tmp_path: Path) -> None:
    """'No run' there, and 'a run already' without --resume, would help nobody."""
    started = begun(tmp_path, "a.har", CASE)
    (started.folder / "manifest.json").write_bytes(b"{")
    with pytest.raises(ConnectSamlError, match=r"manifest\.json is damaged: begin a new run in another folder"):
        Run.open(started.folder)


def test_forgetting_leaves_what_only_sounds_like_ours(tmp_path: Path) -> None:
    """A copy that somebody made is theirs; what a kill left is ours."""
    started = begun(tmp_path, "a.har", CASE)
    theirs = ["captures.csv.bak", "lock.har", "manifest.json.old", "results.jsonl.gz", "summary.json.d"]
    for name in (*theirs, ".captures.csv.abc_1234", ".part-00001.jsonl"):
        (started.folder / name).write_text("x")
    (started.folder / "bulk.xlsx").mkdir()
    started.forget()
    assert sorted([*theirs, ".part-00001.jsonl", "bulk.xlsx"]) == sorted(p.name for p in started.folder.iterdir())


@posix
def test_a_run_is_not_forgotten_while_another_process_works_on_it(tmp_path: Path) -> None:
    """It would write on into files that are gone."""
    import fcntl  # noqa: PLC0415 # POSIX only

    started = begun(tmp_path, "a.har", CASE)
    with (started.folder / "lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(ConnectSamlError, match="Another process"):
            started.forget()
    assert [("a.har", "user-case-differs")] == table(started)


def test_a_pattern_is_meant_in_the_folder_where_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the folder's own name looks like a pattern."""
    (tmp_path / "[2026]").mkdir()
    (tmp_path / "[2026]" / "a.har").write_bytes(CASE)
    monkeypatch.chdir(tmp_path / "[2026]")
    started = Run.begin(tmp_path / "run", ["*.har"], TOLD)
    go(started)
    assert [("a.har", "user-case-differs")] == table(started)


@posix
def test_a_source_that_is_no_utf8_is_told_how_to_name_it(tmp_path: Path) -> None:
    """The manifest is JSON, which cannot hold it."""
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.har")
    Path(path).write_bytes(CASE)
    with pytest.raises(ConnectSamlError, match=r"no name in UTF-8: .* write \? for each such byte"):
        Run.begin(tmp_path / "run", [path], TOLD)
    started = Run.begin(tmp_path / "run", [str(tmp_path / "?.har")], TOLD)
    go(started)
    assert [("\\udcff.har", "user-case-differs")] == table(started)


def test_going_on_counts_what_is_left(tmp_path: Path) -> None:
    """Nobody is told of '3 of 0 files'."""
    started = begun(tmp_path, "z.zip", zip_of(*TWICE))
    (tmp_path / "in" / "z.zip").write_bytes(zip_of(*TWICE, ("d.har", CASE)))
    told: list[Progress] = []
    with ThreadPoolExecutor(1) as executor:
        Run.open(started.folder).go(TOLD, executor=executor, progress=told.append)
    assert (3, 3) == (told[-1].done, told[-1].total)


# --- what has no end ---------------------------------------------------------------------------------------


def test_archives_in_archives_do_not_multiply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them holds no more than it may; together they would keep a worker for years."""
    monkeypatch.setattr("connect_saml_nb.bulk.archives.PARTS_LIMIT", 10)
    inner = zip_of(*((f"{n}.har", b"{") for n in range(9)))
    (tmp_path / "m.eml").write_bytes(mail_of(("z.zip", zip_of(*((f"{n}.zip", inner) for n in range(9))))))
    results = run(tmp_path / "m.eml")
    refused = [r.problem for r in results if r.problem and "more than" in r.problem]
    assert (11, ["It holds more than 10 captures: unpack it and give the folder."]) == (len(results), refused)


# --- the command -------------------------------------------------------------------------------------------


def command(*arguments: str) -> int:
    """The command's exit status."""
    return command_line.main(["bulk", *arguments])


def test_a_closed_standard_error_does_not_end_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Services run with `2>&-`."""
    (tmp_path / "a.har").write_bytes(CASE)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", None)
        status = command(str(tmp_path / "*.har"), str(tmp_path / "none.txt"), "--run", str(tmp_path / "run"))
    out, _ = capsysbinary.readouterr()
    assert (3, b"2 captures, ") == (status, out[:12])


def test_a_closed_standard_output_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """It is no fault of this package, and the outputs are in the folder."""
    (tmp_path / "a.har").write_bytes(CASE)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", None)
        status = command(str(tmp_path / "a.har"), "--run", str(tmp_path / "run"))
    _, err = capsysbinary.readouterr()
    told = b"connect-saml: The standard output is closed: give --output PATH.\n"
    assert (3, told, True) == (status, err, (tmp_path / "run" / "report.html").exists())


def test_a_run_is_not_forgotten_where_it_was_to_go_on(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """An option too many must not cost a day's work."""
    started = begun(tmp_path, "a.har", CASE)
    with pytest.raises(SystemExit, match="2"):
        command("--run", str(started.folder), "--resume", "--forget")
    _, err = capsysbinary.readouterr()
    assert (True, True) == (b"not both" in err, (started.folder / "manifest.json").exists())


def test_the_page_says_of_a_capture_what_its_verdict_says() -> None:
    """Who failed first and signed in then has both in one capture; the verdict is the worst one's."""
    (result,) = run(SAMPLES / "user-case-differs.har")
    (good,) = run(SAMPLES / "signed-in.har")
    both = replace(result, sign_ins=(*result.sign_ins, *good.sign_ins))
    html = bulk.to_html(bulk.summarise([both]), [both])
    row = html.rpartition('<th scope="row">')[2]
    assert (True, False) == (
        str(escape(result.sign_ins[0].summary)) in row,
        str(escape(good.sign_ins[0].summary)) in row,
    )


def test_an_audit_that_has_nowhere_to_go_is_wrong_usage(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """It is told before a million rows are compared, and with the status of wrong usage."""
    with pytest.raises(SystemExit, match="2"):
        command_line.main(["audit", str(tmp_path / "none.csv"), "--users", "practice", "--format", "excel"])
    _, err = capsysbinary.readouterr()
    assert b"An Excel workbook needs --output PATH" in err


def test_a_run_folder_that_cannot_be_is_a_sentence() -> None:
    """In a notebook it is typed."""
    with pytest.raises(ConnectSamlError, match=r"a\?b is no usable path: name another folder"):
        Run.begin("a\0b", [str(SAMPLES)], TOLD)
