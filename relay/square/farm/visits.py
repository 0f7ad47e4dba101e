# SPDX-License-Identifier: AGPL-3.0-or-later
"""What one reader has asked of the farm so far: a few numbers a feed, enough to judge its next request by."""

from array import array
from collections import deque

from relay.square.farm.answer import Asked
from relay.square.farm.manners import Manners
from relay.square.farm.score import Record
from relay.square.farm.validators import Edition, edition, http_date, posix

UNCONDITIONAL = 23 * 3600.0  # s between two requests without validators: a day, and an hour's grace
ADDED = 5.0  # s after a first request within which a second belongs to the same adding
RESTARTED = 3600.0  # s after a restart in which a request that comes too early is blamed on it
LONGEST_FRESH = 300.0  # s of max-age that bind a reader during a strike
BELIEVED, BELIEVED_FOR = 3, 24 * 3600.0  # times, and s since the first, after which a 410 is true
_REMEMBERED = 8  # odd pairs of validators a feed


class Visits:
    """Judges each request to a feed; times are POSIX seconds of the farm's clock."""

    def __init__(self, feeds: int, record: Record, manners: Manners) -> None:
        self._record, self._manners = record, manners
        self._last, self._whole = array("d", bytes(8 * feeds)), array("d", bytes(8 * feeds))
        self._gap = array("f", bytes(4 * feeds))
        self._trusting, self._asked = bytearray(feeds), bytearray(feeds)  # holds validators; asked 0, 1, more times
        self._odd: dict[int, deque[tuple[str, str]]] = {}
        self._damaged: dict[int, str] = {}  # tags that came with a damaged document only
        self._away: dict[int | str, float] = {}  # feed or host → until when
        self._fresh: dict[int, float] = {}
        self._gone: dict[int, tuple[int, float]] = {}  # times, since when
        self._believed: set[int] = set()
        self._restarted = 0.0

    def judge(self, asked: Asked, present: Edition, etag: str, now: float) -> None:
        """A request for the feed whose document now is ``present``, with the validator ``etag``."""
        feed, headers = present.feed, asked.headers
        self._manners.judge(asked, now)
        since_last = now - self._last[feed]
        tagged, dated = headers.get("if-none-match"), headers.get("if-modified-since")
        if tagged is None and dated is None:
            self._unconditional(feed, asked, now)
        elif tagged != etag or (dated is not None and dated != http_date(present.modified)):
            self._validators(asked, present, tagged, dated)
        if tagged and tagged == self._damaged.get(feed):
            self._record.add("gullible", address=asked.base + asked.path)
        if self._away:
            self._patience(feed, asked, now)
        if self._fresh and (early := self._fresh.get(feed, 0.0) - now) > 1:
            self._record.add("fresh", address=asked.base + asked.path, n=round(early))
        self._timing(feed, asked, now, since_last)
        self._gap[feed] = since_last if self._asked[feed] else 0.0
        self._last[feed] = now
        self._asked[feed] = min(self._asked[feed] + 1, 2)

    def restarted(self, now: float) -> None:
        """Whoever runs the reader says that it was restarted just now."""
        self._restarted = now

    def gave(self, feed: int, etag: str, date: str) -> None:
        """A reader was given a pair of validators that cannot be told from the feed's number and version."""
        self._odd.setdefault(feed, deque(maxlen=_REMEMBERED)).append((etag, date))

    def damaged(self, feed: int, etag: str) -> None:
        """A reader was given a validator that it had not, with a document it cannot have read; "" for a good one."""
        self._damaged[feed] = etag

    def trusts(self, feed: int, trusting: bool) -> None:
        """Whether the last document gave a good reader validators, and no reason to mistrust them."""
        self._trusting[feed] = trusting

    def fresh(self, feed: int, until: float) -> None:
        """A reader was told that its copy is fresh until then."""
        self._fresh[feed] = until

    def changed(self, feed: int) -> None:
        """A reader was told that its copy is no longer fresh, by a push."""
        self._fresh.pop(feed, None)

    def sent_away(self, whom: int | str, until: float) -> None:
        """A reader was asked to wait before it asks again for a feed, or at all on a host."""
        self._away[whom] = max(until, self._away.get(whom, 0.0))

    def gone(self, feed: int, now: float) -> None:
        """A reader was told that the feed is gone."""
        times, since = self._gone.get(feed, (0, now))
        self._gone[feed] = times + 1, since
        if times + 1 >= BELIEVED and now - since >= BELIEVED_FOR:
            self._believed.add(feed)

    def good(self, feed: int) -> None:
        """A reader was given the document as it should be, with true validators."""
        self.trusts(feed, True)
        self._damaged.pop(feed, None)
        self._gone.pop(feed, None)
        self._believed.discard(feed)

    def _unconditional(self, feed: int, asked: Asked, now: float) -> None:
        since = now - self._whole[feed]
        if self._trusting[feed] and since < UNCONDITIONAL:
            self._record.add("unconditional", address=asked.base + asked.path, n=round(since))
        self._whole[feed] = now

    def _validators(self, asked: Asked, present: Edition, tagged: str | None, dated: str | None) -> None:
        pairs = self._odd.get(present.feed, ())
        if any(tagged in (None, etag) and dated in (None, date) for etag, date in pairs):
            return
        address = asked.base + asked.path
        named = present if tagged is None else edition(tagged)
        if named is None or named.feed != present.feed or named.version > present.version:
            self._record.add("forged", address=address, told=tagged)
        elif tagged is None and not _was_modified(str(dated), present):
            self._record.add("forged", address=address, told=dated)
        elif tagged is not None and dated is not None and dated != http_date(named.modified):
            self._record.add("mixed", address=address)

    def _patience(self, feed: int, asked: Asked, now: float) -> None:
        early = max(self._away.get(feed, 0.0), self._away.get(asked.host, 0.0)) - now
        if early > 1:
            self._record.add("impatient", address=asked.base + asked.path, n=round(early))

    def _timing(self, feed: int, asked: Asked, now: float, since_last: float) -> None:
        address = asked.base + asked.path
        if self._asked[feed] == 1 and self._trusting[feed] and since_last < ADDED:
            self._record.add("adding", address=address, n=round(since_last))
        first_again = self._last[feed] <= self._restarted <= now < self._restarted + RESTARTED
        if first_again and since_last < self._gap[feed] / 2:
            self._record.add("burst", address=address, n=round(since_last))
        if feed in self._believed:
            self._record.add("gone", address=address)


def _was_modified(dated: str, present: Edition) -> bool:
    """Whether a date may have been that of this feed's document at some time, written as we wrote it."""
    moment = posix(dated)
    return 0 < moment <= present.modified and http_date(int(moment)) == dated
