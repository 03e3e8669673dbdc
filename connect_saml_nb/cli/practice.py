"""The commands `connect-saml practice ...`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.cli import classroom
from connect_saml_nb.cli.terminal import GOOD, say
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.io.source import label

if TYPE_CHECKING:
    import argparse


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `connect-saml practice`; each sets `run`."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    _add_new(actions.add_parser("new", help="write one practice case into a folder"))
    _add_pack(actions.add_parser("pack", help="write a whole session: a zip for trainees, one for the trainer"))
    topics = actions.add_parser("topics", help="print the topics and their verdicts")
    topics.set_defaults(run=_topics, parser=topics)
    classroom.add_to(actions)


def _add_new(parser: argparse.ArgumentParser) -> None:
    parser.description = "The same verdict, level and seed give the same case."
    parser.add_argument("--verdict", metavar="VERDICT", help="the cause; any where it is left out")
    parser.add_argument("--rule", metavar="RULE", help="a rule that is to find something (docs/RULES.md)")
    _add_level(parser)
    parser.add_argument("--output", required=True, metavar="DIR", help="a new folder, readable only by you")
    parser.add_argument(
        "--answer", metavar="FILE", help="write the answer to this file, as JSON; otherwise it is not written"
    )
    parser.set_defaults(run=_new, parser=parser)


def _add_pack(parser: argparse.ArgumentParser) -> None:
    parser.description = "Trainees get FILE; the answers are in a second zip beside it, whose name ends in -trainer."
    parser.add_argument(
        "--topic", action="append", default=[], metavar="TOPIC", help="a topic or a verdict; may be given several times"
    )
    _add_level(parser)
    parser.add_argument("--cases", type=int, default=10, metavar="N", help="how many cases (10)")
    parser.add_argument("--output", required=True, metavar="FILE", help="for example session.zip; readable only by you")
    parser.set_defaults(run=_pack, parser=parser)


def _add_level(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--level",
        type=int,
        choices=(1, 2, 3),
        default=1,
        help="1 one clear fault, 2 distractors, 3 a hidden second fault",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another number, another case (0)")


def _new(options: argparse.Namespace) -> int:
    from connect_saml_nb.io.write import write_private  # noqa: PLC0415
    from connect_saml_nb.training.cases import new_case  # noqa: PLC0415 -- not needed to say --help
    from connect_saml_nb.training.pack import answer_text, write_case  # noqa: PLC0415

    try:
        case = new_case(options.verdict, rule=options.rule, level=options.level, seed=options.seed)
    except ConnectSamlError as error:
        options.parser.error(str(error))
    write_case(case, options.output)
    if options.answer:
        write_private(options.answer, answer_text(case))
    say(case.report)
    for note in case.notes:
        say(note)
    say(f"The case is in {label(options.output)} (readable only by you).")
    return GOOD


def _pack(options: argparse.Namespace) -> int:
    from connect_saml_nb.training.pack import session, write_pack  # noqa: PLC0415 -- not needed to say --help

    try:
        chosen = session(options.topic, level=options.level, count=options.cases, seed=options.seed)
    except ConnectSamlError as error:
        options.parser.error(str(error))
    trainee, trainer = write_pack(chosen, options.output)
    say(f"{chosen.count} cases for trainees: {label(trainee)}. The answers, for you: {label(trainer)}.")
    return GOOD


def _topics(options: argparse.Namespace) -> int:
    from connect_saml_nb.training.cases import title, topics  # noqa: PLC0415 -- not needed to say --help

    del options
    for topic, names in topics().items():
        print(topic, *(f"    {name:28}{title(name)}" for name in names), sep="\n")  # noqa: T201 -- the result
    return GOOD
