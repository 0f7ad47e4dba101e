# SPDX-License-Identifier: AGPL-3.0-or-later
"""Open a port on loopback only: whoever is to be reached from outside stands behind a proxy."""

from aiohttp import web

LOOPBACK = "127.0.0.1"


async def listen(runner: web.AppRunner, port: int) -> bool:
    """Whether the port could be had."""
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
    except OSError:
        return False
    return True
