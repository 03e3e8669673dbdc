"""Fills the templates of the training: pages and XML, everything in them escaped."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment, Template


def render(template: str, *, package: str = "connect_saml_nb.training", **values: Any) -> str:  # noqa: ANN401 -- whatever the template takes
    """A template of this package's folder `templates`, filled with the values."""
    return environment(package).get_template(template).render(**values)


def render_line(template: str, **values: Any) -> str:  # noqa: ANN401 -- as above
    """A template of this package in one line: its own line breaks and indents are not part of the text."""
    return _one_line(template).render(**values)


@cache
def environment(package: str) -> Environment:
    """The templates of a package: autoescaped, and a missing value is an error."""
    import jinja2  # noqa: PLC0415 -- 30 ms that only pages need

    loader = jinja2.PackageLoader(package, "templates")
    undefined = jinja2.StrictUndefined
    return jinja2.Environment(loader=loader, autoescape=True, undefined=undefined, trim_blocks=True, lstrip_blocks=True)


@cache
def _one_line(template: str) -> Template:
    text = files("connect_saml_nb.training").joinpath("templates", template).read_text("utf-8")
    return environment("connect_saml_nb.training").from_string("".join(line.strip() for line in text.splitlines()))
