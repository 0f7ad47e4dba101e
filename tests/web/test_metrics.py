# SPDX-License-Identifier: AGPL-3.0-or-later
"""``/metrics``: true figures, few series, no names."""

from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
from desk import EIGHT, NINE, Desk, open_with_one_article
from prometheus_client.parser import text_string_to_metric_families

from relay.deliveries.timekeeping import Timekeeper
from relay.engine.rounds import Rounds
from relay.store.article import Article
from relay.store.gauges import Pile, Tally
from relay.terms import AccountState, ArticleState, DeliveryState
from relay.web.figures import Figures
from relay.web.health import Health
from relay.web.metrics import exposition
from relay.web.watchman import watchman

EMPTY = Figures(EIGHT, ("fake",), (), Tally(), 0.0, 0, held=False)
Series = dict[tuple[str, ...], float]


def series(page: str) -> Series:
    """Name and labels in order → value."""
    return {
        (sample.name.removeprefix("piquet_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def shown(figures: Figures) -> Series:
    return series(exposition(figures).decode())


@pytest.fixture
async def page(desk: Desk, port: int) -> str:
    """After a day's beginning: two accounts, one article said and one waiting, one held, one account paused."""
    await open_with_one_article(desk, "amelie", "bertrand")
    await desk.work()
    await desk.see("Deux")
    paused = await desk.account("camille")
    held = Article(
        newsroom_id=desk.newsroom, feed_id=desk.feed, link="", title="", seen_at=NINE, state=ArticleState.HELD
    )
    async with desk.store.write() as tx:
        paused.state = AccountState.PAUSED
        tx.add_all([paused, held])
    desk.clock.advance(seconds=30)
    timekeeper, url = Timekeeper(desk.store, desk.clock), f"http://127.0.0.1:{port}/metrics"
    health = Health(desk.store, desk.clock, timekeeper, Rounds(5), desk.seats.cards, lambda: b"", 45)
    async with watchman(health, port), aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.text()


async def test_the_figures_are_those_of_the_ledger(page: str) -> None:
    """Start notice and article said on both accounts, another article waiting for half a minute."""
    found = series(page)
    assert {
        ("deliveries_settled", "fake", "sent"): 4,
        ("deliveries_waiting", "pending"): 4,  # and the end notice
        ("deliveries_waiting", "unsure"): 0,
        ("oldest_waiting_seconds",): 30,
        ("articles_held",): 1,
        ("accounts_paused",): 1,
        ("feeds_failing",): 0,
        ("clock_held",): 0,
    }.items() <= found.items()


async def test_no_name_of_anybody_is_in_them(page: str) -> None:
    """No newsroom, handle, host, address, title."""
    assert [] == [
        word for word in ("quotidien", "amelie", "bertrand", "camille", "journal", "example", "Deux") if word in page
    ]


@pytest.mark.parametrize(("networks", "hosts"), [(2, 1), (60, 500)])
def test_there_are_no_more_than_two_hundred_series(networks: int, hosts: int) -> None:
    """However many networks, hosts and states; what is beyond is counted together, and nothing is left out."""
    names = [f"network{number:02}" for number in range(networks)]
    piles = [
        Pile(f"net/{name}/host{host}.example", 10, state, 1, EIGHT)
        for name in [*names, "unknown"]
        for host in range(hosts)
        for state in DeliveryState
    ]
    found = shown(replace(EMPTY, networks=names, piles=piles))
    assert len(found) <= 200
    counted = sum(value for name, value in found.items() if name[0] in ("deliveries_settled", "deliveries_waiting"))
    assert len(piles) == counted


def test_pins_and_sweeps_are_not_counted_as_notices() -> None:
    """They come after."""
    pin = Pile("net/fake/host", 20, DeliveryState.SENT, 7, EIGHT)
    assert 0 == shown(replace(EMPTY, piles=[pin]))["deliveries_settled", "fake", "sent"]


def test_how_long_the_oldest_notice_waits() -> None:
    """What is settled does not wait, and what is due later has not waited yet."""
    ages = [timedelta(minutes=5), timedelta(minutes=9), timedelta(minutes=-3)]
    piles = [Pile("net/fake/a", 10, DeliveryState.UNSURE, 1, EIGHT - age) for age in ages]
    piles.append(Pile("net/fake/a", 10, DeliveryState.SENT, 1, EIGHT - timedelta(days=1)))
    assert 540 == shown(replace(EMPTY, piles=piles))["oldest_waiting_seconds",]
    assert 0 == shown(replace(EMPTY, piles=piles[2:]))["oldest_waiting_seconds",]
