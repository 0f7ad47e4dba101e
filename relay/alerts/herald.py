# SPDX-License-Identifier: AGPL-3.0-or-later
"""The herald: a child process that may be killed, and the only file that knows Apprise.

``python -m relay.alerts.herald`` reads one order as JSON from standard input and writes a line ``[number, fault]`` for
each errand as soon as it is done. In here every look-up of a name passes the guard, whatever library makes it.
"""

import json
import os
import re
import resource
import socket
import sys
import threading
from collections.abc import Collection, Mapping
from typing import Any, TextIO

import apprise
from apprise.plugins import url_to_dict

from relay.alerts.services import MAIL_PORTS, OPTIONS, SERVICES
from relay.outside.guard import Forbidden, Guard

_STATUS = re.compile(r"error=(\d{3})\b")


class _Errand(threading.local):
    """What the guard found on the errand of this thread, and which ports it may use besides those of the web."""

    barred = False
    ports: Collection[int] = ()


_errand = _Errand()


def serve(order: Mapping[str, Any], answers: TextIO) -> None:
    """Carry out all errands at once; one that hangs holds nobody up, and ends with the process."""
    _bar(Guard(order["allow"]))
    asset = _asset(order["agent"])
    turn = threading.Lock()

    def run(errand: Mapping[str, Any]) -> None:
        fault = _told(errand, asset)
        with turn:
            answers.write(json.dumps([errand["number"], fault]) + "\n")
            answers.flush()

    threads = [threading.Thread(target=run, args=(each,), daemon=True) for each in order["errands"]]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def _told(errand: Mapping[str, Any], asset: apprise.AppriseAsset) -> str:
    """What became of one errand: "" if the service took the message, else a word, see ``dispatch.Outcome``.

    Without a body the address is only read.
    """
    try:
        fault, service = _read(errand["address"], asset)
        return fault if service is None or not errand["body"] else _send(service, errand, asset)
    except Exception:  # whatever a service's plugin trips over, its words may hold the secret
        return "broken"


def _read(address: str, asset: apprise.AppriseAsset) -> tuple[str, Any]:
    parts = url_to_dict(address)  # type: ignore[no-untyped-call]  # apprise types its classes, not its functions
    if not parts or parts["schema"] not in SERVICES:
        return "malformed", None
    odd = sorted(name for name in parts.get("qsd", {}) if name not in OPTIONS and name[:1] not in "+-:")
    if odd:
        return f"option {odd[0]}", None
    service = apprise.Apprise.instantiate(address, asset=asset)
    return ("", service) if service else ("malformed", None)


def _send(service: Any, errand: Mapping[str, Any], asset: apprise.AppriseAsset) -> str:
    _errand.barred, _errand.ports = False, MAIL_PORTS if service.secure_protocol == "mailtos" else ()
    one = apprise.Apprise(asset=asset)
    one.add(service)
    result = one.notify(title=errand["title"], body=errand["body"], body_format=apprise.NotifyFormat.TEXT)
    if result:
        return ""
    if _errand.barred:
        return "private"
    found = _STATUS.search(" ".join(entry.message for entry in result.logs()))
    return found[1] if found else "unreachable"


def _asset(agent: str) -> apprise.AppriseAsset:
    """Under our name, following no redirect, keeping nothing on disk, reading no file, showing no picture of others."""
    return apprise.AppriseAsset(
        app_id=agent,
        app_desc="",
        app_url="",
        async_mode=False,
        http_redirects=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        pgp_autogen=False,
        pem_autogen=False,
        image_url_mask="",
        image_url_logo="",
        image_path_mask="",
        allow_templates=False,
        service_timeout=0,  # whoever started us has a deadline; and a second thread would not know of ours
    )


def _bar(guard: Guard) -> None:
    """Have every look-up vouched for as a whole: requests and smtplib connect to what this very answer says."""
    look_up = socket.getaddrinfo

    def vouched(host: Any, *asked: Any, **options: Any) -> Any:
        try:
            infos = look_up(guard.sought(host), *asked, **options)
            guard.vouch(infos, _errand.ports)
        except Forbidden:
            _errand.barred = True
            raise
        return infos

    socket.getaddrinfo = vouched


def main() -> None:
    """Keep the pipe to ourselves, and secrets out of core dumps."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(json.load(sys.stdin), answers)
    answers.flush()
    os._exit(0)  # threads that hang are nobody's business any more


if __name__ == "__main__":
    main()
