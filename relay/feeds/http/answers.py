# SPDX-License-Identifier: AGPL-3.0-or-later
"""The values of one look: what was remembered before it, what it brought, what it may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Memory:
    """What the last good answer left behind: validators exactly as sent, SHA-256 of the decoded body."""

    etag: str = ""
    last_modified: str = ""
    body_hash: bytes = b""

    def whole(self) -> "Memory":
        """The same for a look that sets no condition: only the body itself can say that nothing has changed."""
        return Memory(body_hash=self.body_hash)


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer. ``unchanged``: a 304, or the same bytes as remembered; ``body`` is empty after a 304.

    ``whole``: it was asked for without a condition. ``address`` is where it came from in the end; ``moved_to`` the
    same if every hop there was permanent, else "". ``content_type`` is the header as sent, without what is not ASCII;
    ``fresh_for`` in seconds, 0 for no hint; ``hub`` and ``topic``: who would push it, and under which name, as far as
    Link headers say. Commit ``memory`` together with what was learnt from the body.
    """

    address: str
    memory: Memory
    unchanged: bool = False
    body: bytes = b""
    content_type: str = ""
    fresh_for: int = 0
    moved_to: str = ""
    whole: bool = False
    hub: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes, seconds and hops that one look may cost; ``head`` is all headers of one answer together."""

    wire: int = 5 << 20
    decoded: int = 10 << 20
    total: float = 20.0
    connect: float = 8.0
    hops: int = 5
    head: int = 16 << 10


NOTHING = Memory()
LIMITS = Limits()
