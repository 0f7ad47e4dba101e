# SPDX-License-Identifier: AGPL-3.0-or-later
"""“Grève reconduite”: the same hours again, by the clock on the newsroom's wall."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from relay.faults import Invalid
from relay.i18n import say
from relay.strikes.moments import zone_of
from relay.strikes.windows import window
from relay.terms import Window


def renew(windows: Sequence[Window], zone: str, now: datetime, on: date | None = None) -> Window:
    """The last window once more, with the same wall-clock hours across a change of summer time.

    It opens on ``on``, or on the next day that the last window leaves free: the day after for a window within one
    day. The caller adds it (``windows.added``). Raises Invalid if there is nothing to renew, if the new window
    would already be over, or if one of its times does not exist on that day.
    """
    if not windows:
        raise Invalid(say("The strike has no window to renew; plan one first."))
    place = zone_of(zone)
    last = max(windows, key=lambda each: each.closes)
    opens = last.opens.astimezone(place).replace(tzinfo=None)
    closes = last.closes.astimezone(place).replace(tzinfo=None)
    days_taken = max(1, -((opens - closes) // timedelta(days=1)))
    shift = timedelta(days=days_taken) if on is None else on - opens.date()
    return window(opens + shift, closes + shift, zone, now)
