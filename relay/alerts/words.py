# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the strikers read: what is wrong, what to do, and when it is over. No secret, no member, no wording is in it."""

from collections.abc import Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, replace

from relay.i18n import Message, say, speak
from relay.store.alert import Alert
from relay.store.newsroom import Newsroom
from relay.terms import AlertKind

MOST = 8  # lines of each sort: the shortest of the services takes 1,024 characters

BEGUN: Mapping[AlertKind, Message] = {
    AlertKind.ACCOUNT: say(
        "{handle} ({network}) is paused: the network does not let Piquet in any more, or limits the account. Its "
        "notices wait. Look at the account there, then run “piquet account check”; if that does not help, "
        "connect it again."
    ),
    AlertKind.FEED: say(
        "The feed “{feed}” cannot be read (failed looks in a row: {failures}), so its articles are not answered. "
        "Piquet goes on trying. “piquet feed list” says why it fails, “piquet feed check ADDRESS” how to mend it."
    ),
    AlertKind.OFF: say(
        "The feed “{feed}” is off: its server has said for a day that it is gone for good, so its articles are not "
        "answered. Ask its publisher where it is now and run “piquet feed add ADDRESS”, or let it go with “piquet "
        "feed remove”."
    ),
    AlertKind.HEAVY: say(
        "The feed “{feed}” takes too much time or memory to read, so it is tried only once an hour, and its articles "
        "are not answered. “piquet feed check ADDRESS” says what is wrong with it: tell its publisher, or add a "
        "smaller feed."
    ),
    AlertKind.BEHIND: say(
        "Feeds are looked at late (by {minutes} min now): this machine has more of them than it can look at, so "
        "articles are answered late. Remove feeds that nobody needs, or ask whoever runs Piquet for another machine "
        "(“piquet worker”)."
    ),
    AlertKind.QUIET: say(
        "No new article for {hours} h, though the window is open. If the newsroom did publish, look at the feeds with "
        "“piquet status”; if it did not, there is nothing to do."
    ),
    AlertKind.MUTE: say(
        "Articles come in, but nothing could be sent for {hours} h (since {since}). Look at “piquet status”: it says "
        "what each account waits for."
    ),
    AlertKind.LATE: say(
        "Notices of {handle} ({network}) are late: {count}, the first since {since}. The network does not answer, or "
        "its answer got lost. Piquet goes on by itself: do not post them yourself."
    ),
    AlertKind.HUMAN: say(
        "Notices of {handle} ({network}) need you: {count}. They may be out there or not. Look at the account, and at "
        "“piquet status”, before you post them yourself."
    ),
    AlertKind.HELD: say(
        "Many new articles came at once from the feed “{feed}” and wait for you: “piquet held list”, then “piquet held "
        "release {hold}” or “piquet held drop {hold}”."
    ),
    AlertKind.CLOCK: say(
        "This machine’s clock shows {time}, though it has been {seen} already. Nothing is sent until it is right: "
        "“piquet clock” says what to do, for whoever runs the machine."
    ),
    AlertKind.STEP: say(
        "This machine’s clock was set forward, to {time}. If that is wrong, windows open and close at the wrong time: "
        "“piquet clock” says what to do, for whoever runs the machine."
    ),
    AlertKind.DISK: say(
        "The disk is nearly full: {free} MB are left. Make room, or ask whoever runs the machine: when it is full "
        "nothing can be sent."
    ),
}

OVER: Mapping[AlertKind, Message] = {
    AlertKind.ACCOUNT: say("{handle} ({network}) is not paused any more, or was forgotten."),
    AlertKind.FEED: say(
        "The feed “{feed}” is read again, or no window needs it any more, or another message says more about it."
    ),
    AlertKind.OFF: say("The feed “{feed}” is watched again, or was removed, or no strike needs it any more."),
    AlertKind.HEAVY: say("The feed “{feed}” is read again, or is watched no more, or no strike needs it any more."),
    AlertKind.BEHIND: say("Feeds are looked at in time again, or the window is over."),
    AlertKind.QUIET: say("New articles come in again, or the window is over."),
    AlertKind.MUTE: say("Notices go out again, or the window is over."),
    AlertKind.LATE: say("No notice of {handle} ({network}) is late any more."),
    AlertKind.HUMAN: say("No notice of {handle} ({network}) needs you any more."),
    AlertKind.HELD: say("What was held of the feed “{feed}” is decided."),
    AlertKind.CLOCK: say("This machine’s clock is right again: Piquet goes on."),
    AlertKind.STEP: say("This machine’s clock has been steady since it was set."),
    AlertKind.DISK: say("There is room on the disk again."),
}


@dataclass(frozen=True)
class Letter:
    """One message, in words."""

    title: str
    body: str


def alert(newsroom: Newsroom, begun: Sequence[Alert], over: Sequence[Alert]) -> Letter:
    """All there is to tell one channel, gathered, in the newsroom's language."""
    if begun:
        title = say("{newsroom}: Piquet needs you", newsroom=newsroom.name)
    else:
        title = say("{newsroom}: this is over", newsroom=newsroom.name)
    lines = [*_lines("!", BEGUN, begun), *_lines("✓", OVER, over)]
    return _in(newsroom.language, title, lines)


def trial(newsroom: Newsroom) -> Letter:
    """What ``piquet alert test`` sends."""
    title = say("{newsroom}: a test by Piquet", newsroom=newsroom.name)
    return _in(newsroom.language, title, [("✓", say("You read this, so alerts arrive here. There is nothing to do."))])


def _lines(mark: str, words: Mapping[AlertKind, Message], alerts: Sequence[Alert]) -> list[tuple[str, Message]]:
    lines = [(mark, replace(words[each.kind], params=each.facts)) for each in alerts[:MOST]]
    if len(alerts) > MOST:
        lines.append((mark, say("and others ({n}): “piquet status”", n=len(alerts) - MOST)))
    return lines


def _in(language: str, title: Message, lines: Sequence[tuple[str, Message]]) -> Letter:
    """Rendered in that language, while whoever asks goes on in theirs."""

    def rendered() -> Letter:
        speak(language)
        return Letter(" ".join(str(title).split()), "\n\n".join(f"{mark} {words}" for mark, words in lines))

    return copy_context().run(rendered)
