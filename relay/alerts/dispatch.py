# SPDX-License-Identifier: AGPL-3.0-or-later
"""Send messages through the herald: a child process, so that no service, slow or hostile, can hold up the relay."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import relay
from relay.faults import Unusable
from relay.i18n import Message, say

DEADLINE = 20.0  # seconds for all errands of one call


@dataclass(frozen=True)
class Errand:
    """A message for one channel; without a body its address is only read. ``address`` holds a secret."""

    number: int
    address: str
    title: str = ""
    body: str = ""


@dataclass(frozen=True)
class Outcome:
    """``fault``: "" if the message was accepted, an HTTP or SMTP status, or one of the words of ``REASONS``.

    Of an address that was only read: "malformed", or "option" and the name of the one that is not allowed.
    """

    number: int
    fault: str = ""


Dispatch = Callable[[Sequence[Errand]], AsyncGenerator[Outcome, None]]

REASONS: dict[str, Message] = {
    "unreachable": say("it does not answer. Check the address and the password; Piquet tries again."),
    "slow": say("it did not answer in time. Piquet tries again; if it goes on, choose another channel."),
    "private": say(
        "it lies on a private network, or on an unusual port. Whoever runs Piquet can add that network to "
        "allow_networks."
    ),
    "sealed": say("its address cannot be opened any more. Remove it, then add it again."),
    "401": say("it does not accept the password or token. Remove it, then add it again with the right one."),
    "403": say("it does not allow this. Check the token’s rights there, then add it again."),
    "404": say("it knows no such topic, room or address. Remove it, then add the right one."),
    "413": say("the message is too long for it. Choose another channel."),
    "429": say("it asks for a pause. Piquet tries again."),
}


def reason(fault: str) -> Message:
    """Why a channel did not take a message, and what to do."""
    if fault in REASONS:
        return REASONS[fault]
    if fault.startswith("5"):
        return say("it has trouble of its own ({status}). Piquet tries again.", status=fault)
    if fault.startswith("3"):
        return say("it sends us elsewhere ({status}). Remove it, then add it with its new address.", status=fault)
    return say("it did not take the message ({status}). Remove it, then add it again.", status=fault)


class Dispatcher:
    """Starts a herald for each call. ``agent`` is how we name ourselves, ``allow`` private networks we may talk to."""

    def __init__(self, agent: str, allow: Sequence[str] = (), deadline: float = DEADLINE) -> None:
        self._agent, self._allow, self._deadline = agent, tuple(allow), deadline

    async def send(self, errands: Sequence[Errand]) -> AsyncGenerator[Outcome, None]:
        """One outcome for each errand, as they come; what is not done at the deadline was too slow.

        Raises Unusable if no herald can be started.
        """
        order = {"agent": self._agent, "allow": self._allow, "errands": [asdict(each) for each in errands]}
        waiting = {each.number for each in errands}
        until = asyncio.get_running_loop().time() + self._deadline
        child = await _start()
        try:
            line = await _within(until, _hand_over(child, json.dumps(order).encode()))
            while line:
                number, fault = json.loads(line)
                waiting.discard(number)
                yield Outcome(number, fault)
                line = await _within(until, _next_line(child))
        finally:
            await _end(child)
        for number in waiting:
            yield Outcome(number, "slow")


async def _within(until: float, answer: Coroutine[Any, Any, bytes]) -> bytes:
    """A line, or nothing once the time is up or the child is gone."""
    try:
        async with asyncio.timeout_at(until):
            return await answer
    except (TimeoutError, OSError):
        return b""


async def check(dispatch: Dispatch, address: str) -> str:
    """The fault of an address that is only read, "" for a good one."""
    return next(iter([each.fault async for each in dispatch([Errand(0, address)])]), "malformed")


async def _start() -> Process:
    place = str(Path(relay.__file__).parents[1])
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "relay.alerts.herald"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            # without NETRC a library would add whatever passwords the user keeps for that host
            env={**kept, "PYTHONPATH": place, "PYTHONDONTWRITEBYTECODE": "1", "NETRC": os.devnull},
            start_new_session=True,
        )
    except OSError as cause:
        raise Unusable(
            say("No alert can be sent ({why}): free memory, then start Piquet again.", why=cause.strerror)
        ) from cause


async def _hand_over(child: Process, order: bytes) -> bytes:
    """The first answer. The order goes through a pipe: what stands on a command line is everybody's to read."""
    if child.stdin is None:
        raise BrokenPipeError
    child.stdin.write(order)
    await child.stdin.drain()
    child.stdin.close()
    return await _next_line(child)


async def _next_line(child: Process) -> bytes:
    if child.stdout is None:
        raise BrokenPipeError
    return await child.stdout.readline()


async def _end(child: Process) -> None:
    if child.returncode is None:
        child.kill()
    await child.wait()
