"""Many captures: one command, one table, every figure a ratio within one run.

    python benchmarks/bulk.py [--count 10000] [--megabytes 1.1] [--folder DIR] [PART...]

The parts are `reading` (bytes a second against other readers, of one capture), `scaling` (one process, two, a Dask
cluster, and json.loads over the same files in one and in two; with the CPU seconds of the parent and of what it
started), `memory` (anonymous memory of the parent and the largest worker while a run goes on) and `count` (the cost of
10, 1,000 and so on files). The captures are made by make_captures.py in DIR, of which DIR/small has sign-ins alone and
DIR/large the median size; that takes `count` times the median on the disk. Each row runs in its own process. The join
to Connect users is measured by benchmarks/join.py.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from make_capture import write_capture
from make_captures import make

from connect_saml_nb import bulk, diagnosis
from connect_saml_nb.users import read_users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MIB = 1 << 20
PARTS = ("reading", "scaling", "memory", "count")


# --- one row, in a process of its own ----------------------------------------------------------------------


def _files(folder: Path, count: int) -> list[str]:
    truth = json.loads((folder / "truth.json").read_text())
    return [str(folder / "captures" / name) for name in islice(truth, count)]


def _json_row(folder: Path, count: int, processes: int) -> dict[str, Any]:
    """Read them with json.loads, and do nothing with what it gives; two processes tell what this machine can do."""
    files = _files(folder, count)
    with get_context("spawn").Pool(processes) as pool:
        pool.map(_loaded, [[]] * processes, 1)  # they have started
        start, before = time.perf_counter(), _cpu()[0]
        size = sum(pool.map(_loaded, [files[number::processes] for number in range(processes)], 1))
        seconds = time.perf_counter() - start
        own = _cpu()[0] - before
    pool.join()
    return {"seconds": seconds, "bytes": size, "own": own, "children": _cpu()[1]}


def _loaded(files: list[str]) -> int:
    size = 0
    for path in files:
        data = Path(path).read_bytes()
        size += len(data)
        with suppress(ValueError):
            json.loads(data)
    return size


def _bulk_row(folder: Path, count: int, how: str) -> dict[str, Any]:
    """Diagnose them in a run's folder, as the command does; `wrong` counts the rows that are not the truth."""
    truth, files = json.loads((folder / "truth.json").read_text()), _files(folder, count)
    told = bulk.told_of(read_users(folder / "users.json"))
    with ExitStack() as stack:
        target = stack.enter_context(tempfile.TemporaryDirectory())
        options = _workers(how, stack)
        memory = stack.enter_context(_Memory())
        run = bulk.Run.begin(target, files, told)
        start, before = time.perf_counter(), _cpu()[0]
        run.go(told, **options)
        seconds = time.perf_counter() - start
        own, children = _cpu()
        memory.stop()
        found = {str(Path(r.source).relative_to(folder / "captures")): r.verdict for r in run.results()}
    wrong = sum(found.get(name, "lost") != truth[name] for name in islice(truth, count))
    size = sum(os.path.getsize(path) for path in files)  # noqa: PTH202 - paths as text
    return {
        "seconds": seconds,
        "bytes": size,
        "wrong": wrong,
        **memory.told(),
        "own": own - before,
        "children": children,
    }


def _cpu() -> tuple[float, float]:
    """CPU seconds of this process, and of those that it started and that ended."""
    each = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    own, children = (usage.ru_utime + usage.ru_stime for usage in each)
    return own, children


def _workers(how: str, stack: ExitStack) -> dict[str, Any]:
    if how == "here":
        return {"executor": stack.enter_context(ThreadPoolExecutor(1))}
    if how != "dask":
        return {"workers": int(how)}
    from distributed import Client, LocalCluster  # noqa: PLC0415 - an extra

    cluster = stack.enter_context(LocalCluster(2, threads_per_worker=1, dashboard_address=":0"))
    return {"executor": stack.enter_context(Client(cluster)).get_executor(), "in_flight": 2}


class _Memory:
    """Anonymous memory (RssAnon, proc(5)) of this process and of its largest child, looked at ten times a second."""

    def __enter__(self) -> Self:
        self._ended = threading.Event()
        self._seen: list[tuple[int, int]] = []
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.1):
            children = [_anonymous(pid) for pid in _descendants(os.getpid())]
            self._seen.append((_anonymous(os.getpid()), max(children, default=0)))

    def told(self) -> dict[str, float]:
        """The most in the first third of the run and in the last, in MiB."""
        third = max(1, len(self._seen) // 3)
        first, last = self._seen[:third] or [(0, 0)], self._seen[-third:] or [(0, 0)]
        names = ("parent", "worker")
        return {f"{n}_first": max(s[i] for s in first) for i, n in enumerate(names)} | {
            f"{n}_last": max(s[i] for s in last) for i, n in enumerate(names)
        }


def _anonymous(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) // 1024
    return 0


def _descendants(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield int(child)
            yield from _descendants(int(child))


def _row(what: str, folder: Path, count: int, how: str = "") -> dict[str, Any]:
    command = [sys.executable, __file__, "--row", what, "--folder", str(folder), "--count", str(count), "--how", how]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


# --- the parts ---------------------------------------------------------------------------------------------


def _reading(folder: Path) -> None:
    """One capture of 20 MB, in this process: how many times as fast as json.loads."""
    path = folder / "one.har"
    if not path.exists():
        with path.open("w", encoding="utf-8") as file:
            write_capture(file, 20)
    size = path.stat().st_size
    base = 0.0
    for name, read in _readers(path).items():
        try:
            seconds = min(_timed(read) for _ in range(3))
        except ImportError:
            print(f"reading  {name:<22} not installed")
            continue
        base = base or seconds
        print(f"reading  {name:<22} {size / seconds / _MIB:8.0f} MiB/s {base / seconds:6.2f} x json.loads")


def _readers(path: Path) -> dict[str, Callable[[], object]]:
    def orjson() -> object:
        import orjson  # noqa: PLC0415 - only compared with

        return orjson.loads(path.read_bytes())

    def haralyzer() -> object:
        from haralyzer import HarParser  # noqa: PLC0415 - as above

        return HarParser(json.loads(path.read_bytes())).pages

    def ijson() -> object:
        import ijson  # noqa: PLC0415 - as above

        with path.open("rb") as file:
            return sum(1 for _ in ijson.items(file, "log.entries.item"))

    def aws_page() -> object:  # Amazon Connect administrator guide, "Troubleshoot SAML with Amazon Connect"
        decode = "from urllib.parse import unquote; import sys; print(unquote(sys.stdin.read()))"
        grep = f"grep -o 'SAMLResponse=.*&' {path} | sed -E 's/SAMLResponse=(.*)&/\\1/'"
        return subprocess.run(
            ["bash", "-c", f"{grep} | {sys.executable} -c '{decode}' | base64 -di"], capture_output=True, check=False
        )

    return {
        "json.loads": lambda: json.loads(path.read_bytes()),
        "orjson.loads": orjson,
        "haralyzer": haralyzer,
        "ijson": ijson,
        "AWS page's pipeline": aws_page,
        "diagnose (all rules)": lambda: diagnosis.diagnose(path, verify=False),
    }


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _scaling(folder: Path, count: int) -> None:
    """The same files in one process, two, a cluster; json.loads of them in one process."""
    rows = {f"json.loads, {name}": _row("json", folder, count, how) for name, how in (("one", "1"), ("two", "2"))}
    for name, how in {"this process": "here", "one worker": "1", "two workers": "2", "Dask, two": "dask"}.items():
        rows[name] = _row("bulk", folder, count, how)
    base, one = rows["json.loads, one"]["seconds"], rows["one worker"]["seconds"]
    for name, row in rows.items():
        rate = f"{count / row['seconds']:7.0f} files/s {row['bytes'] / row['seconds'] / _MIB:7.1f} MiB/s"
        ratios = f"{base / row['seconds']:5.2f} x json.loads {one / row['seconds']:5.2f} x one worker"
        cpu = f"CPU {row.get('own', row['seconds']):5.1f} + {row.get('children', 0):5.1f} s"
        wrong = f"wrong {row.get('wrong', '-')}"
        print(f"scaling  {folder.name:<6} {count:>6} {name:<23} {rate} {ratios} {cpu} {wrong}", flush=True)


def _memory(folder: Path, count: int) -> None:
    """A run by two workers: what the parent and the larger worker hold in its first third, and in its last."""
    for number in sorted({count // 10, count}):
        row = _row("bulk", folder, number, "2")
        parent = f"parent {row['parent_first']:5.0f} -> {row['parent_last']:5.0f} MiB"
        worker = f"worker {row['worker_first']:5.0f} -> {row['worker_last']:5.0f} MiB"
        print(f"memory   {folder.name:<6} {number:>6} {parent}  {worker}  wrong {row['wrong']}", flush=True)


def _count(folder: Path, count: int) -> None:
    """What a file costs, however many there are."""
    costs = []
    for number in (n for n in (10, 100, 1_000, 10_000) if n <= count):
        row = _row("bulk", folder, number, "2")
        costs.append(row["seconds"] / number * 1000)
        ratio = f"{costs[-1] / statistics.median(costs):5.2f} x the median so far"
        print(f"count    {folder.name:<6} {number:>6} {costs[-1]:7.2f} ms each {ratio}", flush=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--megabytes", type=float, default=1.1)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "connect-saml-benchmark")
    parser.add_argument("--row", choices=("json", "bulk"), help=argparse.SUPPRESS)
    parser.add_argument("--how", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row:
        row = _json_row(options.folder, options.count, int(options.how)) if options.row == "json" else None
        print(json.dumps(row or _bulk_row(options.folder, options.count, options.how)))
        return
    parts = options.parts or PARTS
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start (1.0 is one core busy)")
    small, large = options.folder / "small", options.folder / "large"
    make(options.count, small)
    make(options.count, large, options.megabytes)
    if "reading" in parts:
        _reading(options.folder)
    for folder in (small, large):
        for name, part in {"scaling": _scaling, "memory": _memory, "count": _count}.items():
            if name in parts:
                part(folder, options.count)
    print(f"load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
