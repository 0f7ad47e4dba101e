# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each fault of the farm's catalogue does to a raw client what the catalogue says."""

import gzip
import xml.etree.ElementTree as ET
import zlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime

import brotli
import feedparser
import pytest
from rawhttp import Client, Reply, ask

from relay.clock import ManualClock
from relay.square.farm.farm import Farm
from relay.square.farm.faults import FAULTS

MEGABYTE = 1 << 20

STATUSES = {
    "error-500": (500, None),
    "error-502": (502, None),
    "forbidden-403": (403, None),
    "wall-200": (200, None),
    "not-found-404": (404, None),
    "gone-410": (410, None),
    "throttled-seconds": (429, "120"),
    "throttled-bare": (429, None),
    "throttled-absurd": (429, "999999999"),
    "throttled-nonsense": (429, "soon"),
    "unavailable-503": (503, "120"),
    "empty-200": (200, None),
}
ENDS = {  # name → bytes to read at most, status, and how it ends
    "reset-before": (9999, 0, "reset"),
    "closed-before": (9999, 0, "closed"),
    "reset-middle": (99999, 200, "reset"),
    "hang": (9999, 0, "silent"),
    "slow-loris": (10, 0, "more"),
    "slow-body": (400, 200, "more"),
    "endless-body": (3 * MEGABYTE, 200, "more"),
    "endless-headers": (99999, 0, "more"),
    "huge-header": (9999999, 200, "whole"),
    "claims-more": (99999, 200, "closed"),
    "claims-less": (99999, 200, "whole"),
    "not-http": (9999, 0, "closed"),
    "broken-chunks": (99999, 200, "closed"),
}
PLACES = {
    "redirect-loop": "{address}",
    "redirect-chain": "{address}?hop=1",
    "redirect-private": "http://169.254.169.254/latest/meta-data/",
    "redirect-file": "file:///etc/passwd",
    "redirect-nowhere": None,
    "moved-temporarily": "{temporary}",
    "moved-for-good": "{other}",
}


def unpacked(body: bytes) -> int:
    """How much comes out, a megabyte of memory at a time."""
    packer, total = zlib.decompressobj(31), 0
    while not packer.eof and total < 99 * MEGABYTE:
        total += len(packer.decompress(body, MEGABYTE))
        body = packer.unconsumed_tail
    return total


def half(reply: Reply) -> bool:
    packer = zlib.decompressobj(31)
    return 0 < len(packer.decompress(reply.body)) and not packer.eof


def corrupt(reply: Reply) -> bool:
    with pytest.raises((zlib.error, EOFError, gzip.BadGzipFile)):
        gzip.decompress(reply.body)
    return True


def ill_formed(reply: Reply) -> bool:
    with pytest.raises(ET.ParseError):
        ET.fromstring(reply.body)
    return len(feedparser.parse(reply.body).entries) == 20


BODIES: dict[str, Callable[[Reply], bool]] = {
    "truncated-gzip": half,
    "corrupt-gzip": corrupt,
    "not-gzip": lambda reply: reply.body.startswith(b"<?xml"),
    "nested-gzip": lambda reply: gzip.decompress(gzip.decompress(reply.body)).startswith(b"<?xml"),
    "gzip-bomb": lambda reply: len(reply.body) < 2 * MEGABYTE and unpacked(reply.body) > 98 * MEGABYTE,
    "brotli-bomb": lambda reply: len(brotli.Decompressor().process(reply.body, MEGABYTE)) >= MEGABYTE,
    "cut-document": lambda reply: not reply.body.rstrip().endswith(b"</rss>"),
    "wrong-charset": lambda reply: "à" in reply.body.decode("cp1252") and b"\xc3" not in reply.body,
    "two-charsets": lambda reply: "iso-8859-1" in reply.headers["content-type"] and "à" in reply.body.decode(),
    "utf-16": lambda reply: reply.body.decode("utf-16").startswith("<?xml"),
    "wrong-type": lambda reply: reply.headers["content-type"].startswith("text/html"),
    "no-type": lambda reply: "content-type" not in reply.headers,
    "bare-ampersand": ill_formed,
    "blank-first": lambda reply: reply.body.startswith(b"\n"),
    "billion-laughs": lambda reply: b"<!ENTITY l9" in reply.body and len(reply.body) < 2000,
    "foreign-entity": lambda reply: b"SYSTEM" in reply.body,
    "regex-bomb": lambda reply: b"<author>" + b"a" * 32_000 in reply.body,
    "deep-nesting": lambda reply: reply.body.count(b"<b>") == 200_000,
    "many-items": lambda reply: gzip.decompress(reply.body).count(b"<item>") == 300_000,
    "long-title": lambda reply: len(reply.body) > 2 * MEGABYTE,
}


def guids(reply: Reply) -> list[str]:
    return [entry.get("id", "") for entry in feedparser.parse(reply.body).entries]


def dates(reply: Reply) -> set[str]:
    return {entry.published for entry in feedparser.parse(reply.body).entries}


ITEMS: dict[str, Callable[[Reply, Reply], bool]] = {  # what holds of two answers in a row
    "one-guid": lambda one, two: {"1"} == set(guids(one)),
    "guid-slots": lambda one, two: [str(n) for n in range(20)] == guids(one),
    "no-guids": lambda one, two: b"<guid" not in one.body,
    "guid-fragments": lambda one, two: guids(one) != guids(two) and all("#" in guid for guid in guids(two)),
    "random-guids": lambda one, two: not set(guids(one)) & set(guids(two)),
    "tracking": lambda one, two: not set(guids(one)) & set(guids(two)),
    "dates-now": lambda one, two: 1 == len(dates(one)),
    "shuffled": lambda one, two: guids(one) != guids(two) and set(guids(one)) == set(guids(two)),
    "twins": lambda one, two: 40 == len(guids(one)) and 20 == len(set(guids(one))),
    "emptied": lambda one, two: [0, 520] == [each.body.count(b"<item>") for each in (one, two)],
}
CONDITIONS = {  # the status for who gives back what it was given, before and after an article
    "unmodified-for-ever": (304, 304),
    "etag-gzip": (200, 200),
    "etag-odd": (304, 200),
    "etag-bare": (304, 200),
    "etag-restless": (200, 200),
    "date-only": (304, 200),
    "no-validators": (200, 200),
    "deaf": (200, 200),
    "fresh-for-ever": (200, 200),
}
APART = {"refused", "throttled-date", "downgraded", "untrusted"}  # the last two: in test_farm.py, with TLS


@pytest.fixture
async def farm(clock: ManualClock) -> AsyncIterator[Farm]:
    made = Farm(clock, feeds=5, pace=0.001)
    await made.start()
    yield made
    await made.stop()


def test_every_fault_of_the_catalogue_is_tried() -> None:
    tried = [*STATUSES, *ENDS, *PLACES, *BODIES, *ITEMS, *CONDITIONS, *APART]
    assert sorted(FAULTS) == sorted(tried)


def test_every_fault_says_what_it_does_and_what_a_reader_makes_of_it() -> None:
    said = [sentence for fault in FAULTS.values() for sentence in (fault.does, fault.reader)]
    assert [] == [each for each in said if not each.endswith(".") or each[:1].islower() or not each]


@pytest.mark.parametrize("name", STATUSES)
async def test_a_status(farm: Farm, name: str) -> None:
    farm.fault(name, 0)
    reply = await ask(farm.addresses[0])
    assert STATUSES[name] == (reply.status, reply.headers.get("retry-after"))


async def test_a_wait_until_a_date(farm: Farm, clock: ManualClock) -> None:
    farm.fault("throttled-date", 0)
    until = parsedate_to_datetime((await ask(farm.addresses[0])).headers["retry-after"])
    assert clock.now() + timedelta(seconds=120) == until


@pytest.mark.parametrize("name", ENDS)
async def test_a_line(farm: Farm, name: str) -> None:
    most, status, ended = ENDS[name]
    farm.fault(name, 0)
    reply = await ask(farm.addresses[0], most=most, patience=0.1 if ended == "silent" else 5)
    assert (status, ended) == (reply.status, reply.ended)
    assert 200 == (await ask(farm.addresses[1])).status


@pytest.mark.parametrize("name", PLACES)
async def test_a_redirect(farm: Farm, name: str) -> None:
    farm.fault(name, 0)
    reply = await ask(farm.addresses[0])
    here, other = farm.addresses[:2]
    temporary = here.replace("/f/", "/t/")
    place = PLACES[name] and PLACES[name].format(address=here, temporary=temporary, other=other)
    assert (301 if name == "moved-for-good" else 302, place) == (reply.status, reply.headers.get("location"))


async def test_nobody_listens_where_a_redirect_leads(farm: Farm) -> None:
    farm.fault("refused", 0)
    place = (await ask(farm.addresses[0])).headers["location"]
    with pytest.raises(ConnectionRefusedError):
        await ask(place)


@pytest.mark.parametrize("name", BODIES)
async def test_a_body(farm: Farm, name: str) -> None:
    farm.fault(name, 0)
    reply = await ask(farm.addresses[0])
    assert (200, "whole") == (reply.status, reply.ended)
    assert BODIES[name](reply)


@pytest.mark.parametrize("name", ITEMS)
async def test_a_document(farm: Farm, name: str) -> None:
    farm.fault(name, 0)
    assert ITEMS[name](await ask(farm.addresses[0]), await ask(farm.addresses[0]))


@pytest.mark.parametrize("name", CONDITIONS)
async def test_a_condition(farm: Farm, name: str) -> None:
    farm.fault(name, 0)
    first = await ask(farm.addresses[0])
    told = {"If_None_Match": first.headers.get("etag", ""), "If_Modified_Since": first.headers.get("last-modified", "")}
    again = await ask(farm.addresses[0], **told)
    farm.publish(0)
    assert CONDITIONS[name] == (again.status, (await ask(farm.addresses[0], **told)).status)


async def test_a_fault_ends_after_its_times_or_its_seconds(farm: Farm, clock: ManualClock) -> None:
    farm.fault("error-500", 0, times=2)
    farm.fault("error-500", 1, seconds=60)
    farm.fault("error-500", 2)
    async with Client(farm.addresses[0]) as client:
        counted = [(await client.ask()).status for _ in range(3)]
        timed = [(await client.ask("/f/1")).status]
        clock.advance(seconds=60)
        timed.append((await client.ask("/f/1")).status)
        farm.heal(2)
        healed = (await client.ask("/f/2")).status
    assert ([500, 500, 200], [500, 200], 200) == (counted, timed, healed)


async def test_a_damaged_document_comes_with_validators_that_hold(farm: Farm) -> None:
    """Whoever keeps them, misses what was in it until the feed changes again."""
    before = await ask(farm.addresses[0])
    farm.publish(0)
    farm.fault("truncated-gzip", 0, times=1)
    damaged = await ask(farm.addresses[0], If_None_Match=before.headers["etag"])
    after = await ask(farm.addresses[0], If_None_Match=damaged.headers["etag"])
    assert (200, 304) == (damaged.status, after.status)
    assert None is next(farm.published()).served


def test_a_fault_that_is_not_in_the_catalogue_is_refused(clock: ManualClock) -> None:
    with pytest.raises(KeyError):
        Farm(clock, feeds=1).fault("tired", 0)


def test_a_certificate_not_to_be_trusted_must_be_given(clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="untrusted"):
        Farm(clock, feeds=1).fault("untrusted", 0)
