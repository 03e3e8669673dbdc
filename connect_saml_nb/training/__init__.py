"""Practice without an AWS account.

**Practice cases** (`connect_saml_nb.training.cases`, `pack`): recordings made on the spot, whose answers are known
because of how they were made. The names below are the public ones, loaded when they are used:

* `new_case(verdict=None, *, level=1, seed=0, rule=None) -> PracticeCase`: the same arguments give the same case.
* `PracticeCase`: `id` (tells nothing of the cause), `person`, `when`, `screen` (the text that the person reported),
  `report` (who, when, what, in sentences), `capture` (bytes of a HAR), `users_file` (bytes or None), `account` (AWS's
  answers), `metadata_file`, `notes`; read: `users`, `evidence`, `metadata`. The toolkit's own verdict is
  `diagnose(case.capture, **case.collect_inputs())`. `answer` (an `Answer`) and the bytes are not in its repr.
* `Answer`: `verdict`, `rule`, `cause`; `entries` (positions in the file that count as the right entry), `attribute`
  (`RoleSessionName`, `Audience`, ...), `username`, `pointers`; `wrong` (tempting causes: `Choice(name, why)`, `name` is
  a verdict), `fix`, `wrong_fixes` (`Choice(fix, why)`), `hints` (three, each telling more); at level 3 `next` and
  `next_verdict` (the fault that shows when this one is gone), `earlier` and `earlier_verdict` (what stopped an attempt
  before).
* `verdicts()`, `rules()`: of what cases are made; `topics()`: the lesson path, each topic with its verdicts;
  `title(verdict)`: what a verdict says in a few words.
* `session(topics, *, level=1, count=10, seed=0) -> Session` (`Session.cases()`, `to_json`, `read_session`): a whole
  room's cases; `write_pack(session, path)` writes the trainee's zip without the answers and the trainer's with them.

**The practice account** (`samples`, `instance`, `account`): Connect and AWS as the real AWS client sees them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connect_saml_nb.training.cases import (
        LEVELS,
        Answer,
        Choice,
        Pointer,
        PracticeCase,
        new_case,
        rules,
        title,
        topics,
        verdicts,
    )
    from connect_saml_nb.training.pack import Session, read_session, session, write_pack

__all__ = [
    "LEVELS",
    "Answer",
    "Choice",
    "Pointer",
    "PracticeCase",
    "Session",
    "new_case",
    "read_session",
    "rules",
    "session",
    "title",
    "topics",
    "verdicts",
    "write_pack",
]
_HOMES = dict.fromkeys(__all__, "cases") | dict.fromkeys(("Session", "read_session", "session", "write_pack"), "pack")


def __getattr__(name: str) -> object:
    """Load what is used (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
