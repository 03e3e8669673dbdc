"""Entries and messages grouped into sign-ins, and how each of them ended."""

from connect_saml_nb.signin.classify import ClassifiedEntry, classify, classify_entry
from connect_saml_nb.signin.roles import read_roles
from connect_saml_nb.signin.sign_ins import find_sign_ins

__all__ = ["ClassifiedEntry", "classify", "classify_entry", "find_sign_ins", "read_roles"]
