# SPDX-License-Identifier: AGPL-3.0-or-later
"""The key of an instance: one on all its machines, made with the first thing that is sealed and never again.

The database itself tells a machine whether its key is that one: the key must open something that is sealed there.
"""

from pathlib import Path

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.faults import Unusable
from relay.i18n import say
from relay.store import locks
from relay.store.account import Account
from relay.store.alert import Channel
from relay.store.seal import Seal, key


class Keyring:
    """Holds the key that was ``given``, or else lies at ``path``."""

    def __init__(self, given: bytes, path: Path) -> None:
        self._given, self._path = given, path
        self._seal: Seal | None = None

    def opening(self) -> Seal:
        """To open what is sealed, and to seal it again. Raises Unusable if the key is not there."""
        if self._seal is None:
            self._seal = self._read()
        return self._seal

    async def sealing(self, tx: AsyncSession) -> Seal:
        """To seal something new in this transaction, with the first key of the instance if there is none yet.

        Raises Unusable if what is sealed already needs another key.
        """
        await locks.instance(tx)
        if not await self.fits(tx):
            self._seal = self._read(make=True)
        return self.opening()

    async def fits(self, tx: AsyncSession) -> bool:
        """Whether anything is sealed, and so needs the key. Raises Unusable if the key is missing, or opens none of it.

        That it opens one is enough: a damaged row is that account's trouble, not the instance's.
        """
        rows = await _sealed(tx)
        if not rows:
            return False
        seal = self._read()
        if not any(_opens(seal, row) for row in rows):
            raise Unusable(
                say(
                    "The key here ({where}) is not the one that seals this database: copy the right one from the "
                    "machine where the accounts were connected; if it is lost, forget them all, remove the alert "
                    "channels, and connect anew.",
                    where="PIQUET_KEY" if self._given else self._path,
                )
            )
        return True

    def _read(self, *, make: bool = False) -> Seal:
        return Seal(self._given or key(self._path, make=make))


async def _sealed(tx: AsyncSession) -> list[Account | Channel]:
    accounts = await tx.exec(select(Account).where(col(Account.sealed) != b""))
    channels = await tx.exec(select(Channel).where(col(Channel.sealed) != b""))
    return [*accounts, *channels]


def _opens(seal: Seal, row: Account | Channel) -> bool:
    try:
        return bool(seal.open(row.sealed, row.seat))
    except Unusable:
        return False
