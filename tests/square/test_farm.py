# SPDX-License-Identifier: AGPL-3.0-or-later
"""The farm serves thousands of feeds as good servers do, and remembers what was published when."""

import gzip
import json
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise

import feedparser
import pytest
import trustme
from desk import EIGHT
from rawhttp import Client, Reply, ask

from relay.clock import ManualClock
from relay.square.farm.books import Books
from relay.square.farm.farm import Farm
from relay.square.farm.hosts import Hosts
from relay.square.farm.validators import Edition, edition, tag


@pytest.fixture
async def farm(clock: ManualClock) -> AsyncIterator[Farm]:
    made = Farm(clock, feeds=60, per_host=10)
    await made.start()
    yield made
    await made.stop()


def validators(reply: Reply) -> dict[str, str]:
    return {"If_None_Match": reply.headers["etag"], "If_Modified_Since": reply.headers["last-modified"]}


def links(reply: Reply) -> list[str]:
    return [entry.link for entry in feedparser.parse(reply.body).entries]


def test_a_hundred_thousand_feeds_live_on_two_thousand_hosts() -> None:
    names = [Hosts(50).name(number) for number in range(100_000)]
    assert (2000, "127.1.0.1", "127.1.7.250") == (len(set(names)), names[0], names[-1])


@pytest.mark.parametrize("number", [0, 7, 19])
async def test_every_form_of_feed_lists_twenty_articles(farm: Farm, number: int) -> None:
    reply = await ask(farm.addresses[number])
    if number == 19:
        listed = [item["url"] for item in json.loads(reply.body)["items"]]
    else:
        listed = links(reply)
        assert not feedparser.parse(reply.body).bozo
    assert [farm.land.link(number, article) for article in range(19, -1, -1)] == listed
    assert 18_000 < len(reply.body) < 24_000


async def test_who_has_the_present_document_hears_304_on_the_same_connection(farm: Farm) -> None:
    async with Client(farm.addresses[3]) as client:
        first = await client.ask()
        again = await client.ask(**validators(first))
        farm.publish(3)
        third = await client.ask(**validators(first))
    assert (200, 304, 200) == (first.status, again.status, third.status)
    assert first.headers["etag"] == again.headers["etag"] != third.headers["etag"]
    assert farm.land.link(3, 20) == links(third)[0]


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"If_None_Match": "{etag}"}, 304),
        ({"If_None_Match": "W/{etag}"}, 304),
        ({"If_None_Match": '"x", {etag}'}, 304),
        ({"If_None_Match": "*"}, 304),
        ({"If_Modified_Since": "{date}"}, 304),
        ({"If_None_Match": '"x"', "If_Modified_Since": "{date}"}, 200),
        ({"If_Modified_Since": "yesterday"}, 200),
        ({"If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 200),
    ],
)
async def test_validators_are_compared_as_the_rules_say(farm: Farm, told: dict[str, str], status: int) -> None:
    """https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2"""
    async with Client(farm.addresses[0]) as client:
        first = await client.ask()
        etag, date = first.headers["etag"], first.headers["last-modified"]
        again = await client.ask(**{name: value.format(etag=etag, date=date) for name, value in told.items()})
    assert status == again.status


async def test_a_touched_feed_changes_and_tells_nothing_new(farm: Farm) -> None:
    async with Client(farm.addresses[0]) as client:
        first = await client.ask()
        farm.touch(0)
        again = await client.ask(**validators(first))
    assert 200 == again.status
    assert first.body != again.body
    assert links(first) == links(again)


async def test_a_second_change_within_a_second_has_another_date(farm: Farm) -> None:
    dates = []
    for _ in range(2):
        farm.publish(0)
        dates.append((await ask(farm.addresses[0])).headers["last-modified"])
    assert 2 == len(set(dates))


async def test_it_remembers_when_an_article_was_first_served(farm: Farm) -> None:
    farm.publish(0, 0, 1)
    assert [None] * 3 == [each.served for each in farm.published()]
    await ask(farm.addresses[0])
    served = {farm.link(each): each.served for each in farm.published()}
    await ask(farm.addresses[0])
    assert served == {farm.link(each): each.served for each in farm.published()}
    assert {farm.land.link(0, 20), farm.land.link(0, 21)} == {link for link, when in served.items() if when}


async def test_a_schedule_publishes_as_often_as_told_and_the_same_each_time() -> None:
    told = []
    for _ in range(2):
        clock = ManualClock(EIGHT)
        farm = Farm(clock, feeds=60)
        farm.schedule(rate=2)
        clock.advance(hours=10)
        told.append([(each.at, farm.link(each)) for each in farm.published()])
        await farm.stop()
    assert told[0] == told[1]
    assert 1050 < len(told[0]) < 1350  # 1,200 are to be expected, give or take 35
    assert (EIGHT + timedelta(hours=10)).timestamp() >= max(told[0])[0]


async def test_a_reader_sees_what_was_due_before_it_asked(farm: Farm, clock: ManualClock) -> None:
    farm.schedule(rate=60)
    clock.advance(hours=1)
    listed = links(await ask(farm.addresses[0]))
    due = [farm.link(each) for each in farm.published() if each.feed == 0]
    assert list(reversed(due))[:20] == listed


def test_articles_keep_their_dates_and_their_order() -> None:
    books = Books(feeds=3, size=5, planted=1_000_000)
    for moment in (1_000_100.0, 1_000_200.0):
        books.publish(1, moment, moment)
    dates = [books.published(1, article) for article in books.shown(1)]
    assert [1_000_200.0, 1_000_100.0] == dates[:2]
    assert all(newer > older for newer, older in pairwise(dates))


@pytest.mark.parametrize("told", ["", '"x"', '"1-2-3"', '"1-2-3-00000000"', '"1-2-3-4-5"', '"é-2-3-4"'])
def test_a_tag_we_never_made_is_known(told: str) -> None:
    made = Edition(7, 3, 1_700_000_000)
    assert (made, None) == (edition(tag(made)), edition(told))


async def test_a_front_page_names_the_feeds_of_its_host_and_an_article_has_a_page(farm: Farm) -> None:
    async with Client(farm.addresses[10]) as client:
        front = (await client.ask("/")).body.decode()
        article = await client.ask("/f/10/a/3")
        statuses = [(await client.ask(path)).status for path in ("/f/10/a/20", "/f/60", "/f/x", "/robots.txt")]
        posted = await client.ask("/f/10", method="POST")
        head = await client.ask("/f/10", method="HEAD")
    assert farm.addresses[10:20] == [address for address in farm.addresses if f'"{address}"' in front]
    assert (200, [404] * 4, 405) == (article.status, statuses, posted.status)
    assert (200, b"") == (head.status, head.body)


async def test_documents_are_packed_for_who_accepts_it(clock: ManualClock) -> None:
    farm = Farm(clock, feeds=1, gzip=True)
    await farm.start()
    packed, plain = await ask(farm.addresses[0]), await ask(farm.addresses[0], Accept_Encoding="")
    await farm.stop()
    assert plain.body == gzip.decompress(packed.body)
    assert len(packed.body) < len(plain.body) / 3


async def test_feeds_are_served_over_tls_too(clock: ManualClock) -> None:
    authority, reader = trustme.CA(), ssl.create_default_context()
    authority.configure_trust(reader)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.1.0.1").configure_cert(server)
    untrusted = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(untrusted)
    farm = Farm(clock, feeds=2, tls=server, untrusted=untrusted)
    await farm.start()
    whole = await ask(farm.addresses[0], reader)
    farm.fault("untrusted", 0)
    farm.fault("downgraded", 1)
    elsewhere = [(await ask(address, reader)).headers["location"] for address in farm.addresses]
    with pytest.raises(ssl.SSLCertVerificationError):
        await ask(elsewhere[0], reader)
    plain = await ask(elsewhere[1])
    await farm.stop()
    assert (200, 200) == (whole.status, plain.status)


async def test_a_long_head_or_a_broken_request_line_ends_the_connection(farm: Farm) -> None:
    long = await ask(farm.addresses[0], X_Long="x" * 70_000)
    async with Client(farm.addresses[0]) as client:
        broken = await client.ask("/f/0 /f/1")
    assert [0, 0] == [long.status, broken.status]
    assert "silent" not in (long.ended, broken.ended)
