# SPDX-License-Identifier: AGPL-3.0-or-later
"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as naive UTC; a naive one is refused, since it could mean anything."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Word(TypeDecorator[StrEnum]):
    """One of our words, kept as text so that a dump can be read and a word added without a migration."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__(24)
        self.words = words
        self._by_value = {word.value: word for word in words}  # asked for every row: three times as fast as the enum

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self._by_value[value]


def word(words: type[StrEnum], index: bool = False) -> Any:
    """A fresh, required column for one of the words of ``words``."""
    return Column(Word(words), nullable=False, index=index)


def saved(number: int | None) -> int:
    """The number of a row that has been flushed; a row without one is a bug of ours."""
    if number is None:
        raise ValueError("a row that was never flushed")
    return number
