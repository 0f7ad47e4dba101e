# SPDX-License-Identifier: AGPL-3.0-or-later
"""An answer's status and name decide what it means."""

from datetime import UTC, datetime

import pytest

from relay.faults import Held, NetworkFault, Refused, Throttled, Unauthorised, Unreachable, Unsure
from relay.networks.bluesky_faults import Absent, Expired, Swapped, answered

NOW = datetime(2026, 12, 17, 9, tzinfo=UTC)
RESET = str(int(NOW.timestamp()) + 120)


@pytest.mark.parametrize(
    ("status", "name", "expected"),
    [
        (400, "InvalidRequest", Refused),
        (400, "BlobNotFound", Refused),
        (400, "RecordNotFound", Absent),
        (400, "InvalidSwap", Swapped),
        (400, "ExpiredToken", Expired),
        (400, "InvalidToken", Expired),
        (401, "AuthenticationRequired", Unauthorised),
        (401, "AuthFactorTokenRequired", Unauthorised),
        (401, "AccountTakedown", Held),
        (401, "AccountDeactivated", Held),
        (403, "ScopeMissingError", Held),
        (404, "", Unsure),
        (408, "", Unsure),
        (409, "", Refused),
        (413, "PayloadTooLarge", Refused),
        (429, "RateLimitExceeded", Throttled),
        (500, "InternalServerError", Unsure),
        (500, "InvalidSwap", Unsure),
        (501, "MethodNotImplemented", Unsure),
        (502, "", Unsure),
    ],
)
def test_an_answer_to_a_write(status: int, name: str, expected: type[NetworkFault]) -> None:
    """Each with a sentence, and with the network's own words."""
    fault = answered(status, name, "words", {}, NOW, Unsure)
    assert (expected, "words") == (type(fault), fault.detail)
    assert str(fault).endswith(".")


@pytest.mark.parametrize("status", [404, 408, 500, 501, 503])
def test_a_read_is_never_unsure(status: int) -> None:
    """Nothing was said, so nothing can be out there."""
    assert Unreachable is type(answered(status, "", "", {}, NOW, Unreachable))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 60),
        ({"retry-after": "30"}, 30),
        ({"retry-after": "30", "ratelimit-reset": RESET}, 30),
        ({"ratelimit-reset": RESET}, 120),
        ({"ratelimit-reset": "1"}, 1),
        ({"ratelimit-reset": "99999999999999"}, 3600),
        ({"ratelimit-reset": "soon"}, 60),
        ({"retry-after": "0"}, 1),
        ({"retry-after": "86400"}, 3600),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: int) -> None:
    """As asked, within reason."""
    fault = answered(429, "RateLimitExceeded", "", headers, NOW, Unsure)
    assert isinstance(fault, Throttled)
    assert seconds == (fault.until - NOW).total_seconds()
