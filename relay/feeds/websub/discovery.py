# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which hub pushes a feed, and under which name. Pure. https://www.w3.org/TR/websub/#discovery"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from relay.feeds.parse.text import absolute
from relay.terms import Document

_TARGET = re.compile(r"[\s,]*<([^>]*)>")
# A parameter of a link, https://www.rfc-editor.org/rfc/rfc8288#section-3; no part can match in two ways.
_PARAMETER = re.compile(r'\s*;\s*([^\s;,="<>]*)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?')


@dataclass(frozen=True)
class Announced:
    """``hub``: whom to ask, ``topic``: for what; "" where unsaid."""

    hub: str = ""
    topic: str = ""


def in_headers(headers: Sequence[str], address: str) -> Announced:
    """What the ``Link`` headers of an answer from ``address`` announce; of several hubs one with TLS, or the first."""
    found: dict[str, list[str]] = {"hub": [], "self": []}
    for header in headers:
        for target, rels in _links(header):
            for rel in rels & found.keys():
                found[rel].append(absolute(target, address))
    return Announced(_best(found["hub"]), next(filter(None, found["self"]), ""))


def in_document(document: Document) -> Announced:
    """What the feed itself announces."""
    return Announced(document.hub, document.topic)


def announced(headers: Announced, document: Announced) -> Announced:
    """Headers come first; where they name the hub only, the feed may still say its name."""
    return Announced(headers.hub or document.hub, headers.topic or document.topic)


def _best(hubs: Sequence[str]) -> str:
    named = [hub for hub in hubs if hub]
    return next((hub for hub in named if hub.startswith("https:")), named[0] if named else "")


def _links(header: str) -> Iterator[tuple[str, set[str]]]:
    """Target and relations of each link; a link about another page (``anchor``) is none of ours."""
    at = 0
    while target := _TARGET.match(header, at):
        at = target.end()
        parameters: dict[str, str] = {}
        while parameter := _PARAMETER.match(header, at):
            at = parameter.end()
            name, quoted, bare = parameter.groups()
            value = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            parameters.setdefault(name.lower(), value or "")  # of several, the first counts
        if "anchor" not in parameters:
            yield target[1].strip(), set(parameters.get("rel", "").lower().split())
        at = header.find(",", at) + 1 or len(header)
