"""What the columns of directory exports are called, and which of them is the claim's."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from connect_saml_nb.audit.problems import ChoiceReason, ExportProblem
from connect_saml_nb.audit.values import ColumnChoice, Fit
from connect_saml_nb.errors import ConnectSamlError
from connect_saml_nb.idp.products import ENTRA, IDENTITY_CENTER, Topic, setting

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from collections.abc import Set as AbstractSet

#: Names that say what a column is, white space and punctuation left out, in the order in which they are guessed.
_CLAIM = ("rolesessionname", "awsrolesessionname")
_LOGIN = (
    *("userprincipalname", "upn", "profilelogin", "login", "oktausername", "username", "userid", "primaryemail"),
    *("emailaddress", "profileemail", "email", "mail", "emails0value", "samaccountname", "uid", "name"),
)
_LABEL = (
    *("userprincipalname", "profilelogin", "login", "username", "primaryemail", "emailaddress", "mail", "email"),
    *("displayname", "name", "samaccountname", "dn", "distinguishedname", "id", "objectid"),
)
_OTHERS = (
    *("givenname", "surname", "sn", "firstname", "lastname", "usertype", "department", "jobtitle", "employeeid"),
    *("orgunitpath", "cn", "objectclass", "orgunitpathrequired"),
)
_BRACKETS = re.compile(r"[\[(]([^\])]*)[\])]")
_NO_LETTER = re.compile(r"[\W_]+")


def plain(name: str) -> str:
    """A column's name to compare by: `Email Address [Required]` is `emailaddress`."""
    return _NO_LETTER.sub("", _BRACKETS.sub("", name[:200])).casefold()


@lru_cache(maxsize=4096)
def forms(name: str) -> tuple[str, ...]:
    """The names to know a column by: in Entra's templates the one in brackets (`User name [userPrincipalName]`)."""
    inner = (_NO_LETTER.sub("", found).casefold() for found in _BRACKETS.findall(name[:200]))
    return (plain(name), *inner)


def is_known(name: str) -> bool:
    """Whether the name is one of a directory export's columns."""
    return any(form in _KNOWN for form in forms(name))


def position(columns: Sequence[str], names: Iterable[str]) -> int | None:
    """The place of the first of the known `names` that a column has, or None."""
    known = {form: at for at, column in reversed([*enumerate(columns)]) for form in reversed(forms(column))}
    return next((known[name] for name in names if name in known), None)


# --- whether a person is active ----------------------------------------------------------------------------

_ENABLED = ("accountenabled", "enabled", "active", "isenabled", "isactive")
_DISABLED = ("suspended", "issuspended", "blocksignin", "blockcredential", "accountdisabled", "disabled", "isdisabled")
_STATUS = ("status", "userstatus", "oktauserstatus", "accountstatus")
_CONTROL = ("useraccountcontrol",)
_YES = frozenset({"true", "yes", "1", "enabled"})
_NO = frozenset({"false", "no", "0", "disabled"})
# Okta: users API, user status. Google: the Status column of the admin console's download.
_STOPPED = frozenset(
    {"suspended", "deprovisioned", "deactivated", "inactive", "disabled", "archived", "deleted", "staged"}
)
_ACCOUNTDISABLE = 0x2  # Microsoft, "UserAccountControl property flags"


class Activity:
    """Reads from a row whether the person is active, by the one column that says so."""

    def __init__(self, columns: Sequence[str]) -> None:
        kinds = ((_ENABLED, _flag), (_DISABLED, _not_flag), (_STATUS, _status), (_CONTROL, _control))
        self.at: int | None = None
        self._read = _flag
        for names, read in kinds:
            if self.at is None and (at := position(columns, names)) is not None:
                self.at, self._read = at, read

    def of(self, cells: Sequence[str]) -> bool | None:
        """True, False, or None where the row does not tell."""
        return self._read(cells[self.at].strip().casefold()) if self.at is not None and self.at < len(cells) else None


def _flag(cell: str) -> bool | None:
    return True if cell in _YES else False if cell in _NO else None


def _not_flag(cell: str) -> bool | None:
    flag = _flag(cell)
    return None if flag is None else not flag


def _status(cell: str) -> bool | None:
    return cell not in _STOPPED if cell else None


def _control(cell: str) -> bool | None:
    return not int(cell) & _ACCOUNTDISABLE if cell.isascii() and cell.isdigit() and len(cell) < 12 else None  # noqa: PLR2004 -- 32 bits


_KNOWN = frozenset((*_CLAIM, *_LOGIN, *_LABEL, *_OTHERS, *_ENABLED, *_DISABLED, *_STATUS, *_CONTROL))


# --- the product and its column ----------------------------------------------------------------------------

_OKTA, _GOOGLE = "Okta", "Google"
#: The columns by which a product is known: all of them are there.
_PRODUCTS = (
    (IDENTITY_CENTER, ("identitystoreid", "userid")),
    (ENTRA, ("userprincipalname", "usertype")),
    (ENTRA, ("userprincipalname", "accountenabled")),
    (ENTRA, ("userprincipalname", "businessphones0")),
    (ENTRA, ("userprincipalname", "onpremisessyncenabled")),
    (_GOOGLE, ("primaryemail", "orgunitpath")),
    (_GOOGLE, ("emailaddress", "orgunitpath")),
    (_OKTA, ("profilelogin",)),
    (_OKTA, ("oktausername",)),
    (_OKTA, ("login", "secondemail")),
)
#: The column that a product sends unless that was changed, where a document says so (`products`, ROLE_SESSION_NAME).
_DEFAULTS = {ENTRA: ("userprincipalname",), _GOOGLE: ("primaryemail", "emailaddress")}


def product_of(columns: Sequence[str]) -> str | None:
    """The identity provider's product that the columns show, or None."""
    known = {form for column in columns for form in forms(column)}
    return next((product for product, names in _PRODUCTS if known.issuperset(names)), None)


class ColumnSample:
    """The first rows, counted by column."""

    def __init__(self, columns: Sequence[str], usernames: AbstractSet[str], seen: Collection[str]) -> None:
        self.rows = 0
        self._columns = columns
        self._usernames = usernames
        self._folded = frozenset(name.casefold() for name in usernames)
        self._seen = frozenset(seen)
        self._exact = [0] * len(columns)
        self._near = [0] * len(columns)
        self._found: list[set[str]] = [set() for _ in columns]

    def add(self, cells: Sequence[str]) -> None:
        """Count the cells of one row."""
        self.rows += 1
        for at, cell in enumerate(cells[: len(self._columns)]):
            if cell in self._usernames:
                self._exact[at] += 1
                self._near[at] += 1
            elif cell.casefold() in self._folded:
                self._near[at] += 1
            if cell in self._seen:
                self._found[at].add(cell)

    def fits(self) -> tuple[Fit, ...]:
        """The columns in which a Connect username stands at all, the best first."""
        found = (Fit(c, e, n) for c, e, n in zip(self._columns, self._exact, self._near, strict=True) if n)
        return tuple(sorted(found, key=lambda fit: (-fit.exact, -fit.folded)))

    def most_seen(self) -> tuple[str, int]:
        """The column that holds most of the names seen in captures, and how many."""
        counts = [len(names) for names in self._found]
        best = max(range(len(counts)), key=counts.__getitem__)
        return self._columns[best], counts[best]


def choose(columns: Sequence[str], sample: ColumnSample, *, wanted: str | None, seen: int) -> ColumnChoice:
    """The column that is taken for the claim. Raises ConnectSamlError where none can be."""
    if wanted is not None:
        return ColumnChoice(_named(columns, wanted), ChoiceReason.NAMED(), guessed=False)
    if seen and (found := sample.most_seen())[1]:
        return ColumnChoice(found[0], ChoiceReason.SEEN(found=found[1], seen=seen), guessed=2 * found[1] < seen)
    if (at := position(columns, _CLAIM)) is not None:
        return ColumnChoice(columns[at], ChoiceReason.CLAIM_NAME(), guessed=False)
    return _default(columns) or _best_fit(sample) or _usual(columns)


def _named(columns: Sequence[str], wanted: str) -> str:
    exact = (c for c in columns if c == wanted)
    near = (c for c in columns if plain(wanted) in forms(c))
    if (found := next(exact, None) or next(near, None)) is None:
        raise ConnectSamlError(ExportProblem.NO_SUCH_COLUMN(columns=", ".join(columns[:60])))
    return found


def _default(columns: Sequence[str]) -> ColumnChoice | None:
    product = product_of(columns)
    at = position(columns, _DEFAULTS.get(product or "", ()))
    documented = setting(product, Topic.ROLE_SESSION_NAME)
    if at is None or documented is None:
        return None
    return ColumnChoice(columns[at], ChoiceReason.DEFAULT(product=product, docs=documented.docs), guessed=True)


def _best_fit(sample: ColumnSample) -> ColumnChoice | None:
    best = max(sample.fits(), key=lambda fit: (fit.folded, fit.exact), default=None)
    if best is None:
        return None
    return ColumnChoice(best.column, ChoiceReason.BEST_FIT(found=best.folded, rows=sample.rows), guessed=True)


def _usual(columns: Sequence[str]) -> ColumnChoice:
    if len(columns) == 1:
        return ColumnChoice(columns[0], ChoiceReason.ONLY(), guessed=False)
    if (at := position(columns, _LOGIN)) is None:
        raise ConnectSamlError(ExportProblem.COLUMN_NOT_KNOWN(columns=", ".join(columns[:60])))
    return ColumnChoice(columns[at], ChoiceReason.NAME_ALONE(), guessed=True)


def labels_of(columns: Sequence[str]) -> tuple[int, ...]:
    """The columns that name a person, the best first."""
    found = (position(columns, (name,)) for name in _LABEL)
    return tuple(dict.fromkeys(at for at in found if at is not None))
