# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fuzz target: what Link headers announce leads to the web, and no push passes whose signature is not ours."""

import hmac
from urllib.parse import urlsplit

from relay.feeds.websub.discovery import in_headers
from relay.feeds.websub.signature import signed_with

ADDRESS = "https://gazette.example/feed"


def check(data: bytes) -> None:
    """The lines are headers, of links and of signatures."""
    headers = data.decode("utf-8", "surrogateescape").split("\n")
    found = in_headers(headers, ADDRESS)
    for link in (found.hub, found.topic):
        assert not link or (urlsplit(link).scheme in ("http", "https") and urlsplit(link).hostname)
    given = "".join("".join(headers).lower().split())
    for body in (b"", data):
        algorithm = signed_with(headers, "secret", body)
        assert not algorithm or f"{algorithm}={hmac.digest(b'secret', body, algorithm).hex()}" in given
        assert not signed_with(headers, "", body)
