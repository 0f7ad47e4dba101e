# SPDX-License-Identifier: AGPL-3.0-or-later
"""The look-alike's client API: instance, account, posts, media, pins. https://docs.joinmastodon.org/methods/"""

from collections.abc import Callable, Mapping, Sequence

from aiohttp import web

from relay.square.mastodon_state import Account, Draft, Instance, Media, No, Status
from relay.square.mastodon_text import render

Entity = dict[str, object]
OPEN = ("public", "unlisted")  # the visibilities of what anybody sees


class Api:
    """Handlers over one instance; ``address`` is asked late, for the port is known only once the stall is open."""

    def __init__(self, instance: Instance, address: Callable[[], str]) -> None:
        self._instance = instance
        self._address = address

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v1/instance{slash:/?}", self.instance),
            web.get("/api/v2/instance{slash:/?}", self.instance),
            web.get("/api/v1/accounts/verify_credentials", self.verify_credentials),
            web.get("/api/v1/accounts/{account}/statuses", self.account_statuses),
            web.post("/api/v1/statuses", self.publish),
            web.get("/api/v1/statuses/{id}", self.show),
            web.delete("/api/v1/statuses/{id}", self.delete),
            web.get("/api/v1/statuses/{id}/context", self.context),
            web.post("/api/v1/statuses/{id}/pin", self.pin),
            web.post("/api/v1/statuses/{id}/unpin", self.unpin),
            web.post("/api/v1/media", self.upload),
            web.post("/api/v2/media", self.upload),
            web.get("/api/v1/media/{id}", self.media),
            web.get("/media/{id}.png", self.picture),
        ]

    def caller(self, request: web.Request, *scopes: str) -> str:
        """The account whose token this is; 401 without one, 403 if none of ``scopes`` was granted to it."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        account, granted = self._instance.tokens.get(token, ("", frozenset[str]()))
        if kind != "Bearer" or not account:
            raise No(401, "The access token is invalid")
        if not granted.intersection(scopes):
            raise No(403, "This action is outside the authorized scopes")
        return account

    async def instance(self, request: web.Request) -> web.Response:
        dialect = self._instance.dialect
        configuration = {
            "urls": {"streaming": self._address().replace("http", "ws", 1)},
            "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
            "statuses": {
                "max_characters": dialect.max_characters,
                "max_media_attachments": dialect.images,
                "characters_reserved_per_url": dialect.url_cost_said,
            },
            "media_attachments": {
                "supported_mime_types": ["image/jpeg", "image/png", "image/gif", "image/webp"],
                "description_limit": 1500,
                "image_size_limit": 16 * 1024 * 1024,
                "image_matrix_limit": 33_177_600,
            },
        }
        entity: Entity = {
            "domain": self._domain(),
            "title": "La place",
            "version": dialect.version,
            "source_url": dialect.source,
            "description": "A town square on loopback.",
            "languages": ["fr"],
            "configuration": configuration,
            "rules": [{"id": "1", "text": "Automated accounts carry the bot flag.", "hint": ""}],
        }
        return web.json_response(entity | ({"api_versions": {"mastodon": 10}} if dialect.api_versions else {}))

    async def verify_credentials(self, request: web.Request) -> web.Response:
        account = self.caller(request, "read", "read:accounts", "profile")
        return web.json_response(self._account(self._instance.accounts[account]))

    async def publish(self, request: web.Request) -> web.Response:
        account = self.caller(request, "write", "write:statuses")
        asked = await fields(request)
        draft = Draft(
            text=asked.get("status", [""])[0],
            visibility=asked.get("visibility", ["public"])[0],
            language=asked.get("language", ["en"])[0],
            warning=asked.get("spoiler_text", [""])[0],
            media_ids=asked.get("media_ids", []),
        )
        status = self._instance.publish(account, draft, request.headers.get("Idempotency-Key", ""))
        return web.json_response(self._status(status))

    async def show(self, request: web.Request) -> web.Response:
        return web.json_response(self._status(self._instance.status(request.match_info["id"])))

    async def delete(self, request: web.Request) -> web.Response:
        account = self.caller(request, "write", "write:statuses")
        status = self._instance.own(account, request.match_info["id"])
        del self._instance.statuses[status.id]
        return web.json_response(self._status(status) | {"text": status.text})

    async def context(self, request: web.Request) -> web.Response:
        self._instance.status(request.match_info["id"])
        return web.json_response({"ancestors": [], "descendants": []})

    async def pin(self, request: web.Request) -> web.Response:
        account = self.caller(request, "write", "write:accounts")
        return web.json_response(self._status(self._instance.pin(account, request.match_info["id"])))

    async def unpin(self, request: web.Request) -> web.Response:
        account = self.caller(request, "write", "write:accounts")
        status = self._instance.own(account, request.match_info["id"])
        status.pinned = False
        return web.json_response(self._status(status))

    async def account_statuses(self, request: web.Request) -> web.Response:
        """Newest first, 20 a page, 40 at most: https://docs.joinmastodon.org/methods/accounts/#statuses

        Only the account itself sees all that it wrote: app/models/account_statuses_filter.rb.
        """
        known = "Authorization" in request.headers
        viewer = self.caller(request, "read", "read:statuses") if known else ""
        account = request.match_info["account"]
        if account not in self._instance.accounts:
            raise No(404, "Record not found")
        most = min(int(request.query.get("limit", "20")), 40)
        before, pinned, own = (
            request.query.get("max_id", ""),
            _is_set(request, "pinned"),
            _is_set(request, "exclude_reblogs"),
        )
        page = [
            status
            for status in reversed(self._instance.of(account))
            if (not before or status.id < before)
            and (status.pinned or not pinned)
            and not (status.boosts and own)
            and (status.visibility in OPEN or viewer == account)
        ][:most]
        headers = {"Link": f'<{request.url.update_query(max_id=page[-1].id)}>; rel="next"'} if page else {}
        return web.json_response([self._status(status) for status in page], headers=headers)

    async def upload(self, request: web.Request) -> web.Response:
        account = self.caller(request, "write", "write:media")
        asked = await request.post()
        file = asked.get("file")
        if not isinstance(file, web.FileField):
            raise No(self._instance.dialect.invalid, "Validation failed: File can't be blank")
        if not file.content_type.startswith("image/"):
            raise No(422, "Validation failed: File content type is invalid, File is invalid")
        media = self._instance.upload(account, str(asked.get("description", "")), file.file.read(), file.content_type)
        return web.json_response(self._media(media), status=202 if media.polls_left else 200)

    async def media(self, request: web.Request) -> web.Response:
        account = self.caller(request, "write", "write:media")
        media = self._instance.media.get(request.match_info["id"])
        if media is None or media.account != account or media.attached:
            raise No(404, "Record not found")
        answer = web.json_response(self._media(media), status=206 if media.polls_left else 200)
        media.polls_left = max(media.polls_left - 1, 0)
        return answer

    async def picture(self, request: web.Request) -> web.Response:
        """The file itself, public once it is attached to a post."""
        media = self._instance.media.get(request.match_info["id"])
        if media is None or not media.attached:
            raise No(404, "Record not found")
        return web.Response(body=media.data, content_type=media.type)

    def _domain(self) -> str:
        return self._address().partition("://")[2]

    def _account(self, account: Account) -> Entity:
        return {
            "id": account.id,
            "username": account.name,
            "acct": account.name,
            "display_name": account.name.title(),
            "url": f"{self._address()}/@{account.name}",
            "uri": f"{self._address()}/users/{account.name}",
            "bot": account.bot,
            "locked": False,
            "created_at": "2026-01-01T00:00:00.000Z",
            "fields": [],
            "source": {"privacy": "public", "sensitive": False, "language": "", "note": "", "fields": []},
        }

    def _status(self, status: Status) -> Entity:
        account = self._instance.accounts[status.account]
        rendered = render(status.text, self._address())
        return {
            "id": status.id,
            "uri": f"{self._address()}/users/{account.name}/statuses/{status.id}",
            "url": f"{self._address()}/@{account.name}/{status.id}",
            "created_at": status.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "account": self._account(account),
            "content": rendered.html,
            "visibility": status.visibility,
            "language": status.language,
            "spoiler_text": status.warning,
            "sensitive": bool(status.warning),
            "media_attachments": [self._media(media) for media in status.media],
            "pinned": status.pinned,
            "reblogged": False,
            "reblogs_count": 0,
            "favourites_count": 0,
            "replies_count": 0,
            "in_reply_to_id": None,
            "reblog": self._status(status.boosts) if status.boosts else None,
            "card": self._card(rendered.links) if not status.media else None,
        }

    def _card(self, links: Sequence[str]) -> Entity | None:
        """The preview of the first link, where no picture takes its place: app/services/fetch_link_card_service.rb"""
        drawn = links and self._instance.dialect.cards
        return {"url": links[0], "type": "link", "title": "", "description": ""} if drawn else None

    def _media(self, media: Media) -> Entity:
        url = None if media.polls_left else f"{self._address()}/media/{media.id}.png"
        return {"id": media.id, "type": "image", "url": url, "description": media.alt}


def _is_set(request: web.Request, name: str) -> bool:
    return request.query.get(name, "").lower() in ("true", "1")


async def fields(request: web.Request) -> Mapping[str, list[str]]:
    """The parameters of a request, sent as a form or as JSON; ``name[]`` is a list called ``name``."""
    asked: dict[str, list[str]] = {}
    if request.content_type == "application/json":
        body = await request.json()
        return {
            name: [str(each) for each in (value if isinstance(value, list) else [value])]
            for name, value in body.items()
        }
    for name, value in (await request.post()).items():
        asked.setdefault(name.removesuffix("[]"), []).append(str(value))
    return asked
