# SPDX-License-Identifier: AGPL-3.0-or-later
"""The square's page shows what the public sees, and no title, post or address can make it do anything else."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser

import aiohttp
import pytest

from relay.faults import Unusable
from relay.square.day import BEGINS, CLOSES, ENDS, OPENS, ZONE, moment
from relay.square.page import Page
from relay.square.paint import Sight, body, document, parts
from relay.square.press import Piece
from relay.square.seen import PublicPost
from relay.terms import Window

TODAY = datetime(2026, 12, 17).date()
NOON = moment(TODAY, "12:00")
LINK = "http://127.0.0.1:8000/articles/1"
HOSTILE = "<script>alert(1)</script>\"' onload=x <img src=x onerror=y> &amp; ]]>"


def post(network: str = "mastodon", **changes: object) -> PublicPost:
    made = PublicPost(network, "desk", f"{network}-1", "", f"Grève : {LINK} #grève", NOON, 0.0, (LINK,), ("grève",))
    return replace(made, **changes)  # type: ignore[arg-type]


def sight(*posts: PublicPost, title: str = "Le titre", **changes: object) -> Sight:
    made = Sight(
        now=NOON,
        begins=moment(TODAY, BEGINS),
        ends=moment(TODAY, ENDS),
        window=Window(moment(TODAY, OPENS), moment(TODAY, CLOSES)),
        name="Le Quotidien",
        pieces=((Piece(1, title, "Chapeau", LINK, NOON, 0.0, "Ville"), NOON),),
        posts=posts,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


class Read(HTMLParser):
    """What a browser makes of a page: its tags, their attributes, its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data

    def every(self, name: str) -> list[str]:
        return [value for each, value in self.attributes if each == name]


def everywhere(words: str, network: str) -> Read:
    """A page with these words wherever somebody else has a say."""
    carded = post(network, card_url=LINK, card_title=words, card_text=words, warning=words, text=words, id=words)
    pictured = post(network, pictures=(words,), alts=(words,), account=words, language=words, hashtags=(words,))
    piece = Piece(1, words, words, LINK, NOON, 0.0, words)
    return Read(document(sight(carded, pictured, pieces=((piece, NOON),), name=words), ZONE))


@pytest.mark.parametrize("network", ["mastodon", "bluesky"])
def test_hostile_words_stay_words(network: str) -> None:
    """They make no element, no attribute, and are read as they are."""
    harmless, page = everywhere("mot", network), everywhere(HOSTILE, network)
    assert harmless.tags == page.tags
    assert [name for name, _ in harmless.attributes] == [name for name, _ in page.attributes]
    assert harmless.text.count("mot") == page.text.count(HOSTILE)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "ftp://x.example/", "//x.example"])
def test_an_address_that_is_not_on_the_web_is_no_link(address: str) -> None:
    said = post(text=f"Voir {address}", links=(address,), card_url=address)
    piece = Piece(1, "Titre", "", address, NOON, 0.0)
    hrefs = Read(document(sight(said, pieces=((piece, NOON),)), ZONE)).every("href")
    assert ["/static/icon.svg", "/static/page.css"] == hrefs


def test_only_what_the_network_made_clickable_is_a_link() -> None:
    said = post(text=f"{LINK} https://autre.example #grève #autre", links=(LINK,))
    read = Read(body(said))
    assert ([LINK], "127.0.0.1:8000/articles/1 https://autre.example #grève #autre") == (read.every("href"), read.text)
    assert 1 == read.every("class").count("tag")


def test_a_shortened_address_leads_to_the_whole_one() -> None:
    """As Bluesky shows it: host and end of the path in the text, the address in the facet."""
    link = "https://journal.example/2026/12/17/un-titre"
    read = Read(body(post("bluesky", text="Grève : journal.example/…un-titre", links=(link,))))
    assert [link] == read.every("href")


def test_nothing_is_asked_of_anyone_else() -> None:
    """Sheets, scripts and pictures come from this machine."""
    picture = "http://127.0.0.1:8001/media/1.png"
    page = Read(document(sight(post(pictures=(picture,), alts=("Pancarte",))), ZONE))
    assert ["/static/page.js", picture] == page.every("src")


def test_the_pinned_notice_stands_on_top() -> None:
    first, second = post(id="1", pinned=True, text="ouverture"), post(id="2", text="nouvelle")
    html = parts(sight(first, second), ZONE)["mastodon"]
    assert html.index("ouverture") < html.index("nouvelle")


def test_the_newest_post_stands_on_top() -> None:
    html = parts(sight(post(id="1", text="premier"), post(id="2", text="second")), ZONE)["mastodon"]
    assert html.index("second") < html.index("premier")


def test_an_article_shows_where_it_was_answered() -> None:
    one = Read(parts(sight(post("bluesky")), ZONE)["press"])
    both = Read(parts(sight(post("bluesky"), post("mastodon")), ZONE)["press"])
    assert (["Bluesky"], ["Mastodon", "Bluesky"]) == (one.every("title"), both.every("title"))


def test_an_article_from_outside_the_strike_says_so() -> None:
    late = sight().pieces[0][0], moment(TODAY, "19:10")
    assert "outside the strike" in parts(sight(pieces=(late,)), ZONE)["press"]
    assert "outside the strike" not in parts(sight(), ZONE)["press"]


def test_mastodon_writes_the_preview_from_the_page_and_bluesky_from_the_record() -> None:
    said = sight(post(card_url=LINK), post("bluesky", card_url=LINK, card_title="Du billet"), title="De la page")
    html = parts(said, ZONE)
    assert ("De la page" in html["mastodon"], "Du billet" in html["bluesky"]) == (True, True)


@pytest.mark.parametrize("now", [BEGINS, OPENS, "13:37", CLOSES, ENDS])
def test_the_day_is_drawn_at_any_hour(now: str) -> None:
    assert now in Read(parts(sight(now=moment(TODAY, now)), ZONE)["head"]).text


def test_without_javascript_the_page_reloads_until_there_is_a_verdict() -> None:
    reloads = [Read(document(sight(verdict=verdict), ZONE)).every("http-equiv") for verdict in ("", "0 missing")]
    assert [["refresh"], []] == reloads


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    made = Page(lambda: sight(post()), ZONE)
    await made.start()
    yield made
    await made.stop()


@pytest.mark.parametrize("path", ["", "static/page.css", "static/page.js", "static/icon.svg"])
async def test_what_is_served_forbids_everything_foreign(page: Page, path: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(page.address + path) as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert (200, "default-src 'none'") == (answer.status, policy.partition(";")[0])


@pytest.mark.parametrize("path", ["static/press.py", "static/..%2fpress.py", "nothing"])
async def test_nothing_else_is_served(page: Page, path: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(page.address + path) as answer:
        assert 404 == answer.status


async def test_it_is_live(page: Page) -> None:
    """The first event brings every part, as the snapshot shows them."""
    async with aiohttp.ClientSession() as session, session.get(f"{page.address}live") as answer:
        line = await answer.content.readline()
    assert dict(parts(sight(post()), ZONE)) == json.loads(line.removeprefix(b"data: "))


async def test_a_taken_port_is_said(page: Page) -> None:
    taken = int(page.address.rstrip("/").rpartition(":")[2])
    with pytest.raises(Unusable, match=str(taken)):
        await Page(sight, ZONE, taken).start()


def test_the_day_has_the_length_of_the_story() -> None:
    shown = sight()
    assert timedelta(hours=10, minutes=50) == shown.ends - shown.begins
