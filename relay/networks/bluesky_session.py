# SPDX-License-Identifier: AGPL-3.0-or-later
"""One account's session at its PDS, through atproto's AsyncClient. Slow to import (0.7 s): on first use only.

Calls are made below the SDK's models, since those drop a ``null`` that means "only if there is none", and with the
SDK's own refreshing off, since a failed refresh could not be told from a failed post.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import httpx
from atproto import (  # type: ignore[import-untyped]  # atproto ships no py.typed
    AsyncClient,
    AsyncRequest,
    Session,
)
from atproto.exceptions import AtProtocolError  # type: ignore[import-untyped]

from relay.clock import Clock
from relay.faults import NetworkFault, Unauthorised, Unreachable, Unsure
from relay.networks.bluesky_faults import UNREACHED, Expired, Unknown, answered, unclear
from relay.networks.bluesky_given import identifier, service
from relay.networks.port import Keep, Still
from relay.networks.scrub import scrub
from relay.outside import Outside
from relay.outside.guarded_httpx import transport

# The SDK lets some of httpx's and pydantic's errors through, so the class alone decides nothing.
_ERRORS = (AtProtocolError, httpx.HTTPError, httpx.InvalidURL, ValueError)
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.InvalidURL,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


async def _always() -> None:
    """The last word on what says nothing in public."""


Needs = Mapping[str, type]
"""What an answer must hold, and of which type, to be one."""


class PdsSession:
    """Opens on first use with the stored session or the app password; whatever is renewed is kept at once."""

    def __init__(self, given: Mapping[str, str], outside: Outside, keep: Keep, patience: float) -> None:
        self._given = dict(given)
        self._outside = outside
        self._keep = keep
        self._timeout = httpx.Timeout(patience, connect=min(patience, 5.0))
        self._client: Any = None
        self._session: Any = None
        self._entering = asyncio.Lock()

    async def account(self) -> tuple[str, str]:
        """The DID and the handle, from the session; asks nobody once there is one."""
        await self._opened()
        return self._session.did, self._session.handle

    async def read(self, nsid: str, needs: Needs, **params: str) -> dict[str, Any]:
        """A query. An answer that tells nothing means Unreachable."""

        def send(client: Any) -> Awaitable[Any]:
            return client.invoke_query(f"{nsid}?{urlencode(params)}", ignore_session_check=True)  # type: ignore[no-any-return]

        return await self._call(send, Unreachable, needs)

    async def write(self, nsid: str, body: bytes, needs: Needs, still: Still = _always) -> dict[str, Any]:
        """A procedure with a JSON body, unless ``still`` raises. An answer that tells nothing means Unsure."""

        def send(client: Any) -> Awaitable[Any]:
            return self._procedure(client, nsid, body, "application/json")

        return await self._call(send, Unsure, needs, still)

    async def upload(self, data: bytes, mime: str) -> dict[str, Any]:
        """Upload a blob and return its reference. Nobody sees a blob, so nothing about it is ever Unsure."""

        def send(client: Any) -> Awaitable[Any]:
            return self._procedure(client, "com.atproto.repo.uploadBlob", data, mime)

        return dict((await self._call(send, Unreachable, {"blob": dict}))["blob"])

    async def aclose(self) -> None:
        """Give back the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.request.close()

    def _procedure(self, client: Any, nsid: str, content: bytes, mime: str) -> Awaitable[Any]:
        return client.invoke_procedure(  # type: ignore[no-any-return]
            nsid, content=content, input_encoding=mime, ignore_session_check=True
        )

    async def _call(
        self, send: Callable[[Any], Awaitable[Any]], unknown: Unknown, needs: Needs, still: Still = _always
    ) -> dict[str, Any]:
        client = await self._opened()
        used = self._session.access_jwt
        await still()
        try:
            return await self._answer(send(client), unknown, needs)
        except Expired:
            await self._renew(client, used)
        await still()
        return await self._answer(send(client), unknown, needs)

    async def _answer(self, request: Awaitable[Any], unknown: Unknown, needs: Needs) -> dict[str, Any]:
        answer = await self._attempt(request, unknown)
        content = answer.content if isinstance(answer.content, dict) else None
        if content is None or any(type(content.get(name)) is not kind for name, kind in needs.items()):
            raise unclear(unknown, "the answer is not what the protocol promises")
        return content

    async def _attempt(self, request: Awaitable[Any], unknown: Unknown) -> Any:
        try:
            return await request
        except _ERRORS as error:
            fault = _fault(error, self._outside.clock, unknown, self._scrub)
        raise fault  # outside the clause: the client's error would carry the request, and its token, along

    async def _opened(self) -> Any:
        async with self._entering:
            if self._client is None:
                client = AsyncClient(service(self._given), request=self._request())
                try:
                    await self._enter(client)
                except BaseException:
                    await client.request.close()
                    raise
                self._client = client
            return self._client

    async def _enter(self, client: Any) -> None:
        stored = self._given.get("session", "")
        try:
            await client.login(session_string=stored or None, fetch_bsky_profile=False)
            self._session = Session.decode(stored)
        except (ValueError, AtProtocolError):  # none, or one we cannot read: the app password still opens
            await self._log_in(client)

    async def _log_in(self, client: Any) -> None:
        password = self._given.get("app_password", "").strip()
        request = client.login(identifier(self._given), password, fetch_bsky_profile=False)
        await self._attempt(request, Unreachable)
        await self._store(client)

    async def _renew(self, client: Any, used: str) -> None:
        async with self._entering:
            if self._session.access_jwt != used:
                return  # another call has renewed it meanwhile
            try:
                await self._refresh(client)
            except Unauthorised:
                await self._log_in(client)

    async def _refresh(self, client: Any) -> None:
        old = self._session
        request = client.com.atproto.server.refresh_session(
            headers={"Authorization": f"Bearer {old.refresh_jwt}"}, ignore_session_check=True
        )
        new = await self._attempt(request, Unreachable)
        session = Session(new.handle, new.did, new.access_jwt, new.refresh_jwt, old.pds_endpoint)
        await client.login(session_string=session.encode(), fetch_bsky_profile=False)
        await self._store(client)

    async def _store(self, client: Any) -> None:
        self._given["session"] = client.export_session_string()
        self._session = Session.decode(self._given["session"])
        await self._keep(dict(self._given))

    def _request(self) -> Any:
        # The SDK follows redirects; none at all is the only number that keeps a token with the host it was meant for.
        guarded = transport(self._outside.guard)
        return AsyncRequest(timeout=self._timeout, transport=guarded, max_redirects=0, trust_env=False)

    def _scrub(self, text: str) -> str:
        session = self._given.get("session", "")
        tokens = session.split(":::")[2:4]
        return scrub(text, (self._given.get("app_password", ""), session, *tokens))


def _fault(error: Exception, clock: Clock, unknown: Unknown, scrub: Callable[[str], str]) -> NetworkFault:
    response = getattr(error, "response", None)
    if response is None:
        cause = error.__cause__ or error
        text = scrub(f"{type(cause).__name__}: {cause}")
        return Unreachable(UNREACHED, text) if isinstance(cause, _NEVER_SENT) else unclear(unknown, text)
    name, text = (str(getattr(response.content, part, None) or "") for part in ("error", "message"))
    return answered(response.status_code, name, scrub(text), response.headers, clock.now(), unknown)
