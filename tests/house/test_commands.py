# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every command explains itself with an example, and help comes at once."""

import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SLOW = (
    "sqlalchemy",
    "sqlmodel",
    "pydantic",
    "atproto",
    "mastodon",
    "aiohttp",
    "feedparser",
    "lxml",
    "PIL",
    "cryptography",
)
ASK = """
import sys
sys.argv = ["piquet", "--help"]
from relay.cli import main
try:
    main()
except SystemExit:
    pass
sys.stderr.write(" ".join(name for name in {slow!r} if name in sys.modules))
"""


def test_every_command_says_what_it_does_with_an_example(words: str, command: Any) -> None:
    """The example is a line one could type."""
    assert command.help
    assert words in (command.epilog or "")


def test_every_option_is_explained(words: str, command: Any) -> None:
    """Arguments and options alike."""
    silent = [each.name for each in command.params if each.name != "help" and not getattr(each, "help", None)]
    assert [] == silent


def test_help_imports_nothing_slow() -> None:
    """``piquet --help`` is there in half a second, since the libraries wait until they are needed."""
    done = subprocess.run(
        [sys.executable, "-c", ASK.format(slow=SLOW)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ("", True) == (done.stderr, "piquet" in done.stdout)
