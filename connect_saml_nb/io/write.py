"""Writes files that appear whole or not at all and that only their owner may read."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.io.problems import InputProblem, reason_of
from connect_saml_nb.io.source import label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.errors import ProblemCode


def write_private(path: str | os.PathLike[str], text: str, error: type[ConnectSamlError] = ConnectSamlError) -> None:
    """Write a text file in UTF-8. Raises `error` with a sentence where it cannot be written."""
    with write_errors(path, error):
        replace_file(Path(path), text.encode("utf-8", "backslashreplace"))


@contextmanager
def private_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """As `new_file`, but raises ConnectSamlError with a sentence."""
    with write_errors(path), new_file(Path(path)) as file:
        yield file


@contextmanager
def write_errors(
    path: str | os.PathLike[str],
    error: type[ConnectSamlError] = ConnectSamlError,
    code: ProblemCode = InputProblem.NOT_WRITTEN,
) -> Iterator[None]:
    """Turn what the system raises while `path` is written into `error`; `code` is the sentence, of path and reason."""
    try:
        yield
    except (OSError, ValueError) as cause:
        raise error(code(path=label(os.fspath(path)), reason=reason_of(cause))) from None


def replace_file(target: Path, data: bytes) -> None:
    """Put a file in place. Raises OSError and ValueError."""
    with new_file(target) as file:
        file.write(data)


@contextmanager
def new_file(target: Path) -> Iterator[BinaryIO]:
    """A file to write that stands under its name once it is whole and on the disk. Raises OSError and ValueError."""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:50]}.")  # mode 0600
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
