# SPDX-License-Identifier: AGPL-3.0-or-later
"""What publishing systems do to the identity, the dates and the order of articles that have not changed at all."""

from collections.abc import Callable, Sequence

from relay.square.farm.answer import Answer
from relay.square.farm.documents import Item, document
from relay.square.farm.faults.fault import Fault, Scene

OLD = 500  # articles that turn up at once

Change = Callable[[Scene], Sequence[Item]]


def _one_guid(scene: Scene) -> list[Item]:
    return [item._replace(guid="1") for item in scene.items]


def _slots(scene: Scene) -> list[Item]:
    """The guid is the place in the list: each new article takes it over from the one before."""
    return [item._replace(guid=str(place)) for place, item in enumerate(scene.items)]


def _no_guids(scene: Scene) -> list[Item]:
    return [item._replace(guid="") for item in scene.items]


def _fragments(scene: Scene) -> list[Item]:
    """As the BBC's: https://github.com/Ranchero-Software/NetNewsWire/issues/4808"""
    return [item._replace(guid=f"{item.guid}#{scene.rng.randrange(4)}") for item in scene.items]


def _random_guids(scene: Scene) -> list[Item]:
    return [item._replace(guid=f"{scene.rng.getrandbits(64):x}") for item in scene.items]


def _tracking(scene: Scene) -> list[Item]:
    """On links, and on guids that are links."""
    query = f"?utm_source=rss&utm_campaign={scene.rng.getrandbits(32):x}"
    return [item._replace(link=item.link + query, guid=item.link + query) for item in scene.items]


def _dates_now(scene: Scene) -> list[Item]:
    return [item._replace(published=scene.now.timestamp()) for item in scene.items]


def _shuffled(scene: Scene) -> list[Item]:
    return scene.rng.sample(list(scene.items), len(scene.items))


def _twins(scene: Scene) -> list[Item]:
    return [each for item in scene.items for each in (item, item._replace(title=f"{item.title} (suite)"))]


def _emptied(scene: Scene) -> list[Item]:
    """Nothing the first time; from then on everything there ever was, as if it were new."""
    if scene.times == 1:
        return []
    model = scene.items[-1]
    old = (
        Item(f"Archive {n}", f"{model.link}/archive/{n}", f"{model.link}/archive/{n}", "", model.published - 86_400 * n)
        for n in range(1, OLD + 1)
    )
    return [*scene.items, *old]


def _steady(change: Change) -> Callable[[Scene], Answer]:
    """The same for the same articles: the true validators fit."""
    return lambda scene: scene.whole.having(document(scene.form, scene.channel, change(scene)))


def _restless(change: Change) -> Callable[[Scene], Answer]:
    """Another document each time it is asked for, with a tag of its own."""

    def answer(scene: Scene) -> Answer:
        etag = f'"{scene.rng.getrandbits(64):016x}"'
        return scene.whole.having(document(scene.form, scene.channel, change(scene)), ETag=etag, Last_Modified="")

    return answer


def _fault(name: str, does: str, change: Change, *, restless: bool = False, reader: str = "") -> Fault:
    answer = _restless(change) if restless else _steady(change)
    return Fault(name, does, reader or "Notices nothing new.", answer=answer, spoilt=False, honest=not restless)


ITEMS = (
    _fault("one-guid", "One and the same guid for all articles.", _one_guid, reader="Goes by the links."),
    _fault("guid-slots", "The guid is the place in the list.", _slots, reader="Goes by links, titles and dates."),
    _fault("no-guids", "No guids.", _no_guids, reader="Goes by the links."),
    _fault("guid-fragments", "Each guid ends in a random #0 … #3, anew each time.", _fragments, restless=True),
    _fault("random-guids", "Random guids, anew each time.", _random_guids, restless=True),
    _fault("tracking", "Random tracking parameters on links and guids, anew each time.", _tracking, restless=True),
    _fault("dates-now", "Every article is dated now, each time.", _dates_now, restless=True),
    _fault("shuffled", "The articles stand in another order each time.", _shuffled, restless=True),
    _fault("twins", "Each article twice, the second time with a longer headline.", _twins),
    _fault(
        "emptied",
        "The feed is empty once; then it lists 500 old articles besides its own.",
        _emptied,
        restless=True,
        reader="Tells of none of the old ones, or holds them for a person.",
    ),
)
