"""What all values of the model are made of: frozen records, cheap to define and to make, that hide their secrets."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, TypeVar, cast

import msgspec

T = TypeVar("T")


class Record(msgspec.Struct, frozen=True):
    """A frozen value. Fields named in `hidden` may hold a secret, or are long, and are left out of `repr`.

    Sixty dataclasses cost 30 ms at import, more than a third of the diagnosis of a small capture; structs cost 1.
    """

    hidden: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        """The class and its fields, without the hidden ones."""
        shown = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name not in self.hidden)
        return f"{type(self).__name__}({', '.join(shown)})"


def replace(value: T, /, **changes: Any) -> T:  # noqa: ANN401 -- the fields' own types
    """Copy a record, or a dataclass, with some fields changed (`copy.replace` of Python 3.13)."""
    if isinstance(value, msgspec.Struct):
        return cast("T", msgspec.structs.replace(value, **changes))
    return cast("T", dataclasses.replace(cast("Any", value), **changes))
