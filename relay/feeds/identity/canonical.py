# SPDX-License-Identifier: AGPL-3.0-or-later
"""One spelling for the many addresses of one article: with or without https, www, AMP, tracking, fragment. Pure.

The result is for comparing only; the address as read is what is shown and linked.
"""

from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

_HOST_PREFIXES = ("www.", "m.", "amp.")
_LAST_PARTS = ("/index.html", "/index.htm", "/index.php", "/amp")
_TRACKING_PREFIXES = ("utm_", "mtm_", "at_", "hsa_", "pk_", "itm_", "mc_", "ns_", "wt.", "sr_share")
_TRACKING = frozenset(
    {
        *("fbclid", "gclid", "dclid", "yclid", "msclkid", "twclid", "cmp", "cmpid", "icid", "cid", "ito", "smid"),
        *("xtor", "rss", "ref", "ref_src", "source", "traffic_source", "partner", "feed", "taid", "ncid"),
    }
)


@lru_cache(maxsize=4096)
def normalise(link: str) -> str:
    """``host/path?query`` in one spelling; text that is no web address comes back trimmed."""
    try:
        parts = urlsplit(link.strip())
        host = parts.hostname or ""
    except ValueError:
        return link.strip()
    if parts.scheme not in ("http", "https") or not host:
        return link.strip()
    query = _query(parts.query)
    return _host(host) + _path(parts.path) + (f"?{query}" if query else "")


def _host(host: str) -> str:
    name = _ascii(host.rstrip("."))
    left = list(_HOST_PREFIXES)
    while found := next((each for each in left if name.startswith(each) and "." in name[len(each) :]), ""):
        name = name.removeprefix(found)
        left.remove(found)
    return name


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return host


def _path(path: str) -> str:
    parts = [
        part for part in quote(unquote(path, errors="surrogateescape"), errors="surrogateescape").split("/") if part
    ]
    short = "".join(f"/{part}" for part in parts)
    for last in _LAST_PARTS:
        short = short.removesuffix(last)
    return short


def _query(query: str) -> str:
    return "&".join(sorted(pair for pair in query.split("&") if pair and not _tracks(pair.partition("=")[0].lower())))


def _tracks(name: str) -> bool:
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)
