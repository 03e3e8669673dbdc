"""Connect does not know the user: what the list of users shows, and what it cannot show."""

from __future__ import annotations

import json

from recorder import (
    CONNECT,
    FEDERATION_DENIED,
    IDP,
    LIST_WITHOUT,
    LOGIN_PAGE,
    NOT_ONBOARDED,
    OTHER_INSTANCE,
    REGION,
    RELAY_STATE,
    SECOND_PAIR,
    SESSION_EXPIRED,
    TOKEN,
    Recorder,
    Saml,
    page,
    refused,
    signed_in,
    users,
)
from recorder import NAME as ANNA

from scenes.scene import scene

MIXED_CASE = "Anna.Berg@acme.example"
_CONSOLE = f"https://{REGION}.console.aws.amazon.com"
_TAGGED = "anna.berg+cc@acme.example"
_UNREADABLE = "Zugriff verweigert."


def not_onboarded(name: str = "") -> Recorder:
    """Connect refuses this role session name, or anna's, as not onboarded."""
    return refused(signed_in(Saml(names=(name,)) if name else None))


def unreadable(status: int = 403) -> Recorder:
    """The federation page refuses in a language that nobody knows here."""
    return refused(signed_in(), _UNREADABLE, status)


# --- the list decides ---------------------------------------------------------------------------------------


@scene("user-case-differs", names=(MIXED_CASE,))
def user_case() -> Recorder:
    """The list has the name in another letter case, and Connect compares usernames with their case."""
    return not_onboarded(MIXED_CASE)


@scene("user-case-differs", names=(ANNA.upper(),))
def user_case_all() -> Recorder:
    """Every letter is in the other case; the cause is the same."""
    return not_onboarded(ANNA.upper())


@scene("user-case-differs", users=users(ANNA, instance=None, region=None), names=(MIXED_CASE,))
def user_list_without_instance() -> Recorder:
    """A list that names no instance is taken for the one of the sign-in."""
    return not_onboarded(MIXED_CASE)


@scene("user-case-differs", users=users("anna+x@acme.example"), names=("Anna+X@acme.example",))
def user_case_impossible() -> Recorder:
    """The name could not be a Connect username, yet the list has it in another case: that comes first."""
    return not_onboarded("Anna+X@acme.example")


@scene("duplicate-profiles", users=users(ANNA, "anna.BERG@acme.example"), names=(MIXED_CASE,))
def user_two_twins() -> Recorder:
    """The list has the name twice, each in another case."""
    return not_onboarded(MIXED_CASE)


@scene("duplicate-profiles", users=users(ANNA, MIXED_CASE))
def user_exact_and_twin() -> Recorder:
    """The list has the exact name and once more in another case, and Connect refused it all the same."""
    return not_onboarded(ANNA)


@scene("user-exists-but-refused", textless=("outcome-unknown",))
def user_exact() -> Recorder:
    """The list has the exact name, so the list does not explain the refusal."""
    return not_onboarded(ANNA)


@scene("user-exists-but-refused", users=users(ANNA, later=True), textless=("outcome-unknown",))
def user_exact_changed_later() -> Recorder:
    """The exact user was changed after the sign-in; that may be the mend, but nothing shows it."""
    return not_onboarded(ANNA)


@scene("user-missing", users=LIST_WITHOUT)
def user_missing() -> Recorder:
    """The complete list of the instance has no name like it."""
    return not_onboarded(ANNA)


@scene("user-missing", users=users("agent052@acme.example"), names=("agent051@acme.example",))
def user_digit() -> Recorder:
    """Names that differ in a digit are two people's, not a slip of the hand."""
    return not_onboarded("agent051@acme.example")


@scene("user-missing", users=users("anna@acme.example"), names=("anne@acme.example",))
def user_short_local() -> Recorder:
    """Names of fewer than five letters before the @ differ in one letter by chance."""
    return not_onboarded("anne@acme.example")


@scene("user-missing", users=users("ana@acme.example"), names=("anna@acme.example",))
def user_short_insert() -> Recorder:
    """Names of fewer than five letters before the @ differ in one letter by chance."""
    return not_onboarded("anna@acme.example")


@scene("user-near-miss", users=users("anna.berg@acme.onmicrosoft.example"))
def user_domain() -> Recorder:
    """The list has the name with another domain."""
    return not_onboarded(ANNA)


@scene("user-near-miss", users=users("anna.berg"))
def user_local_part() -> Recorder:
    """The list has the name without its domain."""
    return not_onboarded(ANNA)


@scene("user-near-miss", names=("anna.berg",))
def user_local_part_of_user() -> Recorder:
    """The list has the name with a domain, and the response has it without."""
    return not_onboarded("anna.berg")


@scene("user-near-miss", users=users(_TAGGED))
def user_tag_of_user() -> Recorder:
    """The list has the name with a tag."""
    return not_onboarded(ANNA)


@scene("user-near-miss", names=("anna.burg@acme.example",))
def user_spelling() -> Recorder:
    """The list has the name with one other letter."""
    return not_onboarded("anna.burg@acme.example")


@scene("user-near-miss", names=("ann.aberg@acme.example",))
def user_swap() -> Recorder:
    """The list has the name with two letters swapped."""
    return not_onboarded("ann.aberg@acme.example")


@scene("user-near-miss", names=(f"{ANNA} ",))
def user_padded_and_taken() -> Recorder:
    """The name has a space at its end that AWS let pass; the list has it without."""
    return not_onboarded(f"{ANNA} ")


@scene("user-near-miss", users=users("anna berg@acme.example"), names=("annaberg@acme.example",))
def user_space_in_user() -> Recorder:
    """The list has the name with a space in it."""
    return not_onboarded("annaberg@acme.example")


@scene("user-near-miss", users=users("anna.berg", "anna.berg@other.example"), names=(ANNA.upper(),))
def user_two_near() -> Recorder:
    """The list has two names like it, and neither is the same in another case."""
    return not_onboarded(ANNA.upper())


@scene("user-name-impossible", names=(_TAGGED,))
def user_tag() -> Recorder:
    """A Connect username cannot have a plus sign; a user whose name is like it does not matter then."""
    return not_onboarded(_TAGGED)


@scene("user-name-impossible", users=LIST_WITHOUT, names=("anna@acme",))
def user_no_dotted_domain() -> Recorder:
    """After the @ of a Connect username comes a domain with a dot."""
    return not_onboarded("anna@acme")


@scene("user-name-impossible", users=LIST_WITHOUT, names=("anna=berg@acme.example",))
def user_equals_sign() -> Recorder:
    """A Connect username cannot have an equals sign."""
    return not_onboarded("anna=berg@acme.example")


@scene("user-name-impossible", users=users("anna.berg"), names=("anna,berg",))
def user_comma() -> Recorder:
    """A Connect username cannot have a comma."""
    return not_onboarded("anna,berg")


@scene("user-name-impossible", users=LIST_WITHOUT, names=("anna@@acme.example",))
def user_two_ats() -> Recorder:
    """A Connect username has at most one @."""
    return not_onboarded("anna@@acme.example")


@scene("wrong-instance", users=users(ANNA, instance=OTHER_INSTANCE))
def user_other_instance() -> Recorder:
    """The list of another instance has the exact name: the sign-in went to the wrong one."""
    return not_onboarded(ANNA)


@scene("wrong-instance", users=users(ANNA, region="us-east-1"))
def user_other_region() -> Recorder:
    """The list is of an instance in another region, and has the exact name."""
    return not_onboarded(ANNA)


# --- the list cannot decide ---------------------------------------------------------------------------------


@scene("user-not-checked", users=None, textless=("outcome-unknown",))
def user_no_list() -> Recorder:
    """Without a list, nobody knows why Connect does not know the user."""
    return not_onboarded()


@scene("user-not-checked", users=users(complete=False), textless=("outcome-unknown",))
def user_incomplete() -> Recorder:
    """An incomplete list cannot show that a user is missing."""
    return not_onboarded(ANNA)


@scene("user-not-checked", users=users(ANNA, complete=False), names=(MIXED_CASE,), textless=("outcome-unknown",))
def user_case_incomplete() -> Recorder:
    """The missing part of the list may have the exact name."""
    return not_onboarded(MIXED_CASE)


@scene(
    "user-not-checked",
    users=users(MIXED_CASE, instance=OTHER_INSTANCE),
    textless=("outcome-unknown",),
)
def user_other_instance_twin() -> Recorder:
    """The list of another instance has the name in another case only, which says nothing about this instance."""
    return not_onboarded(ANNA)


@scene("user-not-checked", users=users(instance=OTHER_INSTANCE), textless=("outcome-unknown",))
def user_other_instance_missing() -> Recorder:
    """That another instance does not know the user says nothing about this one."""
    return not_onboarded(ANNA)


@scene("assertion-encrypted", names=())
def user_encrypted() -> Recorder:
    """The name cannot be read, so it cannot be looked up."""
    return refused(signed_in(Saml(encrypted=True)))


@scene("assertion-damaged", names=())
def user_damaged() -> Recorder:
    """The response was cut short, so the name cannot be looked up."""
    return refused(signed_in(Saml().base64()[:900]))


@scene("assertion-redacted", names=(), each={"user-redacted": "REDACTED", "user-redacted-empty": ""})
def redacted_response(value: str) -> Recorder:
    """The response was taken out of the recording, so the name cannot be looked up."""
    return refused(signed_in(value))


# --- where the refusal is to be read ------------------------------------------------------------------------


@scene(
    "user-missing",
    users=LIST_WITHOUT,
    each={
        f"user-text-{len(text)}": text
        for text in (
            "Access denied. Your account has been authenticated, but has not been onboarded to this application.",
            "アクセスが拒否されました。アカウントは認証されましたが、このアプリケーションには登録されていません。",
            NOT_ONBOARDED.replace(" Your", "<br/>Your")
            .replace("d, but", "d,&nbsp;but")
            .replace("not been onboarded to ", "<b>not been onboarded</b> to\n   "),
        )
    },
)
def other_wording(text: str) -> Recorder:
    """The refusal is the same in another spelling, in Japanese and with markup between its words."""
    return refused(signed_in(), text, 200)


@scene("user-missing", users=LIST_WITHOUT)
def user_unreadable_page() -> Recorder:
    """The text is unknown, but the federation page was reached and Connect was not, and the user is missing."""
    return unreadable()


@scene(
    "user-missing",
    users=LIST_WITHOUT,
    each={f"user-unreadable-page-telemetry-{kind}": kind for kind in ("xhr", "ping", "image")},
)
def blocked_telemetry(kind: str) -> Recorder:
    """A blocked beacon after the refusal is not the answer to the sign-in."""
    more = {"kind": kind, "error": "net::ERR_BLOCKED_BY_CLIENT"}
    recording = unreadable(200).post(f"{_CONSOLE}/telemetry", [("a", "b")], 0, **more)
    return recording.get(f"{_CONSOLE}/telemetry", 0, **more)


@scene("user-case-differs", users=users(MIXED_CASE))
def user_unreadable_page_case() -> Recorder:
    """The text is unknown, but the list has the name in another case, which explains it."""
    return unreadable(200)


@scene("outcome-unknown")
def user_unreadable_page_exact() -> Recorder:
    """The text is unknown and the user is there: nothing tells why the page refused."""
    return unreadable()


@scene("outcome-unknown", users=None)
def user_unreadable_page_no_list() -> Recorder:
    """The text is unknown and there is no list: nothing tells why the page refused."""
    return unreadable()


@scene("wrong-instance", users=users(ANNA, instance=OTHER_INSTANCE))
def user_unreadable_page_other_list() -> Recorder:
    """The text is unknown, but the list of another instance has the exact name."""
    return unreadable()


@scene("user-missing", users=LIST_WITHOUT)
def user_spa() -> Recorder:
    """The page is drawn by a script, and the refusal is in the JSON of its request."""
    app = "<html><body><div id='app'></div><script src='/connect/app.js'></script></body></html>"
    recording = signed_in().get(RELAY_STATE, 200, app).script(f"{_CONSOLE}/connect/app.js", "render()")
    return recording.api(f"{_CONSOLE}/connect/api/federation", 403, json.dumps({"message": NOT_ONBOARDED}))


@scene("user-missing", users=LIST_WITHOUT)
def user_spa_200() -> Recorder:
    """The refusal is in the JSON of a request that was answered with 200."""
    answer = json.dumps({"ok": False, "message": NOT_ONBOARDED})
    recording = signed_in().get(RELAY_STATE, 200, "<html><body><div id='app'></div></body></html>")
    return recording.api(f"{_CONSOLE}/connect/api/federation", 200, answer)


@scene("user-missing", users=LIST_WITHOUT)
def script_xhr_plain_text() -> Recorder:
    """The refusal is the plain text of a request; without it, the place and the list still tell."""
    recording = signed_in().get(RELAY_STATE, 200, "<html><body><div id='app'></div></body></html>")
    return recording.api(f"{_CONSOLE}/connect/api/federation", 403, NOT_ONBOARDED, mime="text/plain")


@scene("user-missing", users=LIST_WITHOUT)
def user_at_connect() -> Recorder:
    """The refusal may be shown on Connect's own host."""
    url = f"{CONNECT}/connect/auth/sign-in?accessToken={TOKEN}&destination=/ccp-v2"
    return signed_in().federate().get(url, 403, page(NOT_ONBOARDED, "Amazon Connect"))


@scene("user-missing", users=LIST_WITHOUT)
def user_reloaded() -> Recorder:
    """The refusal was reloaded twice; one assertion is one sign-in."""
    return not_onboarded().refuse().refuse()


@scene("user-missing", users=LIST_WITHOUT)
def user_refused_then_bookmark() -> Recorder:
    """After the refusal a bookmark shows an expired session; the refusal before it is the cause."""
    return not_onboarded().get(f"{CONNECT}/ccp-v2", 401, page(SESSION_EXPIRED))


@scene("user-missing", users=LIST_WITHOUT)
def user_refused_then_idp_again() -> Recorder:
    """Pages of the identity provider after the refusal are no new attempt."""
    return not_onboarded().get(f"{IDP}/start", body=LOGIN_PAGE).get(f"{IDP}/help", body=page("Help", "Help"))


# --- several sign-ins ---------------------------------------------------------------------------------------


def _two_roles() -> Recorder:
    return not_onboarded().sign_in_again(roles=(SECOND_PAIR,)).refuse()


@scene("duplicate-profiles", "duplicate-profiles", names=(ANNA, ANNA))
def duplicate_two_roles_one_name() -> Recorder:
    """One name came with two roles, which makes two profiles, and the exact user was refused both times."""
    return _two_roles()


@scene("user-missing", "user-missing", users=LIST_WITHOUT, names=(ANNA, ANNA))
def duplicate_reading_never_replaces() -> Recorder:
    """One name came with two roles, but the user is missing: that is a cause by itself."""
    return _two_roles()


@scene("user-case-differs", "user-missing", names=(MIXED_CASE, "bert@acme.example"))
def two_refused() -> Recorder:
    """Two people were refused, each for a cause of their own."""
    return not_onboarded(MIXED_CASE).sign_in_again(names=("bert@acme.example",)).refuse()


@scene(*["user-missing"] * 4, names=("bert@acme.example",) * 4)
def same_person_four_times() -> Recorder:
    """Each assertion is a sign-in of its own, although the person is the same."""
    recording = not_onboarded("bert@acme.example")
    for number in (2, 3, 4):
        recording.wait(20).sign_in_again(id=f"_qa-{number}", names=("bert@acme.example",)).refuse()
    return recording


@scene("signed-in", "federation-denied", names=(ANNA, "bert@acme.example"), textless=("signed-in", "user-missing"))
def healthy_then_denied() -> Recorder:
    """The second person's role lacks a permission; the first one's sign-in stays healthy."""
    return signed_in().finish().sign_in_again(names=("bert@acme.example",)).refuse(FEDERATION_DENIED)


# --- odd names and texts ------------------------------------------------------------------------------------


@scene(
    "user-missing",
    users=LIST_WITHOUT,
    each={"odd-surrogate": "\ud800", "odd-nul": "\0", "odd-bidi": "\u202e"},
)
def odd_character(character: str) -> Recorder:
    """A character that is no text, in an address and a page, changes nothing."""
    recording = not_onboarded()
    for entry in recording.entries:
        if "/federate" in entry["request"]["url"]:
            entry["request"]["url"] += "&x=" + character
            entry["response"]["content"]["text"] += character
    return recording
