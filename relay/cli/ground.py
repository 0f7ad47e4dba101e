# SPDX-License-Identifier: AGPL-3.0-or-later
"""The doctor looks at the machine: disk, database, key, language, installed networks, clock."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp

from relay.cli.finding import Finding, broken, look, ok
from relay.cli.moment import lasting
from relay.faults import Problem, Unusable
from relay.house import House
from relay.i18n import say, spoken
from relay.networks.found import look as look_for_networks
from relay.store.opening import REVISION, only_one

SCARCE, TIGHT = 200 << 20, 1 << 30  # bytes
SLOW, WRONG = timedelta(seconds=30), timedelta(minutes=5)


def ground(house: House) -> Iterator[Finding]:
    """What can be seen without asking anybody."""
    yield ok(say("Language"), {"en": say("English"), "fr": say("French")}[spoken()])
    place = house.store.path.parent if house.store.path else house.settings.home
    yield disk(shutil.disk_usage(_existing(place)).free, place)
    yield at_work(house)
    for reason in look_for_networks().broken.values():
        yield look(say("Networks"), reason)


def disk(free: int, place: Path) -> Finding:
    """Is there room for the ledger?"""
    words = say("{free} GB are free in {place}", free=round(free / (1 << 30), 1), place=place)
    if free < SCARCE:
        return broken(say("Disk"), say("{words}: make room, or nothing can be written down.", words=words))
    return ok(say("Disk"), words) if free >= TIGHT else look(say("Disk"), say("{words}: that is little.", words=words))


async def key(house: House) -> Finding:
    """Can the sealed credentials be opened, and by nobody else?"""
    try:
        async with house.store.read() as tx:
            needed = await house.keyring.fits(tx)
    except Problem as problem:
        return broken(say("Key"), problem.message)
    if house.settings.key:
        return ok(say("Key"), say("from the variable PIQUET_KEY"))
    if not needed:
        return ok(say("Key"), say("none yet; it is made with the first account"))
    words = say("{path}, readable by you alone; keep a copy elsewhere", path=house.settings.key_file)
    return ok(say("Key"), words)


async def database(house: House) -> Finding:
    """Can it be written?"""
    try:
        async with house.store.write() as tx:
            await tx.connection()
    except Problem as problem:
        return broken(say("Database"), problem.message)
    words = say("{place}, writable, revision {revision}", place=house.store.place, revision=REVISION)
    return ok(say("Database"), words)


def at_work(house: House) -> Finding:
    """Does a relay work on this database?"""
    subject = say("Relay")
    if house.store.shared:
        return ok(subject, say("several machines may work on this database"))
    try:
        with only_one(house.store):
            words = say("not at work: start “piquet run” before the window opens, and keep this machine awake")
            return look(subject, words)
    except Unusable:
        return ok(subject, say("at work"))


async def clock(house: House, address: str) -> Finding:
    """Does our clock agree with the one of a server we read from?"""
    header = ""
    with suppress(aiohttp.ClientError, OSError, TimeoutError, Problem, ValueError):
        house.outside.guard.check(address)
        async with house.outside.http.session.get(address, allow_redirects=False) as answer:
            header = answer.headers.get("Date", "")
    return agreement(header, house.outside.clock.now())


def agreement(header: str, now: datetime) -> Finding:
    """From a Date header: are windows going to open when people expect it?"""
    try:
        theirs = parsedate_to_datetime(header)
        apart = abs(theirs - now)
    except (TypeError, ValueError):
        return look(say("Clock"), say("no server told the time; compare this machine’s clock with a watch"))
    words = say("{apart} apart from the feed’s server", apart=lasting(apart))
    if apart >= WRONG:
        return broken(
            say("Clock"), say("{words}: set this machine’s clock, or windows open at the wrong time.", words=words)
        )
    if apart >= SLOW:
        return look(say("Clock"), say("{words}: set this machine’s clock.", words=words))
    return ok(say("Clock"), words)


def _existing(place: Path) -> Path:
    return next(each for each in (place.resolve(), *place.resolve().parents) if each.exists())
