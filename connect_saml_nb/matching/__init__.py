"""Names and Connect users: which user a RoleSessionName could mean, what differs, and what a name may hold."""

from connect_saml_nb.matching.difference import difference
from connect_saml_nb.matching.index import UserIndex, find_all, find_attributes, step_between
from connect_saml_nb.matching.names import impossible_reason, passes_sts, refused_characters

__all__ = [
    "UserIndex",
    "difference",
    "find_all",
    "find_attributes",
    "impossible_reason",
    "passes_sts",
    "refused_characters",
    "step_between",
]
