# SPDX-License-Identifier: AGPL-3.0-or-later
"""A strike said under one's breath: every notice as each account would carry it. Nothing is sent, nothing written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.deliveries.material import Material, fitted, gather, limits_of
from relay.faults import Invalid
from relay.i18n import Message, say
from relay.networks.port import Card
from relay.notices.compose import Fitted
from relay.notices.cut import shorten
from relay.notices.wording import notice_too_long, parse
from relay.store import article as articles
from relay.store import strike as strikes
from relay.store.account import Account
from relay.store.article import Article
from relay.store.columns import saved
from relay.store.strike import Strike
from relay.terms import ArticleState, NoticeKind, Window

SHOWN = 40  # characters of a wording that tell it from the others


@dataclass(frozen=True)
class Rehearsed:
    """One notice on one account: as it would look, or why it cannot be said there."""

    account: Account
    kind: NoticeKind
    fitted: Fitted | None = None
    problem: Message | None = None


@dataclass(frozen=True)
class Stage:
    """What a rehearsal needs: the strike's material, its accounts, an article, and the moment it is set in."""

    material: Material
    accounts: Sequence[Account]
    article: Article
    moment: datetime


async def stage(newsroom: int, tx: AsyncSession, row: Strike, now: datetime) -> Stage:
    """Set the stage: the newsroom's newest article, or one made up, within the current or the next window."""
    material = await gather(tx, row)
    newest = await articles.newest(newsroom, tx)
    accounts = await strikes.targets(newsroom, tx, saved(row.id))
    return Stage(material, accounts, newest[0] if newest else _made_up(newsroom, now), _moment(material.windows, now))


def rehearse(on: Stage, cards: Mapping[str, Card], kind: NoticeKind, number: int = 0) -> tuple[Rehearsed, ...]:
    """The notice of that kind on every account; ``number`` turns wordings and demands."""
    return tuple(_one(on, cards, kind, number, account) for account in on.accounts)


def check(on: Stage, cards: Mapping[str, Card]) -> None:
    """Refuse a strike that one of its accounts could not say. Raises Invalid with the wording and the account."""
    for phrase in on.material.phrases:
        wording = parse(phrase.text, phrase.kind, phrase.language)
        for account in on.accounts:
            card = cards[account.network]
            try:
                notice_too_long(wording, limits_of(card, account.limits), _warning(on, card))
            except Invalid as cause:
                raise _refused(wording.text, account, cause.message) from cause
    for kind in NoticeKind:
        rounds = max(1, sum(phrase.kind == kind for phrase in on.material.phrases), len(on.material.strike.demands))
        for each in (said for number in range(rounds) for said in rehearse(on, cards, kind, number)):
            if each.problem:
                raise Invalid(say("{account}: {problem}", account=each.account.handle, problem=each.problem))


def _one(on: Stage, cards: Mapping[str, Card], kind: NoticeKind, number: int, account: Account) -> Rehearsed:
    card = cards[account.network]
    subject = on.article if kind == NoticeKind.ARTICLE else None
    try:
        said = fitted(on.material, kind, number, subject, card, limits_of(card, account.limits), on.moment)
    except Invalid as cause:
        return Rehearsed(account, kind, problem=cause.message)
    return Rehearsed(account, kind, said)


def _warning(on: Stage, card: Card) -> str:
    return on.material.strike.warning if card.capabilities.content_warning else ""


def _refused(text: str, account: Account, problem: Message) -> Invalid:
    words = shorten(" ".join(text.split()), SHOWN)
    return Invalid(say("“{wording}” on {account}: {problem}", wording=words, account=account.handle, problem=problem))


def _moment(windows: Sequence[Window], now: datetime) -> datetime:
    """Now if a window is open, else the next opening, else now."""
    coming = [max(each.opens, now) for each in windows if each.closes > now]
    return min(coming, default=now)


def _made_up(newsroom: int, now: datetime) -> Article:
    """Before the first article is known: a title of the usual length."""
    return Article(
        newsroom_id=newsroom,
        feed_id=0,
        link="https://example.org/2026/article",
        title=str(say("The title of your newest article, as long as titles usually are")),
        seen_at=now,
        state=ArticleState.SEEN,
    )
