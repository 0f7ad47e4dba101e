# SPDX-License-Identifier: AGPL-3.0-or-later
"""``piquet alert``: channels are added hidden, listed without secrets, tried out, removed."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Piquet = Callable[..., Result]


@pytest.fixture
def housed(piquet: Piquet) -> Piquet:
    """One newsroom, no channel."""
    done = piquet("newsroom", "add", "L’Écho du Lac", "--language", "fr")
    assert 0 == done.exit_code, done.output
    return piquet


@pytest.fixture
def webhook() -> Iterator[Any]:
    """A server that takes whatever is posted; ``taken`` are the messages."""

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            server.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))  # type: ignore[attr-defined]
            self.send_response(401 if "closed" in self.path else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = HTTPServer(("127.0.0.1", 0), Hook)
    server.taken = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def listed(piquet: Piquet) -> list[dict[str, Any]]:
    return json.loads(piquet("alert", "list", "--json").stdout)


@pytest.mark.usefixtures("attended")
def test_the_address_is_typed_hidden(housed: Piquet, home: Path) -> None:
    """After the usual ones were shown; nothing of it is shown again, or lies in the database."""
    done = housed("alert", "add", typed="ntfy://our-s3cret-topic\n")
    assert 0 == done.exit_code, done.output
    for words in ("mailto://", "matrixs://", "Channel 1 is kept", "piquet alert test"):
        assert words in done.output
    assert "✓ ready" in housed("alert", "list").stdout
    shown = done.output + housed("alert", "list").output + str(listed(housed))
    kept = b"".join(path.read_bytes() for path in home.iterdir() if path.is_file())
    assert (False, False, True) == ("our-s3cret" in shown, b"our-s3cret" in kept, "ntfy://ntfy.sh/…" in shown)


def test_nobody_there_to_be_asked(housed: Piquet) -> None:
    done = housed("alert", "add")
    assert (2, True) == (done.exit_code, "The address is missing" in done.stderr)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://ntfy.sh/topic", "choose one of"),
        ("tgram://no-token/1", "something in it is missing or wrong"),
        ("discord://1234/abcd?template=/etc/passwd", "The option template"),
    ],
)
def test_a_wrong_address_is_one_sentence(housed: Piquet, address: str, words: str) -> None:
    """And nothing is kept."""
    done = housed("alert", "add", address)
    assert (2, True, []) == (done.exit_code, words in done.stderr, listed(housed))


def test_a_test_says_for_each_channel_what_became_of_it(housed: Piquet, webhook: Any) -> None:
    """The exit code is 1 as long as one of them fails; what failed is remembered until it works."""
    good, closed = (f"json://127.0.0.1:{webhook.server_port}/{path}" for path in ("open", "closed"))
    assert [0, 0] == [housed("alert", "add", each).exit_code for each in (good, closed)]
    done = housed("alert", "test")
    assert (1, True) == (done.exit_code, "✗ 2 json://127.0.0.1/…: it does not accept the password" in done.stdout)
    assert "✓ 1 json://127.0.0.1/… took the message" in done.stdout
    assert {True} == {"L’Écho du Lac" in each["title"] for each in webhook.taken}
    assert [None, "401"] == [each["fault"] for each in listed(housed)]
    assert 0 == housed("alert", "remove", "2").exit_code
    assert (0, [1]) == (housed("alert", "test").exit_code, [each["id"] for each in listed(housed)])


def test_without_a_channel_there_is_nothing_to_test(housed: Piquet) -> None:
    """How to add one is said."""
    done = housed("alert", "test")
    assert (1, True) == (done.exit_code, "piquet alert add" in done.stdout)
    assert "piquet alert add" in housed("alert", "list").stdout


def test_a_channel_that_is_not_there_is_not_removed(housed: Piquet) -> None:
    done = housed("alert", "remove", "7")
    assert (2, True) == (done.exit_code, "no channel 7" in done.stderr)
