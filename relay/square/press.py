# SPDX-License-Identifier: AGPL-3.0-or-later
"""A newsroom's web site on loopback: a front page and an RSS feed with validators, as a real one serves them.

piece = press.publish("Titre", "Chapeau")
press.edit(piece, title="Autre titre")  # and redate, relist, withdraw, restore, reorder: what newsrooms do all day
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from html import escape

from aiohttp import web

from relay.clock import Clock, stopwatch
from relay.square.faults import FaultPlan
from relay.square.stall import Stall

SHOWN = 30  # articles a feed holds, newest first
UTM = "?utm_source=rss&utm_medium=feed&utm_campaign=une"


@dataclass(frozen=True)
class Piece:
    """One published article. ``appeared``: our stopwatch (s) when it first entered the feed, whatever became of it."""

    number: int
    title: str
    summary: str
    link: str
    published: datetime
    appeared: float
    section: str = ""


class Press(Stall):
    """Publishes when told to; ``asked`` counts looks at the feed, ``unchanged`` those answered 304.

    ``pieces``: every article as it stands now, in the order they came; ``served``: when a reader of the feed was first
    given each of them, number → our stopwatch, s.
    """

    def __init__(self, clock: Clock, name: str = "Le Quotidien", port: int = 0) -> None:
        self.name, self.plan = name, FaultPlan(clock)
        self.pieces: list[Piece] = []
        self.served: dict[int, float] = {}
        self.asked = self.unchanged = 0
        self._clock = clock
        self._listed: list[tuple[int, str]] = []  # (piece, address), newest first
        app = web.Application(middlewares=[self.plan.middleware])
        app.router.add_get("/", self._front)
        app.router.add_get("/feed.xml", self._feed)
        app.router.add_get("/articles/{number}", self._article)
        super().__init__(app, port)

    @property
    def feed(self) -> str:
        """The feed's address."""
        return f"{self.address}/feed.xml"

    def publish(self, title: str, summary: str = "", published: datetime | None = None, section: str = "") -> Piece:
        """Put an article on the site and into the feed, now."""
        number = len(self.pieces) + 1
        link = f"{self.address}/articles/{number}"
        piece = Piece(number, title, summary, link, published or self._clock.now(), stopwatch(), section)
        self.pieces.append(piece)
        self._listed.insert(0, (number, link))
        return piece

    def edit(self, piece: Piece, title: str) -> None:
        """Give an article another headline."""
        self._change(replace(self.pieces[piece.number - 1], title=title))

    def redate(self, piece: Piece, published: datetime | None = None) -> None:
        """Give an article another date, the present one unless told."""
        self._change(replace(self.pieces[piece.number - 1], published=published or self._clock.now()))

    def relist(self, piece: Piece) -> None:
        """List an article a second time, under its address with tracking parameters and another guid."""
        self._listed.insert(0, (piece.number, piece.link + UTM))

    def withdraw(self, piece: Piece) -> None:
        """Take an article out of the feed."""
        self._listed = [each for each in self._listed if each[0] != piece.number]

    def restore(self, piece: Piece) -> None:
        """Put an article back on top of the feed."""
        self._listed.insert(0, (piece.number, piece.link))

    def reorder(self) -> None:
        """Turn the feed upside down; what comes later is on top again."""
        self._listed[:SHOWN] = self._listed[:SHOWN][::-1]

    def _change(self, piece: Piece) -> None:
        self.pieces[piece.number - 1] = piece

    async def _feed(self, request: web.Request) -> web.Response:
        self.asked += 1
        listed = [replace(self.pieces[number - 1], link=link) for number, link in self._listed[:SHOWN]]
        body = rss(self.name, self.address, listed).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == tag:
            self.unchanged += 1
            return web.Response(status=304, headers={"ETag": tag})
        self.served = {piece.number: stopwatch() for piece in listed} | self.served
        return web.Response(body=body, headers={"ETag": tag}, content_type="application/rss+xml", charset="utf-8")

    async def _front(self, request: web.Request) -> web.Response:
        rows = "".join(f'<li><a href="{p.link}">{escape(p.title)}</a></li>' for p in reversed(self.pieces))
        return _page(
            self.name, f'<link rel="alternate" type="application/rss+xml" href="{self.feed}">', f"<ul>{rows}</ul>"
        )

    async def _article(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        if not number.isdecimal() or not 1 <= int(number) <= len(self.pieces):
            raise web.HTTPNotFound
        piece = self.pieces[int(number) - 1]
        return _page(piece.title, "", f"<p>{escape(piece.summary)}</p>")


def rss(name: str, address: str, pieces: Sequence[Piece], item: Callable[[Piece], str] | None = None) -> str:
    """An RSS 2.0 document (https://www.rssboard.org/rss-specification)."""
    items = "".join((item or _item)(piece) for piece in pieces)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>{escape(name)}</title><link>{escape(address)}</link><description>{escape(name)}</description>"
        f"<language>fr</language>{items}</channel></rss>"
    )


def _item(piece: Piece) -> str:
    section = f"<category>{escape(piece.section)}</category>" if piece.section else ""
    return (
        f"<item><title>{escape(piece.title)}</title><link>{escape(piece.link)}</link>"
        f"<guid>{escape(piece.link)}</guid><description>{escape(piece.summary)}</description>{section}"
        f"<pubDate>{format_datetime(piece.published)}</pubDate></item>"
    )


def _page(title: str, head: str, body: str) -> web.Response:
    text = f'<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>{escape(title)}</title>{head}</head>'
    return web.Response(text=f"{text}<body><h1>{escape(title)}</h1>{body}</body></html>", content_type="text/html")
