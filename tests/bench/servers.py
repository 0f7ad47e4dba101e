# SPDX-License-Identifier: AGPL-3.0-or-later
"""A PostgreSQL that waits for its disk, started for a measurement and gone after it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from postgres import Cluster, missing

__all__ = ["missing", "postgres"]


@contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty database."""
    cluster = Cluster(fsync="on", full_page_writes="on")
    cluster.start()
    try:
        yield cluster.create()
    finally:
        cluster.stop()
