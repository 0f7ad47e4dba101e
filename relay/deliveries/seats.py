# SPDX-License-Identifier: AGPL-3.0-or-later
"""Accounts and the adapters that speak for them: connect one, keep its secrets sealed, hold its connection open."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.faults import Invalid
from relay.i18n import say
from relay.networks.port import Card, Identity, Network, Revokes
from relay.outside import Outside
from relay.store import account as accounts
from relay.store import lanes, locks
from relay.store.account import Account
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.keyring import Keyring
from relay.store.ledger import move_lane
from relay.terms import AccountState


@dataclass(frozen=True)
class _Seat:
    """An open adapter, and every sealed form of the credentials it goes by: claims in hand still carry an older one
    when the network has just renewed a session, and must not have it opened anew.
    """

    sealed: set[bytes]
    network: Network


class Seats:
    """One open adapter an account; a reconnected account gets a new one."""

    def __init__(self, store: Store, outside: Outside, networks: Mapping[str, type], keyring: Keyring) -> None:
        self._store, self._outside, self._networks, self._keyring = store, outside, networks, keyring
        self.cards: Mapping[str, Card] = {name: network.card for name, network in networks.items()}  # type: ignore[attr-defined]
        self._taken: dict[int, _Seat] = {}

    async def connect(self, row: Account) -> Network:
        """The adapter that speaks for an account."""
        number = saved(row.id)
        seat = self._taken.get(number)
        if seat is not None and row.sealed in seat.sealed:
            return seat.network
        if seat is not None:
            await seat.network.aclose()
        seat = _Seat({row.sealed}, self._make(row, self._keyring.opening().open(row.sealed, row.seat)))
        self._taken[number] = seat
        return seat.network

    async def revoke(self, row: Account) -> bool:
        """Give an account's access back; False where there is none left, or the network does not take it.

        Raises the network's fault, and Unusable if the seal does not open.
        """
        card = self.cards.get(row.network)
        if row.forgotten or card is None or not card.capabilities.revokes:
            return False
        network = await self.connect(row)
        try:
            if isinstance(network, Revokes):
                await network.revoke()
            return isinstance(network, Revokes)
        finally:
            del self._taken[saved(row.id)]
            await network.aclose()

    async def verify(self, name: str, given: Mapping[str, str]) -> tuple[Identity, Mapping[str, str]]:
        """Ask the network who these credentials belong to; returns that, and the credentials as it renewed them.

        Raises Invalid for an unknown network, and the network's own fault.
        """
        if name not in self._networks:
            known = ", ".join(sorted(self._networks))
            raise Invalid(say("There is no network “{name}” here: choose one of {known}.", name=name, known=known))
        latest = dict(given)

        async def keep(renewed: Mapping[str, str]) -> None:
            latest.update(renewed)

        network: Network = self._networks[name](given, self._outside, keep)
        try:
            return await network.verify(), latest
        finally:
            await network.aclose()

    async def save(
        self, newsroom: int, tx: AsyncSession, name: str, given: Mapping[str, str], who: Identity, entitled_at: datetime
    ) -> Account:
        """Keep a verified account of the newsroom, sealed; one that was there already is connected anew.

        Raises Unusable if the key is missing or another than that of the other accounts.
        """
        now = self._outside.clock.now()
        row = await accounts.by_identity(newsroom, tx, name, who.id) or Account(
            newsroom_id=newsroom,
            network=name,
            remote_id=who.id,
            handle=who.handle,
            lane="",
            state=AccountState.CONNECTED,
            entitled_at=entitled_at,
            verified_at=now,
        )
        row.handle, row.url, row.bot = who.handle, who.url, who.bot
        row.limits = asdict(who.limits) if who.limits else {}
        row.state, row.reason, row.rest_until = AccountState.CONNECTED, "", None
        row.entitled_at, row.verified_at = entitled_at, now
        row.sealed = (await self._keyring.sealing(tx)).close(given, row.seat)
        row.lane = lanes.of_account(name, given.get("service") or given.get("server") or who.url)
        tx.add(row)
        await tx.flush()
        await move_lane(newsroom, tx, saved(row.id), row.lane)
        return row

    def _make(self, row: Account, given: Mapping[str, str]) -> Network:
        number, newsroom = saved(row.id), row.newsroom_id

        async def keep(renewed: Mapping[str, str]) -> None:
            async with self._store.write() as tx:
                await locks.accounts(tx, [number])  # it may be being forgotten
                current = await accounts.find(newsroom, tx, number)
                if current is not None and not current.forgotten:
                    current.sealed = self._keyring.opening().close(renewed, current.seat)
                    tx.add(current)
                    self._taken[number].sealed.add(current.sealed)

        network: Network = self._networks[row.network](given, self._outside, keep)
        return network

    async def aclose(self) -> None:
        """Close every adapter."""
        for seat in self._taken.values():
            await seat.network.aclose()
        self._taken.clear()
