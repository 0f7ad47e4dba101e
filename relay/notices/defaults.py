# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ready-made wordings in French and English, for those who would rather not start from an empty page."""

from functools import cache
from types import MappingProxyType

from relay.notices.wording import Wording, parse
from relay.terms import NoticeKind

_NB = "\u00a0"  # French sets a no-break space before : ; ! ? and inside « »

DEFAULTS = MappingProxyType({
    ("fr", NoticeKind.ARTICLE): (
        f"Community managers en grève. L’article est là, nous non{_NB}: «{_NB}{{titre}}{_NB}» {{lien}}\n"
        f"Nous demandons{_NB}: {{revendication}}.\n{{mots-dièse}}",
        f"Qui vous répond d’habitude ici{_NB}? Les community managers, en grève aujourd’hui ({{rédaction}}).\n"
        f"À lire quand même{_NB}: «{_NB}{{titre}}{_NB}» {{lien}}\n{{mots-dièse}}",
        f"{{rédaction}}{_NB}: grève, jour {{jour}}. Cet article sort sans nous{_NB}: «{_NB}{{titre}}{_NB}» {{lien}}\n"
        f"Pour nous soutenir{_NB}: {{soutien}}\n{{mots-dièse}}",
    ),
    ("fr", NoticeKind.START): (
        f"{{rédaction}}{_NB}: les community managers sont en grève. {{grève}}, jour {{jour}}.\n"
        f"Nous demandons{_NB}: {{revendications}}.\n{{raisons}}\n"
        "Les articles restent accessibles, et chacun portera ce message. Merci de le partager.\n"
        f"Pour nous soutenir{_NB}: {{soutien}}\n{{mots-dièse}}",
    ),
    ("fr", NoticeKind.END): (
        f"{{rédaction}}{_NB}: la grève s’arrête ici pour aujourd’hui ({{grève}}, jour {{jour}}). "
        "Merci à toutes celles et ceux qui ont lu, partagé et répondu.\n"
        f"Nos demandes demeurent{_NB}: {{revendications}}.\n"
        f"Pour nous soutenir encore{_NB}: {{soutien}}\n{{mots-dièse}}",
    ),
    ("en", NoticeKind.ARTICLE): (
        "Community managers on strike. The article is here, we are not: “{title}” {link}\n"
        "We demand: {demand}.\n{hashtags}",
        "Who usually answers you here? The community managers of {newsroom}, on strike today.\n"
        "Worth reading all the same: “{title}” {link}\n{hashtags}",
        "Day {day} of the strike at {newsroom}. This article goes out without us: “{title}” {link}\n"
        "Stand with us: {support}\n{hashtags}",
    ),
    ("en", NoticeKind.START): (
        "The community managers of {newsroom} are on strike: {strike}, day {day}.\n"
        "We demand: {demands}.\n{reasons}\n"
        "Articles stay open to all, and each will carry this message. Please pass it on.\n"
        "Stand with us: {support}\n{hashtags}",
    ),
    ("en", NoticeKind.END): (
        "The strike rests here for today: {strike}, day {day}, at {newsroom}. "
        "Thank you to everyone who read, shared and answered.\n"
        "Our demands stand: {demands}.\n"
        "You can still stand with us: {support}\n{hashtags}",
    ),
})  # fmt: skip


_UNTITLED = {"fr": "un nouvel article", "en": "a new article"}


def spoken(language: str) -> str:
    """The language our ready-made words are in for a reader of ``language`` (BCP 47): ``fr`` or ``en``."""
    return "fr" if language.lower().startswith("fr") else "en"


def untitled(language: str) -> str:
    """What an article without a title is called."""
    return _UNTITLED[spoken(language)]


@cache
def defaults(kind: NoticeKind, language: str) -> tuple[Wording, ...]:
    """The ready-made wordings for ``kind``, in French for any kind of French and in English otherwise."""
    ours = spoken(language)
    return tuple(parse(text, kind, ours) for text in DEFAULTS[ours, kind])
