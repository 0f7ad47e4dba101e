# SPDX-License-Identifier: AGPL-3.0-or-later
"""The names an article goes by: a set of aliases, never its date. Pure.

An entry has up to four keys: ``g`` its guid, ``n`` the guid normalised if it is an address, ``l`` its link
normalised, and weakly ``t``, its headline's words with the minute of its date. What must be kept of a feed is one
mapping from key to article number; ``SPOILT`` stands for a key that identifies nothing in this feed any more.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC

from relay.feeds.identity.canonical import normalise
from relay.terms import Entry

SPOILT = 0
_TELLING_TITLE = 12  # characters beyond which a headline and a minute name one article


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


def strong_keys(entry: Entry) -> tuple[Key, ...]:
    """``g``, ``n`` and ``l``, as far as the entry has them."""
    guid = entry.guid.strip()
    found = [_key("g", guid)] if guid else []
    if guid.lower().startswith(("http://", "https://")):
        found.append(_key("n", normalise(guid)))
    if entry.link:
        found.append(_key("l", normalise(entry.link)))
    return tuple(found)


def weak_key(entry: Entry) -> Key | None:
    """``t``: the words of the headline (failing that, of the summary) and the minute of the date, if there is one."""
    said = words(entry.title) or words(entry.summary)
    if not said:
        return None
    minute = entry.published.astimezone(UTC).strftime("%Y-%m-%dT%H:%M") if entry.published else ""
    return _key("t", f"{minute} {said}")


def telling(entry: Entry) -> bool:
    """Whether the weak key may vouch for an entry that has strong ones: dated, and with a headline of some length."""
    return entry.published is not None and len(entry.title) > _TELLING_TITLE


def words(title: str) -> str:
    """A headline as it is compared: lower-case words, without punctuation."""
    return " ".join(re.findall(r"\w+", title.casefold()))


def merged(entries: Sequence[Entry]) -> list[Entry]:
    """The entries without repeats: one guid with one link is one entry whatever its headlines, and so is one guid with
    one headline and minute whatever its links (an article listed under two sections)."""
    seen: set[tuple[str, str | Key | None]] = set()
    single: list[int] = []
    for at in sorted(range(len(entries)), key=lambda at: _rank(entries[at])):
        entry = entries[at]
        guid, link = entry.guid.strip(), normalise(entry.link)
        names: set[tuple[str, str | Key | None]] = {(guid, link)} if guid and link else set()
        if (guid or not link) and telling(entry):
            names.add((guid, weak_key(entry)))
        if seen.isdisjoint(names):
            single.append(at)
        seen |= names
    return [entries[at] for at in sorted(single)]


def _rank(entry: Entry) -> tuple[int, str, str, str, str]:
    """Which of several repeats stands for all, whatever their order: the one with the longest headline."""
    return (-len(entry.title), entry.title, entry.guid, entry.link, str(entry.published))


def spoilt_keys(entries: Sequence[Entry]) -> frozenset[Key]:
    """Keys that different entries of this one document share: from now on they identify nothing in this feed.

    A guid when its entries differ in link or headline, a link when they differ in headline, ``n`` as a guid and also
    with the link it equals; ``t`` when two entries that it may vouch for share it and no strong key.
    """
    uses: dict[Key, set[tuple[str, ...]]] = {}
    fallen: dict[str, Key] = {}
    for entry in entries:
        link, title = normalise(entry.link), words(entry.title)
        for key in strong_keys(entry):
            uses.setdefault(key, set()).add((title,) if key.kind == "l" else (link, title))
            if key.kind == "n":
                fallen[normalise(entry.guid)] = key
    spoilt = {key for key, seen in uses.items() if len(seen) > 1}
    spoilt |= {key for link, key in fallen.items() if _key("l", link) in spoilt}
    return frozenset(spoilt | _spoilt_weak(entries, spoilt))


def _spoilt_weak(entries: Sequence[Entry], spoilt: Collection[Key]) -> set[Key]:
    bearers: dict[Key, set[Key]] = {}
    found = set()
    for entry in entries:
        weak = weak_key(entry)
        strong = {key for key in strong_keys(entry) if key not in spoilt}
        if weak is None or not strong or not telling(entry):
            continue
        if strong.isdisjoint(bearers.setdefault(weak, strong)):
            found.add(weak)
        bearers[weak] |= strong
    return found


def _key(kind: str, value: str) -> Key:
    digest = hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=16, person=kind.encode()).digest()
    return Key(kind, digest)
