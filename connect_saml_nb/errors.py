"""The only exceptions that this package raises on purpose.

Each message is one or two sentences for the person reading: what happened, where, and what to do next.
It never holds a secret.
"""


class ConnectSamlError(Exception):
    """Any error of this package."""


class CaptureError(ConnectSamlError):
    """The input is not a capture that can be read."""


class UserListError(ConnectSamlError):
    """The Connect users could not be listed or read."""


class EvidenceError(ConnectSamlError):
    """The AWS account did not answer a read-only question."""
