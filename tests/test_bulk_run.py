"""A run in a folder: what a kill, a full disk and a second start leave; and what it writes."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from connect_saml_nb import __main__ as command_line
from connect_saml_nb.bulk.outputs import write_all, write_csv
from connect_saml_nb.bulk.results import Result
from connect_saml_nb.bulk.run import Run
from connect_saml_nb.bulk.stream import inputs_from
from connect_saml_nb.bulk.summary import summarise, to_text
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.text import escape_formula
from connect_saml_nb.users import read_users

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.diagnosis import Inputs

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "data" / "samples"
USERS = str(SAMPLES / "users.json")
TOLD = inputs_from(read_users(USERS))
posix = pytest.mark.skipif(os.name != "posix", reason="signals and owners are different elsewhere")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def many(folder: Path, count: int) -> Path:
    """A folder of that many captures, each under its own name."""
    folder.mkdir()
    samples = sorted(SAMPLES.glob("*.har"))
    for number in range(count):
        (folder / f"{number:03}.har").write_bytes(samples[number % len(samples)].read_bytes())
    return folder


def go(run: Run, inputs: Inputs | None = TOLD) -> list[Result]:
    """What the run has when it is done."""
    with ThreadPoolExecutor(1) as executor:
        run.go(inputs, executor=executor)
    return [*run.results()]


@pytest.fixture
def done(tmp_path: Path) -> Run:
    """A run over the samples."""
    run = Run.begin(tmp_path / "run", [str(SAMPLES)], TOLD)
    go(run)
    return run


# --- resume ------------------------------------------------------------------------------------------------


def test_a_run_that_was_killed_goes_on_to_the_same_table(tmp_path: Path) -> None:
    """Nothing is done twice, and nothing is lost."""
    captures = many(tmp_path / "captures", 300)
    command = [sys.executable, "-m", "connect_saml_nb", "bulk", str(captures), "--users", USERS, "--workers", "2"]
    child = subprocess.Popen([*command, "--run", str(tmp_path / "run")], env=ENVIRONMENT, stderr=subprocess.DEVNULL)  # noqa: S603 # our own
    part = tmp_path / "run" / "part-00001.jsonl"
    while not (part.exists() and part.read_bytes().count(b"\n") > 5) and child.poll() is None:
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    child.wait()
    before = part.read_bytes().count(b"\n")
    results = go(Run.open(tmp_path / "run"))
    lines = sum(p.read_bytes().count(b"\n") for p in (tmp_path / "run").glob("part-*.jsonl"))
    whole = go(Run.begin(tmp_path / "whole", [str(captures)], TOLD))
    assert (True, 300, whole) == (before < 300, lines, results)


def started(captures: Path, folder: Path, **options: Any) -> subprocess.Popen[str]:
    """A run by the command, with two workers, of which some lines are written."""
    command = [sys.executable, "-m", "connect_saml_nb", "bulk", str(captures), "--users", USERS, "--workers", "2"]
    child = subprocess.Popen(  # noqa: S603 # our own
        [*command, "--run", str(folder)], env=ENVIRONMENT, stderr=subprocess.PIPE, text=True, **options
    )
    while child.poll() is None and sum(p.read_bytes().count(b"\n") for p in folder.glob("part-*")) < 5:
        time.sleep(0.002)
    return child


def workers_of(parent: int) -> list[int]:
    """The processes that it started (and that started from these)."""
    found = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout.split()  # noqa: S607
    pairs = [*zip(map(int, found[::2]), map(int, found[1::2]), strict=True)]
    own = [pid for pid, ppid in pairs if ppid == parent]
    return [*own, *(each for pid in own for each in workers_of(pid))]


def is_running(pid: int) -> bool:
    """Whether it is there, and no zombie."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout  # noqa: S603, S607
    return bool(state.strip()) and not state.startswith("Z")


@posix
def test_the_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    """They would go on for ever."""
    child = started(many(tmp_path / "captures", 400), tmp_path / "run")
    workers = workers_of(child.pid)
    child.kill()
    child.communicate()
    deadline = time.monotonic() + 10
    while any(map(is_running, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (True, []) == (len(workers) >= 2, [pid for pid in workers if is_running(pid)])


@posix
def test_a_worker_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    """The same table, in the same run."""
    captures = many(tmp_path / "captures", 400)
    child = started(captures, tmp_path / "run")
    os.kill(workers_of(child.pid)[-1], signal.SIGKILL)
    child.communicate()
    whole = go(Run.begin(tmp_path / "whole", [str(captures)], TOLD))
    assert (1, whole) == (child.returncode, [*Run.open(tmp_path / "run").results()])


@posix
def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    """A terminal sends it to the workers too."""
    captures = many(tmp_path / "captures", 400)
    before = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a background job would hand on that it is ignored
    child = started(captures, tmp_path / "run", start_new_session=True)
    signal.signal(signal.SIGINT, before)
    os.killpg(child.pid, signal.SIGINT)
    said = child.communicate()[1]
    assert (130, True, False) == (child.returncode, "go on with --resume" in said, "Traceback" in said), said
    run = Run.open(tmp_path / "run")
    before = len([*run.results()])
    assert (True, 400) == (5 <= before < 400, len(go(run)))


def test_an_error_of_the_progress_ends_the_run_and_keeps_what_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a button can cancel it."""
    monkeypatch.setattr("connect_saml_nb.bulk.stream._PAUSE", 0)
    run = Run.begin(tmp_path / "run", [str(many(tmp_path / "captures", 60))], TOLD)

    class CancelledError(Exception):
        pass

    def cancel(_: object) -> None:
        raise CancelledError

    with ThreadPoolExecutor(1) as executor, pytest.raises(CancelledError):
        run.go(TOLD, executor=executor, progress=cancel)
    before = len([*run.results()])
    assert (True, 60) == (0 < before < 60, len(go(run)))


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder of captures, in which another may not be looked into."""
    folder = Path(tempfile.mkdtemp())
    shutil.copytree(SAMPLES, folder / "open")
    shutil.copytree(SAMPLES, folder / "closed")
    folder.chmod(0o777)
    (folder / "closed").chmod(0)
    yield folder
    (folder / "closed").chmod(0o700)
    shutil.rmtree(folder)


@contextmanager
def an_ordinary_person() -> Iterator[None]:
    """No administrator, for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@posix
def test_a_folder_that_may_not_be_read_is_a_row_until_it_may(closed: Path, done: Run) -> None:
    """It may hold the very capture."""
    assert done  # whatever is imported on the way is imported
    with an_ordinary_person():
        run = Run.begin(closed / "run", [str(closed / "open"), str(closed / "closed")], TOLD)
        before = go(run)
    (closed / "closed").chmod(0o755)
    (row,) = [r for r in before if r.verdict is None]
    assert f"{closed / 'closed'} cannot be read (Permission denied): check who owns it." == row.problem
    whole = go(Run.begin(closed / "whole", [str(closed / "open"), str(closed / "closed")], TOLD))
    assert (12, whole) == (len(whole), go(run))


def test_a_line_that_was_cut_off_is_done_again(done: Run) -> None:
    """It is not taken for done."""
    before = [*done.results()]
    part = next(done.folder.glob("part-*.jsonl"))
    part.write_bytes(part.read_bytes()[:-200])
    assert before == go(Run.open(done.folder))


def test_a_finished_run_reads_nothing_again(done: Run) -> None:
    """A second --resume costs nothing."""
    go(Run.open(done.folder))
    assert 1 == len([*done.folder.glob("part-*.jsonl")])


def test_a_file_written_anew_is_read_again(tmp_path: Path) -> None:
    """Its new row takes the place of the old one."""
    folder = many(tmp_path / "captures", 1)
    run = Run.begin(tmp_path / "run", [str(folder)], TOLD)
    go(run)
    (folder / "000.har").write_bytes((SAMPLES / "user-missing.har").read_bytes())
    assert ["user-missing"] == [r.verdict for r in go(Run.open(run.folder))]


def test_a_file_that_was_not_there_is_tried_again(tmp_path: Path) -> None:
    """Its reason lies outside of it."""
    run = Run.begin(tmp_path / "run", [str(tmp_path / "late.har")], TOLD)
    go(run)
    (tmp_path / "late.har").write_bytes((SAMPLES / "user-missing.har").read_bytes())
    assert ["user-missing"] == [r.verdict for r in go(Run.open(run.folder))]


def test_other_users_do_not_go_into_the_same_table(done: Run) -> None:
    """Half a table judged by another list would lie."""
    with pytest.raises(ConnectSamlError, match="begun with other user lists"):
        Run.open(done.folder).go(inputs_from(()))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
def test_a_full_disk_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And going on completes it."""
    run = Run.begin(tmp_path / "run", [str(SAMPLES)], TOLD)
    with monkeypatch.context() as patch:
        patch.setattr("connect_saml_nb.bulk.run._Parts._opened", lambda _: Path("/dev/full").open("wb"))  # noqa: SIM115 # it closes it
        with pytest.raises(ConnectSamlError, match=r"No space left on device.*--resume"):
            go(run)
    assert 6 == len(go(Run.open(run.folder)))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of a file's size")
def test_a_disk_that_fills_within_a_line_loses_nothing(tmp_path: Path) -> None:
    """The line that was cut off is done again, and no other."""
    captures, folder = many(tmp_path / "captures", 40), tmp_path / "run"
    limited = f"ulimit -f 64; exec {sys.executable} -m connect_saml_nb bulk {captures} --workers 1 --run {folder}"
    told = subprocess.run(["bash", "-c", limited], env=ENVIRONMENT, capture_output=True, text=True, check=False)  # noqa: S603, S607 # our own
    before = sum(p.read_bytes().count(b"\n") for p in folder.glob("part-*.jsonl"))
    after = go(Run.open(folder), None)
    whole = go(Run.begin(tmp_path / "whole", [str(captures)], inputs_from(())), None)
    assert (True, True, whole) == ("--resume" in told.stderr, 0 < before < 40, after), told.stderr


def test_two_processes_do_not_work_in_one_folder(done: Run) -> None:
    """Each would do what the other does."""
    import fcntl  # noqa: PLC0415 # POSIX only

    with (done.folder / "lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(ConnectSamlError, match="Another process"):
            go(Run.open(done.folder))


def test_a_run_is_its_owners_only(done: Run) -> None:
    """Names of people are in it."""
    modes = {stat.S_IMODE(p.stat().st_mode) for p in done.folder.iterdir()}
    assert (0o700, {0o600}) == (stat.S_IMODE(done.folder.stat().st_mode), modes)


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    """A slip of the keyboard must not mix them."""
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(ConnectSamlError, match="not empty"):
        Run.begin(tmp_path, [str(SAMPLES)], TOLD)


def test_forgetting_removes_what_is_ours_only(done: Run) -> None:
    """Somebody may have put a note beside it."""
    (done.folder / "note.txt").write_text("x")
    done.forget()
    assert ["note.txt"] == [p.name for p in done.folder.iterdir()]


# --- outputs -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1", "' =1"),
        ("\t=1", "'\\u0009=1"),
        ("-2", "'-2"),
        ("a\x1b[31m\nb", "a\\u001b[31m\\u000ab"),
        ("jane.doe@example.com", "jane.doe@example.com"),
    ],
)
def test_no_cell_is_a_formula_or_holds_a_control_character(text: str, shown: str) -> None:
    """Names are chosen by strangers, and spreadsheets run formulas."""
    assert shown == escape_formula(text)


def test_a_csv_has_the_fixed_columns_when_empty_too(tmp_path: Path) -> None:
    """A script can count on them."""
    write_csv([], "captures", tmp_path / "a.csv")
    first = (tmp_path / "a.csv").read_text("utf-8-sig").split(",")
    assert ["capture", "creator", "verdict", "sign_ins", "problem"] == first[:5]


def command(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, str]:
    """Exit status and standard output."""
    status = command_line.main(["bulk", *arguments])
    return status, capsysbinary.readouterr().out.decode()


def test_the_command_writes_every_output_and_forgets_them(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """From the captures to the tables and back to nothing."""
    folder = str(tmp_path / "run")
    status, text = command(
        capsysbinary,
        str(SAMPLES),
        "--users",
        USERS,
        "--run",
        folder,
        "--workers",
        "1",
        "--excel",
        "--format",
        "json",
    )
    with (tmp_path / "run" / "sign_ins.csv").open(encoding="utf-8-sig", newline="") as file:
        table = {row["verdict"] for row in csv.DictReader(file)}
    assert (1, {p.stem for p in SAMPLES.glob("*.har")}) == (status, table)
    assert json.loads(text) == json.loads((tmp_path / "run" / "summary.json").read_text())
    assert "xl/worksheets/sheet3.xml" in zipfile.ZipFile(tmp_path / "run" / "bulk.xlsx").namelist()
    assert "user-case-differs" in (tmp_path / "run" / "report.html").read_text()
    assert 0 == command(capsysbinary, "--run", folder, "--forget")[0]
    assert not (tmp_path / "run").exists()


def test_the_tables_are_dataframes_with_fixed_columns_and_types(done: Run) -> None:
    """Empty ones too."""
    from connect_saml_nb.bulk import tables  # noqa: PLC0415 # here only
    from connect_saml_nb.render import tables as frames  # noqa: PLC0415 # pandas here only

    expected = {table: [*columns] for table, columns in frames.BULK_COLUMNS.items()}
    found, empty = tables(done.results()), tables([])
    assert [expected, expected] == [{t: [*f.columns] for t, f in each.items()} for each in (found, empty)]
    assert [f.dtypes.to_dict() for f in found.values()] == [f.dtypes.to_dict() for f in empty.values()]
    assert sorted(p.stem for p in SAMPLES.glob("*.har")) == sorted(found["sign_ins"]["verdict"])


def test_parquet_holds_what_csv_holds(done: Run) -> None:
    """With types: times are times."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra `parquet` (pip install pyarrow)")
    write_all(done, summarise(done.results()), ["parquet"])
    found = {p.stem: parquet.read_table(p).to_pylist() for p in done.folder.glob("*.parquet")}
    for table, rows in found.items():
        with (done.folder / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
            assert [*csv.DictReader(file)] == [{k: _as_csv(v) for k, v in row.items()} for row in rows]
    assert {"captures", "sign_ins", "findings"} == set(found)


def _as_csv(value: object) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, datetime) else str(value)


def test_an_extra_that_is_missing_says_how_to_get_it(done: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing half made is left."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConnectSamlError, match=r"pip install 'connect-saml-nb\[parquet\]'"):
        write_all(done, summarise(done.results()), ["parquet"])
    assert [] == [p.name for p in done.folder.iterdir() if "parquet" in p.name]


def test_a_missing_extra_is_told_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Not after hours."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    status, _ = command(capsysbinary, str(SAMPLES), "--run", str(tmp_path / "run"), "--parquet")
    assert (3, False) == (status, (tmp_path / "run").exists())


def test_sources_and_resume_do_not_go_together(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """The run knows its own."""
    with pytest.raises(SystemExit, match="2"):
        command(capsysbinary, "x", "--run", "y", "--resume")


def test_markup_in_names_is_text_in_the_page() -> None:
    """A stranger's name reaches a browser."""
    from connect_saml_nb.bulk.outputs import to_html  # noqa: PLC0415 # here only

    results = [Result("<script>alert(1)</script>.har", problem="<img src=x onerror=alert(2)>")]
    page = to_html(summarise(results), results)
    assert ("<script" in page, "<img" in page) == (False, False)


# --- the summary -------------------------------------------------------------------------------------------


def test_what_was_recorded_twice_counts_once(tmp_path: Path) -> None:
    """A person sends the same capture to two tickets."""
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.har").write_bytes((SAMPLES / "user-missing.har").read_bytes())
    summary = summarise(go(Run.begin(tmp_path / "run", [str(tmp_path / "*.har")], TOLD)))
    assert [("user-missing", 3, 1, 1)] == [(c.verdict, c.captures, c.sign_ins, c.people) for c in summary.causes]
    assert (3, 1, 2) == (summary.captures, summary.sign_ins, summary.duplicates)


def test_a_sign_in_without_a_response_in_several_captures_counts_once(tmp_path: Path) -> None:
    """Somebody opens Connect without the identity provider, and sends the recording twice."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.har").write_bytes((SAMPLES / "session-expired.har").read_bytes())
    summary = summarise(go(Run.begin(tmp_path / "run", [str(tmp_path / "*.har")], TOLD)))
    assert (2, 1, 1) == (summary.captures, summary.sign_ins, summary.duplicates)


def test_of_a_sign_in_in_several_captures_the_one_that_tells_most_counts(done: Run) -> None:
    """One of the recordings was stopped too early."""
    whole = next(r for r in done.results() if r.verdict == "user-missing")
    cut = replace(whole, source="a", sign_ins=(replace(whole.sign_ins[0], verdict=Verdict.CAPTURE_INCOMPLETE),))
    counts = [{c.verdict: c.sign_ins for c in summarise(both).causes} for both in ([cut, whole], [whole, cut])]
    assert [{"user-missing": 1, "capture-incomplete": 0}] * 2 == [
        {k: c.get(k, 0) for k in ("user-missing", "capture-incomplete")} for c in counts
    ]


def test_the_advice_names_what_helps_most(done: Run) -> None:
    """Of five failures; each sample has another cause."""
    advice = summarise(sorted(done.results(), key=lambda r: r.capture)).advice
    assert advice.startswith("Fixing these two things helps 40 % of the failures: ")


def test_the_text_has_no_control_character() -> None:
    """It goes to a terminal."""
    text = to_text(summarise([Result("\x1b[2J.har", problem="\x1b[2J")]))
    assert "\x1b" not in text
