"""What the service counts, for Prometheus."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_EVENTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)


class Metrics:
    """Counters of one service; each service has its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._events = Counter(
            "chipledger_events", "Events submitted.", ["outcome"], registry=self._registry
        )
        self._refused = Counter(
            "chipledger_refusals", "Events refused, by code.", ["code"], registry=self._registry
        )
        self._requests = Histogram(
            "chipledger_request_seconds",
            "Time to answer a request.",
            ["route", "status"],
            registry=self._registry,
            buckets=_SECONDS,
        )
        self._groups = Histogram(
            "chipledger_commit_events",
            "Submissions in a commit.",
            registry=self._registry,
            buckets=_EVENTS,
        )
        self._waiting = Gauge(
            "chipledger_waiting", "Submissions without an answer yet.", registry=self._registry
        )
        self._size = Gauge("chipledger_size", "Entries in the ledger.", registry=self._registry)

    def recorded(self, *, repeated: bool) -> None:
        """Count an event that has a receipt."""
        self._events.labels("repeated" if repeated else "recorded").inc()

    def refused(self, code: str) -> None:
        """Count an event that has none; codes are few, and none comes from outside."""
        self._events.labels("refused").inc()
        self._refused.labels(code).inc()

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, str(status)).observe(seconds)

    def committed(self, count: int) -> None:
        """Count a commit."""
        self._groups.observe(count)

    def text(self, *, waiting: int, size: int | None) -> bytes:
        """Return all of it as Prometheus reads it; without a size the last one stands."""
        self._waiting.set(waiting)
        if size is not None:
            self._size.set(size)
        return generate_latest(self._registry)
