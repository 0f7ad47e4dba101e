# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ways in which a server that is asked too often says when it listens again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from types import MappingProxyType
from typing import Literal

Throttle = Literal["", "seconds", "date", "absent", "absurd", "mastodon", "bluesky"]

THROTTLES: Mapping[str, object] = MappingProxyType(
    {
        "seconds": {},
        "date": {},
        "absent": {},
        "absurd": {},
        # config/initializers/rack_attack.rb
        "mastodon": {"error": "Throttled"},
        # https://docs.bsky.app/docs/advanced-guides/rate-limits
        "bluesky": {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"},
    }
)
"""Each form, and the body of its answer."""


def throttled(form: Throttle, wait: float, now: datetime) -> dict[str, str]:
    """The headers of a 429 in that form; seconds and HTTP date as https://www.rfc-editor.org/rfc/rfc9110#field.retry-after"""
    moment = now + timedelta(seconds=wait)
    match form:
        case "seconds":
            return {"Retry-After": str(round(wait))}
        case "date":
            return {"Retry-After": format_datetime(moment, usegmt=True)}
        case "absurd":
            return {"Retry-After": "99999999999999"}
        case "mastodon":  # https://docs.joinmastodon.org/api/rate-limits/
            reset = moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
            return {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
        case "bluesky":
            reset = str(round(moment.timestamp()))
            return {"RateLimit-Limit": "3000", "RateLimit-Remaining": "0", "RateLimit-Reset": reset}
    return {}
