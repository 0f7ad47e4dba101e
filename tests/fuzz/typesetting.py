# SPDX-License-Identifier: AGPL-3.0-or-later
"""Well-formed feeds out of any bytes: each byte sets a tag, an attribute, a text, or closes what is open.

Random changes to a feed leave hardly one well formed; these are all, so that the strict pass has to read them.
"""

from collections.abc import Iterator

ROOTS = (
    ("rss", 'rss version="2.0"'),
    ("rss", 'rss version="0.91"'),
    ("feed", 'feed xmlns="http://www.w3.org/2005/Atom"'),
    ("rdf:RDF", 'rdf:RDF xmlns="http://purl.org/rss/1.0/"'),
)
SPACES = (
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" xmlns:x="urn:x"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)
TAGS = (
    *("channel", "item", "entry", "item", "entry", "title", "link", "guid", "id", "pubDate", "published", "updated"),
    *("description", "summary", "content", "source", "image", "author", "category", "textinput", "enclosure"),
    *("dc:date", "dc:title", "dc:identifier", "atom:link", "atom:id", "atom:title", "atom:updated", "media:group"),
    *("media:title", "media:content", "content:encoded", "itunes:title", "feedburner:origLink", "x:title", "x:guid"),
    *("name", "url", "items", "created", "modified", "issued", "expirationDate", "Title"),
)
ATTRIBUTES = (
    *('isPermaLink="true"', 'isPermaLink="false"', 'isPermaLink="False"', 'rel="alternate"', 'rel="self"'),
    *('href="https://gazette.example/1"', 'href="/2"', 'href=""', 'type="html"', 'type="xhtml"', 'type="text"'),
    *('type="text/html"', 'type="application/pdf"', 'rdf:about="urn:gazette:1"', 'xml:lang="fr"', 'mode="escaped"'),
    *('xml:base="https://base.example/"', 'mode="base64"', 'domain="x"', 'url="https://img.example/"', 'x:href="/3"'),
    *('xmlns="urn:other"', 'xmlns:dc="urn:other"', 'xmlns="http://www.w3.org/1999/xhtml"', 'src="/4"', 'text="x"'),
)
TEXTS = (
    *("g1", "Grève au dépôt", "https://gazette.example/1", "/5", "Tue, 17 Dec 2019 09:30:00 +0100", " ", "\n"),
    *("2019-12-17T09:30:00+01:00", "17/12/2019", "hier", "2019-12-17", "&amp;", "&lt;b&gt;", "&lt;", "&#233;"),
    *("<![CDATA[<b>Grève</b>]]>", "<![CDATA[&amp;]]>", "<!-- <item> -->", "<?php echo '<item>' ?>", "&amp;eacute;"),
    *("&amp;amp;", "&#8217;", "&#146;", "Ã©", "\u0085", "\u00a0", "mailto:x@gazette.example", "http:", "//h.example/"),
    *("Tue, 17 Dec 19 24:00:00 EST", "R3LDqHZl", "&quot;", "]]", "javascript:x", "tag:x,2019:1", "0", "?a=1&amp;b=2"),
)


def typeset(data: bytes) -> bytes:
    """The first byte chooses the root; then the lower two bits of each say what it sets, and the others which."""
    root, opening = ROOTS[(data or b"\0")[0] % len(ROOTS)]
    return "".join((f"<{opening}{SPACES}>", *_inside(data[1:]), f"</{root}>")).encode()


def _inside(data: bytes) -> Iterator[str]:
    opened: list[str] = []
    given: set[str] = set()
    tagging = False  # attributes may still be set
    for byte in data:
        what, which = byte & 3, byte >> 2
        if what == 1 and tagging:
            attribute = ATTRIBUTES[which % len(ATTRIBUTES)]
            name = attribute.partition("=")[0]
            if name not in given:
                given.add(name)
                yield f" {attribute}"
            continue
        if tagging:
            yield ">"
        tagging = what == 0
        if what == 0:
            opened.append(TAGS[which % len(TAGS)])
            given.clear()
            yield f"<{opened[-1]}"
        elif what == 3 and which < len(TEXTS):
            yield TEXTS[which]
        elif opened:
            yield f"</{opened.pop()}>"
    yield ">" * tagging
    yield from (f"</{tag}>" for tag in reversed(opened))
