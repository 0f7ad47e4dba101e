# SPDX-License-Identifier: AGPL-3.0-or-later
"""Names of lanes: stretches of work that are done in order and paced together."""

from urllib.parse import urlsplit

STRIKES = "strikes"
ALERTS = "alerts"
FEED = "feed/"
NET = "net/"


def of_feed(address: str) -> str:
    """Feeds of one host share a lane, so that nobody is asked by us from two sides at once."""
    return FEED + _host(address)


def of_account(network: str, address: str) -> str:
    """Accounts on one host share a lane; ``address`` is the account's public page or its server."""
    return f"{NET}{network}/{_host(address)}"


def _host(address: str) -> str:
    parts = urlsplit(address)
    return parts.netloc.rpartition("@")[2].lower() or address
