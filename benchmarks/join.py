"""Names joined to Connect users: CPU seconds (one core) and peak memory, from one command.

    python benchmarks/join.py [--users 100000] [--names 1000 10000 100000 1000000]

`usual`: each name is of a user chosen at random: 70 % exact, 10 % in other case, 5 % of another domain, 5 % only the
local part, 5 % with one letter wrong; and 5 % belong to nobody. `hard`: all names are different, half of them with one
letter wrong and half of nobody, so that every one takes every step. Each row runs in its own process; its peak memory
is that of the whole process with names, users, index and all results.
"""

from __future__ import annotations

import argparse
import itertools
import random
import re
import resource
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from connect_saml_nb.matching import UserIndex, find_all
from connect_saml_nb.model.users import User

if TYPE_CHECKING:
    from collections.abc import Callable

_SYLLABLES = tuple(re.findall("..", "anbecadoelfigahoinjukalemaniorpuqarestiulvewexyzo"))
_KINDS = ("usual", "hard")
_HEADER = "         names different    users  build s  ladder s  spelling s   matched    MiB"


def _word(rng: random.Random) -> str:
    return "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4)))


def _users(count: int, rng: random.Random) -> list[User]:
    names: dict[str, None] = {}
    while len(names) < count:
        names[f"{_word(rng)}.{_word(rng)}@corp.example"] = None
    return [User(name, f"id-{i}") for i, name in enumerate(names)]


def _misspelt(name: str, rng: random.Random) -> str:
    at = rng.randrange(name.index("@"))
    return name[:at] + rng.choice("bcdfghklmnpqrstvwz") + name[at + rng.randrange(2) :]


def _nobody(rng: random.Random) -> str:
    return f"{_word(rng)}-{_word(rng)}-{_word(rng)}@corp.example"


def _usual(user: str, rng: random.Random) -> str:
    kinds: list[Callable[[], str]] = [
        lambda: user,
        user.title,
        lambda: user.replace("corp.", "old."),
        lambda: user.partition("@")[0],
        lambda: _misspelt(user, rng),
        lambda: _nobody(rng),
    ]
    return rng.choices(kinds, weights=[70, 10, 5, 5, 5, 5])[0]()


def _names(kind: str, count: int, users: list[User], rng: random.Random) -> list[str]:
    if kind == "usual":
        return [_usual(rng.choice(users).username, rng) for _ in range(count)]
    names = {user.username: None for user in users}
    while len(names) < len(users) + count:
        names[_misspelt(rng.choice(users).username, rng) if rng.random() < 0.5 else _nobody(rng)] = None
    return [*names][len(users) :]


def _row(kind: str, name_count: int, user_count: int) -> str:
    rng = random.Random(20)  # noqa: S311 - the same made-up names in every run
    users = _users(user_count, rng)
    names = _names(kind, name_count, users, rng)
    start = time.process_time()
    index = UserIndex(users)
    built = time.process_time()
    near = dict(find_all(names, index, spelling=False))
    laddered = time.process_time()
    rest = dict(find_all((name for name, matches in near.items() if not matches), index))
    spelt = time.process_time()
    matched = sum(map(bool, near.values())) + sum(map(bool, rest.values()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    seconds = f"{built - start:>8.2f} {laddered - built:>9.2f} {spelt - laddered:>11.2f}"
    return f"{kind:>6} {name_count:>7} {len(near):>9} {user_count:>8} {seconds} {matched:>9} {peak:>6.0f}"


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--names", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--row", choices=_KINDS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row:
        print(_row(options.row, *options.names, options.users))
        return
    print(_HEADER)
    for kind, count in itertools.product(_KINDS, options.names):
        row = [sys.executable, __file__, "--row", kind, "--names", str(count), "--users", str(options.users)]
        subprocess.run(row, check=True)


if __name__ == "__main__":
    _main()
