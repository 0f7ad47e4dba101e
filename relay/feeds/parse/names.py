# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the names that an XML parser tells to the keys of feedparser's handlers, where they can be told for sure."""

import re

from relay.feeds.parse.vocabulary import PREFIXES, Kind, Unclear, kind

_CUSTOMARY = frozenset(PREFIXES.values()) - {""}
_OF_A_FORMAT = re.compile(r"(?:a|atom|feed|rss)\d*")


class Names(dict[str, Kind]):
    """What the elements of one document are to feedparser, by name: ``{namespace}local``, or ``local``.

    feedparser never forgets a prefix and looks namespaces up by it a second time: what it makes of a name is certain
    only where a prefix means one namespace throughout, and the well-known ones have their customary prefix.
    """

    def __init__(self) -> None:
        super().__init__()
        self._bound: dict[str, str] = {}
        self._own: dict[str, str] = {}

    def declare(self, prefix: str, uri: str) -> None:
        """Take note of a declaration ("": the default); raises Unclear if it makes the document's names uncertain."""
        if not uri:
            return
        known = _known(uri)
        if known is None:
            self._declare_own(prefix, uri)
        elif prefix and not (prefix == known if known else _OF_A_FORMAT.fullmatch(prefix)):
            raise Unclear
        if prefix and self._bound.setdefault(prefix, uri) != uri:
            raise Unclear

    def _declare_own(self, prefix: str, uri: str) -> None:
        if prefix.lower() in _CUSTOMARY or uri.split() != [uri] or self._own.setdefault(uri, prefix) != prefix:
            raise Unclear

    def __missing__(self, name: str) -> Kind:
        uri, _, local = name[1:].rpartition("}") if name[0] == "{" else ("", "", name)
        prefix = _known(uri) if uri else ""
        own = prefix is None
        prefix = self._own.get(uri, "") if prefix is None else prefix
        found = kind((f"{prefix}_{local}" if prefix else local).lower())
        if own and not prefix and found.handled:  # in a default namespace of its own it may have yet another name
            found = Kind(found.key, sound=False)
        return self.setdefault(name, found)


def _known(uri: str) -> str | None:
    lower = uri.lower()
    return "" if "backend.userland.com/rss" in lower else PREFIXES.get(lower)
