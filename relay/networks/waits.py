# SPDX-License-Identifier: AGPL-3.0-or-later
"""How long a network may make us wait: at least a second, at most an hour, a minute where it does not say."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SHORTEST, LONGEST, UNSAID = 1.0, 3600.0, 60.0  # s


def until(now: datetime, asked: float | None) -> datetime:
    """The moment to come back when a network ``asked`` for that many seconds; None if it did not say."""
    seconds = UNSAID if asked is None else asked
    return now + timedelta(seconds=min(max(seconds, SHORTEST), LONGEST))


def retry_after(value: str, now: datetime) -> float | None:
    """The seconds that a Retry-After header asks for, as a number or a date; None if it makes no sense.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value)
    moment = http_date(value)
    return None if moment is None else (moment - now).total_seconds()


def http_date(value: str) -> datetime | None:
    """An HTTP date as aware UTC, or None."""
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
