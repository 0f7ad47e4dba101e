# SPDX-License-Identifier: AGPL-3.0-or-later
"""The suite that every network passes, ours and strangers' alike. Subclass it and give it a stage:

class TestMegaphone(NetworkContract):
    @pytest.fixture
    async def stage(self) -> AsyncIterator[Stage]:
        ...
"""

import ipaddress
import socket
from collections.abc import Iterator

import pytest

from relay.testing.asks import Asks
from relay.testing.describes import Describes
from relay.testing.discreet import Discreet
from relay.testing.hears import Hears
from relay.testing.publishes import Publishes
from relay.testing.reads import Reads
from relay.testing.stage import Stage


class NetworkContract(Describes, Publishes, Asks, Hears, Reads, Discreet):
    """All six parts, and over all of them: it stays on loopback."""

    @pytest.fixture
    def stage(self) -> Stage:
        """Overridden by every subclass; may be an async generator that cleans up behind itself."""
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def connections(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
        """The hosts connected to; a test that left loopback fails."""
        hosts: list[str] = []
        connect = socket.socket.connect

        def watched(self: socket.socket, address: object) -> None:
            if isinstance(address, tuple):
                hosts.append(str(address[0]))
            connect(self, address)  # type: ignore[arg-type]  # whatever it is, it is passed on

        monkeypatch.setattr(socket.socket, "connect", watched)
        yield hosts
        assert [host for host in hosts if not ipaddress.ip_address(host).is_loopback] == []
