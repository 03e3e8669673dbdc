"""Which metadata counts for a sign-in: identity providers use one entity ID for many applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.model.record import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connect_saml_nb.model.signature import Metadata
    from connect_saml_nb.model.signin import SignIn


def metadata_of(sign_in: SignIn, given: Sequence[Metadata]) -> tuple[Metadata, ...]:
    """IAM's copies of the very providers that the response names, and the files.

    Microsoft Entra issues under one entity ID for all applications of a tenant, each with its own certificate, so that
    another provider's copy says nothing. Where it is open whose a copy is, it counts as a file does.
    """
    copies, files = _parted(given)
    named = {p.provider for p in sign_in.roles if p.provider and sign_in.chosen_role in {None, p.role}}
    ours = [m for m in copies if m.source in named]
    if not ours:
        ours = [m for m in copies if not (named and m.source.startswith("arn:"))]
        ours = ours if len(ours) == 1 else [replace(m, from_account=False) for m in ours]
    return (*_merged(ours), *files)


def _parted(given: Iterable[Metadata]) -> tuple[list[Metadata], list[Metadata]]:
    """IAM's copies, each once, and the files."""
    every = dict.fromkeys(given)
    return [m for m in every if m.from_account], [m for m in every if not m.from_account]


def _merged(copies: Sequence[Metadata]) -> tuple[Metadata, ...]:
    """One for each entity ID: where several copies differ, any of their certificates may be meant."""
    groups: dict[str, list[Metadata]] = {}
    for each in copies:
        groups.setdefault(each.entity_id, []).append(each)
    return tuple(_one(group) for group in groups.values())


def _one(group: Sequence[Metadata]) -> Metadata:
    first = group[0]
    if len({frozenset(m.certificates) for m in group}) == 1:
        return first
    every = tuple(dict.fromkeys(c for m in group for c in m.certificates))
    return replace(first, certificates=every, from_account=False)
