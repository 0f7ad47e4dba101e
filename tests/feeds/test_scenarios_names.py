# SPDX-License-Identifier: AGPL-3.0-or-later
"""What feeds do to guids and links: every new article is announced once, nothing else is.

Most are undated or have their headlines edited meanwhile, so that nothing but the name in question can save them.
"""

import random
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from feeds.scenario import HOUR, PERFECT, Change, Scenario, each, newest, number_of, play, window

from relay.terms import Entry

DAY = timedelta(days=1)


def undated(entry: Entry) -> Entry:
    return replace(entry, published=None)


def edited(entry: Entry, look: int) -> Entry:
    """Its headline at that look."""
    return replace(entry, title=f"{entry.title} ({look})")


def guid_only(guid: Change) -> Scenario:
    """No link, no date, a new headline at each look: only the guid tells the articles apart."""
    return each(lambda e, look, rng: undated(edited(replace(guid(e, look, rng), link=""), look)))


def link_only(link: Change) -> Scenario:
    """No guid, no date, a new headline at each look: only the link tells the articles apart."""
    return each(lambda e, look, rng: undated(edited(replace(link(e, look, rng), guid=""), look)))


def named(entry: Entry, guid: str) -> Entry:
    return replace(entry, guid=guid)


def linked(entry: Entry, link: str) -> Entry:
    return replace(entry, link=link)


def uuid_of(entry: Entry) -> str:
    return str(uuid.UUID(int=0xABCDEF << 96 | number_of(entry) % 4096))


def slug_of(title: str) -> str:
    return title.lower().replace(" ", "-")


def grown(entry: Entry, look: int, rng: random.Random) -> Entry:
    """BBC: a fragment more at each edit, and none again after the cache was emptied."""
    return replace(entry, guid=f"{entry.guid}#{look // 5}" if look < 30 else entry.guid)


def headlined(entry: Entry, look: int, rng: random.Random) -> Entry:
    title = entry.title if look < 20 else f"{entry.title} (mis à jour)"
    return undated(replace(entry, title=title, guid=slug_of(title)))


def daily_number(entry: Entry, look: int, rng: random.Random) -> Entry:
    return named(entry, str(number_of(entry) % 3))


def by_position(look: int, rng: random.Random) -> list[Entry]:
    return [named(entry, str(at)) for at, entry in enumerate(window(look), 1)]


def shared_from_the_second_on(look: int, rng: random.Random) -> list[Entry]:
    """One guid for all and no links; at the first look there is only one article, so nobody can know."""
    entries = window(look, size=1 + newest(look) - 9)
    return [undated(replace(entry, guid="gazette", link="")) for entry in entries]


def live_page(look: int, rng: random.Random) -> list[Entry]:
    """A live blog: all on one page, each entry a fragment of it."""
    page = "https://gazette.example/live"
    return [replace(e, link=page, guid=f"{page}#post-{number_of(e)}") for e in window(look)]


def briefs(look: int, rng: random.Random) -> list[Entry]:
    """Every other article is a brief without a page of its own, and the newest pushes the last one out."""
    entries = window(look)
    shown = next(e for e in entries if number_of(e) % 2 == 0)
    brief = replace(shown, guid=f"breve-{number_of(shown)}", link="https://www.gazette.example/")
    return [brief, *(e for e in entries if number_of(e) % 2)]


def in_two_sections(look: int, rng: random.Random) -> list[Entry]:
    both = [e for entry in window(look) for e in (entry, linked(entry, f"{entry.link}?rubrique=une"))]
    return rng.sample(both, len(both))


def in_two_sections_undated(look: int, rng: random.Random) -> list[Entry]:
    return [undated(entry) for entry in in_two_sections(look, rng)]


def twice_with_other_guids(look: int, rng: random.Random) -> list[Entry]:
    return [undated(named(e, f"{rubric}:{number_of(e)}")) for e in window(look) for rubric in ("une", "politique")]


def listed_twice(look: int, rng: random.Random) -> list[Entry]:
    return [e for entry in window(look) for e in (entry, replace(entry, title=f"{entry.title}, édition {look}"))]


def many_guids(look: int, rng: random.Random) -> list[Entry]:
    return [named(entry, f"{entry.guid}?copie={n}") for entry in window(look) for n in range(3)]


def agency_copy(look: int, rng: random.Random) -> list[Entry]:
    """The agency's piece runs in three sections, each with a page of its own and the agency's guid."""
    sections = ("monde", "economie", "depeches")
    copies = [
        replace(e, guid=f"urn:newsml:afp.example:20260302:{number_of(e)}", link=e.link.replace("/2026/", f"/{name}/"))
        for e in window(look)
        for name in sections
    ]
    return rng.sample(copies, len(copies))


def reused_then_edited(entry: Entry, look: int, rng: random.Random) -> Entry:
    more = look % 3
    title = f"{entry.title} ({look})" if more else entry.title
    return replace(entry, guid=str(number_of(entry) % 10), title=title, link=f"{entry.link}{more or ''}")


GUIDS: dict[str, Scenario] = {
    "http and https take turns": guid_only(
        lambda e, look, rng: named(e, e.guid.replace("https:", "http:") if look % 2 else e.guid)
    ),
    "www comes and goes": guid_only(lambda e, look, rng: named(e, e.guid.replace("www.", "") if look % 3 else e.guid)),
    "a slash comes and goes": guid_only(lambda e, look, rng: named(e, e.guid + "/" * (look % 2))),
    "a fragment grows and is lost again": guid_only(grown),
    "tracking in the guid": guid_only(lambda e, look, rng: named(e, f"{e.guid}?xtor=RSS-{rng.randrange(9)}")),
    "a session in the guid": guid_only(lambda e, look, rng: named(e, f"{e.guid};jsessionid={rng.getrandbits(64):X}")),
    "a UUID, in capitals by turns": guid_only(
        lambda e, look, rng: named(e, f"urn:uuid:{uuid_of(e).upper() if look % 2 else uuid_of(e)}")
    ),
    "a bare UUID, in capitals by turns": guid_only(
        lambda e, look, rng: named(e, uuid_of(e).upper() if look % 2 else uuid_of(e))
    ),
    "the scheme and host in capitals by turns": guid_only(
        lambda e, look, rng: named(e, e.guid.replace("https://www.", "HTTPS://WWW.") if look % 2 else e.guid)
    ),
    "spaces and line breaks around it": guid_only(
        lambda e, look, rng: named(e, " \n\t"[: look % 4] + e.guid + " \n"[: look % 3])
    ),
    "line breaks within it": guid_only(
        lambda e, look, rng: named(e, f"tag:gazette.example,2026:{' ' if look % 2 else chr(10) * 2}{number_of(e)}")
    ),
    "tag addresses, everything else edited": each(
        lambda e, look, rng: replace(
            edited(e, look), guid=f"tag:gazette.example,2026:{number_of(e)}", link=f"{e.link}-{look}"
        )
    ),
    "it carries the headline, which is corrected": each(headlined),
    "permalink and number take turns": each(
        lambda e, look, rng: undated(edited(named(e, str(number_of(e)) if look % 2 else e.link), look))
    ),
    "only on every other look": each(lambda e, look, rng: undated(edited(named(e, e.guid if look % 2 else ""), look))),
    "numbers that begin anew each day": each(daily_number, every=8 * HOUR, step=DAY / 18),
    "its position in the document": by_position,
    "shared by all, which shows at the second article": shared_from_the_second_on,
    "taken over, then link and headline edited": each(reused_then_edited),
    "three for each article": many_guids,
    "entries of a live page": live_page,
    "briefs that link to the front page, one at a time": briefs,
    "each article in two sections": in_two_sections,
    "each article in two sections, no dates": in_two_sections_undated,
    "each article in two sections under two guids": twice_with_other_guids,
    "each article twice, with two headlines": listed_twice,
    "agency copy in three sections": agency_copy,
}


@pytest.mark.parametrize("name", GUIDS)
def test_ways_with_guids(name: str) -> None:
    assert play(GUIDS[name]) == PERFECT


def spelt(entry: Entry, look: int, rng: random.Random) -> Entry:
    scheme, rest = rng.choice(["http", "https"]), entry.link.removeprefix("https://www.")
    host = rng.choice(["", "www.", "m.", "amp.", "mobile."])
    return linked(entry, f"{scheme}://{host}{rest}" + rng.choice(["", "/", "/index.html", "/amp", "#top"]))


def encoded(entry: Entry, look: int, rng: random.Random) -> Entry:
    path = ("%C3%A9cole hiver", "école%20hiver", "%c3%a9cole%20hiver", "e\u0301cole hiver")[look % 4]
    return linked(entry, f"https://gazette.example/{path}/{number_of(entry)}")


def sessions(entry: Entry, look: int, rng: random.Random) -> Entry:
    token = f"{rng.getrandbits(128):032x}"
    ways = (f";jsessionid={token}", f"?PHPSESSID={token}", f"?sid={token}", f"?SessionID={token}", "")
    return linked(entry, entry.link + rng.choice(ways))


def tracked(entry: Entry, look: int, rng: random.Random) -> Entry:
    ways = ("at_medium=rss", "utm_term=x", "mc_cid=9", "_ga=1.2", "igshid=z", "mkt_tok=q", "gclid=w", "srsltid=v", "")
    return linked(entry, f"{entry.link}?id=7&{rng.choice(ways)}&{rng.choice(ways)}")


def accelerated(entry: Entry, look: int, rng: random.Random) -> Entry:
    head, tail = entry.link.split("/2026/")
    ways = (f"/amp/2026/{tail}", f"/2026/{tail}?amp", f"/2026/{tail}?amp=1", f"/2026/{tail}?outputType=amp")
    return linked(entry, head + rng.choice((*ways, f"/2026/{tail}/amp/", f"/2026/{tail}")))


def internationalised(entry: Entry, look: int, rng: random.Random) -> Entry:
    host = "xn--lyse-9oad.example" if look % 2 else "élysée.example"
    return linked(entry, f"https://{host}/{number_of(entry)}")


def ported(entry: Entry, look: int, rng: random.Random) -> Entry:
    return linked(entry, entry.link.replace(".example", ".example" + ("", ":443", ":80", ":8443")[look % 4]))


def escaped_twice(entry: Entry, look: int, rng: random.Random) -> Entry:
    return linked(entry, f"https://gazette.example/a?rubrique=9{'&amp;' if look % 2 else '&'}id={number_of(entry)}")


def slashed(entry: Entry, look: int, rng: random.Random) -> Entry:
    return linked(entry, entry.link.replace("/2026", "//2026") + "/" * (look % 3))


def capitals(entry: Entry, look: int, rng: random.Random) -> Entry:
    """Paths differ by case alone on some servers: headline and minute must do."""
    path = entry.link.replace("/2026/03/", "/Politique/" if look % 2 else "/politique/")
    return replace(entry, link=path, guid=path)


def paid(entry: Entry, look: int, rng: random.Random) -> Entry:
    """After three hours an article is for subscribers: its permalink, and so its guid, gets another beginning."""
    link = entry.link.replace("/2026/", "/abonnes/2026/") if newest(look) - number_of(entry) > 3 else entry.link
    return replace(entry, link=link, guid=link)


def section_moved(entry: Entry, look: int, rng: random.Random) -> Entry:
    """The permalink names the section, and the desk changes its mind."""
    link = entry.link.replace("/2026/", f"/{('politique', 'societe')[(number_of(entry) + look // 7) % 2]}/2026/")
    return replace(entry, link=link, guid=link)


def proxied(entry: Entry, look: int, rng: random.Random) -> Entry:
    return linked(entry, f"https://feeds.example/~r/gazette/~3/{rng.random()}/") if look % 2 else entry


LINKS: dict[str, Scenario] = {
    "scheme, www, mobile, AMP, slash and fragment change": link_only(spelt),
    "characters are encoded in all ways": link_only(encoded),
    "sessions": link_only(sessions),
    "tracking": link_only(tracked),
    "AMP in the path or as a parameter": link_only(accelerated),
    "an international host in both spellings": link_only(internationalised),
    "ports come and go": link_only(ported),
    "ampersands escaped twice by turns": link_only(escaped_twice),
    "slashes doubled and trailing": link_only(slashed),
    "parameters change places": link_only(
        lambda e, look, rng: linked(e, f"{e.link}?{'&'.join(rng.sample(['a=1', 'b=', 'c=x%20y'], 3))}")
    ),
    "capitals in the path by turns": each(capitals),
    "behind the paywall after three hours": each(paid),
    "moved between sections": each(section_moved),
    "through a counting proxy by turns": each(proxied),
    "the domain alternates, for an experiment": each(
        lambda e, look, rng: replace(e, guid="", link=e.link.replace("www.", "new-") if look % 2 else e.link)
    ),
}


@pytest.mark.parametrize("name", LINKS)
def test_ways_with_links(name: str) -> None:
    assert play(LINKS[name]) == PERFECT
