# SPDX-License-Identifier: AGPL-3.0-or-later
"""The log on stderr: one event a line, in fields allowed by name, with whatever looks like a secret struck out.

    log.info("delivery.sent", delivery=12, host="mastodon.example", seconds=0.4)

A field that is not in FIELDS is dropped, so that no name, wording or token reaches a file by accident. Libraries
are heard from warnings on, through the same sieve. Nothing is imported until ``configure``.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

FIELDS = frozenset(
    (
        *("newsroom", "feed", "article", "strike", "window", "account", "delivery", "network", "host", "lane"),
        *("action", "state", "reason", "status", "attempt", "seconds", "count", "due", "until", "fault"),
        *("path", "address", "version"),
    )
)
STRUCK = "[struck out]"

_SECRET = re.compile(
    r"""
    (?P<name> \b (?: (?:bearer|dpop|basic)\s+
                   | [\w-]* (?:token|secret|password|api_?key|authorization|jwt) \w* [\\"']* \s*[=:]\s* [\\"']*
                     (?:bearer\s+)?
                   | code= ) )
    [^\s"'&,;\\]+
    | \b eyJ[\w-]+\.[\w-]+\.[\w-]*                 # a session of Bluesky
    | \b [a-z0-9]{4} (?:-[a-z0-9]{4}){3} \b        # an app password of Bluesky
    | (?<![\w-]) [\w-]{43} (?![\w-])               # a token of Mastodon
    | (?<=://) [^/@\s]+ (?=@)                      # user and password in an address
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LOGGER = logging.getLogger("relay")  # above the loggers that rooms name after themselves


def debug(event: str, **fields: object) -> None:
    """What only a developer asks for."""
    _write(logging.DEBUG, event, fields)


def info(event: str, **fields: object) -> None:
    """What an operator reads the next day."""
    _write(logging.INFO, event, fields)


def warning(event: str, **fields: object) -> None:
    """What a person should look at; the relay goes on."""
    _write(logging.WARNING, event, fields)


def error(event: str, crash: BaseException | None = None, **fields: object) -> None:
    """What went wrong on our side; with its traceback, if ``crash`` is given."""
    _write(logging.ERROR, event, fields, crash)


def _write(level: int, event: str, fields: dict[str, object], crash: BaseException | None = None) -> None:
    _LOGGER.log(level, event, extra={k: v for k, v in fields.items() if k in FIELDS}, exc_info=crash)


def configure(level: str, shape: Literal["text", "json"] | str) -> None:
    """Write events of ``level`` and above to stderr, as ``text`` for people or ``json`` for machines."""
    import structlog  # noqa: PLC0415  costs 0.1 s, which ``piquet --help`` does not have
    from structlog.dev import ConsoleRenderer, plain_traceback  # noqa: PLC0415
    from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level  # noqa: PLC0415

    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if shape == "json"
        else ConsoleRenderer(colors=False, exception_formatter=plain_traceback)
    )
    before: list[Any] = [add_log_level, ExtraAdder(allow=FIELDS), structlog.processors.TimeStamper("iso", utc=True)]
    if shape == "json":
        before.append(structlog.processors.format_exc_info)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=before, processors=[ProcessorFormatter.remove_processors_meta, renderer, _strike_out]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    _LOGGER.setLevel(level.upper())


def struck_out(text: str) -> str:
    """``text`` without whatever looks like a secret."""
    return _SECRET.sub(lambda found: (found["name"] or "") + STRUCK, text)


def _strike_out(_logger: Any, _method: str, line: str | MutableMapping[str, Any]) -> str:
    return struck_out(str(line))
