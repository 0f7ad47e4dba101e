# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a record must be to be taken, with the words of the reference PDS 0.5.35. Pure.

Each rule: https://github.com/bluesky-social/atproto/tree/main/lexicons (app/bsky/feed/post.json, richtext/facet.json,
embed/images.json, embed/external.json, actor/profile.json). Stricter than the reference in one thing: facets must lie
inside the text and on whole characters, since clients drop them silently otherwise
(https://docs.bsky.app/docs/advanced-guides/post-richtext).
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import regex

from relay.square.pds_error import InvalidRecord

POST = "app.bsky.feed.post"
PROFILE = "app.bsky.actor.profile"
Json = Mapping[str, Any]

_TID = re.compile(r"[234567abcdefghij][234567a-z]{12}")  # https://atproto.com/specs/tid
_RECORD_KEY = re.compile(r"[A-Za-z0-9._:~-]{1,512}")  # https://atproto.com/specs/record-key
_LANGUAGE = re.compile(r"(i|[a-z]{2,3})(-[A-Za-z0-9]+)*")  # https://atproto.com/specs/lexicon#language
_DATETIME = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T[0-2]\d:[0-5]\d:[0-6]\d(\.\d{1,20})?(Z|[+-]\d\d:\d\d)"
)
_URI = re.compile(r"[A-Za-z][A-Za-z.-]{0,80}:\S+")
_GRAPHEME = regex.compile(r"\X")


def check_key(collection: str, rkey: str) -> None:
    """Raises InvalidRecord for a record key that the collection does not take."""
    if not _RECORD_KEY.fullmatch(rkey) or rkey in (".", ".."):
        raise InvalidRecord(f'Invalid record key (got "{rkey}") at $.rkey')
    if collection == POST and not _TID.fullmatch(rkey):
        raise InvalidRecord(f'Invalid record key for {POST}: Invalid TID string (got "{rkey}") at $')
    if collection == PROFILE and rkey != "self":
        raise InvalidRecord(f'Invalid record key for {PROFILE}: Expected "self" (got "{rkey}") at $')


def check(collection: str, value: Json) -> None:
    """Raises InvalidRecord for a value that its schema refuses; collections that are not known here pass."""
    if value.get("$type") != collection:
        raise InvalidRecord(f"Invalid $type: expected {collection}, got {value.get('$type')}")
    try:
        if collection == POST:
            _post(value)
        elif collection == PROFILE:
            _profile(value)
    except InvalidRecord as no:
        raise InvalidRecord(f"Invalid {collection} record: {no.text}") from None


def _post(value: Json) -> None:
    _string(value, "text", "$.record", most_bytes=3000, most=300)
    _matches(_string(value, "createdAt", "$.record"), _DATETIME, "datetime", "$.record.createdAt")
    langs = _array(value.get("langs", []), "$.record.langs", most=3)
    for n, lang in enumerate(langs):
        _matches(lang, _LANGUAGE, "language", f"$.record.langs[{n}]")
    for n, tag in enumerate(_array(value.get("tags", []), "$.record.tags", most=8)):
        _fits(tag, f"$.record.tags[{n}]", most_bytes=640, most=64)
    for n, facet in enumerate(_array(value.get("facets", []), "$.record.facets")):
        _facet(facet, value["text"].encode(), f"$.record.facets[{n}]")
    if "embed" in value:
        _embed(value["embed"], "$.record.embed")


def _profile(value: Json) -> None:
    for name, most_bytes, most in (("displayName", 640, 64), ("description", 2560, 256)):
        if name in value:
            _string(value, name, "$.record", most_bytes=most_bytes, most=most)
    if "pinnedPost" in value:
        _string(value["pinnedPost"], "uri", "$.record.pinnedPost")
        _string(value["pinnedPost"], "cid", "$.record.pinnedPost")


def _embed(embed: Json, at: str) -> None:
    kind = _string(embed, "$type", at)
    if kind == "app.bsky.embed.images":
        images = _array(_required(embed, "images", at), f"{at}.images", most=4)
        for n, image in enumerate(images):
            _image(image, f"{at}.images[{n}]")
    elif kind == "app.bsky.embed.external":
        external = _required(embed, "external", at)
        _matches(_string(external, "uri", f"{at}.external"), _URI, "uri", f"{at}.external.uri")
        _string(external, "title", f"{at}.external")
        _string(external, "description", f"{at}.external")
        if "thumb" in external:
            _blob(external["thumb"], 1_000_000, f"{at}.external.thumb")


def _image(image: Json, at: str) -> None:
    _blob(_required(image, "image", at), 2_000_000, f"{at}.image")
    _string(image, "alt", at)
    ratio = image.get("aspectRatio")
    if ratio is not None and not all(
        isinstance(ratio.get(side), int) and ratio[side] > 0 for side in ("width", "height")
    ):
        raise InvalidRecord(f"integer too small (minimum 1, got 0) at {at}.aspectRatio")


def _blob(blob: Any, most: int, at: str) -> None:
    if not isinstance(blob, dict) or blob.get("$type") != "blob" or "$link" not in blob.get("ref", {}):
        raise InvalidRecord(f"Expected blob value type at {at}")
    if not str(blob.get("mimeType")).startswith("image/"):
        raise InvalidRecord(f'Expected "image/*" (got "{blob.get("mimeType")}") at {at}.mimeType')
    if blob.get("size", 0) > most:
        raise InvalidRecord(f"blob too big (maximum {most}, got {blob['size']}) at {at}")


def _facet(facet: Json, text: bytes, at: str) -> None:
    index = _required(facet, "index", at)
    start, end = _required(index, "byteStart", f"{at}.index"), _required(index, "byteEnd", f"{at}.index")
    if not 0 <= start < end <= len(text):
        raise InvalidRecord(f"Facet lies outside the text at {at}.index")
    try:
        text[:start].decode(), text[start:end].decode()
    except UnicodeDecodeError:
        raise InvalidRecord(f"Facet cuts a character at {at}.index") from None
    for n, feature in enumerate(_array(_required(facet, "features", at), f"{at}.features")):
        _feature(feature, f"{at}.features[{n}]")


def _feature(feature: Json, at: str) -> None:
    kind = _string(feature, "$type", at).partition("#")[2]
    if kind == "link":
        _matches(_string(feature, "uri", at), _URI, "uri", f"{at}.uri")
    elif kind == "tag":
        _string(feature, "tag", at, most_bytes=640, most=64)
    elif kind == "mention" and not _string(feature, "did", at).startswith("did:"):
        raise InvalidRecord(f'Invalid DID (got "{feature["did"]}") at {at}.did')


def _required(value: Json, name: str, at: str) -> Any:
    if name not in value:
        raise InvalidRecord(f'Missing required key "{name}" at {at}')
    return value[name]


def _string(value: Json, name: str, at: str, most_bytes: int = 0, most: int = 0) -> str:
    return _fits(_required(value, name, at), f"{at}.{name}", most_bytes, most)


def _fits(text: Any, at: str, most_bytes: int = 0, most: int = 0) -> str:
    if not isinstance(text, str):
        raise InvalidRecord(f"Expected string value type (got {json.dumps(text)}) at {at}")
    size, length = len(text.encode()), len(_GRAPHEME.findall(text))
    if most_bytes and size > most_bytes:
        raise InvalidRecord(f"string too big (maximum {most_bytes}, got {size}) at {at}")
    if most and length > most:
        raise InvalidRecord(f"grapheme too big (maximum {most}, got {length}) at {at}")
    return text


def _array(items: Any, at: str, most: int = 0) -> list[Any]:
    if not isinstance(items, list):
        raise InvalidRecord(f"Expected array value type (got {json.dumps(items)}) at {at}")
    if most and len(items) > most:
        raise InvalidRecord(f"array too big (maximum {most}, got {len(items)}) at {at}")
    return items


def _matches(text: str, form: re.Pattern[str], name: str, at: str) -> None:
    if not form.fullmatch(text):
        raise InvalidRecord(f'Invalid {name} (got "{text}") at {at}')
