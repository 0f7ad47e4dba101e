# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fuzz target: whatever stands where a date should, it is read as aware UTC or not at all."""

from datetime import UTC, datetime, timedelta

from relay.feeds.http.headers import LONGEST_WAIT, fresh_for, http_date, retry_at
from relay.feeds.parse.text import iso_date, numeric_date

NOW = datetime(2019, 12, 17, 8, 30, tzinfo=UTC)
HEADERS = ("Retry-After", "Date", "Cache-Control", "Expires", "Age")


def check(data: bytes) -> None:
    """The whole is a date; its lines are the headers in which servers say when to come back."""
    text = data.decode("utf-8", "surrogateescape")
    for moment in (iso_date(text), numeric_date(text), http_date(text)):
        assert moment is None or moment.utcoffset() == timedelta()
    for headers in (dict(zip(HEADERS, text.split("\n"), strict=False)), dict.fromkeys(HEADERS, text)):
        again = retry_at(headers, NOW)
        assert again is None or NOW <= again <= NOW + LONGEST_WAIT
        assert fresh_for(headers) >= 0
