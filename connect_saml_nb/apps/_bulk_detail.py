"""One capture of a run, read and diagnosed again: a run keeps of each only what its tables show."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from connect_saml_nb import sources
from connect_saml_nb.bulk import _containers as containers
from connect_saml_nb.bulk._items import Kind, items_of
from connect_saml_nb.bulk._work import _data, _inner
from connect_saml_nb.diagnosis import diagnose_all
from connect_saml_nb.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.bulk import Result
    from connect_saml_nb.bulk._items import Item
    from connect_saml_nb.diagnosis import Witnesses
    from connect_saml_nb.model import Diagnosis
    from connect_saml_nb.sources import Data


def diagnosis_of(result: Result, told: Witnesses) -> Diagnosis:
    """The whole diagnosis of one result's capture. Raises CaptureError where it is no longer there."""
    for item in items_of([result.source]):
        if result.member.startswith(sources.label(item.member) if item.member else ""):
            for member, diagnosis in _each(item, told):
                if member == result.member:
                    return diagnosis
    raise CaptureError(f"{sources.label(result.capture)} is no longer there: it was moved or changed since the run.")


def _each(item: Item, told: Witnesses) -> Iterator[tuple[str, Diagnosis]]:
    """Every capture in an item, named as in the run."""
    if item.problem:
        raise CaptureError(item.problem)
    if item.kind is Kind.FILE and not containers.is_box(item.source) and not item.source.lower().endswith(".zip"):
        yield from _of_file(item, told)
        return
    try:
        data = _data(item)
    except OSError as error:
        raise CaptureError(f"It cannot be read ({error.strerror or 'not a usable path'}).") from None
    if item.kind is Kind.FILE and not containers.is_box(item.source) and not containers.is_mixed(data):
        yield from _of_file(item, told)
    else:
        yield from _of_data(item, item.member, data, told, 0)


def _of_file(item: Item, told: Witnesses) -> Iterator[tuple[str, Diagnosis]]:
    own = sources.label(os.path.basename(item.source))  # noqa: PTH119 -- a name
    for diagnosis in diagnose_all(item.source, told):
        yield sources.label(_inner(diagnosis.name, own)), diagnosis


def _of_data(item: Item, name: str, data: Data, told: Witnesses, depth: int) -> Iterator[tuple[str, Diagnosis]]:
    if containers.is_box(name or item.source) or containers.is_mixed(data):
        if depth < containers.DEPTH_LIMIT:
            for inner, part in containers.inside(name or item.source, data):
                if part is not None:
                    yield from _of_data(item, f"{name}/{inner}" if name else inner, part, told, depth + 1)
        return
    base = sources.label((name or item.source).rpartition("/")[2])
    for diagnosis in diagnose_all(data, told, name=base):
        yield sources.label("/".join(filter(None, (name, _inner(diagnosis.name, base))))), diagnosis
