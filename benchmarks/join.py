"""Names joined to Connect users: seconds and memory, from one command.

    python benchmarks/join.py [--users 100000] [--names 1000 10000 100000 1000000]

Of the names, 70 % are a user's exact name; 10 % differ in case, 5 % in domain, 5 % are the local part, 5 % have one letter
wrong, 5 % belong to nobody. Each row runs in its own process; its peak is the whole process (names, users, index, results).
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from connect_saml_nb.match import UserIndex, find_all
from connect_saml_nb.model import User

if TYPE_CHECKING:
    from collections.abc import Callable

_SYLLABLES = "an ben car dan el fer gar hon in jo kat lu mar nor ol pat qui ros san tor ur vas wen xi yo zel".split()
_HEADER = f"{'names':>9} {'users':>8} {'build s':>8} {'ladder s':>9} {'spelling s':>11} {'matched':>9} {'peak MiB':>9}"


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 3)))


def _users(count: int, rng: random.Random) -> list[User]:
    names: dict[str, None] = {}
    while len(names) < count:
        names[f"{_word(rng)}.{_word(rng)}@corp.example"] = None
    return [User(name, f"id-{i}") for i, name in enumerate(names)]


def _misspelt(name: str, rng: random.Random) -> str:
    at = rng.randrange(name.index("@"))
    return name[:at] + rng.choice("bcdfghklmnpqrstvwz") + name[at + rng.randrange(2) :]


def _name(user: str, rng: random.Random) -> str:
    kinds: list[Callable[[], str]] = [
        lambda: user,
        user.title,
        lambda: user.replace("corp.", "old."),
        lambda: user.partition("@")[0],
        lambda: _misspelt(user, rng),
        lambda: f"{_word(rng)}-{_word(rng)}-{_word(rng)}@corp.example",
    ]
    return rng.choices(kinds, weights=[70, 10, 5, 5, 5, 5])[0]()


def _row(name_count: int, user_count: int) -> str:
    rng = random.Random(20)  # noqa: S311 - the same made-up names in every run
    users = _users(user_count, rng)
    names = [f"{_name(rng.choice(users).username, rng)}" for _ in range(name_count)]
    start = time.perf_counter()
    index = UserIndex(users)
    built = time.perf_counter()
    near = dict(find_all(names, index, spelling=False))
    laddered = time.perf_counter()
    rest = dict(find_all((name for name, matches in near.items() if not matches), index))
    spelt = time.perf_counter()
    matched = sum(map(bool, near.values())) + sum(map(bool, rest.values()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    seconds = f"{built - start:>8.2f} {laddered - built:>9.2f} {spelt - laddered:>11.2f}"
    return f"{name_count:>9} {user_count:>8} {seconds} {matched:>9} {peak:>9.0f}"


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--names", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--row", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row is not None:
        print(_row(options.row, options.users))
        return
    print(_HEADER)
    for count in options.names:
        subprocess.run([sys.executable, __file__, "--users", str(options.users), "--row", str(count)], check=True)


if __name__ == "__main__":
    _main()
