# SPDX-License-Identifier: AGPL-3.0-or-later
"""One spelling for the many names of one article: with or without https, www, AMP, session, tracking, fragment. Pure.

The result is for comparing only; the address as read is what is shown and linked.
"""

import re
from functools import lru_cache
from unicodedata import normalize
from urllib.parse import quote, unquote, urlsplit

_HOST_PREFIXES = ("www.", "m.", "mobile.", "amp.")
_LAST_PARTS = ("/index.html", "/index.htm", "/index.php", "/amp")
_TRACKING_PREFIXES = (
    *("utm_", "mtm_", "at_", "hsa_", "pk_", "itm_", "mc_", "ns_", "wt.", "wt_", "sr_share"),
    *("_ga", "_hs", "gaa_", "guce", "oly_", "vero_"),
)
_TRACKING = frozenset(
    {
        *("fbclid", "gclid", "dclid", "yclid", "msclkid", "twclid", "cmp", "cmpid", "icid", "cid", "ito", "smid"),
        *("xtor", "rss", "ref", "ref_src", "source", "traffic_source", "partner", "feed", "taid", "ncid"),
        *("gbraid", "wbraid", "srsltid", "ttclid", "li_fat_id", "igsh", "igshid", "mkt_tok", "ocid", "s_cid", "_gl"),
        *("amp", "outputtype"),
        *("phpsessid", "jsessionid", "sessionid", "session_id", "cfid", "cftoken"),
    }
)
_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;?#]*", re.IGNORECASE)
_TOKEN = re.compile(r"[0-9a-z]{16,}", re.IGNORECASE)  # a story's number is shorter
_UUID = re.compile(r"(?:urn:uuid:)?\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?", re.IGNORECASE)


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


def is_front_page(normalised: str) -> bool:
    """Whether a normalised address is a whole site: what links there has no page of its own."""
    return "/" not in normalised and "?" not in normalised


def last_part(normalised: str) -> str:
    """The end of the path of a normalised address: its slug, or ""."""
    return normalised.partition("?")[0].partition("/")[2].rpartition("/")[2]


def universal(guid: str) -> str:
    """A guid that is unique by its making (a web address, ``urn:``, ``tag:``, a UUID) in one spelling; else ``""``."""
    if found := _UUID.fullmatch(guid):
        return found[1].lower()
    kind, name = guid.partition(":")[0].lower(), normalise(guid)
    if kind in ("http", "https"):
        return "" if is_front_page(name) else name
    return name if kind in ("urn", "tag") else ""


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
        return host.lower()  # urlsplit stops at a percent sign


def _path(path: str) -> str:
    plain = normalize("NFC", unquote(_SESSION.sub("", path), errors="surrogateescape"))
    parts = [part for part in quote(plain, errors="surrogateescape").split("/") if part]
    if len(parts) > 1 and parts[0] == "amp":
        del parts[0]
    short = "".join(f"/{part}" for part in parts)
    for last in _LAST_PARTS:
        short = short.removesuffix(last)
    return short


def _query(query: str) -> str:
    pairs = query.replace("&amp;", "&").split("&")
    return "&".join(sorted(pair for pair in pairs if pair and not _tells_nothing(*pair.partition("=")[::2])))


def _tells_nothing(name: str, value: str) -> bool:
    """Whether a parameter is about the reader, not about the page."""
    name = name.lower()
    if name == "sid":
        return _TOKEN.fullmatch(value) is not None
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)
