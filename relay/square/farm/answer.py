# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was asked and what is answered, as values: as much of HTTP/1.1 as feeds use (RFC 9112)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import NamedTuple


class Asked(NamedTuple):
    """A request. ``headers``: names in lower case; ``host``: the address of ours it came to; ``base``: as a URL."""

    method: str
    path: str
    headers: Mapping[str, str]
    host: str
    base: str


def read(head: bytes, host: str, base: str) -> Asked:
    """A request's head up to its empty line. Raises ValueError where there is no request line."""
    first, *lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    method, path, _version = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Asked(method, path, headers, host, base)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. ``headers`` holds neither the length nor the date, which are added; ``wait``: seconds for which a
    good reader now leaves us alone; ``close``: the connection ends with it."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    wait: float = 0.0
    close: bool = False

    def having(self, body: bytes | None = None, **headers: str) -> "Answer":
        """The same with another body or other headers (Content_Type="…"); an empty one is left out."""
        kept = dict(self.headers) | {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={k: v for k, v in kept.items() if v}, body=self.body if body is None else body)

    def head(self, date: str, length: int | None = None) -> bytes:
        """Up to and with the empty line; ``length``: what is claimed instead of the true length, -1 for nothing."""
        claimed = len(self.body) if length is None else length
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}", f"Date: {date}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if claimed >= 0 and self.status != 304:
            lines.append(f"Content-Length: {claimed}")
        if self.close or claimed < 0:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
