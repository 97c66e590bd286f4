"""From a 270 to the 271 of its member's story, in the payer's own handwriting."""

from datetime import datetime
from itertools import count

from contracts import Person
from payers.simulator.payers import SimulatedPayer
from payers.simulator.people import find, is_crowd
from payers.simulator.stories import BY_NAME, Story, lines_of
from payers.simulator.weather import plain_member_id
from payers.x12 import Components, Envelope, Inquiry270, Repetitions, Segment, write_271

_NUMBERS = count(1)
_UNKNOWN = Story("unknown", "", BY_NAME["unknown_member"].expected, rejected=("75",))


def segment(text: str) -> Segment:
    """A segment written with ``*``, ``^`` and ``:``, as typed elements. A message may hold any sign."""
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
    """The 271 for ``inquiry``. ``rejected`` is an AAA03 that the payer gives for itself, at 2100A."""
    envelope = Envelope(
        sender=inquiry.receiver,
        receiver=inquiry.sender,
        interchange=f"{next(_NUMBERS) % 1_000_000_000:09d}",
        group=str(next(_NUMBERS)),
        at=at,
        delimiters=payer.delimiters,
    )
    body = [*_payer(payer, alone=rejected is not None)]
    if rejected is not None:
        body.append(segment(f"AAA*Y**{rejected}*P"))
    else:
        body += [segment(line) for line in _member(inquiry, payer)]
    return write_271(body, envelope, transaction=inquiry.transaction)


def _payer(payer: SimulatedPayer, *, alone: bool) -> list[Segment]:
    return [
        segment(f"HL*1**20*{0 if alone else 1}"),
        segment(f"NM1*PR*2*{payer.name}*****PI*{payer.payer_id}"),
        *([] if alone else [segment(f"PER*IC*PROVIDER LINE*TE*{payer.phone}")]),
    ]


def _member(inquiry: Inquiry270, payer: SimulatedPayer) -> list[str]:
    patient = inquiry.dependent or inquiry.subscriber
    lines = ["HL*2*1*21*1", f"NM1*1P*2*{inquiry.provider_name}*****XX*{inquiry.provider_npi}"]
    trace = f"TRN*2*{inquiry.trace}*{inquiry.originator}"
    as_dependent = inquiry.dependent is not None and payer.own_loop
    holder = inquiry.subscriber if as_dependent else patient
    member_id = inquiry.subscriber.member_id
    lines.append(f"HL*3*2*22*{1 if as_dependent else 0}")
    if not as_dependent:
        lines.append(trace)
    lines.append(f"NM1*IL*1*{holder.last_name}*{holder.first_name}****MI*{member_id}")
    if as_dependent:
        lines += ["HL*4*3*23*0", trace, f"NM1*03*1*{patient.last_name}*{patient.first_name}"]
    if is_crowd(patient.last_name):
        return [*lines, f"DMG*D8*{patient.birth_date}", *_crowd(patient, payer)]
    story, rejection = _told(patient, member_id, payer)
    if rejection:
        # An AAA stands after the NM1 and before DMG: what could not be matched is not confirmed either.
        codes = [_at_dependent(code) if as_dependent else code for code in rejection]
        return [*lines, *(f"AAA*Y**{code}*C" for code in codes)]
    begins = "DTP*346*D8*20260101" if story.name != "ended_before_service" else "DTP*346*D8*20190101"
    return [
        *lines,
        "REF*6P*0908765*IMAGINARY EMPLOYER",
        f"DMG*D8*{patient.birth_date}*{patient.gender or 'U'}",
        "INS*N*19" if as_dependent else "INS*Y*18*001*25",
        begins,
        *lines_of(story, payer, frozenset(inquiry.service_types)),
    ]


_AT_DEPENDENT = {"75": "67", "72": "64", "73": "65"}


def _at_dependent(code: str) -> str:
    return _AT_DEPENDENT.get(code, code)


def _told(patient: Person, member_id: str, payer: SimulatedPayer) -> tuple[Story, tuple[str, ...]]:
    """The story of a member, and the AAA codes when what was sent does not match who is known."""
    match = find(payer, patient.last_name)
    if match is None:
        return _UNKNOWN, _UNKNOWN.rejected
    person, story = match
    if story.rejected:
        return story, story.rejected
    if patient.birth_date and patient.birth_date != person.birth_date.replace("-", ""):
        return story, ("71",)
    if member_id and plain_member_id(member_id) != person.member_id:
        return story, ("72",)
    return story, ()


def _crowd(patient: Person, payer: SimulatedPayer) -> list[str]:
    """A plan of the person's own, so that a test can see whose answer it holds."""
    return [f"EB*1**30*{payer.insurance}*PLAN OF {patient.last_name}", "EB*1**MH^AI*********W"]
