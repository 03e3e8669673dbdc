"""Many captures: a stream of results, a run that can be resumed, its tables, and what fixes most of the failures.

`diagnose_many` is the stream. `Run` keeps one in a folder; `summarise`, `tables` and `write_all` tell what is in it.
"""

from connect_saml_nb.bulk.items import LeftOut
from connect_saml_nb.bulk.outputs import (
    EXTRAS,
    check_extras,
    tables,
    to_html,
    to_json,
    write_all,
    write_csv,
    write_excel,
    write_jsonl,
    write_parquet,
)
from connect_saml_nb.bulk.problems import ItemProblem, RunProblem
from connect_saml_nb.bulk.reading import diagnosis_of
from connect_saml_nb.bulk.results import Duplicates, Result, ResultFinding, SignInResult
from connect_saml_nb.bulk.run import MANIFEST, Manifest, Run
from connect_saml_nb.bulk.stream import Progress, diagnose_many, inputs_from
from connect_saml_nb.bulk.summary import GROUPS, Summary, Thing, VerdictCount, group_values, summarise, to_text
from connect_saml_nb.bulk.work import Limits

__all__ = [
    "EXTRAS",
    "GROUPS",
    "MANIFEST",
    "Duplicates",
    "ItemProblem",
    "LeftOut",
    "Limits",
    "Manifest",
    "Progress",
    "Result",
    "ResultFinding",
    "Run",
    "RunProblem",
    "SignInResult",
    "Summary",
    "Thing",
    "VerdictCount",
    "check_extras",
    "diagnose_many",
    "diagnosis_of",
    "group_values",
    "inputs_from",
    "summarise",
    "tables",
    "to_html",
    "to_json",
    "to_text",
    "write_all",
    "write_csv",
    "write_excel",
    "write_jsonl",
    "write_parquet",
]
