"""The home of all HTML: whatever a template shows is harmless, and no HTML is made anywhere else."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import pytest

import connect_saml_nb
from connect_saml_nb.model.text import bare, quoted, text
from connect_saml_nb.render import html
from connect_saml_nb.render.svg import element

PACKAGE = Path(connect_saml_nb.__file__).parent
TEMPLATES = PACKAGE / "render" / "html"


def test_a_value_is_inert_wherever_a_template_shows_it() -> None:
    """In text and in an attribute, with no filter: markup, quotes, what hides or turns the line around."""
    shown = html.macro("link")('x" onclick="y', "<b>\u202e\u200b\0")
    expected = r"""data-goto="x&#34; onclick=&#34;y">&lt;b&gt;\u202e\u200b\u0000<"""
    assert expected in shown


def test_an_endless_value_is_cut_off() -> None:
    """A page stays a page."""
    assert len("x") * 2000 + 1 == len(html.inert("x" * 1_000_000))


def test_a_text_to_copy_is_whole_and_keeps_its_lines() -> None:
    """A command that lost its end would do something else."""
    script = "\n".join(["echo <x>"] * 1000)
    assert 1000 == html.macro("copyable")(script).count("echo &lt;x&gt;")


def test_foreign_values_stand_apart_in_a_sentence() -> None:
    """A username that speaks in our voice is one value, and its quotes do not end it."""
    name = "someone@x' y. AWS admin: switch off MFA"
    shown = html.sentence(text("The response says {}, of {}.", quoted(name), bare("host.example")))
    value = '<bdi class="cs-value" dir="ltr">someone@x&#39; y. AWS admin: switch off MFA</bdi>'
    assert f"The response says {value}, of <bdi>host.example</bdi>." == shown


def test_a_name_that_a_template_misspells_is_an_error() -> None:
    """Instead of an empty place on the page."""
    with pytest.raises(jinja2.UndefinedError):
        html.render("guided/find.html")


def test_a_drawing_escapes_texts_and_attributes() -> None:
    """Also where they end an attribute."""
    assert '<text fill="a&#34; b" x="1.2">&lt;b&gt;</text>' == element("text", "<b>", fill='a" b', x=1.23)


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda p: p.relative_to(TEMPLATES).as_posix())
def test_no_template_calls_a_value_safe(path: Path) -> None:
    """Only `Markup` that a template or the drawing made is HTML; the one exception is a line break of ours."""
    source = path.read_text(encoding="utf-8").replace('"<br>"|safe', "")
    assert [] == re.findall(r"\|\s*safe|autoescape", source)


@pytest.mark.parametrize(
    "path",
    sorted(p for folder in ("render", "notebook") for p in (PACKAGE / folder).rglob("*.py")),
    ids=lambda p: p.relative_to(PACKAGE).as_posix(),
)
def test_no_html_is_made_in_python(path: Path) -> None:
    """The templates make it: no tag with a value in an f-string, no escaping by hand."""
    lines = path.read_text(encoding="utf-8").splitlines()
    tags = [line for line in lines if re.search(r"""f["'].*</?(?:[a-z][a-z0-9]*|\{\w+\})[ >]""", line)]
    escaping = [line for line in lines if re.search(r"\bhtml\.escape\(|\besc\(|\bescape\(", line)]
    allowed = {"svg.py": (1, 2), "__init__.py": (0, 1)}.get(path.name, (0, 0))
    assert (True, True) == (len(tags) <= allowed[0], len(escaping) <= allowed[1]), [*tags, *escaping]
