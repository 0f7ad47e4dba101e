# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fuzz target: whatever a feed looks like, its doctor finds words for it."""

from datetime import UTC, datetime

from fuzz.feeds import ADDRESS, stumbles

from relay.feeds.doctor.diagnosis import of_file
from relay.feeds.doctor.source import read_source
from relay.feeds.parse.reading import read

NOW = datetime(2019, 12, 17, 8, 30, tzinfo=UTC)


@stumbles
def check(data: bytes) -> None:
    """Of a file."""
    read_source(data, "text/xml; charset=iso-8859-1")
    document = read(data, "", ADDRESS)
    if document is not None:
        of_file(document, data, "flux.xml", NOW, 60.0)
