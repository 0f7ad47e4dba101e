# SPDX-License-Identifier: AGPL-3.0-or-later
"""Connections that break off, hang, trickle or never end."""

from relay.square.farm.answer import Answer
from relay.square.farm.faults.fault import Fault, Line, Scene

FLOOD = 1 << 16  # bytes written at once by what never ends
_PADDING = (b"X-Padding: " + b"x" * 100 + b"\r\n") * 64


async def _reset_before(line: Line, scene: Scene) -> None:
    line.reset()


async def _closed_before(line: Line, scene: Scene) -> None:
    line.finish()


async def _reset_middle(line: Line, scene: Scene) -> None:
    whole = scene.whole
    await line.write(whole.head(scene.date) + whole.body[: len(whole.body) // 2])
    line.reset()


async def _hang(line: Line, scene: Scene) -> None:
    while line.open:
        await line.pause(60)


async def _drip(line: Line, scene: Scene, data: bytes) -> None:
    for place in range(len(data)):
        if not line.open:
            return
        await line.write(data[place : place + 1])
        await line.pause(scene.pace)


async def _slow_loris(line: Line, scene: Scene) -> None:
    await _drip(line, scene, scene.whole.head(scene.date) + scene.whole.body)


async def _slow_body(line: Line, scene: Scene) -> None:
    await line.write(scene.whole.head(scene.date))
    await _drip(line, scene, scene.whole.body)


async def _endless_body(line: Line, scene: Scene) -> None:
    whole = scene.whole
    await line.write(whole.head(scene.date, length=-1) + whole.body.removesuffix(b"</channel>\n</rss>\n"))
    while line.open:
        await line.write(b" " * FLOOD)


async def _endless_headers(line: Line, scene: Scene) -> None:
    await line.write(b"HTTP/1.1 200 OK\r\n")
    while line.open:
        await line.write(_PADDING)


async def _huge_header(line: Line, scene: Scene) -> None:
    await line.write(scene.whole.having(Set_Cookie="x" * FLOOD).head(scene.date) + scene.whole.body)


async def _claims_more(line: Line, scene: Scene) -> None:
    body = scene.whole.body
    await line.write(scene.whole.head(scene.date, length=len(body) + 1000) + body)
    line.finish()


async def _claims_less(line: Line, scene: Scene) -> None:
    body = scene.whole.body
    await line.write(scene.whole.head(scene.date, length=len(body) // 2) + body)
    line.finish()


async def _not_http(line: Line, scene: Scene) -> None:
    await line.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    line.finish()


async def _broken_chunks(line: Line, scene: Scene) -> None:
    head = Answer(200, {"Content-Type": "application/rss+xml", "Transfer-Encoding": "chunked"})
    await line.write(head.head(scene.date, length=-1) + b"zz\r\n" + scene.whole.body)
    line.finish()


_ERROR = "Takes it for an error, asks again later."
_TIME = "Gives up after its total time, not after a silence."

LINES = (
    Fault("reset-before", "Resets the connection before an answer.", _ERROR, play=_reset_before),
    Fault("closed-before", "Closes the connection before an answer.", _ERROR, play=_closed_before),
    Fault("reset-middle", "Resets the connection in the middle of the document.", _ERROR, play=_reset_middle),
    Fault("hang", "Takes the request and says nothing.", "Gives up after its total time.", play=_hang),
    Fault("slow-loris", "Sends the answer a byte a second.", _TIME, play=_slow_loris),
    Fault("slow-body", "Sends the head at once, the document a byte a second.", _TIME, play=_slow_body),
    Fault("endless-body", "A document that never ends.", "Leaves at its cap of bytes.", play=_endless_body),
    Fault("endless-headers", "Headers that never end.", "Leaves at its cap of headers.", play=_endless_headers),
    Fault("huge-header", "One header of 64 kB.", "Leaves at its cap, or reads on unharmed.", play=_huge_header),
    Fault("claims-more", "Content-Length promises 1,000 bytes more than come.", _ERROR, play=_claims_more),
    Fault(
        "claims-less", "Content-Length names half of what comes.", "Takes half a document for none.", play=_claims_less
    ),
    Fault("not-http", "Answers in another protocol.", _ERROR, play=_not_http),
    Fault("broken-chunks", "Chunks without a length.", _ERROR, play=_broken_chunks),
)
