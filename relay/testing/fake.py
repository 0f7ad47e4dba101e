# SPDX-License-Identifier: AGPL-3.0-or-later
"""A whole network in memory, as strict as a real one, for tests of everything above the seam.

platform = FakePlatform(clock)
platform.script(Throttled(say("Wait."), until))  # the next call hears it
platform.script(when="after")  # the next one is carried out, and its answer lost
network = platform.network()({"handle": "desk", "token": "s3cret"}, outside, keep)
"""

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from relay.clock import Clock, RealClock, stopwatch
from relay.faults import NetworkFault, Throttled
from relay.i18n import say
from relay.networks.port import Capabilities, Card, CredentialField, Found, Limits, Pace, Post, Receipt
from relay.square.faults import FaultPlan
from relay.square.seen import PublicPost
from relay.testing.answers import lost
from relay.testing.fake_network import FakeNetwork, Finding, Pinning, Revoking, Withdrawing

FULL = Capabilities(
    limits=Limits(text=500, link_cost=23, warning_counts=True),
    images=4,
    content_warning=True,
    visibilities=("public", "unlisted"),
    deletes=True,
    reads_back=True,
    pins=True,
    revokes=True,
    repeats_safely=True,
)
FIELDS = (
    CredentialField("handle", say("Account"), say("Any name."), example="desk"),
    CredentialField("token", say("Token"), say("Any word."), secret=True),
)


@dataclass(frozen=True)
class Said:
    """One post on the platform, with the key it was said under; ``at``: the platform's own time."""

    account: str
    key: str
    post: Post
    receipt: Receipt
    arrived: float
    at: datetime


class FakePlatform:
    """Posts and pins per account, and the faults to come: scripted ones first, then those of ``plan`` by request.

    honours_key: the same key twice is one post, else two twins. reads_back: posts can be found again and listed.
    deletes: they can be withdrawn. open: something listens.
    """

    def __init__(
        self, clock: Clock | None = None, *, honours_key: bool = True, reads_back: bool = True, deletes: bool = True
    ) -> None:
        self.clock = clock or RealClock()
        self.honours_key = honours_key
        self.reads_back = reads_back
        self.deletes = deletes
        self.open = True
        self.plan = FaultPlan()
        self.said: list[Said] = []
        self.pins: dict[str, str] = {}
        self.revoked: set[str] = set()
        self.deleted: list[tuple[str, datetime]] = []  # account, when
        self._script: deque[tuple[NetworkFault, str]] = deque()
        self._count = 0

    def script(
        self, fault: NetworkFault | None = None, when: Literal["before", "after"] = "before", times: int = 1
    ) -> None:
        """Have the next ``times`` calls raise ``fault`` (Unsure if none is given), before or after they took effect."""
        self._script.extend([(fault or lost(changes=True), when)] * times)

    def scripted(self) -> tuple[NetworkFault, str] | None:
        """The next scripted fault, counted as used."""
        return self._script.popleft() if self._script else None

    def posts(self, account: str) -> list[Said]:
        """What stands on the account's page, oldest first."""
        return [said for said in self.said if said.account == account]

    def publish(self, account: str, post: Post, key: str) -> Receipt:
        """Carry out, whatever the caller hears of it."""
        known = [said.receipt for said in self.posts(account) if said.key == key]
        if known and self.honours_key:
            return known[0]
        self._count += 1
        receipt = Receipt(str(self._count), f"https://fake.example/@{account}/{self._count}")
        self.said.append(Said(account, key, post, receipt, stopwatch(), self.clock.now()))
        return receipt

    def find(self, account: str, key: str) -> list[Receipt]:
        """The posts said under the key, oldest first."""
        return [said.receipt for said in self.posts(account) if said.key == key]

    def page(self, account: str, before: str, most: int) -> list[Found]:
        """The newest posts, newest first, of those older than the one with the id ``before`` if one is named."""
        older = [said for said in self.posts(account) if not before or int(said.receipt.id) < int(before)]
        newest = reversed(older[-most:])
        return [Found(said.receipt, said.at, said.post.text, self._seen(said).links) for said in newest]

    def spend(self, account: str, pace: Pace) -> None:
        """Count one more deletion. Raises Throttled if that is faster than ``pace``."""
        now, span = self.clock.now(), timedelta(seconds=pace.seconds)
        lately = [at for name, at in self.deleted if name == account and at > now - span]
        if len(lately) >= pace.most:
            raise Throttled(say("The fake network asks us to wait."), lately[-pace.most] + span)
        self.deleted.append((account, now))

    def withdraw(self, receipt: Receipt) -> None:
        """Delete; a pin of it goes too."""
        self.said = [said for said in self.said if said.receipt.id != receipt.id]
        self.pins = {account: pinned for account, pinned in self.pins.items() if pinned != receipt.id}

    def pin(self, account: str, post_id: str) -> str:
        """Set the one pinned post, "" for none; returns what was pinned."""
        before = self.pins.get(account, "")
        self.pins[account] = post_id
        return before

    def public(self) -> list[PublicPost]:
        """What passers-by see, in order of arrival."""
        return [self._seen(said) for said in self.said]

    def _seen(self, said: Said) -> PublicPost:
        words = said.post.text.split()
        return PublicPost(
            network="fake",
            account=said.account,
            id=said.receipt.id,
            url=said.receipt.url,
            text=said.post.text,
            created_at=said.at,
            arrived=said.arrived,
            links=tuple(word for word in words if word.startswith(("https://", "http://"))),
            hashtags=tuple(word[1:] for word in words if word.startswith("#")),
            mentions=tuple(word[1:] for word in words if word.startswith("@")),
            language=said.post.languages[0] if said.post.languages else "",
            images=len(said.post.pictures),
            alts=tuple(picture.alt for picture in said.post.pictures),
            warning=said.post.warning,
            card_url=said.post.card.url if said.post.card else "",
            pinned=self.pins.get(said.account) == said.receipt.id,
        )

    def network(self, capabilities: Capabilities = FULL) -> "type[FakeNetwork]":
        """A network class on this platform, with only the protocols that its card declares."""
        declared = replace(
            capabilities,
            repeats_safely=capabilities.repeats_safely and self.honours_key,
            reads_back=capabilities.reads_back and self.reads_back,
            deletes=capabilities.deletes and self.deletes,
        )
        extras = [
            (declared.reads_back, Finding),
            (declared.deletes, Withdrawing),
            (declared.pins, Pinning),
            (declared.revokes, Revoking),
        ]
        bases = tuple(extra for wanted, extra in extras if wanted)
        card = Card("fake", "Fake", "https://example.org/fake", declared, FIELDS)
        return type("FakeNetwork", (*bases, FakeNetwork), {"card": card, "platform": self})
