# SPDX-License-Identifier: AGPL-3.0-or-later
"""Faults are ordered over HTTP at every stall, and play out on the wire as ordered."""

import asyncio
import re
import shlex
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import pytest

import relay.square.faults
from relay.clock import ManualClock, RealClock
from relay.square.faults import ADDRESS
from relay.square.mastodon import LookalikeMastodon
from relay.square.pds import Pds
from relay.square.press import Press
from relay.square.stall import Stall

NOON = datetime(2026, 12, 17, 12, tzinfo=UTC)
STATUSES = "/api/v1/statuses"
STALLS = {"mastodon": LookalikeMastodon, "pds": Pds, "press": Press}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def mastodon(clock: ManualClock) -> AsyncIterator[LookalikeMastodon]:
    stall = LookalikeMastodon(clock)
    stall.create_account("desk", token="t0ken")
    await stall.start()
    yield stall
    await stall.stop()


async def ask(stall: Stall, method: str, path: str, json: object = None) -> tuple[int, Mapping[str, str], str]:
    headers = {"Authorization": "Bearer t0ken"}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, stall.address + path, json=json, headers=headers) as answer,
    ):
        return answer.status, answer.headers, await answer.text()


async def order(stall: Stall, fault: object) -> None:
    status, _, text = await ask(stall, "POST", ADDRESS, fault)
    assert (201, text) == (status, text)


async def say(stall: Stall, text: str = "En grève") -> tuple[int, Mapping[str, str], str]:
    return await ask(stall, "POST", STATUSES, {"status": text})


def said(stall: LookalikeMastodon) -> list[str]:
    return [post.text for post in stall.public()]


@pytest.mark.parametrize("kind", STALLS)
async def test_every_stall_takes_lists_and_forgets_faults(kind: str, clock: ManualClock) -> None:
    """Whichever look-alike it is, and from another process as well."""
    stall = STALLS[kind](clock)
    await stall.start()
    await order(stall, [{"method": "GET", "status": 503, "times": 2}, {"path": "^/x$", "drop": "after"}])
    assert 503 == (await ask(stall, "GET", "/"))[0]
    listed = [{"method": "GET", "status": 503, "times": 1}, {"path": "^/x$", "drop": "after", "times": 1}]
    for method, expected in (("GET", listed), ("DELETE", []), ("GET", [])):
        async with aiohttp.ClientSession() as session, session.request(method, stall.address + ADDRESS) as answer:
            assert (200, {"faults": expected, "met": [["GET", "/"]]}) == (answer.status, await answer.json())
    assert 503 != (await ask(stall, "GET", "/"))[0]
    await stall.stop()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("{", "A fault is ordered as JSON"),
        ("[]", "A fault is ordered as JSON"),
        ('"503"', "A fault is ordered as JSON"),
        ('[{"status": 503}, 7]', "A fault is ordered as JSON"),
        ("{}", "This fault changes nothing"),
        ('{"times": 3}', "This fault changes nothing"),
        ('{"state": 503}', "There is no “state” in a fault"),
        ('{"status": "503"}', 'status cannot be "503"; write 503.'),
        ('{"status": 99}', "status cannot be 99; write 503."),
        ('{"status": 503, "path": "("}', 'path cannot be "("; write "/statuses$".'),
        ('{"status": 503, "method": "post"}', 'method cannot be "post"; write "POST".'),
        ('{"status": 503, "times": 0}', "times cannot be 0; write 2."),
        ('{"status": 503, "headers": {"A": "b\\r\\nC: d"}}', "headers cannot be"),
        ('{"drop": "sometimes"}', 'drop cannot be "sometimes"; write "after".'),
        ('{"delay": -1}', "delay cannot be -1; write 2.5."),
        ('{"delay": 1e999}', "delay cannot be Infinity; write 2.5."),
        ('{"throttle": "gently"}', 'throttle cannot be "gently"; write "seconds".'),
        ('{"html": 1}', "html cannot be 1; write true."),
        ('{"body": null}', "body cannot be null"),
        ('{"late": 5}', "What comes late needs an answer for now"),
        ('{"late": 5, "drop": "after"}', "What comes late needs an answer for now"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused_with_what_to_write(
    mastodon: LookalikeMastodon, fault: str, words: str
) -> None:
    """400, one sentence, and nothing is planned."""
    async with aiohttp.ClientSession() as session, session.post(mastodon.address + ADDRESS, data=fault) as answer:
        told = (await answer.json())["error"]
    assert (400, True, True) == (answer.status, told.startswith(words), told.endswith("."))
    assert [] == mastodon.plan.faults


async def test_another_method_is_not_allowed(mastodon: LookalikeMastodon) -> None:
    assert 405 == (await ask(mastodon, "PUT", ADDRESS))[0]


async def test_the_examples_in_the_documentation_are_taken(mastodon: LookalikeMastodon) -> None:
    """What the docstring shows can be pasted."""
    lines = re.findall(r"^ +(curl --data .*)$", relay.square.faults.__doc__ or "", re.MULTILINE)
    for line in lines:
        _, _, body, address = shlex.split(line)
        assert address.endswith(ADDRESS)
        async with aiohttp.ClientSession() as session, session.post(mastodon.address + ADDRESS, data=body) as answer:
            assert 201 == answer.status
    assert len(lines) == len(mastodon.plan.faults) == 2


async def test_a_request_is_carried_out_twice(mastodon: LookalikeMastodon) -> None:
    await order(mastodon, {"path": "/statuses$", "twice": True})
    assert 200 == (await say(mastodon))[0]
    assert ["En grève"] * 2 == said(mastodon)


async def test_an_upload_may_be_carried_out_and_denied_twice(mastodon: LookalikeMastodon) -> None:
    """A form with a file in it can be read again, too."""
    await order(mastodon, {"path": "/media$", "twice": True, "status": 502})
    form = aiohttp.FormData({"description": "Une pancarte"})
    form.add_field("file", b"png", filename="a.png", content_type="image/png")
    headers = {"Authorization": "Bearer t0ken"}
    address = mastodon.address + "/api/v2/media"
    async with aiohttp.ClientSession() as session, session.post(address, data=form, headers=headers) as answer:
        assert 502 == answer.status
    assert ["Une pancarte"] * 2 == [media.alt for media in mastodon.instance.media.values()]


@pytest.mark.parametrize("answer", [{"status": 502}, {"drop": "before"}], ids=["502", "cut"])
async def test_what_is_late_is_carried_out_on_the_squares_clock(
    mastodon: LookalikeMastodon, clock: ManualClock, answer: dict[str, object]
) -> None:
    """Ten minutes later, whatever was answered at once, and not a second sooner."""
    await order(mastodon, {"path": "/statuses$", "late": 600, **answer})
    if "drop" in answer:
        with pytest.raises(aiohttp.ClientError):
            await say(mastodon)
    else:
        assert 502 == (await say(mastodon))[0]
    clock.advance(seconds=599)
    await RealClock().sleep(0.1)
    assert [] == said(mastodon)
    clock.advance(seconds=1)
    await RealClock().sleep(0.1)
    assert ["En grève"] == said(mastodon)


async def test_a_delay_ends_when_the_squares_clock_is_moved(mastodon: LookalikeMastodon, clock: ManualClock) -> None:
    await order(mastodon, {"path": "/statuses$", "delay": 3600})
    asked = asyncio.create_task(say(mastodon))
    await RealClock().sleep(0.1)
    assert [] == said(mastodon)
    clock.advance(hours=1)
    assert 200 == (await asked)[0]


SECONDS: dict[str, Callable[[Mapping[str, str]], object]] = {
    "seconds": lambda told: timedelta(seconds=int(told["Retry-After"])),
    "date": lambda told: parsedate_to_datetime(told["Retry-After"]) - NOON,
    "mastodon": lambda told: datetime.fromisoformat(told["X-RateLimit-Reset"]) - NOON,
    "bluesky": lambda told: timedelta(seconds=int(told["RateLimit-Reset"]) - NOON.timestamp()),
    "absent": lambda told: timedelta(seconds=90) if "Retry-After" not in told else None,
    "absurd": lambda told: timedelta(seconds=90) if int(told["Retry-After"]) > 10**9 else None,
}


@pytest.mark.parametrize("form", SECONDS)
async def test_a_429_tells_its_moment_in_each_form(mastodon: LookalikeMastodon, form: str) -> None:
    await order(mastodon, {"path": "/statuses$", "throttle": form, "wait": 90})
    status, headers, _ = await say(mastodon)
    assert (429, timedelta(seconds=90), []) == (status, SECONDS[form](headers), said(mastodon))


async def test_a_true_answer_may_come_by_half_as_if_it_were_whole(mastodon: LookalikeMastodon) -> None:
    """Carried out; what the client reads is no JSON."""
    await order(mastodon, {"path": "/statuses$", "truncated": True})
    status, headers, text = await say(mastodon)
    assert (200, "application/json", "{") == (status, headers["Content-Type"], text[0])
    assert not text.endswith("}")
    assert ["En grève"] == said(mastodon)


async def test_a_true_answer_may_be_called_what_it_is_not(mastodon: LookalikeMastodon) -> None:
    await order(mastodon, {"path": "/statuses$", "content_type": "image/png"})
    status, headers, _ = await say(mastodon)
    assert (200, "image/png", ["En grève"]) == (status, headers["Content-Type"], said(mastodon))


@pytest.mark.parametrize(
    ("fault", "kind", "text"),
    [
        ({"html": True}, "text/html; charset=utf-8", "<!DOCTYPE html>"),
        ({"body": ""}, "application/json; charset=utf-8", ""),
        ({"body": {"id": 7}}, "application/json; charset=utf-8", '{"id": 7}'),
        ({"body": "no", "content_type": "text/plain"}, "text/plain; charset=utf-8", "no"),
    ],
    ids=str,
)
async def test_a_200_may_hold_anything(mastodon: LookalikeMastodon, fault: object, kind: str, text: str) -> None:
    """And nothing was carried out."""
    await order(mastodon, {"path": "/statuses$", **fault})  # type: ignore[dict-item]
    status, headers, told = await say(mastodon)
    assert (200, kind, True, []) == (status, headers["Content-Type"], told.startswith(text), said(mastodon))


async def test_a_connection_may_be_reset_in_the_middle_of_the_answer(mastodon: LookalikeMastodon) -> None:
    """The head says 200, half of the body comes, then the line is cut: carried out, and unheard."""
    await order(mastodon, {"path": "/statuses$", "drop": "middle"})
    headers = {"Authorization": "Bearer t0ken"}
    async with aiohttp.ClientSession() as session:
        answer = await session.post(mastodon.address + STATUSES, json={"status": "En grève"}, headers=headers)
        assert 200 == answer.status
        with pytest.raises(aiohttp.ClientError):
            await answer.read()
    assert ["En grève"] == said(mastodon)
