"""docs/evidence.md tells what each part asks and needs."""

from __future__ import annotations

from pathlib import Path

from connect_saml_nb.evidence import PERMISSION_PARTS, permission_policy

PAGE = (Path(__file__).parent.parent / "docs" / "evidence.md").read_text("utf-8")


def test_every_part_is_explained() -> None:
    """By the name that the command line takes."""
    assert [] == [part for part in PERMISSION_PARTS if f"`{part}`" not in PAGE]


def test_every_action_is_named() -> None:
    """So that whoever grants them knows what for."""
    actions = {action for statement in permission_policy()["Statement"] for action in statement["Action"]}
    assert [] == [action for action in sorted(actions) if f"`{action}`" not in PAGE]
