"""What callers are shown of a payer."""

from contracts import Card, Frozen, RouteEntry
from service.gateway import Guards


class RouteView(Frozen):
    """One route to a payer.

    ``breaker`` is its state here and now; null when the route is not set up. ``p50_seconds`` and ``p95_seconds`` are
    measured over the last answers that came over it in this process; null until there are some.
    """

    route: str
    payer_id: str
    configured: bool
    breaker: str | None = None
    p50_seconds: float | None = None
    p95_seconds: float | None = None


class PayerView(Frozen):
    """One payer. ``needs`` are groups: of each group at least one field is needed.

    ``usual_seconds`` is a median as published or estimated; what is measured stands at each route.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]
    routes: tuple[RouteView, ...]
    phone: str | None
    usual_seconds: float
    member_id_hint: str | None


def payer_view(card: Card, guards: Guards) -> PayerView:
    """Return what callers are shown of one payer; its routes are in the order in which they are asked."""
    order = [entry for entry, _ in guards.order(card)]
    open_names = {entry.route for entry in order}
    entries = [*order, *(entry for entry in card.routes if entry.route not in open_names)]
    routes = tuple(_route_view(card, entry, guards, configured=entry.route in open_names) for entry in entries)
    return PayerView(
        id=card.id,
        name=card.name,
        aliases=card.aliases,
        needs=card.needs,
        routes=routes,
        phone=card.phone,
        usual_seconds=card.usual_seconds,
        member_id_hint=card.member_id.words if card.member_id else None,
    )


def _route_view(card: Card, entry: RouteEntry, guards: Guards, *, configured: bool) -> RouteView:
    measured = guards.measure(card.id, entry.route).percentiles()
    return RouteView(
        route=entry.route,
        payer_id=entry.payer_id,
        configured=configured,
        breaker=guards.breaker(card.id, entry.route).state.value if configured else None,
        p50_seconds=measured.p50,
        p95_seconds=measured.p95,
    )
