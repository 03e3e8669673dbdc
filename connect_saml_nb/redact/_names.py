"""Pseudonyms for persons and organisations."""

from __future__ import annotations


class Names:
    """Pseudonyms, the same for the same word everywhere."""

    def person(self, text: str) -> str:
        return text

    def alias(self, text: str) -> str:
        return text
