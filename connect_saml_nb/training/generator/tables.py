"""Reads the generator's tables: TOML files beside the code, checked when they are loaded."""

from __future__ import annotations

import tomllib
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


def read_table(name: str) -> dict[str, Any]:
    """The table in this file of the package, as it stands there."""
    return tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))


def convert_table(table: object, kind: type[T], name: str) -> T:
    """The table as this type. Raises ValueError, with the file's name, for an unknown key or a wrong value."""
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise ValueError(f"{name}: {error}") from None


def fill(value: Any, values: Mapping[str, str]) -> Any:  # noqa: ANN401 -- whatever TOML can hold
    """The value with the `$names` of its texts replaced; lists become tuples."""
    if isinstance(value, str):
        return Template(value).safe_substitute(values)
    if isinstance(value, list | tuple):
        return tuple(fill(item, values) for item in value)
    if isinstance(value, dict):
        return {key: fill(item, values) for key, item in value.items()}
    return value
