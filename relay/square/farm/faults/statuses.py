# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answers that are no feed: errors, walls against robots, requests for patience."""

from collections.abc import Callable
from datetime import timedelta

from relay.square.farm.answer import Answer
from relay.square.farm.faults.fault import Fault, Scene
from relay.square.farm.validators import http_date

WAIT = 120  # s
UNSAID = 60.0  # s a good reader waits after a 429 that does not say how long
LONGEST = 48 * 3600.0  # s that a good reader lets itself be sent away for

_HTML = "text/html; charset=utf-8"
_CHALLENGE = "<!DOCTYPE html><html><head><title>Just a moment…</title></head><body>Checking your browser</body></html>"
_BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502</h1></center></body></html>"


def _says(status: int, page: str = "") -> Callable[[Scene], Answer]:
    answer = Answer(status, {"Content-Type": _HTML}, page.encode())
    return lambda scene: answer


def _sends_away(status: int, wait: float, *, told: str | None = None) -> Callable[[Scene], Answer]:
    """``told``: what Retry-After says instead of the seconds; "" for no such header."""
    header = str(int(wait)) if told is None else told
    answer = Answer(status, {"Retry-After": header} if header else {}, wait=wait)
    return lambda scene: answer


def _until(scene: Scene) -> Answer:
    moment = int((scene.now + timedelta(seconds=WAIT)).timestamp())
    return Answer(429, {"Retry-After": http_date(moment)}, wait=WAIT)


_SPACES = "Leaves the whole host alone for that long."

STATUSES = (
    Fault("error-500", "Answers 500.", "Asks again later, further and further apart.", answer=_says(500)),
    Fault("error-502", "Answers 502 with a page.", "The same; never reads the page.", answer=_says(502, _BAD_GATEWAY)),
    Fault("forbidden-403", "A wall against robots: 403.", "Says so to a person.", answer=_says(403, _CHALLENGE)),
    Fault("wall-200", "The same wall, called 200.", "Finds no feed in it, says so.", answer=_says(200, _CHALLENGE)),
    Fault("not-found-404", "Answers 404.", "Takes it for an error, asks again later.", answer=_says(404)),
    Fault("gone-410", "Answers 410.", "Believes it after three times over a day, then stops.", answer=_says(410)),
    Fault("throttled-seconds", f"429, Retry-After: {WAIT}.", _SPACES, answer=_sends_away(429, WAIT)),
    Fault("throttled-date", "429, Retry-After as a date.", _SPACES, answer=_until),
    Fault("throttled-bare", "429 without Retry-After.", "Waits a minute.", answer=_sends_away(429, UNSAID, told="")),
    Fault(
        "throttled-absurd",
        "429 with a Retry-After of thirty years.",
        "Waits two days at most.",
        answer=_sends_away(429, LONGEST, told="999999999"),
    ),
    Fault(
        "throttled-nonsense",
        "429, Retry-After: soon.",
        "Waits as if none had been given.",
        answer=_sends_away(429, UNSAID, told="soon"),
    ),
    Fault("unavailable-503", f"503, Retry-After: {WAIT}.", "Waits that long.", answer=_sends_away(503, WAIT)),
    Fault("empty-200", "Answers 200 with nothing in it.", "Takes it for an error.", answer=_says(200)),
)
