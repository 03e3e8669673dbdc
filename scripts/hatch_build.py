"""Puts the samples and the notebooks into the wheel, where an installed package finds them.

A checkout (editable install) reads them where they lie, so nothing is copied there.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INCLUDED = {"data/samples": "connect_saml_nb/_data/samples", "notebooks": "connect_saml_nb/_notebooks"}


class WheelData(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the folders of `INCLUDED` that are there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds a wheel; `version` is `standard` or `editable`."""
        if version == "editable":
            return
        for source, target in INCLUDED.items():
            if Path(self.root, source).is_dir():
                build_data["force_include"][source] = target
