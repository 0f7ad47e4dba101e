# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ledgers to begin with, made once a worker. In memory where there is such a place: only processes are killed here."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from simulation.grounds import Grounds

MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="piquet-", dir=MEMORY if MEMORY.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture(scope="session")
def grounds(home: Path) -> Grounds:
    return Grounds(home)


@pytest.fixture
def folder(home: Path) -> Path:
    return home / "run"
