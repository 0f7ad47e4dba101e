# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which feeds a page names."""

import pytest

from relay.feeds.parse.discover import Found, feeds_in

HOME = "https://gazette.example/une/index.html"


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ('<link rel="alternate" type="application/rss+xml" title="La Une" href="/rss.xml">', [("/rss.xml", "La Une")]),
        ("<link rel='ALTERNATE' type='application/atom+xml; charset=utf-8' href='atom'>", [("/une/atom", "")]),
        ("<link rel=alternate type=application/feed+json href=//gazette.example/f.json>", [("/f.json", "")]),
        ("<base href='/x/'><link rel=alternate type=application/rss+xml href=rss>", [("/x/rss", "")]),
        ("<link rel='alternate stylesheet' type=text/css href=/rss.css>", []),
        ("<link rel=alternate hreflang=fr href=/fr/>", []),
        ("<link rel=alternate type=application/rss+xml href='javascript:alert(1)'>", []),
        ("<link rel=alternate type=application/rss+xml>", []),
        ("<a href='/flux/une'>Notre <b>flux</b></a><a href='/fluxus'>Art</a>", [("/flux/une", "Notre flux")]),
        ("<a href='/rss'>RSS</a><link rel=alternate type=application/rss+xml href=/vrai>", [("/vrai", "")]),
        ("<a href='/?feed=rss2'>RSS</a>", [("/?feed=rss2", "RSS")]),
        ("<a href='https://other.example/rss'>RSS</a><a href='mailto:rss@gazette.example'>m</a>", []),
        ("<a href='/index.rdf'>RDF</a><a href='/index.rdf'>RDF</a>", [("/index.rdf", "RDF")]),
        ("<p>Feed us</p>", []),
        ("", []),
        ("\0\x01<<<>>>", []),
    ],
)
def test_the_feeds_of_a_page(page: str, found: list[tuple[str, str]]) -> None:
    expected = tuple(Found(f"https://gazette.example{path}", title) for path, title in found)
    assert feeds_in(page.encode(), HOME) == expected


def test_comment_feeds_come_last() -> None:
    page = b"".join(
        b"<link rel=alternate type=application/rss+xml title='%s' href='%s'>" % (title, href)
        for title, href in ((b"Comments", b"/c"), (b"Articles", b"/a"))
    )
    assert [each.title for each in feeds_in(page, HOME)] == ["Articles", "Comments"]


def test_only_the_beginning_of_a_page_is_read() -> None:
    late = b"<p>" + b"x" * (512 << 10) + b"</p><link rel=alternate type=application/rss+xml href=/late>"
    assert feeds_in(late, HOME) == ()


@pytest.mark.parametrize("charset", ["windows-1252", "nonsense"])
def test_a_page_in_any_charset(charset: str) -> None:
    page = f"<meta charset={charset}><link rel=alternate type=application/rss+xml href=/rss>".encode()
    assert [each.address for each in feeds_in(page, HOME)] == ["https://gazette.example/rss"]


def test_a_page_nested_beyond_reason_is_read_or_left_but_never_fatal() -> None:
    page = b"<div>" * 50_000 + b"<link rel=alternate type=application/rss+xml href=/rss>"
    assert len(feeds_in(page, HOME)) <= 1
