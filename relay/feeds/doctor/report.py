# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was read at an address or in a file, what Piquet makes of it, and what is wrong with it."""

from dataclasses import dataclass
from datetime import datetime

from relay.faults import FeedFault
from relay.feeds.doctor.answers import Visit
from relay.feeds.doctor.findings import Finding, Severity
from relay.feeds.doctor.noticed import Noticed
from relay.feeds.doctor.pace import Pace
from relay.feeds.parse.discover import Found
from relay.feeds.websub.discovery import Announced
from relay.i18n import Message, say
from relay.terms import Document, Entry


@dataclass(frozen=True)
class Report:
    """A feed that was read. ``others``: the feeds a page named besides it; ``visit`` None: it was a file.

    ``announced``: who would push it (WebSub); ``findings`` gravest first; ``robots``: whether the site's robots.txt
    lets us in, None if unknown; ``cloud``: it names an rssCloud.
    """

    address: str
    document: Document
    noticed: Noticed
    pace: Pace
    announced: Announced
    findings: tuple[Finding, ...] = ()
    others: tuple[Found, ...] = ()
    visit: Visit | None = None
    robots: bool | None = None
    cloud: bool = False

    @property
    def warnings(self) -> tuple[Message, ...]:
        """What must or should be mended, with how, gravest first."""
        grave = (each for each in self.findings if each.severity != Severity.MAY)
        return tuple(say("{what} {how}", what=each.what, how=each.how) for each in grave)

    @property
    def moved_to(self) -> str:
        """Where the feed is to be found from now on, "" if here."""
        return self.visit.fetched.moved_to if self.visit else ""

    def as_json(self) -> dict[str, object]:
        """For machines: dates as ISO 8601 with Z, what a feed does not say as null, durations in seconds."""
        document = self.document
        return {
            "address": self.address,
            "kind": document.kind,
            "title": document.title or None,
            "link": document.link or None,
            "language": document.language or None,
            "entries": [_entry_json(entry) for entry in document.entries],
            "articles": self.noticed.articles,
            "newest_link": self.noticed.link or None,
            "findings": [finding.as_json() for finding in self.findings],
            "warnings": [str(warning) for warning in self.warnings],
            "others": [{"address": found.address, "title": found.title or None} for found in self.others],
            "pace": _pace_json(self.pace),
            "ttl": document.ttl,
            "hub": self.announced.hub or None,
            "topic": self.announced.topic or None,
            "rss_cloud": self.cloud,
            "robots_allowed": self.robots,
            **_visit_json(self.visit),
        }


@dataclass(frozen=True)
class Failure:
    """No feed was read: ``fault`` is why, ``finding`` what to do about it."""

    address: str
    fault: FeedFault
    finding: Finding
    statuses: tuple[int, ...] = ()

    def as_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "address": self.address,
            "fault": str(self.fault),
            "statuses": list(self.statuses),
            "findings": [self.finding.as_json()],
        }


def _entry_json(entry: Entry) -> dict[str, object]:
    published = _moment(entry.published) if entry.published else None
    return {"id": entry.guid or None, "link": entry.link or None, "title": entry.title or None, "published": published}


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _pace_json(pace: Pace) -> dict[str, object]:
    return {
        "gap": None if pace.gap is None else round(pace.gap),
        "idle": round(pace.idle),
        "idle_reason": pace.idle_reason,
        "strike": round(pace.strike),
        "strike_reason": pace.strike_reason,
    }


def _visit_json(visit: Visit | None) -> dict[str, object]:
    fetched = visit.fetched if visit else None
    return {
        "moved_to": (fetched.moved_to or None) if fetched else None,
        "fresh_for": fetched.fresh_for if fetched else 0,
        "etag": bool(fetched and fetched.memory.etag),
        "last_modified": bool(fetched and fetched.memory.last_modified),
        "bytes": len(fetched.body) if fetched else None,
        "encoding": (visit.headers.get("Content-Encoding") or None) if visit else None,
        "seconds": round(visit.seconds, 3) if visit else None,
        "statuses": [each.status for each in visit.exchanges] if visit else [],
        "asked_again": visit.again.status if visit and visit.again else None,
    }
