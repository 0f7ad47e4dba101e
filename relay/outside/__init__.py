# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one door to the world: clock, HTTP, randomness and ids, injected so that tests can hold them still."""

import random
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from relay.clock import Clock
from relay.outside.guard import Guard
from relay.outside.http import Door


def _ids() -> str:
    return uuid.uuid4().hex


@dataclass(frozen=True)
class Outside:
    """Everything in the house that touches the world gets it from here."""

    clock: Clock
    http: Door
    guard: Guard
    rng: random.Random = field(default_factory=random.Random)
    ids: Callable[[], str] = _ids
    secret: Callable[[int], bytes] = secrets.token_bytes
    user_agent: str = "Piquet"
