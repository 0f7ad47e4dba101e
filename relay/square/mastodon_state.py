# SPDX-License-Identifier: AGPL-3.0-or-later
"""The look-alike Mastodon's memory and its rules, without HTTP: whoever breaks one gets a ``No``."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from relay.clock import Clock, stopwatch
from relay.square.mastodon_text import length

# https://docs.joinmastodon.org/api/oauth-scopes/
ALL = frozenset({"read", "write", "follow", "push", "profile"})
KEY_LIFE = timedelta(hours=1)  # app/services/post_status_service.rb, idempotency_key
PINS = 5  # app/validators/status_pin_validator.rb


class No(Exception):
    """What the API answers instead: a status and ``{"error": words}``."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


@dataclass(frozen=True)
class Dialect:
    """How a server of this family differs from the main line. ``url_cost`` None: code points, addresses in full."""

    version: str = "4.7.2"
    source: str = "https://github.com/mastodon/mastodon"
    invalid: int = 422
    honours_key: bool = True
    url_cost: int | None = 23
    url_cost_said: int = 23
    max_characters: int = 500
    images: int = 4
    api_versions: bool = True
    profile_scope: bool = True
    cards: bool = True  # https://docs.joinmastodon.org/entities/PreviewCard/
    ulids: bool = False


MASTODON = Dialect()
MASTODON_4_2 = Dialect(version="4.2.20", api_versions=False, profile_scope=False)
# Measured on GoToSocial 0.20: 400 where Mastodon says 422, no key, code points, a link cost that does not hold, ids of
# letters too (https://github.com/ulid/spec) and no preview cards.
GOTOSOCIAL = Dialect(
    version="0.20.0",
    source="https://codeberg.org/superseriousbusiness/gotosocial",
    invalid=400,
    honours_key=False,
    url_cost=None,
    url_cost_said=25,
    max_characters=5000,
    images=6,
    api_versions=False,
    cards=False,
    ulids=True,
)


@dataclass
class Account:
    """Someone who has an account here."""

    id: str
    name: str
    bot: bool = False


@dataclass
class Media:
    """An upload; ``polls_left`` questions until it is processed."""

    id: str
    account: str
    alt: str
    polls_left: int = 0
    attached: bool = False
    data: bytes = field(default=b"", repr=False)
    type: str = "image/png"


@dataclass
class Status:
    """One post. ``arrived``: our stopwatch, s. ``boosts``: the post that it passes on, and has no words of its own."""

    id: str
    account: str
    text: str
    created_at: datetime
    arrived: float
    visibility: str
    language: str
    warning: str
    media: Sequence[Media]
    pinned: bool = False
    boosts: "Status | None" = None


@dataclass
class Draft:
    """What a client asks to post."""

    text: str = ""
    visibility: str = "public"
    language: str = "en"
    warning: str = ""
    media_ids: Sequence[str] = ()


@dataclass
class Instance:
    """Everything one look-alike knows."""

    clock: Clock
    dialect: Dialect = MASTODON
    processing: int = 0  # how often a new upload answers "not yet"
    accounts: dict[str, Account] = field(default_factory=dict)
    tokens: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)  # token → account, scopes
    statuses: dict[str, Status] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    _keys: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    # Snowflake-like: ids sort by age and are far above what fits a small int.
    _ids: "count[int]" = field(default_factory=lambda: count(114_000_000_000_000_001))

    def new_id(self) -> str:
        number = next(self._ids)
        return f"01JF{number:022d}" if self.dialect.ulids else str(number)

    def create_account(self, name: str, token: str = "", scopes: frozenset[str] = ALL, *, bot: bool = False) -> Account:
        """A new account, and a token for it if one is named."""
        account = Account(self.new_id(), name, bot)
        self.accounts[account.id] = account
        if token:
            self.tokens[token] = (account.id, scopes)
        return account

    def upload(self, account: str, alt: str, data: bytes = b"", kind: str = "image/png") -> Media:
        if len(alt) > 1500:  # app/models/media_attachment.rb, MAX_DESCRIPTION_LENGTH
            raise No(self.dialect.invalid, "Validation failed: Description is too long (maximum is 1500 characters)")
        media = Media(self.new_id(), account, alt, self.processing, data=data, type=kind)
        self.media[media.id] = media
        return media

    def publish(self, account: str, draft: Draft, key: str) -> Status:
        """Make a post, or return the one that the key stands for."""
        known = self._known(account, key)
        if known is not None:
            return known
        self._check(draft)
        media = [self._attachable(account, media_id) for media_id in draft.media_ids]
        for attachment in media:
            attachment.attached = True
        status = self._keep(account, draft, media)
        if key:
            self._keys[account, key] = (status.id, self.clock.now())
        return status

    def boost(self, account: str, status_id: str) -> Status:
        """Have the account pass a post on, as a person does with a click."""
        boost = self._keep(account, Draft(), ())
        boost.boosts = self.status(status_id)
        return boost

    def _keep(self, account: str, draft: Draft, media: Sequence[Media]) -> Status:
        status = Status(
            id=self.new_id(),
            account=account,
            text=draft.text,
            created_at=self.clock.now(),
            arrived=stopwatch(),
            visibility=draft.visibility,
            language=draft.language,
            warning=draft.warning,
            media=media,
        )
        self.statuses[status.id] = status
        return status

    def _known(self, account: str, key: str) -> Status | None:
        if not key or not self.dialect.honours_key:
            return None
        known = self._keys.get((account, key))
        if known is None or self.clock.now() - known[1] >= KEY_LIFE:
            return None
        return self.status(known[0])  # 404 if it was deleted in the meantime: Status.find raises in the real one

    def _check(self, draft: Draft) -> None:
        """app/validators/status_length_validator.rb and app/services/post_status_service.rb"""
        invalid, most = self.dialect.invalid, self.dialect.max_characters
        if not draft.text.strip() and not draft.media_ids:
            raise No(invalid, "Validation failed: Text can't be blank")
        if length(draft.text, draft.warning, self.dialect.url_cost) > most:
            raise No(invalid, f"Validation failed: Text character limit of {most} exceeded")
        if draft.visibility not in ("public", "unlisted", "private", "direct"):
            raise No(invalid, "Validation failed: Visibility is not included in the list")
        if len(draft.media_ids) > self.dialect.images:
            raise No(invalid, f"Cannot attach more than {self.dialect.images} files")

    def _attachable(self, account: str, media_id: str) -> Media:
        media = self.media.get(media_id)
        if media is None or media.account != account or media.attached:
            raise No(self.dialect.invalid, "Validation failed: Media attachments not found")
        if media.polls_left:
            raise No(422, "Cannot attach files that have not finished processing. Try again in a moment!")
        return media

    def status(self, status_id: str) -> Status:
        if status_id not in self.statuses:
            raise No(404, "Record not found")
        return self.statuses[status_id]

    def own(self, account: str, status_id: str) -> Status:
        """The account's own post; somebody else's is as good as none: app/controllers/api/v1/statuses_controller.rb"""
        status = self.status(status_id)
        if status.account != account:
            raise No(404, "Record not found")
        return status

    def pin(self, account: str, status_id: str) -> Status:
        status = self.own(account, status_id)
        if status.pinned:
            raise No(422, "Duplicate record")
        if sum(each.pinned for each in self.of(account)) >= PINS:
            raise No(422, "Validation failed: You have already pinned the maximum number of posts")
        status.pinned = True
        return status

    def of(self, account: str) -> list[Status]:
        """The account's posts, oldest first."""
        return [status for status in self.statuses.values() if status.account == account]
