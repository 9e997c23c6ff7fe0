"""What Prometheus is told of the server."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Gauge

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the histogram of times."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Those that are told apart; anybody can make up others."""


class Measures:
    """Counts what a server does; each server has its own.

    Parameters
    ----------
    gauges
        What is told besides of the state of what it serves, by name, and what that means.
    """

    def __init__(self, gauges: Mapping[str, str]) -> None:
        self._gauges = gauges

    @cached_property
    def _kept(self) -> _Kept:
        return _Kept(self._gauges)

    def count(self, method: str, address: str, status: int, seconds: float) -> None:
        """Count one request."""
        known = method if method in METHODS else "other"
        self._kept.requests.labels(known, address, str(status)).inc()
        self._kept.seconds.labels(address).observe(seconds)

    def text(self, **state: float) -> str:
        """Return all of it in Prometheus's text format, with the gauges as they are."""
        for name, value in state.items():
            self._kept.state[name].set(value)
        return self._kept.text()


class _Kept:
    """The counts, in what is imported after the first page was answered."""

    def __init__(self, gauges: Mapping[str, str]) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._registry: CollectorRegistry = CollectorRegistry()
        self.requests = Counter(
            "engine_requests",
            "Requests, by method, address and status.",
            ("method", "address", "status"),
            registry=self._registry,
        )
        self.seconds = Histogram(
            "engine_request_seconds",
            "Seconds to the end of an answer, by address.",
            ("address",),
            buckets=SECONDS,
            registry=self._registry,
        )
        self.state: dict[str, Gauge] = {
            name: Gauge(f"engine_{name}", text, registry=self._registry)
            for name, text in gauges.items()
        }

    def text(self) -> str:
        """Return all of it in Prometheus's text format."""
        from prometheus_client import generate_latest

        return generate_latest(self._registry).decode()


BASE_GAUGES = {
    "articles": "Articles of the live generation.",
    "stories": "Stories of the live generation.",
    "generation_age_seconds": "Seconds since the live generation was published.",
    "generation_switches": "Generations that took the place of another since the start.",
    "generation_problem": "1 where what is published cannot be read and the one before answers.",
}
"""Gauges of the base that is served."""
