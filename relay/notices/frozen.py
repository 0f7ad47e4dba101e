# SPDX-License-Identifier: AGPL-3.0-or-later
"""A post as the ledger keeps it, and the keys by which a delivery knows itself again."""

import json
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from relay.networks.port import LinkCard, Picture, Post, Span


def freeze(post: Post) -> dict[str, Any]:
    """``post`` as plain JSON values; pictures in base64. ``thaw`` gives back an equal post."""
    card = post.card
    return {
        **vars(post),
        "created_at": post.created_at.isoformat(),
        "spans": [dict(vars(span)) for span in post.spans],
        "languages": list(post.languages),
        "pictures": [{**vars(picture), "data": _text(picture.data)} for picture in post.pictures],
        "card": {**vars(card), "thumbnail": _text(card.thumbnail)} if card else None,
    }


def thaw(frozen: Mapping[str, Any]) -> Post:
    """The post that ``freeze`` was given. Raises KeyError, TypeError or ValueError on anything else."""
    card = frozen["card"]
    return Post(
        **{
            **frozen,
            "created_at": datetime.fromisoformat(frozen["created_at"]),
            "spans": tuple(Span(**span) for span in frozen["spans"]),
            "languages": tuple(frozen["languages"]),
            "pictures": tuple(Picture(**{**each, "data": b64decode(each["data"])}) for each in frozen["pictures"]),
            "card": LinkCard(**{**card, "thumbnail": b64decode(card["thumbnail"])}) if card else None,
        }
    )


def text_hash(post: Post) -> str:
    """SHA-256 (hex) of the text, the same whatever a server does to white space and composed characters."""
    return sha256(" ".join(unicodedata.normalize("NFC", post.text).split()).encode()).hexdigest()


def delivery_key(newsroom_id: object, notice_id: object, account_id: object, revision: int) -> str:
    """The idempotency key of a delivery, SHA-256 (hex): the same for every attempt, another for every revision."""
    return sha256(json.dumps([str(newsroom_id), str(notice_id), str(account_id), revision]).encode()).hexdigest()


def _text(data: bytes) -> str:
    return b64encode(data).decode("ascii")
