# SPDX-License-Identifier: AGPL-3.0-or-later
"""A day of “Le Quotidien”, an invented newspaper: what it publishes and changes, hour by hour, and who plays it.

Everything in it is made up. The changes are those real newsrooms make, and that must not cause a second notice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from relay.clock import Clock
from relay.square.press import Piece, Press

ZONE = "Europe/Paris"
OPENS, CLOSES = "09:00", "19:00"
BEGINS, ENDS = "08:40", "19:30"  # what the story is told from and to

Change = Literal["edit", "redate", "relist", "withdraw", "restore", "reorder"]


@dataclass(frozen=True)
class Scene:
    """One thing the newsroom does at a wall time: an article, or a ``change`` to the one published at ``of``."""

    at: str
    title: str = ""
    summary: str = ""
    section: str = ""
    change: Change | None = None
    of: str = ""


EVENING = (
    Scene("17:45", "La nuit sera calme sur le littoral", "Le vent doit tomber avant minuit.", "Météo"),
    Scene("18:30", "Le pont tournant rouvre aux cyclistes", "Trois mois de travaux s’achèvent.", "Ville"),
    Scene("19:20", "Ce que demain nous réserve", "Les rendez-vous à ne pas manquer.", "Agenda"),
)
"""What is in the feed the evening before, when the newsroom is set up."""

DAY = (
    Scene("08:42", "Les lève-tôt du marché aux fleurs", "À cinq heures, les camions arrivent.", "Ville"),
    Scene("08:48", "La halle aux poissons change d’horaires", "Le marché ouvrira une heure plus tôt.", "Ville"),
    Scene("08:55", "Une brume tenace retarde les premiers bacs", "Le trafic reprend peu à peu.", "Météo"),
    Scene("09:06", "Le budget de la ville voté à une voix près", "Récit d’une longue nuit au conseil.", "Politique"),
    Scene("09:22", "Pourquoi les loutres reviennent dans l’estuaire", "L’eau y est plus claire.", "Sciences"),
    Scene("09:38", "Bibliothèques : le prêt sans limite fait ses preuves", "Un an après, le bilan.", "Culture"),
    Scene("09:54", "Tramway : la ligne C ira jusqu’aux plages", "Mise en service dans deux ans.", "Transports"),
    Scene("10:04", "Tramway : la ligne C ira bien jusqu’aux plages", change="edit", of="09:54"),
    Scene("10:11", "À l’école du Parc, on apprend à lire les cartes", "Reportage en classe.", "Éducation"),
    Scene("10:27", "Le fromage bleu du plateau obtient son appellation", "Vingt fermes concernées.", "Économie"),
    Scene("10:43", "Comment l’hôpital a vidé ses couloirs", "Enquête sur une méthode qui intrigue.", "Santé"),
    Scene("10:59", "Un atelier répare les vélos des facteurs", "Quatre mains et beaucoup d’huile.", "Ville"),
    Scene("11:09", change="redate", of="09:22"),
    Scene("11:15", "Logement : les loyers baissent dans trois quartiers", "La carte, rue par rue.", "Économie"),
    Scene("11:31", "La chorale des cheminots enregistre son disque", "Trente voix, un hangar.", "Culture"),
    Scene("11:47", "Que deviennent nos vieilles éoliennes ?", "Les pales trouvent une seconde vie.", "Environnement"),
    Scene("12:03", "Cantines : le menu végétarien séduit les élèves", "Surtout les plus petits.", "Éducation"),
    Scene("12:19", "Les pompiers volontaires cherchent la relève", "Trois recrues racontent.", "Société"),
    Scene("12:29", change="reorder"),
    Scene("12:35", "« On ne compte plus les heures » : une nuit au tri", "Avec celles qui trient.", "Société"),
    Scene("12:51", "Le musée prête ses tableaux aux lycées", "Un par classe, une semaine.", "Culture"),
    Scene("13:07", "Port : un cargo à voiles accoste ce matin", "Cent tonnes de café à son bord.", "Économie"),
    Scene("13:23", "Ce que disent les arbres de la sécheresse", "Leurs cernes gardent la mémoire.", "Sciences"),
    Scene("13:33", change="relist", of="13:07"),
    Scene("13:39", "Handball : la fin d’une série de onze victoires", "Battues d’un but.", "Sports"),
    Scene("13:55", "Le centre social reste ouvert, pour l’instant", "Un sursis de six mois.", "Société"),
    Scene("14:11", "Apiculture : l’année du tilleul", "Une récolte comme on n’en voyait plus.", "Environnement"),
    Scene("14:27", "Quatre idées pour le quai des Tanneurs", "Aux habitants de choisir.", "Ville"),
    Scene("14:43", "Un logiciel libre pour les mairies du canton", "Douze communes l’ont écrit.", "Numérique"),
    Scene("14:53", change="withdraw", of="14:27"),
    Scene("14:59", "Les apprentis du bâtiment restaurent le lavoir", "Pierre par pierre.", "Patrimoine"),
    Scene("15:15", "Pourquoi le train de nuit affiche complet", "Deux voitures de plus cet hiver.", "Transports"),
    Scene("15:31", "Théâtre : la pièce que personne n’attendait", "Et que tout le monde veut voir.", "Culture"),
    Scene("15:41", change="restore", of="14:27"),
    Scene("15:47", "Eau : la régie publique fête ses dix ans", "Le prix n’a pas bougé.", "Politique"),
    Scene("16:03", "La fibre arrive au hameau des Crêtes", "Le dernier de la vallée.", "Numérique"),
    Scene("16:19", "Vaccins : les pharmacies ont du stock", "Prenez rendez-vous avant vendredi.", "Santé"),
    Scene("16:35", "Aviron : deux sœurs, un bateau, une médaille", "Portrait croisé.", "Sports"),
    Scene("16:51", "Le potager partagé qui nourrit une rue", "Et la réconcilie.", "Environnement"),
    Scene("17:07", "Recensement : le canton gagne des habitants", "Une première en vingt ans.", "Société"),
    Scene("17:23", "Le ciel du mois, mode d’emploi", "Trois planètes à l’œil nu.", "Sciences"),
    Scene("17:39", "Commerce : la place se repeuple", "Neuf vitrines rallumées.", "Économie"),
    Scene("17:55", "Ce soir, on danse sous la halle", "Entrée libre, soupe comprise.", "Agenda"),
    Scene("18:11", "Demain dans Le Quotidien", "Un cahier entier sur la rivière.", "Agenda"),
    Scene("19:06", "Conseil d’agglo : les transports au menu", "La séance commence à peine.", "Politique"),
    Scene("19:14", "L’orage est passé sur les Crêtes", "Les premières photographies.", "Météo"),
)
"""What happens from ``BEGINS`` to ``ENDS``, in order."""


def moment(day: date, at: str) -> datetime:
    """The aware UTC instant of a wall time such as 09:05 on that day, in the newsroom's zone."""
    return datetime.combine(day, time.fromisoformat(at), ZoneInfo(ZONE)).astimezone(UTC)


_ACTS: Mapping[str, Callable[[Press, Piece], None]] = MappingProxyType(
    {"redate": Press.redate, "relist": Press.relist, "withdraw": Press.withdraw, "restore": Press.restore}
)


class Day:
    """Plays the day on a site. ``played``: the scenes that are past, each with the moment it was set for."""

    def __init__(self, press: Press, clock: Clock, day: date) -> None:
        self._press, self._clock, self._day = press, clock, day
        self._by_time: dict[str, Piece] = {}
        self.played: list[tuple[datetime, Scene]] = []
        for scene in EVENING:
            self._play(scene, day - timedelta(days=1))

    async def play(self) -> None:
        """Everything from now on, each scene at its time; returns after the last."""
        for scene in DAY:
            await self._clock.sleep((moment(self._day, scene.at) - self._clock.now()).total_seconds())
            self._play(scene, self._day)

    def _play(self, scene: Scene, day: date) -> None:
        press, piece, set_for = self._press, self._by_time.get(scene.of), moment(day, scene.at)
        if scene.change is None:
            self._by_time[scene.at] = press.publish(scene.title, scene.summary, set_for, scene.section)
        elif piece is None:
            press.reorder()
        elif scene.change == "edit":
            press.edit(piece, scene.title)
        else:
            _ACTS[scene.change](press, piece)
        self.played.append((set_for, scene))
