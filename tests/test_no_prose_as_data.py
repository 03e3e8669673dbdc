"""Between modules go typed values: no code of the package reads a sentence that it has made."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parent.parent / "connect_saml_nb"
#: What holds sentences, by the names of attributes, wherever they are.
SENTENCES = frozenset({"remedy", "reason", "problem", "summary", "question", "about", "notes"})
READING = frozenset(
    {
        *("startswith", "endswith", "partition", "rpartition", "split", "rsplit", "splitlines", "replace", "find"),
        *("index", "count", "removeprefix", "removesuffix", "casefold", "lower", "isdigit"),
    }
)
SEARCHING = frozenset({"search", "match", "fullmatch", "findall", "finditer", "sub"})


def is_sentence(node: ast.expr) -> bool:
    """Whether it is such an attribute, as it is or as `str()`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str" and node.args:
        return is_sentence(node.args[0])
    return isinstance(node, ast.Attribute) and node.attr in SENTENCES


def is_words(node: ast.expr) -> bool:
    """Whether it is a text that is not empty, or a constant that may be one."""
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return (isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != "") or (
        name.strip("_").isupper()
    )


def readings(tree: ast.AST) -> Iterator[int]:
    """The lines in which a sentence is searched, cut apart, or compared with words."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            words = any(map(is_words, node.comparators))
            inside = any(isinstance(op, ast.In | ast.NotIn) for op in node.ops) and is_sentence(node.comparators[0])
            identity = all(isinstance(op, ast.Is | ast.IsNot) for op in node.ops)  # of an enum's member, or None
            if inside or (words and is_sentence(node.left) and not identity):
                yield node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            cut = node.func.attr in READING and is_sentence(node.func.value)
            searched = node.func.attr in SEARCHING and any(map(is_sentence, node.args))
            if cut or searched:
                yield node.lineno


@pytest.mark.parametrize(
    "code",
    [
        "'emergency access' in finding.remedy",
        "result.problem.startswith('NO ROOM')",
        "WHO.finditer(rule.remedy)",
        "skipped.reason.partition(':')[0]",
        "str(finding.reason).split(' ')",
        "shown.reason == 'Signatures were left out.'",
        "problem.reason == encoding.NOT_BASE64",
    ],
)
def test_what_reads_a_sentence_is_found(code: str) -> None:
    """The forms in which it was done before."""
    assert [1] == [*readings(ast.parse(code))]


def test_no_code_reads_a_sentence() -> None:
    """Give what has to be told apart a code, an enum's member or a field of its own, and render it at the edge."""
    found = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line in readings(ast.parse(path.read_text("utf-8")))
    ]
    assert [] == found
