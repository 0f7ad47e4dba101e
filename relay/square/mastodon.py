# SPDX-License-Identifier: AGPL-3.0-or-later
"""A look-alike Mastodon instance on loopback, as strict as the real one, for the demo, the tests and the benchmarks.

instance = LookalikeMastodon(clock)
instance.create_account("desk", token="s3cret")
await instance.start()
...  # speak to instance.address
instance.public()
"""

from email.utils import format_datetime

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from relay.clock import Clock
from relay.square.faults import FaultPlan
from relay.square.mastodon_api import OPEN, Api
from relay.square.mastodon_limits import Meter
from relay.square.mastodon_oauth import OAuth
from relay.square.mastodon_state import ALL, MASTODON, Account, Dialect, Instance, No, Status
from relay.square.mastodon_text import render
from relay.square.seen import PublicPost
from relay.square.stall import Stall


class LookalikeMastodon(Stall):
    """One instance. dialect: MASTODON or GOTOSOCIAL. processing: how often an upload answers "not yet".

    metered: keep the real rate limits. ``plan`` holds the faults to come, ``meter`` what was spent.
    """

    def __init__(
        self, clock: Clock, *, dialect: Dialect = MASTODON, processing: int = 0, metered: bool = True, port: int = 0
    ) -> None:
        self.plan = FaultPlan(clock)
        self.instance = Instance(clock, dialect, processing)
        self.meter = Meter(clock) if metered else None
        app = web.Application(middlewares=[self.plan.middleware, self._answer], client_max_size=20 * 1024 * 1024)
        app.add_routes(Api(self.instance, lambda: self.address).routes())
        app.add_routes(OAuth(self.instance, lambda: self.address).routes())
        app.on_response_prepare.append(self._dated)
        super().__init__(app, port)

    def create_account(self, name: str, token: str = "", scopes: frozenset[str] = ALL, *, bot: bool = False) -> Account:
        """A new account, and a token for it if one is named; scopes are granted to that token."""
        return self.instance.create_account(name, token, scopes, bot=bot)

    def public(self) -> list[PublicPost]:
        """What a visitor of the profiles sees, in order of arrival."""
        posts = [status for status in self.instance.statuses.values() if not status.boosts]
        return [self._seen(status) for status in posts if status.visibility in OPEN]

    def _seen(self, status: Status) -> PublicPost:
        account, rendered = self.instance.accounts[status.account], render(status.text, self.address)
        return PublicPost(
            network="mastodon",
            account=account.name,
            id=status.id,
            url=f"{self.address}/@{account.name}/{status.id}",
            text=status.text,
            created_at=status.created_at,
            arrived=status.arrived,
            links=rendered.links,
            hashtags=rendered.hashtags,
            mentions=rendered.mentions,
            language=status.language,
            images=len(status.media),
            alts=tuple(media.alt for media in status.media),
            warning=status.warning,
            # as Api._card has it
            card_url=rendered.links[0] if rendered.links and not status.media else "",
            pinned=status.pinned,
            pictures=tuple(f"{self.address}/media/{media.id}.png" for media in status.media),
        )

    @property
    def _answer(self) -> Middleware:
        """Budgets, and errors as JSON."""

        @web.middleware
        async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
            passes, headers = True, dict[str, str]()
            if self.meter is not None:
                who = request.headers.get("Authorization", request.remote or "")
                passes, headers = self.meter.spend(who, request.method, request.path)
            response = await _outcome(request, handler) if passes else _error(429, "Throttled")
            response.headers.update(headers)
            return response

        return answer

    async def _dated(self, request: web.Request, response: web.StreamResponse) -> None:
        """Every answer, a planned fault too, carries the date of this instance's own clock."""
        response.headers["Date"] = format_datetime(self.instance.clock.now(), usegmt=True)


async def _outcome(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except No as no:
        return _error(no.status, no.words)
    except web.HTTPFound as elsewhere:
        return web.Response(status=302, headers={"Location": str(elsewhere.location)})
    except web.HTTPException as fault:
        return _error(fault.status, fault.reason)


def _error(status: int, words: str) -> web.Response:
    return web.json_response({"error": words}, status=status)
