"""What a name may hold, by AWS's documented patterns: as a RoleSessionName and as a Connect username."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from connect_saml_nb.matching.characters import shown
from connect_saml_nb.model.text import bare, text

if TYPE_CHECKING:
    from connect_saml_nb.model.text import Text

# AWS STS API reference, AssumeRoleWithSAML and AssumedRoleUser: RoleSessionName, [\w+=,.@-]* from 2 to 64 characters;
# IAM user guide, troubleshoot_saml: SourceIdentity, the same.
_STS_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-")
# Amazon Connect API reference, CreateUser, Username: up to 64 of [a-zA-Z0-9_-.\@]+ with SAML, `@` only in email format
# ("Incorrect: testuser@example"). A backslash, if `\@` means one, is refused by STS.
_NOT_IN_BOTH = re.compile(r"[^A-Za-z0-9_.@-]")
_EMAIL = re.compile(r"[^@]+@[^@.]+(\.[^@.]+)+")
_SHORTEST, _LONGEST = 2, 64


def passes_sts(name: str) -> bool:
    """Whether AWS STS accepts `name` as a RoleSessionName or SourceIdentity.

    >>> passes_sts("jane@corp.example"), passes_sts("jane doe"), passes_sts("j")
    (True, False, False)
    """
    return _SHORTEST <= len(name) <= _LONGEST and not refused_characters(name)


def refused_characters(name: str) -> list[str]:
    """The characters of `name` that AWS STS refuses in a RoleSessionName or SourceIdentity, in the order of Unicode.

    >>> refused_characters("jane & joe")
    [' ', '&']
    """
    return sorted(set(name) - _STS_CHARACTERS)


def impossible_reason(name: str) -> Text | None:
    """Why `name` can never be both a RoleSessionName and a Connect username, by AWS's documented patterns, or None.

    The reason is a clause that begins with a small letter.

    >>> str(impossible_reason("j"))
    "a Connect user's name for SAML has 2 to 64 characters; this one has 1."
    """
    if not _SHORTEST <= len(name) <= _LONGEST:
        rule = "a Connect user's name for SAML has {} to {} characters; this one has {}."
        return text(rule, _SHORTEST, _LONGEST, len(name))
    if bad := _NOT_IN_BOTH.search(name):
        rule = "a Connect user's name for SAML holds only letters A-Z and a-z, digits, and _ . @ -; "
        return text(rule + "this one has {} at character {}.", shown(bad[0]), bad.start() + 1)
    if "@" in name and not _EMAIL.fullmatch(name):
        rule = "a Connect user's name may hold @ only as an email address with a dotted domain, "
        return text(rule + "such as user@example.com; {} is not one.", bare(name))
    return None
