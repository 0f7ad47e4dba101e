# SPDX-License-Identifier: AGPL-3.0-or-later
"""An internet that is pretended: names of our own, public addresses that lead to one server here, every try noted."""

import asyncio
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EXAMPLE, OTHER, SIX = "93.184.216.34", "93.184.216.35", "2606:2800:220:1::5"
MAPPED, TRANSLATED = "::ffff:5db8:d822", "64:ff9b::5db8:d822"
PUBLIC = frozenset({EXAMPLE, OTHER, "93.184.216.36", SIX, MAPPED, "::ffff:93.184.216.34", TRANSLATED})

_LOST = {
    "<TAB>": "\t",
    "<LF>": "\n",
    "<CR>": "\r",
    "<NUL>": "\0",
    "<SP>": " ",
    "<SHY>": "\u00ad",
    "<ZWJ>": "\u200d",
    "<ZWSP>": "\u200b",
    "<RLO>": "\u202e",
    "<64 a>": "a" * 64,
    "<300 a>": "a" * 300,
    "<LONG>": ".".join(["a" * 50] * 6),
}

Respond = Callable[[str, Mapping[str, str]], bytes]  # from a path and the headers to a whole answer


def vectors(name: str) -> list[str]:
    """The lines of a list in ``vectors/`` that are no comments."""
    lines = (Path(__file__).parent / "vectors" / f"{name}.txt").read_text("utf-8").splitlines()
    return [re.sub(r"<[A-Z0-9 a]+>", lambda m: _LOST[m[0]], line) for line in lines if line and line[0] != "#"]


def answer(status: str = "200 OK", body: bytes = b"hello", *more: bytes) -> bytes:
    """A whole answer; ``more``: further header lines."""
    head = b"".join(line + b"\r\n" for line in more)
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\nConnection: close\r\n%b\r\n%b" % (
        status.encode(),
        len(body),
        head,
        body,
    )


@dataclass
class Internet:
    """``names``: the answers to look-ups in their order, the last for good; what is not there does not exist.

    ``tried``: addresses and ports that somebody tried to connect to; ``heard``: hosts and paths that the public server
    was asked for; ``rung``: how often somebody reached the listener on this machine, which is at ``port``.
    """

    names: dict[str, list[list[str]]] = field(default_factory=dict)
    respond: Respond = lambda path, headers: answer()
    tried: list[tuple[str, int]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    rung: int = 0
    port: int = 0

    def astray(self) -> list[tuple[str, int]]:
        """What was tried and is not public, or not the web."""
        return [(host, port) for host, port in self.tried if host not in PUBLIC or port not in (80, 443, 8443)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            first = await reader.readexactly(1)
            rest = b"" if first == b"\x16" else await reader.readuntil(b"\r\n\r\n")  # no TLS here: hang up
            head = (first + rest).decode("latin-1").split("\r\n")
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:])}
            self.heard.append(headers["host"] + head[0].split(" ")[1])
            writer.write(self.respond(head[0].split(" ")[1], headers))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, KeyError):
            pass
        writer.close()

    async def ring(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.rung += 1
        writer.close()

    def found(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """In place of ``socket.getaddrinfo``."""

        def look_up(host: str, port: object, family: int = 0, *more: int, **options: int) -> Any:
            name = host.rstrip(".").lower()
            self.asked.append(host)
            options.pop("flags", 0)
            answers = self.names.get(name, [])
            addresses = (answers.pop(0) if len(answers) > 1 else answers[0]) if answers else [host]
            numeric = {**options, "flags": socket.AI_NUMERICHOST}
            return [each for one in addresses for each in real(one, port, 0, *more[:2], **numeric)]

        return look_up

    def led(self, real: Callable[..., Any], web: int) -> Callable[..., Any]:
        """In place of ``socket.connect``: what is public leads to our server, what is ours to the bell."""

        def connect(own: socket.socket, target: Any) -> Any:
            if own.family == socket.AF_UNIX:
                return real(own, target)
            self.tried.append((target[0], target[1]))
            here = "::ffff:127.0.0.1" if own.family == socket.AF_INET6 else "127.0.0.1"
            if target[0] in PUBLIC:
                return real(own, (here, web))
            return real(own, (here, self.port))

        return connect
