# SPDX-License-Identifier: AGPL-3.0-or-later
"""Nothing is said that was not on disk before: the system calls of a real relay, in the order the kernel saw them."""

import os
import shutil
import warnings
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from crash.relay_process import Nursery
from crash.town import open_town, unkept
from crash.trace import STRACE, read, without_syncs
from postgres import Cluster
from psycopg import sql
from sqlalchemy import text

from relay.store.opening import open_store

ROUNDS, EACH = 7, 4  # articles, on four servers each; five new ones at once are a flood


def require_strace() -> None:
    if shutil.which("strace"):
        return
    reason = "strace is not installed: the order of claim and request was not watched"
    if os.environ.get("PIQUET_REQUIRE_REAL") == "1":
        pytest.fail(reason)
    warnings.warn(reason, stacklevel=1)
    pytest.skip(reason)


async def test_a_claim_is_on_disk_before_the_first_byte_of_its_request_leaves(tmp_path: Path) -> None:
    """Between claiming a notice and the first byte of its request lies an fdatasync of the log: in all of 100 sends."""
    require_strace()
    nursery = Nursery(*STRACE, "-o", str(tmp_path / "trace"))
    async with open_town(nursery, tmp_path, f"sqlite:///{tmp_path / 'piquet.db'}") as town:
        relay = town.relay(tell=True)
        for _ in range(ROUNDS):
            for _ in range(EACH):
                town.publish()
            states = await town.settled()
        await relay.end()
        nursery.close()
        assert [] == unkept(states, town)
        ports = {gate.address.rpartition(":")[2]: server for server, gate in town.gates.items()}
    lines = (tmp_path / "trace").read_text().splitlines()
    reading, careless = read(lines, ports), read(without_syncs(lines), ports)
    assert sorted((server, token) for token in town.tokens for server in town.servers) == sorted(reading.sent)
    assert [] == reading.unwritten
    assert len(careless.unwritten) == len(reading.sent) >= 100  # this test can fail


async def test_on_postgresql_a_commit_waits_for_the_disk_whatever_the_server_does_by_default(
    postgres: Cluster, migrated_database: str
) -> None:
    """What the server's own settings say is asked for anew with every connection that writes."""
    url = postgres.create(migrated_database)
    with psycopg.connect(url, autocommit=True) as connection:
        name = sql.Identifier(urlsplit(url).path.strip("/"))
        connection.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(name))
    store = await open_store(url)
    async with store.write() as tx:
        told = (await (await tx.connection()).execute(text("SHOW synchronous_commit"))).scalar()
    await store.aclose()
    postgres.drop(url)
    assert "on" == told
