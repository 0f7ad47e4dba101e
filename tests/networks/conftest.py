# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bluesky's stages: the look-alike PDS, and the reference PDS behind a proxy that carries the faults.

The reference PDS is installed with ``python tests/pds/install.py``. Where it is missing its tests are skipped with a
warning, or fail if PIQUET_REQUIRE_REAL=1 is set.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from relay.clock import ManualClock
from relay.faults import NetworkFault
from relay.networks.bluesky import Bluesky
from relay.outside import Outside
from relay.outside.guard import Guard
from relay.outside.http import Door
from relay.square.faults import FaultPlan
from relay.square.pds import SECRET, Pds
from relay.square.pds_tokens import sign
from relay.square.seen import PublicPost
from relay.square.stall import Stall
from relay.testing.real_pds import LOOPBACK, UNLIMITED, RealAccount, RealPds
from relay.testing.real_pds import SECRET as REAL_SECRET

PDS = Path(__file__).parents[1] / "pds"


class BlueskyStage:
    """What both stages have in common; see ``relay.testing.stage.Stage``."""

    publishing = r"putRecord$"
    page = 100
    honours_key = True
    call: Callable[..., Awaitable[dict[str, Any]]]
    differs: Mapping[int, type[NetworkFault]] = {}
    patience = 0.5

    def __init__(self, given: Mapping[str, str], plan: FaultPlan, signed_with: str) -> None:
        self.clock = ManualClock(datetime(2026, 12, 17, 9, tzinfo=UTC))
        self.given = dict(given)
        self.plan = plan
        self.signed_with = signed_with
        self.address = given["service"]
        self.secrets = (given["app_password"],)
        self.kept: list[Mapping[str, str]] = []

    def network(self, **changes: str) -> Bluesky:
        async def keep(credentials: Mapping[str, str]) -> None:
            self.kept.append(credentials)

        guard = Guard(LOOPBACK)
        return Bluesky({**self.given, **changes}, Outside(self.clock, Door(guard, "Piquet"), guard), keep)

    def impatient(self) -> Bluesky:
        network = self.network()
        network.patience = self.patience
        return network

    def refusal(self, words: str) -> object:
        return {"error": "InvalidRequest", "message": words}

    def reset_headers(self, seconds: int) -> Mapping[str, str]:
        return {"ratelimit-reset": str(int(self.clock.now().timestamp()) + seconds)}

    async def session(self) -> dict[str, Any]:
        """A session of the account's own, past the network under test."""
        given = {"identifier": self.given["identifier"], "password": self.given["app_password"]}
        opened = await self.call("com.atproto.server.createSession", given)
        self.plan.met.clear()  # this was not the network's doing
        return opened

    async def stored(self) -> str:
        """That session as the network keeps it."""
        me = await self.session()
        return f"{me['handle']}:::{me['did']}:::{me['accessJwt']}:::{me['refreshJwt']}:::{self.address}"

    async def expired(self, refresh: str = "") -> str:
        """A stored session whose access token has run out, and perhaps another refresh token."""
        me = await self.session()
        claims = {"scope": "com.atproto.appPass", "aud": "did:web:localhost", "sub": me["did"], "iat": 1, "exp": 2}
        access = sign("at+jwt", claims, self.signed_with)
        return f"{me['handle']}:::{me['did']}:::{access}:::{refresh or me['refreshJwt']}:::{self.address}"

    async def write(self, collection: str, rkey: str, record: Mapping[str, Any]) -> None:
        """Put a record as the account's owner would with another program."""
        me = await self.session()
        body = {"repo": me["did"], "collection": collection, "rkey": rkey, "record": record}
        await self.call("com.atproto.repo.putRecord", body, me["accessJwt"])

    async def read(self, collection: str, rkey: str) -> dict[str, Any]:
        """A record as anybody reads it."""
        me = await self.session()
        query = f"repo={me['did']}&collection={collection}&rkey={rkey}"
        url = f"{self.address}/xrpc/com.atproto.repo.getRecord?{query}"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return dict((await answer.json())["value"])

    def met(self, ending: str) -> int:
        """How many requests to a method came by."""
        return sum(path.endswith(ending.rstrip("$")) for _, path in self.plan.met)


class LookAlikeStage(BlueskyStage):
    """Before the look-alike."""

    def __init__(self, pds: Pds) -> None:
        super().__init__(pds.join("desk.test"), pds.plan, SECRET)
        self.pds = pds

    async def public(self) -> list[PublicPost]:
        return self.pds.public()

    async def call(self, nsid: str, body: object, token: str = "") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = f"{self.address}/xrpc/{nsid}"
        async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=headers) as answer:
            return dict(await answer.json())

    async def revoke(self) -> None:
        self.pds.revoke(self.given["identifier"])

    async def take_down(self) -> None:
        self.pds.set_status(self.given["identifier"], "takendown")

    async def close(self) -> None:
        await self.pds.stop()


class RealStage(BlueskyStage):
    """Before the reference PDS, through a proxy that plays the planned faults."""

    patience = 3.0  # the reference takes its time over a password

    def __init__(self, pds: RealPds, account: RealAccount, stall: Stall, plan: FaultPlan) -> None:
        super().__init__({**account.given, "service": stall.address}, plan, REAL_SECRET)
        self._pds = pds
        self._account = account
        self._stall = stall

    async def public(self) -> list[PublicPost]:
        return await self._pds.public(self._account)

    async def call(self, nsid: str, body: object, token: str = "") -> dict[str, Any]:
        return await self._pds.call(nsid, body, token)

    async def revoke(self) -> None:
        await self._pds.revoke(self._account)

    async def take_down(self) -> None:
        await self._pds.take_down(self._account)

    async def close(self) -> None:
        await self._stall.stop()


@pytest.fixture
async def look_alike_stage() -> AsyncIterator[LookAlikeStage]:
    """One account on a look-alike PDS."""
    pds = Pds(ManualClock(datetime(2026, 12, 17, 9, tzinfo=UTC)))
    await pds.start()
    yield LookAlikeStage(pds)
    await pds.stop()


@pytest.fixture(params=["look_alike_stage", pytest.param("real_stage", marks=pytest.mark.xdist_group("pds"))])
def bluesky_stage(request: pytest.FixtureRequest) -> BlueskyStage:
    """Each of the two in turn."""
    stage: BlueskyStage = request.getfixturevalue(request.param)
    return stage


@pytest.fixture
async def real_stage(real_pds: RealPds) -> AsyncIterator[RealStage]:
    """One account on the reference PDS."""
    plan = FaultPlan()
    async with aiohttp.ClientSession(auto_decompress=True) as session:
        stall = Stall(_proxy(real_pds, plan, session))
        await stall.start()
        yield RealStage(real_pds, await real_pds.join(), stall, plan)
        await stall.stop()


def _proxy(pds: RealPds, plan: FaultPlan, session: aiohttp.ClientSession) -> web.Application:
    async def forward(request: web.Request) -> web.Response:
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        url = f"{pds.address}{request.rel_url}"
        async with session.request(
            request.method, url, data=await request.read() or None, headers={**headers, **UNLIMITED}
        ) as answer:
            # The DID document names the PDS; the client is to stay with the proxy.
            here = f"http://{request.host}".encode()
            body = (await answer.read()).replace(pds.address.encode(), here)
            return web.Response(status=answer.status, body=body, content_type=answer.content_type)

    app = web.Application(middlewares=[plan.middleware], client_max_size=10_000_000)
    app.router.add_route("*", "/{tail:.*}", forward)
    return app
