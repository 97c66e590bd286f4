"""From a 270 to the 271 of its member's scenario, as that payer writes."""

from datetime import datetime
from itertools import count

from contracts import Person
from payers.simulator.faults import plain_member_id
from payers.simulator.payers import SimulatedPayer
from payers.simulator.people import PEOPLE, elsewhere, find, is_crowd
from payers.simulator.scenario import Scenario
from payers.simulator.scenarios import BY_NAME, lines_of
from payers.x12 import Components, Inquiry270, InterchangeEnvelope, Repetitions, Segment, write_271

_NUMBERS = count(1)
_NEW_IDS = 901
"""The number in a new member id; nobody in the table has it."""
_UNKNOWN = Scenario("unknown", "", BY_NAME["unknown_member"].expected, rejected=("75",))

_AT_PROVIDER = frozenset("43 44 45 46 47 48 50 51 97".split())
_AT_MEMBER = frozenset("15 49 52 56 57 58 60 61 62 63 64 65 66 67 68 71 72 73 74 75 76 77 78".split())
"""Levels at which an AAA03 stands; any other is the payer's own. Source: ``REFERENCE.md`` 7."""

_AT_DEPENDENT = {"75": "67", "72": "64", "73": "65"}
"""What a subscriber's code is called at the dependent's level."""


def segment(text: str) -> Segment:
    """Return a segment written with ``*``, ``^`` and ``:``, as typed elements. A message may hold any sign."""
    tag, *elements = text.split("*")
    if tag == "MSG":
        return (tag, "*".join(elements))
    return (tag, *(_element(element) for element in elements))


def _element(text: str) -> str | Components | Repetitions:
    if "^" in text:
        return Repetitions(text.split("^"))
    if ":" in text:
        return Components(text.split(":"))
    return text


def reply_to(inquiry: Inquiry270, payer: SimulatedPayer, at: datetime, rejected: str | None = None) -> bytes:
    """Return the 271 for ``inquiry``. ``rejected`` is an AAA03 that stands in place of the scenario, at its own level.

    Raises ``ValueError``, naming the element, when the inquiry holds something that this payer cannot write back.
    """
    number = next(_NUMBERS) % 1_000_000_000
    envelope = InterchangeEnvelope(
        sender=inquiry.receiver,
        receiver=inquiry.sender,
        interchange=inquiry.interchange if payer.repeats_interchange else f"{number:09d}",
        group=str(number),
        at=at,
        delimiters=payer.delimiters,
    )
    lines = (
        _benefit_segments(inquiry, payer, number)
        if rejected is None
        else _rejection_segments(inquiry, payer, (rejected,), number)
    )
    return write_271([segment(line) for line in lines], envelope, transaction=inquiry.transaction)


def stranger_to(inquiry: Inquiry270, payer: SimulatedPayer) -> Inquiry270:
    """Return an inquiry about somebody else at ``payer``, under numbers that nobody gave out."""
    asked = inquiry.subscriber.last_name.upper()
    other = next(
        person for person in PEOPLE if person.payer == payer.id and not person.holder and person.last_name != asked
    )
    return inquiry._replace(
        trace=f"STRAY{next(_NUMBERS)}",
        transaction=f"STRAY{next(_NUMBERS)}",
        dependent=None,
        subscriber=inquiry.subscriber._replace(
            last_name=other.last_name,
            first_name=other.first_name,
            birth_date=other.birth_date.replace("-", ""),
            member_id=other.member_id,
        ),
    )


def _benefit_segments(inquiry: Inquiry270, payer: SimulatedPayer, number: int) -> list[str]:
    patient = inquiry.dependent or inquiry.subscriber
    if is_crowd(patient.last_name):
        named = [*_level_segments(inquiry, payer, None, number), f"DMG*D8*{patient.birth_date}"]
        if patient.changed:
            named.append("INS*N*19*001*25" if _in_own_loop(inquiry, payer, None) else "INS*Y*18*001*25")
        return [*named, *_crowd(patient, payer)]
    scenario, codes = _find_scenario(patient, inquiry.subscriber.member_id, payer)
    if codes:
        return _rejection_segments(inquiry, payer, codes, number, scenario)
    benefits = _benefits(inquiry, payer, scenario)
    inquiry = _as_known(inquiry, payer, scenario)
    patient = inquiry.dependent or inquiry.subscriber
    return [
        *_level_segments(inquiry, payer, scenario, number),
        "REF*6P*0908765*IMAGINARY EMPLOYER",
        f"DMG*D8*{patient.birth_date}*{patient.gender or 'U'}",
        "INS*N*19" if _in_own_loop(inquiry, payer, scenario) else f"INS*Y*18{payer.maintained}",
        f"DTP*346*D8*{scenario.begins}",
        *([f"DTP*347*D8*{scenario.ends}"] if scenario.ends else []),
        *benefits,
    ]


def _as_known(inquiry: Inquiry270, payer: SimulatedPayer, scenario: Scenario) -> Inquiry270:
    """Return ``inquiry`` with the subscriber as the payer knows them, where that differs from the question."""
    asked, known = inquiry.subscriber, scenario.known
    person = asked._replace(
        last_name=known.last_name or asked.last_name,
        birth_date=known.birth_date or asked.birth_date,
        member_id=payer.member_ids.format(number=_NEW_IDS) if known.new_id else asked.member_id,
    )
    return inquiry._replace(subscriber=person)


def _benefits(inquiry: Inquiry270, payer: SimulatedPayer, scenario: Scenario) -> list[str]:
    """Return the scenario's lines, or, of a member whose benefit is run elsewhere, the plan's and who runs it."""
    match = find(payer, (inquiry.dependent or inquiry.subscriber).last_name)
    manager = elsewhere(match[0]) if match else None
    if manager is None:
        return lines_of(scenario, payer, inquiry.service_types)
    named = [f"NM1*VN*2*OPTUM BEHAVIORAL HEALTH*****MI*{manager.member_id}", "PER*IC**TE*8005550151"]
    return [payer.plan_line, *payer.plan_lines, "EB*U**MH^AI", "LS*2120", *named, "LE*2120"]


def _find_scenario(patient: Person, member_id: str, payer: SimulatedPayer) -> tuple[Scenario, tuple[str, ...]]:
    """Return the scenario of a member, and the AAA codes when what was sent does not match who is known."""
    match = find(payer, patient.last_name)
    if match is None:
        return _UNKNOWN, _UNKNOWN.rejected
    person, scenario = match
    if scenario.rejected and elsewhere(person) is None:
        return scenario, scenario.rejected
    if patient.birth_date and patient.birth_date != person.birth_date.replace("-", ""):
        return scenario, ("71",)
    if member_id and plain_member_id(member_id) != person.member_id:
        return scenario, ("72",)
    return scenario, ()


def _rejection_segments(
    inquiry: Inquiry270, payer: SimulatedPayer, codes: tuple[str, ...], number: int, scenario: Scenario | None = None
) -> list[str]:
    """Return AAA in place of benefits, at the level that the first code belongs to, and nothing below it."""
    if codes[0] in _AT_PROVIDER:
        return [*_payer(payer, 1), *_provider(inquiry, payer, 0), *(f"AAA*Y**{code}*C" for code in codes)]
    if codes[0] not in _AT_MEMBER:
        return [*_payer(payer, 0), *(f"AAA*Y**{code}*P" for code in codes)]
    # An AAA stands after the NM1 and before DMG: what could not be matched is not confirmed either.
    if _in_own_loop(inquiry, payer, scenario):
        codes = tuple(_AT_DEPENDENT.get(code, code) for code in codes)
    return [*_level_segments(inquiry, payer, scenario, number), *(f"AAA*{payer.refuses}**{code}*C" for code in codes)]


def _payer(payer: SimulatedPayer, child: int) -> list[str]:
    named = [f"HL*1**20*{child}", f"NM1*PR*2*{payer.name}*****PI*{payer.payer_id}"]
    return [*named, f"PER*IC*PROVIDER LINE*TE*{payer.phone}"] if child else named


def _provider(inquiry: Inquiry270, payer: SimulatedPayer, child: int) -> list[str]:
    name = _writable(inquiry.provider_name, payer)
    return [f"HL*2*1*21*{child}", f"NM1*1P*2*{name}*****XX*{inquiry.provider_npi}"]


def _level_segments(inquiry: Inquiry270, payer: SimulatedPayer, scenario: Scenario | None, number: int) -> list[str]:
    """Return all levels down to the patient's NM1, with the trace of the inquiry at the patient's."""
    own_loop = _in_own_loop(inquiry, payer, scenario)
    patient = inquiry.dependent or inquiry.subscriber
    holder = inquiry.subscriber if own_loop else patient
    trace = [f"TRN*2*{inquiry.trace}*{inquiry.originator}"]
    if payer.own_trace:
        trace.insert(0, payer.own_trace.format(number=number))
    insured = f"NM1*IL*1*{_full_name(holder, payer)}****MI*{inquiry.subscriber.member_id}"
    lines = [*_payer(payer, 1), *_provider(inquiry, payer, 1)]
    if not own_loop:
        return [*lines, "HL*3*2*22*0", *trace, insured]
    return [*lines, "HL*3*2*22*1", insured, "HL*4*3*23*0", *trace, f"NM1*03*1*{_full_name(patient, payer)}"]


def _in_own_loop(inquiry: Inquiry270, payer: SimulatedPayer, scenario: Scenario | None) -> bool:
    """Whether the patient comes back at 2000D: a dependent, unless the scenario or the payer says otherwise."""
    if inquiry.dependent is None:
        return False
    return payer.own_loop if scenario is None or scenario.own_loop is None else scenario.own_loop


def _full_name(person: Person, payer: SimulatedPayer) -> str:
    return f"{_writable(person.last_name, payer)}*{_writable(person.first_name, payer)}"


def _writable(text: str, payer: SimulatedPayer) -> str:
    """Return a name without the separators of this payer."""
    return "".join(sign for sign in text if sign not in payer.delimiters.signs)


def _crowd(patient: Person, payer: SimulatedPayer) -> list[str]:
    """Return a plan of the person's own, so that a test can see whose answer it holds."""
    name = _writable(patient.last_name, payer)[:40]
    return [f"EB*1**30*{payer.insurance}*PLAN OF {name}", "EB*1**MH^AI*********W"]
