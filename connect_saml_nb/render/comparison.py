"""A Comparison as text for a terminal, as JSON and as Markdown, in the manner of `report`."""

from __future__ import annotations

import json
import shutil
import textwrap
from typing import TYPE_CHECKING, Final

from connect_saml_nb.compare import Weight
from connect_saml_nb.render.document import iso_time
from connect_saml_nb.render.markdown import code_block, escaped
from connect_saml_nb.render.text import MARKS, WIDEST, TextLines
from connect_saml_nb.render.words import clock, plain, remedy_lines
from connect_saml_nb.text import printable_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.compare import Comparison, Difference, Side
    from connect_saml_nb.model import JsonObject
    from connect_saml_nb.model.finding import Finding

SCHEMA: Final = "connect-saml-nb/comparison/1"
_NONE = "(none)"


def heading(weight: Weight, comparison: Comparison) -> str:
    """What the differences of one weight are headed with."""
    if weight is Weight.DIFFERS:
        told = comparison.weighing(Weight.EXPLAINS, Weight.POSSIBLE)
        return "Differs too, but does not explain it" if told else "Differs"
    return {
        Weight.EXPLAINS: f"What explains {comparison.bad.verdict}",
        Weight.POSSIBLE: f"What could explain {comparison.bad.verdict}",
        Weight.FOLLOWS: "What came of it",
        Weight.EXPECTED: "Differs as expected",
    }[weight]


def _which(side: Side) -> str:
    """Which sign-in was taken, and when it was."""
    if side.sign_in_diagnosis is None:
        return ""
    sign_in = side.sign_in_diagnosis.sign_in
    of = f"sign-in {sign_in.number} of {side.count}, " if side.count > 1 else ""
    return of + clock(sign_in.started)


def _main(comparison: Comparison) -> Finding | None:
    return comparison.bad.sign_in_diagnosis.main_finding if comparison.bad.sign_in_diagnosis else None


def _reasons(comparison: Comparison) -> dict[str, list[str]]:
    """The aspects that were not compared, by why."""
    found: dict[str, list[str]] = {}
    for each in comparison.not_compared:
        found.setdefault(each.reason, []).append(each.aspect)
    return found


# --- text --------------------------------------------------------------------------------------------------


def comparison_text(comparison: Comparison, *, colour: bool = False, width: int | None = None) -> str:
    """Give text for a terminal of at most 80 columns; colours only where asked for."""
    text = TextLines(colour=colour, width=min(width or shutil.get_terminal_size().columns, WIDEST))
    _text_side(text, "GOOD", comparison.good)
    text.line()
    _text_side(text, "BAD", comparison.bad)
    for note in comparison.notes:
        text.line()
        text.wrap(f"! {plain(note)}", 0, "33")
    for weight in (Weight.EXPLAINS, Weight.POSSIBLE):
        _text_differences(text, comparison, weight)
    _text_remedy(text, comparison)
    for weight in (Weight.DIFFERS, Weight.FOLLOWS, Weight.EXPECTED):
        _text_differences(text, comparison, weight)
    _text_rest(text, comparison)
    return "\n".join(text.lines) + "\n"


def _text_side(text: TextLines, word: str, side: Side) -> None:
    mark, code = MARKS[side.verdict.rank] if side.verdict else ("✗", "31")
    head = f"{word:<4} {mark} {side.verdict or 'not read'}"
    text.line(head, f"1;{code}")
    for part in (side.name, _which(side)):
        if part:
            text.wrap(plain(part), 7, "2")
    if side.sign_in_diagnosis:
        text.wrap(plain(side.sign_in_diagnosis.summary), 7)


def _text_differences(text: TextLines, comparison: Comparison, weight: Weight) -> None:
    differences = comparison.weighing(weight)
    if differences:
        text.line()
        text.line(heading(weight, comparison), "1;36" if weight is Weight.EXPLAINS else "1")
    for each in differences:
        text.line()
        text.line(f"  {each.aspect}", "1")
        _text_value(text, "good", each.good)
        _text_value(text, "bad", each.bad)
        text.wrap(plain(each.sentence), 4, "2")


def _text_value(text: TextLines, word: str, value: str | None) -> None:
    for part in textwrap.wrap(plain(value or _NONE), text.width - 10, break_on_hyphens=False):
        text.line(f"    {word:<4}  {part}")
        word = ""


def _text_remedy(text: TextLines, comparison: Comparison) -> None:
    main = _main(comparison)
    if main is None:
        return
    text.line()
    text.line("What to do", "1")
    text.line()
    for line in remedy_lines(main.remedy.actions):
        text.wrap(plain(line), 2)
    for command in main.remedy.commands:
        text.line()
        for line in str(command).split("\n"):
            text.line("  " + plain(line), "36")
    text.line()
    text.line(f"  {main.docs}", "2")


def _text_rest(text: TextLines, comparison: Comparison) -> None:
    if comparison.same:
        text.line()
        text.line(f"The same in both: {len(comparison.same)}", "1")
        text.wrap(", ".join(comparison.same), 2, "2")
    if comparison.not_compared:
        text.line()
        text.line(f"Not compared: {len(comparison.not_compared)}", "1")
    for reason, aspects in _reasons(comparison).items():
        text.wrap(plain(f"{', '.join(aspects)}: {reason}."), 2, "2")


# --- JSON --------------------------------------------------------------------------------------------------


def comparison_json(comparison: Comparison, *, indent: int | None = 2) -> str:
    """Give the JSON of `connect-saml-nb/comparison/1`; every key is always present."""
    text = json.dumps(comparison_document(comparison), indent=indent, ensure_ascii=False)
    return printable_json(text)


def comparison_document(comparison: Comparison) -> JsonObject:
    """Give what `comparison_json` writes, as plain values."""
    main = _main(comparison)
    return {
        "schema": SCHEMA,
        "good": _side_json(comparison.good),
        "bad": _side_json(comparison.bad),
        "notes": [*comparison.notes],
        "differences": [_difference_json(d) for d in comparison.differences],
        "same": [*comparison.same],
        "not_compared": [{"aspect": n.aspect, "reason": n.reason} for n in comparison.not_compared],
        "remedy": str(main.remedy) if main else None,
        "docs": main.docs if main else None,
    }


def _side_json(side: Side) -> JsonObject:
    sign_in = side.sign_in_diagnosis.sign_in if side.sign_in_diagnosis else None
    return {
        "capture": side.name,
        "creator": side.creator,
        "problem": side.problem,
        "verdict": side.verdict,
        "summary": str(side.sign_in_diagnosis.summary) if side.sign_in_diagnosis else None,
        "sign_in": sign_in.number if sign_in else None,
        "sign_ins": side.count,
        "started": iso_time(sign_in.started) if sign_in else None,
    }


def _difference_json(difference: Difference) -> JsonObject:
    return {
        "aspect": difference.aspect,
        "good": difference.good,
        "bad": difference.bad,
        "weight": difference.weight.value,
        "explains": difference.explains,
        "sentence": difference.sentence,
    }


# --- Markdown ----------------------------------------------------------------------------------------------


def comparison_markdown(comparison: Comparison) -> str:
    """Give Markdown for a ticket."""
    return "\n".join(_md_lines(comparison)) + "\n"


def _md_lines(comparison: Comparison) -> Iterator[str]:
    yield f"# {escaped(comparison.good.name)} and {escaped(comparison.bad.name)}\n"
    for word, side in (("Good", comparison.good), ("Bad", comparison.bad)):
        told = " ".join(filter(None, (_which(side) + "." if side.sign_in_diagnosis else "", _summary(side))))
        yield f"- **{word}: {escaped(side.verdict or 'not read')}.** {escaped(told)}"
    yield ""
    yield from (f"**{escaped(note)}**\n" for note in comparison.notes)
    for weight in (Weight.EXPLAINS, Weight.POSSIBLE):
        yield from _md_differences(comparison, weight)
    yield from _md_remedy(comparison)
    for weight in (Weight.DIFFERS, Weight.FOLLOWS, Weight.EXPECTED):
        yield from _md_differences(comparison, weight)
    yield from _md_rest(comparison)


def _md_differences(comparison: Comparison, weight: Weight) -> Iterator[str]:
    differences = comparison.weighing(weight)
    if not differences:
        return
    yield f"## {escaped(heading(weight, comparison))}\n"
    yield "| | good | bad | |\n|---|---|---|---|"
    yield from (f"| {' | '.join(map(escaped, _cells(d)))} |" for d in differences)
    yield ""


def _summary(side: Side) -> str:
    return str(side.sign_in_diagnosis.summary) if side.sign_in_diagnosis else side.problem or ""


def _cells(difference: Difference) -> tuple[str, str, str, str]:
    return difference.aspect, difference.good or _NONE, difference.bad or _NONE, difference.sentence


def _md_remedy(comparison: Comparison) -> Iterator[str]:
    main = _main(comparison)
    if main:
        yield "## What to do\n"
        yield from (f"- {escaped(line)}" for line in remedy_lines(main.remedy.actions))
        yield from ("\n" + code_block("\n".join(map(plain, str(c).split("\n")))) for c in main.remedy.commands)
        yield f"\n<{main.docs}>\n"


def _md_rest(comparison: Comparison) -> Iterator[str]:
    if comparison.same:
        yield f"**The same in both:** {escaped(', '.join(comparison.same))}\n"
    if comparison.not_compared:
        yield "## Not compared\n"
        yield from (
            f"- {escaped(', '.join(aspects))}: {escaped(reason)}." for reason, aspects in _reasons(comparison).items()
        )
        yield ""
