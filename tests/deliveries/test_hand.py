# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a drain has in hand is said by urgency, one thing at a time on each account, a few at a time on a host."""

import asyncio
from datetime import timedelta

import pytest
from desk import EIGHT

from relay.deliveries import hand
from relay.deliveries.attempt import UNBEGUN, Outcome
from relay.deliveries.claim import Claim
from relay.deliveries.hand import WIDTH, Hand
from relay.deliveries.retry import Verdict
from relay.networks.port import Receipt
from relay.store.account import Account
from relay.terms import AccountState, Action, DeliveryState, NoticeKind
from relay.testing.fake import FakePlatform

CARD = FakePlatform().network().card
NOTICE, BOOST = 10, 20


def claim(number: int, account: int, rank: int = NOTICE) -> Claim:
    who = Account(
        id=account,
        newsroom_id=1,
        network="fake",
        remote_id=str(account),
        handle=str(account),
        url="",
        lane="net/fake",
        state=AccountState.CONNECTED,
        verified_at=EIGHT,
    )
    return Claim(
        id=number,
        holder="me",
        action=Action.PUBLISH,
        kind=NoticeKind.ARTICLE,
        account=who,
        card=CARD,
        post={},
        key="",
        rank=rank,
        due_at=EIGHT,
        not_after=None,
        tries=1,
        first_try_at=EIGHT,
        looks=False,
        doubted=False,
        receipt=Receipt("", ""),
        before="",
        recalled=False,
        taken=0.0,
    )


SENT = Verdict(DeliveryState.SENT, "")


class Speaker:
    """Says what it is given, each when it is let; ``said`` and ``under_way`` tell which."""

    def __init__(self, verdict: Verdict = SENT) -> None:
        self.said: list[int] = []
        self.under_way: set[int] = set()
        self.most = 0
        self._verdict = verdict

    async def __call__(self, given: Claim) -> Outcome:
        self.under_way.add(saying := given.account.id or 0)
        self.most = max(self.most, len(self.under_way))
        await asyncio.sleep(0)
        self.under_way.remove(saying)
        self.said.append(given.id)
        return Outcome(given, self._verdict)


async def ended(made: Hand) -> None:
    while not made.idle:  # noqa: ASYNC110 - a step of the loop at a time
        await asyncio.sleep(0)


async def test_the_most_urgent_is_said_first_whoever_came_first() -> None:
    speaker = Speaker()
    made = Hand(speaker)
    made.give([claim(account, account, BOOST) for account in range(1, 2 * WIDTH + 1)])
    made.give([claim(99, 99)])
    await ended(made)
    assert speaker.said.index(99) <= WIDTH
    assert 2 * WIDTH + 1 == len(speaker.said)


async def test_an_accounts_notice_goes_before_its_own_boosts() -> None:
    speaker = Speaker()
    made = Hand(speaker)
    made.give([claim(number, 1, BOOST) for number in (1, 2, 3)])
    await asyncio.sleep(0)
    made.give([claim(4, 1)])
    await ended(made)
    assert [1, 4, 2, 3] == speaker.said


async def test_an_account_says_one_thing_at_a_time_and_a_host_hears_a_few() -> None:
    speaker = Speaker()
    made = Hand(speaker)
    made.give([claim(number, number % 20) for number in range(1, 101)])
    await ended(made)
    assert 100 == len(speaker.said)
    assert WIDTH == speaker.most


async def test_what_an_account_that_must_rest_had_in_hand_goes_back() -> None:
    speaker = Speaker(Verdict(DeliveryState.PENDING, "throttled", EIGHT, rest_until=EIGHT + timedelta(hours=1)))
    made = Hand(speaker)
    made.give([claim(number, 1) for number in (1, 2, 3)])
    await ended(made)
    assert [1] == speaker.said
    assert [UNBEGUN, UNBEGUN] == [each.verdict.reason for each in made.finished()[1:]]


async def test_what_comes_after_the_hand_was_closed_goes_back_at_once() -> None:
    speaker = Speaker()
    made = Hand(speaker)
    made.close()
    made.give([claim(1, 1)])
    assert [UNBEGUN] == [each.verdict.reason for each in made.finished()]
    assert [] == speaker.said


async def test_a_stir_is_heard_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand, "PROMPT", 3600)
    made = Hand(Speaker())
    made.stir()
    async with asyncio.timeout(1):
        await made.news()
