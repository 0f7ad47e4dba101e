# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mastodon as data, and what one instance of the family says of itself. https://docs.joinmastodon.org/entities/Instance/"""

import re
from collections.abc import Mapping

from relay.i18n import say
from relay.networks.mastodon_oauth import server
from relay.networks.port import Capabilities, Card, CredentialField, Limits, Pace

LIMITS = Limits(
    text=500,
    link_cost=23,
    mention_domains_free=True,
    warning_counts=True,
    alt_text=1500,
    image_bytes=16 * 1024 * 1024,
)

CARD = Card(
    name="mastodon",
    title="Mastodon",
    docs="https://docs.joinmastodon.org/client/intro/",
    capabilities=Capabilities(
        limits=LIMITS,
        images=4,
        content_warning=True,
        visibilities=("public", "unlisted", "private"),
        deletes=True,
        reads_back=True,
        pins=True,
        revokes=True,
        withdrawals=Pace(30, 1800),  # https://docs.joinmastodon.org/api/rate-limits/#delete
        # Not repeats_safely: the key is kept for an hour, and by GoToSocial not at all.
    ),
    credentials=(
        CredentialField(
            "server",
            say("Server"),
            say("The server the account lives on, as it stands in the account’s address after the last @."),
            example="mastodon.social",
            meant=server,
        ),
        CredentialField(
            "token",
            say("Access token"),
            say(
                "Piquet asks the server for it and you approve on the server’s own page; nobody types a password here."
            ),
            secret=True,
        ),
        CredentialField("client_id", say("App"), say("Given by the server."), kept=True),
        CredentialField("client_secret", say("App secret"), say("Given by the server."), secret=True, kept=True),
    ),
    farewell=say("On the server, under Preferences → Account → Authorised apps, revoke Piquet."),
)


def limits(instance: Mapping[str, object]) -> Limits:
    """What posts may hold there, from ``GET /api/v2/instance``; what is not said is Mastodon's default."""
    gotosocial = is_gotosocial(instance)
    return Limits(
        text=_number(instance, "statuses", "max_characters", LIMITS.text),
        # GoToSocial announces a cost of links, but counts them in full, and code points [measured on 0.20].
        unit="codepoint" if gotosocial else "grapheme",
        link_cost=None if gotosocial else _number(instance, "statuses", "characters_reserved_per_url", 23),
        mention_domains_free=not gotosocial,
        warning_counts=True,
        alt_text=_number(instance, "media_attachments", "description_limit", LIMITS.alt_text),
        image_bytes=_number(instance, "media_attachments", "image_size_limit", LIMITS.image_bytes),
    )


def is_gotosocial(instance: Mapping[str, object]) -> bool:
    """By the address of its source, else by a version such as ``0.20.0`` or, behind Mastodon's, ``3.5.3+0.20.0``."""
    if "gotosocial" in str(instance.get("source_url", "")).lower():
        return True
    return (
        not instance.get("api_versions") and re.match(r"0\.|[\d.]+\+0\.", str(instance.get("version", ""))) is not None
    )


def rules(instance: Mapping[str, object]) -> tuple[str, ...]:
    """The server's rules, for the collective to read when it connects."""
    listed = instance.get("rules")
    return tuple(str(rule["text"]) for rule in listed if rule.get("text")) if isinstance(listed, list) else ()


def _number(instance: Mapping[str, object], group: str, name: str, default: int) -> int:
    configuration = instance.get("configuration")
    entry = configuration.get(group) if isinstance(configuration, Mapping) else None
    value = entry.get(name) if isinstance(entry, Mapping) else None
    return value if isinstance(value, int) and value > 0 else default
