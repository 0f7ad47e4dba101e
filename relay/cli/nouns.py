# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a noun and its verbs are declared: one paragraph of help and examples each."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, TypeVar

import typer
from rich.markup import escape
from typer.core import TyperCommand, TyperGroup

from relay.faults import Invalid
from relay.i18n import _, say

Command = TypeVar("Command", bound=Callable[..., Any])


class Verb(TyperCommand):
    """A command whose --help speaks the person's language."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """A fault that does not know its command (an option without its value) is told it, so as to name its help."""
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as cause:
            if getattr(cause, "ctx", ctx) is None:
                cause.ctx = ctx  # type: ignore[attr-defined]  # only a usage error has one
            raise

    def get_help_option(self, ctx: Any) -> Any:
        return spoken(super().get_help_option(ctx))


class Noun(TyperGroup):
    """A group whose --help speaks the person's language."""

    def get_help_option(self, ctx: Any) -> Any:
        return spoken(super().get_help_option(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        names = self.list_commands(ctx)
        if args[0] not in names and not args[0].startswith("-"):
            near = get_close_matches(args[0], names, n=1) or names[:1]
            typed, meant = f"{ctx.command_path} {args[0]}", f"{ctx.command_path} {near[0]}"
            raise Invalid(say("There is no command “{typed}”; did you mean “{meant}”?", typed=typed, meant=meant))
        return super().resolve_command(ctx, args)


def spoken(option: Any) -> Any:
    """The --help option with its own help in words of ours."""
    if option is not None:
        option.help, option.metavar = _("Show this help."), ""
    return option


def noun(words: str) -> typer.Typer:
    """A group of verbs; without one its help is shown."""
    return typer.Typer(cls=Noun, help=escape(words), no_args_is_help=True, add_completion=False)


def alone(words: str, *examples: str) -> tuple[typer.Typer, Callable[[Command], Command]]:
    """An app that is one command, and what declares that command."""
    app = typer.Typer(add_completion=False)
    return app, verb(app, None, words, *examples)


def verb(app: typer.Typer, name: str | None, words: str, *examples: str) -> Callable[[Command], Command]:
    """Declare a command of ``app``; examples are whole command lines."""
    lines = [_("Examples:"), *(f"  {example}" for example in examples)]
    return app.command(name, cls=Verb, help=escape(words), epilog=escape("\n".join(lines)))
