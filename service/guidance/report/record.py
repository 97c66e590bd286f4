"""The record of a report, its canonical bytes, and the hash by which it is recognized."""

from hashlib import sha256
from typing import NamedTuple

import orjson
from pydantic import ValidationError

from contracts import Delivery
from service.guidance.call_sheet import Looking
from service.guidance.calls import sheet_of
from service.guidance.cost_values import EpisodeCost
from service.guidance.network_status import WhereAndWhen, side_of
from service.guidance.program_plan import LATEST_START, ProgramPlan, default_phases
from service.guidance.report.values import FORM, VobReport
from service.guidance.stay_cost import estimate_with_us
from service.guidance.vob_entries import GRANTED
from service.guidance.vob_record import SILENT
from service.guidance.watch_list import watch_list_of


class SealedReport(NamedTuple):
    """A report with the bytes of its record and their SHA-256, in hexadecimal; every document is written from these."""

    report: VobReport
    record: bytes
    digest: str


def report_of(looking: Looking) -> SealedReport:
    """Return the report of a verification as it stands; the same verification gives the same bytes."""
    answer = looking.answer.model_copy(update={"timing": None})
    sheet = sheet_of(looking, _estimates(looking))
    watched = watch_list_of(answer, looking.roster, looking.location)
    return seal(
        VobReport(
            verification_id=looking.verification_id,
            payer_name=looking.card.name if looking.card else answer.payer,
            location=looking.location,
            answer=answer,
            identifiers=sheet.identifiers,
            entries=sheet.record,
            notes=sheet.notes,
            watch=watched.items,
            network=watched.network,
            redisclosure_notice=looking.redisclosure_notice,
        )
    )


def seal(report: VobReport) -> SealedReport:
    """Return ``report`` with its canonical bytes: JSON with sorted keys and no spaces, in UTF-8."""
    absent = {"redisclosure_notice"} if report.redisclosure_notice is None else None
    record = orjson.dumps(report.model_dump(mode="json", exclude=absent), option=orjson.OPT_SORT_KEYS)
    return SealedReport(report, record, sha256(record).hexdigest())


def read_record(record: bytes) -> SealedReport | None:
    """Return the report of a record's bytes; None when they are none of this form."""
    try:
        report = VobReport.model_validate_json(record)
    except ValidationError:
        return None
    return None if report.form != FORM else SealedReport(report, record, sha256(record).hexdigest())


def _estimates(looking: Looking) -> tuple[EpisodeCost, ...]:
    """Return what the usual stay may cost for each condition that is wanted; none for what the reply does not grant."""
    answer, question, roster = looking.answer, looking.question, looking.roster
    setting = WhereAndWhen(answer.service_date, looking.location)
    delivery = Delivery.VIRTUAL if question.delivery is Delivery.VIRTUAL else Delivery.IN_PERSON
    found = []
    for condition in question.conditions:
        side = side_of(answer, roster, condition, setting)
        granted = {row.on(side).verdict for row in answer.programs if row.condition is condition} & GRANTED
        if granted and answer.coverage.status not in SILENT and answer.service_date <= LATEST_START:
            plan = ProgramPlan(starts_on=answer.service_date, phases=default_phases(condition, delivery))
            found.append(estimate_with_us(answer, plan, roster, side=side, location=looking.location))
    return tuple(found)
