"""The extra that verifying and decrypting need."""

MISSING = (
    "Signatures, certificates and encrypted assertions need the extra 'verify', which is not installed: "
    "pip install 'connect-saml-nb[verify]'."
)
