# SPDX-License-Identifier: AGPL-3.0-or-later
"""A whole network in memory, as strict as a real one, for tests of everything above the seam.

platform = FakePlatform(clock)
platform.script(Throttled(say("Wait."), until))  # the next call hears it
platform.script(when="after")  # the next one is carried out, and its answer lost
network = platform.network()({"handle": "desk", "token": "s3cret"}, outside, keep)
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from relay.clock import Clock, RealClock, stopwatch
from relay.faults import NetworkFault, Refused, Unauthorised, Unreachable
from relay.i18n import say
from relay.networks.measure import measure
from relay.networks.port import Capabilities, Card, CredentialField, Identity, Keep, Limits, Post, Receipt
from relay.outside import Outside
from relay.square.faults import FaultPlan, Planned
from relay.square.seen import PublicPost
from relay.testing.answers import fault_of, lost

T = TypeVar("T")
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
    """One post on the platform, with the key it was said under."""

    account: str
    key: str
    post: Post
    receipt: Receipt
    arrived: float


class FakePlatform:
    """Posts and pins per account, and the faults to come: scripted ones first, then those of ``plan`` by request.

    honours_key: the same key twice is one post. reads_back: posts can be found again. open: something listens.
    """

    def __init__(self, clock: Clock | None = None, *, honours_key: bool = True, reads_back: bool = True) -> None:
        self.clock = clock or RealClock()
        self.honours_key = honours_key
        self.reads_back = reads_back
        self.open = True
        self.plan = FaultPlan()
        self.said: list[Said] = []
        self.pins: dict[str, str] = {}
        self.revoked: set[str] = set()
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
        self.said.append(Said(account, key, post, receipt, stopwatch()))
        return receipt

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
            created_at=said.post.created_at,
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


class FakeNetwork:
    """The two verbs every network has; made by ``FakePlatform.network``."""

    card: Card
    platform: FakePlatform
    patience = 20.0  # s

    def __init__(self, given: Mapping[str, str], outside: Outside, keep: Keep) -> None:
        self._handle = given["handle"]
        self._secrets = (given["token"],)
        self._outside = outside
        self.keep = keep
        self.closed = False

    async def verify(self) -> Identity:
        return self._call("GET", "/me", self._identity)

    async def publish(self, post: Post, key: str) -> Receipt:
        limits = self.card.capabilities.limits
        if not post.text or measure(post.text, limits, post.warning) > limits.text:
            raise Refused(say("The notice does not fit. Shorten its words."))
        if len(post.pictures) > self.card.capabilities.images:
            raise Refused(say("The notice has too many pictures. Take one away."))
        return self._call("POST", "/posts", lambda: self.platform.publish(self._handle, post, key))

    async def aclose(self) -> None:
        self.closed = True

    def _identity(self) -> Identity:
        limits = self.card.capabilities.limits
        return Identity(self._handle, f"@{self._handle}", f"https://fake.example/@{self._handle}", limits=limits)

    def _call(self, method: str, path: str, act: Callable[[], T]) -> T:
        """Do what was asked, or what was planned instead of it, as one request to the platform."""
        changes, platform = method != "GET", self.platform
        if not platform.open:
            raise Unreachable(say("The fake network cannot be reached. Piquet tries again."))
        fault, when = platform.scripted() or (None, "")
        if fault is not None and when == "before":
            raise fault
        planned = platform.plan.take(method, path)
        if planned is not None and not (planned.drop == "after" or planned.carried_out):
            raise self._fault(planned, changes=changes)
        if self._handle in platform.revoked:
            raise Unauthorised(say("The fake network does not know this token any more. Connect the account again."))
        result = act()
        if planned is not None:
            raise self._fault(planned, changes=changes)
        if fault is not None:
            raise fault
        return result

    def _fault(self, planned: Planned, *, changes: bool) -> NetworkFault:
        return fault_of(planned, self._outside.clock.now(), self._secrets, changes=changes)


class Finding(FakeNetwork):
    """``relay.networks.port.Finds``."""

    async def find(self, post: Post, key: str) -> Receipt | None:
        def look() -> Receipt | None:
            mine = self.platform.posts(self._handle)
            return next((said.receipt for said in mine if said.key == key), None)

        return self._call("GET", "/posts", look)


class Withdrawing(FakeNetwork):
    """``relay.networks.port.Withdraws``."""

    async def withdraw(self, receipt: Receipt) -> None:
        self._call("DELETE", "/posts", lambda: self.platform.withdraw(receipt))


class Pinning(FakeNetwork):
    """``relay.networks.port.Pins``, on a platform with room for one pin."""

    async def pin(self, receipt: Receipt) -> str:
        return self._call("PUT", "/pin", lambda: self.platform.pin(self._handle, receipt.id))

    async def unpin(self, receipt: Receipt, before: str) -> None:
        def restore() -> None:
            if self.platform.pins.get(self._handle) == receipt.id:
                self.platform.pin(self._handle, before)

        self._call("PUT", "/pin", restore)


class Revoking(FakeNetwork):
    """``relay.networks.port.Revokes``; it stands for a token, so whoever connects again gets one that works."""

    async def revoke(self) -> None:
        self._call("DELETE", "/token", lambda: self.platform.revoked.add(self._handle))
