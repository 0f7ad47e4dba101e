# SPDX-License-Identifier: AGPL-3.0-or-later
"""What ``strace -f -y`` wrote down of a relay, read for one question: was it on disk before it was said?"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

CALLS = "trace=fdatasync,fsync,write,sendto,sendmsg"
STRACE = ("strace", "-f", "--seccomp-bpf", "-y", "-qq", "-s", "2048", "-e", CALLS, "-e", "signal=none")
CALL = re.compile(r"^(\d+) +(\w+)\((\d+)(.*)$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. f(?:data)?sync resumed>\) += 0$")
CLAIMED = re.compile(r"claimed ([A-D]): [^\"]*?(piece\d+x)")
HOST = re.compile(r"\\r\\nhost: [\d.]+:(\d+)\\r\\n", re.IGNORECASE)
WAL = "-wal>"


@dataclass
class Reading:
    """``sent``: every notice as (server, article); ``unwritten``: those without a sync of the write-ahead log between
    their claim and the first byte of their request.
    """

    ports: Mapping[str, str]
    sent: list[tuple[str, str]] = field(default_factory=list)
    unwritten: list[tuple[str, str]] = field(default_factory=list)
    _claimed: dict[tuple[str, str], int] = field(default_factory=dict)
    _syncing: set[str] = field(default_factory=set)  # threads whose sync of the log has not returned yet
    _heads: dict[str, tuple[str, int]] = field(default_factory=dict)  # connection → server, syncs before the first byte
    _synced: int = 0

    def line(self, number: int, line: str) -> None:
        """Take in one line, in the order of the trace."""
        resumed, call = RESUMED.match(line), CALL.match(line)
        if resumed and resumed[1] in self._syncing:
            self._syncing.discard(resumed[1])
            self._synced = number
        if call is None:
            return
        thread, name, connection, rest = call.groups()
        if "sync" in name and WAL in rest:
            self._sync(number, thread, rest)
        elif name == "write":
            for server, token in CLAIMED.findall(rest):
                self._claimed[server, token] = number
        elif name.startswith("send"):
            self._send(connection, rest)

    def _sync(self, number: int, thread: str, rest: str) -> None:
        if rest.endswith("= 0"):
            self._synced = number
        else:
            self._syncing.add(thread)

    def _send(self, connection: str, rest: str) -> None:
        host = HOST.search(rest)
        if '"POST ' in rest and host:
            self._heads[connection] = (self.ports.get(host[1], "?"), self._synced)
        token = re.search(r"piece\d+x", rest)
        if token and connection in self._heads:
            server, synced = self._heads.pop(connection)
            said = (server, token[0])
            self.sent.append(said)
            if said not in self._claimed or synced < self._claimed[said]:
                self.unwritten.append(said)


def read(lines: Iterable[str], ports: Mapping[str, str]) -> Reading:
    """``ports``: of each server, port → name."""
    reading = Reading(ports)
    for number, line in enumerate(lines, 1):
        reading.line(number, line)
    return reading


def without_syncs(lines: Sequence[str]) -> list[str]:
    """The same trace of a relay that never waited for its disk."""
    return [line for line in lines if "sync" not in line]
