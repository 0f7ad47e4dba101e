# SPDX-License-Identifier: AGPL-3.0-or-later
"""Names of lanes: stretches of work that are done in order and paced together."""

from urllib.parse import urlsplit
from zlib import crc32

STRIKES = "strikes"
ALERTS = "alerts"
HUBS = "hubs"
FEED = "feed/"
NET = "net/"
WARDS = 8  # lanes of feeds: so many machines may share them, and one machine drains them all with few statements


def of_feed(address: str) -> str:
    """The ward of the feed's host. Feeds of one host share it, so that nobody is asked by us from two sides at once."""
    return f"{FEED}{crc32(host(address).encode()) % WARDS:02d}"


def of_account(network: str, address: str) -> str:
    """Accounts on one host share a lane; ``address`` is the account's public page or its server."""
    return f"{NET}{network}/{host(address)}"


def host(address: str) -> str:
    """The server an address names, with its port if that is unusual."""
    parts = urlsplit(address)
    return parts.netloc.rpartition("@")[2].lower() or address
