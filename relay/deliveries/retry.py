# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a fault means for a delivery and for its account. Pure: the courier acts on the answer."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.faults import Held, NetworkFault, Refused, Throttled, Unauthorised, Unreachable
from relay.networks.port import Capabilities
from relay.terms import DeliveryState

FIRST_WAIT = 2.0
LONGEST_WAIT = 120.0
LONGEST_THROTTLE = timedelta(hours=1)


@dataclass(frozen=True)
class Verdict:
    """What becomes of the delivery, and of the account: rest until a moment, or pause until a person comes."""

    state: DeliveryState
    reason: str
    due_at: datetime | None = None
    rest_until: datetime | None = None
    pause: bool = False


def wait(tries: int, rng: random.Random) -> timedelta:
    """How long to wait after the ``tries``-th attempt: doubling from 2 s to 2 min, with ±25 % of jitter.

    Jitter keeps many rows that failed together from coming back together
    (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
    """
    seconds = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(tries - 1, 10))
    return timedelta(seconds=seconds * rng.uniform(0.75, 1.25))


def judge(
    fault: NetworkFault, tries: int, now: datetime, rng: random.Random, can: Capabilities, settle: timedelta
) -> Verdict:
    """Decide from what the network said.

    Whatever is not known to have stayed unsaid is never said again blindly (see ``doubtful``).
    """
    match fault:
        case Refused():
            return Verdict(DeliveryState.REJECTED, "refused")
        case Unauthorised():
            return Verdict(DeliveryState.PENDING, "unauthorised", now, pause=True)
        case Held():
            return Verdict(DeliveryState.PENDING, "held", now, pause=True)
        case Throttled(until=until):
            moment = min(until, now + LONGEST_THROTTLE)
            return Verdict(DeliveryState.PENDING, "throttled", moment, rest_until=moment)
        case Unreachable():
            return Verdict(DeliveryState.PENDING, "unreachable", now + wait(tries, rng))
    return doubtful(tries, now, rng, can, settle)


def doubtful(tries: int, now: datetime, rng: random.Random, can: Capabilities, settle: timedelta) -> Verdict:
    """What to do with a post that may be out there: look where one can, repeat where that is safe, else ask a person.

    Where a repeat would make a second post, the look waits ``settle``: a slow server may still be carrying it out.
    """
    if can.reads_back:
        return Verdict(DeliveryState.UNSURE, "unsure", now + (wait(tries, rng) if can.repeats_safely else settle))
    if can.repeats_safely:
        return Verdict(DeliveryState.PENDING, "unsure", now + wait(tries, rng))
    return Verdict(DeliveryState.NEEDS_HUMAN, "unsure")
