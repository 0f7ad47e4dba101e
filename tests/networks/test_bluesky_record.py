# SPDX-License-Identifier: AGPL-3.0-or-later
"""The record made of a post, and what is refused before anything is sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from relay.faults import Invalid
from relay.networks.bluesky_given import SERVICE, identifier, service, typed_service
from relay.networks.bluesky_pin import recall, remember, with_pin
from relay.networks.bluesky_record import PROFILE, record, unfit
from relay.networks.port import LinkCard, Picture, Post, Span
from relay.square.pds_lexicon import POST, check
from relay.testing.stage import picture

MOMENT = datetime(2026, 12, 17, 9, 0, 0, 123456, tzinfo=UTC)
FITS = Post("En grève", MOMENT, languages=("fr",))
HEAVY = Picture(b"x" * 2_000_001, "image/png", "", 1, 1)


def test_the_record_is_frozen_from_the_post() -> None:
    """Its moment in UTC with a Z, whatever zone it came in; nothing of the clock's."""
    wanted = {"$type": POST, "text": "En grève", "createdAt": "2026-12-17T09:00:00.123Z", "langs": ["fr"]}
    paris = MOMENT.astimezone(timezone(timedelta(hours=1)))
    assert [wanted, wanted] == [record(replace(FITS, created_at=moment), None) for moment in (MOMENT, paris)]
    check(POST, wanted)


@pytest.mark.parametrize(
    "post",
    [
        replace(FITS, text="x" * 301),
        replace(FITS, text="👩‍👩‍👧‍👦" * 121),
        replace(FITS, text=""),
        replace(FITS, text="gr\udce8ve"),
        replace(FITS, card=LinkCard("https://x.example", "\ud83d", "")),
        replace(FITS, languages=("fr", "en", "de", "it")),
        replace(FITS, warning="grève"),
        replace(FITS, visibility="unlisted"),
        replace(FITS, pictures=(picture(),) * 5),
        replace(FITS, pictures=(HEAVY,)),
        replace(FITS, pictures=(picture("x" * 2001),)),
        replace(FITS, spans=(Span(0, 99, "link", "https://x.example"),)),
        replace(FITS, spans=(Span(0, 2, "hashtag", "x" * 65),)),
    ],
)
def test_what_does_not_fit_is_said(post: Post) -> None:
    """In one sentence, before the first byte leaves."""
    assert str(unfit(post)).endswith((".", "”."))


@pytest.mark.parametrize(
    "post",
    [
        FITS,
        replace(FITS, text="x" * 300),
        replace(FITS, text="👩‍👩‍👧‍👦" * 120),
        replace(FITS, pictures=(picture(),) * 4),
        replace(FITS, text="", pictures=(picture(),)),
        replace(FITS, languages=("fr", "en", "de")),
    ],
)
def test_what_fits_is_not_refused(post: Post) -> None:
    """Up to the last byte."""
    assert unfit(post) is None
    check(POST, record(post, None))


def test_a_pin_comes_back_as_it_was_remembered() -> None:
    """And what cannot be read is no pin."""
    pin = {"uri": "at://a/b/c", "cid": "bafy"}
    assert pin == recall(remember(pin))
    assert [{}, {}, {}, {}] == [recall(before) for before in ("", "nonsense", "[]", '{"uri": "x"}')]
    assert {"$type": PROFILE, "displayName": "x"} == with_pin({"displayName": "x", "pinnedPost": pin}, {})


@pytest.mark.parametrize("typed", ["desk.bsky.social", "@desk.bsky.social", " \u2068@desk.bsky.social\u2069\n"])
def test_a_handle_is_read_however_it_was_copied(typed: str) -> None:
    """The @ and what cannot be seen are taken off."""
    assert "desk.bsky.social" == identifier({"identifier": typed})


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", SERVICE),
        ("pds.example", "https://pds.example"),
        ("https://pds.example/ ", "https://pds.example"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
    ],
)
def test_a_service_is_read_with_or_without_its_scheme(typed: str, read: str) -> None:
    """Empty means Bluesky's own."""
    assert read == service({"service": typed})


@pytest.mark.parametrize(
    "typed", ["http://pds.example", "HTTP://pds.example:80/", "http://8.8.8.8", "http://localhost@pds.example"]
)
def test_no_password_travels_in_clear(typed: str) -> None:
    with pytest.raises(Invalid, match="not encrypted"):
        typed_service(typed)
    for well in ("", "pds.example", "https://pds.example", "http://127.0.0.1:3000"):
        assert well == typed_service(well)
