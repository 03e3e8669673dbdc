"""Entries -> SAML messages -> assertions: encodings, bindings, safe XML. Never raises on content."""

from connect_saml_nb.saml._messages import find_messages, read_message, short_name, unsure_repairs
from connect_saml_nb.saml._times import read_time
from connect_saml_nb.saml._xml import Document, Problem
from connect_saml_nb.saml._xml import parse as parse_xml

__all__ = [
    "Document",
    "Problem",
    "find_messages",
    "parse_xml",
    "read_message",
    "read_time",
    "short_name",
    "unsure_repairs",
]
