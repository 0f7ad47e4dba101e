# SPDX-License-Identifier: AGPL-3.0-or-later
"""The box: a child process that may be killed, in which alone feeds are parsed.

``python -m relay.feeds.parse.box`` reads frames from standard input and answers each request with one on standard
output: a frame is a length (4 bytes, big endian) and as many bytes. A request is three frames: content type, address,
body. The answer is a document as JSON, or null. It ends when its standard input does.
"""

import os
import resource
import struct
import sys
from typing import BinaryIO

from relay.feeds.parse.reading import pack, read

_ROOM = 300 << 20  # bytes of memory beyond what the process begins with
_LENGTH = struct.Struct(">I")


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until they end. Out of memory ends the process: the parser starts a fresh one."""
    while (content_type := _frame(requests)) is not None:
        address, body = _frame(requests), _frame(requests)
        if address is None or body is None:
            return
        answer = _answer(body, content_type.decode("utf-8", "replace"), address.decode("utf-8", "replace"))
        answers.write(_LENGTH.pack(len(answer)) + answer)
        answers.flush()


def _answer(body: bytes, content_type: str, address: str) -> bytes:
    try:
        return pack(read(body, content_type, address))
    except MemoryError:
        raise
    except Exception:  # whatever a parser trips over, the document is at fault, and the next one is not
        return pack(None)


def _frame(stream: BinaryIO) -> bytes | None:
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    return stream.read(length)


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
