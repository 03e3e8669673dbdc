"""Write many captures with known causes: `make_captures.py 10000 FOLDER [--megabytes 1.1]`.

Each is of another person, with one of a dozen causes; 1 % are broken and 1 % are recorded again. `--megabytes` is the
median size (0: the sign-in alone, some 20 kB); sizes spread by a factor of 2 either way, and one in 2,000 is 50 times
the median. FOLDER/captures holds them, FOLDER/users.json is the list of Connect users, FOLDER/truth.json what each is.
The same seed gives the same files.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from make_capture import Traffic
from recorder import (
    FEDERATE,
    FEDERATION_DENIED,
    INSTANCE,
    INVALID,
    NOT_ONBOARDED,
    OTHER_INSTANCE,
    RELAY_STATE,
    SESSION_EXPIRED,
    Recorder,
    Saml,
    page,
    refused,
    users,
)

from connect_saml_nb.users import save_users

if TYPE_CHECKING:
    from collections.abc import Callable

_ELSEWHERE = RELAY_STATE.replace(INSTANCE, OTHER_INSTANCE)
_BROKEN = (b"", b"%PDF-1.7 a picture of the screen", b"\0\1\2\3" * 200, b"<html><body>Please sign in</body></html>")
_HUGE = 2000  # one in so many
_MEGABYTE = 1_000_000


def _begun(saml: Saml, relay_state: str | None = RELAY_STATE, **more: object) -> Recorder:
    recorder = Recorder(saml.at)
    recorder.sign_in(saml, relay_state, **more)  # type: ignore[arg-type] # what `sign_in` takes
    return recorder


def _healthy(saml: Saml) -> Recorder:
    recorder = _begun(saml)
    recorder.federate()
    recorder.connect()
    return recorder


def _refused(saml: Saml) -> Recorder:
    return refused(_begun(saml))


def _without_relay_state(saml: Saml) -> Recorder:
    recorder = _begun(saml, None, location="https://console.aws.amazon.com/console/home")
    recorder.get("https://console.aws.amazon.com/console/home", body=page("Console Home"))
    return recorder


def _expired_session(saml: Saml) -> Recorder:
    recorder = Recorder(saml.at)
    recorder.get("https://acme.my.connect.aws/ccp-v2", 401, page(SESSION_EXPIRED))
    return recorder


def _elsewhere(saml: Saml) -> Recorder:
    recorder = _begun(saml, _ELSEWHERE)
    recorder.federate(403, page(NOT_ONBOARDED, "Amazon Connect"), url=FEDERATE.replace(INSTANCE, OTHER_INSTANCE))
    return recorder


def _another_page(saml: Saml) -> Recorder:
    recorder = Recorder(saml.at)
    recorder.get("https://wiki.acme.example/", body=page("How to sign in"))
    return recorder


#: Verdict, weight, the recording, what of the response is changed, and the usernames that Connect has for a name.
_KINDS: tuple[tuple[str, int, Callable[[Saml], Recorder], dict[str, object], Callable[[str], list[str]]], ...] = (
    ("signed-in", 30, _healthy, {}, lambda name: [name]),
    ("user-case-differs", 20, _refused, {}, lambda name: [name.title()]),
    ("user-missing", 12, _refused, {}, lambda _: []),
    ("user-near-miss", 5, _refused, {}, lambda name: [name.replace("acme.example", "old.example")]),
    ("duplicate-profiles", 3, _refused, {}, lambda name: [name.title(), name.upper()]),
    ("federation-denied", 8, lambda s: refused(_begun(s), FEDERATION_DENIED), {}, lambda name: [name]),
    ("relay-state-missing", 5, _without_relay_state, {}, lambda name: [name]),
    ("audience-wrong", 5, lambda s: _begun(s, status=400, body=page(INVALID)), {"audience": "urn:x"}, lambda n: [n]),
    ("assertion-expired", 4, lambda s: _begun(s, status=400, body=page(INVALID)), {"lives": -60}, lambda n: [n]),
    ("session-expired", 3, _expired_session, {}, lambda name: [name]),
    ("user-not-checked", 2, _elsewhere, {}, lambda _: []),
    ("no-sign-in", 1, _another_page, {}, lambda _: []),
)


class Maker:
    """A seeded maker of captures; `truth` tells each one's verdict (None: unreadable), `names` are Connect's users."""

    def __init__(self, folder: Path, megabytes: float, seed: int) -> None:
        self.folder, self.megabytes = folder, megabytes
        self.random = random.Random(seed)  # noqa: S311 - no secret, but repeatable
        self.fillers = self._fillers(seed) if megabytes else []
        self.truth: dict[str, str | None] = {}
        self.names: list[str] = []
        self.last: tuple[bytes, str | None] = (b"", None)

    @staticmethod
    def _fillers(seed: int) -> list[str]:
        """Requests of pages, serialised, in pieces of about 100 kB."""
        traffic, pieces = Traffic(seed), []
        for _ in range(200):
            piece = ""
            while len(piece) < _MEGABYTE // 10:
                piece += json.dumps(traffic.entry(datetime(2026, 11, 24, 2, tzinfo=UTC)), ensure_ascii=False) + ",\n"
            pieces.append(piece)
        return pieces

    def make(self, number: int) -> None:
        """Write one capture."""
        path = self.folder / f"{number % 100:02}" / f"ticket-{number:06}.har"
        path.parent.mkdir(parents=True, exist_ok=True)
        chance = self.random.random()
        if chance < 0.01:
            data, verdict = self.random.choice(_BROKEN), None
        elif chance < 0.02 and self.last[1]:
            data, verdict = self.last
        else:
            data, verdict = self.last = self._capture(number)
        path.write_bytes(data)
        self.truth[f"{path.parent.name}/{path.name}"] = verdict

    def _capture(self, number: int) -> tuple[bytes, str]:
        verdict, _, record, changed, known = self.random.choices(_KINDS, weights=[kind[1] for kind in _KINDS])[0]
        name = f"anna.berg{number:06}@acme.example"
        self.names += known(name)
        at = datetime.fromtimestamp(1_795_000_000 + number * 97, UTC)
        saml = Saml(names=(name,), name_id=name, id=f"_{number}", at=at, **changed)  # type: ignore[arg-type] # as Saml has them
        head, _, tail = json.dumps(record(saml).har()).partition('"entries": [')
        return f'{head}"entries": [\n{self._filler(number)}{tail}'.encode(), verdict

    def _filler(self, number: int) -> str:
        size = self.megabytes * _MEGABYTE * 2 ** self.random.uniform(-1, 1) * (50 if number % _HUGE == _HUGE - 1 else 1)
        pieces: list[str] = []
        while self.fillers and size > 0:
            pieces.append(self.random.choice(self.fillers))
            size -= len(pieces[-1])
        return "".join(pieces)


def make(count: int, folder: Path, megabytes: float = 0, seed: int = 20261124) -> None:
    """Write them, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "truth.json").exists():
        return
    maker = Maker(folder / "captures", megabytes, seed)
    for number in range(count):
        maker.make(number)
    save_users(users(*maker.names), folder / "users.json")
    (folder / "truth.json").write_text(json.dumps(maker.truth))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=float, default=0)
    parser.add_argument("--seed", type=int, default=20261124)
    options = parser.parse_args()
    make(options.count, options.folder, options.megabytes, options.seed)


if __name__ == "__main__":
    main()
