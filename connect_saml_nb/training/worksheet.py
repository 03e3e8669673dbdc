"""The pages of a session to print: for trainees without answers, for the trainer with them. Self-contained HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from connect_saml_nb.training.cases import title, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from connect_saml_nb.training.cases import Choice, Pointer, PracticeCase

_STYLE = """
:root { color-scheme: light; }
body { font: 11pt/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #111; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.3rem; margin-top: 0; } h3 { font-size: 1rem; margin-bottom: .3rem; }
section { break-inside: avoid-page; border-top: 2px solid #333; padding-top: 1rem; margin-top: 2rem; }
blockquote { margin: .6rem 0; padding: .4rem .9rem; border-left: 4px solid #555; background: #f3f3f3; }
.line { border-bottom: 1px solid #555; height: 1.9rem; margin: 0 0 .4rem; }
code { overflow-wrap: anywhere; background: #f3f3f3; padding: 0 .2rem; }
td, th { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; }
@media print { body { margin: 0; max-width: none; } section { break-before: page; border: 0; } }
"""
_QUESTIONS = (
    "Where does the sign-in stop? (number of the request)",
    "What is the cause? (name from the last page)",
    "What shows it? (request, SAML attribute, Connect user)",
    "Who has to do what?",
)


def for_trainees(cases: Sequence[PracticeCase]) -> str:
    """The handout: each case's report and room to write; no answer."""
    intro = (
        "<p>For each case there is a folder with the recording (<code>saml.har</code>) and, where somebody saved them, "
        "the list of Connect users, the identity provider's metadata and what the AWS account says. All of it is "
        "made up. Find out why the person cannot sign in; then let <code>connect-saml diagnose</code> look. Requests "
        "are counted from 0, in the order of the file, as the toolkit counts them.</p>"
    )
    pages = "".join(_case(number, case) for number, case in enumerate(cases, 1))
    return _document("Practice cases: Amazon Connect SAML sign-in", intro + pages + _causes())


def _case(number: int, case: PracticeCase) -> str:
    lines = "".join(f'<h3>{escape(q)}</h3><div class="line"></div><div class="line"></div>' for q in _QUESTIONS)
    return f"<section>{_heading(number, case)}{_given(case)}{lines}</section>"


def _heading(number: int, case: PracticeCase) -> str:
    return (
        f"<h2>Case {number}: {escape(case.person)}</h2><p>{escape(case.id)}, level {case.level}</p>"
        f"<p>{escape(case.background)} What the screen showed:</p>"
        f"<blockquote>{escape(case.screen)}</blockquote>"
    )


def _given(case: PracticeCase) -> str:
    there = ["the recording"]
    there += ["the list of Connect users"] if case.users_file is not None else []
    there += ["the identity provider's metadata"] if case.metadata_file is not None else []
    there += ["evidence from the AWS account"] if case.account else []
    notes = "".join(f"<p>{escape(note)}</p>" for note in case.notes)
    return f"<p>There is: {', '.join(there)}.</p>{notes}"


def _causes() -> str:
    rows = "".join(
        f"<tr><th scope='row'><code>{name}</code></th><td>{escape(title(name))}</td></tr>"
        for name in sorted(verdicts())
    )
    return f"<section><h2>Names of causes</h2><table><tbody>{rows}</tbody></table></section>"


def for_trainer(cases: Sequence[PracticeCase]) -> str:
    """The trainer's page: each case with its answer."""
    pages = "".join(_answered(number, case) for number, case in enumerate(cases, 1))
    return _document("For the trainer: practice cases with answers", pages)


def _answered(number: int, case: PracticeCase) -> str:
    answer = case.answer
    then = f"<h3>What shows next</h3><p>{escape(answer.next)}</p>" if answer.next else ""
    then += f"<h3>Before</h3><p>{escape(answer.earlier)}</p>" if answer.earlier else ""
    return (
        f"<section>{_heading(number, case)}<h3>Answer</h3><p><code>{answer.verdict}</code>: {escape(answer.cause)}</p>"
        f"<h3>What shows it</h3>{_list(map(_pointer, answer.pointers))}"
        f"<h3>The fix</h3><p>{escape(answer.fix)}</p>{then}"
        f"<h3>Hints, one after the other</h3>{_list(map(escape, answer.hints), 'ol')}"
        f"<h3>Tempting, and wrong</h3>{_list(map(_cause, answer.wrong))}<h3>Fixes that do not help</h3>"
        f"{_list(map(_wrong_fix, answer.wrong_fixes))}</section>"
    )


def _pointer(pointer: Pointer) -> str:
    value = f" <code>{escape(pointer.value)}</code>" if pointer.value else ""
    entry = "" if pointer.entry is None else f" (request {pointer.entry})"
    return f"{escape(pointer.where)}{value}{entry}"


def _cause(wrong: Choice) -> str:
    return f"<code>{escape(wrong.name)}</code>: {escape(wrong.why)}"


def _wrong_fix(wrong: Choice) -> str:
    return f"<em>{escape(wrong.name)}</em> {escape(wrong.why)}"


def _list(items: Iterable[str], kind: str = "ul") -> str:
    return f"<{kind}>{''.join(f'<li>{item}</li>' for item in items)}</{kind}>"


def _document(heading: str, body: str) -> str:
    return (
        "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>{heading}</title><style>{_STYLE}</style></head><body><main><h1>{heading}</h1>{body}</main></body></html>\n"
    )
