# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command ``piquet``: one file a noun, short functions. Heavy rooms are imported by the command that needs them."""

import os
import sys
from importlib import import_module

from relay.cli.speech import chosen, teach_typer
from relay.i18n import speak


def main() -> None:
    """Speak the person's language first: every text of the commands is rendered as their module is imported."""
    language = chosen(sys.argv[1:], os.environ)
    speak(language)
    teach_typer(language)
    import_module("relay.cli.root").app()
