# SPDX-License-Identifier: AGPL-3.0-or-later
"""Twelve protections of the delivery contract: how each is taken out, and the test that must notice it."""

import shutil
from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """What stands once in ``file``, and what is put in its place."""

    file: str
    there: str
    instead: str


@dataclass(frozen=True)
class Protection:
    """A protection, the edits that remove it, and the test (pytest's node id) that must fail then by an assertion."""

    name: str
    edits: tuple[Edit, ...]
    test: str


CLAIM, SETTLE = "relay/deliveries/claim.py", "relay/deliveries/settle.py"
ATTEMPT, RETRY, RESTORE = "relay/deliveries/attempt.py", "relay/deliveries/retry.py", "relay/deliveries/restore.py"
LEDGER, FIRST_LEDGER = "relay/store/ledger.py", "relay/store/migrations/versions/0001_the_first_ledger.py"
SYNCHRONISED = (  # the system calls where they can be watched, else what the connection itself says
    "tests/crash/test_order.py::test_a_claim_is_on_disk_before_the_first_byte_of_its_request_leaves"
    if shutil.which("strace")
    else "tests/store/test_opening.py::test_what_was_written_survives_and_is_synchronised_in_full"
)

PROTECTIONS = (
    Protection(
        "fsync at every commit",
        (Edit("relay/store/sqlite.py", "synchronous=FULL", "synchronous=OFF"),),
        SYNCHRONISED,
    ),
    Protection(
        "claim before send",
        (Edit(CLAIM, "await take(self._tx, self._taken)", "pass"),),
        "tests/deliveries/test_contract.py::test_what_will_be_said_is_on_disk_before_the_first_byte_leaves[sqlite]",
    ),
    Protection(
        "settling time",
        (Edit(RETRY, "else settle)", "else timedelta(0))"),),
        "tests/deliveries/test_settling.py"
        "::test_a_request_carried_out_within_the_settling_time_is_not_said_twice[sqlite-1]",
    ),
    Protection(
        "read-back",
        (Edit(ATTEMPT, "if found:", "if False:"),),
        "tests/deliveries/test_contract.py::test_what_is_found_is_adopted_and_not_said_twice[sqlite]",
    ),
    Protection(
        "unique key",
        (
            Edit(LEDGER, 'UniqueConstraint("notice_id", "account_id", "action")', "*()"),
            Edit(FIRST_LEDGER, "sa.UniqueConstraint('notice_id', 'account_id', 'action')", "*()"),
        ),
        "tests/store/test_ledger.py::test_the_same_thing_has_one_row[sqlite-Delivery]",
    ),
    Protection(
        "end check in the claim",
        (Edit(CLAIM, "now >= row.not_after", "False"),),
        "tests/deliveries/test_claim.py"
        "::test_what_is_too_late_is_refused_before_anything_is_asked_of_the_network[sqlite]",
    ),
    Protection(
        "holder fence",
        (
            Edit("relay/store/claims.py", "col(Delivery.holder) ==", 'bindparam("by") =='),
            Edit(SETTLE, "ours = await _held(", "ours = list(outcomes) or await _held("),
        ),
        "tests/deliveries/test_contract.py::test_a_worker_that_lost_its_lane_changes_nothing[sqlite]",
    ),
    Protection(
        "sweeper",
        (Edit(ATTEMPT, "for each in found[len(kept) :]:", "for each in ():"),),
        "tests/deliveries/test_sweep.py::test_a_late_twin_is_taken_back_and_the_older_stays[sqlite]",
    ),
    Protection(
        "Retry-After clamp",
        (Edit(RETRY, "min(until, now + LONGEST_THROTTLE)", "until"),),
        "tests/deliveries/test_contract.py::test_a_network_is_never_waited_for_longer_than_an_hour[sqlite]",
    ),
    Protection(
        "flood guard",
        (Edit("relay/feeds/identity/judge.py", "if new > threshold:", "if False:"),),
        "tests/feeds/test_identity.py::test_more_than_ten_at_once_are_held[11-flood]",
    ),
    Protection(
        "frozen record key",
        (Edit("relay/deliveries/composing.py", "or row.post is not None", "or False"),),
        "tests/deliveries/test_claim.py::test_a_repeat_has_the_record_key_of_the_first_attempt[sqlite]",
    ),
    Protection(
        "reconcile on restore",
        (
            Edit(RESTORE, "row.restored_at = now", "pass"),
            Edit(RESTORE, "account.reconcile_since = min(since, account.reconcile_since or since)", "pass"),
        ),
        "tests/deliveries/test_reconcile.py::test_nothing_is_said_twice[sqlite-1h-B]",
    ),
)
