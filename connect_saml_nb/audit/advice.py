"""What an audit says, in sentences."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from connect_saml_nb.idp.products import Topic, setting
from connect_saml_nb.matching import difference, impossible_reason
from connect_saml_nb.model.users import MatchKind
from connect_saml_nb.rules import remedy_of
from connect_saml_nb.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connect_saml_nb.audit.values import Audit, Failing, Fit, Shared, Unreached
    from connect_saml_nb.model.finding import Action
    from connect_saml_nb.model.verdict import Verdict


class VerdictWords(NamedTuple):
    """A verdict's title and remedy, those of its rule."""

    title: str
    remedy: tuple[Action, ...]


@lru_cache(maxsize=64)
def cause(verdict: Verdict) -> VerdictWords:
    """A verdict in words."""
    return VerdictWords(verdict.headline, remedy_of(verdict))


def counted(count: int, one: str, many: str = "") -> str:
    """A number with its word: `1 person`, `2,000 people`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def people(count: int) -> str:
    """So many people."""
    return counted(count, "person", "people")


# --- one person, one user ----------------------------------------------------------------------------------


def reason(failing: Failing) -> str:
    """Why a person will not find a Connect user, as a sentence."""
    name = failing.person.name
    if not name.strip():
        return f"The row ({quoted(failing.person.label)}) has nothing in the claim's column."
    near = _near(failing)
    if failing.verdict == "role-session-name-invalid":
        return f"AWS refuses {quoted(name)} as a RoleSessionName: 2 to 64 letters A-Z, digits and _+=,.@- only.{near}"
    if failing.verdict == "user-name-impossible":
        reason = impossible_reason(name)
        return f"{reason.capitalized() if reason else ''}{near}"
    if failing.verdict == "user-missing":
        return f"No Connect user is {quoted(name)} or like it."
    if failing.verdict == "user-not-checked":
        return f"{quoted(name)} is not in the list of Connect users, which is incomplete.{near}"
    return near.strip()


def _near(failing: Failing) -> str:
    if not failing.matches:
        return ""
    name, other = failing.person.name, failing.matches[0].user.username
    more = failing.candidates - 1
    also = f" ({counted(more, 'other user')} could be meant too)" if more else ""
    return f" The Connect user is {quoted(other)}: {difference(name, other)}{also}."


def reason_unreached(unreached: Unreached) -> str:
    """Why nobody can sign in as a Connect user, as a sentence."""
    if unreached.step is MatchKind.EXACT:
        return "Whoever has this name is disabled at the identity provider."
    if unreached.case_variant:
        return f"The person signs in as {quoted(unreached.case_variant)}, a user equal except for letter case."
    if unreached.person is None:
        return "Nobody in the export has this name or one like it."
    return f"Row {unreached.person.row:,} has {quoted(unreached.person.name)} instead."


def reason_shared(shared: Shared) -> str:
    """Why several people on one user matter, as a sentence."""
    rows = ", ".join(f"{row:,}" for row in shared.rows)
    more = f" and {shared.count - len(shared.rows):,} more" if shared.count > len(shared.rows) else ""
    return f"{people(shared.count)} would sign in as this one user (rows {rows}{more})."


# --- what helps many ---------------------------------------------------------------------------------------

_MOST_DOMAINS = 3


def advice(audit: Audit) -> Iterator[str]:
    """What would help many people at once, as sentences."""
    if better := _better_column(audit):
        yield _other_column(audit, better)
    if small := _in_small_letters(audit):
        yield f"IdP admin: {people(small)} of those who fail would pass if the name were sent in small letters."
    for (domain, other), count in _domains(audit).most_common(_MOST_DOMAINS):
        names = f"the name has {quoted(domain)}, the user {quoted(other)}"
        yield f"IdP admin: {people(count)} differ from a Connect user in the domain only: {names}."
    if cut := sum(failing.step is MatchKind.LOCAL_PART for failing in audit.failing):
        yield f"IdP admin: {people(cut)} have a Connect user of the same name, but one of the two has no mail domain."
    if audit.failing and (documented := setting(audit.export.product, Topic.ROLE_SESSION_NAME)):
        yield f"IdP admin ({audit.export.product}): {documented.text} (see {documented.docs})."


def _other_column(audit: Audit, better: Fit) -> str:
    taken, best = quoted(audit.export.choice.column), quoted(better.column)
    own = next((fit.exact for fit in audit.export.fits if fit.column == audit.export.choice.column), 0)
    return (
        f"IdP admin: of the first {audit.export.sampled:,} rows, {better.exact:,} hold exactly a Connect username in "
        f"{best}, and {own:,} in {taken}. If the application sends {taken}, send {best} instead; if it sends "
        f"{best} already, audit again with that column."
    )


def _better_column(audit: Audit) -> Fit | None:
    """The column that fits clearly better than the one that is taken."""
    fits = {fit.column: fit for fit in audit.export.fits}
    own = fits.get(audit.export.choice.column)
    best = max(fits.values(), key=lambda fit: fit.exact, default=None)
    clearly = best is not None and best.exact - (own.exact if own else 0) > audit.export.sampled // 20
    return best if clearly else None


def _in_small_letters(audit: Audit) -> int:
    usernames = {user.username for user in audit.users.users}
    return sum(f.person.name.lower() in usernames for f in audit.failing)


def _domains(audit: Audit) -> Counter[tuple[str, str]]:
    pairs: Counter[tuple[str, str]] = Counter()
    for failing in audit.failing:
        if failing.step is MatchKind.DOMAIN:
            name, other = failing.person.name, failing.matches[0].user.username
            pairs[name.rpartition("@")[2].casefold(), other.rpartition("@")[2].casefold()] += 1
    return Counter({pair: count for pair, count in pairs.items() if count > 1})


# --- the whole ---------------------------------------------------------------------------------------------


def summary_lines(audit: Audit) -> tuple[str, ...]:
    """An audit in a few sentences: what was compared, by which column, and the counts."""
    users = audit.users
    where = " ".join(filter(None, (users.instance_id, users.region)))
    of = f" of instance {where}" if where else ""
    whole = "complete" if users.complete else "INCOMPLETE"
    off = f" (and {audit.disabled:,} disabled there)" if audit.disabled else ""
    listed = f"{counted(len(users), 'Connect user')}{of} from {users.source} ({whole})"
    return (
        f"{people(audit.people)} in {audit.export.source}{off}, compared with {listed}.",
        f"RoleSessionName is taken from the column {quoted(audit.export.choice.column)}. {audit.export.choice.reason}",
        f"{audit.passing:,} will find their Connect user; {audit.people - audit.passing:,} will not.",
        f"{counted(len(audit.unreached), 'Connect user')} nobody can sign in as.",
        *_of_shared(audit),
    )


def _of_shared(audit: Audit) -> Iterator[str]:
    if audit.shared:
        yield f"{counted(len(audit.shared), 'Connect user')} that several people would share."
    if audit.duplicates:
        yield f"{counted(len(audit.duplicates), 'group')} of Connect users that differ only in letter case."
