# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bluesky: https://docs.bsky.app/docs/api/at-protocol-xrpc-api, through the AsyncClient of atproto.

A notice's record key is derived from what is frozen in its delivery, and its record is put with "only if there is
none": the same delivery twice is one post, whatever was lost on the way, and nothing is ever overwritten.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from relay.faults import Held, Refused, Throttled, Unreachable, Unsure
from relay.i18n import say
from relay.networks import bluesky_pin, tid
from relay.networks.bluesky_faults import Absent, Swapped, unclear
from relay.networks.bluesky_given import CREDENTIALS, FAREWELL
from relay.networks.bluesky_read import found, older, whole
from relay.networks.bluesky_record import (
    LIMITS,
    MOST_PICTURES,
    MOST_THUMB_BYTES,
    POST,
    PROFILE,
    card_embed,
    instant,
    mime,
    pictures_embed,
    record,
    unfit,
)
from relay.networks.port import Capabilities, Card, Found, Identity, Keep, LinkCard, Pace, Post, Receipt, Still
from relay.networks.reading_back import MOST, too_many, whole_second
from relay.outside import Outside

if TYPE_CHECKING:
    from relay.networks.bluesky_session import PdsSession

_PUT = {"uri": str, "cid": str}
_PAGE = 100  # records, as many as a server lists at once


class Bluesky:
    """One account. ``given``: service, identifier, app_password, session; nothing is asked before the first verb."""

    card = Card(
        name="bluesky",
        title="Bluesky",
        docs="https://docs.bsky.app/",
        capabilities=Capabilities(
            limits=LIMITS,
            images=MOST_PICTURES,
            link_cards=True,
            rich_text=True,
            deletes=True,
            reads_back=True,
            pins=True,
            repeats_safely=True,
            # A delete costs one point of 5,000 an hour and 35,000 a day: as many an hour as the whole day bears.
            # https://docs.bsky.app/docs/advanced-guides/rate-limits#content-write-operations-per-account
            withdrawals=Pace(35_000 // 24, 3600),
        ),
        credentials=CREDENTIALS,
        farewell=FAREWELL,
    )
    patience = 30.0  # s for one request; 5 of them to connect

    def __init__(self, given: Mapping[str, str], outside: Outside, keep: Keep) -> None:
        self._given = given
        self._outside = outside
        self._keep = keep
        self._opened: PdsSession | None = None

    async def verify(self) -> Identity:
        """Ask the server who we are and whether the account may post; read the bot label from the profile."""
        pds = self._pds()
        try:
            me = await pds.read("com.atproto.server.getSession", {"did": str, "handle": str})
        except Refused as no:  # a token that is accepted, and no account to it: taken down
            raise Held(
                say("Bluesky does not show this account any more. Sign in there to see why, then connect it again."),
                no.detail,
            ) from None
        if me.get("active") is False:
            status = str(me.get("status", ""))
            raise Held(say("This account is not active ({status}). Sign in to Bluesky to see why.", status=status))
        profile, _ = await self._profile()
        labels = profile.get("labels") or {}
        return Identity(
            id=me["did"],
            handle=me["handle"],
            url=f"https://bsky.app/profile/{me['handle']}",
            name=str(profile.get("displayName") or ""),
            bot=any(label.get("val") == "bot" for label in labels.get("values", ())),
            limits=LIMITS,
        )

    async def publish(self, post: Post, key: str, still: Still) -> Receipt:
        """Put the record. A card that fails costs the card, never the post; pictures take the card's place."""
        reason = unfit(post)
        if reason is not None:
            raise Refused(reason)
        embed = await self._embed(post)
        try:
            return await self._put(post, key, embed, still)
        except Refused:
            if post.card is None or post.pictures:
                raise
        return await self._put(post, key, None, still)

    async def find(self, post: Post, key: str) -> Sequence[Receipt]:
        """Read the record of this delivery from the account's own server; there is never more than one."""
        did, _ = await self._pds().account()
        rkey = tid.derive(post.created_at, key)
        try:
            there = await self._get(POST, rkey)
        except Absent:
            return []
        value = there["value"]
        if (value.get("text"), value.get("createdAt")) != (post.text, instant(post.created_at)):
            return []
        return [await self._receipt(f"at://{did}/{POST}/{rkey}", there["cid"])]

    async def recent(self, since: datetime) -> Sequence[Found]:
        """Refused if there are more than a thousand: a list that is cut off would be taken for a whole one."""
        since = whole_second(since)
        posts, cursor = await self._page()
        while cursor and not older(posts[-1], since):
            if len(posts) > MOST:
                raise too_many(self.card.title)
            page, cursor = await self._page(cursor=cursor)
            posts += page
        return sorted((post for post in posts if post.created_at >= since), key=lambda post: post.created_at)

    async def withdraw(self, receipt: Receipt) -> None:
        """Delete the record; the protocol calls one that is gone a success."""
        did, _ = await self._pds().account()
        body = {"repo": did, "collection": POST, "rkey": receipt.id.rpartition("/")[2]}
        await self._pds().write("com.atproto.repo.deleteRecord", _json(body), {})

    async def pin(self, receipt: Receipt) -> str:
        """Name the post in the profile; returns the earlier pin as JSON, "" if there was none or it was this one."""
        profile, cid = await self._profile()
        before = bluesky_pin.pinned(profile)
        if before.get("uri") == receipt.id:
            return ""
        wanted = bluesky_pin.with_pin(profile, {"uri": receipt.id, "cid": receipt.revision})
        try:
            await self._put_profile(wanted, cid)
        except Unsure:
            # Only now can it be told what was there before; a second try would find our own pin.
            now, _ = await self._profile()
            if bluesky_pin.pinned(now).get("uri") != receipt.id:
                raise
        return bluesky_pin.remember(before)

    async def unpin(self, receipt: Receipt, before: str) -> None:
        """Restore the earlier pin, unless somebody has changed ours meanwhile."""
        profile, cid = await self._profile()
        if bluesky_pin.pinned(profile).get("uri") == receipt.id:
            await self._put_profile(bluesky_pin.with_pin(profile, bluesky_pin.recall(before)), cid)

    async def aclose(self) -> None:
        """Give back the connections."""
        if self._opened is not None:
            await self._opened.aclose()

    def _pds(self) -> "PdsSession":
        if self._opened is None:
            from relay.networks.bluesky_session import PdsSession  # noqa: PLC0415  # importing atproto takes 0.7 s

            self._opened = PdsSession(self._given, self._outside, self._keep, self.patience)
        return self._opened

    async def _embed(self, post: Post) -> dict[str, Any] | None:
        if post.pictures:
            blobs = [await self._pds().upload(picture.data, picture.mime) for picture in post.pictures]
            return pictures_embed(post.pictures, blobs)
        if post.card is not None:
            return card_embed(post.card, await self._thumb(post.card))
        return None

    async def _thumb(self, card: LinkCard) -> dict[str, Any] | None:
        if not 0 < len(card.thumbnail) <= MOST_THUMB_BYTES:
            return None
        try:
            return await self._pds().upload(card.thumbnail, mime(card.thumbnail))
        except (Refused, Throttled, Unreachable):
            return None

    async def _put(self, post: Post, key: str, embed: dict[str, Any] | None, still: Still) -> Receipt:
        did, _ = await self._pds().account()
        body = {
            "repo": did,
            "collection": POST,
            "rkey": tid.derive(post.created_at, key),
            "record": record(post, embed),
            "swapRecord": None,  # only if there is none; the identical one is a no-op
        }
        try:
            put = await self._pds().write("com.atproto.repo.putRecord", _json(body), _PUT, still)
        except Swapped as no:
            there = await self.find(post, key)
            if not there:
                reason = say("Another post has this notice’s place on Bluesky. Nothing was overwritten; look there.")
                raise Refused(reason, no.detail) from None
            return there[0]
        return await self._receipt(put["uri"], put["cid"])

    async def _receipt(self, uri: str, cid: str) -> Receipt:
        did, handle = await self._pds().account()
        name = did if handle in ("", "handle.invalid") else handle
        return Receipt(uri, f"https://bsky.app/profile/{name}/post/{uri.rpartition('/')[2]}", cid)

    async def _get(self, collection: str, rkey: str) -> dict[str, Any]:
        did, _ = await self._pds().account()
        params = {"repo": did, "collection": collection, "rkey": rkey}
        return await self._pds().read("com.atproto.repo.getRecord", {"value": dict, "cid": str}, **params)

    async def _page(self, **cursor: str) -> tuple[list[Found], str]:
        """Posts, newest key first, and the cursor to the next ones, "" at the end."""
        did, _ = await self._pds().account()
        params = {"repo": did, "collection": POST, "limit": str(_PAGE), **cursor}
        answer = await self._pds().read("com.atproto.repo.listRecords", {"records": list}, **params)
        records = answer["records"]
        if not all(map(whole, records)):
            raise unclear(Unreachable)
        page = [found(one, await self._receipt(one["uri"], one["cid"])) for one in records]
        return page, str(answer.get("cursor") or "") if page else ""

    async def _profile(self) -> tuple[dict[str, Any], str | None]:
        try:
            there = await self._get(PROFILE, "self")
        except Absent:
            return {}, None
        return there["value"], there["cid"]

    async def _put_profile(self, profile: dict[str, Any], cid: str | None) -> None:
        did, _ = await self._pds().account()
        body = {"repo": did, "collection": PROFILE, "rkey": "self", "record": profile, "swapRecord": cid}
        try:
            await self._pds().write("com.atproto.repo.putRecord", _json(body), _PUT)
        except Swapped as no:  # somebody edited the profile in between: nothing was written, look again later
            raise Unreachable(no.message, no.detail) from None


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
