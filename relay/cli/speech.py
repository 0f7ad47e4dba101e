# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which language to speak, known before the first option is read: help is spoken too."""

import gettext
import os
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from relay.faults import Problem
from relay.i18n import LANGUAGES, _, preferred
from relay.settings import load

WITH_VALUE = ("--settings", "--language")  # of the global options


def chosen(arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """``--language``, else PIQUET_LANGUAGE and the setting, else the environment; ``en`` or ``fr``."""
    option = given("--language", arguments)  # refused later if it is none of ours, in words the person reads
    asked = (option if option in LANGUAGES else "") or environ.get("PIQUET_LANGUAGE", "")
    return preferred(environ, asked or _setting(given("--settings", arguments), environ))


def given(option: str, arguments: Sequence[str]) -> str:
    """The value of a global option, "" without one: commands have a --language of their own."""
    found, words = "", iter(arguments)
    for word in words:
        if not word.startswith("-"):
            break
        name, equals, value = word.partition("=")
        if name in WITH_VALUE and not equals:
            value = next(words, "")
        if name == option:
            found = value
    return found


def teach_typer(language: str) -> None:
    """Have Typer say “Options”, “Commands” and the like in ``language``: it asks gettext's default domain."""
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain("piquet", str(files("relay") / "locales"))
    gettext.textdomain("piquet")


def _setting(path: str, environ: Mapping[str, str]) -> str:
    try:
        return load(environ, Path(path) if path else None).language
    except Problem:
        return ""  # said in full once a command needs the settings


def typers_words() -> tuple[str, ...]:
    """What Typer itself says in a help page, named here so that our catalogue holds it."""
    return (_("Arguments"), _("Commands"), _("Options"), _("[default: {}]"), _("[env var: {}]"), _("[required]"))
