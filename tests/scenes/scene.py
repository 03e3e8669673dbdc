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

    With `each`, one scene is made for every value: the function takes the value, and the key ends the scene's name.
    """

    def add(record: Callable[..., Recorder]) -> Callable[..., Recorder]:
        name, why = record.__name__.strip("_").replace("_", "-"), record.__doc__ or ""
        cases = {"": ()} if each is None else {key: (value,) for key, value in each.items()}
        for key, arguments in cases.items():
            full_name = f"{name}-{key}" if key else name
            har = record(*arguments).har()
            SCENES.append(Scene(full_name, har, users, verdicts, names, chosen, textless or verdicts, why))
        return record

    return add
