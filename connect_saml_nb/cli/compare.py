"""`connect-saml compare`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.cli.inputs import add_witnesses, diagnoses_of, inputs_from
from connect_saml_nb.cli.terminal import GOOD, OPEN, status_of, wants_colour, write
from connect_saml_nb.errors import CaptureError

if TYPE_CHECKING:
    import argparse

    from connect_saml_nb.compare import Comparison
    from connect_saml_nb.diagnosis import Inputs
    from connect_saml_nb.model.diagnosis import Diagnosis

_FORMATS = ("text", "json", "markdown")


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = (
        "What explains the failure comes first. Exit status: 0 both signed in, 1 BAD has a named fault, 2 wrong usage, "
        "3 something was unreadable or not judged."
    )
    parser.add_argument(
        "good", metavar="GOOD", help="a capture of a sign-in that works: HAR, .har.gz, zip, SAML response"
    )
    parser.add_argument("bad", metavar="BAD", help="a capture of one that does not")
    add_witnesses(parser)
    parser.add_argument("--format", choices=_FORMATS, default="text")
    parser.add_argument("--output", metavar="PATH", help="write there instead of the standard output")
    parser.set_defaults(run=_compare, parser=parser, instance_id=None)


def _compare(options: argparse.Namespace) -> int:
    from connect_saml_nb.compare import compare  # noqa: PLC0415 -- not needed to say --help

    if options.good == options.bad == "-":
        options.parser.error("only one of GOOD and BAD can be the standard input")
    inputs = inputs_from(options)
    compared = compare(_one(options.good, inputs), _one(options.bad, inputs))
    write(_formatted(compared, options), options.output)
    return _exit_status(compared)


def _one(capture: str, inputs: Inputs) -> Diagnosis:
    """The diagnosis of an input that must hold one capture."""
    found = [*diagnoses_of([capture], inputs)]
    if len(found) != 1:
        raise CaptureError(f"{capture} holds {len(found)} captures: compare takes one at a time. Unpack it, give one.")
    return found[0]


def _formatted(compared: Comparison, options: argparse.Namespace) -> str:
    from connect_saml_nb.render import comparison  # noqa: PLC0415

    if options.format == "json":
        return comparison.comparison_json(compared) + "\n"
    if options.format == "markdown":
        return comparison.comparison_markdown(compared)
    return comparison.comparison_text(compared, colour=not options.output and wants_colour())


def _exit_status(compared: Comparison) -> int:
    """Give 1 if the bad sign-in has a named fault, 0 if both signed in, else 3."""
    status = status_of({compared.bad.sign_in_diagnosis.verdict.rank} if compared.bad.sign_in_diagnosis else ())
    both = compared.good.signed_in and compared.bad.signed_in
    return OPEN if status == GOOD and not both else status
