# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which article each entry is, by what is known of its feed and of the newsroom's others. Pure.

Known by any strong alias, or by headline and minute: edits, new dates and new addresses make no second article. Each
rule is shown by the scenario of ``tests/feeds/test_scenarios*.py`` that is named in quotes.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from relay.feeds.identity.canonical import last_part, normalise
from relay.feeds.identity.keys import SPOILT, Key, blunt, dated, keys, link_key, strong_keys, telling, weak_key, words
from relay.feeds.identity.verdicts import Past
from relay.terms import Entry

GUID_REUSED_AFTER = timedelta(hours=6)
LINK_REUSED_AFTER = timedelta(days=30)
_NUMBERED = re.compile(r"\d{4}")


@dataclass(frozen=True)
class Sighted:
    """An entry, the ``names`` it goes by, the article it is (None: a new one), and the kind of key of this feed that
    says so.
    """

    entry: Entry
    names: tuple[Key, ...]
    article: int | None
    by: str


def recognise(entries: Sequence[Entry], spoilt: Collection[Key], past: Past) -> list[Sighted]:
    """Each entry of a document that has any name left, in the document's order."""
    vague = blunt(entries)
    seen = [_sight(entry, spoilt, past, vague=vague) for entry in entries]
    return [each for each in seen if each.names]  # a spoilt headline was all there was: unsaid, or said at every look


def doubtful(entries: Iterable[Entry], known: Mapping[Key, int]) -> set[int]:
    """The articles known by one name of an entry and not by another: ``recognise`` needs to know more of them."""
    found: set[int] = set()
    for entry in entries:
        asked = keys(entry)
        if any(key not in known for key in asked):
            found |= {known[key] for key in asked if known.get(key, SPOILT) != SPOILT}
    return found


def shared_names(entries: Iterable[Entry], known: Mapping[Key, int]) -> set[Key]:
    """The keys to look for in the newsroom's other feeds: those of what has a name that is not known here.

    Not its guid as it stands: two feeds may count their articles alike.
    """
    found: set[Key] = set()
    for entry in entries:
        if any(key not in known for key in strong_keys(entry)):
            found |= {key for key in keys(entry) if key.kind in "nl" or (key.kind == "t" and telling(entry))}
    return found


def misplaced(entries: Sequence[Entry], known: Mapping[Key, int]) -> frozenset[Key]:
    """Guids on another entry than that which their article is by its link: “its position in the document”."""
    places: dict[int, set[Key]] = {}
    for entry in entries:
        link = link_key(entry)
        if link and known.get(link, SPOILT) != SPOILT:
            places.setdefault(known[link], set()).add(link)
    found = set()
    for entry in entries:
        link = link_key(entry)
        for key in strong_keys(entry):
            at = places.get(known.get(key, SPOILT), set())
            if link and key.kind in "gn" and at and link not in at:
                found.add(key)
    return frozenset(found)


def _sight(entry: Entry, spoilt: Collection[Key], past: Past, *, vague: bool) -> Sighted:
    def counts(key: Key) -> bool:
        return key not in spoilt and past.known.get(key) != SPOILT

    strong = tuple(key for key in strong_keys(entry) if counts(key))
    weak = weak_key(entry)
    names = (*strong, weak) if weak and counts(weak) else strong
    vouching = strong if strong and (vague or not telling(entry)) else names
    return Sighted(entry, names, *_known_as(entry, vouching, past))


def _known_as(entry: Entry, names: Sequence[Key], past: Past) -> tuple[int | None, str]:
    """The article this entry is, and the kind of key that says so: here first, then in the newsroom's other feeds."""
    older = None
    for key in names:
        number = past.known.get(key, SPOILT)
        if number != SPOILT and _handed_on(entry, key, past):
            older = number
            break
        if number != SPOILT:
            return number, key.kind
    for key in names:
        there = past.elsewhere.get(key, older)
        if there not in (None, older) and (key.kind in "nl" or _moved(entry, past.articles.get(there))):
            return there, ""
    return None, ""


def _moved(entry: Entry, before: Entry | None) -> bool:
    """Whether an article of another feed with this headline and minute is this one, under another section's address.

    “test_an_article_that_moves_to_another_section_and_so_to_another_feed_is_one”.
    """
    end = last_part(normalise(entry.link))
    numbered = _NUMBERED.search(end) is not None
    return before is not None and numbered and end == last_part(normalise(before.link))


def _handed_on(entry: Entry, key: Key, past: Past) -> bool:
    """Whether the publisher gave this name of an article to another one: all the rest is new, and much younger.

    “16 the guid is a slot that newer articles take over”, “an address used again after months”.
    """
    before, date = past.articles.get(past.known[key]), dated(entry)
    others = [each for each in strong_keys(entry) if (each.kind == "l") != (key.kind == "l")]
    if key.kind == "t" or before is None or before.published is None or date is None:
        return False
    if not others or any(each in past.known for each in others) or words(entry.title) == words(before.title):
        return False
    return date - before.published > (LINK_REUSED_AFTER if key.kind == "l" else GUID_REUSED_AFTER)
