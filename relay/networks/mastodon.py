# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mastodon and its family (GoToSocial, Pleroma …), through Mastodon.py. https://docs.joinmastodon.org/methods/"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from relay.faults import Invalid, Refused, Throttled
from relay.i18n import say
from relay.networks import mastodon_oauth
from relay.networks.mastodon_card import CARD, limits, rules
from relay.networks.mastodon_faults import Asking, Missing, lost
from relay.networks.mastodon_text import Status, found, listed, made, match, whole
from relay.networks.measure import measure
from relay.networks.port import Found, Identity, Keep, Limits, Picture, Post, Receipt, Still, Unwanted
from relay.networks.reading_back import MOST, too_many, whole_second
from relay.outside import Outside

if TYPE_CHECKING:
    import mastodon as library

    from relay.networks.mastodon_client import Client

T = TypeVar("T")
SLACK = timedelta(minutes=5)  # by which the server's clock may be behind ours
MEMORY = 64  # deliveries whose uploads are remembered at most
PAGE = 40  # posts, as many as a server lists at once


class Mastodon:
    """One account. ``patience``: seconds that one request may take in all.

    A picture that the server is still working on makes ``publish`` raise Throttled for two seconds; the upload is
    remembered by key, so that the next attempt goes on from there. Posts longer than the server allows are refused
    here once ``verify`` has learnt how long that is, and by the server before.
    """

    card = CARD
    patience = 20.0

    def __init__(self, given: Mapping[str, str], outside: Outside, keep: Keep) -> None:
        self._given = given
        self._server = given["server"]
        self._token = given["token"].strip()
        self._secrets = (self._token, given.get("client_secret", ""))
        self._host = urlsplit(self._server).netloc or self._server
        self._outside = outside
        self._client: Client | None = None
        self._limits: Limits | None = None
        self._account = ""
        self._uploads: dict[str, dict[str, bool]] = {}  # key → media id → ready

    async def verify(self) -> Identity:
        me = await self._ask(lambda library: library.account_verify_credentials())
        self._account = self._id_of(me)
        instance = await self._instance()
        self._limits = limits(instance)
        url = me.get("url") or self._server
        domain = instance.get("domain") or urlsplit(url).netloc
        return Identity(
            id=me.get("uri") or url,  # the bare id is another person's on the next server
            handle=f"@{me.get('acct')}@{domain}",
            url=url,
            name=me.get("display_name") or "",
            bot=me.get("bot"),
            limits=self._limits,
            rules=rules(instance),
        )

    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        self._check(post)
        try:
            media = await self._attached(post.pictures, key)
            await self._connected()
            await still()
            status = await self._ask(
                lambda library: library.status_post(
                    post.text,
                    media_ids=media or None,
                    sensitive=bool(post.warning),
                    visibility=post.visibility,
                    spoiler_text=post.warning or None,
                    language=post.languages[0].partition("-")[0] if post.languages else None,
                    idempotency_key=key,
                ),
                speaks=True,
            )
        except (Throttled, Unwanted):
            raise  # the uploads wait for the next attempt
        except BaseException:
            self._uploads.pop(key, None)
            raise
        self._uploads.pop(key, None)
        return self._receipt(status, speaks=True)

    async def find(self, post: Post, key: str) -> Sequence[Receipt]:
        """Told by its words, for a server keeps no keys; posts with the same words cannot be told apart."""
        recent = await self._since(post.created_at - SLACK)
        return [self._receipt(status) for status in match(recent, post.text)]

    async def recent(self, since: datetime) -> Sequence[Found]:
        """Refused if there are more than a thousand: a list that is cut off would be taken for a whole one."""
        return [found(status, self._receipt(status)) for status in await self._since(since) if listed(status)]

    async def withdraw(self, receipt: Receipt) -> None:
        try:
            await self._ask(lambda library: library.status_delete(receipt.id))
        except Missing:
            return

    async def pin(self, receipt: Receipt) -> str:
        """Other pins stay as they are, so there is nothing to remember."""
        try:
            await self._ask(lambda library: library.status_pin(receipt.id))
        except Missing:
            raise
        except Refused as fault:
            status = await self._ask(lambda library: library.status(receipt.id))
            if not status.get("pinned"):
                sentence = say("{host} does not pin the post: five at most. Take one off first.", host=self._host)
                raise Refused(sentence, fault.detail) from None
        return ""

    async def unpin(self, receipt: Receipt, before: str) -> None:
        try:
            await self._ask(lambda library: library.status_unpin(receipt.id))
        except Missing:
            return

    async def revoke(self) -> None:
        """Only an app gives its tokens back: one that a person made by hand is refused."""
        try:
            await mastodon_oauth.revoke(self._outside, self._given)
        except Invalid as no:
            raise Refused(no.message) from None

    async def aclose(self) -> None:
        if self._client is not None:
            self._client.close()

    def _check(self, post: Post) -> None:
        """Refuse what the server would, before anything is uploaded."""
        told = self._limits
        if not post.text.strip() and not post.pictures:
            raise Refused(say("The notice is empty. Write something."))
        if len(post.pictures) > CARD.capabilities.images:
            raise Refused(say("The notice has more than {most} pictures. Remove some.", most=CARD.capabilities.images))
        if told and measure(post.text, told, post.warning) > told.text:
            raise Refused(
                say(
                    "The notice is longer than the {most} characters {host} allows. Shorten it.",
                    host=self._host,
                    most=told.text,
                )
            )
        if told and any(len(picture.data) > told.image_bytes for picture in post.pictures):
            raise Refused(say("The picture is larger than {host} allows. Make it smaller.", host=self._host))
        if told and any(len(picture.alt) > told.alt_text for picture in post.pictures):
            raise Refused(say("The picture’s description is longer than {host} allows. Shorten it.", host=self._host))

    async def _attached(self, pictures: Sequence[Picture], key: str) -> list[str]:
        """The media ids of the pictures, once the server has finished with all of them."""
        uploads = self._uploads.setdefault(key, {})
        if len(self._uploads) > MEMORY:
            del self._uploads[next(iter(self._uploads))]
        for media_id in [media_id for media_id, ready in uploads.items() if not ready]:
            uploads[media_id] = await self._ready(media_id, key)
        for picture in pictures[len(uploads) :]:
            media = await self._ask(partial(_upload, picture))
            uploads[self._id_of(media)] = media.get("url") is not None
        if not all(uploads.values()):
            raise self._not_yet()
        return list(uploads)

    async def _ready(self, media_id: str, key: str) -> bool:
        try:
            media = await self._ask(lambda library: library.media(media_id))
        except Missing:  # swept away while it waited: upload it again
            self._uploads.pop(key, None)
            raise self._not_yet() from None
        return media.get("url") is not None

    def _not_yet(self) -> Throttled:
        soon = self._outside.clock.now() + timedelta(seconds=2)
        return Throttled(
            say("{host} is still working on the picture. Piquet waits and goes on by itself.", host=self._host), soon
        )

    async def _instance(self) -> Mapping[str, Any]:
        try:
            instance = await self._ask(lambda library: library.instance_v2())
        except Missing:  # before Mastodon 4.0
            return {}
        return instance if isinstance(instance, Mapping) else {}

    async def _own_id(self) -> str:
        if not self._account:
            self._account = self._id_of(await self._ask(lambda library: library.account_verify_credentials()))
        return self._account

    async def _since(self, moment: datetime) -> list[Status]:
        """Our posts since then, oldest first. A short page is not the last one: servers filter after they count."""
        since, last, statuses = whole_second(moment), None, list[Status]()
        account = await self._own_id()
        while page := await self._page(account, last):
            statuses += page
            if made(page[-1]) < since:
                break
            if len(statuses) > MOST:
                raise too_many(self._host)
            last = self._id_of(page[-1])
        return [status for status in reversed(statuses) if made(status) >= since]

    async def _page(self, account: str, last: str | None) -> list[Status]:
        page = await self._ask(
            lambda library: library.account_statuses(account, exclude_reblogs=True, limit=PAGE, max_id=last)
        )
        if not isinstance(page, list) or not all(map(whole, page)):
            raise lost(self._asking(speaks=False))
        return page

    async def _ask(self, call: Callable[["library.Mastodon"], T], *, speaks: bool = False) -> T:
        """Have the library call the server; ``speaks``: the call says something in public."""
        client = await self._connected()
        return await client.ask(self._asking(speaks=speaks), call)

    async def _connected(self) -> "Client":
        if self._client is None:
            made = await asyncio.to_thread(self._connect)
            self._client = self._client or made
        return self._client

    def _connect(self) -> "Client":
        # Mastodon.py takes 0.25 s to import: not at the start of every command, and not in the loop.
        from relay.networks.mastodon_client import Client  # noqa: PLC0415

        return Client(self._server, self._token, self._outside, self.patience)

    def _asking(self, *, speaks: bool) -> Asking:
        return Asking(self._host, self._secrets, speaks)

    def _id_of(self, entity: object, *, speaks: bool = False) -> str:
        """The entity's id; on ``{}`` or a page of HTML the library returns an entity full of nothing."""
        found = entity.get("id") if isinstance(entity, Mapping) else None
        if not isinstance(found, str) or not found:
            raise lost(self._asking(speaks=speaks))
        return str(found)  # the library's own kind of id cannot be compared where it holds letters

    def _receipt(self, status: Mapping[str, Any], *, speaks: bool = False) -> Receipt:
        status_id = self._id_of(status, speaks=speaks)
        return Receipt(status_id, status.get("url") or status.get("uri") or "")


def _upload(picture: Picture, library: "library.Mastodon") -> Mapping[str, Any]:
    media: Mapping[str, Any] = library.media_post(picture.data, mime_type=picture.mime, description=picture.alt)
    return media
