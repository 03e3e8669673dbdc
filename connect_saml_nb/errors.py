"""The only exceptions that this package raises on purpose.

Each message is one or two sentences for the person reading: what happened, where, and what to do next.
It never holds a secret.
"""

from __future__ import annotations

from pathlib import Path


class ConnectSamlError(Exception):
    """Any error of this package."""


class CaptureError(ConnectSamlError):
    """The input is not a capture that can be read."""


class UserListError(ConnectSamlError):
    """The Connect users could not be listed or read."""


class EvidenceError(ConnectSamlError):
    """Evidence, metadata or a key could not be read, or AWS did not answer a read-only question."""


class PasswordNeededError(EvidenceError):
    """A private key is protected by a password, and none was given."""


def own_fault(error: BaseException) -> str:
    """An error that nobody raised on purpose, as a sentence: its kind and place, and nothing that it was given."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}" if trace else "an unknown place"
    return (
        f"connect_saml_nb has a fault of its own ({type(error).__name__} in {place}). "
        "Please report this line; the capture itself is not needed."
    )
