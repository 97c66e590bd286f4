"""What one line of a reply holds, and what the grammar made of its words, for a person to read."""

from collections.abc import Iterator, Sequence
from datetime import date

from contracts import Benefit, Figure, Side
from payers.reading.descriptions import says
from payers.reading.explanation.words import EFFECTS, PLACES, POLARITIES, PROCEDURES, SERVICE_TYPES, TOPICS
from payers.reading.lines import codes
from payers.reading.lines.line import Line
from payers.reading.lines.statements import Patient
from payers.reading.text import Attached, Clause, Names, Record, Topic

_SIDES = {Side.IN_NETWORK: "in network", Side.OUT_OF_NETWORK: "out of network"}
_NETWORKS = {"Y": "in network", "N": "out of network", "W": "either side", "U": "side unknown"}
_VOIDED = {Figure.COPAY: "copay", Figure.COINSURANCE: "coinsurance", Figure.DEDUCTIBLE: "deductible"}


def facts_of(benefit: Benefit, lines: Sequence[Line]) -> Iterator[tuple[str, str]]:
    """Yield what the codes of a benefit say, each with its label; ``lines``: the benefit, place by place."""
    yield "Says", says(benefit)
    if benefit.service_types:
        yield "Services", "; ".join(_name_programs(code, SERVICE_TYPES) for code in benefit.service_types)
    if benefit.places:
        yield "Places", "; ".join(_name_programs(said.text.zfill(2), PLACES) for said in benefit.places)
    if benefit.procedure:
        last = f" to {benefit.procedure_end}" if benefit.procedure_end else ""
        modifiers = f", modifiers {' '.join(benefit.modifiers)}" if benefit.modifiers else ""
        yield "Procedure", f"{_name_programs(benefit.procedure, PROCEDURES)}{last}{modifiers}"
    if benefit.plan:
        yield "Plan", benefit.plan
    for one in {one: None for line in lines for one in line.facts.statements if not one.messages}:
        yield "Plan's text", f"{EFFECTS[one.effect]} {one.program.value.upper()}"
    yield from _bounds(benefit)
    yield "Network", _NETWORKS.get(benefit.network, "no side given")
    for entity in benefit.entities:
        if entity.role not in codes.PERSON_ROLES:
            yield "Company", " ".join((entity.role, entity.name, *entity.phones)).strip()
    conditions = {condition.value.replace("_", " ") for line in lines for condition in line.facts.conditions}
    if lines:
        yield "Condition", " and ".join(sorted(conditions)) or "none: its parts name different ones"


def _bounds(benefit: Benefit) -> Iterator[tuple[str, str]]:
    """What binds a benefit to a diagnosis, a quantity or a time."""
    if benefit.diagnoses:
        yield "Diagnoses", "bound to " + " ".join(benefit.diagnoses)
    for one in benefit.deliveries:
        counted = " ".join(
            part for part in (one.quantity, one.quantity_kind, one.per, one.per_kind, one.period) if part
        )
        yield "Quantity", counted or one.text
    if benefit.dates:
        yield "Dates", "; ".join(f"{one.kind} {one.value}" for one in benefit.dates)


def _name_programs(code: str, table: dict[str, str]) -> str:
    return f"{code} {table[code]}" if code in table else code


def clause_meanings(clause: Clause, patient: Patient) -> tuple[str, ...]:
    """Return what a clause says, one entry for each record, and what is not understood of it."""
    found = [_record(record, patient) for record in clause.records]
    if clause.excepted:
        found.append("excepts " + _programs(clause.excepted))
    if clause.is_understood:
        return tuple(found) or ("nothing that bears on the programs",)
    caution = "with a negative or limiting word" if clause.is_cautious else "without a negative or limiting word"
    names = _names(clause.names)
    return (*found, f"not understood, {caution}{f'; it names {names}' if names else ''}")


def _record(record: Record, patient: Patient) -> str:
    polarity = POLARITIES.get((record.topic, record.positive), "")
    head = f"{TOPICS[record.topic]} {polarity}".strip()
    if record.topic is Topic.LIMIT and record.quantity is not None:
        limit = record.quantity
        left = " left" if limit.remains else ""
        head += f" of {limit.quantity.normalize():f} {limit.unit.value}{left}, period {limit.period.value}"
    parts = [head, _names(record.names) if not record.is_own else "the line's own subject"]
    parts += [f"voids the {_VOIDED.get(figure, figure.value)}" for figure in sorted(record.voids)]
    if record.plans_share:
        parts.append("the figure is what the plan pays")
    if record.rule is not None:
        parts.append(record.rule.value.replace("_", " "))
    if record.in_sequence:
        parts.append("figures that come one after another")
    if record.contact is not None and record.contact.name:
        parts.append(f"{'run by' if record.contact.runs else 'ask'} {record.contact.name}")
    parts += [f"bound to {_SIDES[side]}" for side in Side if side in record.sides]
    parts += list(_conditions(record.attached, patient))
    return "; ".join(part for part in parts if part)


def _names(names: Names) -> str:
    found = [_programs(names.programs)] if names.programs else []
    found += [
        words
        for is_named, words in (
            (names.services, "another service"),
            (names.parts, "a part of a program's day"),
            (names.office, "the office"),
            (names.telehealth, "telehealth"),
            (names.own, "a setting of the programs"),
            (names.behavioral and not names.conditions, "behavioral health"),
            (names.plan, "the plan or the member"),
            (names.provider, "the provider or its contract"),
        )
        if is_named
    ]
    found += sorted(condition.value.replace("_", " ") for condition in names.conditions)
    return ", ".join(found)


def _programs(programs: frozenset[str]) -> str:
    return " and ".join(sorted(program.upper() for program in programs))


def _conditions(attached: Attached, patient: Patient) -> Iterator[str]:
    """Yield each attached condition, with whether it is met."""
    if attached.has_age:
        ages = ", ".join(f"{low} to {high}" for low, high in (*attached.bounds, *attached.ages))
        if patient.age is None:
            yield f"for ages {ages}: not met, the patient's age is not known"
        else:
            yield f"for ages {ages}: {_say_whether_met(attached.age_holds(patient.age))}"
    if attached.begins is not None or attached.ends is not None:
        yield f"in force {_days(attached.begins, attached.ends)}: {_say_whether_met(attached.day_holds(patient.on))}"
    if attached.unmet:
        yield "under a condition that nobody can judge from here: not met"
    if attached.first:
        yield "for some visits only: not met"


def _days(begins: date | None, ends: date | None) -> str:
    return " ".join(part for part in (f"from {begins}" if begins else "", f"until {ends}" if ends else "") if part)


def _say_whether_met(is_met: bool) -> str:  # noqa: FBT001 - it is a word for a truth
    return "met" if is_met else "not met"
