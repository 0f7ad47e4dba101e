# SPDX-License-Identifier: AGPL-3.0-or-later
"""The methods of com.atproto.repo and com.atproto.sync that the look-alike PDS knows.

https://github.com/bluesky-social/atproto/tree/main/packages/pds/src/api/com/atproto/repo
"""

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from relay.square.pds_accounts import Account, Accounts
from relay.square.pds_error import XrpcError
from relay.square.pds_limits import POINTS, PUT, UPLOAD, WRITE, Meter
from relay.square.pds_repo import MISSING
from relay.square.pds_tokens import Sessions
from relay.square.pds_xrpc import Call, Method

MOST_WRITES = 200
MOST_LISTED = 100


@dataclass(frozen=True)
class RepoMethods:
    """Records and blobs: writing needs the account's own token, reading none."""

    accounts: Accounts
    sessions: Sessions
    meter: Meter

    def queries(self) -> dict[str, Method]:
        return {
            "com.atproto.repo.getRecord": self.get_record,
            "com.atproto.repo.listRecords": self.list_records,
            "com.atproto.repo.describeRepo": self.describe_repo,
            "com.atproto.sync.getBlob": self.get_blob,
        }

    def procedures(self) -> dict[str, Method]:
        return {
            "com.atproto.repo.putRecord": self.put_record,
            "com.atproto.repo.createRecord": self.create_record,
            "com.atproto.repo.deleteRecord": self.delete_record,
            "com.atproto.repo.applyWrites": self.apply_writes,
            "com.atproto.repo.uploadBlob": self.upload_blob,
        }

    async def put_record(self, call: Call) -> dict[str, Any]:
        body = await call.body("repo", "collection", "rkey", "record")
        account = self._writer(call, body, PUT)
        where = (body["collection"], body["rkey"])
        return account.repo.put(where, body["record"], body.get("swapRecord", MISSING))

    async def create_record(self, call: Call) -> dict[str, Any]:
        body = await call.body("repo", "collection", "record")
        account = self._writer(call, body, POINTS["create"])
        rkey = body.get("rkey") or account.repo.next_key(self.meter.clock.now())
        return account.repo.create((body["collection"], rkey), body["record"])

    async def delete_record(self, call: Call) -> dict[str, Any]:
        body = await call.body("repo", "collection", "rkey")
        account = self._writer(call, body, POINTS["delete"])
        # a null is taken for absent here, unlike in putRecord
        account.repo.delete((body["collection"], body["rkey"]), body.get("swapRecord") or MISSING)
        return {}

    async def apply_writes(self, call: Call) -> dict[str, Any]:
        """All or nothing, up to 200."""
        body = await call.body("repo", "writes")
        writes = [(str(write["$type"]).partition("#")[2], write) for write in body["writes"]]
        if len(writes) > MOST_WRITES:
            raise XrpcError("InvalidRequest", f"Too many writes. Max: {MOST_WRITES}")
        account = self._writer(call, body, sum(POINTS[kind] for kind, _ in writes))
        before = dict(account.repo.records)
        try:
            return {"results": [_apply(account, kind, write) for kind, write in writes]}
        except XrpcError:
            account.repo.records = before
            raise

    async def upload_blob(self, call: Call) -> dict[str, Any]:
        account = self._caller(call)
        account.check_status()
        call.headers.update(self.meter.spend(UPLOAD, account.did))
        return {"blob": account.repo.upload(await call.request.read(), call.request.content_type)}

    async def get_record(self, call: Call) -> dict[str, Any]:
        account = self.accounts.named(call.param("repo"))
        if account is None:
            raise XrpcError("InvalidRequest", "Could not locate record")
        where = (call.param("collection"), call.param("rkey"))
        stored = account.repo.records.get(where)
        if stored is None:
            raise XrpcError("RecordNotFound", f"Could not locate record: {account.repo.uri(where)}")
        return {"uri": account.repo.uri(where), "cid": stored.cid, "value": stored.value}

    async def list_records(self, call: Call) -> dict[str, Any]:
        """Newest key first; ``cursor`` is the last key seen."""
        account, collection = self._named(call), call.param("collection")
        reverse, cursor = call.param("reverse", "false") == "true", call.param("cursor", "")
        keys = sorted((rkey for there, rkey in account.repo.records if there == collection), reverse=not reverse)
        later = [key for key in keys if not cursor or (key > cursor if reverse else key < cursor)]
        page = later[: _limit(call)]
        found = [(account.repo.uri((collection, key)), account.repo.records[collection, key]) for key in page]
        records = [{"uri": uri, "cid": stored.cid, "value": stored.value} for uri, stored in found]
        return {"records": records, **({"cursor": page[-1]} if page else {})}

    async def describe_repo(self, call: Call) -> dict[str, Any]:
        account = self._named(call)
        collections = sorted({collection for collection, _ in account.repo.records})
        return {
            "handle": account.handle,
            "did": account.did,
            "didDoc": account.document(str(call.request.url.origin())),
            "collections": collections,
            "handleIsCorrect": True,
        }

    async def get_blob(self, call: Call) -> web.Response:
        account = self.accounts.named(call.param("did"))
        if account is None:
            raise XrpcError("RepoNotFound", f"Could not find repo for DID: {call.param('did')}")
        blob = account.repo.public_blob(call.param("cid"))
        return web.Response(body=blob.data, content_type=blob.type)

    def _caller(self, call: Call) -> Account:
        account = self.accounts.named(self.sessions.reader(call.authorization)["sub"])
        if account is None:
            raise XrpcError("AccountNotFound", "Account not found", 403)
        return account

    def _writer(self, call: Call, body: dict[str, Any], points: int) -> Account:
        caller = self._caller(call)
        call.headers.update(self.meter.spend(WRITE, caller.did, points))
        account = self.accounts.named(str(body["repo"]))
        if account is None:
            raise XrpcError("AccountNotFound", "Account not found", 403)
        account.check_status()
        if account is not caller:
            raise XrpcError("AuthenticationRequired", "Authentication Required", 401)
        return account

    def _named(self, call: Call) -> Account:
        account = self.accounts.named(call.param("repo"))
        if account is None:
            raise XrpcError("InvalidRequest", f"Could not find repo: {call.param('repo')}")
        return account


def _limit(call: Call) -> int:
    """The size of a page: https://github.com/bluesky-social/atproto/blob/main/lexicons/com/atproto/repo/listRecords.json"""
    asked, wrong = call.param("limit", "50"), ""
    if not asked.isdecimal():
        wrong = f'Expected integer value type (got "{asked}")'
    elif int(asked) < 1:
        wrong = f"integer too small (minimum 1, got {asked})"
    elif int(asked) > MOST_LISTED:
        wrong = f"integer too big (maximum {MOST_LISTED}, got {asked})"
    if wrong:
        raise XrpcError("InvalidRequest", f"Invalid com.atproto.repo.listRecords params: {wrong}")
    return int(asked)


def _apply(account: Account, kind: str, write: dict[str, Any]) -> dict[str, Any]:
    where = (write["collection"], write["rkey"])
    if kind == "delete":
        account.repo.delete(where)
        return {"$type": "com.atproto.repo.applyWrites#deleteResult"}
    done = account.repo.create(where, write["value"]) if kind == "create" else account.repo.put(where, write["value"])
    return {"$type": f"com.atproto.repo.applyWrites#{kind}Result", "uri": done["uri"], "cid": done["cid"]}
