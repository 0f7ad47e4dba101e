# SPDX-License-Identifier: AGPL-3.0-or-later
"""The fake network on the contract's stage: it passes the suite it is used to test with."""

from collections.abc import Mapping
from datetime import UTC, datetime

from relay.clock import ManualClock
from relay.faults import NetworkFault
from relay.outside import Outside
from relay.outside.guard import Guard
from relay.outside.http import Door
from relay.square.seen import PublicPost
from relay.testing.fake import FakePlatform
from relay.testing.fake_network import FakeNetwork


async def keep_nothing(credentials: Mapping[str, str]) -> None:
    """A ``Keep`` for networks whose credentials never change."""


class FakeStage:
    """See ``relay.testing.stage.Stage``.

    kind: the network class to put to the test, the fake's own if None. honours_key: see ``FakePlatform``.
    """

    address = "memory"
    secrets = ("fake-t0ken-5e",)
    publishing = "^/posts$"
    page = 20
    differs: Mapping[int, type[NetworkFault]] = {}

    def __init__(self, kind: type[FakeNetwork] | None = None, *, honours_key: bool = True) -> None:
        self.honours_key = honours_key
        self.clock = ManualClock(datetime(2026, 12, 17, 9, tzinfo=UTC))
        self.platform = FakePlatform(self.clock, honours_key=honours_key)
        self.plan = self.platform.plan
        guard = Guard()
        self.outside = Outside(self.clock, Door(guard, "Piquet"), guard)
        made = self.platform.network()
        self._kind: type[FakeNetwork] = made
        if kind is not None:
            self._kind = type(kind.__name__, (kind,), {"card": made.card, "platform": made.platform})

    def network(self, **changes: str) -> FakeNetwork:
        return self._kind({"handle": "desk", "token": self.secrets[0], **changes}, self.outside, keep_nothing)

    def impatient(self) -> FakeNetwork:
        return self.network()  # in memory nobody waits

    async def public(self) -> list[PublicPost]:
        return self.platform.public()

    def refusal(self, words: str) -> object:
        return {"error": words}

    def reset_headers(self, seconds: int) -> Mapping[str, str]:
        return {"Retry-After": str(seconds)}

    async def close(self) -> None:
        self.platform.open = False
