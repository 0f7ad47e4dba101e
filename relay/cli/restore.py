# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet restore``: read a backup back, and have every account asked what it said since before anything is sent."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from relay import log
from relay.cli.inside import inside
from relay.cli.moment import lasting, local
from relay.cli.nouns import alone
from relay.cli.screen import show
from relay.cli.told import told
from relay.clock import Clock, RealClock
from relay.deliveries.restore import Restored, go_on, mark
from relay.engine.presence import refuse
from relay.faults import Invalid, Problem
from relay.i18n import _, say, say_n
from relay.settings import Settings
from relay.store import seal
from relay.store.account import Account
from relay.store.database import Store
from relay.store.opening import only_one, open_store
from relay.store.restoring import copied, keep_aside, pour, put_in_place

CLOCK: Clock = RealClock()

app, command = alone(
    _(
        "Read a backup back into the database of the settings; what was there is kept beside it. The relay must not be "
        "at work. When it starts again it first reads every account’s own posts back: nothing is sent before that, and "
        "what was sent since the backup is not sent again."
    ),
    "piquet restore piquet-evening.db",
    "piquet restore --go-on",
)


@command
def restore(
    file: Annotated[
        Path | None, typer.Argument(metavar=_("FILE"), show_default=False, help=_("What “piquet backup” has written."))
    ] = None,
    going: Annotated[
        bool,
        typer.Option(
            "--go-on", metavar="", help=_("After a restore: pause the accounts that cannot be read back, and go on.")
        ),
    ] = False,
) -> None:
    if going == (file is not None):
        raise Invalid(say("Name the backup to read back, or write --go-on, not both."))
    if file is None:
        with inside() as here:
            show(*paused(here.write(go_on)))
        return
    settings = told.get().settings()
    log.configure("debug" if told.get().debug else settings.log_level, settings.log_format)
    show(*asyncio.run(_restore(settings, file, CLOCK.now())))


async def _restore(settings: Settings, file: Path, now: datetime) -> list[str]:
    """All the way; returns what to tell."""
    settle = timedelta(seconds=settings.settle)
    async with copied(file, settings.home) as part:
        kept = await open_store(f"sqlite:///{part}")  # migrated if it is older, refused if it is newer
        try:
            async with kept.write() as tx:
                restored = await mark(tx, now, settle)
        finally:
            await kept.aclose()
        before = await _put(part, settings, f"before-restore-{now:%Y%m%dT%H%M%SZ}")
    return list(spoken(restored, file, before, _key(settings, restored), settle))


async def _put(part: Path, settings: Settings, aside: str) -> Path | None:
    """Have the store of the settings hold what ``part`` holds; returns where that is kept which it held before."""
    store = Store(settings.database)  # not opened: it may be broken
    if store.path is None:
        before = await keep_aside(settings.database, settings.home / f"piquet.{aside}.db")
        await pour(part, settings.database, refuse)
        return before
    return await asyncio.to_thread(_swap, part, store, store.path, aside)


def _swap(part: Path, store: Store, path: Path, aside: str) -> Path | None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with only_one(store):
        return put_in_place(part, path, aside)


def _key(settings: Settings, restored: Restored) -> Problem | None:
    """Why the credentials in the backup cannot be opened, if they cannot."""
    try:
        opens = seal.Seal(settings.key or seal.key(Path(settings.key_file), make=False))
        for account in restored.accounts[:1]:
            opens.open(account.sealed, account.seat)
    except Problem as problem:
        return problem
    return None


def spoken(
    restored: Restored, file: Path, before: Path | None, trouble: Problem | None, settle: timedelta
) -> Iterator[str]:
    """What was done, then what comes next."""
    yield str(say("✓ {path} is read back.", path=file))
    if before is not None:
        yield str(say("  What was there is kept in {path}.", path=before))
    yield str(
        say("  The backup knows nothing of what happened after {moment} (UTC).", moment=local(restored.since, "UTC"))
    )
    if restored.accounts and trouble is not None:
        yield str(say("✗ {problem}", problem=trouble))
    for strike in restored.strikes:
        words = say(
            "! “{name}” goes on as the backup has it. If it was stopped since, stop it again first: "
            "“piquet strike stop {number}”.",
            name=strike.name,
            number=strike.id,
        )
        yield str(words)
    yield from _next(restored.accounts, settle)


def _next(accounts: list[Account], settle: timedelta) -> Iterator[str]:
    if not accounts:
        yield _("→ “piquet run” goes on from here.")
        return
    yield str(
        say_n(
            "→ “piquet run” first reads {n} account back, {wait} from now: nothing is sent before.",
            "→ “piquet run” first reads {n} accounts back, {wait} from now: nothing is sent before.",
            len(accounts),
            wait=lasting(settle),
        )
    )


def paused(accounts: list[Account]) -> Iterator[str]:
    """Who is not waited for any more."""
    for each in accounts:
        yield str(say("! {account} ({network}) is paused.", account=each.handle, network=each.network))
    if accounts:
        yield _("✓ The others go on. “piquet account check” brings these back: they are read back first.")
    else:
        yield _("No account is waited for.")
