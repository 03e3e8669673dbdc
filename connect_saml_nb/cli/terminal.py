"""What every command does with a terminal: sentences to stderr, the result to stdout or a file, and the exit status."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.text import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

#: Exit statuses: all signed in, a fault was found, something was unreadable or not judged. Wrong usage is argparse's 2.
GOOD, FAULT, OPEN = 0, 1, 3
_NAMED_FAULT, _NOT_JUDGED = 2, 1  # the ranks of verdict.rank


def say(sentence: str) -> None:
    """Tell something beside the result."""
    if sys.stderr is not None:  # closed before the start (2>&-): print would take the standard output
        print(f"connect-saml: {printable(sentence, None)}", file=sys.stderr)  # noqa: T201 -- progress and warnings go to stderr


def write(text: str, path: str | None) -> None:
    """Give the result: in a file for its owner only, or on the standard output. Raises ConnectSamlError."""
    if path:
        from connect_saml_nb.io.write import write_private  # noqa: PLC0415

        write_private(path, text)
        return
    if sys.stdout is None:
        raise ConnectSamlError("The standard output is closed: give --output PATH.")
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def standard_input() -> BinaryIO:
    """What is given on the standard input. Raises ConnectSamlError where it is closed."""
    if sys.stdin is None:
        raise ConnectSamlError("The standard input is closed: name a file.")
    return sys.stdin.buffer


def is_watched() -> bool:
    """Whether somebody sees on a terminal what goes to stderr."""
    return sys.stderr is not None and sys.stderr.isatty()


def wants_colour() -> bool:
    """Whether the standard output is a terminal that shows colours (https://no-color.org)."""
    return (
        sys.stdout is not None
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )


@contextmanager
def counting() -> Iterator[None]:
    """Let `count` change one line of a terminal meanwhile."""
    try:
        yield
    finally:
        if is_watched():
            print(file=sys.stderr)  # noqa: T201 -- progress and warnings go to stderr


def count(line: str) -> None:
    """Show on a terminal how far it is."""
    if is_watched():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r{line[:width]:<{width}}", end="", file=sys.stderr, flush=True)  # noqa: T201


def status_of(ranks: Collection[int]) -> int:
    """The exit status for what `verdict.rank` gives of each sign-in, 1 of what was unreadable."""
    return FAULT if _NAMED_FAULT in ranks else OPEN if _NOT_JUDGED in ranks else GOOD
