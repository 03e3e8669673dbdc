"""The command line: `connect-saml`, or `python -m connect_saml_nb`."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from connect_saml_nb.errors import CaptureError, ConnectSamlError, PasswordNeededError, own_fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connect_saml_nb.compare import Comparison
    from connect_saml_nb.diagnosis import Witnesses
    from connect_saml_nb.model import Diagnosis, Evidence, SignIn, Users
    from connect_saml_nb.signature import PrivateKey

_PRACTICE = "practice"
_FORMATS = ("text", "json", "markdown", "html")
GOOD, FAULT, USAGE, OPEN = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status: 0 all signed in, 1 a fault, 2 wrong usage, 3 something not judged."""
    options = _options(arguments)
    try:
        status: int = options.run(options)
    except ConnectSamlError as error:
        _say(str(error))
        status = OPEN
    except MemoryError:
        _say("This computer's memory is not enough for it.")
        status = OPEN
    except BrokenPipeError:  # for example `connect-saml diagnose … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = OPEN
    except KeyboardInterrupt:
        _say("Stopped.")
        status = 130
    except Exception as error:  # noqa: BLE001 -- a traceback could show what a capture holds
        _say(own_fault(error))
        status = OPEN
    return status


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    options, others = parser.parse_known_args(arguments)
    if others and options.run not in {_lab, _app}:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    options.others = others
    return options


def _say(sentence: str) -> None:
    inert = "".join(c if c.isprintable() else "?" for c in sentence)  # a stranger's file can hold terminal escapes
    print(f"connect-saml: {inert}", file=sys.stderr)  # noqa: T201 -- progress and warnings go to stderr


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="connect-saml",
        description="From a HAR capture to the named cause and the fix of a failed Amazon Connect SAML sign-in.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_diagnose(commands.add_parser("diagnose", help="say why the sign-ins in captures failed"))
    _add_compare(
        commands.add_parser("compare", help="say what differs between a sign-in that works and one that fails")
    )
    _add_redact(commands.add_parser("redact", help="write captures that can be shared: still diagnosable, no secrets"))
    _add_users(commands.add_parser("users", help="save an instance's Connect users to a file"))
    _add_evidence(
        commands.add_parser("evidence", help="save what the AWS account says about the sign-ins of a capture")
    )
    _add_permissions(commands.add_parser("permissions", help="print the IAM policy that reading evidence needs"))
    _add_practice(commands.add_parser("practice", help="make practice cases with known answers, one or a session"))
    _add_lab(commands.add_parser("lab", help="open the notebooks in JupyterLab"))
    _add_app(commands.add_parser("app", help="open the guided notebook as an app, without any code (extra: app)"))
    return parser


def _add_diagnose(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Exit status: 0 all signed in, 1 a fault was found, 2 wrong usage, 3 something was unreadable or not judged."
    )
    parser.add_argument(
        "captures", nargs="+", metavar="CAPTURE", help="HAR, .har.gz, .zhar, zip, SAML response; - is stdin"
    )
    _add_witnesses(parser)
    _add_instance(parser, required=False)
    parser.add_argument("--format", choices=_FORMATS, default="text")
    parser.add_argument("--output", metavar="PATH", help="write there instead of the standard output")
    parser.set_defaults(run=_diagnose, parser=parser)


def _add_witnesses(parser: argparse.ArgumentParser) -> None:
    """What a capture is judged with beside itself."""
    parser.add_argument(
        "--users",
        action="append",
        default=[],
        metavar="FILE",
        help="a saved list of Connect users (aws connect list-users, CSV, names); may be given for several instances; "
        "'practice' is the practice instance",
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
    parser.add_argument(
        "--decrypt-key",
        action="append",
        default=[],
        metavar="FILE",
        help="a private key (PEM, DER) that decrypts encrypted assertions; it is read, and never written anywhere",
    )


def _add_instance(parser: argparse.ArgumentParser, *, required: bool) -> None:
    group = parser.add_argument_group("the users of a live instance")
    group.add_argument("--instance-id", required=required, metavar="ID", help="the instance's ID or ARN")
    group.add_argument("--region", metavar="REGION")
    group.add_argument("--profile", metavar="PROFILE", help="a profile of the AWS configuration")


def _add_users(parser: argparse.ArgumentParser) -> None:
    _add_instance(parser, required=True)
    parser.add_argument("--output", required=True, metavar="FILE")
    parser.set_defaults(run=_users, parser=parser)


def _add_evidence(parser: argparse.ArgumentParser) -> None:
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


def _add_permissions(parser: argparse.ArgumentParser) -> None:
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


def _add_practice(parser: argparse.ArgumentParser) -> None:
    from connect_saml_nb.practice.command import add_to  # noqa: PLC0415 -- its own module has its options

    add_to(parser)


def _add_lab(parser: argparse.ArgumentParser) -> None:
    parser.description = "Every other option is handed to JupyterLab as it is, for example --port=8899."
    parser.set_defaults(run=_lab, parser=parser)


def _add_app(parser: argparse.ArgumentParser) -> None:
    parser.description = "Every other option is handed to Voila as it is, for example --port=8899."
    parser.set_defaults(run=_app, parser=parser)


# --- diagnose ----------------------------------------------------------------------------------------------


def _diagnose(options: argparse.Namespace) -> int:
    if options.users and options.instance_id:
        options.parser.error("give either --users or --instance-id, not both")
    if (options.region or options.profile) and not options.instance_id:
        options.parser.error("--region and --profile go with --instance-id")
    diagnoses = tuple(_all(options.captures, _witnesses(options)))
    _write(_formatted(diagnoses, options), options.output)
    return exit_status(diagnoses)


def _all(captures: Iterable[str], told: Witnesses) -> Iterable[Diagnosis]:
    from connect_saml_nb.diagnosis import diagnose_all  # noqa: PLC0415 -- not needed to say --help

    for capture in captures:
        if capture == "-":
            yield from diagnose_all(sys.stdin.buffer, told, name="standard input")
        else:
            yield from diagnose_all(capture, told)


def _witnesses(options: argparse.Namespace) -> Witnesses:
    from connect_saml_nb.diagnosis import witnesses  # noqa: PLC0415
    from connect_saml_nb.signature import read_metadata  # noqa: PLC0415

    told = witnesses(
        _user_lists(options),
        evidence=_evidence(options.evidence),
        metadata=[each for path in options.metadata for each in read_metadata(path)],
        keys=[_key(path) for path in options.decrypt_key],
    )
    for note in told.notes:
        _say(note)
    return told


def _key(path: str) -> PrivateKey:
    """A private key; the password of an encrypted one is asked for on the terminal, and nowhere else."""
    from connect_saml_nb.signature import read_key  # noqa: PLC0415

    try:
        return read_key(path)
    except PasswordNeededError:
        if not sys.stdin.isatty():
            raise
        from getpass import getpass  # noqa: PLC0415

        return read_key(path, getpass(f"Password of {path}: "))


def _evidence(folder: str | None) -> Evidence | None:
    if folder is None:
        return None
    from connect_saml_nb.evidence import read_folder  # noqa: PLC0415

    evidence = read_folder(folder)
    for note in evidence.notes:
        _say(note)
    return evidence


def _user_lists(options: argparse.Namespace) -> tuple[Users, ...]:
    if options.instance_id:
        return (_live(options),)
    return tuple(each for source in options.users for each in _user_list(source))


def _user_list(source: str) -> tuple[Users, ...]:
    if source == _PRACTICE:
        from connect_saml_nb.practice.samples import practice_users  # noqa: PLC0415 -- boto3 only where it is needed

        return (practice_users(),)
    from connect_saml_nb.users import read_user_lists  # noqa: PLC0415

    return read_user_lists(source)


def _live(options: argparse.Namespace) -> Users:
    from connect_saml_nb.users import list_users  # noqa: PLC0415

    def progress(count: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{count:,} Connect users read", end="", file=sys.stderr, flush=True)  # noqa: T201

    try:
        return list_users(options.instance_id, region=options.region, profile=options.profile, progress=progress)
    finally:
        if sys.stderr.isatty():
            print(file=sys.stderr)  # noqa: T201


def _formatted(diagnoses: Sequence[Diagnosis], options: argparse.Namespace) -> str:
    from connect_saml_nb import report  # noqa: PLC0415

    if options.format == "json":
        return report.to_json(diagnoses) + "\n"
    if options.format == "markdown":
        return report.to_markdown(diagnoses)
    if options.format == "html":
        return report.to_html(diagnoses)
    return report.to_text(diagnoses, colour=not options.output and _wants_colour())


def _wants_colour() -> bool:
    # https://no-color.org
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _write(text: str, path: str | None) -> None:
    if path:
        from connect_saml_nb.sources import write_private  # noqa: PLC0415

        write_private(path, text)
        return
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def exit_status(diagnoses: Iterable[Diagnosis]) -> int:
    """Give 1 if any sign-in has a named fault, else 3 if anything was unreadable or not judged, else 0."""
    from connect_saml_nb.verdict import rank  # noqa: PLC0415

    ranks = {rank(j.verdict) for d in diagnoses for j in d.judgements}
    ranks |= {1 for d in diagnoses if not d.judgements}
    return FAULT if 2 in ranks else OPEN if 1 in ranks else GOOD  # noqa: PLR2004 -- the ranks of verdict.rank


# --- compare -----------------------------------------------------------------------------------------------

_COMPARED = ("text", "json", "markdown")


def _add_compare(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "What explains the failure comes first. Exit status: 0 both signed in, 1 BAD has a named fault, 2 wrong usage, "
        "3 something was unreadable or not judged."
    )
    parser.add_argument(
        "good", metavar="GOOD", help="a capture of a sign-in that works: HAR, .har.gz, zip, SAML response"
    )
    parser.add_argument("bad", metavar="BAD", help="a capture of one that does not")
    _add_witnesses(parser)
    parser.add_argument("--format", choices=_COMPARED, default="text")
    parser.add_argument("--output", metavar="PATH", help="write there instead of the standard output")
    parser.set_defaults(run=_compare, parser=parser, instance_id=None)


def _compare(options: argparse.Namespace) -> int:
    from connect_saml_nb.compare import compare  # noqa: PLC0415 -- not needed to say --help

    if options.good == options.bad == "-":
        options.parser.error("only one of GOOD and BAD can be the standard input")
    told = _witnesses(options)
    compared = compare(_one(options.good, told), _one(options.bad, told))
    _write(_compared_text(compared, options), options.output)
    return _compared_status(compared)


def _one(capture: str, told: Witnesses) -> Diagnosis:
    """The diagnosis of an input that must hold one capture."""
    found = [*_all([capture], told)]
    if len(found) != 1:
        raise CaptureError(f"{capture} holds {len(found)} captures: compare takes one at a time. Unpack it, give one.")
    return found[0]


def _compared_text(compared: Comparison, options: argparse.Namespace) -> str:
    from connect_saml_nb import report_comparison as report  # noqa: PLC0415

    if options.format == "json":
        return report.comparison_json(compared) + "\n"
    if options.format == "markdown":
        return report.comparison_markdown(compared)
    return report.comparison_text(compared, colour=not options.output and _wants_colour())


def _compared_status(compared: Comparison) -> int:
    """Give 1 if the bad sign-in has a named fault, 0 if both signed in, else 3."""
    from connect_saml_nb.verdict import rank  # noqa: PLC0415

    if compared.bad.judgement and rank(compared.bad.judgement.verdict) == 2:  # noqa: PLR2004 -- the ranks of verdict.rank
        return FAULT
    return GOOD if compared.good.signed_in and compared.bad.signed_in else OPEN


# --- redact ------------------------------------------------------------------------------------------------


def _add_redact(parser: argparse.ArgumentParser) -> None:
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
    inputs = [sys.stdin.buffer if each == "-" else each for each in options.captures]
    written = redact_har(
        inputs,
        options.output,
        pseudonyms=options.pseudonyms,
        users=_user_lists(options),
        mapping=options.keep_mapping,
    )
    for each in written:
        kinds = f" ({', '.join(each.kinds[:_KINDS_SHOWN])}, ...)" if each.kinds else ""
        _say(f"{each.path} written; {each.hidden:,} secrets are not in it{kinds}.")
    return GOOD


_KINDS_SHOWN = 5


# --- evidence ----------------------------------------------------------------------------------------------


def _collect(options: argparse.Namespace) -> int:
    from connect_saml_nb import evidence  # noqa: PLC0415

    parts = tuple(options.parts or evidence.PARTS)
    if unknown := set(parts) - set(evidence.PARTS):
        options.parser.error(f"there is no part {min(unknown)!r}; the parts are: {', '.join(evidence.PARTS)}")
    asks = evidence.plan(_sign_ins(options.capture), instance_id=options.instance_id, region=options.region)
    if not asks:
        _say("The capture holds no sign-in to ask the AWS account about.")
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
        _say(refusal.reason)
    _say(f"{count:,} answers of AWS written to {folder} (readable only by you).")
    return OPEN if found.refused else GOOD


def _progress(question: str) -> None:
    if sys.stderr.isatty():
        _say(question)


def _sign_ins(capture: str) -> list[SignIn]:
    from connect_saml_nb.diagnosis import diagnose_all  # noqa: PLC0415

    source = sys.stdin.buffer if capture == "-" else capture
    diagnoses = list(diagnose_all(source, name="standard input" if capture == "-" else None))
    for each in diagnoses:
        if each.problem:
            _say(f"{each.name}: {each.problem}")
    return [judgement.sign_in for each in diagnoses for judgement in each.judgements]


def _permissions(options: argparse.Namespace) -> int:
    import json  # noqa: PLC0415

    from connect_saml_nb.evidence import PERMISSION_PARTS, permission_policy  # noqa: PLC0415

    if options.help_parts:
        _write("\n".join(PERMISSION_PARTS) + "\n", None)
        return GOOD
    given = {name: getattr(options, name) for name in ("instance_id", "region", "account", "role")}
    try:
        policy = permission_policy(options.parts, **given)
    except ConnectSamlError as error:
        options.parser.error(str(error))
    _write(json.dumps(policy, indent=2) + "\n", None)
    return GOOD


# --- users, lab, app ---------------------------------------------------------------------------------------


def _users(options: argparse.Namespace) -> int:
    from connect_saml_nb.users import save_users  # noqa: PLC0415

    users = _live(options)
    save_users(users, options.output)
    _say(f"{len(users):,} Connect users written to {options.output} (readable only by you).")
    return GOOD


def _lab(options: argparse.Namespace) -> int:
    from connect_saml_nb.lab import open_lab  # noqa: PLC0415 -- JupyterLab only where it is wanted

    return open_lab(options.others)


def _app(options: argparse.Namespace) -> int:
    from connect_saml_nb.voila_app import open_app  # noqa: PLC0415 -- Voila only where it is wanted

    return open_app(options.others)


if __name__ == "__main__":
    sys.exit(main())
