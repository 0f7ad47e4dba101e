# SPDX-License-Identifier: AGPL-3.0-or-later
"""The contract's stage for Mastodon: the real client library before a look-alike instance."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from relay.clock import ManualClock
from relay.faults import NetworkFault
from relay.networks.mastodon import PAGE, Mastodon
from relay.outside import Outside
from relay.outside.guard import Guard
from relay.outside.http import Door
from relay.square.mastodon import LookalikeMastodon
from relay.square.mastodon_state import MASTODON, Dialect
from relay.square.seen import PublicPost
from relay.testing.fake_stage import keep_nothing


class MastodonStage:
    """See ``relay.testing.stage.Stage``; ``open`` before, ``close`` after."""

    secrets = ("t0ken-of-the-desk", "app-s3cret-of-the-desk")
    publishing = "^/api/v1/statuses$"
    page = PAGE
    differs: Mapping[int, type[NetworkFault]] = {}

    def __init__(self, dialect: Dialect = MASTODON, processing: int = 0) -> None:
        self.clock = ManualClock(datetime(2026, 12, 17, 9, tzinfo=UTC))
        self.server = LookalikeMastodon(self.clock, dialect=dialect, processing=processing)
        self.server.create_account("desk", token=self.secrets[0])
        self.plan = self.server.plan
        self.honours_key = dialect.honours_key
        guard = Guard(["127.0.0.0/8"])
        self.outside = Outside(self.clock, Door(guard, "Piquet"), guard)
        self._made: list[Mastodon] = []

    @property
    def address(self) -> str:
        return self.server.address

    def network(self, **changes: str) -> Mastodon:
        given = {"server": self.address, "token": self.secrets[0], "client_secret": self.secrets[1], **changes}
        self._made.append(Mastodon(given, self.outside, keep_nothing))
        return self._made[-1]

    def impatient(self) -> Mastodon:
        network = self.network()
        network.patience = 0.3
        return network

    async def public(self) -> list[PublicPost]:
        return self.server.public()

    def refusal(self, words: str) -> object:
        return {"error": words}

    def reset_headers(self, seconds: int) -> Mapping[str, str]:
        moment = self.clock.now().astimezone(UTC) + timedelta(seconds=seconds)
        return {"X-RateLimit-Reset": moment.isoformat(), "X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "300"}

    async def open(self) -> None:
        await self.server.start()

    async def close(self) -> None:
        for network in self._made:
            await network.aclose()
        await self.server.stop()
