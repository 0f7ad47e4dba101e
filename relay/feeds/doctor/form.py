# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is wrong with a document as a document: its XML, its charset, its size, what it says of itself. Pure."""

import codecs
from collections.abc import Iterator

from relay.feeds.doctor.findings import Finding, may, must, should
from relay.feeds.doctor.source import Source
from relay.feeds.http.headers import media
from relay.i18n import say, say_n
from relay.terms import Document

LARGE = 1 << 20  # bytes
MANY = 500  # entries
MOST = 2000  # entries that are read


def form(document: Document, source: Source, body: bytes, content_type: str) -> Iterator[Finding]:
    """``content_type`` is the header as sent, "" for a file."""
    if source.error:
        yield should(
            "not-well-formed",
            say(
                "The feed is broken on line {line}: it is mended by guessing, and an article may be lost.",
                line=source.line,
            ),
            say("Mend that line; validator.w3.org/feed names every other one. Often a bare & has to be &amp;."),
            source.error[:100],
        )
    if source.entities:
        yield should(
            "entities",
            say("The feed declares XML entities, which attacks are made of."),
            say("Leave out the <!DOCTYPE …> at its beginning and write the characters themselves."),
        )
    yield from _charset(source, body, content_type)
    yield from _size(document, body)
    if not document.title:
        yield may("untitled", say("The feed has no title."), say("Give it a <title>: Piquet lists feeds by it."))
    if not document.language:
        yield may(
            "language-missing",
            say("The feed does not say its language."),
            say("Add <language>fr</language> in RSS, xml:lang in Atom: screen readers pronounce notices by it."),
        )


def _charset(source: Source, body: bytes, content_type: str) -> Iterator[Finding]:
    _, sent = media(content_type)
    said = sent or source.declared
    if said and not codec(said):
        yield should(
            "charset-unknown",
            say("The feed claims a charset that nobody knows: {name}.", name=said[:40]),
            say("Send it as UTF-8 and say so, in the Content-Type header and on the first line."),
        )
        return
    if sent and source.declared and codec(sent) != codec(source.declared):
        yield should(
            "charset-conflict",
            say(
                "The server says {sent} and the feed itself says {declared}: accents may come out wrong in notices.",
                sent=sent[:40],
                declared=source.declared[:40],
            ),
            say("Send the feed as UTF-8, and have the Content-Type header and the first line both say so."),
            f"Content-Type: {content_type[:80]}",
        )
    elif said and not _decodes(body, said):
        yield should(
            "charset-wrong",
            say("The feed claims to be {name} and is not: accents may come out wrong in notices.", name=said[:40]),
            say("Save and send the feed in the charset that it names, best UTF-8."),
        )


def codec(label: str) -> str:
    """The one name of a charset, "" for what is none."""
    try:
        return codecs.lookup(label).name if label else ""
    except (LookupError, ValueError):
        return ""


def _decodes(body: bytes, label: str) -> bool:
    try:
        body.decode(codec(label))
    except (UnicodeError, LookupError):
        return False
    return True


def _size(document: Document, body: bytes) -> Iterator[Finding]:
    count = len(document.entries)
    if count >= MOST:
        yield must(
            "too-many-entries",
            say("The feed has more entries than are read ({n}).", n=MOST),
            say("Keep the newest 50 to 100 in the feed, newest first."),
        )
    elif count > MANY:
        yield may(
            "many-entries",
            say_n("The feed has {n} entry.", "The feed has {n} entries.", count),
            say("Keep the newest 50 to 100: each look is faster, for you and for us."),
        )
    if len(body) > LARGE:
        yield should(
            "large",
            say("The feed is {size} MB long; beyond 10 MB it is not read.", size=f"{len(body) / LARGE:.1f}"),
            say("Keep fewer entries, with summaries in place of whole articles; Piquet needs title and link only."),
        )
