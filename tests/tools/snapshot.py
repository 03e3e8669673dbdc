"""Write the JSON and the text of every diagnosis in the tests, to see that a change of the code changes no answer.

Run it into one folder on the old code and into another on the new code, and compare them with `diff -r`.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scenes import SCENES  # noqa: E402

from connect_saml_nb.diagnosis import Directory, collect_inputs, diagnose_all  # noqa: E402
from connect_saml_nb.errors import ConnectSamlError  # noqa: E402
from connect_saml_nb.evidence import read_folder  # noqa: E402
from connect_saml_nb.render.document import to_json  # noqa: E402
from connect_saml_nb.render.text import to_text  # noqa: E402
from connect_saml_nb.signature import read_metadata  # noqa: E402
from connect_saml_nb.users import read_user_lists  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.model.account import Evidence
    from connect_saml_nb.model.signature import Metadata
    from connect_saml_nb.model.users import Users

#: Ages are told from this time.
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Case(NamedTuple):
    """A capture, and what it is diagnosed with."""

    name: str
    source: bytes | Path
    users: tuple[Users, ...] = ()
    evidence: Evidence | None = None
    metadata: tuple[Metadata, ...] = ()


def scenes() -> Iterator[Case]:
    """The scenes, each with its users."""
    for scene in SCENES:
        users = () if not scene.users else scene.users if isinstance(scene.users, tuple) else (scene.users,)
        yield Case(f"scene-{scene.name}", json.dumps(scene.har).encode(), tuple(users))


def files(folder: Path) -> Iterator[Case]:
    """Every capture under a folder, with the user list, the evidence and the metadata that lie beside it under its name."""
    for path in sorted(folder.rglob("*.har")):
        name = "-".join(path.relative_to(folder).with_suffix("").parts)
        users = path.with_suffix(".users.json")
        evidence = path.with_suffix(".evidence")
        metadata = path.with_suffix(".metadata.xml")
        yield Case(name, path)
        if users.exists() or evidence.is_dir() or metadata.exists():
            yield Case(
                f"{name}-with-files",
                path,
                tuple(read_user_lists(users)) if users.exists() else (),
                read_folder(evidence) if evidence.is_dir() else None,
                tuple(read_metadata(metadata)) if metadata.exists() else (),
            )


def samples() -> Iterator[Case]:
    """The bundled samples, without users and with each bundled list."""
    folder = ROOT / "data" / "samples"
    lists = [(path.stem, tuple(read_user_lists(path))) for path in sorted(folder.glob("*users*.json"))]
    for path in sorted(folder.glob("*.har")):
        yield Case(f"sample-{path.stem}", path)
        for name, users in lists:
            yield Case(f"sample-{path.stem}-{name}", path, users)


def main() -> None:
    """Write the snapshot into the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--captures", type=Path, action="append", default=[], help="a folder with more captures")
    options = parser.parse_args()
    options.folder.mkdir(parents=True)
    more = [case for folder in (ROOT / "tests" / "data", *options.captures) for case in files(folder)]
    for case in (*scenes(), *samples(), *more):
        try:
            context = collect_inputs(Directory(case.users), evidence=case.evidence, metadata=case.metadata, now=NOW)
            diagnoses = tuple(diagnose_all(case.source, context, name=case.name))
            json_text, text = to_json(diagnoses), to_text(diagnoses, width=80)
        except ConnectSamlError as error:
            json_text = text = str(error)
        (options.folder / f"{case.name}.json").write_text(json_text, "utf-8")
        (options.folder / f"{case.name}.txt").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
