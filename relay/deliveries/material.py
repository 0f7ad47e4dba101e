# SPDX-License-Identifier: AGPL-3.0-or-later
"""From rows to words: gather what a notice speaks of, then fit it to an account. Used to send and to preview."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.networks.port import Card, Limits, LinkCard, Picture
from relay.notices.compose import Fitted, compose
from relay.notices.facts import Facts
from relay.notices.pancarte import Words, pancarte
from relay.notices.wording import parse, rotate
from relay.store import newsroom, strike
from relay.store.article import Article
from relay.store.columns import saved
from relay.store.newsroom import Newsroom
from relay.store.strike import Phrase, Strike
from relay.strikes.counting import day_of_strike, hours_left
from relay.terms import NoticeKind, Window


@dataclass(frozen=True)
class Material:
    """All that the notices of one strike have in common."""

    newsroom: Newsroom
    strike: Strike
    phrases: tuple[Phrase, ...]
    windows: tuple[Window, ...]


async def gather(tx: AsyncSession, row: Strike) -> Material:
    """Read what the strike's notices are made of."""
    number = saved(row.id)
    return Material(
        newsroom=await newsroom.get(row.newsroom_id, tx),
        strike=row,
        phrases=tuple(await strike.phrases(row.newsroom_id, tx, number)),
        windows=tuple(slot.window for slot in await strike.slots(row.newsroom_id, tx, number)),
    )


def limits_of(card: Card, stored: Mapping[str, Any]) -> Limits:
    """What the account's server allows, or the network's usual limits where it never said."""
    return Limits(**stored) if stored else card.capabilities.limits


def fitted(
    material: Material,
    kind: NoticeKind,
    number: int,
    article: Article | None,
    card: Card,
    limits: Limits,
    now: datetime,
) -> Fitted:
    """The notice as it would be said now on an account with these limits.

    Raises Invalid where the wording cannot be made to fit.
    """
    row = material.strike
    language = _language(material, article)
    wordings = [_parsed(phrase.text, kind, phrase.language) for phrase in material.phrases if phrase.kind == kind]
    return compose(
        rotate(wordings, number, language),
        _facts(material, number, article, now, language),
        card.capabilities,
        limits,
        created_at=now,
        languages=(language,),
        visibility=row.visibility,
        warning=row.warning,
        picture=_picture(material, kind, now),
        card=_card(article, row),
    )


_parsed = lru_cache(maxsize=256)(parse)  # the same few wordings all day long


def _language(material: Material, article: Article | None) -> str:
    spoken = material.strike.languages or [material.newsroom.language]
    written = (article.language if article else "").lower().split("-")[0]
    return written if written in spoken else spoken[0]


def _facts(material: Material, number: int, article: Article | None, now: datetime, language: str) -> Facts:
    row = material.strike
    return Facts(
        title=article.title if article else "",
        link=article.link if article else "",
        newsroom=material.newsroom.name,
        strike=row.name,
        day=day_of_strike(material.windows, now, material.newsroom.zone),
        demands=tuple(row.demands),
        hours_left=hours_left(material.windows, now),
        reasons=row.reasons,
        support_link=row.link,
        hashtags=tuple(row.hashtags),
        language=language,
        number=number,
    )


def _picture(material: Material, kind: NoticeKind, now: datetime) -> Picture | None:
    row = material.strike
    if row.picture == "none" or (row.picture == "start" and kind != NoticeKind.START):
        return None
    day = day_of_strike(material.windows, now, material.newsroom.zone)
    name, spoken = material.newsroom.name, material.newsroom.language
    return pancarte(Words(row.name, name, tuple(row.demands), day, spoken))


def _card(article: Article | None, row: Strike) -> LinkCard | None:
    if article is not None:
        return LinkCard(article.link, article.title or article.link, article.summary)
    return LinkCard(row.link, row.name, row.reasons) if row.link else None
