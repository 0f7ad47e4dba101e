# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whatever goes wrong becomes one sentence on stderr and an exit code: 2 for what was typed, 1 for all else."""

import os
import traceback
from pathlib import Path
from typing import Any

import typer

from relay.cli.screen import complain
from relay.cli.told import told as told_to
from relay.faults import Invalid, Problem
from relay.i18n import Message, say
from relay.log import struck_out

INTERRUPTED = 130
CRASH = "crash.txt"


def told(cause: Exception) -> int:
    """Say what went wrong; returns the exit code."""
    match cause:
        case Problem():
            complain(str(cause))
            return 2 if isinstance(cause, Invalid) else 1
        case typer.Abort():
            complain(str(say("Stopped here. What was already saved stays saved.")))
            return INTERRUPTED
        case typer.TyperException():
            if not shown_already(cause):
                complain(str(mistyped(cause)))
            return cause.exit_code
        case BrokenPipeError():
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # else Python complains when it flushes stdout at the end
            return 1
        case _:
            complain(str(_bug(cause)))
            return 1


def shown_already(cause: Exception) -> bool:
    """A command without its verb has shown its help; there is nothing to add."""
    return type(cause).__name__ == "NoArgsIsHelpError"


def mistyped(cause: Any) -> Message:
    """What Typer found wrong with the command line, as one sentence that says what to do next."""
    context = getattr(cause, "ctx", None)
    shown = f"{context.command_path} --help" if context else "piquet --help"
    match type(cause).__name__:
        case "NoSuchOption" if cause.possibilities:
            near = ", ".join(sorted(cause.possibilities))
            return say("There is no option {name} here; did you mean {near}?", name=cause.option_name, near=near)
        case "NoSuchOption":
            name = cause.option_name
            return say("There is no option {name} here; “{shown}” lists those there are.", name=name, shown=shown)
        case "MissingParameter":
            return say("{name} is missing; “{shown}” shows how to write it.", name=_named(cause), shown=shown)
        case "BadOptionUsage":
            return say("{name} needs a value; “{shown}” shows how to write it.", name=cause.option_name, shown=shown)
        case "BadParameter" if cause.param is not None:
            name = _named(cause)
            return say("{name} cannot be what was typed; “{shown}” shows how to write it.", name=name, shown=shown)
        case _:
            words = cause.format_message().rstrip(".")
            return say("This was not understood: {words}; “{shown}” shows how to write it.", words=words, shown=shown)


def _named(cause: Any) -> str:
    """The option or argument as help shows it."""
    param = cause.param
    name = param.display_name_raw if param.param_type_name == "argument" else param.opts[0]
    return str(name).strip("<>[]{}")


def _bug(cause: Exception) -> Message:
    details = struck_out("".join(traceback.format_exception(cause)))
    if told_to.get().debug:
        complain(details)
    path = _written(details)
    name = type(cause).__name__
    if path is None:
        return say("Piquet made a mistake ({name}); run it again with --debug and report what it shows.", name=name)
    return say("Piquet made a mistake ({name}); the details are in {path}, please report them.", name=name, path=path)


def _written(details: str) -> Path | None:
    """Keep the details where only their owner reads them; None where that cannot be."""
    try:
        path = told_to.get().settings().home / CRASH
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(details)
    except (OSError, Problem):
        return None
    return path
