"""`connect-saml bulk`: a run in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.cli.inputs import add_witnesses, inputs_from
from connect_saml_nb.cli.terminal import GOOD, count, counting, say, status_of, write
from connect_saml_nb.model.record import replace

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection

    from connect_saml_nb.bulk import Progress, Summary
    from connect_saml_nb.diagnosis import Inputs

_CAUSES_SHOWN = 4


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = (
        "Tables, a report and the summary are written into the run's folder. Exit status: 0 all signed in, 1 a fault "
        "was found, 2 wrong usage, 3 something was unreadable or not judged, 130 stopped."
    )
    parser.add_argument(
        "sources", nargs="*", metavar="SOURCE", help="file, pattern, folder, zip, tar, mail (.eml), s3://BUCKET/PREFIX"
    )
    parser.add_argument("--run", dest="folder", required=True, metavar="DIR", help="the run's folder, only yours")
    add_witnesses(parser, keys=False)
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run in DIR; evidence and metadata are to be named again"
    )
    parser.add_argument("--forget", action="store_true", help="remove the run in DIR and its outputs")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (one for each core unless told otherwise)")
    parser.add_argument("--excel", action="store_true", help="write bulk.xlsx too (extra: excel)")
    parser.add_argument("--parquet", action="store_true", help="write the tables as Parquet too (extra: parquet)")
    parser.add_argument("--format", choices=("text", "json", "html"), default="text", help="of the summary")
    parser.add_argument("--output", metavar="PATH", help="write the summary there instead of the standard output")
    parser.set_defaults(run=_bulk, parser=parser, instance_id=None, decrypt_key=[])


def _bulk(options: argparse.Namespace) -> int:
    from connect_saml_nb import bulk  # noqa: PLC0415 -- not needed to say --help

    if bool(options.sources) is (options.resume or options.forget):
        options.parser.error("give sources to begin a run, or --resume or --forget without any")
    if options.resume and options.forget:
        options.parser.error("give --resume or --forget, not both")
    if options.workers is not None and options.workers < 1:
        options.parser.error("--workers must be 1 or more")
    if options.forget:
        bulk.Run.open(options.folder).forget()
        return GOOD
    extras = [extra for extra in bulk.EXTRAS if getattr(options, extra)]
    bulk.check_extras(extras)
    summary = _done(options, inputs_from(options), extras)
    shown = {"text": bulk.to_text, "json": bulk.to_json, "html": bulk.to_html}[options.format](summary)
    write(shown, options.output)
    return status_of(summary.ranks)


def _done(options: argparse.Namespace, given: Inputs, extras: Collection[str]) -> Summary:
    """Begin or go on with a run, and write its tables, report and summary into the folder.

    Signatures are verified where metadata is given. Raises ConnectSamlError where it cannot go on; what is done stays.
    """
    from connect_saml_nb.bulk import Run, summarise, write_all  # noqa: PLC0415
    from connect_saml_nb.diagnosis import Directory  # noqa: PLC0415

    told = replace(given, verify=bool(given.metadata))
    run = Run.open(options.folder) if options.resume else Run.begin(options.folder, options.sources, told)
    if options.resume and not told.directory.lists:
        told = replace(told, directory=Directory(run.users()))
    try:
        with counting():
            run.go(told, workers=options.workers, progress=_show)
    except KeyboardInterrupt:
        say("What is done is kept: go on with --resume.")
        raise
    if run.manifest.left_out:
        each = ", ".join(f"{count:,} of {ending}" for ending, count in sorted(run.manifest.left_out.items())[:8])
        say(f"Left out, by their names no captures: {each}.")
    summary = summarise(run.results())
    write_all(run, summary, extras)
    return summary


def _show(progress: Progress) -> None:
    """How far it is, in one line that changes."""
    left = f", {progress.left:,.0f} s left" if progress.left is not None else ""
    of = f" of {progress.total:,}" if progress.total is not None else ""
    causes = ", ".join(f"{verdict} {count:,}" for verdict, count in [*progress.verdicts.items()][:_CAUSES_SHOWN])
    count(f"{progress.done:,}{of} files, {progress.rate:,.0f} a second{left}: {causes}")
