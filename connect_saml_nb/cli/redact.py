"""`connect-saml redact`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.cli.inputs import user_lists
from connect_saml_nb.cli.terminal import GOOD, say, standard_input

if TYPE_CHECKING:
    import argparse

_KINDS_SHOWN = 5


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = (
        "Each result is read again, searched for every secret and diagnosed again; where that fails, no file is left. "
        "Exit status: 0 written, 2 wrong usage, 3 not written."
    )
    parser.add_argument("captures", nargs="+", metavar="IN", help="HAR, .har.gz, zip, SAML response; - is stdin")
    parser.add_argument(
        "--output", required=True, metavar="OUT", help="the file to write for one capture, a folder for several"
    )
    parser.add_argument(
        "--pseudonyms",
        action="store_true",
        help="also give persons, organisations, accounts, instances and addresses other names, the same in every file",
    )
    parser.add_argument(
        "--users",
        action="append",
        default=[],
        metavar="FILE",
        help="a saved list of Connect users; with --pseudonyms it is written under the same names, too",
    )
    parser.add_argument("--keep-mapping", metavar="FILE", help="where to keep the table of pseudonyms; keep it private")
    parser.set_defaults(run=_redact, parser=parser, instance_id=None)


def _redact(options: argparse.Namespace) -> int:
    from connect_saml_nb.redact import redact_har  # noqa: PLC0415 -- not needed to say --help

    if options.keep_mapping and not options.pseudonyms:
        options.parser.error("--keep-mapping goes with --pseudonyms")
    inputs = [standard_input() if each == "-" else each for each in options.captures]
    written = redact_har(
        inputs,
        options.output,
        pseudonyms=options.pseudonyms,
        users=user_lists(options),
        mapping=options.keep_mapping,
    )
    for each in written:
        kinds = f" ({', '.join(each.kinds[:_KINDS_SHOWN])}, ...)" if each.kinds else ""
        say(f"{each.path} written; {each.hidden:,} secrets are not in it{kinds}.")
    return GOOD
