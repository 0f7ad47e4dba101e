# SPDX-License-Identifier: AGPL-3.0-or-later
"""A strike as an iCalendar file (https://www.rfc-editor.org/rfc/rfc5545): one event a window."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from relay.strikes.moments import zone_of
from relay.terms import Window

YEAR = timedelta(days=366)


def export(
    key: str, name: str, reasons: str, link: str, windows: Sequence[Window], zone: str, stamp: datetime
) -> bytes:
    """The file's bytes. ``key`` is the strike's own and never changes, so that importing again moves no event.

    ``stamp`` (aware) is when the file was made. Times carry ``zone``, whose rules are enclosed. Events are private:
    nothing about a strike is public before its window opens.
    """
    place = zone_of(zone)
    calendar = Calendar()
    calendar.add("prodid", "-//Piquet//Strike relay//EN")
    calendar.add("version", "2.0")
    for window in windows:
        event = Event()
        event.add("uid", f"{key}-{window.opens:%Y%m%dT%H%M%SZ}@piquet")
        event.add("dtstamp", stamp)
        event.add("dtstart", _local(window.opens, place))
        event.add("dtend", _local(window.closes, place))
        event.add("summary", name)
        event.add("description", "\n\n".join(filter(None, [reasons, link])))
        event.add("class", "PRIVATE")
        if link:
            event.add("url", link)
        calendar.add_component(event)
    if windows:
        first, last = min(each.opens for each in windows), max(each.closes for each in windows)
        calendar.add_missing_timezones(first_date=(first - YEAR).date(), last_date=(last + YEAR).date())
    return bytes(calendar.to_ical())


def _local(moment: datetime, place: ZoneInfo) -> datetime:
    """In the zone's time, or in UTC where its clock shows this time a second time, which RFC 5545 §3.3.5 cannot say."""
    local = moment.astimezone(place)
    return moment if local.fold else local
