# SPDX-License-Identifier: AGPL-3.0-or-later
"""Redirects that lead astray."""

from collections.abc import Callable

from relay.square.farm.answer import Answer
from relay.square.farm.faults.fault import Fault, Scene

PRIVATE = "http://169.254.169.254/latest/meta-data/"  # where clouds keep secrets


def _to(place: str, status: int = 302) -> Answer:
    return Answer(status, {"Location": place} if place else {})


def _loop(scene: Scene) -> Answer:
    return _to(scene.asked.base + scene.asked.path)


def _long(scene: Scene) -> Answer:
    """Each hop another address, none of them the last."""
    path, _, hop = scene.asked.path.partition("?hop=")
    return _to(f"{scene.asked.base}{path}?hop={int(hop or 0) + 1}")


def _private(scene: Scene) -> Answer:
    return _to(PRIVATE)


def _local_file(scene: Scene) -> Answer:
    return _to("file:///etc/passwd")


def _nowhere(scene: Scene) -> Answer:
    return _to("")


def _elsewhere(place: str, status: int = 302) -> Callable[[Scene], Answer]:
    """To one of the scene's other places, by name."""
    return lambda scene: _to(scene.elsewhere[place], status)


_REFUSES = "Does not follow."

REDIRECTS = (
    Fault("redirect-loop", "302 to itself.", "Gives up after five hops.", answer=_loop),
    Fault("redirect-chain", "302 from address to address, without end.", "Gives up after five hops.", answer=_long),
    Fault("redirect-private", "302 into the network behind the reader's wall.", _REFUSES, answer=_private),
    Fault("redirect-file", "302 to a file of the reader's machine.", _REFUSES, answer=_local_file),
    Fault("redirect-nowhere", "302 without a place.", "Takes it for an error.", answer=_nowhere),
    Fault("refused", "302 to where nobody listens.", "Takes it for an error.", answer=_elsewhere("closed")),
    Fault("downgraded", "302 from https to http.", _REFUSES, answer=_elsewhere("plain")),
    Fault(
        "untrusted",
        "302 to the same feed behind a certificate that is expired or self-signed.",
        "Takes it for an error.",
        answer=_elsewhere("untrusted"),
    ),
    Fault(
        "moved-temporarily",
        "302 to another address of the same feed.",
        "Follows, and begins at the old address each time.",
        answer=_elsewhere("temporary"),
        spoilt=False,
    ),
    Fault(
        "moved-for-good",
        "301 to another feed.",
        "Follows; believes it only after days, and only if it knows some of the articles.",
        answer=_elsewhere("other", 301),
        spoilt=False,
    ),
)
