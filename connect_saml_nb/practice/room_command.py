"""The trainer's commands `connect-saml practice ready` and `connect-saml practice room`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from connect_saml_nb.errors import ConnectSamlError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from connect_saml_nb.practice.room import Room

_NOT_READY = 3


def add_to(actions: argparse._SubParsersAction[Any]) -> None:
    """Add the trainer's actions; each sets `run`."""
    _add_ready(actions.add_parser("ready", help="check that this computer is ready for a training session"))
    _add_room(actions.add_parser("room", help="collect the trainees' exported results into one table"))


def _add_ready(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Everything is tried with the network shut. The fingerprint must be the same on all computers of the room. "
        "Exit status: 0 ready, 3 not."
    )
    parser.add_argument("code", nargs="?", metavar="CODE", help="the session's code, such as 2.4-1-8-42")
    parser.set_defaults(run=_ready, parser=parser)


def _add_room(parser: argparse.ArgumentParser) -> None:
    parser.description = "Who struggled with what: a row for each trainee, and one for each case, the hardest first."
    parser.add_argument("results", nargs="+", metavar="FILE", help="result files that the trainees exported")
    parser.add_argument("--format", choices=("text", "csv", "json"), default="text", help="how to print it (text)")
    parser.set_defaults(run=_room, parser=parser)


def _ready(options: argparse.Namespace) -> int:
    from connect_saml_nb.practice.ready import checks  # noqa: PLC0415 -- not needed to say --help
    from connect_saml_nb.practice.room import read_code  # noqa: PLC0415

    try:
        chosen = read_code(options.code) if options.code else None
    except ConnectSamlError as error:
        options.parser.error(str(error))
    tried = checks(chosen)
    for check in tried:
        state = "ready" if check.is_ready else "NOT READY" if check.is_needed else "missing, not needed"
        _print(f"{check.name}: {state} ({check.seen})")
    return 0 if all(check.is_ready for check in tried if check.is_needed) else _NOT_READY


def _room(options: argparse.Namespace) -> int:
    from connect_saml_nb.practice.room import collect, read_result  # noqa: PLC0415 -- not needed to say --help

    read, refused = [], []
    for path in options.results:
        try:
            read.append(read_result(path))
        except ConnectSamlError as error:
            refused.append(str(error))
    _warn(refused)
    told = collect(read)
    _warn(told.left_out)
    _print(_shown(told, options.format))
    return _NOT_READY if refused else 0


def _shown(told: Room, form: str) -> str:
    from connect_saml_nb.practice import room  # noqa: PLC0415 -- not needed to say --help

    people, cases = room.people_table(told), room.struggle_table(told)
    if form == "csv":
        return room.to_csv(people, cases).rstrip("\n")
    if form == "json":
        return json.dumps({"people": [asdict(r) for r in told.results], "cases": [*map(asdict, room.struggles(told))]})
    return "\n".join([*room.to_text(people), "", *room.to_text(cases)])


def _print(text: str) -> None:
    print(text)  # noqa: T201 -- the result


def _warn(sentences: Iterable[str]) -> None:
    for sentence in sentences:
        print(f"connect-saml: {sentence}", file=sys.stderr)  # noqa: T201 -- what was left out goes to stderr
