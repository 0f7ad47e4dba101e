# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hears the head of every answer that comes through a door, without standing in its way."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import aiohttp

from relay.feeds.doctor.answers import Exchange
from relay.outside.http import Door


@contextmanager
def listening(door: Door) -> Iterator[list[Exchange]]:
    """The exchanges of the door's session in their order, as long as the block lasts."""
    heard: list[Exchange] = []

    async def hear(_: object, __: SimpleNamespace, end: aiohttp.TraceRequestEndParams) -> None:
        heard.append(Exchange(str(end.url), end.response.status, end.response.headers))

    ear = aiohttp.TraceConfig()
    ear.on_request_end.append(hear)
    ear.freeze()
    ears = door.session.trace_configs
    ears.append(ear)
    try:
        yield heard
    finally:
        ears.remove(ear)
