# SPDX-License-Identifier: AGPL-3.0-or-later
"""The seam of a network: a card of plain data, two verbs, and small protocols only where the card declares them.

An adapter raises one of the NetworkFaults of ``relay.faults`` or returns its value. It never sleeps, retries,
truncates or returns a bool: those are decisions, and decisions are taken in ``deliveries``.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from relay.i18n import Message
from relay.outside.guard import Guard


@dataclass(frozen=True)
class Limits:
    """What one post may hold. ``link_cost`` None: a link costs its own length; ``byte_limit`` 0: none."""

    text: int
    unit: Literal["grapheme", "codepoint"] = "grapheme"
    link_cost: int | None = None
    byte_limit: int = 0
    mention_domains_free: bool = False  # "@user@domain" counts as "@user" (Mastodon)
    warning_counts: bool = False
    alt_text: int = 1500
    image_bytes: int = 0
    languages: int = 1


@dataclass(frozen=True)
class Pace:
    """At most ``most`` requests of an account in any ``seconds``."""

    most: int
    seconds: float


@dataclass(frozen=True)
class Capabilities:
    """What a network can do. Forms, the composer and the preview read this and nothing else."""

    limits: Limits
    images: int = 0
    link_cards: bool = False  # we send the preview card ourselves
    rich_text: bool = False  # links and hashtags are marked by spans, not found by the server
    content_warning: bool = False
    visibilities: tuple[str, ...] = ("public",)
    edits: bool = False
    deletes: bool = False
    reads_back: bool = False
    pins: bool = False
    converses: bool = False
    boosts: bool = False
    revokes: bool = False  # the access we were given can be given back
    repeats_safely: bool = False  # the same key or record twice is one post, for ever
    withdrawals: Pace | None = None  # how fast posts may be deleted


Meant = Callable[[str, Guard], str]
"""What a person means by what they typed. Raises Invalid."""


@dataclass(frozen=True)
class CredentialField:
    """One thing a person gives to connect an account; ``kept``: filled in by us; ``optional``: may stay empty."""

    name: str
    title: Message
    help: Message
    secret: bool = False
    example: str = ""
    kept: bool = False
    optional: bool = False
    meant: Meant = lambda typed, _: typed


@dataclass(frozen=True)
class Card:
    """A network as data. ``farewell``: what a person does there to end an access that we cannot give back."""

    name: str
    title: str
    docs: str
    capabilities: Capabilities
    credentials: tuple[CredentialField, ...]
    farewell: Message | None = None


@dataclass(frozen=True)
class Span:
    """A stretch of ``Post.text`` in code points, [start, end); target: the whole address, or the hashtag's name."""

    start: int
    end: int
    kind: Literal["link", "hashtag"]
    target: str


@dataclass(frozen=True)
class Picture:
    """An image with its description; ``data`` is the encoded file."""

    data: bytes = field(repr=False)
    mime: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class LinkCard:
    """The preview we draw ourselves where a network expects it from the client."""

    url: str
    title: str
    description: str
    thumbnail: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Post:
    """A notice fitted to one network, frozen before the first byte leaves: all a retry needs to be the same post."""

    text: str
    created_at: datetime
    spans: tuple[Span, ...] = ()
    languages: tuple[str, ...] = ()
    visibility: str = "public"
    warning: str = ""
    pictures: tuple[Picture, ...] = ()
    card: LinkCard | None = None


@dataclass(frozen=True)
class Receipt:
    """Proof of a post: the network's own id, its public address, and its revision where there is one (a cid)."""

    id: str
    url: str
    revision: str = ""


@dataclass(frozen=True)
class Found:
    """One of our own posts as the network shows it. ``text`` is plain; ``links`` are whole addresses, those of a
    preview card included.
    """

    receipt: Receipt
    created_at: datetime
    text: str
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identity:
    """Whom the credentials belong to, and what this account's server really allows.

    ``id`` names the account on the whole network, for ever: a did, an actor's address; never a number of one server.
    """

    id: str
    handle: str
    url: str
    name: str = ""
    bot: bool | None = None
    limits: Limits | None = None
    rules: tuple[str, ...] = ()


Keep = Callable[[Mapping[str, str]], Awaitable[None]]
"""Called with the whole of the credentials whenever the network renewed them; returns once they are safe."""


Still = Callable[[], Awaitable[None]]
"""The last word before speaking: returns if the notice is still to be said, raises Unwanted if not."""


class Unwanted(Exception):
    """The notice must not be said any more. Raised by ``Still``; an adapter lets it pass."""


class Network(Protocol):
    """What every network does. Constructed as ``Class(given, outside, keep)``, without I/O."""

    card: Card

    async def verify(self) -> Identity:
        """Who we are there; costs one or two reads and changes nothing."""
        ...

    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        """Say it once. ``key`` is the same for every attempt at the same delivery.

        ``still`` is awaited right before the request that makes the post public, after all that prepares it (signing
        in, uploading pictures): what takes long must not be said after the end of a window or after a stop.
        """
        ...

    async def aclose(self) -> None:
        """Give back connections; safe to call twice."""
        ...


@runtime_checkable
class Finds(Protocol):
    """Declared by ``capabilities.reads_back``."""

    async def find(self, post: Post, key: str) -> Sequence[Receipt]:
        """Read our own posts back and return those that this delivery made, oldest first; more than one are twins."""
        ...

    async def recent(self, since: datetime) -> Sequence[Found]:
        """All posts of the account made since that moment (aware UTC), oldest first, boosts and deleted ones not."""
        ...


@runtime_checkable
class Withdraws(Protocol):
    """Declared by ``capabilities.deletes``."""

    async def withdraw(self, receipt: Receipt) -> None:
        """Delete the post; one that is already gone is a success."""
        ...


@runtime_checkable
class Pins(Protocol):
    """Declared by ``capabilities.pins``."""

    async def pin(self, receipt: Receipt) -> str:
        """Pin the post to the profile; returns what must be remembered to restore what was there ("" if nothing)."""
        ...

    async def unpin(self, receipt: Receipt, before: str) -> None:
        """Take the pin off again and restore ``before``; a pin that is already gone is a success."""
        ...


@runtime_checkable
class Revokes(Protocol):
    """Declared by ``capabilities.revokes``."""

    async def revoke(self) -> None:
        """Give the access back for good; one that is already gone is a success."""
        ...
