"""The drawing of a sign-in and its words: well-formed, complete, and without secrets, whatever stands in the capture."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import build
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from connect_saml_nb.diagnosis import diagnose
from connect_saml_nb.model.diagnosis import SignInDiagnosis
from connect_saml_nb.model.record import replace
from connect_saml_nb.model.signin import AwsMessage, FlowRole, Moment, Network, Outcome, Step
from connect_saml_nb.model.text import Text
from connect_saml_nb.model.verdict import Verdict
from connect_saml_nb.render import sequence, time_bar

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CAPTURES = Path(__file__).parent / "data" / "captures"
NAMES = sorted(path.stem for path in CAPTURES.glob("*.har"))
SECRETS = ("correct-horse", "connect-1", "sess-1", "PHNhbWxw", "SAMLResponse=")


@cache
def recorded(name: str) -> tuple[SignInDiagnosis, ...]:
    """The sign-ins of a recorded capture."""
    return diagnose(CAPTURES / f"{name}.har").sign_ins


def judged(verdict: Verdict = Verdict.USER_MISSING, **changes: Any) -> SignInDiagnosis:
    """A judgement of a sign-in made by hand."""
    if verdict is not Verdict.SIGNED_IN:
        changes = {"said": AwsMessage.NOT_ONBOARDED, "said_entry": None, **changes}
    sign_in = build.sign_in(**changes)
    return SignInDiagnosis(sign_in, verdict, Text(), matches=(), findings=(), passed=(), not_checked=())


def steps(*urls: str, role: FlowRole = FlowRole.CONNECT_REQUEST, **fields: Any) -> tuple[Step, ...]:
    """One step for each URL, numbered from 10."""
    return tuple(Step(build.entry(url, index=10 + i, **fields), role) for i, url in enumerate(urls))


def parsed(svg: str) -> Element:
    """The drawing as a browser's XML parser reads it."""
    return fromstring(svg)


def visible(svg: str) -> str:
    """All its texts, one line each."""
    return "\n".join("".join(e.itertext()) for e in parsed(svg).iter() if e.tag.endswith("}text"))


# --- recordings ---


@pytest.mark.parametrize("name", NAMES)
def test_every_step_is_drawn_with_its_entry_number(name: str) -> None:
    """The number leads to the entry in the file."""
    for diagnosis in recorded(name):
        numbers = set(re.findall(r"^#(\d+)$", visible(sequence.to_svg(diagnosis)), re.MULTILINE))
        assert {str(s.entry.index) for s in diagnosis.sign_in.steps} == numbers


@pytest.mark.parametrize("name", NAMES)
def test_every_step_is_told_with_its_entry_number(name: str) -> None:
    """The words say what the drawing shows."""
    for diagnosis in recorded(name):
        numbers = set(re.findall(r"^Entry (\d+),", "\n".join(sequence.to_words(diagnosis)), re.MULTILINE))
        assert {str(s.entry.index) for s in diagnosis.sign_in.steps} == numbers


@pytest.mark.parametrize("name", NAMES)
def test_no_form_shows_a_secret(name: str) -> None:
    """Neither a text nor a tooltip."""
    for diagnosis in recorded(name):
        svg = sequence.to_svg(diagnosis) + time_bar.to_svg(diagnosis)
        words = "\n".join([*sequence.to_words(diagnosis), *time_bar.to_words(diagnosis)])
        assert [] == [secret for secret in SECRETS if secret in svg + words]


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("firefox-samlp-wrong_audience", "✗ It broke here (entry 3): audience-wrong"),
        ("firefox-samlp-no_relaystate", "✗ It broke here (entry 5): relay-state-missing"),
        ("firefox-samlp-missing", "? It ended here (entry 5): user-not-checked"),
        ("firefox-samlp-success", "✓ It arrived (entry 7)"),
    ],
)
def test_where_it_ended_is_marked(name: str, mark: str) -> None:
    """With a mark and a word, not by colour alone."""
    assert mark in visible(sequence.to_svg(recorded(name)[0])).splitlines()


def test_where_it_broke_comes_right_after_that_step() -> None:
    """What came later stands below the box."""
    broken = judged(steps=steps("https://a.example/1", "https://a.example/2", "https://a.example/3"), said_entry=11)
    lines = [x for x in visible(sequence.to_svg(broken)).splitlines() if x.startswith(("#", "✗"))]
    assert ["#10", "#11", "✗ It broke here (entry 11): user-missing", "#12"] == lines


def test_an_end_that_is_no_step_stands_at_the_end() -> None:
    """A stopped request of a page's script, say."""
    stopped = judged(
        Verdict.SIGN_IN_BLOCKED,
        steps=steps("https://a.example/1"),
        said=None,
        outcome=Outcome.BLOCKED,
        network=Network(77, "x.example", "net::ERR_FAILED"),
    )
    words = sequence.to_words(stopped)
    assert "It broke here (entry 77): sign-in-blocked. The network or the browser stopped a request." == words[-1]


# --- many ---


def test_a_run_of_the_same_request_is_one_row() -> None:
    """A page that polls does not fill the drawing; the words name every entry."""
    polling = judged(Verdict.SIGNED_IN, steps=steps(*["https://a.example/poll?t=1"] * 30), last=None)
    rows = [line for line in visible(sequence.to_svg(polling)).splitlines() if line.startswith("#")]
    assert (["#10 ×30"], True) == (rows, sequence.to_words(polling)[0].startswith("Entries 10–39 (30 times), "))


@pytest.mark.parametrize("broke", [10, 100, 200, 309])
def test_a_long_sign_in_is_folded_but_for_where_it_broke(broke: int) -> None:
    """At most forty rows, the rest counted, and the break among what is shown."""
    long = judged(steps=steps(*(f"https://a.example/{n}" for n in range(300))), said_entry=broke)
    text = visible(sequence.to_svg(long))
    rows = re.findall(r"^#(\d+)$", text, re.MULTILINE)
    folded = sum(int(n) for n in re.findall(r"^⋮ (\d+) steps folded", text, re.MULTILINE))
    assert (True, 300, True) == (len(rows) <= sequence.MOST_ROWS, len(rows) + folded, str(broke) in rows)


def test_words_fold_nothing() -> None:
    """Nothing is lost silently."""
    long = judged(steps=steps(*(f"https://a.example/{n}" for n in range(300))), said_entry=10)
    assert 301 == len(sequence.to_words(long))


@pytest.mark.parametrize("draw", [sequence.to_svg, sequence.to_words, time_bar.to_svg, time_bar.to_words])
def test_a_sign_in_of_nothing(draw: Any) -> None:
    """A pasted response has no steps and no times of a post."""
    empty = judged(steps=(), message=None, posted_at=None, last=None, posted_to="")
    assert isinstance(draw(empty), str | list)


# --- in a page ---


@pytest.mark.parametrize("draw", [sequence.to_svg, time_bar.to_svg])
def test_a_drawing_has_nothing_that_reaches_beyond_it(draw: Any) -> None:
    """Two of them on one page do not clash: no id, no style sheet, no script, no link."""
    elements = [e for diagnosis in recorded("firefox-samlp-two_users") for e in parsed(draw(diagnosis)).iter()]
    tags = {e.tag.rpartition("}")[2] for e in elements} & {"style", "script", "a", "image", "use", "defs", "marker"}
    assert set() == tags | {a for e in elements for a in e.attrib if a in {"id", "class"} or "href" in a}


@pytest.mark.parametrize("draw", [sequence.to_svg, time_bar.to_svg])
def test_a_drawing_says_what_it_is(draw: Any) -> None:
    """For a screen reader."""
    root = parsed(draw(recorded("firefox-samlp-case")[0]))
    assert ("img", True) == (root.get("role"), len(root.get("aria-label", "")) > 20)


@pytest.mark.parametrize("said", ["x" * 5000, "漢字" * 500, "word " * 500, "漢 字 " * 500])
def test_a_long_text_stays_inside_its_box(said: str) -> None:
    """At most four lines of seventy cells, wide characters counted as two."""
    svg = sequence.to_svg(judged(steps=steps("https://a.example/"), said_text=said, said_entry=10))
    box = visible(svg).partition("✗")[2].splitlines()[1:]
    cells = [sum(2 if east_asian_width(c) in "WF" else 1 for c in line) for line in box]
    assert (True, True) == (len(box) <= 4, max(cells) <= 70)


def test_hovering_a_row_tells_the_request() -> None:
    """Method and masked URL."""
    titles = [
        e.text or "" for e in parsed(sequence.to_svg(recorded("firefox-samlp-success")[0])).iter() if "title" in e.tag
    ]
    assert any(t.startswith("entry 3: POST https://signin.aws.amazon.com/saml\n") for t in titles)


_HOSTILE = (
    "<script>alert(1)</script>",
    '"/><image href="http://x.example"/>',
    "&amp;<b>&",
    "\u202eevil\u2066",
    "\x00\x1b[31m",
    "\ud800",
    "\ufffe]]>",
    "x" * 20_000,
    "漢字" * 500,
    "שלום",
)
_TEXTS = st.text(max_size=30) | st.sampled_from(_HOSTILE)


@pytest.mark.parametrize("text", _HOSTILE, ids=range(len(_HOSTILE)))
@pytest.mark.parametrize("role", FlowRole)
def test_a_hostile_text_in_every_place_leaves_the_drawing_well_formed(role: FlowRole, text: str) -> None:
    """In a host, a path, a method, an error, AWS's text at once."""
    hosts = steps(f"https://{text}/", "https://b.example/", text, role=role, method=text, error=text, status=0)
    drawn = parsed(sequence.to_svg(judged(steps=hosts, said_text=text)))
    assert [] == [e.tag for e in drawn.iter() if e.tag.endswith(("script", "image", "}b"))]


@settings(max_examples=80, deadline=None)
@given(_TEXTS, _TEXTS, _TEXTS, st.sampled_from(FlowRole), st.integers(-1, 999))
def test_hostile_values_leave_the_drawing_well_formed(
    method: str, host: str, said: str, role: FlowRole, status: int
) -> None:
    """No markup, no invisible character, no endless text gets into it."""
    urls = (f"https://{host}/{host}", host, f"https://a.example/{host}?{host}={host}#{host}")
    hostile = judged(steps=steps(*urls, role=role, method=method, status=status, error=said), said_text=said)
    svg = sequence.to_svg(hostile)
    tags = {e.tag.rpartition("}")[2] for e in parsed(svg).iter()}
    escape_control_characters = all(c.isprintable() or c == "\n" for c in svg)
    assert (True, True, True) == (
        tags <= {"svg", "g", "title", "text", "tspan", "rect", "line", "path", "circle"},
        escape_control_characters,
        len(svg) < 40_000,
    )


@given(_TEXTS, _TEXTS)
@settings(max_examples=40, deadline=None)
def test_hostile_values_are_inert_in_words(host: str, said: str) -> None:
    """One line each."""
    hostile = judged(steps=steps(f"https://{host}/", host), said_text=said)
    assert [] == [line for line in sequence.to_words(hostile) if not line.isprintable()]


# --- times ---


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        (timedelta(minutes=20), "Posted 15 minutes after the end."),
        (timedelta(minutes=5), "Posted 0 seconds after the end."),
        (timedelta(minutes=2), "Posted 3 minutes before the end."),
        (timedelta(minutes=-3), "Posted 3 minutes before the beginning."),
    ],
)
def test_the_post_against_the_validity(after: timedelta, sentence: str) -> None:
    """By AWS's clock."""
    posted = judged(posted_at=Moment(build.NOW + after, "AWS's clock (Date header)", second=True))
    assert sentence == time_bar.to_words(posted)[-1]


def test_both_clocks_are_on_the_time_bar() -> None:
    """A browser's clock that is wrong is seen."""
    late = judged(posted_at=Moment(build.NOW + timedelta(hours=1), "AWS's clock (Date header)", second=True))
    names = [w.partition(":")[0] for w in time_bar.to_words(late)]
    assert ["Not before", "Issued", "Posted, browser's clock", "Posted, AWS's clock", "Expires"] == names[:5]


def test_without_a_post_there_is_no_time_bar() -> None:
    """And a sentence says why."""
    pasted = judged(steps=(), posted_at=None)
    assert ("", ["The recording does not hold both the assertion's times and its post."]) == (
        time_bar.to_svg(pasted),
        time_bar.to_words(pasted),
    )


def test_times_far_apart_are_drawn() -> None:
    """A clock of another century."""
    old = replace(build.assertion(), issued=build.NOW.replace(year=1), not_on_or_after=build.NOW.replace(year=9999))
    assert parsed(time_bar.to_svg(judged(assertion=old))).tag.endswith("svg")
