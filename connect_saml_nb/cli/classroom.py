"""The trainer's commands `connect-saml practice ready` and `connect-saml practice room`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from connect_saml_nb.cli.terminal import GOOD, OPEN, say, write
from connect_saml_nb.errors import ConnectSamlError

if TYPE_CHECKING:
    import argparse

    from connect_saml_nb.training.classroom import Classroom


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
    from connect_saml_nb.training.classroom import read_code  # noqa: PLC0415
    from connect_saml_nb.training.preflight import checks  # noqa: PLC0415 -- not needed to say --help

    try:
        chosen = read_code(options.code) if options.code else None
    except ConnectSamlError as error:
        options.parser.error(str(error))
    tried = checks(chosen)
    for check in tried:
        state = "ready" if check.is_ready else "NOT READY" if check.is_needed else "missing, not needed"
        write(f"{check.name}: {state} ({check.detail})\n", None)
    return GOOD if all(check.is_ready for check in tried if check.is_needed) else OPEN


def _room(options: argparse.Namespace) -> int:
    from connect_saml_nb.training.classroom import collect, read_result  # noqa: PLC0415 -- not needed to say --help

    read, refused = [], []
    for path in options.results:
        try:
            read.append(read_result(path))
        except ConnectSamlError as error:
            refused.append(str(error))
    room = collect(read)
    for sentence in (*refused, *room.left_out):
        say(sentence)
    write(_shown(room, options.format) + "\n", None)
    return OPEN if refused else GOOD


def _shown(room: Classroom, form: str) -> str:
    from connect_saml_nb.training import classroom  # noqa: PLC0415 -- not needed to say --help

    people, cases = classroom.people_table(room), classroom.struggle_table(room)
    if form == "csv":
        return classroom.to_csv(people, cases).rstrip("\n")
    if form == "json":
        return json.dumps(
            {"people": [asdict(r) for r in room.results], "cases": [*map(asdict, classroom.struggles(room))]}
        )
    return "\n".join([*classroom.to_text(people), "", *classroom.to_text(cases)])
