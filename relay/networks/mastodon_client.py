# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mastodon.py, made to behave: in a thread, never waiting, its answers kept, its causes told apart. Slow to import.

https://mastodonpy.readthedocs.io/ · one client an account, for it is not made to be shared.
"""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import mastodon
import requests
import urllib3.exceptions

from relay.faults import NetworkFault
from relay.networks.mastodon_faults import Answer, Asking, fault_of, lost, unreachable
from relay.outside import Outside
from relay.outside.guarded_requests import session

T = TypeVar("T")
ESSENTIAL = ("id", "url", "uri")
_BEFORE_SENDING = (
    urllib3.exceptions.NewConnectionError,  # refused, no such host, forbidden by the guard
    urllib3.exceptions.ConnectTimeoutError,
    requests.exceptions.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    ssl.SSLCertVerificationError,
)
_HANDSHAKE = {"WRONG_VERSION_NUMBER", "UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "RECORD_LAYER_FAILURE"}


class Client:
    """One account's client. patience: seconds that a call may take in all."""

    def __init__(self, server: str, token: str, outside: Outside, patience: float) -> None:
        self._clock = outside.clock
        self._patience = patience
        self._heard = threading.local()  # each call runs in a thread of its own
        self._session = session(outside.guard)
        self._session.hooks["response"].append(self._hear)
        self._library = mastodon.Mastodon(
            api_base_url=server,
            ratelimit_method="throw",  # the default sleeps for minutes
            version_check_mode="none",
            mastodon_version="4.0.0",  # else it asks for the version before the first upload
            request_timeout=(min(8.0, patience), patience),  # type: ignore[arg-type]  # handed on to requests
            session=self._session,
            user_agent=outside.user_agent,
            # Never lang: it leaks into other clients of the process.
        )
        self._library.mastodon_major = 4  # which mode "none" forgets to set
        self._library.access_token = token  # not by the constructor, which reads a file of that name if there is one

    def close(self) -> None:
        """Give back the connections."""
        self._session.close()

    async def ask(self, asking: Asking, call: Callable[[mastodon.Mastodon], T]) -> T:
        """What ``call`` returns, or the fault that its failure means; at once, or after ``patience``."""
        try:
            async with asyncio.timeout(self._patience):
                outcome = await asyncio.to_thread(self._outcome, asking, call)
        except TimeoutError:
            outcome = lost(asking)
        if isinstance(outcome, NetworkFault):
            raise outcome  # here, where no cause clings to it: the library's errors carry the request with its token
        return outcome

    def _outcome(self, asking: Asking, call: Callable[[mastodon.Mastodon], T]) -> T | NetworkFault:
        self._heard.answer, self._heard.speaks = None, asking.speaks
        try:
            return call(self._library)
        except Exception as error:  # on odd answers the library raises whatever it stumbles over
            answer: requests.Response | None = self._heard.answer
            if answer is None:
                return unreachable(asking) if _never_left(error) else lost(asking)
            return fault_of(_kept(answer), asking, self._clock.now())

    def _hear(self, answer: requests.Response, *_: Any, **__: Any) -> None:
        self._heard.answer = answer
        if self._heard.speaks and answer.ok:
            answer.json = partial(_essentials, answer)  # type: ignore[method-assign]  # for this answer alone


def _essentials(answer: requests.Response, **_: Any) -> Any:
    """What a receipt needs of a status: the library casts each of some 300 fields by its annotation, for 1.3 ms."""
    said = requests.Response.json(answer)
    return {name: said[name] for name in ESSENTIAL if name in said} if isinstance(said, dict) else said


def _kept(answer: requests.Response) -> Answer:
    try:
        text = answer.text
    except (requests.RequestException, RuntimeError):  # cut in the middle of the body
        text = ""
    return Answer(answer.status_code, answer.headers, text)


def _never_left(error: BaseException) -> bool:
    """Whether the request cannot have reached the server: one class stands for refused, cut and timed out alike."""
    return any(
        isinstance(cause, _BEFORE_SENDING) or (isinstance(cause, ssl.SSLError) and cause.reason in _HANDSHAKE)
        for cause in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    yield error
    nested = (error.__cause__ or error.__context__, getattr(error, "reason", None), *error.args)
    for cause in nested:
        if isinstance(cause, BaseException):
            yield from _causes(cause)
