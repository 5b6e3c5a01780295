"""What an operator can count: questions, how long they take, the gates' decisions, the store, the gateway, the files in use.

A `Tally` holds plain numbers and costs next to nothing; Prometheus' library (the extra `metrics`) is read in when they are asked for.
"""

from __future__ import annotations

import bisect
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot import __version__
from bot.answer import Answer, Status

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
CONFIDENCE = tuple(n / 10 for n in range(1, 10))


class Histogram:
    """How many observed values are at most each of some bounds, and their sum."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds, self._counts, self.sum = tuple(bounds), [0] * (len(bounds) + 1), 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self._counts[bisect.bisect_left(self._bounds, value)] += 1
        self.sum += value

    @property
    def buckets(self) -> list[tuple[str, float]]:
        """Upper bound and number of values up to it, as Prometheus writes them."""
        return list(zip([*map(str, self._bounds), "+Inf"], map(float, itertools.accumulate(self._counts)), strict=True))


@dataclass(slots=True)
class Tally:
    """What happened since the process began."""

    questions: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By status (of the answer; `failed`; `not_taken`) and reason."""
    decisions: Counter[str] = field(default_factory=Counter)
    """By what answered: `entry`, `search`; else the reason of the refusal."""
    seconds: Histogram = field(default_factory=lambda: Histogram(SECONDS))
    """From the arrival of a question until Discord has its answer."""
    confidence: Histogram = field(default_factory=lambda: Histogram(CONFIDENCE))
    reloads: Counter[str] = field(default_factory=Counter)
    """By outcome: `taken_up`, `same`, `broken`."""
    disconnects: int = 0

    def answered(self, found: Answer, seconds: float) -> None:
        """Count a question that was answered or refused after so many seconds."""
        by = "entry" if found.faq else "search" if found.status is Status.ANSWERED else str(found.reason)
        self.questions[str(found.status), str(found.reason or "")] += 1
        self.decisions[by] += 1
        self.seconds.observe(seconds)
        self.confidence.observe(found.confidence)


@dataclass(frozen=True, slots=True)
class State:
    """How things stand at one moment."""

    corpus: str
    """SHA-256, as the next one."""
    faq: str
    articles: int
    entries: int
    gateway: bool
    """Whether the connection to Discord stands."""
    latency: float
    """Seconds between a heartbeat and Discord's answer to it; infinite before the first."""
    servers: int
    at_work: int
    """Questions and presses that somebody waits for."""
    waiting: int
    """Questions that wait for their turn."""
    store: str | None
    """Why the store cannot be written; None where it can."""
    backlog: int
    """Writes that wait for the store."""
    lag: float
    """Seconds that the oldest of them has waited."""
    written: int
    dropped: int
    failures: int


def page(tally: Tally, state: State) -> tuple[bytes, str]:
    """All numbers in Prometheus' text form, and its content type. Raises ModuleNotFoundError where the extra is not installed."""
    from prometheus_client import CollectorRegistry, ProcessCollector, exposition
    from prometheus_client.registry import Collector

    class Numbers(Collector):
        def collect(self) -> Iterator[Any]:
            return _families(tally, state)

    registry = CollectorRegistry()
    registry.register(Numbers())
    ProcessCollector(registry=registry)
    return exposition.generate_latest(registry), exposition.CONTENT_TYPE_PLAIN_0_0_4


def _families(tally: Tally, state: State) -> Iterator[Any]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily

    def counter(name: str, help: str, values: Counter[Any], *labels: str) -> CounterMetricFamily:
        family = CounterMetricFamily(name, help, labels=labels)
        for key, value in sorted(values.items()):
            family.add_metric(key if isinstance(key, tuple) else (key,), value)
        return family

    yield InfoMetricFamily("bot", "Version, and the SHA-256 of corpus and FAQ.", {"version": __version__, "corpus": state.corpus, "faq": state.faq})
    yield GaugeMetricFamily("bot_articles", "Articles in use.", state.articles)
    yield GaugeMetricFamily("bot_faq_entries", "FAQ entries in use.", state.entries)
    yield counter("bot_reloads", "Times that the files were read anew, by outcome.", tally.reloads, "outcome")
    yield counter("bot_questions", "Questions, by status and reason.", tally.questions, "status", "reason")
    yield counter("bot_gate_decisions", "What the gates decided: entry, search, or why not.", tally.decisions, "decision")
    yield HistogramMetricFamily("bot_gate_confidence", "The gates' confidence.", buckets=tally.confidence.buckets, sum_value=tally.confidence.sum)
    yield HistogramMetricFamily(
        "bot_question_seconds", "From the arrival of a question until Discord has its answer.", buckets=tally.seconds.buckets, sum_value=tally.seconds.sum
    )
    yield GaugeMetricFamily("bot_at_work", "Questions and presses that somebody waits for.", state.at_work)
    yield GaugeMetricFamily("bot_queue", "Questions that wait for their turn.", state.waiting)
    yield GaugeMetricFamily("bot_gateway_connected", "Whether the connection to Discord stands.", state.gateway)
    yield GaugeMetricFamily("bot_gateway_latency_seconds", "Between a heartbeat and Discord's answer.", state.latency)
    yield CounterMetricFamily("bot_gateway_disconnects", "Times that the connection to Discord was lost.", tally.disconnects)
    yield GaugeMetricFamily("bot_servers", "Servers that the bot is in.", state.servers)
    yield GaugeMetricFamily("bot_store_up", "Whether the store could be written the last time.", state.store is None)
    yield GaugeMetricFamily("bot_store_backlog", "Writes that wait for the store.", state.backlog)
    yield GaugeMetricFamily("bot_store_lag_seconds", "How long the oldest of them has waited.", state.lag)
    yield CounterMetricFamily("bot_store_writes", "Writes that the store has taken.", state.written)
    yield CounterMetricFamily("bot_store_dropped", "Writes that were given up: too many waited, or the store refused them for good.", state.dropped)
    yield CounterMetricFamily("bot_store_failures", "Times that the store could not be written.", state.failures)
