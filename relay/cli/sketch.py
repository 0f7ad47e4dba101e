# SPDX-License-Identifier: AGPL-3.0-or-later
"""One strike with all that was planned for it, for the screen and for machines."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text
from sqlmodel.ext.asyncio.session import AsyncSession

from relay.cli.moment import stretch
from relay.cli.reasons import KIND, STRIKE
from relay.i18n import _, say
from relay.store import strike
from relay.store.account import Account
from relay.store.columns import saved
from relay.store.newsroom import Newsroom
from relay.store.strike import Phrase, Strike
from relay.terms import NoticeKind, Window

ORDER = (NoticeKind.START, NoticeKind.ARTICLE, NoticeKind.END)


@dataclass(frozen=True)
class Sketch:
    """A strike's rows, gathered."""

    newsroom: Newsroom
    strike: Strike
    windows: tuple[Window, ...]
    accounts: tuple[Account, ...]
    phrases: tuple[Phrase, ...]

    @property
    def line(self) -> tuple[str, str, str, str]:
        """Number, name, state and windows."""
        windows = "\n".join(stretch(each, self.newsroom.zone) for each in self.windows)
        return str(self.strike.id), self.strike.name, str(STRIKE[self.strike.state]), windows


async def sketch(tx: AsyncSession, newsroom: Newsroom, row: Strike) -> Sketch:
    """Gather it."""
    owner, number = row.newsroom_id, saved(row.id)
    return Sketch(
        newsroom,
        row,
        tuple(slot.window for slot in await strike.slots(owner, tx, number)),
        tuple(await strike.targets(owner, tx, number)),
        tuple(await strike.phrases(owner, tx, number)),
    )


def sketched(drawn: Sketch) -> Iterator[str | Text]:
    """Heading, then one line a fact; what was left out is not shown."""
    row = drawn.strike
    yield Text(f"{row.id} · {row.name} · {STRIKE[row.state]}", style="bold")
    facts = [
        *((_("Window"), stretch(each, drawn.newsroom.zone)) for each in drawn.windows),
        (_("Reason"), row.reasons),
        *((_("Demand"), each) for each in row.demands),
        (_("Link"), row.link),
        (_("Hashtags"), " ".join(f"#{tag.removeprefix('#')}" for tag in row.hashtags)),
        *((_("Account"), f"{each.handle} ({each.network})") for each in drawn.accounts),
        (_("Visibility"), row.visibility),
        (_("Content warning"), row.warning),
    ]
    yield from (str(say("{name}: {words}", name=name, words=value)) for name, value in facts if value)
    for phrase in sorted(drawn.phrases, key=lambda each: ORDER.index(each.kind)):
        yield ""
        yield Text(str(KIND[phrase.kind]), style="italic")
        yield phrase.text


def as_value(drawn: Sketch) -> dict[str, object]:
    """The strike for machines; times in UTC."""
    row = drawn.strike
    return {
        "id": row.id,
        "name": row.name,
        "state": row.state,
        "windows": [{"opens": each.opens, "closes": each.closes} for each in drawn.windows],
        "reason": row.reasons,
        "demands": row.demands,
        "link": row.link or None,
        "hashtags": row.hashtags,
        "languages": row.languages,
        "accounts": [{"network": each.network, "handle": each.handle} for each in drawn.accounts],
        "wordings": [{"kind": each.kind, "language": each.language, "text": each.text} for each in drawn.phrases],
        "visibility": row.visibility,
        "warning": row.warning or None,
        "picture": row.picture,
        "age_limit": row.age_limit,
    }
