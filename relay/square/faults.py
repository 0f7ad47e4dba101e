# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trouble to order: a plan of faults that any look-alike, or a proxy before a real server, plays out.

    plan = FaultPlan()
    app = web.Application(middlewares=[plan.middleware])
    plan.add(path=r"/statuses$", status=503, times=2)  # the next two posts hear 503 and nothing is carried out
    plan.add(path=r"/statuses$", drop="after")  # then one is carried out, and its answer lost

The first planned fault that fits a request and is not used up is played; all others pass untouched.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from relay.clock import Clock, RealClock

PAGE = "<!DOCTYPE html><html><head><title>Just a moment…</title></head><body>Checking your browser</body></html>"


@dataclass
class Planned:
    """One planned fault; see ``FaultPlan.add``. ``times`` counts down."""

    path: re.Pattern[str]
    method: str
    times: int
    status: int
    headers: Mapping[str, str]
    body: object
    drop: Literal["before", "after", ""]
    delay: float
    html: bool
    carried_out: bool

    def fits(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in ("*", method) and self.path.search(path) is not None

    @property
    def answers(self) -> bool:
        """Whether it gives an answer of its own, rather than only delaying the true one."""
        return bool(self.status or self.html or self.body is not None)

    def answer(self) -> tuple[int, str, str]:
        """The status, the content type and the text it answers with."""
        if self.html:
            return self.status or 200, "text/html", PAGE
        if isinstance(self.body, str):
            return self.status or 200, "application/json", self.body
        return self.status or 200, "application/json", json.dumps(self.body if self.body is not None else {})


@dataclass
class FaultPlan:
    """The faults still to come, and in ``met`` every request that came by, as (method, path)."""

    clock: Clock = field(default_factory=RealClock)
    faults: list[Planned] = field(default_factory=list)
    met: list[tuple[str, str]] = field(default_factory=list)

    def add(
        self,
        *,
        path: str = "",
        method: str = "POST",
        times: int = 1,
        status: int = 0,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        drop: Literal["before", "after", ""] = "",
        delay: float = 0.0,
        html: bool = False,
        carried_out: bool = False,
    ) -> None:
        """Plan a fault for the next ``times`` requests whose path ``path`` (a regular expression) is found in.

        method: an HTTP method, or ``*`` for any. status, headers, body: the answer; a str goes out as it is, anything
        else as JSON, and "" is an empty body. html: a page instead, as a wall against robots shows (200 unless
        ``status`` is given). drop: cut the connection without an answer, ``before`` or ``after`` the request was
        carried out. delay: seconds of the plan's clock to wait first. carried_out: do what was asked, then answer
        with the fault all the same (a 502 from a proxy that lost patience).
        """
        self.faults.append(
            Planned(re.compile(path), method, times, status, headers or {}, body, drop, delay, html, carried_out)
        )

    def take(self, method: str, path: str) -> Planned | None:
        """The fault for this request, counted as used; None if it may pass."""
        self.met.append((method, path))
        for fault in self.faults:
            if fault.fits(method, path):
                fault.times -= 1
                return fault
        return None

    def clear(self) -> None:
        """Forget the faults still to come; what was met stays known."""
        self.faults.clear()

    @property
    def middleware(self) -> Middleware:
        """For ``web.Application(middlewares=[plan.middleware])``; the first in the list."""

        @web.middleware
        async def play(request: web.Request, handler: Handler) -> web.StreamResponse:
            fault = self.take(request.method, request.path)
            if fault is None:
                return await handler(request)
            await request.read()  # else what is unread at the cut turns a lost answer into a reset while sending
            if fault.delay:
                await self.clock.sleep(fault.delay)
            return await _play(fault, request, handler)

        return play


async def _play(fault: Planned, request: web.Request, handler: Handler) -> web.StreamResponse:
    true_answer: web.StreamResponse | None = None
    if fault.drop == "after" or fault.carried_out or not (fault.drop or fault.answers):
        true_answer = await handler(request)
    if fault.drop:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()  # goes nowhere
    if not fault.answers and true_answer is not None:
        return true_answer
    status, kind, text = fault.answer()
    return web.Response(status=status, text=text, content_type=kind, headers=dict(fault.headers))
