# SPDX-License-Identifier: AGPL-3.0-or-later
"""The report of ``piquet feed check`` as a person reads it, and may forward it: calm, short, 80 columns."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from textwrap import fill

from rich.console import RenderableType
from rich.text import Text

from relay.cli.moment import lasting, local
from relay.feeds.doctor.findings import Finding, Severity, legible
from relay.feeds.doctor.pace import Pace, Reason
from relay.feeds.doctor.report import Failure, Report
from relay.feeds.parse.text import LINK_BYTES
from relay.i18n import Message, _, say, say_n
from relay.terms import Entry

WIDEST = 78  # characters of a line: it is read in e-mails too
_SIGNS = {Severity.MUST: "✗", Severity.SHOULD: "!", Severity.MAY: "·"}
_KINDS = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}


def reported(report: Report) -> Iterator[RenderableType]:
    """What it is, what would be noticed, when we would look, push and robots.txt, what to mend."""
    yield str(say("✓ {address} is a feed.", address=report.address))
    yield from _section(_("What it is"), _facts(list(_identity(report))))
    yield from _section(_("What Piquet would notice"), _notices(report))
    yield from _section(_("When Piquet would look"), _facts(list(_pace(report.pace))))
    yield from _section(_("WebSub and robots.txt"), _facts(list(_ways(report))))
    yield from _section(_("What is wrong, and how to mend it"), _mending(report.findings))
    if report.visit:
        yield ""
        yield _wrapped(_one_visit(report), "", "")


def failed(failure: Failure) -> Iterator[RenderableType]:
    """What to do where no feed was read; why is said by the fault itself."""
    yield str(say("No feed was read at {address}.", address=failure.address))
    if failure.finding.what != failure.fault.message:
        yield _wrapped(failure.finding.what, "", "")
    yield from _section(_("What to do"), [_wrapped(failure.finding.how)])


def _section(head: str, parts: Iterable[RenderableType]) -> Iterator[RenderableType]:
    yield ""
    yield Text(head, style="bold")
    yield from parts


def _wrapped(words: object, first: str = "  ", then: str = "  ") -> str:
    """Lines of a length that e-mail leaves alone; addresses stay in one piece."""
    return fill(
        str(words),
        WIDEST,
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _facts(rows: Sequence[tuple[str, object]]) -> Iterator[str]:
    wide = max((len(name) for name, _words in rows), default=0)
    for name, words in rows:
        yield _wrapped(words, f"  {name:{wide}}  ", " " * (wide + 4))


def _identity(report: Report) -> Iterator[tuple[str, str]]:
    document, unsaid = report.document, _("not said")
    yield _("Kind"), _KINDS[document.kind]
    yield _("Title"), document.title or unsaid
    yield _("Language"), document.language or unsaid
    count = len(document.entries)
    entries = say_n("{n} entry", "{n} entries", count)
    if report.noticed.articles != count:
        entries = say(
            "{entries}, which are {articles}",
            entries=entries,
            articles=say_n("{n} article", "{n} articles", report.noticed.articles),
        )
    yield _("Holds"), str(entries)
    for other in report.others:
        yield _("Beside it"), f"{other.address} {other.title}".strip()


def _notices(report: Report) -> Iterator[str]:
    newest = report.noticed.newest
    if not newest:
        yield _wrapped(say("Nothing is in it now. The first article that appears will be noticed."))
        return
    yield _wrapped(
        say("What is in it now is known from the moment you add the feed, and stays silent. The newest (UTC):")
    )
    yield from _facts([(_when(entry.published), _headline(entry)) for entry in newest])
    if report.noticed.link:
        yield _wrapped(say("The next article’s notice would lead to that article, as this one’s would to"))
        yield "  " + legible(report.noticed.link, LINK_BYTES)
    else:
        yield _wrapped(say("A notice for the next article could lead nowhere: the newest entry has no link."))


def _headline(entry: Entry) -> str:
    """On one line."""
    return legible(entry.title or entry.link or entry.guid, WIDEST - 20)


def _when(moment: datetime | None) -> str:
    return local(moment, "UTC") if moment else "–"


def _pace(pace: Pace) -> Iterator[tuple[str, str]]:
    yield _("Normally"), _every(pace.idle, _why(pace.idle_reason, pace.gap, _("a quarter")))
    yield _("In a strike"), _every(pace.strike, _why(pace.strike_reason, pace.gap, _("an eighth")))


def _every(seconds: float, why: Message) -> str:
    return str(say("every {span}: {why}", span=_span(seconds), why=why))


def _span(seconds: float) -> Message:
    """To the second where minutes would round too much."""
    return say_n("{n} second", "{n} seconds", round(seconds)) if seconds < 100 else lasting(timedelta(seconds=seconds))


def _why(reason: Reason, gap: float | None, share: str) -> Message:
    between = _span(gap or 0)
    match reason:
        case "gap":
            return say("{share} of the time between two articles ({gap})", share=share, gap=between)
        case "often":
            return say("as often as it ever looks; articles come every {gap}", gap=between)
        case "rarely":
            return say("as rarely as it ever looks then; articles come every {gap}", gap=between)
        case "fresh":
            return say("so the server asks (max-age or Expires)")
        case "ttl":
            return say("so the feed asks (ttl or updatePeriod)")
        case "unknown":
            return say("the dates do not tell how often articles come")


def _ways(report: Report) -> Iterator[tuple[str, str]]:
    if report.announced.hub:
        words = say(
            "yes, through {hub}. Articles may be heard of within a second; Piquet goes on looking all the same.",
            hub=report.announced.hub,
        )
    else:
        words = say("no. Nothing need be done: Piquet looks by itself. With it, articles are heard of within a second.")
    yield _("WebSub"), str(words)
    if report.cloud:
        yield "rssCloud", _("named, but it is unsigned and Piquet does not use it.")
    if report.visit:
        robots = {
            True: _("lets Piquet look at the feed."),
            False: _("asks Piquet not to look at the feed; see below."),
            None: _("did not come; Piquet looks all the same."),
        }
        yield "robots.txt", robots[report.robots]


def _mending(findings: Sequence[Finding]) -> Iterator[RenderableType]:
    if not findings:
        yield _wrapped(say("✓ Nothing. This feed is in order."))
        return
    heads = {
        Severity.MUST: _("To be mended: articles would be missed, or notices doubled or useless"),
        Severity.SHOULD: _("Should be mended: it works, by luck or at a cost"),
        Severity.MAY: _("May be mended: it would be better still"),
    }
    for severity, head in heads.items():
        these = [each for each in findings if each.severity == severity]
        if these:
            yield _wrapped(head)
            yield from _listed(these)


def _listed(findings: Sequence[Finding]) -> Iterator[RenderableType]:
    for each in findings:
        yield _wrapped(each.what, f"  {_SIGNS[each.severity]} ", "    ")
        yield _wrapped(each.how, "    → ", "      ")
        if each.example:
            yield _wrapped(say("for example {example}", example=each.example), "      ", "      ")


def _one_visit(report: Report) -> Message:
    if report.visit and report.visit.again:
        return say(
            "Piquet asked twice, the second time to see whether the server recognises what it has just sent. A server "
            "that says “unchanged” when it is not can only be found out by watching: “piquet feed watch”."
        )
    return say("Piquet asked once. What changes from look to look can only be seen by watching: “piquet feed watch”.")
