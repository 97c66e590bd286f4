"""Pairs of replies for what changed between them: raw 271s that are written from one reply and its alterations."""

import asyncio
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from contracts import Answer, Member, Provider, Question
from payers.aetna import adapter
from payers.routes.stored import read_reply
from service.gateway.isolation import Leaked
from service.plugins.loading import load_payers
from service.store.attempts import KeptReply
from service.verification.adapter_call import call_adapter
from service.verification.replay import KeptReplies

TABLE: Mapping[str, Any] = tomllib.loads((Path(__file__).parent / "reply_pairs.toml").read_text())
NOVEMBER = date(2026, 11, 2)
MEMBER = Member(first_name="Ima", last_name="Testcase", birth_date=date(1990, 4, 12), member_id="W900000001")
HEAD = """ISA*00*          *00*          *ZZ*60054          *ZZ*BENEFITS       *261123*1200*^*00501*000000001*0*P*:~
GS*HB*60054*BENEFITS*20261123*1200*1*X*005010X279A1~ST*271*0001*005010X279A1~BHT*0022*11*ABC*20261123*1200~
HL*1**20*1~NM1*PR*2*AETNA*****PI*60054~HL*2*1*21*1~NM1*1P*2*IMAGINARY RECOVERY CENTER*****XX*1999999984~
HL*3*2*22*0~TRN*2*T1*9000000000~"""


class ReplyPair(NamedTuple):
    """Two replies about a member, each as its lines and the day of its question, and what changed between them."""

    name: str
    was: tuple[str, ...]
    now: tuple[str, ...]
    days: tuple[date, date]
    changes: frozenset[str]


def alter(lines: Sequence[str], edits: Sequence[str]) -> tuple[str, ...]:
    """The lines with ``edits``, as the table explains them."""
    found = list(lines)
    for edit in edits:
        if edit.startswith("+ "):
            found.append(edit[2:])
            continue
        old, _, new = edit.removeprefix("- ").partition(" => ")
        assert any(one.startswith(old) for one in found), edit
        changed = [one.replace(old, new, 1) if one.startswith(old) else one for one in found]
        found = [one for one in changed if one] if new else [one for one in found if not one.startswith(old)]
    return tuple(found)


def reply_pairs() -> list[ReplyPair]:
    """Every pair of the table, in both directions where the table says what changed back."""
    base = TABLE["reply"].strip().splitlines()
    found = []
    for row in TABLE["pairs"]:
        was, now = alter(base, row.get("was", [])), alter(base, row["now"])
        first, last = row.get("on", (NOVEMBER, NOVEMBER))
        found.append(ReplyPair(row["name"], was, now, (first, last), frozenset(row["changes"])))
        if "back" in row:
            found.append(ReplyPair(f"{row['name']}, back", now, was, (first, last), frozenset(row["back"])))
    return found


def _other_order(lines: Sequence[str]) -> list[str]:
    benefits = [one for one in lines if one.startswith("EB")]
    return [*(one for one in lines if not one.startswith("EB")), *Random(20261129).sample(benefits, len(benefits))]


def _repeated(lines: Sequence[str]) -> list[str]:
    return [one for one in lines for _ in range(2 if one.startswith("EB") else 1)]


def _other_case(lines: Sequence[str]) -> list[str]:
    return [re.sub(r"(?<=MSG\*)[^~]*", lambda found: found[0].capitalize(), one) for one in lines]


def _cents(lines: Sequence[str]) -> list[str]:
    return [re.sub(r"^(EB\*[BCG]\*\w*\*\w*\*\w*\*\w*\*\d+\*\d+)(?=$|\*)", r"\1.00", one) for one in lines]


def _other_services(lines: Sequence[str]) -> list[str]:
    if not any(one.startswith("EB*1*EMP*30") for one in lines):
        return [*lines]
    rest = "EB*1**47^AL|EB*B**98***27*30*****Y|EB*F**33***23***VS*20**Y|EB*L~LS*2120~NM1*P3*1*HEALER*IMA~LE*2120"
    return [*lines, *rest.split("|"), "EB*1**1~MSG*THIS IS NOT A GUARANTEE OF PAYMENT"]


def _other_words(lines: Sequence[str]) -> list[str]:
    return [
        one.replace("OUTPATIENT PROGRAM", "OUTPATIENT").replace("*PARTIAL HOSPITALIZATION", "*PARTIAL HOSP")
        for one in lines
    ]


NOISE: Sequence[Callable[[Sequence[str]], list[str]]] = (
    _other_order,
    _repeated,
    _other_case,
    _cents,
    _other_services,
    _other_words,
)
"""What a payer may write otherwise from one day to the next, though nothing changed."""


@cache
def read_answer(lines: tuple[str, ...], on: date) -> Answer:
    """What the service answers to a question about the member when the payer sends ``lines``."""
    body = "~".join([HEAD.replace("\n", ""), *lines])
    segments = body.count("~") - 1
    raw = f"{body}~SE*{segments}*0001~GE*1*1~IEA*1*000000001~".encode()
    kept = KeptReply("aetna", "core_mime", ("30", "MH", "AI", "A4", "A8", "BB", "CE", "CF"), raw)
    question = Question(
        payer="aetna", member=MEMBER, provider=Provider(npi="1999999984", name="IMAGINARY"), service_date=on
    )
    gateway = KeptReplies(load_payers().cards, [kept], read_reply)
    return asyncio.run(call_adapter(adapter.with_card(adapter.card), question, gateway, Leaked()))
