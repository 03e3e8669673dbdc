"""What is known of identity providers: their products and settings, their error codes and texts.

Both are data: products.toml and errors.toml, which are read once, when the first of them is needed.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec

#: The address of the document that an entry rests on. An entry without one is refused.
Document = Annotated[str, msgspec.Meta(pattern="^https://")]
_T = TypeVar("_T")


def load(name: str, shape: type[_T]) -> _T:
    """Read a data file of this package, and give it in its shape; raises `msgspec.ValidationError` if it has another."""
    return msgspec.convert(tomllib.loads(Path(__file__).with_name(name).read_text("utf-8")), shape)
