# SPDX-License-Identifier: AGPL-3.0-or-later
"""One file, and the environment before it."""

import base64
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from relay.faults import Invalid
from relay.settings import OPTIONS, Settings, example, load

ROOT = Path(__file__).parents[1]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and an empty folder to work in."""
    (tmp_path / "home").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "home"


def test_nothing_need_be_set(home: Path) -> None:
    """Without a file or variables an instance has its database and its key in its home."""
    settings = load({"PIQUET_HOME": str(home)})
    assert (f"sqlite:///{home}/piquet.db", f"{home}/piquet.db.key", b"") == (
        settings.database,
        settings.key_file,
        settings.key,
    )
    assert (45, 6, 10, 120, 120, 30) == (
        settings.look_floor,
        settings.age_limit,
        settings.flood_threshold,
        settings.settle,
        settings.end_notice_lead,
        settings.send_timeout,
    )


def test_the_home_is_the_persons_own_folder_unless_told(home: Path) -> None:
    """The platform says where a program keeps its data."""
    assert load({}).home.name == "piquet"


@pytest.mark.parametrize("nearest", range(4))
def test_the_nearest_file_counts(home: Path, tmp_path: Path, nearest: int) -> None:
    """The one given, then $PIQUET_SETTINGS, then the one here, then the one at home."""
    places = [tmp_path / "given.toml", tmp_path / "named.toml", Path("piquet.toml"), home / "piquet.toml"]
    for number, place in enumerate(places[nearest:], nearest):
        place.write_text(f"contact = '{number}'")
    environ = {"PIQUET_HOME": str(home)} | ({"PIQUET_SETTINGS": str(places[1])} if nearest < 2 else {})
    assert str(nearest) == load(environ, places[0] if nearest == 0 else None).contact


def test_a_variable_comes_before_the_file(home: Path) -> None:
    """Text, numbers and lists alike."""
    Path("piquet.toml").write_text("look_floor = 60\nlanguage = 'fr'\nflood_threshold = 3")
    environ = {
        "PIQUET_LOOK_FLOOR": "90",
        "PIQUET_ALLOW_NETWORKS": "10.0.0.0/8, fd00::/8",
        "PIQUET_FLOOD_THRESHOLD": "4",
    }
    settings = load(environ)
    assert ("fr", 90.0, 4, ("10.0.0.0/8", "fd00::/8")) == (
        settings.language,
        settings.look_floor,
        settings.flood_threshold,
        settings.allow_networks,
    )


@pytest.mark.parametrize(
    ("database", "expected"),
    [
        ("sqlite:////srv/p.db", "/srv/p.db.key"),
        ("sqlite+aiosqlite:///p.db?x=1", "p.db.key"),
        ("sqlite:///:memory:", "/h/piquet.key"),
        ("postgresql://host/piquet", "/h/piquet.key"),
    ],
)
def test_the_key_lies_beside_the_database(database: str, expected: str) -> None:
    """Or at home, where the database is not a file."""
    assert expected == load({"PIQUET_HOME": "/h", "PIQUET_DATABASE": database}).key_file


def test_a_key_in_the_environment_is_used_and_never_shown() -> None:
    """32 bytes in base64."""
    key = bytes(range(32))
    settings = load({"PIQUET_HOME": "/h", "PIQUET_KEY": base64.b64encode(key).decode()})
    assert key == settings.key
    assert "x01" not in repr(settings)


@pytest.mark.parametrize("key", ["short", base64.b64encode(b"x" * 31).decode(), "é", "%%%%"])
def test_a_key_of_another_length_is_refused_unseen(key: str) -> None:
    """The sentence says how to make one and does not repeat the secret."""
    with pytest.raises(Invalid) as raised:
        load({"PIQUET_KEY": key})
    expected = "PIQUET_KEY is not 32 bytes in base64; make one with openssl rand -base64 32."
    assert expected == str(raised.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("look_floor = 'often'", "{path}: look_floor cannot be often; write look_floor = 60."),
        ("look_floor = 1", "{path}: look_floor cannot be 1.0; write look_floor = 60."),
        ("look_floor = nan", "{path}: look_floor cannot be nan; write look_floor = 60."),
        ("look_floor = inf", "{path}: look_floor cannot be inf; write look_floor = 60."),
        ("flood_threshold = true", "{path}: flood_threshold cannot be True; write flood_threshold = 10."),
        ("flood_threshold = 2.5", "{path}: flood_threshold cannot be 2.5; write flood_threshold = 10."),
        ("language = 'de'", '{path}: language cannot be de; write language = "fr".'),
        ("allow_networks = '10.0.0.0/8'", 'allow_networks = ["10.20.0.0/16"].'),
        ("allow_networks = ['10.0.0.300/8']", 'allow_networks = ["10.20.0.0/16"].'),
        ("lok_floor = 60", "{path}: there is no setting lok_floor; did you mean look_floor?"),
        ("home = '/tmp'", "{path}: there is no setting home; did you mean"),
        ("[section]\nlanguage = 'fr'", "{path}: there is no setting section; did you mean"),
        ("language = 'fr'\nlook_floor == 3", 'Line 2 of {path} cannot be read; write one like language = "fr".'),
        ("language = fr", "Line 1 of {path} cannot be read"),
        ("language = 'fr'\nlanguage = 'en'\n", "Line 2 of {path} cannot be read"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_what_to_write(home: Path, text: str, expected: str) -> None:
    """One sentence, with the file and the setting or the line."""
    path = home / "piquet.toml"
    path.write_text(text)
    with pytest.raises(Invalid) as raised:
        load({"PIQUET_HOME": str(home)})
    assert expected.format(path=path) in str(raised.value)


@pytest.mark.parametrize(
    ("variable", "value", "instead"),
    [
        ("PIQUET_SEND_TIMEOUT", "long", "PIQUET_SEND_TIMEOUT=30"),
        ("PIQUET_LOG_FORMAT", "xml", 'PIQUET_LOG_FORMAT="json"'),
        ("PIQUET_ALLOW_NETWORKS", "here", 'PIQUET_ALLOW_NETWORKS="10.20.0.0/16"'),
    ],
)
def test_a_variable_that_cannot_be_used_is_named_too(variable: str, value: str, instead: str) -> None:
    """With the line to type instead."""
    with pytest.raises(Invalid) as raised:
        load({variable: value})
    assert str(raised.value).startswith(f"{variable} cannot be")
    assert f"; write {instead}." in str(raised.value)


@pytest.mark.parametrize("kind", ["absent", "folder", "latin"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, kind: str) -> None:
    """A file asked for by name must be there, be a file, and be text."""
    path = tmp_path / "mine.toml"
    if kind == "folder":
        path.mkdir()
    if kind == "latin":
        path.write_bytes("contact = 'é'".encode("latin-1"))
    expected = (
        f"The settings file {path} is not UTF-8" if kind == "latin" else f"The settings file {path} cannot be read"
    )
    for arguments in (({}, path), ({"PIQUET_SETTINGS": str(path)},)):
        with pytest.raises(Invalid, match=re.escape(expected)):
            load(*arguments)


def test_a_file_saved_by_a_windows_editor_is_read(home: Path) -> None:
    """With its byte order mark and its line ends."""
    Path("piquet.toml").write_bytes("\ufefflanguage = 'fr'\r\n".encode())
    assert load({}).language == "fr"


def test_the_example_is_the_code(home: Path) -> None:
    """Every setting with its sentence: ``python -m relay.settings > deploy/piquet.example.toml``."""
    assert (ROOT / "deploy" / "piquet.example.toml").read_text() == example()


def test_every_example_is_a_setting_that_works(home: Path) -> None:
    """With the # off, the whole file can be read, and names every setting."""
    Path("piquet.toml").write_text(re.sub(r"(?m)^# (?=\w+ = )", "", example()))
    assert set(tomllib.loads(Path("piquet.toml").read_text())) == set(OPTIONS)
    assert isinstance(load({}), Settings)


def test_settings_cost_next_to_nothing_to_import() -> None:
    """Every command reads them: neither pydantic nor SQLAlchemy comes along."""
    code = "import sys, relay.settings; sys.exit(any(m in sys.modules for m in ('pydantic', 'sqlalchemy')))"
    assert 0 == subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode
