# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the headers of an answer say about when to come back and what the body is. Pure.

Rules: https://www.rfc-editor.org/rfc/rfc9110 (Retry-After, Date), https://www.rfc-editor.org/rfc/rfc9111 (freshness).
Servers repeat themselves: what they say of freshness and the date is read once for many feeds.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.message import Message as Header
from email.utils import parsedate_to_datetime
from functools import lru_cache

LONGEST_WAIT = timedelta(hours=48)
LONGEST_UNSAID_WAIT = timedelta(hours=1)
_UNSAID_WAIT = timedelta(seconds=60)
_LONGEST_FRESH = 365 * 86_400  # RFC 2616, section 14.21: more is not meant; and the store counts in 32 bits
_LONGEST_VALIDATOR = 1000


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """The moment Retry-After names, in seconds or as a date measured against the server's own Date; None if unsaid.

    Never in the past, never more than 48 h ahead.
    """
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        wait = timedelta(seconds=_number(said))
    else:
        moment = http_date(said)
        if moment is None:
            return None
        wait = moment - (http_date(headers.get("Date", "")) or now)
    return now + min(max(wait, timedelta()), LONGEST_WAIT)


def unsaid_wait(failures: int) -> timedelta:
    """How long to leave a server alone that has had enough but names no moment, after so many failures in a row."""
    wait: timedelta = _UNSAID_WAIT * 2 ** min(failures, 6)
    return min(wait, LONGEST_UNSAID_WAIT)


def fresh_for(headers: Mapping[str, str]) -> int:
    """Seconds for which the server calls its answer fresh; 0 if it says nothing, or says no-store or no-cache."""
    said = _max_age(headers.get("Cache-Control", ""))
    if said is None:
        until, date = http_date(headers.get("Expires", "")), http_date(headers.get("Date", ""))
        said = int((until - date).total_seconds()) if until and date else 0
    return min(max(0, said - _number(headers.get("Age", ""))), _LONGEST_FRESH) if said else 0


def media(content_type: str) -> tuple[str, str]:
    """The media type and the charset of a Content-Type, both lower case, "" where unsaid."""
    header = Header()
    header["Content-Type"] = content_type.replace("\r", " ").replace("\n", " ")
    kind = header.get_content_type() if content_type.strip() else ""
    return kind, (header.get_content_charset("") or "").strip()


def validator(headers: Mapping[str, str], name: str) -> str:
    """A validator exactly as sent, or "" where it could not be echoed to the byte.

    That is one with bytes that are not UTF-8 (aiohttp would leave them out), with control characters (it would refuse
    to send them), or of absurd length.
    """
    sent = headers.get(name, "")
    return sent if sent.isprintable() and len(sent) <= _LONGEST_VALIDATOR else ""


@lru_cache(maxsize=1024)
def http_date(text: str) -> datetime | None:
    """An HTTP date as aware UTC, None for anything else."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


@lru_cache(maxsize=1024)
def _max_age(cache_control: str) -> int | None:
    """What Cache-Control says of freshness, in seconds; None where Expires has the word."""
    pairs = (part.partition("=") for part in cache_control.lower().split(","))
    said = {name.strip(): value.strip().strip('"') for name, _, value in pairs}
    if "no-store" in said or "no-cache" in said:
        return 0
    return _number(said["max-age"]) if "max-age" in said else None


def _number(text: str) -> int:
    """A count of seconds as headers write it, 0 for anything else."""
    digits = text.strip().lstrip("0")
    return int(digits[:10]) if digits.isascii() and digits.isdigit() else 0
