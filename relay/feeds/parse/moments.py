# SPDX-License-Identifier: AGPL-3.0-or-later
"""Dates as feedparser reads them, in the two forms that nearly all feeds use. Pure.

RFC 822 with the repairs of RFC 2822 (https://www.rssboard.org/rss-specification) and RFC 3339
(https://www.rfc-editor.org/rfc/rfc3339). Any other form is left to feedparser.
"""

import re
from datetime import UTC, datetime, timedelta

from relay.feeds.parse.vocabulary import Unclear

_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: number for number, name in enumerate(_NAMES.split(), 1)}
_ZONES = {"gmt": 0, "ut": 0, "utc": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6}
_ZONES |= {"pst": -8, "pdt": -7}
_MAIL = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun), )?(\d{1,2}) ([a-z]{3}) (\d{4}) (\d{2}):(\d{2})(?::(\d{2}))?"
    r" (?:([+-])(\d{2})(\d{2})|([a-z]{1,3}))",
    re.ASCII,
)
_RECORD = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})t(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(?:z|([+-])(\d{2}):(\d{2}))?", re.ASCII
)


def moment(text: str) -> datetime | None:
    """``text`` as aware UTC to the second, None if it is empty. Raises Unclear for any form but the two."""
    if not text:
        return None
    lower = text.lower()
    if mail := _MAIL.fullmatch(lower):
        day, month, year, hour, minute, second, sign, hours, minutes, zone = mail.groups()
        shift = _shift(sign, hours, minutes) if sign else timedelta(hours=_known(_ZONES, zone))
        return _utc((year, _known(_MONTHS, month), day, hour, minute, second), shift)
    if record := _RECORD.fullmatch(lower):
        return _utc(record.groups()[:6], _shift(*record.groups()[6:]))
    raise Unclear


def _known(names: dict[str, int], name: str) -> int:
    if name not in names:
        raise Unclear
    return names[name]


def _shift(sign: str | None, hours: str | None, minutes: str | None) -> timedelta:
    shift = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return -shift if sign == "-" else shift


def _utc(parts: tuple[str | int | None, ...], shift: timedelta) -> datetime:
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC) - shift
    except (ValueError, OverflowError):
        raise Unclear from None
