# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trouble to order: a plan of faults that any look-alike, or a proxy before a real server, plays out.

    plan = FaultPlan()
    app = web.Application(middlewares=[plan.middleware])
    plan.add(path=r"/statuses$", status=503, times=2)  # the next two posts hear 503 and nothing is carried out
    plan.add(path=r"/statuses$", drop="after")  # then one is carried out, and its answer lost

The same from another process: with the plan, every stall on the square has an address that no real server has,
``/_square/faults``. Its keys are those of ``relay.square.fault_order.Order``.

    POST    one fault, or a list of them, as JSON; 201, or 400 with {"error": what to write instead} and nothing planned
    GET     {"faults": those still to come, "met": [[method, path], …] the last requests that came by}
    DELETE  forget the faults still to come

    curl --data '{"path": "/statuses$", "throttle": "mastodon", "wait": 90}' http://127.0.0.1:8080/_square/faults
    curl --data '{"path": "/statuses$", "status": 502, "late": 600}' http://127.0.0.1:8080/_square/faults
    curl http://127.0.0.1:8080/_square/faults

The first planned fault that fits a request and is not used up is played; all others pass untouched.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Unpack

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from relay.clock import Clock, RealClock
from relay.faults import Invalid
from relay.square.fault_order import Order, Planned, listed, read
from relay.square.fault_play import carry_out_late, play

__all__ = ["ADDRESS", "FaultPlan", "Order", "Planned"]

ADDRESS = "/_square/faults"
SHOWN = 100  # requests that GET tells of


@dataclass
class FaultPlan:
    """The faults still to come, and in ``met`` every request that came by, as (method, path).

    clock: the square's; whatever is delayed or late waits until this clock has moved on, whoever moves it.
    """

    clock: Clock = field(default_factory=RealClock)
    faults: list[Planned] = field(default_factory=list)
    met: list[tuple[str, str]] = field(default_factory=list)
    _late: set["asyncio.Task[None]"] = field(default_factory=set)

    def add(self, **order: Unpack[Order]) -> None:
        """Plan a fault for the next requests that fit it; see ``Order``."""
        self.faults.append(Planned(**order))

    def take(self, method: str, path: str) -> Planned | None:
        """The fault for this request, counted as used; None if it may pass."""
        self.met.append((method, path))
        for fault in self.faults:
            if fault.fits(method, path):
                fault.times -= 1
                return fault
        return None

    def clear(self) -> None:
        """Forget the faults still to come; what was met stays known, and what is under way late goes on."""
        self.faults.clear()

    @property
    def middleware(self) -> Middleware:
        """For ``web.Application(middlewares=[plan.middleware])``; the first in the list."""

        @web.middleware
        async def stand_between(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path == ADDRESS:
                return await self._control(request)
            fault = self.take(request.method, request.path)
            if fault is None:
                return await handler(request)
            body = await request.content.read()  # else what is unread at a cut makes it a reset while sending
            if fault.late:
                task = asyncio.create_task(carry_out_late(fault, request, body, handler, self.clock))
                self._late.add(task)
                task.add_done_callback(self._late.discard)
            return await play(fault, request, body, handler, self.clock)

        return stand_between

    async def _control(self, request: web.Request) -> web.Response:
        status = 200
        if request.method == "POST":
            try:
                orders = read(await request.read())
            except Invalid as no:
                return web.json_response({"error": str(no)}, status=400)
            for order in orders:
                self.add(**order)
            status = 201
        elif request.method == "DELETE":
            self.clear()
        elif request.method != "GET":
            raise web.HTTPMethodNotAllowed(request.method, ("GET", "POST", "DELETE"))
        to_come = [listed(fault) for fault in self.faults if fault.times > 0]
        return web.json_response({"faults": to_come, "met": self.met[-SHOWN:]}, status=status)
