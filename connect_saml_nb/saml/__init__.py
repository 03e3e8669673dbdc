"""Entries -> SAML messages -> assertions: encodings, bindings, safe XML. Never raises on content."""

from connect_saml_nb.saml.messages import find_messages, read_message, short_name, unsure_repairs
from connect_saml_nb.saml.rewrite import (
    REMOVED_CERTIFICATE,
    REMOVED_CIPHER,
    REMOVED_DIGEST,
    REMOVED_SIGNATURE,
    Found,
    Spot,
    body_fields,
    form_pieces,
    multipart_pairs,
    plain_value,
    rewrite_field,
    rewrite_xml,
    right_name,
    saml_value,
)
from connect_saml_nb.saml.safe_xml import Document
from connect_saml_nb.saml.safe_xml import parse as parse_xml
from connect_saml_nb.saml.times import read_time

__all__ = [
    "REMOVED_CERTIFICATE",
    "REMOVED_CIPHER",
    "REMOVED_DIGEST",
    "REMOVED_SIGNATURE",
    "Document",
    "Found",
    "Spot",
    "body_fields",
    "find_messages",
    "form_pieces",
    "multipart_pairs",
    "parse_xml",
    "plain_value",
    "read_message",
    "read_time",
    "rewrite_field",
    "rewrite_xml",
    "right_name",
    "saml_value",
    "short_name",
    "unsure_repairs",
]
