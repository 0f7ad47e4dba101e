# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a record ``app.bsky.feed.post`` to one of our own posts as the port has it. Pure.

https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky (feed/post, richtext/facet, embed/external).
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from relay.networks import tid
from relay.networks.facets import LINK
from relay.networks.port import Found, Receipt

# Keys are what a repository is sorted by; another program may set ``createdAt`` this much later than its key.
ASTRAY = timedelta(hours=1)
LAST = datetime.max.replace(tzinfo=UTC)  # of a post that does not say: one too many is better than one too few


def found(listed: Mapping[str, Any], receipt: Receipt) -> Found:
    """One of the ``records`` of com.atproto.repo.listRecords; its links are those of its facets and of its card."""
    value = listed["value"]
    text, links = str(value.get("text") or ""), dict.fromkeys((*_linked(value), *_card(value.get("embed"))))
    made = _created(value) or _keyed(receipt) or LAST
    return Found(receipt, made, text, tuple(links))


def whole(listed: object) -> bool:
    """Whether it holds what a listed record must."""
    kinds = {"uri": str, "cid": str, "value": dict}
    return isinstance(listed, dict) and all(isinstance(listed.get(name), kind) for name, kind in kinds.items())


def older(one: Found, since: datetime) -> bool:
    """Whether all that the repository lists after this one was made before ``since``."""
    keyed = _keyed(one.receipt)
    return keyed is not None and keyed + ASTRAY < since


def _created(value: Mapping[str, Any]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value.get("createdAt")))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _keyed(receipt: Receipt) -> datetime | None:
    try:
        return tid.moment(receipt.id.rpartition("/")[2])
    except ValueError:
        return None


def _linked(value: Mapping[str, Any]) -> Iterator[str]:
    facets: list[dict[str, Any]] = value.get("facets") or []
    for facet in sorted(facets, key=lambda facet: int(facet.get("index", {}).get("byteStart", 0))):
        yield from (feature["uri"] for feature in facet.get("features", ()) if feature.get("$type") == LINK)


def _card(embed: Mapping[str, Any] | None) -> Iterator[str]:
    """Of ``embed.external``, alone or beside a quoted post (``embed.recordWithMedia``)."""
    if embed:
        external = embed.get("external") or (embed.get("media") or {}).get("external") or {}
        yield from filter(None, [external.get("uri")])
