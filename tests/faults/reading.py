"""Replies that nobody sends, within the bounds of a body, in every form; and the loop's lag while they are read.

A reply goes the way that it goes in the service: its bytes are read as its route reads them, the gate judges it, an
adapter concludes, and the answer is written out and taken in again.
"""

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from random import Random
from time import perf_counter, process_time
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from contracts import Answer, Benefits, Card, Echo, InquiryPlan, Member, PayerError, Provider, Question, Reply
from payers.adapter import DataAdapter
from payers.conformance.inquiry import INQUIRY, NUMBERS
from payers.conformance.scripted import ScriptedGateway
from payers.routes.core_mime import reply as core_mime
from payers.routes.core_soap import reply as core_soap
from payers.routes.shared import offload
from payers.routes.shared.core_envelope import Outgoing, read_reply
from payers.routes.shared.http import Received
from payers.routes.shared.intake import MAX_BODY
from payers.routes.shared.json_replies.exchange import read_response
from payers.routes.stored import read_stored
from service.gateway.correlation import SentInquiry, judge

CARD = Card(id="example", name="Example", routes=(), plan=InquiryPlan(source="test"))
QUESTION = Question(
    payer="example",
    member=Member(first_name="Otis", last_name="Specimen", birth_date=date(1990, 4, 12), member_id="W900000011"),
    provider=Provider(npi="1999999984", name="Example Recovery Center"),
    service_date=date(2026, 11, 23),
)
HEAD = (
    "ISA*00*          *00*          *ZZ*60054          *ZZ*EXAMPLERECOVERY*261123*1015*^*00501*000000301*0*P*:",
    *("GS*HB*60054*EXAMPLERECOVERY*20261123*1015*301*X*005010X279A1", "ST*271*0001*005010X279A1"),
    *("BHT*0022*11*TEST301*20261123*1015", "HL*1**20*1", "NM1*PR*2*EXAMPLE*****PI*60054", "HL*2*1*21*1"),
    *("NM1*1P*2*EXAMPLE RECOVERY CENTER*****XX*1999999984", "HL*3*2*22*0"),
    *(f"TRN*2*{NUMBERS.trace}*{NUMBERS.originator}", "NM1*IL*1*SPECIMEN*OTIS****MI*W900000011"),
)
WORDS = (
    *("IOP ", "IOP;", "PHP EXCLUDED BUT IOP ", "rev ", "an office or ", "precert may be ", "S9480. ", "coverage ", "9"),
    *("intensive outpatient ", "other than office, ", "optum behavioral health ", "if terminated; ", " ", "ISA*", "é"),
)
Lines = Callable[[Random, int], Iterator[str]]


def _messages(random: Random, room: int) -> Iterator[str]:
    yield random.choice(("EB*1**MH*********Y", "EB*I**MH*********N", "EB*B*IND*MH***27*25***Y*Y", "EB*D**30"))
    length = random.choice((264, 2_000, 7_900, 20_000, room))
    text = (random.choice(WORDS) * length)[:length]
    for _ in range(random.choice((1, 9, 90, room // length + 1))):
        yield f"MSG*{text}"


def _figures(random: Random, room: int) -> Iterator[str]:
    for _ in range(random.choice((100, 1_100, room // 30))):
        yield random.choice(
            ("EB*B*IND*MH***27*{0}*****Y", "EB*C*FAM*30***23*{0}*****W", "EB*F*IND*MH***23***DY*{0}**Y")
        )
        yield random.choice(("MSG*PRIOR AUTH REQUIRED {0}", "III*ZZ*{0}", "DTP*348*D8*20260101", "HSD*VS*{0}***23*{0}"))


def _below(random: Random, room: int) -> Iterator[str]:
    yield f"EB*1**{'^'.join(['MH'] * random.choice((1, 99, 1_500, room // 3)))}"
    below = random.choice(
        ("III*ZZ*{0}", "DTP*291*RD8*20260101-20261231", "REF*18*{0}", "AAA*N**72*C", "NM1*VN*2*OPTUM {0}", "HSD*VS*{0}")
    )
    for _ in range(random.choice((20, 99, room // 40))):
        yield below


def _levels(random: Random, room: int) -> Iterator[str]:
    kind = random.choice(("20", "21", "22", "23"))
    for _ in range(random.choice((10, 300, room // 90))):
        yield f"HL*{{0}}*{random.choice((1, 2, 3))}*{kind}*0"
        yield from ("NM1*IL*1*SPECIMEN{0}*OTIS****MI*W900000011", "EB*1**30", "AAA*N**{0}*C")


def _strange(random: Random, room: int) -> Iterator[str]:
    tags = ("X{0}", "ISA", "ISA*{0}", "ST*271*{0}", "GS*HB", "EB*Z{0}*Q*{0}*XX", "TRN*2*{0}", "LS*2120", "AAA*N**{0}*C")
    for _ in range(random.choice((300, 5_000, room // 8))):
        yield random.choice(tags)


def _rehearsed(random: Random, room: int) -> bytes:
    """A 271 of what the payer makes of it."""
    body = [*HEAD]
    left = room
    while left > 0:
        made: Lines = random.choice((_messages, _figures, _below, _levels, _strange))
        for number, line in enumerate(made(random, left)):
            body.append(line.replace("{0}", str(number)))
            left -= len(body[-1]) + 1
            if left <= 0:
                break
        if random.random() < 0.5:
            break
    body += [f"SE*{len(body) - 1}*0001", "GE*1*301", "IEA*1*000000301"]
    return ("~".join(body) + "~").encode()[:room]


def _of_json(random: Random, room: int) -> bytes:
    """JSON in the form of a gateway's, with too much of something."""
    number = random.choice((10, 900, room // 60))
    text = (random.choice(WORDS) * 8_000)[: random.choice((9, 900, 7_900))]
    notes = [text] * min(random.choice((1, 9, 90, number)), room // len(text) + 1)
    line: dict[str, Any] = {
        "code": random.choice("1IBACF"),
        "serviceTypeCodes": ["MH"] * random.choice((1, 1, 90, number)),
    }
    line["additionalInformation"] = [{"description": note} for note in notes]
    line["benefitsDateInformation"] = {"plan": ["2026-01-01"] * random.choice((0, 1, number))}
    lines = [line] * min(number, room // len(json.dumps(line)) + 1)
    people = {"memberId": "W900000011", "lastName": random.choice(("SPECIMEN", text)), "firstName": "OTIS"}
    detail = {"type": "MH", "statusCode": "1", "payerNotes": notes}
    details = [detail] * min(number, room // len(json.dumps(detail)) + 1)
    texts = min(number, room // len(text) + 1)
    body: Any = random.choice(
        (
            {"benefitsInformation": lines, "subscriber": people},
            {"planStatus": [{"statusCode": "1", "serviceTypeCodes": ["30"]}] * number, "benefitsInformation": [line]},
            {
                "plans": [{"statusCode": "1", "benefits": details}],
                "subscriber": people,
                "id": "1",
                "status": "Complete",
            },
            {"plans": [{"statusCode": "1"}] * number, "subscriber": people, "id": "1", "status": "Complete"},
            {"errors": [{"code": "72", "field": text, "description": text}] * texts},
            {"data": {"checkEligibility": {"eligibility": [{"insuranceInfo": people} | {text: lines}]}}},
            {"benefitsInformation": [line], "x12": _rehearsed(random, room // 2).decode("latin-1")},
            [0] * number,
            {str(key): {} for key in range(number)},
        )
    )
    raw = json.dumps(body, ensure_ascii=random.random() < 0.5).encode()
    return raw.replace(b'"72"', b"9" * 5_000, 9) if random.random() < 0.1 else raw


def _of_xml(random: Random, room: int) -> bytes:
    """XML with too much of something."""
    number = random.choice((10, 1_900, room // 20))
    return random.choice(
        (
            (b"<" * 16_000 + b">") * (room // 16_001),
            b"<a>" * number,
            b"<a " + b"".join(b'a%d=">" ' % one for one in range(number)) + b"/>",
            b'<a xmlns=">' + b"u" * number + b'">' + b"<b/>" * 1_900 + b"</a>",
            b"<a>" + b"<![CDATA[x]]>" * number + b"</a>",
            b"<a>" + b"&#65;" * number + b"</a>",
            b"<fault>" + b"<value>" * 30 + b"x" * number + b"</value>" * 30 + b"</fault>",
            b"<e>" + b"<Payload>x</Payload>" * number + b"</e>",
        )
    )


class Body(NamedTuple):
    """One reply: its form, its media type, its bytes."""

    form: str
    media_type: str
    raw: bytes


def _wrapped(random: Random, payload: bytes) -> Body:
    """A 271 in one of the envelopes that bring it."""
    text = payload.decode("latin-1").encode("ascii", "replace")
    inside = random.choice(
        (b"<![CDATA[" + text + b"]]>", escape(text.decode()).encode(), base64.encodebytes(text), base64.b64encode(text))
    )
    soap = b"<e><PayloadType>X12_271_Response_005010X279A1</PayloadType><Payload>" + inside + b"</Payload></e>"
    part = b'--B\r\nContent-Disposition: form-data; name="Payload"\r\n\r\n'
    lined = payload.replace(b"~", random.choice((b"~", b"~\r\n", b"\n")))
    return random.choice(
        (
            Body("mime", "application/edi-x12", lined),
            Body("soap", "application/soap+xml", soap),
            Body("mime", "multipart/form-data; boundary=B", part + lined + b"\r\n--B--\r\n"),
            Body("mime", "multipart/form-data; boundary=B", (part + b"\r\n" * 40) * random.choice((1, 60, 9_000))),
        )
    )


def bodies(seed: int, count: int) -> Iterator[Body]:
    """``count`` replies, of all forms in turn."""
    random = Random(seed)
    for number in range(count):
        room = random.choice((4_000, 15_900, 60_000, 300_000, MAX_BODY - 1_000))
        if number % 3 == 0:
            yield Body("json", "application/json", _of_json(random, room)[:MAX_BODY])
        elif number % 9 == 1:
            yield Body("soap", "text/xml", _of_xml(random, room)[:MAX_BODY])
        else:
            body = _wrapped(random, _rehearsed(random, room))
            yield body._replace(raw=body.raw[:MAX_BODY])


async def _read(body: Body) -> Reply:
    received = Received(200, {"content-type": body.media_type}, body.raw)
    if body.form == "json":
        return await read_response(
            received, lambda root: Reply(read_stored(body.raw), Echo(), raw=body.raw, media_type="", traced=False)
        )
    envelope = core_soap.open_envelope if body.form == "soap" else core_mime.open_envelope
    outgoing = Outgoing("EXAMPLERECOVERY", "60054", datetime.now(UTC), NUMBERS.envelope_id, b"")
    return await read_reply(received, envelope, NUMBERS, outgoing)


async def _answer(benefits: Benefits) -> None:
    answer = await DataAdapter(CARD).verify(QUESTION, ScriptedGateway(benefits))
    await asyncio.sleep(0)
    written = answer.model_dump_json()
    await asyncio.sleep(0)
    Answer.model_validate_json(written)


async def _whole_way(body: Body) -> str:
    """How far a reply came: ``refused``, or ``answered``; what the gate stops is concluded all the same."""
    try:
        reply = await _read(body)
        with suppress(PayerError):
            judge(reply, SentInquiry(INQUIRY, NUMBERS, CARD))
        await asyncio.sleep(0)
        await _answer(reply.people[0])
    except PayerError:
        return "refused"
    return "answered"


class Lag(NamedTuple):
    """By how much a body held the loop up, in seconds, and what came of it."""

    seconds: float
    body: Body
    came: str


async def lags(many: Iterator[Body]) -> list[Lag]:
    """The lag that each costs; time in which the machine ran another process is nobody's."""
    worst = 0.0

    async def watch() -> None:
        nonlocal worst
        while True:
            wall, cpu = perf_counter(), process_time()
            await asyncio.sleep(0.002)
            worst = max(worst, min(perf_counter() - wall - 0.002, process_time() - cpu))

    watching = asyncio.create_task(watch())
    found: list[Lag] = []
    for body in many:
        await asyncio.sleep(0.005)
        worst = 0.0
        came = await _whole_way(body)
        await asyncio.sleep(0.005)
        found.append(Lag(worst, body._replace(raw=body.raw[:0]), came))
    watching.cancel()
    return found


def without_bounds(patch: Callable[[object, str, object], None]) -> None:
    """Take the bounds away: the mutant."""
    from payers import adapter
    from payers.reading import Extent, extent
    from payers.x12 import segments

    endless = 10**9
    patch(offload, "LARGE", endless)
    patch(segments, "MAX_SEGMENT", endless)
    for name in ("LONGEST_LINE", "LONGEST_WORDS", "MOST_BELOW", "MOST_TYPES"):
        patch(extent, name, endless)
    patch(adapter, "_ON_THE_LOOP", Extent(endless, endless, endless))
    patch(adapter, "_MOST", Extent(endless, endless, endless))
