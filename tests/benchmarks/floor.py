"""The floor of a measurement, as a process: the same exchanges under FastAPI and httpx, nothing read, nothing kept.

``python -m tests.benchmarks.floor PAYER_END`` prints one line with its address. ``POST /ask?waves=1,2`` makes one
exchange, then two side by side, each on a fresh connection, and says how many bytes came back.
"""

import asyncio
import ssl
import sys
from datetime import date
from socket import create_server

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

INQUIRY = (
    "ISA*00*          *00*          *ZZ*BENEFITS       *ZZ*60054          *261123*1015*^*00501*000000301*0*P*:~"
    "GS*HS*BENEFITS*60054*20261123*1015*301*X*005010X279A1~ST*270*0001*005010X279A1~"
    "BHT*0022*13*BT0000000001*20261123*1015~HL*1**20*1~NM1*PR*2*AETNA*****PI*60054~HL*2*1*21*1~"
    "NM1*1P*2*EXAMPLE RECOVERY CENTER*****XX*1999999984~HL*3*2*22*0~TRN*1*BV0000000001*9BENCHMARK~"
    "NM1*IL*1*{last_name}*{first_name}****MI*{member_id}~DMG*D8*{birth_date:%Y%m%d}~DTP*291*D8*20261123~EQ*MH~"
    "SE*13*0001~GE*1*301~IEA*1*000000301~"
)
FIELDS = {
    "PayloadType": "X12_270_Request_005010X279A1",
    "ProcessingMode": "RealTime",
    "PayloadID": "f81d4fae-7dec-41d0-a765-000000000001",
    "TimeStamp": "2026-11-23T10:15:00Z",
    "UserName": "benchmark",
    "Password": "benchmark",
    "SenderID": "BENEFITS",
    "ReceiverID": "60054",
    "CORERuleVersion": "2.2.0",
    "Payload": INQUIRY,
}
FORM = "".join(
    f'--floor\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in FIELDS.items()
)
HEADERS = {"Content-Type": "multipart/form-data; boundary=floor", "Connection": "close"}
TRUST = ssl.create_default_context()


class Member(BaseModel):
    """Whom the question is about."""

    first_name: str
    last_name: str
    birth_date: date
    member_id: str


class Question(BaseModel):
    """The body of a question."""

    payer: str
    member: Member


async def exchange(url: str, body: bytes) -> int:
    """Return how many bytes came back."""
    async with httpx.AsyncClient(verify=TRUST, trust_env=False, timeout=10.0) as client:
        return len((await client.post(url, content=body, headers=HEADERS)).content)


def create_app(url: str) -> FastAPI:
    """Return the application that asks ``url``."""
    app = FastAPI()

    @app.post("/ask")
    async def ask(question: Question, waves: str = "1") -> dict[str, int]:
        body = (FORM.format(**question.member.model_dump()) + "--floor--\r\n").encode()
        received = 0
        for many in map(int, waves.split(",")):
            if many == 1:
                received += await exchange(url, body)
            else:
                received += sum(await asyncio.gather(*(exchange(url, body) for _ in range(many))))
        return {"bytes": received}

    return app


async def main(url: str) -> None:
    """Serve until the process is ended."""
    listener = create_server(("127.0.0.1", 0), backlog=2048)
    print(f"floor ready on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(create_app(url), log_config=None, access_log=False, lifespan="off", http="httptools")
    await uvicorn.Server(config).serve([listener])


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(sys.argv[1]))
