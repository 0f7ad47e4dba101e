# SPDX-License-Identifier: AGPL-3.0-or-later
"""The order in which a notice is shortened, as data: each step is tried until the draft fits."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from relay.i18n import Message, say
from relay.notices.cut import shorten
from relay.notices.defaults import untitled
from relay.notices.draft import Draft
from relay.notices.neutral import graphemes

Excess = Callable[[Draft], int]
"""By how many characters a draft is too long; 0 if it fits."""


LONGEST_TITLE = 300  # graphemes: more is a text, not a title


@dataclass(frozen=True)
class Step:
    """One way to say less: which part it shortens, how to tell the strikers, and the way itself."""

    part: str
    said: Message
    take: Callable[[Draft, Excess], Draft]


def fit(given: Draft, excess: Excess) -> tuple[Draft, tuple[Message, ...]]:
    """Shorten ``given`` in ``ORDER`` until it fits or nothing is left to take; a step that gains nothing is not taken.

    Returns what became of each part that was shortened, in order.
    """
    done: dict[str, Message] = {}
    if len(graphemes(given.values["title"])) > LONGEST_TITLE:
        short = shorten(given.values["title"], LONGEST_TITLE)
        done["title"] = TITLE_SHORTENED if short else TITLE_LEFT_OUT
        given = given.with_value("title", short or untitled(given.language))
    for step in ORDER:
        if not excess(given):
            break
        less = step.take(given, excess)
        if excess(less) < excess(given):
            done.pop(step.part, None)
            done[step.part] = step.said
            given = less
    return given, tuple(done.values())


def _squeeze(name: str, least: int, given: Draft, excess: Excess) -> Draft:
    """Cut a value between words to the longest that fits, down to ``least`` graphemes."""
    value = given.values[name]

    def too_long(most: int) -> bool:
        return excess(given.with_value(name, shorten(value, most))) > 0

    lengths = range(least + 1, len(graphemes(value)))
    short = shorten(value, least + bisect_left(lengths, True, key=too_long))
    return given.with_value(name, short) if short else given


def _untitle(given: Draft, _: Excess) -> Draft:
    """Name the article without its title."""
    return given.with_value("title", untitled(given.language)) if given.values["title"] else given


def _fewer_hashtags(least: int, given: Draft, excess: Excess) -> Draft:
    while excess(given) and len(given.hashtags) > least:
        given = replace(given, hashtags=given.hashtags[:-1])
    return given


def _fewer_demands(given: Draft, excess: Excess) -> Draft:
    while excess(given) and len(given.demands) > 1:
        given = replace(given, demands=given.demands[:-1])
    return given


def _leave_out(name: str, given: Draft, _: Excess) -> Draft:
    """Leave out the sentences around a placeholder."""
    return replace(given, without=given.without | {name})


TITLE_SHORTENED = say("The title was shortened.")
TITLE_LEFT_OUT = say("The title was left out.")

ORDER = (
    Step("reasons", say("The reasons were shortened."), partial(_squeeze, "reasons", 40)),
    Step("reasons", say("The reasons were left out."), partial(_leave_out, "reasons")),
    Step("title", TITLE_SHORTENED, partial(_squeeze, "title", 40)),
    Step("hashtags", say("Some hashtags were left out."), partial(_fewer_hashtags, 1)),
    Step("demands", say("Some demands were left out."), _fewer_demands),
    Step("hours", say("The time left was left out."), partial(_leave_out, "hours")),
    Step("demands", say("The demands were left out."), partial(_leave_out, "demands")),
    Step("demand", say("The demand was left out."), partial(_leave_out, "demand")),
    Step("support", say("The support link was left out."), partial(_leave_out, "support")),
    Step("title", TITLE_SHORTENED, partial(_squeeze, "title", 2)),
    Step("title", TITLE_LEFT_OUT, _untitle),
    Step("hashtags", say("All hashtags were left out."), partial(_fewer_hashtags, 0)),
    Step("demand", say("The demand was shortened."), partial(_squeeze, "demand", 2)),
    Step("reasons", say("The reasons were shortened."), partial(_squeeze, "reasons", 2)),
)
