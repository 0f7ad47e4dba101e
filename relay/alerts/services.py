# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which services may carry an alert. Apprise knows far more, some of which act on the machine it runs on.

On a shared instance an address is a stranger's. So schemes and options are allowed by name: among the others are
desktop and system messages, and options that read files here (``template``, ``pgpprv``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from relay.faults import Invalid
from relay.i18n import Message, say

# Each scheme with the host it goes to, "" where the address names it: what follows the scheme may be a token.
SERVICES: Mapping[str, str] = {
    **dict.fromkeys(("mailto", "mailtos"), ""),
    **dict.fromkeys(("ntfy", "ntfys", "gotify", "gotifys"), ""),
    **dict.fromkeys(("json", "jsons", "xml", "xmls", "form", "forms"), ""),
    **dict.fromkeys(("matrix", "matrixs", "mmost", "mmosts", "signal", "signals"), ""),
    "tgram": "api.telegram.org",
    "slack": "slack.com",
    "discord": "discord.com",
    "pover": "api.pushover.net",
}

# https://github.com/caronc/apprise/wiki documents them; one that names a file, an attachment or a config is not here.
OPTIONS = frozenset(
    (
        *("to", "from", "name", "smtp", "mode", "reply", "cc", "bcc", "user", "pass", "port", "token", "auth"),
        *("priority", "xtags", "tags", "topic", "thread", "channel", "team", "botname", "sound", "key", "silent"),
        *("method", "version", "msgtype", "format", "overflow", "cto", "rto", "image", "footer", "avatar", "preview"),
    )
)

EXAMPLES: tuple[Message, ...] = (
    say("E-mail: mailto://name:password@provider.example"),
    say("ntfy: ntfy://your-own-secret-topic, or ntfys://your.server/topic"),
    say("A webhook that takes JSON: jsons://your.server/path"),
    say("Matrix: matrixs://user:password@server/#room; Telegram: tgram://bot-token/chat-number"),
)

MAIL_PORTS = frozenset({25, 465, 587, 2525})


@dataclass(frozen=True)
class Address:
    """Where a channel leads. ``text`` holds a secret; ``scheme`` and ``host`` may be shown."""

    text: str
    scheme: str
    host: str


def address(text: str) -> Address:
    """The address that was typed. Raises Invalid if it is none, or of a service that is not allowed."""
    scheme, separator, rest = text.strip().partition("://")
    scheme = scheme.lower()
    if not separator or not rest:
        raise Invalid(say("This is no address of a channel: write one like ntfy://your-own-secret-topic."))
    if scheme not in SERVICES:
        known = ", ".join(name for name in SERVICES if f"{name[:-1]}" not in SERVICES)
        raise Invalid(say("Piquet sends no alerts by {scheme}://; choose one of {known}.", scheme=scheme, known=known))
    try:
        parts = urlsplit(f"//{rest}")
        host = SERVICES[scheme] or _host(scheme, parts.hostname or "", parts.path.strip("/") or parts.fragment)
    except ValueError:
        raise unreadable(scheme) from None
    return Address(text.strip(), scheme, host)


def unreadable(scheme: str) -> Invalid:
    """The service's name is known, but the rest of the address is not as that service has it."""
    return Invalid(
        say(
            "This {scheme}:// address cannot be used: something in it is missing or wrong. “piquet alert add” without "
            "an address shows how they are written.",
            scheme=scheme,
        )
    )


def unwanted(option: str) -> Invalid:
    """An option that is not on our list."""
    return Invalid(say("The option {option} of this address is not allowed here: leave it out.", option=option))


def _host(scheme: str, named: str, path: str) -> str:
    """The host an address names; a topic or a token in its place belongs to the service's own server."""
    if scheme in ("ntfy", "ntfys") and not path:
        return "ntfy.sh"
    if scheme in ("matrix", "matrixs") and not path:
        return "webhooks.t2bot.io"
    return named
