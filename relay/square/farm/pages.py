# SPDX-License-Identifier: AGPL-3.0-or-later
"""What stands around the feeds: a front page for each host, which names them, and a page for each article. Pure."""

from collections.abc import Iterable
from html import escape

from relay.square.farm.answer import Answer

_HTML = {"Content-Type": "text/html; charset=utf-8"}


def front(feeds: Iterable[str]) -> Answer:
    """A page whose head names feeds by their addresses."""
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{escape(each)}">' for each in feeds)
    return _page("Une", links, "<p>À la une</p>")


def article(title: str, summary: str) -> Answer:
    """The page of an article."""
    return _page(title, "", f"<p>{escape(summary)}</p>")


def missing() -> Answer:
    """There is nothing here."""
    return Answer(404, _HTML, b"<!DOCTYPE html><title>404</title>")


def _page(title: str, head: str, body: str) -> Answer:
    text = f'<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>{escape(title)}</title>{head}</head>'
    return Answer(200, _HTML, f"{text}<body><h1>{escape(title)}</h1>{body}</body></html>".encode())
