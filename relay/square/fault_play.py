# SPDX-License-Identifier: AGPL-3.0-or-later
"""Play a planned fault on one request: what is carried out, when, what is answered, and where the line is cut."""

import socket
import struct
from contextlib import suppress
from datetime import timedelta

from aiohttp import StreamReader, web
from aiohttp.typedefs import Handler

from relay.clock import Clock, RealClock
from relay.square.fault_order import Planned

LOOK = 0.02  # s of real time between two looks at the square's clock
_RESET = struct.pack(
    "ii", 1, 0
)  # linger for no time: closing resets, https://man7.org/linux/man-pages/man7/socket.7.html


async def play(fault: Planned, request: web.Request, body: bytes, handler: Handler, clock: Clock) -> web.StreamResponse:
    """The answer to a request whose ``body`` has been read."""
    await moved_on(clock, fault.delay)
    true = await _carry_out(request, body, handler, 2 if fault.twice else 1) if fault.acts else None
    if fault.drop == "middle" and true is not None:
        return await _break_off(request, true)
    if fault.drop:
        return _cut(request)
    if true is None or fault.answers:
        status, kind, text = fault.answer()
        return web.Response(status=status, text=text, content_type=kind, headers=fault.told(clock.now()))
    return _altered(fault, true)


async def carry_out_late(fault: Planned, request: web.Request, body: bytes, handler: Handler, clock: Clock) -> None:
    """Do what was asked once the clock has moved on, whatever was answered; nobody hears of it."""
    await moved_on(clock, fault.late)
    await _carry_out(request, body, handler, 2 if fault.twice else 1)


async def moved_on(clock: Clock, seconds: float) -> None:
    """Wait until the clock has moved on by ``seconds``, by itself or moved by a test."""
    due = clock.now() + timedelta(seconds=seconds)
    while (left := (due - clock.now()).total_seconds()) > 0:
        await RealClock().sleep(min(left, LOOK))


async def _carry_out(request: web.Request, body: bytes, handler: Handler, times: int) -> web.StreamResponse:
    """The last answer."""
    answer: web.StreamResponse = web.Response()
    for _ in range(times):
        try:
            answer = await handler(_afresh(request, body))
        except web.HTTPException as no:
            answer = no
    return answer


def _afresh(request: web.Request, body: bytes) -> web.Request:
    """The same request, its body yet to be read."""
    copy = request.clone()
    payload = StreamReader(request.protocol, len(body) + 1)
    payload.feed_data(body)
    payload.feed_eof()
    copy._payload = payload  # aiohttp has no public way to read a body a second time
    return copy


def _whole(answer: web.StreamResponse) -> bytes:
    return answer.body if isinstance(answer, web.Response) and isinstance(answer.body, bytes) else b""


def _altered(fault: Planned, answer: web.StreamResponse) -> web.StreamResponse:
    if not (fault.truncated or fault.content_type):
        return answer
    body = _whole(answer)
    headers = {name: value for name, value in answer.headers.items() if name not in ("Content-Type", "Content-Length")}
    half = body[: len(body) // 2] if fault.truncated else body
    kind = fault.content_type or answer.content_type
    return web.Response(status=answer.status, body=half, headers=headers, content_type=kind)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # goes nowhere


async def _break_off(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    body = _whole(answer)
    part = web.StreamResponse(status=answer.status, headers=answer.headers)
    part.content_length = len(body)
    with suppress(ConnectionError):
        await part.prepare(request)
        await part.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        request.transport.abort()
    return part
