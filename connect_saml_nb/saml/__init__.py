"""Entries -> SAML messages -> assertions: encodings, bindings, safe XML. Never raises on content."""

from connect_saml_nb.saml._messages import find_messages, read_message, short_name

__all__ = ["find_messages", "read_message", "short_name"]
