"""The parts of a page that show one sign-in: what the templates in `render/html/sign_in` need."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.matching import difference
from connect_saml_nb.model.users import MatchKind
from connect_saml_nb.notebook import causes
from connect_saml_nb.notebook.attributes import (
    REQUIRED,
    attribute_of,
    other_attributes,
    required_attributes,
    response_parts,
    short_name,
)
from connect_saml_nb.notebook.causes import RULES_BY_ID, question
from connect_saml_nb.notebook.steps import EXPLAINED, clock_time, posted_fields
from connect_saml_nb.render import sequence, time_bar
from connect_saml_nb.render.html import Markup, render
from connect_saml_nb.users import age_sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis
    from connect_saml_nb.model.finding import EvidencePlace, Finding
    from connect_saml_nb.model.text import Text
    from connect_saml_nb.model.verdict import Verdict

MATCH_WORDS = {
    MatchKind.EXACT: "exactly the same",
    MatchKind.SPACE: "differs in white space",
    MatchKind.CASE: "differs in capital and small letters",
    MatchKind.UNICODE: "differs in characters that look alike",
    MatchKind.DOMAIN: "another mail domain",
    MatchKind.LOCAL_PART: "with and without a mail domain",
    MatchKind.TAG: "differs in a +tag",
    MatchKind.WINDOWS_NAME: "a Windows form of the name",
    MatchKind.SPELLING: "one letter differs",
}
_WHERE = {
    "request.postData.text": "what the browser posted",
    "request.postData.params": "the fields that the browser posted",
    "response.content.text": "the page that came back",
    "response": "the answer",
    "request.url": "the address",
}


# --- where a finding can be seen ---------------------------------------------------------------------------


class Sighting(NamedTuple):
    """A place where a finding can be seen: a part of this page (`at`), the attribute, the place in the file."""

    at: str
    words: str
    attribute: str
    where: str
    detail: Text


def sightings(finding: Finding, diagnosis: SignInDiagnosis) -> list[Sighting]:
    """Every place where a finding can be seen."""
    return [_sighting(place, finding, diagnosis) for place in finding.evidence]


def _sighting(place: EvidencePlace, finding: Finding, diagnosis: SignInDiagnosis) -> Sighting:
    if place.entry is None:
        at = "user-0" if diagnosis.matches else "names"
        return Sighting(at, "the list of Amazon Connect users", "", "", place.detail)
    is_step = any(step.entry.index == place.entry for step in diagnosis.sign_in.steps)
    words = _WHERE.get(place.where)
    where = f"{words} ({place.where})" if words else place.where
    at = f"entry-{place.entry}" if is_step else ""
    return Sighting(at, f"entry {place.entry}", _attribute(place, finding, diagnosis), where, place.detail)


def _attribute(place: EvidencePlace, finding: Finding, diagnosis: SignInDiagnosis) -> str:
    """The short name of the attribute that the finding is about, where this page shows it."""
    name, assertion = attribute_of(finding.rule), diagnosis.sign_in.assertion
    message = diagnosis.sign_in.message
    if name is None or assertion is None or message is None or place.where != message.where:
        return ""
    return short_name(name) if name in REQUIRED or assertion.attribute(name) is not None else ""


# --- the parts ---------------------------------------------------------------------------------------------


def verdict_card(diagnosis: SignInDiagnosis) -> Markup:
    """The cause in one sentence, what it rests on, and what to do."""
    return _part("card", diagnosis)


def causes_table(diagnosis: SignInDiagnosis) -> Markup:
    """AWS's three causes side by side; nothing where they are not the question."""
    return _part("causes", diagnosis)


def matches_table(diagnosis: SignInDiagnosis) -> Markup:
    """The name in the response beside each Connect user that could be meant."""
    return _part("matches", diagnosis)


def attribute_table(diagnosis: SignInDiagnosis) -> Markup:
    """The attributes of the assertion, each with what the rules say of it."""
    return _part("attributes", diagnosis)


def steps_table(diagnosis: SignInDiagnosis) -> Markup:
    """The sign-in's requests in order."""
    marked = {p.entry for f in diagnosis.findings if f.verdict == diagnosis.verdict for p in f.evidence}
    last = diagnosis.sign_in.last.index if diagnosis.sign_in.last else None
    return _part("steps", diagnosis, marked=marked, last=last)


def picture(diagnosis: SignInDiagnosis) -> Markup:
    """The sign-in as a sequence diagram, with the same in words below it."""
    return _picture(sequence.to_svg(diagnosis), "The picture in words", sequence.to_words(diagnosis))


def times(diagnosis: SignInDiagnosis) -> Markup:
    """When the response was issued, valid and posted, with the same in words below it."""
    return _picture(time_bar.to_svg(diagnosis), "The times in words", time_bar.to_words(diagnosis))


def _picture(drawing: str, title: str, words: Sequence[str]) -> Markup:
    return render("sign_in/picture.html", drawing=drawing, title=title, words=words)


def _part(name: str, diagnosis: SignInDiagnosis | None, **values: object) -> Markup:
    return render(f"sign_in/{name}.html", diagnosis=diagnosis, **_HELPERS, **values)


_HELPERS = {
    "rules": RULES_BY_ID,
    "question": question,
    "not_onboarded_causes": causes.not_onboarded_causes,
    "unanswered": causes.unanswered,
    "sightings": sightings,
    "age_sentence": age_sentence,
    "match_words": MATCH_WORDS,
    "difference": difference,
    "required_attributes": required_attributes,
    "other_attributes": other_attributes,
    "response_parts": response_parts,
    "explained": EXPLAINED,
    "clock_time": clock_time,
    "posted_fields": posted_fields,
    "picture": picture,
    "time_bar": times,
    "steps_table": steps_table,
}


# --- the whole ---------------------------------------------------------------------------------------------


class Pick(NamedTuple):
    """A sign-in to choose, or a capture without one."""

    capture: Diagnosis
    diagnosis: SignInDiagnosis | None
    place: str
    is_shown: bool

    @property
    def verdict(self) -> Verdict | None:
        """The sign-in's verdict, or the capture's."""
        return self.diagnosis.verdict if self.diagnosis else self.capture.verdict

    @property
    def what(self) -> str:
        """What its button shows, for a screen reader."""
        return f"sign-in {self.diagnosis.sign_in.number}" if self.diagnosis else "capture"


def result(captures: Sequence[Diagnosis], chosen: tuple[int, int]) -> Markup:
    """The chosen sign-in's diagnosis, below a choice where there are several. Nothing without captures."""
    if not captures:
        return Markup()
    picks = [
        Pick(capture, capture.sign_ins[n] if capture.sign_ins else None, f"{at}:{n}", (at, n) == chosen)
        for at, capture in enumerate(captures)
        for n in range(max(1, len(capture.sign_ins)))
    ]
    capture = captures[chosen[0]]
    diagnosis = capture.sign_ins[chosen[1]] if capture.sign_ins else None
    key = f"{chosen[0]}:{chosen[1]}:{capture.verdict}:{diagnosis.verdict if diagnosis else ''}"
    sign_ins = sum(len(each.sign_ins) for each in captures)
    return _part("result", diagnosis, capture=capture, picks=picks, sign_ins=sign_ins, key=key)
