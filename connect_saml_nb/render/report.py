"""Diagnoses as one page of HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.facts import sign_in_facts
from connect_saml_nb.render.words import clock, fact_rows, list_notes, plain, remedy_lines, step_row, users_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connect_saml_nb.model.diagnosis import Diagnosis


def to_html(diagnoses: Iterable[Diagnosis]) -> str:
    """Give one self-contained page: no script, no request to anywhere."""
    from connect_saml_nb.render import sequence  # noqa: PLC0415 -- only the page is drawn

    shown = {
        "fact_rows": fact_rows,
        "sign_in_facts": sign_in_facts,
        "step_row": step_row,
        "users_line": users_line,
        "list_notes": list_notes,
    }
    drawn = {"to_svg": sequence.to_svg, "time_bar_svg": sequence.time_bar_svg}  # both escape every text
    return page("report.html", diagnoses=tuple(diagnoses), **shown, **drawn)


def page(template: str, **values: object) -> str:
    """One self-contained page of one of the package's templates, with the filters and the style that all have."""
    import jinja2  # noqa: PLC0415 -- 30 ms that only this needs

    loader = jinja2.PackageLoader("connect_saml_nb.render", "templates")
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters.update(plain=plain, clock=clock, remedy_lines=remedy_lines)
    return environment.get_template(template).render(**values)
