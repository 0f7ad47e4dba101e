# SPDX-License-Identifier: AGPL-3.0-or-later
"""What may be ordered of a look-alike, as keywords in Python and as keys in JSON, and how an order is read."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, TypedDict, cast, get_args

from relay.faults import Invalid
from relay.i18n import say
from relay.square.fault_throttles import THROTTLES, Throttle, throttled

PAGE = "<!DOCTYPE html><html><head><title>Just a moment…</title></head><body>Checking your browser</body></html>"
EXAMPLE = '{"path": "/statuses$", "status": 503, "times": 2}'
LONGEST = 31_536_000  # s, a year

Drop = Literal["", "before", "after", "middle"]


class Order(TypedDict, total=False):
    """A fault for the next ``times`` requests (1 unless said) by ``method`` (POST; ``*`` for any) whose path ``path``,
    a regular expression, is found in.

    What is answered instead, and nothing carried out: ``status``, ``headers``, ``body`` (text goes out as it is, all
    else as JSON, "" is an empty body); ``html``: a page, as a wall against robots shows; ``throttle``: a 429 that asks
    us to wait ``wait`` seconds (60) in one of the forms ``seconds``, ``date``, ``absent``, ``absurd``, ``mastodon``,
    ``bluesky``. Where no status is given it is 200.

    What becomes of the true answer: ``truncated``: only its first half comes, as if that were all; ``content_type``:
    it is called what it is not.

    What becomes of the connection: ``drop``: cut without an answer ``before`` or ``after`` the request was carried
    out, or reset in the ``middle`` of the true answer.

    When, and how often, the request is carried out: ``delay``: wait so many seconds first; ``carried_out``: do what was
    asked although the answer denies it (a 502 from a proxy that lost patience); ``twice``: do it two times (a proxy
    that repeats); ``late``: give the answer, or the cut, now, and do what was asked so many seconds later.
    """

    path: str
    method: str
    times: int
    status: int
    headers: Mapping[str, str]
    body: object
    content_type: str
    html: bool
    throttle: Throttle
    wait: float
    truncated: bool
    drop: Drop
    delay: float
    carried_out: bool
    twice: bool
    late: float


@dataclass
class Planned:
    """One planned fault; see ``Order``. ``times`` counts down."""

    path: str = ""
    method: str = "POST"
    times: int = 1
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    content_type: str = ""
    html: bool = False
    throttle: Throttle = ""
    wait: float = 60.0
    truncated: bool = False
    drop: Drop = ""
    delay: float = 0.0
    carried_out: bool = False
    twice: bool = False
    late: float = 0.0

    def fits(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in ("*", method) and re.search(self.path, path) is not None

    @property
    def answers(self) -> bool:
        """Whether it gives an answer of its own, rather than the true one."""
        return bool(self.status or self.html or self.throttle or self.body is not None)

    @property
    def acts(self) -> bool:
        """Whether what was asked is carried out now."""
        denied = self.answers or self.drop == "before"
        return not self.late and (self.carried_out or self.twice or not denied)

    def answer(self) -> tuple[int, str, str]:
        """The status, the content type and the text it answers with."""
        kind, body = self.content_type or "application/json", self.body
        if self.html:
            return self.status or 200, "text/html", PAGE
        if self.throttle:
            body = THROTTLES[self.throttle] if body is None else body
            return self.status or 429, kind, body if isinstance(body, str) else json.dumps(body)
        if isinstance(body, str):
            return self.status or 200, kind, body
        return self.status or 200, kind, json.dumps(body if body is not None else {})

    def told(self, now: datetime) -> dict[str, str]:
        """The headers it answers with."""
        return {**throttled(self.throttle, self.wait, now), **self.headers}


def read(data: bytes) -> list[Order]:
    """The faults ordered: one JSON object, or a list of them. Raises Invalid with what to write instead."""
    try:
        given = json.loads(data)
    except ValueError:
        given = None
    orders = given if isinstance(given, list) else [given]
    if not orders or not all(isinstance(each, dict) for each in orders):
        raise Invalid(say("A fault is ordered as JSON: write one such as {example}, or a list.", example=EXAMPLE))
    return [_checked(each) for each in orders]


def listed(fault: Planned) -> dict[str, Any]:
    """The order as it stands, without what was not said."""
    plain = asdict(Planned())
    return {name: value for name, value in asdict(fault).items() if value != plain[name] or name == "times"}


def _checked(given: Mapping[str, Any]) -> Order:
    for name, value in given.items():
        if name not in RULES:
            raise Invalid(say("There is no “{name}” in a fault: write one of {known}.", name=name, known=_words(RULES)))
        allows, instead = RULES[name]
        if not allows(value):
            shown = json.dumps(value, ensure_ascii=False)
            raise Invalid(say("{name} cannot be {value}; write {instead}.", name=name, value=shown, instead=instead))
    fault = Planned(**given)
    if not DOES.intersection(given):
        raise Invalid(say("This fault changes nothing: add one of {known}.", known=_words(DOES)))
    if fault.late and not (fault.answers or fault.drop == "before"):
        raise Invalid(say("What comes late needs an answer for now: add a status, html, a body or a drop before."))
    return cast(Order, given)


def _words(names: Mapping[str, Any] | frozenset[str]) -> str:
    return ", ".join(sorted(names))


def _number(least: float, most: float) -> Callable[[Any], bool]:
    return lambda value: type(value) in (int, float) and math.isfinite(value) and least <= value <= most


def _whole(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _one_of(*words: str) -> Callable[[Any], bool]:
    return lambda value: value in words


def _text(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _is_pattern(value: Any) -> bool:
    try:
        return isinstance(value, str) and re.compile(value) is not None
    except re.error:
        return False


def _are_headers(value: Any) -> bool:
    name, line = _text(r"[A-Za-z0-9-]+"), _text(r"[\x20-\x7e]*")
    return isinstance(value, dict) and all(name(each) and line(value[each]) for each in value)


_FLAG = (lambda value: isinstance(value, bool), "true")
_SECONDS = (_number(0, LONGEST), "2.5")

RULES: Mapping[str, tuple[Callable[[Any], bool], str]] = MappingProxyType(
    {
        "path": (_is_pattern, '"/statuses$"'),
        "method": (_text(r"\*|[A-Z]+"), '"POST"'),
        "times": (_whole(1, 1_000_000), "2"),
        "status": (_whole(200, 599), "503"),
        "headers": (_are_headers, '{"Retry-After": "30"}'),
        "body": (lambda value: value is not None, '{"error": "no"}'),
        "content_type": (_text(r"[a-z]+/[a-z0-9.+-]+"), '"text/plain"'),
        "html": _FLAG,
        "throttle": (_one_of(*get_args(Throttle)[1:]), '"seconds"'),
        "wait": _SECONDS,
        "truncated": _FLAG,
        "drop": (_one_of(*get_args(Drop)[1:]), '"after"'),
        "delay": _SECONDS,
        "carried_out": _FLAG,
        "twice": _FLAG,
        "late": _SECONDS,
    }
)
DOES = frozenset(RULES) - {"path", "method", "times", "wait", "headers", "carried_out"}
