# SPDX-License-Identifier: AGPL-3.0-or-later
"""The newsroom's site serves a feed as real ones do, with all that newsrooms do to it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from relay.clock import ManualClock
from relay.feeds.parse.reading import read
from relay.square.press import SHOWN, UTM, Press
from relay.terms import Entry


@pytest.fixture
async def press(clock: ManualClock) -> AsyncIterator[Press]:
    made = Press(clock)
    await made.start()
    yield made
    await made.stop()


async def entries(press: Press) -> tuple[Entry, ...]:
    async with aiohttp.ClientSession() as session, session.get(press.feed) as answer:
        document = read(await answer.read(), answer.headers["Content-Type"], press.feed)
    assert document is not None
    return document.entries


async def titles(press: Press) -> list[str]:
    return [entry.title for entry in await entries(press)]


async def test_the_newest_article_stands_on_top(press: Press) -> None:
    press.publish("Un")
    press.publish("Deux & « trois »", "Un <b>chapeau</b>")
    assert ["Deux & « trois »", "Un"] == await titles(press)


async def test_the_feed_holds_the_newest_only(press: Press) -> None:
    for number in range(SHOWN + 5):
        press.publish(str(number))
    assert [str(number) for number in reversed(range(5, SHOWN + 5))] == await titles(press)


async def test_an_unchanged_feed_is_answered_304(press: Press) -> None:
    press.publish("Un")
    async with aiohttp.ClientSession() as session:
        async with session.get(press.feed) as answer:
            tag = answer.headers["ETag"]
        async with session.get(press.feed, headers={"If-None-Match": tag}) as answer:
            again = answer.status
        press.publish("Deux")
        async with session.get(press.feed, headers={"If-None-Match": tag}) as answer:
            changed = answer.status
    assert (304, 200, 3, 1) == (again, changed, press.asked, press.unchanged)


async def test_an_edited_article_keeps_its_address_and_when_it_appeared(press: Press) -> None:
    piece = press.publish("Un")
    press.edit(piece, "Un, corrigé")
    entry = (await entries(press))[0]
    assert ("Un, corrigé", piece.link, piece.appeared) == (entry.title, entry.link, press.pieces[0].appeared)


async def test_a_redated_article_carries_the_present_date(press: Press, clock: ManualClock) -> None:
    piece = press.publish("Un")
    clock.advance(hours=2)
    press.redate(piece)
    assert clock.now() == (await entries(press))[0].published


async def test_a_relisted_article_stands_there_twice_under_two_addresses(press: Press) -> None:
    piece = press.publish("Un")
    press.relist(piece)
    assert [piece.link + UTM, piece.link] == [entry.guid for entry in await entries(press)]


async def test_what_is_withdrawn_is_gone_until_it_is_restored(press: Press) -> None:
    first, _second = press.publish("Un"), press.publish("Deux")
    press.withdraw(first)
    without = await titles(press)
    press.restore(first)
    assert (["Deux"], ["Un", "Deux"]) == (without, await titles(press))


async def test_a_reordered_feed_holds_the_same_articles(press: Press) -> None:
    for title in ("Un", "Deux", "Trois"):
        press.publish(title)
    press.reorder()
    assert ["Un", "Deux", "Trois"] == await titles(press)


async def test_it_remembers_what_a_reader_was_given(press: Press) -> None:
    press.publish("Un")
    await entries(press)
    press.publish("Deux")
    assert {1} == set(press.served)


@pytest.mark.parametrize("number", ["0", "2", "-1", "x", "²"])
async def test_an_article_that_never_was_is_not_found(press: Press, number: str) -> None:
    press.publish("Un")
    async with aiohttp.ClientSession() as session, session.get(f"{press.address}/articles/{number}") as answer:
        assert 404 == answer.status
