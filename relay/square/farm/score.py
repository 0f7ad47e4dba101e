# SPDX-License-Identifier: AGPL-3.0-or-later
"""How well a reader behaves, by the rules of those who publish feeds (https://rachelbythebay.com/fs/help.html)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from relay.i18n import Message, say

SHOWN = 5  # examples of each sin


@dataclass(frozen=True)
class Rule:
    """``weight``: the points that whoever breaks it loses, however often; ``sin``: the sentence that tells of it."""

    weight: int
    sin: Message


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "forged": Rule(10, say("{address} was asked with a validator it never gave: {told}.")),
        "gullible": Rule(5, say("{address} was asked with a validator that had come with a damaged document only.")),
        "mixed": Rule(10, say("{address} was asked with the ETag of one version and the date of another.")),
        "unconditional": Rule(10, say("{address} was asked without validators again after {n} s.")),
        "impatient": Rule(15, say("{address} was asked {n} s before the wait it had asked for was over.")),
        "fresh": Rule(5, say("{address} was asked {n} s before its last answer ceased to be fresh.")),
        "crowding": Rule(10, say("{host} had {n} connections open at once.")),
        "spacing": Rule(10, say("{address} was asked {n} s after another request to the same host.")),
        "adding": Rule(5, say("{address} was asked again {n} s after it had been added.")),
        "burst": Rule(5, say("{address} was asked {n} s after the last time, because the reader had been restarted.")),
        "agent": Rule(5, say("The reader calls itself “{told}” and gives no address to write to.")),
        "gone": Rule(3, say("{address} was asked although it had said for more than a day that it is gone.")),
        "temporary": Rule(2, say("{address} was asked by itself; it is only where a temporary redirect leads.")),
        "uncompressed": Rule(2, say("{address} was asked by a reader that does not accept gzip.")),
        "cookies": Rule(2, say("{address} was sent a cookie.")),
        "referer": Rule(1, say("{address} was sent a Referer.")),
    }
)


@dataclass(frozen=True)
class Score:
    """``sins``: how often each broken rule was broken; ``examples``: up to five of each; both only of broken rules."""

    requests: int
    sins: Mapping[str, int]
    examples: Mapping[str, tuple[Message, ...]]

    @property
    def points(self) -> int:
        """100 for a reader that broke no rule, 0 for one that broke them all."""
        return 100 - sum(RULES[name].weight for name in self.sins)

    def told(self) -> dict[str, object]:
        """The same for JSON, with one example in words of each sin."""
        words = {name: str(examples[0]) for name, examples in self.examples.items()}
        return {"points": self.points, "requests": self.requests, "sins": dict(self.sins), "examples": words}


@dataclass
class Record:
    """The sins met so far."""

    counts: Counter[str] = field(default_factory=Counter)
    _examples: dict[str, list[Message]] = field(default_factory=dict)

    def add(self, rule: str, **told: object) -> None:
        """One more; ``told`` fills the braces of the rule's sentence."""
        self.counts[rule] += 1
        examples = self._examples.setdefault(rule, [])
        if len(examples) < SHOWN:
            examples.append(replace(RULES[rule].sin, params=told))

    def score(self, requests: int) -> Score:
        """As it stands now."""
        return Score(requests, dict(self.counts), {name: tuple(each) for name, each in self._examples.items()})
