"""One message's XML: what is refused, and what is read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from saml_fakes import DATA, ROLE_SESSION_NAME, XML

from connect_saml_nb import saml
from connect_saml_nb.model.saml import MessageKind, MessageState
from connect_saml_nb.model.sentence import Sentence
from connect_saml_nb.saml.sentences import MAX_XML, MessageFault, Repair
from connect_saml_nb.saml.times import read_time

if TYPE_CHECKING:
    from connect_saml_nb.model.saml import Assertion, SamlMessage

P = 'xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns="urn:oasis:names:tc:SAML:2.0:assertion"'


def response(inner: str = "", attributes: str = "") -> str:
    """A Response around some XML."""
    return f'<p:Response {P} ID="r" Version="2.0" {attributes}>{inner}</p:Response>'


def assertion(inner: str = "", attributes: str = 'ID="a"') -> str:
    """An Assertion around some XML."""
    return f'<Assertion {attributes} Version="2.0">{inner}</Assertion>'


def read(xml: str | bytes) -> SamlMessage:
    """The message of some XML."""
    return saml.read_message(xml if isinstance(xml, bytes) else xml.encode())


def read_assertion(inner: str, attributes: str = 'ID="a"') -> Assertion:
    """The assertion with this inside, from a Response."""
    message = read(response(assertion(inner, attributes)))
    assert message.assertion is not None, message.problem
    return message.assertion


def read_value(value: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """An attribute's values, and the assertion's notes."""
    inner = f'<AttributeStatement><Attribute Name="n">{value}</Attribute></AttributeStatement>'
    found = read_assertion(inner)
    return found.attributes[0].values, found.notes


class TestRealMessages:
    """What real identity providers send."""

    def test_node_samlp(self) -> None:
        """Auth0's node-samlp is read without a note."""
        message = read(XML)
        assert (MessageState.READ, MessageKind.RESPONSE, ()) == (message.state, message.kind, message.notes)

    def test_node_samlp_response(self) -> None:
        """The Response's own fields."""
        found = read(XML).response
        assert found is not None
        assert ("urn:login.samlp.example", "https://signin.aws.amazon.com/saml", None) == (
            found.issuer,
            found.destination,
            found.in_response_to,
        )

    def test_node_samlp_assertion(self) -> None:
        """The assertion's fields."""
        found = read(XML).assertion
        assert found is not None
        assert (
            ("urn:amazon:webservices",),
            datetime(2026, 11, 24, 2, 43, 36, 500000, UTC),
            "Priya.Nair@corp.example",
        ) == (
            found.audiences,
            found.not_on_or_after,
            found.attribute(ROLE_SESSION_NAME).values[0],
        )

    def test_pysaml2_prefixes_and_values(self) -> None:
        """pysaml2 writes the prefixes ns0 and ns1, and a Role value for each role."""
        found = read((DATA / "pysaml2-two_roles.xml").read_bytes()).assertion
        assert found is not None
        assert [(saml.short_name(a.name), len(a.values)) for a in found.attributes][:2] == [
            ("Role", 2),
            ("RoleSessionName", 1),
        ]

    def test_encrypted_is_its_own_state_with_a_readable_response(self) -> None:
        """Encrypted is its own state with a readable response."""
        message = read((DATA / "samlp-encrypted.xml").read_bytes())
        assert (MessageState.ENCRYPTED, (), "urn:login.samlp.example") == (
            message.state,
            message.assertions,
            message.response and message.response.issuer,
        )

    def test_saml_11_in_ws_federation(self) -> None:
        """Saml 11 in ws federation."""
        found = read((DATA / "wsfed-saml11.xml").read_bytes()).assertion
        assert found is not None
        assert ("1.1", "urn:adfs.example", "jane.doe@corp.example", ("urn:hub.example",), 1) == (
            found.version,
            found.issuer,
            found.name_id,
            found.audiences,
            len(found.confirmations),
        )

    def test_saml_11_attribute_names_are_joined_where_they_were_split(self) -> None:
        """Saml 11 attribute names are joined where they were split."""
        found = read((DATA / "wsfed-saml11.xml").read_bytes()).assertion
        assert found is not None
        assert [a.name for a in found.attributes] == [
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
            "urn:mace:dir:attribute-def:mail",
        ]

    def test_collection_of_tokens(self) -> None:
        """Collection of tokens."""
        inner = (DATA / "wsfed-saml11.xml").read_text()
        space = 'xmlns:w="http://docs.oasis-open.org/ws-sx/ws-trust/200512"'
        message = read(
            f"<w:RequestSecurityTokenResponseCollection {space}>{inner}</w:RequestSecurityTokenResponseCollection>"
        )
        assert (MessageKind.WS_FEDERATION, 1) == (message.kind, len(message.assertions))


class TestKinds:
    """The kind is the root element's."""

    @pytest.mark.parametrize("name", ["AuthnRequest", "LogoutRequest", "LogoutResponse", "Response"])
    def test_by_root_element(self, name: str) -> None:
        """By root element."""
        assert read(f"<p:{name} {P}/>").kind == name

    def test_bare_assertion(self) -> None:
        """Bare assertion."""
        message = read(f'<Assertion {P} ID="x"/>')
        assert (MessageKind.RESPONSE, None, 1) == (message.kind, message.response, len(message.assertions))

    @pytest.mark.parametrize("xml", ["<html/>", "<Response/>", '<Response xmlns="urn:other"/>'])
    def test_anything_else_is_unknown_and_told(self, xml: str) -> None:
        """Anything else is unknown and told."""
        message = read(xml)
        assert (MessageKind.UNKNOWN, MessageState.READ, 1) == (message.kind, message.state, len(message.notes))


class TestRefused:
    """XML that is not read."""

    @pytest.mark.parametrize(
        ("xml", "problem"),
        [
            ("<!DOCTYPE a><a/>", Sentence(MessageFault.DTD)),
            ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', Sentence(MessageFault.EXTERNAL)),
            ('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', Sentence(MessageFault.ENTITIES)),
            ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', Sentence(MessageFault.ENTITIES)),
            ("<a>&nbsp;</a>", Sentence(MessageFault.ENTITIES)),
            ("<a>" * 200_000, Sentence(MessageFault.TOO_DEEP)),
            ("<a>" + "<b/>" * 30_000 + "</a>", Sentence(MessageFault.TOO_MANY_ELEMENTS)),
            ("<a " + " ".join(f'b{i}="c"' for i in range(300)) + "/>", Sentence(MessageFault.TOO_MANY_ATTRIBUTES)),
            ("<a>" + "x" * MAX_XML, Sentence(MessageFault.TOO_LARGE)),
            ('<?xml version="1.0" encoding="klingon"?><a/>', Sentence(MessageFault.ENCODING)),
            ('<?xml version="1.0" encoding="shift_jis"?><a/>', Sentence(MessageFault.ENCODING)),
            ('<?xml version="1.0" encoding="zlib"?><a/>', Sentence(MessageFault.ENCODING)),
            ("<x:a/>", Sentence(MessageFault.UNBOUND)),
            ("<a><b>", Sentence(MessageFault.CUT_OFF)),
            ("<a><b att", Sentence(MessageFault.CUT_OFF)),
            ("", Sentence(MessageFault.CUT_OFF)),
            ("<a></b>", Sentence(MessageFault.NOT_XML, (1, 6))),
            ("<a>\x00</a>", Sentence(MessageFault.NOT_XML, (1, 4))),
        ],
    )
    def test_with_its_own_sentence(self, xml: str, problem: str) -> None:
        """With its own sentence."""
        message = read(xml)
        assert (MessageState.DAMAGED, problem) == (message.state, message.problem)

    def test_problem_quotes_no_content(self) -> None:
        """Problem quotes no content."""
        assert "hunter2" not in str(read("<a hunter2='1' hunter2='2'/>").problem)

    def test_utf16_entities_are_named_too(self) -> None:
        """Utf16 entities are named too."""
        xml = '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode("utf-16")
        assert read(xml).problem == Sentence(MessageFault.ENTITIES)


class TestEncodings:
    """Text encodings of the XML."""

    @pytest.mark.parametrize("name", ["utf-16", "iso-8859-1", "windows-1252", "us-ascii", "utf-8"])
    def test_declared_encoding_is_read(self, name: str) -> None:
        """Declared encoding is read."""
        xml = f'<?xml version="1.0" encoding="{name}"?>' + response(assertion("<Issuer>idp</Issuer>"))
        assert read(xml.encode(name)).assertion.issuer == "idp"

    def test_latin_1_characters(self) -> None:
        """Latin 1 characters."""
        xml = '<?xml version="1.0" encoding="iso-8859-1"?>' + response(assertion("<Issuer>é</Issuer>"))
        assert read(xml.encode("latin-1")).assertion.issuer == "é"

    def test_utf_8_that_calls_itself_utf_16(self) -> None:
        """.NET's StringWriter declares utf-16 whatever the bytes become later."""
        message = read('<?xml version="1.0" encoding="utf-16"?>' + response())
        assert (MessageState.READ, (Sentence(Repair.AS_UTF8),)) == (message.state, message.notes)


class TestValues:
    """The assertion's parts."""

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("<AttributeValue>jane<!--c-->.doe</AttributeValue>", ("jane.doe",)),
            ("<AttributeValue>jane<?pi x?>.doe</AttributeValue>", ("jane.doe",)),
            ("<AttributeValue><![CDATA[a&b]]></AttributeValue>", ("a&b",)),
            ("<AttributeValue>a<NameID>b</NameID>c</AttributeValue>", ("abc",)),
            ("<AttributeValue>  jane\n</AttributeValue>", ("  jane\n",)),
            ("<AttributeValue/>", ("",)),
            ("", ()),
            ("<AttributeValue>a</AttributeValue> <AttributeValue>b</AttributeValue>", ("a", "b")),
            ('<x:AttributeValue xmlns:x="urn:other">a</x:AttributeValue>', ()),
        ],
    )
    def test_are_read_whole(self, value: str, expected: object) -> None:
        """Are read whole."""
        assert read_value(value)[0] == expected

    @pytest.mark.parametrize(
        "value",
        [
            "<AttributeValue>jane<!--c-->.doe</AttributeValue>",
            "<AttributeValue><b>jane</b></AttributeValue>",
            '<AttributeValue xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>',
        ],
    )
    def test_oddities_are_told(self, value: str) -> None:
        """Oddities are told."""
        assert len(read_value(value)[1]) == 1

    def test_comment_in_a_name_id(self) -> None:
        """Comment in a name id."""
        found = read_assertion("<Subject><NameID>jane<!-- -->.evil</NameID></Subject>")
        assert ("jane.evil", 1) == (found.name_id, len(found.notes))

    def test_several_statements(self) -> None:
        """Several statements."""
        one = '<AttributeStatement><Attribute Name="n"/></AttributeStatement>'
        found = read_assertion(one + one.replace('"n"', '"m"'))
        assert [a.name for a in found.attributes] == ["n", "m"]

    def test_repeated_and_nameless_attributes_are_told(self) -> None:
        """Repeated and nameless attributes are told."""
        found = read_assertion(
            '<AttributeStatement><Attribute/><Attribute Name="n"/><Attribute Name="n"/></AttributeStatement>'
        )
        assert ([("", ()), ("n", ()), ("n", ())], 2) == (
            [(a.name, a.values) for a in found.attributes],
            len(found.notes),
        )

    def test_encrypted_parts_are_told(self) -> None:
        """Encrypted parts are told."""
        found = read_assertion(
            "<Subject><EncryptedID/></Subject><AttributeStatement><EncryptedAttribute/></AttributeStatement>"
        )
        assert (None, 2) == (found.name_id, len(found.notes))

    def test_confirmation(self) -> None:
        """A SubjectConfirmation with its data."""
        data = '<SubjectConfirmationData Recipient="https://x/" NotOnOrAfter="2026-01-01T00:00:00Z"/>'
        found = read_assertion(f'<Subject><SubjectConfirmation Method="m">{data}</SubjectConfirmation></Subject>')
        (confirmation,) = found.confirmations
        assert ("m", "https://x/", None, datetime(2026, 1, 1, tzinfo=UTC)) == (
            confirmation.method,
            confirmation.recipient,
            confirmation.not_before,
            confirmation.not_on_or_after,
        )

    def test_session_end(self) -> None:
        """Session end."""
        found = read_assertion('<AuthnStatement/><AuthnStatement SessionNotOnOrAfter="2026-01-01T00:00:00Z"/>')
        assert found.session_not_on_or_after == datetime(2026, 1, 1, tzinfo=UTC)

    def test_second_conditions_are_told(self) -> None:
        """Second conditions are told."""
        assert len(read_assertion("<Conditions/><Conditions/>").notes) == 1

    def test_absent_parts_are_none(self) -> None:
        """Absent parts are none."""
        found = read_assertion("")
        assert (None, None, None, (), ()) == (
            found.issuer,
            found.name_id,
            found.not_before,
            found.audiences,
            found.confirmations,
        )


class TestResponses:
    """What stands around the assertions."""

    def test_status_outermost_first(self) -> None:
        """Status outermost first."""
        codes = '<p:StatusCode Value="Responder"><p:StatusCode Value="AuthnFailed"/></p:StatusCode>'
        found = read(response(f"<p:Status>{codes}<p:StatusMessage>no</p:StatusMessage></p:Status>")).response
        assert found is not None
        assert (("Responder", "AuthnFailed"), "no") == (found.status, found.status_message)

    def test_assertions_keep_their_order(self) -> None:
        """Assertions keep their order."""
        message = read(response(assertion() + assertion(attributes='ID="b"')))
        assert [a.id for a in message.assertions] == ["a", "b"]

    def test_one_readable_and_one_encrypted(self) -> None:
        """One readable and one encrypted."""
        message = read(response(assertion() + "<EncryptedAssertion/>"))
        assert (MessageState.READ, 1) == (message.state, len(message.notes))

    def test_misplaced_assertions_are_not_read_but_told(self) -> None:
        """Misplaced assertions are not read but told."""
        evil = assertion(attributes='ID="evil"')
        message = read(response(f"<p:Extensions>{evil}</p:Extensions>{assertion()}"))
        assert (["a"], 1) == ([a.id for a in message.assertions], len(message.notes))

    def test_repeated_ids_are_told(self) -> None:
        """Repeated ids are told."""
        assert len(read(response(assertion(attributes='ID="r"'))).notes) == 1


class TestTimes:
    """xs:dateTime (XML Schema part 2, section 3.2.7)."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-11-24T02:38:36Z", datetime(2026, 11, 24, 2, 38, 36, 0, UTC)),
            ("2026-11-24T02:38:36.5Z", datetime(2026, 11, 24, 2, 38, 36, 500000, UTC)),
            ("2026-11-24T02:38:36.123456789Z", datetime(2026, 11, 24, 2, 38, 36, 123456, UTC)),
            ("2026-11-24T02:38:36+05:30", datetime(2026, 11, 23, 21, 8, 36, 0, UTC)),
            ("2026-11-24T02:38:36-14:00", datetime(2026, 11, 24, 16, 38, 36, 0, UTC)),
            ("2026-12-31T24:00:00Z", datetime(2027, 1, 1, tzinfo=UTC)),
            ("2026-12-31T24:00:00.000Z", datetime(2027, 1, 1, tzinfo=UTC)),
            (" 2026-11-24T02:38:36Z\n", datetime(2026, 11, 24, 2, 38, 36, 0, UTC)),
        ],
    )
    def test_forms(self, text: str, expected: object) -> None:
        """All lexical forms."""
        assert read_time(text, "X") == (expected, None)

    def test_no_zone_is_utc_and_told(self) -> None:
        """No zone is utc and told."""
        time, note = read_time("2026-11-24T02:38:36", "X")
        assert (datetime(2026, 11, 24, 2, 38, 36, 0, UTC), True) == (time, bool(note))

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "now",
            "2026-11-24",
            "2026-02-30T00:00:00Z",
            "2026-11-24T25:00:00Z",
            "2026-11-24T24:00:01Z",
            "2026-11-24T24:00:00.1Z",
            "2026-11-24T02:38:60Z",
            "12026-11-24T02:38:36Z",
            "-0001-11-24T02:38:36Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T24:00:00Z",
            "2026-11-24T02:38:36+15:00",
            "2026-11-24T02:38:36+01:99",
            "1764000000",
            "２０２６-11-24T02:38:36Z",
        ],
    )
    def test_garbage_is_none_and_told(self, text: str) -> None:
        """Garbage is none and told."""
        time, note = read_time(text, "X")
        assert (None, True) == (time, "X is no time" in str(note))


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("https://aws.amazon.com/SAML/Attributes/RoleSessionName", "RoleSessionName"),
        ("https://aws.amazon.com/SAML/Attributes/PrincipalTag:Dept", "PrincipalTag:Dept"),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", "name"),
        ("https://x.example/claims#group", "group"),
        ("https://aws.amazon.com/SAML/Attributes/Role/", "Role"),
        ("urn:oid:0.9.2342.19200300.100.1.3", "0.9.2342.19200300.100.1.3"),
        ("urn:mace:dir:attribute-def:mail", "mail"),
        ("mail", "mail"),
        ("", ""),
        ("/", "/"),
    ],
)
def test_short_name(name: str, short: str) -> None:
    """Short name."""
    assert saml.short_name(name) == short
