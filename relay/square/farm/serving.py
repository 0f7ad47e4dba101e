# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a request to an answer: what it is for, how it is judged, which fault it meets, 304 or the document."""

import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

from relay.clock import Clock, stopwatch
from relay.square.farm import pages
from relay.square.farm.answer import Answer, Asked
from relay.square.farm.faults.fault import Fault, Line, Scene
from relay.square.farm.land import Land, packed
from relay.square.farm.planting import Planted, Planting
from relay.square.farm.score import Record
from relay.square.farm.validators import Edition, http_date, tag, unchanged
from relay.square.farm.visits import LONGEST_FRESH, Visits

Play = Callable[[Line], Awaitable[None]]

HOP = 30.0  # s of our stopwatch within which a reader follows a redirect, or does not
AGAIN = 1.0  # s of it within which HTTP libraries repeat a request whose connection broke: RFC 9110, section 9.2.2
AT_ONCE = 30.0  # s of the farm's clock, which may run fast, or be moved by hand, within which that must be
_PLACE = re.compile(r"/([ft])/(\d{1,9})(?:\?hop=\d+)?")
_ARTICLE = re.compile(r"/f/(\d{1,9})/a/(\d{1,9})(?:[/?#].*)?")


@dataclass
class Told:
    """How many answers were given: of all kinds, 304, whole documents, and those that a fault spoke for."""

    answers: int = 0
    unchanged: int = 0
    whole: int = 0
    faulty: int = 0


@dataclass
class Serving:
    """Answers requests. ``elsewhere``: hosts for redirects, by the names that ``Scene`` gives them; ``gzip``: whether
    documents are packed for those who accept it.

    A feed is at /f/ and its number; at /t/ and its number it is free of faults, and a redirect alone leads there.
    """

    clock: Clock
    land: Land
    visits: Visits
    record: Record
    planting: Planting
    rng: Random
    catch_up: Callable[[float], None]
    gzip: bool = False
    pace: float = 1.0
    elsewhere: dict[str, str] = field(default_factory=dict)
    told: Told = field(default_factory=Told)
    _hops: dict[str, tuple[int, float, float]] = field(
        default_factory=dict
    )  # path → whence, no sin until (both clocks)

    def answer(self, asked: Asked) -> bytes | Play:
        """The bytes to send, or, for a fault of the line, what to play on it."""
        self.told.answers += 1
        now = self.clock.now().timestamp()
        self.catch_up(now)
        date = http_date(int(now))
        place = _PLACE.fullmatch(asked.path)
        feed = int(place[2]) if place else -1
        if place is None or feed >= self.land.books.feeds or asked.method != "GET":
            return _bytes(self._page(asked), date, asked)
        present = self.land.books.edition(feed)
        etag = tag(present)
        self._judge(asked, place[1] == "t", present, etag, now)
        planted = self.planting.of(feed, now) if place[1] == "f" else None
        if planted is not None:
            return self._trouble(asked, planted, present, etag, now)
        if unchanged(asked.headers, etag, present.modified):
            return self._unchanged(feed, present, etag, date, now)
        return self._whole(asked, feed, now, date)

    def _unchanged(self, feed: int, present: Edition, etag: str, date: str, now: float) -> bytes:
        self.told.unchanged += 1
        fresh = f"Cache-Control: max-age={self.land.max_age}\r\n" if self.land.max_age else ""
        if fresh:
            self._freshen(feed, now)
        modified = http_date(present.modified)
        told = f"HTTP/1.1 304 Not Modified\r\nDate: {date}\r\nETag: {etag}\r\nLast-Modified: {modified}\r\n{fresh}\r\n"
        return told.encode()

    def _whole(self, asked: Asked, feed: int, now: float, date: str) -> bytes:
        self.told.whole += 1
        whole = self.land.whole(feed)
        self._freshen(feed, now)
        self.visits.good(feed)
        self._served(feed)
        origin, *_ = self._hops.pop(asked.path, (feed, 0.0, 0.0))
        if origin != feed:
            self.visits.gave(origin, whole.headers["ETag"], whole.headers["Last-Modified"])
        if self.gzip and "gzip" in asked.headers.get("accept-encoding", ""):
            whole = packed(whole)
        return _bytes(whole, date, asked)

    def _trouble(self, asked: Asked, planted: Planted, present: Edition, etag: str, now: float) -> bytes | Play:
        fault, feed = planted.fault, present.feed
        date = http_date(int(now))
        if fault.honest and unchanged(asked.headers, etag, present.modified):
            return self._unchanged(feed, present, etag, date, now)
        planted.met += 1
        self.told.faulty += 1
        scene = self._scene(asked, feed, planted.met, date)
        if fault.answer is None:
            self._hops[asked.path] = feed, stopwatch() + AGAIN, now + AT_ONCE
            return _played(fault, scene)
        answer = fault.answer(scene)
        self._remember(asked, feed, fault, answer, now)
        return _bytes(answer, date, asked)

    def _remember(self, asked: Asked, feed: int, fault: Fault, answer: Answer, now: float) -> None:
        """What the reader has been told, so that it can be held to it."""
        etag, date = answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", "")
        spoilt = fault.spoils(self.land.form(feed))
        if answer.status == 200:
            self.visits.gave(feed, etag, date)
            self.visits.trusts(feed, bool(etag or date) and not (spoilt or fault.lies))
            new = etag != asked.headers.get("if-none-match")
            self.visits.damaged(feed, etag if spoilt and new else "")
        elif spoilt or fault.lies:
            self.visits.trusts(feed, False)
        if answer.status == 200 and not spoilt:
            self._served(feed)
        if answer.wait:
            self.visits.sent_away(asked.host if answer.status == 429 else feed, now + answer.wait)
        if answer.status == 410:
            self.visits.gone(feed, now)
        if "Location" in answer.headers:
            path = "/" + answer.headers["Location"].partition("://")[2].partition("/")[2]
            self._hops[path] = feed, stopwatch() + HOP, math.inf

    def _scene(self, asked: Asked, feed: int, times: int, date: str) -> Scene:
        other = (feed + 1) % self.land.books.feeds
        bases = self.elsewhere | {"temporary": self.land.base(feed)}
        elsewhere = {name: f"{base}/t/{feed}" for name, base in bases.items()} | {"other": self.land.address(other)}
        return Scene(
            asked=asked,
            feed=feed,
            times=times,
            now=self.clock.now(),
            rng=self.rng,
            pace=self.pace,
            form=self.land.form(feed),
            channel=self.land.channel(feed),
            items=tuple(self.land.items(feed)),
            whole=self.land.whole(feed),
            date=date,
            elsewhere=elsewhere,
        )

    def _judge(self, asked: Asked, temporary: bool, present: Edition, etag: str, now: float) -> None:
        _, until, soon = self._hops.get(asked.path, (0, 0.0, 0.0))
        if until > stopwatch() and soon > now:
            return
        if temporary:
            self.record.add("temporary", address=asked.base + asked.path)
        else:
            self.visits.judge(asked, present, etag, now)

    def _served(self, feed: int) -> None:
        self.land.books.serve(feed, stopwatch())

    def _freshen(self, feed: int, now: float) -> None:
        if self.land.max_age:
            self.visits.fresh(feed, now + min(self.land.max_age, LONGEST_FRESH))

    def _page(self, asked: Asked) -> Answer:
        if asked.method not in ("GET", "HEAD"):
            return Answer(405, {"Allow": "GET, HEAD"})
        if place := _PLACE.fullmatch(asked.path):
            return self.land.whole(int(place[2])) if int(place[2]) < self.land.books.feeds else pages.missing()
        if asked.path == "/":
            return pages.front(self._on(asked.host))
        if not (named := _ARTICLE.fullmatch(asked.path)):
            return pages.missing()
        feed, article = int(named[1]), int(named[2])
        if feed >= self.land.books.feeds or article >= self.land.books.articles(feed):
            return pages.missing()
        return pages.article(self.land.prose.headline(feed, article), self.land.prose.summary(feed, article))

    def _on(self, host: str) -> list[str]:
        hosts, feeds = self.land.hosts, self.land.books.feeds
        starts = (first for first in range(0, feeds, hosts.per_host) if hosts.name(first) == host)
        return [
            self.land.address(feed) for first in starts for feed in range(first, min(first + hosts.per_host, feeds))
        ]


def _bytes(answer: Answer, date: str, asked: Asked) -> bytes:
    head = answer.head(date)
    return head if asked.method == "HEAD" or answer.status == 304 else head + answer.body


def _played(fault: Fault, scene: Scene) -> Play:
    async def play(line: Line) -> None:
        assert fault.play is not None  # noqa: S101  # a fault gives an answer or a play
        await fault.play(line, scene)

    return play
