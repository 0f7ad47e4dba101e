# SPDX-License-Identifier: AGPL-3.0-or-later
"""A whole house on a clock that is moved, as the stories tell it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from desk import NINE, NINETEEN, WORDINGS

from relay.clock import ManualClock
from relay.house import House
from relay.square.press import Press
from relay.store.account import Account
from relay.store.columns import saved
from relay.store.strike import Strike
from relay.strikes.plan import Draft, arm, plan
from relay.terms import Window
from relay.testing.fake import FakePlatform


@dataclass
class World:
    """What a story moves: ``until`` lets time pass as the relay would live it, minute by minute; where a story only
    waits, ``wait_until`` takes longer steps.
    """

    house: House
    clock: ManualClock
    press: Press
    platform: FakePlatform
    newsroom: int
    accounts: list[Account] = field(default_factory=list)

    async def strike(self, *windows: Window) -> Strike:
        draft = Draft(
            name="Grève des retraites",
            windows=windows or (Window(NINE, NINETEEN),),
            accounts=tuple(saved(account.id) for account in self.accounts),
            wordings=WORDINGS,
            picture="none",
        )
        async with self.house.store.write() as tx:
            row = await plan(self.newsroom, tx, draft, self.clock.now())
            return await arm(self.newsroom, tx, saved(row.id), self.clock.now())

    async def until(self, moment: datetime, step: timedelta = timedelta(minutes=1)) -> None:
        await self.house.run_due()
        while self.clock.now() < moment:
            self.clock.move_to(min(moment, self.clock.now() + step))
            await self.house.run_due()

    async def wait_until(self, moment: datetime) -> None:
        await self.until(moment, timedelta(minutes=30))

    def notices(self, account: str = "desk") -> list[str]:
        return [said.post.text for said in self.platform.posts(account)]

    def answers(self, title: str, account: str = "desk") -> int:
        return sum(f"« {title} »" in text for text in self.notices(account))
