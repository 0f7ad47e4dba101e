# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet worker`` as a process of its own, on both databases."""

import asyncio
from pathlib import Path

from fleet import at_work, machine, wait_for
from postgres import Cluster


def said(home: Path) -> str:
    return (home / "said").read_text()


async def test_on_sqlite_a_second_worker_is_turned_away_in_one_sentence(tmp_path: Path) -> None:
    """The first goes on."""
    database = f"sqlite:///{tmp_path / 'piquet.db'}"
    with machine(tmp_path / "1", database) as first:
        await wait_for(lambda: "at work" in said(tmp_path / "1"), 30)
        with machine(tmp_path / "2", database) as second:
            assert 1 == await asyncio.to_thread(second.process.wait, 30)
        assert said(tmp_path / "2").startswith("✗ Another Piquet already runs")
        assert 1 == len(said(tmp_path / "2").splitlines())
        assert 0 == await first.stop()


async def test_on_postgresql_several_work_and_leave_nothing_behind(tmp_path: Path, postgres: Cluster) -> None:
    """Started at the same moment on an empty database, stopped as an operator stops them."""
    database = postgres.create()
    with machine(tmp_path / "1", database) as one, machine(tmp_path / "2", database) as two:
        homes = (tmp_path / "1", tmp_path / "2")
        await wait_for(lambda: all("at work" in said(home) for home in homes), 30)
        await asyncio.sleep(1)
        await wait_for(lambda: at_work(database) == 2, 10)
        assert [0, 0] == await asyncio.gather(one.stop(), two.stop())
    assert 0 == at_work(database)
    assert ["Stopped." in said(home) for home in homes] == [True, True]
