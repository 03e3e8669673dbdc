"""Entries -> SAML messages -> assertions: encodings, bindings, safe XML. Never raises on content."""

from connect_saml_nb.saml._messages import find_messages, read_message, short_name
from connect_saml_nb.saml._rewrite import (
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

__all__ = [
    "REMOVED_CERTIFICATE",
    "REMOVED_CIPHER",
    "REMOVED_DIGEST",
    "REMOVED_SIGNATURE",
    "Found",
    "Spot",
    "body_fields",
    "find_messages",
    "form_pieces",
    "multipart_pairs",
    "plain_value",
    "read_message",
    "rewrite_field",
    "rewrite_xml",
    "right_name",
    "saml_value",
    "short_name",
]
