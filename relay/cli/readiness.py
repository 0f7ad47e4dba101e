# SPDX-License-Identifier: AGPL-3.0-or-later
"""The doctor looks at a newsroom: time zone, feeds, accounts, the strike and whether its notices fit."""

from collections.abc import AsyncIterator

from relay.cli.finding import Finding, broken, look, ok
from relay.cli.ground import clock
from relay.cli.moment import local, stretch
from relay.cli.reasons import STRIKE, held_because
from relay.cli.standing import Picture
from relay.deliveries.recheck import recheck
from relay.deliveries.rehearsal import check as rehearse_all
from relay.deliveries.rehearsal import stage
from relay.faults import Problem
from relay.feeds.doctor.check import check as read
from relay.house import House
from relay.i18n import say, say_n
from relay.store import alert
from relay.store.account import Account
from relay.store.columns import saved
from relay.store.feed import Feed
from relay.terms import StrikeState


async def readiness(house: House, seen: Picture) -> AsyncIterator[Finding]:
    """Everything the morning needs, asked for now."""
    zone = seen.newsroom.zone
    yield ok(say("Time zone"), say("{zone}, where it is {time} now", zone=zone, time=local(seen.now, zone)))
    if seen.feeds:
        yield await clock(house, seen.feeds[0].address)
    else:
        yield broken(say("Feed"), say("none: add one with “piquet feed add ADDRESS”"))
    for feed in seen.feeds:
        yield await reading(house, feed)
    if all(each.forgotten for each in seen.accounts):
        yield broken(say("Account"), say("none: connect one with “piquet account connect mastodon”"))
    for account in (each for each in seen.accounts if not each.forgotten):
        async for finding in speaking(house, account):
            yield finding
    for hold in seen.holds:
        yield look(say("Held"), say("{why}: see “piquet held list”", why=held_because(hold.reason)))
    for finding in [strike(seen), *await saying(house, seen), *await alerting(house, seen)]:
        yield finding


async def reading(house: House, feed: Feed) -> Finding:
    """Can the feed be read, and is it in order?"""
    subject = say("Feed {id}", id=feed.id)
    try:
        report = await read(house.outside, house.parser, feed.address)
    except Problem as problem:
        return broken(subject, problem.message)
    words = say_n("{address}, {n} entry", "{address}, {n} entries", len(report.document.entries), address=feed.address)
    return (
        look(subject, say("{words}. {warning}", words=words, warning=report.warnings[0]))
        if report.warnings
        else ok(subject, words)
    )


async def speaking(house: House, account: Account) -> AsyncIterator[Finding]:
    """Does the network let us in, how much may we say, is automation declared?"""
    subject = say("Account {id}", id=account.id)
    try:
        who = await recheck(house.seats, house.store, account, house.outside.clock.now())
    except Problem as problem:
        words = say("{account}: {problem}", account=account.handle, problem=problem)
        yield broken(subject, words)
        return
    limits = who.limits or house.seats.cards[account.network].capabilities.limits
    yield ok(subject, say("{account}, up to {n} characters", account=who.handle, n=limits.text))
    if who.bot is False:
        yield look(
            subject, say("{account} is not marked as automated; mark it as a bot in its profile", account=who.handle)
        )


def strike(seen: Picture) -> Finding:
    """Is a strike armed, with a window to come?"""
    subject = say("Strike")
    if seen.strike is None:
        return broken(subject, say("none is planned: “piquet strike plan”"))
    name = say("“{name}”, {state}", name=seen.strike.name, state=STRIKE[seen.strike.state])
    window = seen.open or seen.coming
    if seen.strike.state == StrikeState.DRAFT:
        return broken(subject, say("{name}; arm it: “piquet strike arm {id}”", name=name, id=seen.strike.id))
    if seen.strike.state in (StrikeState.STOPPED, StrikeState.ENDED) or window is None:
        return broken(subject, say("{name}; go on with “piquet strike renew {id}”", name=name, id=seen.strike.id))
    return ok(subject, say("{name}; {window}", name=name, window=stretch(window, seen.newsroom.zone)))


async def saying(house: House, seen: Picture) -> list[Finding]:
    """Does every wording fit every account of the strike?"""
    if seen.strike is None:
        return []
    async with house.store.read() as tx:
        on = await stage(saved(seen.newsroom.id), tx, seen.strike, seen.now)
    if not on.accounts:
        return [broken(say("Notices"), say("the strike speaks through no account: plan it again"))]
    try:
        rehearse_all(on, house.seats.cards)
    except Problem as problem:
        return [broken(say("Notices"), problem.message)]
    return [ok(say("Notices"), say_n("fit {n} account", "fit all {n} accounts", len(on.accounts)))]


async def alerting(house: House, seen: Picture) -> list[Finding]:
    """Would anybody hear of trouble while the strike goes on by itself?"""
    if seen.strike is None or seen.strike.state not in (StrikeState.ARMED, StrikeState.RUNNING):
        return []
    async with house.store.read() as tx:
        channels = await alert.channels(saved(seen.newsroom.id), tx)
    if not channels:
        return [look(say("Alerts"), say("nobody is told when something goes wrong: “piquet alert add ADDRESS”"))]
    return [ok(say("Alerts"), say_n("{n} channel", "{n} channels", len(channels)))]
