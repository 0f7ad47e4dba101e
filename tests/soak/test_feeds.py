# SPDX-License-Identifier: AGPL-3.0-or-later
"""The soak of the watcher in short, and that it can fail."""

import random
import shutil
import sys
from pathlib import Path

from crash.relay_process import Nursery
from crash.town import CLOCK, open_town
from soak.feeds import compare, soak_feeds
from soak.tally import Tally

from relay.square.farm.farm import Farm

FEEDS, SECONDS = 24, 4.0


async def test_a_relay_that_is_killed_again_and_again_answers_every_article_once(
    tmp_path: Path, migrated_file: Path
) -> None:
    database, seed = shutil.copy(migrated_file, tmp_path / "piquet.db"), random.randrange(1_000_000)
    sys.stdout.write(f"SEED={seed}\n")
    farm, nursery = Farm(CLOCK, FEEDS, per_host=1, size=10), Nursery()
    await farm.start()
    try:
        async with open_town(nursery, tmp_path, f"sqlite:///{database}", "A") as town:
            tally = await soak_feeds(town, farm, random.Random(seed), SECONDS)
    finally:
        await farm.stop()
        nursery.close()
    assert [] == tally.faults
    assert tally.counts["kills"] > 1
    assert tally.counts["watched"] > SECONDS


def test_an_article_that_is_lost_doubled_or_made_up_is_counted() -> None:
    tally = Tally()
    answers = {"good": ["sent"], "twice": ["sent", "sent"], "made up": ["sent"]}
    compare(tally, ["good", "twice", "lost"], answers, {"good": 1, "twice": 2, "made up": 1})
    assert {"watched": 3, "articles": 3, "duplicates": 1, "missing": 2, "unaccounted": 2} == dict(+tally.counts)
