# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ledgers to begin with, made once a worker."""

from pathlib import Path

import pytest
from simulation.grounds import Grounds


@pytest.fixture(scope="session")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return Grounds(tmp_path_factory.mktemp("grounds"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"
