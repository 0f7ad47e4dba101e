# SPDX-License-Identifier: AGPL-3.0-or-later
"""A wording and its facts → a post that the network will take, and an account of what had to be shortened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from relay.faults import Invalid
from relay.i18n import Message, say
from relay.networks.port import Capabilities, Limits, LinkCard, Picture, Post
from relay.notices.address import address, shown
from relay.notices.count import excess, length
from relay.notices.cut import shorten
from relay.notices.draft import Draft, draft, written
from relay.notices.facts import Facts
from relay.notices.fit import fit
from relay.notices.neutral import beginning, graphemes, neutral, plain
from relay.notices.wording import Wording

_LONGEST_ON_CARD = 300  # graphemes


@dataclass(frozen=True)
class Fitted:
    """A post, its length and limit as the network counts, and what was shortened, in order."""

    post: Post
    length: int
    limit: int
    shortened: tuple[Message, ...] = ()


def compose(
    wording: Wording,
    facts: Facts,
    capabilities: Capabilities,
    limits: Limits,
    *,
    created_at: datetime,
    languages: Sequence[str] = (),
    visibility: str = "public",
    warning: str = "",
    picture: Picture | None = None,
    card: LinkCard | None = None,
) -> Fitted:
    """Fit a notice to one network. Links and hashtags stay whole, words are never cut.

    ``limits`` are the account's own where known, else the card's. Raises Invalid if the wording alone does not fit,
    if an address or hashtag cannot be used, or if the network cannot keep the post as private as asked.
    """
    warning = plain(warning) if capabilities.content_warning else ""
    said, shortened = _fitted(draft(wording, facts), capabilities, limits, warning)
    text, spans = written(said)
    pictures, unfit = _pictures(picture, capabilities, limits)
    post = Post(
        text,
        created_at,
        spans,
        tuple(languages)[: limits.languages],
        _visibility(visibility, capabilities),
        warning,
        pictures,
        _card(card) if card and capabilities.link_cards and not pictures else None,
    )
    return Fitted(post, length(text, limits, warning), limits.text, (*shortened, *unfit))


def _fitted(full: Draft, capabilities: Capabilities, limits: Limits, warning: str) -> tuple[Draft, tuple[Message, ...]]:
    """Try with links in full; only where that cannot fit, and spans carry the address, with links shown short."""

    def over(given: Draft) -> int:
        return excess(written(given)[0], limits, warning)

    said, shortened = fit(full, over)
    missing = over(said)
    if missing and capabilities.rich_text:
        said, shortened = fit(replace(full, short_links=True), over)
        shortened = (say("The link is shown shortened; it leads to the whole address."), *shortened)
        missing = over(said)
    if missing:
        raise Invalid(
            say(
                "Even with all that can be left out the notice is {over} characters too long for the {most} of this "
                "network; shorten the wording.",
                over=missing,
                most=limits.text,
            )
        )
    return said, shortened


def _visibility(asked: str, capabilities: Capabilities) -> str:
    """What was asked for if the network has it; public and unlisted stand in for each other, nothing else widens."""
    if asked in capabilities.visibilities:
        return asked
    if asked in ("public", "unlisted") and "public" in capabilities.visibilities:
        return "public"
    raise Invalid(
        say(
            "This network has no visibility “{asked}”; choose one of: {known}.",
            asked=asked,
            known=", ".join(capabilities.visibilities),
        )
    )


def _pictures(
    picture: Picture | None, capabilities: Capabilities, limits: Limits
) -> tuple[tuple[Picture, ...], tuple[Message, ...]]:
    if picture is None or not capabilities.images:
        return (), ()
    if limits.image_bytes and len(picture.data) > limits.image_bytes:
        return (), (say("The picture was left out: its file is larger than this network takes."),)
    alt = plain(picture.alt, lines=True)
    if len(graphemes(alt)) <= limits.alt_text:
        return (replace(picture, alt=alt),), ()
    alt = shorten(alt, limits.alt_text) or beginning(alt, limits.alt_text)
    return (replace(picture, alt=alt),), (say("The description of the picture was shortened."),)


def _card(card: LinkCard) -> LinkCard:
    """The words of a card come from the feed; its address is the one the text leads to. Raises Invalid."""
    title, description = (shorten(neutral(text), _LONGEST_ON_CARD) for text in (card.title, card.description))
    return replace(card, url=address(card.url), title=title or shown(address(card.url)), description=description)
