"""From inputs to redacted files: all of them, or none and the reason."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from connect_saml_nb import har
from connect_saml_nb.diagnosis import Directory, diagnose
from connect_saml_nb.errors import CaptureError, ConnectSamlError
from connect_saml_nb.io.source import label
from connect_saml_nb.io.write import write_private
from connect_saml_nb.model.capture import RedactionNote
from connect_saml_nb.model.record import replace
from connect_saml_nb.redact.check import RESTS_ON_REMOVED, difference, leak
from connect_saml_nb.redact.entries import har_text
from connect_saml_nb.redact.known_secrets import note_credentials
from connect_saml_nb.redact.pseudonyms import Pseudonyms
from connect_saml_nb.redact.saml import make_edit
from connect_saml_nb.redact.secrets import Secrets
from connect_saml_nb.redact.values import Values
from connect_saml_nb.users import save_users

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from connect_saml_nb.io.source import Input
    from connect_saml_nb.model.capture import Capture
    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.model.users import Users

Json = Any
_COMMENT = (
    "Redacted by connect_saml_nb: cookies, tokens, passwords, signatures and everything that a diagnosis does not need "
    "were removed. The SAML messages cannot be used to sign in. What `stated` says comes from the redactor and was not "
    "verified by whoever reads this file."
)


@dataclass(frozen=True, slots=True)
class Redacted:
    """One file that was written: its path, what it was made from, how many values were hidden, and the verdict.

    `kinds` are the kinds of secrets that were found, in words.
    """

    path: Path
    name: str
    hidden: int
    kinds: tuple[str, ...]
    verdict: str | None


def redact_har(
    source: Input | Sequence[Input],
    output: str | os.PathLike[str],
    *,
    pseudonyms: bool = False,
    users: Users | Sequence[Users] = (),
    mapping: str | os.PathLike[str] | None = None,
) -> tuple[Redacted, ...]:
    """Write a redacted HAR for each capture in `source` (one input or several), and say what was written.

    `output` is the file to write for one capture, else the folder for all of them (it is made; names are numbered
    where two are equal). With `pseudonyms`, persons, organisations, accounts, instances and addresses get other names,
    the same ones in every file and in the `users`, which are then written too; `mapping` is where to keep the table of
    names (without it nobody can undo them). All files are readable by their owner only.

    Raises CaptureError where an input is no capture, ConnectSamlError where a file cannot be written or a check of the
    result fails: then no file is left.
    """
    captures = [*_captures(source)]
    lists = (users,) if not isinstance(users, (list, tuple)) else tuple(users)
    names = _file_names(captures, lists, pseudonyms=pseudonyms)
    targets = _targets(names, Path(output), _paths(source))
    made = redact_captures(captures, lists, pseudonyms=pseudonyms)
    files: list[_File] = [(path, _writer(each.text)) for path, each in zip(targets, made.hars, strict=False)]
    later = targets[len(captures) :]
    files += [(path, partial(save_users, users)) for path, users in zip(later, made.users, strict=True)]
    if mapping is not None:
        files.append((Path(mapping), _writer(made.mapping)))
    _write_all(files)
    return tuple(
        Redacted(path, each.name, each.hidden, each.kinds, each.verdict)
        for path, each in zip(targets, made.hars, strict=False)
    )


# --- inputs and outputs ------------------------------------------------------------------------------------


def _inputs(source: Input | Sequence[Input]) -> list[Input]:
    return list(source) if isinstance(source, (list, tuple)) else [source]  # type: ignore[list-item]


def _captures(source: Input | Sequence[Input]) -> Iterable[Capture]:
    for each in _inputs(source):
        for read in har.read_captures(each):
            if isinstance(read, har.Unreadable):
                raise CaptureError(f"{read.name}: {read.problem}")
            yield read


def _paths(source: Input | Sequence[Input]) -> list[Path]:
    return [Path(each) for each in _inputs(source) if isinstance(each, (str, os.PathLike))]


_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def _file_names(captures: Sequence[Capture], lists: Sequence[Users], *, pseudonyms: bool) -> list[str]:
    """Names like the inputs'; under pseudonyms numbers, as a file's name often is a person's."""
    if pseudonyms:
        hars = [f"capture-{number}.redacted.har" for number in range(1, len(captures) + 1)]
        return hars + [f"users-{number}.redacted.json" for number in range(1, len(lists) + 1)]
    return _unique(_stem(c.name) + ".redacted.har" for c in captures)


def _targets(names: Sequence[str], output: Path, inputs: Sequence[Path]) -> list[Path]:
    """Where each file goes; never onto an input, nor outside the folder."""
    single = len(names) == 1 and not os.path.isdir(output)  # noqa: PTH112 -- Path.is_dir raises on a long name
    targets = [output] if single else [output / name for name in names]
    for target in targets:
        if os.path.islink(target):  # noqa: PTH114 -- as above
            raise ConnectSamlError(f"{label(target)} is a link: give the place of a new file.")
        if any(_same(target, each) for each in inputs):
            raise ConnectSamlError("The output is the input itself, which is never written over: give another place.")
    return targets


def _stem(name: str) -> str:
    last = re.split(r"[\\/]", name)[-1]
    bare = _UNSAFE.sub("-", last).strip("-.")
    return re.sub(r"(?:\.(?:har|gz|zip|json|csv|txt))+$", "", bare, flags=re.IGNORECASE)[:100] or "capture"


def _unique(names: Iterable[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name.lower()] = count = seen.get(name.lower(), 0) + 1
        unique.append(name if count == 1 else f"{count}-{name}")
    return unique


def _same(one: Path, other: Path) -> bool:
    try:
        return one.resolve() == other.resolve() or (one.exists() and one.samefile(other))
    except (OSError, ValueError):
        return False


_File: TypeAlias = "tuple[Path, Callable[[Path], None]]"


def _writer(text: str) -> Callable[[Path], None]:
    return lambda path: write_private(path, text)


def _write_all(files: Sequence[_File]) -> None:
    """Write all files or none: what was written before a failure is taken away again."""
    written: list[Path] = []
    try:
        for path, write in files:
            _make_folder(path.parent)
            write(path)
            written.append(path)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def _make_folder(folder: Path) -> None:
    try:
        if not folder.exists():
            folder.mkdir(mode=0o700)
    except (OSError, ValueError):
        raise ConnectSamlError(f"The folder {label(folder)} cannot be made: give one that exists.") from None


# --- one capture -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RedactedHar:
    """One redacted HAR as text; the rest is as in `Redacted`."""

    text: str = field(repr=False)
    name: str
    hidden: int
    kinds: tuple[str, ...]
    verdict: str | None


@dataclass(frozen=True, slots=True)
class Redaction:
    """What redaction made, in the order of what was given, not written anywhere.

    `users` and `mapping` (the table of names, as JSON) are there only with pseudonyms.
    """

    hars: tuple[RedactedHar, ...]
    users: tuple[Users, ...] = ()
    mapping: str = field(default="", repr=False)


def redact_captures(captures: Sequence[Capture], users: Sequence[Users] = (), *, pseudonyms: bool = False) -> Redaction:
    """Redact captures that were read, as `redact_har` does. Raises ConnectSamlError where a check of a result fails."""
    lists = tuple(users)
    return _pseudonymous(captures, lists) if pseudonyms else Redaction(tuple(_checked(c, lists) for c in captures))


class _AnotherDiagnosisError(ConnectSamlError):
    """The redacted file would not be judged as the original was."""


_DRAWS = 8


def _pseudonymous(captures: Sequence[Capture], lists: Sequence[Users]) -> Redaction:
    """All files under one table of names; another is drawn where chance made two names alike."""
    for left in reversed(range(_DRAWS)):
        names = Pseudonyms(captures, lists)
        theirs = tuple(names.users(each, number) for number, each in enumerate(lists, 1))
        try:
            made = tuple(_checked(c, lists, names, theirs) for c in captures)
        except _AnotherDiagnosisError:
            if not left:
                raise
        else:
            return Redaction(made, theirs, names.mapping_text())
    raise AssertionError  # the last draw returns or raises


def _checked(
    capture: Capture, lists: Sequence[Users], names: Pseudonyms | None = None, theirs: Sequence[Users] = ()
) -> RedactedHar:
    """One capture redacted, after its checks; `theirs` are the lists under the pseudonyms."""
    now = datetime.now(UTC)
    before = diagnose(capture, Directory(lists), now=now)
    secrets = Secrets()
    alias: Callable[[str], str] = names.alias if names else str
    note_credentials(capture, secrets)
    values = _values(secrets, names, alias)
    note = _note(before, capture.stated, pseudonyms=names is not None)
    har_text(capture, values, note)  # finds all secrets, so that the second time none is missed in what is kept
    secrets.settle()
    text = har_text(capture, values, note)
    found = leak(text, secrets)
    if found:
        raise ConnectSamlError(
            f"{capture.name}: the check of the redacted file found {found}, so no file was written. Please report this."
        )
    after = diagnose(har.read_capture(text.encode(), name=capture.name), Directory(theirs or lists), now=now)
    differs = difference(before, after, names.person if names else str)
    if differs:
        raise _AnotherDiagnosisError(
            f"{capture.name}: the redacted file would give another diagnosis ({differs}), so no file was written. "
            "Please report this."
        )
    return RedactedHar(text, capture.name, len(secrets), tuple(secrets.kinds()), before.verdict)


def _values(secrets: Secrets, names: Pseudonyms | None, alias: Callable[[str], str]) -> Values:
    values = Values(secrets, alias)
    values.edit = make_edit(values, names)
    return values


# --- what the file states ----------------------------------------------------------------------------------


def _note(diagnosis: Diagnosis, earlier: Sequence[RedactionNote], *, pseudonyms: bool) -> Json:
    """What the file says of its original; what an already redacted input says of its own stays."""
    kept = {each.sign_in: each for each in earlier}
    stated = [kept.get(j.sign_in.number) or _stated(j) for j in diagnosis.sign_ins]
    rows = [msgspec.structs.asdict(replace(each, pseudonyms=pseudonyms or each.pseudonyms)) for each in stated]
    return {"schema": har.REDACTION_SCHEMA, "comment": _COMMENT, "stated": rows}


def _stated(diagnosis: SignInDiagnosis) -> RedactionNote:
    looked_at = {*diagnosis.passed, *(f.rule for f in diagnosis.findings)}
    return RedactionNote(diagnosis.sign_in.number, diagnosis.verdict, tuple(sorted(RESTS_ON_REMOVED & looked_at)))
