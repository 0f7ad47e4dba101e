# SPDX-License-Identifier: AGPL-3.0-or-later
"""M7: what publishers do to their feeds. Each turns a document with one article of the day into another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

from simulation.acts import watch
from simulation.hosts import Host
from simulation.press import FEED
from simulation.scene import BEGIN
from simulation.verdict import Expected, Ran, judge
from simulation.world import World, copied

from relay.terms import Entry

When = Literal["same look", "next look", "after a restart"]
WHENS: tuple[When, ...] = ("same look", "next look", "after a restart")
OTHER = "https://journal.example/other"
MINUTES = timedelta(minutes=1)

Turn = Callable[[Sequence[Entry]], Sequence[Entry]]
"""A document, the article of the day at its top, turned into what the feed shows next."""


def _variant(**changes: object) -> Turn:
    """The same article, differently described; the old description may stand beside it."""
    return lambda entries: [replace(entries[0], **changes), *entries[1:]]  # type: ignore[arg-type]


def _linked(link: Callable[[str], str]) -> Turn:
    return lambda entries: [replace(entries[0], link=link(entries[0].link)), *entries[1:]]


def _shifted(days: float) -> Turn:
    def turn(entries: Sequence[Entry]) -> Sequence[Entry]:
        dated = entries[0].published
        assert dated is not None
        return [replace(entries[0], published=dated + timedelta(days=days)), *entries[1:]]

    return turn


def _flood(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The archive comes back whole, under new addresses and without dates."""
    links = [f"https://journal.example/vieux/{number}" for number in range(500)]
    return [Entry(guid=link, link=link, title=f"Vieille histoire numéro {at}") for at, link in enumerate(links)]


def _moved(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The address leads to another feed of the house now."""
    links = [f"https://journal.example/sport/{number}" for number in range(20)]
    return [Entry(link, link, f"Sport numéro {at}", "", BEGIN - MINUTES * at) for at, link in enumerate(links, 1)]


def _ancient(entries: Sequence[Entry]) -> Sequence[Entry]:
    link = "https://journal.example/ancienne"
    return [*entries, Entry(link, link, "Une histoire ancienne", "", BEGIN - timedelta(days=5))]


TURNS: Mapping[str, Turn] = {
    "the same": lambda entries: entries,
    "the same twice": lambda entries: [entries[0], *entries],
    "another guid": _variant(guid="urn:uuid:4f8b"),
    "another link": _linked(lambda link: f"{link}-2"),
    "tracking parameters": _linked(lambda link: f"{link}?utm_source=rss&utm_medium=feed"),
    "http": _linked(lambda link: link.replace("https:", "http:")),
    "a slash": _linked(lambda link: f"{link}/"),
    "upper case": _linked(lambda link: link.replace("journal.example", "Journal.Example")),
    "another title": _variant(title="Un : une tout autre histoire"),
    "a later date": _shifted(1 / 24),
    "another order": lambda entries: list(reversed(entries)),
    "vanished": lambda entries: entries[1:],
    "no guid": _variant(guid=""),
    "one guid for all": lambda entries: [replace(each, guid="item") for each in entries],
    "a date to come": _shifted(30),
    "an old piece": _ancient,
    "five hundred": _flood,
    "another feed": _moved,
    "no change": lambda entries: entries,
    "another feed too": lambda entries: entries,
}
BESIDE = {"another guid", "another link", "tracking parameters", "http", "a slash", "upper case", "no guid"}


def transform(ground: Path, folder: Path, name: str, when: When, seed: int = 0) -> Ran:
    """One article, answered once on each network; then, or at once, its feed is turned. Vanished pieces return."""
    with World(seed, copied(ground, folder), zero=BEGIN, sweep=300, look=60) as world:
        press = world.press
        if name == "another feed too":
            world.do(watch(world, OTHER))
        press.publish("Un", BEGIN)
        if when == "same look":
            _turn(world, name)
        relay = world.start()
        world.run(minutes=3)
        before = press.documents[FEED]
        if when == "after a restart":
            world.kill(relay)
        if when != "same look":
            _turn(world, name)
        if when == "after a restart":
            relay = world.start()
        for _ in range(5):
            relay.house.engine.ring("feed/journal.example")
        world.run(minutes=4)
        press.documents[FEED] = list(before)  # what was changed or vanished is back as it was
        world.run(minutes=4)
        verdict = judge(world, Expected(()))
        for host in world.hosts.values():
            told = _told(host)
            if told > 1:
                verdict.fault("duplicates", f"{told} notices on {host.name}", told - 1)
            if told < 1 and not _silent(name, when):
                verdict.fault("missing", f"no notice on {host.name}")
        replay = f"transform SEED={seed} TURN={_word(name)} WHEN={_word(when)}"
        return Ran(verdict, world.loop.steps, 0, world.loop.trace, replay)


def _turn(world: World, name: str) -> None:
    entries = world.press.documents[FEED]
    turned = list(TURNS[name](entries))
    if name in BESIDE:
        turned = [*turned, entries[0]]
    if name == "another feed too":
        world.press.documents[OTHER] = [entries[0]]
    world.press.documents[FEED] = turned


def _silent(name: str, when: When) -> bool:
    """Turned before anybody read it, the article itself was never there, or waits for a person with the rest."""
    return when == "same look" and name in ("vanished", "five hundred", "another feed")


def _word(name: str) -> str:
    return name.replace(" ", "_")


def _told(host: Host) -> int:
    return sum("://" in each.post.text for each in host.said)
