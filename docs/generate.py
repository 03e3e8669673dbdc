"""Makes the generated documents; with --check only says which are not up to date (exit status 1)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent), str(DOCS)]

from faults import main as faults  # noqa: E402 -- beside this file

from connect_saml_nb.rules.__main__ import main as rules  # noqa: E402 -- the checkout's own package

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Each document with what writes it (`--output PATH`) and checks it (`--check PATH`).
DOCUMENTS: dict[str, Callable[[Sequence[str]], int]] = {"RULES.md": rules, "FAULTS.md": faults}


def main() -> int:
    """Write or check every document."""
    way = "--check" if "--check" in sys.argv[1:] else "--output"
    return max(make([way, str(DOCS / name)]) for name, make in DOCUMENTS.items())


if __name__ == "__main__":
    sys.exit(main())
