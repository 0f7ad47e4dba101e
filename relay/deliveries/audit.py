# SPDX-License-Identifier: AGPL-3.0-or-later
"""The conservation law: whatever had to be said is in the ledger once, and ended in exactly one way.

What had to be said is worked out from articles, windows and accounts alone, then compared with the ledger; nothing is
concluded from the notices themselves but when a window was opened. Pure, but for ``of_strike``, which reads the books.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from relay.deliveries.edges import concerns
from relay.store import audit as ledger
from relay.store.account import Account
from relay.store.article import Article
from relay.store.audit import Books
from relay.store.columns import saved
from relay.store.database import Store
from relay.store.ledger import Delivery
from relay.store.strike import Slot
from relay.terms import ArticleState, DeliveryState, NoticeKind, StrikeState

BY_HAND = "by hand"  # a person's word stands for the network's receipt
OVERTAKEN = timedelta(seconds=5)  # an article learnt while a stop is committed may lie on either side of it
ON_ITS_WAY = frozenset({DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.UNSURE})


class Wrong(StrEnum):
    """What can be wrong between what had to be said and the ledger, or between the ledger and a network."""

    UNOPENED = "unopened"
    UNANNOUNCED = "unannounced"
    UNANSWERED = "unanswered"
    UNDELIVERED = "undelivered"
    UNSETTLED = "unsettled"
    UNPROVEN = "unproven"
    SHARED = "shared"
    OUTSIDE = "outside"
    UNASKED = "unasked"
    GONE = "gone"
    TWIN = "twin"
    STANDING = "standing"
    STRANGER = "stranger"
    UNREAD = "unread"
    UNREADABLE = "unreadable"


NOTES = frozenset({Wrong.STRANGER, Wrong.UNREADABLE})  # worth a look, but nothing of ours is wrong


@dataclass(frozen=True)
class Gap:
    """One thing that does not add up. ``title`` and ``link`` of its article; ``moment``: of the article or window.

    ``url``: the post in question; ``words``: why an account could not be read.
    """

    wrong: Wrong
    kind: NoticeKind
    moment: datetime
    title: str = ""
    link: str = ""
    account: str = ""
    delivery: int | None = None
    url: str = ""
    words: str = ""


@dataclass(frozen=True)
class Report:
    """``expected``: how many deliveries had to be. ``states``: how those that are there stand. ``left_out``: articles
    seen while the strike was on that need no notice, counted by why.
    """

    strike: int
    name: str
    windows: int
    articles: int
    accounts: int
    expected: int
    states: Mapping[DeliveryState, int]
    left_out: Mapping[str, int]
    gaps: tuple[Gap, ...] = ()

    @property
    def adds_up(self) -> bool:
        """Nothing is missing, nothing too much."""
        return all(gap.wrong in NOTES for gap in self.gaps)


@dataclass(frozen=True)
class _Asked:
    """One thing to be said on every account, under the ledger's name for it. ``surely``: not overtaken by a stop."""

    subject: str
    kind: NoticeKind
    slot: Slot
    moment: datetime
    article: Article | None = None
    surely: bool = True

    def gap(self, wrong: Wrong, account: Account | None = None, row: Delivery | None = None) -> Gap:
        title, link = (self.article.title, self.article.link) if self.article else ("", "")
        handle = account.handle if account else ""
        return Gap(wrong, self.kind, self.moment, title, link, handle, row.id if row else None)


async def of_strike(store: Store, newsroom: int, strike: int, now: datetime) -> Report:
    """Audit a strike of the newsroom as it stands in the store. Raises LookupError if there is none such."""
    async with store.read() as tx:
        found = await ledger.books(newsroom, tx, strike)
    if found is None:
        raise LookupError(strike)
    return audit(found, now)


def audit(books: Books, now: datetime) -> Report:
    """Compare what had to be said with what the ledger holds."""
    asked = list(_asked(books))
    notices = {notice.subject: notice for notice in books.notices}
    rows = {(row.notice_id, row.account_id): row for row in books.deliveries}
    gaps, states, expected = list(_unopened(books, now)), Counter[DeliveryState](), 0
    for each in asked:
        notice = notices.get(each.subject)
        owed = [account for account in books.targets if each.surely and present(account, each.moment)]
        if notice is None:
            expected += len(owed)
            if each.surely:
                gaps.append(each.gap(Wrong.UNANSWERED if each.article else Wrong.UNANNOUNCED))
            continue
        for account in books.targets:
            row = rows.pop((saved(notice.id), saved(account.id)), None)
            if row is not None:
                expected, states[row.state] = expected + 1, states[row.state] + 1
                gaps += [each.gap(wrong, account, row) for wrong in _faults(row, each.slot, books.shared, now)]
            elif account in owed:
                expected += 1
                gaps.append(each.gap(Wrong.UNDELIVERED, account))
    gaps += _unasked(books, list(rows.values()))
    return Report(
        strike=saved(books.strike.id),
        name=books.strike.name,
        windows=sum(slot.opened for slot in books.slots),
        articles=sum(each.article is not None for each in asked),
        accounts=len(books.targets),
        expected=expected,
        states=states,
        left_out=_left_out(books),
        gaps=tuple(gaps),
    )


def present(account: Account, moment: datetime) -> bool:
    """Whether an account could be spoken through then; between its first forgetting and its return it could not."""
    left = account.forgotten_at
    if left is None or moment < left:
        return left is not None or not account.forgotten
    return not account.forgotten and moment >= account.entitled_at


def opened_at(books: Books, slot: Slot) -> datetime:
    """When the window was opened: a strike may be armed, or the relay started, in the middle of it."""
    subject = f"{NoticeKind.START}/{slot.id}"
    return next((notice.made_at for notice in books.notices if notice.subject == subject), slot.opens)


def _asked(books: Books) -> Iterator[_Asked]:
    for slot in books.slots:
        if slot.opened:
            moment = opened_at(books, slot)
            for kind in (NoticeKind.START, NoticeKind.END):
                yield _Asked(f"{kind}/{slot.id}", kind, slot, moment)
            for article, surely in _in_scope(books, slot, moment):
                kind = NoticeKind.ARTICLE
                yield _Asked(f"{kind}/{article.id}", kind, slot, article.seen_at, article, surely)


def _in_scope(books: Books, slot: Slot, opened: datetime) -> Iterator[tuple[Article, bool]]:
    """The articles that this window had to answer, and those that it may have answered."""
    stop = slot.stopped_at
    for article in _seen_in(books, slot, opened):
        if article.state == ArticleState.SEEN:
            overtaken = stop is not None and abs(article.seen_at - stop) < OVERTAKEN
            unknown = article.previous_look_at is None  # an older Piquet did not write it down
            if concerns(article, slot) or unknown:
                yield article, not overtaken and concerns(article, slot)


def _seen_in(books: Books, slot: Slot, opened: datetime) -> Iterator[Article]:
    until = min(slot.closes, slot.stopped_at + OVERTAKEN) if slot.stopped_at else slot.closes
    return (article for article in books.articles if opened <= article.seen_at < until)


def _faults(row: Delivery, slot: Slot, shared: frozenset[int], now: datetime) -> Iterator[Wrong]:
    if row.state in ON_ITS_WAY and slot.window.closes <= now:
        yield Wrong.UNSETTLED
    if row.state == DeliveryState.SENT and not row.remote_id and row.reason != BY_HAND:
        yield Wrong.UNPROVEN
    if row.id in shared:
        yield Wrong.SHARED
    begun, bound = row.first_try_at, row.not_after
    if begun is not None and (begun < slot.opens or (bound is not None and begun >= bound)):
        yield Wrong.OUTSIDE


def _unopened(books: Books, now: datetime) -> Iterator[Gap]:
    """Windows that passed while no relay was at work. Those before the last arming may have been stopped instead."""
    armed = books.strike.armed_at
    if armed is None or books.strike.state in (StrikeState.DRAFT, StrikeState.STOPPED):
        return
    for slot in books.slots:
        if not slot.opened and armed < slot.closes <= now:
            yield Gap(Wrong.UNOPENED, NoticeKind.START, slot.opens)


def _unasked(books: Books, rows: Sequence[Delivery]) -> Iterator[Gap]:
    notices = {notice.id: notice for notice in books.notices}
    articles = {article.id: article for article in books.articles}
    handles = {account.id: account.handle for account in books.targets}
    for row in rows:
        notice = notices[row.notice_id]
        article = articles.get(notice.article_id)
        title, link = (article.title, article.link) if article else ("", "")
        handle = handles.get(row.account_id, "")
        yield Gap(Wrong.UNASKED, notice.kind, notice.made_at, title, link, handle, row.id)


def _left_out(books: Books) -> Mapping[str, int]:
    counted = Counter[str]()
    for slot in (slot for slot in books.slots if slot.opened):
        for article in _seen_in(books, slot, opened_at(books, slot)):
            if article.state != ArticleState.SEEN:
                counted[article.state] += 1
            elif not concerns(article, slot):
                counted["earlier"] += 1
    return counted
