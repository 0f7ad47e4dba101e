# SPDX-License-Identifier: AGPL-3.0-or-later
"""Networks that are wrong on purpose, each in one way: what the contract suite must catch."""

import logging
from collections.abc import Mapping

from relay.clock import RealClock
from relay.faults import NetworkFault, Refused, Throttled, Unauthorised, Unreachable, Unsure
from relay.i18n import say
from relay.networks.port import Identity, Keep, Post, Receipt
from relay.outside import Outside
from relay.testing.fake import Finding, Pinning, Withdrawing


class Whole(Finding, Withdrawing, Pinning):
    """Nothing is wrong with this one."""


class ForgetsTheKey(Whole):
    async def publish(self, post: Post, key: str) -> Receipt:
        return await super().publish(post, self._outside.ids())


class CutsText(Whole):
    async def publish(self, post: Post, key: str) -> Receipt:
        limit = self.card.capabilities.limits.text
        return await super().publish(Post(post.text[:limit], post.created_at, languages=post.languages), key)


class DropsTheLanguage(Whole):
    async def publish(self, post: Post, key: str) -> Receipt:
        return await super().publish(
            Post(post.text, post.created_at, warning=post.warning, pictures=post.pictures), key
        )


class Sleeps(Whole):
    async def publish(self, post: Post, key: str) -> Receipt:
        try:
            return await super().publish(post, key)
        except Throttled:
            await RealClock().sleep(0.001)
            raise


class Retries(Whole):
    async def publish(self, post: Post, key: str) -> Receipt:
        try:
            return await super().publish(post, key)
        except Unsure:
            return await super().publish(post, key)


class CallsThrottledRefused(Whole):
    async def publish(self, post: Post, key: str) -> Receipt:
        try:
            return await super().publish(post, key)
        except Throttled as fault:
            raise Refused(fault.message, fault.detail) from None


class CallsUnsureUnreachable(Whole):
    async def publish(self, post: Post, key: str) -> Receipt:
        try:
            return await super().publish(post, key)
        except Unsure as fault:
            raise Unreachable(fault.message, fault.detail) from None


class SwallowsUnauthorised(Whole):
    async def verify(self) -> Identity:
        try:
            return await super().verify()
        except Unauthorised:
            return self._identity()


class LeaksInTheFault(Whole):
    def __init__(self, given: Mapping[str, str], outside: Outside, keep: Keep) -> None:
        super().__init__(given, outside, keep)
        self._token = given["token"]

    async def publish(self, post: Post, key: str) -> Receipt:
        try:
            return await super().publish(post, key)
        except Unauthorised as fault:
            raise Unauthorised(fault.message, f"bad token {self._token}") from None


class LeaksInTheCause(LeaksInTheFault):
    async def publish(self, post: Post, key: str) -> Receipt:
        try:
            return await Whole.publish(self, post, key)
        except NetworkFault as fault:
            raise fault from OSError(f"POST /posts?token={self._token}")


class LeaksInTheLog(LeaksInTheFault):
    async def publish(self, post: Post, key: str) -> Receipt:
        logging.getLogger("broken").debug("publishing with %s", self._token)
        return await Whole.publish(self, post, key)


class FindsAnything(Whole):
    async def find(self, post: Post, key: str) -> Receipt | None:
        mine = self.platform.posts(self._handle)
        return mine[-1].receipt if mine else None


class ForgetsWhatWasPinned(Whole):
    async def unpin(self, receipt: Receipt, before: str) -> None:
        await super().unpin(receipt, "")


class Telephones(Whole):
    """Looks its server up while it is made."""

    def __init__(self, given: Mapping[str, str], outside: Outside, keep: Keep) -> None:
        super().__init__(given, outside, keep)
        self.platform.plan.take("GET", "/instance")


class WaitsForEver(Whole):
    async def publish(self, post: Post, key: str) -> Receipt:
        try:
            return await super().publish(post, key)
        except Throttled as fault:
            raise Throttled(say("Wait."), fault.until.replace(year=fault.until.year + 1)) from None


BROKEN = (
    ForgetsTheKey,
    CutsText,
    DropsTheLanguage,
    Sleeps,
    Retries,
    CallsThrottledRefused,
    CallsUnsureUnreachable,
    SwallowsUnauthorised,
    LeaksInTheFault,
    LeaksInTheCause,
    LeaksInTheLog,
    FindsAnything,
    ForgetsWhatWasPinned,
    Telephones,
    WaitsForEver,
)
