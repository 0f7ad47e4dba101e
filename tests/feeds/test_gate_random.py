# SPDX-License-Identifier: AGPL-3.0-or-later
"""Feeds nobody thought of, tidy and odd: the gate reads of them what feedparser reads, or nothing."""

from xml.sax.saxutils import escape, quoteattr

from hypothesis import given, settings
from hypothesis import strategies as st

from relay.feeds.parse import prints
from relay.feeds.parse.charset import to_xml
from relay.feeds.parse.gate import traces
from relay.feeds.parse.reading import identity, look, read
from relay.feeds.parse.vocabulary import Unclear
from relay.terms import Document, Entry

ADDRESS = "https://gazette.example/feed"
SPACES = (
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" xmlns:own="https://gazette.example/own"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:georss="http://www.georss.org/georss"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)
WORDS = st.sampled_from(
    [
        *("", " ", "A", "é", "Ã©", "\x92", "l’été", "A & B", "<b>A</b>", "&amp;eacute;", "?a=1&b;=2", "\u00a0x", "0"),
        *("urn:a", "/a", "a", "http://[", "https://gazette.example/a?b=1&c=2#", "http:////gazette.example/a", "//x/a"),
        *("Tue, 17 Dec 2019 10:00:00 +0100", "2019-12-17T10:00:00Z", "2019-12-17T10:00:00.5+01:00", "17/12/2019"),
        *("Tue, 17 Dec 2019 10:00 EST", "17 Dec 19 10:00:00 GMT", "2019-12-17", "Tue, 17 Dec 2019 24:00:00 CEST"),
        *("2019-12-17T10:00:00-00:30", "Tue, 17 Dec 2019 10:00:00 -2500", "0001-01-01T00:00:00+23:00", "mardi"),
    ]
)
_NAMES = (
    "guid id link title pubDate published updated dc:date dcterms:issued dcterms:created modified created issued"
    " dc:title media:title feedburner:origLink atom:link atom:updated source image author dc:creator category"
    " description content:encoded content summary comments own:thing own:title own:date date links enclosure"
    " media:thumbnail georss:point itunes:title itunes:owner TITLE pubdate Guid rights textInput language"
)
NAMES = st.sampled_from(_NAMES.split())
_GROUPS = "media:group media:content author own:thing image source description itunes:owner"
_ATTRIBUTES = "href rel type isPermaLink ispermalink url mode xml:lang xml:base own:href term media:type"
GROUPS = st.sampled_from(_GROUPS.split())
ATTRIBUTES = st.dictionaries(
    st.sampled_from(_ATTRIBUTES.split()),
    st.one_of(
        st.sampled_from(["true", "false", "alternate", "self", "text/html", "html", "xhtml", "ALTERNATE"]), WORDS
    ),
    max_size=2,
)


def element(name: str, attributes: dict[str, str], inside: str) -> str:
    written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{written}>{inside}</{name}>"


TEXTS = st.one_of(WORDS.map(escape), WORDS.map(lambda words: f"<![CDATA[{words}]]>"))
LEAVES = st.builds(element, NAMES, st.one_of(st.just({}), ATTRIBUTES), TEXTS)
PARTS = st.one_of(LEAVES, LEAVES, LEAVES, st.builds(element, GROUPS, ATTRIBUTES, LEAVES))
ENTRIES = st.lists(PARTS, max_size=5).map("".join)


def rss(entries: list[str], head: str) -> str:
    items = "".join(f"<item>{each}</item>" for each in entries)
    return f'<rss version="2.0"{SPACES}><channel>{head}{items}</channel></rss>'


def atom(entries: list[str], head: str) -> str:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"{SPACES}>'
        + head
        + "".join(f"<entry>{each}</entry>" for each in entries)
        + "</feed>"
    )


def rdf(entries: list[str], head: str) -> str:
    items = "".join(f'<item rdf:about="urn:{number}">{each}</item>' for number, each in enumerate(entries))
    spaces = f'xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"{SPACES}'
    return f"<rdf:RDF {spaces}><channel>{head}</channel>{items}</rdf:RDF>"


FEEDS = st.builds(
    lambda form, entries, head: form(entries, head),
    *(
        st.sampled_from([rss, atom, rdf]),
        st.lists(ENTRIES, min_size=1, max_size=3),
        st.lists(LEAVES, max_size=2).map("".join),
    ),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(FEEDS)
def test_a_feed_nobody_thought_of_is_read_as_feedparser_reads_it_or_declined(feed: str) -> None:
    body = feed.encode()
    found = traces(to_xml(body))
    if found is None:
        return
    whole = read(body, "", ADDRESS)
    assert whole is not None
    try:
        own = [identity(trace) for trace in found]
    except Unclear:
        own = [Entry(each.guid, each.link, each.title, published=each.published) for each in whole.entries]
    assert own == [Entry(each.guid, each.link, each.title, published=each.published) for each in whole.entries]
    marks = prints.of_traces(found)
    reading = look(body, "", ADDRESS, marks[8:])
    assert reading is not None
    _first_is_whole(reading.document, whole, known=marks[:8] in (marks[8:16], marks[16:]))


def _first_is_whole(document: Document | None, whole: Document, *, known: bool) -> None:
    if known:
        assert document is None
    else:
        assert document is not None
        assert document.entries[0] == whole.entries[0]
