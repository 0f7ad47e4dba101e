# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real relays that may be killed: one nursery for a run of tests, a fresh town for each."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from crash.relay_process import Nursery
from crash.town import Town, open_town


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
async def town(nursery: Nursery, tmp_path: Path, address: str) -> AsyncIterator[Town]:
    async with open_town(nursery, tmp_path, address) as made:
        yield made


@pytest.fixture
async def sqlite_town(nursery: Nursery, tmp_path: Path, migrated_file: Path) -> AsyncIterator[Town]:
    """Where the store makes no difference."""
    database = shutil.copy(migrated_file, tmp_path / "piquet.db")
    async with open_town(nursery, tmp_path, f"sqlite:///{database}") as made:
        yield made
