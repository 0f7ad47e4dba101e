# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a soak counts: on each account each article's rows in the ledger, against what stands on the server. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from relay.terms import SETTLED, DeliveryState

COUNTED = ("duplicates", "missing", "unaccounted", "after_end")
ASKS = "D"  # the class of networks on which a person may be asked


@dataclass
class Tally:
    """``counts`` of articles (``watched``: those of a farm), kills, and what must not be; ``faults`` names that."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Nothing of it happened."""
        return not any(self.counts[name] for name in COUNTED)

    @property
    def told(self) -> dict[str, int]:
        """All of it, for a line of JSON."""
        return {name: self.counts[name] for name in ("articles", "watched", "kills", *COUNTED)}

    def fault(self, name: str, words: str, number: int = 1) -> None:
        """Count and name one."""
        self.counts[name] += number
        self.faults.append(f"{name}: {words}")

    def weigh(self, token: str, rows: Mapping[str, Sequence[str]], standing: Mapping[str, int], *, owed: bool) -> None:
        """One article: ``rows`` and what is ``standing`` by class of network; ``owed``: it was in time to be said."""
        self.counts["articles"] += 1
        for kind, ended in rows.items():
            stands, where = standing[kind], f"{token} on {kind}: {standing[kind]} stand, the ledger says {ended}"
            sent, asked = ended == [DeliveryState.SENT], kind == ASKS and ended == [DeliveryState.NEEDS_HUMAN]
            if stands > 1:
                self.fault("duplicates", where, stands - 1)
            if (sent and not stands) or (owed and not sent and not asked):
                self.fault("missing", where)
            if len(ended) > 1 or not SETTLED.issuperset(ended) or (stands and not sent and not asked):
                self.fault("unaccounted", where)
