# SPDX-License-Identifier: AGPL-3.0-or-later
"""Addresses of databases that nobody has opened yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import Cluster


@pytest.fixture(params=["sqlite", "postgres"])
def new(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of a database that has never been opened, on each store."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.db'}"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    made = cluster.create()
    yield made
    cluster.drop(made)
