# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which feeds of a ward are to be looked at, and what looks change in them, many at a time.

Asked several times a second by an instance that watches every newsroom of a country: rows come as plain values, and
statements are made once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import String, Update
from sqlalchemy.orm import aliased
from sqlmodel import bindparam, case, col, func, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.store import locks
from relay.store.columns import Moment
from relay.store.feed import WATCHED, Feed
from relay.store.spread import packed, spread
from relay.store.strike import Slot, Strike
from relay.terms import StrikeState, Window


class Due(NamedTuple):
    """What must be known of a feed to look at it; the columns are those of ``Feed``.

    ``crowd``: how many feeds of ours are on its host.
    """

    id: int
    newsroom_id: int
    address: str
    host: str
    etag: str
    last_modified: str
    body_hash: bytes
    prints: bytes | None
    baseline_at: datetime | None
    looked_at: datetime | None
    next_look_at: datetime
    retry_at: datetime | None
    whole_at: datetime | None
    distrusted_at: datetime | None
    gone_since: datetime | None
    gap: float | None
    ttl: int
    hint: int
    floor: int
    failures: int
    kills: int
    gone: int
    moved_to: str
    hub: str
    topic: str
    crowd: int


Changes = Mapping[str, Any]
"""Columns of a feed with their new values; ``next_look_at`` is one of them."""

AGAIN = timedelta(seconds=10)  # until the next look at a feed that was hurried while it was looked at

_LANE = col(Feed.lane) == bindparam("lane")
_NEIGHBOUR = aliased(Feed)
_CROWD = select(func.count()).select_from(_NEIGHBOUR).where(_NEIGHBOUR.host == Feed.host).scalar_subquery()
_NAMES = [name for name in Due._fields if name != "crowd"]
_KNOWN: list[Any] = [getattr(Feed, name) for name in _NAMES]
_DUE = (
    sqlalchemy.select(*_KNOWN, _CROWD)
    .where(_LANE, WATCHED, col(Feed.next_look_at) <= bindparam("now"))
    .where(sqlalchemy.cast(Feed.id, String).not_in(spread("hand")))
    .where(col(Feed.host).not_in(spread("full")))
    .order_by(col(Feed.next_look_at), col(Feed.id))
    .limit(bindparam("most"))
)
_NEXT = select(func.min(Feed.next_look_at)).where(_LANE, WATCHED)
# From one ward to the next in the index: grouping would read every feed (https://wiki.postgresql.org/wiki/Loose_indexscan)
_WARD = select(func.min(Feed.lane).label("lane")).cte("ward", recursive=True)
_HIGHER = select(func.min(Feed.lane)).where(col(Feed.lane) > _WARD.c.lane).correlate(_WARD).scalar_subquery()
_WARD = _WARD.union_all(select(_HIGHER).select_from(_WARD).where(_WARD.c.lane.is_not(None)))
_FIRST = select(func.min(Feed.next_look_at)).where(col(Feed.lane) == _WARD.c.lane, WATCHED).scalar_subquery()
_WARDS = sqlalchemy.select(_WARD.c.lane, _FIRST).where(_WARD.c.lane.is_not(None))
_SLOT: list[Any] = [Strike.newsroom_id, Slot.opens, Slot.closes]
_STANDING = sqlalchemy.select(*_SLOT).join(Slot, col(Slot.strike_id) == col(Strike.id))
_STANDING = _STANDING.where(col(Strike.state).in_([StrikeState.ARMED, StrikeState.RUNNING]))


def known(row: Feed, crowd: int = 1) -> Due:
    """The same of a row that has been flushed."""
    return Due(**{name: getattr(row, name) for name in _NAMES}, crowd=crowd)


async def due(
    tx: AsyncSession, lane: str, now: datetime, most: int, hand: Collection[int] = (), full: Collection[str] = ()
) -> list[Due]:
    """At most ``most`` feeds to be looked at, longest waiting first; none that is in ``hand`` or on a ``full`` host."""
    asked = {"lane": lane, "now": now, "most": most, "hand": packed(hand), "full": packed(full)}
    rows: Sequence[Any] = (await (await tx.connection()).execute(_DUE, asked)).all()
    return list(map(Due._make, rows))


async def following(tx: AsyncSession, lane: str) -> datetime | None:
    """When the ward's next feed is due."""
    return (await (await tx.connection()).execute(_NEXT, {"lane": lane})).scalar_one()


async def wards(tx: AsyncSession) -> dict[str, datetime]:
    """Every ward that has feeds to be looked at, and when its first is due."""
    rows = (await (await tx.connection()).execute(_WARDS)).all()
    return {lane: moment for lane, moment in rows if moment is not None}


async def windows(tx: AsyncSession) -> dict[int, list[Window]]:
    """Newsroom → every window of its armed and running strikes."""
    found = defaultdict[int, list[Window]](list)
    for newsroom, opens, closes in (await (await tx.connection()).execute(_STANDING)).all():
        found[newsroom].append(Window(opens, closes))
    return found


async def note(tx: AsyncSession, looks: Iterable[tuple[Due, Changes]], now: datetime) -> None:
    """Write down what looks changed, ``next_look_at`` among it, but for what ``still`` has to say of that."""
    rows = defaultdict[tuple[str, ...], list[dict[str, Any]]](list)
    for feed, changes in sorted(looks, key=lambda look: look[0].id):
        named = {f"new_{name}": value for name, value in changes.items()}
        rows[tuple(changes)].append({"this": feed.id, "was": feed.next_look_at, **named})
    if len(rows) > 1:
        await locks.looks(tx, [row["this"] for each in rows.values() for row in each])
    connection = await tx.connection()
    for names, each in rows.items():
        written = await connection.execute(_written(names), each)
        if written.rowcount < len(each):  # some were hurried; the others stay as they are now
            hurried = [row | {"now": now, "soon": min(row["new_next_look_at"], now + AGAIN)} for row in each]
            await connection.execute(_kept(names), hurried)


def still(planned: datetime, feed: Due, moment: datetime, now: datetime) -> datetime:
    """When to look again at a feed that was to be looked at again at ``moment``, and now is ``planned`` to be.

    Somebody who has hurried it, or put it off, while it was looked at, has named a later moment than it was due. That
    stays, unless it is over already: then the feed is looked at soon.
    """
    if planned <= feed.next_look_at:
        return moment
    return planned if planned > now else min(moment, now + AGAIN)


async def rest(tx: AsyncSession, host: str, until: datetime) -> None:
    """Ask this host for nothing before then: it has had enough of us, whatever the feed."""
    here = col(Feed.host) == host
    await locks.looks(tx, (await tx.exec(select(Feed.id).where(here))).all())
    earlier = or_(col(Feed.retry_at).is_(None), col(Feed.retry_at) < until)
    later = case((col(Feed.next_look_at) < until, bindparam("until", type_=Moment())), else_=Feed.next_look_at)
    query = update(Feed).where(here, earlier).values(retry_at=bindparam("until", type_=Moment()), next_look_at=later)
    await tx.exec(query, params={"until": until})


@lru_cache(maxsize=256)
def _written(names: Sequence[str]) -> Update:
    """For a feed that nobody has hurried: nearly all, at half the price of the statement below."""
    untouched = col(Feed.next_look_at) <= bindparam("was", type_=Moment())
    return update(Feed).where(col(Feed.id) == bindparam("this"), untouched).values(_values(names))


@lru_cache(maxsize=256)
def _kept(names: Sequence[str]) -> Update:
    """For any feed, as ``still`` has it; one that was just written down stays as it is."""
    values, here = _values(names), col(Feed.next_look_at)
    untouched, over = here <= bindparam("was", type_=Moment()), here <= bindparam("now", type_=Moment())
    soon = bindparam("soon", type_=Moment())
    values["next_look_at"] = case((untouched, values["next_look_at"]), (over, soon), else_=here)
    return update(Feed).where(col(Feed.id) == bindparam("this")).values(values)


def _values(names: Sequence[str]) -> dict[str, Any]:
    return {name: bindparam(f"new_{name}", type_=getattr(Feed, name).type) for name in names}
