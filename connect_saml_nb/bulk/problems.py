"""Why a capture among many could not be read, and why a run cannot begin or go on."""

from __future__ import annotations

from connect_saml_nb.errors import ProblemCode


class ItemProblem(ProblemCode):
    """A row without a diagnosis."""

    NONE_IN_SOURCE = "No capture is in {source}: none is named as a HAR, an archive or a mail."
    NO_MATCH = "Nothing matches {pattern}: check the pattern."
    NO_LONGER_THERE = "{capture} is no longer there: it was moved or changed since the run."
    NOT_READ = "It cannot be read ({reason})."
    # --- archives and mails
    ARCHIVE_DAMAGED = "The archive is damaged or cut off here: get a fresh copy of it. What stood before this was read."
    ARCHIVE_CHANGED = "The archive was changed while it was read: run it again."
    ARCHIVE_HEADER = "The archive has a header that no archive of captures has: it is refused."
    ARCHIVE_GROWS = "The archive grows beyond measure when it is unpacked: it is refused."
    NONE_IN_ARCHIVE = "No capture is in it: none of its files is named as a HAR, an archive or a mail."
    MEMBER_TOO_LARGE = "It is larger than {mib} MiB in a packed tar: unpack the archive and give the folder."
    TOO_MANY_MEMBERS = "It holds more than {most:,} captures: unpack it and give the folder."
    TOO_DEEP = "Archives stand in archives too deep here: unpack the outer one."
    MAIL_TOO_LARGE = "The mail is larger than {mib} MiB: save its attachments."
    MAIL_DAMAGED = "The mail is damaged: save its attachments and give those."
    # --- workers
    TOO_SLOW = "Reading it took longer than {seconds:g} seconds: record the sign-in alone."
    TOO_MUCH_MEMORY = "Reading it took more memory than a worker may use: record the sign-in alone, and export again."
    WORKER_DIED = (
        "The worker that read it died, when it was read alone too: it takes too much memory or time. "
        "Record the sign-in alone, and export again."
    )
    EXECUTOR_FAILED = "The executor that was passed could not read it ({kind})."


class RunProblem(ProblemCode):
    """A run that cannot begin or go on, or whose outputs cannot be written."""

    HOLDS_A_RUN = "{folder} holds a run already: go on with it (--resume), or name another folder."
    NOT_EMPTY = "{folder} is not empty: name a new folder for the run."
    NO_USABLE_PATH = "{folder} is no usable path: name another folder."
    NO_RUN = "{folder} holds no run: begin one without --resume."
    NOT_READ = "The run in {folder} cannot be read ({reason})."
    MANIFEST_DAMAGED = "The run in {folder} cannot go on, its {manifest} is damaged: begin a new run in another folder."
    OTHER_VERSION = "{folder} was made by another version: begin a new run."
    OTHER_INPUTS = (
        "The run was begun with other user lists, evidence or metadata, or by another version: begin a new run."
    )
    NAME_NOT_UTF8 = "{source} is no name in UTF-8: name the folder that holds it, or write ? for each such byte."
    LOCKED = "Another process works in {folder}: wait for it."
    NOT_WRITTEN = (
        "{path} could not be written ({reason}): make room or choose another folder. What is done is kept: go on with "
        "--resume."
    )
    OUTPUT_NOT_WRITTEN = "{path} could not be written ({reason}): make room for it, then go on with --resume."
    WORKERS_DID_NOT_START = (
        "The worker processes could not start. In a script, put the call under: if __name__ == '__main__'. "
        "Otherwise pass an executor of threads: executor=concurrent.futures.ThreadPoolExecutor()."
    )
    EXECUTOR_ENDED = (
        "The executor that was passed takes no more work: make a new one, and go on with it. What is done is kept."
    )
    EXCEL_ROWS = "Excel takes no more than {rows:,} rows: use {table}.csv."
