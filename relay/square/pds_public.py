# SPDX-License-Identifier: AGPL-3.0-or-later
"""A post's record as a passer-by sees it. Only facets make links, hashtags and mentions. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from relay.square.seen import PublicPost


def seen(
    handle: str, uri: str, value: Mapping[str, Any], arrived: float, *, pinned: bool, blobs: str = ""
) -> PublicPost:
    """The public side of the ``app.bsky.feed.post`` record at ``uri``; ``blobs`` is what a blob's CID is added to."""
    embed = value.get("embed", {})
    images, external = embed.get("images", []), embed.get("external", {})
    return PublicPost(
        network="bluesky",
        account=handle,
        id=uri,
        url=f"https://bsky.app/profile/{handle}/post/{uri.rpartition('/')[2]}",
        text=value["text"],
        created_at=datetime.fromisoformat(value["createdAt"]),
        arrived=arrived,
        links=tuple(feature["uri"] for feature in _features(value, "link")),
        hashtags=tuple(feature["tag"] for feature in _features(value, "tag")),
        mentions=tuple(feature["did"] for feature in _features(value, "mention")),
        language=next(iter(value.get("langs", ())), ""),
        images=len(images),
        alts=tuple(image["alt"] for image in images),
        card_url=external.get("uri", ""),
        card_title=external.get("title", ""),
        card_text=external.get("description", ""),
        pictures=tuple(blobs + image["image"]["ref"]["$link"] for image in images),
        pinned=pinned,
    )


def _features(value: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, str]]:
    for facet in sorted(value.get("facets", ()), key=lambda facet: int(facet["index"]["byteStart"])):
        for feature in facet["features"]:
            if feature["$type"] == f"app.bsky.richtext.facet#{kind}":
                yield feature
