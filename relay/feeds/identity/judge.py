# SPDX-License-Identifier: AGPL-3.0-or-later
"""One document judged against what is known of its feed: what is new, what is silent, what waits for a person. Pure.

Known by any strong alias, or by headline and minute; there is no date watermark anywhere. Across the feeds of one
newsroom the normalised link alone (kind ``l``, parameter ``elsewhere``) makes two entries one article.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from relay.feeds.identity.canonical import normalise
from relay.feeds.identity.keys import (
    SPOILT,
    Key,
    all_keys,
    keys,
    merged,
    spoilt_keys,
    strong_keys,
    telling,
    weak_key,
    words,
)
from relay.feeds.identity.verdicts import Hold, Judgement, Past, Verdict
from relay.terms import Entry

__all__ = ["SPOILT", "Judgement", "Key", "Verdict", "all_keys", "doubtful", "judge", "keys", "normalise"]

REUSED_AFTER = timedelta(hours=6)
ARCHIVE_AGE = timedelta(hours=72)
MASS = 5  # entries: fewer are never a mass re-identification


def doubtful(entries: Sequence[Entry], known: Mapping[Key, int]) -> set[int]:
    """The articles whose title and date ``judge`` needs: the guid is known, the link is not."""
    return {
        known[key]
        for entry in entries
        if _link_is_new(entry, known)
        for key in strong_keys(entry)
        if key.kind in "gn" and known.get(key, SPOILT) != SPOILT
    }


def judge(
    entries: Sequence[Entry],
    known: Mapping[Key, int],
    baseline: datetime | None,
    now: datetime,
    threshold: int = 10,
    articles: Mapping[int, Entry] | None = None,
    elsewhere: Mapping[Key, int] | None = None,
) -> Judgement:
    """Judge a document; the parameters are those of ``Past``, and ``threshold`` the most new articles of one look."""
    past = Past(known, baseline, articles or {}, elsewhere or {})
    single = merged(entries)
    spoilt = spoilt_keys(single)
    sighted = [_sight(entry, spoilt, past) for entry in _oldest_first(single)]
    horizon = _horizon([each for each in sighted if each.by], baseline, now)
    verdicts: list[Verdict] = []
    claimed: dict[Key, int] = {}
    for each in sighted:
        if each.usable:
            _add(verdicts, claimed, _verdict(each, past, horizon, now))
    reidentified = sum(each.by == "t" and each.usable[0].kind != "t" for each in sighted)
    fresh = frozenset(key for key in spoilt if known.get(key) != SPOILT)
    return Judgement(tuple(verdicts), fresh, _hold(verdicts, reidentified, threshold))


@dataclass(frozen=True)
class _Sighted:
    """An entry with the keys that count for it, the article it is, and the kind of key ``by`` which it is that."""

    entry: Entry
    usable: tuple[Key, ...]
    article: int | None
    by: str


def _sight(entry: Entry, spoilt: frozenset[Key], past: Past) -> _Sighted:
    usable = _usable(entry, spoilt, past.known)
    return _Sighted(entry, usable, *_known_as(entry, usable, past))


def _horizon(seen: Sequence[_Sighted], baseline: datetime | None, now: datetime) -> datetime | None:
    """What is dated before this is archive: three days ago, or older than all that is known in this document.

    The latter is an article that slid in from behind when another was taken out; only dates before the first look
    count for it, so that no article is ever lost to a date. None while there is no baseline.
    """
    if baseline is None:
        return None
    dates = [each.entry.published for each in seen if each.entry.published and each.entry.published < baseline]
    return min(baseline, max([now - ARCHIVE_AGE, *sorted(dates)[:1]]))


def _oldest_first(entries: Sequence[Entry]) -> list[Entry]:
    backwards = list(reversed(entries))
    dated = [(entry.published, entry) for entry in backwards if entry.published]
    if len(dated) < len(backwards):
        return backwards
    return [entry for _, entry in sorted(dated, key=lambda pair: pair[0])]


def _usable(entry: Entry, spoilt: frozenset[Key], known: Mapping[Key, int]) -> tuple[Key, ...]:
    def counts(key: Key) -> bool:
        return key not in spoilt and known.get(key) != SPOILT

    strong = tuple(key for key in strong_keys(entry) if counts(key))
    weak = weak_key(entry)
    if weak is None or not counts(weak) or (strong and not telling(entry)):
        return strong  # nothing at all if a spoilt headline was all there is: better unsaid than said at every look
    return (*strong, weak)


def _known_as(entry: Entry, usable: Sequence[Key], past: Past) -> tuple[int | None, str]:
    """The article this entry is, and the kind of key that says so."""
    for key in usable:
        number = past.known.get(key, SPOILT)
        if number != SPOILT and key.kind in "gn" and _reused(entry, number, past):
            return None, ""
        if number != SPOILT:
            return number, key.kind
    for key in usable:
        if key.kind == "l" and key in past.elsewhere:
            return past.elsewhere[key], "l"
    return None, ""


def _reused(entry: Entry, number: int, past: Past) -> bool:
    """Whether the publisher gave an old guid to another article: other link, other headline, and hours younger."""
    before = past.articles.get(number)
    if before is None or before.published is None or entry.published is None or not _link_is_new(entry, past.known):
        return False
    return words(entry.title) != words(before.title) and entry.published - before.published > REUSED_AFTER


def _link_is_new(entry: Entry, known: Mapping[Key, int]) -> bool:
    return any(key.kind == "l" and key not in known for key in strong_keys(entry))


def _verdict(seen: _Sighted, past: Past, horizon: datetime | None, now: datetime) -> Verdict:
    dated = seen.entry.published
    shown = replace(seen.entry, published=now) if dated and dated > now else seen.entry
    if seen.article is not None:
        return Verdict(shown, tuple(key for key in seen.usable if key not in past.known), seen.article)
    if horizon is None:
        return Verdict(shown, seen.usable, silent="baseline")
    return Verdict(shown, seen.usable, silent="archive" if dated and dated < horizon else "")


def _add(verdicts: list[Verdict], claimed: dict[Key, int], verdict: Verdict) -> None:
    """Append, unless an earlier entry of this document has one of its keys: then it is the same article again."""
    at = next((claimed[key] for key in verdict.keys if key in claimed), len(verdicts))
    if at == len(verdicts):
        verdicts.append(verdict)
    else:
        earlier = verdicts[at]
        more = tuple(key for key in verdict.keys if key not in earlier.keys)
        article = earlier.article if earlier.article is not None else verdict.article
        verdicts[at] = replace(earlier, keys=(*earlier.keys, *more), article=article)
    claimed.update((key, at) for key in verdict.keys)


def _hold(verdicts: Sequence[Verdict], reidentified: int, threshold: int) -> Hold:
    new = sum(each.new for each in verdicts)
    if new > threshold:
        return "flood"
    changed = new + reidentified
    return "reidentified" if changed >= MASS and changed * 2 > len(verdicts) else ""
