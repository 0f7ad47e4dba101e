# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fuzz target: whatever an address looks like, it has one spelling, and what does not matter changes nothing of it."""

import re
from urllib.parse import urlsplit

from relay.feeds.identity.canonical import normalise


def check(data: bytes) -> None:
    """The whole is an address, in UTF-8 or something like it."""
    link = data.decode("utf-8", "surrogateescape").strip()
    one = normalise(link)
    assert one == normalise(f"  {link}\n")
    if any(c.isspace() or ord(c) < 32 for c in link):
        return  # no address that a reader lets through
    assert one == normalise(one)
    if _web(link):
        _indifferent(link, one)


def _indifferent(link: str, one: str) -> None:
    """To scheme, case of the host, tracking and fragment."""
    scheme, rest = link.split(":", 1)
    assert one == normalise(("http:" if scheme.lower() == "https" else "https:") + rest)
    host = re.split("[/?]", one)[0]
    assert host == host.lower()
    if "#" not in link:
        tracked = link + ("&" if "?" in link else "?") + "utm_source=lettre"
        assert one == normalise(f"{link}#commentaires") == normalise(tracked)


def _web(link: str) -> bool:
    try:
        return link.lower().startswith(("http://", "https://")) and bool(urlsplit(link).hostname)
    except ValueError:
        return False
