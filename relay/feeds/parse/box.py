# SPDX-License-Identifier: AGPL-3.0-or-later
"""The box: a child process that may be killed, in which alone feeds are parsed.

``python -m relay.feeds.parse.box`` reads requests from standard input and answers them on standard output, in the words
of ``pipe``. It ends when its standard input does.
"""

import os
import resource
import sys
from typing import BinaryIO

from relay.feeds.parse.pipe import LENGTH, pack, receive
from relay.feeds.parse.reading import look

_ROOM = 300 << 20  # bytes of memory beyond what the process begins with


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until they end. Out of memory ends the process: the parser starts a fresh one."""
    while (content_type := receive(requests)) is not None:
        address, known, body = receive(requests), receive(requests), receive(requests)
        if address is None or known is None or body is None:
            return
        answer = _answer(body, content_type.decode("utf-8", "replace"), address.decode("utf-8", "replace"), known)
        answers.write(LENGTH.pack(len(answer)) + answer)
        answers.flush()


def _answer(body: bytes, content_type: str, address: str, known: bytes) -> bytes:
    try:
        return pack(look(body, content_type, address, known))
    except MemoryError:
        raise
    except Exception:  # whatever a parser trips over, the document is at fault, and the next one is not
        return pack(None)


def _confine() -> None:
    """Bound our own memory and give up files and core dumps; what a system cannot bound, the kill timer does."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as statm:
            size = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + _ROOM, size + _ROOM))


def main() -> None:
    """Keep the pipe to ourselves, so that nothing a library prints can end up in it."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _confine()
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
