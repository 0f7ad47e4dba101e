# SPDX-License-Identifier: AGPL-3.0-or-later
"""Headlines and standfirsts of invented French newsrooms, drawn from word lists by a seed."""

import random
from zlib import crc32

_WHO = (
    *("La mairie", "Le conseil régional", "Une association de quartier", "Le tribunal", "La préfecture", "L’hôpital"),
    *(
        "Un collectif de parents",
        "Le théâtre municipal",
        "La compagnie des bus",
        "Une équipe de chercheurs",
        "Le lycée",
    ),
    *("La chambre d’agriculture", "Le port de pêche", "Un jeune apiculteur", "La bibliothèque", "L’usine de papier"),
    *("Le club de rugby", "La coopérative laitière", "Une ancienne institutrice", "Le parc naturel", "La gare"),
    *("L’orchestre des jeunes", "Un maraîcher", "La fédération des commerçants", "Le musée de la mer", "La caserne"),
)
_DOES = (
    *("ouvre ses portes à", "renonce à", "dit oui à", "s’inquiète pour", "mise tout sur", "débat de", "redécouvre"),
    *("fait ses adieux à", "défend", "repense", "finance", "rachète", "met en lumière", "cherche à sauver", "raconte"),
    *(
        "vote contre",
        "prépare",
        "reporte",
        "célèbre",
        "retrouve",
        "interroge",
        "réclame",
        "dévoile",
        "remet à plus tard",
    ),
)
_WHAT = (
    *("la nouvelle ligne de tramway", "une forêt de jeunes chênes", "la cantine à un euro", "les quais rénovés"),
    *("un vieux moulin", "la piscine d’été", "le marché couvert", "la digue du nord", "les jardins partagés"),
    *("une fresque oubliée", "la halle aux grains", "le budget de l’an prochain", "les horaires d’hiver"),
    *("la maison des aînés", "un atelier de vélos", "la source thermale", "les pistes cyclables", "l’école du soir"),
    *(
        "le phare",
        "une salle de concert",
        "la fête du fleuve",
        "les archives",
        "le dernier cinéma",
        "une ferme solaire",
    ),
)
_WHERE = (
    *("à Lanvallon", "dans la vallée", "près du canal", "au centre-ville", "sur la côte", "à Montrésor", "en Drôme"),
    *("dans le Perche", "aux portes de la ville", "sur le plateau", "à Saint-Affrique", "au bord du lac", "en Sologne"),
)
_PAPERS = ("La Dépêche", "Le Courrier", "L’Écho", "La Gazette", "Le Journal", "La Voix", "Le Phare", "L’Indépendant")
_HEADLINES = len(_WHO) * len(_DOES) * len(_WHAT) * len(_WHERE)
_STEP = 92_821  # a prime that does not divide it: each headline comes up before one comes again
_PARAGRAPHS = 199  # a prime, so that neighbours differ
_LENGTH = 690  # characters: with its tags an item is about 1 kB long


class Prose:
    """The same seed tells the same stories."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        rng = random.Random(seed)
        self._paragraphs = tuple(_paragraph(rng) for _ in range(_PARAGRAPHS))

    def paper(self, feed: int) -> str:
        """The name of the newsroom that a feed belongs to."""
        draw, paper = divmod(self._draw(feed, -1), len(_PAPERS))
        return f"{_PAPERS[paper]} {_WHERE[draw % len(_WHERE)]} n° {feed}"

    def headline(self, feed: int, article: int) -> str:
        """What an article is called; no two of 190,000 in a row are called the same."""
        draw, who = divmod((self._draw(feed, 0) + article * _STEP) % _HEADLINES, len(_WHO))
        draw, does = divmod(draw, len(_DOES))
        draw, what = divmod(draw, len(_WHAT))
        return f"{_WHO[who]} {_DOES[does]} {_WHAT[what]} {_WHERE[draw]}"

    def summary(self, feed: int, article: int) -> str:
        """What it says, in about 700 characters."""
        return self._paragraphs[self._draw(feed, article) % _PARAGRAPHS]

    def _draw(self, feed: int, article: int) -> int:
        return crc32(b"%d.%d.%d" % (self._seed, feed, article))


def _paragraph(rng: random.Random) -> str:
    text = ""
    while len(text) < _LENGTH:
        text += f"{rng.choice(_WHO)} {rng.choice(_DOES)} {rng.choice(_WHAT)} {rng.choice(_WHERE)}. "
    return text.rstrip()
