"""An inquiry that came in another form than X12, as the gateway writes it for the payer."""

from typing import NamedTuple

from contracts import Person
from payers.x12 import Inquiry270


class NamedPerson(NamedTuple):
    """A person as a JSON or form inquiry gives them; ``birth_date`` in any of the usual forms."""

    last_name: str = ""
    first_name: str = ""
    birth_date: str = ""
    member_id: str = ""


class InquiryHeader(NamedTuple):
    """Who asks whom, under which numbers; what a route's form has no field for is empty."""

    payer_id: str
    provider_name: str = ""
    provider_npi: str = ""
    interchange: str = ""
    trace: str = ""
    transaction: str = ""
    sender: str = "GATEWAY"


def inquiry_of(
    header: InquiryHeader,
    subscriber: NamedPerson,
    dependent: NamedPerson | None,
    service_types: tuple[str, ...],
    service_date: str,
) -> Inquiry270:
    """Return the inquiry as if it had come as a 270; a gateway without numbers of ours makes up its own."""
    return Inquiry270(
        sender=header.sender,
        receiver=header.payer_id[:15],
        interchange=header.interchange or "000000001",
        group="1",
        transaction=header.transaction or "1",
        trace=header.trace or "GATEWAY1",
        originator="9GATEWAY00",
        payer_name="",
        payer_id=header.payer_id,
        provider_name=header.provider_name,
        provider_npi=header.provider_npi,
        subscriber=_person("IL", subscriber),
        dependent=None if dependent is None else _person("03", dependent),
        service_types=service_types,
        service_date=service_date.replace("-", "")[:8],
    )


def _person(role: str, named: NamedPerson) -> Person:
    return Person(
        at=0,
        text="",
        role=role,
        last_name=named.last_name.upper(),
        first_name=named.first_name.upper(),
        id_kind="MI" if named.member_id else "",
        member_id=named.member_id,
        birth_date=named.birth_date.replace("-", "")[:8],
    )
