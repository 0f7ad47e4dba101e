# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is wrong with the names of the entries: guid in RSS, id in Atom and JSON Feed. Pure."""

import re
from collections.abc import Iterator, Sequence

from relay.feeds.doctor.findings import Finding, must, should, shown
from relay.feeds.doctor.links import tracking
from relay.feeds.identity.canonical import normalise
from relay.feeds.identity.keys import keys, merged, spoilt_keys, strong_keys, words
from relay.i18n import say, say_n
from relay.terms import Entry

_COUNTED = re.compile(r"#\d{1,3}$")  # some publishing tools count the edits of an article there


def guids(read: Sequence[Entry]) -> Iterator[Finding]:
    """Missing, shared, or changing with time."""
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
