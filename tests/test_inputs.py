"""What captures are judged with beside themselves: evidence of a stranger is content, never an instruction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from signed import ISSUERS, certificate_of, metadata_xml

from connect_saml_nb.diagnosis import collect_inputs
from connect_saml_nb.evidence import read_folder

if TYPE_CHECKING:
    from pathlib import Path

METADATA = metadata_xml(ISSUERS["samlp"], certificate_of("samlp"))


def saved(folder: Path, document: str) -> Path:
    """A folder with an answer of GetSAMLProvider."""
    folder.mkdir()
    (folder / "provider.json").write_text(json.dumps({"SAMLMetadataDocument": document}))
    return folder


def test_metadata_of_iam_is_read_from_the_evidence(tmp_path: Path) -> None:
    """As IAM's copy, which counts more than a file."""
    inputs = collect_inputs(evidence=read_folder(saved(tmp_path / "evidence", METADATA)))
    assert [(ISSUERS["samlp"], True)] == [(m.entity_id, m.from_account) for m in inputs.metadata]


def test_a_path_in_the_evidence_opens_no_file(tmp_path: Path) -> None:
    """A folder that a stranger sent names no file of this machine."""
    (tmp_path / "idp.xml").write_text(METADATA)
    inputs = collect_inputs(evidence=read_folder(saved(tmp_path / "evidence", str(tmp_path / "idp.xml"))))
    assert inputs.metadata == ()


@pytest.mark.parametrize(("document", "count"), [(METADATA, 0), ("<broken", 1), ("no XML", 1)])
def test_metadata_of_iam_that_cannot_be_read_is_told(tmp_path: Path, document: str, count: int) -> None:
    """Else a check would only say that nothing was given."""
    assert count == len(collect_inputs(evidence=read_folder(saved(tmp_path / "evidence", document))).notes)
