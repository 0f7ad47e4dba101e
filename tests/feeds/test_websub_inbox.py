# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was pushed is learnt as a look would learn it, once, and whatever is wrong with it keeps nobody from looking."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from desk import EIGHT, NINE, NINETEEN, Desk
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.faults import NotAFeed
from relay.feeds.learn import Learnt, learn
from relay.feeds.parse.parser import Parser
from relay.feeds.websub.inbox import LATE, Inbox
from relay.i18n import say
from relay.store import article, pushes, subscription
from relay.store.article import Article
from relay.store.feed import Feed
from relay.store.subscription import Push, Subscription
from relay.terms import ArticleState, Document, Entry, SubscriptionState

LANE = "feed/x"
one_store = pytest.mark.parametrize("address", ["sqlite"], indirect=True)


@dataclass
class Scene:
    """A newsroom on strike, whose hub has promised to push its feed. A body is read as headlines, one a line."""

    desk: Desk
    broken: list[Exception] = field(default_factory=list)
    inbox: Inbox = field(init=False)

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.desk.store, self.desk.outside, self.read, self.learn)

    async def read(self, push: Push, feed: Feed) -> Document | None:
        if self.broken:
            raise self.broken.pop()
        return document(*push.body.decode().splitlines()) if push.body else None

    async def learn(self, tx: AsyncSession, feed: Feed, document: Document, now: datetime) -> Learnt:
        return await learn(tx, feed, document, 10, self.desk.edges.answer, now)

    async def push(self, body: str, kind: str = "application/rss+xml") -> None:
        async with self.desk.store.write() as tx:
            now = self.desk.clock.now()
            tx.add(Push(feed_id=self.desk.feed, received_at=now, content_type=kind, body=body.encode()))

    async def feed(self, **changes: object) -> Feed:
        async with self.desk.store.write() as tx:
            row = await tx.get_one(Feed, self.desk.feed)
            for name, value in changes.items():
                setattr(row, name, value)
            tx.add(row)
        return row

    async def articles(self) -> list[tuple[str, ArticleState]]:
        async with self.desk.store.read() as tx:
            return [(row.title, row.state) for row in (await tx.exec(select(Article).order_by(Article.id))).all()]  # type: ignore[arg-type]

    async def subscription(self) -> Subscription:
        async with self.desk.store.read() as tx:
            row = await subscription.of_feed(self.desk.newsroom, tx, self.desk.feed)
        assert row is not None
        return row

    async def wait_until_nothing_waits(self) -> set[str]:
        lanes = await self.inbox.drain(LANE)
        async with self.desk.store.read() as tx:
            assert ({}, []) == (await pushes.lanes(tx), await pushes.waiting(tx, LANE, 9))
        return lanes


def document(*titles: str) -> Document:
    return Document(tuple(Entry(f"guid {each}", f"https://journal.example/{each}", each) for each in titles))


@pytest.fixture
async def scene(desk: Desk) -> Scene:
    made = Scene(desk)
    desk.clock.move_to(EIGHT)
    await desk.strike(await desk.account())
    desk.clock.move_to(NINE)
    await desk.work()
    await made.feed(baseline_at=EIGHT, looked_at=NINE, next_look_at=NINETEEN)
    async with desk.store.write() as tx:
        tx.add(
            Subscription(
                newsroom_id=desk.newsroom,
                feed_id=desk.feed,
                hub="h",
                topic="t",
                address="a",
                path="p",
                state=SubscriptionState.ACTIVE,
                asked_at=EIGHT,
                answered_at=EIGHT,
                expires_at=NINETEEN,
            )
        )
    return made


async def test_what_is_pushed_is_answered_at_once_and_looked_at_soon(scene: Scene) -> None:
    """The same again, and the look that follows, find nothing new."""
    await scene.push("Un")
    async with scene.desk.store.read() as tx:
        assert {LANE: NINE} == await pushes.lanes(tx)
    assert {"net/fake/fake.example"} == await scene.wait_until_nothing_waits()
    assert [("Un", ArticleState.SEEN)] == await scene.articles()
    pulled = (await scene.feed()).next_look_at - NINE
    assert timedelta(seconds=10) == pulled  # after the last look, which was just now
    await scene.push("Un")
    assert set() == await scene.wait_until_nothing_waits()
    async with scene.desk.store.write() as tx:
        assert 0 == (await scene.learn(tx, await tx.get_one(Feed, scene.desk.feed), document("Un"), NINE)).new
    await scene.desk.work()
    said = [each.post.text for each in scene.desk.platform.posts("desk")]
    assert 1 == sum("« Un »" in each for each in said)


async def test_many_readers_at_once_learn_it_once(scene: Scene) -> None:
    for title in ("Un", "Deux", "Trois"):
        await scene.push(title)
    await asyncio.gather(*(scene.inbox.drain(LANE) for _ in range(4)))
    assert ["Deux", "Trois", "Un"] == sorted(title for title, _ in await scene.articles())


@one_store
async def test_a_push_that_cannot_be_read_is_dropped_and_the_feed_looked_at(scene: Scene) -> None:
    """What comes after it is read all the same."""
    junk = NotAFeed(say("There is no feed at this address. Give the address of an RSS, Atom or JSON feed."))
    for number, trouble in enumerate((junk, KeyError("a bug"), UnicodeDecodeError("utf-8", b"", 0, 1, "a bug")), 1):
        scene.broken = [trouble]
        await scene.feed(next_look_at=NINETEEN)
        await scene.push("Un")
        await scene.push(f"Deux {number}")
        await scene.wait_until_nothing_waits()
        assert [f"Deux {each}" for each in range(1, number + 1)] == [title for title, _ in await scene.articles()]
        assert (await scene.feed()).next_look_at < NINETEEN


@one_store
async def test_what_calls_itself_a_feed_of_another_server_is_left_to_the_look(scene: Scene) -> None:
    async def read(push: Push, feed: Feed) -> Document | None:
        return replace(document("Un"), topic=push.body.decode())

    scene.inbox = Inbox(scene.desk.store, scene.desk.outside, read, scene.learn)
    await scene.push("https://other.example/feed")
    await scene.wait_until_nothing_waits()
    assert [] == await scene.articles()
    await scene.push("http://journal.example/rss")
    await scene.wait_until_nothing_waits()
    assert ["Un"] == [title for title, _ in await scene.articles()]


@one_store
async def test_a_burst_is_left_to_the_look_which_sees_the_whole_document(scene: Scene) -> None:
    """Of what is pushed everything may be new; that alone is no flood, and nothing is held for it."""
    await scene.push("\n".join(f"Article {each}" for each in range(12)))
    await scene.wait_until_nothing_waits()
    assert [] == await scene.articles()
    async with scene.desk.store.read() as tx:
        assert [] == await article.holds(scene.desk.newsroom, tx)
    assert (await scene.feed()).next_look_at < NINETEEN


@one_store
async def test_nothing_is_learnt_before_the_first_look_or_after_the_last(scene: Scene) -> None:
    """What was there already could not be told from what is new."""
    await scene.feed(baseline_at=None)
    await scene.push("Un")
    await scene.wait_until_nothing_waits()
    await scene.feed(baseline_at=EIGHT, removed_at=NINE)
    await scene.push("Deux")
    await scene.wait_until_nothing_waits()
    assert [] == await scene.articles()


@one_store
async def test_a_hub_that_promises_and_does_not_push_is_found_out(scene: Scene) -> None:
    """Only what it could have pushed counts, and not what it was merely slow with."""

    async def miss(since: datetime | None) -> int:
        async with scene.desk.store.write() as tx:
            await pushes.missed(tx, scene.desk.feed, 2, since, scene.desk.clock.now())
        return (await scene.subscription()).misses

    assert [0, 0, 2] == [await miss(None), await miss(EIGHT - timedelta(seconds=1)), await miss(EIGHT)]
    await scene.push("")
    await scene.wait_until_nothing_waits()
    assert 1 == (await scene.subscription()).misses
    assert 3 == await miss(NINE)
    scene.desk.clock.advance(seconds=LATE.total_seconds() + 1)
    await scene.push("")
    await scene.wait_until_nothing_waits()
    assert 3 == (await scene.subscription()).misses
    scene.desk.clock.move_to(NINETEEN)
    assert 3 == await miss(NINE)


RSS = """<rss version="2.0"><channel><title>Journal</title><item><guid>https://journal.example/un</guid>
<title>Un</title><link>https://journal.example/un</link></item></channel></rss>"""


@one_store
async def test_what_hubs_send_is_read_by_the_parser_of_the_looks(scene: Scene, parser: Parser) -> None:
    """RSS, Atom and JSON, and nothing of what is none of them."""

    async def read(push: Push, feed: Feed) -> Document | None:
        reading = await parser.read(push.body, push.content_type, feed.address, feed.prints or b"")
        return reading.document

    scene.inbox = Inbox(scene.desk.store, scene.desk.outside, read, scene.learn)
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>J</title><entry><id>tag:deux</id><title>Deux</title>'
        '<link href="https://journal.example/deux"/></entry></feed>'
    )
    item = '{"id": "trois", "url": "https://journal.example/trois", "title": "Trois"}'
    await scene.push(RSS)
    await scene.push(atom, "application/atom+xml; charset=utf-8")
    await scene.push(f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{item}]}}', "application/feed+json")
    for junk in ("", "<html><p>502</p></html>", "\x1f\x8b\x08", "null"):
        await scene.push(junk, "text/html")
    await scene.wait_until_nothing_waits()
    assert ["Un", "Deux", "Trois"] == [title for title, _ in await scene.articles()]
