# SPDX-License-Identifier: AGPL-3.0-or-later
"""The names an article goes by: a set of aliases, never its date. Pure.

An entry has up to four keys: ``g`` its guid, ``n`` the guid normalised if it is an address or another universal name,
``l`` its link normalised, and weakly ``t``, its headline's words with the minute of its date. What must be kept of a
feed is one mapping from key to article number, in the ledger only (16 bytes a key, nothing in memory between two
looks), and for good: caches roll back, and archives resurface after years. ``SPOILT`` stands for a key that identifies
nothing in this feed any more.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from unicodedata import normalize

from relay.feeds.identity.canonical import is_front_page, last_part, normalise, universal
from relay.terms import Entry

SPOILT = 0
_TELLING_TITLE = 12  # characters beyond which a headline and a minute name one article
_ZEROS = (date(1, 1, 1), date(1969, 12, 31), date(1970, 1, 1))  # what software writes that has no date, in any zone


@dataclass(frozen=True, slots=True)
class Key:
    """One alias: its kind (``g``, ``n``, ``l`` or ``t``) and 16 bytes of digest."""

    kind: str
    digest: bytes


def keys(entry: Entry) -> tuple[Key, ...]:
    """Every key the entry could be known by, strongest first; empty only for an entry that says nothing at all."""
    strong = strong_keys(entry)
    weak = weak_key(entry)
    return (*strong, weak) if weak else strong


def all_keys(entries: Iterable[Entry]) -> set[Key]:
    """Every key to look up before judging these entries."""
    return {key for entry in entries for key in keys(entry)}


@lru_cache(maxsize=512)  # the rules ask for those of one document again and again
def strong_keys(entry: Entry) -> tuple[Key, ...]:
    """``g``, ``n`` and ``l``, as far as the entry has them."""
    guid, link = _guid(entry), link_key(entry)
    name = universal(guid)
    found = (_key("g", guid) if guid else None, _key("n", name) if name else None, link)
    return tuple(key for key in found if key)


def _guid(entry: Entry) -> str:
    return " ".join(entry.guid.split())


def link_key(entry: Entry) -> Key | None:
    """``l``, unless the entry has no link, or links to a front page and has a guid to go by.

    “briefs that link to the front page, one at a time”.
    """
    link = normalise(entry.link)
    return None if not link or (entry.guid.strip() and is_front_page(link)) else _key("l", link)


@lru_cache(maxsize=512)
def weak_key(entry: Entry) -> Key | None:
    """``t``: the words of the headline (failing that, of the summary) and the minute of the date, if there is one."""
    said = words(entry.title) or words(entry.summary)
    return _key("t", f"{minute(entry)} {said}") if said else None


def telling(entry: Entry) -> bool:
    """Whether the weak key may vouch for an entry that has strong ones: dated, and with a headline of some length."""
    return dated(entry) is not None and len(entry.title) > _TELLING_TITLE


def blunt(entries: Iterable[Entry]) -> bool:
    """Whether the dates are cut to hours or days, so that many entries share each: then no weak key may vouch.

    “a galleries' headline, dates without a time”.
    """
    shared = Counter(minute(entry) for entry in entries if dated(entry))
    return len(shared) * 2 <= shared.total() and shared.total() > 2


def dated(entry: Entry) -> datetime | None:
    """When the entry says that it was published; None, too, for a date that means none: “every third is of 1970”."""
    return None if entry.published is None or entry.published.date() in _ZEROS else entry.published


def minute(entry: Entry) -> str:
    """The date as it is compared, in UTC."""
    moment = dated(entry)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") if moment else ""


def words(title: str) -> str:
    """A headline as it is compared: lower-case words, without punctuation, however they are typeset."""
    return " ".join(re.findall(r"\w+", normalize("NFKC", title).casefold()))


def merged(entries: Sequence[Entry]) -> list[Entry]:
    """The entries without repeats: one article listed under two headlines or in two sections is one entry."""
    seen: set[tuple[str, str | Key]] = set()
    single: list[int] = []
    for at in sorted(range(len(entries)), key=lambda at: _rank(entries[at])):
        if seen.isdisjoint(names := _repeats(entries[at])):
            single.append(at)
        seen |= names
    return [entries[at] for at in sorted(single)]


def _repeats(entry: Entry) -> set[tuple[str, str | Key]]:
    """What two entries have in common if they are one: guid and link whatever the headlines, guid and headline with the
    minute whatever the links, and without a date with the last part of the link.

    “each article twice, with two headlines”, “each article in two sections”, “each article in two sections, no dates”.
    """
    guid, link, weak = entry.guid.strip(), normalise(entry.link), weak_key(entry)
    names: set[tuple[str, str | Key]] = {(guid, link)} if guid and link else set()
    if weak and (guid or not link) and telling(entry):
        names.add((guid, weak))
    if guid and len(entry.title) > _TELLING_TITLE:
        names.add((guid, f"{words(entry.title)} {last_part(link)}"))
    return names


def _rank(entry: Entry) -> tuple[int, str, str, str, str, str]:
    """Which of several repeats stands for all, whatever their order: the one with the longest headline."""
    return (-len(entry.title), entry.title, entry.guid, entry.link, str(entry.published), entry.summary)


def spoilt_keys(entries: Sequence[Entry]) -> frozenset[Key]:
    """Keys that different entries of this one document share: from now on they identify nothing in this feed.

    A guid when its entries differ in link or headline, a link when they differ in headline or are a series, ``n`` as a
    guid and also with the link it equals; ``t`` when two entries share it and no strong key. “07 one guid for all”, “08
    one link for all, no guid”, “entries of a live page”, “pairs of one headline and one minute”.
    """
    uses: dict[Key, set[tuple[str, ...]]] = {}
    fallen: dict[str, Key] = {}
    for entry in entries:
        link, title = normalise(entry.link), words(entry.title)
        for key in strong_keys(entry):
            uses.setdefault(key, set()).add((title,) if key.kind == "l" else (link, title))
            if key.kind == "n":
                fallen[universal(_guid(entry))] = key
    spoilt = {key for key, seen in uses.items() if len(seen) > 1} | _series(entries)
    spoilt |= {key for link, key in fallen.items() if _key("l", link) in spoilt}
    return frozenset(spoilt | _spoilt_weak(entries, spoilt))


def _series(entries: Iterable[Entry]) -> set[Key]:
    """Links of three or more entries that each have a guid and a minute of their own: “a podcast's page”."""
    guids: dict[Key | None, set[str]] = {}
    minutes: dict[Key | None, set[str]] = {}
    for entry in entries:
        if entry.guid.strip() and dated(entry):
            guids.setdefault(link_key(entry), set()).add(_guid(entry))
            minutes.setdefault(link_key(entry), set()).add(minute(entry))
    return {link for link, seen in guids.items() if link and len(seen) > 2 and len(minutes[link]) > 2}


def _spoilt_weak(entries: Sequence[Entry], spoilt: Collection[Key]) -> set[Key]:
    bearers: dict[Key, set[Key]] = {}
    found = set()
    for entry in entries:
        weak = weak_key(entry)
        strong = {key for key in strong_keys(entry) if key not in spoilt}
        if weak is None or not strong:
            continue
        if strong.isdisjoint(bearers.setdefault(weak, strong)):
            found.add(weak)
        bearers[weak] |= strong
    return found


def _key(kind: str, value: str) -> Key:
    digest = hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16, person=kind.encode()).digest()
    return Key(kind, digest)
