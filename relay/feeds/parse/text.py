# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a feed supplies, made harmless: plain text of bounded length, absolute web links, UTC dates. Pure."""

import hashlib
import html
import re
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urljoin, urlsplit

import nh3

TITLE_BYTES = 1 << 10
SUMMARY_BYTES = 2 << 10
LINK_BYTES = 2 << 10
_HTML_CHARACTERS = 16 << 10  # nh3 is quadratic in nesting: 0.02 s at this size

_BREAKING = re.compile(r"<(?=/?(?:br|p|div|li|tr|h[1-6])\b)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")


def plain(markup: str, limit: int = TITLE_BYTES) -> str:
    """The words of ``markup`` without tags or entities, on one line, at most ``limit`` bytes of UTF-8."""
    text = markup[:_HTML_CHARACTERS]
    if "<" in text:
        text = nh3.clean(_BREAKING.sub(" <", text), tags=set())
    text = html.unescape(text) if "&" in text else text
    line = " ".join(_CONTROL.sub("", text).split())
    return line.encode("utf-8", "ignore")[:limit].decode("utf-8", "ignore").rstrip()


def absolute(link: str, *bases: str) -> str:
    """``link`` made absolute by the first base that can, or "" if it is no http(s) address or over 2 kB."""
    spelt = "".join(link.split("\n")).replace("\r", "").replace("\t", "").strip().replace(" ", "%20")
    if not spelt:
        return ""
    for base in ("", *bases):
        try:
            joined = urljoin(base, spelt)
            parts = urlsplit(joined)
        except ValueError:
            return ""
        if parts.scheme in ("http", "https") and parts.hostname:
            return joined if len(joined.encode("utf-8", "ignore")) <= LINK_BYTES else ""
    return ""


def name(guid: str) -> str:
    """An id as it may be kept: trimmed, and beyond 2 kB its beginning and a digest of the whole."""
    trimmed = guid.strip()
    if len(trimmed) <= LINK_BYTES:
        return trimmed
    return trimmed[: LINK_BYTES // 2] + hashlib.sha256(trimmed.encode("utf-8", "replace")).hexdigest()


def iso_date(text: str) -> datetime | None:
    """An RFC 3339 date as aware UTC (no zone means UTC), None for anything else."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_NUMERIC = re.compile(
    r"(\d{1,2})[./](\d{1,2})[./](\d{4})(?:\D{1,4}(\d{1,2})[:h](\d{2})(?::(\d{2}))?)?\s*([+-]\d{2}:?\d{2})?$"
)


def numeric_date(text: str) -> datetime | None:
    """A day-first date such as 17/12/2019 14:30, as French publishers write it; no zone means UTC."""
    found = _NUMERIC.match(text.strip())
    if not found:
        return None
    day, month, year, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    sign = found[7] or "+0000"
    shift = timedelta(hours=int(sign[1:3]), minutes=int(sign[-2:])) * (-1 if sign[0] == "-" else 1)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=timezone(shift)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
