# SPDX-License-Identifier: AGPL-3.0-or-later
"""What identifies an entry, put together from its elements in the order and with the preferences of feedparser."""

import re
from contextlib import suppress
from typing import NamedTuple
from xml.etree.ElementTree import Element

from relay.feeds.parse.vocabulary import ABOUT, Unclear

_LANGUAGE = frozenset({"lang", "{http://www.w3.org/XML/1998/namespace}lang"})
_TITLE_ATTRIBUTES = {"type": {"text", "html", "plain", "text/html", "text/plain"}, "mode": {"escaped", "xml"}}
_REREAD = {code: told for code in range(128, 160) if (told := bytes([code]).decode("cp1252", "ignore"))}
_FAULTY = re.compile("[\xc2-\xf4][\x80-\xbf]|[\x80-\x9f]")
_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")


class Trace(NamedTuple):
    """What identifies an entry, as it stands in the document.

    ``link`` may be relative; ``dates`` are published, updated and created, "" for one that is not said.
    """

    guid: str
    link: str
    title: str
    dates: tuple[str, str, str]


class Tracing:
    """An entry while it is read: ``hear`` each element that has a role, in order, then take the ``trace``."""

    def __init__(self, about: str | None) -> None:
        self._said: dict[str, str] = {"guid": about} if about else {}
        self._pages: list[str] = []
        self._others: list[str] = []
        self._guid_links: bool | None = None
        self._titles: list[tuple[str, int, str]] = []

    def hear(self, role: str, element: Element, depth: int = 1) -> None:
        """Take in an element without children, ``depth`` levels below the entry; raises Unclear."""
        match role:
            case "published" | "updated" | "created":
                self._said[role] = _text(element)
            case "title" | "media title":
                self._entitle(role, element, depth)
            case "link":
                self._link(element)
            case "guid":
                self._identify(element)
            case "aside":
                self._titles.append((role, 0, ""))
            case "origin" if role not in self._said and not element.keys():
                self._said[role] = _text(element)
            case _:
                raise Unclear

    def trace(self) -> Trace:
        """The whole."""
        said = self._said.get
        return Trace(
            guid=said("guid", ""),
            link=said("origin") or self._address(),
            title=self._titles[0][2] if len(self._titles) == 1 else _title(self._titles),
            dates=(said("published", ""), said("updated", ""), said("created", "")),
        )

    def _entitle(self, role: str, element: Element, depth: int) -> None:
        for name, value in element.items():
            if name not in _LANGUAGE and value.lower() not in _TITLE_ATTRIBUTES.get(name.lower(), ()):
                raise Unclear
        self._titles.append((role, depth, _text(element)))

    def _link(self, element: Element) -> None:
        said = _attributes(element)
        if not said:
            self._said["link"] = text = _text(element)
            if text:
                self._pages.append(_REFERENCE.sub(r"&\1", text.replace("&amp;", "&")) if "&" in text else text)
            return
        href = said.get("href")
        if not href or "url" in said or "uri" in said or any(name[0] == "{" for name in said):
            raise Unclear
        if said.get("rel", "alternate").lower() == "alternate":
            pages = "html" in said.get("type", "html").lower()
            (self._pages if pages else self._others).append(href)

    def _identify(self, element: Element) -> None:
        said = _attributes(element)
        if self._guid_links is not None or any(name[0] == "{" for name in said):
            raise Unclear
        self._guid_links = said.get("ispermalink", "true") == "true"
        self._said["guid"] = _text(element)

    def _address(self) -> str:
        """The first page, else the first alternate, else the guid, if it is a link and the entry has no other."""
        if self._pages or self._others:
            return (self._pages or self._others)[0]
        guid = self._said.get("guid", "")
        stands_in = self._guid_links and "link" not in self._said and guid.startswith(("http", "/"))
        return guid if stands_in else ""


def about(element: Element) -> str | None:
    """The id that an entry of RSS 1.0 has; raises Unclear for others of feedparser's meaningful attributes."""
    for name, _ in element.items():
        if name != ABOUT and name.rpartition("}")[2].lower() in ("about", "href", "lastmod"):
            raise Unclear
    return element.get(ABOUT)


def _attributes(element: Element) -> dict[str, str]:
    return {name.lower(): value for name, value in element.items() if name not in _LANGUAGE} if element.keys() else {}


def _title(titles: list[tuple[str, int, str]]) -> str:
    """Of several titles the least deep counts, of those as deep the first that has words."""
    found, found_at, shut = "", 0, 0  # titles at least as deep as ``shut`` are not looked at
    for role, depth, text in titles:
        if role == "aside":
            shut = 0
            continue
        if not 0 < shut <= depth and not 0 < found_at < depth:
            found, found_at = text, depth
        if text and role == "title":
            shut = depth
    return found


def _text(element: Element) -> str:
    """The text without the two faults that feedparser mends: UTF-8 encoded twice, and windows-1252 in disguise."""
    text = (element.text or "").strip()
    if text.isascii() or not _FAULTY.search(text):
        return text
    with suppress(UnicodeError):  # no such fault
        text = text.encode("iso-8859-1").decode("utf-8")
    return text.translate(_REREAD)
