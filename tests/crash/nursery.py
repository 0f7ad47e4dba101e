# SPDX-License-Identifier: AGPL-3.0-or-later
"""A process that has imported the whole relay and bears a real ``piquet`` for every line it reads.

``python -m crash.nursery`` reads orders as JSON, one a line: {"words", "home", "database", "key", "plan"} forks
``piquet WORDS`` and answers {"pid"}; {"wait": pid} answers {"code"}, negative for the signal it died of. Forking costs
milliseconds where a fresh start costs two seconds. When its standard input ends, all that it bore is killed.
"""

import gc
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import aiosqlite
import psycopg
from crash.hook import Hook
from crash.planted import plant
from sqlalchemy.orm import configure_mappers

from relay import cli, log
from relay.cli import inside, root, run
from relay.house import open_house
from relay.networks import bluesky_session, mastodon_client
from relay.networks.bluesky import Bluesky
from relay.networks.mastodon import Mastodon

NETWORKS = {"mastodon": Mastodon, "bluesky": Bluesky, "hook": Hook}
SHORT = {"settle": 0.4, "send_timeout": 2.0, "look_floor": 0.2, "flood_threshold": 1_000, "health_port": 0}
WEIGHT = (aiosqlite, psycopg, root, run, bluesky_session, mastodon_client)  # what a relay would import, imported once


def serve() -> None:
    """Answer orders until they end."""
    living: set[int] = set()
    log.configure("info", "text")
    configure_mappers()
    gc.freeze()  # https://docs.python.org/3/library/gc.html#gc.freeze
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            living.discard(order["wait"])
            _, status = os.waitpid(order["wait"], 0)
            answer = {"code": os.waitstatus_to_exitcode(status)}
        else:
            answer = {"pid": bear(order)}
            living.add(answer["pid"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    for pid in living:
        os.kill(pid, signal.SIGKILL)


def bear(order: Mapping[str, Any]) -> int:
    """Fork a relay; its process id."""
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        _settle_in(order)
        cli.main()
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else 0
    finally:
        sys.stdout.flush()
        os._exit(code)


def _settle_in(order: Mapping[str, Any]) -> None:
    """Be a ``piquet`` in a home of one's own, with the networks of the square and little patience."""
    log = os.open(f"{order['home']}/log-{os.getpid()}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, log), (2, log)):
        os.dup2(source, target)
    os.environ.update(
        PIQUET_HOME=order["home"],
        PIQUET_DATABASE=order["database"],
        PIQUET_KEY=order["key"],
        PIQUET_LANGUAGE="en",
        PIQUET_ALLOW_NETWORKS="127.0.0.0/8",
    )
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.argv = ["piquet", *order["words"]]
    short = SHORT | order["plan"].get("settings", {})
    inside.open_house = lambda settings: partial(open_house, networks=NETWORKS, sweep=0.3)(replace(settings, **short))
    plant(order["plan"])


if __name__ == "__main__":
    serve()
