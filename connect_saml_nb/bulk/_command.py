"""`connect-saml bulk`: a run in a folder, from the command line."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from connect_saml_nb.bulk import _outputs as outputs
from connect_saml_nb.bulk._run import Run
from connect_saml_nb.bulk._summary import summarise, to_text
from connect_saml_nb.diagnosis import Directory

if TYPE_CHECKING:
    from collections.abc import Container

    from connect_saml_nb.bulk._stream import Progress
    from connect_saml_nb.bulk._summary import Summary
    from connect_saml_nb.diagnosis import Witnesses

_SHOWN = 4


EXTRAS = outputs.EXTRAS


def run(  # noqa: PLR0913 -- the options of the command
    folder: str, named: list[str], given: Witnesses, *, resume: bool, workers: int | None, extras: Container[str]
) -> Summary:
    """Begin or go on with a run, and write its tables, report and summary into the folder.

    Signatures are verified where metadata is given. Raises ConnectSamlError where it cannot go on; what is done stays.
    An output whose extra is missing is told before anything is read.
    """
    outputs.check_extras(extras)
    told = replace(given, verify=bool(given.metadata))
    found = Run.open(folder) if resume else Run.begin(folder, named, told)
    if resume and not told.directory.lists:
        told = replace(told, directory=Directory(found.users()))
    try:
        found.go(told, workers=workers, progress=_show)
    except KeyboardInterrupt:
        print("\nStopped. What is done is kept: go on with --resume.", file=sys.stderr)  # noqa: T201
        raise
    finally:
        if sys.stderr.isatty():
            print(file=sys.stderr)  # noqa: T201
    if found.manifest.left_out:
        each = ", ".join(f"{count:,} of {ending}" for ending, count in sorted(found.manifest.left_out.items())[:8])
        print(f"connect-saml: Left out, by their names no captures: {each}.", file=sys.stderr)  # noqa: T201
    summary = summarise(found.results())
    outputs.write_all(found, summary, extras)
    return summary


def shown(summary: Summary, form: str) -> str:
    """The summary as text, JSON or a page."""
    if form == "json":
        return outputs.to_json(summary)
    return outputs.to_html(summary) if form == "html" else to_text(summary)


def forget(folder: str) -> None:
    """Remove a run."""
    Run.open(folder).forget()


def _show(progress: Progress) -> None:
    """How far it is: on a terminal in one line that changes."""
    if not sys.stderr.isatty():
        return
    left = f", {progress.left:,.0f} s left" if progress.left is not None else ""
    of = f" of {progress.total:,}" if progress.total is not None else ""
    causes = ", ".join(f"{verdict} {count:,}" for verdict, count in [*progress.verdicts.items()][:_SHOWN])
    line = f"{progress.done:,}{of} files, {progress.rate:,.0f} a second{left}: {causes}"
    print(f"\r{line[:150]:<150}", end="", file=sys.stderr, flush=True)  # noqa: T201
