"""`connect-saml diagnose`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.cli.inputs import add_instance, add_witnesses, diagnoses_of, inputs_from
from connect_saml_nb.cli.terminal import status_of, wants_colour, write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from connect_saml_nb.model.diagnosis import Diagnosis

_FORMATS = ("text", "json", "markdown", "html")


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = (
        "Exit status: 0 all signed in, 1 a fault was found, 2 wrong usage, 3 something was unreadable or not judged."
    )
    parser.add_argument(
        "captures", nargs="+", metavar="CAPTURE", help="HAR, .har.gz, .zhar, zip, SAML response; - is stdin"
    )
    add_witnesses(parser)
    add_instance(parser, required=False)
    parser.add_argument("--format", choices=_FORMATS, default="text")
    parser.add_argument("--output", metavar="PATH", help="write there instead of the standard output")
    parser.set_defaults(run=_diagnose, parser=parser)


def _diagnose(options: argparse.Namespace) -> int:
    if options.users and options.instance_id:
        options.parser.error("give either --users or --instance-id, not both")
    if (options.region or options.profile) and not options.instance_id:
        options.parser.error("--region and --profile go with --instance-id")
    diagnoses = tuple(diagnoses_of(options.captures, inputs_from(options)))
    write(_formatted(diagnoses, options), options.output)
    return _exit_status(diagnoses)


def _formatted(diagnoses: Sequence[Diagnosis], options: argparse.Namespace) -> str:
    from connect_saml_nb.render.document import to_json  # noqa: PLC0415
    from connect_saml_nb.render.markdown import to_markdown  # noqa: PLC0415
    from connect_saml_nb.render.report import to_html  # noqa: PLC0415
    from connect_saml_nb.render.text import to_text  # noqa: PLC0415

    if options.format == "json":
        return to_json(diagnoses) + "\n"
    if options.format == "markdown":
        return to_markdown(diagnoses)
    if options.format == "html":
        return to_html(diagnoses)
    return to_text(diagnoses, colour=not options.output and wants_colour())


def _exit_status(diagnoses: Sequence[Diagnosis]) -> int:
    """Give 1 if any sign-in has a named fault, else 3 if anything was unreadable or not judged, else 0."""
    ranks = {j.verdict.rank for d in diagnoses for j in d.sign_ins}
    return status_of(ranks | {1 for d in diagnoses if not d.sign_ins})
