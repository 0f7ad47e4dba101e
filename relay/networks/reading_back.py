# SPDX-License-Identifier: AGPL-3.0-or-later
"""How far adapters read our own posts back, and what is said where that is not far enough. Pure."""

from datetime import datetime

from relay.faults import Refused
from relay.i18n import say

MOST = 1000  # posts


def whole_second(moment: datetime) -> datetime:
    """The second it lies in: servers keep milliseconds of when a post was made, or only seconds."""
    return moment.replace(microsecond=0)


def too_many(host: str) -> Refused:
    """Instead of a list that ends too soon: whoever takes that for the whole says everything else again."""
    return Refused(
        say(
            "{host} shows more than {most} posts of this account since then: more than Piquet reads back. "
            "Look through the account yourself, or have a shorter time looked at.",
            host=host,
            most=MOST,
        )
    )
