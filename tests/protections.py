# SPDX-License-Identifier: AGPL-3.0-or-later
"""Twelve protections of the delivery contract: how each is taken out, and the tests that must notice it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """What stands once in ``file``, and what is put in its place."""

    file: str
    there: str
    instead: str


@dataclass(frozen=True)
class Protection:
    """A protection, the edits that remove it, and tests (pytest's node ids) of which at least one must fail then."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


DELIVERIES = "relay/deliveries"

PROTECTIONS = (
    Protection(
        "fsync at every commit",
        (Edit("relay/store/sqlite.py", "PRAGMA synchronous=FULL", "PRAGMA synchronous=OFF"),),
        ("tests/store/test_opening.py",),
    ),
    Protection(
        "claim before send",
        (Edit(f"{DELIVERIES}/claim.py", "        await take(self._tx, self._taken)\n", ""),),
        ("tests/deliveries/test_contract.py",),
    ),
    Protection(
        "settling time",
        (Edit(f"{DELIVERIES}/retry.py", "else settle))", "else timedelta(0)))"),),
        ("tests/deliveries/test_settling.py",),
    ),
    Protection(
        "read-back",
        (Edit(f"{DELIVERIES}/attempt.py", "    if found:\n", "    if False:\n"),),
        ("tests/deliveries/test_contract.py",),
    ),
    Protection(
        "unique key",
        (
            Edit(
                "relay/store/ledger.py",
                'UniqueConstraint("notice_id", "account_id", "action"),',
                'Index("ix_twice", "notice_id", "account_id", "action"),',
            ),
        ),
        ("tests/store/test_ledger.py", "tests/store/test_migrations.py"),
    ),
    Protection(
        "end check in the claim",
        (Edit(f"{DELIVERIES}/claim.py", "now >= row.not_after", "False"),),
        ("tests/deliveries/test_claim.py",),
    ),
    Protection(
        "holder fence",
        (
            Edit("relay/store/claims.py", ', col(Delivery.holder) == bindparam("by"))', ")"),
            Edit(f"{DELIVERIES}/settle.py", ", Delivery.holder == holder)", ")"),
        ),
        ("tests/deliveries/test_contract.py",),
    ),
    Protection(
        "sweeper",
        (Edit(f"{DELIVERIES}/attempt.py", "    for each in found[len(kept) :]:", "    for each in ():"),),
        ("tests/deliveries/test_sweep.py",),
    ),
    Protection(
        "Retry-After clamp",
        (Edit(f"{DELIVERIES}/retry.py", "min(until, now + LONGEST_THROTTLE)", "until"),),
        ("tests/deliveries/test_contract.py",),
    ),
    Protection(
        "flood guard",
        (Edit("relay/feeds/identity.py", "    if new > threshold:\n", "    if False:\n"),),
        ("tests/feeds/test_identity.py", "tests/stories/test_day.py"),
    ),
    Protection(
        "frozen record key",
        (Edit(f"{DELIVERIES}/claim.py", " or row.post is not None:", ":"),),
        ("tests/deliveries/test_claim.py",),
    ),
    Protection(
        "reconcile on restore",
        (Edit(f"{DELIVERIES}/claim.py", "if await self._is_remembered(work, post, card):", "if False:"),),
        ("tests/deliveries/test_reconcile.py",),
    ),
)
