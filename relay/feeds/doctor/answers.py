# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is wrong with the answers of the server: redirects, headers, validators, packing, speed. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from relay.feeds.doctor.findings import Finding, may, should
from relay.feeds.http.answers import Fetched
from relay.feeds.http.headers import media
from relay.feeds.schedule import STRIKE_CEILING
from relay.feeds.websub.discovery import Announced
from relay.i18n import say

SLOW = 5.0  # seconds
_KINDS = {
    "rss": frozenset({"application/rss+xml", "application/rdf+xml"}),
    "atom": frozenset({"application/atom+xml"}),
    "json": frozenset({"application/feed+json", "application/json"}),
}
_GENERIC = frozenset({"application/xml", "text/xml"})
_FOR_GOOD = frozenset({301, 308})
_UNPACKED = 20 << 10  # bytes that may come unpacked
_HEAVY = 200 << 10  # bytes that should not


@dataclass(frozen=True)
class Exchange:
    """One request and the head of its answer; header names in any case."""

    address: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Visit:
    """All that one visit to a feed brought.

    ``exchanges``: the way there, the answer itself last; ``seconds`` for all of it. ``again``: the answer to one
    conditional request right after, None if none was made; ``same``: it brought the same bytes, or none.
    """

    fetched: Fetched
    exchanges: tuple[Exchange, ...] = ()
    seconds: float = 0.0
    again: Exchange | None = None
    same: bool = True

    @property
    def headers(self) -> Mapping[str, str]:
        """Those of the answer that brought the feed."""
        return self.exchanges[-1].headers if self.exchanges else {}


def answers(visit: Visit, kind: str) -> Iterator[Finding]:
    """``kind`` is the document's: rss, atom or json."""
    yield from _way(visit)
    yield from _media(visit.fetched.content_type, kind)
    yield from _validators(visit)
    yield from _cost(visit)


def _way(visit: Visit) -> Iterator[Finding]:
    hops = [each for each in visit.exchanges if 300 <= each.status < 400]
    if visit.fetched.moved_to:
        yield should(
            "moved-for-good",
            say("The feed has moved for good (status {status}).", status=hops[0].status if hops else 301),
            say("Use {address} from now on.", address=visit.fetched.moved_to),
        )
    elif hops:
        last = next((each.status for each in hops if each.status not in _FOR_GOOD), hops[0].status)
        yield may(
            "moved-for-now",
            say("The address redirects for the time being (status {status}): each look costs two.", status=last),
            say("If the feed will stay there, answer with status 301; else nothing need be done."),
            visit.fetched.address,
        )
    if visit.fetched.address.startswith("http://"):
        yield may(
            "not-encrypted",
            say("The feed comes without encryption: anyone on the way could put a link into it."),
            say("Offer it at an https:// address and redirect there with status 301."),
        )


def _media(content_type: str, kind: str) -> Iterator[Finding]:
    sent, _ = media(content_type)
    fit = sorted(_KINDS[kind])[-1]
    if sent == "text/html":
        yield should(
            "content-type",
            say("The server calls the feed a web page (text/html)."),
            say("Send it as Content-Type: {fit}.", fit=fit),
        )
    elif sent not in _KINDS[kind] | (_GENERIC if kind != "json" else frozenset()):
        yield may(
            "content-type",
            say("The server calls the feed {sent}.", sent=f"“{sent[:60]}”")
            if sent
            else say("The server does not say what it sends."),
            say("Send it as Content-Type: {fit}.", fit=fit),
        )


def _validators(visit: Visit) -> Iterator[Finding]:
    memory = visit.fetched.memory
    if not (memory.etag or memory.last_modified):
        yield should(
            "no-validators",
            say("The server sends neither ETag nor Last-Modified, so that every look costs the whole feed."),
            say("Have the server send an ETag, and answer 304 to who has that version."),
        )
    elif visit.again is not None and visit.again.status != 304 and visit.same:
        packed = "-gzip" in memory.etag
        yield should(
            "validators-never-match",
            say(
                "Asked again a second later with its own {name}, the server sent the same feed once more, where it "
                "should have answered “unchanged” (304).",
                name="ETag" if memory.etag else "Last-Modified",
            ),
            say("In Apache, set “DeflateAlterETag NoChange”: packing alters the ETag.")
            if packed
            else say("Keep the ETag the same while the feed is the same, on every server that answers."),
            f"ETag: {memory.etag}" if memory.etag else f"Last-Modified: {memory.last_modified}",
        )


def _cost(visit: Visit) -> Iterator[Finding]:
    body, fetched = len(visit.fetched.body), visit.fetched
    if body > _UNPACKED and not visit.headers.get("Content-Encoding"):
        yield (should if body > _HEAVY else may)(
            "no-gzip",
            say("The server sends the feed unpacked, {size} kB each time.", size=body >> 10),
            say("Switch compression (gzip) on for feeds: they shrink to about a fifth."),
        )
    if visit.seconds > SLOW:
        yield should(
            "slow",
            say("The server took {n} seconds to send the feed; after 20 Piquet gives up.", n=round(visit.seconds)),
            say("Have the server keep the feed ready (cache it) in place of making it at each request."),
        )
    if fetched.fresh_for > STRIKE_CEILING:
        yield may(
            "max-age",
            say("The server asks to be left alone for {n} minutes after each look.", n=round(fetched.fresh_for / 60)),
            say(
                "A shorter max-age in Cache-Control would have articles noticed sooner; during a strike Piquet looks "
                "every 5 minutes at least in any case."
            ),
            f"Cache-Control: {visit.headers['Cache-Control']}"[:100] if "Cache-Control" in visit.headers else "",
        )


def welcome(robots: bool | None) -> Iterator[Finding]:
    """``robots``: whether robots.txt lets us look, None if that is not known."""
    if robots is False:
        yield should(
            "robots",
            say(
                "The site’s robots.txt asks programs to leave the feed alone. Piquet looks all the same, since the "
                "newsroom gave it the address; but walls before the site may go by it."
            ),
            say("Allow the feed in robots.txt: “User-agent: Piquet”, and on the next line “Allow: /”."),
        )


def push(said: Announced) -> Iterator[Finding]:
    """What is amiss with WebSub, where the feed offers it."""
    if said.hub and not said.topic:
        yield may(
            "hub-without-self",
            say("The feed names a WebSub hub but not its own address, so that nobody knows what to ask the hub for."),
            say('Add a link with rel="self" and the feed’s address beside the one with rel="hub".'),
            said.hub,
        )
