# SPDX-License-Identifier: AGPL-3.0-or-later
"""Deliveries a second: the relay against a bare loop that makes the same posts with the same library and no database.

Rounds alternate in one run, since machines are shared and noisy; only the ratio is worth quoting.
"""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

import mastodon
import town
from rows import Missing, Row

from relay.clock import stopwatch
from relay.house import House

ROUNDS = 5


@dataclass(frozen=True)
class Ratio:
    """Seconds of each round: ours and the bare loop's."""

    ours: list[float]
    bare: list[float]

    @property
    def value(self) -> float:
        """Our time over the bare loop's, round by round, in the middle."""
        return median(a / b for a, b in zip(self.ours, self.bare, strict=True))


async def rows() -> AsyncGenerator[Row | Missing, None]:
    """One account, and fifty, over loopback with the real client."""
    single, many = await one_account(), await fifty_accounts()
    yield Row("30 articles, one account: time / bare loop’s", single.value, "×", 1.1)
    yield Row("50 accounts, 5 hosts: rate / bare concurrent loop’s", 1 / many.value, "×", 0.7, least=True)
    yield Row("deliveries a second, 50 accounts", 50 * 6 / min(many.ours), "/s")


def say_bare(client: mastodon.Mastodon, round_: int, count: int) -> None:
    for number in range(count):
        link = f"https://journal.example/2026/12/17/bare-{round_}-{number}"
        text = f"Community managers en grève : « Un titre d’article de longueur moyenne, numéro {number} » {link}"
        client.status_post(text, language="fr", visibility="public", idempotency_key=f"{round_}-{number}-{id(client)}")


def clients(square: town.Square) -> list[mastodon.Mastodon]:
    return [
        mastodon.Mastodon(api_base_url=server, access_token=token, ratelimit_method="throw", version_check_mode="none")
        for server, tokens in square.instances
        for token in tokens
    ]


async def one_account(articles: int = 30) -> Ratio:
    """Thirty articles for one account, in order."""
    with town.square(1, 2) as square:
        (server, (ours_token, bare_token)) = square.instances[0]
        bare_client = mastodon.Mastodon(api_base_url=server, access_token=bare_token, ratelimit_method="throw")
        return await _measure(square, [(server, ours_token)], [bare_client], articles)


async def fifty_accounts(hosts: int = 5, accounts: int = 10, articles: int = 6) -> Ratio:
    """A few articles for fifty accounts on several hosts, as fast as it goes."""
    with town.square(hosts, accounts) as square:
        ours = [(server, token) for server, tokens in square.instances for token in tokens]
        return await _measure(square, ours, clients(square), articles)


async def _measure(
    square: town.Square, given: list[tuple[str, str]], bare_clients: list[mastodon.Mastodon], articles: int
) -> Ratio:
    ours, bare = list[float](), list[float]()
    async with town.house() as made:
        room = await town.newsroom(made)
        accounts = [await town.connect(made, room, "mastodon", {"server": s, "token": t}) for s, t in given]
        await town.strike(made, room, accounts)
        lanes = sorted({account.lane for account in accounts})
        await _drain(made, lanes)
        for round_ in range(-1, ROUNDS):
            mine = await _ours(made, square, room, lanes, range(round_ * articles, (round_ + 1) * articles), len(given))
            theirs = await asyncio.to_thread(_bare, bare_clients, round_, articles)
            if round_ >= 0:  # the first round warms both sides up
                ours.append(mine)
                bare.append(theirs)
    return Ratio(ours, bare)


async def _ours(made: House, square: town.Square, room: int, lanes: list[str], numbers: range, accounts: int) -> float:
    await town.publish(made, room, numbers)
    before, began = square.received(), stopwatch()
    await _drain(made, lanes)
    took = stopwatch() - began
    assert square.received() - before == len(numbers) * accounts, "the relay lost or doubled a post"
    return took


async def _drain(made: House, lanes: list[str]) -> None:
    await asyncio.gather(*(made.courier.drain(lane) for lane in lanes))


def _bare(bare_clients: list[mastodon.Mastodon], round_: int, articles: int) -> float:
    began = stopwatch()
    with ThreadPoolExecutor(len(bare_clients)) as pool:
        list(pool.map(lambda client: say_bare(client, round_, articles), bare_clients))
    return stopwatch() - began
