"""The bundled samples: captures with known verdicts, and the practice users that they are compared with.

data/samples/index.toml lists them and says how each was made. A checkout reads them there, an installed wheel has them
inside the package.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from connect_saml_nb import har
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.model.record import replace
from connect_saml_nb.users import read_users

if TYPE_CHECKING:
    from datetime import datetime

    from connect_saml_nb.model import JsonObject
    from connect_saml_nb.model.capture import Capture
    from connect_saml_nb.model.users import Users

_PACKAGE = Path(__file__).resolve().parent
_FOLDERS = (_PACKAGE / "_data" / "samples", _PACKAGE.parent / "data" / "samples")
SOURCE = "practice users"


@dataclass(frozen=True, slots=True)
class Sample:
    """One bundled capture and what is true of it.

    `name` is what to ask for it by; `message` what the person saw on the screen (`""` where all was well); `verdicts`
    and `role_session_names` are those of its sign-ins in order; `made` is `recorded` or `derived`, `source` from what.
    """

    name: str
    path: Path
    title: str
    message: str
    verdicts: tuple[str, ...]
    role_session_names: tuple[str, ...]
    exporter: str
    identity_provider: str
    made: str
    source: str

    def open(self) -> Capture:
        """The capture."""
        return har.read_capture(self.path)


@cache
def _index() -> tuple[Path, JsonObject]:
    for folder in _FOLDERS:
        file = folder / "index.toml"
        if file.is_file():
            return folder, tomllib.loads(file.read_text("utf-8"))
    raise ConnectSamlError("The samples are not there: install the package again, or run it from a whole checkout.")


@cache
def samples() -> tuple[Sample, ...]:
    """Every bundled sample, in the index's order; the first is the one to show."""
    folder, index = _index()
    return tuple(_sample(folder, row) for row in index["sample"])


def _sample(folder: Path, row: dict[str, Any]) -> Sample:
    return Sample(
        name=Path(row["file"]).stem,
        path=folder / row["file"],
        title=row["title"],
        message=row["message"],
        verdicts=tuple(row["verdicts"]),
        role_session_names=tuple(row["role_session_names"]),
        exporter=row["exporter"],
        identity_provider=row["identity_provider"],
        made=row["made"],
        source=row["from"],
    )


def sample(name: str) -> Sample:
    """The sample of this name (with or without `.har`). Raises ConnectSamlError, with the names, if there is none."""
    wanted = name.removesuffix(".har")
    found = next((each for each in samples() if each.name == wanted), None)
    if found is None:
        names = ", ".join(each.name for each in samples())
        raise ConnectSamlError(f"There is no sample of that name. The samples are: {names}.")
    return found


# --- the practice instance ---------------------------------------------------------------------------------


@cache
def practice_users() -> Users:
    """The practice instance's users, from their bundled list, which counts as made on the day of the recordings."""
    folder, index = _index()
    return replace(read_users(folder / index["practice"]["users"]), source=SOURCE, retrieved=practice_clock())


def practice_clock() -> datetime:
    """The practice instance's time: the day of the recordings."""
    return cast("datetime", _index()[1]["practice"]["clock"])
