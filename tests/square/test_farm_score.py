# SPDX-License-Identifier: AGPL-3.0-or-later
"""The farm's score: a reader that behaves loses nothing, and every sin of one that does not is found."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from email.utils import format_datetime

import pytest
from rawhttp import Client, Reply, ask

from relay.clock import ManualClock
from relay.square.farm.farm import Farm
from relay.square.farm.score import RULES


@pytest.fixture
async def farm(clock: ManualClock) -> AsyncIterator[Farm]:
    made = Farm(clock, feeds=60, per_host=10, max_age=120)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def reader(farm: Farm) -> AsyncIterator[Client]:
    """Asks feed 0, and what else lives on its host."""
    async with Client(farm.addresses[0]) as client:
        yield client


def echo(reply: Reply) -> dict[str, str]:
    told = {"If_None_Match": reply.headers.get("etag"), "If_Modified_Since": reply.headers.get("last-modified")}
    return {name: value for name, value in told.items() if value}


def sins(farm: Farm) -> dict[str, int]:
    return dict(farm.score().sins)


async def test_a_good_reader_loses_nothing_in_two_days(farm: Farm, reader: Client, clock: ManualClock) -> None:
    farm.schedule(rate=1)
    kept: dict[str, str] = {}
    for look in range(2 * 24 * 6):
        if look % 144 == 0:
            kept = {}
        reply = await reader.ask(**kept)
        kept = kept if reply.status == 304 else echo(reply)
        clock.advance(minutes=10)
    assert (100, {}, 288) == (farm.score().points, sins(farm), farm.score().requests)


async def test_a_good_reader_meets_every_odd_validator_and_loses_nothing(
    farm: Farm, reader: Client, clock: ManualClock
) -> None:
    kept: dict[str, str] = {}
    for name in ("etag-odd", "etag-bare", "etag-gzip", "etag-restless", "date-only", "no-validators", "tracking"):
        farm.fault(name, 0)
        for _ in range(3):
            reply = await reader.ask(**kept)
            kept = kept if reply.status == 304 else echo(reply)
            clock.advance(minutes=10)
    assert {} == sins(farm)


@pytest.mark.parametrize(
    ("told", "sin"),
    [
        ({"If_None_Match": '"made-up"'}, "forged"),
        ({"If_None_Match": "{bare}"}, "forged"),
        ({"If_None_Match": "W/{etag}"}, "forged"),
        ({"If_None_Match": "{other}"}, "forged"),
        ({"If_Modified_Since": "{now}"}, "forged"),
        ({"If_Modified_Since": "2026-12-17T07:00:00Z"}, "forged"),
        ({"If_None_Match": "{etag}", "If_Modified_Since": "{newer}"}, "mixed"),
    ],
)
async def test_validators_that_were_never_given(
    farm: Farm, reader: Client, clock: ManualClock, told: dict[str, str], sin: str
) -> None:
    first = await reader.ask()
    other = (await ask(farm.addresses[10])).headers["etag"]
    clock.advance(minutes=10)
    farm.touch(0)
    newer = (await ask(farm.addresses[0].replace("/f/", "/t/"))).headers["last-modified"]
    now = format_datetime(clock.advance(minutes=10), usegmt=True)
    etag = first.headers["etag"]
    words = {"etag": etag, "bare": etag.strip('"'), "other": other, "now": now, "newer": newer}
    await reader.ask(**{name: value.format_map(words) for name, value in told.items()})
    assert {sin: 1} == {name: count for name, count in sins(farm).items() if name != "temporary"}


async def test_an_older_edition_is_no_forgery(farm: Farm, reader: Client, clock: ManualClock) -> None:
    """A reader that could not keep the newest document gives back the validators of the one before."""
    first = await reader.ask()
    for _ in range(2):
        clock.advance(minutes=10)
        farm.touch(0)
        assert 200 == (await reader.ask(**echo(first))).status
    assert {} == sins(farm)


async def test_a_second_request_without_validators_within_a_day(farm: Farm, reader: Client, clock: ManualClock) -> None:
    await reader.ask()
    clock.advance(hours=1)
    await reader.ask()
    clock.advance(hours=24)
    await reader.ask()
    assert {"unconditional": 1} == sins(farm)


@pytest.mark.parametrize("name", ["truncated-gzip", "wall-200", "no-validators", "unmodified-for-ever"])
async def test_a_reader_without_validators_to_trust_may_ask_without(
    farm: Farm, reader: Client, clock: ManualClock, name: str
) -> None:
    farm.fault(name, 0)
    first = await reader.ask()
    for _ in range(3):
        clock.advance(hours=1)
        await reader.ask(**(echo(first) if name == "unmodified-for-ever" else {}))
    clock.advance(hours=1)
    await reader.ask()
    assert {} == sins(farm)


async def test_a_validator_that_came_with_a_damaged_document(farm: Farm, reader: Client, clock: ManualClock) -> None:
    first = await reader.ask()
    clock.advance(minutes=10)
    farm.fault("truncated-gzip", 0, times=2)
    damaged = await reader.ask(**echo(first))
    clock.advance(minutes=10)
    await reader.ask(**echo(first))
    assert {} == sins(farm)
    clock.advance(minutes=10)
    await reader.ask(**echo(damaged))
    assert {"gullible": 1} == sins(farm)


@pytest.mark.parametrize("name", ["cut-document", "wrong-charset", "utf-16"])
async def test_what_is_no_more_than_odd_in_xml_spoils_a_json_feed(farm: Farm, clock: ManualClock, name: str) -> None:
    """Nobody can read it: who asks again without validators has no others, and who gives these back is gullible."""
    farm.fault(name, 19)
    async with Client(farm.addresses[19]) as client:
        await client.ask()
        clock.advance(minutes=10)
        damaged = await client.ask()
        assert {} == sins(farm)
        clock.advance(minutes=10)
        await client.ask(**echo(damaged))
    assert {"gullible": 1} == sins(farm)


@pytest.mark.parametrize(("name", "asked", "found"), [("throttled-seconds", 1, 1), ("unavailable-503", 1, 0)])
async def test_a_wait_that_was_cut_short(
    farm: Farm, reader: Client, clock: ManualClock, name: str, asked: int, found: int
) -> None:
    """A 429 speaks for the whole host, a 503 for the feed."""
    farm.fault(name, 0, times=1)
    await reader.ask()
    clock.advance(seconds=60)
    await reader.ask(f"/f/{asked}")
    assert found == sins(farm).get("impatient", 0)
    await reader.ask()
    assert found + 1 == sins(farm)["impatient"]
    clock.advance(seconds=60)
    await reader.ask("/f/2")
    assert found + 1 == sins(farm)["impatient"]


async def test_a_fresh_answer_that_was_asked_for_again(farm: Farm, reader: Client, clock: ManualClock) -> None:
    first = await reader.ask()
    clock.advance(seconds=100)
    again = await reader.ask(**echo(first))
    clock.advance(seconds=130)
    await reader.ask(**echo(first))
    assert ("max-age=120", {"fresh": 1}) == (again.headers["cache-control"], sins(farm))


async def test_two_requests_to_a_host_within_a_second(farm: Farm, reader: Client, clock: ManualClock) -> None:
    for feed, wait in ((0, 0.95), (1, 0.5), (2, 1), (3, 0)):
        await reader.ask(f"/f/{feed}")
        clock.advance(seconds=wait)
    assert {"spacing": 1} == sins(farm)


async def test_three_connections_to_a_host_at_once(farm: Farm) -> None:
    async with AsyncExitStack() as stack:
        for feed in (0, 1, 10, 2):
            client = await stack.enter_async_context(Client(farm.addresses[feed]))
            await client.ask("/robots.txt")
        await asyncio.sleep(0.05)
    async with Client(farm.addresses[0]) as client:
        await client.ask("/robots.txt")
    assert {"crowding": 1} == sins(farm)


async def test_a_feed_that_was_asked_twice_when_it_was_added(farm: Farm, reader: Client, clock: ManualClock) -> None:
    first = await reader.ask()
    clock.advance(seconds=3)
    await reader.ask(**echo(first))
    assert {"adding", "fresh"} == set(sins(farm))


async def test_a_request_that_was_cut_off_may_be_repeated_at_once(farm: Farm) -> None:
    farm.fault("reset-before", 0, times=1)
    assert ["reset", "whole"] == [(await ask(farm.addresses[0])).ended for _ in range(2)]
    assert {} == sins(farm)


async def test_a_request_long_after_one_that_was_cut_off_repeats_nothing(farm: Farm, clock: ManualClock) -> None:
    """However little of our own time has passed since, on a clock that is moved by hand."""
    farm.fault("reset-before", 0)
    for _ in range(3):
        await ask(farm.addresses[0], If_None_Match='"made-up"')
        clock.advance(minutes=10)
    assert 3 == sins(farm)["forged"]


async def test_a_burst_after_a_restart(farm: Farm, reader: Client, clock: ManualClock) -> None:
    first = await reader.ask()
    for wait in (600, 600, 150):
        if wait == 150:
            farm.restarted()
        clock.advance(seconds=wait)
        await reader.ask(**echo(first))
    assert {"burst": 1} == sins(farm)


@pytest.mark.parametrize(
    ("told", "sin"),
    [
        ({"User_Agent": "python-aiohttp/3"}, "agent"),
        ({"User_Agent": ""}, "agent"),
        ({"Cookie": "a=b"}, "cookies"),
        ({"Referer": "https://example.org/"}, "referer"),
        ({"Accept_Encoding": "identity"}, "uncompressed"),
    ],
)
async def test_manners(farm: Farm, reader: Client, told: dict[str, str], sin: str) -> None:
    await reader.ask(**told)
    assert {sin: 1} == sins(farm)


async def test_a_feed_that_is_gone_is_asked_three_times_over_a_day_and_not_again(
    farm: Farm, reader: Client, clock: ManualClock
) -> None:
    farm.fault("gone-410", 0)
    for hours in (12, 12, 12):
        await reader.ask()
        clock.advance(hours=hours)
    assert {} == sins(farm)
    await reader.ask()
    assert {"gone": 1} == sins(farm)


async def test_a_temporary_redirect_that_was_taken_for_good(farm: Farm, reader: Client, clock: ManualClock) -> None:
    farm.fault("moved-temporarily", 0, times=1)
    place = (await reader.ask()).headers["location"]
    first = await ask(place)
    assert (200, {}) == (first.status, sins(farm))
    await ask(place, **echo(first))
    assert {"temporary": 1} == sins(farm)


async def test_validators_from_behind_a_redirect_are_given_back(farm: Farm, reader: Client, clock: ManualClock) -> None:
    farm.fault("moved-for-good", 0)
    first = await ask((await reader.ask()).headers["location"])
    clock.advance(minutes=10)
    await reader.ask(**echo(first))
    assert {} == sins(farm)


async def test_a_score_tells_each_sin_in_words_five_times_at_most(farm: Farm, reader: Client) -> None:
    for _ in range(7):
        await reader.ask("/f/3", Cookie="a=b", Referer="here", If_None_Match='"x"')
    score = farm.score()
    assert {"cookies": 7, "referer": 7, "forged": 7, "spacing": 6, "fresh": 6, "adding": 1} == dict(score.sins)
    assert 100 - sum(RULES[name].weight for name in score.sins) == score.points == 67
    assert 5 == len(score.examples["cookies"])
    assert f"{farm.addresses[3]} was sent a cookie." == score.told()["examples"]["cookies"]  # type: ignore[index]


def test_the_weights_of_all_rules_make_a_hundred() -> None:
    assert 100 == sum(rule.weight for rule in RULES.values())
