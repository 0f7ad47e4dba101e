# SPDX-License-Identifier: AGPL-3.0-or-later
"""What headers say about when to come back and what the body is."""

from datetime import UTC, datetime, timedelta

import pytest

from relay.feeds.http.headers import fresh_for, media, retry_at, unsaid_wait, validator

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SERVER_SAYS = "Mon, 02 Mar 2026 11:00:00 GMT"  # its clock is an hour slow


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Mon, 02 Mar 2026 11:10:00 GMT", 600),
        ("Monday, 02-Mar-26 11:10:00 GMT", 600),
        ("Mon, 02 Mar 2026 10:00:00 GMT", 0),
        ("999999999999999999999", 48 * 3600),
        ("0000000000000120", 120),
        ("Wed, 02 Mar 2039 11:10:00 GMT", 48 * 3600),
    ],
)
def test_retry_after(said: str, seconds: int) -> None:
    assert retry_at({"Retry-After": said, "Date": SERVER_SAYS}, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("said", ["", "soon", "-5", "1.5", "²", "Mon, 99 Mar 2026 11:10:00 GMT"])
def test_a_retry_after_that_says_nothing(said: str) -> None:
    assert retry_at({"Retry-After": said, "Date": SERVER_SAYS}, NOW) is None


def test_a_date_is_measured_against_our_clock_where_the_server_names_no_date() -> None:
    assert retry_at({"Retry-After": "Mon, 02 Mar 2026 12:10:00 GMT"}, NOW) == NOW + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Cache-Control": "max-age=300"}, 300),
        ({"Cache-Control": 'public, Max-Age="300"', "Age": "100"}, 200),
        ({"Cache-Control": "max-age=300", "Age": "400"}, 0),
        ({"Cache-Control": "max-age=300, no-cache"}, 0),
        ({"Cache-Control": "no-store"}, 0),
        ({"Cache-Control": "max-age=-1"}, 0),
        ({"Cache-Control": "max-age=60", "Expires": "Mon, 02 Mar 2026 12:00:00 GMT", "Date": SERVER_SAYS}, 60),
        ({"Expires": "Mon, 02 Mar 2026 11:05:00 GMT", "Date": SERVER_SAYS}, 300),
        ({"Expires": "Mon, 02 Mar 2026 11:05:00 GMT", "Date": SERVER_SAYS, "Age": "100"}, 200),
        ({"Cache-Control": "public", "Expires": "Mon, 02 Mar 2026 11:05:00 GMT", "Date": SERVER_SAYS}, 300),
        ({"Cache-Control": "no-cache", "Expires": "Mon, 02 Mar 2026 11:05:00 GMT", "Date": SERVER_SAYS}, 0),
        ({"Cache-Control": "max-age=999999999999999"}, 365 * 86_400),
        ({"Cache-Control": "max-age=60", "Age": "\udce9"}, 60),
        ({"Expires": "Fri, 31 Dec 9999 23:59:59 GMT", "Date": SERVER_SAYS}, 365 * 86_400),
        ({"Expires": "0", "Date": SERVER_SAYS}, 0),
        ({"Expires": "Mon, 02 Mar 2026 11:05:00 GMT"}, 0),
        ({"Expires": "Mon, 02 Mar 2020 11:05:00 GMT", "Date": SERVER_SAYS}, 0),
    ],
)
def test_freshness(headers: dict[str, str], seconds: int) -> None:
    assert fresh_for(headers) == seconds


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("application/rss+xml; charset=ISO-8859-1", ("application/rss+xml", "iso-8859-1")),
        ('Text/XML;charset="utf-8"', ("text/xml", "utf-8")),
        ("", ("", "")),
        ("rubbish\r\nX: y", ("text/plain", "")),
    ],
)
def test_media_type_and_charset(said: str, read: tuple[str, str]) -> None:
    assert media(said) == read


@pytest.mark.parametrize("sent", ['"\udce9"', '"\x07"', '"a\tb"', '"' + "x" * 1000])
def test_a_validator_that_could_not_be_echoed_is_not_kept(sent: str) -> None:
    assert (validator({"ETag": sent}, "ETag"), validator({"ETag": 'W/"é"'}, "ETag")) == ("", 'W/"é"')


def test_a_pause_of_which_nobody_says_how_long_doubles_to_an_hour() -> None:
    minutes = [unsaid_wait(failures) / timedelta(minutes=1) for failures in (0, 1, 2, 3, 4, 5, 6, 10_000)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60]
