# SPDX-License-Identifier: AGPL-3.0-or-later
"""One attempt at a claimed delivery: where a notice meets a network. Ends in an outcome, never in a guess."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from relay.deliveries.claim import NOT_FOUND, Claim
from relay.deliveries.lastword import LATE, UNKNOWN
from relay.deliveries.retry import Verdict, doubtful, judge, wait
from relay.deliveries.sweep import next_round
from relay.faults import NetworkFault, Refused, Throttled, Unreachable
from relay.networks.port import Finds, Network, Pins, Receipt, Still, Unwanted, Withdraws
from relay.notices.frozen import thaw
from relay.outside import Outside
from relay.terms import Action, DeliveryState

UNBEGUN = "unbegun"
UNREAD = "unread"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What came of a claim. ``memo``: for a pin what must be restored, for a fault the network's own words.

    ``standing``: what a sweep found and left. ``down``: the host did not do what hosts do, whoever asks.
    """

    claim: Claim
    verdict: Verdict
    receipt: Receipt | None = None
    memo: str = ""
    standing: Sequence[Receipt] = ()
    down: bool = False


@dataclass(frozen=True)
class Patience:
    """Seconds: ``deadline`` for one attempt in all, ``settle`` before looking for a doubtful post."""

    deadline: float
    settle: float


async def attempt(claim: Claim, network: Network, outside: Outside, patience: Patience, still: Still) -> Outcome:
    """Look if the claim is doubtful, speak if it may be said, and turn whatever happens into an outcome.

    Cancelled, it ends in doubt: the request may have left.
    """
    settle = timedelta(seconds=patience.settle)
    try:
        async with asyncio.timeout(patience.deadline):
            return await _act(claim, network, outside.clock.now(), still)
    except Unwanted as no:
        return _unsaid(claim, str(no))
    except NetworkFault as fault:
        verdict = _judged(fault, claim, outside, settle)
        down = isinstance(fault, Unreachable) or verdict.reason == "unsure"
        return Outcome(claim, verdict, memo=fault.detail or str(fault), down=down)
    except TimeoutError:
        return Outcome(claim, _doubtful(claim, outside, settle), memo="timeout", down=True)
    except asyncio.CancelledError:
        return Outcome(claim, _doubtful(claim, outside, settle), memo="cut short")
    except Exception as bug:  # an adapter of a stranger may raise anything: the post may be out, the relay goes on
        _log.error("delivery %d: adapter raised %s", claim.id, type(bug).__name__)
        return Outcome(claim, _doubtful(claim, outside, settle), memo=type(bug).__name__)


def unbegun(claim: Claim) -> Outcome:
    """Nothing was done about it: it goes back to where it was."""
    return Outcome(claim, Verdict(claim.waiting, UNBEGUN))


def _unsaid(claim: Claim, why: str) -> Outcome:
    if why == UNKNOWN:
        return unbegun(claim)
    return Outcome(claim, Verdict(DeliveryState.EXPIRED if why == LATE else DeliveryState.WITHDRAWN, why))


async def _act(claim: Claim, network: Network, now: datetime, still: Still) -> Outcome:
    await still()
    if claim.looks:
        return await _look(claim, network, now)
    sent = Verdict(DeliveryState.SENT, "")
    match claim.action:
        case Action.PUBLISH:
            return Outcome(claim, sent, await network.publish(thaw(claim.post), claim.key, still))
        case Action.PIN if isinstance(network, Pins):
            return Outcome(claim, sent, memo=await network.pin(claim.receipt))
        case Action.UNPIN if isinstance(network, Pins):
            await network.unpin(claim.receipt, claim.before)
            return Outcome(claim, sent)
        case Action.WITHDRAW if isinstance(network, Withdraws):
            await network.withdraw(claim.receipt)
            return Outcome(claim, sent)
        case Action.SWEEP if isinstance(network, Finds):
            return await _sweep(claim, network, now)
    return Outcome(claim, Verdict(DeliveryState.REJECTED, "cannot"))


async def _look(claim: Claim, network: Network, now: datetime) -> Outcome:
    """Adopt the post if it is out there; otherwise it may be said again."""
    if not isinstance(network, Finds):
        return Outcome(claim, Verdict(DeliveryState.NEEDS_HUMAN, "unsure"))
    found = await network.find(thaw(claim.post), claim.key)
    if found:
        return Outcome(claim, Verdict(DeliveryState.SENT, "found"), found[0])
    return Outcome(claim, Verdict(DeliveryState.PENDING, NOT_FOUND, now))


async def _sweep(claim: Claim, network: Finds, now: datetime) -> Outcome:
    """Take back the younger of twins, or all that stands where the strike was recalled."""
    found = await network.find(thaw(claim.post), claim.key)
    kept = () if claim.recalled else found[:1]
    for each in found[len(kept) :]:
        if isinstance(network, Withdraws):
            await network.withdraw(each)
    again = next_round(claim.first_try_at, now)
    state = DeliveryState.PENDING if again else DeliveryState.SENT
    return Outcome(claim, Verdict(state, "", again), standing=kept)


def _judged(fault: NetworkFault, claim: Claim, outside: Outside, settle: timedelta) -> Verdict:
    if claim.looks and isinstance(fault, Refused):  # more posts than are read back, say: it would refuse for ever
        return Verdict(DeliveryState.NEEDS_HUMAN, UNREAD)
    verdict = judge(fault, claim.tries, outside.clock.now(), outside.rng, claim.card.capabilities, settle)
    if claim.doubted and isinstance(fault, Unreachable | Throttled):
        # The look that found nothing has grown old by the time it is tried again: look once more before that.
        verdict = replace(verdict, state=DeliveryState.UNSURE)
    return _again(verdict, claim, outside)


def _doubtful(claim: Claim, outside: Outside, settle: timedelta) -> Verdict:
    verdict = doubtful(claim.tries, outside.clock.now(), outside.rng, claim.card.capabilities, settle)
    return _again(verdict, claim, outside)


def _again(verdict: Verdict, claim: Claim, outside: Outside) -> Verdict:
    """What says nothing new may be repeated without harm; a look that failed leaves the post as doubtful as it was."""
    later = verdict.due_at or outside.clock.now() + wait(claim.tries, outside.rng)
    if claim.looks:
        return replace(verdict, state=DeliveryState.UNSURE, due_at=later)
    if claim.action != Action.PUBLISH and verdict.state in (DeliveryState.UNSURE, DeliveryState.NEEDS_HUMAN):
        return replace(verdict, state=DeliveryState.PENDING, due_at=later)
    return verdict
