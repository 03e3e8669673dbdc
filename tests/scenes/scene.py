"""What a scene is, and how a function becomes one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recorder import LIST, NAME, Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connect_saml_nb.model.users import Users

Json = Any


@dataclass(frozen=True)
class Scene:
    """A recording, the Connect users that it is diagnosed with, and what is right to say of it.

    `verdicts` and `names` (the role session names) are those of its sign-ins; `chosen` is the role that was chosen.
    `textless` are the verdicts where an exporter leaves out the pages' text. `why` says why the verdicts are right.
    """

    name: str
    har: Json
    users: Users | None
    verdicts: tuple[str, ...]
    names: tuple[str, ...]
    chosen: str | None
    textless: tuple[str, ...]
    why: str


SCENES: list[Scene] = []


def scene(
    *verdicts: str,
    users: Users | None = LIST,
    names: tuple[str, ...] = (NAME,),
    chosen: str | None = None,
    textless: tuple[str, ...] = (),
    each: Mapping[str, Any] | None = None,
) -> Callable[[Callable[..., Recorder]], Callable[..., Recorder]]:
    """Make a function's recording a scene with these verdicts, under the function's name with hyphens.

    With `each`, one scene is made for every name in it: the function takes the name's value.
    """

    def add(record: Callable[..., Recorder]) -> Callable[..., Recorder]:
        cases = {record.__name__.replace("_", "-"): ()} if each is None else {n: (v,) for n, v in each.items()}
        for name, arguments in cases.items():
            har, why = record(*arguments).har(), record.__doc__ or ""
            SCENES.append(Scene(name, har, users, verdicts, names, chosen, textless or verdicts, why))
        return record

    return add
