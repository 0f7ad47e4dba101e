# SPDX-License-Identifier: AGPL-3.0-or-later
"""Is a push signed with our secret? Pure. https://www.w3.org/TR/websub/#authenticated-content-distribution"""

import hmac
from collections.abc import Sequence

STRONGEST_FIRST = ("sha512", "sha384", "sha256", "sha1")
WEAK = frozenset({"sha1"})


def signed_with(headers: Sequence[str], secret: str, body: bytes) -> str:
    """The algorithm of the strongest signature in the ``X-Hub-Signature`` headers if it is right, else "".

    Nothing is signed with an empty secret.
    """
    given = dict(_signatures(headers)) if secret else {}
    for algorithm in STRONGEST_FIRST:
        if algorithm in given:
            right = hmac.digest(secret.encode(), body, algorithm)
            return algorithm if hmac.compare_digest(right, given[algorithm]) else ""
    return ""


def _signatures(headers: Sequence[str]) -> list[tuple[str, bytes]]:
    found = []
    for part in ",".join(headers).split(","):
        algorithm, _, digest = part.strip().partition("=")
        try:
            found.append((algorithm.lower(), bytes.fromhex(digest)))
        except ValueError:
            continue
    return found
