# SPDX-License-Identifier: AGPL-3.0-or-later
"""The evening before, step by step. Every step looks at what is there already, and may be left for later."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rich.text import Text

from relay.cli.asking import agreed, ask, ask_for, attended
from relay.cli.connecting import Typed as Credentials
from relay.cli.connecting import connect
from relay.cli.drafting import Typed
from relay.cli.inside import Inside
from relay.cli.planning import write
from relay.cli.screen import complain, show
from relay.cli.strike import arming
from relay.cli.which import current
from relay.cli.zone import guessed
from relay.faults import Invalid, Problem
from relay.i18n import _, say, spoken
from relay.notices.defaults import defaults
from relay.notices.wording import parse
from relay.store import account, article, feed
from relay.store import newsroom as newsrooms
from relay.store.columns import saved
from relay.store.newsroom import Newsroom
from relay.strikes.moments import zone_of
from relay.strikes.newsrooms import add, known_language, slug_of
from relay.strikes.windows import parse_range
from relay.terms import NoticeKind, StrikeState


@dataclass(frozen=True)
class Answers:
    """What the command line answers already. ``arm``: without being asked."""

    name: str = ""
    zone: str = ""
    language: str = ""
    feed: str = ""
    accounts: Sequence[tuple[str, Credentials]] = ()
    strike: Typed = field(default_factory=Typed)
    arm: bool = False


def step(number: int, title: str) -> None:
    """A heading."""
    show("", Text(f"{number}. {title}", style="bold"))


def name_newsroom(here: Inside, given: Answers) -> Newsroom:
    """The newsroom of that name, or the one that is there, or a new one."""
    step(1, _("Your newsroom"))
    known = here.read(newsrooms.every)
    fitting = [row for row in known if not given.name or row.slug == slug_of(given.name)]
    if len(fitting) > 1:
        raise Invalid(say("There are several newsrooms; say which one with --name."))
    if fitting:
        show(str(say("✓ {name}, in the time zone {zone}", name=fitting[0].name, zone=fitting[0].zone)))
        return fitting[0]
    zone = given.zone or guessed(os.environ)
    name, language = given.name, given.language or spoken()
    if attended():
        name = name or ask(_("What do readers call your newsroom?"))
        zone = given.zone or ask_for(_("Its time zone"), lambda text: zone_of(text).key, zone)
        language = given.language or ask_for(_("The language it writes in, fr or en"), known_language, language)
    row = here.write(lambda tx: add(tx, name, zone, language, here.now))
    show(
        str(
            say("✓ {name} is taken in as {slug}, in the time zone {zone}.", name=row.name, slug=row.slug, zone=row.zone)
        )
    )
    return row


def add_feed(here: Inside, owner: Newsroom, given: Answers) -> None:
    """A feed, found from the front page if need be, with the newest title to recognise it by."""
    step(2, _("Its feed"))
    known = here.read(lambda tx: feed.of_newsroom(saved(owner.id), tx))
    for row in known:
        show(str(say("✓ {title} is watched: {address}", title=row.title or owner.name, address=row.address)))
    address = "" if any(given.feed == row.address for row in known) else given.feed
    if not address and not known and attended():
        show(_("The address of the feed, or of your front page; Enter to do it later."))
        address = ask(_("Address"))
    while address:
        try:
            row = here.do(here.house.watch.subscribe(saved(owner.id), address))
        except Problem as problem:
            if not attended():
                raise
            complain(str(problem))
            address = ask(_("Address, or Enter to do it later"))
            continue
        show(str(say("✓ {title} is watched: {address}", title=row.title or owner.name, address=row.address)))
        for newest in here.read(lambda tx: article.newest(saved(owner.id), tx)):
            show(str(say("  Newest article: “{title}”", title=newest.title)))
        return
    if not known:
        later("piquet feed add ADDRESS")


def connect_accounts(here: Inside, owner: Newsroom, given: Answers) -> None:
    """One account a network, or those that the command line names."""
    step(3, _("The accounts that speak"))
    every = here.read(lambda tx: account.of_newsroom(saved(owner.id), tx))
    known = [row for row in every if not row.forgotten]
    for row in known:
        show(str(say("✓ {handle} on {network} is connected.", handle=row.handle, network=row.network)))
    if given.accounts:
        for network, typed in given.accounts:
            connect(here, owner, network, typed)
        return
    if not attended():
        if not known:
            later("piquet account connect mastodon")
        return
    for name, card in here.house.seats.cards.items():
        there = any(row.network == name for row in known)
        while not there and agreed(str(say("Connect an account on {network} now?", network=card.title)), default=True):
            try:
                connect(here, owner, name, Credentials({}))
                there = True
            except Problem as problem:
                complain(str(problem))


def plan_strike(here: Inside, owner: Newsroom, given: Answers) -> bool:
    """The strike in the strikers' words, with a preview; whether there is one now."""
    step(4, _("Your strike"))
    row = here.read(lambda tx: current(tx, saved(owner.id)))
    if row is not None and row.state in (StrikeState.DRAFT, StrikeState.ARMED, StrikeState.RUNNING):
        show(str(say("✓ Strike {number}, “{name}”, is planned.", number=row.id, name=row.name)))
        return True
    typed = given.strike
    if not attended():
        if not typed.name:
            later("piquet strike plan")
            return False
        write(here, owner, typed)
        return True
    while True:
        typed = asked(here, owner, typed)
        if not typed.name:
            later("piquet strike plan")
            return False
        try:
            write(here, owner, typed)
        except Problem as problem:
            complain(str(problem))
            typed = given.strike
            continue
        return True


def asked(here: Inside, owner: Newsroom, given: Typed) -> Typed:
    """The questions about a strike; an empty name means later."""
    name = given.name or ask(_("What is the strike called? (Enter to do it later)"))
    if not name:
        return replace(given, name="")
    windows = given.windows or [
        ask_for(_("From when to when?"), lambda text: (parse_range(text, owner.zone, here.now), text)[1], "9h-19h")
    ]
    return replace(
        given,
        name=name,
        windows=windows,
        reasons=given.reasons or ask(_("Why are you on strike? (a sentence, or Enter)")),
        demands=given.demands or split(ask(_("What do you demand? (separated by ; or Enter)")), ";"),
        link=given.link or ask(_("A petition or strike fund? (address, or Enter)")),
        hashtags=given.hashtags or split(ask(_("Hashtags? (separated by spaces, or Enter)")), " "),
        wordings=given.wordings or own_words(owner),
    )


def own_words(owner: Newsroom) -> Sequence[str]:
    """The ready-made wordings shown; kept, or replaced by one's own."""
    show("", _("For each article your accounts say one of these, in turn:"), "")
    for each in defaults(NoticeKind.ARTICLE, owner.language):
        show(f"  {each.text}".replace("\n", "\n  "), "")
    if agreed(_("Keep these words?"), default=True):
        return ()
    show(_("Write your own; {title} and {link} stand for the article’s."))
    return [ask_for(_("Your words"), lambda text: parse(text, NoticeKind.ARTICLE).text)]


def split(text: str, sign: str) -> list[str]:
    """The parts of ``text`` between signs, without the empty ones."""
    return [part.strip() for part in text.split(sign) if part.strip()]


def arm_it(here: Inside, owner: Newsroom, given: Answers) -> None:
    """Arm the strike if the person wants it now."""
    row = here.read(lambda tx: current(tx, saved(owner.id)))
    if row is None or row.state != StrikeState.DRAFT:
        return
    step(5, _("Arm it"))
    if given.arm or (attended() and agreed(_("Arm it now? It then runs by itself; you can stop it at any moment."))):
        arming(here, owner, row)
    else:
        later(f"piquet strike arm {row.id}")


def later(command: str) -> None:
    """How to take a skipped step up."""
    show(str(say("– Later: {command}", command=command)))
