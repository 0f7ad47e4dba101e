# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the doctor finds: a sound feed with one thing spoilt shows that thing, and a sound one nothing."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import aiohttp
import pytest

from relay.faults import FeedFault, FeedThrottled, FeedTooHeavy, FeedUnreachable, NotAFeed
from relay.feeds.doctor.advice import advice, challenged
from relay.feeds.doctor.answers import Exchange, Visit
from relay.feeds.doctor.diagnosis import of_visit
from relay.feeds.doctor.findings import Severity
from relay.feeds.doctor.links import tracking
from relay.feeds.doctor.pace import busiest, pace
from relay.feeds.doctor.report import Report
from relay.feeds.doctor.source import read_source
from relay.feeds.http.answers import Fetched, Memory
from relay.feeds.parse.reading import read
from relay.i18n import say
from relay.terms import Document, Entry

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CORPUS = Path(__file__).parents[1] / "corpus" / "feeds"
HOME = "https://journal.example/"
RSS = "application/rss+xml"


def item(n: int, **parts: str) -> str:
    """The n-th article of a sound feed, n hours old; ``parts`` replace elements, "" leaves one out."""
    link = f"{HOME}{n}"
    date = format_datetime(NOON - timedelta(hours=n))
    sound = {"guid": link, "link": link, "title": f"Headline number {n}", "pubDate": date} | parts
    return "<item>" + "".join(f"<{name}>{text}</{name}>" for name, text in sound.items() if text) + "</item>"


HEAD = f"<title>Le Journal</title><link>{HOME}</link><language>fr</language>"
ITEMS = "".join(item(n) for n in range(1, 21))


def rss(items: str = ITEMS, head: str = HEAD, first: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    return f'{first}<rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


def listed(count: int) -> bytes:
    """A sound JSON Feed, which is read faster."""
    items = [
        {"id": str(n), "url": f"{HOME}{n}", "title": f"No. {n}", "date_published": f"{NOON - timedelta(hours=n)}"}
        for n in range(count)
    ]
    head = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "language": "fr", "home_page_url": HOME}
    return json.dumps({**head, "items": items}).encode()


def visited(
    body: bytes, *, seconds: float = 0.1, again: int = 304, sent: dict[str, str] | None = None, **of: object
) -> Report:
    """The report on a visit that brought ``body``; ``of`` changes what was fetched, ``sent`` are more headers."""
    address, kind = str(of.get("address", f"{HOME}feed")), str(of.get("content_type", RSS))
    fetched = replace(Fetched(address, Memory(etag='"1"'), body=body, content_type=RSS), **of)  # type: ignore[arg-type]
    headers = {"Content-Encoding": "gzip"} | (sent or {})
    way = (Exchange(address, 200, headers),)
    visit = Visit(fetched, way, seconds, Exchange(address, again))
    document = read(body, kind, address)
    assert document is not None
    return of_visit(document, visit, (), None, NOON, 45.0)


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report.findings]


def test_a_sound_feed_has_nothing_to_mend() -> None:
    assert [] == codes(visited(rss()))


def one(n: int = 1, **parts: str) -> bytes:
    """A sound feed but for its n-th entry."""
    return rss("".join(item(each, **(parts if each == n else {})) for each in range(1, 21)))


def each(**parts: str) -> bytes:
    """A feed that has the same fault in each entry; {n} is the entry's number."""
    return rss("".join(item(n, **{k: v.replace("{n}", str(n)) for k, v in parts.items()}) for n in range(1, 21)))


SAME = format_datetime(NOON - timedelta(hours=1))
MUST, SHOULD, MAY = Severity
SPOILT = {
    "no-entries": (rss(""), SHOULD, ""),
    "guid-missing": (one(guid=""), SHOULD, "Headline number 1"),
    "guid-shared": (each(guid="1"), SHOULD, "1"),
    "guid-counted": (each(guid=HOME + "{n}#2"), SHOULD, f"{HOME}1#2"),
    "guid-tracking": (each(guid=HOME + "{n}?utm_source=rss"), SHOULD, f"{HOME}1?utm_source=rss"),
    "link-missing": (one(link="", guid="x-1"), MUST, "Headline number 1"),
    "link-shared": (each(link=f"{HOME}live"), MUST, f"{HOME}live"),
    "link-relative": (each(link="/{n}"), SHOULD, "/1"),
    "link-elsewhere": (each(link="https://count.example.net/{n}"), MAY, "https://count.example.net/1"),
    "link-tracking": (each(link=HOME + "{n}?xtor=RSS-1"), MAY, f"{HOME}1?xtor=RSS-1"),
    "title-missing": (one(title=""), SHOULD, f"{HOME}1"),
    "title-markup": (one(title="Un &lt;b&gt;titre&lt;/b&gt;"), MAY, "Un <b>titre</b>"),
    "empty-entry": (rss(ITEMS + "<item/>"), SHOULD, ""),
    "date-missing": (one(pubDate=""), SHOULD, ""),
    "date-unreadable": (one(pubDate="hier"), SHOULD, "hier"),
    "date-future": (one(pubDate="Mon, 02 Mar 2026 18:30:00 GMT"), SHOULD, "Headline number 1"),
    "date-equal": (each(pubDate=SAME), SHOULD, "2026-03-02 11:00 UTC"),
    "date-order": (rss(item(2) + item(1) + ITEMS), MAY, ""),
    "date-zone": (one(pubDate="2026-03-02T10:30:00"), SHOULD, "2026-03-02T10:30:00"),
    "feed-old": (rss(item(800) + item(1200)), SHOULD, "2026-01-28"),
    "untitled": (rss(head=HEAD.replace("Le Journal", "")), MAY, ""),
    "language-missing": (rss(head=HEAD.replace("<language>fr</language>", "")), MAY, ""),
    "not-well-formed": (rss(item(1, title="Vers & contre") + ITEMS), SHOULD, "xmlParseEntityRef: no name"),
    "entities": (rss(first='<!DOCTYPE rss [<!ENTITY a "b">]>'), SHOULD, ""),
    "charset-unknown": (rss(first='<?xml version="1.0" encoding="klingon"?>'), SHOULD, ""),
    "few-entries": (rss("".join(item(n) for n in range(1, 5))), SHOULD, ""),
    "many-entries": (listed(501), MAY, ""),
    "too-many-entries": (listed(2001), MUST, ""),
}  # fmt: skip


@pytest.mark.parametrize("code", SPOILT)
def test_one_thing_spoilt_in_a_document_is_found(code: str) -> None:
    """With how grave it is, and the example a webmaster needs."""
    body, severity, example = SPOILT[code]
    found = {finding.code: finding for finding in visited(body).findings}
    assert code in found
    assert (severity, example) == (found[code].severity, found[code].example)


HEADERS = {
    "no-validators": (SHOULD, {"memory": Memory()}),
    "validators-never-match": (SHOULD, {"again": 200}),
    "content-type": (SHOULD, {"content_type": "text/html; charset=utf-8"}),
    "charset-conflict": (SHOULD, {"content_type": f"{RSS}; charset=iso-8859-1"}),
    "no-gzip": (
        SHOULD,
        {"body": rss(ITEMS + item(21, description="x" * (300 << 10))), "sent": {"Content-Encoding": ""}},
    ),
    "slow": (SHOULD, {"seconds": 6.0}),
    "max-age": (MAY, {"fresh_for": 3600}),
    "moved-for-good": (SHOULD, {"moved_to": f"{HOME}feed"}),
    "hub-without-self": (MAY, {"hub": "https://hub.example/"}),
    "not-encrypted": (MAY, {"address": "http://journal.example/feed"}),
    "large": (SHOULD, {"body": rss(ITEMS + item(21, description="x" * (1 << 20)))}),
}


@pytest.mark.parametrize("code", HEADERS)
def test_one_thing_spoilt_in_an_answer_is_found(code: str) -> None:
    severity, change = HEADERS[code]
    body = change.get("body", rss())
    found = {finding.code: finding for finding in visited(**{"body": body, **change}).findings}  # type: ignore[arg-type]
    assert code in found
    assert severity == found[code].severity


def test_a_charset_that_is_not_the_one_named_is_found() -> None:
    body = rss(item(1, title="Été") + ITEMS).decode().encode("cp1252")
    assert "charset-wrong" in codes(visited(body))


def test_articles_that_share_guid_and_link_are_taken_for_one() -> None:
    """All but one would be missed; the same entry listed twice is no harm."""
    found = visited(each(guid="1", link=f"{HOME}live"))
    assert ("entries-alike", MUST, 1) == (codes(found)[0], found.findings[0].severity, found.noticed.articles)
    assert "20 entries" in str(found.findings[0].what)
    assert [] == codes(visited(rss(item(1) + ITEMS)))


def test_a_feed_too_short_for_its_pace_is_grave() -> None:
    """Twelve articles within a minute, a look every 45 s, and room for four."""
    dates = [format_datetime(NOON - timedelta(seconds=5 * n)) for n in range(4)]
    body = rss("".join(item(n, pubDate=date) for n, date in enumerate(dates, 1)))
    assert "too-few-entries" == codes(visited(body))[0]


def test_the_gravest_comes_first_and_only_the_grave_are_warnings() -> None:
    report = visited(each(link=f"{HOME}live", pubDate=SAME), address="http://journal.example/feed")
    assert ["link-shared", "date-equal", "not-encrypted"] == codes(report)
    assert 2 == len(report.warnings)
    assert str(report.warnings[0]).endswith("live page.")


@pytest.mark.parametrize(
    ("hours", "hint", "ttl", "expected"),
    [
        (1, 0, 0, (900, "gap", 300, "rarely")),
        (0.5, 0, 0, (450, "gap", 225, "gap")),
        (0.05, 0, 0, (300, "often", 45, "often")),
        (100, 0, 0, (21600, "rarely", 300, "rarely")),
        (0.5, 1800, 0, (1800, "fresh", 300, "fresh")),
        (0.5, 0, 1200, (1200, "ttl", 300, "ttl")),
        (0, 0, 0, (300, "unknown", 45, "unknown")),
    ],
)
def test_the_pace_and_its_reason_are_told(hours: float, hint: int, ttl: int, expected: tuple[object, ...]) -> None:
    """As the relay's own schedule has it, but for chance."""
    entries = tuple(Entry(published=NOON - timedelta(hours=n * hours)) for n in range(5))
    found = pace(Document(entries, ttl=ttl), hint, NOON)
    assert expected == (round(found.idle), found.idle_reason, round(found.strike), found.strike_reason)


def test_the_busiest_stretch_counts_different_dates() -> None:
    dates = [NOON, NOON, NOON + timedelta(seconds=30), NOON + timedelta(seconds=70)]
    document = Document(tuple(Entry(published=date) for date in dates))
    assert [1, 2, 3] == [busiest(document, timedelta(seconds=span)) for span in (10, 45, 70)]
    assert 0 == busiest(Document(()), timedelta(seconds=45))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://a.example/1?utm_source=rss&id=2&xtor=3", ("utm_source", "xtor")),
        ("https://a.example/1?id=2", ()),
        ("tag:a.example,2026:1?utm_source=rss", ()),
        ("https://[a?utm_source=rss", ()),
    ],
)
def test_tracking_is_what_identity_leaves_out(address: str, expected: tuple[str, ...]) -> None:
    assert expected == tracking(address)


@pytest.mark.parametrize(
    "body",
    [b"", b"\0", b"{", b"{}", b"[" * 100_000, b'{"items": 3}', b"<a", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
     b"<rss><item>" * 10_000, b"<rss><!-- a -- b --><item><!-- c --></item></rss>",
     b"<?xml version='1.0' encoding='x'?><a/>"],
)  # fmt: skip
def test_a_document_as_written_may_be_anything(body: bytes) -> None:
    """Nothing is raised, nothing is believed."""
    for content_type in ("", "text/xml; charset=klingon", "application/json"):
        assert not any(each.link for each in read_source(body, content_type).items)


def _unreachable(cause: Exception) -> FeedFault:
    fault = FeedUnreachable(say("no"))
    fault.__cause__ = cause
    return fault


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (_unreachable(aiohttp.ClientConnectorCertificateError(None, OSError())), "certificate renewed"),  # type: ignore[arg-type]
        (_unreachable(TimeoutError()), "cache it"),
        (_unreachable(aiohttp.ClientConnectorDNSError(None, OSError())), "spelling"),  # type: ignore[arg-type]
        (_unreachable(OSError()), "time of this look"),
        (FeedThrottled(say("wait"), NOON), "2026-03-02 12:00 UTC"),
    ],
)
def test_each_fault_has_a_next_step(fault: FeedFault, words: str) -> None:
    finding = advice(fault, (), b"", "Piquet/0.1 (+https://collective.example)")
    assert (MUST, True) == (finding.severity, words in str(finding.how))


@pytest.mark.parametrize(
    ("fault", "page", "words"),
    [
        (NotAFeed(say("none")), b"<!DOCTYPE html><html>", "called RSS"),
        (NotAFeed(say("none")), b'{"items": []}', "validator"),
        (NotAFeed(say("too long")), b"", "newest 50"),
        (FeedTooHeavy(say("too heavy")), b"<rss>", "newest 50"),
    ],
)
def test_what_came_in_place_of_a_feed_decides_what_to_do(fault: FeedFault, page: bytes, words: str) -> None:
    assert words in str(advice(fault, (), page, "Piquet").how)


@pytest.mark.parametrize(
    ("headers", "page", "expected"),
    [
        ({"cf-mitigated": "challenge"}, b"", True),
        ({}, b"<html><script src='https://geo.captcha-delivery.com'>", True),
        ({}, b"<html><body>Bonjour", False),
        ({}, b"<rss><title>The captcha</title></rss>", False),
    ],
)
def test_a_test_for_people_is_known(headers: dict[str, str], page: bytes, expected: bool) -> None:
    assert expected is challenged([Exchange(HOME, 403, headers)], page)


def test_what_a_stranger_wrote_steers_no_terminal() -> None:
    """Escape sequences, marks that turn text around, line breaks; and no example fills a screen."""
    body = json.loads(listed(20))
    body["items"][0] |= {"id": "\x1b[2J\u202e1#2\n#3", "title": "", "url": HOME + "x" * 500 + "?utm_source=a"}
    found = {finding.code: finding.example for finding in visited(json.dumps(body).encode()).findings}
    assert "[2J1#2#3" == found["guid-counted"]
    assert 200 == len(found["link-tracking"])


def test_the_doctor_sees_the_entries_that_the_reader_sees() -> None:
    """Throughout the corpus, but in documents that are broken, and says that they are."""
    other = []
    for path in (each for each in sorted(CORPUS.glob("*.json")) if (CORPUS / each.stem).exists()):
        expected = json.loads(path.read_text("utf-8"))
        source = read_source((CORPUS / path.stem).read_bytes(), expected.get("content_type", ""))
        count = expected.get("count", len(expected.get("entries", [])))
        if "entries" in expected and not source.error and not source.entities and len(source.items) != count:
            other.append(f"{path.stem}: {len(source.items)}, {count}")
    assert [] == other
