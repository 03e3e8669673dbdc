"""A directory export against the Connect users: seconds and peak memory, from one command.

    python benchmarks/audit.py [--pairs 200000x200000 1000000x200000 1000000x1000000]

The export is an Entra-like CSV of 12 columns. Of its people 90 % have exactly a user's name, 4 % other letter case, 3 %
another domain, 1 % one letter wrong, and 2 % belong to nobody; the users are listed as ListUsers gives them (as CSV
beyond 400,000, which is more than a saved JSON list may hold). `hard`: nobody passes, half of the people belong to
nobody and half have one letter wrong. Each row runs in its own process: reading the list, choosing the column,
comparing, and writing everything as CSV.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from connect_saml_nb.audit import audit, read_export, write
from connect_saml_nb.users import read_users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SYLLABLES = tuple(re.findall("..", "anbecadoelfigahoinjukalemaniorpuqarestiulvewexyzo"))
_PAIRS = ("200000x200000", "1000000x200000", "1000000x1000000")
_KINDS = ("usual", "hard")
_ARN = "arn:aws:connect:us-west-2:111122223333:instance/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
_MOST_IN_JSON = 400_000
_HEADER = (
    "userPrincipalName,displayName,surname,mail,givenName,objectId,userType,jobTitle,department,accountEnabled,city,"
    "country"
)
_TITLE = "  kind     rows    users    MB  list s  column s  compare s  write s  fails  nobody   MiB"


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4)))


def _usernames(count: int, rng: random.Random) -> list[str]:
    names: dict[str, None] = {}
    while len(names) < count:
        names[f"{_word(rng)}.{_word(rng)}@corp.example"] = None
    return [*names]


def _misspelt(name: str, rng: random.Random) -> str:
    at = rng.randrange(name.index("@"))
    return name[:at] + rng.choice("bcdfghklmnpqrstvwz") + name[at + rng.randrange(2) :]


def _nobody(rng: random.Random) -> str:
    return f"{_word(rng)}-{_word(rng)}-{_word(rng)}@corp.example"


def _name(kind: str, user: str, rng: random.Random) -> str:
    kinds: list[Callable[[], str]] = [
        lambda: user,
        user.title,
        lambda: user.replace("corp.", "old."),
        lambda: _misspelt(user, rng),
        lambda: _nobody(rng),
    ]
    weights = [90, 4, 3, 1, 2] if kind == "usual" else [0, 0, 0, 50, 50]
    return rng.choices(kinds, weights=weights)[0]()


def _rows(kind: str, count: int, users: list[str], rng: random.Random) -> Iterator[list[str]]:
    for number in range(count):
        name = _name(kind, users[number % len(users)], rng)
        row = [name, "Jane Doe", "Doe", name.lower(), "Jane", f"{number:032x}", "Member", "Agent", "Sales", "true"]
        yield [*row, "Berlin", "Germany"]


def _make(kind: str, rows: int, users: int, folder: Path) -> None:
    rng = random.Random(20)  # noqa: S311 - the same made-up names in every run
    names = _usernames(users, rng)
    if users > _MOST_IN_JSON:
        (folder / "users").write_text("Username\n" + "\n".join(names) + "\n", "utf-8")
    else:
        summaries = [{"Id": f"{i:032x}", "Arn": f"{_ARN}/agent/{i:032x}", "Username": n} for i, n in enumerate(names)]
        (folder / "users").write_text(json.dumps({"UserSummaryList": summaries}), "utf-8")
    with (folder / "export.csv").open("w", encoding="utf-8-sig", newline="") as file:
        file.write(_HEADER + "\n")
        csv.writer(file).writerows(_rows(kind, rows, names, rng))


def _row(kind: str, folder: Path) -> str:
    clock = [time.perf_counter()]
    users = read_users(folder / "users")
    clock.append(time.perf_counter())
    export = read_export(folder / "export.csv", users)
    clock.append(time.perf_counter())
    found = audit(export, users)
    clock.append(time.perf_counter())
    write(found, folder / "audit.csv", "csv")
    clock.append(time.perf_counter())
    listed, column, compared, written = (b - a for a, b in itertools.pairwise(clock))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    size = (folder / "export.csv").stat().st_size / 1e6
    seconds = f"{listed:>7.1f} {column:>9.1f} {compared:>10.1f} {written:>8.1f}"
    counts = f"{len(found.failing):>6} {len(found.unreached):>7}"
    return f"{kind:>6} {found.people:>8} {len(users):>8} {size:>5.0f} {seconds} {counts} {peak:>5.0f}"


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", nargs="+", default=_PAIRS, metavar="ROWSxUSERS")
    parser.add_argument("--kinds", nargs="+", default=_KINDS, choices=_KINDS)
    parser.add_argument("--row", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row:
        print(_row(options.row[0], Path(options.row[1])))
        return
    print(_TITLE, flush=True)
    for pair in options.pairs:
        rows, users = map(int, pair.split("x"))
        for kind in options.kinds:
            with tempfile.TemporaryDirectory() as folder:
                _make(kind, rows, users, Path(folder))
                subprocess.run([sys.executable, __file__, "--row", kind, folder], check=True)


if __name__ == "__main__":
    _main()
