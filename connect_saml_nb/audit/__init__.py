"""A directory export against the Connect users: who will fail to sign in before they try.

It also says which Connect users nobody can sign in as.

`read_export` reads what an identity provider exports (CSV, JSON, LDIF) and says which column it takes for the claim,
and why. `audit` compares it with an instance's users by the match kinds of `match`: exact is the only pass.
"""

from connect_saml_nb.audit.advice import cause, reason, reason_shared, reason_unreached, summary_lines
from connect_saml_nb.audit.comparison import audit
from connect_saml_nb.audit.export import read_export
from connect_saml_nb.audit.outputs import FORMATS, to_csv, to_json, to_text, write
from connect_saml_nb.audit.values import Audit, ColumnChoice, Export, ExportedPerson, Failing, Fit, Shared, Unreached

__all__ = [
    "FORMATS",
    "Audit",
    "ColumnChoice",
    "Export",
    "ExportedPerson",
    "Failing",
    "Fit",
    "Shared",
    "Unreached",
    "audit",
    "cause",
    "read_export",
    "reason",
    "reason_shared",
    "reason_unreached",
    "summary_lines",
    "to_csv",
    "to_json",
    "to_text",
    "write",
]
