"""Finds many inputs: the files of a folder, the objects of an S3 prefix."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connect_saml_nb.io.problems import InputProblem, reason_of
from connect_saml_nb.io.source import label

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How the URL of an object in S3 begins.
S3 = "s3://"


@dataclass(frozen=True, slots=True)
class InputFile:
    """One of many inputs: a path or an `s3://` URL, its bytes, and what changes when it is written anew.

    `problem` is a sentence where it cannot be looked into.
    """

    name: str
    size: int = 0
    state: str = ""
    problem: str = ""


def files_in(folder: str) -> Iterator[InputFile]:
    """The regular files of a folder and of those in it, in the order of their names; links to folders are not followed.

    What may not be looked into is an InputFile with its problem; pipes and devices are passed over.
    """
    waiting = [folder]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            problem = InputProblem.FOLDER_NOT_READ(path=label(folder), reason=reason_of(error))
            yield InputFile(folder, problem=problem)
            continue
        for entry in entries:
            if _is_file(entry):
                yield input_file(entry.path)
            elif entry.is_symlink():
                yield InputFile(entry.path, problem=InputProblem.LINK_NOT_FOLLOWED(path=label(entry.path)))
        waiting += [entry.path for entry in reversed(entries) if entry.is_dir(follow_symlinks=False)]


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file or a link to one; a link to itself is none, and raises here (ELOOP)."""
    with suppress(OSError):
        return entry.is_file()
    return False


def input_file(path: str) -> InputFile:
    """A file as one of many inputs. What is opened only when somebody writes to it (a pipe) is none of them."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a path as text, many times over
    except (OSError, ValueError) as error:
        return InputFile(path, problem=InputProblem.FILE_NOT_READ(path=label(path), reason=reason_of(error)))
    if not stat.S_ISREG(status.st_mode):
        return InputFile(path, problem=InputProblem.NOT_A_FILE(path=label(path)))
    return InputFile(path, status.st_size, f"{status.st_size}-{status.st_mtime_ns}")


def exists(name: str) -> bool:
    """Whether there is a file, or an object in S3, of exactly this name. Raises ConnectSamlError as `s3.objects`."""
    if name.startswith(S3):
        from connect_saml_nb.io import s3  # noqa: PLC0415 - few inputs need it

        return any(file.name == name for file in s3.objects(name))
    return os.path.exists(name)  # noqa: PTH110 - a path as text
