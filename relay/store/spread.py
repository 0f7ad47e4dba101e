# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many values for one parameter of a statement: spelt out one by one they would be compiled anew at each call.

https://sqlite.org/json1.html#jeach · https://www.postgresql.org/docs/current/functions-json.html
"""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, String, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Spread(FunctionElement[Any]):
    """A row for each string of an array in JSON, in the column ``value``."""

    inherit_cache = True


@compiles(_Spread, "sqlite")
def _on_sqlite(element: _Spread, compiler: SQLCompiler, **given: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **given)})"


@compiles(_Spread, "postgresql")
def _on_postgres(element: _Spread, compiler: SQLCompiler, **given: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **given)} AS json))"


def spread(parameter: str) -> Select[tuple[str]]:
    """The strings that ``packed`` has put in the parameter of this name, to be used with ``in_`` and ``not_in``."""
    return select(_Spread(bindparam(parameter, type_=String())).table_valued("value").c.value)


def packed(values: Iterable[object]) -> str:
    """The value of such a parameter."""
    return json.dumps([str(value) for value in values])
