"""The values that travel through the package, in the field's own words.

All are frozen. What may hold a secret (URLs with tokens, headers, bodies, SAML messages) is left out of `repr`.
Times are timezone-aware UTC. Each subject has a module of its own, so that a diagnosis loads only what it needs.
"""

from __future__ import annotations

from typing import Any

JsonObject = dict[str, Any]
