# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ledgers that runs begin with, made when first asked for and kept."""

from dataclasses import dataclass, field
from pathlib import Path

from simulation.scene import Scene, build, opened

USUAL = Scene()


@dataclass
class Grounds:
    """``home``: a folder for them."""

    home: Path
    _made: dict[tuple[Scene, bool], Path] = field(default_factory=dict)

    def planned(self, scene: Scene = USUAL) -> Path:
        """An hour before the window, the strike armed."""
        if (scene, False) not in self._made:
            self._made[scene, False] = build(scene, self.home / f"planned {len(self._made)}")
        return self._made[scene, False]

    def open(self, scene: Scene = USUAL) -> Path:
        """A minute after the opening, the start notices out, a look due."""
        if (scene, True) not in self._made:
            planned = self.planned(scene)
            self._made[scene, True] = opened(planned, self.home / f"open {len(self._made)}", scene.kinds)
        return self._made[scene, True]
