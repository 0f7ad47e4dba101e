# SPDX-License-Identifier: AGPL-3.0-or-later
"""A soak can fail: whatever breaks the contract is counted as what it is."""

import pytest
from soak.tally import Tally


@pytest.mark.parametrize(
    ("kind", "ended", "standing", "owed", "wrong"),
    [
        ("A", ["sent"], 1, True, {}),
        ("D", ["needs_human"], 0, True, {}),
        ("D", ["needs_human"], 1, True, {}),
        ("A", [], 0, False, {}),
        ("A", ["expired"], 0, False, {}),
        ("A", ["sent"], 3, True, {"duplicates": 2}),
        ("D", ["needs_human"], 2, True, {"duplicates": 1}),
        ("A", ["sent"], 0, True, {"missing": 1}),
        ("A", ["sent"], 0, False, {"missing": 1}),
        ("A", [], 0, True, {"missing": 1}),
        ("A", ["expired"], 0, True, {"missing": 1}),
        ("A", ["expired"], 1, False, {"unaccounted": 1}),
        ("A", ["unsure"], 0, False, {"unaccounted": 1}),
        ("A", ["sent", "sent"], 1, True, {"missing": 1, "unaccounted": 1}),
        ("A", ["needs_human"], 0, True, {"missing": 1}),
    ],
)
def test_what_breaks_the_contract_is_counted(
    kind: str, ended: list[str], standing: int, owed: bool, wrong: dict[str, int]
) -> None:
    tally = Tally()
    tally.weigh("piece", {kind: ended}, {kind: standing}, owed=owed)
    assert {"articles": 1, **wrong} == dict(+tally.counts)
    assert bool(wrong) == (not tally.clean) == bool(tally.faults)
