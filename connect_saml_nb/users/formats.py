"""The forms of a saved list: JSON, the AWS CLI's text, CSV, names; and what is none of them."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import chain
from typing import TYPE_CHECKING

from connect_saml_nb.errors import UserListError
from connect_saml_nb.users.opening import HOW_TO_SAVE
from connect_saml_nb.users.parse import TIME_CELL, UUID, Kind, Page, is_user_arn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from connect_saml_nb.model import JsonObject

MOST_VALUES = 6_000_000
SCHEMA = "connect-saml-nb/users/1"
OWN_KEY = "connect-saml-nb"


# --- what is no list ---------------------------------------------------------------------------------------

#: What else is handed in as a user list, by how it begins. The texts are AWS CLI 1.45's and 2's.
_OTHERS = (
    (r"$", "it is empty."),
    (r"(?:null|None)$", "it is empty: the --query found nothing."),
    (r"<(?:!doctype html|html)", "it is a web page."),
    (r"<", "it is XML, not a user list."),
    (r"(?:---\s+)?(?:NextToken:.*\s+)?UserSummaryList:", "it is the CLI's YAML output, which is not read. Use JSON."),
    (r"-{20,}\r?\n\|", "it is the CLI's table output, which is not read. Use JSON."),
    (r"Unable to locate credentials", "it holds an error of the AWS CLI: there were no credentials."),
    (r"You must specify a region", "it holds an error of the AWS CLI: no Region was given."),
    (r"The config profile", "it holds an error of the AWS CLI: there is no profile of that name."),
    (r"Could not connect to the endpoint", "it holds an error of the AWS CLI: the network or the Region is wrong."),
    (r"Error loading SSO|Error when retrieving token|The SSO session", "it holds an error of the AWS CLI: no sign-in."),
    (r"usage: aws|aws(?:\.exe)?: error|Error parsing|Unknown options|Invalid endpoint", "it holds a CLI error."),
)
_OTHER_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), sentence) for pattern, sentence in _OTHERS)
_CLI_ERROR = re.compile(r"An error occurred \((\w{1,60})\) when calling the (\w{1,60}) operation")


def refuse_others(text: str) -> None:
    """Raise UserListError, with what to do, for what is known not to be a list of users."""
    head = text.lstrip()[:4000].rstrip()
    for pattern, sentence in _OTHER_PATTERNS:
        if pattern.match(head):
            raise UserListError(f"{sentence} {HOW_TO_SAVE}")
    if found := _CLI_ERROR.search(head):
        raise UserListError(
            f"it holds no list but the error {found[1]} that AWS gave to {found[2]}. Solve that, then save it again. "
            f"{HOW_TO_SAVE}"
        )
    if "\0" in head:
        raise UserListError(f"it is not text. {HOW_TO_SAVE}")
    if sum(map(text.count, ",;|[{\t\r\n")) > MOST_VALUES:
        raise UserListError(f"it holds more values than any list of Connect users. {HOW_TO_SAVE}")


# --- JSON --------------------------------------------------------------------------------------------------


def json_pages(text: str, notes: list[str]) -> tuple[list[Page], JsonObject | None]:
    """The pages of a JSON file, and the document of our own that it may be."""
    documents = list(_documents(text, notes))
    pages: list[Page] = []
    for part in chain.from_iterable(_parts(document) for document in documents):
        _add_part(pages, part)
    if not pages:
        raise UserListError(f"it is an empty list: the --query found nothing. {HOW_TO_SAVE}")
    only = documents[0] if len(documents) == 1 else None
    own = only.get(OWN_KEY) if isinstance(only, dict) else None
    return pages, own if isinstance(own, dict) and own.get("schema") == SCHEMA else None


def _documents(text: str, notes: list[str]) -> Iterator[object]:
    """Each JSON value in the text: pages appended with `>>` stand one after the other."""
    decoder = json.JSONDecoder()
    position = _after_space(text, 0)
    while position < len(text):
        try:
            value, stop = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            raise UserListError(f"its JSON is cut off or damaged. {HOW_TO_SAVE}") from None
        yield value
        position = _after_space(text, stop)
        if position < len(text) and text[position] not in '{["':
            notes.append("Text that follows the list was left out.")
            return


_SPACE = re.compile(r"[\s,]*")


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _parts(document: object) -> list[object]:
    """A list's members are pages, users or names; anything else stands for itself."""
    return document if isinstance(document, list) else [document]


def _add_part(pages: list[Page], part: object) -> None:
    page = _answer(part) if isinstance(part, dict) else None
    if page is not None:
        pages.append(page)
        return
    if not pages or pages[-1].kind is not Kind.BARE:
        pages.append(Page(Kind.BARE))
    pages[-1].add(part)


def _answer(part: JsonObject) -> Page | None:
    """The page in an API answer; None for what may be a user itself."""
    for key, kind in (("UserSummaryList", Kind.LIST), ("Users", Kind.SEARCH)):
        if key in part:
            return _filled(kind, part, part[key])
    if isinstance(part.get("User"), dict):  # DescribeUser
        return _filled(Kind.SEARCH, part, [part["User"]])
    if "Username" not in part:
        _refuse_document(part)
    return None


def _filled(kind: Kind, part: JsonObject, rows: object) -> Page:
    if not isinstance(rows, list):
        raise UserListError(f"its list of users is not a list. {HOW_TO_SAVE}")
    if any(isinstance(row, dict) and _FOREIGN_KEYS & row.keys() for row in rows[:10]):
        raise UserListError(f"it lists the users of another AWS service, not of Amazon Connect. {HOW_TO_SAVE}")
    page = Page(kind, more=bool(part.get("NextToken")))
    for row in rows:
        page.add(row)
    return page


#: `aws iam list-users` and `identitystore list-users` have UserName, `cognito-idp list-users` the other two.
_FOREIGN_KEYS = frozenset({"UserName", "UserStatus", "UserCreateDate"})


def _refuse_document(part: JsonObject) -> None:
    """Raise the sentence for a JSON object that is known to be something else."""
    if "log" in part:
        raise UserListError(f"it is a HAR capture, not a user list. {HOW_TO_SAVE}")
    if "InstanceSummaryList" in part:
        raise UserListError(f"it lists instances, not users. Take the ID of one. {HOW_TO_SAVE}")
    if part.keys() & {"message", "Message", "__type", "Error", "errorMessage"}:
        raise UserListError(f"it holds an error message, not a user list. {HOW_TO_SAVE}")
    if any(key.endswith("SummaryList") for key in part):
        raise UserListError(f"it is the answer of another AWS command, not of list-users. {HOW_TO_SAVE}")


# --- text and CSV ------------------------------------------------------------------------------------------

_LINE_END = re.compile(r"\r\n|\r|\n")
#: Names of the username column, white space and punctuation left out: the console's CSV template says `user login`.
_USERNAME_COLUMNS = ("username", "userlogin", "login", "agentlogin", "loginname", "agentusername")
_ID_COLUMNS = ("id", "userid")
_ARN_COLUMNS = ("arn", "userarn")
_TIME_COLUMNS = ("lastmodifiedtime", "lastmodified")


def csv_pages(text: str) -> list[Page] | None:
    """The CSV's rows, or None where the first line names no username column."""
    found = _columns(text)
    if found is None:
        return None
    delimiter, columns = found
    page = Page(Kind.CSV)
    try:
        rows = csv.reader(io.StringIO(_without_separator_line(text), newline=""), delimiter=delimiter)
        header_seen = False
        for row in rows:
            if any(cell.strip() for cell in row):
                if header_seen:
                    page.add_columns(*(row[i].strip() if 0 <= i < len(row) else "" for i in columns))
                header_seen = True
    except csv.Error:
        raise UserListError(f"its CSV is damaged: a quotation mark is not closed. {HOW_TO_SAVE}") from None
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


def text_pages(text: str) -> list[Page]:
    """The pages of the AWS CLI's text output, or of a plain list of names."""
    lines = [line for line in _LINE_END.split(text) if line.strip()]
    if any(line.startswith("USERSUMMARYLIST\t") for line in lines):
        return [_cli_page(lines, "USERSUMMARYLIST", Kind.LIST)]
    if any(line.startswith("USERS\tarn:") for line in lines):
        return [_cli_page(lines, "USERS", Kind.SEARCH)]
    return [_names_page(lines)]


def _cli_page(lines: Sequence[str], label: str, kind: Kind) -> Page:
    """`--output text`: the fields of a row stand in alphabetical order, Arn first and Username last.

    With `--max-items` a NEXTTOKEN line follows; with `--no-paginate` the token stands alone on a line (awscli 1.45).
    """
    page = Page(kind)
    for line in lines:
        first, *cells = line.split("\t")
        if first == label and cells:
            arn = cells[0] if is_user_arn(cells[0]) else ""
            time = next((cell for cell in cells[1:-1] if TIME_CELL.fullmatch(cell)), "")
            page.add_columns(cells[-1], cells[1] if len(cells) > 2 and UUID.fullmatch(cells[1]) else "", arn, time)  # noqa: PLR2004
        elif first == "NEXTTOKEN" or (kind is Kind.LIST and not cells):
            page.more = True
        elif cells and first not in _SEARCH_PARTS:
            page.skipped += 1
    return page


_SEARCH_PARTS = frozenset({"IDENTITYINFO", "PHONECONFIG", "SECURITYPROFILEIDS", "TAGS"})


def _names_page(lines: Sequence[str]) -> Page:
    """Names, one a line or tab-separated (`--query 'UserSummaryList[].Username' --output text`), or rows of cells."""
    page = Page(Kind.NAMES)
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
        raise UserListError(f"it is not a list of Connect users in a form that is known here. {HOW_TO_SAVE}")
    return page


#: What can be a name in a plain list: no white space, control characters, or the punctuation of other formats.
_NAME = re.compile(r"[^\s\x00-\x1f\x7f-\x9f,;:<>{}\[\]()\"|*?!`~#$%^/]{1,256}")
