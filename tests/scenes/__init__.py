"""Whole recordings of sign-ins, made from scratch, each with the verdict that is right for it.

A module holds the scenes of one outcome or one part of a sign-in. Hosts, paths, form fields and texts are those of AWS's
documents (Connect administrator guide `configure-saml`, `integrate-idp`, `troubleshoot-saml`; IAM user guide
`troubleshoot_saml`); people and identifiers are made up. The verdicts were worked out by hand, not taken from the code.
"""

from __future__ import annotations

from scenes import addresses, capture, connect, identity_provider, relay_state, response, role, signed_in, users
from scenes.scene import SCENES, Scene

__all__ = [
    "SCENES",
    "Scene",
    "addresses",
    "capture",
    "connect",
    "identity_provider",
    "relay_state",
    "response",
    "role",
    "signed_in",
    "users",
]
