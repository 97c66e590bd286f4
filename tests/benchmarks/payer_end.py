"""The payer's end of a measurement, as a process: CORE MIME replies of a given size that cost next to nothing.

``python -m tests.benchmarks.payer_end`` prints one line with its address. ``POST /control`` with JSON sets the size of
the replies in bytes and how long each takes; ``GET /control`` says what was asked since. An inquiry belongs to the
question about its member, since every question of a measurement is about a member of its own.
"""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import NamedTuple
from zlib import crc32

import uvloop

# What is left of a deductible or a maximum is each member's own; the rest is the plan's.
LINES = (
    "EB*1**30*PR*OPEN CHOICE",
    "EB*1**{type}*********W",
    "EB*C*IND*30***29*{left}*****Y",
    "EB*A*IND*{type}*****.2****Y",
)
MORE_LINES = (
    "EB*C*IND*30***23*2000*****Y",
    "EB*G*IND*30***23*6000*****Y",
    "EB*G*IND*30***29*{left}*****Y",
    "EB*1**1^33^47^48^50^86^98^UC*********W",
    "EB*C*FAM*30***23*4000*****Y",
    "EB*C*FAM*30***29*{left}*****Y",
    "EB*B*IND*98***27*25*****Y",
    "MSG*SPECIALIST OFFICE VISIT",
    "EB*A*IND*98*****.4****N",
    "EB*B*IND*{type}***27*40****Y*Y",
    "MSG*OUTPATIENT FACILITY",
    "EB*A*IND*{type}*****.4****N",
    "EB*F*IND*33***23***VS*20**N*Y",
    "DTP*291*RD8*20260101-20261231",
    "EB*B*IND*UC***27*75*****Y",
    "EB*B*IND*86***27*300*****Y",
    "MSG*COPAY WAIVED IF ADMITTED",
)
_BOUNDARY = "benchmark-boundary"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Inquiry(NamedTuple):
    """What of a 270 comes back in its reply."""

    header: Sequence[str]
    transaction: str
    trace: str
    payer: str
    provider: str
    member: str
    birth_date: str
    types: str

    @property
    def key(self) -> str:
        """The member, who is another one in every question."""
        return self.member.split("*")[9]


def read_inquiry(body: bytes) -> Inquiry:
    """Return what is echoed of the 270 in ``body``."""
    text = body[body.index(b"ISA*") :].decode("ascii")
    first = {}
    for segment in text.split("~"):
        tag = segment[:6] if segment.startswith(("NM1", "DTP")) else segment.partition("*")[0]
        first.setdefault(tag, segment)
    return Inquiry(
        first["ISA"].split("*"),
        first["BHT"].split("*")[3],
        first["TRN"].removeprefix("TRN*1*"),
        first["NM1*PR"],
        first["NM1*1P"],
        first["NM1*IL"],
        first["DMG"],
        first["EQ"].split("*")[1],
    )


def write_reply(inquiry: Inquiry, size: int) -> bytes:
    """Return a 271 of about ``size`` bytes, or of its least lines when those are longer."""
    isa = inquiry.header
    types = inquiry.types.split("^")
    cents = crc32(inquiry.member.encode()) % 165_000
    left = f"{cents / 100:.2f}"
    body = [
        "ST*271*0001*005010X279A1",
        f"BHT*0022*11*{inquiry.transaction}*20261123*1015",
        "HL*1**20*1",
        inquiry.payer,
        "HL*2*1*21*1",
        inquiry.provider,
        "HL*3*2*22*0",
        f"TRN*2*{inquiry.trace}",
        inquiry.member,
        inquiry.birth_date,
        "DTP*346*D8*20260101",
        *(line.format(type=one, left=left) for one in types for line in LINES if one == types[0] or "{type}" in line),
    ]
    length = sum(map(len, body)) + len(body) + 190
    more = cycle(MORE_LINES)
    while length < size:
        body.append(next(more).format(type=types[0], left=left))
        length += len(body[-1]) + 1
    whole = [
        "*".join([*isa[:6], isa[8], isa[7], isa[6], *isa[9:]]),
        f"GS*HB*{isa[8].strip()}*{isa[6].strip()}*20261123*1015*1*X*005010X279A1",
        *body,
        f"SE*{len(body) + 1}*0001",
        "GE*1*1",
        f"IEA*1*{isa[13]}",
    ]
    return ("~".join(whole) + "~").encode("ascii")


def write_form(payload: bytes, envelope_id: bytes) -> bytes:
    """Return the CORE MIME form around ``payload``."""
    values = {
        "PayloadType": b"X12_271_Response_005010X279A1",
        "ProcessingMode": b"RealTime",
        "PayloadID": envelope_id,
        "TimeStamp": b"2026-11-23T10:15:00Z",
        "SenderID": b"BENCHMARK",
        "ReceiverID": b"BENEFITS",
        "CORERuleVersion": b"2.2.0",
        "Payload": payload,
        "ErrorCode": b"Success",
        "ErrorMessage": b"",
    }
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in values.items()
    ]
    return b"".join([*parts, f"--{_BOUNDARY}--\r\n".encode()])


class PayerEnd:
    """What is answered, and what was asked since the last setting."""

    def __init__(self) -> None:
        self.size, self.latency = 800, 0.0
        self.forget()

    def forget(self) -> None:
        """Count from here on."""
        self.exchanges, self.reply_bytes = 0, 0
        self.under_way: dict[str, int] = {}
        self.steps: dict[str, int] = {}

    def set(self, wanted: Mapping[str, float]) -> None:
        """Take the size in bytes and the latency in seconds of the replies to come."""
        self.size, self.latency = int(wanted["size"]), wanted["latency"]
        self.forget()

    def seen(self) -> Mapping[str, float]:
        """Questions, the exchanges of all of them, and in how many steps one after the other these came."""
        return {
            "questions": len(self.steps),
            "exchanges": self.exchanges,
            "steps": sum(self.steps.values()),
            "reply_bytes": self.reply_bytes,
        }

    async def answer(self, body: bytes) -> bytes:
        """Answer one inquiry."""
        inquiry = read_inquiry(body)
        key = inquiry.key
        self.exchanges += 1
        busy = self.under_way.get(key, 0)
        self.steps[key] = self.steps.get(key, 0) + (busy == 0)
        self.under_way[key] = busy + 1
        if self.latency:
            await asyncio.sleep(self.latency)
        reply = write_reply(inquiry, self.size)
        self.reply_bytes += len(reply)
        self.under_way[key] -= 1
        begin = body.index(b'name="PayloadID"')
        envelope_id = body[body.index(b"\r\n\r\n", begin) + 4 :].partition(b"\r\n")[0]
        return write_form(reply, envelope_id)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, then close."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            body = await reader.readexactly(int(length.group(1))) if length else b""
            media = f"multipart/form-data; boundary={_BOUNDARY}"
            if not head.startswith((b"POST /control", b"GET /control")):
                reply = await self.answer(body)
            elif body:
                self.set(json.loads(body))
                media, reply = "application/json", b"{}"
            else:
                media, reply = "application/json", json.dumps(self.seen()).encode()
            lines = f"HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: {len(reply)}\r\nConnection: close\r\n"
            writer.write(lines.encode() + b"\r\n" + reply)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def main() -> None:
    """Serve until the process is ended."""
    server = await asyncio.start_server(PayerEnd().serve, "127.0.0.1", 0, backlog=1024)
    print(f"payer end ready on http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
