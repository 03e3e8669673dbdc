"""Small files that a person gives: metadata, a private key."""

from __future__ import annotations

import os
from pathlib import Path

from connect_saml_nb.errors import EvidenceError
from connect_saml_nb.io.source import label


def opened(path: str | os.PathLike[str], what: str, most: int) -> tuple[bytes, str]:
    """A file's bytes and name. Raises EvidenceError where it cannot be read or has more than `most` bytes."""
    shown = label(os.fspath(path))
    try:
        with Path(path).open("rb") as file:
            data = file.read(most + 1)
    except FileNotFoundError:
        raise EvidenceError(f"There is no file {shown}. Check the path of the {what}.") from None
    except IsADirectoryError:
        raise EvidenceError(f"{shown} is a folder. Name the file with the {what} in it.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise EvidenceError(f"{shown} could not be read ({reason}).") from None
    if len(data) > most:
        raise EvidenceError(f"{shown} is larger than {most >> 10:,} KiB, so it is no {what}. Check the path.")
    return data, label(Path(path).name)
