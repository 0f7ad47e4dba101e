# SPDX-License-Identifier: AGPL-3.0-or-later
"""What PostgreSQL says in codes and in passing, as sentences that say what to do.

Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html; a connection that was never made has none.
"""

from collections.abc import Mapping

from sqlalchemy import exc

from relay.faults import Unusable
from relay.i18n import say

_BUSY = "busy"
_GONE = "gone"
_CODES: Mapping[str, str] = {
    "53100": "full",
    "58030": "full",  # io_error
    "25006": "read-only",
    "42501": "forbidden",
    "53300": "crowded",
    "55P03": _BUSY,  # a lock that was waited for too long
    "57014": _BUSY,  # a statement that took too long
    "40P01": _BUSY,  # a deadlock
    "25P03": _GONE,  # idle in a transaction for too long
    "57P01": _GONE,
    "57P02": _GONE,
    "57P03": _GONE,  # starting up or shutting down
}


def explained(cause: Exception, place: str) -> Exception:
    """The sentence for ``cause`` on the database at ``place``; the cause itself where there is none."""
    if isinstance(cause, exc.TimeoutError):  # SQLAlchemy's: no connection of the pool came free
        return _sentence(_BUSY, place)
    if not isinstance(cause, exc.DBAPIError) or cause.orig is None:
        return cause
    code = getattr(cause.orig, "sqlstate", None)
    if code is None:
        lost = isinstance(cause, exc.OperationalError | exc.InterfaceError)
        return _unconnected(str(cause.orig), place) if lost else cause
    kind = _GONE if code.startswith("08") else _CODES.get(code)
    return _sentence(kind, place) if kind else cause


def _unconnected(text: str, place: str) -> Exception:
    if "password" in text or "pg_hba" in text or ("role " in text and "does not exist" in text):
        return _sentence("stranger", place)
    if "database " in text and "does not exist" in text:
        return _sentence("missing", place)
    if "too many" in text or "remaining connection slots" in text:
        return _sentence("crowded", place)
    if "closed the connection" in text or "connection is lost" in text or "connection is closed" in text:
        return _sentence(_GONE, place)
    why = text.rpartition("failed: ")[2].strip().splitlines()[0]
    return Unusable(
        say(
            "The database server of {place} cannot be reached ({why}): start it, or mend the address in the settings.",
            place=place,
            why=why,
        )
    )


def _sentence(kind: str, place: str) -> Unusable:
    words = {
        "full": say("The disk of {place} is full or failing: make room there; nothing is lost.", place=place),
        "read-only": say("The database {place} takes no writing: name the server that does.", place=place),
        "forbidden": say("The user of {place} may not do this: make it the database’s owner.", place=place),
        "crowded": say("{place} has no connection left: raise its max_connections, or stop a machine.", place=place),
        "stranger": say("{place} refuses the user or the password: mend the address in the settings.", place=place),
        "missing": say("There is no database {place}: make it with “createdb”, owned by our user.", place=place),
        _BUSY: say("The database {place} is busy: try again in a moment.", place=place),
        _GONE: say("{place} went away in mid-work: what was not committed is done again once it is back.", place=place),
    }
    return Unusable(words[kind])
