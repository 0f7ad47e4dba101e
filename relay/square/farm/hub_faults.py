# SPDX-License-Identifier: AGPL-3.0-or-later
"""The catalogue of what goes wrong with WebSub hubs: by name, what it does and what a good subscriber makes of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class HubFault(NamedTuple):
    """``does`` and ``subscriber``: a sentence each."""

    does: str
    subscriber: str


_POLLS = "Goes on polling as if there were no hub."

HUB_FAULTS: Mapping[str, HubFault] = MappingProxyType(
    {
        "subscribe-500": HubFault("Answers a subscription 500.", _POLLS),
        "subscribe-410": HubFault("Answers a subscription 410.", _POLLS),
        "never-verifies": HubFault("Accepts a subscription and never asks back.", _POLLS),
        "verifies-wrong-topic": HubFault("Asks back about another feed.", "Answers 404."),
        "lease-refused": HubFault("Denies the subscription, with a reason.", _POLLS),
        "lease-shortened": HubFault("Grants a minute, whatever was asked for.", "Renews in time, or goes on polling."),
        "never-pushes": HubFault("Verifies and never pushes.", _POLLS),
        "unsigned": HubFault("Pushes without a signature.", "Answers 2xx and reads nothing; may look itself."),
        "wrong-signature": HubFault("Signs with another secret.", "Answers 2xx and reads nothing; may look itself."),
        "wrong-topic": HubFault("Pushes another feed's document.", "Takes none of its articles for this feed's."),
        "garbage": HubFault("Pushes, well signed, what is no feed.", "Looks itself."),
        "thin": HubFault("Pushes nothing but a signature.", "Looks itself."),
        "duplicates": HubFault("Pushes everything twice, at once.", "Tells of it once."),
        "pushes-after-end": HubFault("Pushes on after the end of a subscription.", "Answers 404 or 410."),
        "slow": HubFault("Takes its time for everything.", "Has found the article by polling, tells of it once."),
    }
)
