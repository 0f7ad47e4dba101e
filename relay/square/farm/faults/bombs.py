# SPDX-License-Identifier: AGPL-3.0-or-later
"""Small documents that cost a careless parser seconds or gigabytes; each is made once."""

import gzip
from collections.abc import Callable
from functools import cache

from relay.square.farm.answer import Answer
from relay.square.farm.faults.fault import Fault, Scene

ITEMS = 300_000
DEPTH = 200_000
LONG_WORD = 32_000  # characters

_ITEM = "<item><title>Un</title><link>http://127.0.0.1/un</link><guid>un</guid>{}</item>"


def _feed(inside: str, doctype: str = "") -> bytes:
    head = f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<rss version="2.0"><channel><title>Bombe</title>'
    return f"{head}{inside}</channel></rss>".encode()


@cache
def _laughs() -> bytes:
    """https://en.wikipedia.org/wiki/Billion_laughs_attack"""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return _feed(_ITEM.format("<description>&l9;</description>"), f'<!DOCTYPE rss [<!ENTITY l0 "lol">{entities}]>')


@cache
def _foreign_entity() -> bytes:
    doctype = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return _feed(_ITEM.format("<description>&x;</description>"), doctype)


@cache
def _long_author() -> bytes:
    """feedparser looks for an address in it, in quadratic time (https://github.com/kurtmckee/feedparser/issues/562)."""
    return _feed(_ITEM.format(f"<author>{'a' * LONG_WORD}</author>"))


@cache
def _deep() -> bytes:
    return _feed(_ITEM.format("<b>" * DEPTH + "</b>" * DEPTH))


@cache
def _many() -> bytes:
    return gzip.compress(_feed("".join(f"<item><guid>{n}</guid></item>" for n in range(ITEMS))), 6)


@cache
def _long_title() -> bytes:
    return _feed(_ITEM.format("").replace("Un", "Un " * 700_000, 1))


def _sends(body: Callable[[], bytes], encoding: str = "") -> Callable[[Scene], Answer]:
    headers = {"Content-Type": "application/rss+xml; charset=utf-8"}
    if encoding:
        headers["Content-Encoding"] = encoding
    return lambda scene: Answer(200, headers, body())


_REFUSES = "Refuses it within seconds, in a process that may be killed."

BOMBS = (
    Fault("billion-laughs", "Entities in entities, 3 GB once written out.", _REFUSES, answer=_sends(_laughs)),
    Fault("foreign-entity", "An entity that names a file of the reader's.", _REFUSES, answer=_sends(_foreign_entity)),
    Fault("regex-bomb", "An author of 32,000 letters.", _REFUSES, answer=_sends(_long_author)),
    Fault("deep-nesting", "Tags 200,000 deep.", _REFUSES, answer=_sends(_deep)),
    Fault("many-items", "300,000 items in 1 MB of gzip.", "Reads the newest 2,000.", answer=_sends(_many, "gzip")),
    Fault("long-title", "A title of 2 MB.", "Cuts it.", answer=_sends(_long_title)),
)
