# SPDX-License-Identifier: AGPL-3.0-or-later
"""M7: whatever a publisher does to the feed, an article is answered once."""

from pathlib import Path

import pytest
from simulation.grounds import Grounds
from simulation.transforms import TURNS, WHENS, When, transform


@pytest.mark.parametrize("when", WHENS)
@pytest.mark.parametrize("name", TURNS)
def test_a_feed_that_changes_causes_no_second_notice(grounds: Grounds, folder: Path, name: str, when: When) -> None:
    """And none for what was there before, or for five hundred pieces at once: those wait for a person."""
    ran = transform(grounds.open(), folder, name, when)
    assert ran.verdict.clean, ran
