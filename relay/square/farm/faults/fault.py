# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a fault is, and what it has to play with."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from relay.square.farm.answer import Answer, Asked
from relay.square.farm.documents import Channel, Form, Item


class Line(Protocol):
    """The connection that a request came by."""

    @property
    def open(self) -> bool:
        """Whether the reader is still there."""
        ...

    async def write(self, data: bytes) -> None:
        """Send bytes, and wait until the reader takes them."""
        ...

    async def pause(self, seconds: float) -> None:
        """Wait, but no longer than the reader does."""
        ...

    def finish(self) -> None:
        """Close properly, as if all had been said."""
        ...

    def reset(self) -> None:
        """Tear the connection down."""
        ...


@dataclass(frozen=True)
class Scene:
    """One request that meets a fault, and the farm around it.

    ``times``: how often this fault has been met on this feed, this time included. ``channel``, ``items``, ``form`` and
    ``whole``: what would be answered without it. ``elsewhere``: places of the farm by name, for redirects: ``plain``
    (this feed over http), ``temporary``, ``other`` (another feed), ``closed`` (nobody listens), ``untrusted`` (behind a
    certificate nobody should trust; "" if the farm has none). ``pace``: seconds between the drops of a drip.
    """

    asked: Asked
    feed: int
    times: int
    now: datetime
    rng: random.Random
    pace: float
    form: Form
    channel: Channel
    items: Sequence[Item]
    whole: Answer
    date: str
    elsewhere: dict[str, str]


@dataclass(frozen=True)
class Fault:
    """``does`` and ``reader``: what it does, and what a good reader makes of it, a sentence each.

    It gives either an ``answer`` or a ``play`` on the line. ``spoilt``: no reader should keep the validators that came
    with it, or believe that it has seen the document; ``lies``: the document is true, its validators are not.
    ``honest``: who already has the present document, true validators in hand, is still answered 304. ``brittle``: what
    a reader can still make sense of in XML spoils a JSON Feed, which is UTF-8 and all or nothing (RFC 8259).
    """

    name: str
    does: str
    reader: str
    answer: Callable[[Scene], Answer] | None = None
    play: Callable[[Line, Scene], Awaitable[None]] | None = None
    spoilt: bool = True
    lies: bool = False
    honest: bool = False
    brittle: bool = False

    def spoils(self, form: Form) -> bool:
        """Whether a document of this form is of no use to any reader."""
        return self.spoilt or (self.brittle and form == "json")
