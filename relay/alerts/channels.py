# SPDX-License-Identifier: AGPL-3.0-or-later
"""A newsroom's channels: their sealed addresses, and how each took its last message."""

from contextlib import aclosing
from datetime import datetime, timedelta

from relay.alerts import services, words
from relay.alerts.dispatch import Dispatch, Errand, check
from relay.clock import Clock
from relay.faults import Invalid, Unusable
from relay.i18n import say
from relay.store import alert, newsroom
from relay.store.alert import Channel
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.keyring import Keyring

MOST = 10  # of one newsroom: each costs a thread and a connection when something happens to everybody
_FIRST_REST, _LONGEST_REST = timedelta(seconds=30), timedelta(minutes=30)


class Channels:
    """Adds channels and tries them out. ``dispatch`` sends, ``keyring`` seals addresses."""

    def __init__(self, store: Store, clock: Clock, keyring: Keyring, dispatch: Dispatch) -> None:
        self._store, self._clock, self._keyring = store, clock, keyring
        self.dispatch = dispatch

    async def add(self, number: int, text: str) -> Channel:
        """A further channel of newsroom ``number``; nothing is sent yet.

        Raises Invalid for an address that cannot be used, or one too many, and Unusable without the right key.
        """
        where = services.address(text)
        fault = await check(self.dispatch, where.text)
        if fault.startswith("option "):
            raise services.unwanted(fault.removeprefix("option "))
        if fault:
            raise services.unreadable(where.scheme)
        async with self._store.write() as tx:
            if len(await alert.channels(number, tx)) >= MOST:
                raise Invalid(say("There are {n} channels already: remove one first.", n=MOST))
            row = Channel(newsroom_id=number, scheme=where.scheme, host=where.host, made_at=self._clock.now())
            tx.add(row)
            await tx.flush()  # its number is part of what the seal is bound to
            row.sealed = (await self._keyring.sealing(tx)).close({"address": where.text}, row.seat)
        return row

    async def test(self, number: int) -> list[tuple[Channel, str]]:
        """Send a test message through every channel of newsroom ``number``; each with its fault, "" if it went well."""
        async with self._store.read() as tx:
            room, rows = await newsroom.get(number, tx), await alert.channels(number, tx)
        faults = dict.fromkeys((saved(row.id) for row in rows), "sealed")
        letter = words.trial(room)
        opened = [(saved(row.id), self.address(row)) for row in rows]
        errands = [Errand(channel, where, letter.title, letter.body) for channel, where in opened if where]
        async with aclosing(self.dispatch(errands)) as outcomes:
            async for outcome in outcomes:
                faults[outcome.number] = outcome.fault
        async with self._store.write() as tx:
            for row in await alert.channels(number, tx):
                note(row, faults.get(saved(row.id), row.fault), self._clock.now())
                tx.add(row)
        return [(row, faults[saved(row.id)]) for row in rows]

    def address(self, row: Channel) -> str:
        """Its address, which holds a secret; "" if the key does not open it."""
        try:
            return self._keyring.opening().open(row.sealed, row.seat)["address"]
        except Unusable:
            return ""


def note(row: Channel, fault: str, now: datetime) -> None:
    """Keep how a channel took a message; one that did not is left alone for a while, longer each time."""
    row.failures = row.failures + 1 if fault else 0
    row.fault = fault
    rest = min(_FIRST_REST * 2 ** min(row.failures - 1, 10), _LONGEST_REST) if fault else None
    row.rest_until = now + rest if rest else None


def rests(row: Channel, now: datetime) -> bool:
    """Whether it is left alone for now; a wait that only a wrong clock can have made is none."""
    return row.rest_until is not None and now < row.rest_until <= now + _LONGEST_REST
