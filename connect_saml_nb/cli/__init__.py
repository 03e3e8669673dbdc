"""The command line: one module for each command, each with `add_to(parser)`, which sets what the command runs."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from connect_saml_nb.cli import audit, bulk, compare, diagnose, evidence, notebooks, practice, redact, users
from connect_saml_nb.cli.terminal import OPEN, say
from connect_saml_nb.errors import ConnectSamlError, own_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main"]

_STOPPED = 130  # as shells have it for SIGINT

_COMMANDS: dict[str, tuple[Callable[[argparse.ArgumentParser], None], str]] = {
    "diagnose": (diagnose.add_to, "say why the sign-ins in captures failed"),
    "compare": (compare.add_to, "say what differs between a sign-in that works and one that fails"),
    "redact": (redact.add_to, "write captures that can be shared: still diagnosable, no secrets"),
    "bulk": (bulk.add_to, "say why the sign-ins in many captures failed, and what fixes most"),
    "audit": (audit.add_to, "say who of a directory export will fail to sign in, and why"),
    "users": (users.add_to, "save an instance's Connect users to a file"),
    "evidence": (evidence.add_to, "save what the AWS account says about the sign-ins of a capture"),
    "permissions": (evidence.add_permissions_to, "print the IAM policy that reading evidence needs"),
    "practice": (practice.add_to, "make practice cases with known answers, one or a session"),
    "lab": (notebooks.add_lab_to, "open the notebooks in JupyterLab"),
    "app": (notebooks.add_app_to, "open the guided notebook as an app, without any code (extra: app)"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status: 0 all signed in, 1 a fault, 2 wrong usage, 3 something not judged."""
    options = _options(arguments)
    try:
        status: int = options.run(options)
    except ConnectSamlError as error:
        say(str(error))
        status = OPEN
    except MemoryError:
        say("This computer's memory is not enough for it.")
        status = OPEN
    except BrokenPipeError:  # for example `connect-saml diagnose … | head`
        if sys.stdout is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = OPEN
    except KeyboardInterrupt:
        say("Stopped.")
        status = _STOPPED
    except Exception as error:  # noqa: BLE001 -- a traceback could show what a capture holds
        say(own_fault(error))
        status = OPEN
    return status


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = _parser()
    options, others = parser.parse_known_args(arguments)
    if others and not options.passes_on:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    options.others = others
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="connect-saml",
        description="From a HAR capture to the named cause and the fix of a failed Amazon Connect SAML sign-in.",
    )
    parser.set_defaults(passes_on=False)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, (add_to, told) in _COMMANDS.items():
        add_to(commands.add_parser(name, help=told))
    return parser
