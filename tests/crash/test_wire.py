# SPDX-License-Identifier: AGPL-3.0-or-later
"""What becomes of a notice, in the ledger and on the servers, for each fault on the wire: real relay, real clients.

The contract suite proves which fault an adapter makes of an answer; here is where that leads, on each class of network.
"""

import re

import pytest
from crash.town import CLOCK, SAYS, Town

from relay.square.faults import Order

UNSAID = ("sent sent sent needs_human", "1110", "2221")  # looked for, not found, said again; a person is asked on D
UNHEARD = ("sent sent sent needs_human", "1111", "1111")  # looked for and found
AGAIN = ("sent sent sent sent", "1111", "2222")
REFUSED = ("rejected rejected sent rejected", "0010", "1121")  # on C without the card, which may be what was refused
PAUSED = ("pending pending pending pending", "0000", "1111")  # until a person comes, or the wait is over

ANSWERS: dict[str, tuple[Order, tuple[str, str, str]]] = {
    "cut before it was done": ({"drop": "before"}, UNSAID),
    "cut after it was done": ({"drop": "after"}, UNHEARD),
    "reset in the middle of the answer": ({"drop": "middle"}, UNHEARD),
    "half an answer": ({"truncated": True}, UNHEARD),
    "502 after it was done": ({"status": 502, "carried_out": True}, UNHEARD),
    "500 before": ({"status": 500}, UNSAID),
    "503 with a wait": ({"status": 503, "headers": {"Retry-After": "1"}}, UNSAID),
    "silence": ({"delay": 3600}, UNSAID),
    "200 with a page": ({"html": True}, UNSAID),
    "200 with nothing": ({"body": ""}, UNSAID),
    "200 with something else": ({"body": {"ok": "yes"}}, UNSAID),
    "redirect of a post": ({"status": 307, "headers": {"Location": "/elsewhere"}}, UNSAID),
    "404": ({"status": 404}, ("sent sent sent rejected", "1110", "2221")),
    "401": ({"status": 401}, PAUSED),
    "403": ({"status": 403}, PAUSED),
    "410": ({"status": 410}, ("pending pending pending rejected", "0000", "1111")),
    "422": ({"status": 422}, REFUSED),
    "429 for a second": ({"throttle": "seconds", "wait": 1}, AGAIN),
    "429 until a date": ({"throttle": "date", "wait": 2}, AGAIN),
    "429 without a wait": ({"throttle": "absent"}, PAUSED),
    "429 for ever": ({"throttle": "absurd"}, PAUSED),
}
LOOKS: dict[str, Order] = {
    "cut": {"drop": "before"},
    "reset in the middle": {"drop": "middle"},
    "half an answer": {"truncated": True},
    "a page": {"html": True},
    "nothing": {"body": ""},
    "404": {"status": 404},
    "500": {"status": 500},
    "503": {"status": 503, "headers": {"Retry-After": "1"}},
    "429": {"throttle": "seconds", "wait": 1},
    "silence": {"delay": 3600},
}


def spoken(town: Town) -> str:
    """How many requests to speak each server met."""
    met = (each.plan.met for each in town.servers.values())
    return "".join(str(sum(method == "POST" and bool(re.search(SAYS, path)) for method, path in each)) for each in met)


async def found(town: Town, token: str) -> tuple[str, str, str]:
    """How it stands: in the ledger, on the servers, and how often each was asked."""
    states = (await town.states())[token]
    ledger = " ".join("+".join(states[kind]) or "none" for kind in town.servers)
    return ledger, "".join(str(each) for each in town.standing(token).values()), spoken(town)


async def becomes(town: Town, token: str, expected: tuple[str, str, str]) -> tuple[str, str, str]:
    """How it stands once it is as expected and has stayed so for a while, or at the latest after ten seconds."""
    for _ in range(100):
        if await found(town, token) == expected:
            break
        await CLOCK.sleep(0.1)
    await CLOCK.sleep(0.6)
    return await found(town, token)


@pytest.mark.parametrize("answer", ANSWERS)
async def test_each_answer_to_a_notice_leads_where_it_must(sqlite_town: Town, answer: str) -> None:
    """No second request on 401, 403, 410 and 422; nothing is said twice; and only D ever needs a person."""
    order, expected = ANSWERS[answer]
    for server in sqlite_town.servers.values():
        server.plan.add(path=SAYS, **order)
    token = sqlite_town.publish()
    sqlite_town.relay()
    assert expected == await becomes(sqlite_town, token, expected)


@pytest.mark.parametrize("answer", LOOKS)
async def test_a_look_that_fails_is_made_again_before_anything_is_said(sqlite_town: Town, answer: str) -> None:
    """The post stands and was not heard of: whatever comes of the first look, it is found in the end, and said once."""
    for server in sqlite_town.servers.values():
        server.plan.add(path=SAYS, drop="after")
        server.plan.add(path=r"statuses$|getRecord$", method="GET", **LOOKS[answer])
    token = sqlite_town.publish()
    sqlite_town.relay()
    assert UNHEARD == await becomes(sqlite_town, token, UNHEARD)


async def test_a_look_with_a_dead_token_leaves_the_doubt_to_a_person(sqlite_town: Town) -> None:
    """The account is paused, and nothing is said on it."""
    for server in sqlite_town.servers.values():
        server.plan.add(path=SAYS, drop="after")
        server.plan.add(path="", method="GET", status=401, times=1_000)
    token = sqlite_town.publish()
    sqlite_town.relay()
    expected = ("unsure unsure unsure needs_human", "1111", "1111")
    assert expected == await becomes(sqlite_town, token, expected)


async def test_a_look_that_waits_long_in_hand_is_not_taken_up_twice(sqlite_town: Town) -> None:
    """Four notices in doubt on servers that are slow to show: each is said again once, not twice."""
    for server in sqlite_town.servers.values():
        server.plan.add(path=SAYS, drop="before", times=4)
        server.plan.add(path=r"statuses$|getRecord$", method="GET", delay=0.4, times=1_000)
    tokens = [sqlite_town.publish() for _ in range(4)]
    sqlite_town.relay()
    states = await sqlite_town.settled()
    assert ["1110"] * 4 == ["".join(map(str, sqlite_town.standing(token).values())) for token in tokens], states
    assert "8884" == spoken(sqlite_town)
