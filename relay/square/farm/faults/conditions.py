# SPDX-License-Identifier: AGPL-3.0-or-later
"""Servers whose validators are odd, useless, or lies."""

from relay.square.farm.answer import Answer
from relay.square.farm.faults.fault import Fault, Scene


def _unmodified(scene: Scene) -> Answer:
    asked = scene.asked.headers
    if "if-none-match" in asked or "if-modified-since" in asked:
        return Answer(304)
    return scene.whole


def _apache(scene: Scene) -> Answer:
    """mod_deflate marks the tag and then does not know it again: https://bz.apache.org/bugzilla/show_bug.cgi?id=45023"""
    return scene.whole.having(ETag=f'{scene.whole.headers["ETag"][:-1]}-gzip"', Last_Modified="")


def _odd(scene: Scene) -> Answer:
    """Weak, with characters that few expect, and no date beside it; whoever echoes it byte for byte hears 304."""
    etag = f"W/{scene.whole.headers['ETag'][:-1]},é;\\x%22~" + '"'
    if scene.asked.headers.get("if-none-match") == etag:
        return Answer(304, {"ETag": etag})
    return scene.whole.having(ETag=etag, Last_Modified="")


def _bare(scene: Scene) -> Answer:
    """Without quotes, which the rules forbid and servers do."""
    etag = scene.whole.headers["ETag"].strip('"')
    if scene.asked.headers.get("if-none-match") == etag:
        return Answer(304, {"ETag": etag})
    return scene.whole.having(ETag=etag, Last_Modified="")


def _date_only(scene: Scene) -> Answer:
    date = scene.whole.headers["Last-Modified"]
    if scene.asked.headers.get("if-modified-since") == date:
        return Answer(304, {"Last-Modified": date})
    return scene.whole.having(ETag="")


def _none(scene: Scene) -> Answer:
    return scene.whole.having(ETag="", Last_Modified="")


def _restless(scene: Scene) -> Answer:
    return scene.whole.having(ETag=f'"{scene.rng.getrandbits(64):016x}"', Last_Modified="")


def _deaf(scene: Scene) -> Answer:
    """The document, whole, to whoever has it already."""
    return scene.whole


def _max_age(scene: Scene) -> Answer:
    return scene.whole.having(Cache_Control="max-age=31536000, immutable", Expires="Thu, 01 Jan 1970 00:00:00 GMT")


_HASH = "Sees from the body that nothing has changed."
_ECHO = "Gives it back byte for byte."

CONDITIONS = (
    Fault(
        "unmodified-for-ever",
        "304 to any validator, whatever has been published.",
        "Asks without validators once a day, and no longer believes the feed when it finds out.",
        answer=_unmodified,
        spoilt=False,
        lies=True,
    ),
    Fault("etag-gzip", "An ETag with -gzip, which the server never knows again.", _HASH, answer=_apache, spoilt=False),
    Fault("etag-odd", "A weak ETag with odd characters.", _ECHO, answer=_odd, spoilt=False),
    Fault("etag-bare", "An ETag without quotes.", _ECHO, answer=_bare, spoilt=False),
    Fault("etag-restless", "Another ETag each time for the same document.", _HASH, answer=_restless, spoilt=False),
    Fault("date-only", "Last-Modified, no ETag.", _ECHO, answer=_date_only, spoilt=False),
    Fault("no-validators", "Neither ETag nor Last-Modified.", _HASH, answer=_none, spoilt=False),
    Fault("deaf", "Validators that are given and never heeded.", _HASH, answer=_deaf, spoilt=False),
    Fault(
        "fresh-for-ever",
        "Cache-Control: max-age of a year.",
        "Asks within 300 s on strike.",
        answer=_max_age,
        spoilt=False,
    ),
)
