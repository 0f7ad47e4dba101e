# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is wrong with the names, links and titles of the entries. Pure."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from relay.feeds.doctor.findings import Finding, legible, may, must, should
from relay.feeds.doctor.source import Item
from relay.feeds.identity.canonical import normalise
from relay.feeds.identity.keys import keys, merged, spoilt_keys, strong_keys, words
from relay.i18n import say, say_n
from relay.terms import Document, Entry

_COUNTED = re.compile(r"#\d{1,3}$")  # some publishing tools count the edits of an article there
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|&(?:[a-zA-Z]{2,8}|#\d{1,6});")
_SHOWN = 100


def entries(document: Document, items: Sequence[Item], address: str) -> Iterator[Finding]:
    """Everything about the entries but their dates; ``items`` are the same ones as written, ``address`` the feed's."""
    if not document.entries:
        yield may(
            "no-entries",
            say("The feed has no entries now."),
            say("Nothing need be done: the first article that appears is noticed. Check that this is the right feed."),
        )
        return
    yield from _guids(document.entries)
    yield from _links(document, items, address)
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


def shown(entry: Entry) -> str:
    """An entry as an example: one line by which a webmaster finds it."""
    return legible(entry.title or entry.link or entry.guid, _SHOWN)


def _guids(read: Sequence[Entry]) -> Iterator[Finding]:
    nameless = [entry for entry in read if not entry.guid and keys(entry)]
    if nameless:
        yield should(
            "guid-missing",
            say_n(
                "{n} entry has no guid (in Atom: id) and is known by its link only: a new link is a new article.",
                "{n} entries have no guid (in Atom: id) and are known by their links only: a new link is a new "
                "article.",
                len(nameless),
            ),
            say("Give each article a <guid> (Atom: <id>) that never changes, for instance its number in the CMS."),
            shown(nameless[0]),
        )
    yield from _shared_guid(read)
    yield from _alike(read)
    counted = [entry for entry in read if _COUNTED.search(entry.guid)]
    if counted:
        yield should(
            "guid-counted",
            say("Guids end in #0, #1 …, which changes with each edit. Piquet sees through it; other readers do not."),
            say("Leave out of the <guid> what follows the number sign (#)."),
            counted[0].guid,
        )
    tracked = [entry for entry in read if tracking(entry.guid)]
    if tracked:
        yield should(
            "guid-tracking",
            say("Guids carry tracking parameters ({names}).", names=", ".join(tracking(tracked[0].guid))),
            say("Leave them out of the <guid>: it has to stay the same for ever, campaigns do not."),
            tracked[0].guid,
        )


def _shared_guid(read: Sequence[Entry]) -> Iterator[Finding]:
    single = merged(read)
    spoilt = spoilt_keys(single)
    bearers = [entry for entry in single if any(key.kind == "g" and key in spoilt for key in strong_keys(entry))]
    if bearers:
        lost = any(set(strong_keys(entry)) <= spoilt for entry in bearers)
        yield (must if lost else should)(
            "guid-shared",
            say("Different entries carry the same guid, so that it identifies none of them."),
            say("Give each article a <guid> (Atom: <id>) of its own."),
            bearers[0].guid,
        )


def _alike(read: Sequence[Entry]) -> Iterator[Finding]:
    """Different articles under one guid and link: an edit looks no different."""
    named: dict[tuple[str, str], list[Entry]] = {}
    for entry in read:
        if entry.guid and entry.link:
            named.setdefault((entry.guid.strip(), normalise(entry.link)), []).append(entry)
    alike = [group for group in named.values() if len({words(entry.title) for entry in group}) > 1]
    if alike:
        yield must(
            "entries-alike",
            say(
                "{n} entries with different headlines share guid and link: they are taken for one article.",
                n=sum(map(len, alike)),
            ),
            say("Give each article a <guid> (Atom: <id>) and a <link> of its own."),
            alike[0][0].guid,
        )


def _links(document: Document, items: Sequence[Item], address: str) -> Iterator[Finding]:
    read = document.entries
    linkless = [entry for entry in read if not entry.link]
    if linkless:
        yield must(
            "link-missing",
            say_n(
                "{n} entry has no link: a notice could not lead to the article.",
                "{n} entries have no link: a notice could not lead to the article.",
                len(linkless),
            ),
            say("Give each entry a <link> to its article, beginning with https://."),
            shown(linkless[0]),
        )
    single = merged(read)
    spoilt = spoilt_keys(single)
    shared = [entry for entry in single if any(key.kind == "l" and key in spoilt for key in strong_keys(entry))]
    if shared:
        yield must(
            "link-shared",
            say("Different entries carry the same link: their notices would all lead to one page."),
            say("Let each <link> lead to the article itself, and not to a section or a live page."),
            shared[0].link,
        )
    relative = [item.link for item in items if item.link and not item.link.startswith(("http://", "https://"))]
    if relative:
        yield should(
            "link-relative",
            say("Links are not whole addresses; Piquet has to guess where they begin."),
            say("Write each <link> whole, beginning with https://."),
            relative[0],
        )
    yield from _ways(document, address)


def _ways(document: Document, address: str) -> Iterator[Finding]:
    """What the links lead by."""
    own = {_site(address), _site(document.link)} - {""}
    strange = [entry.link for entry in document.entries if entry.link and own and _site(entry.link) not in own]
    if strange:
        yield may(
            "link-elsewhere",
            say("Links lead to another site than the feed’s own: {site}.", site=urlsplit(strange[0]).hostname),
            say("If that is a counting service, link to the article itself: notices show and lead there."),
            strange[0],
        )
    tracked = [entry for entry in document.entries if tracking(entry.link)]
    if tracked:
        yield may(
            "link-tracking",
            say(
                "Links carry tracking parameters ({names}). Piquet knows the article all the same, but its notices "
                "link as the feed does.",
                names=", ".join(tracking(tracked[0].link)),
            ),
            say(
                "Leave them out of the feed’s <link>, or accept that readers of the notices are counted as the feed’s."
            ),
            tracked[0].link,
        )


def _titles(read: Sequence[Entry], items: Sequence[Item]) -> Iterator[Finding]:
    untitled = [entry for entry in read if not entry.title and keys(entry)]
    if untitled:
        yield should(
            "title-missing",
            say_n("{n} entry has no title.", "{n} entries have no title.", len(untitled)),
            say("Give each entry a <title>: notices quote it."),
            shown(untitled[0]),
        )
    marked = [item.title for item in items if not item.markup and _MARKUP.search(item.title)]
    if marked:
        yield may(
            "title-markup",
            say("Titles hold HTML, which Piquet takes out."),
            say('Write titles as plain text; in Atom, HTML has to be declared with type="html".'),
            marked[0][:_SHOWN],
        )


def tracking(address: str) -> tuple[str, ...]:
    """The names of the parameters in ``address`` that identity leaves out, in their order."""
    if not address.startswith(("http://", "https://")):
        return ()
    kept = {pair.partition("=")[0] for pair in normalise(address).partition("?")[2].split("&")}
    try:
        said = [pair.partition("=")[0] for pair in urlsplit(address).query.split("&")]
    except ValueError:
        return ()
    return tuple(dict.fromkeys(name for name in said if name and name not in kept))


def _site(address: str) -> str:
    """The host without its subdomains, as far as that can be told from the name."""
    try:
        parts = (urlsplit(address).hostname or "").split(".")
    except ValueError:
        return ""
    if parts[-1].isdigit():  # an IPv4 address
        return ".".join(parts)
    deep = len(parts) > 2 and len(parts[-1]) == 2 and len(parts[-2]) <= 3  # .co.uk, .com.au
    return ".".join(parts[-3 if deep else -2 :])
