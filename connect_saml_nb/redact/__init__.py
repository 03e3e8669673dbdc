"""A capture that can be shared: still diagnosable, not replayable. It trusts no place to be free of secrets.

The new HAR is made from what a diagnosis reads, value by value (`_values` has the one list of the kinds of secrets);
what is not known to be needed is not written. Then the file is read again, searched for every secret in every encoding,
and diagnosed again: only a file that passes is left.
"""

from connect_saml_nb.redact.run import Redacted, RedactedHar, Redaction, redact_captures, redact_har

__all__ = ["Redacted", "RedactedHar", "Redaction", "redact_captures", "redact_har"]
