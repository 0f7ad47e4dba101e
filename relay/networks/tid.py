# SPDX-License-Identifier: AGPL-3.0-or-later
"""Timestamp identifiers, the record keys of posts: https://atproto.com/specs/tid. Pure."""

import hashlib
from datetime import UTC, datetime, timedelta

ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
LENGTH = 13
CLOCK_BITS = 10

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def encode(microseconds: int, clock: int) -> str:
    """The TID of a moment in microseconds since 1970 (53 bits) and a clock id (10 bits).

    Raises ValueError when either does not fit.
    """
    if not (0 <= microseconds < 1 << 53 and 0 <= clock < 1 << CLOCK_BITS):
        raise ValueError(f"no TID for {microseconds} µs, clock {clock}")
    number = microseconds << CLOCK_BITS | clock
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def moment(key: str) -> datetime:
    """The moment a TID was made for, in UTC. Raises ValueError for anything that is none."""
    if len(key) != LENGTH:
        raise ValueError(f"{key!r} is no TID")
    number = 0
    for sign in key:
        number = number << 5 | ALPHABET.index(sign)
    return _EPOCH + timedelta(microseconds=number >> CLOCK_BITS)


def derive(moment: datetime, key: str) -> str:
    """The TID of the delivery ``key`` frozen at ``moment`` (aware): the same for every attempt, on every machine.

    The second comes from the moment, the 20 bits below it and the clock id from the key: many notices may be frozen
    at one moment, and the clock id alone (1 in 1024) would soon give two of them the same record.
    """
    digest = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    fraction, clock = divmod(digest % (1_000_000 << CLOCK_BITS), 1 << CLOCK_BITS)
    seconds = (moment - _EPOCH) // timedelta(seconds=1)
    return encode(seconds * 1_000_000 + fraction, clock)
