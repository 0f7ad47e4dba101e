# SPDX-License-Identifier: AGPL-3.0-or-later
"""Networks that are wrong on purpose, each in one way: what the contract suite must catch."""

import logging
from collections.abc import Mapping

from relay.clock import RealClock
from relay.faults import NetworkFault, Refused, Throttled, Unauthorised, Unreachable, Unsure
from relay.i18n import say
from relay.networks.port import Identity, Keep, Post, Receipt, Still, Unwanted
from relay.outside import Outside
from relay.testing.fake_network import Finding, Pinning, Revoking, Withdrawing
from relay.testing.stage import willing


class Whole(Finding, Withdrawing, Pinning, Revoking):
    """Nothing is wrong with this one. ``honours_key``: of the platform it is shown on."""

    honours_key = True


class ForgetsTheKey(Whole):
    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        return await super().publish(post, self._outside.ids(), still)


class CutsText(Whole):
    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        limit = self.card.capabilities.limits.text
        return await super().publish(Post(post.text[:limit], post.created_at, languages=post.languages), key, still)


class DropsTheLanguage(Whole):
    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        return await super().publish(
            Post(post.text, post.created_at, warning=post.warning, pictures=post.pictures), key, still
        )


class NeverAsks(Whole):
    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        return await super().publish(post, key, willing)


class AsksTooSoon(Whole):
    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        await still()
        return await super().publish(post, key, willing)


class AsksTooLate(Whole):
    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        receipt = await super().publish(post, key, willing)
        await still()
        return receipt


class AsksOnce(Whole):
    """Takes the first word for the last."""

    def __init__(self, given: Mapping[str, str], outside: Outside, keep: Keep) -> None:
        super().__init__(given, outside, keep)
        self._asked: set[str] = set()

    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        word = willing if key in self._asked else still
        self._asked.add(key)
        return await super().publish(post, key, word)


class CallsUnwantedRefused(Whole):
    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        try:
            return await super().publish(post, key, still)
        except Unwanted:
            raise Refused(say("Not any more.")) from None


class Sleeps(Whole):
    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        try:
            return await super().publish(post, key, still)
        except Throttled:
            await RealClock().sleep(0.001)
            raise


class Retries(Whole):
    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        try:
            return await super().publish(post, key, still)
        except Unsure:
            return await super().publish(post, key, still)


class CallsThrottledRefused(Whole):
    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        try:
            return await super().publish(post, key, still)
        except Throttled as fault:
            raise Refused(fault.message, fault.detail) from None


class CallsUnsureUnreachable(Whole):
    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        try:
            return await super().publish(post, key, still)
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

    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        try:
            return await super().publish(post, key, still)
        except Unauthorised as fault:
            raise Unauthorised(fault.message, f"bad token {self._token}") from None


class LeaksInTheCause(LeaksInTheFault):
    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        try:
            return await Whole.publish(self, post, key, still)
        except NetworkFault as fault:
            raise fault from OSError(f"POST /posts?token={self._token}")


class LeaksInTheLog(LeaksInTheFault):
    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        logging.getLogger("broken").debug("publishing with %s", self._token)
        return await Whole.publish(self, post, key, still)


class ForgetsWhatWasPinned(Whole):
    async def unpin(self, receipt: Receipt, before: str) -> None:
        await super().unpin(receipt, "")


class Telephones(Whole):
    """Looks its server up while it is made."""

    def __init__(self, given: Mapping[str, str], outside: Outside, keep: Keep) -> None:
        super().__init__(given, outside, keep)
        self.platform.plan.take("GET", "/instance")


class WaitsForEver(Whole):
    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        try:
            return await super().publish(post, key, still)
        except Throttled as fault:
            raise Throttled(say("Wait."), fault.until.replace(year=fault.until.year + 1)) from None


CAUGHT_BY: Mapping[type[Whole], str] = {
    ForgetsTheKey: "test_the_same_key_twice_is_one_post_or_the_card_says_so",
    CutsText: "test_what_cannot_fit_is_refused_before_it_is_sent",
    DropsTheLanguage: "test_text_link_hashtag_and_language_arrive",
    NeverAsks: "test_the_last_word_is_had_after_all_that_prepares",
    AsksTooSoon: "test_the_last_word_is_had_after_all_that_prepares",
    AsksTooLate: "test_what_is_not_wanted_any_more_is_not_said",
    AsksOnce: "test_every_attempt_asks_anew",
    CallsUnwantedRefused: "test_what_is_not_wanted_any_more_is_not_said",
    Sleeps: "test_it_never_sleeps",
    Retries: "test_each_status_is_its_fault",
    CallsThrottledRefused: "test_throttled_carries_the_moment",
    CallsUnsureUnreachable: "test_carried_out_but_unheard_is_unsure_and_found",
    SwallowsUnauthorised: "test_reading_fails_as_what_it_is",
    LeaksInTheFault: "test_no_secret_in_a_fault_although_the_server_repeats_it",
    LeaksInTheCause: "test_no_secret_in_the_fault_of_a_closed_door",
    LeaksInTheLog: "test_no_secret_in_any_log",
    ForgetsWhatWasPinned: "test_pin_and_unpin_restore_what_was_there",
    Telephones: "test_it_is_constructed_without_io",
    WaitsForEver: "test_an_absurd_wait_is_bounded",
}
"""Each of them, and the promise of the suite that it breaks."""
