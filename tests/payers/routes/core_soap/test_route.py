"""What CORE SOAP promises: a request by the schema, replies in every form seen, a typed error for every fault."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import httpx
import pytest
import respx
from defusedxml.ElementTree import fromstring

from contracts import (
    AttemptNumbers,
    PayerBusy,
    PayerError,
    PayerRefused,
    PayerSilent,
    Reply,
    ReplyMismatched,
    ReplyUnreadable,
    RouteSettings,
)
from payers.conformance.inquiry import INQUIRY, NUMBERS
from payers.routes.core_soap import open_route
from payers.routes.core_soap.reply import open_envelope
from payers.routes.core_soap.request import write_envelope
from payers.routes.shared.core_envelope import CoreEnvelope, Outgoing, read_reply
from payers.routes.shared.http import Received
from payers.x12 import read_270

URL = "https://127.0.0.1:9443/core/soap"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSSE = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
SETTINGS = RouteSettings(url=URL, username="us<er", password="p&]]>ss", sender_id="ME")


async def exchange(numbers: AttemptNumbers = NUMBERS) -> Reply:
    return await open_route(SETTINGS).exchange(INQUIRY, numbers, seconds=5)


def response_of(payload: str, **changes: str) -> str:
    fields = {
        "PayloadType": "X12_271_Response_005010X279A1",
        "ProcessingMode": "RealTimeMode",
        "PayloadID": NUMBERS.envelope_id,
        "TimeStamp": "Tue Nov 24 14:05:01 GMT 2026",
        "Payload": payload,
        "ErrorCode": "Success",
        "ErrorMessage": "No errors",
    } | changes
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f'<n:COREEnvelopeRealTimeResponse xmlns:n="urn:core">{inner}</n:COREEnvelopeRealTimeResponse>'


def soap(inner: str) -> str:
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{inner}</s:Body></s:Envelope>'


def answers(body: str | bytes, media_type: str = "application/soap+xml", status: int = 200) -> httpx.Response:
    content = body if isinstance(body, bytes) else body.encode()
    return httpx.Response(status, content=content, headers={"content-type": media_type})


def related(root: str, payload: bytes, href: str = "cid:p%40payer", head: str = 'start="<r@payer>"') -> httpx.Response:
    parts = (
        (b"<p@payer>", b"application/octet-stream", payload),
        (b"<r@payer>", b"application/xop+xml; charset=utf-8", soap(response_of(root.format(href=href))).encode()),
    )
    body = b"".join(
        b"--M\r\nContent-ID: %s\r\nContent-Type: %s\r\nContent-Transfer-Encoding: binary\r\n\r\n%s\r\n" % part
        for part in parts
    )
    return answers(body + b"--M--\r\n", f"multipart/related; boundary=M; {head}")


XOP = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="{href}"/>'


@respx.mock
async def test_a_request_is_soap_1_2_with_its_action_and_a_user_name_token(text: Callable[..., bytes]) -> None:
    route = respx.post(URL).mock(return_value=answers(soap(response_of(text(["EB*1**30"]).decode()))))

    reply = await exchange()

    sent = route.calls.last.request
    root = fromstring(sent.content, forbid_dtd=True)
    (request,) = root.find(f"{{{SOAP}}}Body")
    assert sent.headers["content-type"] == "application/soap+xml; charset=utf-8; action=RealTimeTransaction"
    assert sent.headers["action"] == "RealTimeTransaction"
    assert request.tag == "{http://www.caqh.org/SOAP/WSDL/CORERule2.2.0.xsd}COREEnvelopeRealTimeRequest"
    assert [child.tag for child in request] == (
        "PayloadType ProcessingMode PayloadID TimeStamp SenderID ReceiverID CORERuleVersion Payload".split()
    )
    assert read_270(request[-1].text.encode()).trace == NUMBERS.trace
    token = root.find(f"{{{SOAP}}}Header/{WSSE}Security/{WSSE}UsernameToken")
    assert [child.text for child in token] == ["us<er", "p&]]>ss"]
    assert token[1].get("Type", "").endswith("#PasswordText")
    assert (reply.people[0].lines[0].information, reply.sent_from, reply.sent_to) == ("1", "ME", "60054")


@pytest.mark.parametrize("sign", ["]]>", "&amp;", "<b>", "'\""])
def test_a_payload_comes_out_of_the_envelope_as_it_went_in(sign: str) -> None:
    outgoing = Outgoing("ME", "YOU", datetime(2026, 11, 24, tzinfo=UTC), "id", f"ISA*{sign}~".encode())

    root = fromstring(write_envelope(outgoing, "u", "p"), forbid_dtd=True)

    assert [child.text for child in root.iter("Payload")] == [f"ISA*{sign}~"]


FORMS: dict[str, Callable[[bytes], httpx.Response]] = {
    "escaped": lambda raw: answers(soap(response_of(raw.decode()))),
    "cdata": lambda raw: answers(soap(response_of(f"<![CDATA[{raw.decode()}]]>"))),
    "cdata that was escaped": lambda raw: answers(soap(response_of(f"&lt;![CDATA[{raw.decode()}]]&gt;"))),
    "base64": lambda raw: answers(soap(response_of(base64.encodebytes(raw).decode()))),
    "a wrapper": lambda raw: answers(soap(f"<w><v>{response_of(raw.decode())}</v></w>")),
    "no soap around it": lambda raw: answers(response_of(raw.decode()), "text/xml; charset=utf-8"),
    "utf-16": lambda raw: answers(soap(response_of(raw.decode())).encode("utf-16"), "application/xml"),
    "a character set in the header": lambda raw: answers(
        soap(response_of(raw.decode())).replace("No errors", "Não").encode("latin-1"),
        'application/soap+xml; charset="ISO-8859-1"',
    ),
    "mtom": lambda raw: related(XOP, raw),
    "a multipart with the payload in its root": lambda raw: related(raw.decode(), b""),
    "a bare interchange": lambda raw: answers(raw, "application/edi-x12"),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
@respx.mock
async def test_a_reply_is_read_in_every_form_that_was_seen(
    form: Callable[[bytes], httpx.Response], text: Callable[..., bytes]
) -> None:
    raw = text(["EB*1**30"])
    respx.post(URL).mock(return_value=form(raw))

    reply = await exchange()

    assert reply.raw == raw
    assert reply.people[0].lines[0].information == "1"


BOMB = '<!DOCTYPE x [<!ENTITY a "ISA"><!ENTITY b "&a;&a;&a;">]>' + soap(response_of("&b;"))
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + soap(response_of("&a;"))
ATTRIBUTES = "".join(f' a{n}=""' for n in range(100_000))


def fault(code: str, name: str = "Value") -> str:
    return soap(f"<s:Fault><s:Code><s:{name}>{code}</s:{name}></s:Code><s:Reason>Otis</s:Reason></s:Fault>")


@pytest.mark.parametrize(
    ("reply", "error", "detail"),
    [
        pytest.param(answers(BOMB), ReplyUnreadable, "xml:dtd", id="a bomb"),
        pytest.param(answers(OUTSIDE), ReplyUnreadable, "xml:dtd", id="an entity of the outside"),
        pytest.param(answers("<!DOCTYPE html><html/>"), ReplyUnreadable, "xml:dtd", id="a page that says it is XML"),
        pytest.param(answers("<a>" * 300_000), ReplyUnreadable, "xml:elements", id="elements"),
        pytest.param(answers("<a>" * 300), ReplyUnreadable, "xml:depth", id="depth"),
        pytest.param(answers(("<" * 16_000 + ">") * 118), ReplyUnreadable, "xml:elements", id="marks"),
        pytest.param(
            answers("<a " + "".join(f'a{number}=">" ' for number in range(9_000)) + "/>"),
            ReplyUnreadable,
            "xml:attributes",
            id="attributes that look like ends",
        ),
        pytest.param(
            answers(f'<a xmlns=">{"u" * 20_000}"><b/></a>'), ReplyUnreadable, "xml:attributes", id="a long namespace"
        ),
        pytest.param(answers(f"<a>{'<b/>' * 300_000}</a>"), ReplyUnreadable, "xml:elements", id="elements"),
        pytest.param(answers(f"<a{ATTRIBUTES}/>"), ReplyUnreadable, "xml:attributes", id="attributes"),
        pytest.param(answers(soap("<a>&undeclared;</a>")), ReplyUnreadable, "xml:malformed", id="an unknown entity"),
        pytest.param(
            answers('<?xml version="1.0" encoding="klingon"?><a/>'), ReplyUnreadable, "xml:malformed", id="klingon"
        ),
        pytest.param(answers(soap("")[:-9]), ReplyUnreadable, "xml:malformed", id="cut off"),
        pytest.param(answers(""), ReplyUnreadable, "xml:malformed", id="nothing"),
        pytest.param(answers("<html>", "text/html"), ReplyUnreadable, "media_type", id="a page"),
        pytest.param(answers("<html/>"), ReplyUnreadable, "no_envelope", id="other XML"),
        pytest.param(answers(soap(response_of("ISA") * 2)), ReplyUnreadable, "several_envelopes", id="two bodies"),
        pytest.param(
            answers(soap(response_of("ISA</Payload><Payload>ISA"))),
            *(ReplyUnreadable, "repeated_field"),
            id="two payloads",
        ),
        pytest.param(answers(soap(response_of(""))), ReplyUnreadable, "no_payload", id="no payload"),
        pytest.param(
            answers(soap("<r><ErrorCode>Success</ErrorCode></r>")), ReplyUnreadable, "no_payload", id="a code alone"
        ),
        pytest.param(answers(soap(response_of("SVNB"))), ReplyUnreadable, "no_interchange", id="no interchange"),
        pytest.param(answers(soap(response_of("NOT X12"))), ReplyUnreadable, "no_interchange", id="words"),
        pytest.param(related(XOP, b"", href="cid:other"), ReplyUnreadable, "no_attachment", id="no such attachment"),
        pytest.param(
            related(XOP, b"", head='start="<p@payer>"'), ReplyUnreadable, "media_type", id="a root that is no XML"
        ),
        pytest.param(answers(b"--x", "multipart/related"), ReplyUnreadable, "no_parts", id="no boundary"),
        pytest.param(
            answers(b"x", "multipart/related; boundary=" + "M" * 2_000),
            ReplyUnreadable,
            "long_header",
            id="a long head",
        ),
        pytest.param(
            answers(soap(response_of("", ErrorCode="UnAuthorized"))),
            *(PayerRefused, "envelope:unauthorized"),
            id="refuses us",
        ),
        pytest.param(
            answers(soap(response_of("ISA", PayloadID="another"))), ReplyMismatched, "payload_id", id="another's id"
        ),
        pytest.param(answers(fault("s:Receiver")), PayerSilent, "soap_fault:receiver", id="a fault"),
        pytest.param(answers(fault("s:Sender"), status=400), PayerSilent, "soap_fault:sender", id="a fault at 400"),
        pytest.param(answers(fault("s:Receiver"), status=500), PayerSilent, "soap_fault:receiver", id="at 500"),
        pytest.param(answers(fault("Client", "faultcode")), PayerSilent, "soap_fault:client", id="SOAP 1.1"),
        pytest.param(answers(fault("s:Otis Specimen")), PayerSilent, "soap_fault:unknown", id="words of theirs"),
        pytest.param(answers("<no xml", status=400), PayerRefused, "http_400", id="400 that is no XML"),
        pytest.param(answers("<html/>", status=500), PayerSilent, "http_500", id="500 that is no fault"),
        pytest.param(answers(fault("s:Sender"), status=401), PayerRefused, "http_401", id="401 decides alone"),
        pytest.param(answers(fault("s:Receiver"), status=503), PayerBusy, "http_503", id="503 decides alone"),
    ],
)
@respx.mock
async def test_every_fault_is_a_typed_error(reply: httpx.Response, error: type[PayerError], detail: str) -> None:
    respx.post(URL).mock(return_value=reply)

    with pytest.raises(error) as failure:
        await exchange()

    assert (failure.value.sent, failure.value.detail) == (True, detail)


SPOILED = (b"<", b">", b"&", b"]]>", b"<!DOCTYPE x>", b"\x00", b"\xff\xfe", b"--M", b"cid:", b"ISA", b"~", b"", b"\r\n")


@pytest.mark.parametrize("form", ["escaped", "cdata", "a wrapper", "mtom"])
async def test_whatever_is_spoiled_in_a_reply_is_read_or_a_typed_error(form: str, text: Callable[..., bytes]) -> None:
    whole = FORMS[form](text(["EB*1**30"]))
    dice = Random(form)
    outgoing = Outgoing("ME", "60054", datetime(2026, 11, 24, tzinfo=UTC), NUMBERS.envelope_id, b"")
    ended: set[str] = set()

    for _ in range(150):
        at = dice.randrange(len(whole.content))
        spoiled = whole.content[:at] + dice.choice(SPOILED) + whole.content[at + dice.choice((0, 1, 40)) :]
        try:
            await read_reply(Received(200, dict(whole.headers), spoiled), open_envelope, NUMBERS, outgoing)
            ended.add("read")
        except PayerError as error:
            ended.add(type(error).__name__)

    assert {"read", "ReplyUnreadable"} <= ended


def test_a_password_is_needed_and_must_be_writable_as_xml() -> None:
    for password in (None, "a\0b"):
        with pytest.raises(ValueError, match=r"^(USERNAME|PASSWORD)"):
            open_route(SETTINGS.model_copy(update={"password": password}))


def test_the_settings_may_shorten_an_attempt() -> None:
    shorter = SETTINGS.model_copy(update={"attempt_cap": 9.0})

    assert (open_route(SETTINGS).attempt_cap, open_route(shorter).attempt_cap) == (60.0, 9.0)


def test_nothing_of_an_envelope_is_shown(text: Callable[..., bytes]) -> None:
    outgoing = Outgoing("ME", "YOU", datetime(2026, 11, 24, tzinfo=UTC), "id", text(["EB*1**30"]))

    assert "SPECIMEN" not in f"{outgoing!r} {CoreEnvelope({'payloadid': 'SPECIMEN'}, outgoing.payload)!r}"
