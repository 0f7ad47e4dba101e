# SPDX-License-Identifier: AGPL-3.0-or-later
"""Only the room outside makes HTTP clients and opens connections; adapters hand its guarded ones to their libraries."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOOR = "relay/outside/"

# Libraries that connect by themselves, and the only files outside the door that may name them, with what they may take.
ADAPTERS = {
    "requests": {"relay/networks/mastodon_client.py": {"Response", "exceptions", "RequestException"}},
    "urllib3": {"relay/networks/mastodon_client.py": {"exceptions"}},
    "httpx": {
        "relay/networks/bluesky_session.py": {
            *("Timeout", "HTTPError", "InvalidURL", "ConnectError", "ConnectTimeout", "PoolTimeout"),
            *("UnsupportedProtocol", "LocalProtocolError"),
        }
    },
    "apprise": {
        "relay/alerts/herald.py": {
            *("Apprise", "AppriseAsset", "NotifyFormat", "PersistentStoreMode", "plugins", "url_to_dict")
        }
    },
}
NOWHERE = {"httpcore", "http.client", "urllib.request", "smtplib", "aiosmtplib", "ftplib", "pycurl", "websockets"}
OPENERS = {
    *("ClientSession", "TCPConnector", "UnixConnector", "urlopen", "create_connection", "open_connection"),
    *("open_unix_connection", "getaddrinfo", "gethostbyname", "gethostbyaddr", "socketpair"),
}
# create_connection … of these is none to a stranger: a name to look up is patched, to have it vouched for.
KNOWN = {("relay/alerts/herald.py", "getaddrinfo")}
# What must be handed something guarded: the call, and the argument.
HANDED = {"Mastodon": "session", "AsyncClient": "request", "AsyncRequest": "transport", "Client": "request"}


@cache
def _files() -> tuple[tuple[str, ast.Module], ...]:
    """All of ours but the door, and what is shipped for tests, which run on loopback."""
    paths = sorted([*ROOT.glob("relay/**/*.py"), *ROOT.glob("bridges/**/*.py")])
    texts = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in paths}
    worth_reading = re.compile(
        "|".join(map(re.escape, (*ADAPTERS, *NOWHERE, *OPENERS, "session", "from http", "urllib")))
    )
    return tuple(
        (name, ast.parse(text))
        for name, text in texts.items()
        if not name.startswith((DOOR, "relay/testing/")) and worth_reading.search(text)
    )


def _named(node: ast.AST) -> str:
    """The last part of a dotted name, "" for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def test_nobody_else_imports_a_client() -> None:
    found = [
        (name, imported)
        for name, tree in _files()
        for imported in _imports(tree)
        if any(imported == each or imported.startswith(f"{each}.") for each in NOWHERE)
        or (imported.split(".")[0] in ADAPTERS and name not in ADAPTERS[imported.split(".")[0]])
    ]
    assert found == []


@pytest.mark.parametrize("library", ADAPTERS)
def test_an_adapter_takes_no_more_of_a_library_than_it_needs(library: str) -> None:
    trees = dict(_files())
    for name, wanted in ADAPTERS[library].items():
        taken = {
            node.attr
            for node in ast.walk(trees[name])
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == library
        }
        assert taken, f"{name} does not use {library} any more"
        assert taken <= wanted


def test_nobody_else_opens_a_connection() -> None:
    found = [
        (name, _named(node))
        for name, tree in _files()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name) and _named(node) in OPENERS and (name, _named(node)) not in KNOWN
    ]
    assert found == []


def test_libraries_that_connect_are_handed_what_is_guarded() -> None:
    calls = [
        (name, _named(node.func), {each.arg for each in node.keywords})
        for name, tree in _files()
        if name in ("relay/networks/mastodon_client.py", "relay/networks/bluesky_session.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _named(node.func) in HANDED
    ]
    assert {what for _, what, _ in calls} == {"Mastodon", "AsyncClient", "AsyncRequest"}
    assert [each for each in calls if HANDED[each[1]] not in each[2]] == []


def test_no_look_follows_a_redirect_by_itself() -> None:
    """aiohttp's own following asks the guard about the address only: each of our requests says that it does not."""
    verbs = {"get", "post", "put", "head", "request", "delete", "patch", "options"}
    found = [
        (name, node.lineno)
        for name, tree in _files()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in verbs
        and (_named(node.func.value) == "session")
        and not any(
            each.arg == "allow_redirects" and isinstance(each.value, ast.Constant) and each.value.value is False
            for each in node.keywords
        )
    ]
    assert found == []
