# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whatever is wrong gets one clear sentence on stderr, the right exit code, and loses nothing."""

import json
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from relay.cli import inside
from relay.faults import Unusable
from relay.house import open_house
from relay.store.opening import only_one, open_store

Piquet = Callable[..., Result]
STRIKE = ("strike", "plan", "--name", "Paie", "--window")


def refused(done: Result, *words: str, code: int = 2) -> None:
    """One sentence with these words, no traceback, nothing on stdout."""
    assert (code, "") == (done.exit_code, done.stdout), done.output
    assert 1 == done.stderr.count("\n"), done.stderr
    assert done.stderr.startswith("✗ ")
    assert "Traceback" not in done.stderr
    assert [] == [each for each in words if each not in done.stderr], done.stderr


def kept(piquet: Piquet, *words: str) -> Any:
    """What a list holds."""
    return json.loads(piquet(*words, "--json").stdout)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("htp://journal.example", ("htp://journal.example", "https://")),
        ("https://", ("https://",)),
        ("https://user:pw@journal.example/rss", ("user name or password",)),
        ("http://10.1.2.3/rss", ("10.1.2.3 lies on a private network",)),
        ("http://[fd00::1]/rss", ("private network",)),
        ("https://8.8.8.8:22/rss", ("port 22",)),
    ],
)
def test_an_address_that_cannot_be_a_feed(ready: Piquet, address: str, words: tuple[str, ...]) -> None:
    """Wrong, private or secret: said before anything is asked of anybody."""
    refused(ready("feed", "add", address), *words)
    assert 1 == len(kept(ready, "feed", "list"))


def test_a_page_without_a_feed(ready: Piquet, town: Any) -> None:
    """An answer, but not a feed and no word of one."""
    town.press.publish("A page")
    refused(ready("feed", "add", f"{town.press.address}/articles/2"), "feed", code=1)
    assert 1 == len(kept(ready, "feed", "list"))


def test_a_dead_feed(ready: Piquet, town: Any) -> None:
    """A server that fails, one that took the feed away, and none at all."""
    town.press.plan.add(path="dead", method="GET", status=500)
    refused(ready("feed", "add", f"{town.press.address}/dead.xml"), "status 500", code=1)
    town.press.plan.add(path="gone", method="GET", status=410)
    refused(ready("feed", "add", f"{town.press.address}/gone.xml"), "gone for good", code=1)
    refused(ready("feed", "add", "http://127.0.0.1:9/rss"), "does not answer", code=1)
    assert 1 == len(kept(ready, "feed", "list"))


def test_a_feed_twice(ready: Piquet, town: Any) -> None:
    """Adding it again changes nothing."""
    refused(ready("feed", "add", town.press.feed), "watched already")
    assert 1 == len(kept(ready, "feed", "list"))


def test_a_wrong_handle_and_a_wrong_password(piquet: Piquet, town: Any) -> None:
    """Nothing is kept of an account that the network does not let in."""
    piquet("newsroom", "add", "Écho")
    words = ("account", "connect", "bluesky", "--service", town.pds.address, "--entitled")
    refused(piquet(*words, "--handle", "nobody.test", "--token-file", town.app_password), code=1)
    town.app_password.write_text("abcd-abcd-abcd-abcd")
    refused(piquet(*words, "--handle", town.handle, "--token-file", town.app_password), code=1)
    assert [] == kept(piquet, "account", "list")
    no_tls = ("account", "connect", "bluesky", "--service", "http://pds.example", "--entitled")
    refused(piquet(*no_tls, "--handle", "desk.test", "--token-file", town.app_password), "not encrypted")


def test_a_server_that_is_none(piquet: Piquet, town: Any) -> None:
    """A name that cannot be one, and a web site that is no Mastodon."""
    piquet("newsroom", "add", "Écho")
    words = ("account", "connect", "mastodon", "--entitled", "--token-file", town.token, "--instance")
    refused(piquet(*words, "not a server"), "names no server")
    refused(piquet(*words, town.press.address), code=1)
    assert [] == kept(piquet, "account", "list")


def test_a_network_that_is_not_there(ready: Piquet) -> None:
    """The ones there are, are named."""
    refused(ready("account", "connect", "twitter", "--entitled"), "twitter", "bluesky, mastodon")


def test_who_is_not_entitled_connects_nothing(ready: Piquet, town: Any) -> None:
    """Without a declaration the network is not even asked."""
    words = ("account", "connect", "mastodon", "--instance", town.mastodon.address, "--token-file", town.token)
    before = len(town.mastodon.plan.met)
    refused(ready(*words), "--entitled")
    assert before == len(town.mastodon.plan.met)


def test_a_revoked_token_pauses_the_account_and_says_how_to_mend_it(ready: Piquet, plan: Piquet, town: Any) -> None:
    """Seen by check, shown by status, refused at arming, mended by connecting again."""
    plan()
    token = town.token.read_text().strip()
    of_the_desk = town.mastodon.instance.tokens.pop(token)
    done = ready("account", "check")
    assert (1, True, True) == (done.exit_code, "✗ @desk@" in done.stdout, "✓ desk.test" in done.stdout), done.output
    assert "piquet account connect mastodon" in ready("status").stdout
    refused(ready("strike", "arm"), "@desk@", "piquet account connect")
    assert "draft" == kept(ready, "strike", "list")[0]["state"]
    town.mastodon.instance.tokens[token] = of_the_desk
    words = ("account", "connect", "mastodon", "--instance", town.mastodon.address, "--token-file", town.token)
    assert 0 == ready(*words, "--entitled").exit_code
    assert 0 == ready("strike", "arm").exit_code
    assert 2 == len(kept(ready, "account", "list"))


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ("2026-12-15 09:00-19:00", "was over"),
        ("2026-12-17 19:00 - 2026-12-17 09:00", "would end"),
        ("2027-03-28 02:30-19:00", "02:30 does not exist"),
        ("from nine to five", "not a window"),
        ("2026-02-30 09:00-10:00", "2026-02-30"),
    ],
)
def test_a_window_that_cannot_be(ready: Piquet, window: str, words: str) -> None:
    """Past, turned round, in the hour that summer time leaves out, or unreadable."""
    refused(ready(*STRIKE, window), words)
    assert [] == kept(ready, "strike", "list")


def test_windows_that_overlap(ready: Piquet) -> None:
    """The one that is there already is named."""
    refused(ready(*STRIKE, "2026-12-17 09:00-19:00", "--window", "2026-12-17 18:00-20:00"), "already has a window")


def test_a_time_zone_that_does_not_exist(piquet: Piquet) -> None:
    """The nearest ones are named."""
    refused(piquet("newsroom", "add", "Écho", "--zone", "Europe/Pari"), "Europe/Pari", "Europe/Paris")
    assert [] == kept(piquet, "newsroom", "list")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--wording", f"{'bla ' * 90}{{titre}} {{lien}}"), ("desk.test", "too long", "shorten")),
        (("--wording", "En grève {titel} {lien}"), ("titel", "titre")),
        (("--wording", "En grève"), ("link",)),
        (("--start-wording", "En grève {jour"), ("brace",)),
        (("--link", "caisse de grève"), ("https://",)),
        (("--hashtag", "!!!"), ("hashtag",)),
        (("--account", "somebody"), ("somebody", "desk.test")),
        (("--visibility", "private"), ("private",)),
        (("--visibility", "secret"), ("--visibility",)),
        (("--age-limit", "0"), ("age limit",)),
        (("--age-limit", "long"), ("--age-limit",)),
    ],
)  # fmt: skip
def test_a_strike_that_could_not_be_said(ready: Piquet, options: tuple[str, ...], words: tuple[str, ...]) -> None:
    """Too long without its variable parts, misspelt, unclickable: nothing is planned."""
    refused(ready(*STRIKE, "2026-12-17 09:00-19:00", *options), *words)
    assert [] == kept(ready, "strike", "list")


def test_a_strike_that_cannot_begin(piquet: Piquet) -> None:
    """Armed without a feed or an account it would do nothing: it says so instead."""
    piquet("newsroom", "add", "Écho")
    for words in (("arm",), ("stop",), ("renew",), ("show",), ("discard",), ("calendar",), ("arm", "7")):
        refused(piquet("strike", *words), "piquet strike plan")
    piquet(*STRIKE, "2026-12-17 09:00-19:00")
    refused(piquet("strike", "arm"), "piquet feed add")
    refused(piquet("strike", "stop"), "not running", "piquet strike discard 1")
    refused(piquet("strike", "arm", "7"), "no strike 7")


def test_a_strike_without_an_account(piquet: Piquet) -> None:
    """The command that connects one is named, at the preview and where an account was asked for by name."""
    piquet("newsroom", "add", "Écho")
    refused(piquet(*STRIKE, "2026-12-17 09:00-19:00", "--account", "desk.test"), "piquet account connect mastodon")
    piquet(*STRIKE, "2026-12-17 09:00-19:00")
    done = piquet("preview")
    assert (0, True) == (done.exit_code, "piquet account connect mastodon" in done.stdout), done.output
    assert [] == kept(piquet, "preview")


def test_words_that_are_no_command(piquet: Piquet) -> None:
    """The nearest word is named; so are missing and unknown options."""
    refused(piquet("stirke"), "piquet strike")
    refused(piquet("strike", "atop"), "piquet strike stop")
    refused(piquet("strike", "stop", "--nwesroom", "x"), "--nwesroom", "--newsroom")
    refused(piquet("feed", "add"), "ADDRESS", "--help")
    refused(piquet("strike", "arm", "two"), "STRIKE", "piquet strike arm --help")
    refused(piquet("strike", "renew", "--on"), "--on", "“piquet strike renew --help”")
    refused(piquet("--settings"), "--settings", "“piquet --help”")
    refused(piquet("status", "now"), "now", "--help")
    refused(piquet("--language", "de", "status"), "de", "fr")


def test_settings_that_cannot_be_used(piquet: Piquet, tmp_path: Path) -> None:
    """The file and the setting are named; help works all the same."""
    (tmp_path / "mine.toml").write_text("look_floor = 'often'")
    refused(piquet("--settings", tmp_path / "mine.toml", "status"), "look_floor", "60")
    assert 0 == piquet("--settings", tmp_path / "mine.toml", "feed", "--help").exit_code
    refused(piquet("--settings", tmp_path / "absent.toml", "status"), "absent.toml")


def test_a_disk_that_cannot_be_written(piquet: Piquet, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place is named; /proc is one that not even root writes."""
    monkeypatch.setenv("PIQUET_DATABASE", "sqlite:////proc/piquet/piquet.db")
    refused(piquet("newsroom", "add", "Écho"), "/proc/piquet", code=1)


def test_a_home_that_is_a_file(piquet: Piquet, home: Path) -> None:
    """As on a disk that cannot be written: the place is named, whoever runs it."""
    home.write_text("not a folder")
    refused(piquet("newsroom", "add", "Écho"), str(home), code=1)
    assert "not a folder" == home.read_text()


def test_a_database_from_a_newer_piquet(ready: Piquet, home: Path) -> None:
    """It is left as it is."""
    with sqlite3.connect(home / "piquet.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    refused(ready("status"), "newer Piquet", code=1)
    with sqlite3.connect(home / "piquet.db") as database:
        assert ("9999",) == database.execute("SELECT version_num FROM alembic_version").fetchone()


async def test_a_second_relay_on_the_same_database(home: Path, tmp_path: Path) -> None:
    """The first one goes on; see also test_run."""
    store = await open_store(f"sqlite:///{tmp_path / 'one.db'}")
    with only_one(store), pytest.raises(Unusable, match="Another Piquet"), only_one(store):
        pass
    await store.aclose()


def test_a_key_that_others_can_read(ready: Piquet, home: Path) -> None:
    """The command that mends it is given."""
    (home / "piquet.db.key").chmod(0o644)
    done = ready("account", "check")
    assert (1, True) == (done.exit_code, "chmod 600" in done.output), done.output


def test_an_interruption_is_calm(ready: Piquet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the middle of an act: one sentence, and the exit code that shells know."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(inside, "open_house", interrupted)
    refused(ready("status"), "Stopped here", code=130)


def test_a_mistake_of_ours_is_one_sentence_too(ready: Piquet, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The details go to a file that only its owner reads, without secrets; --debug shows them."""

    def bug(*_: object, **__: object) -> None:
        raise ZeroDivisionError("token=s3cr3t-s3cr3t")

    monkeypatch.setattr(inside, "open_house", bug)
    refused(ready("status"), "ZeroDivisionError", str(home / "crash.txt"), code=1)
    details = (home / "crash.txt").read_text()
    assert (True, False) == ("Traceback" in details, "s3cr3t-s3cr3t" in details)
    assert 0o600 == stat.S_IMODE((home / "crash.txt").stat().st_mode)
    assert "Traceback" in ready("--debug", "status").stderr
    assert open_house is not bug
