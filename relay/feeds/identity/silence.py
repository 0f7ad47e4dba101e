# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is not known and yet no news: the first document, archives, what slides in from behind. Pure.

There is no date watermark: a date alone never silences what is younger than three days or than the first look.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from relay.feeds.identity.keys import dated
from relay.feeds.identity.recognise import Sighted
from relay.feeds.identity.verdicts import Silence

ARCHIVE_AGE = timedelta(hours=72)


def silences(seen: Sequence[Sighted], baseline: datetime | None, now: datetime) -> list[Silence]:
    """Why each entry of a document (in its order) is not to be announced although it is new; "" if it is, or known."""
    if baseline is None:
        return ["" if each.article else "baseline" for each in seen]
    horizon = min(baseline, now - ARCHIVE_AGE)
    behind = _behind(seen, baseline)
    old = [at in behind or ((date := dated(each.entry)) is not None and date < horizon) for at, each in enumerate(seen)]
    return ["archive" if gone and each.article is None else "" for gone, each in zip(old, seen, strict=True)]


def _behind(seen: Sequence[Sighted], baseline: datetime) -> set[int]:
    """What is older than all that is known and stands next to the oldest of it: it slid in when another was taken out.

    Only if the oldest was published before the first look. “older articles slide in behind deleted ones”, but not “two
    new ones are of the day before”: they stand in front. A document in no order has no front: “shuffled, and older
    articles slide in”.
    """
    dates = [dated(each.entry) for each in seen]
    known = [(date, at) for at, date in enumerate(dates) if date and seen[at].article is not None]
    oldest, place = min(known, default=(baseline, 0))
    if oldest >= baseline:
        return set()

    def reaches(at: int) -> bool:
        date = dates[at]
        return date is not None and date <= oldest

    order = [date for date, _ in known]
    if order in (sorted(order), sorted(order, reverse=True)):
        beside = [*takewhile(reaches, range(place + 1, len(seen))), *takewhile(reaches, range(place - 1, -1, -1))]
    else:
        beside = [at for at in range(len(seen)) if reaches(at)]
    return {at for at in beside if dates[at] != oldest}
