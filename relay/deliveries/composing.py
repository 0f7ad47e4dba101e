# SPDX-License-Identifier: AGPL-3.0-or-later
"""What will be said, frozen: as it was frozen before, else composed now, once for all accounts alike."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.deliveries.material import Material, fitted, gather, limits_of
from relay.networks.port import Card, Limits, Post
from relay.notices.frozen import delivery_key, freeze
from relay.store.columns import saved
from relay.store.strike import Strike
from relay.store.waiting import Work
from relay.terms import Action


class Composer:
    """Composes within one transaction. ``restored_at``: when the ledger was read from a backup, if ever."""

    def __init__(self, tx: AsyncSession, now: datetime, restored_at: datetime | None) -> None:
        self._tx, self._now = tx, now
        # After a restore notices get numbers that others had: under the old key a network would answer with theirs.
        self._life = int(restored_at.timestamp()) if restored_at else 0
        self._count = 0
        self._materials: dict[int, Material] = {}
        self._posts: dict[tuple[int, str, Limits], Post] = {}

    async def frozen(self, work: Work, strike: Strike, card: Card) -> tuple[Mapping[str, Any], str]:
        """The post and its key. Raises Invalid where the wording cannot be made to fit."""
        row = work.delivery
        if row.action != Action.PUBLISH or row.post is not None:
            return row.post or {}, row.key
        post = await self._composed(work, strike, card)
        # Where a post says itself when it was made (Bluesky), those of one moment are read in the order they are said.
        moment = self._now + timedelta(milliseconds=self._count)
        self._count += 1
        key = delivery_key(row.newsroom_id, row.notice_id, row.account_id, self._life)
        return freeze(replace(post, created_at=moment)), key

    async def _composed(self, work: Work, strike: Strike, card: Card) -> Post:
        notice, limits = work.notice, limits_of(card, work.account.limits)
        alike = saved(notice.id), card.name, limits
        if alike not in self._posts:
            number = saved(strike.id)
            if number not in self._materials:
                self._materials[number] = await gather(self._tx, strike)
            said = fitted(self._materials[number], notice.kind, notice.number, work.article, card, limits, self._now)
            self._posts[alike] = said.post
        return self._posts[alike]
