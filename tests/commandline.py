# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command ``piquet`` as a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

COMMAND = (sys.executable, "-c", "import sys; sys.argv[0] = 'piquet'; from relay.cli import main; main()")


@contextmanager
def process(*words: str) -> Iterator["subprocess.Popen[str]"]:
    """The command as a process, ended with the block."""
    with subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as made:
        try:
            yield made
        finally:
            made.kill()


def until(made: "subprocess.Popen[str]", words: str) -> str:
    """What it says up to the line with these words; the test's own timeout ends a wait in vain."""
    assert made.stdout is not None
    said = ""
    for line in made.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(f"never said {words!r}: {said} {made.stderr.read() if made.stderr else ''}")
