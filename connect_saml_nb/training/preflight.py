"""Is this computer ready for a training session? Everything is tried here, with the network shut."""

from __future__ import annotations

import hashlib
import socket
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from connect_saml_nb.diagnosis import diagnose
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.io.write import replace_file
from connect_saml_nb.training.cases import LEVELS, new_case
from connect_saml_nb.training.pack import Session, session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NEEDED = ("jupyterlab", "ipywidgets", "anywidget", "msgspec", "defusedxml")
_EXTRA = ("signxml", "lxml", "cryptography")
_OLDEST = (3, 11)
_USUAL = 10  # cases, where no session is named


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried: whether it is ready, and what was seen. `is_needed` is False where it may fail."""

    name: str
    is_ready: bool
    detail: str
    is_needed: bool = True


def checks(chosen: Session | None = None, folder: Path | None = None) -> tuple[Check, ...]:
    """Try everything that a session needs, in well under a minute. Never raises.

    The last check makes the `chosen` session's cases (without one, ten of all topics, level 1, seed 0) and gives their
    fingerprint: computers that show the same one give their trainees the same cases. `folder` is to keep progress in.
    """
    usual = chosen or session(count=_USUAL)
    tried: tuple[tuple[str, Callable[[], str], bool], ...] = (
        ("Python", _python, True),
        ("Packages", _packages, True),
        ("Signatures (extra verify)", _extra, False),
        ("A place for progress", lambda: _place(folder or Path.home()), True),
        ("Cases of every level, diagnosed without a network", _cases, True),
        ("The session", lambda: fingerprint_of(usual), True),
    )
    return tuple(_tried(*each) for each in tried)


def _tried(name: str, what: Callable[[], str], is_needed: bool) -> Check:  # noqa: FBT001 -- a row's cell
    try:
        return Check(name, True, what(), is_needed)  # noqa: FBT003 -- reads by the fields' order
    except Exception as error:  # noqa: BLE001 -- whatever it is, this computer is not ready
        reason = (
            str(error) if isinstance(error, ConnectSamlError) else f"{type(error).__name__}: see `connect-saml lab`."
        )
        return Check(name, False, reason, is_needed)  # noqa: FBT003


def _python() -> str:
    if sys.version_info[:2] < _OLDEST:
        raise ConnectSamlError("Python 3.11 or newer is needed.")
    return sys.version.split()[0]


def _packages() -> str:
    lacking = [name for name in _NEEDED if find_spec(name) is None]
    if lacking:
        raise ConnectSamlError(f"Missing: {', '.join(lacking)}. Install connect_saml_nb again.")
    return "all there"


def _extra() -> str:
    lacking = [name for name in _EXTRA if find_spec(name) is None]
    if lacking:
        names = ", ".join(lacking)
        raise ConnectSamlError(
            f"Missing: {names}. There are no cases about signatures, and others differ in their bytes."
        )
    return "all there"


def _place(folder: Path) -> str:
    try:
        with TemporaryDirectory(dir=folder) as trial:
            replace_file(Path(trial) / "progress", b"trial")
    except OSError as error:
        raise ConnectSamlError(f"The home folder cannot be written: {error.strerror or 'disk error'}.") from None
    return "can be written"


def _cases() -> str:
    began = time.monotonic()
    with no_network():
        for level in LEVELS:
            case = new_case("user-case-differs", level=level, seed=level)
            if diagnose(case.capture, **case.collect_inputs()).verdict != case.answer.verdict:
                raise ConnectSamlError(f"A case of level {level} was not diagnosed as it was made.")
    return f"as they were made, in {time.monotonic() - began:.1f} seconds"


def fingerprint_of(chosen: Session) -> str:
    """What the session's cases are, in six characters to compare between computers."""
    with no_network():
        ids = "\n".join(case.id for case in chosen.cases())
    return f"{chosen.count} cases, fingerprint {hashlib.sha256(ids.encode()).hexdigest()[:6]}"


@contextmanager
def no_network() -> Iterator[None]:
    """Refuse every connection while the block runs, to show that nothing needs one."""

    def refuse(*_: Any, **__: Any) -> None:  # noqa: ANN401 -- whatever a connection is asked with
        raise OSError("The network is shut for this check.")

    with patch.object(socket.socket, "connect", refuse), patch.object(socket, "getaddrinfo", refuse):
        yield
