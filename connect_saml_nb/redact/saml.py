"""What stays of a SAML message: all that a diagnosis needs. What would make it usable again is replaced, visibly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from connect_saml_nb import saml
from connect_saml_nb.model.saml import ATTRIBUTES
from connect_saml_nb.redact.values import looks_secret

if TYPE_CHECKING:
    from connect_saml_nb.redact.pseudonyms import Pseudonyms
    from connect_saml_nb.redact.values import Values
    from connect_saml_nb.saml.rewrite import Spot

_REPLACED = {
    "SignatureValue": saml.REMOVED_SIGNATURE,
    "DigestValue": saml.REMOVED_DIGEST,
    "CipherValue": saml.REMOVED_CIPHER,
}
#: Elements whose text says what rules ask about.
_KEPT = frozenset(
    {
        *("Issuer", "NameID", "NameIdentifier", "Audience", "AttributeValue", "AuthnContextClassRef", "StatusMessage"),
        *("ConfirmationMethod", "Address", "TokenType", "RequestType", "KeyType", "Created", "Expires", "RequesterID"),
        *("AuthnContextDeclRef", "AuthenticatingAuthority", "SessionIndexTime"),
    }
)
_KEPT_ATTRIBUTES = frozenset(
    {
        *("ID", "AssertionID", "ResponseID", "RequestID", "Id", "Version", "MajorVersion", "MinorVersion", "type"),
        *("nil", "IssueInstant", "Destination", "InResponseTo", "Consent", "Recipient", "NotBefore", "NotOnOrAfter"),
        *("Method", "Format", "Name", "NameFormat", "FriendlyName", "AttributeName", "AttributeNamespace"),
        *("AuthnInstant", "URI", "SessionNotOnOrAfter", "Value", "Algorithm", "SPNameQualifier", "NameQualifier"),
        *("lang", "Issuer", "ProtocolBinding", "AssertionConsumerServiceURL", "AssertionConsumerServiceIndex"),
        *("ForceAuthn", "IsPassive", "AllowCreate", "Comparison", "ProviderName", "AuthenticationMethod"),
        *("AuthenticationInstant", "Encoding", "OriginalIssuer", "Type", "PrefixList", "EncodingType", "ValueType"),
    }
)
_NAMESPACES = ("urn:oasis:", "http://www.w3.org/", "http://docs.oasis-open.org/", "http://schemas.")
_SECRET_NAME = re.compile(r"passw|secret|token|\botp\b|cookie|credential|api-?key", re.IGNORECASE)
_PERSON = frozenset({"NameID", "NameIdentifier"})


def make_edit(values: Values, names: Pseudonyms | None) -> _Edit:
    """The decision over each place of a message; with `names`, persons and organisations get pseudonyms."""
    return _Edit(values, names)


class _Edit:
    def __init__(self, values: Values, names: Pseudonyms | None) -> None:
        self._values, self._names = values, names

    def __call__(self, spot: Spot, text: str) -> str:
        """The place's new text."""
        if spot.attribute:
            return self._attribute(spot, text)
        if spot.element in _REPLACED:
            if text != _REPLACED[spot.element]:
                self._values.hide("".join(text.split()), f"a {spot.element}")
            return _REPLACED[spot.element]
        if spot.element == "X509Certificate" and "EncryptedKey" not in spot.around:
            return text if self._names is None else saml.REMOVED_CERTIFICATE
        if spot.element in _KEPT:
            return self._kept(spot, text)
        return self._values.hide(text, f"the element {spot.element[:40]}")

    def _attribute(self, spot: Spot, value: str) -> str:
        prefix, _, local = spot.attribute.rpartition(":")
        if prefix == "xmlns" or spot.attribute == "xmlns":
            return value if value.startswith(_NAMESPACES) else self._values.text(value)
        if (local or spot.attribute) not in _KEPT_ATTRIBUTES:
            return self._values.hide(value, f"the attribute {spot.attribute[:40]}")
        return self._address(value)

    def _address(self, value: str) -> str:
        return self._values.url(value) if "://" in value else self._values.kept(value)

    def _kept(self, spot: Spot, text: str) -> str:
        if spot.element == "StatusMessage":
            return self._values.text(text)
        if spot.element != "AttributeValue":
            return self._identity(text) if spot.element in _PERSON else self._plain(text)
        if spot.name.startswith(ATTRIBUTES):
            return self._aws(spot.name, text)
        if _SECRET_NAME.search(spot.name):
            return self._values.hide(text, "a secret attribute")
        if any(looks_secret(word) for word in re.split(r"[^A-Za-z0-9_=~+/-]+", text)) and "arn:" not in text:
            return self._values.hide(text, "a token in an attribute")
        return self._identity(text)

    def _aws(self, name: str, text: str) -> str:
        person = name.removeprefix(ATTRIBUTES) in {"RoleSessionName", "SourceIdentity"} or "PrincipalTag" in name
        return self._identity(text) if person else self._plain(text)

    def _plain(self, text: str) -> str:
        if "://" in text and "arn:" not in text:
            return self._values.url(text)
        self._values.secrets.keep(text)
        return self._values.alias(text)

    def _identity(self, text: str) -> str:
        """A value that may name a person: it is compared with usernames, so it stays, or gets its pseudonym."""
        if "://" in text:
            return self._values.url(text)
        self._values.secrets.keep(text)
        return text if self._names is None else self._names.person(text)
