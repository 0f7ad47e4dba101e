# SPDX-License-Identifier: AGPL-3.0-or-later
"""Visit a feed as the relay would, ask once more with what its server gave us, and write the report."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from relay.faults import FeedFault, Invalid
from relay.feeds.doctor.advice import advice
from relay.feeds.doctor.answers import Exchange, Visit
from relay.feeds.doctor.diagnosis import of_file, of_visit
from relay.feeds.doctor.ear import listening
from relay.feeds.doctor.report import Failure, Report
from relay.feeds.http.answers import Fetched
from relay.feeds.http.decode import too_long
from relay.feeds.http.fetch import fetch
from relay.feeds.http.robots import allowed
from relay.feeds.parse.parser import Parser
from relay.feeds.schedule import STRIKE_FLOOR
from relay.feeds.subscribe import behind, typed
from relay.i18n import say
from relay.outside import Outside

_FILE_BYTES = 10 << 20
_BREATH = 1.0  # seconds between two requests to one host


async def check(outside: Outside, parser: Parser, address_or_path: str) -> Report:
    """As ``examine``, in one request, but raises the FeedFault where no feed was read."""
    found = await examine(outside, parser, address_or_path, thorough=False)
    if isinstance(found, Failure):
        raise found.fault
    return found


async def examine(
    outside: Outside,
    parser: Parser,
    address_or_path: str,
    *,
    thorough: bool = True,
    floor: float = STRIKE_FLOOR,
) -> Report | Failure:
    """Read the feed at an address, or the first one a page names, or in a file, and say what is wrong with it.

    A file is one that is there, or whose path begins with a slash, a dot or a tilde. ``thorough``: ask the
    server a second time with the validators it gave, and for its robots.txt, a second apart; ``floor``: the shortest
    time between two looks in a strike, s. Raises Invalid for an address that cannot be used or a file that cannot be
    read.
    """
    if await asyncio.to_thread(_names_a_file, address_or_path):
        return await _in_file(outside, parser, address_or_path, floor)
    with listening(outside.http) as heard:
        page = None
        try:
            begun = outside.clock.steady()
            page = await fetch(outside, typed(address_or_path))
            seconds = outside.clock.steady() - begun
            found = await behind(outside, parser, page)
        except FeedFault as fault:
            return _failed(typed(address_or_path), fault, heard, page.body if page else b"", outside.user_agent)
        visit = Visit(found.fetched, _way(heard, found.fetched, page), seconds if found.fetched is page else 0.0)
        if thorough:
            visit = await _again(outside, visit, heard)
    robots = await _robots(outside, visit.fetched.address) if thorough else None
    return of_visit(found.document, visit, found.others, robots, outside.clock.now(), floor)


async def _in_file(outside: Outside, parser: Parser, path: str, floor: float) -> Report | Failure:
    try:
        body = await _file(path)
        document = await parser.parse(body, "", "")
    except FeedFault as fault:
        return _failed(path, fault, (), b"", outside.user_agent)
    return of_file(document, body, path, outside.clock.now(), floor)


def _failed(address: str, fault: FeedFault, heard: Sequence[Exchange], page: bytes, user_agent: str) -> Failure:
    statuses = tuple(each.status for each in heard)
    return Failure(address, fault, advice(fault, heard, page, user_agent), statuses)


def _way(heard: list[Exchange], fetched: Fetched, page: Fetched) -> tuple[Exchange, ...]:
    """The exchanges that led to the feed; behind a page that named it, only the last."""
    return tuple(heard if fetched is page else heard[-1:])


async def _again(outside: Outside, visit: Visit, heard: list[Exchange]) -> Visit:
    """One conditional request: the server should recognise what it has just sent."""
    memory = visit.fetched.memory
    if not (memory.etag or memory.last_modified):
        return visit
    await outside.clock.sleep(_BREATH)
    try:
        second = await fetch(outside, visit.fetched.address, memory)
    except (FeedFault, Invalid):
        return visit
    return Visit(visit.fetched, visit.exchanges, visit.seconds, heard[-1], second.unchanged)


async def _robots(outside: Outside, address: str) -> bool | None:
    await outside.clock.sleep(_BREATH)
    return await allowed(outside, address)


async def _file(path: str) -> bytes:
    body = await asyncio.to_thread(_content, path)
    if len(body) > _FILE_BYTES:
        raise too_long(_FILE_BYTES)
    return body


def _names_a_file(text: str) -> bool:
    return "://" not in text and (text.startswith(("/", ".", "~")) or Path(text).is_file())


def _content(path: str) -> bytes:
    try:
        with Path(path).expanduser().open("rb") as file:
            return file.read(_FILE_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as fault:
        raise Invalid(
            say("There is no file {path} to read. Give a file, or an address that begins with https://.", path=path)
        ) from fault
