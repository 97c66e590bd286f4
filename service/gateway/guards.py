"""The guards of every payer and route, shared by live and batch traffic."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from contracts import AuthorizationRoute, Benefits, Card, Question, Route, RouteEntry
from service.gateway.breaker import Breaker, BreakerState
from service.gateway.bulkhead import Bulkhead
from service.gateway.clocks import Clocks
from service.gateway.first_attempts import FirstAttempts
from service.gateway.isolation import Leaked
from service.gateway.latency import Measured
from service.gateway.maintenance_windows import back_at
from service.gateway.pace import Pace
from service.gateway.policy import GatewayPolicy
from service.gateway.retry_budget import RetryBudget
from service.security.access import Role
from service.store import Store
from service.store.rows import FirstAttempt
from service.telemetry.durations import Durations

OneWay = tuple[RouteEntry, Route]
"""What a payer is called on a route, and the route."""


def no_reply(_: bytes) -> Sequence[Benefits]:
    """Read no kept reply: whatever is needed is asked."""
    return ()


class Guards:
    """Every route that is open, and the guards of every payer."""

    def __init__(
        self,
        *,
        routes: Mapping[str, Route],
        cards: Sequence[Card],
        store: Store,
        policy: GatewayPolicy | None = None,
        orders: Mapping[str, Sequence[str]] | None = None,
        paces: Mapping[str, float] | None = None,
        authorization_orders: Mapping[str, Sequence[str]] | None = None,
        clocks: Clocks | None = None,
        read_reply: Callable[[bytes], Sequence[Benefits]] = no_reply,
    ) -> None:
        """Take the open ``routes`` by name; the ``orders`` and ``paces`` stand in for those of the payers' cards.

        ``read_reply`` reads replies that are kept, of whichever route.
        """
        self.routes = routes
        self.cards = tuple(cards)
        self.store = store
        self.policy = policy or GatewayPolicy()
        self.clocks = clocks or Clocks()
        self.leaked = Leaked()
        self.read_reply = read_reply
        self._orders = orders or {}
        self._paces = paces or {}
        self._authorization_orders = authorization_orders or {}
        self._breakers: defaultdict[tuple[str, str], Breaker] = defaultdict(
            lambda: Breaker(self.policy, self.clocks.clock, self.clocks.dice)
        )
        self.first_attempts = FirstAttempts()
        self.exchanges = Durations()
        """Of every exchange, by payer, route and outcome."""
        self._measured: defaultdict[tuple[str, str], Measured] = defaultdict(lambda: Measured(self.policy.measured))
        self._closed_until: dict[tuple[str, str], float] = {}
        """By the clock that never jumps: a time of day that was wrong for a while keeps nobody away for longer."""
        self._bulkheads: defaultdict[str, Bulkhead] = defaultdict(lambda: Bulkhead(self.policy))
        self._paces_kept: dict[str, Pace] = {}
        self._budgets: defaultdict[str, RetryBudget] = defaultdict(lambda: RetryBudget(self.policy, self.clocks.clock))

    def order(self, card: Card) -> list[OneWay]:
        """The open routes to a payer, in the order in which they are tried.

        A route that the settings name and the card does not is entered under the payer id of the card's first route.
        """
        return self._ways(card, self._orders.get(card.id) or [entry.route for entry in card.routes])

    def authorization_order(self, card: Card) -> list[OneWay]:
        """The open routes that are asked about authorization alone, as settings or card name them; none by default."""
        named = self._authorization_orders.get(card.id, [entry.route for entry in card.authorization_routes])
        return [way for way in self._ways(card, named) if isinstance(way[1], AuthorizationRoute)]

    def _ways(self, card: Card, names: Iterable[str]) -> list[OneWay]:
        found: list[OneWay] = []
        for name in names:
            route = self.routes.get(name)
            if route is not None:
                entry = card.on(name) or card.routes[0].model_copy(update={"route": name})
                found.append((entry, route))
        return found

    def breaker(self, payer: str, route_name: str) -> Breaker:
        """The breaker of one payer on one route."""
        return self._breakers[payer, route_name]

    def first_attempt(self, question: Question, card: Card, role: Role) -> FirstAttempt | None:
        """What the payer of a new question is probably asked first, where it may go at once; None otherwise.

        A batch's questions keep their turns.
        """
        first = None if role is Role.BATCH else self.first_attempts.of(question)
        if first is None or not self.bulkhead(card.id).is_free(role) or back_at(card, self.clocks.now()) is not None:
            return None
        is_open = self.breaker(card.id, first.route).state is not BreakerState.CLOSED
        return None if is_open or self.closed_until(card.id, first.route) is not None else first

    def measure(self, payer: str, route_name: str) -> Measured:
        """How fast one payer answered on one route."""
        return self._measured[payer, route_name]

    def bulkhead(self, payer: str) -> Bulkhead:
        """The places of one payer."""
        return self._bulkheads[payer]

    def pace(self, card: Card) -> Pace:
        """The pace of one payer."""
        found = self._paces_kept.get(card.id)
        if found is None:
            ways = (*self.order(card), *self.authorization_order(card))
            limits = [entry.pace for entry, _ in ways if entry.pace is not None]
            per_second = self._paces.get(card.id) or min([card.pace, *limits])
            reserve = partial(self.store.reserve_time, card.id) if self.store.is_shared else None
            found = self._paces_kept[card.id] = Pace(per_second, self.policy.burst, self.clocks, reserve)
        return found

    def has_answered(self, card: Card) -> bool:
        """Whether the payer has answered this process on any of its routes, if only that it knows no such member."""
        return any(self.breaker(card.id, route.name).has_answered for _, route in self.order(card))

    def usual_seconds(self, card: Card) -> float:
        """Seconds that an exchange with the payer takes: as measured in this process, or as its card says."""
        measured = [self.measure(card.id, route.name).mean() for _, route in self.order(card)]
        return next((seconds for seconds in measured if seconds is not None), card.usual_seconds)

    def seconds_of_most(self, card: Card) -> float:
        """Seconds within which nine of ten answers of the payer come: as measured, or three times what is usual."""
        measured = [self.measure(card.id, route.name).within(0.9) for _, route in self.order(card)]
        return next((seconds for seconds in measured if seconds is not None), 3 * card.usual_seconds)

    def budget(self, payer: str) -> RetryBudget:
        """The retry budget of one payer."""
        return self._budgets[payer]

    def closed_until(self, payer: str, route_name: str) -> datetime | None:
        """Until when the payer asked everybody to stay away from this route."""
        left = self._closed_until.get((payer, route_name), 0.0) - self.clocks.clock()
        return self.clocks.now() + timedelta(seconds=left) if left > 0 else None

    def close_until(self, payer: str, route_name: str, until: datetime) -> datetime:
        """Keep every caller away from a payer's route until ``until``, within bounds; returns what was kept to."""
        now, policy = self.clocks.now(), self.policy
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        seconds = min(max((until - now).total_seconds(), policy.pause_least), policy.pause_most)
        opens = self.clocks.clock() + seconds
        self._closed_until[payer, route_name] = max(self._closed_until.get((payer, route_name), opens), opens)
        return now + timedelta(seconds=seconds)
