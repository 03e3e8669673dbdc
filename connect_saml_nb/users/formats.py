"""The forms of a saved list: JSON, the AWS CLI's text, CSV, names; and what is none of them."""

from __future__ import annotations

import csv
import io
import re
from itertools import chain
from typing import TYPE_CHECKING

from connect_saml_nb.errors import UserListError
from connect_saml_nb.io.json_values import JsonDamagedError, JsonReader
from connect_saml_nb.users.parse import TIME_CELL, UUID, PageKind, UserPage, is_user_arn
from connect_saml_nb.users.problems import UserListNote, UserListProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from connect_saml_nb.model import JsonObject

MOST_VALUES = 6_000_000
SCHEMA = "connect-saml-nb/users/1"
OWN_KEY = "connect-saml-nb"


# --- what is no list ---------------------------------------------------------------------------------------

#: What is also handed in as a user list, by how it begins. The texts are AWS CLI 1.45's and 2's.
_OTHERS = tuple(
    (re.compile(pattern, re.IGNORECASE), problem)
    for pattern, problem in (
        (r"$", UserListProblem.EMPTY),
        (r"(?:null|None)$", UserListProblem.EMPTY_QUERY),
        (r"<(?:!doctype html|html)", UserListProblem.WEB_PAGE),
        (r"<", UserListProblem.XML),
        (r"(?:---\s+)?(?:NextToken:.*\s+)?UserSummaryList:", UserListProblem.YAML),
        (r"-{20,}\r?\n\|", UserListProblem.TABLE),
        (r"Unable to locate credentials", UserListProblem.CLI_NO_CREDENTIALS),
        (r"You must specify a region", UserListProblem.CLI_NO_REGION),
        (r"The config profile", UserListProblem.CLI_NO_PROFILE),
        (r"Could not connect to the endpoint", UserListProblem.CLI_NETWORK),
        (r"Error loading SSO|Error when retrieving token|The SSO session", UserListProblem.CLI_NO_SIGN_IN),
        (r"usage: aws|aws(?:\.exe)?: error|Error parsing|Unknown options|Invalid endpoint", UserListProblem.CLI_USAGE),
    )
)
_CLI_ERROR = re.compile(r"An error occurred \((\w{1,60})\) when calling the (\w{1,60}) operation")


def refuse_others(text: str) -> None:
    """Raise UserListError, with what to do, for what is known not to be a list of users."""
    head = text.lstrip()[:4000].rstrip()
    if problem := next((problem for pattern, problem in _OTHERS if pattern.match(head)), None):
        raise UserListError(problem())
    if found := _CLI_ERROR.search(head):
        raise UserListError(UserListProblem.CLI_ERROR(code=found[1], operation=found[2]))
    if "\0" in head:
        raise UserListError(UserListProblem.NOT_TEXT())
    if sum(map(text.count, ",;|[{\t\r\n")) > MOST_VALUES:
        raise UserListError(UserListProblem.TOO_MANY_VALUES())


# --- JSON --------------------------------------------------------------------------------------------------


def json_pages(text: str, notes: list[str]) -> tuple[list[UserPage], JsonObject | None]:
    """The pages of a JSON file, and the document of our own that it may be."""
    documents = list(_documents(text, notes))
    pages: list[UserPage] = []
    for part in chain.from_iterable(_parts(document) for document in documents):
        _add_part(pages, part)
    if not pages:
        raise UserListError(UserListProblem.EMPTY_LIST())
    only = documents[0] if len(documents) == 1 else None
    own = only.get(OWN_KEY) if isinstance(only, dict) else None
    return pages, own if isinstance(own, dict) and own.get("schema") == SCHEMA else None


def _documents(text: str, notes: list[str]) -> Iterator[object]:
    """Each JSON value in the text: pages appended with `>>` stand one after the other."""
    reader = JsonReader(text)
    try:
        yield reader.value()
        while first := reader.peek():
            if first not in '{["':
                notes.append(UserListNote.TEXT_AFTER())
                return
            yield reader.value()
    except JsonDamagedError:
        raise UserListError(UserListProblem.JSON_DAMAGED()) from None


def _parts(document: object) -> list[object]:
    """A list's members are pages, users or names; anything else stands for itself."""
    return document if isinstance(document, list) else [document]


def _add_part(pages: list[UserPage], part: object) -> None:
    page = _answer(part) if isinstance(part, dict) else None
    if page is not None:
        pages.append(page)
        return
    if not pages or pages[-1].kind is not PageKind.BARE:
        pages.append(UserPage(PageKind.BARE))
    pages[-1].add(part)


def _answer(part: JsonObject) -> UserPage | None:
    """The page in an API answer; None for what may be a user itself."""
    for key, kind in (("UserSummaryList", PageKind.LIST), ("Users", PageKind.SEARCH)):
        if key in part:
            return _filled(kind, part, part[key])
    if isinstance(part.get("User"), dict):  # DescribeUser
        return _filled(PageKind.SEARCH, part, [part["User"]])
    if "Username" not in part:
        _refuse_document(part)
    return None


def _filled(kind: PageKind, part: JsonObject, rows: object) -> UserPage:
    if not isinstance(rows, list):
        raise UserListError(UserListProblem.NOT_A_LIST())
    if any(isinstance(row, dict) and _FOREIGN_KEYS & row.keys() for row in rows[:10]):
        raise UserListError(UserListProblem.OTHER_SERVICE())
    page = UserPage(kind, more=bool(part.get("NextToken")))
    for row in rows:
        page.add(row)
    return page


#: `aws iam list-users` and `identitystore list-users` have UserName, `cognito-idp list-users` the other two.
_FOREIGN_KEYS = frozenset({"UserName", "UserStatus", "UserCreateDate"})


def _refuse_document(part: JsonObject) -> None:
    """Raise the sentence for a JSON object that is known to be something else."""
    if "log" in part:
        raise UserListError(UserListProblem.HAR())
    if "InstanceSummaryList" in part:
        raise UserListError(UserListProblem.INSTANCES())
    if part.keys() & {"message", "Message", "__type", "Error", "errorMessage"}:
        raise UserListError(UserListProblem.ERROR_MESSAGE())
    if any(key.endswith("SummaryList") for key in part):
        raise UserListError(UserListProblem.OTHER_COMMAND())


# --- text and CSV ------------------------------------------------------------------------------------------

_LINE_END = re.compile(r"\r\n|\r|\n")
#: Names of the username column, white space and punctuation left out: the console's CSV template says `user login`.
_USERNAME_COLUMNS = ("username", "userlogin", "login", "agentlogin", "loginname", "agentusername")
_ID_COLUMNS = ("id", "userid")
_ARN_COLUMNS = ("arn", "userarn")
_TIME_COLUMNS = ("lastmodifiedtime", "lastmodified")


def csv_pages(text: str) -> list[UserPage] | None:
    """The CSV's rows, or None where the first line names no username column."""
    found = _columns(text)
    if found is None:
        return None
    delimiter, columns = found
    page = UserPage(PageKind.CSV)
    try:
        rows = csv.reader(io.StringIO(_without_separator_line(text), newline=""), delimiter=delimiter)
        header_seen = False
        for row in rows:
            if any(cell.strip() for cell in row):
                if header_seen:
                    page.add_columns(*(row[i].strip() if 0 <= i < len(row) else "" for i in columns))
                header_seen = True
    except csv.Error:
        raise UserListError(UserListProblem.CSV_DAMAGED()) from None
    return [page]


_SEPARATOR_LINE = re.compile(r"\s*sep=.[^\S\n]*\r?\n", re.IGNORECASE)  # Excel's


def _without_separator_line(text: str) -> str:
    found = _SEPARATOR_LINE.match(text)
    return text[found.end() :] if found else text


def _columns(text: str) -> tuple[str, tuple[int, int, int, int]] | None:
    """The delimiter, and the places of username, ID, ARN and time (-1 where absent), if the first line names them."""
    line = _LINE_END.split(_without_separator_line(text)[:20_000].lstrip(), maxsplit=1)[0]
    best: tuple[str, tuple[int, int, int, int]] | None = None
    most = 0
    for delimiter in ",;\t|":
        cells = [_plain(cell) for cell in line.split(delimiter)]
        username = _position(cells, _USERNAME_COLUMNS)
        if username >= 0 and len(cells) > most:
            others = (_position(cells, names) for names in (_ID_COLUMNS, _ARN_COLUMNS, _TIME_COLUMNS))
            best, most = (delimiter, (username, *others)), len(cells)  # type: ignore[assignment]
    return best


def _plain(cell: str) -> str:
    return re.sub(r"[\s_\"'-]+", "", cell.casefold())


def _position(cells: Sequence[str], names: Iterable[str]) -> int:
    return next((cells.index(name) for name in names if name in cells), -1)


def text_pages(text: str) -> list[UserPage]:
    """The pages of the AWS CLI's text output, or of a plain list of names."""
    lines = [line for line in _LINE_END.split(text) if line.strip()]
    if any(line.startswith("USERSUMMARYLIST\t") for line in lines):
        return [_cli_page(lines, "USERSUMMARYLIST", PageKind.LIST)]
    if any(line.startswith("USERS\tarn:") for line in lines):
        return [_cli_page(lines, "USERS", PageKind.SEARCH)]
    return [_names_page(lines)]


def _cli_page(lines: Sequence[str], label: str, kind: PageKind) -> UserPage:
    """`--output text`: the fields of a row stand in alphabetical order, Arn first and Username last.

    With `--max-items` a NEXTTOKEN line follows; with `--no-paginate` the token stands alone on a line (awscli 1.45).
    """
    page = UserPage(kind)
    for line in lines:
        first, *cells = line.split("\t")
        if first == label and cells:
            arn = cells[0] if is_user_arn(cells[0]) else ""
            time = next((cell for cell in cells[1:-1] if TIME_CELL.fullmatch(cell)), "")
            page.add_columns(cells[-1], cells[1] if len(cells) > 2 and UUID.fullmatch(cells[1]) else "", arn, time)  # noqa: PLR2004
        elif first == "NEXTTOKEN" or (kind is PageKind.LIST and not cells):
            page.more = True
        elif cells and first not in _SEARCH_PARTS:
            page.skipped += 1
    return page


_SEARCH_PARTS = frozenset({"IDENTITYINFO", "PHONECONFIG", "SECURITYPROFILEIDS", "TAGS"})


def _names_page(lines: Sequence[str]) -> UserPage:
    """Names, one a line or tab-separated (`--query 'UserSummaryList[].Username' --output text`), or rows of cells."""
    page = UserPage(PageKind.NAMES)
    for line in lines:
        cells = [cell.strip() for cell in line.split("\t") if cell.strip()]
        if cells == ["None"]:  # what a --query makes of the NEXTTOKEN line (awscli 1.45)
            page.more = True
        elif any(is_user_arn(cell) or UUID.fullmatch(cell) for cell in cells):
            page.add_cells(cells)
        else:
            for cell in cells:
                page.add(cell if _NAME.fullmatch(cell) else None)
    if page.skipped > len(page.users):
        raise UserListError(UserListProblem.UNKNOWN_FORM())
    return page


#: What can be a name in a plain list: no white space, control characters, or the punctuation of other formats.
_NAME = re.compile(r"[^\s\x00-\x1f\x7f-\x9f,;:<>{}\[\]()\"|*?!`~#$%^/]{1,256}")
