"""Why a directory export cannot be read, and what a reader of one should know."""

from __future__ import annotations

from connect_saml_nb.errors import ProblemCode

HOW_TO_SAVE = "Export the people of the identity provider as CSV (UTF-8) or JSON."


class ExportProblem(ProblemCode):
    """An export that cannot be read."""

    # --- the file
    FOLDER = "{path} is a folder. Name one export in it."
    TOO_LARGE = "{path} is larger than {gib} GiB. Export fewer columns."
    EMPTY = "it is empty. " + HOW_TO_SAVE
    ZIP = "it is a zip file or an Excel workbook. Unpack it, or save the sheet as CSV UTF-8."
    OFFICE = "it is an old Excel workbook. Save the sheet as CSV UTF-8."
    PDF = "it is a PDF. " + HOW_TO_SAVE
    PARQUET = "it is a Parquet file. " + HOW_TO_SAVE
    SQLITE = "it is a database. " + HOW_TO_SAVE
    WEB_PAGE = "it is a web page or XML. " + HOW_TO_SAVE
    # --- its rows
    NO_ROWS = "it has no rows under its header. " + HOW_TO_SAVE
    NOBODY = "it holds nobody. " + HOW_TO_SAVE
    NO_TABLE = "its first line is no line of a table. " + HOW_TO_SAVE
    TOO_MANY_ROWS = "it has more than {rows:,} rows. Export fewer people at a time."
    LONG_LINE = "it has a line of more than {characters:,} characters. " + HOW_TO_SAVE
    JSON_DAMAGED = "its JSON is cut off or damaged. Export it again."
    QUOTE_NOT_CLOSED = (
        "a quotation mark in line {line:,} is not closed, so that the rows after it cannot be told apart. Correct that"
        " line, or export again."
    )
    USER_LIST = "it is the list of Connect users. Give the identity provider's export here."
    HAR = "it is a HAR capture. Give the identity provider's export here."
    # --- its columns
    NO_SUCH_COLUMN = "it has no column of that name. Its columns are: {columns}."
    COLUMN_NOT_KNOWN = "which column becomes RoleSessionName cannot be told. Name one: {columns}."


class ExportNote(ProblemCode):
    """What a reader of an audit should know."""

    WINDOWS_1252 = "It is not valid UTF-8 and was read as Windows-1252: look at names with accents."
    FIRST_LINE_NAMES = "The first line is taken for the names of the columns: {columns}."
    MORE_PEOPLE = "The export says that more people follow: who is not in it cannot be told from who is nowhere."
    USERS_INCOMPLETE = "The list of Connect users is incomplete: nobody can be called missing."
    SHORTENED = (
        "{count:,} names look like long numbers that Excel has shortened (1.23E+11). Export again, and do not save it "
        "in Excel."
    )


class ChoiceReason(ProblemCode):
    """Why a column is taken for the claim."""

    NAMED = "It was named."
    SEEN = "Seen: {found:,} of the {seen:,} RoleSessionNames that the captures show stand in it."
    CLAIM_NAME = "It has the claim's name."
    DEFAULT = "Guessed: it is what {product} sends unless that was changed ({docs})."
    BEST_FIT = "Guessed: in {found:,} of the first {rows:,} rows it is a Connect username, letter case ignored."
    ONLY = "It is the only column."
    NAME_ALONE = "Guessed by its name alone."
