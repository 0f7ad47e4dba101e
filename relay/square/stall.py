# SPDX-License-Identifier: AGPL-3.0-or-later
"""A stall on the town square: one aiohttp application, served on loopback while the square is open."""

from aiohttp import web


class Stall:
    """Serves ``app`` on 127.0.0.1; ``port`` 0 takes any free one. ``address`` is known once it was started."""

    def __init__(self, app: web.Application, port: int = 0) -> None:
        # No access log: a path or a header in it may carry a secret.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._port = port

    async def start(self) -> None:
        """Open; raises OSError if the port is taken."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Close the door and cut every connection; safe to call twice."""
        await self._runner.cleanup()

    @property
    def address(self) -> str:
        """The base URL, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"
