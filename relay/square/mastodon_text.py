# SPDX-License-Identifier: AGPL-3.0-or-later
"""What Mastodon makes of a text: its length, its links, hashtags and mentions, its HTML.

Counting: https://docs.joinmastodon.org/user/posting/#text and app/validators/status_length_validator.rb.
HTML: https://docs.joinmastodon.org/spec/activitypub/#sanitization and app/lib/text_formatter.rb. Looser than the real
one in a single point: a link needs no known top-level domain, for the square's newsroom lives on loopback.
"""

from dataclasses import dataclass
from html import escape

import regex

_URL = r"(?<![\w@#/])https?://[^\s<>\"]*[\w/=#+&~-]"
_MENTION = r"(?<![\w/=])@(?P<user>\w+(?:[\w.-]+\w)?)(?:@(?P<domain>[\w.-]+\w))?"
_TAG = r"(?<![\w/#])#(?P<name>\w*[^\W\d]\w*)"
_ENTITY = regex.compile(f"(?P<url>{_URL})|(?P<mention>{_MENTION})|(?P<tag>{_TAG})", regex.IGNORECASE)
_GRAPHEME = regex.compile(r"\X")
_SHOWN = 30  # characters of an address; app/lib/text_formatter.rb, shortened_link


@dataclass(frozen=True)
class Rendered:
    """A text as the public sees it."""

    html: str
    links: tuple[str, ...]
    hashtags: tuple[str, ...]
    mentions: tuple[str, ...]


def length(text: str, warning: str, url_cost: int | None) -> int:
    """Graphemes of text and content warning; every address costs ``url_cost``, a mention its local part.

    url_cost None counts as GoToSocial does: code points, addresses and mentions in full [measured on 0.20].
    """
    if url_cost is None:
        return len(text) + len(warning)
    counted = _ENTITY.sub(lambda found: _counted(found, url_cost), text)
    return len(_GRAPHEME.findall(counted)) + len(_GRAPHEME.findall(warning))


def _counted(found: "regex.Match[str]", url_cost: int) -> str:
    if found["url"]:
        return "x" * url_cost
    return f"@{found['user']}" if found["mention"] else found[0]


def render(text: str, address: str) -> Rendered:
    """The HTML of ``text`` on the instance at ``address``, and what was recognised in it.

    Every mention that is well-formed is one, whether or not such an account exists: an injected one must show.
    """
    found = list(_ENTITY.finditer(text))
    html, here = "", 0
    for entity in found:
        html += escape(text[here : entity.start()]) + _anchor(entity, address)
        here = entity.end()
    paragraphs = (html + escape(text[here:])).split("\n\n")
    return Rendered(
        html="".join(f"<p>{paragraph.replace(chr(10), '<br />')}</p>" for paragraph in paragraphs),
        links=tuple(entity["url"] for entity in found if entity["url"]),
        hashtags=tuple(entity["name"] for entity in found if entity["tag"]),
        mentions=tuple(entity["mention"][1:] for entity in found if entity["mention"]),
    )


def _anchor(entity: "regex.Match[str]", address: str) -> str:
    if entity["url"]:
        return _link(entity["url"])
    if entity["tag"]:
        name = escape(entity["name"])
        return f'<a href="{address}/tags/{name}" class="mention hashtag" rel="tag">#<span>{name}</span></a>'
    user = escape(entity["user"])
    link = f'<a href="{address}/@{user}" class="u-url mention">@<span>{user}</span></a>'
    return f'<span class="h-card" translate="no">{link}</span>'


def _link(url: str) -> str:
    scheme, slashes, rest = url.partition("//")
    scheme += slashes
    kind = "ellipsis" if len(rest) > _SHOWN else ""
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{scheme}</span><span class="{kind}">{escape(rest[:_SHOWN])}</span>'
        f'<span class="invisible">{escape(rest[_SHOWN:])}</span></a>'
    )
