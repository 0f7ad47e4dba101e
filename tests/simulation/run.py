# SPDX-License-Identifier: AGPL-3.0-or-later
"""``make simulate``: seeds for a night, or one run again. The last line is JSON; the exit code tells."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from simulation.chaos import liveness, safety
from simulation.crash import GAPS, crash
from simulation.grounds import Grounds
from simulation.hosts import CLASSES
from simulation.scene import HALF_HOUR, Scene
from simulation.verdict import Ran

COUNTED = ("duplicates", "missing", "unaccounted", "after_end")


def replay(grounds: Grounds, folder: Path, words: str) -> Ran:
    """The run that ``words`` name, as a failing one prints them: “safety SEED=17”."""
    suite, *given = words.split()
    told = dict(each.split("=", 1) for each in given)
    seed = int(told["SEED"])
    if suite == "crash":
        ground = grounds.open(Scene(told["KIND"]))
        return crash(ground, folder, told["KIND"], told["GAP"], int(told["STEP"]), seed)
    return {"safety": safety, "liveness": liveness}[suite](grounds.open(Scene(windows=HALF_HOUR)), folder, seed)


def night(grounds: Grounds, folder: Path, seeds: range) -> Iterator[Ran]:
    """Every seed in bad weather, by turns for safety and for liveness, and every fifth through all of M1 as well."""
    steps = {kind: crash(grounds.open(Scene(kind)), folder, kind, "1s", 0).steps for kind in CLASSES}
    for seed in seeds:
        suite = "safety" if seed % 2 else "liveness"
        yield replay(grounds, folder, f"{suite} SEED={seed}")
        kind, gap = CLASSES[seed % len(CLASSES)], list(GAPS)[seed // len(CLASSES) % len(GAPS)]
        step = 1 + seed // (len(CLASSES) * len(GAPS)) % steps[kind]
        yield replay(grounds, folder, f"crash SEED={seed} KIND={kind} GAP={gap} STEP={step}")


def main() -> int:
    """Run, tell, and return 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--replay", default="", help="run this one again, for example 'safety SEED=17'")
    asked = parser.parse_args()
    totals = dict.fromkeys(("runs", "crashes", *COUNTED), 0)
    with tempfile.TemporaryDirectory(prefix="piquet-simulation-") as home:
        grounds, folder = Grounds(Path(home)), Path(home) / "run"
        seeds = range(asked.first, asked.first + asked.seeds)
        runs = [replay(grounds, folder, asked.replay)] if asked.replay else night(grounds, folder, seeds)
        for ran in runs:
            totals["runs"], totals["crashes"] = totals["runs"] + 1, totals["crashes"] + ran.crashes
            for name in COUNTED:
                totals[name] += getattr(ran.verdict, name)
            if asked.replay or not ran.verdict.clean:
                sys.stdout.write(f"{ran}\ntrace: {ran.trace}\n")
    sys.stdout.write(json.dumps(totals) + "\n")
    return int(any(totals[name] for name in COUNTED))


if __name__ == "__main__":
    sys.exit(main())
