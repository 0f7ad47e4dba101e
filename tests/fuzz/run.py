# SPDX-License-Identifier: AGPL-3.0-or-later
"""``make fuzz``: each target for so many seconds. The last line is JSON, how many inputs each was given.

The exit code tells whether one of them was too much: it then lies in tests/corpus/fuzz, and fails ``make test``.
"""

import argparse
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CORPUS = HERE.parent / "corpus"
GATHERED = HERE.parents[1] / "build" / "fuzz"
LONGEST = {
    "feeds": 2000,
    "doctor": 2000,
    "gears": 1000,
    "dates": 6000,
    "links": 1000,
    "hubs": 1000,
    "guard": 300,
}  # bytes of an input
OF_FEEDS = {"feeds", "doctor", "gears"}
HANGS = 10  # s; the slow paths of feedparser that are known end sooner at this length


def fuzz(target: str, seconds: int) -> tuple[int, str]:
    """How many inputs ``target`` was given, and what came to light, "" if nothing."""
    gathered, found = GATHERED / target, CORPUS / "fuzz" / target
    for folder in (gathered, found):
        folder.mkdir(parents=True, exist_ok=True)
    spoken = HERE / f"{'feeds' if target in OF_FEEDS else target}.words"
    words = gathered.with_suffix(".words")
    words.write_text(dictionary(spoken.read_text("utf-8").splitlines()))
    flags = {
        "max_total_time": seconds,
        "max_len": LONGEST[target],
        "timeout": HANGS,
        "artifact_prefix": f"{found}/",
        "dict": words,
    }
    seeds = [gathered, found, *([CORPUS / "feeds"] if target in OF_FEEDS else [])]
    told = subprocess.run(
        [sys.executable, HERE / "drive.py", target, *(f"-{flag}={value}" for flag, value in flags.items()), *seeds],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    given = re.findall(r"^#(\d+)", told.stdout, re.MULTILINE)
    return int(given[-1]) if given else 0, trouble(told.stdout) if told.returncode else ""


def dictionary(words: list[str]) -> str:
    """As libFuzzer reads one, https://llvm.org/docs/LibFuzzer.html#dictionaries."""
    return "".join('"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"\n' for word in words)


def trouble(told: str) -> str:
    """The end of what libFuzzer tells, without what it says at the start."""
    kept = [line for line in told.splitlines() if not line.startswith(("INFO:", "WARNING:", "#"))]
    return "\n".join(kept[-50:])


def tell(words: str) -> None:
    """At once, also into a pipe."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(LONGEST)}; default: all")
    asked = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        tell("Fuzzing needs atheris, which runs on Linux (x86-64) with Python 3.11 to 3.13: run  make fuzz  there.")
        return 2
    given, sound = {}, True
    for target in asked.targets or LONGEST:
        given[target], found = fuzz(target, asked.seconds)
        tell(f"{target}: {found or 'nothing found'}")
        sound = sound and not found
    tell(json.dumps(given))
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
