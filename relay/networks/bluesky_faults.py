# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a Bluesky server's answer means, decided by status and error name. Pure; imports nothing slow.

Names are those of the lexicons (https://docs.bsky.app/docs/api/at-protocol-xrpc-api) and of the reference PDS.
"""

from collections.abc import Mapping
from datetime import datetime

from relay.faults import Held, NetworkFault, Refused, Throttled, Unauthorised, Unreachable, Unsure
from relay.i18n import Message, say
from relay.networks.waits import retry_after, until

Unknown = type[Unsure] | type[Unreachable]
"""What an answer that tells nothing means: unsure if the request may have posted, unreachable if it only read."""


class Expired(Unauthorised):
    """The token has run out; refreshing it may help."""


class Absent(Refused):
    """There is no such record."""


class Swapped(Refused):
    """The record is not what ``swapRecord`` said it was; nothing was written."""


_EXPIRED = say("Bluesky ended this session. Connect the account again with an app password.")
_FACTOR = say("Bluesky asks for a code sent by e-mail. Make an app password in its settings and connect with that.")
_DENIED = say(
    "Bluesky does not accept this handle and app password. Sign in there to see whether the account is in order, "
    "make a new app password and connect again."
)
_HELD = say("Bluesky has suspended or deactivated this account. Sign in to Bluesky to see why, then connect it again.")
_ABSENT = say("Bluesky has no such post. It may have been deleted; nothing needs to be done.")
_SWAPPED = say("This was changed on Bluesky at the same moment. Nothing was overwritten; try again.")
_THROTTLED = say("Bluesky asks us to wait. Nothing is lost: it can go on after a pause.")
_NO_SERVER = say("There is no Bluesky server at this address. Check the address of the service.")
_UNSURE = say("Bluesky gave no clear answer. The post may be out: Piquet looks before it tries again.")
UNREACHED = say("Bluesky cannot be reached at the moment. Check the connection and the address of the service.")

_NAMED: Mapping[str, tuple[type[NetworkFault], Message]] = {
    "ExpiredToken": (Expired, _EXPIRED),
    "InvalidToken": (Expired, _EXPIRED),
    "AuthFactorTokenRequired": (Unauthorised, _FACTOR),
    "AccountTakedown": (Held, _HELD),
    "AccountSuspended": (Held, _HELD),
    "AccountDeactivated": (Held, _HELD),
    "AccountNotFound": (Held, _HELD),
    "RecordNotFound": (Absent, _ABSENT),
    "InvalidSwap": (Swapped, _SWAPPED),
}


def answered(
    status: int, name: str, text: str, headers: Mapping[str, str], now: datetime, unknown: Unknown
) -> NetworkFault:
    """The fault of an error answer: HTTP status, XRPC error name and message, lower-case headers."""
    if status == 429:
        return Throttled(_THROTTLED, until(now, asked(headers, now)), text)
    if status < 500 and name in _NAMED:
        kind, message = _NAMED[name]
        return kind(message, text)
    if status == 401:
        return Unauthorised(_DENIED, text)
    if status in (403, 410):
        return Held(_HELD, text)
    if status in (404, 405, 501):
        return unknown(_NO_SERVER, text)
    if status == 408 or status >= 500:
        return unclear(unknown, text)
    reason = (text or name or f"HTTP {status}").rstrip(".")
    return Refused(say("Bluesky does not take this: {reason}. Change the notice and try again.", reason=reason), text)


def unclear(unknown: Unknown, text: str = "") -> NetworkFault:
    """The fault of an answer that tells nothing, or of none."""
    return unknown(_UNSURE if unknown is Unsure else UNREACHED, text)


def asked(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds a 429 asks us to wait: ``retry-after``, else until ``ratelimit-reset`` (Unix seconds)."""
    wait = retry_after(headers.get("retry-after", ""), now)
    reset = headers.get("ratelimit-reset", "")
    if wait is None and reset.isascii() and reset.isdigit():
        return int(reset) - now.timestamp()
    return wait
