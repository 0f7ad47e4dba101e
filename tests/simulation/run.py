# SPDX-License-Identifier: AGPL-3.0-or-later
"""``make simulate``: seeds for a night, or one run again. The last line is JSON; the exit code tells."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from simulation.backup import AGES, LONG, restored
from simulation.chaos import SETTLE, VERY_LATE, liveness, safety
from simulation.clocks import clock, hanging
from simulation.crash import GAPS, crash
from simulation.grounds import Grounds
from simulation.hosts import CLASSES
from simulation.scene import HALF_HOUR, Scene
from simulation.stops import ended, stopped
from simulation.takeover import WAKES, takeover
from simulation.transforms import transform
from simulation.verdict import Ran

Told = Mapping[str, str]


def _crash(grounds: Grounds, folder: Path, told: Told, seed: int) -> Ran:
    return crash(grounds.open(Scene(told["KIND"])), folder, told["KIND"], told["GAP"], int(told["STEP"]), seed)


def _stopped(grounds: Grounds, folder: Path, told: Told, seed: int) -> Ran:
    return stopped(grounds.open(Scene(told["KIND"])), folder, told["KIND"], int(told["STEP"]), seed)


def _ended(grounds: Grounds, folder: Path, told: Told, seed: int) -> Ran:
    return ended(grounds.open(Scene(told["KIND"])), folder, told["KIND"], float(told["AFTER"]), seed)


def _takeover(grounds: Grounds, folder: Path, told: Told, seed: int) -> Ran:
    ground, wakes = grounds.open(Scene(told["KIND"])), float(told["WAKES"])
    return takeover(ground, folder, told["KIND"], wakes, int(told["STEP"]), seed)


def _clock(grounds: Grounds, folder: Path, told: Told, seed: int) -> Ran:
    return clock(grounds.planned(SHORT), folder, told["CASE"], told["PHASE"], told["HOW"], seed)


def _restored(grounds: Grounds, folder: Path, told: Told, seed: int) -> Ran:
    ground = grounds.open(Scene(told["KIND"], LONG))
    return restored(ground, folder, told["KIND"], told["AGE"], int(told["STEP"]), seed)


SHORT = Scene(windows=HALF_HOUR)
SUITES: Mapping[str, Callable[[Grounds, Path, Told, int], Ran]] = {
    "safety": lambda grounds, folder, told, seed: safety(grounds.open(SHORT), folder, seed, float(told["LATE"])),
    "liveness": lambda grounds, folder, _, seed: liveness(grounds.open(SHORT), folder, seed),
    "crash": _crash,
    "stopped": _stopped,
    "ended": _ended,
    "takeover": _takeover,
    "restored": _restored,
    "clock": _clock,
    "hanging": lambda grounds, folder, _, seed: hanging(grounds.open(Scene("B")), folder, seed),
    "transform": lambda grounds, folder, told, seed: transform(
        grounds.open(), folder, told["TURN"], told["WHEN"], seed
    ),
}
COUNTED = ("duplicates", "missing", "unaccounted", "after_end")


def replay(grounds: Grounds, folder: Path, words: str) -> Ran:
    """The run that ``words`` name, as a failing one prints them: “liveness SEED=17”."""
    suite, *given = words.split()
    told = {name: value.replace("_", " ") for name, value in (each.split("=", 1) for each in given)}
    return SUITES[suite](grounds, folder, told, int(told["SEED"]))


def night(grounds: Grounds, folder: Path, seeds: range) -> Iterator[Ran]:
    """Every seed in bad weather, then killed, stopped or frozen at a step of its own: in time, at every one."""
    first = {kind: crash(grounds.open(Scene(kind)), folder, kind, "1s", 0).steps for kind in CLASSES}
    for seed in seeds:
        late = VERY_LATE if seed % 8 == 1 else SETTLE
        yield replay(grounds, folder, f"safety SEED={seed} LATE={late:g}" if seed % 2 else f"liveness SEED={seed}")
        kind, rest = CLASSES[seed % len(CLASSES)], seed // len(CLASSES)
        gap, step = list(GAPS)[rest % len(GAPS)], 1 + rest // len(GAPS) % first[kind]
        yield replay(grounds, folder, f"crash SEED={seed} KIND={kind} GAP={gap} STEP={step}")
        if seed % 5 == 0:
            yield replay(grounds, folder, f"stopped SEED={seed} KIND={kind} STEP={step}")
        if seed % 5 == 2:
            age = list(AGES)[rest % len(AGES)]
            yield replay(grounds, folder, f"restored SEED={seed} KIND={kind} AGE={age} STEP={step}")
        if seed % 5 == 1:
            wakes = WAKES[rest % len(WAKES)] + seed % 7 / 5
            yield replay(grounds, folder, f"takeover SEED={seed} KIND={kind} WAKES={wakes} STEP={step}")


def main() -> int:
    """Run, tell, and return 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--replay", nargs="+", default=[], help="run these again, for example 'liveness SEED=17'")
    asked = parser.parse_args()
    totals = dict.fromkeys(("runs", "crashes", *COUNTED), 0)
    with tempfile.TemporaryDirectory(prefix="piquet-simulation-") as home:
        grounds, folder = Grounds(Path(home)), Path(home) / "run"
        seeds = range(asked.first, asked.first + asked.seeds)
        runs = (replay(grounds, folder, words) for words in asked.replay) if asked.replay else None
        for ran in runs or night(grounds, folder, seeds):
            totals["runs"], totals["crashes"] = totals["runs"] + 1, totals["crashes"] + ran.crashes
            for name in COUNTED:
                totals[name] += getattr(ran.verdict, name)
            if asked.replay or not ran.verdict.clean:
                sys.stdout.write(f"{ran}\ntrace: {ran.trace}\n")
    sys.stdout.write(json.dumps(totals) + "\n")
    return int(any(totals[name] for name in COUNTED))


if __name__ == "__main__":
    sys.exit(main())
