# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the global options said, for the one command that this process runs."""

import os
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from relay.settings import Settings, load


@dataclass(frozen=True)
class Told:
    """``path``: the settings file named, if one was; ``verbose``: --debug."""

    path: Path | None = None
    verbose: bool = False

    def settings(self) -> Settings:
        """Read when a command needs them, so that help works whatever the file holds. Raises Invalid."""
        return load(os.environ, self.path)

    @property
    def debug(self) -> bool:
        """Whether a person asked for tracebacks."""
        return self.verbose or os.environ.get("PIQUET_LOG_LEVEL") == "debug"


told: ContextVar[Told] = ContextVar("told", default=Told())  # noqa: B039  # frozen, hence safe to share
