# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a Post to the record ``app.bsky.feed.post``, and what will not fit in one. Pure.

Limits: https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky (feed/post, embed/images, embed/external).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from relay.i18n import Message, say
from relay.networks.facets import facets
from relay.networks.measure import measure
from relay.networks.port import Limits, LinkCard, Picture, Post

POST = "app.bsky.feed.post"
PROFILE = "app.bsky.actor.profile"

LIMITS = Limits(text=300, byte_limit=3000, alt_text=2000, image_bytes=2_000_000, languages=3)
MOST_PICTURES = 4
MOST_THUMB_BYTES = 1_000_000
MOST_TAG = 64


def instant(moment: datetime) -> str:
    """An aware datetime as https://atproto.com/specs/lexicon#datetime wishes it: UTC, ``Z``, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def record(post: Post, embed: dict[str, Any] | None) -> dict[str, Any]:
    """The record, the same for every attempt. Raises ValueError where the spans do not fit the text."""
    found: dict[str, Any] = {"$type": POST, "text": post.text, "createdAt": instant(post.created_at)}
    if post.languages:
        found["langs"] = list(post.languages)
    if post.spans:
        found["facets"] = facets(post.text, post.spans)
    if embed is not None:
        found["embed"] = embed
    return found


def pictures_embed(pictures: tuple[Picture, ...], blobs: list[dict[str, Any]]) -> dict[str, Any]:
    """Pictures with the references of their uploaded blobs, in the same order."""
    images = [
        {"image": blob, "alt": picture.alt, "aspectRatio": {"width": picture.width, "height": picture.height}}
        for picture, blob in zip(pictures, blobs, strict=True)
    ]
    return {"$type": "app.bsky.embed.images", "images": images}


def card_embed(card: LinkCard, thumb: dict[str, Any] | None) -> dict[str, Any]:
    """The preview of a link; the server fetches nothing itself."""
    external: dict[str, Any] = {"uri": card.url, "title": card.title, "description": card.description}
    if thumb is not None:
        external["thumb"] = thumb
    return {"$type": "app.bsky.embed.external", "external": external}


def mime(data: bytes) -> str:
    """What an encoded picture is, by its first bytes."""
    return "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"


def unfit(post: Post) -> Message | None:
    """Why Bluesky would refuse this post, or would show it other than meant; None if it fits."""
    return next(_characters(post), None) or next(_text(post), None) or next(_rest(post), None)


def _characters(post: Post) -> Iterator[Message]:
    card = post.card
    words = [post.text, *(picture.alt for picture in post.pictures), *((card.title, card.description) if card else ())]
    try:
        "".join(words).encode()
    except UnicodeEncodeError:  # half of a surrogate pair, from a feed that was cut in the wrong place
        yield say("The notice holds a broken character. Write it again without.")


def _text(post: Post) -> Iterator[Message]:
    length, size = measure(post.text, LIMITS), len(post.text.encode())
    if not (post.text or post.pictures):
        yield say("The notice is empty. Write something.")
    if length > LIMITS.text:
        yield say("The notice has {n} characters, Bluesky takes {most}. Shorten it.", n=length, most=LIMITS.text)
    if size > LIMITS.byte_limit:
        yield say("The notice has {n} bytes, Bluesky takes {most}. Shorten it.", n=size, most=LIMITS.byte_limit)
    if any(span.kind == "hashtag" and measure(span.target, LIMITS) > MOST_TAG for span in post.spans):
        yield say("A hashtag is longer than the {most} characters Bluesky takes. Shorten it.", most=MOST_TAG)
    try:
        facets(post.text, post.spans)
    except ValueError:
        yield say("The links and hashtags do not fit the text. Write the notice again.")


def _rest(post: Post) -> Iterator[Message]:
    if len(post.languages) > LIMITS.languages:
        yield say("Bluesky takes {most} languages for a notice at most. Remove some.", most=LIMITS.languages)
    if post.visibility != "public":
        yield say("Everything on Bluesky is public. Choose the visibility “public”.")
    if post.warning:
        yield say("Bluesky has no content warnings. Remove the warning, or do not send this notice to Bluesky.")
    if len(post.pictures) > MOST_PICTURES:
        yield say("Bluesky takes {most} pictures at most. Remove some.", most=MOST_PICTURES)
    if any(len(picture.data) > LIMITS.image_bytes for picture in post.pictures):
        yield say("A picture is larger than {most} bytes. Make it smaller.", most=LIMITS.image_bytes)
    if any(measure(picture.alt, LIMITS) > LIMITS.alt_text for picture in post.pictures):
        yield say("A picture’s description is longer than {most} characters. Shorten it.", most=LIMITS.alt_text)
