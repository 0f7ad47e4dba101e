# SPDX-License-Identifier: AGPL-3.0-or-later
"""From what was typed about a strike to a draft that every account could say; nothing is kept before that is sure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.deliveries.rehearsal import check, stage
from relay.faults import Invalid
from relay.i18n import say
from relay.networks.port import Card
from relay.notices.address import address
from relay.notices.defaults import defaults
from relay.notices.hashtag import hashtags
from relay.notices.wording import parse
from relay.store import account
from relay.store.account import Account
from relay.store.columns import saved
from relay.store.newsroom import Newsroom
from relay.store.strike import Strike
from relay.strikes.plan import Draft, plan
from relay.strikes.windows import added, parse_range
from relay.terms import NoticeKind, Window


@dataclass(frozen=True)
class Typed:
    """A strike as it was typed. ``accounts``: handles or numbers, none for all; ``age_limit`` in hours."""

    name: str = ""
    reasons: str = ""
    demands: Sequence[str] = ()
    link: str = ""
    hashtags: Sequence[str] = ()
    languages: Sequence[str] = ()
    windows: Sequence[str] = ()
    wordings: Sequence[str] = ()
    start_wordings: Sequence[str] = ()
    end_wordings: Sequence[str] = ()
    accounts: Sequence[str] = ()
    visibility: str = "public"
    warning: str = ""
    picture: str = "start"
    age_limit: float = 6.0


async def planned(tx: AsyncSession, owner: Newsroom, typed: Typed, cards: Mapping[str, Card], now: datetime) -> Strike:
    """Write the draft down, if every account could say every notice. Raises Invalid, and then nothing is written."""
    every = [each for each in await account.of_newsroom(saved(owner.id), tx) if not each.forgotten]
    accounts = chosen(every, typed.accounts)
    row = await plan(saved(owner.id), tx, draft(owner, typed, accounts, now), now)
    check(await stage(saved(owner.id), tx, row, now), cards)
    return row


def draft(owner: Newsroom, typed: Typed, accounts: Sequence[Account], now: datetime) -> Draft:
    """The draft that ``typed`` means. Raises Invalid with what to write instead."""
    languages = tuple(typed.languages) or (owner.language,)
    if not typed.name.strip():
        raise Invalid(say("The strike needs a name; notices call it by that."))
    if typed.age_limit <= 0:
        raise Invalid(say("The age limit is in hours and more than 0; write 6 for six hours."))
    return Draft(
        name=typed.name.strip(),
        windows=windows(typed.windows, owner.zone, now),
        accounts=tuple(saved(each.id) for each in accounts),
        wordings=wordings(typed, languages),
        reasons=typed.reasons.strip(),
        demands=tuple(each.strip() for each in typed.demands if each.strip()),
        link=address(typed.link) if typed.link.strip() else "",
        hashtags=tuple(tag.removeprefix("#") for tag in hashtags(typed.hashtags)),
        languages=languages,
        visibility=typed.visibility,
        warning=typed.warning,
        picture=typed.picture,
        age_limit=round(typed.age_limit * 3600),
    )


def windows(texts: Sequence[str], zone: str, now: datetime) -> tuple[Window, ...]:
    """The windows typed, in order. Raises Invalid for one that is over, turned round, unreadable or overlaps."""
    if not texts:
        raise Invalid(say("The strike needs a window; add --window 9h-19h, or a date with it."))
    found: tuple[Window, ...] = ()
    for text in texts:
        found = added(found, parse_range(text, zone, now), zone)
    return found


def wordings(typed: Typed, languages: Sequence[str]) -> Mapping[NoticeKind, Sequence[tuple[str, str]]]:
    """The strikers' own words, read and checked, or the ready-made ones of each language."""
    own = {
        NoticeKind.START: typed.start_wordings,
        NoticeKind.ARTICLE: typed.wordings,
        NoticeKind.END: typed.end_wordings,
    }
    spoken = languages[0] if len(languages) == 1 else ""
    found: dict[NoticeKind, Sequence[tuple[str, str]]] = {}
    for kind, texts in own.items():
        mine = [(spoken, parse(text.replace("\\n", "\n"), kind, spoken).text) for text in texts]
        ready = [(each.language, each.text) for language in languages for each in defaults(kind, language)]
        found[kind] = mine or ready
    return found


def chosen(every: Sequence[Account], named: Sequence[str]) -> list[Account]:
    """The accounts of those names, all if none is named. Raises Invalid with the names there are."""
    if not named:
        return list(every)
    if not every:
        raise Invalid(say("No account is connected: “piquet account connect mastodon”."))
    known = {str(each.id): each for each in every} | {each.handle.removeprefix("@"): each for each in every}
    for name in named:
        if name.removeprefix("@") not in known:
            handles = ", ".join(each.handle for each in every)
            raise Invalid(say("No account {name} is connected; choose from {handles}.", name=name, handles=handles))
    return list({each.id: each for each in (known[name.removeprefix("@")] for name in named)}.values())
