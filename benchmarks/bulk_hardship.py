"""A run over many captures that everything happens to, and the same table in the end.

    python benchmarks/bulk_hardship.py [--count 10000] [--folder DIR]

A worker is killed, the parent is killed, Ctrl-C is pressed, and (as root, on Linux) the disk is full: the run's folder
is a file system of 1 kB for each capture in memory, which is made larger afterwards. Each time the run goes on with
--resume. Then its three tables are compared with those of a run that nothing happened to, byte for byte, and with the
truth.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from make_captures import make

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES = ("captures.csv", "sign_ins.csv", "findings.csv")


def _started(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "connect_saml_nb", "bulk", *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def _lines(run: Path) -> int:
    with suppress(OSError):
        return sum(part.read_bytes().count(b"\n") for part in run.glob("part-*"))
    return 0


def _wait(child: subprocess.Popen[str], run: Path, lines: int) -> None:
    """Wait until it has done so many more."""
    wanted = _lines(run) + lines
    while child.poll() is None and _lines(run) < wanted:
        time.sleep(0.05)


def _workers(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _told(what: str, run: Path, child: subprocess.Popen[str]) -> None:
    said = " ".join((child.communicate()[1] or "").split())
    print(f"{what:<22} {_lines(run):>6} done, exit status {child.returncode:>4}: {said[:170]}", flush=True)


def _hard(run: Path, sources: list[str], count: int) -> None:
    """Everything that can happen, one after the other."""
    child = _started(*sources)
    _wait(child, run, count // 10)
    with suppress(OSError):
        os.kill(_workers(child.pid)[-1], signal.SIGKILL)
    if os.geteuid() == 0:
        _told("full disk", run, child)
        subprocess.run(["mount", "-o", "remount,size=2g", str(run)], check=True)
        child = _started("--resume", "--run", str(run))
    _wait(child, run, count // 5)
    child.kill()
    _told("parent killed", run, child)
    child = _started("--resume", "--run", str(run))
    _wait(child, run, count // 5)
    os.killpg(child.pid, signal.SIGINT)
    _told("Ctrl-C", run, child)
    _told("to the end", run, _started("--resume", "--run", str(run)))


@contextmanager
def _small_disk(folder: Path, count: int) -> Iterator[Path]:
    """A folder that is soon full, where that can be made."""
    run = folder / "hard"
    run.mkdir()
    if os.geteuid() != 0:
        print("full disk              not run: it takes root")
        yield run
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={count}k,mode=700", "tmpfs", str(run)], check=True)
    try:
        yield run
    finally:
        subprocess.run(["umount", str(run)], check=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "connect-saml-benchmark" / "small")
    options = parser.parse_args()
    make(options.count, options.folder)
    captures = options.folder / "captures"
    sources = [str(captures), "--users", str(options.folder / "users.json"), "--run"]
    with tempfile.TemporaryDirectory() as temporary, _small_disk(Path(temporary), options.count) as hard:
        _hard(hard, [*sources, str(hard)], options.count)
        easy = Path(temporary) / "easy"
        _told("nothing happened", easy, _started(*sources, str(easy)))
        for table in TABLES:
            same = (hard / table).read_bytes() == (easy / table).read_bytes()
            print(f"{table:<22} {'the same, byte for byte' if same else 'DIFFERS'}")
        truth = json.loads((options.folder / "truth.json").read_text())
        with (hard / "captures.csv").open(encoding="utf-8-sig", newline="") as file:
            found = {
                str(Path(row["source"]).relative_to(captures)): row["verdict"] or None for row in csv.DictReader(file)
            }
        wrong = [name for name in truth if found.get(name, "lost") != truth[name]]
        print(f"{len(found):,} rows, {len(wrong)} not the truth {[*islice(wrong, 3)]}")


if __name__ == "__main__":
    main()
