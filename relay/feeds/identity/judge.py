# SPDX-License-Identifier: AGPL-3.0-or-later
"""One document judged against what is known of its feed: what is new, what is silent, what waits for a person. Pure.

Read it with ``keys`` (what names an entry has), ``recognise`` (which article it is) and ``silence`` (what is no news).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from relay.feeds.identity.canonical import normalise
from relay.feeds.identity.keys import SPOILT, Key, all_keys, dated, keys, merged, spoilt_keys
from relay.feeds.identity.recognise import Sighted, doubtful, misplaced, recognise
from relay.feeds.identity.silence import silences
from relay.feeds.identity.verdicts import Hold, Judgement, Past, Silence, Verdict
from relay.terms import Entry

__all__ = ["SPOILT", "Judgement", "Key", "Verdict", "all_keys", "doubtful", "judge", "keys", "normalise"]

MASS = 5  # entries: fewer are never a mass re-identification


def judge(
    entries: Sequence[Entry],
    known: Mapping[Key, int],
    baseline: datetime | None,
    now: datetime,
    threshold: int = 10,
    articles: Mapping[int, Entry] | None = None,
    elsewhere: Mapping[Key, int] | None = None,
    crowded: Collection[tuple[int, str]] = (),
) -> Judgement:
    """Judge a document; the parameters are those of ``Past``, and ``threshold`` the most new articles of one look."""
    past = Past(known, baseline, articles or {}, elsewhere or {}, crowded)
    single = merged(entries)
    spoilt = spoilt_keys(single) | misplaced(single, known)
    seen = recognise(single, spoilt, past)
    verdicts: list[Verdict] = []
    claimed: dict[Key, int] = {}
    renamed = 0
    for each, silent in _oldest_first(list(zip(seen, silences(seen, baseline, now), strict=True))):
        verdict = _verdict(each, silent, past, now)
        renamed += each.by == "t" and any(key.kind != "t" for key in verdict.keys)
        _add(verdicts, claimed, verdict)
    fresh = frozenset(key for key in spoilt if known.get(key) != SPOILT)
    return Judgement(tuple(verdicts), fresh, _hold(verdicts, renamed, threshold))


def _oldest_first(seen: Sequence[tuple[Sighted, Silence]]) -> list[tuple[Sighted, Silence]]:
    """By date, or in reverse order of the document where a date is missing."""
    backwards = list(reversed(seen))
    dates = [(date, at) for at, (each, _) in enumerate(backwards) if (date := dated(each.entry))]
    return backwards if len(dates) < len(backwards) else [backwards[at] for _, at in sorted(dates)]


def _verdict(seen: Sighted, silent: Silence, past: Past, now: datetime) -> Verdict:
    date = dated(seen.entry)
    shown = replace(seen.entry, published=min(date, now) if date else None)
    if seen.article is None:
        return Verdict(shown, seen.names, silent=silent)
    more = [key for key in seen.names if key not in past.known and (seen.article, key.kind) not in past.crowded]
    return Verdict(shown, tuple(more), seen.article)


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


def _hold(verdicts: Sequence[Verdict], renamed: int, threshold: int) -> Hold:
    new = sum(each.new for each in verdicts)
    if new > threshold:
        return "flood"
    changed = new + renamed
    return "reidentified" if changed >= MASS and changed * 2 > len(verdicts) else ""
