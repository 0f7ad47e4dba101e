# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person gives to connect a Bluesky account, and how what they typed is read. Pure."""

from collections.abc import Mapping

from relay.faults import Invalid
from relay.i18n import say
from relay.networks.port import CredentialField
from relay.outside.guard import nearby, unencrypted

SERVICE = "https://bsky.social"


def typed_service(typed: str) -> str:
    """The service that a person means. Raises Invalid where the app password would travel in clear."""
    scheme, _, rest = typed.strip().partition("://")
    host = rest.partition("/")[0].rpartition("@")[2].partition(":")[0]
    if scheme.lower() == "http" and not nearby(host):
        raise Invalid(unencrypted(typed))
    return typed


CREDENTIALS = (
    CredentialField(
        "identifier",
        say("Handle"),
        say("The account’s handle, as its profile shows it after the @."),
        example="redaction.bsky.social",
    ),
    CredentialField(
        "app_password",
        say("App password"),
        say("Made in Bluesky under Settings → Privacy and security → App passwords. Never the main password."),
        secret=True,
        example="abcd-efgh-ijkl-mnop",
    ),
    CredentialField(
        "service",
        say("Service"),
        say("The address of the account’s server. Leave it empty unless the account lives elsewhere."),
        example=SERVICE,
        optional=True,
        meant=lambda typed, _: typed_service(typed),
    ),
    CredentialField("session", say("Session"), say("Renewed by Piquet."), secret=True, kept=True),
)

# Sessions end with the app password they were opened with, and only its owner can delete that one.
FAREWELL = say("In Bluesky, under Settings → Privacy and security → App passwords, delete Piquet’s app password.")

# Marks of writing direction come along when a handle is copied from a page.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"))


def identifier(given: Mapping[str, str]) -> str:
    """The handle without what surrounds it: ``@desk.bsky.social`` is ``desk.bsky.social``."""
    return given.get("identifier", "").translate(_INVISIBLE).strip().removeprefix("@")


def service(given: Mapping[str, str]) -> str:
    """The base address of the server where the session begins; https unless something else was given."""
    typed = (given.get("service") or SERVICE).strip().rstrip("/")
    return typed if "://" in typed else f"https://{typed}"
