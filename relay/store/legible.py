# SPDX-License-Identifier: AGPL-3.0-or-later
"""Text that a stranger's server chose, as every database can keep it.

PostgreSQL's text holds no NUL (https://www.postgresql.org/docs/current/datatype-character.html), and half of a
surrogate pair, which JSON may spell, has no form in UTF-8: one such character in an answer would stop its lane.
"""

import re
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

_UNKEPT = re.compile("[\0\ud800-\udfff]")
_INSTEAD = "\N{REPLACEMENT CHARACTER}"


def keep_legible(engine: AsyncEngine) -> None:
    """Have every text that goes to the database pass here."""
    event.listen(engine.sync_engine, "before_cursor_execute", _pass, retval=True)


def _pass(_: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: bool) -> tuple[str, Any]:
    return statement, legible(parameters)


def legible(given: Any) -> Any:
    """The same value with what cannot be kept replaced, in whatever it is nested."""
    if isinstance(given, str):
        harmless = given.isascii() and "\0" not in given  # as most are, and much faster to see
        return given if harmless else _UNKEPT.sub(_INSTEAD, given)
    if isinstance(given, dict):
        return {name: legible(each) for name, each in given.items()}
    if isinstance(given, list | tuple):
        return type(given)(map(legible, given))
    return given
