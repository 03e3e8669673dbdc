"""JSON of any shape, one value at a time: an array of people, an API's answer with one in it, pages, JSON Lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.audit.opening import LONGEST_LINE
from connect_saml_nb.audit.problems import ExportProblem
from connect_saml_nb.audit.values import table_of
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.io.json_values import JsonDamagedError, JsonReader
from connect_saml_nb.io.sniff import text_stream
from connect_saml_nb.model.record import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.audit.values import Table
    from connect_saml_nb.io.data import Data
    from connect_saml_nb.model import JsonObject

#: Where APIs keep the people: Graph; Google's and Identity Center's; SCIM; others.
_LISTS = frozenset({"value", "users", "Users", "Resources", "resources", "data", "items", "members"})
#: What says that another page follows: Graph, Google, AWS.
_MORE = frozenset({"@odata.nextLink", "odata.nextLink", "nextPageToken", "NextToken", "nextLink"})
_NAME = "name"
_DEEPEST, _MOST_ITEMS, _MOST_KEYS = 4, 3, 500


def json_table(data: Data, encoding: str) -> Table:
    """The table in a JSON export; its columns are the keys, of inner objects too (`profile.login`).

    Raises ConnectSamlError where there is none.
    """
    pages: list[str] = []
    table = table_of(lambda: map(flat, _people(data, encoding, pages)))
    if not table.columns:
        raise ConnectSamlError(ExportProblem.NOBODY())
    return replace(table, complete=not pages)


def flat(value: object) -> dict[str, str]:
    """The texts, numbers and flags of one value by their path; of a list the first ones only."""
    cells: dict[str, str] = {}
    _flatten(value if isinstance(value, dict) else {_NAME: value}, "", cells, _DEEPEST)
    return cells


def _flatten(value: object, path: str, cells: dict[str, str], depth: int) -> None:
    if isinstance(value, dict | list):
        named = value.items() if isinstance(value, dict) else enumerate(value[:_MOST_ITEMS])
        for key, inner in named if depth else ():
            _flatten(inner, f"{path}.{key}" if path else str(key), cells, depth - 1)
    elif value is not None and len(cells) < _MOST_KEYS:
        cells[path[:200]] = str(value).lower() if isinstance(value, bool) else str(value)


def _people(data: Data, encoding: str, pages: list[str]) -> Iterator[object]:
    """Everybody in the text, which is one value or several, one after the other."""
    try:
        yield from _read(JsonReader(stream=text_stream(data, encoding), longest=LONGEST_LINE), pages)
    except JsonDamagedError:
        raise ConnectSamlError(ExportProblem.JSON_DAMAGED()) from None


def _read(reader: JsonReader, pages: list[str]) -> Iterator[object]:
    while first := reader.peek():
        if first == "[":
            yield from reader.members()
        elif first == "{":
            yield from _of_object(reader, pages)
        else:
            raise JsonDamagedError


def _of_object(reader: JsonReader, pages: list[str]) -> Iterator[object]:
    """The people in an API's answer; an object that holds no list of them is a person."""
    others: JsonObject = {}
    answer = False
    for key in reader.names():
        if key == "UserSummaryList":
            raise ConnectSamlError(ExportProblem.USER_LIST())
        if key in _LISTS and reader.peek() == "[":
            answer = True
            yield from reader.members()
        else:
            others[key] = reader.value()
    pages += [key for key in _MORE & others.keys() if others[key]]
    if "log" in others:
        raise ConnectSamlError(ExportProblem.HAR())
    if not answer and others:
        yield others
