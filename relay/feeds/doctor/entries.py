# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is wrong with the entries: their names, links and titles. Pure."""

import re
from collections.abc import Iterator, Sequence

from relay.feeds.doctor.findings import Finding, may, should, shown
from relay.feeds.doctor.guids import guids
from relay.feeds.doctor.links import links
from relay.feeds.doctor.source import Item
from relay.feeds.identity.keys import keys
from relay.i18n import say, say_n
from relay.terms import Document, Entry

_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:[a-zA-Z]{2,8}|#\d{1,6});")


def entries(document: Document, items: Sequence[Item], address: str) -> Iterator[Finding]:
    """Everything about the entries but their dates; ``items`` are the same ones as written, ``address`` the feed's."""
    if not document.entries:
        yield should(
            "no-entries",
            say("The feed has no entries now."),
            say("Nothing need be done: the first article that appears is noticed. Check that this is the right feed."),
        )
        return
    yield from guids(document.entries)
    yield from links(document, items, address)
    yield from _titles(document.entries, items)
    silent = sum(not keys(entry) for entry in document.entries)
    if silent:
        yield should(
            "empty-entry",
            say_n(
                "{n} entry says nothing at all and is passed over.",
                "{n} entries say nothing at all and are passed over.",
                silent,
            ),
            say("Take entries without guid, link and title out of the feed."),
        )


def _titles(read: Sequence[Entry], items: Sequence[Item]) -> Iterator[Finding]:
    untitled = [entry for entry in read if not entry.title and keys(entry)]
    if untitled:
        yield should(
            "title-missing",
            say_n("{n} entry has no title.", "{n} entries have no title.", len(untitled)),
            say("Give each entry a <title>: notices may quote it."),
            shown(untitled[0]),
        )
    marked = [item.title for item in items if not item.markup and _MARKUP.search(item.title)]
    if marked:
        yield may(
            "title-markup",
            say("Titles hold HTML, which Piquet takes out."),
            say('Write titles as plain text; in Atom, HTML has to be declared with type="html".'),
            marked[0],
        )
