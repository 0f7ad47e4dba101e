# SPDX-License-Identifier: AGPL-3.0-or-later
"""Questions to a person at a terminal; what cannot be used is said, and asked again."""

import sys
from collections.abc import Callable
from typing import TypeVar

import typer

from relay.cli.screen import complain
from relay.faults import Invalid, Problem
from relay.i18n import _, say

T = TypeVar("T")

YES = frozenset({"y", "yes", "o", "oui"})
NO = frozenset({"n", "no", "non"})


def attended() -> bool:
    """Whether a person sits at the terminal and can be asked."""
    return sys.stdin.isatty()


def need(given: str, option: str, question: str, default: str = "") -> str:
    """``given``, else the answer to ``question``. Raises Invalid naming ``option`` where nobody can be asked."""
    if given:
        return given
    if not attended():
        raise Invalid(say("{option} is missing; add it, or run this at a terminal to be asked.", option=option))
    return ask(question, default)


def ask(question: str, default: str = "") -> str:
    """A line of text; an empty answer is ``default``."""
    answer: str = typer.prompt(question, default=default, show_default=bool(default), prompt_suffix=_end(question))
    return answer.strip()


def ask_for(question: str, read: Callable[[str], T], default: str = "") -> T:
    """A line that ``read`` understands; what it refuses as a Problem is said, and the question asked again."""
    while True:
        try:
            return read(ask(question, default))
        except Problem as problem:
            complain(str(problem))


def secret(question: str) -> str:
    """A line that is not shown while it is typed."""
    answer: str = typer.prompt(question, hide_input=True, default="", show_default=False, prompt_suffix=_end(question))
    return answer.strip()


def agreed(question: str, *, default: bool | None = None) -> bool:
    """A yes or a no, in either language."""
    shown = {None: _("yes/no"), True: _("YES/no"), False: _("yes/NO")}[default]
    while True:
        asked = f"{question} [{shown}]"
        answer = str(typer.prompt(asked, default="", show_default=False, prompt_suffix=" ")).strip().lower()
        if answer in YES or (not answer and default is True):
            return True
        if answer in NO or (not answer and default is False):
            return False
        complain(_("Please answer yes or no."))


def _end(question: str) -> str:
    """What stands between a question and its answer."""
    return " " if question.endswith(("?", ")")) else _(": ")
