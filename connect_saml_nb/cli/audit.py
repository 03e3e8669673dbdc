"""`connect-saml audit`: a directory export against one list of users."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.cli.inputs import add_instance, live_users, sign_ins_of, user_list
from connect_saml_nb.cli.terminal import GOOD, OPEN, count, counting, standard_input, status_of, write
from connect_saml_nb.errors import UserListError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection

    from connect_saml_nb.audit import Audit
    from connect_saml_nb.model.users import Users


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = (
        "Compares what an identity provider exports with an instance's users, before anybody tries to sign in. Exit "
        "status: 0 everybody finds their user, 1 somebody will fail, 2 wrong usage, 3 something was not judged."
    )
    parser.add_argument("export", metavar="EXPORT", help="CSV, JSON or LDIF of Entra, Okta, Google, AD; - is stdin")
    parser.add_argument(
        "--users", metavar="FILE", help="a saved list of the instance's users; 'practice' is the practice instance"
    )
    add_instance(parser, required=False)
    parser.add_argument("--column", metavar="NAME", help="the column that the application sends as RoleSessionName")
    parser.add_argument(
        "--capture",
        action="append",
        default=[],
        metavar="CAPTURE",
        help="a capture of a sign-in: the names in it tell which column is sent; may be given several times",
    )
    parser.add_argument("--format", choices=("text", "json", "csv", "excel"), default="text")
    parser.add_argument("--output", metavar="PATH", help="write there instead of the standard output")
    parser.set_defaults(run=_audit, parser=parser)


def _audit(options: argparse.Namespace) -> int:
    if bool(options.users) == bool(options.instance_id):
        options.parser.error("give either --users or --instance-id")
    if options.format == "excel" and not options.output:
        options.parser.error("An Excel workbook needs --output PATH.")
    users = live_users(options) if options.instance_id else _only_list(options.users)
    signed = [sign_in for capture in options.capture for sign_in in sign_ins_of(capture)]
    seen = {sign_in.role_session_name for sign_in in signed if sign_in.role_session_name}
    found = _found(options, users, seen)
    _give(found, options)
    return _exit_status(found)


def _only_list(source: str) -> Users:
    lists = user_list(source)
    if len(lists) > 1:
        raise UserListError(f"{source} holds users of {len(lists)} instances. Save one list for each, and give one.")
    return lists[0]


def _found(options: argparse.Namespace, users: Users, seen: Collection[str]) -> Audit:
    from connect_saml_nb.audit import audit, read_export  # noqa: PLC0415 -- not needed to say --help

    is_stdin = options.export == "-"
    source, name = (standard_input(), "standard input") if is_stdin else (options.export, None)
    export = read_export(source, users, column=options.column, seen=seen, name=name)
    with counting():
        return audit(export, users, progress=lambda rows: count(f"{rows:,} rows compared"))


def _give(found: Audit, options: argparse.Namespace) -> None:
    """Write the audit to a file, or to the standard output."""
    from connect_saml_nb import audit  # noqa: PLC0415

    if options.output:
        audit.write(found, options.output, options.format)
    else:
        write({"text": audit.to_text, "json": audit.to_json, "csv": audit.to_csv}[options.format](found), None)


def _exit_status(found: Audit) -> int:
    """Give 1 if somebody will fail for a named cause, else 3 if something could not be judged, else 0."""
    status = status_of({verdict.rank for verdict in found.causes})
    is_open = bool(found.failing) or not found.export.complete or not found.users.complete
    return OPEN if status == GOOD and is_open else status
