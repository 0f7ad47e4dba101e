# SPDX-License-Identifier: AGPL-3.0-or-later
"""How an account is connected: what its network's card asks for is taken from options or asked, then verified."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from relay.cli.asking import agreed, ask, attended, secret
from relay.cli.inside import Inside
from relay.cli.screen import show
from relay.faults import Invalid
from relay.i18n import _, say
from relay.networks import mastodon_oauth
from relay.networks.port import Card, CredentialField, Identity
from relay.store.account import Account
from relay.store.columns import saved
from relay.store.newsroom import Newsroom

TOKEN = "PIQUET_TOKEN"  # noqa: S105  # the variable's name

Given = dict[str, str]


@dataclass(frozen=True)
class Typed:
    """What the command line says: ``fields`` by the card's names, the file that holds the secret, the declaration."""

    fields: Mapping[str, str]
    token_file: Path | None = None
    entitled: bool = False


def connect(here: Inside, owner: Newsroom, network: str, typed: Typed) -> Account:
    """Connect an account of ``owner``; nothing is kept unless the network lets us in.

    Raises Invalid for what is missing or wrong, Unusable without the right key, and the network's own fault.
    """
    card = here.house.seats.cards.get(network)
    if card is None:
        known = ", ".join(sorted(here.house.seats.cards))
        raise Invalid(say("There is no network “{name}” here: choose one of {known}.", name=network, known=known))
    here.read(here.house.keyring.fits)  # without the right key nothing could be kept: said before anything is asked
    declare(typed)
    entitled_at = here.now
    who, given = here.do(here.house.seats.verify(network, credentials(here, card, typed)))
    row = here.write(lambda tx: here.house.seats.save(saved(owner.id), tx, network, given, who, entitled_at))
    welcome(card, who)
    return row


def declare(typed: Typed) -> None:
    """Only people entitled to an account connect it, and they say so. Raises Invalid if they do not."""
    question = _("Is this account yours, or were you entrusted with speaking from it?")
    if not typed.entitled and not (attended() and agreed(question)):
        raise Invalid(
            say("Only who is entitled to an account may connect it; if you are, say so with --entitled or by a yes.")
        )


def credentials(here: Inside, card: Card, typed: Typed) -> Given:
    """All that the card asks for, from options, a file, the environment or a person."""
    hidden = _secret(typed)
    if not hidden and card.name in APPROVALS:
        return APPROVALS[card.name](here, typed)
    given: Given = {}
    for each in card.credentials:
        if each.secret and not each.kept:
            given[each.name] = hidden or _asked(each)
        elif not each.kept:
            given[each.name] = typed.fields.get(each.name, "") or _asked(each)
    guard = here.house.outside.guard
    return given | {each.name: each.meant(given[each.name], guard) for each in card.credentials if each.name in given}


def approve_on_mastodon(here: Inside, typed: Typed) -> Given:
    """OAuth from the terminal: the person approves on the server's own page and pastes the code it shows."""
    if not attended():
        raise Invalid(
            say("The access token is missing; give it with --token-file, or run this at a terminal to be asked.")
        )
    outside = here.house.outside
    named = typed.fields.get("server") or ask(_("On which server does the account live? (such as mastodon.social)"))
    server = mastodon_oauth.server(named, outside.guard)
    registration = here.do(mastodon_oauth.register(outside, server))
    asked = mastodon_oauth.authorisation(outside, registration)
    show("", _("Open this page, sign in as the account, approve, and copy the code it shows:"), "", asked.url, "")
    return here.do(mastodon_oauth.exchange(outside, registration, asked, secret(_("The code (it stays hidden)"))))


APPROVALS: Mapping[str, Callable[[Inside, Typed], Given]] = {"mastodon": approve_on_mastodon}


def welcome(card: Card, who: Identity) -> None:
    """Whom we are now, what one post may hold, and that automation should be declared."""
    limits = who.limits or card.capabilities.limits
    show(str(say("✓ {handle} on {network} is connected.", handle=who.handle, network=card.title)))
    show(str(say("  A notice may have {n} characters there. {url}", n=limits.text, url=who.url)))
    if who.bot is False:
        show(_("! The account is not marked as automated. For candour, mark it as a bot in its profile’s settings."))


def _secret(typed: Typed) -> str:
    if typed.token_file is None:
        return os.environ.get(TOKEN, "").strip()
    try:
        return typed.token_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Invalid(
            say("The file {path} cannot be read; name one that holds nothing but the token.", path=typed.token_file)
        ) from None


def _asked(field: CredentialField) -> str:
    """Ask for a field of the card; one with an empty answer keeps the network's default."""
    if not attended():
        if field.secret:
            raise Invalid(
                say(
                    "{title} is missing; give it with --token-file, or run this at a terminal to be asked.",
                    title=field.title,
                )
            )
        if not field.optional:
            raise Invalid(
                say(
                    "{title} is missing; give it as an option, or run this at a terminal to be asked.",
                    title=field.title,
                )
            )
        return ""
    show(f"  {field.help}")
    question = f"{field.title} ({field.example})" if field.example else str(field.title)
    return secret(question) if field.secret else ask(question)
