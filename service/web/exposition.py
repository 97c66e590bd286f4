"""What the parts of this process have counted, in the text format of Prometheus.

Nothing is counted here: each part keeps its own counts, and they are read when somebody asks. Labels are words from
closed lists (payers, routes, codes): no member stands in one, and their number is bounded.
"""

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from service.gateway.breaker import BreakerState
from service.telemetry.durations import BOUNDS, Histogram
from service.telemetry.logs import log_writer
from service.web.connections import Connections
from service.web.services import Services

_BOUNDS = (*map(str, BOUNDS), "+Inf")

Labels = Sequence[str]


class Metrics(Collector):
    """What is shown of one process."""

    def __init__(self, requests: Iterable[Histogram], connections: Connections, services: Services) -> None:
        """Take where it is counted; ``requests`` are those of HTTP, by route and status."""
        self._requests, self._connections, self._services = requests, connections, services

    def write(self, accept: str) -> tuple[bytes, str]:
        """Return everything, in the format that an ``Accept`` header asks for, and its media type."""
        registry = CollectorRegistry()
        registry.register(self)
        for of_process in (ProcessCollector, PlatformCollector, GCCollector):
            of_process(registry=registry)
        encode, media_type = choose_encoder(accept)
        return encode(registry), media_type

    def collect(self) -> Iterator[Metric]:
        """Yield every family of ours."""
        yield from self._of_work()
        yield from self._of_process()
        yield from self._of_payers()

    def _of_work(self) -> Iterator[Metric]:
        yield _histogram(
            "request",
            "Requests, by the pattern of their path; status 0 is none, since the caller had left.",
            ("route", "status"),
            self._requests,
        )
        yield _histogram(
            "exchange",
            "Exchanges with payers, by the outcome that an answer names.",
            ("payer", "route", "outcome"),
            self._services.guards.exchanges,
        )
        yield _counter(
            "answers",
            "Questions whose answer became final here, by the status of the coverage.",
            ("payer", "role", "status"),
            self._services.verifier.answers.items(),
        )
        refused = {(code,): count for code, count in self._connections.refusals.totals.items()}
        yield _counter(
            "refused_connections", "Refused before anything was read of a request.", ("code",), refused.items()
        )

    def _of_process(self) -> Iterator[Metric]:
        watchdog = self._services.watchdog
        blocked = {(plugin,): count for plugin, count in watchdog.blocked.items()}
        yield _counter(
            "loop_blocked",
            "Times that the event loop was held for too long, by plugin.",
            ("plugin",),
            blocked.items(),
        )
        yield _counter("log_lines_lost", "Lines that the log did not take.", (), [((), log_writer().lost)])
        gauges = {
            "loop_worst_lag_seconds": ("The longest time that the event loop was held.", watchdog.worst),
            "requests_inside": ("Questions, and waits for one, under way.", len(self._services.verifier.admission)),
            "connections": ("Connections of callers that are open.", len(self._connections)),
            "leaked_tasks": ("Tasks that plugins left behind and that still run.", len(self._services.guards.leaked)),
        }
        for name, (meaning, value) in gauges.items():
            yield _gauge(name, meaning, (), [((), value)])

    def _of_payers(self) -> Iterator[Metric]:
        guards, cards = self._services.guards, self._services.directory.cards
        places = {(card.id,): guards.bulkhead(card.id).places_in_use for card in cards}
        yield _gauge("payer_places_in_use", "Inquiries under way at a payer.", ("payer",), places.items())
        breakers = {
            (card.id, route.name, state.value): guards.breaker(card.id, route.name).state is state
            for card in cards
            for _, route in guards.order(card)
            for state in BreakerState
        }
        meaning = "Whether a payer is asked on a route (closed), is not (open) or is tried (probing)."
        yield _gauge("payer_breaker", meaning, ("payer", "route", "state"), breakers.items())


def _histogram(name: str, meaning: str, labels: Labels, durations: Iterable[Histogram]) -> Metric:
    family = HistogramMetricFamily(f"benefits_{name}_seconds", meaning, labels=labels)
    for one in durations:
        family.add_metric(one.kind, list(zip(_BOUNDS, one.within, strict=True)), one.seconds)
    return family


def _counter(name: str, meaning: str, labels: Labels, counts: Iterable[tuple[Labels, int]]) -> Metric:
    family = CounterMetricFamily(f"benefits_{name}", meaning, labels=labels)
    for kind, count in sorted(counts):
        family.add_metric(kind, count)
    return family


def _gauge(name: str, meaning: str, labels: Labels, values: Iterable[tuple[Labels, float]]) -> Metric:
    family = GaugeMetricFamily(f"benefits_{name}", meaning, labels=labels)
    for kind, value in sorted(values):
        family.add_metric(kind, value)
    return family
