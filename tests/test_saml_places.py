"""Where a capture holds SAML messages, exporter by exporter."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from saml_fakes import (
    ACS,
    B64,
    DATA,
    ENCODED,
    RELAY_STATE,
    XML,
    Parts,
    b64,
    deflated,
    entry,
    messages,
    page,
    post_message,
    posted,
)

from connect_saml_nb.model.capture import Header, PostData
from connect_saml_nb.model.saml import Binding, MessageKind, MessageState

if TYPE_CHECKING:
    from collections.abc import Callable

    from connect_saml_nb.model.capture import Entry
    from connect_saml_nb.model.saml import SamlMessage

WSFED = (DATA / "wsfed-saml11.xml").read_text()
AUTHN_REQUEST = (
    b'<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r" Version="2.0" '
    b'IssueInstant="2026-11-24T02:00:00Z"><Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">sp</Issuer>'
    b"</samlp:AuthnRequest>"
)
FORM = f'<form method="post" action="{ACS}"><input type="hidden" name="SAMLResponse" value="{B64}">'


def only(*entries: Entry) -> SamlMessage:
    """The one message of these entries."""
    (message,) = messages(*entries)
    return message


class TestPosts:
    """Messages that were posted."""

    def test_text_is_read_first(self) -> None:
        """Text is read first."""
        found = only(posted(f"SAMLResponse={ENCODED}", {"SAMLResponse": B64}))
        assert ("request.postData.text", Binding.POST, XML) == (found.where, found.binding, found.xml)

    @pytest.mark.parametrize("value", [B64, ENCODED], ids=["decoded (Firefox)", "percent-encoded (Chromium)"])
    @pytest.mark.parametrize("text", [None, ""], ids=["no text", "empty text"])
    def test_params_alone_are_enough(self, text: str, value: str) -> None:
        """Params alone are enough."""
        found = only(posted(text, {"RelayState": "x", "SAMLResponse": value}))
        assert ("request.postData.params[1].value", XML, ()) == (found.where, found.xml, found.notes)

    def test_params_are_the_fallback_of_an_unreadable_text(self) -> None:
        """Params are the fallback of an unreadable text."""
        found = only(posted("SAMLResponse=%5Bredacted%5D", {"SAMLResponse": B64}))
        assert ("request.postData.params[0].value", MessageState.READ) == (found.where, found.state)

    def test_plus_of_a_decoded_param_stays(self) -> None:
        """Plus of a decoded param stays."""
        assert "+" in B64
        assert only(posted(None, {"SAMLResponse": B64})).xml == XML

    def test_bare_plus_in_text_stays_and_is_told(self) -> None:
        """Bare plus in text stays and is told."""
        found = only(posted(f"SAMLResponse={B64}"))
        assert (XML, 1) == (found.xml, len(found.notes))

    def test_target_is_where_it_was_posted(self) -> None:
        """Target is where it was posted."""
        assert only(posted(f"SAMLResponse={ENCODED}")).target == ACS

    def test_last_field_and_only_field(self) -> None:
        """Last field and only field."""
        assert only(posted(f"RelayState=a%26b&SAMLResponse={ENCODED}")).relay_state == "a&b"

    def test_webkit_hangs_the_post_on_the_last_redirect_target(self) -> None:
        """WebKitGTK 2.50: no entry for the POST; its data is on `GET …/ccp-v2`, whose URL was not posted to."""
        found = only(posted(f"SAMLResponse={ENCODED}", method="GET", url="https://x.my.connect.aws/ccp-v2"))
        assert (Binding.POST, "", XML) == (found.binding, found.target, found.xml)

    def test_multipart(self) -> None:
        """A multipart/form-data post."""
        parts = f'--b\r\nContent-Disposition: form-data; name="RelayState"\r\n\r\n{RELAY_STATE}\r\n'
        parts += f'--b\r\nContent-Disposition: form-data; name="SAMLResponse"\r\n\r\n{B64}\r\n--b--\r\n'
        found = only(posted(parts, mime="multipart/form-data; boundary=b"))
        assert (XML, RELAY_STATE) == (found.xml, found.relay_state)

    def test_json(self) -> None:
        """A JSON post, nested."""
        found = only(posted(json.dumps({"a": [{"SAMLResponse": B64, "RelayState": "r"}]}), mime="application/json"))
        assert (XML, "r") == (found.xml, found.relay_state)

    @pytest.mark.parametrize("value", [quote_plus(WSFED), quote(WSFED)], ids=["plus", "percent"])
    def test_ws_federation(self, value: str) -> None:
        """Ws federation."""
        found = only(posted(f"wa=wsignin1.0&wresult={value}&wctx=c"))
        assert (MessageKind.WS_FEDERATION, WSFED.encode(), ()) == (found.kind, found.xml, found.notes)

    @pytest.mark.parametrize("value", [quote_plus(WSFED), WSFED], ids=["Chromium", "decoded"])
    def test_ws_federation_in_params(self, value: str) -> None:
        """Ws federation in params."""
        assert only(posted(None, {"wresult": value})).xml == WSFED.encode()

    def test_each_entry_has_its_own(self) -> None:
        """Each entry has its own."""
        found = messages(posted(f"SAMLResponse={ENCODED}", index=3), posted(f"SAMLResponse={ENCODED}", index=1))
        assert [m.entry for m in found] == [3, 1]

    def test_two_fields_are_two_messages(self) -> None:
        """Two fields are two messages."""
        found = messages(posted(f"SAMLResponse={ENCODED}&SAMLRequest={quote_plus(b64(AUTHN_REQUEST))}"))
        assert [m.kind for m in found] == [MessageKind.RESPONSE, MessageKind.AUTHN_REQUEST]

    def test_wrong_letter_case_of_the_name_is_told(self) -> None:
        """Wrong letter case of the name is told."""
        found = only(posted(f"samlresponse={ENCODED}"))
        assert (True, XML) == (any("samlresponse" in str(n) for n in found.notes), found.xml)

    def test_lost_body_is_no_message(self) -> None:
        """Lost body is no message."""
        assert messages(entry(Parts(post=PostData("", None, (), "not kept")), method="POST", url=ACS)) == ()


class TestFields:
    """The other fields of the same form."""

    @pytest.mark.parametrize(
        ("text", "params"),
        [
            (f"SAMLResponse={ENCODED}&RelayState={quote_plus(RELAY_STATE)}", {}),
            (None, {"SAMLResponse": ENCODED, "RelayState": quote_plus(RELAY_STATE)}),
            (None, {"SAMLResponse": B64, "RelayState": RELAY_STATE}),
            (f"SAMLResponse={B64}&RelayState={RELAY_STATE}", {}),
        ],
        ids=["text", "encoded params", "decoded params", "text that was decoded already"],
    )
    def test_relay_state_is_decoded_once(self, text: str, params: dict[str, str]) -> None:
        """Relay state is decoded once."""
        assert only(posted(text, params)).relay_state == RELAY_STATE

    def test_absent_and_empty_relay_state_differ(self) -> None:
        """Absent and empty relay state differ."""
        found = messages(posted(f"SAMLResponse={ENCODED}"), posted(f"SAMLResponse={ENCODED}&RelayState="))
        assert [m.relay_state for m in found] == [None, ""]

    def test_role_index_of_the_role_choice(self) -> None:
        """Role index of the role choice."""
        role = "arn:aws:iam::111122223333:role/ConnectAgent"
        found = only(posted(f"RelayState=r&SAMLResponse={ENCODED}&roleIndex={quote_plus(role)}"))
        assert found.fields == {"RelayState": "r", "roleIndex": role}

    def test_long_fields_are_clipped_and_told(self) -> None:
        """Long fields are clipped and told."""
        found = only(posted(f"SAMLResponse={ENCODED}&x={'y' * 9000}"))
        assert (8192, 1) == (len(found.fields["x"]), len(found.notes))


class TestForms:
    """Pages that are about to post a message."""

    @pytest.mark.parametrize(
        "text",
        [
            FORM,
            f"<FORM ACTION={ACS} METHOD=POST><INPUT VALUE='{B64}' TYPE=HIDDEN NAME='SAMLResponse'>",
            f"<form action={ACS}><input name=SAMLResponse value={B64.rstrip('=')}>",
            f"<form\n action = '{ACS}'><input\n\tvalue = '{html.escape(B64)}'\nname = 'SAMLResponse' />",
            (
                f'<form action="{ACS.replace("/", "&#x2f;")}"><input name=SAMLResponse value="'
                f'{B64.replace("+", "&#x2b;").replace("=", "&#61;")}"/>'
            ),
            f'<form action="{ACS}"><textarea name="SAMLResponse">\n{B64}</textarea>',
            f'<a title="it\'s > here"><form action="{ACS}"><p><input name="SAMLResponse" value="{B64}">',
        ],
        ids=["double", "upper case", "unquoted", "spaces", "entities", "textarea", "quotes around"],
    )
    def test_auto_submit_form(self, text: str) -> None:
        """Auto submit form."""
        found = only(page(text))
        assert (Binding.FORM, XML, ACS) == (found.binding, found.xml, found.target)

    @pytest.mark.parametrize(
        ("action", "target"),
        [
            ("", "https://idp.example/sso/start"),
            ("/saml", "https://idp.example/saml"),
            ("next?a=1&amp;b=2", "https://idp.example/sso/next?a=1&b=2"),
            ("//aws.example/saml", "https://aws.example/saml"),
            ("http://[bad", "http://[bad"),
        ],
    )
    def test_action_is_resolved(self, action: str, target: str) -> None:
        """Action is resolved."""
        assert only(page(FORM.replace(ACS, action))).target == target

    def test_base_element_counts(self) -> None:
        """Base element counts."""
        assert (
            only(page('<base href="https://b.example/x/">' + FORM.replace(ACS, "y"))).target == "https://b.example/x/y"
        )

    def test_form_without_action_posts_to_its_page(self) -> None:
        """Form without action posts to its page."""
        assert only(page(FORM.replace(f'action="{ACS}"', ""))).target == "https://idp.example/sso/start"

    def test_fields_of_the_same_form_only(self) -> None:
        """Fields of the same form only."""
        text = f'<form><input name="q" value="1"></form>{FORM}<input name="RelayState" value="a&amp;b"></form>'
        assert only(page(text)).fields == {"RelayState": "a&b"}

    def test_unchecked_roles_are_not_sent(self) -> None:
        """Unchecked roles are not sent."""
        radios = (
            '<input type="radio" name="roleIndex" value="a"><input type="radio" name="roleIndex" value="b" checked>'
        )
        assert only(page(FORM + radios)).fields == {"roleIndex": "b"}

    def test_passwords_are_not_kept(self) -> None:
        """Passwords are not kept."""
        assert only(page(FORM + '<input type="password" name="p" value="secret">')).fields == {}

    def test_the_same_value_twice_in_a_page_is_one(self) -> None:
        """The same value twice in a page is one."""
        assert len(messages(page(FORM + "</form>" + FORM))) == 1

    def test_ws_federation_form(self) -> None:
        """Ws federation form."""
        text = f'<form action="https://hub.example/"><input name="wresult" value="{html.escape(WSFED)}">'
        assert only(page(text)).kind is MessageKind.WS_FEDERATION

    def test_form_in_json(self) -> None:
        """Form in json."""
        found = only(page(json.dumps({"html": FORM}), mime_type="application/json"))
        assert (XML, ACS) == (found.xml, found.target)

    def test_message_in_json(self) -> None:
        """Message in json."""
        answer = {"data": {"samlResponse": B64, "acsUrl": ACS, "RelayState": "r"}}
        found = only(page(json.dumps(answer), mime_type="application/json"))
        assert (XML, ACS, "r") == (found.xml, found.target, found.relay_state)

    def test_fields_described_in_json(self) -> None:
        """Fields described in json."""
        answer = {"action": ACS, "fields": [{"name": "SAMLResponse", "value": B64}]}
        assert only(page(json.dumps(answer), mime_type="application/json")).xml == XML

    @pytest.mark.parametrize(
        "script",
        [
            f'document.write(\'<form action="{ACS}"><input name="SAMLResponse" value="{B64}"></form>\')',
            f"var f = {{action: '{ACS}', SAMLResponse: '{B64}'}};",
            f"form.action = '{ACS}'; form.SAMLResponse.value = \"{B64}\";",
            json.dumps(f'<form action="{ACS}"><input name="SAMLResponse" value="{B64}">').replace("=", "\\u003d"),
        ],
        ids=["html", "object", "value", "escaped html"],
    )
    def test_form_built_by_a_script(self, script: str) -> None:
        """Form built by a script."""
        found = only(page(f"<html><script>{script}</script>"))
        assert (XML, ACS) == (found.xml, found.target)

    def test_jsonp(self) -> None:
        """A script that calls itself text."""
        text = f'done({{"action": "{ACS}", "SAMLResponse": "{B64}"}})'
        assert only(page(text, mime_type="text/plain")).target == ACS

    def test_page_that_is_cut_off_inside_the_value(self) -> None:
        """Firefox keeps 1 MiB of a body."""
        found = only(page(FORM[:3000]))
        assert (MessageState.DAMAGED, MessageKind.RESPONSE) == (found.state, found.kind)

    def test_page_that_is_cut_off_before_the_value(self) -> None:
        """Page that is cut off before the value."""
        assert messages(page('<form><input name="SAMLResponse"')) == ()

    @pytest.mark.parametrize(
        "mime", ["", "x-unknown", "text/plain", "application/xhtml+xml", "application/octet-stream"]
    )
    def test_any_type_that_may_be_a_page(self, mime: str) -> None:
        """Any type that may be a page."""
        assert only(page(FORM, mime_type=mime)).xml == XML


class TestMentions:
    """The word SAMLResponse is not a SAMLResponse."""

    @pytest.mark.parametrize(
        "text",
        [
            '<script>r.name="SAMLResponse"</script>',
            "<script>document.write('<input name=\"SAMLResponse\" value=\"' + x + '\">')</script>",
            f'<script>a["SAMLResponse"]=1;b="{"iVBORw0KGgo" * 30}"</script>',
            "<p>The SAMLResponse is missing</p>",
            '<!-- <form><input name="SAMLResponse" value="x"></form> -->',
            '<a href="/?SAMLResponse=1">',
            '{"SAMLResponse": "The answer of the provider"}',
            '{"text": "the SAMLResponse <b>field</b>"}',
        ],
    )
    def test_nothing(self, text: str) -> None:
        """A page that mentions the field holds no message."""
        assert messages(page(text)) == ()

    @pytest.mark.parametrize("text", ["SAMLResponseX=abc", "note=SAMLResponse", '{"a": "SAMLResponse"}'])
    def test_nothing_posted(self, text: str) -> None:
        """Nothing posted."""
        assert messages(posted(text)) == ()

    @pytest.mark.parametrize("mime", ["application/javascript", "text/css", "image/png", "font/woff2"])
    def test_scripts_and_images_are_not_opened(self, mime: str) -> None:
        """Scripts and images are not opened."""
        parts = Parts(text=FORM)
        messages(entry(parts, mime_type=mime))
        assert parts.asked == []

    def test_body_is_not_opened_in_vain(self) -> None:
        """Body is not opened in vain."""
        parts = Parts(text="<p>hello")
        messages(entry(parts, resource_type="xhr"))
        assert parts.asked == ["may hold"]


class TestPlaceholders:
    """The field is there, its message is not."""

    @pytest.mark.parametrize(
        "value",
        [
            "",
            " ",
            "REDACTED",
            "[SAMLResponse redacted]",
            "AUTH_ed8a3aab",
            "***",
            "…",
            "xxxx",
            "x" * 5000,
            "0" * 5000,
            "5d41402abc4b2a76b9719d911017c592" * 4,
            "sha256:" + "ab" * 32,
            "<redacted>",
            "<redacted/>",
            "&lt;removed&gt;",
            "This value was removed for safety. " * 20,
            b64(b"REDACTED"),
            B64[:400] + "[redacted]",
            B64[:400] + "*****",
        ],
    )
    @pytest.mark.parametrize(
        "make",
        [
            lambda v: posted(f"SAMLResponse={quote_plus(v)}"),
            lambda v: page(f'<form action="{ACS}"><input name="SAMLResponse" value="{html.escape(v)}">'),
        ],
        ids=["post", "form"],
    )
    def test_is_redacted(self, make: Callable[[str], Entry], value: str) -> None:
        """Such a value is a placeholder."""
        found = only(make(value))
        assert (MessageState.REDACTED, MessageKind.RESPONSE) == (found.state, found.kind)

    def test_empty_and_placeholder_are_told_apart(self) -> None:
        """Empty and placeholder are told apart."""
        assert post_message("").problem != post_message("REDACTED").problem

    def test_the_placeholder_is_not_repeated(self) -> None:
        """The placeholder is not repeated."""
        assert "hunter2" not in str(post_message("hunter2").problem)


class TestRedirects:
    """Messages in URLs."""

    QUERY = quote_plus(b64(deflated(AUTHN_REQUEST)))

    def test_in_the_url(self) -> None:
        """In the url."""
        url = f"https://idp.example/sso?SAMLRequest={self.QUERY}&RelayState=a%2Fb&SigAlg=x"
        found = only(entry(url=url))
        assert (Binding.REDIRECT, MessageKind.AUTHN_REQUEST, url, AUTHN_REQUEST, ()) == (
            found.binding,
            found.kind,
            found.target,
            found.xml,
            found.notes,
        )

    def test_relay_state_of_a_url(self) -> None:
        """Relay state of a url."""
        assert only(entry(url=f"https://i.example/?SAMLRequest={self.QUERY}&RelayState=a%2Fb+c")).relay_state == "a/b c"

    def test_in_the_location_only(self) -> None:
        """In the location only."""
        found = only(entry(location=f"/sso?SAMLRequest={self.QUERY}", status=302))
        assert ("response.redirectURL", f"https://idp.example/sso?SAMLRequest={self.QUERY}") == (
            found.where,
            found.target,
        )

    def test_in_the_location_header_only(self) -> None:
        """An exporter may leave redirectURL empty."""
        headers = (Header("location", f"/sso?SAMLRequest={self.QUERY}"),)
        assert (
            only(entry(Parts(headers=headers), status=302)).target
            == f"https://idp.example/sso?SAMLRequest={self.QUERY}"
        )

    def test_not_deflated_is_told(self) -> None:
        """Not deflated is told."""
        found = only(entry(url=f"https://idp.example/?SAMLRequest={quote_plus(b64(AUTHN_REQUEST))}"))
        assert (AUTHN_REQUEST, 1) == (found.xml, len(found.notes))

    def test_logout_response(self) -> None:
        """Logout response."""
        logout = b'<p:LogoutResponse xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="a" InResponseTo="b"/>'
        found = only(entry(url=f"https://idp.example/?SAMLResponse={quote_plus(b64(deflated(logout)))}"))
        assert (MessageKind.LOGOUT_RESPONSE, "b") == (found.kind, found.response and found.response.in_response_to)

    def test_data_urls_are_left_alone(self) -> None:
        """Data urls are left alone."""
        assert messages(entry(url=f"data:text/html?SAMLRequest={self.QUERY}")) == ()

    def test_bad_urls_do_no_harm(self) -> None:
        """Bad urls do no harm."""
        assert messages(entry(url="http://[SAMLRequest?SAMLRequest=x", location="http://[SAMLRequest")) == ()


class TestPasted:
    """Messages given without a capture."""

    @pytest.mark.parametrize("value", [B64, ENCODED, XML.decode()], ids=["base64", "percent", "xml"])
    def test_forms(self, value: str) -> None:
        """Base64, a form's text, and XML."""
        found = only(posted(f"SAMLResponse={value}", url=""))
        assert (Binding.PASTED, "", XML) == (found.binding, found.target, found.xml)

    def test_xml_with_ampersands(self) -> None:
        """Xml with ampersands."""
        xml = XML.decode().replace("Priya Nair", "A &amp; B=&#x43;")
        found = only(posted(f"SAMLResponse={xml}", url=""))
        assert found.assertion is not None
        assert found.assertion.attribute("displayName").values == ("A & B=C",)


def test_order_within_an_entry() -> None:
    """What was posted, the URL, the page, the redirect (domain.md 7.2)."""
    query = TestRedirects.QUERY
    parts = Parts(PostData("", f"SAMLResponse={ENCODED}", ()), FORM)
    found = messages(entry(parts, method="POST", url=f"{ACS}?SAMLRequest={query}", location=f"/?SAMLRequest={query}"))
    assert [m.where for m in found] == [
        "request.postData.text",
        "request.url",
        "response.content.text",
        "response.redirectURL",
    ]


def test_a_flood_of_messages_is_capped_and_told() -> None:
    """A flood of messages is capped and told."""
    text = "".join(f"<form><input name=SAMLResponse value=x{i}></form>" for i in range(200))
    found = messages(page(text))
    assert (50, True) == (len(found), "more than 50" in str(found[-1].notes[-1]))
