# SPDX-License-Identifier: AGPL-3.0-or-later
"""Networks that read back wrongly on purpose, each in one way: what the contract suite must catch."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from relay.faults import Unreachable
from relay.networks.port import Found, Keep, Post, Receipt
from relay.outside import Outside
from relay.testing.broken import Whole


class FindsAnything(Whole):
    async def find(self, post: Post, key: str) -> Sequence[Receipt]:
        return [said.receipt for said in self.platform.posts(self._handle)[-1:]]


class FindsOneTwin(Whole):
    honours_key = False

    async def find(self, post: Post, key: str) -> Sequence[Receipt]:
        return (await super().find(post, key))[:1]


class FindsTheYoungerTwinFirst(Whole):
    honours_key = False

    async def find(self, post: Post, key: str) -> Sequence[Receipt]:
        return (await super().find(post, key))[::-1]


class ListsTheYoungestFirst(Whole):
    async def recent(self, since: datetime) -> Sequence[Found]:
        return (await super().recent(since))[::-1]


class ListsEverything(Whole):
    async def recent(self, since: datetime) -> Sequence[Found]:
        return await super().recent(datetime.min.replace(tzinfo=UTC))


class ListsOnePage(Whole):
    async def recent(self, since: datetime) -> Sequence[Found]:
        return [one for one in reversed(self._page("")) if one.created_at >= since]


class ListsTwiceAtTheTurn(Whole):
    async def recent(self, since: datetime) -> Sequence[Found]:
        found = list(await super().recent(since))
        return [*found[: self.page], *found[self.page - 1 :]]


class ListsNoLinks(Whole):
    async def recent(self, since: datetime) -> Sequence[Found]:
        return [replace(one, links=()) for one in await super().recent(since)]


class ListsMarkup(Whole):
    async def recent(self, since: datetime) -> Sequence[Found]:
        return [replace(one, text=f"<p>{one.text}</p>") for one in await super().recent(since)]


class ListsWhatIsGone(Whole):
    """Remembers instead of looking."""

    def __init__(self, given: Mapping[str, str], outside: Outside, keep: Keep) -> None:
        super().__init__(given, outside, keep)
        self._known: dict[str, Found] = {}

    async def recent(self, since: datetime) -> Sequence[Found]:
        self._known |= {one.receipt.id: one for one in await super().recent(since)}
        return list(self._known.values())


class CallsAFailedLookAbsence(Whole):
    async def recent(self, since: datetime) -> Sequence[Found]:
        try:
            return await super().recent(since)
        except Unreachable:
            return []


class CallsAFailedFindAbsence(Whole):
    async def find(self, post: Post, key: str) -> Sequence[Receipt]:
        try:
            return await super().find(post, key)
        except Unreachable:
            return []


CAUGHT_BY: Mapping[type[Whole], str] = {
    FindsAnything: "test_find_returns_the_post_of_this_delivery",
    FindsOneTwin: "test_find_returns_all_twins_oldest_first",
    FindsTheYoungerTwinFirst: "test_find_returns_all_twins_oldest_first",
    ListsTheYoungestFirst: "test_recent_lists_our_posts_since_a_moment_oldest_first",
    ListsEverything: "test_recent_is_empty_for_a_moment_to_come",
    ListsOnePage: "test_recent_is_complete_over_several_pages",
    ListsTwiceAtTheTurn: "test_recent_is_complete_over_several_pages",
    ListsNoLinks: "test_recent_lists_our_posts_since_a_moment_oldest_first",
    ListsMarkup: "test_recent_lists_our_posts_since_a_moment_oldest_first",
    ListsWhatIsGone: "test_recent_leaves_out_what_was_withdrawn",
    CallsAFailedLookAbsence: "test_a_look_that_failed_is_no_absence",
    CallsAFailedFindAbsence: "test_a_look_that_failed_is_no_absence",
}
"""Each of them, and the promise of the suite that it breaks."""
