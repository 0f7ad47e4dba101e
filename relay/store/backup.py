# SPDX-License-Identifier: AGPL-3.0-or-later
"""A backup: everything in one SQLite file of its owner's, whatever the store, taken while a relay works.

On SQLite the file is copied within one read transaction, in which its rows are counted too; on PostgreSQL row by row
from one snapshot. What was written is opened and checked before it takes its place.
https://sqlite.org/backup.html
"""

import asyncio
import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from relay.faults import Invalid, Unusable
from relay.i18n import say
from relay.store.database import Store
from relay.store.opening import open_store
from relay.store.transfer import copy, counts, tables

PART = ".part"


@dataclass(frozen=True)
class Kept:
    """What a backup holds: its schema's revision, and the rows of each table."""

    revision: str
    counts: dict[str, int]


async def backup(store: Store, path: Path, *, force: bool = False) -> Kept:
    """Write a backup to ``path``, mode 0600.

    Raises Invalid if something is there already and must not be replaced, Unusable with what is in the way.
    """
    if not force:
        _spare(path)
    part = path.with_name(path.name + PART)
    with _explained(path):
        part.unlink(missing_ok=True)
        try:
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            expected = await _written(store, part)
            kept = await asyncio.to_thread(inspect, part)
            if kept != expected:
                raise Unusable(say("The backup {path} is not what was copied: check the disk, try again.", path=path))
            _in_place(part, path)
        finally:
            part.unlink(missing_ok=True)
    return kept


def inspect(path: Path) -> Kept:
    """Open a backup and check it. Raises Unusable if it is broken, or none of Piquet's."""
    try:
        with closing(_read_only(path)) as database:
            [verdict] = database.execute("PRAGMA integrity_check(1)").fetchone()
            strays = database.execute("PRAGMA foreign_key_check").fetchone()
            if verdict != "ok" or strays:
                raise Unusable(say("The file {path} is damaged: take another backup.", path=path))
            return _counted(database)
    except sqlite3.Error as cause:
        if "disk I/O" in str(cause):
            raise Unusable(say("The file {path} cannot be read: check the disk.", path=path)) from cause
        raise Unusable(say("The file {path} is no backup of Piquet’s: name another one.", path=path)) from cause


def snapshot(source: Path, part: Path) -> Kept:
    """Copy an SQLite database as it stands at one moment, whoever writes to it, into the file at ``part``."""
    with closing(_read_only(source)) as database, closing(sqlite3.connect(part)) as target:
        database.execute("BEGIN")
        counted = _counted(database)
        database.backup(target)
    _alone(part)
    return counted


def _spare(path: Path) -> None:
    if path.exists():
        raise Invalid(say("{path} exists already: choose another name, or add --force to replace it.", path=path))


async def _written(store: Store, part: Path) -> Kept:
    if store.path is not None:
        return await asyncio.to_thread(snapshot, store.path, part)
    target = await open_store(f"sqlite:///{part}")
    try:
        async with store.read() as tx, target.write() as into:
            source = await tx.connection()
            await copy(source, await into.connection())
            revision = (await source.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
            expected = Kept(str(revision), await counts(source))
    finally:
        await target.aclose()
    _alone(part)
    return expected


def _alone(path: Path) -> None:
    """One file, with nothing beside it: so it can be copied anywhere."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=DELETE")


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _counted(database: sqlite3.Connection) -> Kept:
    """An older backup lacks the tables that came later."""
    [revision] = database.execute("SELECT version_num FROM alembic_version").fetchone()
    there = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    known = [table.name for table in tables() if table.name in there]
    rows = {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in known}  # noqa: S608 - our own names
    return Kept(revision, rows)


def _in_place(part: Path, path: Path) -> None:
    """Durably, and never half."""
    for each, flags in ((part, os.O_RDWR), (path.parent, os.O_RDONLY)):
        handle = os.open(each, flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if each is part:
            part.replace(path)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as cause:
        full = getattr(cause, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "disk is full" in str(cause)
        if full:
            words = say("The disk of {path} is full: make room, or choose another place.", path=path)
        elif not path.parent.is_dir():
            words = say("There is no folder {folder}: make it, or choose another place.", folder=path.parent)
        else:
            why = getattr(cause, "strerror", None) or str(cause)
            words = say("The backup {path} cannot be written ({why}): choose another place.", path=path, why=why)
        raise Unusable(words) from cause
