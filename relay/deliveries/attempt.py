# SPDX-License-Identifier: AGPL-3.0-or-later
"""One attempt at a claimed delivery: where a notice meets a network. Ends in an outcome, never in a guess."""

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from relay.deliveries.claim import Claim
from relay.deliveries.retry import Verdict, doubtful, judge, wait
from relay.faults import NetworkFault
from relay.networks.port import Finds, Network, Pins, Receipt
from relay.notices.frozen import thaw
from relay.outside import Outside
from relay.terms import Action, DeliveryState

LAST_MOMENT = timedelta(seconds=1)  # what begins this close to the end might arrive after it
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What came of a claim. ``memo``: for a pin what must be restored, for a fault the network's own words."""

    claim: Claim
    verdict: Verdict
    receipt: Receipt | None = None
    memo: str = ""


@dataclass(frozen=True)
class Patience:
    """Seconds: ``deadline`` for one attempt in all, ``settle`` before looking for a doubtful post."""

    deadline: float
    settle: float


async def attempt(claim: Claim, network: Network, outside: Outside, patience: Patience) -> Outcome:
    """Look if the claim is doubtful, speak if it may be said, and turn whatever happens into an outcome."""
    settle = timedelta(seconds=patience.settle)
    try:
        async with asyncio.timeout(patience.deadline):
            return await _act(claim, network, outside.clock.now())
    except NetworkFault as fault:
        verdict = _judged(fault, claim, outside, settle)
        return Outcome(claim, verdict, memo=fault.detail or str(fault))
    except TimeoutError:
        return Outcome(claim, _doubtful(claim, outside, settle), memo="timeout")
    except Exception as bug:  # an adapter of a stranger may raise anything: the post may be out, the relay goes on
        _log.error("delivery %d: adapter raised %s", claim.id, type(bug).__name__)
        return Outcome(claim, _doubtful(claim, outside, settle), memo=type(bug).__name__)


async def _act(claim: Claim, network: Network, now: datetime) -> Outcome:
    if claim.looks:
        return await _look(claim, network, now)
    if claim.not_after is not None and now + LAST_MOMENT >= claim.not_after:
        return Outcome(claim, Verdict(DeliveryState.EXPIRED, "late"))
    sent = Verdict(DeliveryState.SENT, "")
    match claim.action:
        case Action.PUBLISH:
            return Outcome(claim, sent, await network.publish(thaw(claim.post), claim.key))
        case Action.PIN if isinstance(network, Pins):
            return Outcome(claim, sent, memo=await network.pin(claim.receipt))
        case Action.UNPIN if isinstance(network, Pins):
            await network.unpin(claim.receipt, claim.before)
            return Outcome(claim, sent)
    return Outcome(claim, Verdict(DeliveryState.REJECTED, "cannot"))


async def _look(claim: Claim, network: Network, now: datetime) -> Outcome:
    """Adopt the post if it is out there; otherwise it may be said again."""
    if not isinstance(network, Finds):
        return Outcome(claim, Verdict(DeliveryState.NEEDS_HUMAN, "unsure"))
    found = await network.find(thaw(claim.post), claim.key)
    if found is not None:
        return Outcome(claim, Verdict(DeliveryState.SENT, "found"), found)
    return Outcome(claim, Verdict(DeliveryState.PENDING, "not found", now))


def _judged(fault: NetworkFault, claim: Claim, outside: Outside, settle: timedelta) -> Verdict:
    verdict = judge(fault, claim.tries, outside.clock.now(), outside.rng, claim.card.capabilities, settle)
    return _again(verdict, claim, outside)


def _doubtful(claim: Claim, outside: Outside, settle: timedelta) -> Verdict:
    verdict = doubtful(claim.tries, outside.clock.now(), outside.rng, claim.card.capabilities, settle)
    return _again(verdict, claim, outside)


def _again(verdict: Verdict, claim: Claim, outside: Outside) -> Verdict:
    """A pin may be repeated without harm; a look that failed leaves the post as doubtful as it was."""
    later = verdict.due_at or outside.clock.now() + wait(claim.tries, outside.rng)
    if claim.looks:
        return replace(verdict, state=DeliveryState.UNSURE, due_at=later)
    if claim.action != Action.PUBLISH and verdict.state in (DeliveryState.UNSURE, DeliveryState.NEEDS_HUMAN):
        return replace(verdict, state=DeliveryState.PENDING, due_at=later)
    return verdict
