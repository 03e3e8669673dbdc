"""What differs between a sign-in that works and one that does not: what explains the verdict first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connect_saml_nb.compare.answers import Same, answers
from connect_saml_nb.compare.values import Comparison, Difference, NotCompared, Pair, Side, Weight
from connect_saml_nb.compare.weights import place
from connect_saml_nb.model.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.model.diagnosis import Diagnosis, SignInDiagnosis

__all__ = ["Comparison", "Difference", "NotCompared", "Side", "Weight", "compare"]


def compare(good: Diagnosis, bad: Diagnosis) -> Comparison:
    """Compare the last sign-in of `good` that reached Connect with the worst one of `bad` (the last of equals).

    Where `good` holds none that reached Connect, its last one is taken, and `notes` say so. Never raises on content:
    a diagnosis without sign-ins gives a comparison without differences, and a note.
    """
    mine, theirs = _side(good, _best(good)), _side(bad, _worst(bad))
    if mine.sign_in_diagnosis is None or theirs.sign_in_diagnosis is None:
        return Comparison(mine, theirs, (), (), (), tuple(_absent(mine, theirs)))
    pair = Pair(mine.sign_in_diagnosis, theirs.sign_in_diagnosis, (mine.creator, theirs.creator))
    told = [*answers(pair)]
    differences = [a for a in told if isinstance(a, Difference)]
    ordered = tuple(sorted(differences, key=lambda d: (_WEIGHTS.index(d.weight), place(d.aspect, pair))))
    return Comparison(
        good=mine,
        bad=theirs,
        differences=ordered,
        same=tuple(a.aspect for a in told if isinstance(a, Same)),
        not_compared=tuple(a for a in told if isinstance(a, NotCompared)),
        notes=tuple(_notes(good, bad, pair, ordered)),
    )


_WEIGHTS = tuple(Weight)


# --- which sign-in -----------------------------------------------------------------------------------------


def _best(diagnosis: Diagnosis) -> SignInDiagnosis | None:
    reached = [j for j in diagnosis.sign_ins if j.verdict is Verdict.SIGNED_IN]
    return next(reversed(reached or diagnosis.sign_ins), None)


def _worst(diagnosis: Diagnosis) -> SignInDiagnosis | None:
    return max(reversed(diagnosis.sign_ins), key=lambda j: j.verdict.rank, default=None)


def _side(diagnosis: Diagnosis, sign_in_diagnosis: SignInDiagnosis | None) -> Side:
    return Side(
        name=diagnosis.name,
        creator=diagnosis.creator,
        sign_in_diagnosis=sign_in_diagnosis,
        verdict=sign_in_diagnosis.verdict if sign_in_diagnosis else diagnosis.verdict,
        count=len(diagnosis.sign_ins),
        problem=diagnosis.problem or diagnosis.note,
    )


# --- what to know before reading ---------------------------------------------------------------------------


def _absent(good: Side, bad: Side) -> Iterator[str]:
    for word, side in (("GOOD", good), ("BAD", bad)):
        if side.sign_in_diagnosis is None:
            what = "could not be read" if side.verdict is None else "holds no sign-in to Connect"
            yield f"{word} {what}, so nothing was compared. {side.problem or ''}".rstrip()


def _notes(good: Diagnosis, bad: Diagnosis, pair: Pair, differences: tuple[Difference, ...]) -> Iterator[str]:
    if pair.good.verdict is not Verdict.SIGNED_IN:
        yield _not_good(pair)
    if twice := _same_input(good, bad, pair):
        yield twice
    elif pair.bad.verdict == pair.good.verdict is Verdict.SIGNED_IN:
        yield "Both sign-ins reached Connect: no difference explains a failure."
    for word, diagnosis in (("GOOD", pair.good), ("BAD", pair.bad)):
        if diagnosis.sign_in.assertion is None:
            yield f"{word} has no readable assertion: only what stands outside of it was compared."
    if _unexplained(pair, differences):
        yield (
            f"Nothing that differs between the two explains {pair.bad.verdict}: look for what no recording shows and "
            "has changed since GOOD (the Connect users, the role's policies, the provider in IAM)."
        )


def _not_good(pair: Pair) -> str:
    if pair.bad.verdict is Verdict.SIGNED_IN:
        return "GOOD did not reach Connect, and BAD did: are the two swapped?"
    same = f" Both ended as {pair.bad.verdict}, so no difference explains it." if _alike(pair) else ""
    return f"GOOD holds no sign-in that reached Connect; its last one is compared ({pair.good.verdict}).{same}"


def _alike(pair: Pair) -> bool:
    return pair.good.verdict == pair.bad.verdict


def _unexplained(pair: Pair, differences: tuple[Difference, ...]) -> bool:
    named = pair.bad.verdict is not Verdict.SIGNED_IN and not pair.bad.verdict.is_open
    return named and not _alike(pair) and not any(d.weight in {Weight.EXPLAINS, Weight.POSSIBLE} for d in differences)


def _same_input(good: Diagnosis, bad: Diagnosis, pair: Pair) -> str | None:
    mine, theirs = pair.sign_ins
    if good.capture and bad.capture and good.capture.entries == bad.capture.entries and good.capture.entries:
        if mine.number == theirs.number:
            return "GOOD and BAD are one recording and one sign-in: nothing can differ. Give two different ones."
        return f"GOOD and BAD are one recording: sign-in {mine.number} is compared with sign-in {theirs.number} of it."
    ids = [s.assertion.id if s.assertion else "" for s in (mine, theirs)]
    if ids[0] and ids[0] == ids[1]:
        return "GOOD and BAD hold the same assertion, so it can explain nothing; only the way it took can differ."
    return None
