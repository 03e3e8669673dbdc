"""Every surface shows the same facts of a sign-in, because there is one list of them."""

from __future__ import annotations

import json

import pytest
from build import users
from recorder import INSTANCE, healthy
from scenes import SCENES, Scene

from connect_saml_nb.diagnosis import Directory, diagnose
from connect_saml_nb.model.record import replace
from connect_saml_nb.render.document import document
from connect_saml_nb.render.tables import rows

SHARED = (
    *("verdict", "summary", "role_session_name", "issuer", "chosen_role", "instance_id", "region", "landed_on"),
    *("name_id", "provider", "posted_to", "relay_state", "aws_message"),
)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_json_and_tables_agree(scene: Scene) -> None:
    """One capture gives one answer, whichever surface is asked."""
    diagnosis = diagnose(json.dumps(scene.har).encode(), scene.users or ())
    documents = document([diagnosis])["captures"][0]["sign_ins"]
    table = rows.sign_ins("", diagnosis.sign_ins)
    assert [{n: d[n] for n in SHARED} for d in documents] == [{n: r[n] for n in SHARED} for r in table]


def test_a_diagnosis_carries_the_list_that_it_was_judged_with() -> None:
    """The two instances of a Global Resiliency pair have one ID in two Regions, and a list each."""
    east, central = (replace(users("x", instance=INSTANCE), region=region) for region in ("us-east-1", "eu-central-1"))
    diagnosis = diagnose(json.dumps(healthy().har()).encode(), Directory([east, central]))
    assert central is diagnosis.sign_ins[0].users
