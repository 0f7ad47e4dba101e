# SPDX-License-Identifier: AGPL-3.0-or-later
"""The fake network's classes: the verbs every network has, and one class for each small protocol."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from relay.faults import NetworkFault, Refused, Unauthorised, Unreachable
from relay.i18n import say
from relay.networks.measure import measure
from relay.networks.port import Card, Found, Identity, Keep, Post, Receipt, Still
from relay.outside import Outside
from relay.square.faults import Planned
from relay.testing.answers import fault_of

if TYPE_CHECKING:
    from relay.testing.fake import FakePlatform

T = TypeVar("T")


class FakeNetwork:
    """The two verbs every network has; made by ``FakePlatform.network``."""

    card: Card
    platform: "FakePlatform"
    patience = 20.0  # s

    def __init__(self, given: Mapping[str, str], outside: Outside, keep: Keep) -> None:
        self._handle = given["handle"]
        self._secrets = (given["token"],)
        self._outside = outside
        self.keep = keep
        self.closed = False

    async def verify(self) -> Identity:
        return self._call("GET", "/me", self._identity)

    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        limits = self.card.capabilities.limits
        if not post.text or measure(post.text, limits, post.warning) > limits.text:
            raise Refused(say("The notice does not fit. Shorten its words."))
        if len(post.pictures) > self.card.capabilities.images:
            raise Refused(say("The notice has too many pictures. Take one away."))
        for _ in post.pictures:
            self._upload()
        await still()
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

    def _upload(self) -> None:
        """A picture, seen by nobody before its post; scripted faults wait for that one."""
        planned = self.platform.plan.take("POST", "/pictures")
        if planned is not None:
            raise self._fault(planned, changes=False)

    def _fault(self, planned: Planned, *, changes: bool) -> NetworkFault:
        return fault_of(planned, self._outside.clock.now(), self._secrets, changes=changes)


class Finding(FakeNetwork):
    """``relay.networks.port.Finds``."""

    page = 20  # posts, as many as the platform lists at once

    async def find(self, post: Post, key: str) -> Sequence[Receipt]:
        return self._call("GET", "/posts", lambda: self.platform.find(self._handle, key))

    async def recent(self, since: datetime) -> Sequence[Found]:
        found: list[Found] = []
        while page := self._page(found[-1].receipt.id if found else ""):
            found += page
            if page[-1].created_at < since:
                break
        return [one for one in reversed(found) if one.created_at >= since]

    def _page(self, before: str) -> list[Found]:
        return self._call("GET", "/posts", lambda: self.platform.page(self._handle, before, self.page))


class Withdrawing(FakeNetwork):
    """``relay.networks.port.Withdraws``."""

    async def withdraw(self, receipt: Receipt) -> None:
        def delete() -> None:
            pace = self.card.capabilities.withdrawals
            if pace is not None:
                self.platform.spend(self._handle, pace)
            self.platform.withdraw(receipt)

        self._call("DELETE", "/posts", delete)


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
