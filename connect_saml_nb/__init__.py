"""From a HAR capture to the named cause of a failed Amazon Connect SAML sign-in."""
