"""`connect-saml users`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from connect_saml_nb.cli.inputs import live_users, users_read
from connect_saml_nb.cli.terminal import GOOD, counting, say

if TYPE_CHECKING:
    import argparse

    from connect_saml_nb.model.users import Users


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = "Each instance is asked once, at the pace that Connect's quota allows (2 requests a second)."
    parser.add_argument(
        "--instance-id", action="append", required=True, metavar="ID", help="the ID or ARN; may be given for several"
    )
    parser.add_argument("--region", metavar="REGION")
    parser.add_argument("--profile", metavar="PROFILE", help="a profile of the AWS configuration")
    parser.add_argument("--output", required=True, metavar="PATH", help="a file; for several instances, a folder")
    parser.add_argument(
        "--most-hours",
        type=float,
        default=0,
        metavar="HOURS",
        help="in a folder, take a complete list that is not older as it is",
    )
    parser.set_defaults(run=_users, parser=parser)


def _users(options: argparse.Namespace) -> int:
    several = len(options.instance_id) > 1 or os.path.isdir(options.output)  # noqa: PTH112 -- a path as text
    for users in _kept_lists(options) if several else _kept_list(options):
        age = f", made {users.retrieved:%Y-%m-%d at %H:%M} UTC" if users.retrieved else ""
        where = f"instance {users.instance_id} in {users.region}{age}"
        say(f"{len(users):,} Connect users of {where}: in {options.output} (readable only by you).")
    return GOOD


def _kept_list(options: argparse.Namespace) -> tuple[Users]:
    from connect_saml_nb.users import save_users  # noqa: PLC0415

    options.instance_id = options.instance_id[0]
    users = live_users(options)
    save_users(users, options.output)
    return (users,)


def _kept_lists(options: argparse.Namespace) -> tuple[Users, ...]:
    from connect_saml_nb.users import list_many_users  # noqa: PLC0415

    asked = {"region": options.region, "profile": options.profile, "most_hours": options.most_hours}
    with counting():
        return list_many_users(options.instance_id, options.output, progress=users_read, **asked)
