"""One command, one table: how long a capture takes, each figure as a ratio to `json.loads` in the same run.

`compare.py [CAPTURE | --megabytes N] [--runs N]`. Every contestant runs in a process of its own, in turn; the table
shows the median and the best of the runs, and the highest anonymous memory (RssAnon, Linux) above the bare import.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import resource
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

sys.path.insert(0, str(Path(__file__).parent.parent))

#: The procedure of docs.aws.amazon.com/connect/latest/adminguide/troubleshoot-saml.html, steps 2 to 4. As printed there
#: it does not run: the script's brackets are broken and it reads nothing; both are repaired here, nothing else is.
AWS_PAGE = r"""
grep -o "SAMLResponse=.*&" "$1" | sed -E 's/SAMLResponse=(.*)&/\1/' > "$2/samlresponse.txt"
cat "$2/samlresponse.txt" | "$3" -c "import sys; from urllib.parse import unquote; print(unquote(sys.stdin.read()))" |
  base64 --decode > "$2/samlresponsedecoded.txt" 2> /dev/null
grep -a -c RoleSessionName "$2/samlresponsedecoded.txt" || true
"""


def read_with_json(path: str) -> Callable[[], object]:
    """`json.loads` of the whole file, and nothing else."""
    return lambda: json.loads(Path(path).read_text(encoding="utf-8"))


def read_with_haralyzer(path: str) -> Callable[[], object]:
    """Every entry that haralyzer groups into pages, searched for the form field."""
    haralyzer = importlib.import_module("haralyzer")

    def run() -> object:
        parser = haralyzer.HarParser.from_string(Path(path).read_bytes())
        return [e.url for page in parser.pages for e in page.entries if "SAMLResponse" in str(e.request.text or "")]

    return run


def read_with_connect_saml(path: str) -> Callable[[], object]:
    """The whole diagnosis where it can be imported, else reading and looking into what can hold the sign-in."""
    har = importlib.import_module("connect_saml_nb.har")
    if importlib.util.find_spec("connect_saml_nb.diagnosis"):
        diagnose = importlib.import_module("connect_saml_nb.diagnosis").diagnose
        return lambda: diagnose(har.read_capture(path))

    def run() -> object:
        capture = har.read_capture(path)
        posts = [entry.post_data for entry in capture.entries if entry.method == "POST"]
        pages = [entry.body for entry in capture.entries if _may_tell(entry)]
        return posts, pages, [entry.response_headers for entry in capture.entries[:24]]

    return run


def _may_tell(entry: Any) -> bool:  # noqa: ANN401 - an Entry, imported late
    page = "html" in entry.mime_type or "json" in entry.mime_type
    return page and bool(entry.body_may_hold("SAMLResponse", "not been onboarded"))


def read_with_aws_page(path: str) -> Callable[[], object]:
    """The AWS page's pipeline."""

    def run() -> object:
        with tempfile.TemporaryDirectory() as folder:
            command = ["bash", "-c", AWS_PAGE, "aws", path, folder, sys.executable]
            return subprocess.run(command, check=False, capture_output=True).stdout

    return run


CONTESTANTS = {
    "json.loads": read_with_json,
    "connect_saml_nb": read_with_connect_saml,
    "haralyzer": read_with_haralyzer,
    "AWS page's pipeline": read_with_aws_page,
}


def run_alone(name: str, path: str) -> None:
    """In a process of its own: import, say so, wait for a line, run once, say how long it took."""
    run = CONTESTANTS[name](path)
    print("ready", flush=True)
    sys.stdin.readline()
    start, busy = time.perf_counter(), processor_seconds()
    kept = run()
    print(json.dumps([time.perf_counter() - start, processor_seconds() - busy]), flush=True)
    del kept


def processor_seconds() -> float:
    """What this process and its ended children used of the processors, user and system."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(name: str, path: str) -> tuple[float, float, float]:
    """Seconds, processor seconds, and the highest MiB of anonymous memory above the bare import, of one run."""
    command = [sys.executable, __file__, "--alone", name, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin  # noqa: S101 - both are pipes
        assert process.stdout  # noqa: S101
        process.stdout.readline()
        before = highest = anonymous(process.pid)
        process.stdin.write("\n")
        process.stdin.flush()
        while not select.select([process.stdout], [], [], 0.001)[0]:
            highest = max(highest, anonymous(process.pid))
        answer = process.stdout.readline()
    return *json.loads(answer), (highest - before) / 1024


def anonymous(pid: int) -> int:
    """KiB of anonymous memory of a process and its children; 0 where the system does not tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return 0
    own = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon:")), 0)
    return own + sum(anonymous(int(child)) for child in children)


def compare(path: str, runs: int) -> None:
    """Print the table."""
    names = [name for name in CONTESTANTS if name != "haralyzer" or importlib.util.find_spec("haralyzer")]
    figures: dict[str, list[tuple[float, float, float]]] = {name: [] for name in names}
    for _ in range(runs):
        for name in names:
            figures[name].append(measure(name, path))
    size = Path(path).stat().st_size / 1e6
    whole = "whole diagnosis" if importlib.util.find_spec("connect_saml_nb.diagnosis") else "reading"
    print(f"{size:.0f} MB, {runs} runs, Python {'.'.join(map(str, sys.version_info[:3]))}; connect_saml_nb: {whole}.")
    print("Times are ratios to json.loads in the same run.\n")
    print("| | time, median | best | processor time, best | peak memory, MiB |")
    print("|---|---|---|---|---|")
    times, busy = (columns(figures["json.loads"])[i] for i in (0, 1))
    for name, measured in figures.items():
        own_times, own_busy, memory = columns(measured)
        ratios = median(own_times) / median(times), min(own_times) / min(times), min(own_busy) / min(busy)
        print(f"| {name} | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} | {max(memory):.0f} |")


def columns(measured: list[tuple[float, float, float]]) -> tuple[list[float], list[float], list[float]]:
    """Seconds, processor seconds and memory of all runs, each as a list."""
    return [m[0] for m in measured], [m[1] for m in measured], [m[2] for m in measured]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("capture", nargs="?")
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--alone", choices=CONTESTANTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        run_alone(options.alone, options.capture)
    elif options.capture:
        compare(options.capture, options.runs)
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "capture.har")
            maker = str(Path(__file__).with_name("make_capture.py"))
            subprocess.run([sys.executable, maker, str(options.megabytes), path], check=True)
            compare(path, options.runs)


if __name__ == "__main__":
    main()
