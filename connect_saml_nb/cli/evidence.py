"""`connect-saml evidence collect`, and `connect-saml permissions`, the policy that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.cli.inputs import sign_ins_of
from connect_saml_nb.cli.terminal import GOOD, OPEN, is_watched, say, write
from connect_saml_nb.errors import ConnectSamlError

if TYPE_CHECKING:
    import argparse

    from connect_saml_nb.model.account import Evidence


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    collect = actions.add_parser("collect", help="ask AWS, read-only, and save the answers without secrets")
    collect.description = (
        "Role, provider, instance, Region and assertion ID come from the capture. Exit status: 0 everything was "
        "answered, 2 wrong usage, 3 something was refused."
    )
    collect.add_argument("capture", metavar="CAPTURE", help="HAR, .har.gz, .zhar, zip, SAML response; - is stdin")
    collect.add_argument("--output", required=True, metavar="DIR", help="a new folder, readable only by you")
    collect.add_argument("--parts", nargs="+", metavar="PART", help="only these parts (see: connect-saml permissions)")
    collect.add_argument("--instance-id", metavar="ID", help="where the capture does not say it")
    collect.add_argument("--region", metavar="REGION", help="where the capture does not say it; searched in any case")
    collect.add_argument("--profile", metavar="PROFILE", help="a profile of the AWS configuration")
    collect.set_defaults(run=_collect, parser=collect)


def _collect(options: argparse.Namespace) -> int:
    from connect_saml_nb import evidence  # noqa: PLC0415

    parts = tuple(options.parts or evidence.PARTS)
    if unknown := set(parts) - set(evidence.PARTS):
        options.parser.error(f"there is no part {min(unknown)!r}; the parts are: {', '.join(evidence.PARTS)}")
    asks = evidence.plan(sign_ins_of(options.capture), instance_id=options.instance_id, region=options.region)
    if not asks:
        say("The capture holds no sign-in to ask the AWS account about.")
        return OPEN
    answers = evidence.collect(
        asks,
        parts,
        profile=options.profile,
        regions=[options.region] if options.region else [],
        progress=_progress,
    )
    evidence.write_folder(answers, options.output)
    return _told(evidence.read_answers(answers, options.output), len(answers), options.output)


def _told(found: Evidence, count: int, folder: str) -> int:
    for refusal in found.refused:
        say(refusal.reason)
    say(f"{count:,} answers of AWS written to {folder} (readable only by you).")
    return OPEN if found.refused else GOOD


def _progress(question: str) -> None:
    if is_watched():
        say(question)


def add_permissions_to(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = "Prints the least-privilege policy for exactly the parts named, or for all of them."
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help="list-users, or a part of evidence; --help-parts lists them"
    )
    parser.add_argument("--help-parts", action="store_true", help="list the parts")
    parser.add_argument("--instance-id", metavar="ID", help="the instance's ID or ARN")
    parser.add_argument("--region", metavar="REGION")
    parser.add_argument("--account", metavar="NUMBER")
    parser.add_argument("--role", metavar="ROLE", help="the role's name, or its ARN")
    parser.set_defaults(run=_permissions, parser=parser)


def _permissions(options: argparse.Namespace) -> int:
    import json  # noqa: PLC0415

    from connect_saml_nb.evidence import PERMISSION_PARTS, permission_policy  # noqa: PLC0415

    if options.help_parts:
        write("\n".join(PERMISSION_PARTS) + "\n", None)
        return GOOD
    given = {name: getattr(options, name) for name in ("instance_id", "region", "account", "role")}
    try:
        policy = permission_policy(options.parts, **given)
    except ConnectSamlError as error:
        options.parser.error(str(error))
    write(json.dumps(policy, indent=2) + "\n", None)
    return GOOD
