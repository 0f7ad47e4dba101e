# SPDX-License-Identifier: AGPL-3.0-or-later
"""What may be shown of an address, and which services are let in."""

import pytest

from relay.alerts.services import address
from relay.faults import Invalid


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mailto://desk:s3cret@example.org", ("mailto", "example.org")),
        ("ntfy://s3cret-topic", ("ntfy", "ntfy.sh")),
        ("NTFYS://desk:s3cret@ntfy.example/topic", ("ntfys", "ntfy.example")),
        ("jsons://hook.example:8443/s3cret", ("jsons", "hook.example")),
        ("tgram://s3cret:token/1", ("tgram", "api.telegram.org")),
        ("slack://s3cret/a/b", ("slack", "slack.com")),
        ("discord://s3cret/token", ("discord", "discord.com")),
        ("pover://s3cret@token", ("pover", "api.pushover.net")),
        ("matrix://s3cret", ("matrix", "webhooks.t2bot.io")),
        ("matrixs://desk:s3cret@matrix.example/#room", ("matrixs", "matrix.example")),
    ],
)
def test_no_secret_is_shown(text: str, shown: tuple[str, str]) -> None:
    """What stands in the place of a host may be a token, or a topic that whoever knows it may read."""
    found = address(f" {text} ")
    assert (text, *shown) == (found.text, found.scheme, found.host)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "write one like"),
        ("strikers@example.org", "write one like"),
        ("ntfy://", "write one like"),
        ("https://ntfy.example/topic", "by https://; choose one of mailto"),
        ("dbus://x", "by dbus://"),
        ("syslog://x", "by syslog://"),
        ("windows://x", "by windows://"),
        ("file:///etc/passwd", "by file://"),
        ("json://[::1", "This json:// address cannot be used"),
    ],
)
def test_what_is_refused_is_refused_in_one_sentence(text: str, words: str) -> None:
    """That says what to write instead, and does not repeat the secret."""
    with pytest.raises(Invalid, match=r"^[^\n]+\.$") as refused:
        address(text)
    assert words in str(refused.value)
