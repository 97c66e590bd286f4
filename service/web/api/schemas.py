"""What the door says of a payer."""

from contracts import Card, Frozen, RoadEntry
from service.gateway import WireRoom


class RoadView(Frozen):
    """One road to a payer.

    ``breaker`` is its state here and now; null when the road is not set up. ``p50_seconds`` and ``p95_seconds`` are
    measured over the last answers that came over it in this process; null until there are some.
    """

    road: str
    payer_id: str
    configured: bool
    breaker: str | None = None
    p50_seconds: float | None = None
    p95_seconds: float | None = None


class PayerView(Frozen):
    """One payer. ``needs`` are groups: of each group at least one field is needed.

    ``usual_seconds`` is a median as published or estimated; what is measured stands at each road.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]
    roads: tuple[RoadView, ...]
    phone: str | None
    usual_seconds: float
    member_id_hint: str | None


def payer_view(card: Card, wire: WireRoom) -> PayerView:
    """What is said of one payer."""
    order = [entry for entry, _ in wire.order(card)]
    open_names = {entry.road for entry in order}
    entries = [*order, *(entry for entry in card.roads if entry.road not in open_names)]
    roads = tuple(_road_view(card, entry, wire, configured=entry.road in open_names) for entry in entries)
    return PayerView(
        id=card.id,
        name=card.name,
        aliases=card.aliases,
        needs=card.needs,
        roads=roads,
        phone=card.phone,
        usual_seconds=card.usual_seconds,
        member_id_hint=card.member_id.words if card.member_id else None,
    )


def _road_view(card: Card, entry: RoadEntry, wire: WireRoom, *, configured: bool) -> RoadView:
    measured = wire.measured(card.id, entry.road).percentiles()
    return RoadView(
        road=entry.road,
        payer_id=entry.payer_id,
        configured=configured,
        breaker=wire.breaker(card.id, entry.road).state.value if configured else None,
        p50_seconds=measured.p50,
        p95_seconds=measured.p95,
    )
