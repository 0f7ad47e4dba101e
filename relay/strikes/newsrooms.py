# SPDX-License-Identifier: AGPL-3.0-or-later
"""Acts on a newsroom: take it in, under a short name of its own."""

import re
import unicodedata
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from relay.faults import Invalid
from relay.i18n import LANGUAGES, say
from relay.store import newsroom
from relay.store.newsroom import Newsroom
from relay.strikes.moments import zone_of

LONGEST = 40
_LETTERS = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"})


def slug_of(name: str) -> str:
    """The short name for a newsroom called ``name``: “L’Écho du Lac” is ``l-echo-du-lac``; "" if nothing is left."""
    words = re.sub(r"['’]", " ", name.translate(_LETTERS))
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST].strip("-")


def known_language(language: str) -> str:
    """``language``, if there are words for it. Raises Invalid."""
    if language not in LANGUAGES:
        raise Invalid(say("Piquet does not speak “{language}” yet; choose fr or en.", language=language))
    return language


async def add(tx: AsyncSession, name: str, zone: str, language: str, now: datetime, slug: str = "") -> Newsroom:
    """Take a newsroom in.

    Raises Invalid for a name without letters, an unknown time zone or language, a short name that is taken.
    """
    name = " ".join(name.split())
    short = slug or slug_of(name)
    if not name or not short:
        raise Invalid(say("The newsroom needs a name with letters in it; write it as readers know it."))
    if short != slug_of(short):
        raise Invalid(
            say(
                "“{slug}” cannot be a short name; write it like {instead}.",
                slug=short,
                instead=slug_of(short) or "echo",
            )
        )
    if await newsroom.by_slug(short, tx):
        raise Invalid(say("There is a newsroom {slug} already; give this one another --slug.", slug=short))
    row = Newsroom(slug=short, name=name, zone=zone_of(zone).key, language=known_language(language), made_at=now)
    tx.add(row)
    await tx.flush()
    return row
