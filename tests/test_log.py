# SPDX-License-Identifier: AGPL-3.0-or-later
"""What reaches the log, and what never does."""

import json
import logging
import random
import secrets
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from relay import log

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The logging of the test run as it was."""
    root, ours = logging.getLogger(), logging.getLogger("relay")
    before = root.handlers[:], root.level, ours.level
    yield
    root.handlers[:], root.level = before[0], before[1]
    ours.setLevel(before[2])


def test_an_event_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With its level, its time and its fields."""
    log.configure("info", "json")
    log.info("delivery.sent", delivery=12, host="mastodon.example")
    line = json.loads(capsys.readouterr().err)
    assert line.pop("timestamp").endswith("Z")
    assert {"event": "delivery.sent", "level": "info", "delivery": 12, "host": "mastodon.example"} == line


def test_an_event_is_one_line_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    """For people, without colours, on stderr."""
    log.configure("warning", "text")
    log.info("feed.read", feed=1)
    log.warning("feed.held", feed=1, count=12)
    out, err = capsys.readouterr()
    assert ("", 1) == (out, err.count("\n"))
    assert "feed.held" in err
    assert "count=12" in err


def test_a_field_that_is_not_allowed_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    """Even under a name that logging uses itself."""
    log.configure("debug", "json")
    log.debug("x", member="camille", wording="…", name="n", message="m", feed=3)
    assert {"event", "level", "timestamp", "feed"} == set(json.loads(capsys.readouterr().err))


@pytest.mark.parametrize("shape", ["text", "json"])
def test_secrets_are_struck_out_wherever_they_stand(capsys: pytest.CaptureFixture[str], shape: str) -> None:
    """In a field, in an address, in a traceback and in what a library says."""
    seed = secrets.randbits(32)
    rng = random.Random(seed)
    token = "".join(rng.choices(string.ascii_letters + string.digits, k=43))
    word = "-".join("".join(rng.choices(string.ascii_lowercase + "234567", k=4)) for _ in range(4))
    login = "pw" + "".join(rng.choices(string.ascii_letters, k=12))
    log.configure("info", shape)
    log.info("a", reason=f"Authorization: Bearer {login}", address=f"https://me:{login}@host.example/?x=1")
    log.info("b", reason=f"the server said {token} is not valid, nor {word}")
    log.info("c", reason=f"{{'refresh_token': '{login}', \"password\": \"{login}\"}} code={login}&state=1")
    log.error("d", RuntimeError(f"access_token={login}"), feed=1)
    logging.getLogger("httpx").warning("sent eyJ%s.%s.%s", login, login, login)
    written = capsys.readouterr().err
    assert [] == [secret for secret in (token, word, login) if secret in written], f"seed {seed}"
    assert "RuntimeError" in written
    assert 9 == written.count(log.STRUCK), written


@pytest.mark.parametrize(
    "text",
    [
        "status code: 404",
        "550e8400-e29b-41d4-a716-446655440000",
        "https://mastodon.example/@piquet/116",
        "did:plc:" + "a" * 24,
    ],
)
def test_what_is_no_secret_stays(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """Ids and addresses are what one looks for in a log."""
    log.configure("info", "json")
    log.info("x", reason=text)
    assert text == json.loads(capsys.readouterr().err)["reason"]


def test_a_crash_has_its_traceback_but_not_its_variables(capsys: pytest.CaptureFixture[str]) -> None:
    """Variables hold tokens."""
    log.configure("info", "text")
    hidden = "-".join(["a", "value"])
    try:
        raise RuntimeError("boom")
    except RuntimeError as crash:
        log.error("engine.crashed", crash)
    written = capsys.readouterr().err
    assert (True, False) == ("RuntimeError: boom" in written, hidden in written)


def test_libraries_are_heard_from_warnings_on(capsys: pytest.CaptureFixture[str]) -> None:
    """Their chatter names addresses."""
    log.configure("debug", "text")
    logging.getLogger("httpx").info("chatter")
    logging.getLogger("httpx").warning("trouble")
    written = capsys.readouterr().err
    assert (False, True) == ("chatter" in written, "trouble" in written)


def test_nothing_slow_is_imported_to_be_able_to_log() -> None:
    """structlog comes with ``configure``."""
    code = "import sys, relay.log; sys.exit('structlog' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode
