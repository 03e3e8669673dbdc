"""From a HAR capture to the named cause of a failed Amazon Connect SAML sign-in.

    from connect_saml_nb import diagnose, diagnose_many, list_users, load_har, match_users, saml_attributes

    diagnose("saml.har", users="users.json")          # the verdict of each sign-in, as a Diagnosis
    diagnose_many("folder", users="users.json")       # the same of every capture in it, as a stream of results
    load_har("saml.har")                              # its requests, as a DataFrame
    saml_attributes("saml.har")                       # the attributes of every assertion, as a DataFrame
    list_users("INSTANCE-ID", region="us-west-2")     # the instance's users, as a DataFrame
    match_users(["jane.doe@example.com"], "users.json")  # the users that a name could mean, as a DataFrame
    tables(diagnose("saml.har"))                      # every table of a diagnosis, as DataFrames by their names
    redact_har("saml.har", "for-support.har")         # a copy without secrets, which gives the same diagnosis

Importing this is instant: pandas, boto3 and Jupyter are loaded by what needs them.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor
    from datetime import datetime

    from connect_saml_nb.bulk import Progress, Result
    from connect_saml_nb.bulk.items import Named
    from connect_saml_nb.io.source import Input
    from connect_saml_nb.model.account import Evidence
    from connect_saml_nb.model.capture import Capture
    from connect_saml_nb.model.diagnosis import Diagnosis
    from connect_saml_nb.model.signature import Metadata
    from connect_saml_nb.model.users import Users
    from connect_saml_nb.redact import redact_har
    from connect_saml_nb.render.tables import UserSource, list_users, load_har, match_users, saml_attributes, tables
    from connect_saml_nb.signature import PrivateKey

    __version__: str

__all__ = [
    "__version__",
    "diagnose",
    "diagnose_many",
    "list_users",
    "load_har",
    "match_users",
    "redact_har",
    "saml_attributes",
    "tables",
]

_TABLES = "connect_saml_nb.render.tables"
#: Where the names come from that are resolved when they are used.
_HOMES = {
    **dict.fromkeys(("list_users", "load_har", "match_users", "saml_attributes", "tables"), _TABLES),
    "redact_har": "connect_saml_nb.redact",
}


def diagnose(  # noqa: PLR0913 -- each is a witness, by name
    capture: Capture | Input,
    users: UserSource = None,
    *,
    evidence: Evidence | str | os.PathLike[str] | None = None,
    metadata: Iterable[Metadata | str | os.PathLike[str]] = (),
    keys: Iterable[PrivateKey | str | os.PathLike[str]] = (),
    now: datetime | None = None,
) -> Diagnosis:
    """Diagnose one capture: each sign-in in it gets one verdict, with its evidence and the remedy.

    `capture` is a path, bytes or an open file (a HAR of any exporter, packed or not, or pasted SAML), or a Capture.
    `users` are the Connect users to compare with: a saved list's path, a DataFrame of `list_users`, Users, several of
    these, or the word `"practice"` for the practice instance of the bundled samples. Each list belongs to the instance
    in its ARNs; without one, users are not checked, and the verdict says so. `evidence` is what the AWS account says (a
    folder of it), `metadata` the identity providers' metadata and `keys` private keys that decrypt assertions (files of
    them). `now` is the time that ages are told from.

    Raises CaptureError where the input is no capture, UserListError where a list cannot be read, EvidenceError where
    evidence, metadata or a key cannot be.
    """
    from connect_saml_nb import diagnosis, signature  # noqa: PLC0415 -- the bare import stays instant
    from connect_saml_nb.model.signature import Metadata  # noqa: PLC0415 -- as above

    known = [(m,) if isinstance(m, Metadata) else signature.read_metadata(m) for m in metadata]
    return diagnosis.diagnose(
        capture,
        _lists(users),
        evidence=_evidence(evidence),
        metadata=[each for several in known for each in several],
        keys=[k if isinstance(k, signature.PrivateKey) else signature.read_key(k) for k in keys],
        now=now,
    )


def _evidence(source: Evidence | str | os.PathLike[str] | None) -> Evidence | None:
    if not isinstance(source, str | os.PathLike):
        return source
    from connect_saml_nb.evidence import read_folder  # noqa: PLC0415 -- as above

    return read_folder(source)


def diagnose_many(
    sources: Named | Iterable[Named],
    users: UserSource = None,
    *,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Iterator[Result]:
    """Diagnose every capture in files, patterns, folders, zips, tars, mails (`.eml`) and `s3://` prefixes.

    Results come as they are done, one for each capture; what cannot be read is one with its `problem`. `users` are as
    in `diagnose`. The work is done in one process for each core, or `workers` many, or in any executor;
    `connect_saml_nb.bulk.diagnose_many` has more options.

    Raises UserListError where a list cannot be read, ConnectSamlError where nothing more can be read.
    """
    from connect_saml_nb import bulk  # noqa: PLC0415 -- the bare import stays instant

    return bulk.diagnose_many(sources, _lists(users), executor=executor, workers=workers, progress=progress)


def _lists(users: UserSource) -> tuple[Users, ...]:
    if isinstance(users, str) and users == "practice":
        from connect_saml_nb.samples import practice_users  # noqa: PLC0415 -- as above

        return (practice_users(),)
    from connect_saml_nb.render.tables import user_lists  # noqa: PLC0415 -- as above

    return user_lists(users)


def __getattr__(name: str) -> object:
    """Resolve what is not loaded yet when it is used (PEP 562)."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "frames":  # what the tables' module was called before 0.1
        return import_module(_TABLES)
    if name == "__version__":
        return _version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415 -- slow to import, seldom asked

    try:
        return version("connect-saml-nb")
    except PackageNotFoundError:  # run from a checkout without having been installed
        return "not installed"


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
