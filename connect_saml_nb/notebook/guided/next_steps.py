"""Step 4 as HTML: what-if, compare, check again, hand over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.compare import Weight
from connect_saml_nb.notebook import widgets
from connect_saml_nb.notebook.components import (
    esc,
    esc_lines,
    folded,
    items,
    marked,
    match_words,
    notice,
    row,
    sentence,
    table,
    title_of,
    value,
)
from connect_saml_nb.notebook.guided import case_pack, evidence_panel, recording_help
from connect_saml_nb.notebook.guided.model import GuidedModel, Intake, More
from connect_saml_nb.render import comparison

if TYPE_CHECKING:
    from connect_saml_nb.compare import Comparison, Side
    from connect_saml_nb.notebook.guided.recheck import Recheck
    from connect_saml_nb.notebook.guided.what_if import Supposed

_MORES = {
    More.WHAT_IF: (
        "What if …?",
        "Change the name or the users in thought, and see whether Connect would find the user.",
    ),
    More.EVIDENCE: (
        "Check more",
        "Ask the AWS account, or give the identity provider’s metadata: what was not checked can be checked then.",
    ),
    More.COMPARE: ("Compare", "With a recording of a sign-in that works: what differs, and what of it explains this."),
    More.AGAIN: ("Check again", "After the fix: a second recording, or the users asked for again. Is the cause gone?"),
    More.HAND_OVER: ("Hand over", "A case pack for a ticket, a request for a better recording, a reply to the person."),
}


def more_html(model: GuidedModel, progress: str = "") -> str:
    """What can be done with the verdict that is shown; nothing before there is one; `progress` of a question to AWS."""
    if model.sign_in_diagnosis is None:
        return ""
    options = [(m.value, *_MORES[m]) for m in More]
    html = "<h2>4 · And then?</h2>" + widgets.choice("What next?", "more", options, model.more)
    shown = {
        More.WHAT_IF: _what_if,
        More.EVIDENCE: lambda m: evidence_panel.evidence_html(m, progress),
        More.COMPARE: _compare,
        More.AGAIN: _again,
        More.HAND_OVER: _hand_over,
    }[model.more]
    return html + shown(model)


# --- what if -----------------------------------------------------------------------------------------------


def _what_if(model: GuidedModel) -> str:
    diagnosis, supposed = model.sign_in_diagnosis, model.supposition
    name = diagnosis.sign_in.role_session_name if diagnosis else None
    if name is None:
        return "<p>The recording holds no readable name, so there is nothing to suppose.</p>"
    fields = (
        widgets.entry(
            "The name that the response would carry",
            "name",
            name if supposed.name is None else supposed.name,
            live=True,
        )
        + widgets.entry("Users who would be there too", "added", supposed.added, "jane.doe@corp.example, …", live=True)
        + widgets.entry("Users who would not be there", "removed", supposed.removed, live=True)
    )
    return f'<div class="cs-fields">{fields}</div>{widgets.said(_supposed(model.supposed))}'


def _supposed(supposed: Supposed | None) -> str:
    if supposed is None:
        return '<p class="cs-quiet">Change something: what would follow stands here at once.</p>'
    mood, sign = {True: ("good", "✔"), False: ("bad", "✖"), None: ("open", "?")}[supposed.is_found]
    rows = [
        row((f'<dl class="cs-pair">{_pair(supposed.name, m.user.username)}</dl>', esc(match_words(m.step))))
        for m in supposed.matches[:5]
    ]
    matches = table(("The two names", "How they differ"), rows, "Users that would be meant") if rows else ""
    note = f"<p>{esc(supposed.note)}</p>" if supposed.note else ""
    head = f'<strong><span aria-hidden="true">{sign}</span> {esc(supposed.headline)}</strong>'
    return (
        f'<div class="cs-supposed cs-{mood}"><p class="cs-over"><strong>Only supposed: nothing is changed anywhere.'
        f"</strong> {supposed.users:,} users.</p><p>{head}</p>"
        f'<p dir="ltr">{sentence(supposed.why)}</p>{note}{matches}</div>'
    )


def _pair(name: str, username: str) -> str:
    ours, theirs = marked(name, username)
    return f"<dt>Name</dt><dd>{ours}</dd><dt>Connect user</dt><dd>{theirs}</dd>"


# --- compare -----------------------------------------------------------------------------------------------


def _compare(model: GuidedModel) -> str:
    return widgets.button("Use the example that works", "good_sample") if model.intake is Intake.SAMPLE else ""


def comparison_html(compared: Comparison) -> str:
    """What differs between two sign-ins, what explains the failure first."""
    sides = "".join(
        f"<dt>{word}</dt><dd>{_side(side)}</dd>" for word, side in (("Works", compared.good), ("Fails", compared.bad))
    )
    parts = "".join(_differences(compared, weight) for weight in Weight)
    same = f"<p><strong>The same in both:</strong> {esc(', '.join(compared.same))}.</p>" if compared.same else ""
    skipped = items(f"{esc(n.aspect)}: {esc(n.reason)}" for n in compared.not_compared)
    notes = "".join(map(notice, compared.notes))
    return (
        f'<div data-at="comparison" tabindex="-1"><dl class="cs-pair">{sides}</dl>{notes}{parts}{same}'
        f"{'<p><strong>Not compared:</strong></p>' + skipped if skipped else ''}</div>"
    )


def _side(side: Side) -> str:
    verdict = title_of(side.verdict) if side.verdict else "not readable"
    name = side.sign_in_diagnosis.sign_in.role_session_name if side.sign_in_diagnosis else None
    return f"{value(side.name)}: {esc(verdict)}{', ' + value(name) if name else ''}"


def _differences(compared: Comparison, weight: Weight) -> str:
    found = compared.weighing(weight)
    if not found:
        return ""
    rows = [
        row(
            (f"<strong>{esc(d.aspect)}</strong>", _shown(d.good), _shown(d.bad), sentence(d.sentence)),
            mark="cs-here" if d.explains else "",
        )
        for d in found
    ]
    title = comparison.heading(weight, compared)
    return f"<h4>{esc(title)}</h4>{table(('', 'Works', 'Fails', 'What it means'), rows, title)}"


def _shown(text: str | None) -> str:
    return value(text) if text is not None else "<em>none</em>"


# --- check again -------------------------------------------------------------------------------------------


def _again(model: GuidedModel) -> str:
    done = "<p>What came of it stands above the verdict.</p>" if model.recheck else ""
    return (
        "<p>Give the recording of a new sign-in below. Or, where the fix was in the users: ask AWS again, or give the "
        f"saved list again, in step 2.</p>{done}"
    )


def recheck_html(recheck: Recheck | None) -> str:
    """Whether the cause is gone."""
    if recheck is None:
        return ""
    sign, mood, words = recheck.change.value
    head = f'<p><strong><span aria-hidden="true">{sign}</span> {words}.</strong></p>'
    return (
        f'<div class="cs-notice cs-{mood}" data-at="recheck" tabindex="-1">{head}'
        f'<p dir="ltr">{sentence(recheck.why)}</p></div>'
    )


# --- hand over ---------------------------------------------------------------------------------------------


def _hand_over(model: GuidedModel) -> str:
    diagnosis = model.sign_in_diagnosis
    reply = _copied("Copy the reply", case_pack.reply_text(diagnosis)) if diagnosis else ""
    requests = "".join(
        folded(f"For {b.value}", _copied("Copy the request", recording_help.request_text(b)))
        for b in recording_help.Recorder
    )
    return (
        "<h4>Case pack</h4><p>A zip with the report (HTML), the same as JSON, and the commands. Cookies, tokens and "
        "passwords are never in it.</p>"
        + _contents(model.contents)
        + widgets.button("Download the case pack", "pack", main=True)
        + " "
        + widgets.button("Only the redacted recording", "redacted")
        + f"<h4>Reply to the person, after the fix</h4>{reply}<h4>Ask for a usable recording</h4>{requests}"
    )


def _contents(contents: case_pack.Contents) -> str:
    """What can be put into the pack; real responses and made-up names exclude each other."""
    ticks = widgets.tick(
        "With the redacted recording: nobody can sign in with it, and it can still be diagnosed.",
        "recording",
        is_on=contents.recording,
    ) + widgets.tick(
        "With made-up names: people, companies, hosts, accounts and instances get other names, the same in every file.",
        "pseudonyms",
        is_on=contents.pseudonyms,
    )
    if contents.pseudonyms:
        return ticks
    return ticks + widgets.tick(
        "With the SAML responses as they were. Whoever gets them can be this person at AWS until they expire.",
        "responses",
        is_on=contents.responses,
    )


def _copied(words: str, text: str) -> str:
    """A text to copy."""
    return (
        f'<div class="cs-code"><pre tabindex="0" aria-label="Text">{esc_lines(text)}</pre>'
        f'<button type="button" class="cs-small" data-copy="pre">{esc(words)}</button></div>'
    )
