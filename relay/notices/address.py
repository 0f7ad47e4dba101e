# SPDX-License-Identifier: AGPL-3.0-or-later
"""The address of an article or of a strike fund, written so that every network takes the whole of it."""

from urllib.parse import quote, urlsplit

import regex

from relay.faults import Invalid
from relay.i18n import say

_UNSAFE = regex.compile(r"[\s\p{Cc}\p{Cf}\p{Cs}\"<>«»“”「」…\\^`{|}]|%(?![0-9A-Fa-f]{2})")
# Mastodon looks for mentions and tags in addresses too, unless a word, "/" or "=" stands before the sign.
_MENTION_LIKE = regex.compile(r"(?<![\w=/])@")
_TAG_LIKE = regex.compile(r"[^\p{L}\p{N}/=)](?=#)")
_PARENTHESES = regex.compile(r"[()]")
_BALANCED = regex.compile(r"(?:[^()]|\([^()]+\))*")
# The last character of an address as Mastodon reads it: punctuation there is taken for the sentence's.
_PATH_END = regex.compile(r"[\p{L}\p{N}/_#)-]\Z")
_QUERY_END = regex.compile(r"[\p{L}\p{N}/_#&=-]\Z")


def address(text: str) -> str:
    """``text`` as an http(s) address without white space, controls or anything a network would cut off.

    The host stays as given, international names too. What is changed is percent-encoding, which servers read alike.
    Raises Invalid if it is no address, or if it carries a user name or password.
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or _UNSAFE.search(parts.netloc):
        raise Invalid(say("“{link}” is not a web address; give one that begins with https://", link=text[:200]))
    if "@" in parts.netloc:
        raise Invalid(say("The address holds a user name or password; give it without: https://{host}/…", host=host))
    rest = parts.path + (f"?{parts.query}" if parts.query else "") + (f"#{parts.fragment}" if parts.fragment else "")
    return f"{parts.scheme}://{parts.netloc}{_whole(rest)}"


def shown(link: str, most: int = 30) -> str:
    """``link`` as a reader may see it where the whole address lies behind it: the host and the end of the path."""
    parts = urlsplit(link)
    host = parts.netloc.removeprefix("www.")
    tail = parts.path.rstrip("/").rpartition("/")[2]
    if parts.path.count("/") <= 1 and not parts.query and len(tail) <= most:
        return f"{host}/{tail}".rstrip("/")
    return f"{host}/…{tail}" if tail and len(tail) <= most else f"{host}/…"


def _whole(rest: str) -> str:
    """What follows the host, encoded so that nothing in it ends the address early."""
    rest = _TAG_LIKE.sub(_percent, _MENTION_LIKE.sub(_percent, _UNSAFE.sub(_percent, rest)))
    path, _, query = rest.rstrip("?#").partition("?")
    path = _closed(path, _PATH_END)
    return f"{path}?{_closed(query, _QUERY_END)}" if query else path


def _closed(part: str, end: "regex.Pattern[str]") -> str:
    if not part:
        return part
    if not _BALANCED.fullmatch(part) or (part[-1] == ")" and not end.search(part)):
        part = _PARENTHESES.sub(_percent, part)
    return part if end.search(part) else part[:-1] + _code(part[-1])


def _percent(found: "regex.Match[str]") -> str:
    return _code(found.group())


def _code(sign: str) -> str:
    """``quote`` leaves letters, digits and ``_.-~`` alone; here even these are meant to be encoded."""
    coded = quote(sign, safe="", errors="replace")
    return coded if coded != sign else f"%{ord(sign):02X}"
