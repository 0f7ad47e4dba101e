# SPDX-License-Identifier: AGPL-3.0-or-later
"""Times as people read them: by the clock on the newsroom's wall."""

from datetime import datetime, timedelta

from relay.i18n import Message, say, say_n
from relay.strikes.moments import zone_of
from relay.terms import Window


def local(moment: datetime, zone: str) -> str:
    """2026-12-17 09:00, by the clocks of ``zone``."""
    return f"{moment.astimezone(zone_of(zone)):%Y-%m-%d %H:%M}"


def stretch(window: Window, zone: str) -> str:
    """2026-12-17 09:00–19:00; with the second day where it ends on another."""
    opens, closes = (each.astimezone(zone_of(zone)) for each in (window.opens, window.closes))
    end = f"{closes:%H:%M}" if closes.date() == opens.date() else f"{closes:%Y-%m-%d %H:%M}"
    return f"{opens:%Y-%m-%d %H:%M}–{end}"


def lasting(span: timedelta) -> Message:
    """A length of time in its largest fitting unit, rounded."""
    minutes = round(span / timedelta(minutes=1))
    if minutes < 1:
        return say_n("{n} second", "{n} seconds", max(0, round(span.total_seconds())))
    if minutes < 100:
        return say_n("{n} minute", "{n} minutes", minutes)
    hours = round(span / timedelta(hours=1))
    return say_n("{n} hour", "{n} hours", hours) if hours < 49 else say_n("{n} day", "{n} days", round(hours / 24))


def ago(moment: datetime | None, now: datetime) -> Message:
    """How long ago ``moment`` was."""
    return say("{span} ago", span=lasting(now - moment)) if moment else say("never")
