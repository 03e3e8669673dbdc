"""Many captures: a stream of results, a run that can be resumed, its tables, and what fixes most of the failures.

`diagnose_many` is the stream. `Run` keeps one in a folder; `summarise`, `tables` and `write_all` tell what is in it.
"""

from connect_saml_nb.bulk._items import LeftOut
from connect_saml_nb.bulk._outputs import EXTRAS, tables, to_html, to_json, write_all
from connect_saml_nb.bulk._results import Found, Result, SignInResult
from connect_saml_nb.bulk._run import Manifest, Run
from connect_saml_nb.bulk._stream import Progress, diagnose_many, told_of
from connect_saml_nb.bulk._summary import Cause, Summary, Thing, summarise, to_text
from connect_saml_nb.bulk._work import Limits

__all__ = [
    "EXTRAS",
    "Cause",
    "Found",
    "LeftOut",
    "Limits",
    "Manifest",
    "Progress",
    "Result",
    "Run",
    "SignInResult",
    "Summary",
    "Thing",
    "diagnose_many",
    "summarise",
    "tables",
    "to_html",
    "to_json",
    "to_text",
    "told_of",
    "write_all",
]
