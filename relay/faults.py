# SPDX-License-Identifier: AGPL-3.0-or-later
"""Everything that can go wrong and that a person must hear of, each in one sentence.

Problem                 says what is wrong and what to do next
├── Invalid             what was typed or given cannot be used
├── Unusable            the ground is not there: disk, database, key, port
├── FeedFault           a feed could not be read this time
│   ├── FeedUnreachable     no answer: DNS, refused, timeout, TLS, cut short
│   ├── FeedRefused(status) the server said no
│   ├── FeedThrottled(until) the server asked us to wait
│   ├── FeedGone            410: the publisher took it away
│   └── NotAFeed            an answer, but nothing a feed reader can use
│       └── FeedTooHeavy        reading it takes too much time or memory
└── NetworkFault        what a network says no with
    ├── Refused             permanent for this post; the network's words are shown
    ├── Unauthorised        the token is dead: pause the account, ask to reconnect
    ├── Held                the account is limited: pause it, say why
    ├── Throttled(until)    the network asked us to wait
    ├── Unreachable         nothing left us: safe to try again
    └── Unsure              it may be out there: look before speaking again
"""

from datetime import datetime

from relay.i18n import Message


class Problem(Exception):
    """Something a person must know; ``str()`` is the sentence in the language spoken now."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class Invalid(Problem):
    """What was typed or given cannot be used; nothing was changed."""


class Unusable(Problem):
    """What Piquet stands on is missing or broken: disk, database, key, port."""


class FeedFault(Problem):
    """A feed could not be read this time; it is looked at again later."""


class FeedUnreachable(FeedFault):
    """No whole answer: DNS, connection, TLS, timeout, or a body cut short."""


class FeedRefused(FeedFault):
    """The server answered with an error status."""

    def __init__(self, message: Message, status: int) -> None:
        super().__init__(message)
        self.status = status


class FeedThrottled(FeedFault):
    """The server asked us to come back at ``until`` (aware UTC); ``host_wide``: whatever we ask it for (429)."""

    def __init__(self, message: Message, until: datetime, *, host_wide: bool = False) -> None:
        super().__init__(message)
        self.until, self.host_wide = until, host_wide


class FeedGone(FeedFault):
    """The server says the feed is gone for good (410)."""


class NotAFeed(FeedFault):
    """There was an answer, but no feed in it."""


class FeedTooHeavy(NotAFeed):
    """Reading it took so much time or memory that it had to be ended by force."""


class NetworkFault(Problem):
    """A network said no, or said nothing. ``detail`` is the network's own text, free of secrets."""

    def __init__(self, message: Message, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class Refused(NetworkFault):
    """The network will never take this post as it is."""


class Unauthorised(NetworkFault):
    """The network does not accept this account's credentials any more."""


class Held(NetworkFault):
    """The network limits this account: suspended, unconfirmed, scope missing."""


class Throttled(NetworkFault):
    """The network asked us to wait until ``until`` (aware UTC)."""

    def __init__(self, message: Message, until: datetime, detail: str = "") -> None:
        super().__init__(message, detail)
        self.until = until


class Unreachable(NetworkFault):
    """The request never left us: safe to try again."""


class Unsure(NetworkFault):
    """The request may have been carried out: look before speaking again."""
