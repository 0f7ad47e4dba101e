# SPDX-License-Identifier: AGPL-3.0-or-later
"""The town of the demo: a newspaper, a Mastodon and a Bluesky on loopback, and the newsroom on strike there."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from relay.clock import FastClock
from relay.demo.tally import Tally, count
from relay.house import House
from relay.notices.defaults import DEFAULTS
from relay.square.day import BEGINS, CLOSES, OPENS, ZONE, Day, moment
from relay.square.mastodon import LookalikeMastodon
from relay.square.pds import Pds
from relay.square.press import Press
from relay.square.seen import PublicPost
from relay.store.columns import saved
from relay.strikes import newsrooms
from relay.strikes.plan import Draft, arm, plan
from relay.strikes.windows import window
from relay.terms import NoticeKind, Window

FACTOR = 1440  # a day in a minute
EVENING = "20:00"  # of the day before, when everything is set up
TOKEN = "token-of-the-demo"  # noqa: S105  # opens nothing but a play
HANDLE, BLUESKY_HANDLE = "lequotidien", "lequotidien.test"


@dataclass(frozen=True)
class Town:
    """What is open on the square, and the window of the strike that is told there."""

    clock: FastClock
    press: Press
    mastodon: LookalikeMastodon
    pds: Pds
    day: Day
    today: date

    @property
    def window(self) -> Window:
        """The strike's window."""
        return Window(moment(self.today, OPENS), moment(self.today, CLOSES))

    @property
    def daybreak(self) -> datetime:
        """The moment the story is told from."""
        return moment(self.today, BEGINS)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that ought to speak, as a tally names them."""
        return f"mastodon/{HANDLE}", f"bluesky/{BLUESKY_HANDLE}"

    def posts(self) -> list[PublicPost]:
        """What the public sees on both networks, in order of arrival."""
        return sorted([*self.mastodon.public(), *self.pds.public()], key=lambda post: post.arrived)

    def count(self) -> Tally:
        """The strike as it stands, counted from what the square received."""
        return count(self.press.pieces, self.posts(), self.accounts, self.window, self.clock.at, self.clock.now())

    def break_of_day(self) -> None:
        """The night passes."""
        self.clock.move_to(self.daybreak)


@asynccontextmanager
async def open_town(today: date) -> AsyncIterator[Town]:
    """The town on the evening before ``today``, closed when the block ends."""
    clock = FastClock(moment(today - timedelta(days=1), EVENING), FACTOR)
    press, mastodon, pds = Press(clock), LookalikeMastodon(clock), Pds(clock)
    async with AsyncExitStack() as stack:
        for stall in (press, mastodon, pds):
            await stall.start()
            stack.push_async_callback(stall.stop)
        yield Town(clock, press, mastodon, pds, Day(press, clock, today), today)


async def settle_in(house: House, town: Town) -> None:
    """Set the newsroom up by the acts of the command line, as its community managers would the evening before."""
    clock = house.outside.clock
    async with house.store.write() as tx:
        room = saved((await newsrooms.add(tx, town.press.name, ZONE, "fr", clock.now())).id)
    await house.watch.subscribe(room, town.press.feed)
    accounts = [await _connect(house, room, network, given) for network, given in _credentials(town).items()]
    today = window(f"{town.today} {OPENS}", f"{town.today} {CLOSES}", ZONE, clock.now())
    async with house.store.write() as tx:
        row = await plan(room, tx, _draft(tuple(accounts), today), clock.now())
        await arm(room, tx, saved(row.id), clock.now())


def _credentials(town: Town) -> Mapping[str, Mapping[str, str]]:
    town.mastodon.create_account(HANDLE, token=TOKEN, bot=True)
    return {
        "mastodon": {"server": town.mastodon.address, "token": TOKEN},
        "bluesky": town.pds.join(BLUESKY_HANDLE),
    }


async def _connect(house: House, room: int, network: str, given: Mapping[str, str]) -> int:
    who, renewed = await house.seats.verify(network, given)
    async with house.store.write() as tx:
        now = house.outside.clock.now()
        return saved((await house.seats.save(room, tx, network, renewed, who, entitled_at=now)).id)


def _draft(accounts: tuple[int, ...], window: Window) -> Draft:
    return Draft(
        name="Pas de réseaux sans nous",
        windows=(window,),
        accounts=accounts,
        wordings={kind: [("fr", text) for text in DEFAULTS["fr", kind]] for kind in NoticeKind},
        reasons="Nous répondons à vos commentaires de six heures à minuit ; nos contrats s’arrêtent à midi.",
        demands=("des contrats à durée indéterminée", "le paiement des soirées", "une équipe complète"),
        link="https://soutien.example/quotidien",
        hashtags=("grève", "GrèveDeCM"),
        languages=("fr",),
    )
