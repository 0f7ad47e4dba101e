# SPDX-License-Identifier: AGPL-3.0-or-later
"""An XRPC error answer: https://atproto.com/specs/xrpc#error-responses."""

from collections.abc import Mapping


class XrpcError(Exception):
    """Answered as ``{"error": name, "message": text}`` with the HTTP status."""

    def __init__(self, name: str, text: str = "", status: int = 400, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(name, text)
        self.name = name
        self.text = text
        self.status = status
        self.headers = dict(headers or {})


class InvalidRecord(XrpcError):
    """What the schema of its collection does not allow."""

    def __init__(self, text: str) -> None:
        super().__init__("InvalidRequest", text)
