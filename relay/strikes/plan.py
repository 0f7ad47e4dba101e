# SPDX-License-Identifier: AGPL-3.0-or-later
"""Acts on a strike: plan, discard, arm, stop, renew. Each is one transaction and says no in one sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.faults import Invalid
from relay.feeds.schedule import hurried
from relay.i18n import say
from relay.store import feed, ledger, locks, newsroom, strike
from relay.store.columns import saved
from relay.store.strike import Phrase, Slot, Strike, Target
from relay.strikes.renewal import renew as renewed
from relay.strikes.windows import added
from relay.terms import STRIKE_GRAPH, AccountState, NoticeKind, StrikeState, Window, step


@dataclass(frozen=True)
class Draft:
    """A strike as a person planned it. ``wordings`` by kind, in the order they rotate, each (language, text)."""

    name: str
    windows: tuple[Window, ...]
    accounts: tuple[int, ...]
    wordings: Mapping[NoticeKind, Sequence[tuple[str, str]]]
    reasons: str = ""
    demands: tuple[str, ...] = ()
    link: str = ""
    hashtags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    visibility: str = "public"
    warning: str = ""
    picture: str = "start"
    age_limit: int = 6 * 3600


async def plan(newsroom_id: int, tx: AsyncSession, given: Draft, now: datetime) -> Strike:
    """Write the draft down; nothing is public and nothing will be sent before it is armed."""
    row = Strike(
        newsroom_id=newsroom_id,
        name=given.name,
        reasons=given.reasons,
        demands=list(given.demands),
        link=given.link,
        hashtags=list(given.hashtags),
        languages=list(given.languages),
        visibility=given.visibility,
        warning=given.warning,
        picture=given.picture,
        age_limit=given.age_limit,
        state=StrikeState.DRAFT,
        made_at=now,
    )
    tx.add(row)
    await tx.flush()
    number = saved(row.id)
    tx.add_all(Slot(strike_id=number, opens=each.opens, closes=each.closes) for each in given.windows)
    tx.add_all(Target(strike_id=number, account_id=each) for each in given.accounts)
    for kind, texts in given.wordings.items():
        for position, (language, text) in enumerate(texts):
            tx.add(Phrase(strike_id=number, kind=kind, position=position, language=language, text=text))
    await tx.flush()
    return row


async def discard(newsroom_id: int, tx: AsyncSession, number: int) -> Strike:
    """Delete a draft with all that was planned for it; returns what it was.

    Raises Invalid for anything but a draft: what was armed stays, as the record of what was said.
    """
    await locks.strike(newsroom_id, tx, number)
    row = await get(newsroom_id, tx, number)
    if row.state != StrikeState.DRAFT:
        raise Invalid(
            say(
                "“{name}” is no draft any more, and stays on record. To stop it: “piquet strike stop {number}”.",
                name=row.name,
                number=number,
            )
        )
    for table in (Phrase, Slot, Target):
        await tx.exec(delete(table).where(col(table.strike_id) == number))
    await tx.delete(row)
    return row


async def arm(newsroom_id: int, tx: AsyncSession, number: int, now: datetime) -> Strike:
    """From here on the strike runs by itself.

    Raises Invalid where it could not: no feed, no account, a paused account, no window to come, no wording.
    """
    await locks.feeds(newsroom_id, tx)
    await locks.strike(newsroom_id, tx, number)
    row = await get(newsroom_id, tx, number)
    if row.state in (StrikeState.ARMED, StrikeState.RUNNING):
        return row
    await _refuse_unready(newsroom_id, tx, number, now)
    row.state = step(STRIKE_GRAPH, row.state, StrikeState.ARMED)
    row.armed_at, row.stopped_at = now, None
    watched = await feed.of_newsroom(newsroom_id, tx)
    for turn, each in enumerate(watched):  # so that what is there already is known before the window opens
        planned, retry = each.next_look_at, each.retry_at
        each.next_look_at = hurried(
            now, turn, len(watched), planned=planned, looked_at=each.looked_at, hint=each.hint, retry_at=retry
        )
        tx.add(each)
    tx.add(row)
    return row


async def stop(newsroom_id: int, tx: AsyncSession, number: int, now: datetime) -> int:
    """Stop now: whatever has not left is withdrawn and pins come off. Returns how many notices were withdrawn."""
    await locks.strike(newsroom_id, tx, number)
    row = await get(newsroom_id, tx, number)
    if row.state not in (StrikeState.ARMED, StrikeState.RUNNING):
        raise Invalid(say("The strike “{name}” is not running: there is nothing to stop.", name=row.name))
    row.state = step(STRIKE_GRAPH, row.state, StrikeState.STOPPED)
    row.stopped_at = now
    tx.add(row)
    for slot in await strike.slots(newsroom_id, tx, number):
        if slot.opens <= now < slot.closes:
            slot.stopped_at = now  # renewing the strike must not start this window again
            tx.add(slot)
    await ledger.bring_forward(newsroom_id, tx, number, now)
    return await ledger.withdraw_waiting(newsroom_id, tx, number, now, "stopped")


async def renew(newsroom_id: int, tx: AsyncSession, number: int, now: datetime, on: date | None = None) -> Window:
    """Add the last window once more on the next day, or on ``on``; an ended or stopped strike is armed again."""
    await locks.feeds(newsroom_id, tx)
    await locks.strike(newsroom_id, tx, number)
    row = await get(newsroom_id, tx, number)
    zone = (await newsroom.get(newsroom_id, tx)).zone
    known = [slot.planned for slot in await strike.slots(newsroom_id, tx, number)]
    new = renewed(known, zone, now, on)
    added(known, new, zone)
    tx.add(Slot(strike_id=number, opens=new.opens, closes=new.closes))
    await tx.flush()
    if row.state in (StrikeState.ENDED, StrikeState.STOPPED):
        await arm(newsroom_id, tx, number, now)
    return new


async def get(newsroom_id: int, tx: AsyncSession, number: int) -> Strike:
    """The strike of that number. Raises Invalid if the newsroom has none such."""
    row = await strike.find(newsroom_id, tx, number)
    if row is None:
        raise Invalid(say("There is no strike {number} here: “piquet strike list” shows them.", number=number))
    return row


async def _refuse_unready(newsroom_id: int, tx: AsyncSession, number: int, now: datetime) -> None:
    if not await feed.of_newsroom(newsroom_id, tx):
        raise Invalid(say("The newsroom has no feed yet: add one with “piquet feed add ADDRESS”."))
    accounts = await strike.targets(newsroom_id, tx, number)
    if not accounts:
        raise Invalid(
            say("The strike speaks through no account yet: connect one with “piquet account connect mastodon”.")
        )
    for each in accounts:
        if each.state == AccountState.PAUSED:
            raise Invalid(
                say(
                    "{account} has to be connected again: run “piquet account connect {network}”.",
                    account=each.handle,
                    network=each.network,
                )
            )
    if not any(slot.window.closes > now for slot in await strike.slots(newsroom_id, tx, number)):
        raise Invalid(say("The strike has no window to come: add one with “piquet strike renew”."))
    if not any(each.kind == NoticeKind.ARTICLE for each in await strike.phrases(newsroom_id, tx, number)):
        raise Invalid(say("The strike has no wording for articles: plan it with at least one."))
