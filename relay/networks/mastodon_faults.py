# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an answer means, or none. Told by the status alone: error texts are translated, so they are never parsed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from relay.faults import Held, NetworkFault, Refused, Throttled, Unauthorised, Unreachable, Unsure
from relay.i18n import say
from relay.networks.scrub import scrub
from relay.networks.waits import http_date, retry_after, until


class Missing(Refused):
    """404 to a request that speaks to nobody: what was asked for is not there."""


@dataclass(frozen=True)
class Answer:
    """What came back. ``headers`` as the server spelt them, looked up without regard to case."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Asking:
    """Where we asked, what must not be repeated, and whether the request says something in public."""

    host: str
    secrets: tuple[str, ...] = field(repr=False)
    speaks: bool


def fault_of(answer: Answer, asking: Asking, now: datetime) -> NetworkFault:
    """The fault for an answer that is not the one we wanted; also for a 200 that makes no sense."""
    host, detail = asking.host, words(answer, asking.secrets)
    if answer.status == 401:
        return Unauthorised(say("{host} no longer accepts this account’s token. Connect it again.", host=host), detail)
    if answer.status in (403, 410):
        # 403: scope missing, or the account is disabled, unconfirmed or pending; 410: it was suspended.
        return Held(say("{host} does not let this account act. Ask its moderators, then reconnect.", host=host), detail)
    if answer.status == 429:
        moment = until(now, _asked(answer.headers, now))
        return Throttled(
            say("{host} asks us to slow down. Nothing is lost: it can go on after a pause.", host=host), moment, detail
        )
    if answer.status == 404 and not asking.speaks:
        return Missing(say("{host} has nothing there. Check the server’s address.", host=host), detail)
    # 404 to a post: the key may stand for one that was deleted since. 408, 5xx, redirects, an odd 200: who knows.
    if answer.status in (404, 408) or not 400 <= answer.status < 500:
        return lost(asking, detail)
    return Refused(say("{host} refuses this post as it is. Change the notice, then try again.", host=host), detail)


def lost(asking: Asking, detail: str = "") -> NetworkFault:
    """No answer that tells what happened: only what speaks in public may have done something."""
    if asking.speaks:
        return Unsure(say("{host} did not say whether the post is out. Piquet looks first.", host=asking.host), detail)
    return unreachable(asking, detail)


def unreachable(asking: Asking, detail: str = "") -> Unreachable:
    """Nothing left us."""
    message = say("{host} cannot be reached at the moment. Check its name and the connection.", host=asking.host)
    return Unreachable(message, detail)


def words(answer: Answer, secrets: Iterable[str]) -> str:
    """The server's own explanation, fit to be shown."""
    try:
        body = json.loads(answer.text)
    except ValueError:
        body = None
    told = body.get("error_description") or body.get("error") if isinstance(body, dict) else None
    return scrub(f"{answer.status} {told or ''}", secrets)


def _asked(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds: Retry-After (GoToSocial when busy), else the reset of the budget, measured on the server's own clock."""
    spelt = {name.lower(): value for name, value in headers.items()}
    if "retry-after" in spelt:
        return retry_after(spelt["retry-after"], now)
    reset = _moment(spelt.get("x-ratelimit-reset", ""))
    return None if reset is None else (reset - (http_date(spelt.get("date", "")) or now)).total_seconds()


def _moment(value: str) -> datetime | None:
    """https://docs.joinmastodon.org/api/rate-limits/ says ISO 8601; some of the family give epoch seconds."""
    try:
        if value.isdigit():
            return datetime.fromtimestamp(int(value), UTC)
        moment = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
