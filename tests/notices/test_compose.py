# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whatever the facts, a composed notice fits, leads to the article and speaks for the strikers only."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.faults import Invalid
from relay.networks.port import Capabilities, Limits, LinkCard, Picture
from relay.notices.address import address
from relay.notices.compose import Fitted, compose
from relay.notices.count import fits
from relay.notices.defaults import defaults
from relay.notices.facts import Facts
from relay.notices.wording import parse
from relay.terms import NoticeKind

NINE = datetime(2019, 12, 17, 9, tzinfo=UTC)
MASTODON = Capabilities(
    Limits(500, link_cost=23, mention_domains_free=True, warning_counts=True, alt_text=30, image_bytes=1000),
    images=4,
    content_warning=True,
    visibilities=("public", "unlisted", "private"),
)
BLUESKY = Capabilities(Limits(300, byte_limit=3000, languages=3), images=4, link_cards=True, rich_text=True)
NETWORKS = {"mastodon": MASTODON, "bluesky": BLUESKY}
FACTS = Facts(
    title="Un titre", link="https://journal.fr/a", newsroom="Le Journal", strike="Grève", demands=("Des postes",)
)
WORDING = parse("En grève. {titre} {lien}", NoticeKind.ARTICLE)

TITLES = st.lists(
    st.sampled_from(
        ["mot", "@admin", "#tag", "http://evil.com/x", "$GRV", "👨‍👩‍👧‍👦", "記者", "«", "»", "\u202e", "é" * 60]
    )
    | st.text(max_size=12),
    max_size=60,
).map(" ".join)
LINKS = st.text("abc/-_.?=&#()@é", max_size=400).map(lambda rest: f"https://journal.fr/{rest}")
SHORT = st.text("abcdé ", max_size=80)
ARTICLES = st.builds(
    Facts,
    title=TITLES,
    link=LINKS,
    newsroom=st.just("Le Journal"),
    strike=st.just("Grève des CM"),
    day=st.integers(0, 400),
    demands=st.lists(SHORT, max_size=5).map(tuple),
    hours_left=st.none() | st.integers(0, 99),
    reasons=SHORT,
    support_link=st.sampled_from(["", "https://caisse.org/cm"]),
    hashtags=st.lists(st.sampled_from(["CM", "grève", "Presse libre"]), max_size=3).map(tuple),
    language=st.sampled_from(["fr", "en"]),
    number=st.integers(0, 50),
)


def _compose(facts: Facts = FACTS, network: Capabilities = MASTODON, **more: Any) -> Fitted:
    return compose(WORDING, facts, network, network.limits, created_at=NINE, **more)


@pytest.mark.parametrize("name", NETWORKS)
@given(
    facts=ARTICLES, wording=st.sampled_from([*defaults(NoticeKind.ARTICLE, "fr"), *defaults(NoticeKind.ARTICLE, "en")])
)
@settings(max_examples=150, deadline=None)
def test_a_notice_fits_and_speaks_for_us_only(
    recognise: dict[str, Callable[[str], Any]], name: str, facts: Facts, wording: object
) -> None:
    """It fits; the article's link is whole; the network finds our links and hashtags in it and nothing else."""
    network = NETWORKS[name]
    fitted = compose(wording, facts, network, network.limits, created_at=NINE)  # type: ignore[arg-type] # sampled
    post = fitted.post
    assert fits(post.text, network.limits)
    shown = {span.kind: [] for span in post.spans} | {"link": [], "hashtag": []}
    for span in post.spans:
        shown[span.kind].append(post.text[span.start : span.end].removeprefix("#"))
        assert span.kind == "link" or shown["hashtag"][-1] == span.target
    assert address(facts.link) in [span.target for span in post.spans]
    found = recognise["mastodon"](post.text)
    full = [target for target in shown["link"] if target.startswith("https://")]
    assert (full, shown["hashtag"], []) == (list(found.links), list(found.tags), list(found.mentions))
    assert name == "bluesky" or full == [span.target for span in post.spans if span.kind == "link"]


@given(facts=ARTICLES)
@settings(max_examples=60, deadline=None)
def test_nothing_is_shortened_that_fits(facts: Facts) -> None:
    """Where the whole notice fits it is said whole; composing twice gives the same post."""
    wide = Limits(10_000)
    once, twice = (compose(WORDING, facts, MASTODON, wide, created_at=NINE) for _ in range(2))
    assert once == twice
    assert {"The title was shortened.", "The title was left out."} >= {said.msgid for said in once.shortened}


def test_the_card_speaks_for_nobody_else() -> None:
    """The link card is kept where the network wants one, and its words are made neutral."""
    card = LinkCard("https://journal.fr/a", "Salut @admin\u202e", "#tag", b"jpeg")
    assert (
        LinkCard("https://journal.fr/a", "Salut @\u2060admin", "#\u2060tag", b"jpeg")
        == _compose(network=BLUESKY, card=card).post.card
    )
    assert _compose(card=card).post.card is None


def test_a_card_without_a_title_shows_whose_page_it_is() -> None:
    """The address of a card is encoded as in the text, and stands in for a missing title."""
    card = _compose(network=BLUESKY, card=LinkCard("https://www.journal.fr/un mot", "", "mot " * 200)).post.card
    assert card is not None
    assert ("https://www.journal.fr/un%20mot", "journal.fr/un%20mot") == (card.url, card.title)
    assert len(card.description) <= 300


def test_the_picture_takes_the_place_of_the_card() -> None:
    """One embed a post: the strike picture goes before the link card, and its description fits."""
    picture = Picture(b"png", "image/png", "Une pancarte de grève rouge et noire", 12, 7)
    fitted = _compose(picture=picture)
    assert ("Une pancarte de grève rouge…", ["The description of the picture was shortened."]) == (
        fitted.post.pictures[0].alt,
        [said.msgid for said in fitted.shortened],
    )
    both = _compose(network=BLUESKY, picture=picture, card=LinkCard("https://journal.fr/a", "", "")).post
    assert (picture,) == both.pictures
    assert both.card is None


def test_a_picture_too_large_is_left_out_and_said() -> None:
    """The notice goes out without the picture rather than not at all."""
    fitted = _compose(picture=Picture(b"x" * 1001, "image/png", "", 1, 1))
    assert ((), ["The picture was left out: its file is larger than this network takes."]) == (
        fitted.post.pictures,
        [said.msgid for said in fitted.shortened],
    )
    assert () == _compose(network=Capabilities(Limits(300)), picture=Picture(b"x", "image/png", "", 1, 1)).post.pictures


def test_what_the_network_takes_is_passed_on() -> None:
    """Moment, languages, visibility and content warning, as far as the network knows them."""
    post = _compose(languages=("fr", "en"), visibility="unlisted", warning=" Grève\u200b ").post
    assert (NINE, ("fr",), "unlisted", "Grève") == (post.created_at, post.languages, post.visibility, post.warning)
    post = _compose(network=BLUESKY, languages=("fr", "en"), visibility="unlisted", warning="Grève").post
    assert (("fr", "en"), "public", "") == (post.languages, post.visibility, post.warning)


def test_what_is_private_is_never_made_public() -> None:
    """A network that cannot keep a post as private as asked is refused."""
    with pytest.raises(Invalid, match="no visibility “private”; choose one of: public"):
        _compose(network=BLUESKY, visibility="private")


def test_the_strikers_are_told_in_the_order_of_what_was_done() -> None:
    """Figures of length and limit are the network's own; each part is named once."""
    facts = Facts(title="mot " * 80, link="https://journal.fr/a", hashtags=("A", "B"))
    wording = parse("En grève. {titre} {lien} {hashtags}", NoticeKind.ARTICLE)
    fitted = compose(wording, facts, MASTODON, Limits(60, link_cost=23), created_at=NINE)
    assert (60, ["The title was shortened.", "Some hashtags were left out."]) == (
        fitted.limit,
        sorted((said.msgid for said in fitted.shortened), reverse=True),
    )
    assert fitted.length <= 60
