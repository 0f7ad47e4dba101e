# SPDX-License-Identifier: AGPL-3.0-or-later
"""A farm in a process of its own, so that its work is not counted as the relay's. Speaks JSON, a line each way.

Started with Farm's own keywords as JSON ({"feeds": 1000, "per_host": 50, "hub_every": 5}; "cert" and "key" name files
for https). It first prints {"port", "hub"}; the address of feed n is made from the port by ``address`` here, so that
100,000 of them need not be sent. Then each line read is an order, and each is answered by one line:

    {"do": "publish", "feeds": [1, 2]}  {"do": "touch", "feeds": …}      → {}
    {"do": "schedule", "rate": 1.5}                                     → {}    articles an hour in each feed
    {"do": "fault", "name": "hang", "feeds": …, "times": 1, "seconds": 60}, {"do": "heal", "feeds": …}
    {"do": "hub_fault", "name": "unsigned", "feeds": …}, {"do": "restarted"}
    {"do": "stats"}      → {"answers", "unchanged", "whole", "faulty", "cpu" (s), "seconds", "published", "megabytes"}
    {"do": "latencies"}  → {"served": [s …], "pushed": [s …], "unserved": how many}
    {"do": "articles"}   → {"links": [every article published since the start]}
    {"do": "score"}      → Score.told()

The end of standard input ends the process.
"""

import asyncio
import json
import resource
import ssl
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from time import process_time
from typing import Any

from relay.clock import RealClock, stopwatch
from relay.square.farm.farm import Farm
from relay.square.farm.hosts import Hosts


def address(number: int, port: int, per_host: int = 50, scheme: str = "http") -> str:
    """Where feed ``number`` is."""
    return f"{scheme}://{Hosts(per_host).name(number)}:{port}/f/{number}"


class FarmProcess:
    """The same from the outside: ``with FarmProcess(feeds=1000) as farm: farm.ask("publish", feeds=[7])``."""

    def __init__(self, **given: Any) -> None:
        self._given = given

    def __enter__(self) -> "FarmProcess":
        command = [sys.executable, __file__, json.dumps(self._given)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        opened = self._read()
        self.port, self.hub = int(opened["port"]), str(opened["hub"])
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    @property
    def per_host(self) -> int:
        """How many feeds each host has."""
        return int(self._given.get("per_host", 50))

    def address(self, number: int) -> str:
        """Where feed ``number`` is."""
        scheme = "https" if "cert" in self._given else "http"
        return address(number, self.port, self.per_host, scheme)

    def ask(self, do: str, **order: Any) -> dict[str, Any]:
        """Give an order and wait for its answer; RuntimeError if the farm could not carry it out."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **order}) + "\n")
        self._process.stdin.flush()
        told = self._read()
        if "error" in told:
            raise RuntimeError(told["error"])
        return told

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told


class Orders:
    """What may be ordered, by name."""

    def __init__(self, farm: Farm) -> None:
        self._farm, self._started = farm, stopwatch()

    def carry_out(self, order: dict[str, Any]) -> dict[str, Any]:
        """The answer to one line."""
        act: Callable[..., dict[str, Any] | None] = getattr(self, f"_{order.pop('do')}")
        return act(**order) or {}

    def _publish(self, feeds: list[int]) -> None:
        self._farm.publish(*feeds)

    def _touch(self, feeds: list[int]) -> None:
        self._farm.touch(*feeds)

    def _schedule(self, rate: float) -> None:
        self._farm.schedule(rate)

    def _fault(self, name: str, feeds: list[int], **until: float) -> None:
        self._farm.fault(name, *feeds, **until)

    def _heal(self, feeds: list[int]) -> None:
        self._farm.heal(*feeds)

    def _hub_fault(self, name: str, feeds: list[int]) -> None:
        self._farm.hub.fault(name, *feeds)

    def _restarted(self) -> None:
        self._farm.restarted()

    def _stats(self) -> dict[str, Any]:
        clocks = {"cpu": process_time(), "seconds": stopwatch() - self._started}
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        return asdict(self._farm.told) | clocks | {"published": len(self._farm.land.books), "megabytes": memory}

    def _latencies(self) -> dict[str, Any]:
        articles = list(self._farm.published())
        served = [each.served - each.appeared for each in articles if each.served is not None]
        pushed = [each.pushed - each.appeared for each in articles if each.pushed is not None]
        return {"served": served, "pushed": pushed, "unserved": len(articles) - len(served)}

    def _articles(self) -> dict[str, Any]:
        return {"links": [self._farm.link(each) for each in self._farm.published()]}

    def _score(self) -> dict[str, Any]:
        return self._farm.score().told()


async def main(given: dict[str, Any]) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a connection or two for each of thousands of hosts
    cert, key = given.pop("cert", ""), given.pop("key", None)
    if cert:
        given["tls"] = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        given["tls"].load_cert_chain(cert, key)
    farm = Farm(RealClock(), **given)
    await farm.start()
    orders = Orders(farm)
    print(json.dumps({"port": farm.land.port, "hub": farm.land.hub}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            answer = orders.carry_out(json.loads(line))
        except Exception as no:  # whatever it is, whoever ordered it must hear of it
            answer = {"error": f"{type(no).__name__}: {no}"}
        print(json.dumps(answer), flush=True)
    await farm.stop()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}))
