# SPDX-License-Identifier: AGPL-3.0-or-later
"""The time zone of this machine, as a first guess at the newsroom's."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from relay.faults import Invalid
from relay.strikes.moments import zone_of

FALLBACK = "Europe/Paris"


def guessed(environ: Mapping[str, str], root: Path = Path("/")) -> str:
    """What TZ, /etc/timezone or /etc/localtime say, where that is a place; else Europe/Paris."""
    for name in _told(environ, root):
        try:
            zone_of(name)
        except Invalid:
            continue
        if "/" in name and not name.startswith("Etc/"):
            return name
    return FALLBACK


def _told(environ: Mapping[str, str], root: Path) -> Iterator[str]:
    yield environ.get("TZ", "").removeprefix(":")
    with suppress(OSError, UnicodeDecodeError):
        yield (root / "etc/timezone").read_text(encoding="utf-8").strip()
    yield str((root / "etc/localtime").resolve()).partition("zoneinfo/")[2]
