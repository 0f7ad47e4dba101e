# SPDX-License-Identifier: AGPL-3.0-or-later
"""The boxed parser: whatever it is given, it answers in time, and the next document is read as if nothing had been."""

import asyncio
import json
from pathlib import Path

import psutil
import pytest

from relay.faults import FeedTooHeavy, NotAFeed
from relay.feeds.parse.parser import Parser
from relay.feeds.parse.prints import with_text
from relay.feeds.parse.reading import look, read
from relay.terms import Document, Reading

ADDRESS = "https://gazette.example/feed"
TINY = b"<rss version='2.0'><channel><item><guid>1</guid><title>Un</title></item></channel></rss>"
SLOW = b"<rss version='2.0'><channel>" + b"<b><i>" * 200_000
CORPUS = Path(__file__).parents[1] / "corpus" / "feeds"


def rss(inside: bytes) -> bytes:
    return b"<rss version='2.0'><channel>" + inside + b"</channel></rss>"


def boxes() -> list[psutil.Process]:
    """The boxes that are running; other tests of this process may have children of their own."""
    return [child for child in psutil.Process().children() if "relay.feeds.parse.box" in child.cmdline()]


async def test_the_box_reads_the_whole_corpus_as_the_reader_does(parser: Parser) -> None:
    for path in sorted(CORPUS.glob("*")):
        if path.suffix == ".json" and (path.parent / path.stem).exists():
            continue  # an expectation
        told = json.loads(path.with_name(f"{path.name}.json").read_text("utf-8"))
        if told.get("boxed"):
            continue  # read unboxed it would take minutes
        kind = told.get("content_type", "")
        body = path.read_bytes()
        expected = read(body, kind, ADDRESS)
        try:
            boxed: Document | None = await parser.parse(body, kind, ADDRESS)
        except NotAFeed:
            boxed = None
        assert (path.name, boxed) == (path.name, expected)


@pytest.mark.parametrize(
    "body", [b"", b"/etc/passwd", b"file:///etc/passwd", b"http://127.0.0.1/", b"<html/>", b"{}", b"\0"]
)
async def test_what_is_no_feed_is_said_to_be_none(parser: Parser, body: bytes) -> None:
    with pytest.raises(NotAFeed, match="no feed"):
        await parser.parse(body, "", ADDRESS)


async def test_a_document_that_takes_too_long_ends_the_box_and_not_the_parser() -> None:
    parser = Parser(seconds=0.05)
    try:
        with pytest.raises(FeedTooHeavy, match="too much time"):
            await parser.parse(SLOW, "", ADDRESS)
        assert [entry.title for entry in (await parser.parse(TINY, "", ADDRESS)).entries] == ["Un"]
    finally:
        await parser.aclose()


async def test_a_box_that_dies_is_replaced(parser: Parser) -> None:
    await parser.parse(TINY, "", ADDRESS)
    (box,) = boxes()
    box.kill()
    with pytest.raises(FeedTooHeavy):
        await parser.parse(rss(b"<item/>" * 10), "", ADDRESS)
    assert len((await parser.parse(TINY, "", ADDRESS)).entries) == 1


async def test_a_look_that_is_given_up_leaves_no_answer_behind_for_the_next(parser: Parser) -> None:
    await parser.parse(TINY, "", ADDRESS)
    big = rss(b"<item><guid>x</guid></item>" * 5000)
    first = asyncio.create_task(parser.parse(big, "", ADDRESS))
    for _ in range(3):  # far enough to be waiting for the answer
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert len((await parser.parse(TINY, "", ADDRESS)).entries) == 1


async def test_documents_handed_over_at_once_are_read_in_turn(parser: Parser) -> None:
    bodies = [rss(b"<item><guid>%d</guid></item>" % n) for n in range(20)]
    read_in = await asyncio.gather(*(parser.parse(body, "", ADDRESS) for body in bodies))
    assert [document.entries[0].guid for document in read_in] == [str(n) for n in range(20)]


async def test_the_box_is_gone_after_closing(parser: Parser) -> None:
    await parser.parse(TINY, "", ADDRESS)
    await parser.aclose()
    await parser.aclose()
    assert boxes() == []


LAUGHS = b"".join(b'<!ENTITY a%d "%s">' % (n + 1, b"&a%d;" % n * 10) for n in range(12))
BOMBS = {
    "billion laughs": b'<!DOCTYPE rss [<!ENTITY a0 "ha">' + LAUGHS + b"]>" + rss(b"<title>&a12;</title>"),
    "outside entity": b'<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    + rss(b"<item><title>&x;</title></item>"),
    "deep": rss(b"<a>" * 100_000),
    "many": rss(b"<item><guid>1</guid></item>" * 20_000),
    "a long attribute": rss(b"<item><link href='" + b"x" * 1_000_000 + b"'/></item>"),
    "open brackets": rss(b"<" * 50_000),
    "json, deep": b"[" * 1_000_000,
    "json, deep feed": b'{"version":"https://jsonfeed.org/version/1","items":' + b"[" * 100_000,
}


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_is_read_or_refused_and_brings_nothing_of_this_machine(parser: Parser, name: str) -> None:
    try:
        document = await parser.parse(BOMBS[name], "", ADDRESS)
    except NotAFeed:
        document = Document(())
    assert len(document.entries) <= 2000
    assert all(len(entry.title) <= 1024 and "root:" not in entry.title for entry in document.entries)
    assert len((await parser.parse(TINY, "", ADDRESS)).entries) == 1


async def test_a_document_that_needs_too_much_memory_ends_the_box_only(parser: Parser) -> None:
    body = b'{"version":"https://jsonfeed.org/version/1","items":[' + b"[[]]," * 2_000_000 + b"0]}"
    with pytest.raises(FeedTooHeavy):
        await parser.parse(body, "", ADDRESS)
    assert len((await parser.parse(TINY, "", ADDRESS)).entries) == 1


async def test_a_document_that_takes_long_holds_up_no_other() -> None:
    parser = Parser(seconds=2)
    try:
        await asyncio.gather(*(parser.parse(TINY, "", ADDRESS) for _ in range(2)))  # both boxes have started
        slow = asyncio.create_task(parser.parse(SLOW, "", ADDRESS))
        for _ in range(5):
            assert len((await parser.parse(TINY, "", ADDRESS)).entries) == 1
        assert not slow.done()
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        assert len(boxes()) == 1
    finally:
        await parser.aclose()


async def test_a_suspect_is_read_in_a_box_that_others_never_see() -> None:
    parser = Parser(seconds=0.2, boxes=1)
    try:
        await parser.parse(TINY, "", ADDRESS)
        (ordinary,) = boxes()
        suspects = [parser.read(SLOW, "", ADDRESS, b"", suspect=True) for _ in range(2)]
        first, second = await asyncio.gather(*suspects, return_exceptions=True)
        assert isinstance(first, FeedTooHeavy)
        assert isinstance(second, FeedTooHeavy)
        assert (await parser.read(TINY, "", ADDRESS, b"", suspect=True)).document == read(TINY, "", ADDRESS)
        assert ordinary in boxes()
        assert len(boxes()) == 2
    finally:
        await parser.aclose()


async def test_a_document_with_nothing_new_asks_no_box(parser: Parser) -> None:
    known = look(TINY, "", ADDRESS, b"")
    assert known is not None
    for later in (TINY.replace(b"<item>", b"<!-- built at noon --><item>"), TINY + b"<!-- built at noon -->"):
        reading = await parser.read(later, "", ADDRESS, known.prints)
        assert Reading(None, with_text(known.prints[:8], later, "")) == reading
    assert boxes() == []


async def test_a_large_document_is_compared_here_by_its_text_alone(parser: Parser) -> None:
    large = rss(b"<item><guid>1</guid><description>" + b"word " * 30_000 + b"</description></item>")
    known = look(large, "", ADDRESS, b"")
    assert known is not None
    assert await parser.read(large, "", ADDRESS, known.prints) == Reading(None, known.prints)
    assert boxes() == []
    edited = large.replace(b"word", b"words", 1)
    assert await parser.read(edited, "", ADDRESS, known.prints) == Reading(
        None, with_text(known.prints[:8], edited, "")
    )
    assert len(boxes()) == 1


async def test_what_is_new_comes_out_of_the_box_as_the_reader_reads_it(parser: Parser) -> None:
    known = look(TINY, "", ADDRESS, b"")
    assert known is not None
    body = TINY.replace(
        b"<item>", b"<item><guid>2</guid><title>Deux</title><description>Bis</description></item><item>"
    )
    assert await parser.read(body, "", ADDRESS, known.prints) == look(body, "", ADDRESS, known.prints)
