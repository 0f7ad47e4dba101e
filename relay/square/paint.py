# SPDX-License-Identifier: AGPL-3.0-or-later
"""The square in HTML: a front page, two timelines, a day. Pure; whatever comes from a feed or a post is escaped.

Each part is a row of elements with a ``data-key``, so that the page can tell what is new from what has moved.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from relay.i18n import _, say, spoken
from relay.notices.address import shown
from relay.square.press import Piece
from relay.square.seen import PublicPost
from relay.terms import Window

TITLES = {"mastodon": "Mastodon", "bluesky": "Bluesky"}
_LONGEST = 30  # characters of an address that Mastodon shows
_ICONS = {
    "reply": "M9 5 3 11l6 6v-4c5 0 9 1 12 6-1-8-6-11-12-11z",
    "boost": "M7 3 2 8.5h3.5V18H15l-2.5-2.5H8v-7h4zm10 18 5-5.5h-3.5V6H9l2.5 2.5H16v7h-4z",
    "like": "M12 20C5 15 3 12 3 8.5a4.5 4.5 0 0 1 9-1 4.5 4.5 0 0 1 9 1C21 12 19 15 12 20z",
    "pin": "M8 3h8l-1 7 3 3v2h-5l-1 6-1-6H6v-2l3-3z",
}


@dataclass(frozen=True)
class Sight:
    """The square at one moment. ``pieces``: each with the moment it appeared; ``verdict``: the count once it is over,
    else "". ``begins`` and ``ends`` bound the day that is shown.
    """

    now: datetime
    begins: datetime
    ends: datetime
    window: Window
    name: str
    pieces: Sequence[tuple[Piece, datetime]]
    posts: Sequence[PublicPost]
    verdict: str = ""


def document(sight: Sight, zone: str) -> str:
    """The whole page, as it stands; without JavaScript it reloads itself until the end."""
    part = parts(sight, zone)
    banner, front = _("Demonstration: nothing leaves this machine."), _("The newsroom’s front page")
    again = "" if sight.verdict else '<noscript><meta http-equiv="refresh" content="2"></noscript>'
    columns = "".join(_column(name, title, part[name]) for name, title in TITLES.items())
    return (
        f'<!DOCTYPE html><html lang="{spoken()}"><head><meta charset="utf-8">'
        f"<title>{escape(sight.name)} · Piquet</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="/static/icon.svg"><link rel="stylesheet" href="/static/page.css">'
        f'<script src="/static/page.js" defer></script>{again}</head>'
        "<body>"
        f'<p class="banner"><b>Piquet</b> {escape(banner)}</p>'
        f'<header id="head">{part["head"]}</header><main>'
        f'<section class="press" lang="fr"><div class="masthead"><h2>{escape(sight.name)}</h2>'
        f"<p>{escape(front)}</p></div>"
        f'<div class="list" id="press">{part["press"]}</div></section>{columns}</main></body></html>'
    )


def parts(sight: Sight, zone: str) -> Mapping[str, str]:
    """What changes as time goes by: ``head``, ``press`` and each network's timeline."""
    place = ZoneInfo(zone)
    timelines = {name: _timeline(name, sight, place) for name in TITLES}
    return {"head": _head(sight, place), "press": _front(sight, place), **timelines}


def body(post: PublicPost) -> str:
    """A post's text with what its network made clickable, and nothing else, as links."""
    targets = {f"#{tag}": "" for tag in post.hashtags}
    for link in post.links:
        targets |= {shown(link): link, link: link}
    if not targets:
        return _lines(post.text)
    longest_first = sorted(targets, key=len, reverse=True)
    found = re.split("(" + "|".join(map(re.escape, longest_first)) + ")", post.text)
    return "".join(_clickable(each, targets[each]) if each in targets else _lines(each) for each in found)


def _clickable(words: str, link: str) -> str:
    if words.startswith("#"):
        return f'<span class="tag">{escape(words)}</span>'
    bare = words.partition("://")[2] or words
    label = bare if len(bare) <= _LONGEST else f"{bare[:_LONGEST]}…"
    return _anchor(link, escape(label))


def _anchor(link: str, label: str, kind: str = "") -> str:
    """A link to the square's own newsroom; an address that is not on the web stays text."""
    if urlsplit(link).scheme not in ("http", "https"):
        return label
    return f'<a href="{escape(link)}" class="{kind}" target="_blank" rel="noopener noreferrer">{label}</a>'


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _head(sight: Sight, place: ZoneInfo) -> str:
    said = sight.verdict or str(_standing(sight))
    inside = [piece for piece, appeared in sight.pieces if _inside(sight.window, appeared)]
    links = {piece.link for piece, _at in sight.pieces}
    answers = {name: [post for post in sight.posts if post.network == name and links & _links(post)] for name in TITLES}
    counts = [(_("articles"), len(inside)), *((title, len(answers[name])) for name, title in TITLES.items())]
    figures = "".join(f"<li><b>{n}</b> {escape(name)}</li>" for name, n in counts)
    phase = "on" if _inside(sight.window, sight.now) else "off"
    return (
        f'<p class="clock" data-key="clock"><time>{_time(sight.now, place)}</time></p>'
        f'<p class="phase {phase}" data-key="phase">{escape(said)}</p>'
        f'<ul class="figures" data-key="figures">{figures}</ul>'
        f'<div class="day" data-key="day">{_day(sight)}<p><span>{_time(sight.window.opens, place)}</span>'
        f"<span>{_time(sight.window.closes, place)}</span></p></div>"
    )


def _standing(sight: Sight) -> object:
    if sight.now < sight.window.opens:
        return say("The strike begins soon: nothing is posted yet.")
    if sight.now < sight.window.closes:
        return say("On strike: every article gets one notice.")
    return say("The strike is over: nothing more is posted.")


def _day(sight: Sight) -> str:
    """The day as a band: the window in colour, a stroke an article, and where we are."""

    def x(moment: datetime) -> float:
        share = (moment - sight.begins) / (sight.ends - sight.begins)
        return round(1000 * min(max(share, 0), 1), 1)

    opens, closes, now = x(sight.window.opens), x(sight.window.closes), x(sight.now)
    answers = _answers(sight.posts)
    strokes = "".join(
        f'<rect x="{x(appeared)}" y="5" width="3" height="12" class="{"said" if piece.link in answers else "silent"}"/>'
        for piece, appeared in sight.pieces
        if appeared >= sight.begins
    )
    return (
        '<svg viewBox="0 0 1000 22" preserveAspectRatio="none" aria-hidden="true">'
        '<rect y="5" width="1000" height="12" class="rest"/>'
        f'<rect x="{opens}" y="5" width="{closes - opens:.1f}" height="12" class="window"/>'
        f'<rect x="{opens}" y="5" width="{max(min(now, closes) - opens, 0):.1f}" height="12" class="past"/>{strokes}'
        f'<rect x="{now - 1.5}" width="3" height="22" class="now"/></svg>'
    )


def _front(sight: Sight, place: ZoneInfo) -> str:
    answers = _answers(sight.posts)
    return "".join(_story(piece, appeared, sight, answers, place) for piece, appeared in reversed(sight.pieces))


def _story(
    piece: Piece, appeared: datetime, sight: Sight, answers: Mapping[str, Sequence[str]], place: ZoneInfo
) -> str:
    networks, answered, outside = answers.get(piece.link, ()), _("answered"), _("outside the strike")
    dots = "".join(f'<i class="dot {name}" title="{TITLES[name]}"></i>' for name in TITLES if name in networks)
    if dots:
        note = f'<span class="said">{dots}{escape(answered)}</span>'
    elif _inside(sight.window, appeared):
        note = ""
    else:
        note = f'<span class="silent">{escape(outside)}</span>'
    title = _anchor(piece.link, escape(piece.title))
    return (
        f'<article class="story" data-key="{piece.number}">'
        f'<p class="kicker">{escape(piece.section)}<time>{_time(piece.published, place)}</time>{note}</p>'
        f"<h3>{title}</h3><p>{escape(piece.summary)}</p></article>"
    )


def _column(name: str, title: str, timeline: str) -> str:
    """A network's window, recognisable without its brand."""
    likeness = escape(str(say("a look-alike of {network}", network=title)))
    return (
        f'<section class="network {name}"><h2><i class="dot {name}"></i>{title} <small>{likeness}</small></h2>'
        f'<div class="list" id="{name}">{timeline}</div></section>'
    )


def _timeline(name: str, sight: Sight, place: ZoneInfo) -> str:
    mine = [post for post in reversed(sight.posts) if post.network == name]
    newest_first = sorted(mine, key=lambda post: not post.pinned)
    nothing = _("Nothing posted yet.")
    empty = f'<p class="empty" data-key="empty">{escape(nothing)}</p>'
    return "".join(_post(post, sight, place) for post in newest_first) or empty


def _post(post: PublicPost, sight: Sight, place: ZoneInfo) -> str:
    on_top = _("Pinned")
    pinned = f'<p class="pinned">{_icon("pin")}{escape(on_top)}</p>' if post.pinned else ""
    top = ' top" tabindex="0' if post.pinned else ""
    warning = f'<p class="warning">{escape(post.warning)}</p>' if post.warning else ""
    actions = "".join(_icon(name) for name in ("reply", "boost", "like"))
    return (
        f'<article class="post{top}" data-key="{escape(post.id)}"'
        f' lang="{escape(post.language)}">{pinned}'
        f'<div class="avatar" aria-hidden="true">{escape(sight.name.split()[-1][:1])}</div>'
        f'<p class="who"><b>{escape(sight.name)}</b> <span>@{escape(post.account)}</span>'
        f"<time>{_time(post.created_at, place)}</time></p>{warning}"
        f'<p class="text">{body(post)}</p>{"".join(_attached(post, sight))}<p class="actions">{actions}</p></article>'
    )


def _attached(post: PublicPost, sight: Sight) -> Iterator[str]:
    for address, alt in zip(post.pictures, post.alts, strict=False):
        yield f'<img src="{escape(address)}" alt="{escape(alt)}" width="1200" height="675">'
    if post.card_url and not post.pictures:
        title, text = post.card_title, post.card_text
        if not title:  # the server writes the preview itself, from the page
            found = (piece for piece, _at in sight.pieces if piece.link == post.card_url)
            piece = next(found, None)
            title, text = (piece.title, piece.summary) if piece else (shown(post.card_url), "")
        host = escape(urlsplit(post.card_url).netloc)
        words = f"<b>{escape(title)}</b><span>{escape(text)}</span><small>{host}</small>"
        yield _anchor(post.card_url, words, "card")


def _answers(posts: Sequence[PublicPost]) -> Mapping[str, Sequence[str]]:
    """The networks on which each address was posted."""
    found: dict[str, list[str]] = {}
    for post in posts:
        for link in _links(post):
            found.setdefault(link, []).append(post.network)
    return found


def _links(post: PublicPost) -> set[str]:
    return {*post.links, post.card_url}


def _inside(window: Window, moment: datetime) -> bool:
    return window.opens <= moment < window.closes


def _time(moment: datetime, place: ZoneInfo) -> str:
    return f"{moment.astimezone(place):%H:%M}"


def _icon(name: str) -> str:
    return f'<svg viewBox="0 0 24 24" class="icon" aria-hidden="true"><path d="{_ICONS[name]}"/></svg>'
