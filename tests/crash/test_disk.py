# SPDX-License-Identifier: AGPL-3.0-or-later
"""A disk that is full or fails, a database that somebody else holds: nothing is said that could not be written down."""

import resource
import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
from crash.relay_process import Nursery, Relay
from crash.town import CLOCK, Town, open_town, unkept

POINTS = ("poll parsed", "after the article's commit", "answer understood")  # each before the next transaction
LASTS = 1.2  # s; the relays here wait 0.4 for a busy database, and try again after 0.3
Trouble = Callable[[Relay, Path], AbstractContextManager[None]]


@contextmanager
def full(relay: Relay, database: Path) -> Iterator[None]:
    """Somebody else's file takes all there is (ENOSPC)."""
    filler = database.parent / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    yield
    filler.unlink()


@contextmanager
def failing(relay: Relay, database: Path) -> Iterator[None]:
    """Every write to a file fails (EFBIG)."""
    before = resource.prlimit(relay.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(relay.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    yield
    if relay.code is None:
        resource.prlimit(relay.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def locked(relay: Relay, database: Path) -> Iterator[None]:
    """Another program is in a transaction that does not end."""
    with sqlite3.connect(database, timeout=5) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
    other.close()


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Path]:
    """A folder that holds 12 MB; without the right to mount one, any."""
    place = tmp_path / "ground"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)]
    mounted = shutil.which("mount") and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    yield place
    if mounted:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
async def town(nursery: Nursery, tmp_path: Path, ground: Path, migrated_file: Path) -> AsyncIterator[Town]:
    shutil.copy(migrated_file, ground / "piquet.db")
    async with open_town(nursery, tmp_path, f"sqlite:///{ground / 'piquet.db'}") as made:
        yield made


async def held(town: Town, point: str, kind: str) -> tuple[Relay, Path]:
    """A relay that stands still at the point, until the file is removed."""
    here = town.home / "here"
    relay = town.struck(point, kind, town.publish(), until=str(here), patience=0.4)
    while not here.exists():
        await CLOCK.sleep(0.02)
    return relay, here


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("trouble", [full, failing, locked])
async def test_what_cannot_be_written_down_is_not_said(town: Town, ground: Path, trouble: Trouble, point: str) -> None:
    """No request leaves without a claim on disk, no outcome is lost, and all goes on by itself once there is room."""
    if trouble is full and not ground.is_mount():
        pytest.skip("no right to mount a small disk; the one that fails is tried instead")
    relay, here = await held(town, point, "A")
    with trouble(relay, ground / "piquet.db"):
        here.unlink()
        await CLOCK.sleep(LASTS)
        assert trouble is failing or "[error" in relay.said  # it cannot say so where it writes to a file
        if point != POINTS[2]:
            assert [] == town.spoken()
    assert [] == unkept(await town.settled(), town)
    assert 0 == await relay.end()


@pytest.mark.parametrize("trouble", [full, failing])
async def test_killed_while_nothing_can_be_written_it_says_nothing_twice(
    town: Town, ground: Path, trouble: Trouble
) -> None:
    """The answer came, and could not be kept: the next relay looks, or asks a person where it cannot."""
    if trouble is full and not ground.is_mount():
        pytest.skip("no right to mount a small disk; the one that fails is tried instead")
    relay, here = await held(town, POINTS[2], "D")
    with trouble(relay, ground / "piquet.db"):
        here.unlink()
        await CLOCK.sleep(0.3)
        relay.kill()
        await relay.ended()
    again = town.relay()
    assert [] == unkept(await town.settled(), town)
    assert 0 == await again.end()
