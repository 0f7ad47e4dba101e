# SPDX-License-Identifier: AGPL-3.0-or-later
"""How everything stands, as one value for the screen and for machines."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.cli.which import current
from relay.feeds.trouble import lateness
from relay.store import account, article, feed, instance, ledger, standing, strike
from relay.store.account import Account
from relay.store.article import Hold
from relay.store.columns import saved
from relay.store.feed import Feed
from relay.store.instance import Instance
from relay.store.newsroom import Newsroom
from relay.store.standing import Standing
from relay.store.strike import Strike
from relay.strikes.windows import at, following
from relay.terms import AccountState, DeliveryState, StrikeState, Window

TROUBLE = (DeliveryState.REJECTED, DeliveryState.NEEDS_HUMAN, DeliveryState.EXPIRED)
WAITING = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNSURE)


@dataclass(frozen=True)
class Picture:
    """One newsroom at one moment. ``articles`` counts those that have a notice; ``drafts`` the other drafts; ``clock``
    is what the instance knows of its clock and of its work.
    """

    newsroom: Newsroom
    now: datetime
    feeds: list[Feed]
    accounts: list[Account]
    holds: list[Hold]
    strike: Strike | None = None
    windows: tuple[Window, ...] = ()
    articles: int = 0
    notices: tuple[Standing, ...] = ()
    drafts: int = 0
    clock: Instance | None = None

    @property
    def open(self) -> Window | None:
        """The window that is open now."""
        return at(self.windows, self.now)

    @property
    def coming(self) -> Window | None:
        """The next window."""
        return following(self.windows, self.now)

    def count(self, owner: Account, *states: DeliveryState) -> int:
        """How many notices of an account are in one of ``states``."""
        return sum(each.count for each in self.notices if each.account == owner.id and each.state in states)

    def troubled(self, owner: Account) -> list[Standing]:
        """What a person should know of: everything that did not go out, and what waits for a reason."""
        mine = [each for each in self.notices if each.account == owner.id]
        return [each for each in mine if each.state in TROUBLE or (each.state in WAITING and each.reason)]

    @property
    def paused(self) -> list[Account]:
        """Accounts that a person has to connect again."""
        return [each for each in self.accounts if each.state == AccountState.PAUSED and not each.forgotten]

    @property
    def unread(self) -> list[Account]:
        """Accounts that everything waits for after a restore."""
        on = self.strike is not None and self.strike.state in (StrikeState.ARMED, StrikeState.RUNNING)
        connected = [each for each in self.accounts if each.state == AccountState.CONNECTED and not each.forgotten]
        return [each for each in connected if each.reconcile_since is not None and on]


async def picture(tx: AsyncSession, newsroom: Newsroom, now: datetime) -> Picture:
    """Read it all in one consistent state."""
    seen = await outline(tx, newsroom, now)
    return replace(seen, feeds=await feed.of_newsroom(saved(newsroom.id), tx), clock=await instance.find(tx))


async def outline(tx: AsyncSession, newsroom: Newsroom, now: datetime) -> Picture:
    """The same without the feeds, which may be many."""
    number = saved(newsroom.id)
    seen = Picture(newsroom, now, [], await account.of_newsroom(number, tx), await article.holds(number, tx))
    row = await current(tx, number)
    if row is None:
        return seen
    return replace(
        seen,
        strike=row,
        windows=tuple(slot.window for slot in await strike.slots(number, tx, saved(row.id))),
        articles=await ledger.articles_noticed(number, tx, saved(row.id)),
        notices=tuple(await standing.of_strike(number, tx, saved(row.id))),
        drafts=sum(
            each.state == StrikeState.DRAFT and each.id != row.id for each in await strike.of_newsroom(number, tx)
        ),
    )


def as_value(seen: Picture) -> dict[str, object]:
    """The picture for machines."""
    return {
        "newsroom": seen.newsroom.slug,
        "now": seen.now,
        "strike": _strike(seen),
        "drafts": seen.drafts,
        "feeds": [
            {"address": each.address, "looked_at": each.looked_at, "fault": each.fault or None} for each in seen.feeds
        ],
        "looks_late": round(lateness(seen.feeds, seen.now).total_seconds()),
        "held": [{"id": each.id, "reason": each.reason} for each in seen.holds],
        "accounts": [_account(seen, each) for each in seen.accounts],
    }


def _strike(seen: Picture) -> dict[str, object] | None:
    if seen.strike is None:
        return None
    return {
        "id": seen.strike.id,
        "name": seen.strike.name,
        "state": seen.strike.state,
        "windows": [{"opens": each.opens, "closes": each.closes} for each in seen.windows],
        "articles": seen.articles,
    }


def _account(seen: Picture, owner: Account) -> dict[str, object]:
    counted = Counter[str]()
    for each in seen.notices:
        counted[each.state] += each.count if each.account == owner.id else 0
    return {
        "network": owner.network,
        "handle": owner.handle,
        "state": owner.state,
        "reason": owner.reason or None,
        "notices": {state: n for state, n in counted.items() if n},
    }
