# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading in two gears: whoever has seen an entry as it is hears nothing of it; whatever is new is read in full."""

import json
from dataclasses import replace
from time import process_time

import pytest

from relay.feeds.parse import prints
from relay.feeds.parse.glance import glance
from relay.feeds.parse.reading import look, read
from relay.terms import Document, Entry, Reading

ADDRESS = "https://gazette.example/feed"


def item(number: int, title: str = "", more: str = "") -> str:
    return (
        f"<item><guid>urn:{number}</guid><link>https://gazette.example/{number}</link>"
        f"<title>{title or f'Article {number}'}</title><description>About {number}</description>"
        f"<pubDate>Tue, 17 Dec 2019 10:{number:02}:00 +0100</pubDate>{more}</item>"
    )


def rss(*items: str, head: str = "") -> bytes:
    inside = "\n".join(items)
    return f'<rss version="2.0"><channel><title>Gazette</title>{head}{inside}</channel></rss>'.encode()


def looked(body: bytes, known: bytes = b"", kind: str = "") -> Reading:
    reading = look(body, kind, ADDRESS, known)
    assert reading is not None
    return reading


def whole(body: bytes, kind: str = "") -> Document:
    document = read(body, kind, ADDRESS)
    assert document is not None
    return document


FIVE = [item(number) for number in range(5)]
KNOWN = looked(rss(*FIVE)).prints
BARE = "<title>Bread & roses</title>"  # what the gate declines


def test_a_first_look_reads_everything() -> None:
    assert Reading(whole(rss(*FIVE)), KNOWN) == looked(rss(*FIVE))
    assert len(KNOWN) == (5 + 1) * 8


def test_what_has_been_seen_is_not_read_again() -> None:
    later = rss(*FIVE, head="<lastBuildDate>Tue, 17 Dec 2019 11:00:00 +0100</lastBuildDate>")
    assert looked(later, KNOWN) == Reading(None, KNOWN)
    assert glance(later, "") == KNOWN[:-8]


OTHERS = {
    "a head with a date": (rss(*FIVE), rss(*FIVE, head="<lastBuildDate>now</lastBuildDate>"), True),
    "RSS 1.0": (b"<rdf:RDF><channel>1<items/></channel><item/></rdf:RDF>", b"<rdf:RDF><item/></rdf:RDF>", True),
    "Atom": (b"<feed><updated>1</updated><a:entry/></feed>", b"<feed><a:entry/></feed>", True),
    "capitals": (b"<RSS><channel><a/><ITEM/></channel></RSS>", b"<RSS><channel><ITEM/></channel></RSS>", True),
    "a tail": (b"<rss><item/></rss>", b"<rss><item/></rss><!-- 2 -->", False),
    "a root": (b"<rss><item/></rss>", b"<rss xml:lang='fr'><item/></rss>", False),
    "a prologue": (b"<rss><item/></rss>", b"<!-- 2 --><rss><item/></rss>", False),
    "what links are relative to": (b"<rss><item/></rss>", b"<rss><channel xml:base='/a'><item/></rss>", False),
    "no XML": (b'{"a": "<p>", "b": "<item>"}', b'{"a": "<p>", "c": 1, "b": "<item>"}', False),
    "a strange prefix": (b"<rss><item/></rss>", "<rss><é:item/><item/></rss>".encode(), False),
    "an entry before": (b"<rss><item/></rss>", b"<rss><item/><item/></rss>", False),
}


@pytest.mark.parametrize(("before", "after", "known"), OTHERS.values(), ids=OTHERS)
def test_what_may_change_while_a_document_is_known_by_its_text(before: bytes, after: bytes, *, known: bool) -> None:
    assert known is prints.nothing_new(prints.of_text(after, "text/xml"), prints.of_text(before, "text/xml"))
    assert not prints.nothing_new(
        prints.of_text(before, "text/xml; charset=latin1"), prints.of_text(before, "text/xml")
    )


@pytest.mark.parametrize("piece", [b"<", b"<a", b"<r><", b"<aaaaaaa", b"<a:", b"<ite", b"<r>base ", b" "])
def test_no_text_takes_long_to_compare(piece: bytes) -> None:
    """The relay's own loop waits for it. What took the square of the length would take a quarter of an hour here."""
    began = process_time()
    prints.of_text(b"<" + piece * ((1 << 20) // len(piece)), "")
    assert process_time() - began < 5


@pytest.mark.parametrize("items", [FIVE[:4], [*FIVE, item(5)], FIVE[::-1], [*FIVE[:4], item(4, title="Another")]])
def test_a_document_with_other_entries_is_not_known_by_its_text(items: list[str]) -> None:
    assert not prints.nothing_new(prints.of_text(rss(*items), ""), KNOWN)


@pytest.mark.parametrize("place", range(6))
def test_a_new_entry_is_read_in_full_wherever_it_stands(place: int) -> None:
    body = rss(*FIVE[:place], item(9), *FIVE[place:])
    document = looked(body, KNOWN).document
    assert document is not None
    expected = list(whole(body).entries)
    assert document.entries[place] == expected[place]
    assert [replace(entry, summary="") for entry in document.entries] == [replace(e, summary="") for e in expected]


@pytest.mark.parametrize(
    "edited",
    [
        item(2, title="Another headline"),
        item(2).replace("10:02", "10:03"),
        item(2).replace("gazette.example/2", "gazette.example/two"),
        item(2).replace("urn:2", "urn:two"),
    ],
)
def test_an_edited_entry_is_judged_anew(edited: str) -> None:
    reading = looked(rss(*FIVE[:2], edited, *FIVE[3:]), KNOWN)
    assert reading.document is not None
    assert [bool(entry.summary) for entry in reading.document.entries] == [False, False, True, False, False]
    assert prints.unseen(reading.prints[:-8], KNOWN) == [2]


@pytest.mark.parametrize("items", [FIVE[::-1], FIVE[1:], FIVE[:1], [*FIVE, FIVE[0]]])
def test_entries_that_left_or_changed_places_or_come_twice_are_nothing_new(items: list[str]) -> None:
    reading = looked(rss(*items), KNOWN)
    assert reading.document is None
    assert len(reading.prints) == 8 * (len(items) + 1)


def test_an_edit_that_changes_no_identity_is_nothing_new() -> None:
    assert looked(rss(*FIVE[:4], item(4, more="<category>Society</category>")), KNOWN).document is None


def test_a_document_that_has_lost_its_entries_is_read() -> None:
    assert looked(rss(), KNOWN) == Reading(whole(rss()), b"")


def test_a_document_that_the_gate_declines_is_read_whole_and_remembered_too() -> None:
    body = rss(*FIVE, f"<item>{BARE}</item>")
    first = looked(body, KNOWN)
    assert glance(body, "") == b""
    assert first.document == whole(body)
    assert looked(body, first.prints) == Reading(None, first.prints)
    assert prints.unseen(first.prints, KNOWN) == [*range(7)]  # the readers' prints never stand for each other


def test_a_date_that_the_gate_cannot_read_leaves_the_document_to_feedparser_while_something_is_new() -> None:
    old, new = item(5).replace("Tue, 17 Dec 2019 10:05:00 +0100", "17/12/2019 10h05"), item(6)
    known = looked(rss(*FIVE, old)).prints
    assert looked(rss(*FIVE, old), known).document is None
    assert looked(rss(*FIVE, old, new), known).document == whole(rss(*FIVE, old, new))


def test_a_feed_in_json_is_compared_as_well() -> None:
    items = [{"id": n, "url": f"https://gazette.example/{n}", "title": f"A {n}", "content_text": "x"} for n in range(3)]

    def body(*these: dict[str, object]) -> bytes:
        return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": these}).encode()

    known = looked(body(*items)).prints
    assert glance(body(*items), "application/feed+json") == known
    assert looked(body(*items[::-1]), known).document is None
    edited = body({**items[0], "title": "Another"}, *items[1:])
    assert looked(edited, known).document == whole(edited)


@pytest.mark.parametrize("body", [b"", b"{}", b"<html/>", b"<rss><channel>"])
def test_what_is_no_feed_shows_nothing_at_a_glance(body: bytes) -> None:
    assert glance(body, "") == b""


def test_prints_are_the_same_in_every_process() -> None:
    assert KNOWN[:8].hex() == "72c7ac8d5bbcded4"
    assert prints.of_entries([Entry("a", "b", "c")]).hex() == "2fe6ec50bbd68e39"
    assert prints.of_items([("a", "b", "c")]).hex() == "b557198cb5702ca1"
