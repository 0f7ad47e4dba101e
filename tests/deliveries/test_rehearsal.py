# SPDX-License-Identifier: AGPL-3.0-or-later
"""A strike is rehearsed before it is armed: nothing is sent, nothing is written, and what cannot be said is refused."""

from dataclasses import replace

import pytest
from desk import NINE, WORDINGS, Desk

from relay.deliveries.rehearsal import Stage, check, rehearse, stage
from relay.faults import Invalid
from relay.store.account import Account
from relay.terms import NoticeKind


async def staged(desk: Desk, **changes: object) -> tuple[Stage, Account]:
    account = await desk.account()
    row = await desk.strike(account, **changes)
    async with desk.store.read() as tx:
        return await stage(desk.newsroom, tx, row, desk.clock.now()), account


async def test_before_the_first_article_one_is_made_up(desk: Desk) -> None:
    """So that a preview is there the moment a strike is planned."""
    on, account = await staged(desk)
    said = rehearse(on, desk.seats.cards, NoticeKind.ARTICLE)
    assert [account.id] == [each.account.id for each in said]
    assert said[0].fitted is not None
    assert "https://example.org/2026/article" in said[0].fitted.post.text


async def test_the_newest_article_is_the_one_shown(desk: Desk) -> None:
    """Whether or not it is answered."""
    await desk.see("Un", "Deux")
    on, _ = await staged(desk)
    fitted = rehearse(on, desk.seats.cards, NoticeKind.ARTICLE)[0].fitted
    assert fitted is not None
    assert "« Deux »" in fitted.post.text.replace("\u00a0", " ")


async def test_it_is_set_in_the_next_window(desk: Desk) -> None:
    """The evening before, the notice already says the day it will say tomorrow."""
    on, _ = await staged(desk)
    assert NINE == on.moment


async def test_nothing_is_sent_and_nothing_written(desk: Desk) -> None:
    """A rehearsal reads only."""
    on, _ = await staged(desk)
    check(on, desk.seats.cards)
    assert [] == await desk.deliveries()


async def test_a_wording_that_is_too_long_is_named_with_its_account(desk: Desk) -> None:
    """Whichever of the wordings it is."""
    long = ("fr", f"{'Encore ' * 400}{{titre}} {{lien}}")
    on, account = await staged(desk, wordings={**WORDINGS, NoticeKind.ARTICLE: [*WORDINGS[NoticeKind.ARTICLE], long]})
    with pytest.raises(Invalid, match=rf"“Encore Encore .*…” on {account.handle}: "):
        check(on, desk.seats.cards)


async def test_what_a_network_does_not_have_is_said_without_blaming_the_words(desk: Desk) -> None:
    """A visibility that it has not."""
    on, account = await staged(desk, visibility="secret")
    with pytest.raises(Invalid, match=rf"^{account.handle}: .*secret"):
        check(on, desk.seats.cards)


async def test_a_kind_without_words_is_a_problem_and_no_crash(desk: Desk) -> None:
    """A strike from before kinds were filled up."""
    on, _ = await staged(desk)
    silent = replace(on, material=replace(on.material, phrases=()))
    assert [True] == [each.problem is not None for each in rehearse(silent, desk.seats.cards, NoticeKind.START)]
