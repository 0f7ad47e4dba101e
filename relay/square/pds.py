# SPDX-License-Identifier: AGPL-3.0-or-later
"""A look-alike of a Bluesky PDS on loopback, as strict as the reference one, which passes the same tests.

pds = Pds(clock)
await pds.start()
given = pds.join("desk.test")  # {"service", "identifier", "app_password"}, as the Bluesky network wants them
"""

import hashlib

from relay.clock import Clock, RealClock
from relay.square.faults import FaultPlan
from relay.square.pds_accounts import Account, Accounts
from relay.square.pds_lexicon import POST, PROFILE
from relay.square.pds_limits import Meter
from relay.square.pds_methods import RepoMethods
from relay.square.pds_public import seen
from relay.square.pds_repo import Repo
from relay.square.pds_sessions import ServerMethods
from relay.square.pds_tokens import Sessions
from relay.square.pds_xrpc import application
from relay.square.seen import PublicPost
from relay.square.stall import Stall

SECRET = "the-square-signs-with-this"  # noqa: S105  # guards nothing but a play


class Pds(Stall):
    """One server and its accounts.

    clock: the rate limits'. wall: what tokens run out by; clients compare ``exp`` with the machine's time, so it is
    that unless a test says otherwise. plan: the faults to come. rate_limits False: count nothing, for benchmarks.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        port: int = 0,
        plan: FaultPlan | None = None,
        wall: Clock | None = None,
        rate_limits: bool = True,
    ) -> None:
        self.plan = plan or FaultPlan(clock)
        self.accounts = Accounts()
        self.sessions = Sessions(wall or RealClock(), SECRET)
        meter = Meter(clock, rate_limits)
        parts = (
            ServerMethods(self.accounts, self.sessions, meter),
            RepoMethods(self.accounts, self.sessions, meter),
        )
        queries = {nsid: method for part in parts for nsid, method in part.queries().items()}
        procedures = {nsid: method for part in parts for nsid, method in part.procedures().items()}
        super().__init__(application(queries, procedures, meter, self.plan.middleware), port)

    def join(self, handle: str, app_password: str = "") -> dict[str, str]:
        """A new account with one app password; returns what the Bluesky network is given to connect it."""
        account = self.accounts.add(handle)
        letters = hashlib.sha256(handle.encode()).hexdigest()
        password = app_password or "-".join(letters[n : n + 4] for n in range(0, 16, 4))
        account.app_passwords["piquet"] = password
        return {"service": self.address, "identifier": handle, "app_password": password}

    def revoke(self, handle: str) -> None:
        """Take all app passwords of an account away, as its owner may in the settings."""
        account = self._account(handle)
        for name in account.app_passwords:
            self.sessions.revoke(account.did, name)
        account.app_passwords.clear()

    def set_status(self, handle: str, status: str) -> None:
        """``takendown``, ``deactivated`` or "" for in good standing."""
        self._account(handle).status = status

    def repo(self, handle: str) -> Repo:
        """The account's records and blobs."""
        return self._account(handle).repo

    def public(self) -> list[PublicPost]:
        """What passers-by see of all accounts, in order of arrival."""
        posts = [post for account in self.accounts.all() for post in _page(account, self.address)]
        return sorted(posts, key=lambda post: post.arrived)

    def _account(self, handle: str) -> Account:
        account = self.accounts.named(handle)
        if account is None:
            raise LookupError(handle)
        return account


def _page(account: Account, address: str) -> list[PublicPost]:
    repo, blobs = account.repo, f"{address}/xrpc/com.atproto.sync.getBlob?did={account.did}&cid="
    profile = repo.records.get((PROFILE, "self"))
    pinned = profile.value.get("pinnedPost", {}).get("uri") if profile else None
    posts = [(repo.uri(where), stored) for where, stored in repo.records.items() if where[0] == POST]
    return [
        seen(account.handle, uri, stored.value, stored.arrived, pinned=uri == pinned, blobs=blobs)
        for uri, stored in posts
        if account.status != "takendown"
    ]
