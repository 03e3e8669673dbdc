"""Diagnoses as one page of HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.facts import sign_in_facts
from connect_saml_nb.render.words import fact_rows, list_notes, step_row, users_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connect_saml_nb.model.diagnosis import Diagnosis


def to_html(diagnoses: Iterable[Diagnosis]) -> str:
    """Give one self-contained page: no script, no request to anywhere.

    >>> from connect_saml_nb import diagnose
    >>> to_html([diagnose("saml.har")])  # doctest: +SKIP
    """
    from connect_saml_nb.render import html, sequence, time_bar  # noqa: PLC0415 -- 30 ms that only a page needs

    return html.render(
        "report.html",
        diagnoses=tuple(diagnoses),
        fact_rows=fact_rows,
        sign_in_facts=sign_in_facts,
        step_row=step_row,
        users_line=users_line,
        list_notes=list_notes,
        to_svg=sequence.to_svg,
        time_bar_svg=time_bar.to_svg,
    )
