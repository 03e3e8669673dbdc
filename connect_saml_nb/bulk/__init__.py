"""Many captures: a stream of results, a run that can be resumed, its tables, and what fixes most of the failures.

`diagnose_many` is the stream. `Run` keeps one in a folder.
"""

from connect_saml_nb.bulk._items import LeftOut
from connect_saml_nb.bulk._results import Found, Result, SignInResult
from connect_saml_nb.bulk._stream import Progress, diagnose_many
from connect_saml_nb.bulk._work import Limits

__all__ = ["Found", "LeftOut", "Limits", "Progress", "Result", "SignInResult", "diagnose_many"]
