# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words for people: a message is a value, rendered late, in the language of whoever reads it.

Catalogues are gettext's (https://www.gnu.org/software/gettext/manual/), kept with Babel in
``relay/locales``; the English of the code is the message id.
"""

import gettext
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "fr")

_spoken: ContextVar[str] = ContextVar("language", default="en")


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    path = str(files("relay") / "locales")
    return gettext.translation("piquet", path, languages=[language], fallback=True)


def speak(language: str) -> None:
    """Render messages in ``language`` from here on, in this task; an unknown one means English."""
    _spoken.set(language if language in LANGUAGES else "en")


def spoken() -> str:
    """The language messages are rendered in now: ``en`` or ``fr``."""
    return _spoken.get()


def preferred(environ: Mapping[str, str], setting: str = "") -> str:
    """The reader's language: the setting, else the first of gettext's variables that is set.

    An empty answer is never given: whatever is not French is answered in English.
    """
    named = [setting, *(environ.get(k, "") for k in ("PIQUET_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))]
    first = next((name for name in named if name), "en")
    return "fr" if first.lower().startswith("fr") else "en"


@dataclass(frozen=True)
class Message:
    """A sentence still to be said: an English message id and what fills its braces."""

    msgid: str
    params: Mapping[str, object] = field(default_factory=dict)
    plural: str = ""
    n: int = 1

    def __str__(self) -> str:
        catalogue = _catalogue(_spoken.get())
        many = bool(self.plural)
        text = catalogue.ngettext(self.msgid, self.plural, self.n) if many else catalogue.gettext(self.msgid)
        return text.format(**self.params) if self.params else text


def say(msgid: str, **params: object) -> Message:
    """A message to be rendered when it is read."""
    return Message(msgid, params)


def say_n(singular: str, plural: str, n: int, **params: object) -> Message:
    """A message that counts; ``{n}`` is filled with the number."""
    return Message(singular, {"n": n, **params}, plural, n)


def _(msgid: str) -> str:
    """The words for ``msgid`` in the language spoken now."""
    return _catalogue(_spoken.get()).gettext(msgid)
