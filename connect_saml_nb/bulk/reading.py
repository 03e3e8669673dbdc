"""One item in, the diagnosis of every capture in it out, each under the name that its row has."""

from __future__ import annotations

import os
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.bulk import archives
from connect_saml_nb.bulk.items import Item, ItemKind, items_at
from connect_saml_nb.bulk.problems import ItemProblem
from connect_saml_nb.bulk.results import meant_name, member_name
from connect_saml_nb.diagnosis import diagnose_all, unreadable
from connect_saml_nb.errors import CaptureError
from connect_saml_nb.io import s3
from connect_saml_nb.io.archive import Archive
from connect_saml_nb.io.data import pieces_of, spool
from connect_saml_nb.io.discover import exists, input_file
from connect_saml_nb.io.problems import reason_of
from connect_saml_nb.io.source import label, open_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.bulk.results import Result
    from connect_saml_nb.diagnosis import Inputs
    from connect_saml_nb.io.data import Data
    from connect_saml_nb.model.diagnosis import Diagnosis


class Diagnosed(NamedTuple):
    """One capture: its name in the item (`""` where it is the item), its size in bytes, and its diagnosis."""

    member: str
    size: int
    diagnosis: Diagnosis


def diagnosis_of(result: Result, inputs: Inputs) -> Diagnosis:
    """The whole diagnosis of one result's capture, read again. Raises CaptureError where it is no longer there.

    >>> diagnosis_of(result, inputs).sign_ins[0].summary  # doctest: +SKIP
    """
    for item in items_at(_source_of(result)):
        if result.member.startswith(member_name(item.member)) or len(item.member) > len(result.member):
            for member, _, diagnosis in _again(item, inputs):
                if member_name(member) == result.member:
                    return diagnosis
    raise CaptureError(ItemProblem.NO_LONGER_THERE(capture=label(result.capture)))


def _source_of(result: Result) -> str:
    """Where the capture is, as the system or S3 knows it."""
    meant = meant_name(result.source)
    return meant if meant != result.source and not exists(result.source) else result.source


def _again(item: Item, inputs: Inputs) -> Iterator[Diagnosed]:
    if item.problem:
        raise CaptureError(item.problem)
    try:
        yield from diagnoses_in(item, inputs)
    except OSError as error:
        raise CaptureError(ItemProblem.NOT_READ(reason=reason_of(error))) from None


def diagnoses_in(item: Item, inputs: Inputs) -> Iterator[Diagnosed]:
    """Every capture in an item. Raises CaptureError and OSError where the item itself cannot be read."""
    if item.kind is ItemKind.FILE and not archives.is_archive(item.source) and not _is_mixed_file(item.source):
        yield from _in_file(item, inputs)
    else:
        yield from _bounded(item, _in_data(item, item.member, _data(item), inputs, 0))


def _bounded(item: Item, each: Iterator[Diagnosed]) -> Iterator[Diagnosed]:
    """No more than one archive may hold: archives in archives multiply."""
    yield from islice(each, archives.PARTS_LIMIT)
    if next(each, None) is not None:
        yield _refused(item, item.member, archives.too_many())


def _is_mixed_file(path: str) -> bool:
    return path.lower().endswith(".zip") and archives.is_mixed(open_source(Path(path)).data)


def _in_file(item: Item, inputs: Inputs) -> Iterator[Diagnosed]:
    with open(item.source, "rb"):  # noqa: PTH123 -- a file that may not be opened now may be later: an OSError
        pass
    own = label(os.path.basename(item.source))  # noqa: PTH119 -- a name
    for diagnosis in diagnose_all(Path(item.source), inputs):
        yield Diagnosed(_inner(diagnosis.name, own), item.size, diagnosis)


def _inner(name: str, own: str) -> str:
    return name.removeprefix(own).lstrip("/") if name.startswith(own) else ""


def _in_data(item: Item, name: str, data: Data, inputs: Inputs, depth: int) -> Iterator[Diagnosed]:
    """The captures in bytes that came out of something."""
    if archives.is_archive(name or item.source) or archives.is_mixed(data):
        yield from _in_box(item, name, data, inputs, depth)
        return
    base = label((name or item.source).rpartition("/")[2])
    for diagnosis in diagnose_all(data, inputs, name=base):
        yield Diagnosed("/".join(filter(None, (name, _inner(diagnosis.name, base)))), len(data), diagnosis)


def _in_box(item: Item, name: str, data: Data, inputs: Inputs, depth: int) -> Iterator[Diagnosed]:
    if depth >= archives.DEPTH_LIMIT:
        yield _refused(item, name, ItemProblem.TOO_DEEP())
        return
    try:
        for inner, part in archives.inside(name or item.source, data):
            inside = f"{name}/{inner}" if name else inner
            if part is None:
                yield _refused(item, inside, archives.too_large())
            else:
                yield from _in_data(item, inside, part, inputs, depth + 1)
    except CaptureError as error:
        yield _refused(item, name, error.problem)


def _refused(item: Item, name: str, problem: str) -> Diagnosed:
    return Diagnosed(name, item.size, unreadable(name, problem))


# --- an item's bytes ---------------------------------------------------------------------------------------


def _data(item: Item) -> Data:
    if item.kind is ItemKind.BYTES:
        return item.data
    if item.kind is ItemKind.S3:
        return s3.data_of(item.source)
    if item.kind is ItemKind.ZIP:
        return _zip_member(item)
    if item.kind is ItemKind.TAR:
        return _tar_member(item)
    with open(item.source, "rb") as file:  # noqa: PTH123 -- a path as text
        return spool(pieces_of(file))


@lru_cache(maxsize=1)
def _archive(path: str, state: str) -> Archive:
    if input_file(path).state != state:
        raise CaptureError(ItemProblem.ARCHIVE_CHANGED())
    return Archive(open_source(Path(path)).data)


def _zip_member(item: Item) -> Data:
    archive = _archive(item.source, item.state)
    member = next((m for m in archive.members() if m.header_offset == item.offset), None)
    if member is None:
        raise CaptureError(ItemProblem.ARCHIVE_CHANGED())
    return archive.read(member)[0]


def _tar_member(item: Item) -> Data:
    with open(item.source, "rb") as file:  # noqa: PTH123 -- a path as text
        file.seek(item.offset)
        return spool(pieces_of(file, item.size))
