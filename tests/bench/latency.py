# SPDX-License-Identifier: AGPL-3.0-or-later
"""From an article in the feed to its notice on Mastodon and on Bluesky, over loopback, with the real clients.

Looks are made by hand, one after each article: waiting for the next look is a setting, not a speed.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import town
from rows import Missing, Row
from sqlmodel import select

from relay.clock import RealClock, stopwatch
from relay.feeds.pace import SPACING
from relay.house import House
from relay.square.mastodon import LookalikeMastodon
from relay.square.pds import Pds
from relay.square.press import Press
from relay.store.feed import Feed
from relay.store.lanes import of_feed


@dataclass(frozen=True)
class Latency:
    """Seconds from the look at the feed to the arrival of the last of both posts, one an article."""

    seconds: list[float]

    def at(self, share: float) -> float:
        """The value that ``share`` of all stay within."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def rows() -> AsyncGenerator[Row | Missing, None]:
    """The whole way of an article, from the look to both networks."""
    posts = await look_to_posts()
    yield Row("look at the feed → both posts, p50", posts.at(0.5), "s")
    yield Row("look at the feed → both posts, p95", posts.at(0.95), "s", 1.0)
    yield Row("look at the feed → both posts, max", posts.at(1.0), "s")


async def look_to_posts(articles: int = 22) -> Latency:
    """One article at a time: look, plan, send; the stopwatch stops when both networks have the post."""
    clock = RealClock()
    press, mastodon, pds = Press(clock), LookalikeMastodon(clock, metered=False), Pds(clock, rate_limits=False)
    mastodon.create_account("desk", token="token")
    for part in (press, mastodon, pds):
        await part.start()
    async with town.house() as made:
        room = await town.newsroom(made)
        accounts = [
            await town.connect(made, room, "mastodon", {"server": mastodon.address, "token": "token"}),
            await town.connect(made, room, "bluesky", pds.join("desk.test")),
        ]
        await made.watch.subscribe(room, press.feed)
        await town.strike(made, room, accounts)
        lanes = [of_feed(press.feed), *{account.lane for account in accounts}]
        seconds = [await _once(made, press, lanes, (mastodon, pds), number) for number in range(articles)]
    for part in (press, mastodon, pds):
        await part.stop()
    return Latency(seconds[2:])  # the first two warm up


async def _once(
    made: House, press: Press, lanes: list[str], networks: tuple[LookalikeMastodon, Pds], number: int
) -> float:
    await made.outside.clock.sleep(SPACING)  # a host is left in peace between two looks
    link = press.publish(f"Article {number}").link
    began = stopwatch()
    await _look_now(made, lanes)
    arrived = [post.arrived for network in networks for post in network.public() if link in post.links]
    assert len(arrived) == 2, f"{len(arrived)} posts for one article on two accounts"
    return max(arrived) - began


async def _look_now(made: House, lanes: list[str]) -> None:
    async with made.store.write() as tx:
        for row in (await tx.exec(select(Feed))).all():
            row.next_look_at = made.outside.clock.now()
            tx.add(row)
    for lane in lanes:
        await made.drain(lane)
