# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a hub is asked for, what it grants, and how it signs. Pure."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Algorithm = Literal["sha1", "sha256", "sha384", "sha512"]

LEASE = 864_000  # s, ten days, unless another is asked for
SHORTEST, LONGEST = 60, 30 * 86_400  # s


@dataclass(frozen=True)
class Wish:
    """One request to subscribe or unsubscribe (https://www.w3.org/TR/websub/#subscriber-sends-subscription-request)."""

    mode: str
    topic: str
    callback: str
    lease: int
    secret: str


@dataclass(frozen=True)
class Subscription:
    """``until``: POSIX seconds of the farm's clock."""

    feed: int
    callback: str
    secret: str
    until: float


def wish(form: Mapping[str, object]) -> Wish:
    """What a form asks for. Raises ValueError with what is wrong with it."""
    told = {name: str(form.get(f"hub.{name}", "")) for name in ("mode", "topic", "callback", "lease_seconds", "secret")}
    if told["mode"] not in ("subscribe", "unsubscribe"):
        raise ValueError("hub.mode is neither subscribe nor unsubscribe")
    if not told["callback"].startswith(("http://", "https://")):
        raise ValueError("hub.callback is no web address")
    if len(told["secret"].encode()) >= 200:
        raise ValueError("hub.secret must be shorter than 200 bytes")
    lease = told["lease_seconds"] or str(LEASE)
    if not lease.isdecimal():
        raise ValueError("hub.lease_seconds is no number")
    return Wish(told["mode"], told["topic"], told["callback"], min(max(int(lease), SHORTEST), LONGEST), told["secret"])


def signature(secret: str, body: bytes, algorithm: Algorithm) -> str:
    """X-Hub-Signature (https://www.w3.org/TR/websub/#signing-content)."""
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"
