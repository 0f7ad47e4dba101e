# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real PostgreSQL cluster on loopback, made for a run of tests and gone after it, even if the run is killed.

cluster = Cluster()
cluster.start()
url = cluster.create()  # postgresql://…@127.0.0.1:port/name, empty
cluster.stop()
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

USER, PASSWORD = "piquet", "p1cket-l1ne"
READY_S = 20.0
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "synchronous_commit": "on",  # as in production; only the disk is not waited for
    "fsync": "off",
    "full_page_writes": "off",
}
# Ends the server when its standard input is closed, that is at the latest when the process that started it dies.
# A word on it keeps the data for another start.
GUARD = 'data=$1; shift; "$@" & read word; kill -INT $! 2>/dev/null; wait $!; test -n "$word" || rm -rf "$data"'


def binaries() -> Path | None:
    """The folder with initdb and postgres: the one on PATH, else the newest of Debian's."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: float(found.parent.name))
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    return next((each for each in (*found, *reversed(versions)) if (each / "postgres").exists()), None)


def missing() -> str:
    """Why no cluster can be started here; "" if one can."""
    return "" if binaries() else "PostgreSQL’s initdb and postgres are not installed"


class Cluster:
    """One server with databases; ``settings`` come before ours, for example ``fsync="on"``."""

    def __init__(self, **settings: str) -> None:
        self._settings = SETTINGS | settings
        self._numbers = count(1)
        self._data: Path | None = None
        self._server: subprocess.Popen[str] | None = None
        self.port = 0

    def start(self) -> None:
        """Returns once it answers, in about two seconds; after ``crash`` it comes back with the same data and port.

        Raises RuntimeError with the server's words if it ends instead.
        """
        if self._data is None:
            self._data = self._initialised()
            self.port = _free_port()
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(_folder() / "postgres"), "-D", str(self._data), "-p", str(self.port), *options]
        log = (self._data.parent / "log").open("a")
        self._server = subprocess.Popen(
            ["sh", "-c", GUARD, "sh", str(self._data.parent), *command],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            text=True,
            cwd=self._data,
            start_new_session=True,
            **_as(_owner()),
        )
        log.close()
        self._wait()

    def stop(self) -> None:
        """End it and remove its data; safe to call twice."""
        if self._server is not None:
            self._server.communicate()
        self._server = self._data = None

    def crash(self) -> None:
        """Kill it as a power cut would, so that the next ``start`` has to recover what was committed."""
        assert self._server is not None
        assert self._data is not None
        os.kill(self.pid, signal.SIGQUIT)
        self._server.communicate("keep\n")
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    @property
    def pid(self) -> int:
        """The server's main process."""
        assert self._data is not None
        return int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])

    def create(self, template: str = "template1") -> str:
        """The URL of a fresh database: an empty one, or a copy of the database named ``template``."""
        name = f"piquet_{next(self._numbers)}"
        self._execute("CREATE DATABASE {} TEMPLATE {} " + self._quickly, name, template)
        return self.url(name)

    @cached_property
    def _quickly(self) -> LiteralString:
        """Files are copied five times faster than written to the log; until PostgreSQL 15 there was nothing else
        (https://www.postgresql.org/docs/current/sql-createdatabase.html).
        """
        with psycopg.connect(self.url("postgres")) as connection:
            return "STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else ""

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", urlsplit(url).path.strip("/"))

    def url(self, name: str) -> str:
        """The address of a database of this cluster."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _initialised(self) -> Path:
        owner = _owner()
        home = Path(tempfile.mkdtemp(prefix="piquet-postgres-"))
        (home / "password").write_text(PASSWORD)
        for each in (home, home / "password"):
            if owner is not None:
                shutil.chown(each, owner)
        made = subprocess.run(
            [
                *(str(_folder() / "initdb"), "-D", str(home / "data"), "--username", USER, "--no-sync"),
                *("--auth", "scram-sha-256", "--pwfile", str(home / "password"), "--no-locale", "--encoding", "UTF8"),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=home,
            **_as(owner),
        )
        if made.returncode:
            shutil.rmtree(home)
            raise RuntimeError(f"initdb failed: {made.stderr}")
        return home / "data"

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            with suppress(psycopg.OperationalError):
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
                return
            time.sleep(0.02)
        assert self._data is not None
        words = (self._data.parent / "log").read_text()
        self.stop()
        raise RuntimeError(f"PostgreSQL did not start: {words}")


def _folder() -> Path:
    found = binaries()
    if found is None:
        raise RuntimeError(missing())
    return found


def _owner() -> str | None:
    """PostgreSQL refuses to run as root: then somebody else does. None: whoever we are."""
    if os.geteuid() != 0:
        return None
    known = {each.pw_name for each in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _as(owner: str | None) -> dict[str, object]:
    if owner is None:
        return {}
    return {"user": owner, "group": pwd.getpwnam(owner).pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
