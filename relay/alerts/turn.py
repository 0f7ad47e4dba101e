# SPDX-License-Identifier: AGPL-3.0-or-later
"""What begins, comes back, goes and is over between two looks. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from relay.alerts.conditions import Condition
from relay.store.alert import Alert

AWAY = timedelta(minutes=2)  # what comes and goes faster is one thing, and is told once


@dataclass(frozen=True)
class Turn:
    """``begins`` are new; of the standing alerts some are ``back``, some are ``gone`` since now, some are ``over``."""

    begins: Sequence[Condition]
    back: Sequence[Alert]
    gone: Sequence[Alert]
    over: Sequence[Alert]

    def __bool__(self) -> bool:
        return any((self.begins, self.back, self.gone, self.over))


def turn(standing: Sequence[Alert], found: Collection[Condition], now: datetime) -> Turn:
    """Compare what stands with what was found at ``now``."""
    here = {(each.kind, each.subject) for each in found}
    known = {(each.kind, each.subject) for each in standing}
    missing = [each for each in standing if (each.kind, each.subject) not in here]
    return Turn(
        begins=[each for each in found if (each.kind, each.subject) not in known],
        back=[each for each in standing if each not in missing and each.gone_at is not None],
        gone=[each for each in missing if each.gone_at is None],
        over=[each for each in missing if each.gone_at is not None and now - each.gone_at >= AWAY],
    )
