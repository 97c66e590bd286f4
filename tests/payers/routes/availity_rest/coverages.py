"""Builders of imaginary coverages: a test says what matters to it, the rest stands around it."""

import json
from collections.abc import Callable
from typing import Any

from contracts import Answer, Benefit, Benefits, Condition, Program
from payers.routes.stored import read_stored

Json = dict[str, Any]
Read = Callable[..., Answer]
IOP = (Program.IOP, Condition.MENTAL_HEALTH)
PHP = (Program.PHP, Condition.MENTAL_HEALTH)


def coverage(*plans: Json, **more: Any) -> Json:
    return {
        "id": "812345",
        "controlNumber": "40012345",
        "status": "Complete",
        "statusCode": "4",
        "updatedDate": "2026-11-23T15:05:03.000+0000",
        "asOfDate": "2026-11-23T05:00:00.000+0000",
        "patient": {"lastName": "SPECIMEN", "firstName": "OTIS", "birthDate": "1990-04-12T04:00:00.000+0000"},
        "subscriber": {"memberId": "W900000011", "lastName": "SPECIMEN", "firstName": "OTIS"},
        "payer": {"payerId": "60054", "name": "EXAMPLE PAYER"},
        "plans": list(plans),
        **more,
    }


def plan(*benefits: Json, **more: Any) -> Json:
    return {"status": "Active Coverage", "statusCode": "1", "description": "GOLD", "benefits": list(benefits), **more}


def benefit(code: str, **more: Any) -> Json:
    return {"name": "Benefit", "type": code, **more}


def amounts(kind: str, *elements: Json, side: str = "inNetwork") -> Json:
    return {"amounts": {kind: {side: list(elements)}}}


def said(body: object) -> tuple[Benefits, ...]:
    return read_stored(json.dumps(body).encode())


def lines(*benefits: Json) -> list[Benefit]:
    """The lines of a plan beside its status."""
    (one,) = said(coverage(plan(*benefits)))
    return list(one.lines[1:])


def detail(**element: Any) -> Benefit:
    (line,) = lines(benefit("MH", **amounts("coPayment", element)))
    return line
