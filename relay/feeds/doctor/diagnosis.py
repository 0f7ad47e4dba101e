# SPDX-License-Identifier: AGPL-3.0-or-later
"""From what was read to the report. Pure."""

from datetime import datetime

from relay.feeds.doctor.answers import Visit, answers, push, welcome
from relay.feeds.doctor.dates import dates
from relay.feeds.doctor.entries import entries
from relay.feeds.doctor.findings import gravest_first
from relay.feeds.doctor.form import form
from relay.feeds.doctor.noticed import noticed
from relay.feeds.doctor.pace import pace, room
from relay.feeds.doctor.report import Report
from relay.feeds.doctor.source import read_source
from relay.feeds.parse.discover import Found
from relay.feeds.websub.discovery import Announced, announced, in_document
from relay.terms import Document


def of_visit(
    document: Document, visit: Visit, others: tuple[Found, ...], robots: bool | None, now: datetime, floor: float
) -> Report:
    """On a feed that was visited; ``floor``: the shortest time between two looks in a strike, s."""
    fetched = visit.fetched
    source = read_source(fetched.body, fetched.content_type)
    pushed = announced(Announced(fetched.hub, fetched.topic), in_document(document))
    when = pace(document, fetched.fresh_for, now, floor)
    found = (
        *answers(visit, document.kind),
        *push(pushed),
        *welcome(robots),
        *form(document, source, fetched.body, fetched.content_type),
        *entries(document, source.items, fetched.address),
        *dates(document.entries, source.items, now),
        *room(document, when),
    )
    return Report(
        fetched.address,
        document,
        noticed(document, now),
        when,
        pushed,
        gravest_first(found),
        others,
        visit,
        robots,
        source.cloud,
    )


def of_file(document: Document, body: bytes, path: str, now: datetime, floor: float) -> Report:
    """On a feed in a file: nothing can be said of its server."""
    source = read_source(body)
    when = pace(document, 0, now, floor)
    found = (
        *form(document, source, body, ""),
        *entries(document, source.items, ""),
        *dates(document.entries, source.items, now),
        *room(document, when),
    )
    known, pushed = noticed(document, now), in_document(document)
    return Report(path, document, known, when, pushed, gravest_first(found), cloud=source.cloud)
