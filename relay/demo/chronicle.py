# SPDX-License-Identifier: AGPL-3.0-or-later
"""The story in sentences: what happened on the square since the last look, each thing told once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from relay.demo.tally import account_of, answered
from relay.demo.town import Town
from relay.i18n import Message, say
from relay.square.day import CLOSES, Scene
from relay.square.press import Piece
from relay.square.seen import PublicPost

NETWORKS: Mapping[str, str] = MappingProxyType({"mastodon": "Mastodon", "bluesky": "Bluesky"})

CHANGED: Mapping[str, Message] = MappingProxyType(
    {
        "edit": say("A headline is edited: no second notice."),
        "redate": say("An article is given a new date: no second notice."),
        "relist": say("An article is listed again under another address: no second notice."),
        "withdraw": say("An article leaves the feed."),
        "restore": say("The article is back: no second notice."),
        "reorder": say("The feed is turned upside down: no second notice."),
    }
)


@dataclass(frozen=True)
class Line:
    """One sentence of the story. ``mark``: ``edge`` for what concerns the window, ``sent``, ``change`` or ``quiet``."""

    at: datetime
    text: Message
    mark: str


@dataclass
class Chronicle:
    """Watches a town; ``lines`` holds the story so far."""

    town: Town
    lines: list[Line] = field(default_factory=list)
    _told: set[str] = field(default_factory=set)
    _scenes: int = 0

    def look(self) -> list[Line]:
        """What is new since the last look, in the order of the square's clock."""
        posts = self.town.posts()
        fresh = sorted([*self._edges(), *self._notices(posts), *self._scene_lines()], key=lambda line: line.at)
        self.lines += fresh
        return fresh

    def _edges(self) -> Iterator[Line]:
        window, now = self.town.window, self.town.clock.now()
        if now >= window.opens and self._once("opens"):
            yield Line(window.opens, say("The window opens: on strike until {end}.", end=CLOSES), "edge")
        if now >= window.closes and self._once("closes"):
            yield Line(window.closes, say("The window closes: the relay stops by itself."), "edge")

    def _notices(self, posts: Sequence[PublicPost]) -> Iterator[Line]:
        answers: dict[int, list[PublicPost]] = {}
        for post in posts:
            piece = answered(post, self.town.press.pieces)
            if piece is None:
                yield from self._edge_notice(post)
            else:
                answers.setdefault(piece.number, []).append(post)
        for number, found in answers.items():
            if {account_of(post) for post in found} == set(self.town.accounts) and self._once(f"answered {number}"):
                yield self._answered(self.town.press.pieces[number - 1], found)

    def _edge_notice(self, post: PublicPost) -> Iterator[Line]:
        at, network = self.town.clock.at(post.arrived), NETWORKS[post.network]
        if self._once(f"said {post.id}"):
            first = self._once(f"start {account_of(post)}")
            said = say("The start notice is on {network}.") if first else say("The end notice is on {network}.")
            yield Line(at, Message(said.msgid, {"network": network}), "edge")
        if post.pinned and self._once(f"pinned {post.id}"):
            yield Line(self.town.clock.now(), say("It is pinned on {network}.", network=network), "edge")
        elif not post.pinned and f"pinned {post.id}" in self._told and self._once(f"unpinned {post.id}"):
            text = say("The start notice is unpinned on {network}.", network=network)
            yield Line(self.town.clock.now(), text, "edge")

    def _answered(self, piece: Piece, posts: Sequence[PublicPost]) -> Line:
        arrived = {post.network: post.arrived - piece.appeared for post in posts}
        delays = " · ".join(f"{title} {arrived[name]:.2f} s" for name, title in NETWORKS.items())
        last = max(post.arrived for post in posts)
        return Line(self.town.clock.at(last), say("{delays}  “{title}”", delays=delays, title=piece.title), "sent")

    def _scene_lines(self) -> Iterator[Line]:
        scenes, self._scenes = self.town.day.played[self._scenes :], len(self.town.day.played)
        for at, scene in scenes:
            if line := self._scene(at, scene):
                yield line

    def _scene(self, at: datetime, scene: Scene) -> Line | None:
        window = self.town.window
        if scene.change is not None:
            return Line(at, CHANGED[scene.change], "change")
        if at >= window.closes:
            return Line(at, say("After the end, so no notice: “{title}”", title=scene.title), "quiet")
        if window.opens > at >= self.town.daybreak:
            return Line(at, say("Before the strike, so no notice: “{title}”", title=scene.title), "quiet")
        return None

    def _once(self, what: str) -> bool:
        if what in self._told:
            return False
        self._told.add(what)
        return True
