# SPDX-License-Identifier: AGPL-3.0-or-later
"""Messages arrive: through a real herald, at real servers on loopback."""

import asyncio
from typing import Any

import pytest

from relay.alerts.dispatch import Dispatcher, Errand

Mail = tuple[Any, int]


async def sent(dispatcher: Dispatcher, *addresses: str) -> list[str]:
    """The fault of each."""
    errands = [Errand(n, each, "Le Quotidien", "« Un flux » est mort.") for n, each in enumerate(addresses)]
    faults = {outcome.number: outcome.fault async for outcome in dispatcher.send(errands)}
    return [faults[n] for n in range(len(addresses))]


async def test_ntfy_gets_the_message(dispatcher: Dispatcher, website: Any) -> None:
    assert [""] == await sent(dispatcher, f"ntfy://127.0.0.1:{website.port}/strikers")
    [(_, headers, message)] = website.posted
    assert ("strikers", "Le Quotidien", "« Un flux » est mort.") == (
        message["topic"],
        message["title"],
        message["message"],
    )
    assert ("Piquet/test", False) == (headers["User-Agent"], any("github" in each for each in headers.values()))


async def test_a_webhook_gets_json(dispatcher: Dispatcher, website: Any) -> None:
    assert [""] == await sent(dispatcher, f"json://127.0.0.1:{website.port}/hook?+X-Token=abc")
    [(path, headers, message)] = website.posted
    assert ("/hook", "abc", "« Un flux » est mort.") == (path, headers["X-Token"], message["message"])


async def test_mail_arrives(dispatcher: Dispatcher, postbox: Mail) -> None:
    box, port = postbox
    address = f"mailto://127.0.0.1:{port}?from=piquet@example.org&to=desk@example.org&mode=insecure"
    assert [""] == await sent(dispatcher, address)
    [letter] = box.letters
    assert ("desk@example.org", "Le Quotidien") == (letter["To"], letter["Subject"])
    assert "« Un flux » est mort." in letter.get_body(("plain", "html")).get_content()


@pytest.mark.parametrize("status", [401, 503])
async def test_a_refusal_is_told_by_its_status(dispatcher: Dispatcher, website: Any, status: int) -> None:
    website.status = status
    addresses = (f"json://127.0.0.1:{website.port}/", f"ntfy://127.0.0.1:{website.port}/topic")
    assert [str(status)] * 2 == await sent(dispatcher, *addresses)


async def test_redirects_are_not_followed(dispatcher: Dispatcher, website: Any) -> None:
    website.status, website.headers = 302, {"Location": f"http://127.0.0.1:{website.port}/elsewhere"}
    assert ["302"] == await sent(dispatcher, f"json://127.0.0.1:{website.port}/")
    assert ["/"] == [path for path, _, _ in website.posted]


async def test_one_that_does_not_answer_holds_up_no_other(website: Any) -> None:
    """And costs no more than the deadline."""
    hanging = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = hanging.sockets[0].getsockname()[1]
    dispatcher = Dispatcher("Piquet/test", ["127.0.0.0/8"], deadline=8)
    errands = [
        Errand(1, f"json://127.0.0.1:{port}/?rto=60", "a", "b"),
        Errand(2, f"json://127.0.0.1:{website.port}/", "a", "b"),
    ]
    assert [(2, ""), (1, "slow")] == [(each.number, each.fault) async for each in dispatcher.send(errands)]
    hanging.close()


async def test_private_networks_are_out_of_reach(website: Any) -> None:
    """By number, by name, and by mail, unless whoever runs Piquet allowed the network."""
    strict = Dispatcher("Piquet/test")
    faults = await sent(
        strict,
        f"json://127.0.0.1:{website.port}/",
        f"ntfy://localhost:{website.port}/topic",
        "json://[::ffff:127.0.0.1]/",
        "mailto://127.0.0.1:25?from=a@example.org&to=b@example.org&mode=insecure",
    )
    assert (["private"] * 4, []) == (faults, website.posted)


ADDRESSES = {
    "ntfys://ntfy.example/strikers": "",
    "mailto://desk:password@example.org": "",
    "matrixs://desk:password@matrix.example/#strikers": "",
    "tgram://123456789:AAEabcdefghijklmnop/12315544": "",
    "tgram://not-a-token/1": "malformed",
    "json://": "malformed",
    "dbus://": "malformed",
    "syslog://": "malformed",
    "discord://12345/abcde?template=/etc/passwd": "option template",
    "mailto://desk:password@example.org?pgpprv=/etc/passwd": "option pgpprv",
    "json://example.org/?%54emplate=x": "option template",
    "json://example.org/?to=x;attach=/etc/passwd": "option attach",
    "form://example.org/?attach-as=file": "option attach-as",
}


async def test_an_address_is_read_before_it_is_kept(dispatcher: Dispatcher) -> None:
    """As the service has it; what acts on this machine, or reads its files, is none."""
    errands = [Errand(n, address) for n, address in enumerate(ADDRESSES)]
    faults = {outcome.number: outcome.fault async for outcome in dispatcher.send(errands)}
    assert ADDRESSES == {each.address: faults[each.number] for each in errands}


async def test_a_herald_that_cannot_begin_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its messages are tried again."""
    monkeypatch.setattr("sys.executable", "/bin/false")
    assert ["slow"] == await sent(Dispatcher("Piquet/test"), "ntfy://topic")
