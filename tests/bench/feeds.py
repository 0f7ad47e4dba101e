# SPDX-License-Identifier: AGPL-3.0-or-later
"""The watcher: what a look costs, how soon an article is answered, how many feeds one process bears, and hostile ones.

Each goal is the issue's. Ratios are of one run; the farm that is looked at works in a process of its own.
"""

from collections.abc import AsyncGenerator

import feeds_country
import feeds_faults
import feeds_latency
import feeds_speed
import feeds_tls
from feeds_work import at
from rows import Row


async def speed() -> AsyncGenerator[Row, None]:
    """Looks a CPU second, and what encryption adds."""
    same = await feeds_speed.unchanged()
    yield Row("unchanged feeds (304): rate / bare aiohttp loop’s", same.share, "×", 0.6, least=True)
    yield Row("unchanged feeds: looks a CPU second", same.rate, "/s", 5_000, least=True)
    yield Row("bare aiohttp loop beside it: requests a CPU second", same.loops_rate, "/s")
    changed = await feeds_speed.nothing_new()
    yield Row("changed body with nothing new: looks a CPU second", changed.rate, "/s", 1_500, least=True)
    yield Row("the same: rate / feedparser’s called inline", changed.share, "×", 8, least=True)
    edited = await feeds_speed.gate()
    yield Row("edited entries read by the gate: rate / feedparser’s", edited.share, "×")
    plain, kept, new = await feeds_tls.costs()
    yield Row("CPU of asking, http, connection kept", plain, "µs")
    yield Row("CPU of asking, https, connection kept", kept, "µs")
    yield Row("CPU of asking, https, new connection", new, "µs")


async def country() -> AsyncGenerator[Row, None]:
    """100,000 feeds a minute."""
    few = await feeds_country.minute(feeds_country.FEW, newsrooms=20, warm=3, seconds=2)
    many = await feeds_country.minute(feeds_country.MANY, newsrooms=20, warm=8, seconds=30)
    yield Row("100,000 feeds a minute: looks a second", many.rate, "/s")
    yield Row("100,000 feeds a minute: processor", many.cores, "cores", 0.75)
    yield Row("100,000 feeds a minute: memory, all processes", many.megabytes, "MB", 500)
    yield Row("100,000 feeds a minute: a look begins late by, p99", at(many.late, 0.99), "s", 1)
    yield Row("100,000 feeds a minute: looks that failed", many.failed, "", 0)
    each = 1024 * (many.megabytes - few.megabytes) / (feeds_country.MANY - feeds_country.FEW)
    yield Row("memory a feed, connections to 10,000 hosts included", each, "kB", 1)


async def articles() -> AsyncGenerator[Row, None]:
    """From publication to the committed delivery."""
    pushed = await feeds_latency.pushed()
    yield Row("article pushed by a hub → delivery committed, p50", 1000 * at(pushed.took, 0.5), "ms")
    yield Row("article pushed by a hub → delivery committed, p99", 1000 * at(pushed.took, 0.99), "ms", 250)
    looked = await feeds_latency.looked_at()
    every = feeds_latency.EVERY
    yield Row("article in a feed looked at every 10 s → delivery, p50", at(looked.took, 0.5), "s", 0.55 * every)
    yield Row("article in a feed looked at every 10 s → delivery, p99", at(looked.took, 0.99), "s", 1.1 * every + 2)
    yield Row("articles without a delivery", pushed.missing + looked.missing, "", 0)


async def faults() -> AsyncGenerator[Row, None]:
    """All faults on."""
    well, ill = await feeds_faults.stretches(warm=6, seconds=20)
    yield Row("5,000 feeds, all well: the loop is late by, p99", 1000 * well.lag, "ms")
    yield Row("5,000 feeds, all faults on: the loop is late by, p99", 1000 * ill.lag, "ms", 20)
    yield Row("all faults on: look at a healthy feed, p50 / without", ill.middle / well.middle, "×", 1.1)
    yield Row("all faults on: look at a healthy feed, p99 / without", ill.slowest / well.slowest, "×")
    yield Row("all faults on: a look at a healthy feed begins late by, p99", ill.late, "s")
    yield Row("all faults on: memory of the relay’s own process grows by", ill.megabytes - well.megabytes, "MB", 64)
