"""The options that say what captures are judged with, and what they name."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from connect_saml_nb.cli.terminal import count, counting, say, standard_input
from connect_saml_nb.errors import PasswordNeededError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from connect_saml_nb.diagnosis import Inputs
    from connect_saml_nb.model.account import Evidence
    from connect_saml_nb.model.diagnosis import Diagnosis
    from connect_saml_nb.model.signin import SignIn
    from connect_saml_nb.model.users import Users
    from connect_saml_nb.signature import PrivateKey

_PRACTICE = "practice"


def add_witnesses(parser: argparse.ArgumentParser, *, keys: bool = True) -> None:
    """What a capture is judged with beside itself."""
    parser.add_argument(
        "--users",
        action="append",
        default=[],
        metavar="FILE",
        help="a saved list of Connect users (aws connect list-users, CSV, names), or a folder of them; may be given "
        "for several instances; 'practice' is the practice instance",
    )
    parser.add_argument(
        "--evidence",
        metavar="DIR",
        help="a folder of evidence from the AWS account (connect-saml evidence collect, or saved AWS CLI output)",
    )
    parser.add_argument(
        "--metadata",
        action="append",
        default=[],
        metavar="FILE",
        help="the identity provider's SAML metadata, to verify signatures with; may be given for several",
    )
    if not keys:
        return
    parser.add_argument(
        "--decrypt-key",
        action="append",
        default=[],
        metavar="FILE",
        help="a private key (PEM, DER) that decrypts encrypted assertions; it is read, and never written anywhere",
    )


def add_instance(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Add the options that name a live instance."""
    group = parser.add_argument_group("the users of a live instance")
    group.add_argument("--instance-id", required=required, metavar="ID", help="the instance's ID or ARN")
    group.add_argument("--region", metavar="REGION")
    group.add_argument("--profile", metavar="PROFILE", help="a profile of the AWS configuration")


def inputs_from(options: argparse.Namespace) -> Inputs:
    """Read everything that the options name beside the captures."""
    from connect_saml_nb.diagnosis import collect_inputs  # noqa: PLC0415
    from connect_saml_nb.signature import read_metadata  # noqa: PLC0415

    inputs = collect_inputs(
        user_lists(options),
        evidence=_evidence(options.evidence),
        metadata=[each for path in options.metadata for each in read_metadata(path)],
        keys=[_key(path) for path in options.decrypt_key],
    )
    for note in inputs.notes:
        say(note)
    return inputs


def _key(path: str) -> PrivateKey:
    """A private key; the password of an encrypted one is asked for on the terminal, and nowhere else."""
    from connect_saml_nb.signature import read_key  # noqa: PLC0415

    try:
        return read_key(path)
    except PasswordNeededError:
        if sys.stdin is None or not sys.stdin.isatty():
            raise
        from getpass import getpass  # noqa: PLC0415

        return read_key(path, getpass(f"Password of {path}: "))


def _evidence(folder: str | None) -> Evidence | None:
    if folder is None:
        return None
    from connect_saml_nb.evidence import read_folder  # noqa: PLC0415

    evidence = read_folder(folder)
    for note in evidence.notes:
        say(note)
    return evidence


def user_lists(options: argparse.Namespace) -> tuple[Users, ...]:
    """Read the user lists that the options name."""
    if options.instance_id:
        return (live_users(options),)
    return tuple(each for source in options.users for each in user_list(source))


def user_list(source: str) -> tuple[Users, ...]:
    """Read one source of users: a file, or the word `practice`."""
    if source == _PRACTICE:
        from connect_saml_nb.samples import practice_users  # noqa: PLC0415 -- boto3 only where it is needed

        return (practice_users(),)
    from connect_saml_nb.users import read_user_lists  # noqa: PLC0415

    return read_user_lists(source)


def live_users(options: argparse.Namespace) -> Users:
    """List the users of the instance that the options name."""
    from connect_saml_nb.users import list_users  # noqa: PLC0415

    with counting():
        return list_users(options.instance_id, region=options.region, profile=options.profile, progress=users_read)


def users_read(number: int) -> None:
    """Show on a terminal how many users are there."""
    count(f"{number:,} Connect users read")


def diagnoses_of(captures: Iterable[str], inputs: Inputs) -> Iterable[Diagnosis]:
    """Diagnose the captures one after the other."""
    from connect_saml_nb.diagnosis import diagnose_all  # noqa: PLC0415 -- not needed to say --help

    for capture in captures:
        if capture == "-":
            yield from diagnose_all(standard_input(), inputs, name="standard input")
        else:
            yield from diagnose_all(capture, inputs)


def sign_ins_of(capture: str) -> list[SignIn]:
    """Find the sign-ins of one capture."""
    from connect_saml_nb.diagnosis import diagnose_all  # noqa: PLC0415

    source = standard_input() if capture == "-" else capture
    diagnoses = list(diagnose_all(source, name="standard input" if capture == "-" else None))
    for each in diagnoses:
        if each.problem:
            say(f"{each.name}: {each.problem}")
    return [diagnosis.sign_in for each in diagnoses for diagnosis in each.sign_ins]
