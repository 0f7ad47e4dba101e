# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures for Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/): few series, and no name of a
newsroom, a person, a host or an address in any of them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from relay.deliveries.beside import RANK
from relay.store.lanes import NET
from relay.terms import SETTLED, Action, DeliveryState
from relay.web.figures import Figures

NETWORKS = 20  # that many have series of their own, the rest are counted together
OTHER = "other"


def exposition(figures: Figures) -> bytes:
    """The page as Prometheus reads it."""
    registry = CollectorRegistry()
    registry.register(_Shown(figures))
    return generate_latest(registry)


class _Shown(Collector):
    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        yield from _deliveries(self._figures)
        yield from _others(self._figures)


def _deliveries(seen: Figures) -> Iterator[Metric]:
    known = sorted(seen.networks)[:NETWORKS]
    waiting = Counter({state: 0 for state in DeliveryState if state not in SETTLED})
    settled = Counter({(network, state): 0 for network in known for state in DeliveryState if state in SETTLED})
    for pile in (each for each in seen.piles if each.rank < RANK[Action.PIN]):
        if pile.state in SETTLED:
            network = _network(pile.lane)
            settled[network if network in known else OTHER, pile.state] += pile.count
        else:
            waiting[pile.state] += pile.count
    queue = GaugeMetricFamily("piquet_deliveries_waiting", "Notices not settled yet.", labels=["state"])
    for state, count in waiting.items():
        queue.add_metric([state], count)
    yield queue
    done = GaugeMetricFamily("piquet_deliveries_settled", "Notices settled.", labels=["network", "state"])
    for (network, state), count in settled.items():
        done.add_metric([network, state], count)
    yield done
    moments = [each.due_at for each in seen.piles if each.rank < RANK[Action.PIN] and each.state not in SETTLED]
    yield _gauge("oldest_waiting_seconds", "How long the oldest notice has been due.", _age(moments, seen.now))


def _others(seen: Figures) -> Iterator[Metric]:
    yield _gauge("articles_held", "Articles that wait for a person.", seen.tally.held)
    yield _gauge("accounts_paused", "Accounts that a person has to connect again.", seen.tally.paused)
    yield from _feeds(seen)
    yield _gauge("drains", "Lanes being worked by this process.", seen.under_way)
    yield _gauge("loop_lag_seconds", "How late the event loop is.", seen.lag)
    yield _gauge("clock_held", "1 while the machine's clock cannot be trusted.", seen.held)


def _feeds(seen: Figures) -> Iterator[Metric]:
    tally = seen.tally
    yield _gauge("feeds", "Feeds that are watched.", tally.feeds)
    yield _gauge("feeds_failing", "Feeds whose last look failed.", tally.failing)
    yield _gauge(
        "feeds_quarantined", "Feeds that take too much to read, and are looked at less often.", tally.quarantined
    )
    yield _gauge("feeds_off", "Feeds whose server says they are gone, and that are not watched any more.", tally.off)
    first = [] if tally.due_at is None else [tally.due_at]
    yield _gauge("looks_late_seconds", "How long the feed has been due that waits longest.", _age(first, seen.now))


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"piquet_{name}", words, value=value)


def _network(lane: str) -> str:
    """Of the lane ``net/mastodon/host``."""
    return lane.removeprefix(NET).partition("/")[0]


def _age(moments: Sequence[datetime], now: datetime) -> float:
    return max(0.0, max(((now - each).total_seconds() for each in moments), default=0.0))
