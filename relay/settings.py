# SPDX-License-Identifier: AGPL-3.0-or-later
"""The settings of an instance: one TOML file, and environment variables that come before it.

``python -m relay.settings`` writes ``deploy/piquet.example.toml``; every sentence in it stands below.
"""

import base64
import ipaddress
import math
import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from relay.faults import Invalid
from relay.i18n import LANGUAGES, say

FILE = "piquet.toml"
KEY_BYTES = 32


def _one_of(*choices: str) -> Callable[[Any], bool]:
    return lambda value: value in choices


def _from(least: int) -> Callable[[Any], bool]:
    return lambda value: least <= value < math.inf


def _port(value: int) -> bool:
    return 0 <= value < 1 << 16


def _web_address(value: str) -> bool:
    """Scheme, host, and at most a port and a path: callbacks go below it."""
    return value == "" or re.fullmatch(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?", value) is not None


def _networks(value: tuple[str, ...]) -> bool:
    try:
        return all(ipaddress.ip_network(each) for each in value)
    except ValueError:
        return False


def option(
    default: object, doc: str, example: str, allows: Callable[[Any], bool] = lambda _: True, *, secret: bool = False
) -> Any:
    """A setting: its default, its one sentence, what to write for it in TOML, and which values it allows."""
    return field(default=default, repr=not secret, metadata={"doc": doc, "example": example, "allows": allows})


@dataclass(frozen=True)
class Settings:
    """What an instance is told once. ``home`` and ``key`` come from the environment only; numbers are seconds
    unless said otherwise. ``load`` leaves neither ``database`` nor ``key_file`` empty.
    """

    home: Path
    key: bytes = field(default=b"", repr=False)

    language: str = option(
        "", 'The language Piquet speaks, "en" or "fr"; empty: that of the environment.', '"fr"', _one_of("", *LANGUAGES)
    )
    database: str = option(
        "",
        "Where everything is kept: a file, or for several machines postgresql://user:password@host/name; empty: "
        "piquet.db in Piquet's own folder.",
        '"sqlite:////srv/piquet/piquet.db"',
        secret=True,  # the address of a server may hold a password
    )
    key_file: str = option(
        "",
        "The file with the key that seals the accounts' tokens; empty: beside the database, with .key added. With "
        "PostgreSQL: piquet.key in Piquet's own folder, and the same file on every machine.",
        '"/srv/piquet/piquet.db.key"',
    )
    contact: str = option(
        "", "An address at which newsrooms and servers can reach you; it is shown to them.", '"collective@example.org"'
    )
    allow_networks: tuple[str, ...] = option(
        (), "Private networks that Piquet may talk to, for a feed on an intranet.", '["10.20.0.0/16"]', _networks
    )
    look_floor: float = option(45.0, "The shortest time between two looks at a feed, in seconds.", "60", _from(5))
    age_limit: float = option(6.0, "How old an article may be and still get its notice, in hours.", "6", _from(0))
    flood_threshold: int = option(
        10, "How many new articles in one look are normal; if there are more, they wait for a person.", "10", _from(1)
    )
    settle: float = option(
        120.0, "How long a network may take to show a post that it may have accepted, in seconds.", "120", _from(0)
    )
    end_notice_lead: float = option(
        120.0, "How long before the end of a window the end notice is sent, in seconds.", "120", _from(0)
    )
    send_timeout: float = option(30.0, "How long one request to a network may take, in seconds.", "30", _from(1))
    silence_alert: float = option(
        3.0,
        "How long an open window may bring no new article before the strikers are alerted, in hours.",
        "3",
        _from(1),
    )
    health_port: int = option(
        8017,
        "The port on this machine at which machines learn how Piquet is (/livez, /readyz, /metrics); 0: none.",
        "8017",
        _port,
    )
    public_address: str = option(
        "",
        "The address by which hubs reach public_port, through a reverse proxy, to push articles the moment they appear "
        "(WebSub); empty: feeds are only looked at.",
        '"https://relay.example.org"',
        _web_address,
    )
    public_port: int = option(
        8018,
        "The port on this machine that public_address leads to; nothing but pushes is taken there; 0: another machine "
        "of this instance takes them.",
        "8018",
        _port,
    )
    log_level: str = option(
        "info",
        'What is worth a line in the log, "debug", "info", "warning" or "error", and all that is worse.',
        '"info"',
        _one_of("debug", "info", "warning", "error"),
    )
    log_format: str = option(
        "text",
        'How log lines are written, "text" for people or "json" for machines.',
        '"json"',
        _one_of("text", "json"),
    )


OPTIONS: Mapping[str, Field[Any]] = {each.name: each for each in fields(Settings) if each.metadata}


def load(environ: Mapping[str, str], path: Path | None = None) -> Settings:
    """The settings: from ``path``, else $PIQUET_SETTINGS, else ./piquet.toml, else piquet.toml in Piquet's home.

    The first two must exist. A variable such as $PIQUET_LOOK_FLOOR comes before the file; lists are separated by
    commas. Raises Invalid with the setting and what to write instead.
    """
    home = Path(environ["PIQUET_HOME"]) if environ.get("PIQUET_HOME") else user_data_path("piquet")
    named = path or (Path(environ["PIQUET_SETTINGS"]) if environ.get("PIQUET_SETTINGS") else None)
    found = named or next((each for each in (Path(FILE), home / FILE) if each.exists()), None)
    values = _from_file(found) if found else {}
    for name, each in OPTIONS.items():
        variable = f"PIQUET_{name.upper()}"
        if variable in environ:
            given = _typed(environ[variable], each)
            values[name] = _allowed(given, each, variable, f"{variable}={each.metadata['example'].strip('[]')}")
    settings = Settings(home=home, key=_key(environ.get("PIQUET_KEY", "")), **values)
    database = settings.database or f"sqlite:///{home / 'piquet.db'}"
    return replace(settings, database=database, key_file=settings.key_file or _beside(database, home))


def example() -> str:
    """The text of ``deploy/piquet.example.toml``: every setting with its sentence and an example, in comments."""
    parts = [f"# Piquet's settings. Copy this file to {FILE}, take the # off a line and write what you want.\n"]
    for name, each in OPTIONS.items():
        parts.append(f"\n# {each.metadata['doc']}\n# {name} = {each.metadata['example']}\n")
    return "".join(parts)


def _from_file(path: Path) -> dict[str, Any]:
    text = _text(path)
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else len(text.splitlines())
        raise Invalid(
            say('Line {line} of {path} cannot be read; write one like language = "fr".', line=line, path=path)
        ) from None
    for name in given:
        if name not in OPTIONS:
            near = get_close_matches(name, OPTIONS, n=1, cutoff=0) or [""]
            raise Invalid(
                say("{path}: there is no setting {name}; did you mean {near}?", path=path, name=name, near=near[0])
            )
    return {
        name: _allowed(value, OPTIONS[name], f"{path}: {name}", f"{name} = {OPTIONS[name].metadata['example']}")
        for name, value in given.items()
    }


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Invalid(
            say("The settings file {path} cannot be read ({why}); name one that can.", path=path, why=error.strerror)
        ) from None
    except UnicodeDecodeError:
        raise Invalid(say("The settings file {path} is not UTF-8 text; save it as UTF-8.", path=path)) from None


def _typed(text: str, each: Field[Any]) -> object:
    """A variable's text as the type of the setting; the text itself where it is of another."""
    if isinstance(each.default, tuple):
        return [part.strip() for part in text.split(",") if part.strip()]
    kind: type[Any] = type(each.default)
    try:
        return kind(text)
    except ValueError:
        return text


def _allowed(value: object, each: Field[Any], name: str, instead: str) -> object:
    """The value as the setting holds it. Raises Invalid, with ``instead``, if the setting does not allow it."""
    if isinstance(each.default, float) and type(value) is int:
        value = float(value)
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = tuple(value)
    if type(value) is type(each.default) and each.metadata["allows"](value):
        return value
    raise Invalid(say("{name} cannot be {value}; write {instead}.", name=name, value=value, instead=instead))


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b"?"
    if len(key) not in (0, KEY_BYTES):
        raise Invalid(
            say("PIQUET_KEY is not {bytes} bytes in base64; make one with openssl rand -base64 32.", bytes=KEY_BYTES)
        )
    return key


def _beside(database: str, home: Path) -> str:
    """Where the key lies unless told: beside the database's file, or in Piquet's home if it is on a server."""
    file = re.fullmatch(r"sqlite[^:]*:///([^?:]+).*", database)
    return f"{file[1]}.key" if file else str(home / "piquet.key")


if __name__ == "__main__":
    sys.stdout.write(example())
