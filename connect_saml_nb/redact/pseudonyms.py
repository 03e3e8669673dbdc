"""Pseudonyms for persons, organisations, accounts, instances and addresses: the same for the same word everywhere.

A word's letters are exchanged by a table of its own, letter for letter, so that length, letter case, accents, white
space and punctuation stay. Words of names that a matching step brings together share one table; so what `match` says of
two names, it says of their pseudonyms. Account and instance IDs, IP addresses and long numbers are drawn anew.
AWS's and the identity providers' own hosts, Regions and the words of known texts stay.
"""

from __future__ import annotations

import json
import re
import string
import tomllib
import unicodedata
import uuid
from functools import lru_cache, partial
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from connect_saml_nb import saml, urls
from connect_saml_nb.aws import messages as answers
from connect_saml_nb.aws.urls import AWS_KINDS, UUID, url_kind
from connect_saml_nb.matching import UserIndex
from connect_saml_nb.matching.characters import LOOK_ALIKES
from connect_saml_nb.model.saml import ATTRIBUTES, ROLE_SESSION_NAME
from connect_saml_nb.model.users import MatchKind, User, Users
from connect_saml_nb.redact.values import looks_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from connect_saml_nb.model.capture import Capture, Entry
    from connect_saml_nb.model.saml import SamlMessage

_RANDOM = SystemRandom()
SCHEMA = "connect-saml-nb/pseudonyms/1"
_TRIES = 50
_OFTEN = 400  # characters of a text that may come again
_SHORTEST = 3  # letters of a word that is replaced wherever it stands
_LEAST_INSIDE = 4  # letters of an organisation's word that is replaced inside longer words

#: Domains of vendors and standards; what stands before them is a tenant's.
_VENDORS = re.compile(
    r"(?:.*\.)?(?P<vendor>amazon\.com|amazonaws\.com|amazonaws\.cn|amazonaws-us-gov\.com|awsapps\.com|connect\.aws|aws\.dev"
    r"|signin\.aws|cloudfront\.net|awsstatic\.com|okta\.com|oktapreview\.com|okta-emea\.com|okta-gov\.com|oktacdn\.com"
    r"|microsoftonline\.com|microsoftonline\.us|windows\.net|windows\.com|microsoft\.com|live\.com|msauth\.net|msftauth\.net"
    r"|microsoftazuread-sso\.com|microsoftonline\.cn|onmicrosoft\.com|office\.com|pingidentity\.com|pingone\.\w+"
    r"|google\.com|googleapis\.com|gstatic\.com|onelogin\.com|jumpcloud\.com|auth0\.com|mozilla\.(?:com|org|net)"
    r"|w3\.org|xmlsoap\.org|oasis-open\.org|c2shome\.ic\.gov|sc2shome\.sgov\.gov)"
)
_AWS_HOST = re.compile(
    r".*(?:amazon\.com|amazonaws\.\w+|amazonaws-us-gov\.com|\.c2shome\.ic\.gov|\.sc2shome\.sgov\.gov|signin\.aws"
    r"|sign-in\.connect\.aws)$"
)
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "gov", "ac", "edu", "ne", "or"})
_WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
_FUNCTIONAL = frozenset(_WORDS["functional"])
_COMMON = frozenset(_WORDS["common"])
_KNOWN_TEXTS = frozenset(w for _, p in answers._TEXTS for w in re.findall(r"[a-z]{3,}", p.pattern))  # noqa: SLF001 -- the words of AWS's texts, wherever they stand

_LETTERS = r"[^\W\d_]+"
_ACCOUNT = r"(?<![\d-])(?<!\d\.)(?:\d{12}|\d{4}-\d{4}-\d{4})(?!\d|[.-]\d)"
_IPV4 = r"(?<![\w.-])(?<![A-Za-z]/)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w-]|\.\w)"
_HEX = r"[0-9a-f]{1,4}"
_IPV6 = (
    rf"(?<![\w:])(?:(?:{_HEX}:){{7}}{_HEX}|(?:{_HEX}:){{1,6}}(?::{_HEX}){{1,6}}|(?:{_HEX}:){{1,7}}:"
    rf"|::{_HEX}(?::{_HEX}){{0,6}})(?![\w:])"
)
_MAIL = r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}"
_HOST_IN_TEXT = r"(?<=//)[^/?#\s\"'<>:@\[]+|(?<=@)[A-Za-z0-9.-]+"
#: A host without an address around it: by the endings that are common, as a file's name looks the same.
_BARE_HOST = (
    r"(?<![\w.@-])(?:[\w-]{1,63}\.){1,8}(?:com|net|org|edu|info|biz|io|cloud|app|dev|local|internal|corp|lan|intra|home|example|test"
    r"|eu|uk|de|fr|ch|at|nl|be|es|pt|pl|se|dk|fi|ie|us|ca|au|nz|jp|br|mx|sg|hk|za)(?![\w-]|\.\w)"
)
_MIXED = rf"(?![^\W_]*{UUID.pattern})[^\W_]*\d[^\W_]*"
_PART = rf"(?P<uuid>{UUID.pattern})|(?P<account>{_ACCOUNT})|(?P<mixed>{_MIXED})|(?P<word>{_LETTERS})"
_PARTS = re.compile(_PART, re.IGNORECASE)
_TOKENS = re.compile(
    rf"(?P<ip>{_IPV4})|(?P<ipv6>{_IPV6})|(?P<mail>{_MAIL})|(?P<host>{_HOST_IN_TEXT}|{_BARE_HOST})|{_PART}",
    re.IGNORECASE,
)
_IN_NAME = re.compile(
    rf"(?P<uuid>{UUID.pattern})|(?P<ext>#EXT#)|(?P<ip>(?<!\d)\d{{1,3}}(?:-\d{{1,3}}){{3}}(?!\d))|(?P<word>{_LETTERS})|(?P<number>\d{{3,}})",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?:[\w-]{1,63}\.)+(?:[^\W\d_]{2,24}|xn--[a-z0-9-]{2,59})\.?", re.IGNORECASE)
_LABEL = re.compile(r"(?=[\d_-]*[^\W\d_])[\w-]{1,63}")
#: What stands before these hosts is an account's alias or a bucket; a Region is neither.
_AWS_OWN = re.compile(r"(?P<own>.+?)\.(?:signin\.|s3[.-])")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d")
#: Where a path names a tenant: Keycloak's realms, S3's buckets, Entra's domains.
_OWN_IN_PATH = re.compile(
    r"/realms/([^/?#]{1,80})|//s3[.-][^/]{0,80}/([^/?#]{1,80})|microsoftonline\.\w+/([^/?#]{1,80}\.[^/?#]{1,80})"
)
#: How AWS's page of roles names an account that has an alias.
_ALIAS = re.compile(r"\bAccount:\s{0,9}([\w-]{3,63})\s{0,9}\(\d{12}\)")
#: Where people type who they are.
_LOGIN = re.compile(
    r"(?:^|[?&\"'{,\s])(?:user|user[-_]?name|user[-_]?id|usr|e?mail|loginfmt|login_hint|identifier|j_username|upn|uid)[\"']?"
    r"\s{0,4}[=:]\s{0,4}[\"']?([^&\"'\r\n#]{2,200})",
    re.IGNORECASE,
)
_HOSTS_IN_TEXT = re.compile(_HOST_IN_TEXT)
#: A name with a number of its own (`agent0017`, `10482931`), which stays one wherever it stands.
_NUMBERED = re.compile(r"\b(?=[^\W_]*[^\W\d_])[^\W_]*\d{3}[^\W_]*|\b\d{5,}\b")
_GUEST = re.compile(
    r"(?P<local>.+)_(?P<home>[\w.-]+\.[a-z]{2,24})(?P<ext>#EXT#)(?:@(?P<tenant>.*))?", re.IGNORECASE | re.DOTALL
)
_PERSONAL = re.compile(r"name|mail|upn|surname|uid|login|display", re.IGNORECASE)
#: Letters that `match` takes for another letter (look-alikes, ß): they and what they stand for keep their shape.
_FIXED = re.compile(r"[^\x00-\x7f]")


class Pseudonyms:
    """The table of pseudonyms, drawn at random; nothing of it can be worked out without the mapping."""

    def __init__(self, captures: Sequence[Capture] = (), lists: Sequence[Users] = ()) -> None:
        self._ids: dict[str, str] = {}
        self._words: dict[str, str] = {}
        self._tables: dict[str, dict[str, str]] = {}
        self._taken: set[str] = set()
        self._persons: set[str] = set()
        self._numbered: set[str] = set()
        self._tenants: set[str] = set()
        messages = [m for capture in captures for m in saml.find_messages(capture)]
        self._link(messages, lists)
        self._learn_hosts(captures, messages, lists)
        self._learn_persons(captures, messages, lists)
        self._inside = self._pattern()
        self._aliased = lru_cache(maxsize=8192)(partial(_TOKENS.sub, self._token))  # headers repeat in every entry

    # -- learning

    def _link(self, messages: Iterable[SamlMessage], lists: Sequence[Users]) -> None:
        """Give the words of names that are near one another one table of letters."""
        names = {
            v
            for m in messages
            for a in m.assertions
            for at in a.attributes
            if at.name == ROLE_SESSION_NAME
            for v in at.values
        }
        groups = _Groups()
        for users in lists:
            index = UserIndex(users.users)
            for name in names:
                for match in index.find(name):
                    if match.kind is not MatchKind.EXACT:
                        groups.join(_local_words(name) + _local_words(match.user.username))
        for words in groups.all():
            self._tables.update(dict.fromkeys(map(_fold, words), _table(words)))

    def _learn_hosts(
        self, captures: Sequence[Capture], messages: Iterable[SamlMessage], lists: Sequence[Users]
    ) -> None:
        addresses = [a for c in captures for e in c.entries for a in _addresses(e)]
        hosts = {urls.split(a).host for a in addresses}
        hosts |= {h for m in messages for text in _texts_of(m) for h in _HOSTS_IN_TEXT.findall(text)}
        hosts |= {u.username.rpartition("@")[2] for users in lists for u in users.users if "@" in u.username}
        issuers = [a.issuer or "" for m in messages for a in m.assertions]
        inside = {found for a in (*addresses, *issuers) for found in _own_in_path(a)}
        aliases = {found for c in captures for e in c.entries for found in _account_aliases(e)}
        labels = [label for host in hosts | inside if _is_host(host) for label in _tenant_labels(host.lower())]
        labels += [*(i for i in inside if not _is_host(i)), *aliases, *(i for i in issuers if not re.search("[:/]", i))]
        self._tenants = {w for text in labels for w in map(_fold, re.findall(_LETTERS, text)) if self._may_stand_out(w)}

    def _learn_persons(
        self, captures: Sequence[Capture], messages: Iterable[SamlMessage], lists: Sequence[Users]
    ) -> None:
        texts = [v for m in messages for a in m.assertions for v in _personal(a)]
        texts += [u.username for users in lists for u in users.users]
        texts += [name for c in captures for e in c.entries for name in _login_names(e)]
        local = [text.rpartition("@")[0] or text for text in texts]
        self._persons |= {w for text in local for w in map(_fold, re.findall(_LETTERS, text)) if self._may_stand_out(w)}
        self._numbered |= {_fold(run) for text in local for run in _NUMBERED.findall(text)}

    @staticmethod
    def _may_stand_out(word: str) -> bool:
        return len(word) >= _SHORTEST and word not in _COMMON and word not in _KNOWN_TEXTS and word not in _FUNCTIONAL

    def _pattern(self) -> re.Pattern[str] | None:
        inside = sorted((w for w in self._tenants if len(w) >= _LEAST_INSIDE), key=len, reverse=True)[:2000]
        return re.compile("|".join(map(re.escape, inside)), re.IGNORECASE) if inside else None

    # -- giving

    def person(self, text: str) -> str:
        """A value that names a person: all its words get pseudonyms, a mail domain as hosts do."""
        guest = _GUEST.fullmatch(text)
        if guest:
            tenant = f"@{self.host(guest['tenant'])}" if guest["tenant"] is not None else ""
            return f"{self.person(guest['local'])}_{self.host(guest['home'])}{guest['ext']}{tenant}"
        local, at, domain = text.rpartition("@")
        if at and _HOST.fullmatch(domain.strip()):
            return self._name(local) + at + self.host(domain)
        return self._name(text)

    def _name(self, text: str) -> str:
        return _IN_NAME.sub(self._name_part, text)

    def _name_part(self, match: re.Match[str]) -> str:
        if match["ext"]:
            return match[0]
        if match["uuid"]:
            return self._uuid(match[0])
        if match["ip"]:
            return self._ip(match[0].replace("-", ".")).replace(".", "-")
        return self._word(match[0]) if match["word"] else self._digits(match[0])

    def host(self, host: str) -> str:
        """A host whose tenant's labels get pseudonyms; vendors' domains, ports and endings stay."""
        low = host.strip().lower()
        labels = set(_tenant_labels(low)) if _is_host(low) else set()
        if not labels and (_AWS_HOST.fullmatch(low) or not _HOST.fullmatch(low)):
            return _PARTS.sub(self._token, host)
        return ".".join(self._name(part) if part.strip().lower() in labels else part for part in host.split("."))

    def alias(self, text: str) -> str:
        """A kept text: hosts, IDs, addresses and the words of known persons and organisations get pseudonyms."""
        return self._aliased(text) if len(text) <= _OFTEN else _TOKENS.sub(self._token, text)

    def _token(self, match: re.Match[str]) -> str:
        found = match.groupdict()
        if found["uuid"]:
            return self._uuid(match[0])
        if found["account"]:
            return self._account(match[0])
        if found["mixed"]:
            return self._mixed(match[0])
        return self._known(match[0]) if found["word"] else self._place(match)

    def _place(self, match: re.Match[str]) -> str:
        if match["mail"]:
            return self.person(match[0])
        if match["host"]:
            return self.host(match[0])
        return self._ip(match[0]) if match["ip"] else self._drawn(match[0].lower(), _ipv6)

    def _mixed(self, run: str) -> str:
        if _fold(run) in self._numbered:
            return self._name(run)
        return re.sub(_LETTERS, lambda m: self._known(m[0]), re.sub(_ACCOUNT, lambda m: self._account(m[0]), run))

    def _known(self, word: str) -> str:
        if _fold(word) in self._persons or _fold(word) in self._tenants:
            return self._word(word)
        return self._inside.sub(lambda m: self._word(m[0]), word) if self._inside else word

    def users(self, users: Users, number: int) -> Users:
        """The list under pseudonyms; `number` names it."""
        made = tuple(
            User(self.person(u.username), self.alias(u.user_id), self.alias(u.arn), u.last_modified)
            for u in users.users
        )
        notes = tuple(map(self.alias, users.notes))
        instance, account = (self.alias(v) if v else v for v in (users.instance_id, users.account))
        return Users(
            f"users-{number}.json", made, users.complete, instance, users.region, account, users.retrieved, notes
        )

    def mapping_text(self) -> str:
        """The table, as JSON: word by word and ID by ID, original to pseudonym."""
        return json.dumps({"schema": SCHEMA, "words": self._words, "ids": self._ids}, indent=1, sort_keys=True) + "\n"

    # -- drawing

    def _uuid(self, text: str) -> str:
        drawn = self._drawn(text.lower(), lambda: str(uuid.UUID(int=_RANDOM.getrandbits(128), version=4)))
        return drawn.upper() if text.isupper() else drawn

    def _digits(self, digits: str) -> str:
        first = "123456789" if digits[0] != "0" else "0"
        return self._drawn(
            digits, lambda: _RANDOM.choice(first) + "".join(_RANDOM.choices("0123456789", k=len(digits) - 1))
        )

    def _account(self, text: str) -> str:
        """An account's ID, which the console also writes `1234-5678-9012`."""
        drawn = self._digits(text.replace("-", ""))
        return "-".join(re.findall(".{4}", drawn)) if "-" in text else drawn

    def _ip(self, text: str) -> str:
        return self._drawn(text, lambda: ".".join(["10", *(str(_RANDOM.randrange(256)) for _ in range(3))]))

    def _drawn(self, original: str, draw: Callable[[], str]) -> str:
        known = self._ids.get(original)
        if known is None:
            taken = {*self._ids.values()} if len(self._ids) < 2000 else set()  # noqa: PLR2004 -- then chance is enough
            known = next((d for _ in range(_TRIES) if (d := draw()) not in taken and d != original), original)
            self._ids[original] = known
        return known

    def _word(self, word: str) -> str:
        table = self._table_of(_fold(word))
        given = "".join(_exchanged(c, table) for c in word)
        self._words.setdefault(_fold(word), _fold(given))
        return given

    def _table_of(self, word: str) -> dict[str, str]:
        """The word's table of letters, which makes another word of it than any that is known."""
        table = self._tables.get(word)
        if table is None:
            for _ in range(_TRIES):
                table = _table((word,))
                given = "".join(_exchanged(c, table) for c in word)
                if given not in self._taken and given != word:
                    break
            self._tables[word] = table or {}
            self._taken.add(given)
        return self._tables[word]


# --- words -------------------------------------------------------------------------------------------------


def _ipv6() -> str:
    return f"fd{_RANDOM.getrandbits(8):02x}:{_RANDOM.getrandbits(16):x}::{_RANDOM.getrandbits(16):x}"


def _fold(word: str) -> str:
    return word.casefold()


def _local_words(name: str) -> list[str]:
    """The words of a local part, as they stand and folded."""
    words = re.findall(_LETTERS, name.rpartition("@")[0] or name)
    return [*words, *map(_fold, words)]


def _personal(assertion: object) -> Iterable[str]:
    name_id, attributes = assertion.name_id, assertion.attributes  # type: ignore[attr-defined]
    if name_id:
        yield name_id
    for attribute in attributes:
        own = attribute.name.startswith(ATTRIBUTES)
        named = attribute.name == ROLE_SESSION_NAME or (not own and _PERSONAL.search(attribute.name.rpartition("/")[2]))
        for value in attribute.values if named else ():
            if len(value) < 200 and "://" not in value:  # noqa: PLR2004 -- no name is longer
                yield value


def _texts_of(message: SamlMessage) -> Iterable[str]:
    yield message.target
    for assertion in message.assertions:
        yield assertion.issuer or ""
        yield from (v for a in assertion.attributes for v in a.values if len(v) < 1000)  # noqa: PLR2004 -- no address
        yield assertion.name_id or ""


def _addresses(entry: Entry) -> Iterable[str]:
    """The addresses of an entry, those in its headers too."""
    yield entry.url
    yield entry.location or ""
    for header in entry.request_headers:
        name = header.name.casefold()
        if name in {"referer", "origin"}:
            yield header.value
        elif name in {"host", ":authority"}:
            yield "https://" + header.value


def _own_in_path(address: str) -> Iterable[str]:
    return (part for found in _OWN_IN_PATH.findall(address[:4096]) for part in found if part)


def _account_aliases(entry: Entry) -> Iterable[str]:
    if url_kind(entry.url) not in AWS_KINDS or not entry.body_may_hold("Account:"):
        return []
    return _ALIAS.findall(answers.visible_text(entry.body.text or ""))


def _login_names(entry: Entry) -> Iterable[str]:
    """What a person typed as a name, in a form or in JSON, or what an address hands on as one."""
    post = entry.post_data
    pairs = [f"{p.name}={p.value}" for p in post.params[:100]] if post else []
    for text in (entry.url, ((post and post.text) or "")[:100_000], *pairs):
        for value in _LOGIN.findall(text):
            plain = unquote_plus(value)
            if len(plain) <= 100 and "://" not in plain and not looks_secret(plain):  # noqa: PLR2004 -- no name is longer
                yield plain


def _is_host(text: str) -> bool:
    low = text.lower()
    return _HOST.fullmatch(low) is not None or (_LABEL.fullmatch(low) is not None and low not in _COMMON)


def _tenant_labels(host: str) -> list[str]:
    """The labels of a host that a tenant chose."""
    labels = host.removesuffix(".").split(".")
    if _AWS_HOST.fullmatch(host.removesuffix(".")):
        own_part = _AWS_OWN.match(host)
        return [label for label in own_part["own"].split(".") if not _REGION.fullmatch(label)] if own_part else []
    if len(labels) == 1:
        return labels
    vendor = _VENDORS.fullmatch(host.removesuffix("."))
    if vendor:
        own = labels[: len(labels) - vendor["vendor"].count(".") - 1]
        return [label for label in own if label not in _FUNCTIONAL]
    ending = 2 if len(labels) > 2 and labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2 else 1  # noqa: PLR2004 -- country endings
    own = labels[: len(labels) - ending]
    return [label for i, label in enumerate(own) if label not in _FUNCTIONAL or i == len(own) - 1]


class _Groups:
    """Words joined into groups (union-find)."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def _root(self, word: str) -> str:
        while self._parent.setdefault(word, word) != word:
            word = self._parent[word]
        return word

    def join(self, words: Sequence[str]) -> None:
        for word in words:
            self._parent[self._root(word)] = self._root(words[0])

    def all(self) -> list[tuple[str, ...]]:
        groups: dict[str, list[str]] = {}
        for word in self._parent:
            groups.setdefault(self._root(word), []).append(word)
        return [tuple(group) for group in groups.values()]


def _table(words: Iterable[str]) -> dict[str, str]:
    """A random exchange of the letters a to z; letters that have look-alikes in the words stay."""
    odd = {c for word in words for c in word if _FIXED.match(c) and not _plain(c)}
    fixed = {b for c in odd for b in _looks_like(c)}
    free = [c for c in string.ascii_lowercase if c not in fixed]
    mixed = _RANDOM.sample(free, len(free))
    return {**dict(zip(free, mixed, strict=True)), **{c: c for c in fixed}}


def _plain(character: str) -> str:
    """The ASCII letter under an accent or a compatibility form (`é`, fullwidth `ｅ`), or ""."""
    base, *marks = list(unicodedata.normalize("NFKD", character))
    return base if base.isascii() and base.isalpha() and all(map(unicodedata.combining, marks)) else ""


def _looks_like(character: str) -> str:
    return str(character.translate(LOOK_ALIKES)).casefold() if character != "ß" else "s"


def _exchanged(character: str, table: dict[str, str]) -> str:
    low = character.lower()
    if low in table:
        return table[low].upper() if character.isupper() else table[low]
    base = _plain(character)
    if not base:
        return character
    new = table.get(base.lower(), base.lower())
    new = new.upper() if base.isupper() else new
    if 0xFF21 <= ord(character) <= 0xFF5A:  # noqa: PLR2004 -- fullwidth letters
        return chr(ord(new) + 0xFEE0)
    marks = unicodedata.normalize("NFKD", character)[1:]
    return unicodedata.normalize("NFC", new + marks)
