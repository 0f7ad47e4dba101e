# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the headers of an answer say about when to come back and what the body is. Pure.

Rules: https://www.rfc-editor.org/rfc/rfc9110 (Retry-After, Date), https://www.rfc-editor.org/rfc/rfc9111 (freshness).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.message import Message as Header
from email.utils import parsedate_to_datetime

LONGEST_WAIT = timedelta(hours=48)
UNSAID_WAIT = timedelta(seconds=60)


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """The moment Retry-After names, in seconds or as a date measured against the server's own Date; None if unsaid.

    Never in the past, never more than 48 h ahead.
    """
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        wait = timedelta(seconds=min(int(said[:9]), LONGEST_WAIT.total_seconds()))
    else:
        moment = http_date(said)
        if moment is None:
            return None
        wait = moment - (http_date(headers.get("Date", "")) or now)
    return now + min(max(wait, timedelta()), LONGEST_WAIT)


def fresh_for(headers: Mapping[str, str]) -> int:
    """Seconds for which the server calls its answer fresh; 0 if it says nothing, or says no-store or no-cache."""
    directives = _directives(headers.get("Cache-Control", ""))
    if "no-store" in directives or "no-cache" in directives:
        return 0
    if "max-age" in directives:
        return max(0, _number(directives["max-age"]) - _number(headers.get("Age", "")))
    expires, date = http_date(headers.get("Expires", "")), http_date(headers.get("Date", ""))
    return max(0, int((expires - date).total_seconds())) if expires and date else 0


def media(content_type: str) -> tuple[str, str]:
    """The media type and the charset of a Content-Type, both lower case, "" where unsaid."""
    header = Header()
    header["Content-Type"] = content_type.replace("\r", " ").replace("\n", " ")
    kind = header.get_content_type() if content_type.strip() else ""
    return kind, (header.get_content_charset("") or "").strip()


def validator(headers: Mapping[str, str], name: str) -> str:
    """A validator exactly as sent, or "" where its bytes are no text and could not be echoed."""
    sent = headers.get(name, "")
    return "" if any(0xD800 <= ord(c) <= 0xDFFF for c in sent) else sent


def http_date(text: str) -> datetime | None:
    """An HTTP date as aware UTC, None for anything else."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _directives(cache_control: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in cache_control.lower().split(","))
    return {name.strip(): value.strip().strip('"') for name, _, value in pairs}


def _number(text: str) -> int:
    digits = text.strip()[:10]
    return int(digits) if digits.isascii() and digits.isdigit() else 0
