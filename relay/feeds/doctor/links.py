# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is wrong with the links of the entries, to which notices lead. Pure."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from relay.feeds.doctor.findings import Finding, may, must, should, shown
from relay.feeds.doctor.source import Item
from relay.feeds.identity.canonical import normalise
from relay.feeds.identity.keys import merged, spoilt_keys, strong_keys
from relay.i18n import say, say_n
from relay.terms import Document


def links(document: Document, items: Sequence[Item], address: str) -> Iterator[Finding]:
    """Missing, shared, relative, elsewhere, tracked; ``items`` as written, ``address`` the feed's."""
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
